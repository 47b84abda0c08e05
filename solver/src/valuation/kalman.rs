//! Values that drift, followed exchange by exchange: the mean of a Kalman filter after the last one.
//!
//! - Input: exchanges with times; without times, in their order.
//! - Assumes that the logarithms of values walk at random, each by itself, and that rates differ from them by independent normal errors. How fast values
//!   walk, as a share of the errors, is the likeliest of a fixed list on the first exchanges. Weights count as multiples of their mean.
//! - Source: Kalman 1960; the likelihood with the size of the errors concentrated out, Harvey 1989 (section 3.4). It leaves out exchanges that first say anything
//!   of their goods: those that join goods not joined before, or without covariances the first [`UNLEARNT`] of each good.
//! - Cost: O(goods²) an exchange with the covariances of all goods, where goods² times exchanges are at most [`MOST_WORK`]; beyond that O(1) with
//!   variances alone, which take what two goods have in common for nothing and so learn more slowly. The values say which it was.

use super::estimate::{Condition, Estimate, Settings, parameter};
use super::evidence::{Evidence, Refusal};
use super::joined::Joined;
use super::number::ln;

/// The most work with covariances.
const MOST_WORK: usize = 2_000_000_000;

/// How many exchanges of each good say nothing of the drift where variances alone are followed: as each halves what is not known of a
/// good at best, so many take it from [`UNKNOWN`] to the size of errors.
const UNLEARNT: u32 = 20;

/// The most exchanges on which drifts are compared.
const PILOT: usize = 20_000;

/// The variance of the walk between two exchanges, as a share of the variance of errors.
const DRIFTS: [f64; 7] = [0.0, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1];

/// The variance of a logarithm of which nothing is known, as a multiple of the variance of errors.
const UNKNOWN: f64 = 1e6;

/// Follows the values.
pub(super) fn estimate(evidence: &Evidence, _: &Settings) -> Result<Estimate, Refusal> {
    evidence.need_exchanges()?;
    let course = Course::new(evidence);
    let square = evidence.good_count() * evidence.good_count();
    let most = if course.is_exact { (MOST_WORK / DRIFTS.len() / square.max(1)).max(1) } else { PILOT };
    let pilot = course.moments.len().min(PILOT).min(most);
    let mut drift = (DRIFTS[0], f64::MIN);
    for candidate in DRIFTS {
        let (_, likelihood) = course.follow(candidate, pilot);
        if likelihood > drift.1 {
            drift = (candidate, likelihood);
        }
    }
    let (log_value, _) = course.follow(drift.0, course.moments.len());
    let note = "many goods and exchanges: followed by variances alone, without what goods have in common";
    let estimate = Estimate::new(evidence, log_value, course.moments.len());
    Ok(estimate.with("drift", drift.0).note(!course.is_exact, note))
}

/// The values are those of the same course followed again.
pub(super) fn check(evidence: &Evidence, log_value: &[f64], parameters: &[(&str, f64)]) -> Vec<Condition> {
    let drift = parameter(parameters, "drift").unwrap_or(f64::NAN);
    let course = Course::new(evidence);
    let (mut again, _) = course.follow(drift, course.moments.len());
    evidence.center(&mut again);
    let differences = again.iter().zip(log_value).map(|(again, value)| (again - value).abs());
    let worst =
        differences.fold(
            0.0,
            |most: f64, difference| if difference > most || difference.is_nan() { difference } else { most },
        );
    let known = if DRIFTS.contains(&drift) { 0.0 } else { 1.0 };
    vec![
        Condition::new("drift: 0 if it is one of those compared", known, 0.0),
        Condition::new("difference from the course followed again", worst, 1e-9),
    ]
}

/// The values after all exchanges under a drift that the caller chooses.
#[cfg(test)]
pub(super) fn follow_for_test(evidence: &Evidence, drift: f64) -> Vec<f64> {
    let course = Course::new(evidence);
    let (mut log_value, _) = course.follow(drift, course.moments.len());
    evidence.center(&mut log_value);
    log_value
}

