//! A new order: its checks in their one order, its acceptance, and where it goes.

use super::Events;
use super::command::{NewOrder, OrdType, PegReference, Phase, PostOnly, SelfTrade, TimeInForce};
use super::matching::Incoming;
use super::pool::{Flags, Special, Wait};
use super::report::{ExecType, OrdStatus, Reason};
use super::state::{Book, Subject};
use super::units::{MAX_PARTS, OrderId, Price, Quantity, Side};

impl Book {
    /// Takes or refuses a new order.
    #[inline]
    pub(super) fn enter(&mut self, events: &mut Events, new: &NewOrder) {
        if self.enter_plain(events, new) {
            return;
        }
        self.enter_any(events, new);
    }

    /// Takes or refuses a new order, whatever it is.
    #[inline(never)]
    fn enter_any(&mut self, events: &mut Events, new: &NewOrder) {
        match self.admit(new) {
            Ok(limit) => self.accept(events, new, limit),
            Err(reason) => self.refuse(events, new, reason),
        }
    }

    #[cold]
    fn refuse(&mut self, events: &mut Events, new: &NewOrder, reason: Reason) {
        let price = match new.ord_type {
            OrdType::Limit { price } | OrdType::StopLimit { price, .. } => price.0,
            OrdType::Pegged { limit, .. } => limit.0,
            OrdType::Stop { stop } => stop.0,
            _ => Price::NONE.0,
        };
        let subject = Subject {
            order: OrderId(0),
            client: new.client.0,
            account: new.account.0,
            side: new.side,
            price,
            leaves: 0,
            cumulative: 0,
        };
        let told = (ExecType::Rejected, OrdStatus::Rejected, reason);
        self.report(events, &subject, told, (price, new.quantity.0));
    }

    /// The checks of a new order; its limit price, or none.
    #[inline]
    fn admit(&self, new: &NewOrder) -> Result<i64, Reason> {
        if self.phase != Phase::Continuous {
            self.check_phase(new)?;
        } else if new.time_in_force == TimeInForce::AtOpening {
            return Err(Reason::WrongAuction);
        }
        if !new.quantity.is_valid() {
            return Err(Reason::QuantityOutOfRange);
        }
        let is_simple = new.display.0 | new.minimum.0 == 0 && new.post_only == PostOnly::No;
        if !self.is_unit && !self.is_in_lots(new) {
            return Err(Reason::NotInLots);
        }
        if new.display > new.quantity || new.minimum > new.quantity {
            return Err(Reason::PartLargerThanWhole);
        }
        if new.display != Quantity::ZERO && new.quantity.0.div_ceil(new.display.0) > MAX_PARTS {
            return Err(Reason::DisplayTooSmall);
        }
        let limit = match new.ord_type {
            OrdType::Limit { price } if is_simple => price,
            _ => {
                check_terms(new)?;
                check_offsets(new)?
            }
        };
        if limit != Price::NONE || matches!(new.ord_type, OrdType::Limit { .. } | OrdType::StopLimit { .. }) {
            self.check_price(limit)?;
        }
        if new.time_in_force == TimeInForce::Gtd && new.expires.0 <= self.clock {
            return Err(Reason::AlreadyExpired);
        }
        if self.rules.index_client_ids
            && self.clients.get(&self.pool.orders, new.account.0, new.client.0).is_some()
        {
            return Err(Reason::DuplicateClientId);
        }
        if !self.pool.has_room(new.side, new.quantity.0) || !self.has_room_for_parts(new) {
            return Err(Reason::BookFull);
        }
        if is_simple && matches!(new.ord_type, OrdType::Limit { .. }) {
            return Ok(limit.0);
        }
        self.check_market(new, limit.0)
    }

