//! Orders in batches of 256, answered when durable; beside the realm in memory, and the node with its journal and no socket.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bartizan_engine::event::Events;
use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm::Realm;
use bartizan_io::journal::{Directory, Storage};
use bartizan_io::node::{Node, Options};
use bartizan_io::server::site::Bounds;

use crate::serving::{ID, Serving, frames, take};
use crate::workload::{founding, orders};

/// Commands of a frame.
const TOGETHER: usize = 256;

/// Frames of a connection that wait for answers at a time.
const AHEAD: usize = 32;

/// The processor time of this process so far.
pub(crate) fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u64 =
        after_name.split(' ').skip(12).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// Measures what there is to be compared with, and prints it; the realm's rate in memory, in commands a second.
pub(crate) fn print_beside(folder: &Path, count: usize) -> f64 {
    let commands: Vec<_> = orders(0).take(count).collect();
    let (mut realm, mut events) = (Realm::new(), Events::default());
    for envelope in founding() {
        events.clear();
        realm.apply(Sequence(realm.sequence().0 + 1), 0, &envelope, &mut events);
    }
    let started = Instant::now();
    for batch in commands.chunks(TOGETHER) {
        events.clear();
        realm.apply_batch(Sequence(realm.sequence().0 + 1), 0, batch, &mut events);
    }
    let in_memory = count as f64 / started.elapsed().as_secs_f64();
    std::fs::create_dir_all(folder).expect("the folder can be made");
    let storage: Arc<dyn Storage> = Arc::new(Directory::open(folder).expect("the folder can be opened"));
    let (mut node, _) = Node::open(&storage, ID, Options::default()).expect("it is new");
    for envelope in founding() {
        node.take(0, envelope).expect("a group has room");
    }
    node.commit(|_, _, _, _| ()).expect("the disk works");
    let started = Instant::now();
    let mut commands = commands.into_iter().peekable();
    while commands.peek().is_some() {
        for envelope in commands.by_ref().take(8_192) {
            node.take(0, envelope).expect("a group has room");
        }
        node.commit(|_, _, answer, _| assert!(answer.is_done())).expect("the disk works");
    }
    let with_journal = count as f64 / started.elapsed().as_secs_f64();
    println!("{count} orders, half of which rest and half take those: one thread, no socket");
    println!("  the realm in memory, {TOGETHER} at a time:        {:>6.2} million a second", in_memory / 1e6);
    println!("  the node, journal synced by groups of 8,192: {:>6.2} million a second", with_journal / 1e6);
    in_memory
}

/// Measures, and prints.
pub(crate) fn print(folder: &Path, connections: usize, count: usize) {
    let serving = Serving::start(folder, Bounds::default());
    let work: Vec<_> = (0..connections)
        .map(|stream| {
            let commands: Vec<_> = orders(stream as u32).take(count / connections).collect();
            (serving.sign_in(), frames(&commands, TOGETHER), commands.len())
        })
        .collect();
    let (started, before) = (Instant::now(), processor_time());
    std::thread::scope(|scope| {
        for (mut client, frames, mut left) in work {
            scope.spawn(move || {
                for (number, frame) in frames.iter().enumerate() {
                    client.stream().write_all(frame).expect("the server reads");
                    if number >= AHEAD {
                        take(&mut client, TOGETHER);
                        left -= TOGETHER;
                    }
                }
                take(&mut client, left);
            });
        }
    });
    let (taken, busy) = (started.elapsed(), processor_time().saturating_sub(before));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!(
        "orders over a Unix socket, {connections} connections, batches of {TOGETHER}, answered when durable: {:.2} million a second ({:.0}% of {cores} cores)",
        count as f64 / taken.as_secs_f64() / 1e6,
        100.0 * busy.as_secs_f64() / taken.as_secs_f64() / cores as f64,
    );
}
