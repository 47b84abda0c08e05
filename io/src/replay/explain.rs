//! Why some of our best prices are not among those that the venue published: for each, the orders that account for it.
//!
//! A replay can differ from its venue's book by orders of two kinds: those that the file *never enters* (their ends are
//! told, so they rested before the file, or their entry is missing) and those that it *never ends* (the venue has let them go
//! without a word). An order is held to account for a difference only if the replay, done again with that order there (or
//! gone) from that change on, has the venue's best prices there, and fewer than before that the venue has not; and a change
//! counts as explained only if with all these orders it is in the venue's book in order. What no order accounts for is told
//! as unexplained: so is what takes two unknown orders at once to explain.
//!
//! An order that never enters has a place in the book only where messages tell its side and price at its end, as LOBSTER's do.
//! Cost: two replays and a comparison for each order, and one for each that was tried in vain; at most 200.

use std::io;

use bartizan_engine::book::{Book, Side};
use hashbrown::{HashMap, HashSet};

use super::compare::{Places, Quote, in_order};
use super::overlay::{Overlay, Supposed, What, best_level};
use super::run::{self, Change, Observer, Plan, RunError, Seen};
use super::venue::Event;

/// More differences than this are another book's, and not looked into.
const MOST_DIFFERENCES: usize = 2_000;

/// Most replays that try whether an order accounts for a difference.
const MOST_TRIALS: usize = 200;

/// What is told of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The file tells of its end, and not of its entry.
    NeverEntered,
    /// The file tells of its entry, and not of its end.
    NeverEnded,
}

/// An order that accounts for differences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Which, by the venue's id.
    pub order: u64,
    /// Bid or ask.
    pub side: Side,
    /// Its price in the venue's units.
    pub price: i64,
    /// How much of it was there at [`Self::from`].
    pub quantity: u64,
    /// What the file does not tell.
    pub cause: Cause,
    /// The message from which on it makes a difference.
    pub from: u64,
    /// The message that ends it, of one that never entered.
    pub until: Option<u64>,
    /// How many of our changes it has a part in.
    pub changes: u64,
}

/// One of our changes that is not in the venue's book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// The change.
    pub change: Change,
    /// Which of [`Comparison::accounts`] it is due to; none if it is not explained.
    pub accounts: Vec<usize>,
}

/// Our best prices beside the venue's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// How many changes were compared.
    pub compared: usize,
    /// How many of the venue's changes there are from the first to the last that is one of ours: beyond, its book is of
    /// another time.
    pub venue_rows: usize,
    /// How many it has in all.
    pub venue_rows_in_all: usize,
    /// The orders that account for differences, in the order of [`Account::from`].
    pub accounts: Vec<Account>,
    /// Our changes that are not in the venue's book, in order.
    pub unmatched: Vec<Unmatched>,
}

impl Comparison {
    /// How many of our changes are in the venue's book, in order.
    pub fn matched(&self) -> usize {
        self.compared - self.unmatched.len()
    }

    /// Drops orders that have a part in other best prices than those of our changes alone.
    fn forget_idle_accounts(&mut self) {
        let mut places = Vec::new();
        let mut kept = 0;
        for account in &self.accounts {
            places.push(kept);
            kept += usize::from(account.changes > 0);
        }
        self.accounts.retain(|account| account.changes > 0);
        for index in self.unmatched.iter_mut().flat_map(|one| &mut one.accounts) {
            *index = places[*index];
        }
    }

    /// How many of the others are explained.
    pub fn explained(&self) -> usize {
        self.unmatched.iter().filter(|one| !one.accounts.is_empty()).count()
    }
}

