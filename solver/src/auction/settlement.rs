//! From log prices to prices, what each pair must and may sell at them, and fills.

use libm::{exp, ldexp, log2};

use super::exact;
use super::fills::{self, Book, Mending, Settled};
use super::flow::{self, Line};
use super::ladder::{Pair, above, sum_to};
use super::leftover;
use super::market::Market;
use super::offers::{Fill, MAX_PRICE, MAX_TOLERANCE, Offer};
use super::price::SAME;
use super::prices;
use super::unsold;
use super::whole;
use crate::Components;

/// What rounding takes is much where it is such a share of what must be sold.
const MUCH: f64 = 1e-3;

/// By how much a band is widened where units do not fit into each other.
const WIDER: f64 = 8.0;

/// A part of more offers is not gathered for whole units: the prices meet the limits of more than are settled so.
pub const MOST_WHOLE: usize = 1 << 12;

/// The greatest logarithm of a price to that of the first asset of its part: half of that of [`MAX_PRICE`], since any other may come to be the first, with room
/// for the powers of two by which parts are moved.
const FARTHEST: f64 = 320.0;

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

/// How a part is settled: at which prices, and what of each line is sold.
#[derive(Clone)]
pub(super) struct Plan {
    at: Prices,
    /// The prices of its assets.
    pub(super) prices: Vec<f64>,
    lines: Vec<Line>,
    /// How what is short is mended (see [`Mending`]).
    is_near: bool,
    /// How much is then missing of what must be sold, in value; before that is known, beyond all.
    missing: f64,
}

/// A part while it is settled.
pub(super) struct SettlingPart<'a> {
    pub(super) part: &'a Part,
    /// Where it balances, and the band within which it does.
    log: Vec<f64>,
    band: f64,
    pub(super) plan: Plan,
    /// The plan of which least was missing so far.
    best: Option<Plan>,
    is_final: bool,
}

/// What is settled, the prices, and the share of a rate that limits may be below it for an offer to be at its limit.
pub(super) struct Settlement {
    pub(super) settled: Settled,
    pub(super) prices: Vec<f64>,
    pub(super) tolerance: f64,
}

/// An auction while it is settled: its parts, and at which of their prices.
pub(super) struct Settling<'a> {
    pub(super) book: Book<'a>,
    components: &'a Components,
    pub(super) parts: Vec<SettlingPart<'a>>,
}

impl<'a> Settling<'a> {
    /// Parts, each to be settled near the prices at which it balances.
    pub(super) fn new(book: Book<'a>, components: &'a Components, parts: &'a [Part]) -> Self {
        let parts = parts.iter().map(|part| SettlingPart::new(book, part)).collect();
        Settling { book, components, parts }
    }

    /// Fills at prices near those at which all parts balance.
    ///
    /// If prices of a part can be had at which the offers at the margin are exactly at their limits, its tolerance is 0; otherwise it is the part's band
    /// (cut off at [`MAX_TOLERANCE`]), or more if that is not enough, also where units fit into each other so badly that more is missing than rounding takes: with a wider band, offers
    /// at the margin have some room for it. If nothing is enough, it is what leaves the least missing, which is left to the caller to report.
    pub(super) fn settle(&mut self) -> Settlement {
        loop {
            let settlement = self.filled();
            if !settlement.settled.too_little.is_empty() {
                return settlement;
            }
            let mut less = settlement.settled.less.as_slice();
            let mut is_done = true;
            for part in &mut self.parts {
                let (of_part, rest) = less.split_at(part.plan.lines.len());
                less = rest;
                // Where everybody is at the limit there may be nothing to round off.
                let is_short =
                    part.part.assets.iter().any(|&asset| settlement.settled.left[asset as usize] < 0);
                if !part.is_settled(of_part, is_short) {
                    part.try_next(self.book);
                    is_done = false;
                }
            }
            if is_done {
                return self.finished(settlement, whole::STEPS);
            }
        }
    }

    /// Fills with the prices of one part at these logarithms, at which it need not balance; none if an offer would then sell less than its minimum.
    /// What is settled by whole units is looked for in so many steps.
    pub(super) fn settle_at(&mut self, number: usize, log: &[f64], steps: u64) -> Option<Settlement> {
        let part = &mut self.parts[number];
        part.sell(self.book, log, 0.0);
        part.plan.at = Prices::Within(0.0);
        let settlement = self.filled();
        settlement.settled.too_little.is_empty().then(|| self.finished(settlement, steps))
    }

