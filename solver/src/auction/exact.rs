//! Balanced prices moved to where the offers at the margin are exactly at their limits.
//!
//! Prices that balance within a band let each offer in the band sell the part that its distance from the limit says. In the equilibrium itself such
//! an offer is at its limit, which fixes the rate of its two assets. So assets are joined by those offers, the largest first, into groups
//! whose rates are all limits, or sums of them; between groups every offer sells all or nothing, so that their prices follow from linear
//! equations: what a group sells is worth what it buys.
//!
//! Where many limits are at the margin, prices stay as they are: few of them would be at their limit anyway.
//!
//! Cost: a search a pair, and a linear system of the groups' number.

use libm::{exp, log as ln};

use super::ladder::{Filling, Ladder, Pair, SIGMOID_ENDS, above, sum_to};
use super::linear::Factors;

/// Steps to balance between groups; each squares what is left.
const STEPS: usize = 4;

/// So many limits at the margin for each asset are few.
const FEW: usize = 4;

/// Offers of one limit at the margin of a pair.
struct Margin {
    pair: Pair,
    limit: f64,
    value: f64,
}

/// Assets in groups, each with its log price less that of the group.
struct Groups {
    of: Vec<usize>,
    offset: Vec<f64>,
}

/// Log prices near `log`, which balance within `band`, with offers at their limits; none if too many are in the band.
pub(super) fn prices(ladder: &Ladder, pairs: &[Pair], log: &[f64], band: f64) -> Option<Vec<f64>> {
    let margins = margins(ladder, pairs, log, [1.0 - 2.0 * band, 1.0 + band])?;
    Some(join(ladder, pairs, log, margins, band))
}

/// Log prices near `log`, which balance as [`Filling::Sigmoid`], with offers as far in the ramp of this band as they sell; none if too many sell a part.
pub(super) fn on_ramp(
    ladder: &Ladder,
    pairs: &[Pair],
    log: &[f64],
    smooth: Filling,
    band: f64,
) -> Option<Vec<f64>> {
    let ends = SIGMOID_ENDS * smooth.band();
    let mut margins = margins(ladder, pairs, log, [1.0 - ends, 1.0 + ends])?;
    for Margin { pair, limit, .. } in &mut margins {
        let rate = exp(log[pair.sells as usize] - log[pair.buys as usize]);
        *limit *= 1.0 + smooth.share(*limit / rate) * band;
    }
    Some(join(ladder, pairs, log, margins, band))
}

/// Log prices near `log` with these margins at their limits, and otherwise in balance.
fn join(ladder: &Ladder, pairs: &[Pair], log: &[f64], margins: Vec<Margin>, band: f64) -> Vec<f64> {
    let groups = groups(log.len(), margins);
    let mut level = levels(&groups, log);
    for _ in 0..STEPS {
        balance(ladder, pairs, &groups, &mut level, band);
    }
    (0..log.len()).map(|asset| level[groups.of[asset]] + groups.offset[asset]).collect()
}

/// Of each pair the limit between these shares of the rate at which most is offered, the most valuable first.
fn margins(ladder: &Ladder, pairs: &[Pair], log: &[f64], [from, to]: [f64; 2]) -> Option<Vec<Margin>> {
    let mut margins = Vec::new();
    let mut count = 0;
    for &pair in pairs {
        let rungs = ladder.rungs(pair.place);
        let rate = exp(log[pair.sells as usize] - log[pair.buys as usize]);
        let high = above(rungs, rate * to);
        let mut low = above(&rungs[..high], rate * from);
        let mut most: Option<(i64, f64)> = None;
        while low < high {
            count += 1;
            if count > FEW * log.len() {
                return None;
            }
            let limit = rungs[low].limit;
            let end = above(rungs, limit);
            let amount = sum_to(rungs, end) - sum_to(rungs, low);
            if most.is_none_or(|most| amount > most.0) {
                most = Some((amount, limit));
            }
            low = end;
        }
        if let Some((amount, limit)) = most {
            let value = amount as f64 * exp(log[pair.sells as usize]);
            margins.push(Margin { pair, limit, value });
        }
    }
    margins.sort_by(|one, other| other.value.total_cmp(&one.value));
    Some(margins)
}

/// Joins assets whose rate a margin fixes, unless those before fix it already.
fn groups(count: usize, margins: Vec<Margin>) -> Groups {
    let mut groups = Groups { of: (0..count).collect(), offset: vec![0.0; count] };
    for Margin { pair, limit, .. } in margins {
        let [a, b] = [pair.sells as usize, pair.buys as usize];
        let [into, from] = [groups.of[a], groups.of[b]];
        if into == from {
            continue;
        }
        // The log price of `a` less that of `b` is to be that of the limit.
        let shift = groups.offset[a] - ln(limit) - groups.offset[b];
        for asset in 0..count {
            if groups.of[asset] == from {
                groups.of[asset] = into;
                groups.offset[asset] += shift;
            }
        }
    }
    groups
}

/// The log price of each group that fits the prices of its assets best.
fn levels(groups: &Groups, log: &[f64]) -> Vec<f64> {
    let mut level = vec![0.0; log.len()];
    let mut size = vec![0.0; log.len()];
    for (asset, &group) in groups.of.iter().enumerate() {
        level[group] += log[asset] - groups.offset[asset];
        size[group] += 1.0;
    }
    level.iter().zip(&size).map(|(level, size)| if *size > 0.0 { level / size } else { 0.0 }).collect()
}

/// A step of Newton's method to where each group buys what it sells.
fn balance(ladder: &Ladder, pairs: &[Pair], groups: &Groups, level: &mut [f64], band: f64) {
    let n = level.len();
    let (mut matrix, mut sums, mut excess) = (vec![0.0; n * n], vec![0.0; n], vec![0.0; n]);
    for &pair in pairs {
        let [sells, buys] = [pair.sells as usize, pair.buys as usize];
        let [from, to] = [groups.of[sells], groups.of[buys]];
        if from == to {
            continue;
        }
        let [sold, bought] =
            [(sells, from), (buys, to)].map(|(asset, group)| level[group] + groups.offset[asset]);
        let rungs = ladder.rungs(pair.place);
        // Between groups no offer is in the band, so that anywhere within it is as good.
        let amount = sum_to(rungs, above(rungs, exp(sold - bought) * (1.0 - 0.5 * band)));
        let value = amount as f64 * exp(sold);
        excess[from] -= value;
        excess[to] += value;
        matrix[to * n + from] -= value;
        sums[from] += value * 1e-12;
    }
    Factors::new(matrix, sums).solve(&mut excess);
    for (level, step) in level.iter_mut().zip(excess) {
        *level += if step.is_finite() { step.clamp(-band, band) } else { 0.0 };
    }
}
