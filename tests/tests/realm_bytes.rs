//! A realm's directory of an earlier day, kept in `tests/journals/realm-1`: today's code reads it, answers as it did, and is in the same state after every
//! command, in every build and on every machine; and it would write the same bytes again.
//!
//! A change that is meant to change states or answers writes it anew: `BARTIZAN_BLESS=1 cargo test -p bartizan-tests --test realm_bytes`. A
//! directory of a format that is left behind stays, beside the new one.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use bartizan_engine::codec::Codec;
use bartizan_engine::event::Events;
use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm::command::Envelope;
use bartizan_engine::realm::{RULES, Realm};
use bartizan_io::journal::layout::{Header, SECTOR, SegmentHeader};
use bartizan_io::journal::sim::{Faults, SimStorage};
use bartizan_io::journal::{self, Directory, RealmId, Snapshots, Storage, inspect};
use bartizan_io::node::history::{SNAPSHOTS_KEPT, digest};
use bartizan_io::node::intake::{self, Line};
use bartizan_io::node::{History, Node, Options, snapshot};
use bartizan_tests::workspace;

/// Commands that are made durable together.
const GROUP: usize = 6;

/// After how many commands a snapshot is taken.
const SNAPSHOTS: [usize; 2] = [30, 66];

const REALM: RealmId = RealmId(*b"a realm to keep.");

fn kept(name: &str) -> PathBuf {
    workspace().join("tests/journals/realm-1").join(name)
}

fn commands() -> Vec<(u64, Envelope)> {
    let text = std::fs::read(kept("commands.jsonl")).expect("it is part of the repository");
    let read = |(number, line)| intake::read_line(number, line).expect("a command, or nothing");
    let lines = intake::lines(&text).filter_map(read);
    lines.map(|line| (line.time.expect("each has its time"), Line::into_envelope(line))).collect()
}

/// The same directory written today, and a line for each command: its sequence, its answer, and the beginning of the state's digest.
fn written() -> (SimStorage, Vec<String>) {
    let disk = SimStorage::new(0, Faults::default());
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    let options = Options { journal: journal::Options { segment_bytes: 6 << 10 } };
    let (mut node, _) = Node::open(&storage, REALM, options).expect("an empty disk");
    for (at, group) in commands().chunks(GROUP).enumerate() {
        for (time, envelope) in group {
            node.take(*time, envelope.clone()).expect("a small group");
        }
        node.commit(|_, _, _, _| ()).expect("the disk works");
        if SNAPSHOTS.contains(&((at + 1) * GROUP)) {
            snapshot::take(&storage, node.position()).expect("the disk works");
        }
    }
    node.rest().expect("the disk works");
    let history = History::from_start(storage).expect("it was written a moment ago");
    (disk, states(history))
}

/// What a history tells from where it starts.
fn states(history: History) -> Vec<String> {
    let mut told = Vec::new();
    let run = history.run(None, |moment| {
        let state = digest(moment.realm).to_hex();
        told.push(format!("{} {} {}", moment.sequence.0, moment.answer.0, &state[..16]));
    });
    run.expect("it can be read");
    told
}

