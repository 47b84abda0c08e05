//! The relaxation of one part: rings and chains chosen by parts, by column generation (Gilmore and Gomory 1961;
//! for kidney exchange Abraham, Blum and Sandholm 2007).
//!
//! The master problem knows some rings and chains; its prices lead to those it lacks. Prices are rounded up to
//! integers before rings and chains are looked for, so once none is worth more than its prices their sum is a bound
//! that integers prove.

use std::collections::HashSet;

use super::chains::ChainSearch;
use super::master::Master;
use super::parts::Part;
use super::rings::{Found, NEVER, RingSearch};

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
    pub(super) sum: i64,
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
    known: HashSet<Box<[u32]>>,
    rings: RingSearch,
    chains: ChainSearch,
    worth: Vec<i64>,
    /// Rounds of column generation so far.
    pub(super) rounds: u64,
}

/// How many rings are taken from a root, and chains from an altruist, in one round.
const MOST_RINGS: usize = 3;
const MOST_CHAINS: usize = 12;

impl<'p> Relaxation<'p> {
    pub(super) fn new(part: &'p Part) -> Self {
        let bits = 64 - part.greatest_gain.max(1).leading_zeros();
        Relaxation {
            part,
            scale: 1 << 40_u32.saturating_sub(bits).min(24),
            master: Master::new(part.row_count()),
            arc_first: vec![0],
            arcs: Vec::new(),
            known: HashSet::new(),
            rings: RingSearch::default(),
            chains: ChainSearch::default(),
            worth: Vec::new(),
            rounds: 0,
        }
    }

    /// The arcs of a column.
    pub(super) fn column_arcs(&self, column: usize) -> &[u32] {
        &self.arcs[self.arc_first[column] as usize..self.arc_first[column + 1] as usize]
    }

    /// What a column gains.
    pub(super) fn gain(&self, column: usize) -> i64 {
        self.gain_of(self.column_arcs(column))
    }

    fn gain_of(&self, arcs: &[u32]) -> i64 {
        let pool = &self.part.pool;
        let of_ring = if pool.is_altruist(pool.tail(arcs[0] as usize)) { 0 } else { pool.ring_gain() };
        arcs.iter().map(|&arc| pool.gain(arc as usize)).sum::<i64>() + of_ring
    }

    /// Whether a column uses no row twice, so that it can be chosen.
    pub(super) fn is_proper(&self, column: usize) -> bool {
        let rows = self.master.column(column);
        rows.iter().enumerate().all(|(index, row)| !rows[..index].contains(row))
    }

    /// Roughly how much was looked at so far.
    pub(super) fn steps(&self) -> u64 {
        self.master.steps + self.rings.steps + self.chains.steps
    }

    /// Whether a column uses nothing that is closed.
    pub(super) fn is_usable(&self, scope: &Scope, column: usize) -> bool {
        self.column_arcs(column).iter().all(|&arc| scope.arc_is_open[arc as usize])
            && self.master.column(column).iter().all(|&row| scope.row_is_open[row as usize])
    }

    /// Adds a ring or chain unless it is known.
    pub(super) fn add(&mut self, mut arcs: Vec<u32>) {
        let pool = &self.part.pool;
        if !pool.is_altruist(pool.tail(arcs[0] as usize)) {
            let least = (0..arcs.len()).min_by_key(|&index| arcs[index]).expect("a ring has arcs");
            arcs.rotate_left(least);
        }
        let gain = self.gain_of(&arcs);
        if self.known.insert(arcs.clone().into_boxed_slice()) {
            let unit = self.part.greatest_gain.max(1) as f64;
            self.master.add(arcs.iter().flat_map(|&arc| pool.rows(arc as usize)), gain as f64 / unit);
            self.arcs.extend(arcs);
            self.arc_first.push(self.arcs.len() as u32);
        }
    }

