//! A mapped batch file to its journaled result, as `bartizan run` takes it, beside the realm's own rate in memory.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use bartizan_engine::realm::identity::Identity;
use bartizan_io::input::Input;
use bartizan_io::journal::{Directory, Storage};
use bartizan_io::node::{Node, Options};
use bartizan_io::wire::client::batch_file;
use bartizan_io::wire::commands::batches;

use crate::serving::ID;
use crate::workload::{founding, orders};

/// Commands that are made durable together.
const GROUP: usize = 8_192;

/// Measures, and prints.
pub(crate) fn print(folder: &Path, count: usize, in_memory: f64) {
    let path = folder.join("orders.batch");
    let commands: Vec<_> = orders(0).take(count).collect();
    let bytes = batch_file(&commands).expect("commands fit frames");
    std::fs::write(&path, &bytes).expect("the file can be written");
    let data = folder.join("file");
    std::fs::create_dir_all(&data).expect("the folder can be made");
    let storage: Arc<dyn Storage> = Arc::new(Directory::open(&data).expect("the folder can be opened"));
    let (mut node, _) = Node::open(&storage, ID, Options::default()).expect("it is new");
    for envelope in founding() {
        node.take(0, envelope).expect("a group has room");
    }
    node.commit(|_, _, _, _| ()).expect("the disk works");
    let started = Instant::now();
    let input = Input::open(&path).expect("the file can be mapped");
    let (mut waiting, mut decoding) = (0, 0.0);
    let mut batches = batches(&input);
    loop {
        let decoded = Instant::now();
        let Some(batch) = batches.next() else { break };
        let (_, envelopes) = batch.expect("it was just written");
        decoding += decoded.elapsed().as_secs_f64();
        for envelope in envelopes {
            assert_eq!(node.identify(&envelope), Some(Identity::New));
            if waiting == GROUP {
                node.commit(|_, _, answer, _| assert!(answer.is_done())).expect("the disk works");
                waiting = 0;
            }
            node.take(0, envelope).expect("a group has room");
            waiting += 1;
        }
    }
    node.commit(|_, _, answer, _| assert!(answer.is_done())).expect("the disk works");
    node.rest().expect("the disk works");
    let rate = count as f64 / started.elapsed().as_secs_f64();
    println!(
        "a mapped batch file of {:.0} MB to its journaled result, groups of {GROUP}: {:.2} million a second, {:.0}% of the realm in memory (decoding {:.2} s of {:.2} s)",
        bytes.len() as f64 / 1e6,
        rate / 1e6,
        100.0 * rate / in_memory,
        decoding,
        count as f64 / rate,
    );
}
