//! A batch auction from offers in memory to settled fills, and prices again after one offer in a hundred has changed:
//! `cargo bench -p bartizan-benches --bench auction`.
//!
//! The offers are those of `bartizan generate offers`, with seed 1. Times are those that the thread had a core, in milliseconds: of the first
//! run, which meets memory that the program has not used before, and the best of several.

use bartizan_io::generate::offers::Offers;
use bartizan_solver::auction::{Change, Offer, Session};
use bartizan_solver::certify::auction as certify;
use rustix::time::{ClockId, clock_gettime};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let is_measured = std::env::args().any(|word| word == "--bench");
    let (sizes, runs): (&[(usize, usize)], usize) =
        if is_measured { (&[(50, 5_000), (50, 50_000), (50, 1_000_000)], 9) } else { (&[(10, 1_000)], 1) };
    for &(assets, offers) in sizes {
        for hard in [false, true] {
            measure(Offers { assets, offers, hard, seed: 1 }, runs);
        }
    }
}

/// Milliseconds that this thread has had a core.
fn now() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

const PARTS: [&str; 6] = ["whole", "sorted", "priced", "settled", "1% changed", "priced again"];

fn measure(plan: Offers, runs: usize) {
    let offers: Vec<Offer> = plan.draw().collect();
    // One in a hundred is replaced by another of the same market.
    let more = Offers { offers: plan.offers + plan.offers / 100, ..plan };
    let changes: Vec<Change> = (more.draw().skip(plan.offers).enumerate())
        .map(|(number, offer)| Change { number: number as u32 * 97, offer })
        .collect();
    let mut first = None;
    let mut best = [f64::INFINITY; PARTS.len()];
    let mut told = String::new();
    for _ in 0..runs {
        let owned = offers.clone();
        let started = now();
        let mut session = Session::new(plan.assets, owned).expect("the offers are sound");
        let sorted = now();
        session.price();
        let priced = now();
        let outcome = session.settle();
        let settled = now();
        let report = certify::check(plan.assets, &offers, &outcome).expect("the outcome is sound");
        told = format!(
            "tolerance {:.1e}, {} filled as a whole, at the margin {:.1e} of the volume unfilled, beaten {:.1e}",
            outcome.tolerance,
            report.whole,
            report.marginal / report.volume,
            report.failed / report.volume
        );
        let ready = now();
        session.change(&changes).expect("and so are these");
        let changed = now();
        session.price();
        let again = now();
        let times = [
            settled - started,
            sorted - started,
            priced - sorted,
            settled - priced,
            changed - ready,
            again - changed,
        ];
        first.get_or_insert(times);
        best = std::array::from_fn(|at| best[at].min(times[at]));
    }
    let set = if plan.hard { "hard" } else { "plain" };
    println!("{} assets, {} offers, {set}: {told}", plan.assets, plan.offers);
    let first = first.unwrap_or(best);
    for (at, part) in PARTS.iter().enumerate() {
        println!("  {part:28} best {:8.2} ms, first {:8.2} ms", best[at], first[at]);
    }
}
