//! Made-up workloads: the mix of adds, cancels and takers called `a`, and random adds and cancels in a book of a given
//! size. Both from splitmix64 (Steele, Lea and Flood 2014), so that anybody can make the same.

use bartizan_engine::book::{ExecType, Side};

use crate::workload::{Order, Recorder, Step, Workload};

/// Where prices begin.
const REFERENCE: i64 = 1_000_000;

/// Workload `a`: 100,000 adds, and then `commands` of which a tenth take and about four in ten cancel.
pub(crate) fn mix(commands: usize) -> Workload {
    const WARM_UP: usize = 100_000;
    let mut dice = Dice(42);
    let mut recorder = Recorder::new();
    let mut live = Live::default();
    let mut reference = REFERENCE;
    while recorder.len() < WARM_UP + commands {
        match dice.unit() {
            ..0.0025 => reference += 1,
            0.0025..0.005 => reference -= 1,
            _ => {}
        }
        let is_warm = recorder.len() >= WARM_UP;
        let cancels = if live.orders.len() > WARM_UP { 0.45 } else { 0.35 };
        let what = dice.unit();
        if is_warm && what < 0.10 {
            let side = dice.side();
            let best = recorder.best(side.opposite()).expect("the book is deep");
            let price = if side == Side::Buy { best + 50 } else { best - 50 };
            recorder.add(side, price, recorder.fillable(side, price, 1 + dice.below(100)));
        } else if is_warm && what < 0.10 + cancels {
            recorder.cancel(live.any(&mut dice));
        } else {
            let side = dice.side();
            let away = dice.distance();
            let price = match (side, recorder.best(side.opposite())) {
                (Side::Buy, ask) => ask.map_or(i64::MAX, |ask| ask - 1).min(reference - away),
                (Side::Sell, bid) => bid.map_or(i64::MIN, |bid| bid + 1).max(reference + away),
            };
            recorder.add(side, price, 1 + dice.below(100));
        }
        live.follow(&recorder);
    }
    let about = format!("synthetic, {commands} commands in a book of {WARM_UP} orders");
    recorder.finish("a", about, WARM_UP)
}

/// `orders` adds, and then `commands`, half of them adds and half cancels of any live order.
pub(crate) fn depth(name: &'static str, orders: usize, commands: usize) -> Workload {
    let mut dice = Dice(7);
    let mut recorder = Recorder::new();
    let mut live: Vec<Order> = Vec::with_capacity(orders + commands);
    while recorder.len() < orders + commands {
        if recorder.len() < orders || dice.below(2) == 0 {
            let (side, price, quantity) = dice.passive();
            live.push(recorder.add(side, price, quantity));
        } else {
            let at = dice.below(live.len() as u64) as usize;
            recorder.cancel(live.swap_remove(at));
        }
    }
    recorder.finish(name, format!("{commands} random adds and cancels among {orders} live orders"), orders)
}

/// The adds alone that fill the book of [`depth`].
pub(crate) fn fill(orders: usize) -> Workload {
    let mut dice = Dice(7);
    let add = |(side, price, quantity)| Step::Add { side, price, quantity, is_immediate: false };
    Workload::of_adds((0..orders).map(|_| add(dice.passive())).collect())
}

/// The live orders, any of which is found at once.
#[derive(Default)]
struct Live {
    orders: Vec<Order>,
    /// Where each order is in `orders`.
    places: Vec<u32>,
}

impl Live {
    fn any(&self, dice: &mut Dice) -> Order {
        self.orders[dice.below(self.orders.len() as u64) as usize]
    }

    /// Takes in what the last step did.
    fn follow(&mut self, recorder: &Recorder) {
        self.places.resize(recorder.len(), 0);
        for report in recorder.reports() {
            let order = report.client.0 as usize - 1;
            if report.exec_type == ExecType::New {
                self.places[order] = self.orders.len() as u32;
                self.orders.push(order as Order);
            } else if report.leaves.0 == 0 {
                let place = self.places[order] as usize;
                self.orders.swap_remove(place);
                if let Some(&moved) = self.orders.get(place) {
                    self.places[moved as usize] = place as u32;
                }
            }
        }
    }
}

/// splitmix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// From 0 to below 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// From 0 to below `end`.
    fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }

    fn side(&mut self) -> Side {
        if self.below(2) == 0 { Side::Buy } else { Side::Sell }
    }

    /// How far from the reference a passive order is: one and an exponential of mean 250, at most 5,000.
    fn distance(&mut self) -> i64 {
        let exponential = -(1.0 - self.unit()).ln() * 250.0;
        (1 + exponential as i64).min(5_000)
    }

    /// A passive order about a reference that does not move.
    fn passive(&mut self) -> (Side, i64, u64) {
        let side = self.side();
        let away = self.distance();
        let price = if side == Side::Buy { REFERENCE - away } else { REFERENCE + away };
        (side, price, 1 + self.below(100))
    }
}
