//! What a wants list looks like in figures: who gives, who wants, and how much alike the lists are.
//!
//! Wants are counted with dummies expanded: an item wants what its dummies want, once. Cost: O(items
//! log items) once the lists are expanded.

use std::fmt;

use bartizan_engine::{ItemIndex, Round, round::ItemKind};

/// The figures of one round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Number of users who give an item.
    pub users: usize,
    /// Number of dummies.
    pub dummies: usize,
    /// Wants from one item to another, dummies expanded.
    pub wants: u64,
    /// Items nobody wants.
    pub unwanted: usize,
    /// Items that want nothing: empty lists.
    pub empty: usize,
    /// How many items a user gives.
    pub items_per_user: Spread,
    /// How many items an item's list names.
    pub wants_per_item: Spread,
    /// How many lists name an item.
    pub wanted_by: Spread,
    /// How much a list and the same user's previous one have in common, neither empty: the mean of
    /// |both| / |either|, in percent.
    pub likeness_percent: u32,
}

/// Where the values of a distribution lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// How many values there are.
    pub count: usize,
    /// Their sum.
    pub sum: u64,
    /// A tenth of the values is at most this.
    pub tenth: u32,
    /// Half of the values is at most this.
    pub median: u32,
    /// All but a tenth of the values is at most this.
    pub ninetieth: u32,
    /// The largest value.
    pub most: u32,
}

impl Spread {
    /// The spread of `values`.
    pub fn of(mut values: Vec<u32>) -> Self {
        values.sort_unstable();
        let Some(last) = values.len().checked_sub(1) else { return Self::default() };
        let at = |percent: usize| values[last * percent / 100];
        Self {
            count: values.len(),
            sum: values.iter().map(|&value| u64::from(value)).sum(),
            tenth: at(10),
            median: at(50),
            ninetieth: at(90),
            most: at(100),
        }
    }

    /// The mean, 0 if there are no values.
    pub fn mean(&self) -> f64 {
        self.sum as f64 / self.count.max(1) as f64
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tenth, median, ninetieth, most, .. } = self;
        write!(out, "mean {:.1}, 10% {tenth}, median {median}, 90% {ninetieth}, most {most}", self.mean())
    }
}

impl fmt::Display for Statistics {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let items = self.wants_per_item.count;
        let share = |count: usize| 100.0 * count as f64 / items.max(1) as f64;
        writeln!(out, "{items} items, {} users, {} dummies, {} wants", self.users, self.dummies, self.wants)?;
        writeln!(out, "items per user: {}", self.items_per_user)?;
        writeln!(out, "wants per item: {}", self.wants_per_item)?;
        writeln!(out, "lists that want an item: {}", self.wanted_by)?;
        writeln!(
            out,
            "nobody wants {:.1}% of items, {:.1}% want nothing",
            share(self.unwanted),
            share(self.empty)
        )?;
        writeln!(out, "consecutive lists of a user have {}% in common", self.likeness_percent)
    }
}

/// Gathers the figures while lists pass by, in the order of the items.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) dummies: usize,
    pub(super) items_per_user: Vec<u32>,
    pub(super) wants_per_item: Vec<u32>,
    pub(super) wanted_by: Vec<u32>,
    likeness_sum: f64,
    likeness_count: u32,
}

impl Tally {
    /// Nothing noted yet of `item_count` items, dummies among them if they have numbers too.
    pub(super) fn new(item_count: usize) -> Self {
        Self { wanted_by: vec![0; item_count], ..Self::default() }
    }

    /// Notes that two consecutive lists of a user have `both` items in common of the `either` they name.
    pub(super) fn compare(&mut self, both: usize, either: usize) {
        self.likeness_sum += both as f64 / either as f64;
        self.likeness_count += 1;
    }

    /// The figures of all that was noted.
    pub(super) fn finish(self) -> Statistics {
        let zeros = |values: &[u32]| values.iter().filter(|&&value| value == 0).count();
        Statistics {
            users: self.items_per_user.len(),
            dummies: self.dummies,
            wants: self.wants_per_item.iter().map(|&count| u64::from(count)).sum(),
            unwanted: zeros(&self.wanted_by),
            empty: zeros(&self.wants_per_item),
            items_per_user: Spread::of(self.items_per_user),
            wants_per_item: Spread::of(self.wants_per_item),
            wanted_by: Spread::of(self.wanted_by),
            likeness_percent: (100.0 * self.likeness_sum / f64::from(self.likeness_count.max(1))).round()
                as u32,
        }
    }
}

/// The figures of `round`. An item of nobody counts as an item of a user of its own.
///
/// Cost: O(items log items + wants), where a want of a dummy counts once for each list that names it.
pub fn statistics(round: &Round<'_>) -> Statistics {
    let is_dummy = |index: usize| round.items[index].kind == ItemKind::Dummy;
    let mut tally = Tally::new(round.items.len());
    let mut given = vec![0; round.users.len()];
    let mut lists = Expansion::new(round);
    // Of each user: the list last seen.
    let mut previous: Vec<Vec<u32>> = vec![Vec::new(); round.users.len()];
    for (index, item) in round.items.iter().enumerate() {
        if is_dummy(index) {
            tally.dummies += 1;
            continue;
        }
        let wanted = lists.of(index as u32);
        tally.wants_per_item.push(wanted.len() as u32);
        for &wanted in &wanted {
            tally.wanted_by[wanted as usize] += 1;
        }
        let Some(user) = item.user else {
            tally.items_per_user.push(1);
            continue;
        };
        given[user.at()] += 1;
        let before = std::mem::replace(&mut previous[user.at()], wanted);
        let now = &previous[user.at()];
        if !before.is_empty() && !now.is_empty() {
            let both = before.iter().filter(|&&item| lists.holds(item)).count();
            tally.compare(both, before.len() + now.len() - both);
        }
    }
    tally.items_per_user.extend(given.into_iter().filter(|&count| count > 0));
    let mut index = 0..;
    tally.wanted_by.retain(|_| index.next().is_some_and(|index: usize| !is_dummy(index)));
    tally.finish()
}

/// Want lists with the dummies replaced by what they want.
struct Expansion<'r> {
    round: &'r Round<'r>,
    /// Of each item: the list that last met it.
    met_by: Vec<u32>,
    list: u32,
}

impl<'r> Expansion<'r> {
    fn new(round: &'r Round<'r>) -> Self {
        Self { round, met_by: vec![u32::MAX; round.items.len()], list: u32::MAX }
    }

    /// What the list of item `list` asks for, directly or through dummies.
    fn of(&mut self, list: u32) -> Vec<u32> {
        self.list = list;
        let owner = self.round.items[list as usize].user;
        let (mut wanted, mut open) = (Vec::new(), vec![list]);
        while let Some(taker) = open.pop() {
            for &want in &self.round.wants.item[self.round.wants.range(ItemIndex(taker))] {
                if std::mem::replace(&mut self.met_by[want.at()], list) == list {
                    continue;
                }
                let item = &self.round.items[want.at()];
                if item.kind == ItemKind::Dummy {
                    open.push(want.0);
                } else if owner.is_none() || item.user != owner {
                    wanted.push(want.0);
                }
            }
        }
        wanted
    }

    /// Whether the list made last holds `item`.
    fn holds(&self, item: u32) -> bool {
        self.met_by[item as usize] == self.list
    }
}
