//! Pools cleared within bounds on rings and chains, to a proven optimum: made up, and the published ones where they are there.
//! `cargo bench -p bartizan-benches --bench exchange`; one line of criterion's per pool and caps.

use std::path::Path;

use bartizan_io::generate::{KidneyModel, KidneyPool};
use bartizan_io::pool;
use bartizan_io::pool::rules::Rules;
use bartizan_solver::exchange::{Caps, Pool, solve};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

fn read(text: &[u8]) -> Pool {
    let format = pool::detect(text).expect("a pool");
    Rules::pool(&(format.read)(text, None).expect("a good pool"))
}

fn proven(criterion: &mut Criterion, name: &str, pool: &Pool) {
    let mut group = criterion.benchmark_group("exchange");
    group.sample_size(10);
    for caps in [Caps { ring: 3, chain: 0 }, Caps { ring: 3, chain: 4 }] {
        let told = format!("{name}, rings of {}, chains of {}", caps.ring, caps.chain);
        group.bench_function(BenchmarkId::from_parameter(told), |bencher| {
            bencher.iter(|| {
                let found = solve(pool, caps, u64::MAX, &mut |_, _| ());
                assert_eq!(found.gain, found.bound);
                found
            });
        });
    }
}

fn made_up(criterion: &mut Criterion) {
    for (name, model) in [("saidman", KidneyModel::Saidman), ("heterogeneous", KidneyModel::Heterogeneous)] {
        for pairs in [256, 512] {
            let mut text = Vec::new();
            let pool = KidneyPool { model, pairs, altruists: pairs / 20, seed: 1 };
            pool.write(&mut text).expect("writing to memory");
            proven(criterion, &format!("{name} {pairs}+{}", pairs / 20), &read(&text));
        }
    }
}

fn published(criterion: &mut Criterion) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/kidney/preflib");
    for name in ["KP_Num151_N256_A0.txt", "KP_Num201_N537_A25.txt", "KP_Num234_N1024_A0.txt"] {
        match std::fs::read(folder.join(name)) {
            Ok(text) => proven(criterion, name, &read(&text)),
            Err(_) => println!("{name} skipped: it is not there"),
        }
    }
}

criterion_group!(benches, made_up, published);
criterion_main!(benches);
