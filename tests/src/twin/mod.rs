//! The order book's naive twin: written from `engine/src/book/spec.md` with plain lists and linear searches, so that whoever
//! doubts the book can read this instead. It reports what the book must report, field by field; the market data
//! is checked by [`crate::feed`], which rebuilds the book from it.

mod auction;
mod change;
mod entry;
mod matching;
mod operator;
mod order;

use std::collections::BTreeMap;

use bartizan_engine::book::{
    AccountId, Bands, ClientOrderId, Command, ExecType, MatchId, OrdStatus, OrderId, OrderView, Phase, Price,
    Quantity, Reason, Report, Rules, Side, Time, Top,
};

pub use order::{Order, Place};

/// A trade as it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// The number of the first of its two reports.
    pub id: MatchId,
    /// At what price.
    pub price: i64,
    /// How much.
    pub quantity: u64,
    /// The side of the order that came in; none in an auction.
    pub aggressor: Option<Side>,
    /// The orders in the order of their reports: id, client, account, side.
    parties: [(OrderId, u64, u32, Side); 2],
    is_busted: bool,
}

/// The twin of a book.
#[derive(Clone, Debug)]
pub struct Twin {
    rules: Rules,
    /// Where the book is in its day.
    pub phase: Phase,
    /// The call that must come next, since one was interrupted.
    pub owed_call: Option<Phase>,
    /// The price of the last trade.
    pub last_trade: Option<i64>,
    reference: Option<i64>,
    bands: Option<Bands>,
    clock: u64,
    /// The live orders, in no particular order.
    orders: Vec<Order>,
    /// Elected stops that have not entered yet, in order.
    elected: Vec<OrderId>,
    /// By slot: the generation of its present or next order.
    generations: Vec<u64>,
    /// Free slots, the next to be used last.
    free: Vec<u32>,
    entered: u64,
    joined: u64,
    sequence: u64,
    /// The trades that can be taken back, oldest first.
    trades: Vec<Trade>,
    /// What each order that ever traded has traded, less what was taken back.
    traded: BTreeMap<OrderId, u64>,
    /// What the last command told.
    pub reports: Vec<Report>,
    /// The trades of the last command.
    pub told_trades: Vec<Trade>,
}

impl Twin {
    /// The twin of a new book.
    pub fn new(rules: Rules) -> Self {
        Twin {
            rules,
            phase: Phase::Continuous,
            owed_call: None,
            last_trade: None,
            reference: None,
            bands: None,
            clock: 0,
            orders: Vec::new(),
            elected: Vec::new(),
            generations: Vec::new(),
            free: Vec::new(),
            entered: 0,
            joined: 0,
            sequence: 0,
            trades: Vec::new(),
            traded: BTreeMap::new(),
            reports: Vec::new(),
            told_trades: Vec::new(),
        }
    }

    /// What the book's `apply` does.
    pub fn apply(&mut self, now: Time, command: &Command) {
        self.reports.clear();
        self.told_trades.clear();
        self.clock = self.clock.max(now.0);
        self.expire();
        match command {
            Command::New(new) => self.enter(new),
            Command::Cancel { account, order } => self.cancel(*account, *order),
            Command::Reduce { account, order, by } => self.reduce(*account, *order, by.0),
            Command::Replace(replace) => self.replace(replace),
            Command::MassCancel { account, side } => self.mass_cancel(*account, *side),
            Command::CancelGroup { group } => self.cancel_group(group.0),
            Command::SetPhase(phase) => self.set_phase(*phase),
            Command::SetBands(bands) => self.set_bands(*bands),
            Command::SetReference(price) => self.set_reference(*price),
            Command::Bust(trade) => self.bust(*trade),
            Command::Advance => {}
        }
        if self.phase == Phase::Continuous {
            self.settle();
        }
    }

