//! Changes of orders that are there: cancel, reduce, replace, and cancelling many.

use super::Events;
use super::command::{Counts, Replace};
use super::market::MarketData;
use super::matching::{Incoming, open_status};
use super::pool::Wait;
use super::report::{ExecType, OrdStatus, Reason};
use super::state::{Book, Subject};
use super::units::{AccountId, GroupId, MAX_PARTS, OrderId, Price, Quantity, Side};

impl Book {
    /// The slot of an account's own live order.
    #[inline]
    fn own(&self, account: AccountId, order: OrderId) -> Result<u32, Reason> {
        let slot = self.pool.find(order).ok_or(Reason::UnknownOrder)?;
        if self.pool.orders[slot as usize].account == account.0 { Ok(slot) } else { Err(Reason::NotOwner) }
    }

    /// Rejects a change of an order that is unknown, another's, or not looked at.
    #[cold]
    pub(super) fn reject_unseen(
        &mut self,
        events: &mut Events,
        account: AccountId,
        order: OrderId,
        reason: Reason,
    ) {
        let price = Price::NONE.0;
        let (client, account) = (0, account.0);
        let subject = Subject { order, client, account, side: Side::Buy, price, leaves: 0, cumulative: 0 };
        self.report(events, &subject, (ExecType::CancelRejected, OrdStatus::Rejected, reason), (price, 0));
    }

    /// Rejects a change of an order of one's own.
    #[cold]
    fn reject_change(&mut self, events: &mut Events, slot: u32, reason: Reason, asked: Quantity) {
        let subject = self.subject(slot);
        let told = (ExecType::CancelRejected, open_status(subject.cumulative), reason);
        self.report(events, &subject, told, (subject.price, asked.0));
    }

    #[inline]
    pub(super) fn cancel(&mut self, events: &mut Events, account: AccountId, order: OrderId) {
        match self.own(account, order) {
            Ok(slot) => self.end(events, slot, ExecType::Canceled, Reason::Requested),
            Err(reason) => self.reject_unseen(events, account, order, reason),
        }
    }

    #[inline]
    pub(super) fn reduce(&mut self, events: &mut Events, account: AccountId, order: OrderId, by: Quantity) {
        let slot = match self.own(account, order) {
            Ok(slot) => slot,
            Err(reason) => return self.reject_unseen(events, account, order, reason),
        };
        let leaves = self.pool.leaves(slot);
        let refused = if !by.is_valid() {
            Some(Reason::QuantityOutOfRange)
        } else if !self.is_unit && !by.0.is_multiple_of(self.rules.lot.0) {
            Some(Reason::NotInLots)
        } else if by.0 > leaves {
            Some(Reason::ReduceTooLarge)
        } else {
            None
        };
        if let Some(reason) = refused {
            self.reject_change(events, slot, reason, by);
        } else if by.0 == leaves {
            self.end(events, slot, ExecType::Canceled, Reason::Requested);
        } else {
            self.shorten(events, slot, by.0);
            let subject = self.subject(slot);
            let told = (ExecType::Restated, open_status(subject.cumulative), Reason::Requested);
            self.report(events, &subject, told, (subject.price, by.0));
        }
    }

    /// Takes part of what is open from an order that keeps its place.
    fn shorten(&mut self, events: &mut Events, slot: u32, by: u64) {
        let reserve = self.pool.reserve(slot);
        let by_shown = self.pool.reduce(slot, by);
        let order = &self.pool.orders[slot as usize];
        let (side, index) = (order.side(), order.level());
        if !order.is_resting() {
            if self.pool.special(slot).is_some_and(|special| special.wait == Wait::Auction) {
                self.unpriced_open[side as usize] -= by;
            }
            return;
        }
        if reserve != 0 {
            self.sides[side as usize].recount_reserve(index, reserve, self.pool.reserve(slot));
        }
        self.sides[side as usize].levels[index as usize].shown -= by_shown;
        if by_shown != 0 {
            self.tell_l3(events, MarketData::Reduced { order: self.pool.id(slot), by: Quantity(by_shown) });
            self.tell_level(events, side, index);
        }
    }

    /// Replaces an order's price or quantity.
    #[inline(never)]
    pub(super) fn replace(&mut self, events: &mut Events, asked: &Replace) {
        if !self.phase.is_call() && self.phase != super::command::Phase::Continuous {
            return self.reject_unseen(events, asked.account, asked.order, Reason::NotTrading);
        }
        let slot = match self.own(asked.account, asked.order) {
            Ok(slot) => slot,
            Err(reason) => return self.reject_unseen(events, asked.account, asked.order, reason),
        };
        match self.admit_change(slot, asked) {
            Ok((price, open)) => self.change(events, slot, asked, (price, open)),
            Err(reason) => self.reject_change(events, slot, reason, asked.quantity),
        }
    }

