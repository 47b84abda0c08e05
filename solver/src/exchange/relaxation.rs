//! The relaxation of one part: rings and chains chosen by parts, by column generation (Gilmore and Gomory 1961;
//! for kidney exchange Abraham, Blum and Sandholm 2007).
//!
//! The master problem knows some rings and chains; its prices lead to those it lacks. Prices are rounded up to
//! integers before rings and chains are looked for, so once none is worth more than its prices their sum is a bound
//! that integers prove. Where long chains cannot be looked for to the end, walks are columns as well, which visit a node twice: the bound may be
//! greater then, and cases tell the arcs apart by which such a walk comes to its node.

use std::collections::HashMap;

use super::chains::ChainSearch;
use super::master::Master;
use super::parts::Part;
use super::rings::{Found, NEVER, RingSearch};
use super::short_rings::ShortRings;
use crate::budget::Budget;

/// Which arcs and rows may be used.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub(super) arc_is_open: Vec<bool>,
    pub(super) row_is_open: Vec<bool>,
}

impl Scope {
    pub(super) fn whole(part: &Part) -> Self {
        Scope { arc_is_open: vec![true; part.pool.arc_count()], row_is_open: vec![true; part.row_count()] }
    }
}

/// A bound with the prices that prove it.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    /// One a row, in parts of the scale.
    pub(super) prices: Vec<i64>,
    /// Their sum.
    pub(super) sum: i128,
}

/// The columns known so far and the search for more.
#[derive(Clone, Debug)]
pub(super) struct Relaxation<'p> {
    pub(super) part: &'p Part,
    /// How many parts of a price make one unit of gain.
    pub(super) scale: i64,
    pub(super) master: Master,
    arc_first: Vec<u32>,
    arcs: Vec<u32>,
    known: HashMap<Box<[u32]>, u32>,
    /// Which nodes stand in for rings and chains that use them alone.
    stands_in: Vec<bool>,
    rings: RingSearch,
    short_rings: Option<ShortRings>,
    /// The most that a ring was worth more than its price in the last look.
    greatest: i64,
    chains: ChainSearch,
    worth: Vec<i64>,
    node_worth: Vec<i64>,
    most_looks: u64,
    /// Steps that were taken besides.
    pub(super) other_steps: u64,
    /// Rounds of column generation so far.
    pub(super) rounds: u64,
}

/// How many rings are taken from a root, and chains from an altruist, in one round.
const MOST_RINGS: usize = 3;
const MOST_CHAINS: usize = 12;
/// One part in so many of the budget is kept for what the prices prove that the rest of it came to.
const KEPT_ONE_IN: u64 = 8;

impl<'p> Relaxation<'p> {
    /// The relaxation of a part, in which `most_looks` arcs are looked at for chains along one arc of an altruist before walks are taken.
    pub(super) fn new(part: &'p Part, most_looks: u64) -> Self {
        Relaxation {
            part,
            scale: scale(part),
            master: Master::new(part.row_count()),
            arc_first: vec![0],
            arcs: Vec::new(),
            known: HashMap::new(),
            stands_in: vec![false; part.row_count()],
            rings: RingSearch::default(),
            short_rings: ShortRings::suits(part).then(ShortRings::default),
            greatest: 0,
            chains: ChainSearch::default(),
            worth: Vec::new(),
            node_worth: Vec::new(),
            most_looks,
            other_steps: 0,
            rounds: 0,
        }
    }

    /// The arcs of a column.
    pub(super) fn column_arcs(&self, column: usize) -> &[u32] {
        &self.arcs[self.arc_first[column] as usize..self.arc_first[column + 1] as usize]
    }

    /// What a column gains.
    pub(super) fn gain(&self, column: usize) -> i64 {
        match self.column_arcs(column) {
            [] => self.part.gain_into(self.master.column(column)[0] as usize),
            arcs => self.gain_of(arcs),
        }
    }

    fn gain_of(&self, arcs: &[u32]) -> i64 {
        let pool = &self.part.pool;
        let of_ring = if pool.is_altruist(pool.tail(arcs[0] as usize)) { 0 } else { pool.ring_gain() };
        arcs.iter().map(|&arc| pool.gain(arc as usize)).sum::<i64>() + of_ring
    }

