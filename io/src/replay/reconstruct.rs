//! A venue's book, rebuilt in ours: every message becomes commands to a [`Book`], so that what is shown is what
//! the engine holds.
//!
//! - An order that rests is entered. If the book would let it trade (orders from before the file are missing, or
//!   the venue is collecting orders), the book is put into a call, in which orders rest whatever they cross, until
//!   it is no longer crossed.
//! - An execution names the resting order it was of. If that order is the first in the queue at our best price,
//!   an order that takes it is entered and the engine's matching does the rest; otherwise the order is
//!   reduced, and the disagreement counted.
//! - What names an order that we do not know is counted, by kind.
//!
//! Cost: one hash lookup a message, and the engine's command.

use bartizan_engine::book::{
    AccountId, Book, ClientOrderId, Command, Counts, Events, ExecType, NewOrder, OrderId, Phase, PostOnly,
    Price, Quantity, Reason, Replace, Rules, Side, Time, TimeInForce, Top,
};
use hashbrown::{HashMap, HashSet};

use super::agreement::{Agreement, Misfits};
use super::venue::Event;

/// One trade as a replay saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// At what price, in the venue's units.
    pub price: i64,
    /// How much.
    pub quantity: u64,
    /// The side of the order that came in, where that is known.
    pub aggressor: Option<Side>,
    /// The resting order, where it is known.
    pub maker: Option<u64>,
    /// The order that came in, where it is known.
    pub taker: Option<u64>,
    /// Whether the venue says it counts in volume.
    pub printable: bool,
}

/// A resting order traded, as the venue tells it.
#[derive(Clone, Copy, Debug)]
struct Execution {
    order: u64,
    quantity: u64,
    price: Option<i64>,
    printable: bool,
}

/// The account of every order: replays know no owners, and this one never trades with itself.
const ACCOUNT: AccountId = AccountId(0);

/// A book being rebuilt.
#[derive(Debug)]
pub struct Reconstruction {
    book: Book,
    events: Events,
    /// The live orders by the venue's ids.
    orders: HashMap<u64, OrderId>,
    /// What has traded of an order and the venue has yet to take from it, where it says both.
    unconfirmed: HashMap<u64, u64>,
    /// Orders that are yet to trade, where the file tells that beforehand.
    trading: HashSet<u64>,
    untraded: HashSet<u64>,
    sizeless: HashSet<u64>,
    confirms_fills: bool,
    tick: i64,
    top: Top,
    is_halted: bool,
    trades: Vec<Trade>,
    /// Executions of one trade, as long as no other message came: they are told in any order.
    pending: Vec<Execution>,
    /// Where executed orders stood.
    pub agreement: Agreement,
    /// What did not fit.
    pub misfits: Misfits,
    /// Trades that the venue took back.
    pub broken: u64,
}

impl Reconstruction {
    /// An empty book whose ticks are `tick` of the venue's price units. `l3`: whether [`Self::events`] tells of single orders.
    pub fn new(tick: i64, confirms_fills: bool, l3: bool) -> Self {
        let rules =
            Rules { index_client_ids: false, bustable_trades: 0, l3, l2: false, l1: l3, ..Rules::default() };
        let mut book = Book::new(rules);
        let mut events = Events::default();
        if book.phase() != Phase::Continuous {
            book.apply(Time(0), &Command::SetPhase(Phase::Continuous), &mut events);
        }
        events.clear();
        Reconstruction {
            book,
            events,
            orders: HashMap::new(),
            unconfirmed: HashMap::new(),
            trading: HashSet::new(),
            untraded: HashSet::new(),
            sizeless: HashSet::new(),
            confirms_fills,
            tick: tick.max(1),
            top: Top::default(),
            is_halted: false,
            trades: Vec::new(),
            pending: Vec::new(),
            agreement: Agreement::default(),
            misfits: Misfits::default(),
            broken: 0,
        }
    }

    /// The book.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// The best bid and ask, in ticks.
    #[inline]
    pub fn top(&self) -> Top {
        self.top
    }

    /// The venue's price units of a tick.
    pub fn tick(&self) -> i64 {
        self.tick
    }

    /// Whether the venue says of an order that it traded, and nobody is left here to trade with.
    pub fn is_untraded(&self, order: u64) -> bool {
        self.untraded.contains(&order)
    }

    /// Whether an order entered of which the file does not tell how much it is of.
    pub fn is_sizeless(&self, order: u64) -> bool {
        self.sizeless.contains(&order)
    }

    /// The trades of the last message.
    #[inline]
    pub fn trades(&self) -> &[Trade] {
        &self.trades
    }

    /// What the book told about the last message.
    pub fn events(&self) -> &Events {
        &self.events
    }

