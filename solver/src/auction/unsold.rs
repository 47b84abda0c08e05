//! What is sold to nobody goes back to who sold it.
//!
//! Who sells all or nothing may pay more than the whole units that it gets are worth. What is paid too much is left over; it is not to pay for goods of
//! others that nobody receives. So of each asset no more is to be left over than those who sell it sell beyond what they get: what is more goes back, and
//! what was received for it is left over in turn, where it was paid too much.
//!
//! Cost: where any offer has a minimum and there are at most [`MANY`], a pass over them, and a sort of those that sell what is left over.

use super::fills::Settled;
use super::offers::{Fill, Offer};
use super::price::SAME;
use super::trader::Trader;

/// Among more offers what is sold to nobody stays so: there it is little beside what is traded.
const MANY: usize = 1 << 18;

/// Less than such a share of what is sold of an asset is rounding.
const LITTLE: f64 = 1e-3;

/// Fills with which what is sold to nobody is not sold.
pub(super) fn returned(offers: &[Offer], prices: &[f64], settled: &Settled) -> Vec<(usize, Fill)> {
    if offers.len() > MANY || offers.iter().all(|offer| offer.minimum == 0) {
        return Vec::new();
    }
    // In value, what is left over of each asset beyond what its own sellers give up.
    let mut excess: Vec<f64> =
        settled.left.iter().zip(prices).map(|(&left, price)| left as f64 * price).collect();
    let mut sold = vec![0.0; prices.len()];
    for (offer, fill) in offers.iter().zip(&settled.fills) {
        let [sells, buys] = [offer.sells, offer.buys].map(|asset| asset as usize);
        let value = fill.sold as f64 * prices[sells];
        sold[sells] += value;
        excess[sells] -= value - fill.bought as f64 * prices[buys];
    }
    let mut left = settled.left.clone();
    let is_one = |&number: &usize| {
        let asset = offers[number].sells as usize;
        let least = (prices[asset] * (1.0 - SAME)).max(LITTLE * sold[asset]);
        settled.fills[number].sold > 0 && excess[asset] >= least
    };
    let mut numbers: Vec<usize> = (0..offers.len()).filter(is_one).collect();
    // Whoever asks most comes first.
    let room = |&number: &usize| {
        let offer = &offers[number];
        offer.limit() * prices[offer.buys as usize] / prices[offer.sells as usize]
    };
    numbers.sort_by(|one, other| room(other).total_cmp(&room(one)).then(one.cmp(other)));
    let mut fills = Vec::new();
    for number in numbers {
        let (offer, fill) = (&offers[number], settled.fills[number]);
        let [sells, buys] = [offer.sells, offer.buys].map(|asset| asset as usize);
        let Some(trader) = Trader::new(number, offer, prices, 0.0, fill) else { continue };
        let value = excess[sells].min(-excess[buys]) * (1.0 + SAME);
        let (units, less) = (trader.units(&fill), (value / trader.dearer_price()).max(0.0) as u64);
        let kept = if less >= units { Some(Fill::default()) } else { trader.fill(units - less) };
        let Some(kept) = kept.filter(|kept| kept.sold < fill.sold && kept.bought <= fill.bought) else {
            continue;
        };
        let [back, unpaid] = [fill.sold - kept.sold, fill.bought - kept.bought];
        if less == 0 || left[sells] < i128::from(back) {
            continue;
        }
        left[sells] -= i128::from(back);
        left[buys] += i128::from(unpaid);
        excess[sells] -= unpaid as f64 * prices[buys];
        excess[buys] += unpaid as f64 * prices[buys];
        fills.push((number, kept));
    }
    fills
}

#[cfg(test)]
mod tests {
    use super::super::clear;
    use super::*;
    use crate::certify::auction::check;

    fn offer(sells: u32, buys: u32, amount: u64, at_least: u64, minimum: u64) -> Offer {
        Offer { sells, buys, amount, at_least, minimum }
    }

    #[test]
    fn nobody_sells_pies_to_nobody_for_what_was_paid_too_much_for_bikes() {
        let [hours, bikes, pies] = [0, 1, 2];
        let all_or_nothing = [562, 616, 607, 693].map(|pays| offer(hours, bikes, pays, 1, pays));
        let offers: Vec<Offer> = [
            offer(hours, bikes, 645, 1, 0),
            offer(bikes, hours, 2, 1_015, 2),
            offer(pies, hours, 9, 165, 0),
            offer(bikes, hours, 1, 493, 1),
            offer(bikes, hours, 2, 945, 0),
            offer(hours, pies, 47, 2, 0),
        ]
        .into_iter()
        .chain(all_or_nothing)
        .collect();
        let outcome = clear(3, &offers).expect("the offers are sound");
        assert!(check(3, &offers, &outcome).is_ok(), "{outcome:?}");
        assert_eq!((outcome.fills[2].sold, outcome.fills[5].bought), (2, 2), "{outcome:?}");
        assert_eq!(outcome.remainder[1..], [0, 0]);
    }

    #[test]
    fn what_is_sold_to_nobody_goes_back_to_who_asks_most() {
        // Of 10.00 that are paid for a bike worth 8.00, a pie was bought of each of two that nobody gets.
        let offers = [
            offer(0, 1, 1_000, 1, 1_000),
            offer(1, 0, 1, 800, 0),
            offer(2, 0, 3, 60, 0),
            offer(2, 0, 1, 90, 0),
            offer(0, 2, 200, 2, 0),
        ];
        let fills = [(1_000, 1), (1, 800), (3, 300), (1, 100), (200, 2)];
        let settled = Settled {
            fills: fills.map(|(sold, bought)| Fill { sold, bought }).to_vec(),
            left: vec![0, 0, 2],
            less: Vec::new(),
            too_little: Vec::new(),
        };
        let found = returned(&offers, &[1.0, 800.0, 100.0], &settled);
        assert_eq!(found, [(3, Fill::default()), (2, Fill { sold: 2, bought: 200 })]);
        // What is given up of pies themselves is left over as pies.
        let of_pies = Settled { fills: vec![Fill::default(); 5], left: vec![0, 0, 2], ..settled };
        assert_eq!(returned(&offers, &[1.0, 800.0, 100.0], &of_pies), []);
    }
}
