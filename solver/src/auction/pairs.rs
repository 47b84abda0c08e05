//! Two offers that are left over and fit each other.
//!
//! Prices are found for what can be divided, and the integer program of `whole` is not solved to its end, or not at all where offers are many. So
//! in the end two offers may stand there with nothing filled, though one sells just what the other buys. They trade.
//!
//! Cost: all pairs of such offers over the same two assets, where there are no more than [`MOST_PAIRS`] of them.

use super::offers::{Fill, Offer};
use super::trader::Trader;

/// Among more pairs of offers over the same two assets none is looked for.
pub const MOST_PAIRS: usize = 1 << 20;

/// So many units less are tried where a trader does not allow what both could trade.
const NEAR: u64 = 8;

/// What offers out of these trade with each other, two by two, of which nothing is filled so far although the prices do not miss their limits.
pub(super) fn met(
    offers: &[Offer],
    numbers: &[usize],
    prices: &[f64],
    tolerance: f64,
    fills: &[Fill],
) -> Vec<(usize, Fill)> {
    let is_open = |trader: &Trader<'_>| trader.least() <= trader.most;
    let unfilled = numbers.iter().filter(|&&number| fills[number].sold == 0);
    let mut open: Vec<Trader<'_>> = unfilled
        .filter_map(|&number| Trader::new(number, &offers[number], prices, tolerance, fills[number]))
        .filter(is_open)
        .collect();
    let key = |trader: &Trader<'_>| (trader.dearer(), trader.cheaper(), trader.buys_dearer, trader.number);
    open.sort_by_key(key);
    let mut met = Vec::new();
    for group in
        open.chunk_by(|one, other| one.dearer() == other.dearer() && one.cheaper() == other.cheaper())
    {
        let (sellers, buyers) = group.split_at(group.partition_point(|trader| !trader.buys_dearer));
        if sellers.len() * buyers.len() > MOST_PAIRS {
            continue;
        }
        let mut is_free = vec![true; buyers.len()];
        for seller in sellers {
            let trade = |buyer: usize| is_free[buyer].then(|| trade(seller, &buyers[buyer])).flatten();
            let found = (0..buyers.len()).find_map(|buyer| Some((buyer, trade(buyer)?)));
            if let Some((buyer, [sells, buys])) = found {
                is_free[buyer] = false;
                met.extend([(seller.number, sells), (buyers[buyer].number, buys)]);
            }
        }
    }
    met
}

/// The most that two trade of the dearer asset, which the first sells; none if they do not fit each other.
fn trade(seller: &Trader<'_>, buyer: &Trader<'_>) -> Option<[Fill; 2]> {
    let least = seller.least().max(buyer.least());
    let most = seller.most.min(buyer.most);
    (least.max(most.saturating_sub(NEAR))..=most).rev().find_map(|units| {
        let [mut sells, buys] = [seller.fill(units)?, buyer.fill(units)?];
        sells.bought = sells.bought.min(buys.sold);
        seller.allows(sells).then_some([sells, buys])
    })
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
    fn two_that_fit_trade_in_a_large_market_too() {
        let mut offers = vec![offer(0, 1, 10, 10, 0); 4_100];
        let few =
            [[0, 2, 46, 5], [2, 1, 714, 1], [3, 0, 3, 27], [1, 4, 2, 2_818], [4, 3, 10, 2], [1, 2, 2, 988]];
        offers.extend(
            few.map(|[sells, buys, amount, least]| offer(sells as u32, buys as u32, amount, least, 0)),
        );
        let outcome = clear(5, &offers).expect("the offers are sound");
        assert!(check(5, &offers, &outcome).is_ok(), "{:?}", check(5, &offers, &outcome));
    }

    #[test]
    fn two_that_are_left_over_trade_what_both_can() {
        // A bike is worth 80.00; three buyers, of which one wants two bikes or none, and one is filled already.
        let offers = [
            offer(1, 0, 2, 14_000, 0),
            offer(0, 1, 8_500, 1, 0),
            offer(0, 1, 17_000, 2, 16_000),
            offer(0, 1, 9_000, 1, 0),
            offer(1, 0, 1, 9_000, 0),
        ];
        let mut fills = [Fill::default(); 5];
        let prices = [1.0, 8_000.0];
        let found = met(&offers, &[0, 1, 2, 3, 4], &prices, 0.0, &fills);
        let fill = |sold, bought| Fill { sold, bought };
        assert_eq!(found, [(0, fill(1, 8_000)), (1, fill(8_000, 1))]);
        fills[1] = fill(8_000, 1);
        fills[3] = fill(8_000, 1);
        let found = met(&offers, &[0, 1, 2, 3, 4], &prices, 0.0, &fills);
        assert_eq!(found, [(0, fill(2, 16_000)), (2, fill(16_000, 2))]);
        assert_eq!(met(&offers, &[0, 4], &prices, 0.0, &fills), []);
    }
}