    /// Fills at the prices that the parts have now, whether or not they balance.
    pub(super) fn settle_again(&self) -> Settlement {
        self.finished(self.filled(), whole::STEPS)
    }

    /// Fills all lines of all parts.
    fn filled(&self) -> Settlement {
        let prices = levelled(self.book, self.components, &self.parts);
        let lines: Vec<Line> = self.parts.iter().flat_map(|part| part.plan.lines.iter().copied()).collect();
        let mut mending = vec![Mending::default(); prices.len()];
        for part in &self.parts {
            let of_part = Mending { may_fail: part.plan.at == Prices::Exact, is_near: part.plan.is_near };
            part.part.assets.iter().for_each(|&asset| mending[asset as usize] = of_part);
        }
        let settled = fills::settle(self.book, &prices, &lines, &mending);
        let tolerance = self.parts.iter().map(|part| part.plan.at.tolerance()).fold(0.0, f64::max);
        Settlement { settled, prices, tolerance }
    }

    fn finished(&self, mut settlement: Settlement, steps: u64) -> Settlement {
        let mut numbers = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            numbers.push(settlement.settle_whole(self.book, part, steps));
        }
        let returned = unsold::returned(self.book.offers, &settlement.prices, &settlement.settled);
        settlement.replace(self.book, returned);
        for (numbers, part) in numbers.iter().zip(&self.parts) {
            settlement.meet(self.book, numbers, part.plan.at.tolerance());
        }
        settlement.settle_left_out(self.book);
        settlement
    }
}

impl Settlement {
    /// Settles the offers of a part by whole units, where that is better and they are not too many. Returns which offers may then be left over and fit each
    /// other.
    fn settle_whole(&mut self, book: Book<'_>, settling: &SettlingPart<'_>, steps: u64) -> Vec<usize> {
        let has = |asset: &u32| settling.part.assets.binary_search(asset).is_ok();
        let is_left_out = |&number: &usize| {
            let Offer { sells, buys, .. } = &book.offers[number];
            book.is_out[number] && has(sells) && has(buys)
        };
        let left_out: Vec<usize> = (0..book.is_out.len()).filter(is_left_out).collect();
        let places: Vec<usize> = settling.part.pairs.iter().map(|pair| pair.place).collect();
        let rungs = |&place: &usize| book.ladder.rungs(place).iter().map(|rung| rung.order as usize);
        let is_small = places.iter().flat_map(rungs).nth(MOST_WHOLE).is_none();
        let places = if is_small { places } else { self.left_over(book, settling, &left_out) };
        let mut numbers: Vec<usize> = places.iter().flat_map(rungs).chain(left_out).collect();
        numbers.sort_unstable();
        let (offers, prices, tolerance) = (book.offers, &self.prices, settling.plan.at.tolerance());
        if is_small
            && let Some(better) =
                whole::better(offers, &numbers, prices, tolerance, &self.settled.fills, steps)
        {
            self.replace(book, better);
        }
        numbers
    }

    /// Lets those trade that were left out and fit each other, though what they trade is on no cycle any more.
    fn settle_left_out(&mut self, book: Book<'_>) {
        let left_out: Vec<usize> = (0..book.is_out.len()).filter(|&number| book.is_out[number]).collect();
        self.meet(book, &left_out, 0.0);
    }

    /// Lets those of these trade that are left over and fit each other.
    fn meet(&mut self, book: Book<'_>, numbers: &[usize], tolerance: f64) {
        let Settled { fills, left, .. } = &self.settled;
        let met = leftover::met(book.offers, numbers, &self.prices, tolerance, fills, left);
        self.replace(book, met);
    }

