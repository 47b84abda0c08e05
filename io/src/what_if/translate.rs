//! A command of the log as it would have been said in the other realm: the same, about the same things, under the numbers that they have there.
//!
//! What the other realm does not have gets a number that nothing there has, so the command is refused there by its usual name. Numbers that a
//! command expects for what it makes follow what the realm would give next.

use bartizan_engine::book::{MatchId, OrderId};
use bartizan_engine::event::{Event, Events};
use bartizan_engine::ledger::movement::{PostPending, Step, VoidPending};
use bartizan_engine::ledger::units::{AccountId, HoldId};
use bartizan_engine::market::units::MarketId;
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::command::Command;
use bartizan_engine::reject::Reject;
use bartizan_engine::rounds::command::ProposeSettlement;
use bartizan_engine::rounds::freeze::Frozen;
use bartizan_engine::rounds::offer::Wanted;
use bartizan_engine::rounds::state::BarterRound;
use bartizan_engine::rounds::units::{OfferId, RoundId};
use hashbrown::{HashMap, HashSet};
use std::hash::Hash;

use super::names::{Names, Numbers};
use super::proposals::{Proposals, Shift};
use super::rules::Rules;

/// A number with a form that nothing ever gets.
trait Nameless: Copy + Eq {
    /// A number that nothing has: another one for each.
    #[must_use]
    fn nothing(self) -> Self;
}

macro_rules! nameless {
    ($($name:ident($inner:ty))*) => {
        $(impl Nameless for $name {
            fn nothing(self) -> Self {
                $name(self.0 | 1 << (<$inner>::BITS - 1))
            }
        })*
    };
}

nameless!(OrderId(u64) MatchId(u64) HoldId(u64) AccountId(u32) OfferId(u32) MarketId(u32));

/// The way from the baseline, where a command has just been carried out, to the other realm, where it will be.
#[derive(Debug)]
pub(super) struct Translator<'a> {
    /// The rules of the other realm.
    pub(super) rules: &'a Rules,
    /// What the baseline said of the command.
    pub(super) events: &'a Events,
    /// The baseline after the command, with its numbers.
    pub(super) from: (&'a Realm, &'a Names),
    /// The other realm before it.
    pub(super) to: (&'a Realm, &'a Names),
    /// The rounds that were closed in the baseline, as they were then.
    pub(super) frozen: &'a HashMap<RoundId, Frozen>,
    /// Whether proposals for rounds with other offers are found anew, but for these rounds.
    pub(super) solving: Option<&'a HashSet<RoundId>>,
    /// Whether something that is named is not there.
    pub(super) misses: bool,
    /// What became of a proposal.
    pub(super) proposals: Proposals,
}

