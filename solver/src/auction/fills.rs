//! From values that go from asset to asset to what each offer sells and gets, in integers.
//!
//! Offers of a pair are filled from the lowest limit on until its value is used up, rounded up to a unit of what is sold. Each gets what
//! the prices say, rounded down, but never less than its limit asks. If that pays out more of an asset than was sold, offers that get
//! more than they asked for give some of it up, each less than a unit of what it sold and a unit of what it got, the lowest limits first.
//! Where that is not enough, the last offer of a pair into the asset sells less, of the pair whose own asset has most left: since every
//! pair was rounded up, there is something left somewhere.

use std::cmp::Ordering;

use super::flow::Arc;
use super::ladder::{Ladder, Rung, sum_to};
use super::offers::{Fill, Offer};

/// A pair with the value that goes along it.
pub(super) struct Filled {
    /// Its place in the ladder.
    pub(super) place: usize,
    /// The value.
    pub(super) arc: Arc,
}

/// What is settled.
pub(super) struct Settled {
    /// By offer.
    pub(super) fills: Vec<Fill>,
    /// By asset: what was sold less what was paid out; below 0 where it could not be mended.
    pub(super) left: Vec<i128>,
}

/// Settles all pairs.
pub(super) fn settle(
    offers: &[Offer],
    is_out: &[bool],
    ladder: &Ladder,
    prices: &[u64],
    pairs: &[Filled],
) -> Settled {
    let settled = Settled { fills: Vec::new(), left: vec![0; prices.len()] };
    let mut desk = Desk { offers, ladder, prices, settled };
    let mut ends = desk.fill(is_out, pairs);
    // Far more than what was rounded up can take; what is short then is left to the caller.
    for _ in 0..8 * pairs.len() {
        let Some(short) = desk.settled.left.iter().position(|&left| left < 0) else { break };
        let into = || (0..pairs.len()).filter(|&pair| pairs[pair].arc.to as usize == short);
        for pair in into() {
            desk.give_up(&pairs[pair]);
        }
        if desk.settled.left[short] >= 0 {
            continue;
        }
        let after = |pair: usize| (desk.left_after(&pairs[pair], ends[pair]), std::cmp::Reverse(pair));
        let Some(pair) = into().filter(|&pair| ends[pair] > 0).max_by_key(|&pair| after(pair)) else {
            break;
        };
        desk.sell_less(&pairs[pair], &mut ends[pair]);
    }
    desk.settled
}

/// What fills are made of, and the fills so far.
struct Desk<'a> {
    offers: &'a [Offer],
    ladder: &'a Ladder,
    prices: &'a [u64],
    settled: Settled,
}

