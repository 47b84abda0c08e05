//! The way of one command: time, envelope, the one match, the answer.

use super::command::{Command, Envelope};
use super::identity::{Identity, fingerprint};
use super::remembered::Outcome;
use super::state::Realm;
use crate::authority::Authority;
use crate::book::ExecType;
use crate::event::{Event, Events};
use crate::ledger::movement::Step;
use crate::ledger::units::Sequence;
use crate::reject::{Answer, Reject};

/// How many commands ahead a batch asks for what they need.
const AHEAD: usize = 12;

/// Why a command was refused, and which step of a linked group failed.
pub(super) type Refused = (Reject, Option<u32>);

impl Realm {
    /// Carries out the command that stands at `sequence` in the log, at the log's `time` in nanoseconds (an earlier time than that of
    /// the command before counts as the same). What there is to tell is appended to `events`: first what time alone brought
    /// about, then what the command did. A refused command changes nothing but that its id is used.
    ///
    /// # Panics
    /// If `sequence` is not the next one: the log has no gaps.
    pub fn apply(
        &mut self,
        sequence: Sequence,
        time: u64,
        envelope: &Envelope,
        events: &mut Events,
    ) -> Answer {
        assert_eq!(sequence.0, self.sequence.0 + 1, "the log has no gaps");
        self.sequence = sequence;
        self.clock = self.clock.max(time);
        if self.clock >= self.next_wake {
            self.wake(events, &envelope.command);
        }
        (events.before_command, events.made) = (events.list.len(), None);
        let reports_before = events.book.reports.len();
        let Envelope { id, actor, command } = envelope;
        let fingerprint = fingerprint(command);
        match self.identify_by(envelope, fingerprint) {
            Identity::New => {}
            Identity::Repeated { first, answer, made } => {
                events.made = made;
                events.tell(Event::Repeated { first, answer, made });
                return answer;
            }
            Identity::Refused(reject) => return refuse(events, (reject, None)),
        }
        let roles = self.agents.get(*actor).expect("an actor that is identified is an agent").roles;
        let by = Authority { agent: *actor, roles, now: self.clock };
        let answer = match self.carry_out(events, by, command) {
            Ok(()) => Answer::DONE,
            Err(refused) => refuse(events, refused),
        };
        if answer.is_done() {
            events.made = made(command, events, reports_before);
        }
        let made = events.made;
        self.agents.remembered(*actor, *id).keep(*id, fingerprint, Outcome { sequence, answer, made });
        answer
    }

    /// Carries out commands that stand one after the other in the log from `first` on, at one time, as [`Realm::apply`] would one by
    /// one.
    ///
    /// # Panics
    /// If `first` is not the next place: the log has no gaps.
    pub fn apply_batch(&mut self, first: Sequence, time: u64, envelopes: &[Envelope], events: &mut Events) {
        for (at, (sequence, envelope)) in (first.0..).map(Sequence).zip(envelopes).enumerate() {
            self.look_ahead(at, |place| envelopes.get(place));
            self.apply(sequence, time, envelope, events);
        }
    }