    #[cold]
    fn check_phase(&self, new: &NewOrder) -> Result<(), Reason> {
        if !self.phase.is_call() {
            return Err(Reason::NotTrading);
        }
        let is_at_once = matches!(new.ord_type, OrdType::MarketToLimit | OrdType::Pegged { .. })
            || matches!(new.time_in_force, TimeInForce::Ioc | TimeInForce::Fok)
            || new.minimum != Quantity::ZERO;
        if is_at_once {
            return Err(Reason::NotInCall);
        }
        let is_late = new.time_in_force == TimeInForce::AtOpening && self.phase != Phase::PreOpen;
        if is_late { Err(Reason::WrongAuction) } else { Ok(()) }
    }

    fn is_in_lots(&self, new: &NewOrder) -> bool {
        [new.quantity, new.display, new.minimum].iter().all(|part| part.0.is_multiple_of(self.rules.lot.0))
    }

    #[inline]
    fn has_room_for_parts(&self, new: &NewOrder) -> bool {
        let parts = || new.quantity.0.div_ceil(new.display.0);
        new.display == Quantity::ZERO || self.pool.has_room_for_parts(new.side, parts())
    }

    /// Whether a limit price is in range, on a tick and within the bands.
    #[inline]
    pub(super) fn check_price(&self, price: Price) -> Result<(), Reason> {
        if !price.is_valid() {
            return Err(Reason::PriceOutOfRange);
        }
        if !self.is_unit && !self.rules.ticks.contains(price) {
            return Err(Reason::OffTick);
        }
        match self.bands {
            Some(bands) if !bands.contain(price) => Err(Reason::OutsideBands),
            _ => Ok(()),
        }
    }

    /// What depends on the market of the moment: returns the limit price, which sliding moves and market-to-limit finds.
    fn check_market(&self, new: &NewOrder, limit: i64) -> Result<i64, Reason> {
        match new.ord_type {
            OrdType::TrailingStop { .. } if self.last_trade.is_none() => Err(Reason::NoReference),
            // The best displayed price: it will be displayed itself, and what is hidden is not to be told by it.
            OrdType::MarketToLimit => self.side(new.side.opposite()).best_price().ok_or(Reason::NoReference),
            _ if new.post_only != PostOnly::No => self.post(new.side, limit, new.post_only),
            _ => Ok(limit),
        }
    }

    /// The price at which a post-only order may rest.
    pub(super) fn post(&self, side: Side, limit: i64, post_only: PostOnly) -> Result<i64, Reason> {
        if self.phase != Phase::Continuous || post_only == PostOnly::No {
            return Ok(limit);
        }
        let Some(taken) = self.price_to_take(side, limit) else { return Ok(limit) };
        if post_only == PostOnly::Reject {
            return Err(Reason::WouldTake);
        }
        let slid = match side {
            Side::Buy => self.rules.ticks.at_or_below(Price(taken - 1)),
            Side::Sell => self.rules.ticks.at_or_above(Price(taken + 1)),
        };
        self.check_price(slid).map(|()| slid.0).map_err(|_| Reason::WouldTake)
    }

    #[inline]
    fn accept(&mut self, events: &mut Events, new: &NewOrder, limit: i64) {
        let is_day = new.time_in_force == TimeInForce::Day;
        let flags = Flags { is_day, self_trade: new.self_trade, post_only: new.post_only };
        let quantity = new.quantity.0;
        let (slot, order) = self.pool.take(new.side, new.account.0, new.client.0, quantity, flags);
        if self.rules.index_client_ids {
            self.clients.insert(&self.pool.orders, slot);
        }
        let subject = Subject {
            order,
            client: new.client.0,
            account: new.account.0,
            side: new.side,
            price: limit,
            leaves: quantity,
            cumulative: 0,
        };
        let named = match new.ord_type {
            OrdType::Stop { stop } => stop.0,
            OrdType::TrailingStop { offset } => self.trailing_stop(new.side, offset.0),
            _ => limit,
        };
        self.report(events, &subject, (ExecType::New, OrdStatus::New, Reason::Requested), (named, quantity));
        let is_plain = matches!(new.ord_type, OrdType::Limit { .. })
            && new.display.0 == 0
            && new.group.0 == 0
            && matches!(
                new.time_in_force,
                TimeInForce::Gtc | TimeInForce::Day | TimeInForce::Ioc | TimeInForce::Fok
            )
            && self.phase == Phase::Continuous;
        if !is_plain && self.set_terms(slot, new, limit) {
            return;
        }
        if self.phase != Phase::Continuous {
            self.rest_in_call(events, slot, new.side, limit);
            return;
        }
        let worst = if matches!(new.ord_type, OrdType::Market) { any_price(new.side) } else { limit };
        let mut incoming = Incoming::new(slot, subject, new.self_trade, worst);
        let asks_for_more = new.time_in_force == TimeInForce::Fok || new.minimum.0 != 0;
        if asks_for_more && self.is_unfillable(events, &mut incoming, new) {
            return;
        }
        self.trade_incoming(events, &mut incoming);
        let may_rest = worst == limit && !matches!(new.time_in_force, TimeInForce::Ioc | TimeInForce::Fok);
        self.rest_incoming(events, &incoming, may_rest);
    }