/// Compares `ours`, the changes of the replay that `new_plan` plans of `bytes` and that ended with `book`, with `theirs`.
///
/// # Errors
/// If the file cannot be read again.
pub fn compare<'p>(
    bytes: &[u8],
    new_plan: &dyn Fn() -> Plan<'p>,
    ours: &[Change],
    theirs: &Places,
    book: &Book,
) -> Result<Comparison, RunError> {
    let changes: Vec<(u64, Quote)> = ours.iter().map(|change| (change.message, change.quote)).collect();
    let plain = Trial::of(changes, theirs);
    let venue_rows = plain.span.map_or(0, |(first, last)| last - first + 1);
    let differences: Vec<Change> = ours
        .iter()
        .zip(&plain.is_matched)
        .filter(|(_, matched)| !**matched)
        .map(|(change, _)| *change)
        .collect();
    let nothing = |change: &Change| Unmatched { change: *change, accounts: Vec::new() };
    let mut comparison = Comparison {
        compared: ours.len(),
        venue_rows,
        venue_rows_in_all: theirs.total,
        accounts: Vec::new(),
        unmatched: differences.iter().map(nothing).collect(),
    };
    if differences.is_empty() || differences.len() > MOST_DIFFERENCES {
        return Ok(comparison);
    }
    let search =
        Search { bytes, new_plan, theirs, wanted: differences.iter().map(|one| one.message).collect() };
    let suspects = search.suspects(book)?;
    let (supposed, last) = search.search(&suspects, plain)?;
    let views = search.overlay(&supposed, &search.wanted)?.views;
    for (unmatched, view) in comparison.unmatched.iter_mut().zip(&views) {
        if view.change.is_some_and(|change| last.is_matched[change]) {
            unmatched.accounts.clone_from(&view.due_to);
        }
    }
    comparison.accounts = supposed.iter().map(account).collect();
    for unmatched in &comparison.unmatched {
        unmatched.accounts.iter().for_each(|&index| comparison.accounts[index].changes += 1);
    }
    comparison.forget_idle_accounts();
    Ok(comparison)
}

fn account(supposed: &Supposed) -> Account {
    let (cause, until) = match &supposed.what {
        What::There(ends) => (Cause::NeverEntered, ends.last().map(|(at, _)| *at)),
        What::Gone(_) => (Cause::NeverEnded, None),
    };
    Account {
        order: supposed.order,
        side: supposed.side,
        price: supposed.price,
        quantity: supposed.quantity(supposed.from),
        cause,
        from: supposed.from,
        until,
        changes: 0,
    }
}

/// A sequence of best prices, and which of them are in the venue's, in order.
struct Trial {
    changes: Vec<(u64, Quote)>,
    is_matched: Vec<bool>,
    unmatched: usize,
    /// The first and the last of the venue's that is matched.
    span: Option<(usize, usize)>,
}

impl Trial {
    fn of(changes: Vec<(u64, Quote)>, theirs: &Places) -> Self {
        let quotes: Vec<Quote> = changes.iter().map(|(_, quote)| *quote).collect();
        let places = in_order(&quotes, theirs);
        let is_matched: Vec<bool> = places.iter().map(Option::is_some).collect();
        let unmatched = is_matched.iter().filter(|matched| !**matched).count();
        let found = || places.iter().flatten().copied();
        let span = found().next().zip(found().next_back());
        Trial { changes, is_matched, unmatched, span }
    }

    /// The first change after a message that is not matched.
    fn first_unmatched(&self, after: u64) -> Option<(u64, Quote)> {
        let all = self.changes.iter().zip(&self.is_matched);
        all.filter(|((number, _), matched)| *number > after && !**matched).map(|(change, _)| *change).next()
    }
}

/// What a search for accounts goes by.
struct Search<'s, 'p> {
    bytes: &'s [u8],
    new_plan: &'s dyn Fn() -> Plan<'p>,
    theirs: &'s Places,
    /// The messages of the differences, rising.
    wanted: Vec<u64>,
}

impl Search<'_, '_> {
    fn pass(&self, observer: &mut dyn Observer) -> Result<(), RunError> {
        let plan = Plan {
            chart: None,
            keep_quotes: false,
            keep_trades: false,
            tell_orders: false,
            ..(self.new_plan)()
        };
        run::run(self.bytes, plan, &mut [observer]).map(|_| ())
    }

    fn overlay<'b>(&self, supposed: &'b [Supposed], wanted: &'b [u64]) -> Result<Overlay<'b>, RunError> {
        let mut overlay = Overlay::new(supposed, wanted);
        self.pass(&mut overlay)?;
        Ok(overlay)
    }

    /// The orders that may account for something.
    fn suspects(&self, book: &Book) -> Result<Suspects, RunError> {
        let mut suspects = Suspects {
            entered: HashSet::new(),
            unknown: Vec::new(),
            places: HashMap::new(),
            never_ended: book.live_orders().map(|view| view.client.0).collect(),
            stayed: HashMap::new(),
            wanted: self.wanted.iter().copied().collect(),
        };
        self.pass(&mut suspects)?;
        Ok(suspects)
    }

