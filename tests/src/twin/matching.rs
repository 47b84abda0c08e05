//! An incoming order meets the others, and what follows from a trade: stops and pegs.

use bartizan_engine::book::{ExecType, OrderId, PegReference, Phase, Price, Reason, SelfTrade, Side};

use super::{Order, Place, Twin};

/// The best displayed bid and ask that pegs follow.
#[derive(Clone, Copy)]
struct References {
    bid: Option<i64>,
    ask: Option<i64>,
}

impl Twin {
    fn references(&self) -> References {
        let top = self.top();
        References { bid: top.bid.map(|price| price.0), ask: top.ask.map(|price| price.0) }
    }

    /// What a pegged order would trade at; none without its reference, or outside the bands.
    fn peg_price(&self, order: &Order, references: References) -> Option<i64> {
        let Place::Peg(kind) = order.place else { return None };
        let (own, other) = match order.side {
            Side::Buy => (references.bid, references.ask),
            Side::Sell => (references.ask, references.bid),
        };
        let offset = order.offset as i64;
        let sum = || references.bid.zip(references.ask).map(|(bid, ask)| bid + ask);
        let reference = match kind {
            PegReference::Primary => own?,
            PegReference::Market => other?,
            PegReference::Midpoint if order.side == Side::Buy => sum()?.div_euclid(2),
            PegReference::Midpoint => (sum()? + 1).div_euclid(2),
        };
        let price = match order.side {
            Side::Buy => {
                let eager = order.limit.map_or(reference - offset, |limit| limit.min(reference - offset));
                self.rules.ticks.at_or_below(Price(eager))
            }
            Side::Sell => {
                let eager = order.limit.map_or(reference + offset, |limit| limit.max(reference + offset));
                self.rules.ticks.at_or_above(Price(eager))
            }
        };
        let is_within =
            price.is_valid() && self.bands.is_none_or(|bands| bands.low <= price && price <= bands.high);
        is_within.then_some(price.0)
    }

    /// Whom an order to `side` with this limit could meet, and at what price; the first first.
    fn candidates(&self, side: Side, limit: Option<i64>, references: References) -> Vec<(OrderId, i64)> {
        let theirs = side.opposite();
        let mut found: Vec<(i64, u8, u64, OrderId)> = Vec::new();
        let worse = |price: i64| if theirs == Side::Buy { -price } else { price };
        for (place, order) in self.queue(theirs).into_iter().enumerate() {
            let price = order.limit.expect("it is displayed at a price");
            found.push((worse(price), 0, place as u64, order.id));
        }
        for order in self.orders.iter().filter(|order| order.side == theirs) {
            if let Some(price) = self.peg_price(order, references) {
                found.push((worse(price), 1, order.entered, order.id));
            }
        }
        found.sort_unstable();
        let accepts = |price: i64| {
            limit.is_none_or(|limit| if side == Side::Buy { price <= limit } else { price >= limit })
        };
        found
            .into_iter()
            .map(|(price, _, _, id)| (id, worse(price)))
            .filter(|&(_, price)| accepts(price))
            .collect()
    }

    /// The best price that an order of this side and limit could take now.
    pub(super) fn best_to_take(&self, side: Side, limit: Option<i64>) -> Option<i64> {
        self.candidates(side, limit, self.references()).first().map(|&(_, price)| price)
    }

    /// The best price that a side displays.
    pub(super) fn best_displayed(&self, side: Side) -> Option<i64> {
        let References { bid, ask } = self.references();
        if side == Side::Buy { bid } else { ask }
    }

    fn is_own(incoming: &Order, resting: &Order) -> bool {
        incoming.account != 0
            && incoming.account == resting.account
            && incoming.self_trade != SelfTrade::Allow
    }

    /// What would trade: tried out on a copy, where an own order is passed over or ends it.
    pub(super) fn fillable(&self, order: &Order) -> u64 {
        let (mut copy, mut trial) = (self.clone(), order.clone());
        let references = copy.references();
        while trial.open > 0 {
            let Some(&(id, price)) = copy.candidates(trial.side, trial.limit, references).first() else {
                break;
            };
            if !Self::is_own(&trial, copy.get(id)) {
                copy.trade(&mut trial, id, price);
            } else if trial.self_trade == SelfTrade::CancelOldest {
                copy.remove(id);
            } else {
                break;
            }
        }
        trial.traded
    }

    /// The incoming order meets whom it can.
    pub(super) fn meet_all(&mut self, order: &mut Order) {
        let references = self.references();
        while order.open > 0 {
            let Some(&(id, price)) = self.candidates(order.side, order.limit, references).first() else {
                break;
            };
            self.meet(order, id, price);
        }
    }

    /// One trade, or one act of self-trade prevention.
    fn meet(&mut self, order: &mut Order, id: OrderId, price: i64) {
        if !Self::is_own(order, self.get(id)) {
            return self.trade(order, id, price);
        }
        match order.self_trade {
            SelfTrade::Allow => {}
            SelfTrade::CancelNewest => self.shorten_incoming(order, order.open),
            SelfTrade::CancelOldest => self.end(id, ExecType::Canceled, Reason::SelfTrade),
            SelfTrade::CancelBoth => {
                self.end(id, ExecType::Canceled, Reason::SelfTrade);
                self.shorten_incoming(order, order.open);
            }
            SelfTrade::Decrement => {
                let both = order.open.min(self.get(id).shown);
                let resting = self.get_mut(id);
                resting.open -= both;
                resting.shown -= both;
                let resting = resting.clone();
                let what = if resting.open == 0 { ExecType::Canceled } else { ExecType::Restated };
                self.report(&resting, (what, Reason::SelfTrade), (resting.named_price(), both));
                self.after_shown(id);
                self.shorten_incoming(order, both);
            }
        }
    }

