//! Our order book beside others, the same commands to each in the same run:
//! `cargo bench -p bartizan-benches --bench book`, about six minutes; `-- a matchcore` names parts and engines.
//!
//! `a` is synthetic, `b` and `c` are real order flow (skipped where the files are not there); of each the cost of a
//! command and of single ones the quantiles. `depth` is the cost among 100,000 to 10,000,000 live orders, `memory` the
//! bytes that one costs, `waiting` what pegs, stops and orders in a call cost every command. All engines use mimalloc and one thread. Criterion has no part in it: a stream of six million
//! commands is one iteration, and engines are to take turns.

mod choice;
mod contest;
mod engine;
mod engines;
mod latency;
mod memory;
mod recorded;
mod synthetic;
mod waiting;
mod workload;

use choice::Choice;
use contest::{compete, everybody, the_fast};
use workload::Workload;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How large everything is.
struct Scale {
    mix: usize,
    hours: usize,
    half_hours: usize,
    rounds: usize,
    depths: &'static [(&'static str, usize)],
    depth_commands: usize,
}

const MEASURED: Scale = Scale {
    mix: 6_000_000,
    hours: 60,
    half_hours: 15,
    rounds: 5,
    depths: &[("depth 100k", 100_000), ("depth 1M", 1_000_000), ("depth 10M", 10_000_000)],
    depth_commands: 2_000_000,
};

/// Enough to see that all engines do the same.
const TRIED: Scale = Scale {
    mix: 10_000,
    hours: 1,
    half_hours: 1,
    rounds: 1,
    depths: &[("depth 1k", 1_000), ("depth 10k", 10_000)],
    depth_commands: 10_000,
};

fn main() {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|word| word == memory::FILL).is_some() {
        memory::child(arguments);
        return;
    }
    let choice = match Choice::parse(arguments) {
        Ok(choice) => choice,
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(2);
        }
    };
    let scale = if choice.is_measured { MEASURED } else { TRIED };
    machine();
    let workloads: [(&str, &dyn Fn() -> Option<Workload>); 3] = [
        ("a", &|| Some(synthetic::mix(scale.mix))),
        ("b", &|| recorded::lobster_hour(scale.hours)),
        ("c", &|| recorded::bitstamp_half_hour(scale.half_hours)),
    ];
    for (_, make) in workloads.iter().filter(|(name, _)| choice.takes(name)) {
        let Some(workload) = make() else { continue };
        println!("{}: {}; {} lots trade", workload.name, workload.about, workload.traded());
        compete(&workload, scale.rounds, &choice, &everybody());
        latency::print(&workload, scale.rounds.min(3), &choice);
    }
    if choice.takes("depth") {
        depth(&scale, &choice);
    }
    if choice.takes("memory") {
        let sizes: Vec<usize> = scale.depths.iter().map(|&(_, orders)| orders).collect();
        memory::print(&sizes, &choice);
    }
    if choice.takes("waiting") && choice.takes("bartizan") {
        waiting::print(choice.is_measured);
    }
}

/// The cost of a command among ever more live orders.
fn depth(scale: &Scale, choice: &Choice) {
    let mut found: Vec<Vec<(String, f64)>> = Vec::new();
    for &(name, orders) in scale.depths {
        let workload = synthetic::depth(name, orders, scale.depth_commands);
        println!("{}: {}", workload.name, workload.about);
        found.push(compete(&workload, scale.rounds.min(3), choice, &the_fast()));
    }
    println!("depth: times the cost at {}", scale.depths[0].0);
    for (line, (name, first)) in found[0].iter().enumerate() {
        let times: Vec<String> = found.iter().map(|best| format!("{:.2}", best[line].1 / first)).collect();
        println!("  {name:<38} {}", times.join("  "));
    }
}

/// What runs this, and how busy it is.
fn machine() {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let model = read("/proc/cpuinfo")
        .lines()
        .find_map(|line| {
            line.strip_prefix("model name")?.split_once(':').map(|(_, name)| name.trim().to_owned())
        })
        .unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let load = read("/proc/loadavg").split(' ').next().map(str::to_owned).unwrap_or_default();
    println!("{model}, {cores} cores, load {load} before");
}
