//! Offers that are left over, wholly or in part, and fit each other: two, or three in a ring.
//!
//! Prices are found for what can be divided, and the integer program of `whole` is not solved to its end, or not at all where offers are many. So
//! in the end two offers may stand there with nothing filled, though one sells just what the other buys; or one stands beside another of which a part is
//! filled, and the rest would do. They trade, where that is worth what is lost by rounding.
//!
//! Cost: at most [`MOST_FITS`] trades are tried for what they are worth; then all pairs over the same two assets of one offer of which nothing is filled and another of which something is left, where
//! there are no more than [`MOST_PAIRS`] of them.

use std::ops::Range;

use super::offers::{Fill, Offer};
use super::price::SAME;
use super::trader::{NEAR, Trader};

/// Among more pairs of offers over the same two assets none is looked for.
pub const MOST_PAIRS: usize = 1 << 20;

/// So many trades are tried for the best of them.
const MOST_FITS: usize = 1 << 16;

/// What offers out of these trade with each other of what is unfilled so far although the prices do not miss their limits; of each asset so much is `left`.
pub(super) fn met(
    offers: &[Offer],
    numbers: &[usize],
    prices: &[f64],
    tolerance: f64,
    fills: &[Fill],
    left: &[i128],
) -> Vec<(usize, Fill)> {
    let trader = |&number: &usize| {
        let so_far = fills[number];
        let trader = Trader::new(number, &offers[number], prices, tolerance, so_far)?;
        let is_open = trader.least() <= trader.most && trader.units(&so_far) < trader.most;
        is_open.then_some(trader)
    };
    let mut traders: Vec<Trader<'_>> = numbers.iter().filter_map(trader).collect();
    traders.sort_by_key(|trader| {
        (trader.offer.sells, trader.offer.buys, fills[trader.number].sold > 0, trader.number)
    });
    let so_far: Vec<Fill> = traders.iter().map(|trader| fills[trader.number]).collect();
    let mut floor = Floor { traders: &traders, fills: so_far.clone(), left: left.to_vec(), fits: 0 };
    floor.trade();
    let changed = traders.iter().zip(&so_far).zip(floor.fills).filter(|((_, was), fill)| *was != fill);
    changed.map(|((trader, _), fill)| (trader.number, fill)).collect()
}

/// Offers of the same two assets that are left over: first those of which nothing was filled.
struct Line {
    sells: u32,
    buys: u32,
    all: Range<usize>,
    unfilled: Range<usize>,
}

fn find(lines: &[Line], sells: u32, buys: u32) -> Option<&Line> {
    let found = lines.binary_search_by_key(&(sells, buys), |line| (line.sells, line.buys));
    found.ok().map(|at| &lines[at])
}

/// Those who sell what others buy and buy what they sell, of each two only once.
fn back<'a>(lines: &'a [Line], there: &Line) -> Option<&'a Line> {
    find(lines, there.buys, there.sells).filter(|_| there.sells < there.buys)
}

/// What a ring gains by a trade, who is in it, and what they have then.
type Found<const N: usize> = (f64, [usize; N], [Fill; N]);

/// Traders, by what they sell and buy, their fills so far, and what is left of each asset.
struct Floor<'a> {
    traders: &'a [Trader<'a>],
    fills: Vec<Fill>,
    left: Vec<i128>,
    /// How many trades were tried.
    fits: usize,
}

