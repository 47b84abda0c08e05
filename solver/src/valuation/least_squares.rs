//! Values by logarithmic least squares: the logarithms v that make the sum of w (`v_a` - `v_b` - ln rate)² least.
//!
//! - Input: exchanges. Each says that the value given and the value got are equal, but for an error.
//! - Assumes that the errors of the logarithms are independent and of one size; a rate that is far out pulls the values
//!   with it in proportion.
//! - Source: Crawford and Williams 1985 (the geometric mean of pairwise ratios); on graphs Jiang, Lim, Yao and Ye 2011
//!   ("`HodgeRank`"). What is left over is the cyclic part, reported as arbitrage.
//! - Cost: the normal equations are the Laplacian of the graph of exchanges, solved by conjugate gradients:
//!   O(exchanges) a step, some twenty steps where goods are well joined.
//! - Weights of very different sizes: beside heavy exchanges, what light ones say drowns in rounding. So goods that heavy ones
//!   join are also moved and checked as one, level by level, each a [`STEP`] lighter, where what the heavy say cancels.

use super::estimate::{Condition, Estimate, Settings};
use super::evidence::{Evidence, Exchange, Refusal};
use super::joined::Joined;
use super::laplacian::Laplacian;

/// How far the normal equations may be from solved, as a share of their right-hand side.
const TOLERANCE: f64 = 1e-12;

/// How many times lighter the exchanges of each level are, and the span of weights that needs levels.
const STEP: f64 = 1e2;
const SPAN: f64 = 1e4;

/// What is lighter than this share of the heaviest of its level does not move groups there: it would move them by rounding.
const LIGHT: f64 = 1e-8;

/// How often levels and single goods are gone through in turn at most, and until what their rests add up to is this share of their terms.
const MOST_ROUNDS: usize = 40;
const BALANCED: f64 = 3e-10;

/// Finds the values.
pub(super) fn estimate(evidence: &Evidence, _: &Settings) -> Result<Estimate, Refusal> {
    evidence.need_exchanges()?;
    let mut log_value = vec![0.0; evidence.good_count()];
    let single: Vec<u32> = (0..evidence.good_count() as u32).collect();
    let mut steps = improve(evidence, &single, evidence.good_count(), &mut log_value);
    let levels = levels(evidence);
    for _ in 0..MOST_ROUNDS {
        for (group, count) in &levels {
            steps += improve(evidence, group, *count, &mut log_value);
        }
        evidence.center(&mut log_value);
        if worst(evidence, &levels, &log_value) <= BALANCED {
            break;
        }
        steps += improve(evidence, &single, evidence.good_count(), &mut log_value);
    }
    Ok(Estimate::new(evidence, log_value, steps))
}

/// The groups of goods that exchanges of at least some weight join, from the smallest groups to the largest; none where weights are much the same.
fn levels(evidence: &Evidence) -> Vec<(Vec<u32>, usize)> {
    let weights = || evidence.exchanges().iter().map(|x| x.weight);
    let (most, least) = (weights().fold(0.0, f64::max), weights().fold(f64::INFINITY, f64::min));
    let mut levels: Vec<(Vec<u32>, usize)> = Vec::new();
    let mut threshold = if most > SPAN * least { most / STEP } else { least };
    while threshold > least {
        let mut joined = Joined::new(evidence.good_count());
        for x in evidence.exchanges().iter().filter(|x| x.weight >= threshold) {
            joined.join(x.gives, x.gets);
        }
        let (group, count) = joined.components();
        let before = levels.last().map_or(evidence.good_count(), |(_, count)| *count);
        if count > evidence.component_count() && count < before {
            levels.push((group, count));
        }
        threshold /= STEP;
    }
    levels
}

