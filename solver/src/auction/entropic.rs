//! Log prices at which a market of few offers balances, where amounts, limits and turnovers are many powers of ten apart.
//!
//! Each offer sells the share `1 / (1 + exp(-t))` of its amount, where `t` is the logarithm of the rate over its limit, in bands: never quite
//! nothing, never quite all. So each band has one balance (all assets are gross substitutes), and from band to band these are a smooth path. It
//! begins where everybody sells the half, which is a Markov chain in equilibrium, and ends in narrow bands, where the market is itself;
//! there it is nearly straight (Cominetti and San Martín 1994, "Asymptotic analysis of the exponential penalty trajectory in linear programming").
//! Newton's method follows it on the logarithms of what comes of each asset and what goes: offers far below their limits are exponentials,
//! whose logarithms are linear, and nothing is too large or too small. Rows of the Jacobian are shares, and add up to 0.
//!
//! At last all limits are raised by some bands, so that whoever sells anything that counts is beyond the own limit.
//!
//! The path may end early: where assets have next to nothing to do with each other, no step tells how their prices are to each other.
//!
//! Cost: for each step an exponential and a logarithm an offer, and a dense linear system, or several where assets hardly hang together: 67 steps
//! for 20,000 offers over 50 assets, 206 over 400.

use libm::{exp, log as ln, log1p};

use super::ladder::amount;
use super::linear::Factors;
use super::market::{Market, moved};

/// Beyond so many bands an offer sells all, or nothing, but for what no floating-point number would tell.
const ENDS: f64 = 40.0;

/// The first band is so many times the distance of any offer from its limit.
const WIDEST: f64 = 32.0;

/// By what each band is narrower than the one before if nothing is in the way, and if something is.
const NARROWER: f64 = 64.0;
const LEAST_NARROWER: f64 = 1.02;

/// By so many bands limits are raised at once if nothing is in the way, and if something is.
const RAISED: f64 = 8.0;
const LEAST_RAISED: f64 = 0.1;

/// Balance enough to go on: the greatest logarithm of what comes of an asset over what goes; and with narrow bands what numbers can tell.
const BALANCED: f64 = 1e-9;
const EXACT: f64 = 1e-13;

/// How many steps are made for it.
const STEPS: usize = 24;

/// The shortest part of a step that is tried.
const SHORTEST: f64 = 1e-3;

/// A step that moves a log price by more than so many bands an asset comes of assets that have next to nothing to do with each other; then each
/// is tied to where it is, by so much of its turnover.
const FARTHEST: f64 = 100.0;
const TIES: [f64; 9] = [0.0, 1e-14, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2, 1.0];

/// An offer: the logarithms of what is offered and of its limit.
struct Term {
    amount: f64,
    limit: f64,
}

/// A market as logarithms.
struct Logs<'a> {
    market: &'a Market<'a>,
    /// By pair.
    terms: Vec<Vec<Term>>,
}

/// How offers are filled: `t` is in units of the band, and less by what limits are raised.
#[derive(Clone, Copy)]
struct Shape {
    band: f64,
    raised: f64,
}

/// What a pair sells.
#[derive(Clone, Copy)]
struct Sold {
    /// The logarithm of its value at the price.
    value: f64,
    /// The share of an offer that is not sold, on average: how fast the logarithm of what is sold grows with `t`.
    rest: f64,
    /// How fast it falls as the logarithm of the band grows.
    widening: f64,
}

/// Where the market stands.
struct State {
    log: Vec<f64>,
    shape: Shape,
    sold: Vec<Sold>,
    /// By asset, the logarithms of the values of what goes and of what comes.
    goes: Vec<f64>,
    comes: Vec<f64>,
    /// The greatest difference of the two.
    error: f64,
}

/// A sum of numbers of which the logarithms are given.
#[derive(Clone, Copy)]
struct LogSum {
    most: f64,
    sum: f64,
}

impl LogSum {
    const NOTHING: LogSum = LogSum { most: f64::NEG_INFINITY, sum: 0.0 };

    /// Adds one; returns what the sum so far is multiplied by, and what is added to it.
    fn add(&mut self, log: f64) -> [f64; 2] {
        let [before, now] =
            if log <= self.most { [1.0, exp(log - self.most)] } else { [exp(self.most - log), 1.0] };
        self.sum = self.sum * before + now;
        self.most = self.most.max(log);
        [before, now]
    }

