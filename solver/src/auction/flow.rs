//! The pair-aggregated problem: at given prices, how much value is sold from each asset to each other, between what must be filled and
//! what may be, so that as much value comes to every asset as leaves it and the volume is greatest.
//!
//! A linear program ([`good_lp`]) says how much; its solution is rounded and then repaired in integers, along shortest paths from
//! assets with too much to assets with too little. Where what must be filled cannot be, less is: what fails is left to the caller to report.
//!
//! Cost: one linear program over the pairs that have something at their margin, with a row an asset; then a search over all arcs a path.

use std::collections::VecDeque;

use good_lp::solvers::WithTimeLimit;
use good_lp::{Expression, ProblemVariables, Solution, SolverModel, Variable, microlp, variable};

/// Larger programs are left to the flow that the prices come with, which differs from the best at the margin alone.
const MOST_VARIABLES: usize = 1_000;

/// One part in so many of the volume may stay unfilled, by the rounding of prices.
const NEGLIGIBLE: i128 = 1 << 32;

/// A safety net: programs of that size take milliseconds.
const TIME_LIMIT_SECONDS: f64 = 20.0;

/// Value that is sold from an asset to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arc {
    /// What is sold.
    pub(super) from: u32,
    /// What is bought.
    pub(super) to: u32,
    /// The least value that the prices ask for.
    pub(super) must: i128,
    /// The most that they allow.
    pub(super) may: i128,
    /// How much it is.
    pub(super) flow: i128,
}

/// Sets every flow, to those of most volume.
pub(super) fn circulate(asset_count: usize, arcs: &mut [Arc]) {
    most_volume(asset_count, arcs);
    let mut network = Network::new(asset_count, arcs);
    network.repair(arcs, true);
    network.repair(arcs, false);
}

/// Whether all that must be filled can be, but for [`NEGLIGIBLE`], with flows near those that are set.
pub(super) fn is_possible(asset_count: usize, arcs: &[Arc]) -> bool {
    let mut arcs = arcs.to_vec();
    for arc in &mut arcs {
        arc.flow = arc.flow.clamp(arc.must, arc.may);
    }
    let mut network = Network::new(asset_count, &arcs);
    network.repair(&mut arcs, true);
    let flow: i128 = arcs.iter().map(|arc| arc.flow).sum();
    let missing: i128 = network.excess.iter().map(|excess| excess.abs()).sum();
    missing <= flow / NEGLIGIBLE
}

/// Sets the flows near those of most volume; if there is no program for that, brings those that are set between the bounds.
fn most_volume(asset_count: usize, arcs: &mut [Arc]) {
    for arc in &mut *arcs {
        arc.flow = arc.flow.clamp(arc.must, arc.may);
    }
    let scale = arcs.iter().map(|arc| arc.may).max().unwrap_or(0) as f64;
    let free: Vec<usize> = (0..arcs.len()).filter(|&at| arcs[at].may > arcs[at].must).collect();
    if free.is_empty() || free.len() > MOST_VARIABLES {
        return;
    }
    let mut variables = ProblemVariables::new();
    let extra: Vec<Variable> = free
        .iter()
        .map(|&at| variables.add(variable().min(0.0).max((arcs[at].may - arcs[at].must) as f64 / scale)))
        .collect();
    // What is missing or too much for balance costs more than any ring is worth.
    let mut surplus = vec![0_i128; asset_count];
    for arc in &*arcs {
        surplus[arc.from as usize] -= arc.must;
        surplus[arc.to as usize] += arc.must;
    }
    let mut rows: Vec<Expression> = surplus.iter().map(|&value| (value as f64 / scale).into()).collect();
    let mut objective: Expression = extra.iter().sum();
    let penalty = 2.0 * asset_count as f64;
    for (&at, &extra) in free.iter().zip(&extra) {
        rows[arcs[at].from as usize] -= extra;
        rows[arcs[at].to as usize] += extra;
    }
    for row in &mut rows {
        let missing = variables.add(variable().min(0.0));
        let spare = variables.add(variable().min(0.0));
        *row += missing;
        *row -= spare;
        objective -= penalty * (missing + spare);
    }
    let mut model = variables.maximise(objective).using(microlp).with_time_limit(TIME_LIMIT_SECONDS);
    for row in rows {
        model = model.with(row.eq(0.0));
    }
    let Ok(solution) = model.solve() else { return };
    for (&at, &extra) in free.iter().zip(&extra) {
        let arc = &mut arcs[at];
        let added = (solution.value(extra) * scale).round() as i128;
        arc.flow = (arc.must + added).clamp(arc.must, arc.may);
    }
}

