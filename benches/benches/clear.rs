//! Reading and clearing made-up rounds, and the real lists where they are there, beside the textbook
//! method. `cargo bench -p bartizan-benches --bench clear`; one line of criterion's per workload.

use std::path::Path;

use bartizan_benches::textbook_items;
use bartizan_engine::{Model, Objective};
use bartizan_io::clear::{Settings, clear};
use bartizan_io::format;
use bartizan_io::generate::MathTrade;
use bartizan_solver::{Face, LinearGains};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

fn made_up(items: usize) -> Vec<u8> {
    let mut text = Vec::new();
    MathTrade::new(items, 1).write(&mut text).expect("writing to memory");
    text
}

fn reading(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read");
    for items in [1_000, 10_000, 100_000] {
        let text = made_up(items);
        group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(20);
        group.bench_with_input(BenchmarkId::from_parameter(items), &text, |bencher, text| {
            bencher.iter(|| (format::detect(text).read)(text).expect("a good list"));
        });
    }
}

fn solving(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("solve for items");
    for items in [1_000, 10_000, 100_000] {
        let text = made_up(items);
        let reading = (format::detect(&text).read)(&text).expect("a good list");
        let model = Model::new(&reading.round).expect("a small round");
        let graph = &model.problem.graph;
        let gains = LinearGains::ByTaker(vec![1; graph.node_count()]);
        group.sample_size(10);
        group.bench_function(BenchmarkId::new("bartizan", items), |bencher| {
            bencher.iter(|| {
                let mut face = Face::whole(graph);
                face.optimise(graph, &gains, 1);
                face.takes
            });
        });
        if items <= 1_000 {
            group.bench_function(BenchmarkId::new("textbook", items), |bencher| {
                bencher.iter(|| textbook_items(graph));
            });
        }
    }
}

fn real_lists(criterion: &mut Criterion) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/mathtrade");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("real lists skipped: {} is not there", folder.display());
        return;
    };
    let mut group = criterion.benchmark_group("real list, items then users");
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        let text = std::fs::read(&path).expect("a readable file");
        let kind = format::by_name("trademaximizer").expect("a format");
        let Ok(mut reading) = (kind.read)(&text) else { continue };
        reading.round.objectives = vec![Objective::Items, Objective::Users];
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        group.sample_size(10).bench_function(name, |bencher| {
            bencher.iter(|| clear(&reading.round, &Settings::default(), &mut |_| ()).expect("a small round"));
        });
    }
}

criterion_group!(benches, reading, solving, real_lists);
criterion_main!(benches);
