//! The journal in real files: a process killed in the middle of its work, two that want the same directory, files of
//! format version 1 that are kept here, and the program's `journal`.
//!
//! `BARTIZAN_JOURNAL_FIXTURE=write` writes the kept files anew, for a new version.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bartizan_engine::book::Time;
use bartizan_io::journal::layout::{Header, SECTOR, SegmentHeader};
use bartizan_io::journal::sim::{Faults, SimStorage};
use bartizan_io::journal::{
    Directory, JournalError, Operation, Options, Reader, Sequence, Snapshots, Storage, Writer, inspect,
};
use bartizan_tests::dice::Dice;
use bartizan_tests::program::{Scratch, run};
use bartizan_tests::realm_log::{Entry, Model, REALM, body, collect, read_from, take_snapshot, write};
use bartizan_tests::workspace;

/// Tells a process of this test that it is the one to be killed, and where to write.
const CHILD: &str = "BARTIZAN_JOURNAL_CHILD";

fn directory(path: &Path) -> Arc<dyn Storage> {
    Arc::new(Directory::open(path).expect("a folder of the test's own"))
}

/// The record that every run writes at `sequence`.
fn entry(sequence: u64) -> Entry {
    (sequence * 10, sequence.to_le_bytes().repeat((sequence % 100) as usize))
}

/// Writes until it is killed, and says on standard output what is durable. Without [`CHILD`] there is nothing to do.
#[test]
fn the_child() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let options = Options { segment_bytes: 64 << 10 };
    let (mut writer, _) = Writer::open_or_create(directory(Path::new(&path)), REALM, options).unwrap();
    loop {
        for _ in 0..20 {
            let sequence = writer.position().next().0;
            for next in sequence..=sequence + sequence % 40 {
                let (time, body) = entry(next);
                writer.append(Time(time), &body).unwrap();
            }
            println!("durable {}", writer.commit().unwrap().sequence);
        }
        writer.seal().unwrap();
    }
}

#[test]
fn a_killed_process_loses_nothing_that_it_called_durable() {
    let scratch = Scratch::new();
    let path = scratch.at("data");
    let mut told = 0;
    for round in 0..6_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_child", "--nocapture"])
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let is_durable = |line: &String| line.starts_with("durable ");
        told = durable(&lines.by_ref().map(Result::unwrap).find(is_durable).unwrap());
        std::thread::sleep(Duration::from_millis(7 * round + 1));
        child.kill().unwrap();
        child.wait().unwrap();
        // What it said before it died, the last line perhaps in part.
        told = lines.map_while(Result::ok).filter(is_durable).map(|line| durable(&line)).fold(told, u64::max);
        let storage = directory(&path);
        drop(Writer::open(Arc::clone(&storage), REALM, Options::default()).unwrap());
        let found = read_from(&storage, Sequence::FIRST).unwrap();
        assert!(found.len() as u64 >= told, "{} of {told}", found.len());
        found.iter().zip(1..).for_each(|(found, sequence)| assert!(*found == entry(sequence), "{sequence}"));
    }
    assert!(told > 100, "it worked");
}

