//! A market over one order book: an order spends what it has on hold, and nothing else.
//!
//! The book decides who trades; the market decides whether an order may enter, by funds, and turns what the book reports into
//! postings. Prices are at least 1 (the bands see to that), so every trade is for something.
//!
//! An order to buy must have a worst price, by which its funds are held:
//! - a limit price, if it has one;
//! - a market order in the continuous phase takes no worse price than the displayed one that would fill it, and is otherwise an
//!   immediate limit order at that price; a market-to-limit order takes the best ask;
//! - a stop order becomes a stop-limit order at the upper band, a peg without limit gets the upper band as its limit;
//! - a trailing stop, and a market order of a call, hold funds by the upper band, and are cancelled when that rises.
//!
//! Where the upper band is needed and there is none, the reject is `NoPriceBound`.

use std::collections::{BTreeMap, VecDeque};

use super::command::{CreateMarket, Mechanism};
use super::fees::FeeSchedule;
use super::members::{Known, Member, Members};
use super::orders::{FREE, Live, Units, slot};
use super::units::MarketId;
use crate::authority::Authority;
use crate::book::{
    self, AccountId, Bands, Book, Counts, ExecType, MatchId, NewOrder, OrdType, Phase, Price, Quantity,
    Reason, Replace, Rules, Side, Time, TimeInForce,
};
use crate::codec::record;
use crate::event::Events;
use crate::ledger::Ledger;
use crate::ledger::units::{self, AgentId, AssetId};
use crate::limits::MAX_NAME;
use crate::reject::Reject;
use bartizan_solver::prefetch::prefetch;

/// The most units that a tick of a lot, or a lot, may be worth: products of the largest orders then fit 128 bits.
pub(super) const MAX_WORTH: u64 = (1 << 26) - 1;

/// So many schedules can be numbered by an order.
const MOST_SCHEDULES: usize = u16::MAX as usize;

/// A trade that can be taken back, with what moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Settled {
    pub(super) trade: MatchId,
    /// The buyer's accounts of base and quote.
    pub(super) buyer: [units::AccountId; 2],
    /// The seller's.
    pub(super) seller: [units::AccountId; 2],
    pub(super) goods: u128,
    pub(super) money: u128,
    /// What each paid in fees; below zero: got.
    pub(super) fees: [i128; 2],
    pub(super) is_busted: bool,
}

record!(Settled { trade, buyer, seller, goods, money, fees, is_busted });

/// A market over one order book.
#[derive(Clone, Debug)]
pub struct OrderBook {
    pub(super) market: MarketId,
    pub(super) name: String,
    pub(super) organiser: AgentId,
    pub(super) base: AssetId,
    pub(super) quote: AssetId,
    pub(super) units: Units,
    pub(super) fee_account: units::AccountId,
    pub(super) mechanism: Mechanism,
    pub(super) next_call: u64,
    /// The last is in force.
    pub(super) schedules: Vec<FeeSchedule>,
    pub(super) book: Book,
    pub(super) members: Members,
    pub(super) orders: Vec<Live>,
    pub(super) settled: VecDeque<Settled>,
}

record!(OrderBook {
    market,
    name,
    organiser,
    base,
    quote,
    units,
    fee_account,
    mechanism,
    next_call,
    schedules,
    book,
    members,
    orders,
    settled,
});

/// An order about to enter the book.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entering {
    pub(super) member: u32,
    pub(super) worst: i64,
    pub(super) follows_band: bool,
}

impl OrderBook {
    /// Whether what a market's rules say of themselves is in range.
    ///
    /// # Errors
    /// The first thing wrong.
    pub(super) fn check_rules(create: &CreateMarket) -> Result<(), Reject> {
        if !(1..=MAX_NAME).contains(&create.name.len()) {
            return Err(Reject::NameOutOfRange);
        }
        create.fees.check()?;
        let is_worth = |worth: u64| (1..=MAX_WORTH).contains(&worth);
        let is_lot = Quantity(create.lot).is_valid();
        if !is_worth(create.base_per_lot) || !is_worth(create.quote_per_tick) || !is_lot {
            return Err(Reject::MarketRulesInvalid);
        }
        create.mechanism.check()?;
        if create.base == create.quote { Err(Reject::SameAsset) } else { Ok(()) }
    }

