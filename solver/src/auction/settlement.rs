//! From log prices to integer prices, what each pair must and may sell at them, and fills.

use libm::{exp, log as ln};

use super::exact;
use super::fills::{self, Filled, Settled};
use super::flow::{self, Arc};
use super::ladder::{Ladder, Pair, above, sum_to};
use super::offers::Offer;
use crate::Components;

/// The greatest price.
const HIGHEST_PRICE: f64 = (1_u64 << 60) as f64;

/// Limits and rates that differ by less than this share are the same.
const SAME: f64 = 1.0 / (1_u64 << 44) as f64;

/// The widest tolerance that is tried for everything to be filled that must be.
const WIDEST_TOLERANCE: f64 = 1.0 / 512.0;

/// What is traded.
pub(super) struct Trading<'a> {
    pub(super) offers: &'a [Offer],
    /// Which offers take no part; none where this is empty.
    pub(super) is_out: &'a [bool],
    pub(super) ladder: &'a Ladder,
    /// By what is offered for what.
    pub(super) components: &'a Components,
    /// Those that can trade.
    pub(super) pairs: &'a [Pair],
}

impl Trading<'_> {
    fn asset_count(&self) -> usize {
        self.components.of.len()
    }

    /// Fills at prices near these, which balance within `band`: the prices in integers, and the tolerance with which all that must be filled is.
    ///
    /// If prices can be had at which the offers at the margin are exactly at their limits, the tolerance is 0; otherwise it is `band`, or more if
    /// that is not enough. If nothing is, it is `band`, and what fails is left to the caller to report.
    pub(super) fn settle(&self, log: &[f64], band: f64) -> (Settled, Vec<u64>, f64) {
        if let Some(exact) = exact::prices(self.ladder, self.pairs, log, band) {
            let prices = self.whole_prices(&exact);
            let mut pairs = self.bounds(&prices, 0.0, SAME);
            if self.is_possible(&pairs) {
                let settled = self.settle_pairs(&prices, &mut pairs);
                // Where everybody is at the limit there may be nothing to round off.
                if settled.left.iter().all(|&left| left >= 0) {
                    return (settled, prices, 0.0);
                }
            }
        }
        let prices = self.whole_prices(log);
        let mut tolerance = band;
        let mut pairs = self.bounds(&prices, tolerance, band);
        while !self.is_possible(&pairs) {
            tolerance *= 4.0;
            if tolerance > WIDEST_TOLERANCE {
                tolerance = band;
                pairs = self.bounds(&prices, tolerance, band);
                break;
            }
            pairs = self.bounds(&prices, tolerance, band);
        }
        loop {
            let settled = self.settle_pairs(&prices, &mut pairs);
            let Some(asset) = settled.left.iter().position(|&left| left < 0) else {
                return (settled, prices, tolerance);
            };
            self.sell_less(&prices, &mut pairs, asset);
        }
    }

    fn is_possible(&self, pairs: &[Filled]) -> bool {
        let arcs: Vec<Arc> = pairs.iter().map(|pair| pair.arc).collect();
        flow::is_possible(self.asset_count(), &arcs)
    }

    /// Prices in integers, those of whole components lowered until nobody sells what cannot come back.
    fn whole_prices(&self, log: &[f64]) -> Vec<u64> {
        let n = self.asset_count();
        let components = self.components;
        let mut log = log.to_vec();
        // Offers lead to components of smaller number.
        for component in 0..components.first.len() - 1 {
            let nodes = components.first[component] as usize..components.first[component + 1] as usize;
            let assets = &components.nodes[nodes];
            let mut lower = 0.0_f64;
            for &a in assets {
                for b in 0..n {
                    let Some(lowest) = self.ladder.rungs(a as usize * n + b).first() else { continue };
                    if components.of[b] == component as u32 {
                        continue;
                    }
                    let over = log[a as usize] - log[b] - ln(lowest.limit);
                    lower = lower.max(over + 1e-3);
                }
            }
            for &a in assets {
                log[a as usize] -= lower;
            }
        }
        let highest = log.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        log.iter().map(|log| (exp(log - highest) * HIGHEST_PRICE).round().max(1.0) as u64).collect()
    }

    /// What of each pair must be filled at these prices and what may be, and what is with a band.
    fn bounds(&self, prices: &[u64], tolerance: f64, band: f64) -> Vec<Filled> {
        let of = |pair: &Pair| {
            let [sells, buys] = [pair.sells as usize, pair.buys as usize];
            let place = sells * prices.len() + buys;
            let rungs = self.ladder.rungs(place);
            let rate = prices[sells] as f64 / prices[buys] as f64;
            let may = above(rungs, rate * (1.0 + SAME));
            let must = above(&rungs[..may], rate * (1.0 - tolerance) * (1.0 - SAME));
            let price = i128::from(prices[sells]);
            let value = |end| i128::from(sum_to(rungs, end)) * price;
            let flow = self.ladder.supply(place, rate, band).amount as i128 * price;
            let arc = Arc { from: pair.sells, to: pair.buys, must: value(must), may: value(may), flow };
            (may > 0).then_some(Filled { place, arc })
        };
        self.pairs.iter().filter_map(of).collect()
    }

    /// Fills the pairs with most volume. Rounding may pay out more of an asset than was sold.
    fn settle_pairs(&self, prices: &[u64], pairs: &mut [Filled]) -> Settled {
        let mut arcs: Vec<Arc> = pairs.iter().map(|pair| pair.arc).collect();
        flow::circulate(self.asset_count(), &mut arcs);
        for (pair, arc) in pairs.iter_mut().zip(arcs) {
            pair.arc = arc;
        }
        fills::settle(self.offers, self.is_out, self.ladder, prices, pairs)
    }

    /// Lets every pair into an asset be filled by an offer less.
    fn sell_less(&self, prices: &[u64], pairs: &mut [Filled], asset: usize) {
        for pair in pairs.iter_mut().filter(|pair| pair.arc.to as usize == asset) {
            let price = u128::from(prices[pair.arc.from as usize]);
            let sold = (pair.arc.flow as u128).div_ceil(price) as i64;
            let rungs = self.ladder.rungs(pair.place);
            let may = sum_to(rungs, rungs.partition_point(|rung| rung.sum < sold));
            pair.arc.may = pair.arc.may.min(i128::from(may) * price as i128);
            pair.arc.must = pair.arc.must.min(pair.arc.may);
        }
    }
}