    /// Whether a column can be chosen: it is a ring or chain and uses no row twice.
    pub(super) fn is_proper(&self, column: usize) -> bool {
        let rows = self.master.column(column);
        !self.column_arcs(column).is_empty()
            && rows.iter().enumerate().all(|(index, row)| !rows[..index].contains(row))
    }

    /// Roughly how much was looked at so far.
    pub(super) fn steps(&self) -> u64 {
        let of_rings = self.rings.steps + self.short_rings.as_ref().map_or(0, |search| search.steps);
        self.master.steps + of_rings + self.chains.steps + self.other_steps
    }

    /// Whether a column uses nothing that is closed.
    pub(super) fn is_usable(&self, scope: &Scope, column: usize) -> bool {
        let arcs = self.column_arcs(column);
        let stands_in = || self.stands_in[self.master.column(column)[0] as usize];
        (!arcs.is_empty() || stands_in())
            && arcs.iter().all(|&arc| scope.arc_is_open[arc as usize])
            && self.master.column(column).iter().all(|&row| scope.row_is_open[row as usize])
    }

    /// Says which nodes stand in for rings and chains: as columns that gain what an arc to the node does and use the node alone. They cannot be chosen, but what
    /// bounds them bounds rings and chains all the same, and no price of such a node is less than what an arc to it gains.
    pub(super) fn stand_in(&mut self, stands_in: Vec<bool>) {
        let known: Vec<u32> = (0..self.master.column_count())
            .filter(|&column| self.column_arcs(column).is_empty())
            .map(|column| self.master.column(column)[0])
            .collect();
        let mut is_new = stands_in.clone();
        for node in known {
            is_new[node as usize] = false;
        }
        let unit = self.part.greatest_gain.max(1) as f64;
        for node in (0..is_new.len()).filter(|&node| is_new[node]) {
            self.master.add([node as u32].into_iter(), self.part.gain_into(node) as f64 / unit);
            self.arc_first.push(self.arcs.len() as u32);
        }
        self.stands_in = stands_in;
    }

    /// Adds a ring or chain unless it is known, and returns its column.
    pub(super) fn add(&mut self, mut arcs: Vec<u32>) -> u32 {
        let pool = &self.part.pool;
        if !pool.is_altruist(pool.tail(arcs[0] as usize)) {
            let least = (0..arcs.len()).min_by_key(|&index| arcs[index]).expect("a ring has arcs");
            arcs.rotate_left(least);
        }
        if let Some(&column) = self.known.get(&*arcs) {
            return column;
        }
        let gain = self.gain_of(&arcs);
        let unit = self.part.greatest_gain.max(1) as f64;
        let column = self.master.column_count() as u32;
        self.master.add(arcs.iter().flat_map(|&arc| pool.rows(arc as usize)), gain as f64 / unit);
        self.arcs.extend(&arcs);
        self.arc_first.push(self.arcs.len() as u32);
        self.known.insert(arcs.into_boxed_slice(), column);
        column
    }

    /// Solves the relaxation of the whole part. Where that takes more than most of the budget, what is left of it goes to what the prices so far prove.
    pub(super) fn solve_whole(&mut self, scope: &Scope, budget: Budget<'_>) -> Bound {
        self.generate(scope, &[], (budget.less_one_in(KEPT_ONE_IN), budget))
    }

    /// Solves the relaxation within `scope`, along with the `chosen` columns, whose rows are closed to others. Where the budget runs out, the bound is
    /// that nobody receives more than the best once.
    pub(super) fn solve(&mut self, scope: &Scope, chosen: &[u32], budget: Budget<'_>) -> Bound {
        self.generate(scope, chosen, (budget, budget))
    }

