//! The short way in, through and out, which most orders of a feed can take: a limit order with no more terms than that, which
//! meets nobody, its trades once it rests, and its end. It does what the long way would do and asks less on the way (fewer
//! than half of the instructions).
#![expect(
    clippy::inline_always,
    reason = "calls between the short pieces of the common way cost a fifth of it"
)]

use super::Events;
use super::command::{NewOrder, OrdType, Phase, TimeInForce};
use super::market::MarketData;
use super::matching::Incoming;
use super::pool::{Flags, Plain};
use super::report::{ExecType, OrdStatus, Reason};
use super::state::{Book, Subject, ended};
use super::units::{Price, Side};
use bartizan_solver::prefetch::prefetch;

impl Book {
    /// Whether an order is plain: nothing is left to check, and it will rest at the limit price that this gives.
    #[inline]
    fn plain(&self, new: &NewOrder) -> Option<Price> {
        let OrdType::Limit { price } = new.ord_type else { return None };
        let stays = matches!(new.time_in_force, TimeInForce::Gtc | TimeInForce::Day);
        let has_terms = new.display.0 | new.minimum.0 | u64::from(new.group.0) != 0;
        let is_open = self.phase == Phase::Continuous && self.is_unit;
        let is_within = self.bands.is_none_or(|bands| bands.contain(price));
        if !stays || has_terms || !is_open || !new.quantity.is_valid() || !price.is_valid() || !is_within {
            return None;
        }
        if !self.pool.has_room(new.side, new.quantity.0) {
            return None;
        }
        let opposite = new.side.opposite();
        let meets = |best: i64| if new.side == Side::Buy { best <= price.0 } else { best >= price.0 };
        if !self.pegs[opposite as usize].is_empty() || self.side(opposite).best_price().is_some_and(meets) {
            return None;
        }
        let is_named = self.rules.index_client_ids;
        if is_named && self.clients.get(&self.pool.orders, new.account.0, new.client.0).is_some() {
            return None;
        }
        Some(price)
    }

    /// Takes an order that is plain. If it is not, nothing happens.
    #[inline]
    pub(super) fn enter_plain(&mut self, events: &mut Events, new: &NewOrder) -> bool {
        let Some(Price(price)) = self.plain(new) else { return false };
        let NewOrder { client, quantity, account, side, time_in_force, self_trade, post_only, .. } = *new;
        let flags = Flags { is_day: time_in_force == TimeInForce::Day, self_trade, post_only };
        let (slot, order) = self.pool.take(side, account.0, client.0, quantity.0, flags);
        if self.rules.index_client_ids {
            self.clients.insert(&self.pool.orders, slot);
        }
        let (client, account) = (client.0, account.0);
        let subject = Subject { order, client, account, side, price, leaves: quantity.0, cumulative: 0 };
        self.report(
            events,
            &subject,
            (ExecType::New, OrdStatus::New, Reason::Requested),
            (price, quantity.0),
        );
        let level = self.sides[side as usize].append(&mut self.pool, slot, price, quantity.0);
        self.tell_l3(events, MarketData::Added { order, side, price: Price(price), quantity });
        self.tell_level(events, side, level);
        true
    }

    /// Ends a resting order without terms of its own: takes it out of its queue, reports it, and frees its slot.
    #[inline(always)]
    pub(super) fn end_plain(
        &mut self,
        events: &mut Events,
        slot: u32,
        order: &Plain,
        (exec_type, reason): (ExecType, Reason),
    ) {
        let &Plain { id, client, account, side, level, next, prev, open, traded } = order;
        let half = &mut self.sides[side as usize];
        let price = half.levels[level as usize].price;
        half.unlink(&mut self.pool, (next, prev), level, open);
        self.tell_l3(events, MarketData::Deleted { order: id });
        self.tell_level(events, side, level);
        let subject = Subject { order: id, client, account, side, price, leaves: 0, cumulative: traded };
        self.report(events, &subject, (exec_type, ended(exec_type), reason), (price, open));
        if self.rules.index_client_ids {
            self.clients.remove(&self.pool.orders, account, client);
        }
        self.pool.give_back_plain(slot);
    }

    /// Trades an incoming order with a resting one that has no terms of its own, at the resting one's price.
    #[inline(always)]
    pub(super) fn trade_plain(
        &mut self,
        events: &mut Events,
        incoming: &mut Incoming,
        slot: u32,
        order: &Plain,
        price: i64,
    ) {
        let &Plain { id, client, account, side, level, next, prev, open, traded } = order;
        // The next to be met, or the one that is first from now on.
        prefetch(&self.pool.orders, next as usize);
        let quantity = open.min(incoming.subject.leaves);
        incoming.subject.leaves -= quantity;
        incoming.subject.cumulative += quantity;
        let (leaves, cumulative) = (open - quantity, traded + quantity);
        let resting = Subject { order: id, client, account, side, price, leaves, cumulative };
        let aggressor = incoming.subject;
        self.report_trade(events, [&aggressor, &resting], (price, quantity), false);
        self.set_last_trade(price);
        self.tell_executed(events, slot, (price, quantity));
        self.tell_traded(events, (price, quantity), Some(aggressor.side));
        incoming.is_level_untold = true;
        let half = &mut self.sides[side as usize];
        if leaves != 0 {
            half.levels[level as usize].shown -= quantity;
            self.pool.set_traded(slot, leaves, cumulative);
            return;
        }
        half.unlink(&mut self.pool, (next, prev), level, quantity);
        if half.levels[level as usize].count == 0 {
            self.tell_level(events, side, level);
            incoming.is_level_untold = false;
        }
        if self.rules.index_client_ids {
            self.clients.remove(&self.pool.orders, account, client);
        }
        self.pool.give_back_plain(slot);
    }
}