impl Desk<'_> {
    fn rate(&self, pair: &Filled) -> Rate {
        Rate::new(self.prices[pair.arc.from as usize], self.prices[pair.arc.to as usize])
    }

    fn rungs(&self, pair: &Filled) -> &[Rung] {
        self.ladder.rungs(pair.place)
    }

    /// Sells the value of each pair: first where in the ladder that ends, then one pass over all offers in their own order, which memory
    /// likes best. Returns how many offers of each pair sell something.
    fn fill(&mut self, is_out: &[bool], pairs: &[Filled]) -> Vec<usize> {
        let n = self.prices.len();
        let nothing = Cut { limit: 0, order: 0, rest: 0, rate: Rate::new(1, 1) };
        let mut cuts = vec![nothing; n * n];
        let mut ends = Vec::with_capacity(pairs.len());
        for pair in pairs {
            let price = self.prices[pair.arc.from as usize];
            let to_sell = (pair.arc.flow as u128).div_ceil(u128::from(price)) as i64;
            if to_sell == 0 {
                ends.push(0);
                continue;
            }
            let rungs = self.rungs(pair);
            let last = rungs.partition_point(|rung| rung.sum < to_sell);
            let rest = (to_sell - sum_to(rungs, last)) as u64;
            let (limit, order) = (rungs[last].limit.to_bits(), rungs[last].order);
            cuts[pair.place] = Cut { limit, order, rest, rate: self.rate(pair) };
            ends.push(last + 1);
        }
        let left = &mut self.settled.left;
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
            left[offer.sells as usize] += i128::from(sold);
            left[offer.buys as usize] -= i128::from(bought);
            Fill { sold, bought }
        };
        self.settled.fills = self.offers.iter().enumerate().map(fill).collect();
        ends
    }

    /// Lets offers that get more than they ask for give some of it up until no more is paid out than was sold.
    fn give_up(&mut self, pair: &Filled) {
        let buys = pair.arc.to as usize;
        let rate = self.rate(pair);
        for rung in self.ladder.rungs(pair.place) {
            let fill = &mut self.settled.fills[rung.order as usize];
            if self.settled.left[buys] >= 0 || fill.sold == 0 {
                return;
            }
            // Together with what was rounded off, it stays below the worth of a unit of each.
            let least = rate.of(fill.sold).saturating_sub(rate.of(1));
            let least = least.max(self.offers[rung.order as usize].least_for(fill.sold));
            let given = fill.bought.saturating_sub(least).min((-self.settled.left[buys]) as u64);
            fill.bought -= given;
            self.settled.left[buys] += i128::from(given);
        }
    }

    /// By how much less the last offer of a pair, whose offers end here, is to sell for nothing to be short of what it buys.
    fn less(&self, pair: &Filled, end: usize) -> u64 {
        let fill = self.settled.fills[self.rungs(pair)[end - 1].order as usize];
        let short = self.settled.left[pair.arc.to as usize].unsigned_abs()
            * u128::from(self.prices[pair.arc.to as usize]);
        let less = short.div_ceil(u128::from(self.prices[pair.arc.from as usize]));
        u128::from(fill.sold).min(less) as u64
    }

    /// The value that is then left of what it sells.
    fn left_after(&self, pair: &Filled, end: usize) -> i128 {
        let from = pair.arc.from as usize;
        (self.settled.left[from] - i128::from(self.less(pair, end))) * i128::from(self.prices[from])
    }

    fn sell_less(&mut self, pair: &Filled, end: &mut usize) {
        let less = self.less(pair, *end);
        let rate = self.rate(pair);
        let order = self.rungs(pair)[*end - 1].order as usize;
        let was = self.settled.fills[order];
        let sold = was.sold - less;
        let fill = Fill { sold, bought: rate.of(sold).max(self.offers[order].least_for(sold)) };
        self.settled.fills[order] = fill;
        self.settled.left[pair.arc.from as usize] -= i128::from(less);
        self.settled.left[pair.arc.to as usize] += i128::from(was.bought) - i128::from(fill.bought);
        *end -= usize::from(sold == 0);
    }
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

/// How much of one asset is as much as a unit of another.
#[derive(Clone, Copy)]
struct Rate {
    sold: u64,
    bought: u64,
    ratio: f64,
}

impl Rate {
    fn new(sold: u64, bought: u64) -> Self {
        Rate { sold, bought, ratio: sold as f64 / bought as f64 }
    }

    /// What is got for so much, rounded down. What does not fit is more than there is.
    fn of(&self, amount: u64) -> u64 {
        let guess = (amount as f64 * self.ratio) as u64;
        let value = i128::from(amount) * i128::from(self.sold);
        let mut got = guess;
        let mut rest = value - i128::from(guess) * i128::from(self.bought);
        while rest < 0 {
            got -= 1;
            rest += i128::from(self.bought);
        }
        while rest >= i128::from(self.bought) && got < u64::MAX {
            got += 1;
            rest -= i128::from(self.bought);
        }
        got
    }
}

#[cfg(test)]
mod tests {
    use super::Rate;

    #[test]
    fn rates_are_exact() {
        for (sold, bought) in [(7, 10), (10, 7), (1 << 59, 3), (3, 1 << 59), ((1 << 59) + 1, (1 << 59) - 1)] {
            let rate = Rate::new(sold, bought);
            for amount in [0, 1, 2, 9, 10, 1 << 20, (1 << 56) - 1] {
                let exact = u128::from(amount) * u128::from(sold) / u128::from(bought);
                if exact < 1 << 60 {
                    assert_eq!(u128::from(rate.of(amount)), exact, "{amount} at {sold}/{bought}");
                }
            }
        }
    }
}
