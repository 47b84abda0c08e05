//! A batch auction from offers in memory to settled fills, and prices again after one offer in a hundred has changed:
//! `cargo bench -p bartizan-benches --bench auction`.
//!
//! The offers are those of `bartizan generate offers`, with seed 1. Of several runs the best is told.

use std::time::{Duration, Instant};

use bartizan_io::generate::offers::Offers;
use bartizan_solver::auction::{Change, Offer, Session};
use bartizan_solver::certify::auction as certify;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let is_measured = std::env::args().any(|word| word == "--bench");
    let (sizes, runs): (&[(usize, usize)], usize) =
        if is_measured { (&[(50, 5_000), (50, 50_000), (50, 1_000_000)], 7) } else { (&[(10, 1_000)], 1) };
    for &(assets, offers) in sizes {
        for hard in [false, true] {
            measure(Offers { assets, offers, hard, seed: 1 }, runs);
        }
    }
}

fn measure(plan: Offers, runs: usize) {
    let offers: Vec<Offer> = plan.draw().collect();
    let changes: Vec<Change> = Offers { seed: 2, offers: plan.offers / 100, ..plan }
        .draw()
        .enumerate()
        .map(|(number, offer)| Change { number: number as u32 * 97, offer })
        .collect();
    let mut best = [Duration::MAX; 4];
    let mut told = String::new();
    for _ in 0..runs {
        let owned = offers.clone();
        let started = Instant::now();
        let mut session = Session::new(plan.assets, owned).expect("the offers are sound");
        let sorted = started.elapsed();
        session.price();
        let priced = started.elapsed();
        let outcome = session.settle();
        let settled = started.elapsed();
        let report = certify::check(plan.assets, &offers, &outcome).expect("the outcome is sound");
        told = format!(
            "tolerance {:.1e}, {} of {} filled, beaten and unfilled {:.1e} of the volume",
            outcome.tolerance,
            report.whole,
            plan.offers,
            report.failed / report.volume
        );
        let started = Instant::now();
        session.change(&changes).expect("and so are these");
        session.price();
        let again = started.elapsed();
        let times = [settled, sorted, priced - sorted, again];
        best = std::array::from_fn(|at| best[at].min(times[at]));
    }
    let [whole, sorted, priced, again] = best.map(|time| format!("{:.2} ms", time.as_secs_f64() * 1e3));
    let set = if plan.hard { "hard" } else { "plain" };
    println!(
        "{} assets, {} offers, {set}: {whole} to settled fills, of which sorting {sorted} and prices {priced}; 1% changed: {again}; {told}",
        plan.assets, plan.offers
    );
}
