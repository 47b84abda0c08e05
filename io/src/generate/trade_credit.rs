//! Made-up trade credit: obligations between firms, of which few are large.
//!
//! A firm owes as often as a weight says that is drawn from Pareto(1.3), and is owed as often as the root of that weight times another such draw, so
//! that large debtors are large creditors, but not the same. Amounts are log-normal about 5,000 with a deviation of the logarithm of 1.8, from 1 to
//! 10^9. Several obligations between the same two are kept apart; nobody owes to themselves.
//!
//! Cost: O(firms + obligations) time, O(firms) memory.

use std::io::{self, Write};

use bartizan_solver::netting::{MAX_OBLIGATIONS, MAX_PARTICIPANTS};

use super::dice::{Alias, Dice, exp};

/// The exponent of the weights' Pareto distribution: the smaller, the fewer firms have most.
const TAIL: f64 = 1.3;
/// The natural logarithm of 5,000, the median amount.
const LOG_MEDIAN: f64 = 8.517_193_191_416_238;
/// Standard deviation of the logarithm of amounts.
const SPREAD: f64 = 1.8;
/// The largest amount.
const LARGEST: f64 = 1e9;

/// Obligations to make up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TradeCredit {
    /// Number of firms: at least 2, unless there are no obligations. Some may owe nothing and be owed nothing.
    pub firms: usize,
    /// Number of obligations.
    pub obligations: usize,
    /// Chooses among the networks of this size.
    pub seed: u64,
}

impl TradeCredit {
    /// What is wrong with it, if anything is.
    pub fn fault(&self) -> Option<String> {
        if self.obligations > 0 && self.firms < 2 {
            return Some("obligations are between at least 2 firms".to_owned());
        }
        // Two of those that can be numbered stand for credit.
        if self.firms > MAX_PARTICIPANTS - 2 {
            return Some(format!("at most {} firms", MAX_PARTICIPANTS - 2));
        }
        (self.obligations > MAX_OBLIGATIONS / 2)
            .then(|| format!("at most {} obligations", MAX_OBLIGATIONS / 2))
    }

    /// Draws them: debtor, creditor and amount of each. The same plan gives the same on any machine.
    ///
    /// # Panics
    /// If there is a [`TradeCredit::fault`].
    pub fn draw(&self) -> impl Iterator<Item = (u32, u32, i64)> + use<> {
        assert_eq!(self.fault(), None, "what cannot be drawn is refused before");
        let mut dice = Dice::new(self.seed);
        let owing: Vec<f64> = (0..self.firms).map(|_| dice.pareto(TAIL)).collect();
        let owed: Vec<f64> = owing.iter().map(|weight| (weight * dice.pareto(TAIL)).sqrt()).collect();
        let (owing, owed) = (Alias::new(&owing), Alias::new(&owed));
        (0..self.obligations).map(move |_| {
            let (debtor, creditor) = loop {
                let mut firm = |table: &Alias| table.draw(&mut dice).expect("there are firms");
                let (debtor, creditor) = (firm(&owing), firm(&owed));
                if debtor != creditor {
                    break (debtor, creditor);
                }
            };
            let amount = exp(LOG_MEDIAN + SPREAD * dice.gauss()).clamp(1.0, LARGEST);
            (debtor as u32, creditor as u32, amount as i64)
        })
    }

    /// Writes them as CSV that `bartizan net` reads.
    ///
    /// # Errors
    /// Those of `out`, and [`io::ErrorKind::InvalidInput`] if there is a [`TradeCredit::fault`].
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        if let Some(fault) = self.fault() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, fault));
        }
        writeln!(out, "debtor,creditor,amount")?;
        for (debtor, creditor, amount) in self.draw() {
            writeln!(out, "{debtor},{creditor},{amount}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The distribution's own figures: the median of amounts and of their upper tail, and how much the largest firms have.
    #[test]
    fn amounts_and_firms_are_spread_as_told() {
        let plan = TradeCredit { firms: 10_000, obligations: 200_000, seed: 1 };
        let mut amounts = Vec::new();
        let mut owing = vec![0_u32; plan.firms];
        for (debtor, creditor, amount) in plan.draw() {
            assert!(debtor != creditor && (1..=1_000_000_000).contains(&amount));
            amounts.push(amount);
            owing[debtor as usize] += 1;
        }
        amounts.sort_unstable();
        let quantile = |part: f64| amounts[(part * amounts.len() as f64) as usize] as f64;
        assert!((quantile(0.5) / 5_000.0 - 1.0).abs() < 0.03, "{}", quantile(0.5));
        // e^(1.8 * 2.326): the 99th of a hundred.
        assert!((quantile(0.99) / 5_000.0 / 65.8 - 1.0).abs() < 0.1, "{}", quantile(0.99));
        owing.sort_unstable_by(|one, other| other.cmp(one));
        // Of Pareto(1.3) the upper hundredth has 0.01^(1 - 1/1.3) of all, and somewhat less in a sample.
        let share = f64::from(owing[..100].iter().sum::<u32>()) / plan.obligations as f64;
        assert!((0.2..0.5).contains(&share), "{share}");
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        let fault = |firms, obligations| TradeCredit { firms, obligations, seed: 1 }.fault();
        assert!(fault(1, 1).unwrap().contains("at least 2 firms"));
        assert!(fault(MAX_PARTICIPANTS, 1).unwrap().contains("at most 4194302 firms"));
        assert!(fault(2, MAX_OBLIGATIONS).unwrap().contains("at most 67108864 obligations"));
        assert_eq!((fault(0, 0), fault(2, 9)), (None, None));
        let refused = TradeCredit { firms: 1, obligations: 1, seed: 1 }.write(&mut Vec::new());
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}