    fn log(self) -> f64 {
        self.most + ln(self.sum)
    }
}

/// Log prices at which the market balances, each offer that sells a part being beyond its limit by less than `band`; none if the path ends early.
pub(super) fn balance(market: &Market<'_>, band: f64) -> Option<Vec<f64>> {
    let logs = Logs::new(market);
    let narrowest = band / (2.0 * ENDS);
    let (log, farthest) = logs.halves()?;
    let widest = (WIDEST * farthest).max(narrowest);
    let mut state = logs.balanced(log, Shape { band: widest, raised: 0.0 })?;
    let mut factor = NARROWER;
    while state.shape.band > narrowest {
        let band = (state.shape.band / factor).max(narrowest);
        // The path is nearly linear in the band.
        let change = band / state.shape.band - 1.0;
        let start = logs.ahead(&state, |sold| sold.widening * change);
        if let Some(next) = logs.balanced(start, Shape { band, raised: 0.0 }) {
            state = next;
            factor = (factor * factor).min(NARROWER);
        } else {
            factor = factor.sqrt();
            if factor < LEAST_NARROWER {
                return None;
            }
        }
    }
    let mut by = RAISED;
    while state.shape.raised < ENDS {
        let raised = (state.shape.raised + by).min(ENDS);
        let change = raised - state.shape.raised;
        let start = logs.ahead(&state, |sold| sold.rest * change);
        if let Some(next) = logs.balanced(start, Shape { raised, ..state.shape }) {
            state = next;
            by *= 2.0;
        } else {
            by *= 0.5;
            if by < LEAST_RAISED {
                return None;
            }
        }
    }
    Some(state.log)
}

impl<'a> Logs<'a> {
    fn new(market: &'a Market<'a>) -> Self {
        let terms = market.pairs.iter().map(|pair| {
            let rungs = market.ladders[0].rungs(pair.place);
            let term = |at: usize| Term { amount: ln(amount(rungs, at) as f64), limit: ln(rungs[at].limit) };
            (0..rungs.len()).map(term).collect()
        });
        Logs { market, terms: terms.collect() }
    }

    /// The log prices at which the market balances if all sell the same share, and how far any offer is from its limit then; none if
    /// prices are too far apart for numbers.
    fn halves(&self) -> Option<(Vec<f64>, f64)> {
        let n = self.market.asset_count;
        let mut matrix = vec![0.0; n * n];
        for (number, terms) in self.terms.iter().enumerate() {
            let [a, b] = self.market.ends(number);
            matrix[b * n + a] -= terms.iter().map(|term| exp(term.amount)).sum::<f64>();
        }
        // The first price is 1.
        let mut sums: Vec<f64> = matrix[..n].iter().map(|entry| -entry).collect();
        let mut price: Vec<f64> = matrix.iter().step_by(n).map(|entry| -entry).collect();
        matrix[..n].fill(0.0);
        matrix.iter_mut().step_by(n).for_each(|entry| *entry = 0.0);
        (sums[0], price[0]) = (1.0, 1.0);
        Factors::new(matrix, sums).solve(&mut price);
        if !price.iter().all(|price| price.is_normal()) {
            return None;
        }
        let log: Vec<f64> = price.into_iter().map(ln).collect();
        let mut farthest = 0.0_f64;
        for (number, terms) in self.terms.iter().enumerate() {
            let [a, b] = self.market.ends(number);
            farthest = terms.iter().map(|term| (log[a] - log[b] - term.limit).abs()).fold(farthest, f64::max);
        }
        Some((log, farthest))
    }

    fn sold(&self, number: usize, log: &[f64], Shape { band, raised }: Shape) -> Sold {
        let [a, b] = self.market.ends(number);
        let rate = log[a] - log[b];
        let mut sum = LogSum::NOTHING;
        let (mut unsold, mut widening) = (0.0, 0.0);
        for term in &self.terms[number] {
            let far = (rate - term.limit) / band;
            let t = far - raised;
            let e = exp(-t.abs());
            let (share, rest) =
                if t > 0.0 { (-log1p(e), e / (1.0 + e)) } else { (t - log1p(e), 1.0 / (1.0 + e)) };
            let [before, now] = sum.add(term.amount + share);
            unsold = unsold * before + now * rest;
            widening = widening * before + now * rest * far;
        }
        Sold { value: log[a] + sum.log(), rest: unsold / sum.sum, widening: widening / sum.sum }
    }

