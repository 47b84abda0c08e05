//! Transfers through the whole node: encoded, journalled in groups, synced, applied; then the same journal opened again, without a
//! snapshot and with one.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bartizan_engine::event::Events;
use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm::Realm;
use bartizan_io::journal::{Directory, RealmId, Storage};
use bartizan_io::node::{Node, Options, snapshot};

use crate::transfers::{Transfers, founding};

/// Commands that are made durable together.
const GROUP: usize = 16_384;

fn open(folder: &Path) -> (Node, Duration, u64) {
    let storage: Arc<dyn Storage> = Arc::new(Directory::open(folder).expect("the folder can be opened"));
    let started = Instant::now();
    let (node, opened) = Node::open(&storage, RealmId(*b"a benched realm."), Options::default())
        .expect("the journal is sound");
    (node, started.elapsed(), opened.replayed)
}

/// Measures, and prints.
pub(crate) fn print(folder: &Path, accounts: usize, count: usize) {
    println!(
        "the node: {count} transfers among {accounts} accounts, {GROUP} a group, written and synced before they are applied"
    );
    let (mut node, ..) = open(folder);
    for envelope in founding(accounts) {
        take(&mut node, envelope);
    }
    node.commit(|_, _, _, _| ()).expect("the disk works");
    let founded = node.realm().sequence().0 as usize;
    let mut transfers = Transfers::new(accounts);
    let (mut taken, mut synced, mut groups) = (Duration::ZERO, Vec::new(), 0);
    for _ in 0..count.div_ceil(GROUP) {
        let group: Vec<_> = (0..GROUP).map(|_| transfers.next()).collect();
        let started = Instant::now();
        for envelope in group {
            node.take(0, envelope).expect("a group has room");
        }
        let mut before_applying = None;
        let committing = Instant::now();
        node.commit(|_, _, answer, _| {
            before_applying.get_or_insert_with(|| committing.elapsed());
            assert!(answer.is_done());
        })
        .expect("the disk works");
        taken += started.elapsed();
        synced.extend(before_applying);
        groups += 1;
    }
    node.rest().expect("the disk works");
    let count = groups * GROUP;
    let on_disk: Duration = synced.iter().sum();
    synced.sort_unstable();
    println!(
        "  {:>6.2} million a second; of {:.2} s the disk took {:.2} (write and sync of a group: median {:.1} ms, worst {:.1} ms)",
        count as f64 / taken.as_secs_f64() / 1e6,
        taken.as_secs_f64(),
        on_disk.as_secs_f64(),
        synced[synced.len() / 2].as_secs_f64() * 1e3,
        synced[synced.len() - 1].as_secs_f64() * 1e3,
    );
    drop(node);
    let total = founded + count;
    let (node, opening, replayed) = open(folder);
    assert_eq!(replayed as usize, total);
    println!("recovery of {total} commands without a snapshot: {}", rate(total, opening));
    drop(node);
    println!(
        "  the same transfers applied from memory:  {}",
        rate(count, applied_from_memory(accounts, count))
    );
    let storage: Arc<dyn Storage> = Arc::new(Directory::open(folder).expect("the folder can be opened"));
    let started = Instant::now();
    let (taken, _) = snapshot::take_alone(&storage).expect("the journal is sound");
    taken.expect("there is something to take");
    let made = started.elapsed();
    drop(storage);
    let (_, opening, replayed) = open(folder);
    assert_eq!(replayed, 0);
    println!(
        "a snapshot of it, made from the journal beside the node (pause of the realm: none): {:.2} s; opening from it: {:.2} s",
        made.as_secs_f64(),
        opening.as_secs_f64()
    );
}

fn take(node: &mut Node, envelope: bartizan_engine::realm::command::Envelope) {
    if node.waiting_bytes() > 1 << 20 {
        node.commit(|_, _, answer, _| assert!(answer.is_done())).expect("the disk works");
    }
    node.take(0, envelope).expect("a group has room");
}

fn rate(count: usize, taken: Duration) -> String {
    format!("{:.2} s, {:.2} million a second", taken.as_secs_f64(), count as f64 / taken.as_secs_f64() / 1e6)
}

fn applied_from_memory(accounts: usize, count: usize) -> Duration {
    let mut realm: Realm = crate::transfers::founded(accounts);
    let mut transfers = Transfers::new(accounts);
    let mut events = Events::default();
    let mut taken = Duration::ZERO;
    for _ in 0..count / GROUP {
        let group: Vec<_> = (0..GROUP).map(|_| transfers.next()).collect();
        let started = Instant::now();
        for envelope in &group {
            events.clear();
            realm.apply(Sequence(realm.sequence().0 + 1), 0, envelope, &mut events);
        }
        taken += started.elapsed();
    }
    taken
}
