//! What no crash does: bits that rot, sectors and files that are lost, writes that go elsewhere. None of it is ever taken for the truth: it is
//! refused by file and byte, or it lies where nothing depends on it.

use std::sync::Arc;

use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::command::{AdvanceClock, Command, Envelope};
use bartizan_engine::realm::ids::CommandId;
use bartizan_io::journal::layout::SECTOR;
use bartizan_io::journal::sim::{End, Faults, SimStorage};
use bartizan_io::journal::{Cause, JournalError, Storage, inspect};
use bartizan_io::node::{HistoryError, Node, NodeError, Opened, Options};
use bartizan_tests::lives::live;
use bartizan_tests::realm_log::{REALM, SMALL};

use crate::client::{Client, damage, state};

/// Lives on every test run, for each kind of damage.
const SEEDS: u64 = 400;

fn open(disk: &SimStorage) -> Result<(Node, Opened), NodeError> {
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    Node::open(&storage, REALM, Options { journal: SMALL })
}

/// A client after a life without a fault, its node at rest.
fn sound(seed: u64) -> Client {
    let mut client = Client::new(seed);
    for _ in 0..=client.dice.below(2) {
        let mut node = client.start().expect("nothing is broken");
        for _ in 0..2 + client.dice.below(10) {
            client.send(&mut node).expect("nothing is broken");
            if client.dice.below(5) == 0 {
                client.take_snapshot(&node).expect("nothing is broken");
            }
        }
        // Its end is sealed by rest, or by who opens it again.
        if client.dice.below(2) == 0 {
            node.rest().expect("nothing is broken");
            client.disk.restart(End::PowerCut);
        } else {
            client.disk.restart(End::ProcessDeath);
            drop(client.start().expect("nothing is broken"));
        }
    }
    client
}

fn is_snapshot(name: &str) -> bool {
    name.starts_with("snapshot-")
}

/// A node that opened in spite of a damage: all that was answered is there.
fn is_whole(client: &Client, opened: &(Node, Opened)) {
    assert_eq!(opened.0.realm().sequence().0, client.log.len() as u64);
    client.compare(opened.0.realm());
}

#[test]
fn a_flipped_bit_is_refused_or_matters_to_nothing() {
    live("NODE", SEEDS, |seed| {
        let mut client = sound(seed);
        let files = client.disk.files();
        let (name, bytes) = &files[client.dice.below(files.len())];
        let (offset, mask) = (client.dice.below(bytes.len()), 1 << client.dice.below(8));
        assert!(client.disk.flip_bit(name, offset, mask));
        let place = format!("{name}: byte {offset}, bits {mask}");
        match inspect::verify(Arc::clone(&client.storage), Some(REALM)) {
            Err(JournalError::Damage(damage)) => {
                assert!(damage.file == *name && damage.offset <= offset as u64, "{place}: {damage}");
            }
            Ok(summary) => {
                let damaged = summary.damaged_snapshots;
                assert!(damaged.len() == 1 && damaged[0].file == *name, "{place}: {damaged:?}");
            }
            Err(other) => panic!("{place}: {other}"),
        }
        let before = client.disk.files();
        match open(&client.disk) {
            Ok(opened) => {
                is_whole(&client, &opened);
                assert_eq!(opened.1.recovery.cut, None, "{place}");
                assert!(opened.1.passed.iter().all(|passed| passed.0.file == *name), "{place}");
            }
            Err(error) => {
                let damage = damage(error).expect("the disk works");
                assert!(damage.file == *name && damage.offset <= offset as u64, "{place}: {damage}");
                assert!(!is_snapshot(name), "{place}: the journal does without");
                assert!(client.disk.files() == before, "{place}: nothing is changed");
            }
        }
    });
}

#[test]
fn a_lost_sector_takes_nothing_along_that_was_answered() {
    live("NODE", SEEDS, |seed| {
        let mut client = sound(seed);
        let files = client.disk.files();
        let (name, bytes) = &files[client.dice.below(files.len())];
        let offset = client.dice.below(bytes.len());
        assert!(client.disk.zero_sector(name, offset));
        match open(&client.disk) {
            Ok(opened) => is_whole(&client, &opened),
            Err(error) => {
                let damage = damage(error).expect("the disk works");
                assert!(!is_snapshot(name), "{name}: byte {offset}: {damage}");
            }
        }
    });
}

#[test]
fn a_lost_file_is_missed_unless_it_is_a_snapshot() {
    live("NODE", SEEDS, |seed| {
        let mut client = sound(seed);
        let files = client.disk.files();
        let segments = files.iter().filter(|(name, _)| !is_snapshot(name)).count();
        let at = client.dice.below(files.len());
        let name = files[at].0.clone();
        let (journal_is_lost, is_a_snapshot) = (segments == 1 && !is_snapshot(&name), is_snapshot(&name));
        let rest = files.into_iter().filter(|(other, _)| *other != name);
        let disk = SimStorage::holding(rest);
        let verified = inspect::verify(Arc::new(disk.clone()), Some(REALM));
        assert_eq!(verified.is_ok(), is_a_snapshot, "{name}: {verified:?}");
        let (before, has_snapshots) = (disk.files(), disk.files().iter().any(|(name, _)| is_snapshot(name)));
        match open(&disk) {
            // With the only segment, and no snapshot, all is gone that could tell of it.
            Ok(opened) if journal_is_lost && !has_snapshots => assert_eq!(opened.0.realm().sequence().0, 0),
            Ok(opened) => is_whole(&client, &opened),
            Err(error) => {
                assert!(damage(error).is_some() && !is_a_snapshot, "{name}");
                assert!(disk.files() == before, "{name}: nothing is changed");
            }
        }
    });
}