    fn state(&self, log: Vec<f64>, shape: Shape) -> State {
        let n = self.market.asset_count;
        let sold: Vec<Sold> = (0..self.terms.len()).map(|number| self.sold(number, &log, shape)).collect();
        let mut sums = vec![[LogSum::NOTHING; 2]; n];
        for (number, sold) in sold.iter().enumerate() {
            let [a, b] = self.market.ends(number);
            sums[a][0].add(sold.value);
            sums[b][1].add(sold.value);
        }
        let [goes, comes] = [0, 1].map(|way| sums.iter().map(|sums| sums[way].log()).collect::<Vec<f64>>());
        let error = goes.iter().zip(&comes).map(|(goes, comes)| (goes - comes).abs()).fold(0.0, f64::max);
        State { log, shape, sold, goes, comes, error }
    }

    /// The step of log prices for which the logarithms of what goes less what comes rise by `right`.
    fn step(&self, state: &State, right: &[f64]) -> Vec<f64> {
        let far = FARTHEST * state.shape.band;
        let is_near = |step: &Vec<f64>| step.iter().all(|step| step.abs() <= far);
        let mut steps = TIES.iter().map(|&tie| self.tied_step(state, right, tie));
        steps.find(is_near).unwrap_or_else(|| vec![0.0; right.len()])
    }

    /// The same, each price tied to where it is.
    fn tied_step(&self, state: &State, right: &[f64], tie: f64) -> Vec<f64> {
        let n = self.market.asset_count;
        // The asset of which most goes stays as it is; it balances where all others do.
        let largest = (0..n).max_by(|&a, &b| state.goes[a].total_cmp(&state.goes[b])).unwrap_or(0);
        let mut matrix = vec![0.0; n * n];
        for (number, sold) in state.sold.iter().enumerate() {
            let [a, b] = self.market.ends(number);
            let slope = sold.rest / state.shape.band;
            matrix[b * n + a] -= exp(sold.value - state.goes[a]) * slope;
            matrix[a * n + b] -= exp(sold.value - state.comes[b]) * (1.0 + slope);
        }
        let fixed = &mut matrix[largest * n..(largest + 1) * n];
        let mut sums: Vec<f64> = fixed.iter().map(|entry| tie - entry).collect();
        fixed.fill(0.0);
        matrix.iter_mut().skip(largest).step_by(n).for_each(|entry| *entry = 0.0);
        sums[largest] = 1.0;
        let mut step = right.to_vec();
        step[largest] = 0.0;
        Factors::new(matrix, sums).solve_transposed(&mut step);
        step
    }

    /// Where the path leads if the logarithm of what each pair sells falls by so much.
    fn ahead(&self, state: &State, falls: impl Fn(&Sold) -> f64) -> Vec<f64> {
        let mut right = vec![0.0; self.market.asset_count];
        for (number, sold) in state.sold.iter().enumerate() {
            let [a, b] = self.market.ends(number);
            right[a] += exp(sold.value - state.goes[a]) * falls(sold);
            right[b] -= exp(sold.value - state.comes[b]) * falls(sold);
        }
        moved(&state.log, &self.step(state, &right), 1.0)
    }

    /// Newton's method from these log prices on, if it comes to an end.
    fn balanced(&self, log: Vec<f64>, shape: Shape) -> Option<State> {
        let goal = BALANCED.max(EXACT / shape.band);
        let mut state = self.state(log, shape);
        for _ in 0..STEPS {
            if state.error <= goal {
                return Some(state);
            }
            let right: Vec<f64> =
                state.goes.iter().zip(&state.comes).map(|(goes, comes)| comes - goes).collect();
            let step = self.step(&state, &right);
            let mut share = 1.0;
            loop {
                let next = self.state(moved(&state.log, &step, share), shape);
                if next.error < state.error * (1.0 - 0.1 * share) {
                    state = next;
                    break;
                }
                share *= 0.25;
                if share < SHORTEST {
                    return None;
                }
            }
        }
        (state.error <= goal).then_some(state)
    }
}
