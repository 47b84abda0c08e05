//! Prices at which as much of every asset is sold as bought.
//!
//! They start from a valuation: log prices whose differences are, by least squares, the logarithms of the median limits of the pairs.
//! Then Newton's method takes over on the offers' supply, which is smoothed: an offer sells nothing at its limit and all from a
//! share of the rate above it, the band. The band is narrowed step by step, each step starting from the prices before.
//! Where Newton's step does not bring the assets nearer to balance, a step of tatonnement is made: what is sold too much gets cheaper.
//!
//! Log prices are `log`, excess values `z` (what is asked of an asset less what is sold of it, times its price). The Jacobian of `-z` is an
//! M-matrix: no entry off the diagonal is positive and columns sum to 0. A little of each turnover is added to the diagonal,
//! which also keeps the level of all prices, which nothing else fixes.

use super::ladder::{Hint, Ladder, Pair, Supply};
use super::linear;

/// The narrowest band, as a share of the rate.
pub(super) const NARROWEST: f64 = 1.0 / (1 << 20) as f64;

/// The widest band, from which prices start that nothing came before.
pub(super) const WIDEST: f64 = 1.0 / 16.0;

/// By what each band is narrower than the one before, if nothing is in the way, and if something is.
const NARROWER: f64 = 16.0;
const LEAST_NARROWER: f64 = 1.4;

/// Balance enough to go on with a narrower band: the imbalance as a share of the turnover.
const NEARLY_BALANCED: f64 = 1e-3;

/// Balance with the narrowest band, if it can be had at little cost; what is left is settled by `flow`.
const BALANCED: f64 = 1e-8;

/// How much of what is offered counts as turnover.
const OFFERED: f64 = 1e-3;

/// With so many pairs at most, balance is looked for at any cost: few offers are at the margin, and there is little to make up for what is left.
const FEW_PAIRS: usize = 400;

/// How many steps are made at one band.
const MOST_STEPS: usize = 24;

/// How far a log price may go in one step.
const LONGEST_STEP: f64 = 1.0;

/// What the prices are of.
pub(super) struct Market<'a> {
    /// How many assets there are.
    pub(super) asset_count: usize,
    /// The pairs that can trade.
    pub(super) pairs: &'a [Pair],
    /// The offers, and what has changed since.
    ladders: &'a [&'a Ladder],
    /// By pair and ladder, where the last search ended.
    hints: Vec<Hint>,
    /// By pair, how much is offered.
    offered: Vec<f64>,
}

/// Where the market stands at some prices.
#[derive(Clone)]
struct State {
    log: Vec<f64>,
    z: Vec<f64>,
    /// What is sold of each asset and asked of it, in value.
    turnover: Vec<f64>,
    /// Of `-z`.
    jacobian: Vec<f64>,
    /// The sum of all imbalances, as a share of the turnover.
    error: f64,
}

/// Log prices that fit these differences by weighted least squares: `(a, b, difference, weight)` asks for `log[a] - log[b]` to be `difference`.
/// Parts that nothing connects get a mean of 0 each.
pub(super) fn fit(count: usize, differences: &[(u32, u32, f64, f64)]) -> Vec<f64> {
    let mut matrix = vec![0.0; count * count];
    let mut right = vec![0.0; count];
    for &(a, b, difference, weight) in differences {
        let [a, b] = [a as usize, b as usize];
        matrix[a * count + a] += weight;
        matrix[b * count + b] += weight;
        matrix[a * count + b] -= weight;
        matrix[b * count + a] -= weight;
        right[a] += weight * difference;
        right[b] -= weight * difference;
    }
    for asset in 0..count {
        let diagonal = &mut matrix[asset * count + asset];
        *diagonal += *diagonal * 1e-14 + f64::MIN_POSITIVE.sqrt();
    }
    linear::solve(&mut matrix, &mut right);
    right
}

