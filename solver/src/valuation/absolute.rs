//! Values by least absolute deviations: the logarithms v that make the sum of w |`v_a` - `v_b` - ln rate| least.
//!
//! - Input: exchanges. Each says that the value given and the value got are equal, but for an error.
//! - Assumes that at least half of what joins a good to the others is about right; then outliers, however far
//!   out, hardly move the values. Where several values do equally well, one among them is given.
//! - Source: Edgeworth 1887; found as by Madsen and Nielsen 1993 ("A finite smoothing algorithm for linear l1
//!   estimation"): Newton's steps for Huber's loss, whose width shrinks to a millionth of the mean deviation.
//! - Cost: some sixty solves over the exchanges within the width, which are ever fewer, each with a few passes over all.
//! - Proof: with the width d, the rest r of each exchange gives a flow w r/d, cut to within -w and w. Where it is
//!   balanced at every good, the sum of flow times rest is a lower bound of the least sum (linear-programming duality).

use super::estimate::{Condition, Estimate, Settings, parameter};
use super::evidence::{Evidence, Exchange, Refusal};
use super::joined::Joined;
use super::laplacian::Laplacian;
use super::least_squares;

/// The last width, as a share of the mean deviation.
const WIDTH: f64 = 1e-6;

/// By how much the width shrinks between stages.
const SHRINK: f64 = 0.25;

/// Newton's steps for one width, and for the last.
const STEPS: usize = 6;
const LAST_STEPS: usize = 100;

/// How balanced the flow must be before the width shrinks, and at last, as a share of what could flow.
const BALANCED: f64 = 1e-3;
const LAST_BALANCED: f64 = 1e-9;

const TOLERANCE: f64 = 1e-11;

/// Finds the values.
pub(super) fn estimate(evidence: &Evidence, settings: &Settings) -> Result<Estimate, Refusal> {
    let Estimate { mut log_value, mut steps, .. } = least_squares::estimate(evidence, settings)?;
    // Deviations below this are rounding.
    let scale = evidence.log_rates().iter().fold(1.0_f64, |most, rate| most.max(rate.abs()));
    let least = 1e-14 * scale;
    let mut width = 4.0 * mean_deviation(evidence, &log_value);
    loop {
        let last = (WIDTH * mean_deviation(evidence, &log_value)).max(least);
        width = (width * SHRINK).max(last);
        let is_last = width <= last;
        let (most, balanced) = if is_last { (LAST_STEPS, LAST_BALANCED) } else { (STEPS, BALANCED) };
        for _ in 0..most {
            steps += 1;
            if step(evidence, &mut log_value, width, balanced) {
                break;
            }
        }
        if is_last {
            return Ok(Estimate::new(evidence, log_value, steps).with("width", width));
        }
    }
}

fn mean_deviation(evidence: &Evidence, log_value: &[f64]) -> f64 {
    let (mut sum, mut weight) = (0.0, 0.0);
    for rated in evidence.rated() {
        sum += rated.0.weight * rest(rated, log_value).abs();
        weight += rated.0.weight;
    }
    sum / weight
}

/// What the values leave of a rate.
fn rest((exchange, rate): (&Exchange, f64), log_value: &[f64]) -> f64 {
    rate - (log_value[exchange.gives as usize] - log_value[exchange.gets as usize])
}

/// One of Newton's steps for Huber's loss; tells whether none was needed or none leads further.
fn step(evidence: &Evidence, log_value: &mut [f64], width: f64, balanced: f64) -> bool {
    let goods = log_value.len();
    let (mut right, mut through) = (vec![0.0; goods], vec![0.0; goods]);
    let mut rests = Vec::with_capacity(evidence.exchanges().len());
    let mut near = Joined::new(goods);
    for rated in evidence.rated() {
        let (x, rest) = (rated.0, rest(rated, log_value));
        let flow = x.weight * (rest / width).clamp(-1.0, 1.0);
        right[x.gives as usize] += flow;
        right[x.gets as usize] -= flow;
        through[x.gives as usize] += x.weight;
        through[x.gets as usize] += x.weight;
        if rest.abs() <= width {
            near.join(x.gives, x.gets);
        }
        rests.push(rest);
    }
    if right.iter().zip(&through).all(|(right, through)| right.abs() <= balanced * through) {
        return true;
    }
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
    let length = length(evidence, &rests, &moves, width);
    log_value.iter_mut().zip(&moves).for_each(|(value, by)| *value += length * by);
    moves.iter().all(|by| (length * by).abs() <= 1e-12 * width)
}

/// How far along `moves` Huber's loss falls: to where its slope is near 0.
fn length(evidence: &Evidence, rests: &[f64], moves: &[f64], width: f64) -> f64 {
    let slope = |length: f64| -> f64 {
        let along = evidence.exchanges().iter().zip(rests).map(|(x, rest)| {
            let by = moves[x.gives as usize] - moves[x.gets as usize];
            x.weight * ((rest - length * by) / width).clamp(-1.0, 1.0) * by
        });
        along.sum()
    };
    let (first, whole) = (slope(0.0), slope(1.0));
    if first <= 0.0 || whole.abs() <= 0.1 * first {
        return 1.0;
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
            return middle;
        }
        if slope > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// The flow is balanced, and its bound meets the sum of deviations.
pub(super) fn check(evidence: &Evidence, log_value: &[f64], parameters: &[(&str, f64)]) -> Vec<Condition> {
    let width = parameter(parameters, "width").filter(|width| *width > 0.0).unwrap_or(f64::MIN_POSITIVE);
    let mut balance = vec![0.0; evidence.good_count()];
    let mut through = vec![0.0; evidence.good_count()];
    let (mut deviations, mut bound, mut weight) = (0.0, 0.0, 0.0);
    for (exchange, rate) in evidence.rated() {
        let (a, b) = (exchange.gives as usize, exchange.gets as usize);
        let rest = rate - (log_value[a] - log_value[b]);
        let flow = exchange.weight * (rest / width).clamp(-1.0, 1.0);
        balance[a] += flow;
        balance[b] -= flow;
        through[a] += exchange.weight;
        through[b] += exchange.weight;
        deviations += exchange.weight * rest.abs();
        bound += flow * rest;
        weight += exchange.weight;
    }
    // Of rates that agree, rounding alone is left, and it flows anyhow.
    let is_rounding = deviations <= 1e-12 * weight;
    let shares = balance.iter().zip(through).map(|(b, t): (&f64, f64)| b.abs() / t.max(f64::MIN_POSITIVE));
    let unbalanced = if is_rounding { 0.0 } else { shares.fold(0.0, f64::max) };
    let gap = if is_rounding { 0.0 } else { (deviations - bound) / deviations };
    let name = "flow: what a good receives beyond what it passes on, as a share";
    vec![
        Condition::new(name, unbalanced, 1e-6),
        Condition::new("gap between the deviations and their lower bound, as a share", gap, 1e-5),
    ]
}
