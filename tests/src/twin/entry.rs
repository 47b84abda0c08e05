//! A new order: the table of checks, and where it goes.

use bartizan_engine::book::{
    ExecType, NewOrder, OrdStatus, OrdType, OrderId, PegReference, Phase, PostOnly, Price, Quantity, Reason,
    Report, Side, TimeInForce,
};

use super::{Order, Place, Twin};

impl Twin {
    pub(super) fn enter(&mut self, new: &NewOrder) {
        let limit = match self.admit(new) {
            Ok(limit) => limit,
            Err(reason) => return self.refuse(new, reason),
        };
        self.entered += 1;
        let (place, stop, offset) = match new.ord_type {
            OrdType::Stop { stop } | OrdType::StopLimit { stop, .. } => (Place::Stop, stop.0, 0),
            OrdType::TrailingStop { offset } => {
                let last = self.last_trade.expect("check 15");
                let distance = offset.0 as i64;
                (
                    Place::Trailing,
                    if new.side == Side::Buy { last + distance } else { last - distance },
                    offset.0,
                )
            }
            OrdType::Pegged { reference, offset, .. } => (Place::Peg(reference), 0, offset.0),
            _ if new.time_in_force == TimeInForce::AtClose && self.phase != Phase::PreClose => {
                (Place::Close, 0, 0)
            }
            _ => (Place::Incoming, 0, 0),
        };
        let order = Order {
            id: self.take_id(),
            client: new.client.0,
            account: new.account.0,
            side: new.side,
            place,
            limit,
            stop,
            offset,
            open: new.quantity.0,
            shown: new.quantity.0,
            display: new.display.0,
            traded: 0,
            time_in_force: new.time_in_force,
            expires: (new.time_in_force == TimeInForce::Gtd).then_some(new.expires.0),
            group: new.group.0,
            self_trade: new.self_trade,
            post_only: new.post_only,
            entered: self.entered,
        };
        self.report(&order, (ExecType::New, Reason::Requested), (order.named_price(), order.open));
        if place != Place::Incoming {
            self.orders.push(order);
        } else if self.phase.is_call() {
            self.collect(order);
        } else {
            self.match_new(order, new);
        }
    }

    /// In a call an order joins the queue of its price, or the market orders.
    pub(super) fn collect(&mut self, mut order: Order) {
        if order.limit.is_some() {
            self.rest(order);
        } else {
            order.place = Place::Unpriced;
            self.orders.push(order);
        }
    }

    fn match_new(&mut self, mut order: Order, new: &NewOrder) {
        let is_all_or_nothing = new.time_in_force == TimeInForce::Fok;
        if is_all_or_nothing || new.minimum.0 != 0 {
            let fillable = self.fillable(&order);
            let reason = if is_all_or_nothing && fillable < order.open {
                Some(Reason::NotFillable)
            } else {
                (fillable < new.minimum.0).then_some(Reason::MinimumNotMet)
            };
            if let Some(reason) = reason {
                return self.cancel_incoming(order, reason);
            }
        }
        self.meet_all(&mut order);
        let stays =
            order.limit.is_some() && !matches!(new.time_in_force, TimeInForce::Ioc | TimeInForce::Fok);
        self.leave_or_rest(order, stays);
    }

    fn refuse(&mut self, new: &NewOrder, reason: Reason) {
        let price = match new.ord_type {
            OrdType::Limit { price } | OrdType::StopLimit { price, .. } => price,
            OrdType::Pegged { limit, .. } => limit,
            OrdType::Stop { stop } => stop,
            _ => Price::NONE,
        };
        self.sequence += 1;
        self.reports.push(Report {
            sequence: self.sequence,
            order: OrderId(0),
            client: new.client,
            account: new.account,
            exec_type: ExecType::Rejected,
            ord_status: OrdStatus::Rejected,
            side: new.side,
            reason,
            price,
            quantity: new.quantity,
            leaves: Quantity(0),
            cumulative: Quantity(0),
        });
    }

    /// The checks in their order; the limit price, if it has one.
    fn admit(&self, new: &NewOrder) -> Result<Option<i64>, Reason> {
        self.check_phase(new)?;
        self.check_terms(new)?;
        let limit = check_range(new)?;
        if let Some(limit) = limit {
            self.check_price(limit)?;
        }
        if new.time_in_force == TimeInForce::Gtd && new.expires.0 <= self.clock {
            return Err(Reason::AlreadyExpired);
        }
        if self.find(new.account, new.client).is_some() {
            return Err(Reason::DuplicateClientId);
        }
        if self.orders.len() >= self.rules.max_orders as usize {
            return Err(Reason::BookFull);
        }
        if self.open(new.side) + new.quantity.0 > self.rules.max_open.0 {
            return Err(Reason::BookFull);
        }
        if new.display.0 != 0
            && self.parts(new.side) + new.quantity.0.div_ceil(new.display.0) > self.rules.max_parts
        {
            return Err(Reason::BookFull);
        }
        match new.ord_type {
            OrdType::TrailingStop { .. } if self.last_trade.is_none() => Err(Reason::NoReference),
            OrdType::MarketToLimit => {
                self.best_displayed(new.side.opposite()).map(Some).ok_or(Reason::NoReference)
            }
            OrdType::Limit { price } => self.post(new.side, price.0, new.post_only).map(Some),
            _ => Ok(limit),
        }
    }

