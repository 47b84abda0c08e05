//! A book driven by hand: orders in few words, reports in few words, and every command checked to leave the book sound.

use bartizan_engine::book::{
    AccountId, Book, ClientOrderId, Command, Counts, Events, ExecType, NewOrder, OrderId, Price, Quantity,
    Reason, Replace, Report, Rules, Side, Time, TimeInForce,
};

/// What one report says, in short: what happened and why, to which client id, price, quantity and what is left open.
pub type Told = (ExecType, Reason, u64, i64, u64, u64);

/// In short.
pub fn told(report: &Report) -> Told {
    let Report { exec_type, reason, client, price, quantity, leaves, .. } = *report;
    (exec_type, reason, client.0, price.0, quantity.0, leaves.0)
}

/// A book, its clock, and what it said last.
pub struct Session {
    /// The book.
    pub book: Book,
    /// What the last command made it say.
    pub events: Events,
    /// The time of the next command.
    pub now: u64,
}

impl Default for Session {
    fn default() -> Self {
        Session::new(Rules::default())
    }
}

impl Session {
    /// An empty book in continuous trading.
    pub fn new(rules: Rules) -> Self {
        Session { book: Book::new(rules), events: Events::default(), now: 1 }
    }

    /// Carries a command out, and gives its reports.
    ///
    /// # Panics
    /// If the book is not sound afterwards.
    pub fn apply(&mut self, command: Command) -> &[Report] {
        self.events.clear();
        self.book.apply(Time(self.now), &command, &mut self.events);
        self.now += 1;
        self.book.check();
        &self.events.reports
    }

    /// Carries a command out, and gives its reports in short.
    pub fn told(&mut self, command: Command) -> Vec<Told> {
        self.apply(command).iter().map(told).collect()
    }

    /// Enters an order, and gives its id (zero if it was rejected).
    pub fn enter(&mut self, order: NewOrder) -> OrderId {
        self.apply(Command::New(order))[0].order
    }

    /// What cancelling an order of account 0 is answered with.
    pub fn cancel(&mut self, order: OrderId) -> Vec<Told> {
        self.told(Command::Cancel { account: AccountId(0), order })
    }

    /// What replacing an order of account 0 (client id kept, quantity: what is to stay open) is answered with.
    pub fn replace(&mut self, order: OrderId, quantity: u64, price: i64) -> Vec<Told> {
        let (price, stop, quantity) = (Price(price), Price::NONE, Quantity(quantity));
        let (account, client, counts) = (AccountId(0), ClientOrderId(0), Counts::Open);
        self.told(Command::Replace(Replace { account, order, client, price, stop, quantity, counts }))
    }

    /// Displayed prices and quantities of a side, best first.
    pub fn depth(&self, side: Side) -> Vec<(i64, u64)> {
        self.book.depth(side, usize::MAX).iter().map(|level| (level.price.0, level.quantity.0)).collect()
    }

    /// The client ids of the displayed orders of a side, as they would trade.
    pub fn queue(&self, side: Side) -> Vec<u64> {
        self.book.orders(side).iter().map(|order| order.client.0).collect()
    }
}

/// A limit order to buy, good till cancelled.
pub fn buy(client: u64, quantity: u64, price: i64) -> NewOrder {
    NewOrder::limit(ClientOrderId(client), Side::Buy, Quantity(quantity), Price(price))
}

/// A limit order to sell, good till cancelled.
pub fn sell(client: u64, quantity: u64, price: i64) -> NewOrder {
    NewOrder::limit(ClientOrderId(client), Side::Sell, Quantity(quantity), Price(price))
}

/// The same order, immediate or cancel.
pub fn at_once(order: NewOrder) -> NewOrder {
    NewOrder { time_in_force: TimeInForce::Ioc, ..order }
}
