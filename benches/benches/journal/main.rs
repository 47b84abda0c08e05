//! The journal on a real disk beside the least that durability costs, a bare `write` and `fdatasync` of the same bytes:
//! `cargo bench -p bartizan-benches --bench journal [DIR]`, about a minute. DIR lies on the disk that is measured; by
//! default it is the target folder, since a system's temporary folder may be in memory.
//!
//! Records have 64 bytes, in batches of 1, 64, 1,024 and 8,192. A batch of the journal and a bare one take turns, so that
//! both meet the same disk. The bare one writes what the journal writes, its framing included, at the same offsets of a
//! growing file. Then the journal is read from mapped files that the system has in memory.
//!
//! Criterion has no part in it: what a sync takes is a matter of the disk, and its quantiles are what counts.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bartizan_engine::book::Time;
use bartizan_io::journal::layout::{RECORD_HEADER, frame_length};
use bartizan_io::journal::{Directory, Options, Reader, RealmId, Sequence, Storage, Writer};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BODY: usize = 64;
const REALM: RealmId = RealmId(*b"a benched realm.");

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_measured = arguments.iter().any(|word| word == "--bench");
    let given = arguments.iter().find(|word| !word.starts_with("--")).map(PathBuf::from);
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("journal-{}", std::process::id()));
    let folder = given.map_or(target, |given| given.join(format!("journal-{}", std::process::id())));
    fs::create_dir_all(&folder).expect("the folder can be made");
    println!("records of {BODY} bytes; times of one commit in microseconds");
    for (batch, commits) in [(1, 800), (64, 800), (1_024, 400), (8_192, 200)] {
        let commits = if is_measured { commits } else { 3 };
        durable(&folder.join(format!("batch-{batch}")), batch, commits);
    }
    let records = if is_measured { 10_000_000 } else { 10_000 };
    reading(&folder.join("reading"), records);
    fs::remove_dir_all(&folder).expect("the folder can be removed");
}

/// Commits batches through the journal, and writes as many bytes without it, in turn.
fn durable(folder: &Path, batch: usize, commits: usize) {
    let storage: Arc<dyn Storage> = Arc::new(Directory::open(folder).expect("the folder can be opened"));
    let mut writer = Writer::create(storage, REALM, Options::default()).expect("the folder is empty");
    let bare = create(&folder.join("bare"));
    let frame = vec![1; frame_length(batch * (RECORD_HEADER + BODY))];
    let bodies: Vec<[u8; BODY]> = (0..batch).map(|index| [index as u8 | 1; BODY]).collect();
    let [mut ours, mut appends, mut theirs, mut writes] = [const { Vec::new() }; 4];
    let mut offset = 0;
    for commit in 0..commits {
        let start = Instant::now();
        for body in &bodies {
            writer.append(Time(commit as u64), body).expect("a batch has room");
        }
        appends.push(start.elapsed());
        writer.commit().expect("the disk works");
        ours.push(start.elapsed());
        let start = Instant::now();
        bare.write_all_at(&frame, offset).expect("the disk works");
        writes.push(start.elapsed());
        bare.sync_data().expect("the disk works");
        theirs.push(start.elapsed());
        offset += frame.len() as u64;
    }
    println!("batch of {batch}: {commits} commits of {} bytes", frame.len());
    print("journal", batch, frame.len(), &mut ours);
    print("bare write and fdatasync", batch, frame.len(), &mut theirs);
    println!(
        "  of which without the sync: appending {:.1}, bare write {:.1} at the median",
        quantile(&mut appends, 50),
        quantile(&mut writes, 50)
    );
}

fn create(path: &Path) -> File {
    OpenOptions::new().write(true).create_new(true).open(path).expect("the folder can be written")
}

fn quantile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    times[(times.len() * percent / 100).min(times.len() - 1)].as_secs_f64() * 1e6
}

fn print(name: &str, batch: usize, bytes: usize, times: &mut [Duration]) {
    let total: Duration = times.iter().sum();
    let commits = times.len() as f64 / total.as_secs_f64();
    let [p50, p90, p99] = [50, 90, 99].map(|percent| quantile(times, percent));
    println!(
        "  {name:<26} {:>11.0} records/s  {:>7.2} MB/s   p50 {p50:>7.0}  p90 {p90:>7.0}  p99 {p99:>7.0}",
        commits * batch as f64,
        commits * bytes as f64 / 1e6
    );
}

/// Writes `records` in batches, and reads them back: what the processor takes for both, and the disk in one figure.
fn reading(folder: &Path, records: usize) {
    let storage: Arc<dyn Storage> = Arc::new(Directory::open(folder).expect("the folder can be opened"));
    let mut writer =
        Writer::create(Arc::clone(&storage), REALM, Options::default()).expect("the folder is empty");
    let start = Instant::now();
    for index in 0..records {
        writer.append(Time(index as u64), &[index as u8 | 1; BODY]).expect("a batch has room");
        if index % 65_536 == 65_535 {
            writer.commit().expect("the disk works");
        }
    }
    writer.commit().expect("the disk works");
    let written = start.elapsed().as_secs_f64();
    drop(writer);
    println!("{records} records in batches of 65,536");
    println!("  written, durable: {:.2} M records/s", records as f64 / written / 1e6);
    for round in 1..=3 {
        let start = Instant::now();
        let mut reader =
            Reader::new(Arc::clone(&storage), Some(REALM), Sequence::FIRST).expect("it is sound");
        let (mut count, mut sum) = (0, 0_u64);
        while let Some(batch) = reader.next_batch().expect("it is sound") {
            for record in batch.records {
                count += 1;
                sum = sum.wrapping_add(record.time.0 ^ u64::from(record.body[0]));
            }
        }
        assert_eq!(count, records);
        let took = start.elapsed().as_secs_f64();
        let bytes = records as f64 * (BODY + RECORD_HEADER) as f64;
        println!(
            "  read {round}: {:.2} M records/s, {:.2} GB/s, all checked ({})",
            records as f64 / took / 1e6,
            bytes / took / 1e9,
            sum % 10
        );
    }
}
