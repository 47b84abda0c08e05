//! Values by least absolute deviations: the logarithms v that make the sum of w |`v_a` - `v_b` - ln rate| least.
//!
//! - Input: exchanges. Each says that the value given and the value got are equal, but for an error.
//! - Assumes that at least half of what joins a good to the others is about right; then outliers, however far
//!   out, hardly move the values. Where several values do equally well, one among them is given.
//! - Source: Edgeworth 1887; found as by Madsen and Nielsen 1993 ("A finite smoothing algorithm for linear l1
//!   estimation"): Newton's steps for Huber's loss, whose width shrinks to a millionth of the mean deviation.
//! - Cost: one solve a step, over the exchanges within the width and those that alone join goods, with a few passes over all.
//!   Some thirty to some hundred and thirty steps, the more the fewer exchanges join goods; twice as many where weights differ much.
//! - Proof: with the width d, the rest r of each exchange gives a flow w r/d, cut to within -w and w. Where it is
//!   balanced at every good, the sum of flow times rest is a lower bound of the least sum (linear-programming duality).
//!   What the rounding of values may change of a rest, it may change of the flow: that much is allowed for.

use super::estimate::{Condition, Estimate, Settings, parameter};
use super::evidence::{Evidence, Exchange, Refusal};
use super::joined::Joined;
use super::laplacian::{Laplacian, dot};
use super::least_squares;

/// The last width, as a share of the mean deviation.
const WIDTH: f64 = 1e-6;

/// The least width, as a share of the greatest logarithm of a rate, or of 1: deviations below it are rounding.
const LEAST_WIDTH: f64 = 16.0 * f64::EPSILON;

/// By how much the width shrinks between stages.
const SHRINK: f64 = 0.25;

/// Newton's steps for one width, and for the last.
const STEPS: usize = 6;
const LAST_STEPS: usize = 200;

/// How balanced the flow must be before the width shrinks, and at last, as a share of what could flow.
const BALANCED: f64 = 1e-3;
const LAST_BALANCED: f64 = 1e-9;

const TOLERANCE: f64 = 1e-11;

/// Finds the values. They move from those by least squares, and rests are told from the moves, which lose less to rounding than the values.
///
/// With weights a hundred times as great as others, flows may stay short of balance though values are the best there are; [`check`] then says so.
pub(super) fn estimate(evidence: &Evidence, settings: &Settings) -> Result<Estimate, Refusal> {
    evidence.need_even_weights()?;
    let Estimate { mut log_value, mut steps, .. } = least_squares::estimate(evidence, settings)?;
    let first: Vec<f64> = evidence.rated().map(|rated| rest(rated, &log_value)).collect();
    let mut moved = vec![0.0; log_value.len()];
    let mut width = 4.0 * mean_deviation(evidence, &first);
    loop {
        let last = last_width(evidence, mean_deviation(evidence, &rests(evidence, &first, &moved)));
        width = (width * SHRINK).max(last);
        let is_last = width <= last;
        let (most, balanced) = if is_last { (LAST_STEPS, LAST_BALANCED) } else { (STEPS, BALANCED) };
        for _ in 0..most {
            steps += 1;
            let Some(next) = step(evidence, &first, &moved, width, balanced) else { break };
            moved = next;
        }
        if is_last {
            log_value.iter_mut().zip(&moved).for_each(|(value, by)| *value += by);
            return Ok(Estimate::new(evidence, log_value, steps).with("width", width));
        }
    }
}

fn last_width(evidence: &Evidence, mean_deviation: f64) -> f64 {
    let greatest = evidence.log_rates().iter().fold(1.0_f64, |most, rate| most.max(rate.abs()));
    (WIDTH * mean_deviation).max(LEAST_WIDTH * greatest)
}

fn mean_deviation(evidence: &Evidence, rests: &[f64]) -> f64 {
    let (mut sum, mut weight) = (0.0, 0.0);
    for (x, rest) in evidence.exchanges().iter().zip(rests) {
        sum += x.weight * rest.abs();
        weight += x.weight;
    }
    sum / weight
}

/// What the values leave of a rate.
fn rest((exchange, rate): (&Exchange, f64), log_value: &[f64]) -> f64 {
    rate - (log_value[exchange.gives as usize] - log_value[exchange.gets as usize])
}

/// What is left of the `first` rests after the values `moved`.
fn rests(evidence: &Evidence, first: &[f64], moved: &[f64]) -> Vec<f64> {
    evidence.exchanges().iter().zip(first).map(|(x, &first)| rest((x, first), moved)).collect()
}

