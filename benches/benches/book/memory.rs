//! What a live order costs in memory, all that an engine keeps for it included: by how much the resident memory of a
//! process grows that does nothing but fill a book. Each figure is of a process of its own, which is this program
//! again, so that nothing freed before is used again.

use std::process::Command;

use bartizan_engine::book::Rules;

use crate::choice::Choice;
use crate::engine::{Engine, pieces};
use crate::engines::bartizan::{Bartizan, reports_only, with_client_ids};
use crate::engines::lobster::Lobster;
use crate::engines::matchcore::Matchcore;
use crate::engines::orderbook_rs::OrderbookRs;
use crate::synthetic::fill;

/// As many as are asked for.
const ALL: usize = usize::MAX;

/// The word that makes a process one that fills a book.
pub(crate) const FILL: &str = "fill";

/// One line of the table.
struct Filler {
    engine: &'static str,
    setting: &'static str,
    /// The most orders it is given.
    most: usize,
    /// Fills a book, and returns by how many bytes the process grew: at the end, and at most.
    grown: Box<dyn Fn(usize) -> Option<[usize; 2]>>,
}

fn filler<E: Engine>(
    (engine, setting): (&'static str, &'static str),
    most: usize,
    new: impl Fn(usize) -> E + 'static,
) -> Filler {
    Filler { engine, setting, most, grown: Box::new(move |orders| grown(orders, &new)) }
}

/// Everybody; the number of a line is what its process is told.
fn everybody() -> Vec<Filler> {
    let ours = |setting, rules: fn(usize) -> Rules| {
        filler(("bartizan", setting), ALL, move |orders| Bartizan::new(rules(orders), 64))
    };
    vec![
        ours("", |_| reports_only()),
        ours(", client ids indexed", |_| with_client_ids()),
        ours(", the same, expecting as many", |orders| Rules {
            expected_orders: orders as u32,
            ..with_client_ids()
        }),
        filler(("matchcore", ""), ALL, |_| Matchcore::new()),
        filler(("lobster", ""), ALL, |_| Lobster::new()),
        filler(("orderbook-rs", ""), 1_000_000, |_| OrderbookRs::new()),
    ]
}

/// Prints the table.
pub(crate) fn print(sizes: &[usize], choice: &Choice) {
    println!("memory: bytes a live order, resident; in brackets the most on the way");
    for (number, filler) in everybody().iter().enumerate().filter(|(_, one)| choice.takes(one.engine)) {
        let name = [filler.engine, filler.setting].concat();
        for &orders in sizes.iter().filter(|&&orders| orders <= filler.most) {
            let told = in_a_process(number, orders);
            println!(
                "  {name:<44} {orders:>10} orders {}",
                told.as_deref().unwrap_or("not known on this system")
            );
        }
    }
}

fn in_a_process(number: usize, orders: usize) -> Option<String> {
    let program = std::env::current_exe().ok()?;
    // Memory that is freed goes back at once, and pages are small, so that what is resident is in use.
    let output = Command::new(program)
        .args([FILL, &number.to_string(), &orders.to_string()])
        .envs([("MIMALLOC_PURGE_DELAY", "0"), ("MIMALLOC_ALLOW_THP", "0")])
        .output()
        .ok()?;
    let told = String::from_utf8(output.stdout).ok()?;
    let mut words = told.split_whitespace().map_while(|word| word.parse::<usize>().ok());
    let (end, most) = (words.next()? as f64, words.next()? as f64);
    let orders = orders as f64;
    Some(format!("{:>7.1} ({:.1})", end / orders, most / orders))
}

/// What the process does that [`print`] starts: fills a book, and prints by how much it grew.
pub(crate) fn child(mut words: impl Iterator<Item = String>) {
    let mut number = || words.next().and_then(|word| word.parse::<usize>().ok()).expect("two numbers follow");
    let (filler, orders) = (number(), number());
    if let Some([end, most]) = (everybody()[filler].grown)(orders) {
        println!("{end} {most}");
    }
}

fn grown<E: Engine>(orders: usize, new: impl Fn(usize) -> E) -> Option<[usize; 2]> {
    let workload = fill(orders);
    let before = [resident("RssAnon")?, resident("VmRSS")?];
    let mut engine = new(orders);
    pieces(&mut engine, &workload, workload.timed(), Engine::run);
    let after = [resident("RssAnon")?, resident("VmHWM")?];
    drop(engine);
    Some(std::array::from_fn(|at| after[at].saturating_sub(before[at])))
}

/// A line of what the system knows of this process, in bytes.
fn resident(name: &str) -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse::<usize>().ok().map(|kilobytes| kilobytes << 10)
}
