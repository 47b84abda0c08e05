//! The long-run shares of a Markov chain in continuous time: what comes into each state is what leaves it.
//!
//! Up to [`DIRECT`] states they are found by elimination without a subtraction (Grassmann, Taksar and Heyman 1985), so each share is right to
//! nearly the last digit, however small. Beyond, by Gauss-Seidel sweeps, forwards and backwards in turn, each O(rates), until the balance
//! stands to [`TOLERANCE`]; how many that takes depends on how well the states are joined. Shares that have not settled after
//! [`MOST_SWEEPS`] are refused.

use super::evidence::Refusal;

/// The most states for elimination, which is cubic.
const DIRECT: usize = 300;

const TOLERANCE: f64 = 1e-13;

const MOST_SWEEPS: usize = 20_000;

/// The imbalance with which shares are still given after the last sweep: where rounding keeps it from [`TOLERANCE`].
const SETTLED: f64 = 1e-11;

/// How often the balance is looked at.
const SWEEPS_PER_LOOK: usize = 10;

/// Rates from state to state, by the state that is entered.
#[derive(Clone, Debug)]
pub(super) struct Rates {
    first: Vec<u32>,
    from: Vec<u32>,
    rate: Vec<f64>,
    out: Vec<f64>,
}

impl Rates {
    /// The chain of `rates` (from, to, rate); those between the same two add up.
    pub(super) fn new(state_count: usize, rates: &[(u32, u32, f64)]) -> Self {
        let mut first = vec![0_u32; state_count + 2];
        let mut out = vec![0.0; state_count];
        for &(from, to, rate) in rates {
            first[to as usize + 2] += 1;
            out[from as usize] += rate;
        }
        for state in 1..first.len() {
            first[state] += first[state - 1];
        }
        let (mut from_of, mut rate_of) = (vec![0; rates.len()], vec![0.0; rates.len()]);
        for &(from, to, rate) in rates {
            let at = &mut first[to as usize + 1];
            from_of[*at as usize] = from;
            rate_of[*at as usize] = rate;
            *at += 1;
        }
        first.pop();
        Rates { first, from: from_of, rate: rate_of, out }
    }

    fn into(&self, state: usize) -> impl Iterator<Item = (usize, f64)> {
        let row = self.first[state] as usize..self.first[state + 1] as usize;
        self.from[row.clone()].iter().map(|&from| from as usize).zip(self.rate[row].iter().copied())
    }

    /// Moves `x`, positive, to a solution; tells the sweeps it took. The chain must lead from every state back to it, component by component.
    ///
    /// # Errors
    /// [`Refusal::NotSettled`].
    pub(super) fn solve(&self, component: &[u32], x: &mut [f64]) -> Result<usize, Refusal> {
        if x.len() <= DIRECT {
            self.eliminate(component, x);
            return Ok(1);
        }
        for sweep in 0..MOST_SWEEPS {
            if sweep.is_multiple_of(2) {
                (0..x.len()).for_each(|state| self.relax(state, x));
            } else {
                (0..x.len()).rev().for_each(|state| self.relax(state, x));
            }
            if sweep.is_multiple_of(SWEEPS_PER_LOOK) && self.imbalance(x) <= TOLERANCE {
                return Ok(sweep + 1);
            }
        }
        if self.imbalance(x) <= SETTLED { Ok(MOST_SWEEPS) } else { Err(Refusal::NotSettled(MOST_SWEEPS)) }
    }

    fn relax(&self, state: usize, x: &mut [f64]) {
        if self.out[state] > 0.0 {
            x[state] = self.into(state).map(|(from, rate)| x[from] * rate).sum::<f64>() / self.out[state];
        }
    }

    /// The greatest difference between what enters and what leaves a state, as a share of what leaves it.
    pub(super) fn imbalance(&self, x: &[f64]) -> f64 {
        let mut worst = 0.0_f64;
        for (state, value) in x.iter().enumerate() {
            let leaves = value * self.out[state];
            let enters: f64 = self.into(state).map(|(from, rate)| x[from] * rate).sum();
            let size = leaves.max(enters);
            if size > 0.0 {
                worst = worst.max((enters - leaves).abs() / size);
            }
        }
        worst
    }

    fn eliminate(&self, component: &[u32], x: &mut [f64]) {
        let count = x.len();
        let mut dense = vec![0.0; count * count];
        for to in 0..count {
            for (from, rate) in self.into(to) {
                dense[from * count + to] += rate;
            }
        }
        // What leaves each state for those before it, when it is its turn to go.
        let mut back = vec![0.0; count];
        for state in (0..count).rev() {
            back[state] = dense[state * count..state * count + state].iter().sum();
            if back[state] == 0.0 {
                continue;
            }
            for from in 0..state {
                let share = dense[from * count + state] / back[state];
                if share > 0.0 {
                    for to in 0..state {
                        let through = dense[state * count + to];
                        dense[from * count + to] += share * through;
                    }
                }
            }
        }
        let mut is_begun = vec![false; count];
        for state in 0..count {
            let begins = !std::mem::replace(&mut is_begun[component[state] as usize], true);
            x[state] = if begins || back[state] == 0.0 {
                1.0
            } else {
                (0..state).map(|from| x[from] * dense[from * count + state]).sum::<f64>() / back[state]
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Stream;

    #[test]
    fn elimination_and_sweeps_agree() {
        let count = 40;
        let mut stream = Stream::new(3);
        let mut rates = Vec::new();
        for state in 0..count {
            rates.push((state, (state + 1) % count, 0.01 + stream.unit()));
            for _ in 0..3 {
                rates.push((state, stream.below(count.into()) as u32, stream.unit()));
            }
        }
        rates.retain(|(from, to, _)| from != to);
        let chain = Rates::new(count as usize, &rates);
        let mut direct = vec![1.0; count as usize];
        chain.solve(&vec![0; count as usize], &mut direct).unwrap();
        assert!(chain.imbalance(&direct) < 1e-14);
        let mut swept = vec![1.0; count as usize];
        for _ in 0..4_000 {
            (0..count as usize).for_each(|state| chain.relax(state, &mut swept));
        }
        let ratio = direct[0] / swept[0];
        assert!(direct.iter().zip(&swept).all(|(d, s)| (d / s / ratio - 1.0).abs() < 1e-9));
    }

    #[test]
    fn shares_that_do_not_settle_are_refused() {
        // Two halves that a rate of a millionth joins, from a start in which one holds too much.
        let half = DIRECT as u32;
        let mut rates = Vec::new();
        for state in 0..2 * half - 1 {
            let rate = if state + 1 == half { 1e-6 } else { 1.0 };
            rates.extend([(state, state + 1, rate), (state + 1, state, rate)]);
        }
        let chain = Rates::new(2 * DIRECT, &rates);
        let mut x: Vec<f64> = (0..2 * half).map(|state| if state < half { 1e6 } else { 1.0 }).collect();
        assert_eq!(chain.solve(&vec![0; 2 * DIRECT], &mut x), Err(Refusal::NotSettled(MOST_SWEEPS)));
    }

    #[test]
    fn a_chain_of_two_components_is_solved_in_each() {
        let chain = Rates::new(4, &[(0, 2, 1.0), (2, 0, 4.0), (1, 3, 2.0), (3, 1, 6.0)]);
        let mut x = vec![1.0; 4];
        chain.solve(&[0, 1, 0, 1], &mut x).unwrap();
        assert!((x[0] / x[2] - 4.0).abs() < 1e-12 && (x[1] / x[3] - 3.0).abs() < 1e-12, "{x:?}");
    }
}
