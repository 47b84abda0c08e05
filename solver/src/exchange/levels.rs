//! Exchanges for several objectives, the first the most important: most transplants, and among those the greatest sum of something else, and so on.
//!
//! Each level is solved as one objective: so many times the objective so far, and the level's own gains. If what is found is as good as can be by the
//! objective so far, it is the best by both, since whoever is as good by the first is no better by their sum. If it is not, the multiplier was too
//! small, and a greater one is taken. Small ones are tried first, since a relaxation is solved the slower, the more sizes its gains have. Where none
//! that is sure fits, the level is left with the bound that is proven, and it is told that digits stopped it. A level that what is found already brings to its most
//! ([`Level::most`]), as one that the levels before settle, is not solved.
//!
//! The proof of a level is that of its sum ([`crate::certify::exchange`]), with its multiplier. With a multiplier that is greater by one, nothing that is worse by the
//! objective so far has a sum as great: so the next level starts from that ([`sums`]).

use super::{Caps, Exchange, Pool, Stopped, solve};
use crate::budget::Budget;
use crate::certify::exchange::Proof;

/// What is to be great.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// What each arc gains, by its number in the pool.
    pub gains: Vec<i64>,
    /// What each ring gains beside its arcs.
    pub ring_gain: i64,
}

impl Level {
    /// What an exchange gains.
    pub fn value(&self, rings: &[Vec<u32>], chains: &[Vec<u32>]) -> i64 {
        let arcs = rings.iter().chain(chains).flatten();
        let of_arcs: i64 = arcs.map(|&arc| self.gains[arc as usize]).sum();
        of_arcs + self.ring_gain * rings.len() as i64
    }

    /// What no arc exceeds, nor what a ring gains beside its arcs.
    fn greatest(&self) -> i64 {
        self.gains.iter().copied().max().unwrap_or(0).saturating_add(self.ring_gain)
    }

    /// What no exchange gains more than that is as good as some values on levels before, all of which are proven: each node receives once, of whom the best are
    /// as many as there can be arcs, and a ring has two nodes at least. Cost: O(nodes log nodes + arcs).
    pub fn most<'l>(&self, pool: &Pool, before: impl Iterator<Item = (&'l Level, i64)>) -> i64 {
        let mut arcs: Option<i64> = None;
        for (level, value) in before {
            if let Some((own, unit)) = self.multiple_of(level) {
                return (i128::from(value) * i128::from(own) / i128::from(unit)) as i64;
            }
            if level.ring_gain >= 0 && level.gains.iter().all(|&gain| gain >= 1) {
                arcs = Some(arcs.map_or(value, |arcs| arcs.min(value)));
            }
        }
        let into = |node: usize| pool.arcs_into(node).iter().map(|&arc| self.gains[arc as usize]).max();
        let mut of_nodes: Vec<i64> = (0..pool.node_count()).filter_map(into).collect();
        of_nodes.sort_unstable_by(|one, other| other.cmp(one));
        of_nodes.truncate(arcs.map_or(usize::MAX, |arcs| arcs.max(0) as usize));
        let ring_count = of_nodes.len() as i64 / 2;
        of_nodes.iter().map(|gain| gain.max(&0)).sum::<i64>() + self.ring_gain.max(0) * ring_count
    }

    /// What to multiply another level with, and then divide by, where that makes this level of it: then that one settles it.
    fn multiple_of(&self, other: &Level) -> Option<(i64, i64)> {
        let pairs = || {
            let arcs = self.gains.iter().copied().zip(other.gains.iter().copied());
            arcs.chain([(self.ring_gain, other.ring_gain)])
        };
        let (own, unit) = pairs().find(|&(_, unit)| unit != 0)?;
        let is_so =
            |(gain, of): (i64, i64)| i128::from(gain) * i128::from(unit) == i128::from(of) * i128::from(own);
        pairs().all(is_so).then_some((own, unit))
    }

    /// So many times this level and once the next.
    #[must_use]
    pub fn before(&self, multiplier: i64, next: &Level) -> Self {
        let both = self.gains.iter().zip(&next.gains);
        Level {
            gains: both.map(|(&this, &next)| multiplier * this + next).collect(),
            ring_gain: multiplier * self.ring_gain + next.ring_gain,
        }
    }
}

/// What a level came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// What the sum of the levels before is multiplied by; 0 at the first.
    pub multiplier: i64,
    /// What the sum cannot exceed.
    pub bound: i64,
    /// Why.
    pub proof: Proof,
}

/// Rings and chains that are the best by some levels, with the proofs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leveled {
    /// The arcs of each ring.
    pub rings: Vec<Vec<u32>>,
    /// The arcs of each chain.
    pub chains: Vec<Vec<u32>>,
    /// The levels, as far as they were solved: none comes after one that is not proven.
    pub reached: Vec<Reached>,
    /// Why not all levels are proven, if they are not.
    pub stopped: Option<Stopped>,
    /// Steps used.
    pub steps: u64,
}

/// The sum of levels that each proof is of.
pub fn sums(levels: &[Level], reached: &[Reached]) -> Vec<Level> {
    let mut sums: Vec<Level> = Vec::with_capacity(reached.len());
    let mut before: Option<Level> = None;
    for (level, reached) in levels.iter().zip(reached) {
        let (sum, strict) = match &before {
            None => (level.clone(), level.clone()),
            Some(before) => {
                (before.before(reached.multiplier, level), before.before(reached.multiplier + 1, level))
            }
        };
        sums.push(sum);
        before = Some(strict);
    }
    sums
}

