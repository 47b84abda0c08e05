//! Checks the outcome of an auction with code of its own: that it keeps every limit, the one price of each asset and every unit, and
//! how much is left unfilled that the prices would fill.

use crate::auction::{self, Fault, Fill, Offer, Outcome};

/// Why an outcome is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// The offers themselves are at fault.
    Offers(Fault),
    /// There are not as many prices, remainders or fills as assets and offers.
    Shape,
    /// The price of this asset is 0 or above 2^60.
    Price(u32),
    /// This offer sells more than it offers, or less than its minimum.
    Amount(u32),
    /// This offer gets less than its limit asks.
    Limit(u32),
    /// This offer gets more than the prices say, beyond what its limit rounded up asks.
    AbovePrice(u32),
    /// This offer gets less than the prices say by the worth of a unit of what is sold and one of what is bought, or more.
    BelowPrice(u32),
    /// This offer is filled although the prices miss its limit.
    Missed(u32),
    /// More of this asset is paid out than was sold, or its remainder is another.
    Remainder(u32),
    /// The tolerance is no number from 0 to 1.
    Tolerance,
}

/// What an outcome does, and how far from what its prices ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// Offers that are filled in full.
    pub whole: usize,
    /// Offers that are filled in part.
    pub in_part: usize,
    /// Offers of which nothing is filled.
    pub unfilled: usize,
    /// The value of all that was sold, at the prices.
    pub volume: f64,
    /// The value of what is unfilled of offers whose limit the prices beat by more than the tolerance: 0 where the outcome is an equilibrium.
    pub failed: f64,
    /// Of how many offers that is.
    pub failed_offers: usize,
    /// The value of what is unfilled of offers whose limit is within the tolerance of the rate.
    pub marginal: f64,
    /// Of how many offers that is.
    pub marginal_offers: usize,
    /// The value of what is unfilled of offers that were left out for their minimum although the prices beat their limit.
    pub left_out: f64,
    /// Of how many offers that is.
    pub left_out_offers: usize,
    /// The value of the remainders.
    pub remainder: f64,
}

/// A share by which limits and rates may differ as floating-point numbers alone, with room for the rounding of prices.
const SAME: f64 = 1e-12;

/// Checks an outcome.
///
/// # Errors
/// What is wrong with it.
pub fn check(asset_count: usize, offers: &[Offer], outcome: &Outcome) -> Result<Report, Violation> {
    auction::check(asset_count, offers).map_err(Violation::Offers)?;
    if [outcome.prices.len(), outcome.remainder.len()] != [asset_count; 2]
        || outcome.fills.len() != offers.len()
    {
        return Err(Violation::Shape);
    }
    if !(0.0..=1.0).contains(&outcome.tolerance) {
        return Err(Violation::Tolerance);
    }
    if let Some(asset) = outcome.prices.iter().position(|&price| price == 0 || price > 1 << 60) {
        return Err(Violation::Price(asset as u32));
    }
    let mut left = vec![0_i128; asset_count];
    let mut report = Report::default();
    for (number, (offer, fill)) in offers.iter().zip(&outcome.fills).enumerate() {
        check_fill(outcome, number as u32, offer, *fill)?;
        left[offer.sells as usize] += i128::from(fill.sold);
        left[offer.buys as usize] -= i128::from(fill.bought);
        count(&mut report, outcome, number as u32, offer, *fill);
    }
    for (asset, (&left, &remainder)) in left.iter().zip(&outcome.remainder).enumerate() {
        if left != i128::from(remainder) {
            return Err(Violation::Remainder(asset as u32));
        }
        report.remainder += remainder as f64 * outcome.prices[asset] as f64;
    }
    Ok(report)
}

fn check_fill(outcome: &Outcome, number: u32, offer: &Offer, fill: Fill) -> Result<(), Violation> {
    if fill.sold > offer.amount
        || (fill.sold == 0 && fill.bought > 0)
        || (fill.sold > 0 && fill.sold < offer.minimum)
    {
        return Err(Violation::Amount(number));
    }
    if fill.sold == 0 {
        return Ok(());
    }
    let product = |a: u64, b: u64| u128::from(a) * u128::from(b);
    let asked = product(fill.sold, offer.at_least).div_ceil(u128::from(offer.amount));
    if u128::from(fill.bought) < asked {
        return Err(Violation::Limit(number));
    }
    let [sold, bought] = [offer.sells, offer.buys].map(|asset| outcome.prices[asset as usize]);
    let given = product(fill.sold, sold);
    // What was paid out is in range, or the remainders would not be.
    let got = u128::from(fill.bought).saturating_mul(u128::from(bought));
    if got > given && u128::from(fill.bought) != asked {
        return Err(Violation::AbovePrice(number));
    }
    if given >= got.saturating_add(u128::from(sold) + u128::from(bought)) {
        return Err(Violation::BelowPrice(number));
    }
    if offer.limit() > rate(outcome, offer) * (1.0 + SAME) {
        return Err(Violation::Missed(number));
    }
    Ok(())
}

fn rate(outcome: &Outcome, offer: &Offer) -> f64 {
    outcome.prices[offer.sells as usize] as f64 / outcome.prices[offer.buys as usize] as f64
}

fn count(report: &mut Report, outcome: &Outcome, number: u32, offer: &Offer, fill: Fill) {
    let price = outcome.prices[offer.sells as usize] as f64;
    report.volume += fill.sold as f64 * price;
    match fill.sold {
        0 => report.unfilled += 1,
        sold if sold == offer.amount => report.whole += 1,
        _ => report.in_part += 1,
    }
    let unfilled = (offer.amount - fill.sold) as f64 * price;
    let rate = rate(outcome, offer);
    if unfilled == 0.0 || offer.limit() > rate * (1.0 + SAME) {
        return;
    }
    let (value, offers) = if offer.limit() >= rate * (1.0 - outcome.tolerance) * (1.0 - SAME) {
        (&mut report.marginal, &mut report.marginal_offers)
    } else if offer.minimum > 0 && outcome.left_out.binary_search(&number).is_ok() {
        (&mut report.left_out, &mut report.left_out_offers)
    } else {
        (&mut report.failed, &mut report.failed_offers)
    };
    *value += unfilled;
    *offers += 1;
}
