//! Prices at which as much of every asset is sold as bought.
//!
//! They start from a valuation: log prices whose differences are, by least squares, the logarithms of the median limits of the pairs.
//! Then Newton's method takes over on the market's smoothed supply (`market`). The band of the smoothing is narrowed step by step,
//! each step starting from the prices before.
//!
//! Where offers are many, what each sells is a ramp, which costs next to nothing to sum. Where they are few, each of its ends would end a step; so there
//! prices follow a smooth filling first, as interior-point methods follow their central path (Chen, Harker, Kanzow and Smale's smoothing), and are
//! then moved to where the offers at the margin are as far on the last ramp as they sell (`exact`). Where that leads nowhere, since amounts or
//! limits are many powers of ten apart, they follow a smoother one (`entropic`). Where that ends early too, ramps are tried once more, and what they
//! come nearest to is returned.
//!
//! Where Newton's step overshoots on a ramp, a part of it is tried. Where no part brings the assets
//! nearer to balance, the step ends where the first slope changes: up to there all that is out of balance shrinks in proportion, and since all
//! Jacobians are M-matrices the path goes on from piece to piece until the market balances (Katzenelson 1965, "An algorithm for solving
//! nonlinear resistor networks"). As a last resort comes a step of tatonnement: what is sold too much gets cheaper.

use libm::log as ln;

use super::entropic;
use super::exact;
use super::ladder::Filling;
use super::linear::Factors;
use super::market::{Market, State, moved};

/// The widest band, from which prices start that nothing came before.
const WIDEST: f64 = 1.0 / 16.0;

/// The band from which prices start that were balanced before a small change.
const WARM: f64 = 1.0 / (1 << 12) as f64;

/// The bands with which prices are final, as shares of the rate: the narrowest with few offers.
const NARROWEST: f64 = 1.0 / (1 << 20) as f64;
const WIDEST_FINAL: f64 = 1.0 / (1 << 14) as f64;

/// In between the final band is so much an offer: with more offers as many would be at their margin in a narrower one.
const AN_OFFER: f64 = 1.0 / (1_u64 << 34) as f64;

/// By what each band is narrower than the one before, if nothing is in the way, and if something is.
const NARROWER: f64 = 16.0;
const LEAST_NARROWER: f64 = 1.4;

/// Balance enough to go on with a narrower band: the imbalance as a share of the turnover.
const NEARLY_BALANCED: f64 = 3e-4;

/// Balance with the final band. From there on every step is taken that makes it much better, up to what numbers can tell.
const BALANCED: f64 = 1e-8;
const EXACT: f64 = 1e-13;

/// With fewer offers for each two assets, each ends the piece on which a step of ramps is good.
const MANY_OFFERS: usize = 40;

/// The last band of the smooth filling is so much narrower than that of ramps.
const SHARPER: f64 = 64.0;

/// Balance enough to go on with a narrower band of the smooth filling, and how many steps are made for it.
const SMOOTHLY_BALANCED: f64 = 1e-5;
const SMOOTH_STEPS: usize = 24;

/// So many if all are in balance together, and one whose turnover is next to nothing is not.
const STEPS_FOR_WORST: usize = 8;

/// By what each such band is narrower than the one before, if nothing is in the way, and if something is.
const SMOOTHLY_NARROWER: f64 = 4.0;
const LEAST_SMOOTHLY_NARROWER: f64 = 1.02;

/// How many steps are made at one band, a safety net; fewer with so many assets that the linear systems of all steps would take more
/// multiplications than this, but some.
const MOST_STEPS: usize = 2_000;
const MOST_WORK: usize = 20_000_000_000;
const LEAST_STEPS: usize = 16;

/// How many are made where prices are near already, or can be found in another way.
const FEW_STEPS: usize = 64;

/// How far a log price may go in one step.
const LONGEST_STEP: f64 = 1.0;

/// Log prices that fit these differences by weighted least squares: `(a, b, difference, weight)` asks for `log[a] - log[b]` to be `difference`.
fn fit(count: usize, differences: &[(u32, u32, f64, f64)]) -> Vec<f64> {
    let mut matrix = vec![0.0; count * count];
    let mut weights = vec![0.0; count];
    let mut right = vec![0.0; count];
    for &(a, b, difference, weight) in differences {
        let [a, b] = [a as usize, b as usize];
        weights[a] += weight;
        weights[b] += weight;
        matrix[a * count + b] -= weight;
        matrix[b * count + a] -= weight;
        right[a] += weight * difference;
        right[b] -= weight * difference;
    }
    // As if a little of each weight asked for 0.
    for weight in &mut weights {
        *weight *= 1e-14;
    }
    Factors::new(matrix, weights).solve(&mut right);
    right
}

