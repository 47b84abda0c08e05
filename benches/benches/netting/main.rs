//! Netting: the most that can be cleared of obligations between firms: `cargo bench -p bartizan-benches --bench netting`.
//!
//! The networks are those of `bartizan generate obligations`, with seed 1. Up to 100,000 obligations, OR-Tools' `SimpleMinCostFlow` solves the same in turns with us, if
//! `BARTIZAN_PYTHON` (by default `python3`) has it; the ratio is the middle one of all turns.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use bartizan_io::generate::trade_credit::TradeCredit;
use bartizan_solver::certify::netting as certify;
use bartizan_solver::netting::{Obligations, clear};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The most obligations that OR-Tools is given: with ten times as many it takes 18 seconds.
const MOST_OF_ORTOOLS: usize = 100_000;

/// How often each has its turn.
const TURNS: usize = 7;

fn obligations(plan: TradeCredit) -> Obligations {
    let mut obligations = Obligations { participants: plan.firms, ..Obligations::default() };
    for (debtor, creditor, amount) in plan.draw() {
        obligations.push(debtor, creditor, amount);
    }
    obligations
}

/// What is cleared, proven, and how many seconds that took without the proof.
fn cleared(obligations: &Obligations) -> (i128, f64) {
    let levels = [vec![1; obligations.amount.len()]];
    let started = Instant::now();
    let clearing = clear(obligations, &levels);
    let taken = started.elapsed().as_secs_f64();
    assert_eq!(certify::is_optimal(obligations, &levels, &clearing), Ok(true));
    let value = certify::value(obligations, &levels, &clearing.cleared).expect("it is a clearing");
    (value[0], taken)
}

/// Solves in turns with OR-Tools; the seconds of each in each turn, if it is there.
fn in_turns(plan: TradeCredit, obligations: &Obligations) -> Option<Vec<[f64; 2]>> {
    let file = std::env::temp_dir().join(format!("bartizan-netting-{}.csv", std::process::id()));
    let mut text = Vec::new();
    plan.write(&mut text).expect("memory takes it");
    std::fs::write(&file, text).expect("there is room for temporary files");
    let python = std::env::var_os("BARTIZAN_PYTHON").unwrap_or_else(|| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/netting/with_ortools.py");
    let mut python = Command::new(python);
    python.arg(script).arg(&file).stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut other) = python.spawn() else {
        std::fs::remove_file(&file).expect("it is there");
        return None;
    };
    let mut ask = other.stdin.take().expect("it is piped");
    let mut answers = BufReader::new(other.stdout.take().expect("it is piped")).lines();
    let mut turns = Vec::new();
    for _ in 0..TURNS {
        // Without the package it has ended by now.
        let Some(Ok(answer)) = ask.write_all(b"\n").ok().and_then(|()| answers.next()) else { break };
        let (most, theirs) = answer.split_once(' ').expect("it tells the optimum and the time");
        let (value, ours) = cleared(obligations);
        assert_eq!(most.parse(), Ok(value), "both find the optimum");
        turns.push([ours, theirs.parse().expect("a time is a number")]);
    }
    drop(ask);
    other.wait().expect("it ends");
    std::fs::remove_file(&file).expect("it is there");
    (!turns.is_empty()).then_some(turns)
}

fn main() {
    let is_measured = std::env::args().any(|word| word == "--bench");
    let sizes: &[(usize, usize)] = if is_measured {
        &[(1_000, 10_000), (10_000, 100_000), (100_000, 1_000_000), (1_000_000, 10_000_000)]
    } else {
        &[(100, 1_000)]
    };
    for &(firms, count) in sizes {
        let plan = TradeCredit { firms, obligations: count, seed: 1 };
        let obligations = obligations(plan);
        let total: i128 = obligations.amount.iter().map(|&amount| i128::from(amount)).sum();
        let (value, taken) = cleared(&obligations);
        let share = value as f64 / total as f64 * 100.0;
        println!(
            "{firms} firms, {count} obligations of {total}: {value} cleared ({share:.1}%), proven, in {taken:.4} s"
        );
        if !is_measured || count > MOST_OF_ORTOOLS {
            continue;
        }
        let Some(turns) = in_turns(plan, &obligations) else {
            println!("  OR-Tools is not there");
            continue;
        };
        let middle = |of: &dyn Fn(&[f64; 2]) -> f64| {
            let mut all: Vec<f64> = turns.iter().map(of).collect();
            all.sort_by(f64::total_cmp);
            all[all.len() / 2]
        };
        println!(
            "  in turns with OR-Tools: {:.4} s and {:.4} s, {:.1} times as fast",
            middle(&|turn| turn[0]),
            middle(&|turn| turn[1]),
            middle(&|turn| turn[1] / turn[0])
        );
    }
}