    fn check_phase(&self, new: &NewOrder) -> Result<(), Reason> {
        if matches!(self.phase, Phase::Closed | Phase::Halted) {
            return Err(Reason::NotTrading);
        }
        let at_once = matches!(new.time_in_force, TimeInForce::Ioc | TimeInForce::Fok) || new.minimum.0 != 0;
        let follows = matches!(new.ord_type, OrdType::MarketToLimit | OrdType::Pegged { .. });
        if self.phase.is_call() && (at_once || follows) {
            return Err(Reason::NotInCall);
        }
        if new.time_in_force == TimeInForce::AtOpening && self.phase != Phase::PreOpen {
            Err(Reason::WrongAuction)
        } else {
            Ok(())
        }
    }

    fn check_terms(&self, new: &NewOrder) -> Result<(), Reason> {
        use TimeInForce::{AtClose, AtOpening, Day, Gtc, Gtd};
        if new.quantity.0 == 0 || new.quantity > Quantity::MAX {
            return Err(Reason::QuantityOutOfRange);
        }
        if [new.quantity, new.display, new.minimum].iter().any(|part| part.0 % self.rules.lot.0 != 0) {
            return Err(Reason::NotInLots);
        }
        if new.display > new.quantity || new.minimum > new.quantity {
            return Err(Reason::PartLargerThanWhole);
        }
        if new.display.0 != 0 && new.quantity.0.div_ceil(new.display.0) > 10_000 {
            return Err(Reason::DisplayTooSmall);
        }
        let may_stay = matches!(new.time_in_force, Day | Gtc | Gtd);
        let is_limit = matches!(new.ord_type, OrdType::Limit { .. });
        let meets_at_once = is_limit || matches!(new.ord_type, OrdType::Market | OrdType::MarketToLimit);
        let wrong = [
            new.display.0 != 0 && !(is_limit && may_stay),
            new.minimum.0 != 0 && (!meets_at_once || matches!(new.time_in_force, AtOpening | AtClose)),
            new.post_only != PostOnly::No && !(is_limit && may_stay && new.minimum.0 == 0),
            !meets_at_once && !may_stay,
            matches!(new.ord_type, OrdType::MarketToLimit)
                && matches!(new.time_in_force, AtOpening | AtClose),
        ];
        if wrong.contains(&true) { Err(Reason::IncompatibleTerms) } else { Ok(()) }
    }

    /// Checks 9 to 11 of a limit price.
    pub(super) fn check_price(&self, price: i64) -> Result<(), Reason> {
        if !in_range(price) {
            return Err(Reason::PriceOutOfRange);
        }
        if !self.rules.ticks.contains(Price(price)) {
            return Err(Reason::OffTick);
        }
        let is_outside = |bands: bartizan_engine::book::Bands| price < bands.low.0 || price > bands.high.0;
        if self.bands.is_some_and(is_outside) { Err(Reason::OutsideBands) } else { Ok(()) }
    }

    /// Where a post-only order may rest.
    pub(super) fn post(&self, side: Side, limit: i64, post_only: PostOnly) -> Result<i64, Reason> {
        if post_only == PostOnly::No || self.phase != Phase::Continuous {
            return Ok(limit);
        }
        let Some(taken) = self.best_to_take(side, Some(limit)) else { return Ok(limit) };
        if post_only == PostOnly::Reject {
            return Err(Reason::WouldTake);
        }
        let slid = match side {
            Side::Buy => self.rules.ticks.at_or_below(Price(taken - 1)),
            Side::Sell => self.rules.ticks.at_or_above(Price(taken + 1)),
        };
        self.check_price(slid.0).map(|()| slid.0).map_err(|_| Reason::WouldTake)
    }
}

fn in_range(price: i64) -> bool {
    (-Price::MAX.0..=Price::MAX.0).contains(&price)
}

/// Check 9, and the limit price that an order names.
fn check_range(new: &NewOrder) -> Result<Option<i64>, Reason> {
    let offset_fits = |offset: Quantity, least: u64| (least..=Quantity::MAX.0).contains(&offset.0);
    let (fits, limit) = match new.ord_type {
        OrdType::Market | OrdType::MarketToLimit => (true, None),
        OrdType::Limit { price } => (in_range(price.0), Some(price.0)),
        OrdType::Stop { stop } => (in_range(stop.0), None),
        OrdType::StopLimit { stop, price } => (in_range(stop.0) && in_range(price.0), Some(price.0)),
        OrdType::TrailingStop { offset } => (offset_fits(offset, 1), None),
        OrdType::Pegged { reference, offset, limit } => {
            let least = u64::from(reference == PegReference::Market);
            let limit = (limit != Price::NONE).then_some(limit.0);
            (offset_fits(offset, least) && limit.is_none_or(in_range), limit)
        }
    };
    if fits { Ok(limit) } else { Err(Reason::PriceOutOfRange) }
}