    /// Solves the relaxation within `scope`, along with the `chosen` columns, whose rows are closed to others. Where
    /// that takes more than `most_steps` in all, the bound is what the prices so far prove.
    pub(super) fn solve(&mut self, scope: &Scope, chosen: &[u32], most_steps: u64) -> Bound {
        let mut usable: Vec<bool> =
            (0..self.master.column_count()).map(|column| self.is_usable(scope, column)).collect();
        for &column in chosen {
            usable[column as usize] = true;
        }
        self.master.set_usable(|column| usable[column]);
        let mut found = Vec::new();
        loop {
            self.master.solve();
            self.rounds += 1;
            let mut bound = self.bound();
            let is_over = self.steps() > most_steps;
            let mut threshold = if is_over { 0 } else { self.scale * self.part.greatest_gain / 64 };
            loop {
                let unsure = self.price(scope, &bound.prices, (threshold, is_over), &mut found);
                if is_over {
                    self.raise(scope, &mut bound, &unsure);
                    // They may be chosen though there is no time to weigh them.
                    found.drain(..).for_each(|Found { arcs, .. }| self.add(arcs));
                    return bound;
                }
                if !found.is_empty() {
                    break;
                }
                if threshold == 0 {
                    for (altruist, excess) in unsure {
                        bound.prices[altruist as usize] += excess;
                        bound.sum += excess;
                    }
                    return bound;
                }
                threshold = if threshold > 1 << 10 { threshold >> 5 } else { 0 };
            }
            for Found { arcs, .. } in found.drain(..) {
                self.add(arcs);
            }
        }
    }

    /// Raises prices that do not prove a bound yet until they do.
    fn raise(&self, scope: &Scope, bound: &mut Bound, unsure: &[(u32, i64)]) {
        let excess = unsure.iter().map(|&(_, excess)| excess);
        let excess = excess.chain([self.rings.greatest, self.chains.greatest]).fold(0, i64::max);
        let pool = &self.part.pool;
        // Rings have two nodes and more, chains an altruist and one more.
        let each = excess / 2 + excess % 2;
        let raised = |node: usize| bound.prices[node] + each;
        let simple = |node: usize| {
            let gains = pool.arcs_into(node).iter().map(|&arc| pool.gain(arc as usize));
            let of_ring = pool.ring_gain() / 2 + pool.ring_gain() % 2;
            bound.prices[node].max(self.scale * (gains.fold(0, i64::max) + of_ring))
        };
        let open = || (0..pool.node_count()).filter(|&node| scope.row_is_open[node]);
        let is_simple = open().map(simple).sum::<i64>() < open().map(raised).sum::<i64>();
        let prices: Vec<(usize, i64)> =
            open().map(|node| (node, if is_simple { simple(node) } else { raised(node) })).collect();
        for (node, price) in prices {
            bound.prices[node] = price;
        }
        bound.sum = bound.prices.iter().sum();
    }

    /// The master's prices as integers.
    fn bound(&self) -> Bound {
        let unit = (self.scale * self.part.greatest_gain.max(1)) as f64;
        let prices: Vec<i64> =
            self.master.prices().iter().map(|&price| (price * unit).max(0.0) as i64 + 1).collect();
        Bound { sum: prices.iter().sum(), prices }
    }

    /// Looks for rings and chains worth more than their prices by more than `threshold`: for `all` rings that are, or for such as go together.
    pub(super) fn price(
        &mut self,
        scope: &Scope,
        prices: &[i64],
        (threshold, all): (i64, bool),
        found: &mut Vec<Found>,
    ) -> Vec<(u32, i64)> {
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
        self.rings.search(
            self.part,
            &self.worth,
            threshold - self.scale * pool.ring_gain(),
            (MOST_RINGS, all),
            found,
        );
        self.rings.greatest = (self.rings.greatest + self.scale * pool.ring_gain()).max(0);
        self.chains.search(self.part, &self.worth, prices, threshold, MOST_CHAINS, found)
    }
}