impl Translator<'_> {
    /// The command as the other realm is to hear it.
    pub(super) fn translate(&mut self, command: &Command) -> Command {
        let mut told = command.clone();
        match &mut told {
            Command::RegisterAgent(_)
            | Command::SetRoles(_)
            | Command::SetKey(_)
            | Command::DefineAsset(_)
            | Command::AdvanceClock(_)
            | Command::OpenRound(_)
            | Command::LimitSpending(_)
            | Command::CloseRound(_)
            | Command::SettleRound(_)
            | Command::CancelRound(_) => {}
            Command::OpenAccount(open) => {
                let was = self.before(self.from.0.ledger().next_account().0, |event| {
                    matches!(event, Event::AccountOpened { .. })
                });
                let next = [AccountId(was), self.to.0.ledger().next_account()];
                open.account = expected(open.account, next);
            }
            Command::SetLimits(set) => self.account(&mut set.account),
            Command::CloseAccount(close) => self.account(&mut close.account),
            Command::CreateTransfer(_)
            | Command::PostPending(_)
            | Command::VoidPending(_)
            | Command::IssueAsset(_)
            | Command::RetireAsset(_)
            | Command::CorrectTransfer(_)
            | Command::LinkedTransfers(_) => self.movements(&mut told),
            Command::SubmitOffer(submit) => {
                let next = [self.from.0, self.to.0].map(|realm| {
                    realm.rounds().get(submit.round).map_or(OfferId(0), BarterRound::next_offer)
                });
                let was = self.before(next[0].0, |event| matches!(event, Event::OfferSubmitted { .. }));
                submit.offer = expected(submit.offer, [OfferId(was), next[1]]);
                for want in &mut submit.wants {
                    if let Wanted::Offer { offer, .. } = &mut want.wanted {
                        self.offer(submit.round, offer);
                    }
                }
            }
            Command::WithdrawOffer(withdraw) => self.offer(withdraw.round, &mut withdraw.offer),
            Command::ProposeSettlement(propose) => self.proposal(propose),
            _ => self.markets(&mut told),
        }
        told
    }

    /// The number that the baseline would have given next when the command came.
    fn before(&self, next: u32, is_one: impl Fn(&Event) -> bool) -> u32 {
        next - self.events.list.iter().filter(|event| is_one(event)).count() as u32
    }

    /// Commands about markets. What the baseline refused is not laid rules over: it stays refused.
    fn markets(&mut self, told: &mut Command) {
        let is_done = |is_one: fn(&Event) -> bool| self.events.list.iter().any(is_one);
        match told {
            Command::CreateMarket(create) => {
                let next = [self.from.0, self.to.0].map(|realm| realm.markets().iter().count() as u32 + 1);
                let was = self.before(next[0], |event| matches!(event, Event::MarketCreated { .. }));
                create.market = expected(create.market, [MarketId(was), MarketId(next[1])]);
                if is_done(|event| matches!(event, Event::MarketCreated { .. })) {
                    self.rules.of_market(MarketId(was)).lay_over_new(create);
                }
            }
            Command::AmendMarket(amend) => {
                if is_done(|event| matches!(event, Event::MarketAmended { .. })) {
                    self.rules.of_market(amend.market).lay_over_change(amend);
                }
                self.market(&mut amend.market);
            }
            Command::NewOrder(place) => self.market(&mut place.market),
            Command::CancelOrder(cancel) => self.order(&mut cancel.market, &mut cancel.order_id),
            Command::ReduceOrder(reduce) => self.order(&mut reduce.market, &mut reduce.order_id),
            Command::ReplaceOrder(replace) => self.order(&mut replace.market, &mut replace.change.order),
            Command::MassCancelOrders(cancel) => self.market(&mut cancel.market),
            Command::CancelOrderGroup(cancel) => self.market(&mut cancel.market),
            Command::SetMarketPhase(set) => self.market(&mut set.market),
            Command::SetMarketBands(set) => self.market(&mut set.market),
            Command::SetMarketReference(set) => self.market(&mut set.market),
            Command::BustTrade(bust) => {
                let market = bust.market;
                self.market(&mut bust.market);
                let named = ((market, bust.trade), (bust.market, bust.trade));
                let (from, to) = (&self.from.1.trades, &self.to.1.trades);
                match look(from, to, named) {
                    Found::There((_, trade)) => bust.trade = trade,
                    Found::Not { was_there } => {
                        bust.trade = bust.trade.nothing();
                        self.misses |= was_there;
                    }
                }
            }
            _ => unreachable!("the others are translated above"),
        }
    }

    fn movements(&mut self, told: &mut Command) {
        match told {
            Command::LinkedTransfers(linked) => {
                // Steps may name holds of the steps before them, by the numbers that these are going to get.
                let made = self.events.list.iter().filter(|event| matches!(event, Event::HoldCreated { .. }));
                let first = self.from.0.ledger().next_hold().0 - made.count() as u64;
                let mut before = 0;
                for step in &mut linked.steps {
                    match step {
                        Step::CreateTransfer(transfer) => before += u64::from(transfer.pending.is_some()),
                        Step::PostPending(PostPending { hold, .. })
                        | Step::VoidPending(VoidPending { hold })
                            if (first..first + before).contains(&hold.0) =>
                        {
                            hold.0 = self.to.0.ledger().next_hold().0 + (hold.0 - first);
                            continue;
                        }
                        _ => {}
                    }
                    self.step(step);
                }
            }
            Command::CreateTransfer(transfer) => {
                self.account(&mut transfer.debit);
                self.account(&mut transfer.credit);
            }
            Command::PostPending(post) => self.hold(&mut post.hold),
            Command::VoidPending(void) => self.hold(&mut void.hold),
            Command::IssueAsset(issue) => self.account(&mut issue.credit),
            Command::RetireAsset(retire) => self.account(&mut retire.debit),
            // Transfers are named by their place in the log, which is the same.
            _ => {}
        }
    }

    fn step(&mut self, step: &mut Step) {
        match step {
            Step::CreateTransfer(transfer) => {
                self.account(&mut transfer.debit);
                self.account(&mut transfer.credit);
            }
            Step::PostPending(post) => self.hold(&mut post.hold),
            Step::VoidPending(void) => self.hold(&mut void.hold),
            Step::IssueAsset(issue) => self.account(&mut issue.credit),
            Step::RetireAsset(retire) => self.account(&mut retire.debit),
            Step::CorrectTransfer(_) => {}
        }
    }

    /// A proposal for the round as it is there.
    fn proposal(&mut self, propose: &mut ProposeSettlement) {
        let round = propose.round;
        let there = self.to.0.round_to_freeze(round);
        let (Some(was), Some(there)) = (self.frozen.get(&round), &there) else { return };
        let find =
            |offer| match look(&self.from.1.offers, &self.to.1.offers, ((round, offer), (round, offer))) {
                Found::There((_, found)) => Some(found),
                Found::Not { .. } => None,
            };
        let shift = Shift::new(was, there, find);
        if shift.is_none() {
            return;
        }
        let is_taken = self.events.list.iter().any(|event| matches!(event, Event::ProposalAccepted { .. }));
        let is_forged = matches!(
            self.events.list.last(),
            Some(Event::Rejected { reject: Reject::ProposalInvalid | Reject::ProposalNotProven, .. })
        );
        if is_forged {
            // What was not true must not become so by being worked out anew.
            *propose = shift.moved(propose);
            return;
        }
        let most = self.to.0.rounds().get(round).map_or(0, BarterRound::most_cases);
        let solves = is_taken && self.solving.is_some_and(|done| !done.contains(&round));
        if let Some(solved) = solves.then(|| shift.solved(propose, most)).flatten() {
            *propose = solved;
            self.proposals.solved += 1;
        } else if let Some(fitted) = shift.fitted(propose) {
            *propose = fitted;
            self.proposals.fitted += 1;
        } else {
            propose.takes.clear();
            self.proposals.not_applicable += 1;
            self.misses = true;
        }
    }

    /// The number of a thing there.
    fn number<Id: Nameless + Hash, Key: Copy + Eq + Hash>(
        &mut self,
        id: &mut Id,
        from: &Numbers<Id, Key>,
        to: &Numbers<Id, Key>,
    ) {
        match look(from, to, (*id, *id)) {
            Found::There(found) => *id = found,
            Found::Not { was_there } => {
                *id = id.nothing();
                self.misses |= was_there;
            }
        }
    }

    fn account(&mut self, account: &mut AccountId) {
        self.number(account, &self.from.1.accounts, &self.to.1.accounts);
    }

    fn hold(&mut self, hold: &mut HoldId) {
        self.number(hold, &self.from.1.holds, &self.to.1.holds);
    }

    fn market(&mut self, market: &mut MarketId) {
        self.number(market, &self.from.1.markets, &self.to.1.markets);
    }

    fn offer(&mut self, round: RoundId, offer: &mut OfferId) {
        let named = ((round, *offer), (round, *offer));
        match look(&self.from.1.offers, &self.to.1.offers, named) {
            Found::There((_, found)) => *offer = found,
            Found::Not { was_there } => {
                *offer = offer.nothing();
                self.misses |= was_there;
            }
        }
    }

    fn order(&mut self, market: &mut MarketId, order: &mut OrderId) {
        let was = *market;
        self.market(market);
        match look(&self.from.1.orders, &self.to.1.orders, ((was, *order), (*market, *order))) {
            Found::There((_, found)) => *order = found,
            Found::Not { was_there } => {
                *order = order.nothing();
                self.misses |= was_there;
            }
        }
    }
}

/// Where a number of the baseline leads.
enum Found<Id> {
    /// To this number.
    There(Id),
    /// To nothing in the other realm; whether it was something in the baseline.
    Not { was_there: bool },
}

/// Looks up `named`: as the baseline has it, and as it would stand in the other realm if nothing is known of it. That it does stand if
/// it was there before the realms went apart, or is in neither; unless the other realm gave the number to something else.
fn look<Id: Copy + Eq + Hash, Key: Copy + Eq + Hash>(
    from: &Numbers<Id, Key>,
    to: &Numbers<Id, Key>,
    (named, same): (Id, Id),
) -> Found<Id> {
    match from.key(named) {
        Some(key) => to.id(key).map_or(Found::Not { was_there: true }, Found::There),
        None if to.key(same).is_none() => Found::There(same),
        None => Found::Not { was_there: false },
    }
}

/// The number that a command expects, where the baseline would have given the first of `next` and the other realm gives the second.
fn expected<Id: Nameless>(named: Option<Id>, next: [Id; 2]) -> Option<Id> {
    named.map(|named| match named {
        _ if named == next[0] => next[1],
        _ if named == next[1] => named.nothing(),
        _ => named,
    })
}
