//! Prices moved to where more whole units are traded.
//!
//! Prices are found as if what is traded could be divided. Where units are large beside what offers trade, less is bought at them than that: whoever
//! would have one apple and a half buys one. Then some of what must be sold is left over, at a price that is too high for it; or those who sell
//! all or nothing pay for parts of units that nobody gets. So the prices of such a part of the market are moved, one asset at a time, by steps that get
//! smaller, and it is settled at each as it would be: what leaves less behind, and gives nobody less of what all together receive, stays.
//!
//! Cost: at most [`MOST_TIMES`] settlements of the whole market for each part, fewer where offers are many, and none where little is left behind or there are more
//! than [`MANY`] offers.

use libm::log as ln;

use super::offers::Offer;
use super::price::SAME;
use super::settlement::{Settlement, Settling};
use super::whole;

/// Prices stay as they are where no more than such a share of what could be traded is left behind.
const LITTLE: f64 = 1.0 / 128.0;

/// Among more offers prices stay as they are.
const MANY: usize = 1 << 15;

/// So often the market is settled for a part of it at most, and so many offers are settled for all parts together.
const MOST_TIMES: usize = 96;
const MOST_WORK: usize = 1 << 18;

/// Each time whole units are looked for in so many steps fewer.
const FEWER: u64 = 64;

/// By how much the logarithm of a price is moved, at first and at last.
const LONGEST: f64 = 0.5;
const SHORTEST: f64 = 1.0 / 4096.0;

/// Where more is to be gained by it, prices are moved to the nearest limits, so many of them and so far.
const MOST_LIMITS: usize = 24;
const MOST_TO_LIMIT: f64 = 1.5;

/// The prices of so many assets are moved at a time: of those of which most is left behind.
const MOST_ASSETS: usize = 4;

/// What is sold and left to nobody counts twice: nobody has it any more.
const LOST: f64 = 2.0;

/// The settlement, or a better one at other prices.
pub(super) fn moved(settling: &mut Settling<'_>, settlement: Settlement) -> Settlement {
    let offers = settling.book.offers.len();
    if offers > MANY {
        return settlement;
    }
    let value = settlement.prices.clone();
    let mut search = Search { value, has_moved: false, settling, times: 0 };
    let mut times = MOST_WORK / offers.max(1);
    for number in 0..search.settling.parts.len() {
        let of_part = times.min(MOST_TIMES);
        search.times = of_part;
        search.improve(number, search.score(number, &settlement));
        times -= of_part - search.times;
    }
    if !search.has_moved {
        return settlement;
    }
    // So far whole units were looked for in fewer steps.
    let found = search.settling.settle_again();
    let is_no_worse =
        |number: usize| !search.score(number, &settlement).is_better(&search.score(number, &found));
    if (0..search.settling.parts.len()).all(is_no_worse) { found } else { settlement }
}

struct Search<'s, 'a> {
    settling: &'s mut Settling<'a>,
    /// The prices from before, at which everything is valued.
    value: Vec<f64>,
    /// Whether any price was moved.
    has_moved: bool,
    /// How many settlements may still be tried.
    times: usize,
}

/// What a settlement does for the assets of a part, in value.
struct Score {
    /// What is left behind of each asset.
    left: Vec<f64>,
    /// Of all together.
    all: f64,
    /// What is sold.
    sold: f64,
    /// What is received.
    received: f64,
}

impl Score {
    fn is_better(&self, than: &Score) -> bool {
        self.all < than.all * (1.0 - SAME) && self.received >= than.received * (1.0 - SAME)
    }

    fn is_good(&self) -> bool {
        self.all <= LITTLE * (self.sold + self.all)
    }
}

impl Search<'_, '_> {
    /// Moves prices of a part as long as that is better than `score`.
    fn improve(&mut self, number: usize, mut score: Score) {
        let mut step = LONGEST;
        while !score.is_good() && self.times > 0 {
            let mut assets: Vec<usize> = (0..score.left.len()).collect();
            assets.sort_by(|&one, &other| score.left[other].total_cmp(&score.left[one]));
            // Of two assets it is enough to move one.
            assets.truncate(MOST_ASSETS.min(assets.len() - 1));
            let is_last = step < SHORTEST;
            let moves = if is_last {
                self.to_limits(number, &assets)
            } else {
                assets.iter().flat_map(|&asset| [(asset, -step), (asset, step)]).collect()
            };
            match moves.into_iter().find_map(|(asset, by)| self.try_one(number, asset, by, &score)) {
                Some(better) => score = better,
                None if is_last => return,
                None => step *= 0.5,
            }
        }
    }

    /// By how much the logarithms of prices of these assets are moved to bring an offer to its limit.
    fn to_limits(&self, number: usize, assets: &[usize]) -> Vec<(usize, f64)> {
        let part = &self.settling.parts[number];
        let mut moves = Vec::new();
        for pair in &part.part.pairs {
            let [sells, buys] = [pair.sells, pair.buys].map(|asset| asset as usize);
            let Some(&asset) = assets.iter().find(|&&asset| [sells, buys].contains(&asset)) else { continue };
            let rate = part.plan.prices[sells] / part.plan.prices[buys];
            for rung in self.settling.book.ladder.rungs(pair.place) {
                let by = ln(rung.limit / rate) * if asset == sells { 1.0 } else { -1.0 };
                if (SAME..MOST_TO_LIMIT).contains(&by.abs()) {
                    moves.push((asset, by));
                }
            }
        }
        moves.sort_by(|one, other| one.1.abs().total_cmp(&other.1.abs()));
        moves.truncate(MOST_LIMITS);
        moves
    }