    /// Supposes one order after the other, as long as each settles a difference and leaves fewer.
    fn search(&self, suspects: &Suspects, plain: Trial) -> Result<(Vec<Supposed>, Trial), RunError> {
        let (mut supposed, mut best) = (Vec::new(), plain);
        let (mut trials, mut given_up) = (0, 0);
        while let Some((number, quote)) = best.first_unmatched(given_up) {
            let mut found = None;
            for candidate in suspects.at(number, &quote, &supposed) {
                if candidate.shown(number, &quote).is_some_and(|shown| self.theirs.of(&shown).is_empty()) {
                    continue;
                }
                if trials == MOST_TRIALS {
                    return Ok((supposed, best));
                }
                trials += 1;
                supposed.push(candidate);
                let wanted = [number];
                let overlay = self.overlay(&supposed, &wanted)?;
                let at_hand = overlay.views.first().and_then(|view| view.change);
                let trial = Trial::of(overlay.changes, self.theirs);
                let candidate = supposed.pop().expect("it was pushed");
                if at_hand.is_some_and(|change| trial.is_matched[change]) && trial.unmatched < best.unmatched
                {
                    best = trial;
                    found = Some(candidate);
                }
            }
            match found {
                Some(candidate) => supposed.push(candidate),
                None => given_up = number,
            }
        }
        Ok((supposed, best))
    }
}

/// The orders that a file does not tell all of.
struct Suspects {
    entered: HashSet<u64>,
    /// Orders that never entered, from the start; `from` is yet to be found.
    unknown: Vec<Supposed>,
    /// Where each is in that list.
    places: HashMap<u64, usize>,
    /// Orders that are live at the end.
    never_ended: HashSet<u64>,
    /// Of those, by difference, the ones at the best prices then.
    stayed: HashMap<u64, Vec<Supposed>>,
    wanted: HashSet<u64>,
}

impl Suspects {
    /// Those that can account for best prices `quote` that the venue did not have after message `number`.
    fn at(&self, number: u64, quote: &Quote, but: &[Supposed]) -> Vec<Supposed> {
        let unknown = self.unknown.iter().filter(|one| one.quantity(number) > 0);
        let shown = unknown.filter(|one| one.would_show(quote));
        let stayed = self.stayed.get(&number).into_iter().flatten();
        let all = shown.chain(stayed).filter(|one| but.iter().all(|known| known.order != one.order));
        all.map(|one| Supposed { from: number, ..one.clone() }).collect()
    }

    /// Notes that a message takes from an order that never entered.
    fn note_unknown(&mut self, seen: &Seen<'_>, order: u64) {
        let Some(terms) = seen.message.terms.filter(|_| !self.entered.contains(&order)) else { return };
        let place = *self.places.entry(order).or_insert_with(|| {
            let (side, price) = (terms.side, terms.price);
            self.unknown.push(Supposed { order, side, price, from: 0, what: What::There(Vec::new()) });
            self.unknown.len() - 1
        });
        if let What::There(ends) = &mut self.unknown[place].what {
            ends.push((seen.number, terms.quantity));
        }
    }
}

impl Observer for Suspects {
    fn see(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        match seen.message.event {
            Event::Add { order, .. }
            | Event::Submit { order, .. }
            | Event::Modify { order, .. }
            | Event::Replace { new: order, .. } => {
                self.entered.insert(order);
            }
            Event::Delete { order } | Event::Reduce { order, .. } | Event::Execute { order, .. } => {
                self.note_unknown(seen, order);
            }
            _ => {}
        }
        if self.wanted.contains(&seen.number) {
            let grid = seen.reconstruction.grid();
            let sides = [Side::Buy, Side::Sell].into_iter();
            let best = sides.flat_map(|side| best_level(seen.reconstruction, side));
            let stayed = best.filter(|view| self.never_ended.contains(&view.client.0)).map(|view| Supposed {
                order: view.client.0,
                side: view.side,
                price: grid.price(view.price),
                from: 0,
                what: What::Gone(grid.size(view.leaves)),
            });
            self.stayed.insert(seen.number, stayed.collect());
        }
        Ok(())
    }
}