    /// The places of the pairs in which nothing is sold of an offer though it must be or was left out, with those the other way.
    fn left_over(&self, book: Book<'_>, settling: &SettlingPart<'_>, left_out: &[usize]) -> Vec<usize> {
        let n = self.prices.len();
        let is_left = |line: &&Line| {
            let mut must = book.ladder.rungs(line.place).iter().take_while(|rung| rung.sum <= line.must);
            must.any(|rung| self.settled.fills[rung.order as usize].sold == 0)
        };
        let lines = settling.plan.lines.iter().filter(is_left).map(|line| line.place);
        let place = |&number: &usize| {
            let Offer { sells, buys, .. } = &book.offers[number];
            *sells as usize * n + *buys as usize
        };
        let both = |place: usize| [place, place % n * n + place / n];
        let mut places: Vec<usize> = lines.chain(left_out.iter().map(place)).flat_map(both).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    fn replace(&mut self, book: Book<'_>, fills: Vec<(usize, Fill)>) {
        for (number, fill) in fills {
            let was = std::mem::replace(&mut self.settled.fills[number], fill);
            let Offer { sells, buys, .. } = &book.offers[number];
            self.settled.left[*sells as usize] += i128::from(fill.sold) - i128::from(was.sold);
            self.settled.left[*buys as usize] += i128::from(was.bought) - i128::from(fill.bought);
        }
    }
}

impl Prices {
    fn tolerance(self) -> f64 {
        match self {
            Prices::Exact => 0.0,
            Prices::Within(tolerance) => tolerance,
        }
    }
}

impl<'a> SettlingPart<'a> {
    fn new(book: Book<'_>, part: &'a Part) -> Self {
        let plan = Plan {
            at: Prices::Exact,
            prices: Vec::new(),
            lines: Vec::new(),
            is_near: false,
            missing: f64::INFINITY,
        };
        let log = part.log.clone();
        let mut settling =
            SettlingPart { part, log, band: part.band.min(MAX_TOLERANCE), plan, best: None, is_final: false };
        let exact = exact::prices(book.ladder, &part.pairs, &part.log, part.band);
        if !exact.is_some_and(|log| settling.sell(book, &log, 0.0)) {
            settling.move_off(book);
        }
        settling
    }

    /// Whether no more is to be tried, when each line sells so much `less` than it was to; how much is missing is noted.
    fn is_settled(&mut self, less: &[u64], is_short: bool) -> bool {
        if self.is_final {
            return true;
        }
        let price =
            |line: &Line| self.plan.prices[self.part.assets.partition_point(|&asset| asset < line.from)];
        let value =
            |(line, less): (&Line, &u64)| (line.must - line.sold + *less as i64).max(0) as f64 * price(line);
        let missing = self.plan.lines.iter().zip(less).map(value).sum();
        let must: f64 = self.plan.lines.iter().map(|line| line.must as f64 * price(line)).sum();
        self.plan.missing = if is_short { f64::INFINITY } else { missing };
        let trades =
            self.plan.lines.iter().zip(less).filter(|(line, less)| line.sold > **less as i64).count();
        let units = 2 * (trades + self.part.assets.len());
        let dearest = self.plan.prices.iter().copied().fold(0.0, f64::max);
        self.plan.missing <= (units as f64 * dearest).min((MUCH * must).max(dearest))
    }

    /// Makes another plan: the same mended the other way, or prices off the limits, or a wider band; in the end the best of all.
    fn try_next(&mut self, book: Book<'_>) {
        // Each has to be worth it.
        if self.best.as_ref().is_none_or(|best| self.plan.missing < 0.5 * best.missing) {
            self.best = Some(self.plan.clone());
        }
        self.plan.is_near = !self.plan.is_near;
        if self.plan.is_near {
            return;
        }
        if self.plan.at == Prices::Exact {
            self.move_off(book);
        } else if self.band < MAX_TOLERANCE {
            self.band = (WIDER * self.band).min(MAX_TOLERANCE);
            let ladders = [book.ladder];
            let market = Market::new(self.part.assets.len(), &self.part.pairs, &ladders);
            self.log = prices::widened(&market, std::mem::take(&mut self.log), self.band);
            self.move_off(book);
        } else {
            self.is_final = true;
            self.plan = self.best.take().expect("this plan was compared with the best");
        }
    }

    /// Settles it at the prices found, within the least tolerance with which all that must be filled is, or, if that is too much, within the band.
    fn move_off(&mut self, book: Book<'_>) {
        let log = self.log.clone();
        let mut tolerance = self.band;
        while !self.sell(book, &log, tolerance) {
            tolerance *= 4.0;
            if tolerance > MAX_TOLERANCE {
                tolerance = self.band;
                self.sell(book, &log, tolerance);
                break;
            }
        }
        self.plan.at = Prices::Within(tolerance);
    }