    /// Moves the price of one asset of a part; what that does if it is better than `score`.
    fn try_one(&mut self, number: usize, asset: usize, by: f64, score: &Score) -> Option<Score> {
        self.times = self.times.checked_sub(1)?;
        let before = self.settling.parts[number].plan.clone();
        let mut log: Vec<f64> = before.prices.iter().map(|&price| ln(price)).collect();
        log[asset] += by;
        if let Some(settlement) = self.settling.settle_at(number, &log, whole::STEPS / FEWER) {
            let now = self.score(number, &settlement);
            if now.is_better(score) {
                self.has_moved = true;
                return Some(now);
            }
        }
        self.settling.parts[number].plan = before;
        None
    }

    fn score(&self, number: usize, settlement: &Settlement) -> Score {
        let assets = &self.settling.parts[number].part.assets;
        let (book, prices) = (self.settling.book, &settlement.prices);
        let value = |asset: u32, amount: f64| amount * self.value[asset as usize];
        let lost = |&asset: &u32| LOST * value(asset, settlement.settled.left[asset as usize] as f64);
        let mut left: Vec<f64> = assets.iter().map(lost).collect();
        let (mut sold, mut received) = (0.0, 0.0);
        for (order, (offer, fill)) in book.offers.iter().zip(&settlement.settled.fills).enumerate() {
            let Offer { sells, buys, amount, .. } = *offer;
            let (Ok(from), Ok(_)) = (assets.binary_search(&sells), assets.binary_search(&buys)) else {
                continue;
            };
            sold += value(sells, fill.sold as f64);
            received += value(buys, fill.bought as f64);
            let rest = (amount - fill.sold) as f64;
            let [price, of_bought] = [sells, buys].map(|asset| prices[asset as usize]);
            let rate = price / of_bought * (1.0 - settlement.tolerance) * (1.0 - SAME);
            let is_out = || book.is_out.get(order).is_some_and(|&is_out| is_out);
            if offer.limit() < rate && rest * price >= of_bought && !is_out() {
                left[from] += value(sells, rest);
            }
        }
        Score { all: left.iter().sum(), left, sold, received }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Outcome, clear};
    use super::*;
    use crate::certify::auction::{Report, check};
    use crate::stream::Stream;

    fn cleared(offers: &[Offer]) -> (Outcome, Report) {
        let outcome = clear(2, offers).expect("the offers are sound");
        let report = check(2, offers, &outcome).expect("the outcome is sound");
        (outcome, report)
    }

    fn bid(pays: u64, units: u64, minimum: u64) -> Offer {
        Offer { sells: 0, buys: 1, amount: pays, at_least: units, minimum }
    }

    fn seller(units: u64, least: u64) -> Offer {
        Offer { sells: 1, buys: 0, amount: units, at_least: units * least, minimum: 0 }
    }

    #[test]
    fn one_who_sells_to_many_who_buy_a_few_sells_all() {
        let apples = 200;
        for seed in 0..4 {
            let mut stream = Stream::new(seed);
            let bids = (0..1_000).map(|_| bid(30 + stream.below(270), 1 + stream.below(3), 0));
            let offers: Vec<Offer> = bids.chain([seller(apples, 20)]).collect();
            let (outcome, report) = cleared(&offers);
            let sold = outcome.fills.last().expect("there is a seller").sold;
            assert!(sold >= apples - 2, "{seed}: {sold} of {apples}");
            assert!(report.failed < 0.01 * report.volume, "{seed}: {report:?}");
        }
    }

    #[test]
    fn who_pays_all_or_nothing_pays_for_no_part_that_nobody_gets() {
        // Two pay 3.00 for an apple at least; of three apples each gets one, so that one is worth 3.00.
        let offers = [seller(3, 50), bid(300, 1, 300), bid(300, 1, 300)];
        let (outcome, _) = cleared(&offers);
        assert!((outcome.prices[1] - 300.0 * outcome.prices[0]).abs() < 1e-9, "{:?}", outcome.prices);
        assert_eq!(
            outcome.fills.iter().map(|fill| (fill.sold, fill.bought)).collect::<Vec<_>>(),
            [(2, 600), (300, 1), (300, 1)]
        );
        assert_eq!(outcome.remainder, [0, 0]);
    }

    #[test]
    fn prices_that_leave_little_behind_stay_as_they_are() {
        let offers = [seller(100, 20), bid(2_000, 100, 0), bid(2_200, 100, 0)];
        let (outcome, report) = cleared(&offers);
        assert_eq!((outcome.tolerance, report.failed), (0.0, 0.0), "{outcome:?}");
    }
}
