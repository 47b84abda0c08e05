//! From what is sold of each pair to what each offer sells and gets.
//!
//! Offers of a pair are filled from the lowest limit on. Each gets what the prices say, rounded down, but never less than its limit asks: so at
//! most one offer of a pair, which sells a part at its limit, gets more; it sells as much as can be asked for that. An offer that gets few units
//! sells only what those cost.
//!
//! If that pays out more of an asset than was sold, offers that get more than they asked for give some of it up, the lowest limits first: a
//! thousandth at most, and less than a unit of what they sold and one of what they got. Where that is not enough, the last offer of one line into
//! the asset sells some units less; if those are then short themselves, so on from line to line. If an asset is short again and again, offers may
//! give up a part in [`DISCOUNT`], and those within the tolerance all beyond their limit; and what is sold less is doubled.

use std::cmp::Ordering;

use super::flow::Line;
use super::ladder::{Ladder, Rung, sum_to};
use super::offers::{Fill, Offer};
use super::price::Rate;
use super::trader::DISCOUNT;

/// So often an asset may be short before what is sold less is doubled each time: where everybody is at the limit, units do not fit into each
/// other whatever is sold.
const PATIENCE: u32 = 16;

/// Nobody sells more than one part in so many above what it gets is worth, but for one unit: where units are large it sells less.
const FAIR: u64 = 1 << 10;

/// Offers of a line that get so many times as much as that, on average, give nothing up that would be noticed.
const MANY: u64 = 16;

/// What is settled.
pub(super) struct Settled {
    /// By offer.
    pub(super) fills: Vec<Fill>,
    /// By asset: what was sold less what was paid out.
    pub(super) left: Vec<i128>,
    /// By line: how much less it sells than it was to, since units do not fit into each other.
    pub(super) less: Vec<u64>,
    /// Offers that sell less than their minimum: where there are any, nothing else is settled.
    pub(super) too_little: Vec<u32>,
}

/// What is to be settled.
#[derive(Clone, Copy)]
pub(super) struct Book<'a> {
    pub(super) offers: &'a [Offer],
    /// Which offers take no part; none where this is empty.
    pub(super) is_out: &'a [bool],
    pub(super) ladder: &'a Ladder,
}

/// How it is mended that more of an asset is paid out than was sold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mending {
    /// Whether it is left as it is where a few units less of each line do not mend it.
    pub(super) may_fail: bool,
    /// Which line sells less where none sells what is left over: whichever has done so least often, or one near to what is left over. Neither is
    /// the better always.
    pub(super) is_near: bool,
}

/// Settles all lines, at these prices, mending what is short of each asset.
pub(super) fn settle(book: Book<'_>, prices: &[f64], lines: &[Line], mending: &[Mending]) -> Settled {
    let settled = Settled {
        fills: Vec::new(),
        left: vec![0; prices.len()],
        less: vec![0; lines.len()],
        too_little: Vec::new(),
    };
    let mut desk = Desk {
        book,
        prices,
        lines,
        ends: Vec::with_capacity(lines.len()),
        turns: vec![0; lines.len()],
        settled,
    };
    desk.fill();
    if desk.has_too_little() {
        return desk.settled;
    }
    let mut times = vec![0_u32; prices.len()];
    let mut has_failed = vec![false; prices.len()];
    while let Some(short) =
        (0..prices.len()).find(|&asset| desk.settled.left[asset] < 0 && !has_failed[asset])
    {
        let into = || (0..lines.len()).filter(|&line| lines[line].to as usize == short);
        let is_late = times[short] > PATIENCE / 2;
        into().for_each(|line| desk.give_up(line, is_late));
        if desk.settled.left[short] >= 0 {
            continue;
        }
        if mending[short].may_fail && times[short] > PATIENCE {
            has_failed[short] = true;
            continue;
        }
        let doubled = (times[short].saturating_sub(PATIENCE) / PATIENCE).min(40);
        times[short] += 1;
        let far = if mending[short].is_near { desk.distances(short) } else { vec![0; prices.len()] };
        let less = |line: usize| (line, desk.less(line, doubled, far[lines[line].from as usize]));
        let sells = into().filter(|&line| desk.ends[line] > 0).map(less);
        let (line, less) =
            sells.max_by(|one, other| one.1.compare(&other.1)).expect("what is paid out is for something");
        desk.sell_less(line, less.units);
    }
    if !desk.has_too_little() {
        desk.give_back();
    }
    desk.settled
}