impl Floor<'_> {
    fn lines(&self) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::new();
        for (at, trader) in self.traders.iter().enumerate() {
            let Offer { sells, buys, .. } = *trader.offer;
            if lines.last().is_none_or(|line| (line.sells, line.buys) != (sells, buys)) {
                lines.push(Line { sells, buys, all: at..at, unfilled: at..at });
            }
            let line = lines.last_mut().expect("one was pushed");
            line.all.end = at + 1;
            line.unfilled.end += usize::from(self.fills[at].sold == 0);
        }
        lines
    }

    fn trade(&mut self) {
        let lines = self.lines();
        loop {
            self.trade_gainful(&lines);
            let mut traded = false;
            for there in &lines {
                if let Some(back) = back(&lines, there) {
                    traded |= self.trade_first(there.unfilled.clone(), back.all.clone());
                    traded |= self.trade_first(back.unfilled.clone(), there.all.clone());
                }
            }
            // Who has something now may be of use to others who have nothing.
            if !traded {
                return;
            }
        }
    }

    /// Lets two or three trade who gain by it.
    fn trade_gainful(&mut self, lines: &[Line]) {
        for there in lines {
            if let Some(back) = back(lines, there) {
                self.trade_best(&[there, back].map(|line| line.all.clone()));
            }
        }
        for first in lines {
            let nexts = &lines[lines.partition_point(|line| line.sells < first.buys)..];
            let nexts = nexts.iter().take_while(|line| line.sells == first.buys);
            for second in nexts.filter(|next| first.sells < next.sells.min(next.buys)) {
                if let Some(third) = find(lines, second.buys, first.sells) {
                    self.trade_best(&[first, second, third].map(|line| line.all.clone()));
                }
            }
        }
    }

    /// Lets traders of the first range trade with those of the others, each of whom buys what the next one sells, with whom that is worth most.
    fn trade_best<const N: usize>(&mut self, ranges: &[Range<usize>; N]) {
        let count = ranges[1..].iter().map(Range::len).fold(1, usize::saturating_mul);
        for first in ranges[0].clone() {
            while count <= MOST_FITS - self.fits {
                self.fits += count;
                let fits = (0..count).filter_map(|mut number| {
                    let ring = std::array::from_fn(|place| {
                        let Range { start, end } = ranges[place];
                        if place == 0 {
                            return first;
                        }
                        let at = start + number % (end - start);
                        number /= end - start;
                        at
                    });
                    let (gain, fills) = self.fit(ring)?;
                    (gain > 0.0).then_some((gain, ring, fills))
                });
                // The first of the best.
                let better = |best: Found<N>, other: Found<N>| if other.0 > best.0 { other } else { best };
                let Some((_, ring, fills)) = fits.reduce(better) else { break };
                self.apply(ring, fills);
            }
        }
    }

    /// Lets each of the first of which still nothing is filled trade with one of the others, whatever is lost by rounding: nobody goes with nothing since little
    /// is lost. Whether any does.
    fn trade_first(&mut self, firsts: Range<usize>, others: Range<usize>) -> bool {
        if firsts.len().saturating_mul(others.len()) > MOST_PAIRS {
            return false;
        }
        let mut traded = false;
        for first in firsts {
            let fit = |other: usize| Some(([first, other], self.fit([first, other])?.1));
            if self.fills[first].sold == 0
                && let Some((pair, fills)) = others.clone().find_map(fit)
            {
                self.apply(pair, fills);
                traded = true;
            }
        }
        traded
    }

    fn apply<const N: usize>(&mut self, ring: [usize; N], fills: [Fill; N]) {
        for (at, fill) in ring.into_iter().zip(fills) {
            let was = std::mem::replace(&mut self.fills[at], fill);
            let Offer { sells, buys, .. } = self.traders[at].offer;
            self.left[*sells as usize] += i128::from(fill.sold) - i128::from(was.sold);
            self.left[*buys as usize] -= i128::from(fill.bought) - i128::from(was.bought);
        }
    }

    /// What the traders of a ring have when they trade the most that all can, and what that gains; none if it does not fit.
    fn fit<const N: usize>(&self, ring: [usize; N]) -> Option<(f64, [Fill; N])> {
        let rest = ring.map(|at| {
            let trader = &self.traders[at];
            (trader.most - trader.units(&self.fills[at])) as f64 * trader.dearer_price()
        });
        let value = rest.into_iter().fold(f64::INFINITY, f64::min);
        let is_too_little = |&at: &usize| {
            let trader = &self.traders[at];
            let least = trader.least() as f64 * trader.dearer_price();
            self.fills[at].sold == 0 && least > (value + trader.dearer_price()) * (1.0 + SAME)
        };
        if value == 0.0 || ring.iter().any(is_too_little) {
            return None;
        }
        let dearest = ring.map(|at| self.traders[at].dearer_price()).into_iter().fold(0.0, f64::max);
        let most = (value / dearest * (1.0 + SAME)) as u64;
        let least = most.saturating_sub(NEAR).max(1);
        let fills = (least..=most).rev().find_map(|units| self.fills(ring, units as f64 * dearest))?;
        let gain = |(&at, fill): (&usize, &Fill)| {
            let trader = &self.traders[at];
            let [now, was] =
                [fill, &self.fills[at]].map(|fill| trader.gain(fill.sold as f64, fill.bought as f64));
            now - was
        };
        Some((ring.iter().zip(&fills).map(gain).sum(), fills))
    }

    /// What the traders of a ring have when each trades so much more: they have back what they gave up, or, if that does not fit, not.
    fn fills<const N: usize>(&self, ring: [usize; N], value: f64) -> Option<[Fill; N]> {
        [true, false].into_iter().find_map(|gives_back| self.fills_with(ring, value, gives_back))
    }

    fn fills_with<const N: usize>(
        &self,
        ring: [usize; N],
        value: f64,
        gives_back: bool,
    ) -> Option<[Fill; N]> {
        let mut fills = [Fill::default(); N];
        for (fill, at) in fills.iter_mut().zip(ring) {
            let trader = &self.traders[at];
            let more = libm::ceil(value / trader.dearer_price() * (1.0 - SAME)) as u64;
            let so_far = self.fills[at];
            let units = trader.units(&so_far);
            let all = (units + more).min(trader.most);
            *fill = if gives_back { trader.fill(all)? } else { trader.more(so_far, all - units)? };
        }
        for (place, at) in ring.into_iter().enumerate() {
            let trader = &self.traders[at];
            let next = (place + 1) % N;
            let sold = i128::from(fills[next].sold) - i128::from(self.fills[ring[next]].sold);
            let most = i128::from(self.fills[at].bought) + sold + self.left[trader.offer.buys as usize];
            if i128::from(fills[place].bought) > most {
                fills[place].bought = u64::try_from(most).ok()?;
                if !trader.allows(fills[place]) {
                    return None;
                }
            }
        }
        Some(fills)
    }
}