    /// Sets prices, cut off where they are too far apart for numbers, and what is sold at them; whether that is all that must be.
    fn sell(&mut self, book: Book<'_>, log: &[f64], tolerance: f64) -> bool {
        let price = |&other: &f64| exp((other - log[0]).clamp(-FARTHEST, FARTHEST));
        self.plan.prices = log.iter().map(price).collect();
        self.plan.lines.clear();
        for pair in &self.part.pairs {
            let rungs = book.ladder.rungs(pair.place);
            let rate = self.plan.prices[pair.sells as usize] / self.plan.prices[pair.buys as usize];
            let may = above(rungs, rate * (1.0 + SAME));
            let must = above(&rungs[..may], rate * (1.0 - tolerance) * (1.0 - SAME));
            let [must, may] = [must, may].map(|end| sum_to(rungs, end));
            if may > 0 {
                self.plan.lines.push(Line {
                    place: pair.place,
                    from: pair.sells,
                    to: pair.buys,
                    must,
                    may,
                    sold: 0,
                });
            }
        }
        let is_possible = flow::sell(&self.plan.prices, &mut self.plan.lines);
        for line in &mut self.plan.lines {
            [line.from, line.to] = [line.from, line.to].map(|asset| self.part.assets[asset as usize]);
        }
        is_possible
    }
}

/// The prices of all assets, that of the first as 1. Those of whole components are lowered until nobody sells what cannot come back, or as far as
/// [`MAX_PRICE`] lets them; what they are to each other within a component stays.
fn levelled(book: Book<'_>, components: &Components, parts: &[SettlingPart<'_>]) -> Vec<f64> {
    let n = components.of.len();
    let mut prices = vec![1.0; n];
    for part in parts {
        for (&asset, &price) in part.part.assets.iter().zip(&part.plan.prices) {
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
    for (component, level) in levels.into_iter().enumerate() {
        let assets = || components.members(component).iter().map(|&asset| asset as usize);
        let highest = assets().map(|asset| log2(prices[asset])).fold(f64::NEG_INFINITY, f64::max);
        let lowest = assets().map(|asset| log2(prices[asset])).fold(f64::INFINITY, f64::min);
        let farthest = 0.5 * log2(MAX_PRICE);
        let [least, most] = [(-farthest - lowest).ceil(), (farthest - highest).floor()].map(|end| end as i32);
        let by = (level - first).clamp(least, most);
        assets().for_each(|asset| prices[asset] = ldexp(prices[asset], by));
    }
    prices
}

#[cfg(test)]
mod tests {
    use super::super::{Offer, clear};
    use crate::certify::auction::check;
    use crate::stream::Stream;

    const SEEDS: u64 = 12;

    fn offer(sells: usize, buys: usize, amount: u64, at_least: u64) -> Offer {
        Offer { sells: sells as u32, buys: buys as u32, amount, at_least, minimum: 0 }
    }

    /// Offers between each asset and the next, `up` times as dear or as cheap: in most links both ways, with some room.
    fn chain(stream: &mut Stream, count: usize, up: u64) -> Vec<Offer> {
        let is_falling = stream.below(2) == 0;
        let mut offers = Vec::new();
        for at in 0..count - 1 {
            let amount = 1 + stream.below(1 << 20);
            let [dear, cheap] = if is_falling { [at, at + 1] } else { [at + 1, at] };
            if stream.below(64) > 0 {
                offers.push(offer(dear, cheap, amount, (amount * up).div_ceil(2)));
            }
            if stream.below(64) > 0 {
                offers.push(offer(cheap, dear, amount * up, amount));
            }
        }
        offers
    }

    #[test]
    fn what_comes_of_prices_beyond_all_bounds_is_sound() {
        let mut traded = 0;
        for seed in 0..SEEDS {
            let mut stream = Stream::new(seed);
            let count = 27 + stream.below(4) as usize;
            let up = (1 << 33) + stream.below(3 << 33);
            let offers = chain(&mut stream, count, up);
            let outcome = clear(count, &offers).expect("the offers are sound");
            let report = check(count, &offers, &outcome);
            assert!(report.is_ok(), "{seed}: {report:?} {:?}", outcome.prices);
            traded += u64::from(outcome.fills.iter().any(|fill| fill.sold > 0));
        }
        assert!(traded > SEEDS / 2, "{traded}");
    }
}