impl<'a> Market<'a> {
    /// The market of these pairs: the offers, and if any have changed since, another ladder of what has.
    pub(super) fn new(asset_count: usize, pairs: &'a [Pair], ladders: &'a [&'a Ladder]) -> Self {
        let hints = vec![Hint::default(); pairs.len() * ladders.len()];
        let mut market = Market { asset_count, pairs, ladders, hints, offered: Vec::new() };
        let total = |ladder: &&Ladder, place| ladder.rungs(place).last().map_or(0, |rung| rung.sum);
        let offered =
            |pair: &Pair| ladders.iter().map(|ladder| total(ladder, market.place(*pair)) as f64).sum();
        market.offered = pairs.iter().map(offered).collect();
        market
    }

    fn place(&self, pair: Pair) -> usize {
        pair.sells as usize * self.asset_count + pair.buys as usize
    }

    /// What is sold of the pair of this number.
    fn supply(&self, number: usize, rate: f64, band: f64) -> Supply {
        let place = self.place(self.pairs[number]);
        let hints = &self.hints[number * self.ladders.len()..];
        let mut all = Supply::default();
        for (ladder, hint) in self.ladders.iter().zip(hints) {
            let supply = Supply::at(ladder.rungs(place), rate, band, hint);
            all.amount += supply.amount;
            all.slope += supply.slope;
        }
        Supply { amount: all.amount.max(0.0), slope: all.slope.max(0.0) }
    }

    /// A first valuation, from the median limit of each pair, weighted by how many offers it has.
    pub(super) fn valuation(&self) -> Vec<f64> {
        let mut differences = Vec::with_capacity(self.pairs.len());
        for pair in self.pairs {
            let rungs = self.ladders[0].rungs(self.place(*pair));
            if !rungs.is_empty() {
                let median = rungs[(rungs.len() - 1) / 2].limit;
                differences.push((pair.sells, pair.buys, median.ln(), rungs.len() as f64));
            }
        }
        fit(self.asset_count, &differences)
    }

    /// Brings `log` near balance, from a band of `widest` on down to [`NARROWEST`]. Returns the band that was reached.
    pub(super) fn balance(&self, log: &mut [f64], widest: f64) -> f64 {
        let (mut reached, mut band, mut factor) = (None, widest, NARROWER);
        loop {
            let state = self.balance_within(log.to_vec(), band);
            if state.error <= NEARLY_BALANCED || reached.is_none() {
                // If that failed at the widest band already, it is a better start still.
                log.copy_from_slice(&state.log);
                reached = Some(band);
            } else {
                factor = factor.sqrt();
            }
            let last = reached.unwrap_or(widest);
            if last <= NARROWEST || factor < LEAST_NARROWER {
                return last;
            }
            band = (last / factor).max(NARROWEST);
        }
    }

    /// Balances within one band: nearly, and in the narrowest as far as Newton's steps help.
    fn balance_within(&self, log: Vec<f64>, band: f64) -> State {
        let mut state = self.state(log, band);
        for _ in 0..MOST_STEPS {
            if state.error <= if band <= NARROWEST { BALANCED } else { NEARLY_BALANCED } {
                break;
            }
            let direction = self.newton(&state, &state.jacobian);
            match self.along(&state, &direction, band) {
                Some(next) => state = next,
                None if state.error <= NEARLY_BALANCED && self.pairs.len() > FEW_PAIRS => break,
                None => state = self.detour(&state, band),
            }
        }
        state
    }

    /// The point along `direction` that is nearer to balance, if one is.
    fn along(&self, state: &State, direction: &[f64], band: f64) -> Option<State> {
        let longest = direction.iter().fold(0.0_f64, |most, step| most.max(step.abs()));
        let mut share = 1.0;
        while share > 1e-3 && share * longest > 1e-3 * band {
            let log = state.log.iter().zip(direction).map(|(log, step)| log + share * step).collect();
            let next = self.state(log, band);
            if next.error < state.error * (1.0 - 0.1 * share) {
                return Some(next);
            }
            share *= 0.25;
        }
        None
    }

    /// Where Newton's step does not help, since slopes change at every offer: a step with the slopes of a wider band, or one of tatonnement.
    fn detour(&self, state: &State, band: f64) -> State {
        let mut wider = band * 4.0;
        while wider <= WIDEST {
            let direction = self.newton(state, &self.state(state.log.clone(), wider).jacobian);
            if let Some(next) = self.along(state, &direction, band) {
                return next;
            }
            wider *= 16.0;
        }
        self.tatonnement(state, band)
    }

    /// A step of tatonnement, asset by asset: each price in turn moves to where its own asset balances. Since its excess falls as the price
    /// rises, that is a search by halves.
    fn tatonnement(&self, state: &State, band: f64) -> State {
        let mut log = state.log.clone();
        for asset in 0..self.asset_count {
            let has = |pair: &Pair| [pair.sells, pair.buys].contains(&(asset as u32));
            let pairs: Vec<usize> =
                (0..self.pairs.len()).filter(|&number| has(&self.pairs[number])).collect();
            let start = log[asset];
            let mut excess = |at: f64| {
                log[asset] = at;
                self.excess(asset, &pairs, &log, band)
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
                *(if excess(middle) * now > 0.0 { &mut near } else { &mut far }) = middle;
            }
            log[asset] = if now == 0.0 { start } else { far };
        }
        self.state(log, band)
    }

    /// The excess value of one asset, of whose pairs these are.
    fn excess(&self, asset: usize, pairs: &[usize], log: &[f64], band: f64) -> f64 {
        let value = |&number: &usize| {
            let [a, b] = [self.pairs[number].sells, self.pairs[number].buys].map(|asset| asset as usize);
            let amount = self.supply(number, (log[a] - log[b]).exp(), band).amount;
            amount * log[a].exp() * if a == asset { -1.0 } else { 1.0 }
        };
        pairs.iter().map(value).sum()
    }

    /// Newton's step.
    fn newton(&self, state: &State, jacobian: &[f64]) -> Vec<f64> {
        let mut matrix = jacobian.to_vec();
        let mut right = state.z.clone();
        let total: f64 = state.turnover.iter().sum();
        for asset in 0..self.asset_count {
            matrix[asset * self.asset_count + asset] += 1e-10 * state.turnover[asset] + 1e-14 * total;
        }
        linear::solve(&mut matrix, &mut right);
        // An asset that is sold or bought alone has next to nothing on its diagonal, and would go as far as its price goes.
        for step in &mut right {
            *step = if step.is_finite() { step.clamp(-LONGEST_STEP, LONGEST_STEP) } else { 0.0 };
        }
        right
    }

    /// Where the market stands.
    fn state(&self, log: Vec<f64>, band: f64) -> State {
        let n = self.asset_count;
        let price: Vec<f64> = log.iter().map(|log| log.exp()).collect();
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
            jacobian[a * n + a] += value + slope;
            jacobian[a * n + b] -= slope;
            jacobian[b * n + a] -= value + slope;
            jacobian[b * n + b] += slope;
        }
        // Of next to no turnover any imbalance is much, so what is offered counts a little too.
        let total = turnover.iter().sum::<f64>() + OFFERED * offered;
        let off: f64 = z.iter().map(|z| z.abs()).sum();
        let error = if total > 0.0 { off / total } else { 0.0 };
        State { log, z, turnover, jacobian, error }
    }
}
