//! Values by least absolute deviations: the logarithms v that make the sum of w |`v_a` - `v_b` - ln rate| least.
//!
//! - Input: exchanges. Each says that the value given and the value got are equal, but for an error.
//! - Assumes that at least half of what joins a good to the others is about right; then outliers, however far
//!   out, hardly move the values. Where several values do equally well, one among them is given.
//! - Source: Edgeworth 1887; found as by Madsen and Nielsen 1993 ("A finite smoothing algorithm for linear l1
//!   estimation"): Newton's steps for Huber's loss, whose width shrinks to a millionth of the mean deviation. What these leave, most where weights
//!   differ much, the primal-dual method of Ford and Fulkerson 1962 brings to an end.
//! - Cost: one solve a step, over the exchanges within the width and those that alone join goods, with a few passes over all.
//!   Some thirty to some hundred steps, the more the fewer exchanges join goods; up to some hundreds more, each by one search of Dijkstra's, where weights differ much.
//! - Proof: a flow. An exchange beyond the width d carries all of its weight w, the way of its rest r; one within it anything from -w to w. Where
//!   such a flow is balanced at every good, the sum of flow times rest is a lower bound of the least sum (linear-programming duality), and
//!   what is within the width keeps it from it by no more than 2 w d each. The check finds such a flow on its own, from the values.

use super::estimate::{Condition, Estimate, Settings, parameter};
use super::evidence::{Evidence, Exchange, Refusal};
use super::flow::{Edge, Network};
use super::joined::Joined;
use super::laplacian::{Laplacian, dot};
use super::least_squares;

/// The last width, as a share of the mean deviation.
const WIDTH: f64 = 1e-6;

/// The least width, as a share of the greatest logarithm of a rate, or of 1: deviations below it are rounding.
const LEAST_WIDTH: f64 = 16.0 * f64::EPSILON;

/// By how much the width shrinks between stages.
const SHRINK: f64 = 0.25;

/// Newton's steps for one width.
const STEPS: usize = 6;

/// How balanced the flow must be before the width shrinks, and at last, as a share of what could flow.
const BALANCED: f64 = 1e-3;
const LAST_BALANCED: f64 = 1e-9;

const TOLERANCE: f64 = 1e-11;

/// How often groups of goods are moved after the last of Newton's steps.
const MOST_MOVES: usize = 10_000;

/// Finds the values. They move from those by least squares, and rests are told from the moves, which lose less to rounding than the values.
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
        let balanced = if is_last { LAST_BALANCED } else { BALANCED };
        for _ in 0..STEPS {
            steps += 1;
            let Some(next) = step(evidence, &first, &moved, width, balanced) else { break };
            moved = next;
        }
        if is_last {
            steps += finish(evidence, &first, &mut moved, width);
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
        let ahead = beyond(evidence, &flows(evidence, &self::rests(evidence, first, &next), width));
        after <= before * (1.0 + 1e-13) && dot(&ahead, &ahead) < 0.9 * dot(&right, &right)
    };
    (next.iter().all(|moved| moved.is_finite()) && (after < before || is_flatter())).then_some(next)
}

