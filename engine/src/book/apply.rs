//! One command, and a batch of them.

use super::Events;
use super::command::{Command, NewOrder, OrdType};
use super::prefetch::prefetch;
use super::state::Book;
use super::units::{OrderId, Side, Time};

/// How many commands ahead the order of a cancel is fetched.
const ORDER_AHEAD: usize = 8;

/// How many commands ahead what that order links to is fetched, by when the order itself has arrived.
const LINKS_AHEAD: usize = 4;

impl Book {
    /// Carries out one command at a time `now`, and appends what there is to tell to `events`. What may be asked and
    /// what is answered is told in [`crate::book`].
    #[inline]
    pub fn apply(&mut self, now: Time, command: &Command, events: &mut Events) {
        self.advance(events, now);
        match command {
            Command::New(new) => self.enter(events, new),
            Command::Cancel { account, order } => self.cancel(events, *account, *order),
            Command::Reduce { account, order, by } => self.reduce(events, *account, *order, *by),
            Command::Replace(replace) => self.replace(events, replace),
            Command::MassCancel { account, side } => self.mass_cancel(events, *account, *side),
            Command::CancelGroup { group } => self.cancel_group(events, *group),
            Command::SetPhase(phase) => self.set_phase(events, *phase),
            Command::SetBands(bands) => self.set_bands(events, *bands),
            Command::SetReference(price) => self.set_reference(events, *price),
            Command::Bust(trade) => self.bust(events, *trade),
            Command::Advance => {}
        }
        if self.has_waiting() {
            self.settle(events);
        }
        self.tell_changes(events);
    }

    /// Carries out commands in order, as [`Book::apply`] would one by one, and fetches ahead what they will touch: with
    /// many orders live, waiting for memory is most of what a cancel costs.
    pub fn apply_batch(&mut self, now: Time, commands: &[Command], events: &mut Events) {
        for command in commands.iter().take(ORDER_AHEAD) {
            self.fetch_order(command);
        }
        for command in commands.iter().take(LINKS_AHEAD) {
            self.fetch_links(command);
        }
        for (index, command) in commands.iter().enumerate() {
            if let Some(coming) = commands.get(index + ORDER_AHEAD) {
                self.fetch_order(coming);
            }
            if let Some(coming) = commands.get(index + LINKS_AHEAD) {
                self.fetch_links(coming);
            }
            self.apply(now, command, events);
        }
    }

    /// Fetches the order that a command names, or the place of the price that it names.
    #[inline]
    fn fetch_order(&self, command: &Command) {
        match command {
            Command::Cancel { order, .. } | Command::Reduce { order, .. } => self.fetch_slot(*order),
            Command::Replace(replace) => self.fetch_slot(replace.order),
            Command::New(NewOrder { ord_type: OrdType::Limit { price }, side, .. }) => {
                if let Some(slot) = self.side(*side).slot(price.0) {
                    prefetch(slot);
                }
            }
            _ => {}
        }
    }

    #[inline]
    fn fetch_slot(&self, order: OrderId) {
        if let Some(order) = self.pool.orders.get(order.0 as u32 as usize) {
            prefetch(order);
        }
    }

    /// Fetches the neighbours of an order that a command names, or the end of the queue that it will join.
    #[inline]
    fn fetch_links(&self, command: &Command) {
        match command {
            Command::Cancel { order, .. } | Command::Reduce { order, .. } => self.fetch_neighbours(*order),
            Command::Replace(replace) => self.fetch_neighbours(replace.order),
            Command::New(NewOrder { ord_type: OrdType::Limit { price }, side, .. }) => {
                self.fetch_tail(*side, price.0);
            }
            _ => {}
        }
    }

    #[inline]
    fn fetch_neighbours(&self, order: OrderId) {
        let orders = &self.pool.orders;
        if let Some(order) = orders.get(order.0 as u32 as usize) {
            for neighbour in [order.prev, order.next] {
                if let Some(neighbour) = orders.get(neighbour as usize) {
                    prefetch(neighbour);
                }
            }
        }
    }

    #[inline]
    fn fetch_tail(&self, side: Side, price: i64) {
        if let Some(level) = self.side(side).at_near(price)
            && let Some(tail) = self.pool.orders.get(level.tail as usize)
        {
            prefetch(tail);
        }
    }
}
