//! Checks the outcome of an auction with code of its own: that it keeps every limit, the one price of each asset and every unit, and
//! how much is left unfilled that the prices would fill.

mod fitting;
mod rules;
mod state;

use crate::Components;
use crate::auction::{self, Fill, MAX_PRICE, MAX_TOLERANCE, Offer, Outcome};

use rules::check_fill;
pub use rules::{GIVEN_UP, Violation};
pub use state::{Filled, Limit, State};

/// What an outcome does, and how far from what its prices ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// Offers that are filled in full, but for what no unit can be bought for.
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
    /// What of that rounding cannot account for: of assets that are on cycles of offers together, what is more than the worth of two units of the
    /// dearest for each asset and each pair that trades, and of one for each offer that got less than [`LUMPS`] units.
    pub unaccounted: f64,
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
    /// The greatest share by which an offer that sells more than its minimum gets less than what it sells is worth.
    pub most_lost: f64,
}

/// With fewer units one of them is more than a thousandth of what an offer gets, and an offer sells less rather than lose it.
pub const LUMPS: u64 = 1 << 10;

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
    if !(0.0..=MAX_TOLERANCE).contains(&outcome.tolerance) {
        return Err(Violation::Tolerance);
    }
    let is_price = |price: &f64| (1.0 / MAX_PRICE..=MAX_PRICE).contains(price);
    if let Some(asset) = outcome.prices.iter().position(|price| !is_price(price)) {
        return Err(Violation::Price(asset as u32));
    }
    check_left_out(offers, outcome)?;
    let mut left = vec![0_i128; asset_count];
    let mut report = Report::default();
    let mut failed = vec![0.0; asset_count];
    let mut has_sold = vec![None; asset_count * asset_count];
    let mut lumps = vec![0; asset_count];
    for (number, (offer, fill)) in offers.iter().zip(&outcome.fills).enumerate() {
        check_fill(outcome, number as u32, offer, *fill)?;
        let [sells, buys] = [offer.sells, offer.buys].map(|asset| asset as usize);
        left[sells] += i128::from(fill.sold);
        left[buys] -= i128::from(fill.bought);
        *has_sold[sells * asset_count + buys].get_or_insert(false) |= fill.sold > 0;
        lumps[sells] += usize::from((1..LUMPS).contains(&fill.bought));
        failed[sells] += count(&mut report, outcome, number as u32, offer, *fill);
    }
    report.unaccounted = unaccounted(&outcome.prices, &failed, &has_sold, &lumps);
    for (asset, (&left, &remainder)) in left.iter().zip(&outcome.remainder).enumerate() {
        if left != i128::from(remainder) {
            return Err(Violation::Remainder(asset as u32));
        }
        report.remainder += remainder as f64 * outcome.prices[asset];
    }
    fitting::check(offers, outcome)?;
    Ok(report)
}

/// What of `failed`, by asset that is offered, rounding cannot account for; for each pair with offers, `has_sold` says whether any sold something;
/// `lumps` are how many offers of an asset got a few units.
fn unaccounted(prices: &[f64], failed: &[f64], has_sold: &[Option<bool>], lumps: &[usize]) -> f64 {
    let n = prices.len();
    let components =
        Components::find(n, |asset| asset * n..(asset + 1) * n, |pair| has_sold[pair].map(|_| pair % n));
    let over = |component: usize| {
        let assets = components.members(component);
        let trades = |&asset: &u32| {
            let row = &has_sold[asset as usize * n..(asset as usize + 1) * n];
            row.iter().filter(|&&has_sold| has_sold == Some(true)).count()
        };
        let units: usize = assets.iter().map(|asset| 2 + 2 * trades(asset) + lumps[*asset as usize]).sum();
        let of = |values: &[f64]| assets.iter().map(|&asset| values[asset as usize]).collect::<Vec<f64>>();
        let dearest = of(prices).into_iter().fold(0.0, f64::max);
        (of(failed).iter().sum::<f64>() - units as f64 * dearest).max(0.0)
    };
    (0..components.count()).map(over).sum()
}

fn check_left_out(offers: &[Offer], outcome: &Outcome) -> Result<(), Violation> {
    let mut before = None;
    for &number in &outcome.left_out {
        let is_one = |offer: &Offer| offer.minimum > 0 && outcome.fills[number as usize].sold < offer.amount;
        if before >= Some(number) || !offers.get(number as usize).is_some_and(is_one) {
            return Err(Violation::LeftOut(number));
        }
        before = Some(number);
    }
    Ok(())
}

/// Counts an offer; returns what of it counts as failed.
fn count(report: &mut Report, outcome: &Outcome, number: u32, offer: &Offer, fill: Fill) -> f64 {
    let price = outcome.prices[offer.sells as usize];
    report.volume += fill.sold as f64 * price;
    if fill.sold > 0 && fill.sold > offer.minimum {
        let [worth, got] =
            [fill.sold as f64 * price, fill.bought as f64 * outcome.prices[offer.buys as usize]];
        report.most_lost = report.most_lost.max(1.0 - got / worth);
    }
    let State { filled, limit } = State::of(outcome, number, offer);
    *match filled {
        Filled::Whole => &mut report.whole,
        Filled::InPart => &mut report.in_part,
        Filled::No | Filled::LeftOut => &mut report.unfilled,
    } += 1;
    let unfilled = (offer.amount - fill.sold) as f64 * price;
    let is_left_out = outcome.left_out.binary_search(&number).is_ok();
    let (value, offers, failed) = match (filled, limit) {
        (Filled::Whole, _) | (_, Limit::Missed) => return 0.0,
        (_, Limit::AtLimit) => (&mut report.marginal, &mut report.marginal_offers, 0.0),
        (_, Limit::Beaten) if is_left_out => (&mut report.left_out, &mut report.left_out_offers, 0.0),
        (_, Limit::Beaten) => (&mut report.failed, &mut report.failed_offers, unfilled),
    };
    *value += unfilled;
    *offers += 1;
    failed
}