    /// The checks of a replace: its limit price, or none, and what is to be open.
    fn admit_change(&self, slot: u32, asked: &Replace) -> Result<(i64, u64), Reason> {
        let order = &self.pool.orders[slot as usize];
        let special = self.pool.special(slot);
        let wait = special.map_or(Wait::Nothing, |special| special.wait);
        let is_market = wait == Wait::Close && special.is_some_and(|special| special.limit == i64::MIN);
        if is_market || !matches!(wait, Wait::Nothing | Wait::Stop | Wait::Close) {
            return Err(Reason::NotReplaceable);
        }
        if !asked.quantity.is_valid() {
            return Err(Reason::QuantityOutOfRange);
        }
        if !self.is_unit && !asked.quantity.0.is_multiple_of(self.rules.lot.0) {
            return Err(Reason::NotInLots);
        }
        let cumulative = self.pool.whole(slot) - self.pool.leaves(slot);
        let open = match asked.counts {
            Counts::Whole if asked.quantity.0 <= cumulative => return Err(Reason::BelowExecuted),
            Counts::Whole => asked.quantity.0 - cumulative,
            Counts::Open if !Quantity(asked.quantity.0 + cumulative).is_valid() => {
                return Err(Reason::QuantityOutOfRange);
            }
            Counts::Open => asked.quantity.0,
        };
        let display = special.map_or(0, |special| special.display);
        if display != 0 && open.div_ceil(display) > MAX_PARTS {
            return Err(Reason::DisplayTooSmall);
        }
        let waits = wait == Wait::Stop;
        let is_unpriced = waits && special.is_some_and(|special| special.limit == i64::MIN);
        if waits != (asked.stop != Price::NONE) || is_unpriced && asked.price != Price::NONE {
            return Err(Reason::IncompatibleTerms);
        }
        if waits && !asked.stop.is_valid() {
            return Err(Reason::PriceOutOfRange);
        }
        if !is_unpriced {
            self.check_price(asked.price)?;
        }
        let is_new_client = asked.client.0 != 0 && asked.client.0 != order.client;
        if self.rules.index_client_ids
            && is_new_client
            && self.clients.get(&self.pool.orders, order.account, asked.client.0).is_some()
        {
            return Err(Reason::DuplicateClientId);
        }
        let parts = if display == 0 { 0 } else { open.div_ceil(display) };
        let more = parts.saturating_sub(self.pool.parts(slot));
        let has_room = self.pool.has_room_for_parts(order.side(), more);
        if !has_room || !self.pool.has_room_to_change(slot, open) {
            return Err(Reason::BookFull);
        }
        let price = if wait == Wait::Nothing {
            self.post(order.side(), asked.price.0, order.post_only())?
        } else {
            asked.price.0
        };
        Ok((price, open))
    }

    /// Carries out a replace.
    fn change(&mut self, events: &mut Events, slot: u32, asked: &Replace, (price, open): (i64, u64)) {
        self.rename(slot, asked);
        let before = self.subject(slot);
        let cumulative = before.cumulative;
        let told = (ExecType::Replaced, open_status(cumulative), Reason::Requested);
        let waits = !self.pool.orders[slot as usize].is_resting();
        let named = if waits && price == i64::MIN { asked.stop.0 } else { price };
        let subject = Subject { price: named, leaves: open, ..before };
        self.report(events, &subject, told, (named, open + cumulative));
        if waits {
            self.change_waiting(slot, asked, (price, open + cumulative));
        } else if price == before.price && open <= before.leaves {
            self.shorten(events, slot, before.leaves - open);
        } else {
            self.unrest(events, slot);
            self.follow_references();
            let self_trade = self.pool.orders[slot as usize].self_trade();
            let mut incoming = Incoming::new(slot, subject, self_trade, price);
            if !self.phase.is_call() {
                self.trade_incoming(events, &mut incoming);
            }
            self.rest_incoming(events, &incoming, true);
        }
    }

    /// Gives an order its new client id.
    fn rename(&mut self, slot: u32, asked: &Replace) {
        let order = self.pool.orders[slot as usize];
        if asked.client.0 == 0 || asked.client.0 == order.client {
            return;
        }
        if self.rules.index_client_ids {
            self.clients.remove(&self.pool.orders, order.account, order.client);
        }
        self.pool.orders[slot as usize].client = asked.client.0;
        if self.rules.index_client_ids {
            self.clients.insert(&self.pool.orders, slot);
        }
    }

    /// Changes a stop that waits, or an order that waits for the closing call.
    fn change_waiting(&mut self, slot: u32, asked: &Replace, (limit, whole): (i64, u64)) {
        self.stop_waiting(slot);
        let fresh = self.next_entered();
        let special = self.pool.special_mut(slot).expect("what waits is special");
        let (expires, entered) = (special.expires, special.entered);
        let loses_place = match special.wait {
            Wait::Close => special.limit != limit || special.whole < whole,
            _ => special.stop != asked.stop.0,
        };
        if loses_place {
            special.entered = fresh;
        }
        special.stop = asked.stop.0;
        special.limit = limit;
        special.whole = whole;
        let now_entered = special.entered;
        self.pool.set_open(slot, whole);
        if expires != 0 && now_entered != entered {
            self.expiries.remove(&(expires, entered));
            self.expiries.insert((expires, now_entered), slot);
        }
        self.start_waiting(slot);
    }

    /// Costs a look at every slot that was ever in use (about a nanosecond each), and then what it cancels: a list of
    /// each account's orders would cost every order 8 bytes and two cache misses. Who knows that there is nothing to cancel asks
    /// for [`Book::refuse_mass_cancel`] instead.
    #[inline(never)]
    pub(super) fn mass_cancel(&mut self, events: &mut Events, account: AccountId, side: Option<Side>) {
        let fits = |order: &super::pool::Order| {
            order.is_live() && order.account == account.0 && side.is_none_or(|side| side == order.side())
        };
        let mut found = false;
        for slot in 0..self.pool.orders.len() {
            if fits(&self.pool.orders[slot]) {
                self.end(events, slot as u32, ExecType::Canceled, Reason::MassCancel);
                found = true;
            }
        }
        if !found {
            self.reject_unseen(events, account, OrderId(0), Reason::UnknownOrder);
        }
    }

    #[inline(never)]
    pub(super) fn cancel_group(&mut self, events: &mut Events, group: GroupId) {
        let slots = self.groups.get(&group.0).cloned().unwrap_or_default();
        if slots.is_empty() {
            self.reject_unseen(events, AccountId(0), OrderId(0), Reason::UnknownOrder);
        }
        for slot in slots {
            self.end(events, slot, ExecType::Canceled, Reason::GroupCancel);
        }
    }
}
