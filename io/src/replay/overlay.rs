//! A replayed book as it would be with some orders there that its file never enters, and without some that it never ends.
//!
//! The replay itself stays as it is; the best prices follow from its levels and these few orders. So it holds for venues
//! whose messages name the resting order of every trade: what such an order would have traded, its own messages tell.

use std::io;

use bartizan_engine::book::{OrderView, Side};

use super::compare::Quote;
use super::reconstruct::Reconstruction;
use super::run::{Observer, Seen};

/// An order that is supposed to be there, or to be gone, from a message on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Supposed {
    /// The venue's id.
    pub(super) order: u64,
    /// Bid or ask.
    pub(super) side: Side,
    /// In the venue's units, as all of this.
    pub(super) price: i64,
    /// The first message after which the supposition holds.
    pub(super) from: u64,
    /// Which.
    pub(super) what: What,
}

/// What is supposed of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// It is there, though it never entered, until these messages have taken all of it: each with how much it takes.
    There(Vec<(u64, u64)>),
    /// It is gone, though it never ended, with this much left.
    Gone(u64),
}

impl Supposed {
    /// How much of it is there after a message, of one that never entered.
    pub(super) fn quantity(&self, number: u64) -> u64 {
        match &self.what {
            What::There(ends) => {
                ends.iter().filter(|(at, _)| *at > number).map(|(_, quantity)| quantity).sum()
            }
            What::Gone(left) => *left,
        }
    }

    /// Whether it would be seen where the best prices are `quote`.
    pub(super) fn would_show(&self, quote: &Quote) -> bool {
        match self.side {
            Side::Buy => self.price >= quote.bid,
            Side::Sell => self.price <= quote.ask,
        }
    }

    /// What the best prices `quote` would be with it, of one that never entered and would be seen.
    pub(super) fn shown(&self, number: u64, quote: &Quote) -> Option<Quote> {
        let What::There(_) = self.what else { return None };
        let mut shown = *quote;
        let (price, size) = match self.side {
            Side::Buy => (&mut shown.bid, &mut shown.bid_size),
            Side::Sell => (&mut shown.ask, &mut shown.ask_size),
        };
        *size = self.quantity(number) + if *price == self.price { *size } else { 0 };
        *price = self.price;
        Some(shown)
    }

    fn is_active(&self, number: u64) -> bool {
        self.from <= number && (matches!(self.what, What::Gone(_)) || self.quantity(number) > 0)
    }
}

/// The book so supposed, right after a message that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct View {
    /// Which of the changes holds there; none where a side is empty.
    pub(super) change: Option<usize>,
    /// Which suppositions make the best prices other than they are without.
    pub(super) due_to: Vec<usize>,
}

/// Who follows the best prices of the book so supposed.
#[derive(Debug)]
pub(super) struct Overlay<'a> {
    supposed: &'a [Supposed],
    /// The messages to take a view after, rising.
    wanted: &'a [u64],
    /// Every change of the best prices to two sides, with its message.
    pub(super) changes: Vec<(u64, Quote)>,
    /// One for each message wanted.
    pub(super) views: Vec<View>,
    was_active: bool,
    is_two_sided: bool,
}

impl<'a> Overlay<'a> {
    pub(super) fn new(supposed: &'a [Supposed], wanted: &'a [u64]) -> Self {
        Overlay {
            supposed,
            wanted,
            changes: Vec::new(),
            views: Vec::new(),
            was_active: false,
            is_two_sided: false,
        }
    }
}

impl Observer for Overlay<'_> {
    fn see(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        let number = seen.number;
        let is_active = self.supposed.iter().any(|one| one.is_active(number));
        if seen.changed || is_active || self.was_active {
            let book = seen.reconstruction;
            let [bid, ask] = [Side::Buy, Side::Sell].map(|side| best(self.supposed, book, side, number));
            self.is_two_sided = bid.is_some() && ask.is_some();
            if let (Some((bid, bid_size)), Some((ask, ask_size))) = (bid, ask) {
                let quote = Quote { ask, ask_size, bid, bid_size };
                if self.changes.last().is_none_or(|(_, last)| *last != quote) {
                    self.changes.push((number, quote));
                }
            }
        }
        self.was_active = is_active;
        if self.wanted.get(self.views.len()) == Some(&number) {
            let due_to = due_to(self.supposed, seen.reconstruction, number);
            let change = self.changes.len().checked_sub(1).filter(|_| self.is_two_sided);
            self.views.push(View { change, due_to });
        }
        Ok(())
    }
}

/// The best price of a side and what is shown there.
fn best(supposed: &[Supposed], book: &Reconstruction, side: Side, number: u64) -> Option<(i64, u64)> {
    let active = || supposed.iter().filter(|one| one.side == side && one.is_active(number));
    let gone = |price: i64| {
        let at_price = active().filter(|one| one.price == price);
        at_price.map(|one| if let What::Gone(left) = one.what { left } else { 0 }).sum::<u64>()
    };
    let levels = book.depth(side, 1 + active().count());
    let ours = levels
        .iter()
        .map(|level| (level.price, level.quantity.saturating_sub(gone(level.price))))
        .find(|(_, left)| *left > 0);
    let there = active().filter(|one| matches!(one.what, What::There(_)));
    let Some(best_there) = there.clone().map(|one| one.price).reduce(|a, b| better(side, a, b)) else {
        return ours;
    };
    let price = ours.map_or(best_there, |(price, _)| better(side, price, best_there));
    let added: u64 = there.filter(|one| one.price == price).map(|one| one.quantity(number)).sum();
    Some((price, added + ours.filter(|(at, _)| *at == price).map_or(0, |(_, left)| left)))
}

/// The suppositions that the best prices differ by.
fn due_to(supposed: &[Supposed], book: &Reconstruction, number: u64) -> Vec<usize> {
    let differs = |one: &Supposed| match &one.what {
        What::There(_) => best(supposed, book, one.side, number).is_some_and(|(price, _)| price == one.price),
        What::Gone(_) => book.depth(one.side, 1).first().is_some_and(|level| level.price == one.price),
    };
    let all = supposed.iter().enumerate();
    all.filter(|(_, one)| one.is_active(number) && differs(one)).map(|(index, _)| index).collect()
}

fn better(side: Side, a: i64, b: i64) -> i64 {
    if side == Side::Buy { a.max(b) } else { a.min(b) }
}

/// The orders of a side's best level.
pub(super) fn best_level(book: &Reconstruction, side: Side) -> impl Iterator<Item = OrderView> {
    let book = book.book();
    let price = book.front(side).map(|first| first.price);
    book.queued(side).take_while(move |view| Some(view.price) == price)
}