/// Where one of Newton's steps for Huber's loss leads; nowhere if none is needed, or none leads further down.
fn step(evidence: &Evidence, first: &[f64], moved: &[f64], width: f64, balanced: f64) -> Option<Vec<f64>> {
    let goods = moved.len();
    let rests = rests(evidence, first, moved);
    let (mut right, mut through) = (vec![0.0; goods], vec![0.0; goods]);
    let mut near = Joined::new(goods);
    for (x, rest) in evidence.exchanges().iter().zip(&rests) {
        let flow = x.weight * (rest / width).clamp(-1.0, 1.0);
        right[x.gives as usize] += flow;
        right[x.gets as usize] -= flow;
        through[x.gives as usize] += x.weight;
        through[x.gets as usize] += x.weight;
        if rest.abs() <= width {
            near.join(x.gives, x.gets);
        }
    }
    // A flow is no more exact than the rests within the width are.
    let greatest = moved.iter().fold(0.0_f64, |most, by| most.max(by.abs()));
    let balanced = balanced.max(8.0 * f64::EPSILON * (greatest + width) / width);
    if right.iter().zip(&through).all(|(right, through)| right.abs() <= balanced * through) {
        return None;
    }
    evidence.center(&mut right);
    // Exchanges beyond the width have no curvature; where they alone join goods, they get that of a parabola that touches.
    let (group, _) = near.components();
    let counts =
        |x: &Exchange, rest: f64| rest.abs() <= width || group[x.gives as usize] != group[x.gets as usize];
    let edges: Vec<(u32, u32, f64)> = evidence
        .exchanges()
        .iter()
        .zip(&rests)
        .filter(|(x, rest)| counts(x, **rest))
        .map(|(x, rest)| (x.gives, x.gets, x.weight / rest.abs().max(width)))
        .collect();
    let mut moves = vec![0.0; goods];
    Laplacian::new(goods, edges.iter().copied()).solve(&right, &mut moves, TOLERANCE);
    evidence.center(&mut moves);
    let length = length(evidence, &rests, &moves, width)?;
    let next: Vec<f64> = moved.iter().zip(&moves).map(|(moved, by)| moved + length * by).collect();
    let (before, after) =
        (loss(evidence, &rests, width), loss(evidence, &self::rests(evidence, first, &next), width));
    // Near the bottom, losses differ by rounding alone; the flow then tells.
    let is_flatter = || {
        let ahead = imbalance(evidence, &self::rests(evidence, first, &next), width);
        after <= before * (1.0 + 1e-13) && dot(&ahead, &ahead) < 0.9 * dot(&right, &right)
    };
    (next.iter().all(|moved| moved.is_finite()) && (after < before || is_flatter())).then_some(next)
}

/// Huber's loss, times twice the width.
fn loss(evidence: &Evidence, rests: &[f64], width: f64) -> f64 {
    let one = |rest: f64| if rest <= width { rest * rest } else { width * (2.0 * rest - width) };
    evidence.exchanges().iter().zip(rests).map(|(x, rest)| x.weight * one(rest.abs())).sum()
}

/// What each good receives of the flow beyond what it passes on.
fn imbalance(evidence: &Evidence, rests: &[f64], width: f64) -> Vec<f64> {
    let mut beyond = vec![0.0; evidence.good_count()];
    for (x, rest) in evidence.exchanges().iter().zip(rests) {
        let flow = x.weight * (rest / width).clamp(-1.0, 1.0);
        beyond[x.gives as usize] += flow;
        beyond[x.gets as usize] -= flow;
    }
    beyond
}