    /// Self-trade prevention takes from the incoming order.
    fn shorten_incoming(&mut self, order: &mut Order, by: u64) {
        order.open -= by;
        order.shown = order.open;
        let what = if order.open == 0 { ExecType::Canceled } else { ExecType::Restated };
        self.report(order, (what, Reason::SelfTrade), (order.limit, by));
    }

    fn trade(&mut self, order: &mut Order, id: OrderId, price: i64) {
        let quantity = order.open.min(self.get(id).shown);
        order.open -= quantity;
        order.shown = order.open;
        order.traded += quantity;
        let resting = self.get_mut(id);
        resting.open -= quantity;
        resting.shown -= quantity;
        resting.traded += quantity;
        let resting = resting.clone();
        let reasons = [Reason::RemovedLiquidity, Reason::AddedLiquidity];
        self.tell_trade([order, &resting], reasons, (price, quantity), Some(order.side));
        self.after_shown(id);
    }

    /// An order that shows nothing any more shows more, or ends.
    pub(super) fn after_shown(&mut self, id: OrderId) {
        if self.get(id).shown > 0 {
            return;
        }
        if self.get(id).open == 0 {
            self.remove(id);
            return;
        }
        self.joined += 1;
        let joined = self.joined;
        let order = self.get_mut(id);
        order.show();
        order.place = Place::Queue(joined);
        let order = order.clone();
        self.report(&order, (ExecType::Restated, Reason::Replenished), (order.limit, 0));
    }

    /// Puts an order at the end of its queue.
    pub(super) fn rest(&mut self, mut order: Order) {
        self.joined += 1;
        order.place = Place::Queue(self.joined);
        order.show();
        self.orders.push(order);
    }

    /// What becomes of an incoming order that meets nobody any more.
    pub(super) fn leave_or_rest(&mut self, order: Order, stays: bool) {
        if order.open == 0 {
            self.free_id(order.id);
        } else if stays {
            self.rest(order);
        } else {
            self.cancel_incoming(order, Reason::NoLiquidity);
        }
    }

    pub(super) fn cancel_incoming(&mut self, mut order: Order, reason: Reason) {
        let taken = std::mem::take(&mut order.open);
        self.report(&order, (ExecType::Canceled, reason), (order.limit, taken));
        self.free_id(order.id);
    }

    /// Stops and pegs, until nothing is left to do.
    pub(super) fn settle(&mut self) {
        assert_eq!(self.phase, Phase::Continuous, "elsewhere nothing trades");
        if let Some(last) = self.last_trade {
            self.elect(last);
        }
        loop {
            if !self.elected.is_empty() {
                let id = self.elected.remove(0);
                self.enter_elected(id);
            } else if !self.cross_pegs() {
                break;
            }
        }
    }

    /// Stops that a trade reaches join the queue of the elected, and trailing ones follow it.
    pub(super) fn elect(&mut self, price: i64) {
        for side in [Side::Buy, Side::Sell] {
            let mut found: Vec<(i64, u64, OrderId)> = Vec::new();
            for order in self.orders.iter().filter(|order| order.side == side) {
                let is_reached = if side == Side::Buy { price >= order.stop } else { price <= order.stop };
                if matches!(order.place, Place::Stop | Place::Trailing) && is_reached {
                    let stop = if side == Side::Buy { order.stop } else { -order.stop };
                    found.push((stop, order.entered, order.id));
                }
            }
            found.sort_unstable();
            for (_, _, id) in found {
                self.get_mut(id).place = Place::Elected;
                self.elected.push(id);
            }
        }
        for order in self.orders.iter_mut().filter(|order| order.place == Place::Trailing) {
            let offset = order.offset as i64;
            order.stop = match order.side {
                Side::Buy => order.stop.min(price + offset),
                Side::Sell => order.stop.max(price - offset),
            };
        }
    }

    fn enter_elected(&mut self, id: OrderId) {
        if let Some(limit) = self.get(id).limit
            && self.check_price(limit).is_err()
        {
            return self.end(id, ExecType::Canceled, Reason::BandsMoved);
        }
        let position = self.position(id).expect("an elected stop is live");
        let mut order = self.orders.remove(position);
        order.place = Place::Incoming;
        self.report(&order, (ExecType::Triggered, Reason::Requested), (order.limit, order.open));
        self.meet_all(&mut order);
        let stays = order.limit.is_some();
        self.leave_or_rest(order, stays);
    }

    /// The best pegs of both sides act once if they cross.
    fn cross_pegs(&mut self) -> bool {
        let references = self.references();
        let best = |side: Side| {
            let pegs = self.orders.iter().filter(|order| order.side == side);
            let priced = pegs.filter_map(|order| Some((self.peg_price(order, references)?, order)));
            priced
                .min_by_key(|&(price, order)| (if side == Side::Buy { -price } else { price }, order.entered))
        };
        let (Some((bid, buyer)), Some((ask, seller))) = (best(Side::Buy), best(Side::Sell)) else {
            return false;
        };
        if bid < ask {
            return false;
        }
        let is_buyer_first = buyer.entered < seller.entered;
        let (resting, price, incoming) =
            if is_buyer_first { (buyer.id, bid, seller.id) } else { (seller.id, ask, buyer.id) };
        let position = self.position(incoming).expect("it was just found");
        let mut order = self.orders.remove(position);
        self.meet(&mut order, resting, price);
        if order.open == 0 {
            self.free_id(order.id);
        } else {
            self.orders.push(order);
        }
        true
    }
}
