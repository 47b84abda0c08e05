//! From log prices to prices, what each pair must and may sell at them, and fills.

use libm::{exp, ldexp, log2};

use super::exact;
use super::fills::{self, Book, Settled};
use super::flow::{self, Line};
use super::ladder::{Pair, above, sum_to};
use super::offers::{MAX_PRICE, MAX_TOLERANCE};
use crate::Components;

/// Limits and rates that differ by less than this share are the same.
const SAME: f64 = 1.0 / (1_u64 << 44) as f64;

/// Assets that are on cycles of offers together.
pub(super) struct Part {
    /// Its assets, rising.
    pub(super) assets: Vec<u32>,
    /// The pairs that have offers, by the places of their assets in `assets`.
    pub(super) pairs: Vec<Pair>,
    /// The log prices at which it balances.
    pub(super) log: Vec<f64>,
    /// The band within which it does.
    pub(super) band: f64,
}

/// At which of its prices a part is settled.
#[derive(Clone, Copy, PartialEq)]
enum Prices {
    /// Those at which the offers at the margin are exactly at their limits.
    Exact,
    /// Those found, within this tolerance.
    Within(f64),
}

/// A part while it is settled.
struct Settling<'a> {
    part: &'a Part,
    at: Prices,
    /// The prices of its assets.
    prices: Vec<f64>,
    lines: Vec<Line>,
}

/// What is settled, the prices, and the share of a rate that limits may be below it for an offer to be at its limit.
pub(super) struct Settlement {
    pub(super) settled: Settled,
    pub(super) prices: Vec<f64>,
    pub(super) tolerance: f64,
}

/// Fills at prices near those at which all parts balance.
///
/// If prices of a part can be had at which the offers at the margin are exactly at their limits, its tolerance is 0; otherwise it is the part's band,
/// or more if that is not enough. If nothing is, it is the band, and what fails is left to the caller to report.
pub(super) fn settle(book: Book<'_>, components: &Components, parts: &[Part]) -> Settlement {
    let mut settling: Vec<Settling<'_>> = parts.iter().map(|part| Settling::new(book, part)).collect();
    loop {
        let prices = prices(book, components, &settling);
        let lines: Vec<Line> = settling.iter().flat_map(|part| part.lines.iter().copied()).collect();
        let mut may_fail = vec![false; prices.len()];
        for part in settling.iter().filter(|part| part.at == Prices::Exact) {
            part.part.assets.iter().for_each(|&asset| may_fail[asset as usize] = true);
        }
        let settled = fills::settle(book, &prices, &lines, &may_fail);
        let is_short =
            |part: &Settling<'_>| part.part.assets.iter().any(|&asset| settled.left[asset as usize] < 0);
        // Where everybody is at the limit there may be nothing to round off.
        let mut short = settling.iter_mut().filter(|part| is_short(part)).peekable();
        if short.peek().is_none() || !settled.too_little.is_empty() {
            let tolerance = settling.iter().map(Settling::tolerance).fold(0.0, f64::max);
            return Settlement { settled, prices, tolerance };
        }
        short.for_each(|part| part.move_off(book));
    }
}

impl<'a> Settling<'a> {
    fn new(book: Book<'_>, part: &'a Part) -> Self {
        let mut settling = Settling { part, at: Prices::Exact, prices: Vec::new(), lines: Vec::new() };
        let exact = exact::prices(book.ladder, &part.pairs, &part.log, part.band);
        if !exact.is_some_and(|log| settling.sell(book, &log, 0.0)) {
            settling.move_off(book);
        }
        settling
    }

    fn tolerance(&self) -> f64 {
        match self.at {
            Prices::Exact => 0.0,
            Prices::Within(tolerance) => tolerance,
        }
    }

    /// Settles it at the prices found, within the least tolerance with which all that must be filled is.
    fn move_off(&mut self, book: Book<'_>) {
        let band = self.part.band.min(MAX_TOLERANCE);
        let mut tolerance = band;
        while !self.sell(book, &self.part.log, tolerance) {
            tolerance *= 4.0;
            if tolerance > MAX_TOLERANCE {
                tolerance = band;
                self.sell(book, &self.part.log, tolerance);
                break;
            }
        }
        self.at = Prices::Within(tolerance);
    }

    /// Sets prices and what is sold at them; whether that is all that must be.
    fn sell(&mut self, book: Book<'_>, log: &[f64], tolerance: f64) -> bool {
        self.prices = log.iter().map(|&other| exp(other - log[0])).collect();
        self.lines.clear();
        for pair in &self.part.pairs {
            let rungs = book.ladder.rungs(pair.place);
            let rate = self.prices[pair.sells as usize] / self.prices[pair.buys as usize];
            let may = above(rungs, rate * (1.0 + SAME));
            let must = above(&rungs[..may], rate * (1.0 - tolerance) * (1.0 - SAME));
            let [must, may] = [must, may].map(|end| sum_to(rungs, end));
            if may > 0 {
                self.lines.push(Line {
                    place: pair.place,
                    from: pair.sells,
                    to: pair.buys,
                    must,
                    may,
                    sold: 0,
                });
            }
        }
        let is_possible = flow::sell(&self.prices, &mut self.lines);
        for line in &mut self.lines {
            [line.from, line.to] = [line.from, line.to].map(|asset| self.part.assets[asset as usize]);
        }
        is_possible
    }
}

/// The prices of all assets, those of the first as 1. Those of whole components are lowered until nobody sells what cannot come back.
fn prices(book: Book<'_>, components: &Components, parts: &[Settling<'_>]) -> Vec<f64> {
    let n = components.of.len();
    let mut prices = vec![1.0; n];
    for part in parts {
        for (&asset, &price) in part.part.assets.iter().zip(&part.prices) {
            prices[asset as usize] = price;
        }
    }
    let mut levels = vec![0_i32; components.count()];
    // Offers lead to components of smaller number.
    for component in 0..components.count() {
        let mut lower = 0.0_f64;
        for &a in components.members(component) {
            for b in (0..n).filter(|&b| components.of[b] != component as u32) {
                let Some(lowest) = book.ladder.rungs(a as usize * n + b).first() else { continue };
                let level = f64::from(levels[components.of[b] as usize]);
                lower =
                    lower.max(log2(prices[a as usize]) - log2(prices[b]) - level - log2(lowest.limit) + 1e-3);
            }
        }
        levels[component] = -(lower.ceil() as i32);
    }
    let Some(&first) = components.of.first() else { return prices };
    let first = levels[first as usize];
    for (price, &component) in prices.iter_mut().zip(&components.of) {
        *price = ldexp(*price, levels[component as usize] - first).clamp(1.0 / MAX_PRICE, MAX_PRICE);
    }
    prices
}
