//! The numbers that one realm gave since the two went apart, each with what is the same in both realms: the command that made it.
//!
//! What was there before has the same number in both and is not listed. Orders are forgotten once they have ended in both; of trades the
//! last [`TRADES_KEPT`] of a market are kept, as many as a market can take back. No map is ever iterated.

use std::collections::VecDeque;
use std::hash::Hash;

use bartizan_engine::book::{ExecType, MatchId, OrderId, Report};
use bartizan_engine::event::{Event, Events};
use bartizan_engine::ledger::units::{AccountId, AgentId, AssetId, HoldId, Sequence};
use bartizan_engine::market::units::MarketId;
use bartizan_engine::rounds::units::{OfferId, RoundId};
use hashbrown::{HashMap, HashSet};

use super::told::{Told, Trade, read};

/// As many trades as a market keeps to be taken back.
pub(super) const TRADES_KEPT: usize = 1 << 16;

/// Things of one kind, by the number that this realm gave and by what both realms know of them.
#[derive(Debug)]
pub(super) struct Numbers<Id, Key> {
    keys: HashMap<Id, Key>,
    ids: HashMap<Key, Id>,
}

impl<Id, Key> Default for Numbers<Id, Key> {
    fn default() -> Self {
        Numbers { keys: HashMap::new(), ids: HashMap::new() }
    }
}

impl<Id: Copy + Eq + Hash, Key: Copy + Eq + Hash> Numbers<Id, Key> {
    fn insert(&mut self, id: Id, key: Key) {
        self.keys.insert(id, key);
        self.ids.insert(key, id);
    }

    fn remove(&mut self, key: Key) {
        if let Some(id) = self.ids.remove(&key) {
            self.keys.remove(&id);
        }
    }

    /// What both realms know of a thing.
    pub(super) fn key(&self, id: Id) -> Option<Key> {
        self.keys.get(&id).copied()
    }

    /// The number it has here.
    pub(super) fn id(&self, key: Key) -> Option<Id> {
        self.ids.get(&key).copied()
    }
}

/// An order: by the command that made it, or, from before, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum OrderKey {
    /// Made since.
    Since(Sequence),
    /// There before.
    Before(MarketId, OrderId),
}

/// A trade: the orders of buyer and seller, and how many trades these two made before.
pub(super) type TradeKey = (OrderKey, OrderKey, u32);

/// A hold: the command that made it, and how many holds that command made before.
pub(super) type HoldKey = (Sequence, u32);

/// An account: whose, of what, and how many such accounts were opened before.
pub(super) type AccountKey = (AgentId, AssetId, u32);

/// The numbers of one realm.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) orders: Numbers<(MarketId, OrderId), Sequence>,
    pub(super) trades: Numbers<(MarketId, MatchId), TradeKey>,
    pub(super) holds: Numbers<HoldId, HoldKey>,
    pub(super) accounts: Numbers<AccountId, AccountKey>,
    pub(super) offers: Numbers<(RoundId, OfferId), Sequence>,
    pub(super) markets: Numbers<MarketId, Sequence>,
    opened: HashMap<(AgentId, AssetId), u32>,
    meetings: HashMap<(OrderKey, OrderKey), u32>,
    kept: HashMap<MarketId, VecDeque<TradeKey>>,
    /// Orders that have ended here, and not yet in both.
    ended: HashSet<Sequence>,
    /// Those that ended with the last command.
    ending: Vec<Sequence>,
}

impl Names {
    /// Learns what the command at `sequence` made.
    pub(super) fn learn(&mut self, sequence: Sequence, events: &Events) {
        self.ending.clear();
        let mut holds = 0;
        for event in &events.list {
            match *event {
                Event::HoldCreated { hold } => {
                    self.holds.insert(hold, (sequence, holds));
                    holds += 1;
                }
                Event::AccountOpened { account, owner, asset } => self.opened(account, owner, asset),
                Event::AssetDefined { asset, issue_account } => {
                    self.opened(issue_account, AgentId::REALM, asset);
                }
                Event::OfferSubmitted { round, offer } => self.offers.insert((round, offer), sequence),
                Event::MarketCreated { market } => self.markets.insert(market, sequence),
                _ => {}
            }
        }
        read(events, |told| match told {
            Told::Report(market, report) => self.report(sequence, market, report),
            Told::Trade(trade) => self.trade(&trade),
            Told::TakenBack(_) | Told::Fee(..) => {}
        });
    }

    fn opened(&mut self, account: AccountId, owner: AgentId, asset: AssetId) {
        let before = self.opened.entry((owner, asset)).or_default();
        self.accounts.insert(account, (owner, asset, *before));
        *before += 1;
    }

    fn report(&mut self, sequence: Sequence, market: MarketId, report: &Report) {
        if report.exec_type == ExecType::New {
            self.orders.insert((market, report.order), sequence);
        }
        if is_last(report)
            && let Some(order) = self.orders.key((market, report.order))
        {
            self.ended.insert(order);
            self.ending.push(order);
        }
    }

    fn order(&self, market: MarketId, order: OrderId) -> OrderKey {
        self.orders.key((market, order)).map_or(OrderKey::Before(market, order), OrderKey::Since)
    }

    fn trade(&mut self, trade: &Trade) {
        let market = trade.market;
        let (buyer, seller) = (self.order(market, trade.buyer), self.order(market, trade.seller));
        let before = self.meetings.entry((buyer, seller)).or_default();
        let key = (buyer, seller, *before);
        *before += 1;
        self.trades.insert((market, trade.id), key);
        let kept = self.kept.entry(market).or_default();
        kept.push_back(key);
        if kept.len() > TRADES_KEPT
            && let Some((buyer, seller, nth)) = kept.pop_front()
        {
            self.trades.remove((buyer, seller, nth));
            if self.meetings.get(&(buyer, seller)) == Some(&(nth + 1)) {
                self.meetings.remove(&(buyer, seller));
            }
        }
    }

    /// Whether an order has ended here, or never was.
    fn is_over(&self, order: Sequence) -> bool {
        self.ended.contains(&order) || self.orders.id(order).is_none()
    }

    fn forget(&mut self, order: Sequence) {
        self.orders.remove(order);
        self.ended.remove(&order);
    }
}

/// Whether it is its order's last report.
pub(super) fn is_last(report: &Report) -> bool {
    let is_of_a_live_order =
        !matches!(report.exec_type, ExecType::Rejected | ExecType::CancelRejected | ExecType::TradeCancel);
    is_of_a_live_order && report.leaves.0 == 0
}

/// Forgets the orders that ended with the last command, where they are over in both realms.
pub(super) fn forget_ended(one: &mut Names, other: &mut Names) {
    let ending: Vec<Sequence> = one.ending.drain(..).chain(other.ending.drain(..)).collect();
    for order in ending {
        if one.is_over(order) && other.is_over(order) {
            one.forget(order);
            other.forget(order);
        }
    }
}