/// A first valuation, from the median limit of each pair, weighted by how many offers it has.
fn valuation(market: &Market<'_>) -> Vec<f64> {
    let mut differences = Vec::with_capacity(market.pairs.len());
    for &pair in market.pairs {
        let rungs = market.ladders[0].rungs(pair.place);
        if !rungs.is_empty() {
            let median = rungs[(rungs.len() - 1) / 2].limit;
            differences.push((pair.sells, pair.buys, ln(median), rungs.len() as f64));
        }
    }
    fit(market.asset_count, &differences)
}

/// The log prices at which a market balances, and the band within which they do; if none are found, the best, and a band. They start from those `before` a
/// small change, if there are any.
pub(super) fn balance(market: &Market<'_>, before: Option<Vec<f64>>) -> (Vec<f64>, f64) {
    let offers = market.offers();
    let last = (offers as f64 * AN_OFFER).clamp(NARROWEST, WIDEST_FINAL);
    let widest = if before.is_some() { WARM } else { WIDEST };
    if let Some(before) = &before
        && !is_thin(offers, market.asset_count)
    {
        let state = balance_within(market, before.clone(), last, BALANCED, FEW_STEPS);
        if state.is_within(BALANCED) {
            return (state.log, last);
        }
    }
    let mut log = before.unwrap_or_else(|| valuation(market));
    if let [ladder] = market.ladders
        && is_thin(offers, market.asset_count)
    {
        let smooth = Filling::Sigmoid(last / SHARPER);
        let followed = follow(market, log, widest, smooth.band());
        let start = exact::on_ramp(ladder, market.pairs, &followed, smooth, last);
        let state =
            balance_within(market, start.unwrap_or_else(|| followed.clone()), last, BALANCED, FEW_STEPS);
        if state.is_within(BALANCED) {
            return (state.log, last);
        }
        if let Some(log) = entropic::balance(market, last) {
            return (log, last);
        }
        let state = balance_within(market, state.log, last, BALANCED, MOST_STEPS);
        if state.error <= NEARLY_BALANCED {
            return (state.log, last);
        }
        log = followed;
    }
    narrow(market, log, widest, last)
}

/// The log prices near these at which a market balances within a wider band.
pub(super) fn widened(market: &Market<'_>, log: Vec<f64>, band: f64) -> Vec<f64> {
    let state = balance_within(market, log, band, BALANCED, FEW_STEPS);
    if state.is_within(BALANCED) {
        return state.log;
    }
    entropic::balance(market, band).unwrap_or(state.log)
}

/// Whether there are so few offers that single ones matter.
pub(super) fn is_thin(offers: usize, asset_count: usize) -> bool {
    offers < MANY_OFFERS.saturating_mul(asset_count.saturating_pow(2))
}

/// The log prices that the smooth filling leads to as its band narrows.
fn follow(market: &Market<'_>, mut log: Vec<f64>, widest: f64, last: f64) -> Vec<f64> {
    let (mut reached, mut factor) = (f64::INFINITY, SMOOTHLY_NARROWER);
    let mut band = widest;
    loop {
        let filling = Filling::Sigmoid(band);
        let mut state = market.state(log.clone(), filling);
        let mut steps = 0;
        while !state.is_within(SMOOTHLY_BALANCED)
            && steps < if state.error > SMOOTHLY_BALANCED { SMOOTH_STEPS } else { STEPS_FOR_WORST }
        {
            let direction = newton(market, &state);
            let Some(next) = along(market, &state, &direction, filling) else { break };
            state = next;
            steps += 1;
        }
        if state.error <= SMOOTHLY_BALANCED || reached == f64::INFINITY {
            (log, reached) = (state.log, band);
            if steps <= STEPS_FOR_WORST {
                factor = (factor * factor).min(SMOOTHLY_NARROWER);
            }
        } else {
            factor = factor.sqrt();
        }
        if reached <= last || factor < LEAST_SMOOTHLY_NARROWER {
            return log;
        }
        band = (reached / factor).max(last);
    }
}

/// The log prices that ramps lead to as their band narrows, and the narrowest with which they balance.
fn narrow(market: &Market<'_>, mut log: Vec<f64>, widest: f64, last: f64) -> (Vec<f64>, f64) {
    let (mut reached, mut band, mut factor) = (None, widest, NARROWER);
    loop {
        let goal = if band <= last { BALANCED } else { NEARLY_BALANCED };
        let state = balance_within(market, log.clone(), band, goal, MOST_STEPS);
        if state.error <= NEARLY_BALANCED || reached.is_none() {
            // If that failed at the widest band already, it is a better start still.
            (log, reached) = (state.log, Some(band));
        } else {
            factor = factor.sqrt();
        }
        let done = reached.unwrap_or(widest);
        if done <= last || factor < LEAST_NARROWER {
            return (log, done);
        }
        band = (done / factor).max(last);
    }
}