/// The number in `durable 17`, or 0 if the line was not finished.
fn durable(line: &str) -> u64 {
    line.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[test]
fn one_process_at_a_time_writes() {
    let scratch = Scratch::new();
    let path = scratch.at("data");
    let storage = directory(&path);
    let mut writer = Writer::create(Arc::clone(&storage), REALM, Options::default()).unwrap();
    let second = Directory::open(&path).unwrap_err();
    assert_eq!(second.operation, Operation::Lock);
    assert!(second.to_string().contains("a process is writing it already"), "{second}");
    writer.append(Time(1), b"one").unwrap();
    writer.commit().unwrap();
    let looking: Arc<dyn Storage> = Arc::new(Directory::open_to_read(&path).unwrap());
    assert_eq!(read_from(&looking, Sequence::FIRST).unwrap(), [(1, b"one".to_vec())]);
    assert!(looking.create("x").is_err() && looking.open("lock").is_err());
    let again = Writer::create(Arc::clone(&storage), REALM, Options::default()).unwrap_err();
    assert!(matches!(again, JournalError::Present { .. }), "{again}");
    drop((writer, storage));
    Directory::open(&path).expect("the lock is free again");
}

/// Batches long and short, in segments that end in between: past the system's cache or through it, the files are the same, and whoever reads them
/// meanwhile sees what is durable.
#[test]
fn what_is_written_past_the_cache_is_what_is_written_through_it() {
    let scratch = Scratch::new();
    let mut dice = Dice::new(9);
    let lengths: Vec<usize> =
        (0..60).map(|_| [1, 700, 66_000, 300_000, 3_000_000][dice.below(5)] + dice.below(4_000)).collect();
    let written = [false, true].map(|is_past_cache| {
        let path = scratch.at(if is_past_cache { "past" } else { "through" });
        let storage: Arc<dyn Storage> =
            Arc::new(Directory::open(&path).expect("a folder of the test's own").past_cache(is_past_cache));
        let options = Options { segment_bytes: 8 << 20 };
        let (mut writer, _) = Writer::open_or_create(Arc::clone(&storage), REALM, options).unwrap();
        for (time, &length) in (0..).zip(&lengths) {
            writer.append(Time(time), &vec![time as u8 + 1; length]).unwrap();
            let end = writer.commit().unwrap();
            let newest = read_from(&storage, end.sequence).unwrap();
            assert_eq!(newest, [(time, vec![time as u8 + 1; length])]);
        }
        drop(writer);
        let (writer, recovery) = Writer::open(Arc::clone(&storage), REALM, options).unwrap();
        assert!(recovery.cut.is_none(), "nothing was unfinished");
        assert_eq!(writer.position().sequence.0, lengths.len() as u64);
        let names = storage.list().unwrap();
        names.into_iter().map(|name| (storage.read(&name).unwrap().to_vec(), name)).collect::<Vec<_>>()
    });
    assert!(written[0].len() > 3, "the journal rolls");
    assert!(written[0] == written[1]);
}

fn kept() -> PathBuf {
    workspace().join("tests/journals/version-1")
}

/// What the kept files hold, made anew.
fn as_kept() -> (SimStorage, Model) {
    let disk = SimStorage::new(0, Faults::default());
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    let options = Options { segment_bytes: 3 << 10 };
    let mut model = Model::default();
    let mut writer = Writer::create(Arc::clone(&storage), REALM, options).expect("nothing is broken");
    for length in [0, 1, 70, 900, 1] {
        let from = model.accepted.len() as u64;
        let batch = (0..3).map(|index| (1_000 + from + index, vec![index as u8; length])).collect();
        write(&mut writer, &mut model, batch).expect("nothing is broken");
        if length == 70 {
            take_snapshot(&storage, &writer, &mut model).expect("nothing is broken");
        }
    }
    writer.seal().expect("nothing is broken");
    (disk, model)
}

#[test]
fn files_of_version_1_are_read_and_written_as_they_were() {
    let (disk, model) = as_kept();
    let storage: Arc<dyn Storage> = Arc::new(Directory::open_to_read(&kept()).unwrap());
    let summary = inspect::verify(Arc::clone(&storage), Some(REALM)).unwrap();
    assert_eq!((summary.segments, summary.batches, summary.records), (3, 5, 15));
    assert_eq!(read_from(&storage, Sequence::FIRST).unwrap(), model.accepted);
    // Its snapshot is of a version that is left behind; today's is as long, and no damage is told.
    let outdated: Vec<String> = summary.outdated_snapshots.iter().map(ToString::to_string).collect();
    assert!(
        outdated.len() == 1 && outdated[0].contains("version 1, which is no longer read"),
        "{outdated:?}"
    );
    assert!(summary.snapshots.is_empty() && summary.damaged_snapshots.is_empty());
    let (newest, passed) = Snapshots::new(storage, REALM, 2).newest().unwrap();
    assert!(newest.is_none() && passed.len() == 1);
    // Nor did its segments name the rules by which their records were carried out.
    for (name, mut bytes) in disk.files().into_iter().filter(|(name, _)| !name.starts_with("snapshot-")) {
        let Header::Whole(header) = SegmentHeader::decode(&bytes) else { panic!("{name}: a header") };
        bytes[..SECTOR].copy_from_slice(&SegmentHeader { rules: 0, ..header }.encode());
        assert!(std::fs::read(kept().join(&name)).unwrap() == bytes, "{name} is written otherwise today");
    }
}

#[test]
fn a_snapshot_is_where_reading_goes_on_from() {
    let (disk, model) = as_kept();
    let storage: Arc<dyn Storage> = Arc::new(disk);
    let snapshot = Snapshots::new(Arc::clone(&storage), REALM, 2).newest().unwrap().0.unwrap();
    assert_eq!(snapshot.position.sequence, Sequence(9));
    assert!(snapshot.body() == body(snapshot.position));
    let mut reader = Reader::after(storage, Some(REALM), snapshot.position).unwrap();
    assert_eq!(collect(&mut reader, Sequence(10)).unwrap(), model.accepted[9..]);
}

#[test]
fn the_program_verifies_counts_and_shows() {
    let scratch = Scratch::new();
    for (name, bytes) in as_kept().0.files() {
        std::fs::write(scratch.at(&name), bytes).unwrap();
    }
    let folder = scratch.at("");
    let data = folder.to_str().unwrap();
    let say = |words: &[&str]| run(["journal"].iter().chain(words).copied().chain(["--data", data]));
    let sound = say(&["verify"]).clean();
    assert!(sound.starts_with("sound: 15 records in 5 batches in 3 segments\n"), "{sound}");
    let json: serde_json::Value = serde_json::from_str(&say(&["stat", "--json"]).clean()).unwrap();
    assert_eq!((json["records"].as_u64(), json["body_bytes"].as_u64()), (Some(15), Some(2_916)));
    assert!(say(&["stat"]).clean().contains("records    15, of 194.4 bytes"));
    let shown = say(&["dump", "--from", "4", "--hex"]).clean();
    assert!(shown.starts_with("4 1003 00\n5 1004 01\n6 1005 02\n"), "{shown}");
    let refused = say(&["dump"]).refused(1);
    assert!(refused.contains("record 1: ") && refused.contains("--hex"), "{refused}");
    let name = "journal-00000000000000000001.segment";
    let mut bytes = std::fs::read(scratch.at(name)).unwrap();
    bytes[1_024 + 100] ^= 1;
    std::fs::write(scratch.at(name), bytes).unwrap();
    let refused = say(&["verify"]).refused(1);
    let told = format!("{name}: byte 1024: the batch of sequences 4 to 6 is damaged: its checksum differs");
    assert!(refused.contains(&told), "{refused}");
}

/// Only the newest segment can be one whose making was not finished. Found by the fuzz target.
#[test]
fn two_segments_without_a_header_are_refused_and_left_as_they_are() {
    let (disk, _) = as_kept();
    let mut files = disk.files();
    files.retain(|(name, _)| name.starts_with("journal-"));
    for (_, bytes) in &mut files {
        bytes.truncate(395);
    }
    let disk = SimStorage::holding(files.clone());
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    let refused = Writer::open(storage, REALM, Options::default()).unwrap_err();
    let told = "journal-00000000000000000010.segment: byte 0: the file's header is damaged: it is missing";
    assert!(refused.to_string().starts_with(told), "{refused}");
    assert!(disk.files() == files, "nothing has been changed");
}

#[test]
fn a_damaged_snapshot_is_passed_over_for_the_one_before() {
    let (disk, mut model) = as_kept();
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    let (mut writer, _) = Writer::open(Arc::clone(&storage), REALM, Options::default()).unwrap();
    write(&mut writer, &mut model, vec![(2_000, b"more".to_vec())]).unwrap();
    take_snapshot(&storage, &writer, &mut model).unwrap();
    let mut dice = Dice::new(1);
    for _ in 0..200 {
        let offset = dice.below(512 + 1_600);
        let mask = 1 << dice.below(8);
        assert!(disk.flip_bit("snapshot-00000000000000000016", offset, mask));
        let snapshots = Snapshots::new(Arc::clone(&storage), REALM, 2);
        let (newest, passed) = snapshots.newest().unwrap();
        assert_eq!(newest.unwrap().position.sequence, Sequence(9));
        assert!(
            passed.len() == 1 && passed[0].to_string().starts_with("passed over snapshot-"),
            "{passed:?}"
        );
        disk.flip_bit("snapshot-00000000000000000016", offset, mask);
    }
    // Three more: the oldest go.
    for _ in 0..3 {
        write(&mut writer, &mut model, vec![(3_000, Vec::new())]).unwrap();
        take_snapshot(&storage, &writer, &mut model).unwrap();
    }
    let names: Vec<String> = disk.files().into_iter().map(|(name, _)| name).collect();
    let of_snapshots: Vec<&String> = names.iter().filter(|name| name.starts_with("snapshot-")).collect();
    assert_eq!(of_snapshots, ["snapshot-00000000000000000018", "snapshot-00000000000000000019"]);
}