    /// Generates columns as long as `most` lasts. If that was not enough, the last look at what the prices prove may take what is left of the `budget`.
    fn generate(&mut self, scope: &Scope, chosen: &[u32], (most, budget): (Budget<'_>, Budget<'_>)) -> Bound {
        if budget.is_spent(self.steps()) {
            return self.simple(scope);
        }
        let mut usable: Vec<bool> =
            (0..self.master.column_count()).map(|column| self.is_usable(scope, column)).collect();
        for &column in chosen {
            usable[column as usize] = true;
        }
        self.master.set_usable(|column| usable[column]);
        let mut found = Vec::new();
        // Whether this is the last look, after which prices are raised that do not prove a bound.
        let mut is_last = false;
        loop {
            self.master.solve_within(most.after(self.steps()).counted_from(self.master.steps));
            self.rounds += 1;
            let mut bound = self.bound(most);
            is_last |= most.is_spent(self.steps());
            let mut threshold = if is_last { 0 } else { self.scale * self.part.greatest_gain / 64 };
            loop {
                let (most_looks, left) = if is_last { (0, budget) } else { (self.most_looks, most) };
                let how_far = (threshold, is_last);
                let is_whole = self.price(scope, &bound.prices, how_far, (most_looks, left), &mut found);
                if is_last {
                    bound = if is_whole { self.raised(scope, bound) } else { self.simple(scope) };
                    // They may be chosen though there is no time to weigh them, also walks that visit no node twice.
                    found.append(&mut self.chains.unsure);
                    for Found { arcs, .. } in found.drain(..) {
                        self.add(arcs);
                    }
                    return bound;
                }
                if !is_whole {
                    (is_last, threshold) = (true, 0);
                    continue;
                }
                if !found.is_empty() {
                    break;
                }
                if threshold > 0 {
                    threshold = if threshold > 1 << 10 { threshold >> 5 } else { 0 };
                } else if self.chains.unsure.is_empty() {
                    return bound;
                } else {
                    found.append(&mut self.chains.unsure);
                    break;
                }
            }
            let known = self.master.column_count();
            for Found { arcs, .. } in found.drain(..) {
                self.add(arcs);
            }
            // What is known and still worth more is beyond the master's floating point.
            is_last |= self.master.column_count() == known;
        }
    }

    /// Raises prices that do not prove a bound yet until they do: those of altruists by what their chains are worth more, and of all others by half of
    /// what a ring is. Where that comes to more than the simple bound, returns that.
    fn raised(&self, scope: &Scope, bound: Bound) -> Bound {
        let pool = &self.part.pool;
        let each = self.greatest / 2 + self.greatest % 2;
        let mut prices = bound.prices;
        let pairs = (0..pool.node_count()).filter(|&node| scope.row_is_open[node] && !pool.is_altruist(node));
        pairs.for_each(|node| prices[node] += each);
        for &(altruist, excess) in &self.chains.excess {
            prices[altruist as usize] += excess;
        }
        let (raised, mut simple) = (Bound { sum: sum(&prices), prices }, self.simple(scope));
        // What is chosen already costs the same by both.
        for row in (0..simple.prices.len()).filter(|&row| !scope.row_is_open[row]) {
            simple.prices[row] = raised.prices[row];
        }
        simple.sum = sum(&simple.prices);
        if simple.sum < raised.sum { simple } else { raised }
    }

    /// That nobody within `scope` receives more than the best once: the least prices by which no arc is worth anything, with half of what a ring gains besides.
    fn simple(&self, scope: &Scope) -> Bound {
        let pool = &self.part.pool;
        let of_ring = pool.ring_gain() / 2 + pool.ring_gain() % 2;
        let mut prices = vec![0; self.part.row_count()];
        for node in (0..pool.node_count()).filter(|&node| scope.row_is_open[node] && !pool.is_altruist(node))
        {
            let most = pool.arcs_into(node).iter().map(|&arc| pool.gain(arc as usize)).max();
            prices[node] = self.scale * most.map_or(0, |most| most + of_ring);
        }
        Bound { sum: sum(&prices), prices }
    }

    /// Whether floating point tells what columns are worth from 0.
    pub(super) fn is_floating(&self) -> bool {
        self.scale * self.part.greatest_gain.max(1) <= FLOATING
    }

    /// The bound in whole units of gain.
    pub(super) fn whole(&self, bound: &Bound) -> i64 {
        bound.sum.div_euclid(i128::from(self.scale)) as i64
    }

    /// The master's prices as integers.
    fn bound(&mut self, budget: Budget<'_>) -> Bound {
        let greatest = self.part.greatest_gain.max(1);
        let unit = (self.scale * greatest) as f64;
        let prices: Vec<i64> = if self.is_floating() {
            self.master.prices().iter().map(|&price| (price * unit).max(0.0) as i64 + 1).collect()
        } else {
            let gains: Vec<i64> = (0..self.master.column_count()).map(|column| self.gain(column)).collect();
            let scale = i128::from(self.scale);
            let left = budget.after(self.steps()).counted_from(self.master.steps);
            let exact = self.master.solve_exactly(unit, &|column| scale * i128::from(gains[column]), left);
            // No price need be more than anything gains.
            let most = self.scale.saturating_mul(greatest).saturating_mul(longest(self.part));
            exact.into_iter().map(|price| price.min(most)).collect()
        };
        Bound { sum: sum(&prices), prices }
    }

