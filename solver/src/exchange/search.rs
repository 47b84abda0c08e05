//! Branch and price over one part (Barnhart and others 1998): the relaxation, dives from it, and where a gap is left, cases.
//!
//! A case is split on an arc that is used by parts: without it, or with none of its rivals, which are the other arcs of
//! its tail, its head and its passes. Every choice is in one of the two, and the solution by parts in neither. Cases
//! only close arcs, so the search for rings and chains stays what it is.

use super::dive::{Chosen, Manner, dive, fill};
use super::greedy::greedy;
use super::parts::Part;
use super::relaxation::{Bound, Relaxation, Scope};
use crate::budget::Budget;
use crate::certify::exchange::Cases;

/// How many dives are made from the whole part before it is split.
const FIRST_DIVES: u64 = 3;
/// Later dives are so many levels of cases apart.
const DIVES_APART: u32 = 4;
/// Cases are not split farther than that.
const MOST_DEPTH: u32 = 400;

/// Why a bound was left above what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// Steps ran out.
    Steps,
    /// Gains have more digits than prices of 64 bits tell apart. More steps prove no more.
    Digits,
    /// Cases nested too deep. More steps prove no more.
    Depth,
}

/// What was found for one part.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Rings and chains, as arcs of the part.
    pub(super) chosen: Vec<Vec<u32>>,
    pub(super) gain: i64,
    /// What nothing exceeds.
    pub(super) bound: i64,
    pub(super) scale: i64,
    /// In the part's numbers.
    pub(super) cases: Cases,
    /// Why the bound is above the gain, if it is.
    pub(super) stopped: Option<Stopped>,
    pub(super) steps: u64,
}

/// Solves a part; `progress` is told the gain and the bound so far.
pub(super) fn solve(
    part: &Part,
    (budget, most_looks): (Budget<'_>, u64),
    progress: &mut dyn FnMut(i64, i64),
) -> Found {
    solve_from(Relaxation::new(part, most_looks), Chosen::default(), None, budget, progress)
}

/// As [`solve`], from what is known already: columns, a choice of them, and a bound.
pub(super) fn solve_from(
    mut relaxation: Relaxation<'_>,
    best: Chosen,
    known: Option<Bound>,
    budget: Budget<'_>,
    progress: &mut dyn FnMut(i64, i64),
) -> Found {
    let scope = Scope::whole(relaxation.part);
    let is_proven = |relaxation: &Relaxation<'_>, bound: &Bound| relaxation.whole(bound) <= best.gain;
    let root = match known {
        Some(known) if is_proven(&relaxation, &known) => known,
        known => {
            let root = relaxation.solve_whole(&scope, budget);
            known.filter(|known| known.sum < root.sum).unwrap_or(root)
        }
    };
    let limit = relaxation.whole(&root);
    let mut search = Search { relaxation, best, budget, limit, open: 0, stopped: None, progress };
    search.first_dives(&scope, &root);
    (search.progress)(search.best.gain, limit);
    let cases = search.explore(&scope, root, 0);
    if search.open > search.best.gain {
        search.take_what_fits(&scope);
    }
    let relaxation = &search.relaxation;
    let arcs = |&column: &u32| relaxation.column_arcs(column as usize).to_vec();
    Found {
        chosen: search.best.columns.iter().map(arcs).collect(),
        gain: search.best.gain,
        bound: search.best.gain.max(search.open),
        scale: relaxation.scale,
        cases,
        stopped: search.stopped.filter(|_| search.open > search.best.gain),
        steps: relaxation.steps(),
    }
}

struct Search<'p, 'b, 's> {
    relaxation: Relaxation<'p>,
    best: Chosen,
    budget: Budget<'b>,
    /// The bound of the whole part.
    limit: i64,
    /// The greatest bound of a case that was left unfinished.
    open: i64,
    /// Why it was.
    stopped: Option<Stopped>,
    progress: &'s mut dyn FnMut(i64, i64),
}

