//! The short way in, which most orders of a feed can take: a limit order with no more terms than that, which meets nobody. It
//! does what [`super::entry`] would do and asks less on the way (a third of the instructions).

use super::Events;
use super::command::{NewOrder, OrdType, Phase, TimeInForce};
use super::pool::Flags;
use super::report::{ExecType, OrdStatus, Reason};
use super::state::{Book, Subject};
use super::units::{Price, Side};

impl Book {
    /// Whether an order is plain: nothing is left to check, and it will rest at the limit price that this gives.
    #[inline]
    fn plain(&self, new: &NewOrder) -> Option<Price> {
        let OrdType::Limit { price } = new.ord_type else { return None };
        let stays = matches!(new.time_in_force, TimeInForce::Gtc | TimeInForce::Day);
        let has_terms = new.display.0 | new.minimum.0 | u64::from(new.group.0) != 0;
        let is_open =
            self.phase == Phase::Continuous && self.is_unit && self.bands.is_none() && !self.pool.is_full();
        if !stays || has_terms || !is_open || !new.quantity.is_valid() || !price.is_valid() {
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
        let slot = self.pool.take(side, account.0, client.0, quantity.0, flags);
        if self.rules.index_client_ids {
            self.clients.insert(&self.pool.orders, slot);
        }
        let (order, client, account) = (self.pool.id(slot), client.0, account.0);
        let subject = Subject { order, client, account, side, price, leaves: quantity.0, cumulative: 0 };
        self.report(
            events,
            &subject,
            (ExecType::New, OrdStatus::New, Reason::Requested),
            (price, quantity.0),
        );
        self.rest(events, slot, side, price);
        true
    }
}
