//! A mapped batch file to its journaled result, as `bartizan run` takes it, beside the realm's own rate in memory.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use bartizan_engine::event::Events;
use bartizan_engine::realm::identity::Identity;
use bartizan_engine::reject::Answer;
use bartizan_io::input::Input;
use bartizan_io::journal::{Directory, Storage};
use bartizan_io::node::pipeline::{self, Pipeline, Teller};
use bartizan_io::node::{Node, Options, Sequenced};
use bartizan_io::wire::client::batch_file;
use bartizan_io::wire::commands::batches;

use crate::orders::processor_time;
use crate::serving::ID;
use crate::workload::{founding, orders};

/// Commands that are made durable together: as many as `bartizan run` takes if it is not told otherwise, and more.
const GROUPS: [usize; 3] = [8_192, 16_384, 32_768];

/// Counts what was answered, all of which is done.
struct Counting(u64);

impl Teller for Counting {
    fn tell(&mut self, _: u64, _: &Sequenced, answer: Answer, _: &Events) {
        assert!(answer.is_done());
        self.0 += 1;
    }

    fn end(&mut self) -> bool {
        true
    }
}

/// Takes all commands of a file; how long it took to decode them, in seconds.
fn take(pipeline: &mut Pipeline<'_, Counting>, bytes: &[u8], group: usize) -> f64 {
    let (mut batches, mut envelopes, mut decoding) = (batches(bytes), Vec::new(), 0.0);
    loop {
        let decoded = Instant::now();
        let Some(batch) = batches.next_into(&mut envelopes) else { break };
        let batch = batch.expect("it was just written");
        decoding += decoded.elapsed().as_secs_f64();
        for ((number, bytes), envelope) in (batch.first..).zip(batch.commands()).zip(envelopes.drain(..)) {
            assert_eq!(pipeline.identify(&envelope), Some(Identity::New));
            if pipeline.waiting() == group {
                pipeline.commit().expect("the disk works");
            }
            pipeline.take(number, 0, envelope, Some(bytes)).expect("a group has room");
        }
    }
    pipeline.commit().expect("the disk works");
    pipeline.rest().expect("the disk works");
    decoding
}

/// Measures, and prints.
pub(crate) fn print(folder: &Path, count: usize, in_memory: f64) {
    let path = folder.join("orders.batch");
    let commands: Vec<_> = orders(0).take(count).collect();
    let bytes = batch_file(&commands).expect("commands fit frames");
    std::fs::write(&path, &bytes).expect("the file can be written");
    println!("a mapped batch file of {:.0} MB to its journaled result", bytes.len() as f64 / 1e6);
    for group in GROUPS {
        print_one(&path, &folder.join(format!("file-{group}")), (count, group), in_memory);
    }
}

fn print_one(path: &Path, data: &Path, (count, group): (usize, usize), in_memory: f64) {
    let directory = Directory::open(data).expect("the folder can be made");
    let storage: Arc<dyn Storage> = Arc::new(directory.past_cache(true));
    let (mut node, _) = Node::open(&storage, ID, Options::default()).expect("it is new");
    for envelope in founding() {
        node.take(0, envelope).expect("a group has room");
    }
    node.commit(|_, _, _, _| ()).expect("the disk works");
    let (started, before) = (Instant::now(), processor_time());
    let input = Input::open(path).expect("the file can be mapped");
    let (_, told, decoding) = pipeline::run(node, Counting(0), |pipeline| take(pipeline, &input, group));
    let (taken, busy) = (started.elapsed().as_secs_f64(), processor_time().saturating_sub(before));
    assert_eq!(told.0, count as u64);
    let rate = count as f64 / taken;
    println!(
        "  groups of {group:>6}: {:>6.2} million a second, {:.0}% of the realm in memory ({taken:.2} s, of which {decoding:.2} s decoding; {:.2} s of processor time)",
        rate / 1e6,
        100.0 * rate / in_memory,
        busy.as_secs_f64(),
    );
}