/// What fills are made of, and the fills so far.
struct Desk<'a> {
    book: Book<'a>,
    prices: &'a [f64],
    lines: &'a [Line],
    /// How many offers of each line sell something.
    ends: Vec<usize>,
    /// How often each line has sold less.
    turns: Vec<u32>,
    settled: Settled,
}

/// What it is for the last offer of a line to sell less.
struct Less {
    /// By how much.
    units: u64,
    /// Whether it still keeps its minimum.
    is_enough: bool,
    /// Whether nothing is short then.
    is_all: bool,
    /// How many lines on there is an asset of which enough is left.
    far: u32,
    /// How often its line has sold less before.
    turns: u32,
    /// The value that is then left of what it sells.
    left: f64,
}

impl Less {
    /// The greater is the better choice. Lines that would be short themselves take turns, since only some of the ways on come to an end.
    fn compare(&self, other: &Less) -> Ordering {
        let has_room = |less: &Less| less.left >= 0.0;
        let by_room = self.is_all.cmp(&other.is_all).then(has_room(self).cmp(&has_room(other)));
        self.is_enough
            .cmp(&other.is_enough)
            .then(by_room)
            .then(other.far.cmp(&self.far))
            .then(other.turns.cmp(&self.turns))
            .then(self.left.total_cmp(&other.left))
    }
}

impl<'a> Desk<'a> {
    fn rate(&self, line: &Line) -> Rate {
        Rate::new(self.prices[line.from as usize], self.prices[line.to as usize])
    }