    /// Cancels an order that cannot trade as much at once as it must.
    fn is_unfillable(&mut self, events: &mut Events, incoming: &mut Incoming, new: &NewOrder) -> bool {
        let fillable = self.fillable(incoming, new.quantity.0);
        let reason = if new.time_in_force == TimeInForce::Fok && fillable < new.quantity.0 {
            Reason::NotFillable
        } else if fillable < new.minimum.0 {
            Reason::MinimumNotMet
        } else {
            return false;
        };
        self.cancel_incoming(events, incoming, reason);
        true
    }

    fn cancel_incoming(&mut self, events: &mut Events, incoming: &Incoming, reason: Reason) {
        let mut subject = incoming.subject;
        let taken = std::mem::take(&mut subject.leaves);
        self.report(
            events,
            &subject,
            (ExecType::Canceled, OrdStatus::Canceled, reason),
            (subject.price, taken),
        );
        self.free(incoming.slot);
    }

    /// What becomes of an incoming order when there is nobody left for it to trade with.
    #[inline]
    pub(super) fn rest_incoming(&mut self, events: &mut Events, incoming: &Incoming, may_rest: bool) {
        let Subject { leaves, cumulative, side, .. } = incoming.subject;
        if leaves == 0 {
            self.free(incoming.slot);
        } else if may_rest {
            self.set_quantities(incoming.slot, leaves, cumulative);
            self.rest(events, incoming.slot, side, incoming.limit);
        } else {
            self.cancel_incoming(events, incoming, Reason::NoLiquidity);
        }
    }

    /// Sets what an order in no queue has open and has traded; an iceberg shows its display quantity anew.
    #[inline]
    pub(super) fn set_quantities(&mut self, slot: u32, leaves: u64, cumulative: u64) {
        if self.pool.orders[slot as usize].is_special() {
            self.pool.set_special_quantities(slot, leaves, leaves + cumulative);
        } else {
            self.pool.set_plain(slot, leaves, cumulative);
        }
    }

    /// In a call orders rest without trading: priced ones in their queues, market orders apart.
    pub(super) fn rest_in_call(&mut self, events: &mut Events, slot: u32, side: Side, limit: i64) {
        if limit == i64::MIN {
            self.start_waiting(slot);
        } else {
            let (open, cumulative) = self.pool.quantities(slot);
            self.set_quantities(slot, open, cumulative);
            self.rest(events, slot, side, limit);
        }
    }

    /// Where a trailing stop starts.
    fn trailing_stop(&self, side: Side, offset: u64) -> i64 {
        let last = self.last_trade.expect("checked when it was admitted");
        if side == Side::Buy { last + offset as i64 } else { last - offset as i64 }
    }

