//! Lives of several runs, each ended by a crash, a failed write or sync, or a full disk. Between two runs somebody may make a snapshot or a checkpoint of
//! what there is, on the same disk, and then the power may be cut.

use bartizan_io::node::NodeError;
use bartizan_tests::lives::{end, faults, live};

use crate::client::{Client, damage};

/// Lives on every test run.
const SEEDS: u64 = 1_500;

/// One run of the node: recovery, then work until something fails or the client has enough.
fn run(client: &mut Client) -> Result<(), NodeError> {
    let mut node = client.start()?;
    for _ in 0..client.dice.below(14) {
        match client.dice.below(8) {
            0 => node.rest()?,
            1 => client.take_snapshot(&node)?,
            _ => client.send(&mut node)?,
        }
    }
    Ok(())
}

#[test]
fn what_was_answered_outlives_every_crash_with_its_answer() {
    live("NODE", SEEDS, |seed| {
        let mut client = Client::new(seed);
        for _ in 0..=client.dice.below(5) {
            let now = client.disk.operations();
            client.disk.set_faults(faults(&mut client.dice, now));
            if let Err(error) = run(&mut client) {
                let found = damage(error);
                assert!(found.is_none(), "a disk that lost nothing synced is called damaged: {found:?}");
            }
            client.disk.restart(end(&mut client.dice));
            if let Err(error) = client.look() {
                assert_eq!(damage(error), None, "a disk that lost nothing synced");
            }
            if client.dice.below(2) == 0 || client.disk.has_crashed() {
                client.disk.restart(end(&mut client.dice));
            }
        }
        client.end();
    });
}
