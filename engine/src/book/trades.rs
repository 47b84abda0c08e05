//! The last trades, kept so that they can be taken back.

use super::report::Reason;
use super::units::{OrderId, Side};

/// One side of a trade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Party {
    pub(super) order: OrderId,
    pub(super) client: u64,
    pub(super) account: u32,
    /// What the order has traded up to this trade and with it, less what was taken back since.
    pub(super) cumulative: u64,
}

/// One trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Trade {
    pub(super) id: u64,
    pub(super) price: i64,
    pub(super) quantity: u64,
    /// The side of the first party.
    pub(super) side: Side,
    pub(super) is_auction: bool,
    pub(super) is_busted: bool,
    /// In the order of the trade's reports.
    pub(super) parties: [Party; 2],
}

impl Trade {
    /// No trade, where one is about to be written.
    const NONE: Trade = Trade {
        id: 0,
        price: 0,
        quantity: 0,
        side: Side::Buy,
        is_auction: false,
        is_busted: false,
        parties: [Party { order: OrderId(0), client: 0, account: 0, cumulative: 0 }; 2],
    };
}

/// The reasons of a trade's two reports.
#[inline]
pub(super) fn reasons(is_auction: bool) -> [Reason; 2] {
    if is_auction {
        [Reason::AuctionBuy, Reason::AuctionSell]
    } else {
        [Reason::RemovedLiquidity, Reason::AddedLiquidity]
    }
}

/// A ring of trades, by rising id.
#[derive(Clone, Debug)]
pub(super) struct Trades {
    ring: Vec<Trade>,
    /// Where the oldest is, once the ring is full.
    oldest: usize,
    capacity: usize,
}

impl Trades {
    pub(super) fn new(capacity: u32) -> Self {
        Trades { ring: Vec::new(), oldest: 0, capacity: capacity as usize }
    }

    /// Where the next trade is to be written, in place of the oldest once the ring is full; none if none are kept. (A trade
    /// handed over by value would be copied, in wide loads of what was just written narrowly.)
    #[inline]
    pub(super) fn room(&mut self) -> Option<&mut Trade> {
        if self.ring.len() < self.capacity {
            self.ring.push(Trade::NONE);
            return self.ring.last_mut();
        }
        let at = self.oldest;
        self.oldest = if at + 1 < self.capacity { at + 1 } else { 0 };
        self.ring.get_mut(at)
    }

    /// The trades kept, oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Trade> {
        let (newer, older) = self.ring.split_at(self.oldest);
        older.iter().chain(newer)
    }

    /// Takes `quantity` from what `order` has traded by the trade `id` and by each later one, and returns what it has traded in
    /// all by those that are kept. Costs a step per trade kept.
    pub(super) fn take_back(&mut self, id: u64, order: OrderId, quantity: u64) -> u64 {
        let mut last = (0, 0);
        for trade in self.ring.iter_mut().filter(|trade| trade.id >= id) {
            for party in trade.parties.iter_mut().filter(|party| party.order == order) {
                party.cumulative -= quantity;
                last = last.max((trade.id, party.cumulative));
            }
        }
        last.1
    }

    pub(super) fn find_mut(&mut self, id: u64) -> Option<&mut Trade> {
        let (newer, older) = self.ring.split_at_mut(self.oldest);
        let part = if older.first().is_some_and(|first| first.id <= id)
            && older.last().is_some_and(|last| id <= last.id)
        {
            older
        } else {
            newer
        };
        let at = part.binary_search_by_key(&id, |trade| trade.id).ok()?;
        Some(&mut part[at])
    }
}
