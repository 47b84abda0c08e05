//! A venue's book, rebuilt in ours: every message becomes commands to a [`Book`](bartizan_engine::book::Book), so that
//! what is shown is what the engine holds.
//!
//! - An order that rests is entered. If the book would let it trade (orders from before the file are missing, or
//!   the venue is collecting orders), the book is put into a call, in which orders rest whatever they cross, until
//!   it is no longer crossed.
//! - An execution names the resting order it was of: `execute` has our matching do it, where it would.
//! - An order that comes in and may trade: `submit`.
//! - What names an order that we do not know is counted, by kind.
//!
//! What goes in and what comes out is in the venue's units; the book has ticks and lots (see [`super::grid`]).
//! Cost: one hash lookup a message, and the engine's command.

mod execute;
mod state;
mod submit;

use bartizan_engine::book::{ClientOrderId, Command, Counts, Phase, Price, Quantity, Replace, Side, Time};

use super::venue::Event;
use state::{ACCOUNT, Execution};
pub use state::{Level, Reconstruction, Source, Trade};
use submit::Submission;

impl Reconstruction {
    /// Takes in one message of the instrument.
    #[inline]
    pub fn apply(&mut self, now: u64, event: &Event) {
        self.events.clear();
        self.trades.clear();
        let now = Time(now);
        if let Event::Execute { order, quantity, price, printable } = *event
            && self.confirms_fills
        {
            let quantity = self.grid.lots(quantity);
            self.pending.push(Execution { order, quantity, price, printable });
            return;
        }
        self.execute_pending(now);
        match *event {
            Event::Add { order, side, price, quantity } => {
                self.add(now, order, side, self.grid.ticks(price), self.grid.lots(quantity));
            }
            Event::Submit { order, side, price, quantity, trades, is_taken_back } => {
                let (limit, quantity) = (self.grid.ticks(price), self.grid.lots(quantity));
                let trades = self.grid.lots(trades);
                self.submit(now, Submission { order, side, limit, quantity, trades }, is_taken_back);
            }
            Event::Reduce { order, by } => self.reduce(now, order, self.grid.lots(by)),
            Event::Open { order, quantity } => self.open(now, order, self.grid.lots(quantity)),
            Event::Delete { order } => self.delete(now, order),
            Event::Execute { order, quantity, price, printable } => {
                let quantity = self.grid.lots(quantity);
                self.execute(now, Execution { order, quantity, price, printable });
            }
            Event::Prevented { order } => {
                self.agreement.prevented += 1;
                self.delete(now, order);
            }
            Event::Replace { order, new, price, quantity } => {
                self.replace(now, order, new, (self.grid.ticks(price), self.grid.lots(quantity)));
            }
            Event::Modify { order, side, price, quantity } => {
                self.modify(now, order, side, (self.grid.ticks(price), self.grid.lots(quantity)));
            }
            Event::Trade { quantity: 0, .. } => self.misfits.empty += 1,
            Event::Trade { aggressor, price, quantity } => {
                let (maker, taker, source) = (None, None, Source::Told);
                self.trades.push(Trade { price, quantity, aggressor, maker, taker, printable: true, source });
            }
            Event::Unpriced { order } => {
                self.misfits.unpriced += 1;
                self.drop_known(now, order);
            }
            Event::Clear => self.clear(now),
            Event::Halt(halt) => self.halts[halt as usize] = true,
            Event::Resume(halt) => self.halts[halt as usize] = false,
            Event::Broken => self.broken += 1,
            Event::Echo | Event::Named(_) | Event::Other => return,
        }
        self.settle(now);
    }

    /// Takes in what is still to be taken in at the end of a file.
    pub fn finish(&mut self, now: u64) {
        self.events.clear();
        self.trades.clear();
        self.execute_pending(Time(now));
    }