/// The arcs by asset.
struct Network {
    /// The arcs at each asset, in both directions.
    at: Vec<Vec<u32>>,
    /// What comes to each asset less what leaves it.
    excess: Vec<i128>,
}

impl Network {
    fn new(asset_count: usize, arcs: &[Arc]) -> Self {
        let mut network = Network { at: vec![Vec::new(); asset_count], excess: vec![0; asset_count] };
        for (number, arc) in arcs.iter().enumerate() {
            for (asset, flow) in [(arc.from, -arc.flow), (arc.to, arc.flow)] {
                network.at[asset as usize].push(number as u32);
                network.excess[asset as usize] += flow;
            }
        }
        network
    }

    /// Moves excess to where too little comes, changing flows within their bounds, or, unless `keep`, down to 0.
    fn repair(&mut self, arcs: &mut [Arc], keep: bool) {
        for source in 0..self.excess.len() {
            while self.excess[source] > 0 {
                let Some(path) = self.path(arcs, source, keep) else { break };
                let room = |&(arc, ahead): &(u32, bool)| room(&arcs[arc as usize], ahead, keep);
                let sink = path.last().map_or(source, |&(arc, ahead)| {
                    let arc = &arcs[arc as usize];
                    (if ahead { arc.to } else { arc.from }) as usize
                });
                let moved = path.iter().map(room).min().unwrap_or(0);
                let moved = moved.min(self.excess[source]).min(-self.excess[sink]);
                for (arc, ahead) in path {
                    arcs[arc as usize].flow += if ahead { moved } else { -moved };
                }
                self.excess[source] -= moved;
                self.excess[sink] += moved;
            }
        }
    }

    /// A shortest path along which more can move from `source` to an asset that lacks something: arcs, and whether they are gone ahead.
    fn path(&self, arcs: &[Arc], source: usize, keep: bool) -> Option<Vec<(u32, bool)>> {
        let mut came: Vec<Option<(u32, bool)>> = vec![None; self.at.len()];
        let mut queue = VecDeque::from([source]);
        while let Some(asset) = queue.pop_front() {
            if self.excess[asset] < 0 {
                let mut path = Vec::new();
                let mut at = asset;
                while at != source {
                    let (arc, ahead) = came[at].expect("every asset but the source was come to");
                    path.push((arc, ahead));
                    at = (if ahead { arcs[arc as usize].from } else { arcs[arc as usize].to }) as usize;
                }
                path.reverse();
                return Some(path);
            }
            for &number in &self.at[asset] {
                let arc = &arcs[number as usize];
                let ahead = arc.from as usize == asset;
                let next = (if ahead { arc.to } else { arc.from }) as usize;
                if next != source && came[next].is_none() && room(arc, ahead, keep) > 0 {
                    came[next] = Some((number, ahead));
                    queue.push_back(next);
                }
            }
        }
        None
    }
}

/// By how much a flow can change.
fn room(arc: &Arc, ahead: bool, keep: bool) -> i128 {
    if ahead { arc.may - arc.flow } else { arc.flow - if keep { arc.must } else { 0 } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arc(from: u32, to: u32, must: i128, may: i128) -> Arc {
        Arc { from, to, must, may, flow: 0 }
    }

    fn is_balanced(asset_count: usize, arcs: &[Arc]) -> bool {
        Network::new(asset_count, arcs).excess.iter().all(|&excess| excess == 0)
    }

    #[test]
    fn the_volume_is_greatest_and_exactly_balanced() {
        let big = 1_i128 << 100;
        // A ring of three and one of two share an arc.
        let mut arcs =
            [arc(0, 1, big / 4, big), arc(1, 2, 0, big), arc(2, 0, 3, big / 2), arc(1, 0, 0, big - 7)];
        circulate(3, &mut arcs);
        assert!(is_balanced(3, &arcs));
        assert!(arcs.iter().all(|arc| arc.must <= arc.flow && arc.flow <= arc.may), "{arcs:?}");
        let lost = arcs[2].may - arcs[2].flow;
        assert!(lost < big >> 30, "the longer ring counts for more: {arcs:?}");
        assert!(arcs[0].may - arcs[0].flow < big >> 30, "{arcs:?}");
    }

    #[test]
    fn what_cannot_be_filled_is_left_and_the_rest_is_balanced() {
        let mut arcs = [arc(0, 1, 10, 12), arc(1, 0, 4, 6), arc(1, 2, 5, 5)];
        circulate(3, &mut arcs);
        assert!(is_balanced(3, &arcs));
        assert_eq!(arcs.map(|arc| arc.flow), [6, 6, 0]);
    }
}
