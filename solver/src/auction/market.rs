//! Where a market stands at some prices: what is sold and asked of every asset, and how that changes with the prices.
//!
//! What offers sell is smoothed (see [`Filling`]). So excess values `z` (what is asked of an asset less what is sold of it, times its price) are piecewise smooth in log prices `log`.
//! The Jacobian of `-z` has no positive entry off the diagonal, and its columns add up to 0: of each pair it has the slope, and in the column of
//! what it sells also the value.
//!
//! Cost: two searches a pair, which begin where those before ended.

use libm::{exp, log as ln};

use super::ladder::{Filling, Ladder, Pair, Rung, Supply, above};

/// How much of what is offered counts as turnover: of next to no turnover any imbalance is much.
const OFFERED: f64 = 1e-3;

/// How far beyond the place where a slope changes a step ends, as a share of the band.
const BEYOND: f64 = 1e-6;

/// What the prices are of.
pub(super) struct Market<'a> {
    /// How many assets there are.
    pub(super) asset_count: usize,
    /// The pairs that can trade, between assets as they are numbered here.
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
    /// By pair: what is sold of it, in value, and how much more for a relative rise of its rate.
    pub(super) sold: Vec<Supply>,
    /// The sum of all imbalances.
    pub(super) off: f64,
    /// The same as a share of the turnover.
    pub(super) error: f64,
    /// The greatest imbalance of one asset as a share of its own turnover.
    pub(super) worst: f64,
}

/// The imbalance of one asset may be such a multiple of that of all together.
const WORST: f64 = 100.0;

impl State {
    /// Whether this much is out of balance at most.
    pub(super) fn is_within(&self, goal: f64) -> bool {
        self.error <= goal && self.worst <= WORST * goal
    }
}

/// Log prices after a share of a step.
pub(super) fn moved(log: &[f64], step: &[f64], share: f64) -> Vec<f64> {
    log.iter().zip(step).map(|(log, step)| log + share * step).collect()
}

impl<'a> Market<'a> {
    /// The market of these pairs: the offers, and if any have changed since, another ladder of what has.
    pub(super) fn new(asset_count: usize, pairs: &'a [Pair], ladders: &'a [&'a Ladder]) -> Self {
        let mut market = Market { asset_count, pairs, ladders, offered: Vec::new() };
        let total = |ladder: &&Ladder, place| ladder.rungs(place).last().map_or(0, |rung| rung.sum) as f64;
        let offered = |pair: &Pair| ladders.iter().map(|ladder| total(ladder, pair.place)).sum();
        market.offered = pairs.iter().map(offered).collect();
        market
    }

    /// How many offers there are, beside what has changed.
    pub(super) fn offers(&self) -> usize {
        self.pairs.iter().map(|pair| self.ladders[0].rungs(pair.place).len()).sum()
    }

    /// What is sold of the pair of this number.
    fn supply(&self, number: usize, rate: f64, filling: Filling) -> Supply {
        let place = self.pairs[number].place;
        let mut all = Supply::default();
        for ladder in self.ladders {
            let supply = ladder.supply(place, rate, filling);
            all.amount += supply.amount;
            all.slope += supply.slope;
        }
        Supply { amount: all.amount.max(0.0), slope: all.slope.max(0.0) }
    }

    /// What the pair of this number sells, and what it buys.
    pub(super) fn ends(&self, number: usize) -> [usize; 2] {
        let pair = self.pairs[number];
        [pair.sells as usize, pair.buys as usize]
    }

    /// Where the market stands.
    pub(super) fn state(&self, log: Vec<f64>, filling: Filling) -> State {
        let n = self.asset_count;
        let price: Vec<f64> = log.iter().map(|&log| exp(log)).collect();
        let (mut z, mut turnover) = (vec![0.0; n], vec![0.0; n]);
        let mut sold = Vec::with_capacity(self.pairs.len());
        let mut offered = vec![0.0; n];
        for number in 0..self.pairs.len() {
            let [a, b] = self.ends(number);
            offered[a] += price[a] * self.offered[number];
            let supply = self.supply(number, price[a] / price[b], filling);
            let (value, slope) = (supply.amount * price[a], supply.slope * price[a]);
            z[a] -= value;
            z[b] += value;
            turnover[a] += value;
            turnover[b] += value;
            sold.push(Supply { amount: value, slope });
        }
        let share = |part: f64, turnover: f64, offered: f64| {
            let all = turnover + OFFERED * offered;
            if all > 0.0 { part / all } else { 0.0 }
        };
        let off: f64 = z.iter().map(|z| z.abs()).sum();
        let error = share(off, turnover.iter().sum(), offered.iter().sum());
        let worst = (0..n).map(|a| share(z[a].abs(), turnover[a], offered[a])).fold(0.0, f64::max);
        State { log, z, turnover, sold, off, error, worst }
    }

    /// The pairs of an asset, by number.
    pub(super) fn pairs_of(&self, asset: usize) -> Vec<usize> {
        let has = |pair: &Pair| [pair.sells, pair.buys].contains(&(asset as u32));
        (0..self.pairs.len()).filter(|&number| has(&self.pairs[number])).collect()
    }

    /// The excess value of one asset, of whose pairs these are the numbers.
    pub(super) fn excess(&self, asset: usize, pairs: &[usize], log: &[f64], filling: Filling) -> f64 {
        let value = |&number: &usize| {
            let [a, b] = self.ends(number);
            let amount = self.supply(number, exp(log[a] - log[b]), filling).amount;
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
                if let Some(edge) = next_edge(ladder.rungs(pair.place), rate, band, towards > 0.0) {
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
