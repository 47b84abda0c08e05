//! Pools cleared within bounds on rings and chains, to a proven optimum: made up, and the published ones where they are there.
//! `cargo bench -p bartizan-benches --bench exchange`; one line of criterion's per pool and caps. Where `BARTIZAN_HIGHS` names `HiGHS`'s shared library
//! (`libhighs.so.1` of `PyPI`'s `highspy` 1.15), it is given the same columns once, if these are not too many.
//!
//! `-- caps` makes a table of the published pools at four caps instead, `-- lists` one of real lists of math trades within rings of 3, 4, 6 and 10, and
//! `-- bundles` one of made-up rounds of bundles among 400: what is reached, what nothing exceeds, and how long that took, within about a minute each.

use std::path::{Path, PathBuf};
use std::time::Instant;

use bartizan_io::generate::bundles::BundleRound;
use bartizan_io::generate::{KidneyModel, KidneyPool};
use bartizan_io::highs::Highs;
use bartizan_io::pool::packing::packing;
use bartizan_io::pool::rules::Rules;
use bartizan_io::{format, pool};
use bartizan_solver::budget::Budget;
use bartizan_solver::bundle;
use bartizan_solver::exchange::{Caps, Level, Pool, solve};
use criterion::{BenchmarkId, Criterion};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Steps for one line of a table: about a minute of a core.
const STEPS: u64 = 32_000_000_000;

/// `HiGHS` is given so many columns at most, and so many seconds.
const MOST_COLUMNS: usize = 100_000;
const SECONDS: f64 = 120.0;

const LISTS: [&str; 4] = ["ask2007.txt", "BR2024May.txt", "onewant.txt", "ragan_pref.txt"];

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data")
}

fn read(text: &[u8]) -> Pool {
    let format = pool::detect(text).expect("a pool");
    Rules::pool(&(format.read)(text, None).expect("a good pool"))
}

fn read_list(text: &[u8]) -> Pool {
    let reading = (format::detect(text).read)(text).expect("a good list");
    Rules::pool(&pool::round::pool(&reading.round, reading.format).expect("a list without money"))
}

fn proven(criterion: &mut Criterion, name: &str, pool: &Pool) {
    for caps in [Caps { ring: 3, chain: 0 }, Caps { ring: 3, chain: 4 }] {
        let told = format!("{name}, rings of {}, chains of {}", caps.ring, caps.chain);
        let mut group = criterion.benchmark_group("exchange");
        group.sample_size(10);
        let mut gain = None;
        group.bench_function(BenchmarkId::from_parameter(&told), |bencher| {
            bencher.iter(|| {
                let found = solve(pool, caps, Budget::UNLIMITED, &mut |_, _| ());
                assert_eq!(found.gain, found.bound);
                gain = Some(found.gain);
                found
            });
        });
        group.finish();
        if let (Some(gain), Some(path)) = (gain, std::env::var_os("BARTIZAN_HIGHS")) {
            beside(&told, pool, caps, gain, Path::new(&path));
        }
    }
}

/// What `HiGHS` makes of all rings and chains as columns.
fn beside(told: &str, pool: &Pool, caps: Caps, gain: i64, library: &Path) {
    let level = Level { gains: vec![1; pool.arc_count()], ring_gain: 0 };
    let Some(program) = packing(pool, caps, &[level], MOST_COLUMNS) else {
        println!("{told}: HiGHS is not asked: there are more than {MOST_COLUMNS} columns");
        return;
    };
    let highs = Highs::load(library).expect("BARTIZAN_HIGHS names HiGHS's shared library");
    let opinion = highs.maximise(&program, 0, &[], SECONDS).expect("HiGHS takes the program");
    if opinion.value == opinion.bound {
        assert_eq!(opinion.value, Some(gain), "{told}");
    }
    println!(
        "{told}: HiGHS {} on {} columns: {:?} of at most {:?} in {:.2?}, ours is {gain}",
        highs.version(),
        program.most.len(),
        opinion.value.unwrap_or(0),
        opinion.bound.unwrap_or(i64::MAX),
        opinion.took
    );
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
    for name in ["KP_Num151_N256_A0.txt", "KP_Num201_N537_A25.txt", "KP_Num234_N1024_A0.txt"] {
        match std::fs::read(data().join("kidney/preflib").join(name)) {
            Ok(text) => proven(criterion, name, &read(&text)),
            Err(_) => println!("{name} skipped: it is not there"),
        }
    }
}

/// One line: what is reached within about a minute.
fn line(name: &str, pool: &Pool, caps: Caps) {
    let started = Instant::now();
    let found = solve(pool, caps, Budget::new(STEPS), &mut |_, _| ());
    let (seconds, gap) = (started.elapsed().as_secs_f64(), found.bound - found.gain);
    let told = if gap == 0 { "proven".to_owned() } else { format!("at most {}", found.bound) };
    println!("{name:<24} {:>4} {:>5} {:>6} {told:<13} {seconds:>7.2} s", caps.ring, caps.chain, found.gain);
}

fn lists() {
    println!("list                     ring chain traded");
    for name in LISTS {
        match std::fs::read(data().join("mathtrade").join(name)) {
            Ok(text) => {
                let pool = read_list(&text);
                for ring in [3, 4, 6, 10] {
                    line(name, &pool, Caps { ring, chain: 0 });
                }
            }
            Err(_) => println!("{name} skipped: it is not there"),
        }
    }
}

fn caps() {
    println!("pool                     ring chain traded");
    for folder in ["preflib", "generated"] {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(data().join("kidney").join(folder))
            .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
            .unwrap_or_default();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "txt" || ending == "wmd"));
        paths.sort();
        for path in paths {
            let pool = read(&std::fs::read(&path).expect("the file was listed"));
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            for (ring, chain) in [(3, 0), (3, 4), (4, 0), (5, 0)] {
                line(&name, &pool, Caps { ring, chain });
            }
        }
    }
}

fn bundles() {
    println!("seed  values, and bounds where they are greater");
    for seed in 1..=10 {
        let mut text = Vec::new();
        BundleRound { participants: 400, money: false, seed }.write(&mut text).expect("writing to memory");
        let round = format::json::read_bundles(&text).expect("a good round").expect("bundles");
        let started = Instant::now();
        let found = bundle::solve(&round.problem, Budget::new(50_000_000_000), &mut |_, _, _| ());
        let told = found.values.iter().zip(&found.bounds).map(|(value, bound)| match bound - value {
            0 => format!("{value} proven"),
            _ => format!("{value} of at most {bound}"),
        });
        let told: Vec<String> = told.collect();
        println!("{seed:>4}  {:<32} {:>7.2} s", told.join(", "), started.elapsed().as_secs_f64());
    }
}

fn main() {
    let is_asked = |table: &str| std::env::args().skip(1).any(|argument| argument == table);
    if is_asked("lists") {
        lists();
    } else if is_asked("caps") {
        caps();
    } else if is_asked("bundles") {
        bundles();
    } else {
        let mut criterion = Criterion::default().configure_from_args();
        made_up(&mut criterion);
        published(&mut criterion);
        criterion.final_summary();
    }
}
