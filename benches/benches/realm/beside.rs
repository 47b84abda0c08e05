//! What a node at work feels of a snapshot that is made beside it: how long each group of commands takes, the disk's part and the realm's apart,
//! without a snapshot in the making and with one.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bartizan_io::journal::{Directory, RealmId, Storage};
use bartizan_io::node::{Node, Options, snapshot};

use crate::transfers::Transfers;

/// Commands that are made durable together.
const GROUP: usize = 1_024;

/// Groups that are measured without a snapshot.
const GROUPS: usize = 400;

/// How long groups took.
#[derive(Default)]
struct Times {
    disk: Vec<Duration>,
    realm: Vec<Duration>,
    whole: Vec<Duration>,
}

impl Times {
    fn add(&mut self, node: &mut Node, transfers: &mut Transfers) {
        for _ in 0..GROUP {
            node.take(0, transfers.next()).expect("a group has room");
        }
        let started = Instant::now();
        let mut durable = None;
        node.commit(|_, _, answer, _| {
            durable.get_or_insert_with(|| started.elapsed());
            assert!(answer.is_done());
        })
        .expect("the disk works");
        let durable = durable.expect("a group is not empty");
        self.disk.push(durable);
        let whole = started.elapsed();
        self.realm.push(whole.saturating_sub(durable));
        self.whole.push(whole);
    }

    fn print(mut self, when: &str) {
        let count = self.disk.len();
        let told = |times: &mut Vec<Duration>| {
            times.sort_unstable();
            let ms = |at: usize| times[at].as_secs_f64() * 1e3;
            format!(
                "median {:.2}, p99 {:.2}, worst {:.2} ms",
                ms(count / 2),
                ms(count * 99 / 100),
                ms(count - 1)
            )
        };
        let (disk, realm, whole) = (told(&mut self.disk), told(&mut self.realm), told(&mut self.whole));
        println!(
            "  {when}, {count} groups of {GROUP}: applying {realm}; writing and syncing {disk}; both {whole}"
        );
    }
}

/// Measures, and prints, what the realm in `folder` feels; `accounts` are its transfers' accounts.
pub(crate) fn print(folder: &Path, accounts: usize, groups: usize) {
    let storage: Arc<dyn Storage> = Arc::new(Directory::open(folder).expect("the folder can be opened"));
    let (mut node, _) = Node::open(&storage, RealmId(*b"a benched realm."), Options::default())
        .expect("the journal is sound");
    // As many as were made before, so that none is done twice.
    let mut transfers = Transfers::new(accounts);
    (1..node.realm().sequence().0).for_each(|_| drop(transfers.next()));
    measure(&mut node, &storage, &mut transfers, groups.min(GROUPS));
}

/// Measures, and prints, what a node feels that makes transfers: so many groups without a snapshot, and as many as it takes beside one.
pub(crate) fn measure(node: &mut Node, storage: &Arc<dyn Storage>, transfers: &mut Transfers, groups: usize) {
    println!("a snapshot made beside the node, seen from the node:");
    let mut alone = Times::default();
    for _ in 0..groups {
        alone.add(node, transfers);
    }
    alone.print("without");
    let (durable, storage) = (node.position(), Arc::clone(storage));
    let started = Instant::now();
    let making = std::thread::spawn(move || (snapshot::take(&storage, durable), started.elapsed()));
    let mut beside = Times::default();
    while beside.disk.is_empty() || !making.is_finished() {
        beside.add(node, transfers);
    }
    let (taken, took) = making.join().expect("it does not panic");
    taken.expect("the disk works").expect("there is something to take");
    beside.print("beside one");
    println!("  the snapshot took {:.2} s", took.as_secs_f64());
}
