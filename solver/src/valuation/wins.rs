//! Comparisons of two goods, gathered by pair: how often each of the two won, in parts.
//!
//! A ranking says of every two of its goods that the better placed one wins (breaking into all pairs is consistent, into
//! neighbours alone is not: Azari Soufiani, Chen, Parkes and Xia 2013). An exchange of x of A for y of B is one
//! comparison that A wins to the part y / (x + y): so the odds are the rate, and exchanges that agree on
//! values are met exactly.
//!
//! Where some good only ever wins or loses against a group of others, likelihood has no maximum. Then half a comparison is added to
//! each side of every pair that was compared, as in the rule of succession, and the values say so.

use crate::Components;

use super::evidence::{Evidence, Refusal};
use super::number::logistic;

/// The most pairs that rankings may break into.
pub(super) const MOST_PAIRS: usize = 40_000_000;

/// What is added to both sides of a pair where needed.
const ADDED: f64 = 0.5;

/// Two goods, the first the lesser number, and what each won of the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pair {
    pub(super) goods: [u32; 2],
    pub(super) wins: [f64; 2],
}

impl Pair {
    pub(super) fn total(&self) -> f64 {
        self.wins[0] + self.wins[1]
    }
}

/// All pairs that were compared, by their goods.
#[derive(Clone, Debug)]
pub(super) struct Wins {
    pub(super) pairs: Vec<Pair>,
    /// Whether half a comparison was added to each side of each pair.
    pub(super) is_smoothed: bool,
}

impl Wins {
    pub(super) fn new(evidence: &Evidence) -> Result<Self, Refusal> {
        let places: usize = evidence.rankings().iter().map(|list| list.len() * (list.len() - 1) / 2).sum();
        if places > MOST_PAIRS {
            return Err(Refusal::TooLarge("pairs of goods in rankings", MOST_PAIRS));
        }
        let mut single = Vec::with_capacity(evidence.exchanges().len() + places);
        let pair = |a: u32, b: u32, wins: [f64; 2]| {
            if a < b {
                Pair { goods: [a, b], wins }
            } else {
                Pair { goods: [b, a], wins: [wins[1], wins[0]] }
            }
        };
        for (exchange, rate) in evidence.rated() {
            let won = exchange.weight * logistic(rate);
            single.push(pair(exchange.gives, exchange.gets, [won, exchange.weight * logistic(-rate)]));
        }
        for (list, weight) in evidence.rankings().weighted() {
            for (place, &better) in list.iter().enumerate() {
                single.extend(list[place + 1..].iter().map(|&worse| pair(better, worse, [weight, 0.0])));
            }
        }
        if single.is_empty() {
            return Err(Refusal::Needs("exchanges or rankings"));
        }
        // Stable, so sums run in the order of the input.
        single.sort_by_key(|pair| pair.goods);
        let mut pairs: Vec<Pair> = Vec::new();
        for one in single {
            match pairs.last_mut().filter(|last| last.goods == one.goods) {
                Some(last) => (0..2).for_each(|side| last.wins[side] += one.wins[side]),
                None => pairs.push(one),
            }
        }
        let is_smoothed = !is_strong(evidence, &pairs);
        if is_smoothed {
            pairs.iter_mut().flat_map(|pair| &mut pair.wins).for_each(|wins| *wins += ADDED);
        }
        Ok(Wins { pairs, is_smoothed })
    }
}

/// Whether, within each component, wins lead from every good to every other.
fn is_strong(evidence: &Evidence, pairs: &[Pair]) -> bool {
    if pairs.iter().all(|pair| pair.wins[0] > 0.0 && pair.wins[1] > 0.0) {
        return true;
    }
    let mut arcs: Vec<(u32, u32)> = Vec::new();
    for pair in pairs {
        let [a, b] = pair.goods;
        arcs.extend((pair.wins[0] > 0.0).then_some((a, b)));
        arcs.extend((pair.wins[1] > 0.0).then_some((b, a)));
    }
    arcs.sort_unstable();
    let first = |good: usize| arcs.partition_point(|&(from, _)| (from as usize) < good);
    let row = |good: usize| first(good)..first(good + 1);
    let strong = Components::find(evidence.good_count(), row, |arc| Some(arcs[arc].1 as usize));
    strong.count() == evidence.component_count()
}
