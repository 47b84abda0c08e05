//! Made-up offers of a batch auction, around values that are known.
//!
//! Assets have values exp(U(0, ln 1000)), and are sold and bought as often as Zipf's law with exponent 1 says. What is offered is worth a log-normal
//! amount about 100, with a deviation of the logarithm of 1.5; its limit rate is the true one times a log-normal factor with a deviation of
//! 0.02, so that about half of the offers can trade. Amounts have [`DECIMALS`] digits behind the point.
//!
//! The hard set: one limit in ten is an outlier, whose factor has a deviation of 2; between two of the less popular half of assets nine offers
//! in ten are drawn again, so that those pairs have a handful at most; and nobody wants the last asset.
//!
//! Cost: O(assets + offers) time, O(assets) memory.

use std::io::{self, Write};

use bartizan_solver::auction::{MAX_ASSETS, MAX_OFFERS, Offer};

use super::dice::{Alias, Dice, exp};

/// Digits behind the point of every amount.
pub const DECIMALS: u32 = 4;

/// The natural logarithm of 1,000, the most an asset is worth beside the least.
const LOG_RANGE: f64 = 6.907_755_278_982_137;
/// The natural logarithm of 100, the median worth of an offer.
const LOG_MEDIAN: f64 = 4.605_170_185_988_092;
/// Standard deviation of the logarithm of what offers are worth.
const SPREAD: f64 = 1.5;
/// That of limits, and of those that are outliers.
const NOISE: f64 = 0.02;
const OUTLYING: f64 = 2.0;

/// Offers to make up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offers {
    /// Number of assets: at least 2, or 3 of the hard set, unless there are no offers.
    pub assets: usize,
    /// Number of offers.
    pub offers: usize,
    /// With outliers, thin pairs and an asset that nobody wants.
    pub hard: bool,
    /// Chooses among the markets of this size.
    pub seed: u64,
}

impl Offers {
    /// What is wrong with it, if anything is.
    pub fn fault(&self) -> Option<String> {
        let least = if self.hard { 3 } else { 2 };
        if self.offers > 0 && self.assets < least {
            return Some(format!("at least {least} assets"));
        }
        if self.assets > MAX_ASSETS {
            return Some(format!("at most {MAX_ASSETS} assets"));
        }
        (self.offers > MAX_OFFERS).then(|| format!("at most {MAX_OFFERS} offers"))
    }

    /// Draws them, in units of which [`DECIMALS`] digits stand behind the point. The same plan gives the same on any machine.
    ///
    /// # Panics
    /// If there is a [`Offers::fault`].
    pub fn draw(&self) -> impl Iterator<Item = Offer> + use<> {
        assert_eq!(self.fault(), None, "what cannot be drawn is refused before");
        let mut dice = Dice::new(self.seed);
        let Offers { assets, offers, hard, .. } = *self;
        let uniform = |dice: &mut Dice| dice.below(1 << 32) as f64 / (1_u64 << 32) as f64;
        let value: Vec<f64> = (0..assets).map(|_| exp(uniform(&mut dice) * LOG_RANGE)).collect();
        let popularity: Vec<f64> = (1..=assets).map(|rank| 1.0 / rank as f64).collect();
        let popularity = Alias::new(&popularity);
        let unit = 10_f64.powi(DECIMALS as i32);
        (0..offers).map(move |_| {
            let (sells, buys) = loop {
                let mut asset = || popularity.draw(&mut dice).expect("there are assets");
                let (sells, buys) = (asset(), asset());
                let is_thin = hard && sells.min(buys) >= assets / 2;
                if sells != buys && !(is_thin && dice.below(10) > 0) {
                    break if hard && buys == assets - 1 { (buys, sells) } else { (sells, buys) };
                }
            };
            let amount = (exp(LOG_MEDIAN + SPREAD * dice.normal()) / value[sells] * unit).max(1.0).round();
            let noise = if hard && dice.below(10) == 0 { OUTLYING } else { NOISE };
            let limit = value[sells] / value[buys] * exp(noise * dice.normal());
            let at_least = (amount * limit).max(1.0).round();
            let (sells, buys) = (sells as u32, buys as u32);
            Offer { sells, buys, amount: amount as u64, at_least: at_least as u64, minimum: 0 }
        })
    }

    /// Writes them as CSV that `bartizan auction` reads.
    ///
    /// # Errors
    /// Those of `out`, and [`io::ErrorKind::InvalidInput`] if there is a [`Offers::fault`].
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        if let Some(fault) = self.fault() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, fault));
        }
        writeln!(out, "sells,buys,amount,at_least")?;
        let unit = 10_u64.pow(DECIMALS);
        let width = DECIMALS as usize;
        for Offer { sells, buys, amount, at_least, .. } in self.draw() {
            let [(amount, part), (at_least, of_unit)] =
                [amount, at_least].map(|units| (units / unit, units % unit));
            writeln!(out, "A{sells},A{buys},{amount}.{part:0width$},{at_least}.{of_unit:0width$}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Offers = Offers { assets: 20, offers: 50_000, hard: false, seed: 1 };

    #[test]
    fn offers_are_spread_as_told() {
        let offers: Vec<Offer> = PLAN.draw().collect();
        assert_eq!(offers, PLAN.draw().collect::<Vec<_>>(), "the same plan gives the same");
        let sold = |asset| offers.iter().filter(|offer| offer.sells == asset).count() as f64;
        assert!((sold(0) / sold(4) / 5.0 - 1.0).abs() < 0.25, "{} {}", sold(0), sold(4));
        // Of one pair, limits lie about one rate.
        let mut limits: Vec<f64> =
            offers.iter().filter(|offer| (offer.sells, offer.buys) == (0, 1)).map(Offer::limit).collect();
        limits.sort_by(f64::total_cmp);
        let quantile = |part: f64| limits[(part * limits.len() as f64) as usize];
        assert!(
            (quantile(0.84) / quantile(0.5)).ln() < 0.025 && (quantile(0.84) / quantile(0.5)).ln() > 0.016
        );
    }

    #[test]
    fn the_hard_set_has_what_makes_it_hard() {
        let plan = Offers { hard: true, ..PLAN };
        let offers: Vec<Offer> = plan.draw().collect();
        assert!(offers.iter().all(|offer| offer.buys != 19) && offers.iter().any(|offer| offer.sells == 19));
        let thin = |offers: &[Offer]| offers.iter().filter(|offer| offer.sells.min(offer.buys) >= 10).count();
        let easy: Vec<Offer> = PLAN.draw().collect();
        assert!(thin(&offers) * 5 < thin(&easy), "{} {}", thin(&offers), thin(&easy));
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        assert!(Offers { assets: 1, ..PLAN }.fault().unwrap().contains("at least 2"));
        assert!(Offers { assets: 2, hard: true, ..PLAN }.fault().unwrap().contains("at least 3"));
        assert!(Offers { assets: MAX_ASSETS + 1, ..PLAN }.fault().unwrap().contains("at most"));
        assert!(Offers { offers: MAX_OFFERS + 1, ..PLAN }.fault().unwrap().contains("at most"));
        assert_eq!(Offers { assets: 0, offers: 0, ..PLAN }.fault(), None);
        let refused = Offers { assets: 1, ..PLAN }.write(&mut Vec::new());
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}
