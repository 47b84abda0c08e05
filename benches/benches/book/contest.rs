//! The engines on one workload, in turn, round after round, so that what disturbs the machine disturbs all of them.

use std::time::Duration;

use crate::choice::Choice;
use bartizan_engine::book::Rules;

use crate::engine::{Engine, time, traded};
use crate::engines::bartizan::{Bartizan, reports_only, with_client_ids, with_market_data};
use crate::engines::lobster::Lobster;
use crate::engines::matchcore::Matchcore;
use crate::engines::orderbook_rs::OrderbookRs;
use crate::workload::Workload;

/// One line of the table.
pub(crate) struct Contestant {
    /// What is asked for on the command line.
    engine: &'static str,
    /// How it is set up.
    setting: &'static str,
    /// The most commands it is given, for those that would take minutes.
    most: usize,
    /// The most rounds.
    rounds: usize,
    time: UpTo<Duration>,
    traded: UpTo<u64>,
}

/// What a new book finds of a workload's steps below a number.
type UpTo<T> = Box<dyn Fn(&Workload, usize) -> T>;

/// As many as there are.
const ALL: usize = usize::MAX;

/// The engine that others are compared with.
const YARDSTICK: &str = "matchcore";

fn contestant<E: Engine>(
    (engine, setting): (&'static str, &'static str),
    (most, rounds): (usize, usize),
    new: impl Fn() -> E + Copy + 'static,
) -> Contestant {
    Contestant {
        engine,
        setting,
        most,
        rounds,
        time: Box::new(move |workload, end| time(new(), workload, end)),
        traded: Box::new(move |workload, end| traded(new(), workload, end)),
    }
}

/// Everybody.
pub(crate) fn everybody() -> Vec<Contestant> {
    let ours = |setting, rules: fn() -> Rules, batch| {
        contestant(("bartizan", setting), (ALL, ALL), move || Bartizan::new(rules(), batch))
    };
    vec![
        ours(", 64 a batch", reports_only, 64),
        contestant((YARDSTICK, ""), (ALL, ALL), Matchcore::new),
        ours(", one at a time", reports_only, 1),
        ours(", 64, client ids indexed", with_client_ids, 64),
        ours(", 64, L1 + L2 + L3 told", with_market_data, 64),
        contestant(("lobster", ""), (1_000_000, 3), Lobster::new),
        contestant(("orderbook-rs", ""), (200_000, 1), OrderbookRs::new),
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

/// The last step that a contestant is given.
fn end(contestant: &Contestant, workload: &Workload) -> usize {
    workload.steps.len().min(workload.warm_up.saturating_add(contestant.most))
}

/// Measures the chosen contestants among `field` on a workload, and prints a line each. Returns the best times.
///
/// # Panics
/// If they do not trade the same.
pub(crate) fn compete(workload: &Workload, rounds: usize, choice: &Choice, field: &[Contestant]) -> Vec<f64> {
    let field: Vec<&Contestant> = field.iter().filter(|one| choice.takes(one.engine)).collect();
    for contestant in &field {
        same_trades(contestant, workload);
    }
    let mut times: Vec<Times> = field.iter().map(|_| Times(Vec::new())).collect();
    for round in 0..rounds {
        for (contestant, times) in field.iter().zip(&mut times).filter(|(one, _)| round < one.rounds) {
            let end = end(contestant, workload);
            let taken = (contestant.time)(workload, end);
            times.0.push(taken.as_nanos() as f64 / (end - workload.warm_up) as f64);
        }
    }
    print(&field, &times, workload);
    times.iter().map(Times::best).collect()
}

/// That a contestant trades as much as our book did when the workload was recorded.
fn same_trades(contestant: &Contestant, workload: &Workload) {
    let end = end(contestant, workload);
    let (its, ours) = ((contestant.traded)(workload, end), workload.traded_by(end));
    assert_eq!(its, ours, "lots that {} trades in workload {}", contestant.engine, workload.name);
}

fn print(field: &[&Contestant], times: &[Times], workload: &Workload) {
    let yardstick = field.iter().position(|contestant| contestant.engine == YARDSTICK);
    println!("  {:<38} {:>8} {:>8} {:>10}", "ns a command", "best", "median", "matchcore");
    for (contestant, own) in field.iter().zip(times) {
        let ratio = yardstick.map_or(String::new(), |at| format!("{:.2} x", times[at].best() / own.best()));
        let end = end(contestant, workload);
        let cut = if end < workload.steps.len() {
            format!("  (the first {} commands, {} rounds)", end - workload.warm_up, own.0.len())
        } else {
            String::new()
        };
        let name = [contestant.engine, contestant.setting].concat();
        println!("  {name:<38} {:>8.1} {:>8.1} {ratio:>10}{cut}", own.best(), own.median());
    }
}