    /// Asks for what those commands will need that come some places after the one at `at`, before which it is called, of a list of which `coming` gives any.
    /// Changes nothing that can be seen.
    #[inline]
    pub fn look_ahead<'a>(&self, at: usize, coming: impl Fn(usize) -> Option<&'a Envelope>) {
        if at == 0 {
            (0..AHEAD).map_while(&coming).for_each(|first| self.fetch(first));
        }
        if let Some(far) = coming(at + AHEAD) {
            self.fetch(far);
        }
        if let Some(next) = coming(at + AHEAD / 2) {
            self.agents.fetch_end(next.actor);
            if let Command::CancelOrder(cancel) = &next.command {
                self.markets.fetch_beside(cancel.market, cancel.order_id);
            }
        }
    }

    /// Asks for what a command will need, before it is its turn: among many accounts and orders, waiting for memory is most of
    /// what a transfer or a cancel costs. Changes nothing that can be seen.
    #[inline]
    pub fn fetch(&self, envelope: &Envelope) {
        match &envelope.command {
            Command::CreateTransfer(transfer) => {
                self.ledger.fetch(transfer.debit);
                self.ledger.fetch(transfer.credit);
            }
            Command::CancelOrder(cancel) => self.markets.fetch(cancel.market, cancel.order_id),
            _ => {}
        }
        self.agents.fetch(envelope.actor);
    }

    #[inline]
    fn carry_out(&mut self, events: &mut Events, by: Authority, command: &Command) -> Result<(), Refused> {
        let at = self.sequence;
        let done = match command {
            Command::CreateTransfer(transfer) => {
                let done = self.ledger.carry_out(events, by, at, &Step::CreateTransfer(*transfer));
                if transfer.pending.is_some() {
                    self.set_next_wake();
                }
                done
            }
            Command::PostPending(post) => self.ledger.carry_out(events, by, at, &Step::PostPending(*post)),
            Command::VoidPending(void) => self.ledger.carry_out(events, by, at, &Step::VoidPending(*void)),
            Command::IssueAsset(issue) => self.ledger.carry_out(events, by, at, &Step::IssueAsset(*issue)),
            Command::RetireAsset(retire) => {
                self.ledger.carry_out(events, by, at, &Step::RetireAsset(*retire))
            }
            Command::CorrectTransfer(correction) => {
                self.ledger.carry_out(events, by, at, &Step::CorrectTransfer(*correction))
            }
            Command::LinkedTransfers(linked) => {
                let done = self.ledger.carry_out_all(events, by, at, &linked.steps);
                self.set_next_wake();
                return done;
            }
            Command::RegisterAgent(register) => self.register_agent(events, by, register),
            Command::SetRoles(set) => self.set_roles(events, by, *set),
            Command::SetKey(set) => self.set_key(events, by, *set),
            Command::DefineAsset(define) => self.define_asset(events, by, define),
            Command::OpenAccount(open) => self.open_account(events, by, open),
            Command::SetLimits(set) => self.set_limits(events, by, set),
            Command::CloseAccount(close) => self.close_account(events, by, close.account),
            Command::AdvanceClock(_) => Ok(()),
            Command::NewOrder(place) => self.place_order(events, by, place),
            Command::CancelOrder(cancel) => self.cancel_order(events, by, cancel),
            Command::ReduceOrder(reduce) => self.reduce_order(events, by, reduce),
            Command::ReplaceOrder(replace) => self.replace_order(events, by, replace),
            Command::MassCancelOrders(cancel) => self.mass_cancel_orders(events, by, cancel),
            Command::CancelOrderGroup(cancel) => self.cancel_order_group(events, by, *cancel),
            Command::CreateMarket(create) => self.create_market(events, by, create),
            Command::AmendMarket(amend) => self.amend_market(events, by, amend),
            Command::SetMarketPhase(set) => self.set_market_phase(events, by, *set),
            Command::SetMarketBands(set) => self.set_market_bands(events, by, set),
            Command::SetMarketReference(set) => self.set_market_reference(events, by, *set),
            Command::BustTrade(bust) => self.bust_trade(events, by, *bust),
            Command::OpenRound(open) => self.open_round(events, by, open),
            Command::SubmitOffer(submit) => self.rounds.submit(events, &mut self.ledger, by, submit),
            Command::WithdrawOffer(withdraw) => self.rounds.withdraw(events, &mut self.ledger, by, *withdraw),
            Command::LimitSpending(limit) => self.rounds.limit_spending(events, &mut self.ledger, by, *limit),
            Command::CloseRound(close) => self.close_round(events, by, close.round),
            Command::ProposeSettlement(propose) => self.rounds.propose(events, &self.ledger, by, propose),
            Command::SettleRound(settle) => self.rounds.settle(events, &mut self.ledger, by, settle.round),
            Command::CancelRound(cancel) => self.rounds.cancel(events, &mut self.ledger, by, cancel.round),
        };
        done.map_err(|reject| (reject, None))
    }
}

/// The number of what a command made that was carried out, of those that make something that has one.
#[inline]
fn made(command: &Command, events: &Events, reports_before: usize) -> Option<u64> {
    if let Command::NewOrder(_) = command {
        let report = events.book.reports.get(reports_before)?;
        return (report.exec_type == ExecType::New).then_some(report.order.0);
    }
    events.list[events.before_command..].iter().find_map(|event| match (command, *event) {
        (Command::CreateTransfer(_) | Command::LinkedTransfers(_), Event::HoldCreated { hold }) => {
            Some(hold.0)
        }
        (Command::RegisterAgent(_), Event::AgentRegistered { agent }) => Some(agent.0.into()),
        (Command::DefineAsset(_), Event::AssetDefined { asset, .. }) => Some(asset.0.into()),
        (Command::OpenAccount(_), Event::AccountOpened { account, .. }) => Some(account.0.into()),
        (Command::CreateMarket(_), Event::MarketCreated { market }) => Some(market.0.into()),
        (Command::OpenRound(_), Event::RoundOpened { round }) => Some(round.0.into()),
        (Command::SubmitOffer(_), Event::OfferSubmitted { offer, .. }) => Some(offer.0.into()),
        _ => None,
    })
}

#[cold]
fn refuse(events: &mut Events, (reject, step): Refused) -> Answer {
    events.tell(Event::Rejected { reject, step });
    Answer::from(Err(reject))
}