    /// Looks for rings and chains worth more than their prices by more than `threshold`: for `all` rings that are, or for such as go together. False if the
    /// budget was not enough to look everywhere.
    pub(super) fn price(
        &mut self,
        scope: &Scope,
        prices: &[i64],
        (threshold, all): (i64, bool),
        (most_looks, budget): (u64, Budget<'_>),
        found: &mut Vec<Found>,
    ) -> bool {
        let pool = &self.part.pool;
        if budget.is_spent(self.steps()) {
            return false;
        }
        let left = budget.after(self.steps());
        let mut is_whole = true;
        if let Some(search) = &mut self.short_rings {
            self.node_worth.clear();
            self.node_worth.extend((0..pool.node_count()).map(|node| {
                let is_open = scope.row_is_open[node] && !pool.arcs_into(node).is_empty();
                if is_open { self.scale * self.part.gain_into(node) - prices[node] } else { NEVER }
            }));
            let is_open = |arc: usize| self.part.in_ring[arc] && scope.arc_is_open[arc];
            let threshold = threshold - self.scale * pool.ring_gain();
            search.search(self.part, &self.node_worth, is_open, threshold, (MOST_RINGS, all, left), found);
            is_whole &= !search.is_cut;
            self.greatest = search.greatest;
        }
        let has_chains = self.part.caps.chain > 0 && self.part.in_chain.contains(&true);
        if self.short_rings.is_none() || has_chains {
            self.weigh(scope, prices);
        }
        if self.short_rings.is_none() {
            let threshold = threshold - self.scale * pool.ring_gain();
            self.rings.search(self.part, &self.worth, threshold, (MOST_RINGS, all, left), found);
            is_whole &= !self.rings.is_cut;
            self.greatest = self.rings.greatest;
        }
        self.greatest = (self.greatest + self.scale * pool.ring_gain()).max(0);
        let how_far = (threshold, most_looks, budget.after(self.steps()));
        self.chains.search(self.part, &self.worth, prices, how_far, MOST_CHAINS, found);
        is_whole && !self.chains.is_cut
    }

    /// What each arc is worth after the prices of its head and passes.
    fn weigh(&mut self, scope: &Scope, prices: &[i64]) {
        let pool = &self.part.pool;
        self.worth.clear();
        self.worth.extend((0..pool.arc_count()).map(|arc| {
            let (tail, head) = (pool.tail(arc), pool.head(arc));
            let is_open = scope.arc_is_open[arc] && scope.row_is_open[tail] && scope.row_is_open[head];
            let pass = |&pass: &u32| pool.node_count() + pass as usize;
            if !is_open || !pool.passes(arc).iter().all(|own| scope.row_is_open[pass(own)]) {
                return NEVER;
            }
            let paid: i64 = pool.passes(arc).iter().map(|own| prices[pass(own)]).sum();
            self.scale * pool.gain(arc) - prices[head] - paid
        }));
    }
}

/// Up to so many parts of a price, floating point tells what a column is worth from 0.
const FLOATING: i64 = 1 << 30;
/// How many parts of a price make one unit of gain at most, in bits.
const MOST_SCALE: u32 = 24;
/// What a closed walk costs has at most so many bits.
const MOST_BITS: u32 = 60;

/// As many parts of a price to a unit of gain as leave what a closed walk costs within 64 bits.
fn scale(part: &Part) -> i64 {
    let bits = |most: i64| 64 - most.max(1).leading_zeros();
    let pool = &part.pool;
    let passes = (0..pool.arc_count()).map(|arc| pool.passes(arc).len()).max().unwrap_or(0);
    let uses = bits(part.greatest_gain) + 2 * bits(longest(part)) + bits(passes as i64 + 1);
    1 << MOST_BITS.saturating_sub(uses).min(MOST_SCALE)
}

/// The most arcs of a ring or chain.
fn longest(part: &Part) -> i64 {
    i64::from(part.caps.ring.max(part.caps.chain).min(part.pool.node_count() as u32))
}

fn sum(prices: &[i64]) -> i128 {
    prices.iter().map(|&price| i128::from(price)).sum()
}