    /// Lets the book match again once it is not crossed, and looks at its best prices.
    #[inline]
    fn settle(&mut self, now: Time) {
        self.top = self.book.top();
        let is_call = self.book.phase().is_call();
        let is_halted = self.halts.contains(&true);
        if is_call && !is_halted && !self.is_crossed() {
            self.command(now, &Command::SetPhase(Phase::Continuous));
        } else if is_halted && !is_call {
            self.command(now, &Command::SetPhase(Phase::Reopening));
        }
    }

    fn add(&mut self, now: Time, id: u64, side: Side, price: Price, quantity: u64) {
        self.drop_known(now, id);
        if quantity == 0 {
            self.misfits.empty += 1;
            return;
        }
        if self.crosses(side, price) {
            self.misfits.crossing += 1;
            if !self.book.phase().is_call() {
                self.command(now, &Command::SetPhase(Phase::Reopening));
            }
        }
        self.enter(now, id, side, price, quantity);
    }

    fn reduce(&mut self, now: Time, id: u64, by: u64) {
        let confirmed = self.confirm(id, by);
        let by = by - confirmed;
        if by == 0 {
            self.misfits.empty += u64::from(confirmed == 0);
            return;
        }
        if let Some(&order) = self.orders.get(&id) {
            self.take(now, id, order, by);
        } else {
            self.misfits.unknown_reduced += u64::from(confirmed == 0);
        }
    }

    /// How much of `by` has traded in our book already.
    #[inline]
    fn confirm(&mut self, id: u64, by: u64) -> u64 {
        if !self.confirms_fills {
            return 0;
        }
        let Some(traded) = self.unconfirmed.get_mut(&id) else { return 0 };
        let confirmed = by.min(*traded);
        *traded -= confirmed;
        if *traded == 0 {
            self.unconfirmed.remove(&id);
        }
        confirmed
    }

    fn delete(&mut self, now: Time, id: u64) {
        self.trading.remove(&id);
        let confirmed = self.confirms_fills && self.unconfirmed.remove(&id).is_some();
        if let Some(order) = self.orders.remove(&id) {
            self.command(now, &Command::Cancel { account: ACCOUNT, order });
        } else {
            self.misfits.unknown_deleted += u64::from(!confirmed);
        }
    }

    fn replace(&mut self, now: Time, id: u64, new: u64, (price, quantity): (Price, u64)) {
        let Some(view) = self.orders.get(&id).and_then(|&order| self.book.order(order)) else {
            self.misfits.unknown_replaced += 1;
            return;
        };
        self.orders.remove(&id);
        self.command(now, &Command::Cancel { account: ACCOUNT, order: view.order });
        self.top = self.book.top();
        self.add(now, new, view.side, price, quantity);
    }

    fn modify(&mut self, now: Time, id: u64, side: Side, (price, quantity): (Price, u64)) {
        let traded = self.unconfirmed.remove(&id).is_some();
        let Some(view) = self.orders.get(&id).and_then(|&order| self.book.order(order)) else {
            self.misfits.unknown_changed += u64::from(!traded);
            self.add(now, id, side, price, quantity);
            return;
        };
        // More than is left after a fill is a new part of an iceberg, which goes to the end of the queue.
        if price != view.price || side != view.side || quantity > view.leaves.0 || quantity == 0 {
            self.orders.remove(&id);
            self.command(now, &Command::Cancel { account: ACCOUNT, order: view.order });
            self.top = self.book.top();
            self.add(now, id, side, price, quantity);
        } else if quantity < view.leaves.0 {
            let (account, order, client) = (ACCOUNT, view.order, ClientOrderId(0));
            let (stop, quantity, counts) = (Price::NONE, Quantity(quantity), Counts::Open);
            self.command(
                now,
                &Command::Replace(Replace { account, order, client, price, stop, quantity, counts }),
            );
        }
    }

    /// All orders are gone, and what was known of them: their ids may mean others from now on.
    fn clear(&mut self, now: Time) {
        self.orders.clear();
        self.unconfirmed.clear();
        self.trading.clear();
        self.untraded.clear();
        self.sizeless.clear();
        if !self.book.is_empty() {
            self.command(now, &Command::MassCancel { account: ACCOUNT, side: None });
        }
    }
}

#[cfg(test)]
mod tests;