/// Huber's loss, times twice the width.
fn loss(evidence: &Evidence, rests: &[f64], width: f64) -> f64 {
    let one = |rest: f64| if rest <= width { rest * rest } else { width * (2.0 * rest - width) };
    evidence.exchanges().iter().zip(rests).map(|(x, rest)| x.weight * one(rest.abs())).sum()
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

/// Moves values on until the flow comes to balance, where Newton's steps fell short of it, as they do where weights differ much: by the primal-dual method of
/// Ford and Fulkerson 1962. What is stuck where there is too much of it needs an exchange that is not within the width: values move by how far,
/// in rests, the nearest of what is stuck is from each good, so that those on the nearest ways become even. Tells how often.
fn finish(evidence: &Evidence, first: &[f64], moved: &mut [f64], width: f64) -> usize {
    let through = through(evidence);
    let mut all = None;
    let mut flow = flows(evidence, &rests(evidence, first, moved), width);
    for moves in 0..MOST_MOVES {
        let rests = rests(evidence, first, moved);
        let free: Vec<bool> = rests.iter().map(|rest| rest.abs() <= width).collect();
        let excess = balance(evidence, &rests, &free, &mut flow);
        if excess.iter().zip(&through).all(|(excess, through)| excess.abs() <= LAST_BALANCED * through) {
            return moves;
        }
        let all = all.get_or_insert_with(|| network(evidence, &flow, |_| true));
        all.edges.iter_mut().zip(&flow).for_each(|(edge, flow)| edge.flow = *flow);
        let length = |(rest, free): (&f64, &bool)| if *free { 0.0 } else { rest.abs() };
        let lengths: Vec<f64> = rests.iter().zip(&free).map(length).collect();
        let distances = all.distances(|good| excess[good] > 0.0, &lengths);
        moved.iter_mut().zip(distances).for_each(|(moved, distance)| *moved -= distance);
    }
    MOST_MOVES
}

/// What exchanges carry whose rests say it alone: from minus to plus their weight, in proportion to the rest within the width.
fn flows(evidence: &Evidence, rests: &[f64], width: f64) -> Vec<f64> {
    let flow = |(x, rest): (&Exchange, &f64)| x.weight * (rest / width).clamp(-1.0, 1.0);
    evidence.exchanges().iter().zip(rests).map(flow).collect()
}

/// Has each exchange carry its whole weight, the way of its rest, and `free` ones as much or as little as brings goods to balance, beginning
/// with the flow that is given. Tells what each good is left with beyond what it passes on.
fn balance(evidence: &Evidence, rests: &[f64], free: &[bool], flow: &mut [f64]) -> Vec<f64> {
    for (((x, rest), free), flow) in evidence.exchanges().iter().zip(rests).zip(free).zip(&mut *flow) {
        if !free {
            *flow = x.weight.copysign(*rest);
        }
    }
    let mut excess = beyond(evidence, flow);
    let mut network = network(evidence, flow, |exchange| free[exchange]);
    network.balance(&mut excess);
    let freed = flow.iter_mut().zip(free).filter(|(_, free)| **free);
    freed.zip(&network.edges).for_each(|((flow, _), edge)| *flow = edge.flow);
    excess
}

/// The network of those exchanges that are `within` it.
fn network(evidence: &Evidence, flow: &[f64], within: impl Fn(usize) -> bool) -> Network {
    let exchanges = evidence.exchanges().iter().zip(flow).enumerate();
    let edges = exchanges.filter(|(exchange, _)| within(*exchange)).map(|(_, (x, &flow))| Edge {
        goods: [x.gives, x.gets],
        most: x.weight,
        flow,
    });
    Network::new(evidence.good_count(), edges.collect())
}

/// What each good receives of a flow beyond what it passes on.
fn beyond(evidence: &Evidence, flow: &[f64]) -> Vec<f64> {
    let mut beyond = vec![0.0; evidence.good_count()];
    for (x, flow) in evidence.exchanges().iter().zip(flow) {
        beyond[x.gives as usize] += flow;
        beyond[x.gets as usize] -= flow;
    }
    beyond
}

/// How much could flow through each good.
fn through(evidence: &Evidence) -> Vec<f64> {
    let mut through = vec![f64::MIN_POSITIVE; evidence.good_count()];
    for x in evidence.exchanges() {
        through[x.gives as usize] += x.weight;
        through[x.gets as usize] += x.weight;
    }
    through
}

/// There is a balanced flow, and its bound meets the sum of deviations; but for what rounding of values may change of rests.
pub(super) fn check(evidence: &Evidence, log_value: &[f64], parameters: &[(&str, f64)]) -> Vec<Condition> {
    let rests: Vec<f64> = evidence.rated().map(|rated| rest(rated, log_value)).collect();
    // The width is about what the values themselves say that it should be, so that none can be told under which anything is balanced.
    let expected = last_width(evidence, mean_deviation(evidence, &rests));
    let width = parameter(parameters, "width").unwrap_or(expected).max(0.5 * expected).min(2.0 * expected);
    let slack = |(x, rate): (&Exchange, f64)| {
        4.0 * f64::EPSILON
            * (1.0 + rate.abs() + log_value[x.gives as usize].abs() + log_value[x.gets as usize].abs())
    };
    let slacks: Vec<f64> = evidence.rated().map(slack).collect();
    // Wider than where the flow was found, so that nothing at the edge counts in one place and not in the other.
    let free: Vec<bool> =
        rests.iter().zip(&slacks).map(|(rest, slack)| rest.abs() <= 2.0 * width + slack).collect();
    let mut flow = flows(evidence, &rests, width);
    balance(evidence, &rests, &free, &mut flow);
    let shares = beyond(evidence, &flow)
        .into_iter()
        .zip(through(evidence))
        .map(|(beyond, through)| beyond.abs() / through);
    let (mut deviations, mut gap) = (0.0, 0.0);
    for (((x, rest), slack), flow) in evidence.exchanges().iter().zip(&rests).zip(slacks).zip(flow) {
        deviations += x.weight * rest.abs();
        gap += (x.weight * rest.abs() - flow * rest - 2.0 * x.weight * slack).max(0.0);
    }
    let name = "flow: what a good receives beyond what it passes on, as a share";
    vec![
        Condition::new(name, shares.fold(0.0, f64::max), 1e-6),
        Condition::new(
            "gap between the deviations and their lower bound, as a share",
            gap / f64::max(deviations, f64::MIN_POSITIVE),
            1e-5,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Stream;
    use crate::valuation::number::exp;
    use crate::valuation::{MOST_SPAN, Rankings};

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
    fn weights_of_very_different_sizes_are_valued_to_a_proof() {
        for heavy in [1e2, 1e3, 1e6, 0.9 * MOST_SPAN] {
            for seed in 0..1_000 {
                let mut stream = Stream::new(seed);
                let goods = 3 + stream.below(6) as u32;
                let trade = |_| {
                    let gives = stream.below(goods.into()) as u32;
                    let gets = (gives + 1 + stream.below(u64::from(goods) - 1) as u32) % goods;
                    let given = 1.0 + stream.below(3) as f64;
                    let got = 1.0 + stream.below(3) as f64;
                    let weight = if stream.below(2) == 0 { heavy } else { 1.0 };
                    Exchange { weight, ..Exchange::new(gives, gets, given, got) }
                };
                let exchanges = (0..2 * goods).map(trade).collect();
                let evidence = Evidence::new(goods as usize, exchanges, Rankings::default()).unwrap();
                let found = estimate(&evidence, &Settings::default()).unwrap();
                for condition in check(&evidence, &found.log_value, &found.parameters) {
                    assert!(condition.holds(), "{heavy} {seed}: {condition:?}");
                }
            }
        }
    }

    #[test]
    fn a_sparse_market_of_heavy_and_light_trades_is_valued_in_few_moves() {
        for seed in 0..4 {
            let mut stream = Stream::new(seed);
            let mut exchanges = sparse(300, 900, 0.3, seed).exchanges().to_vec();
            for x in &mut exchanges {
                x.weight = if stream.below(2) == 0 { 1e6 } else { 1.0 };
            }
            let evidence = Evidence::new(300, exchanges, Rankings::default()).unwrap();
            let found = estimate(&evidence, &Settings::default()).unwrap();
            assert!(found.steps <= 400, "{seed}: {} steps", found.steps);
            for condition in check(&evidence, &found.log_value, &found.parameters) {
                assert!(condition.holds(), "{seed}: {condition:?}");
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