/// Gains of sums, and multipliers, are at most that, which leaves their prices enough parts of a unit.
pub const MOST_GAIN: i64 = 1 << 44;

/// The multiplier of the last of these levels, which is at its `most` before anything is solved for it, with which the strict sum is greatest by what is best so
/// far; none if there is no room for it. What is worse by the levels before may gain more of it, as far as one exchange can.
fn multiplier_of_settled(pool: &Pool, levels: &[Level], most: i64, span: i64) -> Option<i64> {
    let (level, before) = levels.split_last().expect("the level");
    let follows = level.multiple_of(&before[0]).is_some_and(|(own, unit)| own.signum() * unit.signum() >= 0);
    let more = if follows { 0 } else { level.most(pool, std::iter::empty()).saturating_sub(most) };
    let greatest = MOST_GAIN.saturating_sub(level.greatest()) / span.max(1) - 1;
    (more <= greatest).then_some(more)
}

/// Solves a level with multipliers that grow up to the `greatest` until the levels before, which come to `gain`, keep that; the steps of those before the last
/// are added up.
fn solve_kept(
    (before, gain): (&Level, i64),
    level: &Level,
    greatest: i64,
    steps: &mut u64,
    solve_sum: &mut dyn FnMut(&Level, i64, u64) -> Exchange,
) -> (i64, Level, Exchange) {
    let mut multiplier = level.greatest().saturating_add(1).clamp(1, greatest);
    loop {
        let sum = before.before(multiplier, level);
        let found = solve_sum(&sum, multiplier * gain, *steps);
        let is_kept = before.value(&found.rings, &found.chains) == gain;
        if is_kept || found.gain < found.bound || multiplier == greatest {
            return (multiplier, sum, found);
        }
        *steps += found.steps;
        multiplier = multiplier.saturating_mul(8).min(greatest);
    }
}

/// Solves the levels one after the other, within the budget together; `progress` is told the level, and its own gain and bound so far.
///
/// # Panics
/// If a level has not one gain for each arc, or there is no level.
pub fn solve_levels(
    pool: &Pool,
    caps: Caps,
    levels: &[Level],
    budget: Budget<'_>,
    progress: &mut dyn FnMut(usize, i64, i64),
) -> Leveled {
    let mut best = Leveled::default();
    let mut before: Option<Level> = None;
    let mut values: Vec<i64> = Vec::new();
    // What no gain of the strict sum so far exceeds.
    let mut span = 0_i64;
    for (at, level) in levels.iter().enumerate() {
        let most = level.most(pool, levels.iter().zip(values.iter().copied()));
        // `due` is what of a sum is the levels' before.
        let mut solve_sum = |sum: &Level, due: i64, steps: u64| {
            let pool = pool.with_gains(sum.gains.clone(), sum.ring_gain);
            solve(&pool, caps, budget.after(steps), &mut |gain, bound| {
                progress(at, (gain - due).max(0), (bound - due).min(most));
            })
        };
        let is_settled = at > 0 && level.value(&best.rings, &best.chains) == most;
        let settled = is_settled.then(|| multiplier_of_settled(pool, &levels[..=at], most, span)).flatten();
        let (multiplier, sum, found) = match (&before, settled) {
            (None, _) => (0, level.clone(), solve_sum(level, 0, best.steps)),
            (Some(before), Some(multiplier)) => {
                let sum = before.before(multiplier, level);
                // Nothing is left to be found, and any proof will do: the one that takes no step.
                let found = solve_sum(&sum, multiplier * before.value(&best.rings, &best.chains), u64::MAX);
                (multiplier, sum, found)
            }
            (Some(before), None) => {
                let gain = before.value(&best.rings, &best.chains);
                // With a multiplier greater by one the next level starts.
                let greatest = MOST_GAIN.saturating_sub(level.greatest()) / span.max(1) - 1;
                if greatest < 1 {
                    best.stopped = Some(Stopped::Digits);
                    break;
                }
                solve_kept((before, gain), level, greatest, &mut best.steps, &mut solve_sum)
            }
        };
        best.steps += found.steps;
        // What is less by the levels before is no better, however great its sum.
        let so_far = |rings: &[Vec<u32>], chains: &[Vec<u32>]| {
            (before.as_ref().map_or(0, |before| before.value(rings, chains)), level.value(rings, chains))
        };
        if so_far(&found.rings, &found.chains) > so_far(&best.rings, &best.chains) {
            (best.rings, best.chains) = (found.rings, found.chains);
        }
        let value = level.value(&best.rings, &best.chains);
        let is_proven = sum.value(&best.rings, &best.chains) == found.bound || value == most;
        best.reached.push(Reached { multiplier, bound: found.bound, proof: found.proof });
        if !is_proven {
            best.stopped = found.stopped.or(Some(Stopped::Digits));
            break;
        }
        values.push(value);
        span = span.saturating_mul(multiplier + 1).saturating_add(level.greatest());
        before = Some(before.map_or(level.clone(), |before| before.before(multiplier + 1, level)));
    }
    best
}