fn known_states() -> Vec<String> {
    let text = std::fs::read_to_string(kept("states.txt")).expect("it is part of the repository");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_realm_of_an_earlier_day_is_what_it_was_after_every_command() {
    if std::env::var_os("BARTIZAN_BLESS").is_some() {
        let (disk, states) = written();
        let is_old = |name: &str| name.starts_with("journal-") || name.starts_with("snapshot-");
        for entry in std::fs::read_dir(kept("")).expect("it is part of the repository") {
            let entry = entry.expect("the folder can be listed");
            if is_old(&entry.file_name().to_string_lossy()) {
                std::fs::remove_file(entry.path()).expect("it can be removed");
            }
        }
        for (name, bytes) in disk.files() {
            std::fs::write(kept(&name), bytes).expect("it can be written");
        }
        std::fs::write(kept("states.txt"), states.join("\n") + "\n").expect("it can be written");
    }
    let storage: Arc<dyn Storage> = Arc::new(Directory::open_to_read(&kept("")).expect("it is there"));
    let known = known_states();
    let told = states(History::from_start(Arc::clone(&storage)).expect("it is sound"));
    let differs = told.iter().zip(&known).find(|(now, then)| now != then);
    assert!(told == known, "sequence, answer and state are another: {differs:?}");

    let commands = commands();
    let mut read = Vec::new();
    let history = History::from_start(Arc::clone(&storage)).expect("it is sound");
    history.run(None, |moment| read.push((moment.time, moment.envelope.clone()))).expect("it is sound");
    assert!(read == commands, "the journal's commands are those of commands.jsonl");
    for (_, envelope) in &commands {
        assert_eq!(Envelope::from_bytes(&envelope.to_bytes()).as_ref(), Ok(envelope));
    }
}

#[test]
fn its_snapshots_are_what_its_journal_comes_to() {
    let storage: Arc<dyn Storage> = Arc::new(Directory::open_to_read(&kept("")).expect("it is there"));
    let summary = inspect::verify(Arc::clone(&storage), Some(REALM)).expect("it is sound");
    assert_eq!(summary.snapshots.len(), SNAPSHOTS.len());
    assert!(summary.segments > 1 && summary.tail.is_none());
    let known = known_states();
    for at in SNAPSHOTS {
        let until = Sequence(at as u64);
        let history = History::from_snapshot(Arc::clone(&storage), Some(until)).expect("it is sound");
        assert_eq!(history.start().map(|position| position.sequence.0), Some(until.0));
        history.realm().check();
        let from_start = History::from_start(Arc::clone(&storage)).expect("it is sound");
        let (again, _) = from_start.run(Some(until), |_| ()).expect("it is sound");
        assert!(again.to_bytes() == history.realm().to_bytes(), "snapshot {at} is another state");
        assert!(states(history) == known[at..], "after snapshot {at} it goes on otherwise");
    }
    let newest = Snapshots::new(storage, REALM, SNAPSHOTS_KEPT).newest().expect("it can be read").0;
    assert_eq!(newest.expect("there is one").position.sequence.0, SNAPSHOTS[1] as u64);
}

#[test]
fn a_snapshot_that_is_no_state_is_passed_over() {
    let (disk, known) = written();
    let storage: Arc<dyn Storage> = Arc::new(disk);
    let whole = History::from_start(Arc::clone(&storage)).expect("it is sound");
    let (whole, end) = whole.run(None, |_| ()).expect("it is sound");
    let snapshots = Snapshots::new(Arc::clone(&storage), REALM, SNAPSHOTS_KEPT);
    let put_no_state = |position| {
        let mut writer = snapshots.begin(position).expect("the disk works");
        writer.write_all(b"no state").expect("the disk works");
        writer.finish().expect("the disk works")
    };
    let older = snapshots.newest().expect("it can be read").0.expect("there is one").position;
    assert!(older.sequence < end.sequence);
    let name = put_no_state(end);
    let history = History::from_snapshot(Arc::clone(&storage), None).expect("the older one does");
    assert_eq!(history.start(), Some(older));
    let said: Vec<String> = history.passed().iter().map(ToString::to_string).collect();
    assert!(
        said.len() == 1 && said[0].contains(&name) && said[0].contains("no state of a realm"),
        "{said:?}"
    );

    put_no_state(older);
    let history = History::from_snapshot(Arc::clone(&storage), None).expect("the journal does");
    assert_eq!((history.start(), history.passed().len()), (None, 2));
    assert!(states(history) == known, "the journal alone tells the same");
    let options = Options { journal: journal::Options { segment_bytes: 6 << 10 } };
    let (node, opened) = Node::open(&storage, REALM, options).expect("the journal has everything");
    assert_eq!(opened.passed.len(), 2);
    assert!(node.realm().to_bytes() == whole.to_bytes(), "the node is in another state");
}

/// A snapshot of format version 1, of realm-1 at its command 66: it does not know what commands made.
#[test]
fn a_snapshot_of_an_earlier_format_is_passed_over_and_the_journal_does() {
    let name = "snapshot-00000000000000000066";
    let old = std::fs::read(workspace().join("tests/journals/snapshot-1").join(name)).expect("it is kept");
    let files = written().0.files().into_iter().filter(|(name, _)| name.starts_with("journal-"));
    let storage: Arc<dyn Storage> = Arc::new(SimStorage::holding(files.chain([(name.to_owned(), old)])));
    let summary = inspect::verify(Arc::clone(&storage), Some(REALM)).expect("it is sound");
    assert_eq!((summary.outdated_snapshots.len(), summary.damaged_snapshots.len()), (1, 0));
    let history = History::from_snapshot(Arc::clone(&storage), None).expect("the journal does");
    let said: Vec<String> = history.passed().iter().map(ToString::to_string).collect();
    assert!(said.len() == 1 && said[0].contains(name) && said[0].contains("no longer read"), "{said:?}");
    assert!(history.start().is_none() && states(history) == known_states());
}

/// A realm with other rules would tell another history of the same commands, so none is told.
#[test]
fn a_journal_of_other_rules_is_refused() {
    for other in [0, RULES + 1] {
        let mut files = written().0.files();
        let last = files.iter_mut().rfind(|(name, _)| name.starts_with("journal-")).expect("there is one");
        let Header::Whole(header) = SegmentHeader::decode(&last.1) else { panic!("it is whole") };
        assert_eq!(header.rules, RULES);
        last.1[..SECTOR].copy_from_slice(&SegmentHeader { rules: other, ..header }.encode());
        let name = last.0.clone();
        let storage: Arc<dyn Storage> = Arc::new(SimStorage::holding(files));
        let error = Node::open(&storage, REALM, Options::default()).expect_err("it is refused").to_string();
        let told =
            format!("{name} was written by rules {other} of a realm, and this program has rules {RULES}");
        assert!(error.starts_with(&told), "{error}");
    }
}

#[test]
fn a_time_that_no_clock_shows_is_malformed() {
    let line = |time: u64| {
        let text = format!(
            r#"{{"id": 1, "time": {time}, "command": {{"RegisterAgent": {{"name": "ann", "roles": []}}}}}}"#
        );
        intake::read_line(7, text.as_bytes())
    };
    let last = line(intake::LATEST).expect("the last time").expect("a command");
    assert_eq!(last.time, Some(i64::MAX as u64));
    let error = line(intake::LATEST + 1).expect_err("too late");
    assert_eq!(error.line, 7);
    assert!(error.column > 10 && error.cause.contains("2262"), "{error}");
}

#[test]
fn a_market_of_frequent_calls_is_sound_at_the_end_of_time() {
    let mut realm = Realm::new();
    let mut events = Events::default();
    let mut apply = |time, envelope: &Envelope| {
        events.clear();
        let sequence = Sequence(realm.sequence().0 + 1);
        let answer = realm.apply(sequence, time, envelope, &mut events);
        let again = Realm::from_bytes(&realm.to_bytes());
        (answer, again.map(|again| again.to_bytes() == realm.to_bytes()))
    };
    let market =
        commands().into_iter().take_while(|(_, envelope)| envelope.command.name() != "SetMarketBands");
    for (time, envelope) in market {
        apply(time, &envelope).1.expect("a sound state");
    }
    let asked = [
        (
            1_764_054_250_000_000_000,
            r#""AmendMarket": {"market": 1, "mechanism": {"FrequentCall": {"every": 1000000}}}"#,
        ),
        (u64::MAX, r#""OpenAccount": {"owner": 3, "asset": 1}"#),
    ];
    for (id, (time, command)) in (1000..).zip(asked) {
        let text = format!(r#"{{"id": {id}, "actor": 3, "command": {{{command}}}}}"#);
        let line = intake::read_line(1, text.as_bytes()).expect("a command").expect("a command");
        let (answer, again) = apply(time, &line.into_envelope());
        assert!(answer.is_done(), "{command}: {answer:?}");
        assert_eq!(again, Ok(true), "{command}");
    }
}

/// Every kind of command is in it, so none changes its bytes or its meaning unseen.
#[test]
fn every_command_is_in_it_and_is_written_as_it_was() {
    let mut names: Vec<&str> = commands().iter().map(|(_, envelope)| envelope.command.name()).collect();
    names.sort_unstable();
    names.dedup();
    let schema = all_names();
    assert_eq!(names, schema, "commands.jsonl has every command");
    for (name, bytes) in written().0.files() {
        let then = std::fs::read(kept(&name)).expect("it is part of the repository");
        assert!(then == bytes, "{name} is written otherwise today");
    }
}

/// The names of all commands, as the program tells them.
fn all_names() -> Vec<String> {
    let said = bartizan_tests::program::run(["schema"]).clean();
    let schema: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    let all = schema["$defs"]["Command"]["oneOf"].as_array().expect("alternatives");
    let name = |one: &serde_json::Value| one["required"][0].as_str().expect("one field").to_owned();
    let mut names: Vec<String> = all.iter().map(name).collect();
    names.sort_unstable();
    names
}