impl Search<'_, '_, '_> {
    /// The bound in whole units.
    fn whole(&self, bound: &Bound) -> i64 {
        self.relaxation.whole(bound)
    }

    fn is_over(&self) -> bool {
        self.budget.is_spent(self.relaxation.steps())
    }

    fn first_dives(&mut self, scope: &Scope, root: &Bound) {
        let basis = self.relaxation.master.basis();
        for noise in 0..FIRST_DIVES {
            if self.whole(root) <= self.best.gain {
                return;
            }
            if self.is_over() {
                return self.take_what_fits(scope);
            }
            if noise > 0 {
                self.relaxation.master.restore(basis.clone());
                self.relaxation.solve(scope, &[], self.budget);
            }
            self.dive(scope, noise, 8 << noise.min(2));
        }
        self.relaxation.master.restore(basis);
        self.relaxation.solve(scope, &[], self.budget);
    }

    /// What there is time for when there is none: what fits of the columns known, also beside the best so far, or the choice of one pass.
    fn take_what_fits(&mut self, scope: &Scope) {
        let part = self.relaxation.part;
        let mut passed = Chosen::default();
        for arcs in greedy(part) {
            let column = self.relaxation.add(arcs);
            passed.gain += self.relaxation.gain(column as usize);
            passed.columns.push(column);
        }
        for mut chosen in [Chosen::default(), passed, self.best.clone()] {
            let mut beside = scope.clone();
            for &column in &chosen.columns {
                for &row in self.relaxation.master.column(column as usize) {
                    beside.row_is_open[row as usize] = false;
                }
            }
            fill(&self.relaxation, &beside, &mut chosen);
            if chosen.gain > self.best.gain {
                self.best = chosen;
            }
        }
    }

    fn dive(&mut self, scope: &Scope, noise: u64, one_in: usize) {
        let manner = Manner { one_in, noise, budget: self.budget };
        if let Some(chosen) = dive(&mut self.relaxation, scope, self.best.gain, manner) {
            self.best = chosen;
        }
    }

    /// The proof that nothing in `scope` gains more than the best, or as much of it as there is time for. `bound` is
    /// that of the relaxation just solved.
    fn explore(&mut self, scope: &Scope, bound: Bound, depth: u32) -> Cases {
        if self.whole(&bound) <= self.best.gain {
            return Cases::Leaf { prices: bound.prices };
        }
        let goes_on = depth < MOST_DEPTH && !self.is_over();
        let arc = self.branching_arc(scope).filter(|_| goes_on);
        if arc.is_none() && goes_on {
            // Nothing is used by parts, so this dive takes what is used.
            self.dive(scope, 0, 1);
            if self.whole(&bound) <= self.best.gain {
                return Cases::Leaf { prices: bound.prices };
            }
        }
        let Some(arc) = arc else {
            self.open = self.open.max(self.whole(&bound));
            let why = match (self.is_over(), depth < MOST_DEPTH) {
                (true, _) => Stopped::Steps,
                (false, true) => Stopped::Digits,
                (false, false) => Stopped::Depth,
            };
            self.stopped = earlier(self.stopped, Some(why));
            return Cases::Leaf { prices: bound.prices };
        };
        let basis = self.relaxation.master.basis();
        let case = |search: &mut Self, closed: &[u32]| {
            let mut scope = scope.clone();
            for &arc in closed {
                scope.arc_is_open[arc as usize] = false;
            }
            // What holds of all cases holds of each, and may prove more than one that was cut short.
            let mut bound = bound.clone();
            if !search.is_over() {
                search.relaxation.master.restore(basis.clone());
                let found = search.relaxation.solve(&scope, &[], search.budget);
                bound = if found.sum > bound.sum { bound } else { found };
            }
            if search.whole(&bound) > search.best.gain
                && depth.is_multiple_of(DIVES_APART)
                && !search.is_over()
            {
                let basis = search.relaxation.master.basis();
                search.dive(&scope, 0, 4);
                search.relaxation.master.restore(basis);
                search.relaxation.solve(&scope, &[], search.budget);
                (search.progress)(search.best.gain, search.limit);
            }
            Box::new(search.explore(&scope, bound, depth + 1))
        };
        let rivals: Vec<u32> = rivals(self.relaxation.part, arc).collect();
        let only = case(self, &rivals);
        let without = case(self, &[arc]);
        Cases::Branch { arc, without, only }
    }

    /// The arc used by parts, nearest to a half, that has a rival in use.
    fn branching_arc(&self, scope: &Scope) -> Option<u32> {
        let mut used = vec![0.0; scope.arc_is_open.len()];
        for (column, amount) in self.relaxation.master.amounts().filter(|&(_, amount)| amount > 1e-3) {
            for &arc in self.relaxation.column_arcs(column as usize) {
                used[arc as usize] += amount;
            }
        }
        let distance = |arc: u32| (used[arc as usize] - 0.5_f64).abs();
        let mut by_parts: Vec<u32> = (0..used.len() as u32)
            .filter(|&arc| used[arc as usize] > 0.01 && used[arc as usize] < 0.99)
            .collect();
        by_parts.sort_by(|&one, &other| distance(one).total_cmp(&distance(other)));
        let has_rival =
            |&arc: &u32| rivals(self.relaxation.part, arc).any(|other| used[other as usize] > 0.01);
        by_parts.into_iter().find(has_rival)
    }
}

/// The arcs that cannot be chosen along with `arc`.
pub(super) fn rivals(part: &Part, arc: u32) -> impl Iterator<Item = u32> + '_ {
    let pool = &part.pool;
    let (tail, head) = (pool.tail(arc as usize), pool.head(arc as usize));
    let passes = pool.passes(arc as usize);
    let of_passes = (0..if passes.is_empty() { 0 } else { pool.arc_count() as u32 })
        .filter(move |&other| pool.passes(other as usize).iter().any(|pass| passes.contains(pass)));
    let of_tail = pool.arcs(tail).map(|other| other as u32);
    let of_head = pool.arcs_into(head).iter().copied();
    of_tail.chain(of_head).chain(of_passes).filter(move |&other| other != arc)
}

/// What is told of two reasons: that steps ran out, if they did.
pub(super) fn earlier(one: Option<Stopped>, other: Option<Stopped>) -> Option<Stopped> {
    if other == Some(Stopped::Steps) { other } else { one.or(other) }
}
