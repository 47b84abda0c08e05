//! Lives of several runs, each ended by a crash, a failed write or sync, or a full disk.

use bartizan_io::journal::sim::{End, Faults};
use bartizan_io::node::NodeError;
use bartizan_tests::dice::Dice;
use bartizan_tests::lives::live;

use crate::client::{Client, damage};

/// Lives on every test run.
const SEEDS: u64 = 1_500;

/// What goes wrong in one run.
pub(crate) fn faults(dice: &mut Dice, now: u64) -> Faults {
    let mut faults = Faults::default();
    match dice.below(5) {
        0 => faults.write_per_mille = 60,
        1 => faults.sync_per_mille = 60,
        2 => faults.capacity = Some(8_192 * (1 + dice.below(16) as u64)),
        _ => {}
    }
    if dice.below(3) > 0 {
        faults.crash_at = Some(now + 1 + dice.below(70) as u64);
    }
    faults
}

/// How a run ends.
pub(crate) fn end(dice: &mut Dice) -> End {
    if dice.below(2) == 0 { End::PowerCut } else { End::ProcessDeath }
}

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
        }
        client.end();
    });
}
