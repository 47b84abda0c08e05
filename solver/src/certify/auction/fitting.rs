//! Whether two offers are left over that could trade with each other: as a whole, at the prices, by the terms of both.

use super::rules::{Violation, check_fill, is_marginal, rate};
use crate::auction::{Fill, MOST_PAIRS, MOST_WHOLE, Offer, Outcome};

/// Among more units nothing is looked for: there rounding decides what fits.
const LARGE: f64 = (1_u64 << 40) as f64;

/// Prices are not exact themselves: what lacks so small a share of what it is to pay for, and of a unit, pays for it.
const LACKS: [f64; 2] = [1.0 / (1_u64 << 44) as f64, 1.0 / 128.0];

/// A share by which a limit and a rate differ as floating-point numbers alone.
const SAME: f64 = 1e-15;

/// An offer of which more could be filled, since the prices do not miss its limit.
struct Open {
    number: u32,
    /// What is filled of it.
    fill: Fill,
    /// Whether they beat it by more than the tolerance.
    is_beaten: bool,
    dearer: u32,
    cheaper: u32,
    buys_dearer: bool,
    /// The least and the most that it may trade of the dearer asset, beside what it does.
    least: u64,
    most: u64,
}

/// Checks that no offer of which nothing is filled can trade with another of which something is left, where that is not filled in part within the tolerance; among more than [`MOST_WHOLE`] offers, that none can whose limit is beaten
/// by more than the tolerance, or where that of the other is and nothing is filled of it either. Where more than [`MOST_PAIRS`] pairs of offers of which something is left are over the same two assets, that is not
/// looked for.
pub(super) fn check(offers: &[Offer], outcome: &Outcome) -> Result<(), Violation> {
    let mut open: Vec<Open> =
        (0..).zip(offers).filter_map(|(number, offer)| find(outcome, number, offer)).collect();
    open.sort_by_key(|open| (open.dearer, open.cheaper, open.buys_dearer, open.number));
    for group in open.chunk_by(|one, other| (one.dearer, one.cheaper) == (other.dearer, other.cheaper)) {
        let (sellers, buyers) = group.split_at(group.partition_point(|open| !open.buys_dearer));
        if sellers.len() * buyers.len() > MOST_PAIRS {
            continue;
        }
        for seller in sellers {
            if let Some(buyer) = buyers.iter().find(|buyer| fits(offers, outcome, seller, buyer)) {
                return Err(Violation::Fitting(seller.number, buyer.number));
            }
        }
    }
    Ok(())
}

fn find(outcome: &Outcome, number: u32, offer: &Offer) -> Option<Open> {
    let fill = outcome.fills[number as usize];
    // Who is filled in part within a tolerance may have given up more than the prices say.
    let has_given_up = fill.sold > 0 && outcome.tolerance > 0.0 && is_marginal(outcome, offer);
    if has_given_up || fill.sold == offer.amount || offer.limit() > rate(outcome, offer) * (1.0 + SAME) {
        return None;
    }
    let [sold, bought] = [offer.sells, offer.buys].map(|asset| outcome.prices[asset as usize]);
    let buys_dearer = (bought, offer.buys) > (sold, offer.sells);
    let units = |amount: u64| if buys_dearer { whole(amount, sold, bought) } else { Some(amount) };
    let least = if fill.sold > 0 { 1 } else { units(offer.minimum)?.max(1) };
    let most = units(offer.amount - fill.sold)?;
    let [dearer, cheaper] = if buys_dearer { [offer.buys, offer.sells] } else { [offer.sells, offer.buys] };
    (least <= most).then_some(Open {
        number,
        fill,
        is_beaten: !is_marginal(outcome, offer),
        dearer,
        cheaper,
        buys_dearer,
        least,
        most,
    })
}

/// How many units of one price can be paid for with an amount at another.
fn whole(amount: u64, at: f64, price: f64) -> Option<u64> {
    let guess = amount as f64 * (at / price);
    if guess >= LARGE {
        return None;
    }
    let next = libm::ceil(guess);
    let [share, of_unit] = LACKS;
    let is_next = next - guess <= of_unit.min(share * guess);
    Some(if is_next { next } else { libm::floor(guess) } as u64)
}

/// How many units of one price pay for an amount at another.
fn cost(amount: u64, at: f64, price: f64) -> u64 {
    let exact = amount as f64 * (at / price);
    let least = libm::floor(exact);
    let [share, of_unit] = LACKS;
    let is_enough = exact - least <= of_unit.min(share * exact);
    if is_enough { least as u64 } else { least as u64 + 1 }
}

