//! The offers of every pair of assets, by rising limit, with sums from the lowest limit on: what is sold at a rate is found by a search.

use super::offers::Offer;

/// Two assets of which the first is offered for the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) sells: u32,
    pub(super) buys: u32,
}

/// Offers by pair, then by limit, then by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Ladder {
    /// Where each pair starts, by `sells * asset_count + buys`; one more than pairs.
    pub(super) first: Vec<u32>,
    /// The limit rate.
    pub(super) limit: Vec<f64>,
    /// What is offered up to here within the pair, this offer included. It falls where an offer is taken back (see `session`).
    pub(super) sum: Vec<i64>,
    /// The same, each offer times its limit.
    pub(super) worth: Vec<f64>,
    /// Which offer it is.
    pub(super) order: Vec<u32>,
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

/// In a rung, marks an offer that is taken away rather than added.
const TAKEN: u128 = 1 << 32;

impl Ladder {
    /// Sorts `entries`: numbers of offers, the offers, and whether they are taken away. `amount` is to say how much each is of.
    ///
    /// Cost: O(n log n).
    pub(super) fn new(
        asset_count: usize,
        entries: impl Iterator<Item = (u32, Offer, bool)> + Clone,
        amount: impl Fn(u32, bool) -> u64,
    ) -> Ladder {
        let place = |offer: &Offer| offer.sells as usize * asset_count + offer.buys as usize;
        let mut first = vec![0_u32; asset_count * asset_count + 1];
        for (_, offer, _) in entries.clone() {
            first[place(&offer) + 1] += 1;
        }
        for place in 1..first.len() {
            first[place] += first[place - 1];
        }
        let count = first[first.len() - 1] as usize;
        let mut next = first.clone();
        // The bits of the limit, which order positive numbers as the numbers do, then whether it is taken away, then its number.
        let mut rungs = vec![0_u128; count];
        for (order, offer, is_taken) in entries {
            let next = &mut next[place(&offer)];
            let taken = if is_taken { TAKEN } else { 0 };
            rungs[*next as usize] = u128::from(offer.limit().to_bits()) << 64 | taken | u128::from(order);
            *next += 1;
        }
        let mut ladder = Ladder { first, ..Ladder::default() };
        ladder.limit.reserve_exact(count);
        ladder.sum.reserve_exact(count);
        ladder.worth.reserve_exact(count);
        ladder.order.reserve_exact(count);
        for place in 0..ladder.first.len() - 1 {
            let rungs = &mut rungs[ladder.first[place] as usize..ladder.first[place + 1] as usize];
            rungs.sort_unstable();
            let (mut sum, mut worth) = (0, 0.0);
            for &rung in &*rungs {
                let (limit, is_taken) = (f64::from_bits((rung >> 64) as u64), rung & TAKEN != 0);
                let amount = amount(rung as u32, is_taken) as i64;
                let amount = if is_taken { -amount } else { amount };
                sum += amount;
                worth += amount as f64 * limit;
                ladder.limit.push(limit);
                ladder.sum.push(sum);
                ladder.worth.push(worth);
                ladder.order.push(rung as u32);
            }
        }
        ladder
    }

    /// What is offered of a pair.
    pub(super) fn total(&self, place: usize) -> i64 {
        let range = self.range(place);
        self.sum_to(&range, range.end)
    }

    /// Where the offers of a pair are.
    pub(super) fn range(&self, place: usize) -> std::ops::Range<usize> {
        self.first[place] as usize..self.first[place + 1] as usize
    }

    /// Where in `range` the limits above `rate` begin.
    pub(super) fn above(&self, range: &std::ops::Range<usize>, rate: f64) -> usize {
        range.start + self.limit[range.clone()].partition_point(|&limit| limit <= rate)
    }

    /// What is offered in `range` before `end`.
    pub(super) fn sum_to(&self, range: &std::ops::Range<usize>, end: usize) -> i64 {
        if end == range.start { 0 } else { self.sum[end - 1] }
    }

    fn amount(&self, range: &std::ops::Range<usize>, at: usize) -> f64 {
        (self.sum[at] - self.sum_to(range, at)) as f64
    }

    fn worth_to(&self, range: &std::ops::Range<usize>, end: usize) -> f64 {
        if end == range.start { 0.0 } else { self.worth[end - 1] }
    }

    /// What is sold of a pair at `rate`: all of an offer whose limit is lower by more than the share `band` of the rate, and of those in
    /// between the more, the lower the limit.
    pub(super) fn supply(&self, place: usize, rate: f64, band: f64) -> Supply {
        let range = self.range(place);
        if range.is_empty() {
            return Supply::default();
        }
        let high = self.above(&range, rate);
        let low = self.above(&(range.start..high), rate * (1.0 - band));
        let whole = self.sum_to(&range, low);
        let partly = (self.sum_to(&range, high) - whole) as f64;
        let worth = self.worth_to(&range, high) - self.worth_to(&range, low);
        let wide = band * rate;
        // An offer sells the share (rate - limit) / wide. Where there are few, the difference of the sums would be too coarse.
        let part = if high - low > FEW {
            partly * rate - worth
        } else {
            let part = |at: usize| self.amount(&range, at) * (rate - self.limit[at]);
            (low..high).map(part).sum()
        };
        Supply { amount: whole as f64 + part / wide, slope: worth / wide }
    }
}