    /// Makes a market of rules that were checked.
    pub(super) fn create(
        ledger: &mut Ledger,
        by: Authority,
        (market, fee_account): (MarketId, units::AccountId),
        create: &CreateMarket,
    ) -> Self {
        let CreateMarket { name, base, quote, base_per_lot, quote_per_tick, lot, ticks, fees, .. } = create;
        let rules = Rules {
            ticks: ticks.clone(),
            lot: Quantity(*lot),
            index_client_ids: create.unique_client_ids,
            l1: create.channels.l1,
            l2: create.channels.l2,
            l3: create.channels.l3,
            ..Rules::default()
        };
        let mut made = OrderBook {
            market,
            name: name.clone(),
            organiser: by.agent,
            base: *base,
            quote: *quote,
            units: Units { base_per_lot: *base_per_lot, quote_per_tick: *quote_per_tick },
            fee_account,
            mechanism: create.mechanism,
            next_call: u64::MAX,
            schedules: vec![*fees],
            book: Book::new(rules),
            members: Members::default(),
            orders: Vec::new(),
            settled: VecDeque::new(),
        };
        let mut unheard = Events::default();
        made.set_bands(ledger, &mut unheard, by.now, None).expect("any price from 1 on");
        made.set_mechanism(ledger, &mut unheard, by.now, create.mechanism);
        made
    }