    /// The live orders as the book shows them, by rising slot.
    pub fn views(&self) -> Vec<OrderView> {
        let mut orders: Vec<&Order> = self.orders.iter().collect();
        orders.sort_by_key(|order| slot(order.id));
        orders.into_iter().map(Order::view).collect()
    }

    /// The displayed orders of a side, as they would trade.
    pub fn queue(&self, side: Side) -> Vec<&Order> {
        let mut displayed: Vec<(i64, u64, &Order)> = Vec::new();
        for order in self.orders.iter().filter(|order| order.side == side) {
            if let (Place::Queue(joined), Some(price)) = (order.place, order.limit) {
                displayed.push((if side == Side::Buy { -price } else { price }, joined, order));
            }
        }
        displayed.sort_by_key(|&(price, joined, _)| (price, joined));
        displayed.into_iter().map(|(_, _, order)| order).collect()
    }

    /// What a side displays: price, quantity, orders; the best first.
    ///
    /// # Panics
    /// It cannot: what is displayed has a price.
    pub fn depth(&self, side: Side) -> Vec<(i64, u64, u32)> {
        let mut levels: Vec<(i64, u64, u32)> = Vec::new();
        for order in self.queue(side) {
            let price = order.limit.expect("it is displayed at a price");
            match levels.last_mut() {
                Some(level) if level.0 == price => (level.1, level.2) = (level.1 + order.shown, level.2 + 1),
                _ => levels.push((price, order.shown, 1)),
            }
        }
        levels
    }

    /// The best displayed bid and ask.
    pub fn top(&self) -> Top {
        let best = |side| self.depth(side).first().map(|level| (Price(level.0), Quantity(level.1)));
        let (bid, ask) = (best(Side::Buy), best(Side::Sell));
        Top {
            bid: bid.map(|bid| bid.0),
            bid_quantity: bid.map_or(Quantity(0), |bid| bid.1),
            ask: ask.map(|ask| ask.0),
            ask_quantity: ask.map_or(Quantity(0), |ask| ask.1),
        }
    }

    /// The live order of this account and client id.
    pub fn find(&self, account: AccountId, client: ClientOrderId) -> Option<OrderId> {
        let is_it = |order: &&Order| order.account == account.0 && order.client == client.0 && client.0 != 0;
        self.orders.iter().find(is_it).filter(|_| self.rules.index_client_ids).map(|order| order.id)
    }

    /// What is open on a side.
    fn open(&self, side: Side) -> u64 {
        self.orders.iter().filter(|order| order.side == side).map(|order| order.open).sum()
    }

    /// In how many parts the reserves of a side are still to be shown.
    fn parts(&self, side: Side) -> u64 {
        self.orders.iter().filter(|order| order.side == side).map(Order::parts).sum()
    }

    fn position(&self, id: OrderId) -> Option<usize> {
        self.orders.iter().position(|order| order.id == id)
    }

    fn get(&self, id: OrderId) -> &Order {
        &self.orders[self.position(id).expect("it is live")]
    }

    fn get_mut(&mut self, id: OrderId) -> &mut Order {
        let position = self.position(id).expect("it is live");
        &mut self.orders[position]
    }

