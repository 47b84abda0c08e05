//! The offers of every pair of assets, by rising limit, with sums from the lowest limit on: what is sold at a rate is found by a search.
//!
//! Offers are dealt out by pair, each to the place of one rung; the rungs of a pair, which fit into a cache, are then sorted by integers
//! that hold as many bits of the limit as there is room for beside the place.
//!
//! Cost: O(n log n) of the largest pair; a search begins where the one before ended, so that one for nearly the same rate costs next to nothing.

use std::cell::Cell;
use std::ops::Range;

use super::offers::Offer;

/// Two assets of which the first is offered for the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) sells: u32,
    pub(super) buys: u32,
    /// Its place in the ladders.
    pub(super) place: usize,
}

/// An offer, and all of its pair up to here.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rung {
    /// The limit rate.
    pub(super) limit: f64,
    /// What is offered up to here, this offer included. It falls where an offer is taken back (see `session`).
    pub(super) sum: i64,
    /// The same, each offer times its limit.
    pub(super) worth: f64,
    /// Which offer it is.
    pub(super) order: u32,
}

/// Offers by pair, then by limit, then by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Ladder {
    /// Where each pair starts, by `sells * asset_count + buys`; one more than pairs.
    first: Vec<u32>,
    rungs: Vec<Rung>,
    /// By pair, where the last search ended: below the band and above it, from the pair's first rung on.
    hints: Vec<Cell<[u32; 2]>>,
}

/// How what an offer sells depends on the rate: nothing far below its limit, all far above it, and in between within a band, a share of the rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Filling {
    /// Nothing up to the limit, all from the band above it, and in between in proportion: sums over offers are differences of two.
    Ramp(f64),
    /// The half at its limit, and, but for what is left at the ends, `(1 + x / sqrt(1 + x^2)) / 2` where the rate is `x` bands above it: smooth, as a
    /// barrier makes it.
    Sigmoid(f64),
}

/// Beyond so many bands a sigmoid is all, or nothing.
pub(super) const SIGMOID_ENDS: f64 = 64.0;

/// What it is multiplied by to be all and nothing there: `sqrt(1 + 64^2) / 64`.
const TO_END: f64 = 1.000_122_062_862_828_7;

impl Filling {
    /// The share of the rate within which offers sell a part.
    pub(super) fn band(self) -> f64 {
        match self {
            Filling::Ramp(band) | Filling::Sigmoid(band) => band,
        }
    }

    /// The share that an offer sells whose limit is this share of the rate.
    pub(super) fn share(self, limit: f64) -> f64 {
        let x = (1.0 - limit) / self.band();
        match self {
            Filling::Ramp(_) => x.clamp(0.0, 1.0),
            Filling::Sigmoid(_) => 0.5 * (1.0 + x / (1.0 + x * x).sqrt()),
        }
    }
}

/// So many offers are summed one by one.
const FEW: usize = 16;

/// What is sold at a rate.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Supply {
    /// How much.
    pub(super) amount: f64,
    /// How much more for a relative rise of the rate.
    pub(super) slope: f64,
}

impl Ladder {
    /// Sorts `entries`: numbers of offers, the offers, and whether they are taken away. Those of the same limit stay in their order.
    pub(super) fn new(
        asset_count: usize,
        entries: impl Iterator<Item = (u32, Offer, bool)> + Clone,
    ) -> Ladder {
        let place = |offer: &Offer| offer.sells as usize * asset_count + offer.buys as usize;
        let mut first = vec![0_u32; asset_count * asset_count + 1];
        entries.clone().for_each(|(_, offer, _)| first[place(&offer) + 1] += 1);
        for place in 1..first.len() {
            first[place] += first[place - 1];
        }
        let mut rungs = vec![Rung::default(); first[first.len() - 1] as usize];
        let mut next = first.clone();
        entries.for_each(|(order, offer, is_taken)| {
            let next = &mut next[place(&offer)];
            let amount = offer.amount as i64;
            let sum = if is_taken { -amount } else { amount };
            rungs[*next as usize] = Rung { limit: offer.limit(), sum, worth: 0.0, order };
            *next += 1;
        });
        let mut sorter = Sorter::default();
        for range in first.windows(2) {
            let rungs = &mut rungs[range[0] as usize..range[1] as usize];
            sorter.sort(rungs);
            let (mut sum, mut worth) = (0, 0.0);
            for rung in rungs {
                sum += rung.sum;
                worth += rung.sum as f64 * rung.limit;
                (rung.sum, rung.worth) = (sum, worth);
            }
        }
        let hints = vec![Cell::default(); first.len() - 1];
        Ladder { first, rungs, hints }
    }

    /// The rungs of a pair.
    pub(super) fn rungs(&self, place: usize) -> &[Rung] {
        &self.rungs[self.range(place)]
    }

    /// Where the rungs of a pair are among all.
    fn range(&self, place: usize) -> Range<usize> {
        self.first[place] as usize..self.first[place + 1] as usize
    }

