//! Small markets settled by whole units.
//!
//! Where units are large beside what offers trade, settling what could be divided and then mending it leaves too much: a bike is sold or it is
//! not, and a third of one that two buyers would have is nobody's. At given prices what is left to decide is how many units of the dearer asset each
//! offer buys or sells; what they cost of the cheaper one follows. That is an integer program, which [`crate::program`] solves: of every asset no more
//! is paid out than is sold, what the prices ask to be filled comes first, and then all that is received.
//!
//! An offer of few units has a column for each amount, with exactly what is paid for it; otherwise one column counts units, each rounded to the
//! offer's own loss. Both may come at a discount of one part in [`DISCOUNT`](super::trader::DISCOUNT) and a unit of the cheaper asset, which makes room for what others are rounded
//! by; what of it is not needed goes back.
//!
//! What all gains come to stays below 2^56: offers are worth half of 2 to the power of [`GAIN_BITS`] together, each counts so many times at most as
//! what it leaves to nobody does, and may lose a unit besides. Rows are added up in 128 bits.
//!
//! Cost: that of branch and cut within [`STEPS`], mostly once and at most [`TRIES`] times, for at most [`MOST_OFFERS`] offers whose limits the prices
//! meet.

use super::offers::{Fill, Offer};
use super::price::SAME;
use super::trader::{NEAR, Trader};
use crate::budget::Budget;
use crate::program::{self, Program, Row};

/// More offers than that are not settled so: there a few units are little.
const MOST_OFFERS: usize = 256;

/// More units than that are not settled so, nor units that cost more: little is lost by rounding there.
const LARGE: u64 = 1 << 40;

/// How long is looked for something better.
pub(super) const STEPS: u64 = 2_000_000;

/// So often is made room for what rounding leaves short.
const TRIES: usize = 4;

/// What is within that of the best, where all there is gains 2 to the power of [`GAIN_BITS`], is good enough.
const GAP: i64 = 1 << (GAIN_BITS - 10);

/// The bits of all gains together.
const GAIN_BITS: i32 = 40;

/// The bits of what a unit costs, in a row: as many as the relaxation tells apart, so that what it takes for balanced is so.
const ROW_BITS: i32 = 22;

/// Fills with which less is missing of what must be filled, or else more is received, for some offers out of these; none if none are found.
/// `fills` are those so far; it takes so many `steps` at most.
pub(super) fn better(
    offers: &[Offer],
    numbers: &[usize],
    prices: &[f64],
    tolerance: f64,
    fills: &[Fill],
    steps: u64,
) -> Option<Vec<(usize, Fill)>> {
    let mut traders: Vec<Trader<'_>> = numbers
        .iter()
        .filter_map(|&number| Trader::new(number, &offers[number], prices, tolerance, fills[number]))
        .take(MOST_OFFERS + 1)
        .collect();
    let is_large = |trader: &Trader<'_>| trader.most > LARGE || trader.ratio > LARGE as f64;
    if traders.len() > MOST_OFFERS || traders.iter().any(is_large) {
        return None;
    }
    // So that it does not depend on how offers are numbered.
    let key = |trader: &Trader<'_>| {
        let Offer { amount, at_least, minimum, .. } = *trader.offer;
        let [sold, bought] =
            [trader.offer.sells, trader.offer.buys].map(|asset| prices[asset as usize].to_bits());
        (sold, bought, amount, at_least, minimum)
    };
    traders.sort_by_key(key);
    let so_far: Vec<Fill> = traders.iter().map(|trader| fills[trader.number]).collect();
    if !traders.iter().zip(&so_far).any(|(trader, fill)| trader.lacks(fill)) {
        return None;
    }
    let fills = Desk::new(&traders, prices).solve(steps)?;
    let sum = |of: &dyn Fn(&Trader<'_>, &Fill) -> f64, fills: &[Fill]| -> f64 {
        traders.iter().zip(fills).map(|(trader, fill)| of(trader, fill)).sum()
    };
    let gain = |trader: &Trader<'_>, fill: &Fill| trader.gain(fill.sold as f64, fill.bought as f64);
    let due = |trader: &Trader<'_>, fill: &Fill| trader.due(fill);
    let [gained, gained_so_far] = [&fills, &so_far].map(|fills| sum(&gain, fills));
    let [due, due_so_far] = [&fills, &so_far].map(|fills| sum(&due, fills));
    // What must be filled is not left for what may be.
    let is_better = gained > gained_so_far * (1.0 + SAME) && due >= due_so_far - due_so_far.abs() * SAME;
    is_better.then(|| traders.iter().map(|trader| trader.number).zip(fills).collect())
}

