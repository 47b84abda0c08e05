//! Where a market stands at some prices: what is sold and asked of every asset, and how that changes with the prices.
//!
//! What offers sell is smoothed: nothing at their limit, all from a share of the rate above it, the band, and in between in proportion.
//! So excess values `z` (what is asked of an asset less what is sold of it, times its price) are piecewise smooth in log prices `log`.
//! The Jacobian of `-z` has no positive entry off the diagonal, and its columns add up to 0.
//!
//! Cost: two searches a pair, which begin where those before ended.

use libm::{exp, log as ln};

use super::ladder::{Ladder, Pair, Rung, Supply, above};

/// How much of what is offered counts as turnover: of next to no turnover any imbalance is much.
const OFFERED: f64 = 1e-3;

/// How far beyond the place where a slope changes a step ends, as a share of the band.
const BEYOND: f64 = 1e-6;

/// What the prices are of.
pub(super) struct Market<'a> {
    /// How many assets there are.
    pub(super) asset_count: usize,
    /// The pairs that can trade.
    pub(super) pairs: &'a [Pair],
    /// The offers, and what has changed since.
    pub(super) ladders: &'a [&'a Ladder],
    /// By pair, how much is offered.
    offered: Vec<f64>,
}

/// Where the market stands at some prices.
#[derive(Clone)]
pub(super) struct State {
    pub(super) log: Vec<f64>,
    pub(super) z: Vec<f64>,
    /// What is sold of each asset and asked of it, in value.
    pub(super) turnover: Vec<f64>,
    /// Of `-z`. What stands on its diagonal is left out: columns add up to 0.
    pub(super) jacobian: Vec<f64>,
    /// The sum of all imbalances.
    pub(super) off: f64,
    /// The same as a share of the turnover.
    pub(super) error: f64,
}

impl<'a> Market<'a> {
    /// The market of these pairs: the offers, and if any have changed since, another ladder of what has.
    pub(super) fn new(asset_count: usize, pairs: &'a [Pair], ladders: &'a [&'a Ladder]) -> Self {
        let mut market = Market { asset_count, pairs, ladders, offered: Vec::new() };
        let total = |ladder: &&Ladder, place| ladder.rungs(place).last().map_or(0, |rung| rung.sum) as f64;
        let offered = |&pair: &Pair| ladders.iter().map(|ladder| total(ladder, market.place(pair))).sum();
        market.offered = pairs.iter().map(offered).collect();
        market
    }

    /// The place of a pair in the ladders.
    pub(super) fn place(&self, pair: Pair) -> usize {
        pair.sells as usize * self.asset_count + pair.buys as usize
    }

    /// What is sold of the pair of this number.
    fn supply(&self, number: usize, rate: f64, band: f64) -> Supply {
        let place = self.place(self.pairs[number]);
        let mut all = Supply::default();
        for ladder in self.ladders {
            let supply = ladder.supply(place, rate, band);
            all.amount += supply.amount;
            all.slope += supply.slope;
        }
        Supply { amount: all.amount.max(0.0), slope: all.slope.max(0.0) }
    }

    /// Where the market stands.
    pub(super) fn state(&self, log: Vec<f64>, band: f64) -> State {
        let n = self.asset_count;
        let price: Vec<f64> = log.iter().map(|&log| exp(log)).collect();
        let (mut z, mut turnover, mut jacobian) = (vec![0.0; n], vec![0.0; n], vec![0.0; n * n]);
        let mut offered = 0.0;
        for (number, pair) in self.pairs.iter().enumerate() {
            let [a, b] = [pair.sells as usize, pair.buys as usize];
            offered += price[a] * self.offered[number];
            let supply = self.supply(number, price[a] / price[b], band);
            let (value, slope) = (supply.amount * price[a], supply.slope * price[a]);
            z[a] -= value;
            z[b] += value;
            turnover[a] += value;
            turnover[b] += value;
            jacobian[a * n + b] -= slope;
            jacobian[b * n + a] -= value + slope;
        }
        let off: f64 = z.iter().map(|z| z.abs()).sum();
        let total = turnover.iter().sum::<f64>() + OFFERED * offered;
        let error = if total > 0.0 { off / total } else { 0.0 };
        State { log, z, turnover, jacobian, off, error }
    }

    /// The pairs of an asset, by number.
    pub(super) fn pairs_of(&self, asset: usize) -> Vec<usize> {
        let has = |pair: &Pair| [pair.sells, pair.buys].contains(&(asset as u32));
        (0..self.pairs.len()).filter(|&number| has(&self.pairs[number])).collect()
    }

    /// The excess value of one asset, of whose pairs these are the numbers.
    pub(super) fn excess(&self, asset: usize, pairs: &[usize], log: &[f64], band: f64) -> f64 {
        let value = |&number: &usize| {
            let [a, b] = [self.pairs[number].sells, self.pairs[number].buys].map(|asset| asset as usize);
            let amount = self.supply(number, exp(log[a] - log[b]), band).amount;
            amount * exp(log[a]) * if a == asset { -1.0 } else { 1.0 }
        };
        pairs.iter().map(value).sum()
    }

    /// The share of `direction` after which, from `log` on, the slope of a pair changes: just beyond the first such place, or 1.
    pub(super) fn to_next_piece(&self, log: &[f64], direction: &[f64], band: f64) -> f64 {
        let mut nearest = 1.0_f64;
        for &pair in self.pairs {
            let [a, b] = [pair.sells as usize, pair.buys as usize];
            let towards = direction[a] - direction[b];
            if towards == 0.0 {
                continue;
            }
            let rate = exp(log[a] - log[b]);
            for ladder in self.ladders {
                if let Some(edge) = next_edge(ladder.rungs(self.place(pair)), rate, band, towards > 0.0) {
                    nearest =
                        nearest.min((ln(edge / rate) / towards).max(0.0) + BEYOND * band / towards.abs());
                }
            }
        }
        nearest
    }
}

/// The next rate above this one, or below, at which the slope of what is sold changes: an offer begins to sell there, or sells all.
fn next_edge(rungs: &[Rung], rate: f64, band: f64, up: bool) -> Option<f64> {
    let high = above(rungs, rate);
    let low = above(&rungs[..high], rate * (1.0 - band));
    let limit = |at: usize| rungs.get(at).map(|rung| rung.limit);
    let [begins, ends] =
        if up { [high, low].map(limit) } else { [high, low].map(|at| at.checked_sub(1).and_then(limit)) };
    let edges = begins.into_iter().chain(ends.map(|limit| limit / (1.0 - band)));
    if up {
        edges.filter(|&edge| edge > rate).min_by(f64::total_cmp)
    } else {
        edges.filter(|&edge| edge < rate).max_by(f64::total_cmp)
    }
}
