//! What a reconstruction holds, and the steps that all messages share: entering an order, taking from one, noting trades.

use bartizan_engine::book::{
    AccountId, Book, ClientOrderId, Command, Events, ExecType, NewOrder, OrderId, Phase, Price, Quantity,
    Reason, Rules, Side, Time, Top,
};
use hashbrown::{HashMap, HashSet};

use crate::replay::agreement::{Agreement, Misfits};
use crate::replay::grid::Grid;

/// One trade as a replay saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// At what price, in the venue's units.
    pub price: i64,
    /// How much, in the venue's units.
    pub quantity: u64,
    /// The side of the order that came in, where that is known.
    pub aggressor: Option<Side>,
    /// The resting order, where it is known.
    pub maker: Option<u64>,
    /// The order that came in, where it is known.
    pub taker: Option<u64>,
    /// Whether the venue says it counts in volume.
    pub printable: bool,
    /// What our book knows of it.
    pub source: Source,
}

/// What our book knows of a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Our matching made it.
    Matched,
    /// The venue executed this order of our book where our matching would not have: it was taken from it.
    Taken(OrderId),
    /// No order of our book was in it.
    Told,
}

/// A resting order traded, as the venue tells it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Execution {
    pub(super) order: u64,
    /// In lots.
    pub(super) quantity: u64,
    /// In the venue's units.
    pub(super) price: Option<i64>,
    pub(super) printable: bool,
}

/// One price of a side, in the venue's units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// The price.
    pub price: i64,
    /// What is shown there.
    pub quantity: u64,
    /// In how many orders.
    pub count: u32,
}

/// The account of every order: replays know no owners, and this one never trades with itself.
pub(super) const ACCOUNT: AccountId = AccountId(0);

/// A book being rebuilt.
#[derive(Debug)]
pub struct Reconstruction {
    pub(super) book: Book,
    pub(super) events: Events,
    /// The live orders by the venue's ids.
    pub(super) orders: HashMap<u64, OrderId>,
    /// What has traded of an order, in lots, and the venue has yet to take from it, where it says both.
    pub(super) unconfirmed: HashMap<u64, u64>,
    /// Orders that are yet to trade, where the file tells that beforehand.
    pub(super) trading: HashSet<u64>,
    pub(super) untraded: HashSet<u64>,
    pub(super) sizeless: HashSet<u64>,
    pub(super) confirms_fills: bool,
    pub(super) grid: Grid,
    pub(super) top: Top,
    /// By [`crate::replay::venue::Halt`], whether it holds.
    pub(super) halts: [bool; 2],
    pub(super) trades: Vec<Trade>,
    /// Executions of one trade, as long as no other message came: they are told in any order.
    pub(super) pending: Vec<Execution>,
    /// Where executed orders stood.
    pub agreement: Agreement,
    /// What did not fit.
    pub misfits: Misfits,
    /// Trades that the venue took back.
    pub broken: u64,
}

impl Reconstruction {
    /// An empty book of ticks and lots by `grid`. `l3`: whether [`Self::events`] tells of single orders.
    pub fn new(grid: Grid, confirms_fills: bool, l3: bool) -> Self {
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
            grid,
            top: Top::default(),
            halts: [false; 2],
            trades: Vec::new(),
            pending: Vec::new(),
            agreement: Agreement::default(),
            misfits: Misfits::default(),
            broken: 0,
        }
    }

    /// The book, in ticks and lots.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// What a tick and a lot are in the venue's units.
    pub fn grid(&self) -> Grid {
        self.grid
    }

    /// The best bid and ask, in ticks and lots.
    #[inline]
    pub fn top(&self) -> Top {
        self.top
    }

    /// The best levels of a side, at most so many.
    pub fn depth(&self, side: Side, levels: usize) -> Vec<Level> {
        let level = |level: bartizan_engine::book::DepthLevel| Level {
            price: self.grid.price(level.price),
            quantity: self.grid.size(level.quantity),
            count: level.count,
        };
        self.book.depth(side, levels).into_iter().map(level).collect()
    }

    /// Whether orders only rest, whatever they cross: trading is halted, or the book is crossed.
    #[inline]
    pub fn is_collecting(&self) -> bool {
        self.book.phase().is_call()
    }

    /// Whether the best bid is at or above the best ask.
    #[inline]
    pub fn is_crossed(&self) -> bool {
        matches!((self.top.bid, self.top.ask), (Some(bid), Some(ask)) if bid >= ask)
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

    /// What the book told about the last message, in ticks and lots.
    pub fn events(&self) -> &Events {
        &self.events
    }

    #[inline]
    pub(super) fn command(&mut self, now: Time, command: &Command) {
        self.book.apply(now, command, &mut self.events);
    }

    /// Whether an order at `price` could trade.
    #[inline]
    pub(super) fn crosses(&self, side: Side, price: Price) -> bool {
        match side {
            Side::Buy => self.top.ask.is_some_and(|ask| ask <= price),
            Side::Sell => self.top.bid.is_some_and(|bid| bid >= price),
        }
    }

    /// Makes room for an order with the id of one that is live.
    #[inline]
    pub(super) fn drop_known(&mut self, now: Time, id: u64) {
        if let Some(order) = self.orders.remove(&id) {
            self.misfits.known_added += 1;
            self.trading.remove(&id);
            self.command(now, &Command::Cancel { account: ACCOUNT, order });
        }
    }

    /// Enters an order, and notes its trades.
    #[inline]
    pub(super) fn enter(&mut self, now: Time, id: u64, side: Side, price: Price, quantity: u64) {
        let before = self.events.reports.len();
        self.command(now, &Command::New(NewOrder::limit(ClientOrderId(id), side, Quantity(quantity), price)));
        let accepted = self.events.reports[before];
        if accepted.exec_type != ExecType::New {
            self.misfits.refused += 1;
            return;
        }
        let last = self.events.reports[self.events.reports.len() - 1];
        if last.exec_type == ExecType::New || self.note_trades(before, Some(id), true) < quantity {
            self.orders.insert(id, accepted.order);
        }
    }

    /// Notes the trades told from report `before` on, and returns how many lots they were of together.
    pub(super) fn note_trades(&mut self, before: usize, taker: Option<u64>, printable: bool) -> u64 {
        let mut traded = 0;
        for index in before..self.events.reports.len() {
            let report = self.events.reports[index];
            if report.exec_type != ExecType::Trade || report.reason != Reason::AddedLiquidity {
                continue;
            }
            traded += report.quantity.0;
            self.trades.push(Trade {
                price: self.grid.price(report.price),
                quantity: self.grid.size(report.quantity),
                aggressor: Some(report.side.opposite()),
                maker: Some(report.client.0),
                taker,
                printable,
                source: Source::Matched,
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

    /// Takes `by` lots from a live order, all of it if it has no more.
    #[inline]
    pub(super) fn take(&mut self, now: Time, id: u64, order: OrderId, by: u64) {
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
}