/// How far along `moves` Huber's loss falls: to where its slope is near 0. None if it does not fall.
fn length(evidence: &Evidence, rests: &[f64], moves: &[f64], width: f64) -> Option<f64> {
    let slope = |length: f64| -> f64 {
        let along = evidence.exchanges().iter().zip(rests).map(|(x, rest)| {
            let by = moves[x.gives as usize] - moves[x.gets as usize];
            x.weight * ((rest - length * by) / width).clamp(-1.0, 1.0) * by
        });
        along.sum()
    };
    let (first, whole) = (slope(0.0), slope(1.0));
    if first.is_nan() || first <= 0.0 {
        return None;
    }
    if whole.abs() <= 0.1 * first {
        return Some(1.0);
    }
    let (mut low, mut high) = (0.0, 1.0);
    if whole > 0.0 {
        (low, high) = (1.0, 2.0);
        while slope(high) > 0.0 && high < 1e6 {
            (low, high) = (high, 2.0 * high);
        }
    }
    for _ in 0..30 {
        let middle = 0.5 * (low + high);
        let slope = slope(middle);
        if slope.abs() <= 0.1 * first {
            return Some(middle);
        }
        if slope > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(low)
}

/// The flow is balanced, and its bound meets the sum of deviations; but for what rounding may change of rests.
pub(super) fn check(evidence: &Evidence, log_value: &[f64], parameters: &[(&str, f64)]) -> Vec<Condition> {
    let rests: Vec<f64> = evidence.rated().map(|rated| rest(rated, log_value)).collect();
    // The width is about what the values themselves say that it should be, so that none can be told under which anything is balanced.
    let expected = last_width(evidence, mean_deviation(evidence, &rests));
    let width = parameter(parameters, "width").unwrap_or(expected).max(0.5 * expected).min(2.0 * expected);
    let goods = evidence.good_count();
    let (mut balance, mut through, mut allowed) = (vec![0.0; goods], vec![0.0; goods], vec![0.0; goods]);
    let (mut deviations, mut bound, mut rounding) = (0.0, 0.0, 0.0);
    for ((exchange, rate), rest) in evidence.rated().zip(rests) {
        let (a, b) = (exchange.gives as usize, exchange.gets as usize);
        let slack = 4.0 * f64::EPSILON * (1.0 + rate.abs() + log_value[a].abs() + log_value[b].abs());
        let flow = |rest: f64| exchange.weight * (rest / width).clamp(-1.0, 1.0);
        let may_differ = flow(rest + slack) - flow(rest - slack);
        balance[a] += flow(rest);
        balance[b] -= flow(rest);
        for good in [a, b] {
            through[good] += exchange.weight;
            allowed[good] += may_differ;
        }
        deviations += exchange.weight * rest.abs();
        bound += flow(rest) * rest;
        rounding += exchange.weight * slack;
    }
    let beyond =
        |good: usize| (balance[good].abs() - allowed[good]).max(0.0) / through[good].max(f64::MIN_POSITIVE);
    let unbalanced = (0..goods).map(beyond).fold(0.0, f64::max);
    let gap = (deviations - bound - rounding).max(0.0) / deviations.max(f64::MIN_POSITIVE);
    let name = "flow: what a good receives beyond what it passes on, as a share";
    vec![
        Condition::new(name, unbalanced, 1e-6),
        Condition::new("gap between the deviations and their lower bound, as a share", gap, 1e-5),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Stream;
    use crate::valuation::Rankings;
    use crate::valuation::number::exp;

    /// Trades of which a tenth are far out, at random amounts, among goods of very different values.
    fn sparse(goods: u32, count: usize, noise: f64, seed: u64) -> Evidence {
        let mut stream = Stream::new(seed);
        let truth: Vec<f64> = (0..goods).map(|_| 10.0 * stream.unit()).collect();
        let trade = |_| {
            let gives = stream.below(goods.into()) as u32;
            let gets = (gives + 1 + stream.below(u64::from(goods) - 1) as u32) % goods;
            let out = if stream.below(10) == 0 { 8.0 * (stream.unit() - 0.5) } else { 0.0 };
            let error = noise * (stream.unit() - 0.5) + out;
            Exchange::new(gives, gets, 1.0, exp(truth[gives as usize] - truth[gets as usize] + error))
        };
        Evidence::new(goods as usize, (0..count).map(trade).collect(), Rankings::default()).unwrap()
    }

    fn deviations(evidence: &Evidence, log_value: &[f64]) -> f64 {
        evidence.rated().map(|rated| rated.0.weight * rest(rated, log_value).abs()).sum()
    }

    #[test]
    fn sparse_trades_are_valued_to_a_proof() {
        for (goods, count, runs) in
            [(20, 30, 60), (60, 40, 20), (100, 150, 20), (400, 800, 12), (400, 1600, 6)]
        {
            for seed in 0..runs {
                for noise in [0.3, 1e-7, 0.0] {
                    let evidence = sparse(goods, count, noise, seed);
                    let found = estimate(&evidence, &Settings::default()).unwrap();
                    assert!(found.steps <= 200, "{goods} {count} {noise} {seed}: {} steps", found.steps);
                    for condition in check(&evidence, &found.log_value, &found.parameters) {
                        assert!(condition.holds(), "{goods} {count} {noise} {seed}: {condition:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn small_markets_reach_the_best_of_all_trees() {
        // Some best values meet the rates of a tree exactly.
        for seed in 0..40 {
            let evidence = sparse(5, 9, 0.5, 1_000 + seed);
            let found = estimate(&evidence, &Settings::default()).unwrap();
            let ours = deviations(&evidence, &found.log_value);
            let kept = evidence.component_count();
            let mut best = f64::INFINITY;
            for set in 0..1_u32 << evidence.exchanges().len() {
                if set.count_ones() as usize != 5 - kept {
                    continue;
                }
                let chosen = |index: &usize| set >> index & 1 == 1;
                let mut value = [f64::NAN; 5];
                for good in 0..5 {
                    // A good that nothing chosen joined so far begins a tree of its own.
                    if value[good].is_nan() {
                        value[good] = 0.0;
                    }
                    for _ in 0..5 {
                        for index in (0..evidence.exchanges().len()).filter(chosen) {
                            let (x, rate) = (&evidence.exchanges()[index], evidence.log_rates()[index]);
                            let (a, b) = (x.gives as usize, x.gets as usize);
                            if value[a].is_nan() && !value[b].is_nan() {
                                value[a] = value[b] + rate;
                            } else if value[b].is_nan() && !value[a].is_nan() {
                                value[b] = value[a] - rate;
                            }
                        }
                    }
                }
                best = best.min(deviations(&evidence, &value));
            }
            assert!((ours - best).abs() <= 1e-5 * best + 1e-12, "{seed}: {ours}, {best}");
        }
    }

    #[test]
    fn a_width_that_hides_everything_is_not_believed() {
        let evidence = sparse(20, 60, 0.3, 5);
        let found = least_squares::estimate(&evidence, &Settings::default()).unwrap();
        for width in [1e-300, 1e-12, 1.0, 1e300, f64::NAN] {
            let conditions = check(&evidence, &found.log_value, &[("width", width)]);
            assert!(!conditions.iter().all(Condition::holds), "{width}");
        }
    }
}
