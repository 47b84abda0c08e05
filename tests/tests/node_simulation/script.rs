//! A crash at every operation of a storage, one after the other, while the same work is done. Afterwards the work is gone on with, and all
//! is as if nothing had happened.

use bartizan_engine::event::Events;
use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::command::Envelope;
use bartizan_engine::realm::ids::CommandId;
use bartizan_io::journal;
use bartizan_io::journal::sim::{End, Faults, SimStorage};
use bartizan_io::node::{NodeError, Options};
use bartizan_tests::commands::Source;
use bartizan_tests::dice::Dice;
use bartizan_tests::realm_commands::RealmCommands;

use crate::client::{Client, damage, state};

/// How each crash is tried: what of the unsynced is there, is the disk's dice.
const WAYS: u64 = 6;

/// Where groups end, and what is done then.
const GROUPS: [(usize, After); 10] = [
    (1, After::Nothing),
    (23, After::Rest),
    (24, After::Snapshot),
    (40, After::Nothing),
    (47, After::Stop),
    (60, After::Snapshot),
    (61, After::Rest),
    (80, After::Snapshot),
    (85, After::Nothing),
    (90, After::Rest),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    Nothing,
    Rest,
    Snapshot,
    /// The process ends, and another begins.
    Stop,
}

/// The commands, each with an id of its own, and what they come to.
fn work() -> (Vec<(u64, Envelope)>, [u8; 32]) {
    let mut source = RealmCommands::new(Source::Seeded(Dice::new(4)));
    let (mut realm, mut events) = (Realm::new(), Events::default());
    let commands = (1..=GROUPS[GROUPS.len() - 1].0 as u64).map(|step| {
        let (time, mut envelope) = source.next_envelope();
        envelope.id = CommandId(step.into());
        if realm.agent(envelope.actor).is_none() {
            envelope.actor = AgentId::REALM;
        }
        events.clear();
        realm.apply(Sequence(step), time, &envelope, &mut events);
        source.learn(&envelope, &events);
        (time, envelope)
    });
    let commands = commands.collect();
    (commands, state(&realm))
}

/// Does what is left of the work.
fn go_on(client: &mut Client, commands: &[(u64, Envelope)]) -> Result<(), NodeError> {
    let mut node = client.start()?;
    for (end, after) in GROUPS {
        if client.log.len() >= end {
            continue;
        }
        client.send_these(&mut node, commands[client.log.len()..end].to_vec())?;
        match after {
            After::Nothing => {}
            After::Rest => node.rest()?,
            After::Snapshot => client.take_snapshot(&node)?,
            After::Stop => node = client.start()?,
        }
    }
    Ok(())
}

fn client(seed: u64, crash_at: Option<u64>) -> Client {
    let disk = SimStorage::new(seed, Faults { crash_at, ..Faults::default() });
    let mut client = Client::on(disk, seed);
    client.options = Options { journal: journal::Options { segment_bytes: 3 << 10 } };
    client
}

#[test]
fn after_a_crash_at_any_operation_all_is_as_if_there_had_been_none() {
    let (commands, state) = work();
    let mut uninterrupted = client(0, None);
    go_on(&mut uninterrupted, &commands).expect("nothing is broken");
    let operations = uninterrupted.disk.operations();
    let files = uninterrupted.disk.files();
    assert!(files.len() > 5, "the journal rolls, and there are snapshots: {}", files.len());
    for crash in 1..=operations {
        for way in 0..WAYS {
            let mut client = client(way, Some(crash));
            let ended = go_on(&mut client, &commands);
            if let Err(error) = ended {
                assert_eq!(damage(error), None, "operation {crash}, way {way}");
            }
            assert!(client.disk.has_crashed(), "operation {crash}, way {way}");
            client.disk.restart(if way % 2 == 0 { End::PowerCut } else { End::ProcessDeath });
            go_on(&mut client, &commands)
                .unwrap_or_else(|error| panic!("operation {crash}, way {way}: {error}"));
            assert_eq!(client.states.last(), Some(&(commands.len(), state)), "operation {crash}, way {way}");
            let log = client.log.iter().map(|logged| (logged.time, logged.envelope.clone()));
            assert!(log.eq(commands.iter().cloned()), "operation {crash}, way {way}");
            client.end();
        }
    }
}