/// Moves each group of goods as one to where the rests of its exchanges with others cancel, as far as the heavy ones among these join groups.
fn improve(evidence: &Evidence, group: &[u32], count: usize, log_value: &mut [f64]) -> usize {
    let is_within = |x: &Exchange| group[x.gives as usize] == group[x.gets as usize];
    let between = evidence.exchanges().iter().filter(|x| !is_within(x));
    // As a share of the heaviest, so that squares of the lightest are no less than numbers can be.
    let unit = between.map(|x| x.weight).fold(f64::MIN_POSITIVE, f64::max);
    let mut right = vec![0.0; count];
    let mut edges: Vec<(u32, u32, f64)> = Vec::with_capacity(evidence.exchanges().len());
    for rated in evidence.rated().filter(|(x, _)| !is_within(x)) {
        let (x, rate) = rated;
        let (a, b, weight) = (group[x.gives as usize], group[x.gets as usize], x.weight / unit);
        let rest = rate - (log_value[x.gives as usize] - log_value[x.gets as usize]);
        right[a as usize] += weight * rest;
        right[b as usize] -= weight * rest;
        if weight >= LIGHT {
            edges.push((a, b, weight));
        }
    }
    let laplacian = Laplacian::new(count, edges.iter().copied());
    // What groups that light exchanges alone join leave together is for the levels that follow; where there are none it is rounding, and no move answers it.
    laplacian.center(&mut right);
    let mut moves = vec![0.0; count];
    let steps = laplacian.solve(&right, &mut moves, TOLERANCE);
    // Rounding moves whole components too, in the end so far that it drowns what it should mend.
    laplacian.center(&mut moves);
    log_value.iter_mut().zip(group).for_each(|(value, &group)| *value += moves[group as usize]);
    steps
}

/// At the least sum of squares the rests of each good's exchanges cancel, and those of each group that heavy exchanges join with others.
pub(super) fn check(evidence: &Evidence, log_value: &[f64], _: &[(&str, f64)]) -> Vec<Condition> {
    let worst = worst(evidence, &levels(evidence), log_value);
    vec![Condition::new("normal equations: what rests add up to, as a share", worst, 1e-9)]
}

/// The most that rests of a good or of a group of a level add up to.
fn worst(evidence: &Evidence, levels: &[(Vec<u32>, usize)], log_value: &[f64]) -> f64 {
    let single: Vec<u32> = (0..evidence.good_count() as u32).collect();
    let first = beyond(evidence, &single, evidence.good_count(), log_value);
    levels.iter().map(|(group, count)| beyond(evidence, group, *count, log_value)).fold(first, f64::max)
}

