//! Changes of orders that are there.

use bartizan_engine::book::{
    AccountId, ClientOrderId, Counts, ExecType, OrderId, Phase, Price, Quantity, Reason, Replace, Side,
};

use super::{Order, Place, Twin};

impl Twin {
    /// The order, if it is live and the account's own; otherwise the rejection is told.
    fn own(&mut self, account: AccountId, id: OrderId) -> Option<Order> {
        let found = self.position(id).map(|position| self.orders[position].clone());
        let reason = match &found {
            None => Reason::UnknownOrder,
            Some(order) if order.account != account.0 => Reason::NotOwner,
            Some(_) => return found,
        };
        self.reject(ExecType::CancelRejected, reason, (id, account));
        None
    }

    pub(super) fn cancel(&mut self, account: AccountId, id: OrderId) {
        if self.own(account, id).is_some() {
            self.end(id, ExecType::Canceled, Reason::Requested);
        }
    }

    pub(super) fn reduce(&mut self, account: AccountId, id: OrderId, by: u64) {
        let Some(order) = self.own(account, id) else { return };
        let refused = if by == 0 || by > Quantity::MAX.0 {
            Some(Reason::QuantityOutOfRange)
        } else if !by.is_multiple_of(self.rules.lot.0) {
            Some(Reason::NotInLots)
        } else {
            (by > order.open).then_some(Reason::ReduceTooLarge)
        };
        if let Some(reason) = refused {
            self.report(&order, (ExecType::CancelRejected, reason), (order.named_price(), by));
        } else if by == order.open {
            self.end(id, ExecType::Canceled, Reason::Requested);
        } else {
            self.get_mut(id).shorten(by);
            let order = self.get(id).clone();
            self.report(&order, (ExecType::Restated, Reason::Requested), (order.named_price(), by));
        }
    }

    pub(super) fn replace(&mut self, asked: &Replace) {
        if matches!(self.phase, Phase::Closed | Phase::Halted) {
            return self.reject(ExecType::CancelRejected, Reason::NotTrading, (asked.order, asked.account));
        }
        let Some(order) = self.own(asked.account, asked.order) else { return };
        match self.admit_replace(&order, asked) {
            Err(reason) => {
                self.report(
                    &order,
                    (ExecType::CancelRejected, reason),
                    (order.named_price(), asked.quantity.0),
                );
            }
            Ok((limit, open)) => self.change(&order, asked, (limit, open)),
        }
    }

    /// The checks of a replace; its new limit and what is to be open.
    fn admit_replace(&self, order: &Order, asked: &Replace) -> Result<(Option<i64>, u64), Reason> {
        let waits = order.place == Place::Stop;
        let is_limit_at_close = order.place == Place::Close && order.limit.is_some();
        if !waits && !is_limit_at_close && !matches!(order.place, Place::Queue(_)) {
            return Err(Reason::NotReplaceable);
        }
        let quantity = asked.quantity.0;
        if quantity == 0 || quantity > Quantity::MAX.0 {
            return Err(Reason::QuantityOutOfRange);
        }
        if !quantity.is_multiple_of(self.rules.lot.0) {
            return Err(Reason::NotInLots);
        }
        let open = match asked.counts {
            Counts::Whole if quantity <= order.traded => return Err(Reason::BelowExecuted),
            Counts::Whole => quantity - order.traded,
            Counts::Open if quantity + order.traded > Quantity::MAX.0 => {
                return Err(Reason::QuantityOutOfRange);
            }
            Counts::Open => quantity,
        };
        if order.display != 0 && open.div_ceil(order.display) > 10_000 {
            return Err(Reason::DisplayTooSmall);
        }
        let is_unpriced = order.limit.is_none();
        if waits == (asked.stop == Price::NONE) || is_unpriced && asked.price != Price::NONE {
            return Err(Reason::IncompatibleTerms);
        }
        if waits && !(-Price::MAX.0..=Price::MAX.0).contains(&asked.stop.0) {
            return Err(Reason::PriceOutOfRange);
        }
        if !is_unpriced {
            self.check_price(asked.price.0)?;
        }
        let is_new_client = asked.client.0 != 0 && asked.client.0 != order.client;
        if is_new_client && self.find(asked.account, asked.client).is_some() {
            return Err(Reason::DuplicateClientId);
        }
        if self.open(order.side) - order.open + open > self.rules.max_open.0 {
            return Err(Reason::BookFull);
        }
        let parts = if order.display == 0 { 0 } else { open.div_ceil(order.display) };
        if self.parts(order.side) - order.parts() + parts > self.rules.max_parts {
            return Err(Reason::BookFull);
        }
        let limit = if is_unpriced {
            None
        } else if waits || is_limit_at_close {
            Some(asked.price.0)
        } else {
            Some(self.post(order.side, asked.price.0, order.post_only)?)
        };
        Ok((limit, open))
    }

    fn change(&mut self, before: &Order, asked: &Replace, (limit, open): (Option<i64>, u64)) {
        let id = before.id;
        let ClientOrderId(client) = asked.client;
        let order = self.get_mut(id);
        if client != 0 {
            order.client = client;
        }
        let mut after = Order { limit, open, client: order.client, ..before.clone() };
        if before.place == Place::Stop {
            after.stop = asked.stop.0;
        }
        self.report(
            &after,
            (ExecType::Replaced, Reason::Requested),
            (after.named_price(), open + after.traded),
        );
        if before.place == Place::Stop {
            self.entered += 1;
            if after.stop != before.stop {
                after.entered = self.entered;
            }
            after.shown = open;
            *self.get_mut(id) = after;
        } else if before.place == Place::Close {
            self.entered += 1;
            if limit != before.limit || open > before.open {
                after.entered = self.entered;
            }
            after.shown = open;
            *self.get_mut(id) = after;
        } else if limit == before.limit && open <= before.open {
            self.get_mut(id).shorten(before.open - open);
        } else {
            let position = self.position(id).expect("it is live");
            self.orders.remove(position);
            if !self.phase.is_call() {
                self.meet_all(&mut after);
            }
            self.leave_or_rest(after, true);
        }
    }

    pub(super) fn mass_cancel(&mut self, account: AccountId, side: Option<Side>) {
        let fits = |order: &Order| order.account == account.0 && side.is_none_or(|side| side == order.side);
        if !self.end_all(ExecType::Canceled, Reason::MassCancel, fits) {
            self.reject(ExecType::CancelRejected, Reason::UnknownOrder, (OrderId(0), account));
        }
    }

    pub(super) fn cancel_group(&mut self, group: u32) {
        if !self.end_all(ExecType::Canceled, Reason::GroupCancel, |order| group != 0 && order.group == group)
        {
            self.reject(ExecType::CancelRejected, Reason::UnknownOrder, (OrderId(0), AccountId(0)));
        }
    }
}