/// Whether one can sell the other the most that both may trade.
fn fits(offers: &[Offer], outcome: &Outcome, seller: &Open, buyer: &Open) -> bool {
    let units = seller.most.min(buyer.most);
    let is_beaten = |one: &Open, other: &Open| {
        one.fill.sold == 0 && (one.is_beaten || other.fill.sold == 0 && other.is_beaten)
    };
    let is_free = seller.fill.sold == 0 || buyer.fill.sold == 0;
    let counts =
        is_free && (offers.len() <= MOST_WHOLE || is_beaten(seller, buyer) || is_beaten(buyer, seller));
    if units < seller.least.max(buyer.least) || !counts {
        return false;
    }
    let [dear, cheap] = [seller.dearer, seller.cheaper].map(|asset| outcome.prices[asset as usize]);
    let Some(got) = whole(units, dear, cheap) else { return false };
    let minimum = offers[buyer.number as usize].minimum;
    let paid = cost(units, dear, cheap).max(minimum.saturating_sub(buyer.fill.sold));
    let more = |open: &Open, sold: u64, bought: u64| {
        let fill = Fill { sold: open.fill.sold + sold, bought: open.fill.bought + bought };
        check_fill(outcome, open.number, &offers[open.number as usize], fill).is_ok()
    };
    more(seller, units, got) && more(buyer, paid, units)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(sells: u32, buys: u32, amount: u64, at_least: u64) -> Offer {
        Offer { sells, buys, amount, at_least, minimum: amount }
    }

    #[test]
    fn nobody_is_left_out_who_fits() {
        let offers = [offer(0, 1, 100, 80), offer(1, 0, 100, 90), offer(1, 0, 7, 6), offer(0, 1, 50, 40)];
        let spoilt = Outcome {
            prices: vec![1.0, 1.0],
            fills: vec![Fill::default(); 4],
            left_out: vec![0, 1, 2, 3],
            remainder: vec![0; 2],
            tolerance: 0.0,
        };
        assert_eq!(check(&offers, &spoilt), Err(Violation::Fitting(1, 0)));
    }

    #[test]
    fn a_bike_is_not_left_with_who_would_sell_it_to_who_would_buy_it() {
        let offers = [
            Offer { minimum: 0, ..offer(1, 0, 1, 7_000) },
            Offer { minimum: 0, ..offer(0, 1, 9_000, 1) },
            Offer { minimum: 0, ..offer(0, 1, 6_000, 1) },
        ];
        let none = Outcome {
            prices: vec![1.0, 8_000.0],
            fills: vec![Fill::default(); 3],
            remainder: vec![0; 2],
            tolerance: 0.0,
            left_out: Vec::new(),
        };
        assert_eq!(check(&offers, &none), Err(Violation::Fitting(0, 1)));
        // As little above what the second pays as prices are off.
        let above = Outcome { prices: vec![1.0, 9_000.000_000_000_004], ..none.clone() };
        assert_eq!(check(&offers, &above), Err(Violation::Fitting(0, 1)));
        // Nor with who would pay just that much.
        let at_limit = [offers[0], Offer { minimum: 0, ..offer(0, 1, 7_000, 1) }];
        let same = Outcome { prices: vec![1.0, 7_000.0], fills: vec![Fill::default(); 2], ..none.clone() };
        assert_eq!(check(&at_limit, &same), Err(Violation::Fitting(0, 1)));
        // What misses its limit does not fit.
        let fewer = Outcome { fills: vec![Fill::default(); 2], ..none };
        assert!(check(&[offers[0], offers[2]], &fewer).is_ok());
    }

    #[test]
    fn nobody_goes_with_nothing_beside_who_could_sell_more() {
        let free = |offer: Offer| Offer { minimum: 0, ..offer };
        let offers = [free(offer(1, 0, 10, 20)), free(offer(0, 1, 9, 3)), free(offer(0, 1, 9, 3))];
        let [whole, nothing] = [Fill { sold: 9, bought: 3 }, Fill::default()];
        let outcome = Outcome {
            prices: vec![1.0, 3.0],
            fills: vec![Fill { sold: 6, bought: 18 }, whole, whole],
            remainder: vec![0; 2],
            tolerance: 0.0,
            left_out: Vec::new(),
        };
        assert!(check(&offers, &outcome).is_ok());
        let dropped = Outcome { fills: vec![Fill { sold: 3, bought: 9 }, whole, nothing], ..outcome };
        assert_eq!(check(&offers, &dropped), Err(Violation::Fitting(0, 2)));
    }
}