    /// Notes what sets this order apart from a plain one. True if it now waits, and does not meet the market yet.
    fn set_terms(&mut self, slot: u32, new: &NewOrder, limit: i64) -> bool {
        let entered = self.next_entered();
        let in_call = self.phase != Phase::Continuous;
        let waits_for_close = new.time_in_force == TimeInForce::AtClose && self.phase != Phase::PreClose;
        let (wait, stop, offset) = match new.ord_type {
            OrdType::Stop { stop } | OrdType::StopLimit { stop, .. } => (Wait::Stop, stop.0, 0),
            OrdType::TrailingStop { offset } => {
                (Wait::TrailingStop, self.trailing_stop(new.side, offset.0), offset.0)
            }
            OrdType::Pegged { reference, offset, .. } => (Wait::Peg(reference), i64::MIN, offset.0),
            _ if waits_for_close => (Wait::Close, i64::MIN, 0),
            OrdType::Market if in_call => (Wait::Auction, i64::MIN, 0),
            _ => (Wait::Nothing, i64::MIN, 0),
        };
        let expires = if new.time_in_force == TimeInForce::Gtd { new.expires.0 } else { 0 };
        let is_auction_only = matches!(new.time_in_force, TimeInForce::AtOpening | TimeInForce::AtClose);
        if wait == Wait::Nothing && new.display.0 == 0 && new.group.0 == 0 && expires == 0 && !is_auction_only
        {
            return false;
        }
        let (whole, display, group) = (new.quantity.0, new.display.0, new.group.0);
        let special = Special {
            whole,
            reserve: 0,
            display,
            expires,
            entered,
            limit,
            stop,
            offset,
            group,
            wait,
            is_auction_only,
        };
        self.pool.set_special(slot, special);
        self.remember_terms(slot);
        let waits = !matches!(wait, Wait::Nothing | Wait::Auction);
        if waits {
            self.start_waiting(slot);
        }
        waits
    }
}

/// The limit of an order that takes any price.
pub(super) fn any_price(side: Side) -> i64 {
    if side == Side::Buy { i64::MAX } else { -i64::MAX }
}

/// Whether the terms of an order go together.
fn check_terms(new: &NewOrder) -> Result<(), Reason> {
    use TimeInForce::{AtClose, AtOpening, Day, Gtc, Gtd};
    let stays = matches!(new.time_in_force, Day | Gtc | Gtd);
    let is_for_auction = matches!(new.time_in_force, AtOpening | AtClose);
    let is_limit = matches!(new.ord_type, OrdType::Limit { .. });
    let fits = match new.ord_type {
        OrdType::Limit { .. } | OrdType::Market => !is_for_auction || new.minimum == Quantity::ZERO,
        OrdType::MarketToLimit => !is_for_auction,
        _ => stays && new.minimum == Quantity::ZERO,
    };
    let display_fits = new.display == Quantity::ZERO || is_limit && stays;
    let post_only_fits = new.post_only == PostOnly::No || is_limit && stays && new.minimum == Quantity::ZERO;
    if fits && display_fits && post_only_fits { Ok(()) } else { Err(Reason::IncompatibleTerms) }
}

/// The limit price that an order names, with its stop price and offset in range.
fn check_offsets(new: &NewOrder) -> Result<Price, Reason> {
    let in_range = |offset: Quantity, least: u64| offset.0 >= least && offset <= Quantity::MAX;
    let (limit, is_in_range) = match new.ord_type {
        OrdType::Limit { price } => (price, true),
        OrdType::Market | OrdType::MarketToLimit => (Price::NONE, true),
        OrdType::Stop { stop } => (Price::NONE, stop.is_valid()),
        OrdType::StopLimit { stop, price } => (price, stop.is_valid()),
        OrdType::TrailingStop { offset } => (Price::NONE, in_range(offset, 1)),
        OrdType::Pegged { reference, offset, limit } => {
            (limit, in_range(offset, u64::from(reference == PegReference::Market)))
        }
    };
    if is_in_range { Ok(limit) } else { Err(Reason::PriceOutOfRange) }
}

const _: () = assert!(SelfTrade::Decrement as u8 == 4, "the pool keeps these numbers in three bits");