    /// Takes in one message of the instrument.
    #[inline]
    pub fn apply(&mut self, now: u64, event: &Event) {
        self.events.clear();
        self.trades.clear();
        let now = Time(now);
        if let Event::Execute { order, quantity, price, printable } = *event
            && self.confirms_fills
        {
            self.pending.push(Execution { order, quantity, price, printable });
            return;
        }
        self.execute_pending(now);
        match *event {
            Event::Add { order, side, price, quantity } => self.add(now, order, side, price, quantity),
            Event::Submit { order, side, price, quantity, is_taken_back: true, .. } => {
                self.submit_post_only(now, order, (side, price, quantity));
            }
            Event::Submit { order, side, price, quantity, trades, .. } => {
                self.submit(now, order, (side, price, quantity), trades);
            }
            Event::Reduce { order, by } => self.reduce(now, order, by),
            Event::Open { order, quantity } => self.open(now, order, quantity),
            Event::Delete { order } => self.delete(now, order),
            Event::Execute { order, quantity, price, printable } => {
                self.execute(now, Execution { order, quantity, price, printable });
            }
            Event::Prevented { order } => {
                self.agreement.prevented += 1;
                self.delete(now, order);
            }
            Event::Replace { order, new, price, quantity } => self.replace(now, order, new, price, quantity),
            Event::Modify { order, side, price, quantity } => self.modify(now, order, side, price, quantity),
            Event::Trade { aggressor, price, quantity } => {
                let trade = Trade { price, quantity, aggressor, maker: None, taker: None, printable: true };
                self.trades.push(trade);
            }
            Event::Clear => self.clear(now),
            Event::Halt => self.is_halted = true,
            Event::Resume => self.is_halted = false,
            Event::Broken => self.broken += 1,
            Event::Echo | Event::Named(_) | Event::Other => return,
        }
        self.settle(now);
    }

    /// Lets the book match again once it is not crossed, and looks at its best prices.
    #[inline]
    fn settle(&mut self, now: Time) {
        self.top = self.book.top();
        let is_call = self.book.phase().is_call();
        if is_call && !self.is_halted && !is_crossed(&self.top) {
            self.command(now, &Command::SetPhase(Phase::Continuous));
        } else if self.is_halted && !is_call {
            self.command(now, &Command::SetPhase(Phase::Reopening));
        }
    }

    #[inline]
    fn command(&mut self, now: Time, command: &Command) {
        self.book.apply(now, command, &mut self.events);
    }

    fn add(&mut self, now: Time, id: u64, side: Side, price: i64, quantity: u64) {
        self.drop_known(now, id);
        let ticks = Price(price / self.tick);
        if self.crosses(side, ticks) {
            self.misfits.crossing += 1;
            if !self.book.phase().is_call() {
                self.command(now, &Command::SetPhase(Phase::Reopening));
            }
        }
        self.enter(now, id, side, price, quantity);
    }

    /// Whether an order at `price` could trade.
    #[inline]
    fn crosses(&self, side: Side, price: Price) -> bool {
        match side {
            Side::Buy => self.top.ask.is_some_and(|ask| ask <= price),
            Side::Sell => self.top.bid.is_some_and(|bid| bid >= price),
        }
    }

    /// Makes room for an order with the id of one that is live.
    #[inline]
    fn drop_known(&mut self, now: Time, id: u64) {
        if let Some(order) = self.orders.remove(&id) {
            self.misfits.known_added += 1;
            self.command(now, &Command::Cancel { account: ACCOUNT, order });
        }
    }

    /// Enters an order that the venue takes back at once. If it would trade, it is post-only: our book refuses it.
    fn submit_post_only(&mut self, now: Time, id: u64, (side, price, quantity): (Side, i64, u64)) {
        if !self.crosses(side, Price(price / self.tick)) {
            return self.submit(now, id, (side, price, quantity), 0);
        }
        self.drop_known(now, id);
        let order = NewOrder::limit(ClientOrderId(id), side, Quantity(quantity), Price(price / self.tick));
        let before = self.events.reports.len();
        self.command(now, &Command::New(NewOrder { post_only: PostOnly::Reject, ..order }));
        self.agreement.post_only += u64::from(self.events.reports[before].reason == Reason::WouldTake);
        self.unconfirmed.entry(id).or_default();
    }

