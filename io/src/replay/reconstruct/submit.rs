//! Orders that come in and may trade at once, told with how much of them trades in all. An order so told meets those that
//! trade too; the others that it crosses are gone at the venue, whose feed says so a little later, and so they go here.

use bartizan_engine::book::{
    ClientOrderId, Command, NewOrder, PostOnly, Price, Quantity, Reason, Side, Time, TimeInForce,
};

use super::state::{ACCOUNT, Reconstruction};

/// An order that comes in, in ticks and lots.
#[derive(Clone, Copy, Debug)]
pub(super) struct Submission {
    pub(super) order: u64,
    pub(super) side: Side,
    pub(super) limit: Price,
    pub(super) quantity: u64,
    /// How much of it trades in all.
    pub(super) trades: u64,
}

impl Reconstruction {
    /// Enters an order. If the venue takes it back at once and it would trade, it is post-only: our book refuses it.
    pub(super) fn submit(&mut self, now: Time, submission: Submission, is_taken_back: bool) {
        let Submission { order: id, side, limit, quantity, trades } = submission;
        self.drop_known(now, id);
        if quantity == 0 {
            self.misfits.sizeless += 1;
            self.sizeless.insert(id);
            self.unconfirmed.entry(id).or_default();
            return;
        }
        if is_taken_back && self.crosses(side, limit) {
            let order = NewOrder::limit(ClientOrderId(id), side, Quantity(quantity), limit);
            let before = self.events.reports.len();
            self.command(now, &Command::New(NewOrder { post_only: PostOnly::Reject, ..order }));
            self.agreement.post_only += u64::from(self.events.reports[before].reason == Reason::WouldTake);
            self.unconfirmed.entry(id).or_default();
            return;
        }
        let trades = if is_taken_back { 0 } else { trades };
        if trades == 0 && !self.make_way(now, side, limit) {
            self.unconfirmed.entry(id).or_default();
            return;
        }
        let left = self.meet(now, Submission { trades, ..submission });
        if trades > quantity - left {
            self.trading.insert(id);
        }
        // What is left of one that found less than the venue says rests, and its own rows take it away.
        if left > 0 {
            self.enter(now, id, side, limit, left);
        }
    }

    /// Takes those away that an order which never trades would cross, and says whether all could go: it is left out if
    /// it crosses one that is yet to trade.
    fn make_way(&mut self, now: Time, side: Side, limit: Price) -> bool {
        while self.crosses(side, limit) {
            self.misfits.crossing += 1;
            let stale =
                self.book.front(side.opposite()).filter(|first| !self.trading.contains(&first.client.0));
            let Some(stale) = stale else { return false };
            self.orders.remove(&stale.client.0);
            self.unconfirmed.entry(stale.client.0).or_default();
            self.command(now, &Command::Cancel { account: ACCOUNT, order: stale.order });
            self.top = self.book.top();
        }
        true
    }

    /// Has an order meet those that trade too, and says what is left of it.
    fn meet(&mut self, now: Time, submission: Submission) -> u64 {
        let Submission { order: id, side, limit, quantity, trades } = submission;
        let mut wanted = trades.min(quantity);
        let mut left = quantity;
        while let Some(first) = self.book.front(side.opposite()) {
            let crosses = if side == Side::Buy { first.price <= limit } else { first.price >= limit };
            if !crosses || wanted == 0 {
                break;
            }
            let maker = first.client.0;
            if !self.trading.contains(&maker) {
                self.orders.remove(&maker);
                self.unconfirmed.entry(maker).or_default();
                self.misfits.crossing += 1;
                self.command(now, &Command::Cancel { account: ACCOUNT, order: first.order });
                continue;
            }
            let part = wanted.min(first.leaves.0);
            let taker = NewOrder {
                time_in_force: TimeInForce::Ioc,
                ..NewOrder::limit(ClientOrderId(id), side, Quantity(part), first.price)
            };
            let before = self.events.reports.len();
            self.command(now, &Command::New(taker));
            let traded = self.note_trades(before, Some(id), true);
            if part == first.leaves.0 {
                self.trading.remove(&maker);
            }
            wanted -= traded;
            left -= traded;
        }
        left
    }

    /// What is left of an order that may have traded: less than we have is taken away, more has traded in our
    /// matching before the venue says so.
    pub(super) fn open(&mut self, now: Time, id: u64, quantity: u64) {
        let Some(&order) = self.orders.get(&id) else {
            let known = if quantity == 0 {
                self.unconfirmed.remove(&id).is_some()
            } else {
                self.unconfirmed.contains_key(&id)
            };
            self.misfits.unknown_changed += u64::from(!known);
            return;
        };
        let open = self.book.order(order).map_or(0, |view| view.leaves.0);
        if open > quantity {
            self.misfits.untraded += 1;
            self.untraded.insert(id);
            self.take(now, id, order, open - quantity);
        }
        if quantity == 0 {
            self.unconfirmed.remove(&id);
        }
    }
}