    /// Works out what follows from what was read.
    pub(super) fn derive(&mut self) {
        self.members.count_sides(&self.orders);
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Who made it and sets its phases.
    pub fn organiser(&self) -> AgentId {
        self.organiser
    }

    /// What is bought and sold, and what it is paid with.
    pub fn assets(&self) -> [AssetId; 2] {
        [self.base, self.quote]
    }

    /// The orders.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// What trading costs now.
    ///
    /// # Panics
    /// It cannot: a market always has fees.
    pub fn fees(&self) -> FeeSchedule {
        *self.schedules.last().expect("a market always has fees")
    }

    /// Asks for an order before it is needed.
    #[inline]
    pub(super) fn fetch(&self, order: book::OrderId) {
        self.book.fetch(order);
        prefetch(&self.orders, slot(order));
    }

    /// Asks for the orders beside one that was asked for earlier.
    #[inline]
    pub(super) fn fetch_beside(&self, order: book::OrderId) {
        self.book.fetch_beside(order);
    }

    /// How orders meet now.
    pub fn mechanism(&self) -> Mechanism {
        self.mechanism
    }

    /// How many of the base's smallest units a lot is.
    pub fn base_per_lot(&self) -> u64 {
        self.units.base_per_lot
    }

    /// How many of the quote's smallest units a tick of the price is worth for a lot.
    pub fn quote_per_tick(&self) -> u64 {
        self.units.quote_per_tick
    }

    /// Which account gets the fees, and pays the rebates.
    pub fn fee_account(&self) -> units::AccountId {
        self.fee_account
    }

    /// Whether an asset is bought, sold or paid with here.
    pub(super) fn trades_in(&self, asset: AssetId) -> bool {
        self.assets().contains(&asset)
    }

    /// How many open orders an agent has.
    pub(super) fn open_orders_of(&self, agent: AgentId) -> u32 {
        self.members.of(agent).map_or(0, Member::open_orders)
    }

    /// Forgets an agent without open orders.
    pub(super) fn forget(&mut self, agent: AgentId) {
        self.members.forget(agent);
    }

    /// Sets the fees of orders accepted from now on.
    ///
    /// # Errors
    /// [`Reject::Full`] if open orders pay by as many different schedules as can be numbered.
    pub(super) fn set_fees(&mut self, fees: FeeSchedule) -> Result<(), Reject> {
        if self.fees() == fees {
            return Ok(());
        }
        if self.schedules.len() >= MOST_SCHEDULES {
            self.forget_schedules()?;
        }
        self.schedules.push(fees);
        Ok(())
    }

    /// Keeps the schedules that open orders still pay by, each once, and the one in force, if that makes room for another. Costs a
    /// step for each order's slot and schedule, once in as many changes of fees.
    #[cold]
    fn forget_schedules(&mut self) -> Result<(), Reject> {
        let mut places: BTreeMap<FeeSchedule, u16> = BTreeMap::new();
        let mut kept: Vec<FeeSchedule> = Vec::new();
        let mut moved = self.orders.clone();
        for live in moved.iter_mut().filter(|live| live.leaves != 0) {
            let fees = self.schedules[usize::from(live.schedule)];
            live.schedule = *places.entry(fees).or_insert_with(|| {
                kept.push(fees);
                kept.len() as u16 - 1
            });
        }
        kept.push(self.fees());
        if kept.len() >= MOST_SCHEDULES {
            return Err(Reject::Full);
        }
        (self.orders, self.schedules) = (moved, kept);
        Ok(())
    }

    /// A new order. `may` is whether it may be placed for its owner.
    ///
    /// # Errors
    /// No accounts, not allowed, no price bound, no funds; then what the book says.
    #[inline]
    pub(crate) fn place(
        &mut self,
        ledger: &mut Ledger,
        events: &mut Events,
        (agent, now): (AgentId, u64),
        may: Result<(), Reject>,
        order: &NewOrder,
    ) -> Result<(), Reject> {
        let known = self.members.look(ledger, agent, [self.base, self.quote])?;
        may?;
        self.require_up_to_date(now)?;
        if known.place.is_none() {
            known.check_ceilings(ledger)?;
        }
        let mut order = NewOrder { account: AccountId(agent.0), ..*order };
        let (worst, follows_band) = match order.side {
            Side::Sell => (0, false),
            Side::Buy => self.bound(&mut order)?,
        };
        if order.quantity.is_valid() {
            let needed = self.units.held(order.side, order.quantity.0, worst, self.fees());
            let spender = if order.side == Side::Buy { known.quote } else { known.base };
            if needed as i128 > ledger.available(spender) {
                return Err(Reject::InsufficientFunds);
            }
        }
        let command = book::Command::New(order);
        let Some(member) = known.place else {
            return self.place_first(ledger, events, (known, now), &command, (worst, follows_band));
        };
        let entering = Entering { member, worst, follows_band };
        self.tell_book(ledger, events, now, &command, Some(entering))
    }

    /// The first order of somebody, who becomes a member if the book takes it.
    #[cold]
    fn place_first(
        &mut self,
        ledger: &mut Ledger,
        events: &mut Events,
        (known, now): (Known, u64),
        command: &book::Command,
        (worst, follows_band): (i64, bool),
    ) -> Result<(), Reject> {
        let count = self.members.len();
        let member = self.members.admit(known);
        let entering = Entering { member, worst, follows_band };
        let done = self.tell_book(ledger, events, now, command, Some(entering));
        if done.is_err() {
            self.members.undo_admit(known.agent, count);
        }
        done
    }

    /// The account that an order of a side spends from.
    #[inline]
    pub(super) fn spender(&mut self, member: u32, side: Side) -> units::AccountId {
        let member = self.members.at(member);
        if side == Side::Buy { member.quote } else { member.base }
    }

    /// The worst price of an order to buy, and whether that is the upper band's; gives the order a limit where it can have one.
    #[inline]
    fn bound(&self, order: &mut NewOrder) -> Result<(i64, bool), Reject> {
        match order.ord_type {
            OrdType::Limit { price } | OrdType::StopLimit { price, .. } => Ok((within(price), false)),
            _ => self.bound_without_limit(order),
        }
    }

    #[inline(never)]
    fn bound_without_limit(&self, order: &mut NewOrder) -> Result<(i64, bool), Reject> {
        let waits = matches!(order.time_in_force, TimeInForce::AtOpening | TimeInForce::AtClose);
        match order.ord_type {
            OrdType::Market if self.book.phase() == Phase::Continuous && !waits => {
                let price = self.reach(order.quantity);
                order.ord_type = OrdType::Limit { price };
                if order.time_in_force != TimeInForce::Fok {
                    order.time_in_force = TimeInForce::Ioc;
                }
                Ok((price.0, false))
            }
            OrdType::MarketToLimit => Ok((self.book.top().ask.map_or(0, within), false)),
            OrdType::Market | OrdType::TrailingStop { .. } => self.upper().map(|price| (price.0, true)),
            OrdType::Stop { stop } => {
                let price = self.upper()?;
                order.ord_type = OrdType::StopLimit { stop, price };
                Ok((price.0, false))
            }
            OrdType::Pegged { reference, offset, limit } => {
                let limit = if limit == Price::NONE { self.upper()? } else { limit };
                order.ord_type = OrdType::Pegged { reference, offset, limit };
                Ok((within(limit), false))
            }
            OrdType::Limit { price } | OrdType::StopLimit { price, .. } => Ok((within(price), false)),
        }
    }

    /// The displayed ask at which so much would have traded, or the last there is; without any, a price that nobody asks.
    fn reach(&self, quantity: Quantity) -> Price {
        let mut left = quantity.0;
        let mut reached = self.book.bands().map_or(Price(1), |bands| bands.low);
        for level in self.book.levels(Side::Sell) {
            reached = level.price;
            if left <= level.quantity.0 {
                break;
            }
            left -= level.quantity.0;
        }
        self.book.rules().ticks.at_or_above(reached)
    }

    /// The highest price that the bands allow.
    fn upper(&self) -> Result<Price, Reject> {
        let high = self.book.bands().map_or(Price::MAX, |bands| bands.high);
        if high == Price::MAX {
            Err(Reject::NoPriceBound)
        } else {
            Ok(self.book.rules().ticks.at_or_below(high))
        }
    }

    /// A change of an order.
    ///
    /// # Errors
    /// No funds for what it would be; then what the book says.
    pub(crate) fn replace(
        &mut self,
        ledger: &mut Ledger,
        events: &mut Events,
        (agent, now): (AgentId, u64),
        change: &Replace,
    ) -> Result<(), Reject> {
        let mut change = Replace { account: AccountId(agent.0), ..*change };
        let known = self.book.order(change.order).filter(|order| order.account == change.account);
        if let Some(order) = known {
            let live = self.orders[slot(change.order)];
            if change.price == Price::NONE && live.side == Side::Buy {
                change.price = Price(live.worst); // a stop order that was given the upper band as its limit
            }
            let leaves = match change.counts {
                Counts::Whole => change.quantity.0.saturating_sub(order.cumulative.0),
                Counts::Open => change.quantity.0,
            };
            if Quantity(leaves).is_valid() {
                let fees = self.schedules[usize::from(live.schedule)];
                let has = self.units.held(live.side, live.leaves, live.worst, fees);
                let needed = self.units.held(live.side, leaves, within(change.price), fees);
                let spender = self.spender(live.member, live.side);
                if needed as i128 > ledger.available(spender) + has as i128 {
                    return Err(Reject::InsufficientFunds);
                }
            }
        }
        self.tell_book(ledger, events, now, &book::Command::Replace(change), None)
    }

    /// Cancels all orders of an agent, of one side or both. Who has none is refused at once.
    ///
    /// # Errors
    /// What the book says.
    pub(crate) fn mass_cancel(
        &mut self,
        ledger: &mut Ledger,
        events: &mut Events,
        now: u64,
        (agent, side): (AgentId, Option<Side>),
    ) -> Result<(), Reject> {
        let account = AccountId(agent.0);
        let open = self.members.of(agent).map_or([0; 2], |member| member.open);
        if side.map_or(open[0] + open[1], |side| open[side as usize]) == 0 {
            let refuse = |book: &mut Book, events: &mut book::Events| {
                book.refuse_mass_cancel(Time(now), account, events);
            };
            return self.hear_book(ledger, events, refuse, None);
        }
        self.tell_book(ledger, events, now, &book::Command::MassCancel { account, side }, None)
    }

    /// Any command that only frees what is held, or moves the market on.
    ///
    /// # Errors
    /// What the book says.
    #[inline]
    pub(crate) fn carry_out(
        &mut self,
        ledger: &mut Ledger,
        events: &mut Events,
        now: u64,
        command: &book::Command,
    ) -> Result<(), Reject> {
        self.tell_book(ledger, events, now, command, None)
    }

    /// Sets the bands; orders that hold funds by the upper one go when it rises.
    ///
    /// # Errors
    /// Bands that begin below 1; then what the book says.
    pub(crate) fn set_bands(
        &mut self,
        ledger: &mut Ledger,
        events: &mut Events,
        now: u64,
        bands: Option<Bands>,
    ) -> Result<(), Reject> {
        let bands = bands.unwrap_or(Bands { low: Price(1), high: Price::MAX });
        if bands.low.0 < 1 {
            return Err(Reject::Book(Reason::PriceOutOfRange));
        }
        self.tell_book(ledger, events, now, &book::Command::SetBands(Some(bands)), None)?;
        let most = self.book.rules().ticks.at_or_below(bands.high).0;
        let is_short = |live: &Live| live.leaves != 0 && live.follows_band && live.worst < most;
        let short = self.book.live_orders().filter(|order| is_short(&self.orders[slot(order.order)]));
        for order in short.collect::<Vec<_>>() {
            let cancel = book::Command::Cancel { account: order.account, order: order.order };
            self.tell_book(ledger, events, now, &cancel, None)?;
        }
        Ok(())
    }

    /// Carries out a command of the book and settles what it reports.
    #[inline]
    pub(super) fn tell_book(
        &mut self,
        ledger: &mut Ledger,
        events: &mut Events,
        now: u64,
        command: &book::Command,
        entering: Option<Entering>,
    ) -> Result<(), Reject> {
        self.hear_book(ledger, events, |book, events| book.apply(Time(now), command, events), entering)
    }

    /// Settles what the book reports of what it is made to do.
    #[inline]
    pub(super) fn hear_book(
        &mut self,
        ledger: &mut Ledger,
        events: &mut Events,
        act: impl FnOnce(&mut Book, &mut book::Events),
        entering: Option<Entering>,
    ) -> Result<(), Reject> {
        let (reports, data) = (events.book.reports.len(), events.book.market.len());
        act(&mut self.book, &mut events.book);
        self.settle(ledger, events, (reports, data), entering);
        let refused = events.book.reports.last().filter(|_| events.book.reports.len() > reports);
        match refused {
            Some(report)
                if matches!(report.exec_type, ExecType::Rejected | ExecType::CancelRejected)
                    && report.reason.is_rejection() =>
            {
                Err(Reject::Book(report.reason))
            }
            _ => Ok(()),
        }
    }

    /// Walks the market.
    ///
    /// # Panics
    /// If an invariant does not hold, saying which.
    pub(super) fn check(&self, held: &mut [u128]) {
        self.book.check();
        let mut open = vec![[0; 2]; self.members.len()];
        let mut live = 0;
        for order in self.book.live_orders() {
            let known = self.orders[slot(order.order)];
            assert_eq!((known.leaves, known.side), (order.leaves.0, order.side), "order {:?}", order.order);
            open[known.member as usize][known.side as usize] += 1;
            let member = self.members.get(known.member);
            let spender = if known.side == Side::Buy { member.quote } else { member.base };
            let fees = self.schedules[usize::from(known.schedule)];
            held[spender.0 as usize - 1] += self.units.held(known.side, known.leaves, known.worst, fees);
            live += 1;
        }
        assert_eq!(self.orders.iter().filter(|order| **order != FREE).count(), live, "open orders");
        assert_eq!(open.iter().flatten().sum::<u32>() as usize, live, "open orders");
        let counted = self.members.places().iter().map(|member| member.open);
        assert!(counted.eq(open), "members' orders by side");
    }
}

/// A price by which funds can be held; of one that the book will refuse, none.
#[inline]
fn within(price: Price) -> i64 {
    if price.is_valid() { price.0.max(0) } else { 0 }
}
