//! What followed from a command, one line each: postings, holds, what was made and ended, execution reports by FIX's names, and
//! of market data what is always told (phases, indicative prices, auctions, trades taken back).

use bartizan_engine::book::{ExecType, MarketData, Price, Reason, Report};
use bartizan_engine::event::Event;
use bartizan_engine::ledger::posting::{Posting, PostingKind};
use bartizan_engine::market::units::MarketId;
use bartizan_engine::reject::Answer;

use crate::stage::Stage;

impl Stage {
    /// What the last command brought about. What time alone brought about comes first, and says so.
    pub(crate) fn told(&self) -> Vec<String> {
        let mut reports = self.events.book.reports.iter();
        let mut data = self.events.book.market.iter();
        let mut lines = Vec::new();
        for (place, event) in self.events.list.iter().enumerate() {
            let told = match *event {
                Event::Reports { market, count } => {
                    let reports = reports.by_ref().take(count as usize);
                    reports.filter_map(|report| self.report(market, report)).collect()
                }
                Event::MarketData { market, count } => {
                    let data = data.by_ref().take(count as usize);
                    data.filter_map(|event| self.market_data(market, event.data)).collect()
                }
                _ => vec![self.event(event)],
            };
            let by_time = if place < self.events.before_command { "by time: " } else { "" };
            lines.extend(told.into_iter().map(|line| format!("{by_time}{line}")));
        }
        if self.events.list.len() == self.events.before_command {
            lines.push("done".into());
        }
        lines
    }

    fn event(&self, event: &Event) -> String {
        match *event {
            Event::Rejected { reject, step } => {
                let step = step.map_or_else(String::new, |step| format!(", step {step}"));
                format!("refused: {} {}{step}", reject.number(), reject.name())
            }
            Event::Repeated { first, answer: Answer(0), .. } => {
                format!("repeated: {}, which was done", self.label_of(first))
            }
            Event::Repeated { first, answer, .. } => {
                format!("repeated: {}, which was refused: {}", self.label_of(first), answer.0)
            }
            Event::Posting(posting) => self.posting(posting),
            Event::AgentRegistered { agent } => format!("agent {}: {}", agent.0, self.agent(agent)),
            Event::RolesSet { agent } => format!("{} has other roles", self.agent(agent)),
            Event::KeySet { agent } => format!("{} has another key", self.agent(agent)),
            Event::AssetDefined { asset, issue_account } => {
                format!("asset {}, issued from {}", asset.0, self.account(issue_account))
            }
            Event::AccountOpened { account, .. } => {
                format!("account {}: {}", account.0, self.account(account))
            }
            Event::LimitsSet { account, limits } => {
                let ceiling = limits.ceiling.map_or("none".into(), |ceiling| ceiling.0.to_string());
                format!("{}: overdraft {}, ceiling {ceiling}", self.account(account), limits.overdraft.0)
            }
            Event::AccountClosed { account } => format!("{} closed", self.account(account)),
            Event::HoldCreated { hold } => format!("hold {} begins", hold.0),
            Event::HoldEnded { hold, end, .. } => format!("hold {} ends: {end:?}", hold.0),
            Event::Reversed { of, step: 0 } => format!("that reverses {}", self.label_of(of)),
            Event::Reversed { of, step } => format!("that reverses {}, step {step}", self.label_of(of)),
            Event::MarketCreated { market } => format!("market {}", market.0),
            Event::MarketAmended { market } => format!("market {} amended", market.0),
            Event::Reports { .. } | Event::MarketData { .. } => unreachable!("told line by line"),
            _ => self.round_event(event),
        }
    }

