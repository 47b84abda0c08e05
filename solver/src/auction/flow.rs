//! The pair-aggregated problem: at given prices, how much is sold of each pair, between what must be and what may be, so that as much value
//! comes to every asset as leaves it and the volume is greatest.
//!
//! A linear program whose rows are the assets, and that falls apart into the groups of assets that are on cycles of what may be sold. Each is solved
//! by [`crate::netting`], exactly but for the rounding of values to the integers that has room for: most of what must be sold comes first, then
//! most volume. It is then repaired in finer integers, along shortest paths from assets with too much to assets with too little. Where what must be
//! sold cannot be, less is.
//!
//! Cost: that of two levels of netting over the pairs; then a search over all pairs for each asset.

use std::collections::VecDeque;

use super::price::{VALUE_BITS, Worth};
use crate::Components;
use crate::netting::{self, Obligations};

/// Such a share of the volume may stay unsold though it must be sold, by the rounding of prices.
const NEGLIGIBLE: f64 = 1.0 / (1_u64 << 32) as f64;

/// All values of a group have at most so many bits together: [`VALUE_BITS`], with room for what rounding adds.
const TOTAL_BITS: i32 = VALUE_BITS - 2;

/// The same as netting counts them.
const NETTING_BITS: i32 = 49;

/// What is sold of one pair of assets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Its place in the ladder.
    pub(super) place: usize,
    /// What is sold.
    pub(super) from: u32,
    /// What is bought.
    pub(super) to: u32,
    /// The least that the prices ask for, in units of what is sold.
    pub(super) must: i64,
    /// The most that they allow.
    pub(super) may: i64,
    /// How much it is.
    pub(super) sold: i64,
}

/// Sets what is sold of every line to the most volume. Returns whether all is that must be, but for a share of 2^-32.
pub(super) fn sell(prices: &[f64], lines: &mut [Line]) -> bool {
    lines.sort_unstable_by_key(|line| line.place);
    let groups = groups(prices.len(), lines);
    let mut by_group: Vec<Vec<usize>> = vec![Vec::new(); groups.count()];
    let [mut outside, mut volume] = [0.0; 2];
    for (number, line) in lines.iter_mut().enumerate() {
        let group = groups.of[line.from as usize];
        if group == groups.of[line.to as usize] {
            by_group[group as usize].push(number);
        } else {
            line.sold = 0;
            outside += line.must as f64 * prices[line.from as usize];
        }
    }
    let mut is_whole = true;
    for (group, numbers) in by_group.iter().enumerate().filter(|(_, numbers)| !numbers.is_empty()) {
        let mut group = Group::new(prices, groups.members(group), lines, numbers);
        let [sold, missing] = group.sell();
        is_whole &= missing <= sold * NEGLIGIBLE;
        volume += sold;
        for (&number, arc) in numbers.iter().zip(&group.arcs) {
            let line = &mut lines[number];
            line.sold = group.worth[arc.from as usize].amount(arc.flow).min(line.may);
        }
    }
    is_whole && outside <= volume * NEGLIGIBLE
}

/// The assets on cycles of what may be sold.
fn groups(asset_count: usize, lines: &[Line]) -> Components {
    let from = |asset: usize| lines.partition_point(|line| (line.from as usize) < asset);
    Components::find(
        asset_count,
        |asset| from(asset)..from(asset + 1),
        |at| (lines[at].may > 0).then_some(lines[at].to as usize),
    )
}

/// Value that is sold from an asset of a group to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Arc {
    from: u32,
    to: u32,
    must: i128,
    may: i128,
    flow: i128,
}

/// A group with values in integers.
struct Group {
    /// By asset, as they are numbered here.
    worth: Vec<Worth>,
    arcs: Vec<Arc>,
    /// How much each unit of value is worth, at the prices.
    unit: f64,
}

impl Group {
    fn new(prices: &[f64], assets: &[u32], lines: &[Line], numbers: &[usize]) -> Self {
        let value = |&number: &usize| lines[number].may as f64 * prices[lines[number].from as usize];
        let total: f64 = numbers.iter().map(value).sum();
        let shift = TOTAL_BITS - libm::ilogb(total) - 1;
        let worth: Vec<Worth> =
            assets.iter().map(|&asset| Worth::new(prices[asset as usize], shift)).collect();
        let local = |asset: u32| assets.partition_point(|&other| other < asset) as u32;
        let arc = |&number: &usize| {
            let line = &lines[number];
            let [from, to] = [line.from, line.to].map(local);
            let value = |amount| worth[from as usize].of(amount);
            Arc { from, to, must: value(line.must), may: value(line.may), flow: 0 }
        };
        let arcs = numbers.iter().map(arc).collect();
        Group { arcs, worth, unit: libm::ldexp(1.0, -shift) }
    }