#[test]
fn a_journal_that_is_shorter_than_its_snapshots_is_refused() {
    live("NODE", SEEDS, |seed| {
        let mut client = sound(seed);
        if client.snapshot == 0 {
            return;
        }
        let mut files = client.disk.files();
        let last = files.iter().rposition(|(name, _)| !is_snapshot(name)).expect("there is a journal");
        let length = client.dice.below(files[last].1.len());
        files[last].1.truncate(length);
        if client.dice.below(2) == 0 {
            // A snapshot that is damaged too still says how long the journal was.
            let snapshots = files.iter_mut().filter(|(name, _)| is_snapshot(name));
            snapshots.for_each(|(_, bytes)| bytes[600] ^= 1);
        }
        let disk = SimStorage::holding(files.clone());
        match open(&disk) {
            // What the snapshots have is there at the least.
            Ok((node, _)) => {
                let found = node.realm().sequence().0;
                assert!(found >= client.snapshot, "{found} of at least {}", client.snapshot);
                let known = client.states.iter().find(|(length, _)| *length as u64 == found);
                assert!(known.is_some_and(|known| known.1 == state(node.realm())), "another state");
            }
            Err(error) => {
                let damage = damage(error).expect("the disk works");
                assert!(damage.offset <= length as u64 && disk.files() == files, "{damage}");
            }
        }
    });
}

/// A realm in which nothing happened, at other times each.
fn quiet(start: u64) -> SimStorage {
    let disk = SimStorage::new(0, Faults::default());
    let (mut node, _) = open(&disk).expect("an empty disk");
    for step in 1..=40 {
        let command = Command::AdvanceClock(AdvanceClock {});
        let envelope = Envelope { id: CommandId(step), actor: AgentId::REALM, command };
        node.take(start + step as u64, envelope).expect("a small group");
        node.commit(|_, _, answer, _| assert!(answer.is_done())).expect("the disk works");
    }
    node.rest().expect("the disk works");
    disk
}

#[test]
fn a_segment_of_another_history_of_the_same_realm_is_refused() {
    let (one, other) = (quiet(0).files(), quiet(1_000).files());
    assert!(one.len() > 2, "the journal rolls");
    for (at, (name, bytes)) in other.into_iter().enumerate() {
        assert_eq!(one[at].0, name);
        let mut mixed = one.clone();
        mixed[at].1 = bytes;
        let disk = SimStorage::holding(mixed.clone());
        let refused = open(&disk).map(|_| ()).expect_err("two histories");
        let damage = damage(refused).expect("the disk works");
        assert!(matches!(damage.cause, Cause::Chain { .. }), "{damage}");
        assert!(disk.files() == mixed, "nothing is changed");
    }
}

/// Every frame of both is sound by itself, and stands where it was written for.
#[test]
fn frames_of_another_history_within_a_segment_are_refused() {
    let (one, other) = (quiet(0).files(), quiet(1_000).files());
    for (at, (name, bytes)) in other.iter().enumerate() {
        for cut in (2 * SECTOR..bytes.len()).step_by(SECTOR) {
            let mut mixed = one.clone();
            assert_eq!(mixed[at].1.len(), bytes.len());
            mixed[at].1[cut..].copy_from_slice(&bytes[cut..]);
            let refused = open(&SimStorage::holding(mixed)).map(|_| ());
            let refused = refused.expect_err(&format!("{name}: two histories, from byte {cut}"));
            assert!(damage(refused).is_some());
        }
    }
}

#[test]
fn a_misdirected_write_is_refused_unless_it_was_the_last() {
    live("NODE", SEEDS, |seed| {
        let mut client = Client::new(seed);
        let mut node = client.start().expect("nothing is broken yet");
        client.disk.set_faults(Faults { misdirect_per_mille: 40, ..Faults::default() });
        for _ in 0..20 {
            client.send(&mut node).expect("the disk says that all is well");
            if client.disk.has_misdirected() {
                // One alone: of two in a row, no trace may be left.
                client.disk.set_faults(Faults::default());
            }
            if client.dice.below(8) == 0
                && let Err(error) = client.take_snapshot(&node)
            {
                let NodeError::History(HistoryError::Journal(error)) = error else { panic!("{error}") };
                let is_told = matches!(error, JournalError::Damage(_) | JournalError::Beyond { .. });
                assert!(is_told && client.disk.has_misdirected(), "{error}");
                break;
            }
        }
        let end = if seed % 2 == 0 { End::PowerCut } else { End::ProcessDeath };
        client.disk.restart(end);
        client.disk.set_faults(Faults::default());
        match open(&client.disk) {
            Ok((node, _)) => {
                let found = node.realm().sequence().0 as usize;
                let known = client.states.iter().rev().take(2).find(|(length, _)| *length == found);
                let known = known.expect("at most the last batch went elsewhere");
                assert!(state(node.realm()) == known.1, "another state");
                assert!(client.disk.has_misdirected() || found == client.log.len());
            }
            Err(error) => assert!(damage(error).is_some() && client.disk.has_misdirected()),
        }
    });
}