/// Exchanges in the order of their times.
struct Course {
    good_count: usize,
    is_exact: bool,
    moments: Vec<Moment>,
}

/// An exchange as it is followed: goods, the logarithm of its rate, the variance of its error, and the time since the one before.
struct Moment {
    gives: usize,
    gets: usize,
    rate: f64,
    error: f64,
    since: f64,
}

impl Course {
    fn new(evidence: &Evidence) -> Self {
        let exchanges = evidence.exchanges();
        let mut order: Vec<u32> = (0..exchanges.len() as u32).collect();
        order.sort_by(|&a, &b| exchanges[a as usize].time.total_cmp(&exchanges[b as usize].time));
        let time = |place: usize| exchanges[order[place] as usize].time;
        let span = time(order.len() - 1) - time(0);
        let mean = span / (order.len() - 1).max(1) as f64;
        let weight = exchanges.iter().map(|exchange| exchange.weight / exchanges.len() as f64).sum::<f64>();
        let moment = |place: usize| {
            let index = order[place] as usize;
            let since = match place {
                0 => 0.0,
                _ if mean > 0.0 && mean.is_finite() => (time(place) - time(place - 1)) / mean,
                _ => 1.0,
            };
            let exchange = &exchanges[index];
            let (gives, gets) = (exchange.gives as usize, exchange.gets as usize);
            Moment { gives, gets, rate: evidence.log_rates()[index], error: weight / exchange.weight, since }
        };
        let moments: Vec<Moment> = (0..order.len()).map(moment).collect();
        let good_count = evidence.good_count();
        let work = good_count.saturating_mul(good_count).saturating_mul(moments.len());
        Course { good_count, is_exact: work <= MOST_WORK, moments }
    }

    /// The logarithms of values after the first `count` exchanges, and the logarithm of their likelihood, but for a constant.
    fn follow(&self, drift: f64, count: usize) -> (Vec<f64>, f64) {
        if self.is_exact { self.with_covariances(drift, count) } else { self.with_variances(drift, count) }
    }

    fn with_covariances(&self, drift: f64, count: usize) -> (Vec<f64>, f64) {
        let goods = self.good_count;
        let mut mean = vec![0.0; goods];
        let mut covariance = vec![0.0; goods * goods];
        (0..goods).for_each(|good| covariance[good * goods + good] = UNKNOWN);
        let mut gain = vec![0.0; goods];
        let mut likelihood = Likelihood::default();
        let mut joined = Joined::new(goods);
        for moment in &self.moments[..count] {
            let Moment { gives, gets, rate, error, since } = *moment;
            if drift > 0.0 {
                (0..goods).for_each(|good| covariance[good * goods + good] += drift * since);
            }
            for (good, gain) in gain.iter_mut().enumerate() {
                *gain = covariance[gives * goods + good] - covariance[gets * goods + good];
            }
            let spread = gain[gives] - gain[gets] + error;
            let innovation = rate - (mean[gives] - mean[gets]);
            if joined.root(gives as u32) == joined.root(gets as u32) {
                likelihood.add(innovation, spread);
            }
            joined.join(gives as u32, gets as u32);
            for row in 0..goods {
                let share = gain[row] / spread;
                if share == 0.0 {
                    continue;
                }
                mean[row] += share * innovation;
                let covariances = &mut covariance[row * goods..(row + 1) * goods];
                covariances.iter_mut().zip(&gain).for_each(|(covariance, gain)| *covariance -= share * gain);
            }
        }
        (mean, likelihood.log())
    }