#[cfg(test)]
mod tests {
    use super::super::clear;
    use super::*;
    use crate::certify::auction::check;

    fn offer(sells: u32, buys: u32, amount: u64, at_least: u64, minimum: u64) -> Offer {
        Offer { sells, buys, amount, at_least, minimum }
    }

    fn fill(sold: u64, bought: u64) -> Fill {
        Fill { sold, bought }
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
    fn two_that_were_left_out_trade_though_nothing_is_on_a_cycle_any_more() {
        let offers = [
            offer(1, 2, 1_606, 4, 1),
            offer(2, 1, 2, 830, 2),
            offer(2, 0, 2, 6_254, 0),
            offer(0, 1, 4_762, 242, 3_841),
            offer(1, 2, 1_205, 2, 1_205),
        ];
        let outcome = clear(3, &offers).expect("the offers are sound");
        assert!(check(3, &offers, &outcome).is_ok(), "{:?}", check(3, &offers, &outcome));
        assert!(outcome.fills[1].sold > 0, "{outcome:?}");
    }

    #[test]
    fn what_is_tried_is_bounded_and_those_with_nothing_are_met_nevertheless() {
        // Nobody's limit leaves room for what others want to trade at least.
        let mut offers: Vec<Offer> = (0..600).map(|_| offer(0, 1, 10, 5, 10)).collect();
        offers.extend((0..600).map(|_| offer(1, 0, 7, 3, 7)));
        offers.extend([offer(0, 1, 4, 2, 4), offer(1, 0, 4, 2, 4)]);
        let numbers: Vec<usize> = (0..offers.len()).collect();
        let fills = vec![Fill::default(); offers.len()];
        let met = met(&offers, &numbers, &[1.0; 2], 0.0, &fills, &[0; 2]);
        assert_eq!(met, [(1_200, fill(4, 4)), (1_201, fill(4, 4))]);
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
        let met = |numbers: &[usize], fills: &[Fill]| met(&offers, numbers, &prices, 0.0, fills, &[0; 2]);
        let found = met(&[0, 1, 2, 3, 4], &fills);
        assert_eq!(found, [(1, fill(8_000, 1)), (3, fill(8_000, 1)), (0, fill(2, 16_000))]);
        assert_eq!(met(&[0, 2, 4], &fills), [(2, fill(16_000, 2)), (0, fill(2, 16_000))]);
        // One of two bikes is sold; the other is for who has none.
        fills[0] = fill(1, 8_000);
        fills[1] = fill(8_000, 1);
        assert_eq!(met(&[0, 1, 2, 3, 4], &fills), [(3, fill(8_000, 1)), (0, fill(2, 16_000))]);
        assert_eq!(met(&[0, 4], &fills), []);
    }

    #[test]
    fn three_that_are_left_over_trade_in_a_ring() {
        // A lamp for two chairs, a chair for 30.00, 65.00 for a lamp: of the first one lamp is sold already.
        let offers = [offer(0, 1, 2, 4, 0), offer(1, 2, 2, 6_000, 0), offer(2, 0, 6_500, 1, 0)];
        let prices = [6_200.0, 3_100.0, 1.0];
        let fills = [fill(1, 2), Fill::default(), Fill::default()];
        let found = met(&offers, &[0, 1, 2], &prices, 0.0, &fills, &[0; 3]);
        assert_eq!(found, [(0, fill(2, 4)), (1, fill(2, 6_200)), (2, fill(6_200, 1))]);
        // No one sells a lamp if nobody has chairs.
        assert_eq!(met(&offers, &[0, 2], &prices, 0.0, &fills, &[0; 3]), []);
    }
}