/// The most that the rests of a group's exchanges with others add up to, as a share of their terms.
fn beyond(evidence: &Evidence, group: &[u32], count: usize, log_value: &[f64]) -> f64 {
    let (mut sum, mut size) = (vec![0.0; count], vec![0.0; count]);
    for (exchange, rate) in evidence.rated() {
        let (a, b) = (exchange.gives as usize, exchange.gets as usize);
        if group[a] == group[b] {
            continue;
        }
        let rest = exchange.weight * (log_value[a] - log_value[b] - rate);
        let terms = exchange.weight * (rate.abs() + log_value[a].abs() + log_value[b].abs());
        for (good, rest) in [(a, rest), (b, -rest)] {
            sum[group[good] as usize] += rest;
            size[group[good] as usize] += terms;
        }
    }
    let shares = sum.iter().zip(size).map(|(sum, size): (&f64, f64)| sum.abs() / size.max(f64::MIN_POSITIVE));
    shares.fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::valuation::Rankings;

    #[test]
    fn a_bridge_of_any_weight_is_crossed() {
        for weight in [1e-3, 1e-8, 1e-12, 1e-30, 1e-200] {
            // Heavy pairs that disagree with themselves, and a ring of light bridges.
            let heavy = |a, b, rate: f64| Exchange::new(a, b, 1.0, rate);
            let light = |a, b, rate: f64| Exchange { weight, ..Exchange::new(a, b, 1.0, rate) };
            let exchanges = vec![
                heavy(0, 1, 2.0),
                heavy(0, 1, 3.0),
                heavy(2, 3, 5.0),
                heavy(2, 3, 7.0),
                light(1, 2, 1e6),
                light(4, 3, 1e-3),
                light(4, 0, 10.0),
            ];
            let evidence = Evidence::new(5, exchanges, Rankings::default()).unwrap();
            let found = estimate(&evidence, &Settings::default()).unwrap().log_value;
            let ln = crate::valuation::number::ln;
            // Within pairs the means, as the bridges hardly pull; round the ring each bridge leaves a third of what does not close.
            let first = 0.5 * ln(6.0);
            if weight < 1e-6 {
                assert!((found[0] - found[1] - first).abs() < 1e-5, "{weight}");
                let rests: Vec<f64> = evidence
                    .rated()
                    .skip(4)
                    .map(|(x, rate)| rate - (found[x.gives as usize] - found[x.gets as usize]))
                    .collect();
                assert!((rests[0] + rests[1]).abs() < 1e-9, "{weight}: {rests:?}");
                assert!((rests[0] - rests[2]).abs() < 1e-9, "{weight}: {rests:?}");
            }
            assert!(check(&evidence, &found, &[]).iter().all(Condition::holds), "{weight}");
            // What is wrong with a bridge alone is seen.
            let wrong: Vec<f64> = found
                .iter()
                .enumerate()
                .map(|(good, value)| value + if good < 2 { 0.1 } else { 0.0 })
                .collect();
            assert!(!check(&evidence, &wrong, &[]).iter().all(Condition::holds), "{weight}");
        }
    }

    /// The values found by eliminating one good after the other: each pair of its exchanges becomes one of the goods on their far sides,
    /// and exchanges of the same two goods one at the weighted mean of their rates. Nothing is subtracted but rates, so weights of all sizes keep their digits.
    fn eliminated(evidence: &Evidence) -> Vec<f64> {
        let count = evidence.good_count();
        let mut weight = vec![vec![0.0; count]; count];
        let mut rate = vec![vec![0.0; count]; count];
        let join =
            |weight: &mut [Vec<f64>], rate: &mut [Vec<f64>], a: usize, b: usize, (by, at): (f64, f64)| {
                if by > 0.0 {
                    rate[a][b] += (at - rate[a][b]) * (by / (weight[a][b] + by));
                    rate[b][a] = -rate[a][b];
                    weight[a][b] += by;
                    weight[b][a] = weight[a][b];
                }
            };
        for (x, at) in evidence.rated() {
            join(&mut weight, &mut rate, x.gives as usize, x.gets as usize, (x.weight, at));
        }
        for last in (1..count).rev() {
            let total: f64 = weight[last][..last].iter().sum();
            for a in 0..last {
                for b in 0..a {
                    let by = weight[last][a] * (weight[last][b] / total);
                    let at = rate[a][last] + rate[last][b];
                    join(&mut weight, &mut rate, a, b, (by, at));
                }
            }
        }
        let mut value = vec![0.0; count];
        for good in 1..count {
            let total: f64 = weight[good][..good].iter().sum();
            for other in (0..good).filter(|&other| weight[good][other] > 0.0) {
                value[good] += weight[good][other] / total * (value[other] + rate[good][other]);
            }
        }
        evidence.center(&mut value);
        value
    }

    #[test]
    fn weights_of_few_sizes_give_the_values_that_elimination_gives() {
        for (exponent, seed) in
            [4, 5, 6, 8, 10].into_iter().flat_map(|span| (0..100).map(move |seed| (span, seed)))
        {
            let mut stream = crate::stream::Stream::new(seed);
            let goods = 4 + stream.below(17) as u32;
            let trade = |_| {
                let gives = stream.below(goods.into()) as u32;
                let gets = (gives + 1 + stream.below(u64::from(goods) - 1) as u32) % goods;
                let share = stream.below(4) as f64 / 3.0;
                let weight = super::super::number::exp(share * f64::from(exponent) * std::f64::consts::LN_10);
                Exchange { weight, ..Exchange::new(gives, gets, 1.0, 0.3 + 2.7 * stream.unit()) }
            };
            let exchanges: Vec<Exchange> = (0..3 * goods).map(trade).collect();
            let evidence = Evidence::new(goods as usize, exchanges, Rankings::default()).unwrap();
            let found = estimate(&evidence, &Settings::default()).unwrap().log_value;
            let exact = eliminated(&evidence);
            let apart =
                found.iter().zip(&exact).map(|(found, exact)| (found - exact).abs()).fold(0.0, f64::max);
            assert!(apart <= 1e-7, "span 1e{exponent}, seed {seed}: {apart:e}");
            let conditions = check(&evidence, &found, &[]);
            assert!(
                conditions.iter().all(Condition::holds),
                "span 1e{exponent}, seed {seed}: {conditions:?}"
            );
        }
    }

    #[test]
    fn weights_of_all_sizes_are_solved_to_their_condition() {
        let mut stream = crate::stream::Stream::new(4);
        for goods in [6_u32, 40, 300] {
            let trade = |_| {
                let gives = stream.below(goods.into()) as u32;
                let gets = (gives + 1 + stream.below(u64::from(goods) - 1) as u32) % goods;
                let weight = super::super::number::exp(80.0 * (stream.unit() - 0.5));
                Exchange { weight, ..Exchange::new(gives, gets, 1.0, 0.01 + 9.0 * stream.unit()) }
            };
            let exchanges: Vec<Exchange> = (0..4 * goods).map(trade).collect();
            let evidence = Evidence::new(goods as usize, exchanges, Rankings::default()).unwrap();
            let found = estimate(&evidence, &Settings::default()).unwrap();
            let conditions = check(&evidence, &found.log_value, &[]);
            assert!(conditions.iter().all(Condition::holds), "{goods}: {conditions:?}");
        }
    }
}