    /// What is sold of a pair at `rate`.
    pub(super) fn supply(&self, place: usize, rate: f64, filling: Filling) -> Supply {
        let rungs = self.rungs(place);
        if rungs.is_empty() {
            return Supply::default();
        }
        let [from, to] = match filling {
            Filling::Ramp(band) => [1.0 - band, 1.0],
            Filling::Sigmoid(band) => [1.0 - SIGMOID_ENDS * band, 1.0 + SIGMOID_ENDS * band],
        };
        let hint = &self.hints[place];
        let [low, high] = hint.get().map(|hint| hint as usize);
        let low = above_from(rungs, rate * from, low);
        let high = above_from(rungs, rate * to, high);
        hint.set([low as u32, high as u32]);
        match filling {
            Filling::Ramp(band) => ramp(rungs, low..high, rate, band),
            Filling::Sigmoid(band) => sigmoid(rungs, low..high, rate, band),
        }
    }
}

/// What offers sell of which all before these sell all and these a part.
fn ramp(rungs: &[Rung], Range { start: low, end: high }: Range<usize>, rate: f64, band: f64) -> Supply {
    let whole = sum_to(rungs, low);
    let worth = worth_to(rungs, high) - worth_to(rungs, low);
    let wide = band * rate;
    // An offer sells the share (rate - limit) / wide. Where there are few, the difference of the sums would be too coarse.
    let part = if high - low > FEW {
        (sum_to(rungs, high) - whole) as f64 * rate - worth
    } else {
        let part = |at: usize| amount(rungs, at) as f64 * (rate - rungs[at].limit);
        (low..high).map(part).sum()
    };
    Supply { amount: whole as f64 + part / wide, slope: worth / wide }
}

/// The same, for the other filling.
fn sigmoid(rungs: &[Rung], part: Range<usize>, rate: f64, band: f64) -> Supply {
    let before = sum_to(rungs, part.start);
    let (mut sum, mut supply) = (before, Supply { amount: before as f64, slope: 0.0 });
    for rung in &rungs[part] {
        let amount = 0.5 * (rung.sum - sum) as f64;
        sum = rung.sum;
        let limit = rung.limit / rate;
        let x = (1.0 - limit) / band;
        let inverse = 1.0 / (1.0 + x * x).sqrt();
        supply.amount += amount * (1.0 + x * inverse * TO_END);
        supply.slope += amount * inverse * inverse * inverse * limit * TO_END / band;
    }
    supply
}

/// What the offer at a place offers.
pub(super) fn amount(rungs: &[Rung], at: usize) -> i64 {
    rungs[at].sum - sum_to(rungs, at)
}

/// What is offered before `end`.
pub(super) fn sum_to(rungs: &[Rung], end: usize) -> i64 {
    if end == 0 { 0 } else { rungs[end - 1].sum }
}

fn worth_to(rungs: &[Rung], end: usize) -> f64 {
    if end == 0 { 0.0 } else { rungs[end - 1].worth }
}

/// Where the limits above `rate` begin.
pub(super) fn above(rungs: &[Rung], rate: f64) -> usize {
    rungs.partition_point(|rung| rung.limit <= rate)
}

/// The same, looked for from `near` on, with steps that double.
fn above_from(rungs: &[Rung], rate: f64, near: usize) -> usize {
    let near = near.min(rungs.len());
    let mut step = 1;
    if near < rungs.len() && rungs[near].limit <= rate {
        let mut from = near + 1;
        while from + step <= rungs.len() && rungs[from + step - 1].limit <= rate {
            from += step;
            step *= 2;
        }
        return from + above(&rungs[from..(from + step).min(rungs.len())], rate);
    }
    let mut to = near;
    while to >= step && rungs[to - step].limit > rate {
        to -= step;
        step *= 2;
    }
    let from = to.saturating_sub(step);
    from + above(&rungs[from..to], rate)
}

/// Sorts rungs, with room that is used again.
#[derive(Default)]
struct Sorter {
    keys: Vec<u64>,
    sorted: Vec<Rung>,
}

impl Sorter {
    /// Sorts rungs by limit; those of the same limit stay in their order.
    fn sort(&mut self, rungs: &mut [Rung]) {
        // The bits of positive numbers are ordered as they are.
        let bits = |rung: &Rung| rung.limit.to_bits();
        let least = rungs.iter().map(bits).min().unwrap_or(0);
        let most = rungs.iter().map(bits).max().unwrap_or(0);
        let place_bits = usize::BITS - rungs.len().leading_zeros();
        let shift = ((u64::BITS - (most - least).leading_zeros()) + place_bits).saturating_sub(u64::BITS);
        let key = |(place, rung): (usize, &Rung)| (bits(rung) - least) >> shift << place_bits | place as u64;
        self.keys.clear();
        self.keys.extend(rungs.iter().enumerate().map(key));
        self.keys.sort_unstable();
        let place = |key: u64| (key & ((1 << place_bits) - 1)) as usize;
        self.sorted.clear();
        self.sorted.extend(self.keys.iter().map(|&key| rungs[place(key)]));
        rungs.copy_from_slice(&self.sorted);
        if shift > 0 && !rungs.is_sorted_by_key(bits) {
            // Nearly sorted: limits that differ by less than the keys do.
            rungs.sort_by_key(bits);
        }
    }
}