    fn round_event(&self, event: &Event) -> String {
        match *event {
            Event::RoundOpened { round } => format!("round {} opened", round.0),
            Event::OfferSubmitted { offer, .. } => format!("offer {}", offer.0),
            Event::OfferWithdrawn { offer, .. } => format!("offer {} withdrawn", offer.0),
            Event::SpendingLimited { agent, most, .. } => {
                let most = most.map_or("anything".into(), |most| format!("at most {}", most.0));
                format!("{} spends {most}", self.agent(agent))
            }
            Event::RoundClosed { round, offers } => format!("round {} closed with {offers} offers", round.0),
            Event::ProposalAccepted { solver, items, is_optimal, .. } => {
                let proof = if is_optimal { "nothing better exists" } else { "better may exist" };
                format!("{}'s proposal stands: {items} change hands, {proof}", self.agent(solver))
            }
            Event::RoundSettled { round, solver, items } => {
                format!("round {} settled by {}: {items} changed hands", round.0, self.agent(solver))
            }
            Event::RoundCancelled { round } => format!("round {} cancelled", round.0),
            ref other => panic!("{other:?} is told elsewhere"),
        }
    }

    fn posting(&self, posting: Posting) -> String {
        let Posting { kind, debit, credit, amount } = posting;
        let kind = match kind {
            PostingKind::Posted => "posted",
            PostingKind::Held => "held",
            PostingKind::Released => "released",
        };
        let to = if credit.0 == 0 { String::new() } else { format!(" -> {}", self.account(credit)) };
        format!("{kind} {} {}{to}", amount.0, self.account(debit))
    }

    /// An execution report; none of a command that was refused, since that is told anyway.
    fn report(&self, market: MarketId, report: &Report) -> Option<String> {
        let &Report { exec_type, reason, price, quantity, side, leaves, .. } = report;
        let order = self.order(market, report.order);
        let at = if price == Price::NONE { String::new() } else { format!(" @ {}", price.0) };
        let told = match exec_type {
            ExecType::Rejected | ExecType::CancelRejected => return None,
            ExecType::Trade => self.trade(market, report.match_id()),
            _ => format!("{exec_type:?}"),
        };
        let why = if reason == Reason::Requested { String::new() } else { format!(", {reason:?}") };
        Some(format!("{order} {side:?} {told} {}{at}, leaves {}{why}", quantity.0, leaves.0))
    }

    fn market_data(&self, market: MarketId, data: MarketData) -> Option<String> {
        Some(match data {
            MarketData::Indicative(indicative) => match indicative.price {
                Some(price) => format!(
                    "indicative {} @ {}, imbalance {}",
                    indicative.quantity.0, price.0, indicative.imbalance
                ),
                None => format!("indicative nothing, imbalance {}", indicative.imbalance),
            },
            MarketData::Crossed { price, quantity } => format!("auction {} @ {}", quantity.0, price.0),
            MarketData::Broken { trade } => format!("{} broken", self.trade(market, trade)),
            MarketData::PhaseChanged(phase) => format!("phase {phase:?}"),
            _ => return None,
        })
    }

    /// Who has what of an asset, or of all: the realm's accounts are those that assets are issued from.
    pub(crate) fn balances(&self, asset: Option<&str>) -> Vec<String> {
        let ledger = self.realm.ledger();
        let mut lines = Vec::new();
        for (id, account) in ledger.accounts() {
            let name = &ledger.asset(account.asset).expect("an account's asset exists").name;
            if asset.is_some_and(|wanted| wanted != name) || account.is_closed {
                continue;
            }
            let beside =
                |what, amount: u128| if amount == 0 { String::new() } else { format!(", {what} {amount}") };
            let (held, awaited) = (beside("held", account.pending_out), beside("awaits", account.pending_in));
            lines.push(format!("{} {}{held}{awaited}", self.account(id), account.balance));
        }
        lines
    }

    /// The orders of a market, by side and price, and its phase.
    pub(crate) fn orders_of(&self, market: MarketId) -> Option<Vec<String>> {
        let book = self.realm.markets().get(market)?.book();
        let mut lines = vec![format!("phase {:?}", book.phase())];
        for order in book.live_orders() {
            let at = if order.price == Price::NONE { String::new() } else { format!(" @ {}", order.price.0) };
            let hidden = if order.displayed == order.leaves { "" } else { ", not all displayed" };
            let owner = self.agent(bartizan_engine::ledger::units::AgentId(order.account.0));
            let name = self.order(market, order.order);
            lines.push(format!("{name} of {owner}: {:?} {}{at}{hidden}", order.side, order.leaves.0));
        }
        Some(lines)
    }
}
