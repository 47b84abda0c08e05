//! Random commands to an order book, with every feature mixed: from a seed, or from bytes that a fuzzer makes.
//!
//! Few accounts, few prices and few ids, so that orders meet, belong together and are named when they are gone; now and then
//! something extreme or wrong.

use bartizan_engine::book::{
    AccountId, Bands, ClientOrderId, Command, Counts, ExecType, GroupId, MatchId, NewOrder, OrdType, OrderId,
    PegReference, Phase, PostOnly, Price, Quantity, Replace, Report, Rules, SelfTrade, Side, TickTable, Time,
    TimeInForce,
};

use crate::dice::Dice;

/// Where choices come from.
#[derive(Clone, Debug)]
pub enum Source<'b> {
    /// A stream that a seed names.
    Seeded(Dice),
    /// Bytes, and zeros once they are used up.
    Bytes(&'b [u8]),
}

impl Source<'_> {
    /// A number below `count`.
    pub fn below(&mut self, count: usize) -> usize {
        match self {
            Source::Seeded(dice) => dice.below(count),
            Source::Bytes(bytes) => {
                let mut number = 0;
                let mut room = count;
                while room > 1 {
                    let Some((&first, rest)) = bytes.split_first() else { return 0 };
                    *bytes = rest;
                    number = number << 8 | usize::from(first);
                    room >>= 8;
                }
                number % count
            }
        }
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// Whether there are no bytes left to choose by.
    pub fn is_over(&self) -> bool {
        matches!(self, Source::Bytes([]))
    }
}

/// A stream of commands.
#[derive(Clone, Debug)]
pub struct Commands<'b> {
    source: Source<'b>,
    /// The rules of the book they are for.
    pub rules: Rules,
    /// Where prices lie.
    base: i64,
    /// How far they spread.
    spread: usize,
    now: u64,
    /// Ids of orders seen, the latest last.
    orders: Vec<OrderId>,
    trades: Vec<MatchId>,
}

/// How many ids are remembered.
const REMEMBERED: usize = 64;

impl<'b> Commands<'b> {
    /// A stream, whose first choices are the rules of the book.
    ///
    /// # Panics
    /// It cannot: its tick table is a proper one.
    pub fn new(mut source: Source<'b>) -> Self {
        let coarse = || TickTable::new(vec![(Price(0), 1), (Price(100), 5)]).expect("100 is a tick of both");
        let is_coarse = source.chance(25);
        let rules = Rules {
            ticks: if is_coarse { coarse() } else { TickTable::default() },
            lot: Quantity(if source.chance(20) { 2 } else { 1 }),
            max_orders: if source.chance(15) { 8 } else { 1 << 20 },
            max_open: Quantity(if source.chance(15) { 60 } else { 1 << 62 }),
            max_parts: if source.chance(15) { 6 } else { 1 << 20 },
            expected_orders: 16,
            bustable_trades: source.pick(&[20, 20, 3, 0]),
            index_client_ids: source.chance(70),
            l1: true,
            l2: true,
            l3: true,
        };
        let base = if source.chance(80) {
            source.pick(&[100, 100, 0, -50])
        } else {
            source.pick(&[1 << 59, -(1 << 60) + 5])
        };
        let spread = source.pick(&[5, 8, 12, 40, 40, 300_000]);
        Commands { source, rules, base, spread, now: 0, orders: Vec::new(), trades: Vec::new() }
    }

    /// Whether there is nothing left to choose by.
    pub fn is_over(&self) -> bool {
        self.source.is_over()
    }

    /// Learns what there is to name, from what was answered.
    pub fn learn(&mut self, reports: &[Report]) {
        for report in reports {
            match report.exec_type {
                ExecType::New => self.orders.push(report.order),
                ExecType::Trade => self.trades.push(report.match_id()),
                _ => {}
            }
        }
        self.orders.drain(..self.orders.len().saturating_sub(REMEMBERED));
        self.trades.drain(..self.trades.len().saturating_sub(REMEMBERED));
    }

    /// The next command, and its time.
    pub fn next_command(&mut self) -> (Time, Command) {
        self.now = (self.now + self.source.below(3) as u64).saturating_sub(u64::from(self.source.chance(2)));
        let account = self.account();
        let command = match self.source.below(100) {
            0..55 => Command::New(self.new_order()),
            55..66 => Command::Cancel { account, order: self.order() },
            66..74 => Command::Reduce { account, order: self.order(), by: self.quantity() },
            74..87 => Command::Replace(self.replace()),
            87 => Command::MassCancel {
                account,
                side: if self.source.chance(50) { None } else { Some(self.side()) },
            },
            88 => Command::CancelGroup { group: self.group() },
            89..93 => Command::SetPhase(self.phase()),
            93 => Command::SetBands(self.bands()),
            94 => Command::SetReference(self.price()),
            95..97 => Command::Bust(self.trade()),
            _ => Command::Advance,
        };
        (Time(self.now), command)
    }

    fn account(&mut self) -> AccountId {
        AccountId(self.source.pick(&[0, 0, 1, 1, 1, 2]))
    }

    fn group(&mut self) -> GroupId {
        GroupId(self.source.pick(&[0, 0, 0, 1, 2]))
    }

    fn side(&mut self) -> Side {
        self.source.pick(&[Side::Buy, Side::Sell])
    }