    fn with_variances(&self, drift: f64, count: usize) -> (Vec<f64>, f64) {
        let mut mean = vec![0.0; self.good_count];
        let mut variance = vec![UNKNOWN; self.good_count];
        let mut seen = vec![0.0; self.good_count];
        let mut met = vec![0_u32; self.good_count];
        let mut now = 0.0;
        let mut likelihood = Likelihood::default();
        for moment in &self.moments[..count] {
            let Moment { gives, gets, rate, error, since } = *moment;
            now += since;
            for good in [gives, gets] {
                variance[good] += drift * (now - seen[good]);
                seen[good] = now;
            }
            let spread = variance[gives] + variance[gets] + error;
            let innovation = rate - (mean[gives] - mean[gets]);
            if met[gives].min(met[gets]) >= UNLEARNT {
                likelihood.add(innovation, spread);
            }
            mean[gives] += variance[gives] / spread * innovation;
            mean[gets] -= variance[gets] / spread * innovation;
            for good in [gives, gets] {
                met[good] += 1;
                variance[good] *= (spread - variance[good]) / spread;
            }
        }
        (mean, likelihood.log())
    }
}

/// The likelihood of innovations whose variances are known but for one factor.
#[derive(Default)]
struct Likelihood {
    squares: f64,
    spreads: f64,
    count: f64,
}

impl Likelihood {
    fn add(&mut self, innovation: f64, spread: f64) {
        self.squares += innovation * innovation / spread;
        self.spreads += ln(spread);
        self.count += 1.0;
    }

    fn log(&self) -> f64 {
        if self.count == 0.0 {
            return 0.0;
        }
        // Rates that agree exactly have no errors to compare drifts by.
        let mean = (self.squares / self.count).max(1e-30);
        -0.5 * (self.count * ln(mean) + self.spreads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Stream;
    use crate::valuation::number::exp;
    use crate::valuation::{Exchange, Rankings};

    /// Trades in turn, of values that walk by `walk` between two, at rates with errors of `noise`.
    fn walking(goods: u32, count: usize, walk: f64, noise: f64) -> Vec<Exchange> {
        let mut stream = Stream::new(11);
        let mut truth = vec![0.0; goods as usize];
        let mut about = |size: f64| size * 2.0 * (stream.unit() + stream.unit() + stream.unit() - 1.5);
        let trade = |index: usize| {
            for value in &mut truth {
                *value += about(walk);
            }
            let (gives, gets) = (index as u32 % goods, (index as u32 * 7 + 3) % goods);
            let gets = if gives == gets { (gets + 1) % goods } else { gets };
            let rate = exp(truth[gives as usize] - truth[gets as usize] + about(noise));
            Exchange { time: index as f64, ..Exchange::new(gives, gets, 1.0, rate) }
        };
        (0..count).map(trade).collect()
    }

    fn drift(evidence: &Evidence) -> f64 {
        parameter(&estimate(evidence, &Settings::default()).unwrap().parameters, "drift").unwrap()
    }

    #[test]
    fn weights_count_by_their_ratios_alone() {
        let trades = walking(6, 400, 0.02, 0.1);
        let value = |factor: f64| {
            let weighed = trades
                .iter()
                .enumerate()
                .map(|(index, trade)| Exchange { weight: factor * (1 + index % 3) as f64, ..*trade });
            let evidence = Evidence::new(6, weighed.collect(), Rankings::default()).unwrap();
            estimate(&evidence, &Settings::default()).unwrap().log_value
        };
        let (light, heavy) = (value(1e-6), value(1e6));
        assert!(light.iter().zip(&heavy).all(|(a, b)| (a - b).abs() < 1e-9), "{light:?} {heavy:?}");
    }

    #[test]
    fn a_drift_is_found_with_covariances_and_without() {
        for (goods, count) in [(6, 2_000), (1_000, 30_000)] {
            let still =
                Evidence::new(goods as usize, walking(goods, count, 0.0, 0.1), Rankings::default()).unwrap();
            let moving =
                Evidence::new(goods as usize, walking(goods, count, 0.01, 0.1), Rankings::default()).unwrap();
            assert!(drift(&still) <= 1e-5, "{goods}: {}", drift(&still));
            assert!(drift(&moving) >= 1e-3, "{goods}: {}", drift(&moving));
        }
    }
}
