//! Netting: the most that can be cleared of obligations between firms: `cargo bench -p bartizan-benches --bench netting`.
//!
//! The networks are those of `bartizan generate obligations`, with seed 1.

use std::time::Instant;

use bartizan_io::generate::trade_credit::TradeCredit;
use bartizan_solver::certify::netting as certify;
use bartizan_solver::netting::{Obligations, clear};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn obligations(firms: usize, count: usize, seed: u64) -> Obligations {
    let mut obligations = Obligations { participants: firms, ..Obligations::default() };
    for (debtor, creditor, amount) in (TradeCredit { firms, obligations: count, seed }).draw() {
        obligations.push(debtor, creditor, amount);
    }
    obligations
}

fn main() {
    let is_measured = std::env::args().any(|word| word == "--bench");
    let sizes: &[(usize, usize)] = if is_measured {
        &[(1_000, 10_000), (10_000, 100_000), (100_000, 1_000_000), (1_000_000, 10_000_000)]
    } else {
        &[(100, 1_000)]
    };
    for &(firms, count) in sizes {
        let obligations = obligations(firms, count, 1);
        let total: i128 = obligations.amount.iter().map(|&amount| i128::from(amount)).sum();
        let levels = [vec![1; count]];
        let started = Instant::now();
        let clearing = clear(&obligations, &levels);
        let taken = started.elapsed().as_secs_f64();
        assert_eq!(certify::is_optimal(&obligations, &levels, &clearing), Ok(true));
        let cleared = certify::value(&obligations, &levels, &clearing.cleared).expect("it is a clearing")[0];
        let share = cleared as f64 / total as f64 * 100.0;
        println!(
            "{firms} firms, {count} obligations of {total}: {cleared} cleared ({share:.1}%), proven, in {taken:.3} s"
        );
    }
}