/// What a column of the program stands for.
enum Column {
    /// That this trader has just this fill.
    Amount(usize, Fill),
    /// How many of the dearer asset this trader trades.
    Units(usize),
    /// How much of the cheaper asset this trader gives up.
    Discount(usize),
    /// Whether a trader that has a minimum trades.
    Trades,
}

/// What one of a column comes to, in units.
#[derive(Clone, Copy, Default)]
struct Entry {
    sold: f64,
    bought: f64,
}

/// By how many bits amounts are told more finely than in units, where one of a column comes to so much at most.
fn parts(greatest: f64) -> i32 {
    (ROW_BITS - libm::ilogb(greatest)).max(0)
}

/// Traders, and the program of what they trade.
struct Desk<'a> {
    traders: &'a [Trader<'a>],
    columns: Vec<Column>,
    program: Program,
    /// For each asset what is paid out of it, less what is sold.
    assets: Vec<Row>,
    /// The assets, the cheapest first, as their rows stand at the end of the program.
    order: Vec<usize>,
    /// In its row a unit of each asset has two to that power of parts.
    shifts: Vec<i32>,
    /// What a value of 1 counts among gains.
    value: f64,
}

impl<'a> Desk<'a> {
    fn new(traders: &'a [Trader<'a>], prices: &[f64]) -> Self {
        let asset_count = prices.len();
        let all: f64 = traders.iter().map(|trader| trader.offer.amount as f64 * trader.cost).sum();
        let mut greatest = vec![1.0_f64; asset_count];
        for trader in traders {
            let greatest = &mut greatest[trader.cheaper()];
            *greatest = greatest.max(trader.ratio);
        }
        let mut desk = Desk {
            traders,
            columns: Vec::new(),
            program: Program { gains: vec![Vec::new()], ..Program::default() },
            assets: vec![Row::default(); asset_count],
            order: (0..asset_count).collect(),
            shifts: greatest.into_iter().map(parts).collect(),
            value: libm::ldexp(1.0, GAIN_BITS - 1) / all.max(f64::MIN_POSITIVE),
        };
        // What each may give up comes after what decides that.
        let given: Vec<Row> = (0..traders.len())
            .map(|index| match traders[index].amounts() {
                Some(amounts) => desk.list(index, &amounts),
                None => desk.count(index),
            })
            .collect();
        desk.program.decisive = desk.columns.len();
        for (index, row) in given.into_iter().enumerate() {
            desk.discount(index, row);
        }
        desk.order.sort_by(|&one, &other| prices[one].total_cmp(&prices[other]));
        desk.program.rows.extend(desk.order.iter().map(|&asset| std::mem::take(&mut desk.assets[asset])));
        desk
    }

    /// A column for each amount that a trader may trade. Returns how much each leaves room to give up.
    fn list(&mut self, index: usize, amounts: &[Fill]) -> Row {
        let trader = &self.traders[index];
        let mut choice = Row { most: 1, ..Row::default() };
        let mut given = Row::default();
        for &fill in amounts {
            let entry = Entry { sold: fill.sold as f64, bought: fill.bought as f64 };
            let number = self.push(trader, Column::Amount(index, fill), 1, entry);
            choice.entries.push((number, 1));
            let room = trader.given_up(fill, trader.discounted(fill, u64::MAX));
            if room > 0 {
                given.entries.push((number, -(room as i64)));
            }
        }
        self.program.rows.push(choice);
        given
    }

    /// A column that counts units. Returns how much each leaves room to give up.
    fn count(&mut self, index: usize) -> Row {
        let trader = &self.traders[index];
        let most = trader.most as i64;
        let [sold, bought] = if trader.buys_dearer { [trader.ratio, 1.0] } else { [1.0, trader.ratio] };
        let units = self.push(trader, Column::Units(index), most, Entry { sold, bought });
        if trader.offer.minimum > 0 {
            let trades = self.push(trader, Column::Trades, 1, Entry::default());
            let least = vec![(trades, trader.least() as i64), (units, -1)];
            self.program.rows.push(Row { entries: least, ..Row::default() });
            self.program.rows.push(Row { entries: vec![(units, 1), (trades, -most)], ..Row::default() });
        }
        let room = libm::ldexp(trader.ratio * trader.room(), parts(trader.ratio)) as i64;
        Row { entries: if room > 0 { vec![(units, -room)] } else { Vec::new() }, ..Row::default() }
    }

    /// A column of what a trader gives up, for which `given` says what there is room for.
    fn discount(&mut self, index: usize, mut given: Row) {
        let trader = &self.traders[index];
        let Some(&(first, _)) = given.entries.first() else { return };
        let is_counted = matches!(self.columns[first as usize], Column::Units(_));
        let one = if is_counted { 1 << parts(trader.ratio) } else { 1 };
        let entry = if trader.buys_dearer {
            Entry { sold: 1.0, bought: 0.0 }
        } else {
            Entry { sold: 0.0, bought: -1.0 }
        };
        let number = self.push(trader, Column::Discount(index), trader.most_less() as i64, entry);
        given.entries.push((number, one));
        self.program.rows.push(given);
    }

    fn push(&mut self, trader: &Trader<'_>, column: Column, most: i64, entry: Entry) -> u32 {
        let number = self.columns.len() as u32;
        self.columns.push(column);
        self.program.most.push(most);
        let gain = trader.gain(entry.sold, entry.bought);
        self.program.gains[0].push((gain * self.value) as i64);
        for (asset, amount) in [(trader.offer.sells, -entry.sold), (trader.offer.buys, entry.bought)] {
            // Rounded so that who trades in units loses by it.
            let parts = libm::ldexp(amount, self.shifts[asset as usize]).floor() as i64;
            if parts != 0 {
                self.assets[asset as usize].entries.push((number, parts));
            }
        }
        number
    }

    /// The best fills that are found. Where rounding leaves them short, the program makes room for it and is solved again.
    fn solve(&mut self, steps: u64) -> Option<Vec<Fill>> {
        let first = self.program.rows.len() - self.shifts.len();
        for _ in 0..TRIES {
            let solution =
                program::solve(&self.program, None, Budget::new(steps), GAP, &mut |_, _, _| {}).ok()?;
            let (fills, left) = self.fills(&solution.amounts)?;
            if left.iter().all(|&left| left >= 0) {
                return Some(fills);
            }
            for (row, &asset) in self.program.rows[first..].iter_mut().zip(&self.order) {
                let short = libm::ldexp((-left[asset]).max(0) as f64, self.shifts[asset] + 1) as i64;
                row.most = row.most.saturating_sub(short);
            }
        }
        None
    }

    /// The fills that the amounts of the columns stand for, and what is then left of each asset; none if a trader does not allow them.
    fn fills(&self, amounts: &[i64]) -> Option<(Vec<Fill>, Vec<i128>)> {
        let mut fills = vec![Fill::default(); self.traders.len()];
        let [mut units, mut less] = [(); 2].map(|()| vec![0_u64; self.traders.len()]);
        for (column, &amount) in self.columns.iter().zip(amounts).filter(|(_, amount)| **amount > 0) {
            match *column {
                Column::Amount(index, fill) => fills[index] = fill,
                Column::Units(index) => units[index] = amount as u64,
                Column::Discount(index) => less[index] = amount as u64,
                Column::Trades => {}
            }
        }
        for (index, trader) in self.traders.iter().enumerate() {
            let fill = &mut fills[index];
            if units[index] > 0 {
                // Limits and prices, each rounded, may leave no room for just so much.
                let near = units[index].saturating_sub(NEAR)..=units[index];
                *fill = near.rev().find_map(|units| trader.fill(units)).unwrap_or_default();
            }
            if fill.sold > 0 {
                *fill = trader.discounted(*fill, less[index]);
            }
        }
        let mut left = vec![0_i128; self.shifts.len()];
        for (trader, fill) in self.traders.iter().zip(&fills) {
            left[trader.offer.sells as usize] += i128::from(fill.sold);
            left[trader.offer.buys as usize] -= i128::from(fill.bought);
        }
        self.make_up(&mut fills, &mut left);
        self.give_back(&mut fills, &mut left);
        let is_allowed = |(trader, &fill): (&Trader<'_>, &Fill)| fill.sold == 0 || trader.allows(fill);
        self.traders.iter().zip(&fills).all(is_allowed).then_some((fills, left))
    }

    /// Lets traders give up what is short by rounding.
    fn make_up(&self, fills: &mut [Fill], left: &mut [i128]) {
        for (trader, fill) in self.traders.iter().zip(fills).filter(|(_, fill)| fill.sold > 0) {
            let asset = trader.cheaper();
            if left[asset] < 0 {
                let less = trader.discounted(*fill, left[asset].unsigned_abs() as u64);
                if trader.allows(less) {
                    left[asset] += i128::from(trader.given_up(*fill, less));
                    *fill = less;
                }
            }
        }
    }

    /// Lets traders who gave something up have it back as far as it is left over.
    fn give_back(&self, fills: &mut [Fill], left: &mut [i128]) {
        for (trader, fill) in self.traders.iter().zip(fills).filter(|(_, fill)| fill.sold > 0) {
            let asset = trader.cheaper();
            let Some(full) = trader.fill(trader.units(fill)) else { continue };
            let gave = fill.sold.saturating_sub(full.sold) + full.bought.saturating_sub(fill.bought);
            let back = gave.min(left[asset].max(0) as u64);
            if trader.buys_dearer {
                fill.sold -= back;
            } else {
                fill.bought += back;
            }
            left[asset] -= i128::from(back);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::trader::{DISCOUNT, FIRST, LOST};
    use super::super::{Outcome, Session, clear};
    use super::*;
    use crate::certify::auction::{Report, check};
    use crate::stream::Stream;

    fn offer(sells: u32, buys: u32, amount: u64, at_least: u64) -> Offer {
        Offer { sells, buys, amount, at_least, minimum: 0 }
    }

    fn cleared(asset_count: usize, offers: &[Offer]) -> (Outcome, Report) {
        let outcome = clear(asset_count, offers).expect("the offers are sound");
        let report = check(asset_count, offers, &outcome).expect("the outcome is sound");
        (outcome, report)
    }

    #[test]
    fn a_ring_of_euros_hours_and_jars_trades_all_jars() {
        let (outcome, report) =
            cleared(3, &[offer(0, 1, 6_304, 362), offer(1, 2, 399, 22), offer(2, 0, 7, 1_586)]);
        assert_eq!(outcome.fills[2].sold, 7, "{outcome:?}");
        assert!(report.unaccounted == 0.0 && report.most_lost < 1.0 / DISCOUNT as f64, "{report:?}");
    }

    #[test]
    fn what_fits_trades_beside_what_does_not() {
        // One sells a bike for what another pays; nobody sells the three boats that are wanted for bread of which there are two loaves.
        let pair = [offer(1, 0, 1, 8_000), offer(0, 1, 8_000, 1)];
        let rest = [offer(2, 0, 1, 900_000), offer(0, 3, 700, 2), offer(3, 2, 2, 3), offer(0, 2, 950_000, 1)];
        let (outcome, _) = cleared(4, &[&pair[..], &rest].concat());
        assert_eq!(outcome.fills[..2].iter().map(|fill| fill.sold).collect::<Vec<_>>(), [1, 8_000]);
        assert!(outcome.fills[2].sold == 1 && outcome.fills[5].bought == 1, "{outcome:?}");
    }

    #[test]
    fn a_minimum_is_served_before_others_at_the_same_limit_where_there_is_room() {
        // Three bikes at one price: one for the first buyer, or all of them for the second.
        let all = Offer { minimum: 24_000, ..offer(0, 1, 24_000, 3) };
        let (outcome, _) = cleared(2, &[offer(1, 0, 3, 24_000), offer(0, 1, 8_000, 1), all]);
        let bought: Vec<u64> = outcome.fills.iter().map(|fill| fill.bought).collect();
        assert_eq!(bought, [24_000, 0, 3], "{outcome:?}");
    }

    #[test]
    fn what_trades_does_not_depend_on_the_order_of_offers() {
        // Euros in cents, drills, hours in hundredths, bikes, books and jars.
        let mut offers = [
            offer(0, 1, 5_000, 1),
            offer(2, 1, 200, 1),
            offer(3, 4, 2, 33),
            offer(1, 0, 1, 3_000),
            offer(4, 0, 7, 3_100),
            offer(5, 0, 13, 5_000),
            offer(3, 5, 1, 15),
            offer(4, 0, 6, 2_100),
            offer(4, 2, 1, 25),
            offer(1, 5, 1, 7),
            offer(5, 1, 10, 1),
            offer(0, 3, 8_300, 1),
            offer(3, 0, 1, 6_800),
            offer(4, 2, 5, 125),
            offer(5, 0, 9, 4_600),
            offer(1, 0, 1, 2_900),
            offer(3, 0, 1, 7_500),
            offer(0, 2, 6_200, 400),
            offer(0, 3, 10_000, 1),
            offer(2, 5, 600, 18),
            offer(0, 3, 9_900, 1),
        ];
        for _ in 0..offers.len() {
            let (_, report) = cleared(6, &offers);
            assert!(report.failed < 0.03 * report.volume, "{report:?}");
            offers.rotate_left(1);
            offers[1..].reverse();
        }
    }

    #[test]
    fn who_trades_whole_goods_for_whole_goods_may_get_one_less() {
        // Four chairs are worth eleven books at prices at which ten are for sale.
        let offers = [
            offer(0, 1, 7_800, 5),
            offer(2, 3, 200, 5),
            offer(3, 4, 9, 1),
            offer(5, 1, 3, 1),
            offer(5, 2, 8, 175),
            offer(4, 0, 1, 3_300),
            offer(1, 5, 4, 9),
        ];
        let mut session = Session::new(6, offers.to_vec()).expect("the offers are sound");
        session.price();
        let outcome = session.settle();
        let report = check(6, &offers, &outcome).expect("no rule is broken");
        assert_eq!(outcome.fills[6], Fill { sold: 4, bought: 10 });
        assert!(report.failed < 0.03 * report.volume, "{report:?}");
    }

    #[test]
    fn who_has_a_minimum_pays_no_more_than_that_for_whole_units() {
        let least = Offer { minimum: 212, ..offer(0, 1, 243, 1) };
        let offers = [least, offer(0, 1, 244, 2), offer(1, 0, 4, 315)];
        let trader = Trader::new(0, &offers[0], &[1.0, 121.75], 0.0, Fill::default()).expect("it is beaten");
        let paid = Fill { sold: 212, bought: 1 };
        assert_eq!(trader.fill(1), Some(paid));
        assert_eq!(trader.discounted(paid, u64::MAX), paid);
        // At another price all are filled.
        let (outcome, report) = cleared(2, &offers);
        assert_eq!((report.failed, outcome.fills[2].sold), (0.0, 4), "{outcome:?}");
    }

    /// What fills count for: what must be filled first, then what is received, less what is left to nobody.
    fn gain(offers: &[Offer], outcome: &Outcome, fills: &[Fill]) -> f64 {
        let price = |asset: u32| outcome.prices[asset as usize];
        let gains = offers.iter().zip(fills).map(|(offer, fill)| {
            let rate = price(offer.sells) / price(offer.buys) * (1.0 - outcome.tolerance) * (1.0 - SAME);
            let [sold, got] = [fill.sold as f64 * price(offer.sells), fill.bought as f64 * price(offer.buys)];
            got * if offer.limit() < rate { FIRST } else { 1.0 } - (sold - got) * LOST
        });
        gains.sum()
    }

    /// The most that any whole amounts count for, each with what the prices say for it.
    fn most(offers: &[Offer], outcome: &Outcome) -> f64 {
        let traders: Vec<Trader<'_>> = offers
            .iter()
            .filter_map(|offer| Trader::new(0, offer, &outcome.prices, outcome.tolerance, Fill::default()))
            .collect();
        let own: Vec<Offer> = traders.iter().map(|trader| *trader.offer).collect();
        let mut units = vec![0; traders.len()];
        let mut most = 0.0_f64;
        loop {
            let Some(at) = (0..units.len()).find(|&at| units[at] < traders[at].most) else { return most };
            units[..at].fill(0);
            units[at] += 1;
            let fills = traders.iter().zip(&units).map(|(trader, &units)| match units {
                0 => Some(Fill::default()),
                units => trader.fill(units),
            });
            let Some(fills) = fills.collect::<Option<Vec<Fill>>>() else { continue };
            let mut left = vec![0_i128; outcome.prices.len()];
            for (offer, fill) in own.iter().zip(&fills) {
                left[offer.sells as usize] += i128::from(fill.sold);
                left[offer.buys as usize] -= i128::from(fill.bought);
            }
            if left.iter().all(|&left| left >= 0) {
                most = most.max(gain(&own, outcome, &fills));
            }
        }
    }

    #[test]
    fn no_whole_amounts_are_better_in_small_markets() {
        let (mut tried, mut traded) = (0, 0);
        for seed in 0..2_000 {
            let mut stream = Stream::new(seed);
            let goods = 1 + stream.below(3);
            let prices: Vec<f64> = (0..=goods)
                .map(|good| if good == 0 { 1.0 } else { 100.0 * (6.0 * stream.unit()).exp() })
                .collect();
            let offers: Vec<Offer> = (0..3 + stream.below(6))
                .map(|_| {
                    let good = 1 + stream.below(goods);
                    let other = if stream.one_in(4) { 1 + stream.below(goods) } else { 0 };
                    let [sells, buys] = if stream.one_in(2) { [good, other] } else { [other, good] };
                    let [sells, buys] = if sells == buys { [0, good] } else { [sells, buys] };
                    let value = (1 + stream.below(3)) as f64 * prices[good as usize];
                    let amount = (value / prices[sells as usize]).ceil();
                    let limit = value / prices[buys as usize] * (0.7 + 0.4 * stream.unit());
                    offer(sells as u32, buys as u32, amount as u64, limit.ceil() as u64)
                })
                .collect();
            let (outcome, _) = cleared(prices.len(), &offers);
            let ways = offers.iter().filter_map(|offer| {
                Trader::new(0, offer, &outcome.prices, outcome.tolerance, Fill::default())
            });
            if ways.map(|trader| (trader.most + 1) as f64).product::<f64>() > 20_000.0 {
                continue;
            }
            let most = most(&offers, &outcome);
            let all: f64 =
                offers.iter().map(|offer| offer.amount as f64 * outcome.prices[offer.sells as usize]).sum();
            // The gap, and for each offer a few cents of rounding.
            let slack = all * libm::ldexp(1.0, -9) + 4.0 * LOST * offers.len() as f64;
            let reached = gain(&offers, &outcome, &outcome.fills);
            assert!(reached >= most - slack, "seed {seed}: {reached} of {most}, {offers:?} {outcome:?}");
            tried += 1;
            traded += usize::from(most > 0.0);
        }
        assert!(tried > 1_000 && traded > 400, "{tried} tried, {traded} trade");
    }
}