    fn rungs(&self, line: &Line) -> &'a [Rung] {
        self.book.ladder.rungs(line.place)
    }

    /// Sells what each line says: first where in the ladder that ends, then one pass over all offers in their own order, which memory
    /// likes best.
    fn fill(&mut self) {
        let n = self.prices.len();
        let nothing = Cut { limit: 0, order: 0, rest: 0, rate: Rate::new(1.0, 1.0) };
        let mut cuts = vec![nothing; n * n];
        for line in self.lines {
            if line.sold == 0 {
                self.ends.push(0);
                continue;
            }
            let rungs = self.rungs(line);
            let last = rungs.partition_point(|rung| rung.sum < line.sold);
            let rest = (line.sold - sum_to(rungs, last)) as u64;
            let (limit, order) = (rungs[last].limit.to_bits(), rungs[last].order);
            cuts[line.place] = Cut { limit, order, rest, rate: self.rate(line) };
            self.ends.push(last + 1);
        }
        let left = &mut self.settled.left;
        let is_out = self.book.is_out;
        let fill = |(number, offer): (usize, &Offer)| {
            let cut = &cuts[offer.sells as usize * n + offer.buys as usize];
            // Positive numbers are ordered as their bits are.
            let at = (offer.limit().to_bits(), number as u32);
            let sold = match at.cmp(&(cut.limit, cut.order)) {
                Ordering::Less => offer.amount,
                Ordering::Equal => cut.rest,
                Ordering::Greater => return Fill::default(),
            };
            if is_out.get(number).is_some_and(|&is_out| is_out) {
                return Fill::default();
            }
            let bought = cut.rate.of(sold).max(offer.least_for(sold));
            let sold = trimmed(cut.rate, offer, sold, bought);
            left[offer.sells as usize] += i128::from(sold);
            left[offer.buys as usize] -= i128::from(bought);
            Fill { sold, bought }
        };
        self.settled.fills = self.book.offers.iter().enumerate().map(fill).collect();
        for line in (0..self.lines.len()).filter(|&line| self.ends[line] > 0).collect::<Vec<_>>() {
            self.sell_more(line);
        }
    }

    /// Whether the last offer of any line sells less than its minimum.
    fn has_too_little(&mut self) -> bool {
        let lines = (0..self.lines.len()).filter(|&line| self.ends[line] > 0);
        let last = lines.map(|line| self.last(line));
        let is_short = |&order: &usize| self.settled.fills[order].sold < self.book.offers[order].minimum;
        self.settled.too_little = last.filter(is_short).map(|order| order as u32).collect();
        !self.settled.too_little.is_empty()
    }

    /// Lets the last offer of a line sell the most for what it gets.
    fn sell_more(&mut self, line: usize) {
        let order = self.last(line);
        let line = &self.lines[line];
        let Fill { sold, bought } = self.settled.fills[order];
        let most = self.most_for(line, order, bought).clamp(sold, self.book.offers[order].amount);
        self.settled.fills[order].sold = most;
        self.settled.left[line.from as usize] += i128::from(most - sold);
    }

    /// Lets offers that get more than they ask for give some of it up until no more is paid out than was sold: a unit of each at most, or, those
    /// within the tolerance, all beyond their limit.
    fn give_up(&mut self, line: usize, is_late: bool) {
        let line = &self.lines[line];
        let buys = line.to as usize;
        let rate = self.rate(line);
        for rung in self.rungs(line) {
            let fill = &mut self.settled.fills[rung.order as usize];
            if self.settled.left[buys] >= 0 || fill.sold == 0 {
                return;
            }
            // Together with what was rounded off, it stays below the worth of a unit of each.
            let full = rate.of(fill.sold);
            let unit = rate.of(1).min(full / if is_late { DISCOUNT } else { FAIR });
            let near = full.saturating_sub(unit);
            let limit = self.book.offers[rung.order as usize].least_for(fill.sold);
            let least = if is_late && rung.sum > line.must { limit } else { near.max(limit) };
            let given = fill.bought.saturating_sub(least).min((-self.settled.left[buys]) as u64);
            fill.bought -= given;
            self.settled.left[buys] += i128::from(given);
        }
    }

    /// How many lines away from each asset, against their direction, there is one of which as much is left in value as is short of this one, or, if
    /// there is none, of which half as much is left as of any.
    fn distances(&self, short: usize) -> Vec<u32> {
        let left: Vec<f64> =
            self.settled.left.iter().zip(self.prices).map(|(&left, price)| left as f64 * price).collect();
        let most = left.iter().copied().fold(0.0, f64::max);
        let enough = (-left[short]).min(0.5 * most).max(f64::MIN_POSITIVE);
        let mut far: Vec<u32> = left.iter().map(|&left| if left >= enough { 0 } else { u32::MAX }).collect();
        loop {
            let mut is_done = true;
            for (line, &end) in self.lines.iter().zip(&self.ends) {
                let next = far[line.from as usize].saturating_add(1);
                if end > 0 && next < far[line.to as usize] {
                    far[line.to as usize] = next;
                    is_done = false;
                }
            }
            if is_done {
                return far;
            }
        }
    }

    /// What is left over goes back to those who gave it up, where offers get few units: first to sellers, then to buyers.
    fn give_back(&mut self) {
        let is_coarse = |line: usize| {
            let end = self.ends[line] as u64;
            end > 0 && self.rate(&self.lines[line]).of(self.lines[line].sold as u64) / end < MANY * FAIR
        };
        let coarse: Vec<usize> = (0..self.lines.len()).filter(|&line| is_coarse(line)).collect();
        for &line in &coarse {
            self.pay_up(line);
        }
        for line in coarse {
            self.charge_less(line);
        }
    }

    /// Pays the offers of a line what the price says, as far as that much is left.
    fn pay_up(&mut self, line: usize) {
        let (end, line) = (self.ends[line], &self.lines[line]);
        let rate = self.rate(line);
        let left = &mut self.settled.left[line.to as usize];
        for rung in &self.book.ladder.rungs(line.place)[..end] {
            let (fill, offer) =
                (&mut self.settled.fills[rung.order as usize], &self.book.offers[rung.order as usize]);
            let full = rate.of(fill.sold).max(offer.least_for(fill.sold));
            let back = full.saturating_sub(fill.bought).min((*left).max(0) as u64);
            fill.bought += back;
            *left -= i128::from(back);
        }
    }

    /// Charges the offers of a line no more than what they get costs, as far as what they sell is left over.
    fn charge_less(&mut self, line: usize) {
        let (end, line) = (self.ends[line], &self.lines[line]);
        let rate = self.rate(line);
        let left = &mut self.settled.left[line.from as usize];
        for rung in &self.book.ladder.rungs(line.place)[..end] {
            let (fill, offer) =
                (&mut self.settled.fills[rung.order as usize], &self.book.offers[rung.order as usize]);
            let least = rate.cost(fill.bought).max(offer.minimum);
            let back = fill.sold.saturating_sub(least).min((*left).max(0) as u64);
            fill.sold -= back;
            *left -= i128::from(back);
        }
    }

    /// The last offer of a line that sells something.
    fn last(&self, line: usize) -> usize {
        self.rungs(&self.lines[line])[self.ends[line] - 1].order as usize
    }

    /// By how little less the last offer of a line can sell for nothing to be short of what it buys, or for what is short `doubled` so often.
    fn less(&self, line: usize, doubled: u32, far: u32) -> Less {
        let order = self.last(line);
        let turns = self.turns[line];
        let line = &self.lines[line];
        let [from, to] = [line.from, line.to].map(|asset| asset as usize);
        let fill = self.settled.fills[order];
        let short = self.settled.left[to].unsigned_abs() << doubled;
        let got = u128::from(fill.bought).saturating_sub(short) as u64;
        let units = fill.sold - self.most_for(line, order, got).min(fill.sold);
        let left = (self.settled.left[from] - i128::from(units)) as f64 * self.prices[from];
        let rest = fill.sold - units;
        let is_enough = rest >= self.book.offers[order].minimum || rest == 0;
        Less { units, is_enough, is_all: u128::from(fill.bought) >= short, far, turns, left }
    }

    /// The most that an offer can sell for so much.
    fn most_for(&self, line: &Line, order: usize, got: u64) -> u64 {
        let most = Rate::new(self.prices[line.to as usize], self.prices[line.from as usize]).of(got + 1);
        let most = if self.rate(line).of(most) > got { most.saturating_sub(1) } else { most };
        trimmed(
            self.rate(line),
            &self.book.offers[order],
            most.min(self.book.offers[order].most_for(got)),
            got,
        )
    }

    fn sell_less(&mut self, number: usize, units: u64) {
        let order = self.last(number);
        let line = &self.lines[number];
        let rate = self.rate(line);
        let was = self.settled.fills[order];
        let sold = was.sold - units;
        let fill = Fill { sold, bought: rate.of(sold).max(self.book.offers[order].least_for(sold)) };
        self.settled.fills[order] = fill;
        self.settled.left[line.from as usize] -= i128::from(units);
        self.settled.left[line.to as usize] += i128::from(was.bought) - i128::from(fill.bought);
        self.ends[number] -= usize::from(sold == 0);
        self.turns[number] += 1;
        self.settled.less[number] += units;
    }
}

/// What an offer sells of so much for what it gets, so that it is not worth much more, unless its minimum asks for it.
fn trimmed(rate: Rate, offer: &Offer, sold: u64, bought: u64) -> u64 {
    if bought >= FAIR {
        return sold;
    }
    let cost = rate.cost(bought);
    let most = sold.min(cost + cost / FAIR);
    sold.min(most.max(offer.minimum))
}

/// Up to where the offers of a pair are filled.
#[derive(Clone, Copy)]
struct Cut {
    /// The bits of the limit of the last offer that sells something; 0 where none does.
    limit: u64,
    /// Which offer it is.
    order: u32,
    /// How much it sells.
    rest: u64,
    rate: Rate,
}
