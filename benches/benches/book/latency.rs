//! How long single commands take: each is timed alone, so that the slow ones show. The clock costs about as much as a
//! command; what it costs is said, and taken off.

use std::time::Instant;

use crate::choice::Choice;
use crate::engine::{Engine, pieces};
use crate::engines::bartizan::{Bartizan, reports_only};
use crate::engines::matchcore::Matchcore;
use crate::workload::Workload;

/// Of a thousand commands so many take at most what is printed.
const OF_A_THOUSAND: [usize; 3] = [500, 990, 999];

type Quantiles = [u32; OF_A_THOUSAND.len()];

/// Prints the quantiles of ours and of matchcore: the median of several rounds, in turn.
pub(crate) fn print(workload: &Workload, rounds: usize, choice: &Choice) {
    if !choice.takes("bartizan") && !choice.takes("matchcore") {
        return;
    }
    let mut clock = Vec::new();
    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    for _ in 0..rounds {
        clock.push(quantiles(clock_alone(workload.steps.len())));
        if choice.takes("bartizan") {
            ours.push(quantiles(each(Bartizan::new(reports_only(), 1), workload)));
        }
        if choice.takes("matchcore") {
            theirs.push(quantiles(each(Matchcore::new(), workload)));
        }
    }
    let clock = middle(&clock);
    println!("  {:<38} {:>8} {:>8} {:>8}", "ns of single commands", "p50", "p99", "p99.9");
    println!("  {:<38} {:>8} {:>8} {:>8}", "the clock, taken off below", clock[0], clock[1], clock[2]);
    for (name, rounds) in [("bartizan, one at a time", &ours), ("matchcore", &theirs)] {
        if !rounds.is_empty() {
            let net = middle(rounds).map(|taken| taken.saturating_sub(clock[0]));
            println!("  {name:<38} {:>8} {:>8} {:>8}", net[0], net[1], net[2]);
        }
    }
}

/// The nanoseconds that each command after the warm-up takes, with the clock's.
fn each<E: Engine>(mut engine: E, workload: &Workload) -> Vec<u32> {
    let mut taken = Vec::with_capacity(workload.steps.len());
    pieces(&mut engine, workload, workload.warm_up(), Engine::run);
    pieces(&mut engine, workload, workload.timed(), |engine, commands| {
        for command in commands.chunks(1) {
            let started = Instant::now();
            engine.run(command);
            taken.push(started.elapsed().as_nanos() as u32);
        }
    });
    taken
}

fn clock_alone(times: usize) -> Vec<u32> {
    (0..times).map(|_| Instant::now().elapsed().as_nanos() as u32).collect()
}

fn quantiles(mut taken: Vec<u32>) -> Quantiles {
    taken.sort_unstable();
    OF_A_THOUSAND.map(|part| taken[(taken.len() - 1) * part / 1000])
}

/// Quantile by quantile the median of the rounds.
fn middle(rounds: &[Quantiles]) -> Quantiles {
    std::array::from_fn(|at| {
        let mut sorted: Vec<u32> = rounds.iter().map(|quantiles| quantiles[at]).collect();
        sorted.sort_unstable();
        sorted[sorted.len() / 2]
    })
}