    /// A recent order, now and then one that never was.
    fn order(&mut self) -> OrderId {
        if self.orders.is_empty() || self.source.chance(3) {
            let unknown = [OrderId(0), OrderId(u64::MAX), OrderId(1 << 32 | 0x3e7), OrderId(77 << 32)];
            return self.source.pick(&unknown);
        }
        let back = self.source.below(self.orders.len().min(24));
        self.orders[self.orders.len() - 1 - back]
    }

    fn trade(&mut self) -> MatchId {
        if self.trades.is_empty() || self.source.chance(10) {
            return MatchId(self.source.below(50) as u64);
        }
        let back = self.source.below(self.trades.len().min(6));
        self.trades[self.trades.len() - 1 - back]
    }

    fn quantity(&mut self) -> Quantity {
        if self.source.chance(2) {
            let extreme = [0, Quantity::MAX.0, Quantity::MAX.0 - 1, Quantity::MAX.0 + 1, u64::MAX];
            return Quantity(self.source.pick(&extreme));
        }
        let lots = 1 + self.source.below(12) as u64;
        Quantity(if self.source.chance(5) { lots } else { lots * self.rules.lot.0 })
    }

    fn price(&mut self) -> Price {
        if self.source.chance(2) {
            let extreme = [
                Price::MAX.0,
                -Price::MAX.0,
                Price::MAX.0 + 1,
                i64::MIN,
                i64::MAX,
                self.base + 70_000,
                self.base - 70_000,
            ];
            return Price(self.source.pick(&extreme));
        }
        let price = Price(self.base.saturating_add(self.source.below(self.spread) as i64));
        if self.source.chance(5) { price } else { self.rules.ticks.at_or_below(price) }
    }

    fn phase(&mut self) -> Phase {
        use Phase::{Closed, Continuous, Halted, PreClose, PreOpen, Reopening};
        self.source.pick(&[
            Closed, PreOpen, PreOpen, PreClose, PreClose, Halted, Halted, Reopening, Continuous, Continuous,
            Continuous, Continuous,
        ])
    }

    fn bands(&mut self) -> Option<Bands> {
        if self.source.chance(60) {
            return None;
        }
        let (one, other) = (self.price(), self.price());
        let is_sorted = self.source.chance(80);
        Some(if is_sorted {
            Bands { low: one.min(other), high: one.max(other) }
        } else {
            Bands { low: one, high: other }
        })
    }

    fn ord_type(&mut self) -> OrdType {
        match self.source.below(20) {
            0 | 1 => OrdType::Market,
            2 => OrdType::Stop { stop: self.price() },
            3 => OrdType::StopLimit { stop: self.price(), price: self.price() },
            4 => OrdType::TrailingStop { offset: Quantity(self.source.below(5) as u64) },
            5 => OrdType::MarketToLimit,
            6 | 7 => OrdType::Pegged {
                reference: self.source.pick(&[
                    PegReference::Midpoint,
                    PegReference::Market,
                    PegReference::Primary,
                ]),
                offset: if self.source.chance(2) {
                    Quantity(u64::MAX)
                } else {
                    Quantity(self.source.below(3) as u64)
                },
                limit: if self.source.chance(50) { Price::NONE } else { self.price() },
            },
            _ => OrdType::Limit { price: self.price() },
        }
    }

    fn new_order(&mut self) -> NewOrder {
        use TimeInForce::{AtClose, AtOpening, Day, Fok, Gtc, Gtd, Ioc};
        let quantity = self.quantity();
        let is_plain = self.source.chance(40);
        let plain =
            NewOrder::limit(ClientOrderId(self.source.below(40) as u64), self.side(), quantity, self.price());
        if is_plain {
            return NewOrder { account: self.account(), ..plain };
        }
        NewOrder {
            ord_type: self.ord_type(),
            display: if self.source.chance(25) { self.quantity() } else { Quantity(0) },
            minimum: if self.source.chance(10) { self.quantity() } else { Quantity(0) },
            expires: Time(self.now + self.source.below(40) as u64),
            account: self.account(),
            group: self.group(),
            time_in_force: self
                .source
                .pick(&[Gtc, Gtc, Gtc, Gtc, Day, Day, Ioc, Ioc, Fok, Gtd, Gtd, AtOpening, AtClose, AtClose]),
            self_trade: self.source.pick(&[
                SelfTrade::Allow,
                SelfTrade::CancelNewest,
                SelfTrade::CancelOldest,
                SelfTrade::CancelBoth,
                SelfTrade::Decrement,
            ]),
            post_only: self.source.pick(&[
                PostOnly::No,
                PostOnly::No,
                PostOnly::No,
                PostOnly::Reject,
                PostOnly::Slide,
            ]),
            ..plain
        }
    }

    fn replace(&mut self) -> Replace {
        Replace {
            account: self.account(),
            order: self.order(),
            client: ClientOrderId(if self.source.chance(60) { 0 } else { self.source.below(40) as u64 }),
            price: if self.source.chance(8) { Price::NONE } else { self.price() },
            stop: if self.source.chance(15) { self.price() } else { Price::NONE },
            quantity: self.quantity(),
            counts: self.source.pick(&[Counts::Open, Counts::Whole]),
        }
    }
}
