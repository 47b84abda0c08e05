//! A book and its twin, given the same commands and compared after each: reports field by field, every order, the displayed
//! book as its owner, its twin and two readers of its market data see it.

use bartizan_engine::book::{Book, Command, Events, ExecType, OrderView, Price, Rules, Side, Time};

use crate::feed::{Displayed, Mirror};
use crate::twin::Twin;

/// Both.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The book.
    pub book: Book,
    /// Its twin.
    pub twin: Twin,
    /// A reader of the book's market data.
    pub mirror: Mirror,
    /// What the book said last.
    pub events: Events,
}

impl Pair {
    /// Both, empty.
    pub fn new(rules: Rules) -> Self {
        let twin = Twin::new(rules.clone());
        Pair { book: Book::new(rules), twin, mirror: Mirror::default(), events: Events::default() }
    }

    /// Gives both a command, and compares them.
    ///
    /// # Panics
    /// If they differ.
    pub fn apply(&mut self, now: Time, command: &Command) {
        self.events.clear();
        self.book.apply(now, command, &mut self.events);
        self.twin.apply(now, command);
        for (its, twins) in self.events.reports.iter().zip(&self.twin.reports) {
            assert_eq!(its, twins, "after {command:?}: the book's report, the twin's");
        }
        assert_eq!(self.events.reports, self.twin.reports, "after {command:?}: all reports");
        self.compare(command);
        self.compare_feed(command);
    }

    fn compare(&self, command: &Command) {
        let (book, twin) = (&self.book, &self.twin);
        assert_eq!(book.phase(), twin.phase, "after {command:?}");
        assert_eq!(book.interrupted_call(), twin.owed_call, "after {command:?}");
        assert_eq!(book.last_trade(), twin.last_trade.map(Price), "after {command:?}");
        assert_eq!(book.top(), twin.top(), "after {command:?}");
        assert_eq!(book.live_orders().collect::<Vec<_>>(), twin.views(), "after {command:?}");
        assert_eq!(book.len(), twin.views().len(), "after {command:?}");
        assert_eq!(book.indicative(), twin.indicative(), "after {command:?}");
        for side in [Side::Buy, Side::Sell] {
            let queue = book.orders(side);
            assert_eq!(
                queue,
                twin.queue(side).iter().map(|order| order.view()).collect::<Vec<_>>(),
                "after {command:?}"
            );
            assert_eq!(book.front(side), queue.first().copied(), "after {command:?}");
            let depth = book.depth(side, usize::MAX);
            let depth: Vec<_> =
                depth.iter().map(|level| (level.price.0, level.quantity.0, level.count)).collect();
            assert_eq!(depth, twin.depth(side), "after {command:?}");
        }
        if let Command::New(new) = command {
            assert_eq!(
                book.find(new.account, new.client),
                twin.find(new.account, new.client),
                "after {command:?}"
            );
        }
    }

    fn compare_feed(&mut self, command: &Command) {
        let mirror = &mut self.mirror;
        mirror.take(&self.events.market);
        for side in [Side::Buy, Side::Sell] {
            let displayed: Vec<Displayed> = self.book.orders(side).iter().map(displayed).collect();
            assert_eq!(mirror.orders(side), displayed, "L3 after {command:?}");
            assert_eq!(mirror.depth(side), self.twin.depth(side), "L2 after {command:?}");
        }
        let traded: Vec<_> = mirror.trades.drain(..).collect();
        let trades = self.twin.told_trades.iter();
        let trades: Vec<_> =
            trades.map(|trade| (trade.id, trade.price, trade.quantity, trade.aggressor)).collect();
        assert_eq!(traded, trades, "trades after {command:?}");
        if self.twin.phase.is_call() {
            assert_eq!(mirror.indicative, self.twin.indicative(), "after {command:?}");
        } else if self.twin.owed_call.is_none() {
            assert_eq!(mirror.top, self.twin.top(), "L1 after {command:?}");
        }
        let auctioned: u64 = trades.iter().filter(|trade| trade.3.is_none()).map(|trade| trade.2).sum();
        let price = trades.iter().find(|trade| trade.3.is_none()).map(|trade| trade.1);
        let auctions: Vec<_> = mirror.auctions.drain(..).collect();
        let expected: Vec<_> = price.map(|price| (price, auctioned)).into_iter().collect();
        assert_eq!(auctions, expected, "auctions after {command:?}: one price, and all that traded at it");
        assert!(mirror.phase.is_none_or(|phase| phase == self.twin.phase), "after {command:?}");
        let broken: Vec<_> = mirror.broken.drain(..).collect();
        let taken_back = self.twin.reports.iter().filter(|report| report.exec_type == ExecType::TradeCancel);
        assert_eq!(2 * broken.len(), taken_back.count(), "after {command:?}");
    }
}

fn displayed(order: &OrderView) -> Displayed {
    Displayed { order: order.order, price: order.price.0, quantity: order.displayed.0 }
}