    /// Sets the flows. Returns how much they are, and how much of what must be is missing, in value.
    fn sell(&mut self) -> [f64; 2] {
        circulate(self.worth.len(), &mut self.arcs);
        let missing: i128 = self.arcs.iter().map(|arc| (arc.must - arc.flow).max(0)).sum();
        let sold: i128 = self.arcs.iter().map(|arc| arc.flow).sum();
        [sold, missing].map(|value| value as f64 * self.unit)
    }
}

/// Sets every flow: most of what must be, then most volume.
fn circulate(asset_count: usize, arcs: &mut [Arc]) {
    const DOWN: i32 = TOTAL_BITS - NETTING_BITS;
    let mut obligations = Obligations { participants: asset_count, ..Obligations::default() };
    for arc in &*arcs {
        for value in [arc.must, arc.may - arc.must] {
            obligations.push(arc.from, arc.to, (value >> DOWN) as i64);
        }
    }
    let must = (0..obligations.amount.len()).map(|number| i32::from(number % 2 == 0)).collect();
    let all = vec![1; obligations.amount.len()];
    let cleared = netting::clear(&obligations, &[must, all]).cleared;
    for (number, arc) in arcs.iter_mut().enumerate() {
        let [first, rest] = [2 * number, 2 * number + 1];
        let part = |at: usize, whole: i128| {
            if cleared[at] == obligations.amount[at] { whole } else { i128::from(cleared[at]) << DOWN }
        };
        arc.flow = part(first, arc.must) + part(rest, arc.may - arc.must);
    }
    let mut network = Network::new(asset_count, arcs);
    network.repair(arcs, true);
    network.repair(arcs, false);
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
    use good_lp::{Expression, ProblemVariables, Solution, SolverModel, Variable, microlp, variable};

    use super::*;
    use crate::stream::Stream;

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

    /// The most that any flow within these bounds brings, by a linear program; none if there is no flow.
    fn most_volume(asset_count: usize, arcs: &[Arc], unit: f64) -> Option<f64> {
        let mut variables = ProblemVariables::new();
        let value = |value: i128| value as f64 / unit;
        let flow: Vec<Variable> = arcs
            .iter()
            .map(|arc| variables.add(variable().min(value(arc.must)).max(value(arc.may))))
            .collect();
        let mut rows = vec![Expression::from(0.0); asset_count];
        for (arc, &flow) in arcs.iter().zip(&flow) {
            rows[arc.from as usize] -= flow;
            rows[arc.to as usize] += flow;
        }
        let all: Expression = flow.iter().sum();
        let mut model = variables.maximise(all.clone()).using(microlp);
        for row in rows {
            model = model.with(row.eq(0.0));
        }
        Some(model.solve().ok()?.eval(all))
    }

    #[test]
    fn no_linear_program_finds_more_volume() {
        let mut possible = 0;
        for seed in 0..400 {
            let mut stream = Stream::new(seed);
            let assets = 2 + stream.below(5) as u32;
            let unit = 1_i128 << 90;
            let mut arcs = Vec::new();
            for from in 0..assets {
                for to in (0..assets).filter(|&to| to != from) {
                    if stream.one_in(2) {
                        let must = i128::from(stream.below(3)) * unit * i128::from(stream.one_in(2));
                        arcs.push(arc(from, to, must, must + i128::from(stream.below(20)) * unit));
                    }
                }
            }
            let most = most_volume(assets as usize, &arcs, unit as f64);
            circulate(assets as usize, &mut arcs);
            assert!(is_balanced(assets as usize, &arcs), "seed {seed}");
            let sold: i128 = arcs.iter().map(|arc| arc.flow).sum();
            let is_whole = arcs.iter().all(|arc| (arc.must..=arc.may).contains(&arc.flow));
            assert_eq!(most.is_some(), is_whole, "seed {seed}: {arcs:?}");
            if let Some(most) = most {
                possible += 1;
                assert!((sold as f64 / unit as f64 - most).abs() < 1e-6, "seed {seed}: {most} {arcs:?}");
            }
        }
        assert!(possible > 100, "only {possible} can be filled");
    }
}
