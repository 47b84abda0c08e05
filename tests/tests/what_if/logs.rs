//! Logs in journals on disks that do not fail, and both realms run through them.

use std::sync::Arc;

use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_engine::realm::command::{Command, Envelope};
use bartizan_engine::realm::ids::CommandId;
use bartizan_io::journal::Storage;
use bartizan_io::journal::sim::{Faults, SimStorage};
use bartizan_io::node::{Node, Options};
use bartizan_io::what_if::rules::Rules;
use bartizan_io::what_if::run::{Outcomes, run};
use bartizan_tests::commands::Source;
use bartizan_tests::dice::Dice;
use bartizan_tests::realm_commands::RealmCommands;
use bartizan_tests::realm_log::REALM;

fn empty() -> (Arc<dyn Storage>, Node) {
    let storage: Arc<dyn Storage> = Arc::new(SimStorage::new(0, Faults::default()));
    let (node, _) = Node::open(&storage, REALM, Options::default()).expect("an empty disk");
    (storage, node)
}

/// A journal of random commands, repetitions included.
pub(crate) fn random(seed: u64, commands: u64) -> Arc<dyn Storage> {
    let (storage, mut node) = empty();
    let mut stream = RealmCommands::new(Source::Seeded(Dice::new(seed)));
    for _ in 0..commands {
        let (time, envelope) = stream.next_envelope();
        node.take(time, envelope).expect("the disk works");
        node.commit(|_, envelope, _, events| stream.learn(envelope, events)).expect("the disk works");
    }
    storage
}

/// A journal of these commands: each its time, its actor and what is asked, as JSON. All of them are carried out.
pub(crate) fn written(commands: &[(u64, u32, &str)]) -> Arc<dyn Storage> {
    let (storage, refused) = attempted(commands);
    assert!(refused.is_empty(), "{refused:?}");
    storage
}

/// The same of commands of which some are refused: those are told, each with its answer.
pub(crate) fn attempted(commands: &[(u64, u32, &str)]) -> (Arc<dyn Storage>, Vec<(String, u16)>) {
    let (storage, mut node) = empty();
    let mut refused = Vec::new();
    for (id, &(time, actor, command)) in (1..).zip(commands) {
        let told: Command = serde_json::from_str(command).expect("a command");
        let envelope = Envelope { id: CommandId(id), actor: AgentId(actor), command: told };
        node.take(time, envelope).expect("the disk works");
        let mut answers = Vec::new();
        node.commit(|_, _, answer, _| answers.push(answer)).expect("the disk works");
        let failed = answers.iter().filter(|answer| !answer.is_done());
        refused.extend(failed.map(|answer| (command.to_owned(), answer.0)));
    }
    (storage, refused)
}

/// Both realms through a log.
pub(crate) fn through(storage: &Arc<dyn Storage>, rules: &str, from: u64) -> Outcomes {
    solving(storage, rules, from, false)
}

/// Both realms through a log, with rounds cleared anew if `solve` says so.
pub(crate) fn solving(storage: &Arc<dyn Storage>, rules: &str, from: u64, solve: bool) -> Outcomes {
    let rules = Rules::read(rules.as_bytes()).expect("rules");
    run(Arc::clone(storage), &rules, Sequence(from), solve, |_| ()).expect("the log can be read")
}
