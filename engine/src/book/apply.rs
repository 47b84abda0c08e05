//! One command, and a batch of them.

use super::Events;
use super::command::Command;
use super::pool::NONE;
use super::report::Reason;
use super::state::Book;
use super::units::{AccountId, OrderId, Time};
use bartizan_solver::prefetch::prefetch;

/// How many commands are looked at together, to fetch what they name while those before them run.
const AHEAD: usize = 16;

/// Orders that fit the caches well enough to do without.
const WORTH_FETCHING: usize = 1 << 18;

impl Book {
    /// Carries out one command at a time `now`, and appends what there is to tell to `events`. What may be asked and
    /// what is answered is told in [`crate::book`].
    #[inline]
    pub fn apply(&mut self, now: Time, command: &Command, events: &mut Events) {
        self.advance(events, now);
        self.carry_out(command, events);
    }

    /// Time passes up to `now`, or as far as it can while no more than `most` orders expire, whose number is returned. While
    /// [`Book::next_expiry`] is not after `now` there is more to do, and the book must be given nothing else.
    pub(crate) fn advance_some(&mut self, now: Time, most: usize, events: &mut Events) -> usize {
        let gone = self.advance_in_part(events, now, most);
        self.carry_out(&Command::Advance, events);
        gone
    }

    /// A mass cancel of an account that is known to have no such order.
    pub(crate) fn refuse_mass_cancel(&mut self, now: Time, account: AccountId, events: &mut Events) {
        self.advance(events, now);
        self.reject_unseen(events, account, OrderId(0), Reason::UnknownOrder);
        self.carry_out(&Command::Advance, events);
    }

    /// One command, at the time that the clock shows.
    #[expect(clippy::inline_always, reason = "the call in the loop of a batch is 4 of 30 ns")]
    #[inline(always)]
    fn carry_out(&mut self, command: &Command, events: &mut Events) {
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
        if self.waiting != 0 {
            self.settle(events);
        }
        if self.rules.l1 || self.phase.is_call() {
            self.tell_changes(events);
        }
    }

    /// Carries out commands in order, as [`Book::apply`] would one by one, and fetches ahead the orders that they name: with
    /// many orders live, waiting for memory is most of what a cancel costs.
    ///
    /// Events of the batch are appended without a mark between commands: who needs to know which command each answers calls
    /// [`Book::apply_batch_with`].
    pub fn apply_batch(&mut self, now: Time, commands: &[Command], events: &mut Events) {
        self.apply_batch_with(now, commands, events, |_, _| {});
    }

    /// The same, and after each command calls `after` with the command's place in the batch and with the events so far, the command's own
    /// last (and, of the first, what the time brought about before it): to see where they end, or to read them and clear.
    ///
    /// ```
    /// use bartizan_engine::book::*;
    ///
    /// let mut book = Book::new(Rules::default());
    /// let bid = |client| Command::New(NewOrder::limit(ClientOrderId(client), Side::Buy, Quantity(1), Price(9)));
    /// let (mut events, mut answered) = (Events::default(), Vec::new());
    /// book.apply_batch_with(Time(1), &[bid(1), Command::Advance, bid(2)], &mut events, |place, events| {
    ///     answered.push((place, events.reports.len()));
    ///     events.clear();
    /// });
    /// assert_eq!(answered, [(0, 1), (1, 0), (2, 1)]);
    /// ```
    pub fn apply_batch_with(
        &mut self,
        now: Time,
        commands: &[Command],
        events: &mut Events,
        mut after: impl FnMut(usize, &mut Events),
    ) {
        self.advance(events, now);
        if self.pool.orders.len() < WORTH_FETCHING {
            for (place, command) in commands.iter().enumerate() {
                self.carry_out(command, events);
                after(place, events);
            }
            return;
        }
        let mut place = 0;
        let mut after = |events: &mut Events| {
            after(place, events);
            place += 1;
        };
        let mut named = [0; AHEAD];
        let mut coming = commands.chunks(AHEAD);
        let mut next = coming.next().unwrap_or_default();
        self.fetch_orders(next, &mut named);
        self.fetch_neighbours(&named);
        while !next.is_empty() {
            let (first, rest) = next.split_at(next.len() / 2);
            next = coming.next().unwrap_or_default();
            self.fetch_orders(next, &mut named);
            for command in first {
                self.carry_out(command, events);
                after(events);
            }
            self.fetch_neighbours(&named);
            for command in rest {
                self.carry_out(command, events);
                after(events);
            }
        }
    }

    /// Starts to fetch an order, for who knows that a command will name it.
    #[inline]
    pub(crate) fn fetch(&self, order: OrderId) {
        prefetch(&self.pool.orders, order.0 as u32 as usize);
    }

    /// Starts to fetch the orders before and behind one that has arrived by now.
    #[inline]
    pub(crate) fn fetch_beside(&self, order: OrderId) {
        let orders = &self.pool.orders;
        if let Some(order) = orders.get(order.0 as u32 as usize) {
            prefetch(orders, order.prev as usize);
            prefetch(orders, order.next as usize);
        }
    }

    /// Starts to fetch the orders that commands name, and notes their slots.
    #[inline]
    fn fetch_orders(&self, commands: &[Command], named: &mut [usize; AHEAD]) {
        let orders = &self.pool.orders;
        for (slot, command) in named.iter_mut().zip(commands) {
            *slot = named_slot(command);
            prefetch(orders, *slot);
        }
    }

    /// Starts to fetch the orders before and behind those, which have arrived by now.
    #[inline]
    fn fetch_neighbours(&self, named: &[usize; AHEAD]) {
        let orders = &self.pool.orders;
        for &slot in named {
            if let Some(order) = orders.get(slot) {
                prefetch(orders, order.prev as usize);
                prefetch(orders, order.next as usize);
            }
        }
    }
}

/// The slot of the order that a command names; no slot if it names none.
#[inline]
fn named_slot(command: &Command) -> usize {
    let order = match command {
        Command::Cancel { order, .. } | Command::Reduce { order, .. } => order.0,
        Command::Replace(replace) => replace.order.0,
        _ => u64::from(NONE),
    };
    order as u32 as usize
}
