//! Values from made-up trades, method by method, beside the textbook's way for least squares: sweeps that set each good to the mean of what its
//! trades say (Gauss-Seidel on the normal equations) until they are solved as far as ours.
//! `cargo bench -p bartizan-benches --bench valuation`.
//!
//! The trades: goods of values exp(U(0, ln 1000)), both goods of a trade at random, errors of 0.05, times in order. Timed is all from the trades in memory:
//! their check, their logarithms and the solve.

use bartizan_solver::stream::Stream;
use bartizan_solver::valuation::number::exp;
use bartizan_solver::valuation::{Evidence, Exchange, Kind, METHODS, Rankings, Settings, by_name};
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};

fn trades(goods: usize, count: usize) -> Vec<Exchange> {
    let mut stream = Stream::new(1);
    let truth: Vec<f64> = (0..goods).map(|_| 6.907_755_279 * stream.unit()).collect();
    (0..count)
        .map(|index| {
            let a = stream.below(goods as u64) as usize;
            let b = (a + 1 + stream.below(goods as u64 - 1) as usize) % goods;
            let error = 0.1 * (stream.unit() + stream.unit() + stream.unit() - 1.5);
            let given = exp(4.0 * stream.unit());
            let got = given * exp(truth[a] - truth[b] + error);
            Exchange { time: index as f64, ..Exchange::new(a as u32, b as u32, given, got) }
        })
        .collect()
}

/// The textbook's way; tells the greatest move of the last sweep.
fn textbook(goods: usize, trades: &[Exchange]) -> f64 {
    let mut rows: Vec<Vec<(u32, f64)>> = vec![Vec::new(); goods];
    for trade in trades {
        let rate = (trade.got / trade.given).ln();
        rows[trade.gives as usize].push((trade.gets, rate));
        rows[trade.gets as usize].push((trade.gives, -rate));
    }
    let mut value = vec![0.0; goods];
    loop {
        let mut most = 0.0_f64;
        for good in 0..goods {
            let row = &rows[good];
            let mean = row.iter().map(|(other, rate)| value[*other as usize] + rate).sum::<f64>()
                / row.len().max(1) as f64;
            most = most.max((mean - value[good]).abs());
            value[good] = mean;
        }
        if most < 1e-11 {
            return most;
        }
    }
}

fn least_squares(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("least squares");
    group.sample_size(10);
    for (goods, count) in [(100, 1_000), (1_000, 100_000), (10_000, 1_000_000)] {
        let trades = trades(goods, count);
        let name = format!("{count} trades, {goods} goods");
        let Kind::Values(estimate, _) = by_name("least-squares").expect("a method").kind else { return };
        group.bench_function(BenchmarkId::new("bartizan", &name), |bencher| {
            let value = |trades| {
                let evidence = Evidence::new(goods, trades, Rankings::default()).expect("good trades");
                estimate(&evidence, &Settings::default()).expect("values").log_value
            };
            bencher.iter_batched(|| trades.clone(), value, BatchSize::LargeInput);
        });
        group.bench_function(BenchmarkId::new("textbook", &name), |bencher| {
            bencher.iter(|| textbook(goods, &trades));
        });
    }
}

fn methods(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("100000 trades, 1000 goods");
    group.sample_size(10);
    let evidence = Evidence::new(1_000, trades(1_000, 100_000), Rankings::default()).expect("good trades");
    for method in METHODS {
        let Kind::Values(estimate, _) = method.kind else { continue };
        if estimate(&evidence, &Settings::default()).is_err() {
            println!("{}: does not take so many", method.name);
            continue;
        }
        group.bench_function(method.name, |bencher| {
            bencher.iter(|| estimate(&evidence, &Settings::default()).expect("values"));
        });
    }
}

criterion_group!(benches, least_squares, methods);
criterion_main!(benches);
