//! The rules for one fill, and what breaks them.

use crate::auction::{Fault, Fill, Offer, Outcome};

/// Why an outcome is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// The offers themselves are at fault.
    Offers(Fault),
    /// There are not as many prices, remainders or fills as assets and offers.
    Shape,
    /// The price of this asset is no positive number within [`MAX_PRICE`](crate::auction::MAX_PRICE), or the inverse of a greater one.
    Price(u32),
    /// This offer sells more than it offers, or less than its minimum.
    Amount(u32),
    /// This offer gets less than its limit asks.
    Limit(u32),
    /// This offer gets more than the prices say, by more than they can tell, beyond what its limit rounded up asks.
    AbovePrice(u32),
    /// This offer gets less than the prices say by the worth of a unit of what is sold and one of what is bought, or by one part in [`GIVEN_UP`] and a unit
    /// of the cheaper asset, or by more, though they beat its limit by more than the tolerance, and not since it sells its minimum for whole units of a dearer asset.
    BelowPrice(u32),
    /// This offer is filled although the prices miss its limit.
    Missed(u32),
    /// More of this asset is paid out than was sold, or its remainder is another.
    Remainder(u32),
    /// The tolerance is no number from 0 to [`MAX_TOLERANCE`](crate::auction::MAX_TOLERANCE).
    Tolerance,
    /// This offer is left out for its minimum though it has none, or is filled as a whole, or is not after the one before.
    LeftOut(u32),
    /// These two offers fit each other: nothing is filled of one, something is left of the other, the prices miss the limit of neither, and the first can sell what the second buys;
    /// where there are more than [`MOST_WHOLE`](crate::auction::MOST_WHOLE) offers, the prices also beat the limit of one of which nothing is filled by more than the tolerance.
    Fitting(u32, u32),
}

/// Nobody gets less than what it sells is worth by more than one part in so many, but for rounding.
pub const GIVEN_UP: f64 = 64.0;

/// A share by which values differ as floating-point numbers alone: less than a unit of less than 2^49 of them.
const EXACT: f64 = 1.0 / (1_u64 << 49) as f64;

/// A share by which limits and rates may differ as floating-point numbers alone, with room for the rounding of prices.
pub(super) const SAME: f64 = 1e-12;

/// Checks one fill.
pub(super) fn check_fill(outcome: &Outcome, number: u32, offer: &Offer, fill: Fill) -> Result<(), Violation> {
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
    let [gave, got] = [fill.sold as f64 * sold, fill.bought as f64 * bought];
    // What is got in whole units may be rounded up where less is missing than prices may be off.
    let most = (gave * (1.0 + SAME)).min(gave + bought);
    if got > most.max(gave * (1.0 + EXACT)) && u128::from(fill.bought) != asked {
        return Err(Violation::AbovePrice(number));
    }
    // All but a unit is worth a unit more than was got, or above.
    let is_below = gave - sold >= (got + bought) * (1.0 + EXACT);
    let is_unfair = gave - got > (gave / GIVEN_UP + sold.min(bought)) * (1.0 + SAME)
        && (fill.sold > offer.minimum || sold >= bought);
    let is_below = is_below || is_unfair;
    if is_below && !is_marginal(outcome, offer) {
        return Err(Violation::BelowPrice(number));
    }
    if offer.limit() > rate(outcome, offer) * (1.0 + SAME) {
        return Err(Violation::Missed(number));
    }
    Ok(())
}

/// The rate of an offer: units bought for one sold.
pub(super) fn rate(outcome: &Outcome, offer: &Offer) -> f64 {
    outcome.prices[offer.sells as usize] / outcome.prices[offer.buys as usize]
}

/// Whether the prices beat the limit of an offer by no more than the tolerance.
pub(super) fn is_marginal(outcome: &Outcome, offer: &Offer) -> bool {
    offer.limit() >= rate(outcome, offer) * (1.0 - outcome.tolerance) * (1.0 - SAME)
}