    /// Enters an order of which `trades` is to trade in all. It meets those that trade too; the others that it
    /// crosses are gone at the venue, whose feed tells so a little later, and so they go here. One that never trades
    /// is left out if it crosses one that does.
    fn submit(&mut self, now: Time, id: u64, (side, price, quantity): (Side, i64, u64), trades: u64) {
        self.drop_known(now, id);
        if quantity == 0 {
            self.misfits.sizeless += 1;
            self.sizeless.insert(id);
            self.unconfirmed.entry(id).or_default();
            return;
        }
        let limit = Price(price / self.tick);
        while trades == 0 && self.crosses(side, limit) {
            self.misfits.crossing += 1;
            let stale =
                self.book.front(side.opposite()).filter(|first| !self.trading.contains(&first.client.0));
            let Some(stale) = stale else {
                self.unconfirmed.entry(id).or_default();
                return;
            };
            self.orders.remove(&stale.client.0);
            self.unconfirmed.entry(stale.client.0).or_default();
            self.command(now, &Command::Cancel { account: ACCOUNT, order: stale.order });
            self.top = self.book.top();
        }
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
            let traded = self.note_trades(before, Some(id));
            if part == first.leaves.0 {
                self.trading.remove(&maker);
            }
            wanted -= traded;
            left -= traded;
        }
        if trades > quantity - left {
            self.trading.insert(id);
        }
        // What is left of one that found less than the venue says rests, and its own rows take it away.
        if left > 0 {
            self.enter(now, id, side, price, left);
        }
    }

    /// Enters an order, and notes its trades.
    #[inline]
    fn enter(&mut self, now: Time, id: u64, side: Side, price: i64, quantity: u64) {
        let price = Price(price / self.tick);
        let before = self.events.reports.len();
        self.command(now, &Command::New(NewOrder::limit(ClientOrderId(id), side, Quantity(quantity), price)));
        let accepted = self.events.reports[before];
        if accepted.exec_type != ExecType::New {
            self.misfits.refused += 1;
            return;
        }
        let last = self.events.reports[self.events.reports.len() - 1];
        if last.exec_type == ExecType::New || self.note_trades(before, Some(id)) < quantity {
            self.orders.insert(id, accepted.order);
        }
    }

    /// Notes the trades told from report `before` on, and returns how much they were of together.
    fn note_trades(&mut self, before: usize, taker: Option<u64>) -> u64 {
        let mut traded = 0;
        for index in before..self.events.reports.len() {
            let report = self.events.reports[index];
            if report.exec_type != ExecType::Trade || report.reason != Reason::AddedLiquidity {
                continue;
            }
            traded += report.quantity.0;
            self.trades.push(Trade {
                price: report.price.0 * self.tick,
                quantity: report.quantity.0,
                aggressor: Some(report.side.opposite()),
                maker: Some(report.client.0),
                taker,
                printable: true,
            });
            if report.leaves == Quantity::ZERO {
                self.orders.remove(&report.client.0);
            }
            if self.confirms_fills {
                *self.unconfirmed.entry(report.client.0).or_default() += report.quantity.0;
                if let Some(taker) = taker {
                    *self.unconfirmed.entry(taker).or_default() += report.quantity.0;
                }
            }
        }
        traded
    }

    fn reduce(&mut self, now: Time, id: u64, by: u64) {
        let confirmed = self.confirm(id, by);
        let by = by - confirmed;
        if by == 0 {
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

    /// Takes `by` from a live order, all of it if it has no more.
    #[inline]
    fn take(&mut self, now: Time, id: u64, order: OrderId, by: u64) {
        let before = self.events.reports.len();
        self.command(now, &Command::Reduce { account: ACCOUNT, order, by: Quantity(by) });
        let report = self.events.reports[before];
        if report.exec_type == ExecType::CancelRejected {
            self.misfits.overdrawn += 1;
            self.command(now, &Command::Cancel { account: ACCOUNT, order });
        }
        if report.exec_type != ExecType::Restated {
            self.orders.remove(&id);
        }
    }

    /// What is left of an order that may have traded: less than we have is taken away, more has traded in our
    /// matching before the venue says so.
    fn open(&mut self, now: Time, id: u64, quantity: u64) {
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

    fn delete(&mut self, now: Time, id: u64) {
        self.trading.remove(&id);
        let confirmed = self.confirms_fills && self.unconfirmed.remove(&id).is_some();
        if let Some(order) = self.orders.remove(&id) {
            self.command(now, &Command::Cancel { account: ACCOUNT, order });
        } else {
            self.misfits.unknown_deleted += u64::from(!confirmed);
        }
    }

    /// Carries out the executions of one trade, in the order in which our queue has their orders.
    fn execute_pending(&mut self, now: Time) {
        if self.pending.is_empty() {
            return;
        }
        let mut pending = std::mem::take(&mut self.pending);
        if pending.len() > 1 {
            let known = |execution: &Execution| self.orders.get(&execution.order).copied();
            let side =
                pending.iter().find_map(known).and_then(|order| self.book.order(order)).map(|view| view.side);
            let mut wanted: Vec<u64> =
                pending.iter().filter(|one| known(one).is_some()).map(|one| one.order).collect();
            let mut places: HashMap<u64, usize> = HashMap::new();
            for (place, view) in side.into_iter().flat_map(|side| self.book.queued(side)).enumerate() {
                if wanted.is_empty() {
                    break;
                }
                if wanted.contains(&view.client.0) {
                    wanted.retain(|&order| order != view.client.0);
                    places.insert(view.client.0, place);
                }
            }
            pending.sort_by_key(|one| places.get(&one.order).copied().unwrap_or(usize::MAX));
        }
        for execution in pending.drain(..) {
            self.execute(now, execution);
        }
        self.pending = pending; // for its room
        self.settle(now);
    }

    /// Takes in what is still to be taken in at the end of a file.
    pub fn finish(&mut self, now: u64) {
        self.events.clear();
        self.trades.clear();
        self.execute_pending(Time(now));
    }

    fn execute(&mut self, now: Time, Execution { order: id, quantity, price, printable }: Execution) {
        self.agreement.executions += 1;
        let Some(view) = self.orders.get(&id).and_then(|&order| self.book.order(order)) else {
            self.agreement.unknown += 1;
            self.misfits.unknown_executed += 1;
            if let Some(price) = price {
                let trade =
                    Trade { price, quantity, aggressor: None, maker: Some(id), taker: None, printable };
                self.trades.push(trade);
            }
            return;
        };
        let first = self.book.front(view.side);
        let own_price = view.price.0 * self.tick;
        let is_first = first.is_some_and(|first| first.order == view.order);
        let fits = quantity <= view.leaves.0 && price.is_none_or(|price| price == own_price);
        if is_first && fits && self.book.phase() == Phase::Continuous {
            self.agreement.first_in_queue += 1;
            let taker = NewOrder {
                time_in_force: TimeInForce::Ioc,
                ..NewOrder::limit(ClientOrderId(0), view.side.opposite(), Quantity(quantity), view.price)
            };
            let before = self.events.reports.len();
            self.command(now, &Command::New(taker));
            self.note_trades(before, None);
            if let Some(trade) = self.trades.last_mut() {
                trade.printable = printable;
            }
            return;
        }
        let counted = match first {
            _ if self.book.phase().is_call() => &mut self.agreement.crossed,
            Some(_) if is_first && quantity > view.leaves.0 => &mut self.agreement.more_than_shown,
            Some(_) if is_first => &mut self.agreement.other_price,
            Some(first) if first.price == view.price => &mut self.agreement.behind_another,
            _ => &mut self.agreement.not_the_best,
        };
        *counted += 1;
        self.trades.push(Trade {
            price: price.unwrap_or(own_price),
            quantity,
            aggressor: Some(view.side.opposite()),
            maker: Some(id),
            taker: None,
            printable,
        });
        if self.confirms_fills {
            *self.unconfirmed.entry(id).or_default() += quantity;
        }
        self.take(now, id, view.order, quantity);
    }

    fn replace(&mut self, now: Time, id: u64, new: u64, price: i64, quantity: u64) {
        let Some(view) = self.orders.get(&id).and_then(|&order| self.book.order(order)) else {
            self.misfits.unknown_replaced += 1;
            return;
        };
        self.orders.remove(&id);
        self.command(now, &Command::Cancel { account: ACCOUNT, order: view.order });
        self.top = self.book.top();
        self.add(now, new, view.side, price, quantity);
    }

    fn modify(&mut self, now: Time, id: u64, side: Side, price: i64, quantity: u64) {
        let traded = self.unconfirmed.remove(&id).is_some();
        let Some(view) = self.orders.get(&id).and_then(|&order| self.book.order(order)) else {
            self.misfits.unknown_changed += u64::from(!traded);
            self.add(now, id, side, price, quantity);
            return;
        };
        let ticks = Price(price / self.tick);
        // More than is left after a fill is a new part of an iceberg, which goes to the end of the queue.
        if ticks != view.price || side != view.side || quantity > view.leaves.0 {
            self.orders.remove(&id);
            self.command(now, &Command::Cancel { account: ACCOUNT, order: view.order });
            self.top = self.book.top();
            self.add(now, id, side, price, quantity);
        } else if quantity < view.leaves.0 {
            let (account, order, client) = (ACCOUNT, view.order, ClientOrderId(0));
            let (stop, quantity, counts) = (Price::NONE, Quantity(quantity), Counts::Open);
            self.command(
                now,
                &Command::Replace(Replace { account, order, client, price: ticks, stop, quantity, counts }),
            );
        }
    }

    fn clear(&mut self, now: Time) {
        self.orders.clear();
        self.unconfirmed.clear();
        if !self.book.is_empty() {
            self.command(now, &Command::MassCancel { account: ACCOUNT, side: None });
        }
    }
}

fn is_crossed(top: &Top) -> bool {
    matches!((top.bid, top.ask), (Some(bid), Some(ask)) if bid >= ask)
}