/// Brings prices to the goal within one band, and if that is [`BALANCED`], as near as can be, in so many steps at most.
fn balance_within(market: &Market<'_>, log: Vec<f64>, band: f64, goal: f64, most: usize) -> State {
    let system = market.asset_count.pow(3) / 3 + 1;
    let steps = (MOST_WORK / system).clamp(LEAST_STEPS, most);
    let filling = Filling::Ramp(band);
    let mut state = market.state(log, filling);
    for _ in 0..steps {
        if state.is_within(if goal > BALANCED { goal } else { EXACT }) {
            break;
        }
        let direction = newton(market, &state);
        state = if state.is_within(goal) {
            let next = market.state(moved(&state.log, &direction, 1.0), filling);
            if next.error > 0.5 * state.error && next.worst > 0.5 * state.worst {
                break;
            }
            next
        } else {
            along(market, &state, &direction, filling)
                .or_else(|| to_next_piece(market, &state, &direction, band))
                .unwrap_or_else(|| tatonnement(market, &state, band))
        };
    }
    state
}

/// Newton's step.
fn newton(market: &Market<'_>, state: &State) -> Vec<f64> {
    let n = market.asset_count;
    let mut jacobian = vec![0.0; n * n];
    for (number, sold) in state.sold.iter().enumerate() {
        let [a, b] = market.ends(number);
        jacobian[a * n + b] -= sold.slope;
        jacobian[b * n + a] -= sold.amount + sold.slope;
    }
    let total: f64 = state.turnover.iter().sum();
    let sums = state.turnover.iter().map(|turnover| 1e-10 * turnover + 1e-14 * total).collect();
    let mut step = state.z.clone();
    Factors::new(jacobian, sums).solve(&mut step);
    if step.iter().any(|step| !step.is_finite()) {
        step.fill(0.0);
    }
    step
}

fn longest(direction: &[f64]) -> f64 {
    direction.iter().fold(0.0, |most, step| step.abs().max(most))
}

/// The point along `direction` that is nearer to balance, if one is.
fn along(market: &Market<'_>, state: &State, direction: &[f64], filling: Filling) -> Option<State> {
    // An asset that is sold or bought alone would go as far as its price goes.
    let direction: Vec<f64> = direction.iter().map(|step| step.clamp(-LONGEST_STEP, LONGEST_STEP)).collect();
    let longest = longest(&direction);
    let mut share = 1.0;
    loop {
        let next = market.state(moved(&state.log, &direction, share), filling);
        if next.error < state.error * (1.0 - 0.1 * share) {
            return Some(next);
        }
        share *= 0.25;
        if share < 1e-3 || share * longest < 1e-3 * filling.band() {
            return None;
        }
    }
}

/// The point along `direction` where the first slope changes, unless that is further from balance.
fn to_next_piece(market: &Market<'_>, state: &State, direction: &[f64], band: f64) -> Option<State> {
    let share = market.to_next_piece(&state.log, direction, band).min(LONGEST_STEP / longest(direction));
    let next = market.state(moved(&state.log, direction, share), Filling::Ramp(band));
    // With a little room for rounding.
    (next.off < state.off * (1.0 + 1e-6)).then_some(next)
}

/// A step of tatonnement, asset by asset: each price in turn moves to where its own asset balances. Since its excess falls as the price
/// rises, that is a search by halves.
fn tatonnement(market: &Market<'_>, state: &State, band: f64) -> State {
    let mut log = state.log.clone();
    for asset in 0..market.asset_count {
        let pairs = market.pairs_of(asset);
        let start = log[asset];
        let mut excess = |at: f64| {
            log[asset] = at;
            market.excess(asset, &pairs, &log, Filling::Ramp(band))
        };
        let now = excess(start);
        let mut step = if now > 0.0 { band } else { -band };
        let mut near = start;
        while now != 0.0 && step.abs() < LONGEST_STEP && excess(start + step) * now > 0.0 {
            near = start + step;
            step *= 2.0;
        }
        let mut far = start + step;
        while now != 0.0 && (far - near).abs() > band * 1e-6 {
            let middle = f64::midpoint(near, far);
            if middle <= near.min(far) || middle >= near.max(far) {
                break;
            }
            *(if excess(middle) * now > 0.0 { &mut near } else { &mut far }) = middle;
        }
        log[asset] = if now == 0.0 { start } else { far };
    }
    market.state(log, Filling::Ramp(band))
}