    /// Draws an id.
    fn take_id(&mut self) -> OrderId {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.generations.push(1);
            self.generations.len() as u32 - 1
        });
        OrderId(self.generations[slot as usize] << 32 | u64::from(slot))
    }

    /// Gives an id's slot back.
    fn free_id(&mut self, id: OrderId) {
        let generation = &mut self.generations[slot(id) as usize];
        *generation += 1;
        if *generation <= 65_535 {
            self.free.push(slot(id));
        }
    }

    /// Takes a live order out.
    fn remove(&mut self, id: OrderId) -> Order {
        let position = self.position(id).expect("it is live");
        self.free_id(id);
        self.elected.retain(|&elected| elected != id);
        self.orders.remove(position)
    }

    /// Tells of an order: how it stands, and what happened.
    fn report(
        &mut self,
        order: &Order,
        (exec_type, reason): (ExecType, Reason),
        (price, quantity): (Option<i64>, u64),
    ) {
        let ord_status = match exec_type {
            ExecType::Canceled => OrdStatus::Canceled,
            ExecType::Expired => OrdStatus::Expired,
            ExecType::Trade if order.open == 0 => OrdStatus::Filled,
            _ if order.traded == 0 => OrdStatus::New,
            _ => OrdStatus::PartiallyFilled,
        };
        self.sequence += 1;
        self.reports.push(Report {
            sequence: self.sequence,
            order: order.id,
            client: ClientOrderId(order.client),
            account: AccountId(order.account),
            exec_type,
            ord_status,
            side: order.side,
            reason,
            price: price.map_or(Price::NONE, Price),
            quantity: Quantity(quantity),
            leaves: Quantity(order.open),
            cumulative: Quantity(order.traded),
        });
    }

    /// Tells of a command that names no order of the asker.
    fn reject(&mut self, exec_type: ExecType, reason: Reason, (order, account): (OrderId, AccountId)) {
        self.sequence += 1;
        self.reports.push(Report {
            sequence: self.sequence,
            order,
            client: ClientOrderId(0),
            account,
            exec_type,
            ord_status: OrdStatus::Rejected,
            side: Side::Buy,
            reason,
            price: Price::NONE,
            quantity: Quantity(0),
            leaves: Quantity(0),
            cumulative: Quantity(0),
        });
    }

    /// Ends a live order with a report.
    fn end(&mut self, id: OrderId, exec_type: ExecType, reason: Reason) {
        let mut order = self.get(id).clone();
        let (price, taken) = (order.named_price(), order.open);
        order.open = 0;
        self.report(&order, (exec_type, reason), (price, taken));
        self.remove(id);
    }

    /// Ends every order that fits, by rising slot; says whether there was one.
    fn end_all(&mut self, exec_type: ExecType, reason: Reason, fits: impl Fn(&Order) -> bool) -> bool {
        let mut found: Vec<OrderId> =
            self.orders.iter().filter(|order| fits(order)).map(|order| order.id).collect();
        found.sort_by_key(|&id| slot(id));
        for &id in &found {
            self.end(id, exec_type, reason);
        }
        !found.is_empty()
    }

    /// Good-till-date orders whose time is over go, in order of expiry and entry.
    fn expire(&mut self) {
        let mut over: Vec<(u64, u64, OrderId)> = Vec::new();
        for order in &self.orders {
            if let Some(expires) = order.expires.filter(|&expires| expires <= self.clock) {
                over.push((expires, order.entered, order.id));
            }
        }
        over.sort_unstable_by_key(|&(expires, entered, _)| (expires, entered));
        for (_, _, id) in over {
            self.end(id, ExecType::Expired, Reason::TimeOver);
        }
    }

    /// A trade between two orders that have been filled, in the order of their reports.
    fn tell_trade(
        &mut self,
        orders: [&Order; 2],
        reasons: [Reason; 2],
        (price, quantity): (i64, u64),
        aggressor: Option<Side>,
    ) {
        let id = MatchId(self.sequence + 1);
        for (order, reason) in orders.into_iter().zip(reasons) {
            self.report(order, (ExecType::Trade, reason), (Some(price), quantity));
            self.traded.insert(order.id, order.traded);
        }
        let parties = orders.map(|order| (order.id, order.client, order.account, order.side));
        let trade = Trade { id, price, quantity, aggressor, parties, is_busted: false };
        self.told_trades.push(trade);
        self.trades.push(trade);
        if self.trades.len() > self.rules.bustable_trades as usize {
            self.trades.remove(0);
        }
        self.elect(price);
        self.last_trade = Some(price);
        self.reference = Some(price);
    }
}

/// The slot of an order id.
fn slot(id: OrderId) -> u32 {
    id.0 as u32
}
