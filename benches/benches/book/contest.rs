//! The engines on one workload, in turn, round after round, so that what disturbs the machine disturbs all of them.

use std::time::Duration;

use bartizan_engine::book::Rules;
use bartizan_engine::market::command::Channels;

use crate::choice::Choice;
use crate::engine::{Engine, time, traded};
use crate::engines::bartizan::{Bartizan, reports_only, with_client_ids, with_market_data};
use crate::engines::lobster::Lobster;
use crate::engines::matchcore::Matchcore;
use crate::engines::orderbook_rs::OrderbookRs;
use crate::engines::realm::InRealm;
use crate::workload::Workload;

/// One line of the table.
pub(crate) struct Contestant {
    /// What is asked for on the command line.
    engine: &'static str,
    /// How it is set up.
    setting: &'static str,
    /// The most rounds, for those that would take minutes.
    rounds: usize,
    time: Box<dyn Fn(&Workload) -> Duration>,
    traded: Box<dyn Fn(&Workload) -> u64>,
}

impl Contestant {
    fn name(&self) -> String {
        [self.engine, self.setting].concat()
    }
}

/// As many as there are.
const ALL: usize = usize::MAX;

/// The engine that others are compared with.
const YARDSTICK: &str = "matchcore";

fn contestant<E: Engine>(
    (engine, setting): (&'static str, &'static str),
    rounds: usize,
    new: impl Fn() -> E + Copy + 'static,
) -> Contestant {
    Contestant {
        engine,
        setting,
        rounds,
        time: Box::new(move |workload| time(new(), workload)),
        traded: Box::new(move |workload| traded(new(), workload)),
    }
}

/// Everybody.
pub(crate) fn everybody() -> Vec<Contestant> {
    let ours = |setting, rules: fn() -> Rules, batch| {
        contestant(("bartizan", setting), ALL, move || Bartizan::new(rules(), batch))
    };
    vec![
        ours(", 64 a batch", reports_only, 64),
        contestant((YARDSTICK, ""), ALL, Matchcore::new),
        ours(", one at a time", reports_only, 1),
        ours(", 64, client ids indexed", with_client_ids, 64),
        ours(", 64, L1 + L2 + L3 told", with_market_data, 64),
        ours(", 64, both of these", Rules::default, 64),
        contestant(("realm", ", 64"), ALL, || InRealm::new(Channels { l1: false, l2: false, l3: false }, 64)),
        contestant(("realm", ", 64, L1 + L2 + L3 told"), ALL, || InRealm::new(Channels::default(), 64)),
        contestant(("lobster", ""), 3, Lobster::new),
        contestant(("orderbook-rs", ""), 1, OrderbookRs::new),
    ]
}

/// Ours in batches and one by one, and the one that others are compared with.
pub(crate) fn the_fast() -> Vec<Contestant> {
    let mut field = everybody();
    field.truncate(3);
    field
}

/// Nanoseconds a command, of each round.
struct Times(Vec<f64>);

impl Times {
    fn best(&self) -> f64 {
        self.0.iter().copied().fold(f64::INFINITY, f64::min)
    }

    fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    }
}

/// Measures the chosen contestants among `field` on a workload, and prints a line each. Returns their names and best times.
///
/// # Panics
/// If they do not trade the same.
pub(crate) fn compete(
    workload: &Workload,
    rounds: usize,
    choice: &Choice,
    field: &[Contestant],
) -> Vec<(String, f64)> {
    let field: Vec<&Contestant> = field.iter().filter(|one| choice.takes(one.engine)).collect();
    for contestant in &field {
        let (its, ours) = ((contestant.traded)(workload), workload.traded());
        assert_eq!(its, ours, "lots that {} trades in workload {}", contestant.engine, workload.name);
    }
    let mut times: Vec<Times> = field.iter().map(|_| Times(Vec::new())).collect();
    for round in 0..rounds {
        for (contestant, times) in field.iter().zip(&mut times).filter(|(one, _)| round < one.rounds) {
            let taken = (contestant.time)(workload);
            times.0.push(taken.as_nanos() as f64 / workload.timed().len() as f64);
        }
    }
    print(&field, &times);
    field.iter().zip(&times).map(|(contestant, times)| (contestant.name(), times.best())).collect()
}

fn print(field: &[&Contestant], times: &[Times]) {
    let yardstick = field.iter().position(|contestant| contestant.engine == YARDSTICK);
    println!("  {:<38} {:>8} {:>8} {:>10}", "ns a command", "best", "median", YARDSTICK);
    for (contestant, own) in field.iter().zip(times) {
        let ratio = yardstick.map_or(String::new(), |at| format!("{:.2} x", times[at].best() / own.best()));
        println!("  {:<38} {:>8.1} {:>8.1} {ratio:>10}", contestant.name(), own.best(), own.median());
    }
}
