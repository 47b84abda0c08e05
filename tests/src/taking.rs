//! Commands taken into a journal as `bartizan run` takes them: told from what was done before, made durable in groups. By a node alone, by a pipeline whose
//! stages take turns, and by one whose stages are threads; all of them tell the same, and leave the same bytes.

use std::sync::Arc;

use bartizan_engine::codec::Codec;
use bartizan_engine::event::Events;
use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_engine::realm::agents::Roles;
use bartizan_engine::realm::command::{Command, Envelope, RegisterAgent};
use bartizan_engine::realm::identity::Identity;
use bartizan_engine::realm::ids::CommandId;
use bartizan_engine::reject::Answer;
use bartizan_io::journal::sim::{Faults, SimStorage};
use bartizan_io::journal::{Options, Storage};
use bartizan_io::node::history::digest;
use bartizan_io::node::pipeline::{self, Pipeline, Teller};
use bartizan_io::node::{self, Node, Sequenced};

use crate::commands::Source;
use crate::dice::Dice;
use crate::realm_commands::RealmCommands;
use crate::realm_log::REALM;

/// What is told of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It was journalled: its place, its answer, the bytes of what followed.
    Journalled(Sequence, Answer, Vec<u8>),
    /// It need not be.
    Known(Identity),
}

impl What {
    /// Of a command that was applied.
    pub fn followed(sequence: Sequence, answer: Answer, said: &Events) -> Self {
        let mut bytes = said.list.to_bytes();
        said.book.reports.encode(&mut bytes);
        said.book.market.encode(&mut bytes);
        What::Journalled(sequence, answer, bytes)
    }
}

/// What was told, in order, each with the number of its command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing(pub Vec<(u64, What)>);

impl Teller for Listing {
    fn tell(&mut self, number: u64, command: &Sequenced, answer: Answer, said: &Events) {
        self.0.push((number, What::followed(command.sequence, answer, said)));
    }

    fn end(&mut self) -> bool {
        true
    }
}

/// What came of it all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What was told.
    pub told: Listing,
    /// The journal's files.
    pub files: Vec<(String, Vec<u8>)>,
    /// What stands for the realm.
    pub digest: [u8; 32],
}

/// Commands to take, each with its time, and how many make a group.
#[derive(Clone, Copy, Debug)]
pub struct Work<'a> {
    /// The commands.
    pub commands: &'a [(u64, Envelope)],
    /// How many are made durable together.
    pub group: usize,
    /// How long the journal's segments are.
    pub journal: Options,
}

/// By a node alone.
///
/// # Panics
/// If the disk fails, as it does not.
pub fn alone(work: Work<'_>) -> Outcome {
    let (disk, mut node) = open(work);
    let (mut told, mut waiting) = (Listing::default(), Vec::new());
    let commit = |node: &mut Node, waiting: &mut Vec<u64>, told: &mut Listing| {
        let mut numbers = waiting.drain(..);
        let done = node.commit_group(
            || (),
            |command, answer, said| {
                told.tell(numbers.next().expect("each that waits has its number"), command, answer, said);
            },
        );
        done.expect("the disk works");
    };
    for (number, (time, envelope)) in (1..).zip(work.commands) {
        let identity = node.identify(envelope).unwrap_or_else(|| {
            commit(&mut node, &mut waiting, &mut told);
            node.identify(envelope).expect("nothing waits")
        });
        if identity != Identity::New {
            told.0.push((number, What::Known(identity)));
            continue;
        }
        if waiting.len() == work.group {
            commit(&mut node, &mut waiting, &mut told);
        }
        node.take(*time, envelope.clone()).expect("a group has room");
        waiting.push(number);
    }
    commit(&mut node, &mut waiting, &mut told);
    outcome(&disk, node, told)
}

/// By a pipeline whose stages take turns as `seed` has it.
///
/// # Panics
/// If the disk fails, as it does not.
pub fn in_turns(work: Work<'_>, seed: u64) -> Outcome {
    let (disk, node) = open(work);
    let mut dice = Dice::new(seed);
    let (node, told, ()) =
        pipeline::run_in_turns(node, Listing::default(), |count| dice.below(count), |all| take(all, work));
    outcome(&disk, node, told)
}

/// By a pipeline whose stages are threads.
///
/// # Panics
/// If the disk fails, as it does not.
pub fn on_threads(work: Work<'_>) -> Outcome {
    let (disk, node) = open(work);
    let (node, told, ()) = pipeline::run(node, Listing::default(), |all| take(all, work));
    outcome(&disk, node, told)
}

fn take(pipeline: &mut Pipeline<'_, Listing>, work: Work<'_>) {
    for (number, (time, envelope)) in (1..).zip(work.commands) {
        let identity = pipeline.identify(envelope).unwrap_or_else(|| {
            pipeline.commit().expect("the disk works");
            pipeline.identify(envelope).expect("nothing waits")
        });
        if identity != Identity::New {
            let (_, told) = pipeline.settle().expect("the disk works");
            told.0.push((number, What::Known(identity)));
            continue;
        }
        if pipeline.waiting() == work.group {
            pipeline.commit().expect("the disk works");
        }
        // Every other one by the bytes that it was read from.
        let bytes = (number % 2 == 0).then(|| envelope.command.to_bytes());
        pipeline.take(number, *time, envelope.clone(), bytes.as_deref()).expect("a group has room");
    }
    pipeline.commit().expect("the disk works");
    let (realm, told) = pipeline.settle().expect("the disk works");
    let journalled = told.0.iter().filter(|(_, what)| matches!(what, What::Journalled(..)));
    assert_eq!(journalled.count() as u64, realm.sequence().0, "all is applied and told");
}

fn open(work: Work<'_>) -> (SimStorage, Node) {
    let disk = SimStorage::new(1, Faults::default());
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    let options = node::Options { journal: work.journal };
    (disk, Node::open(&storage, REALM, options).expect("the disk works").0)
}

fn outcome(disk: &SimStorage, mut node: Node, told: Listing) -> Outcome {
    node.rest().expect("the disk works");
    Outcome { told, digest: *digest(node.realm()).as_bytes(), files: disk.files() }
}

/// Random commands, with repetitions of old ones, ids out of order, used again and below all, strangers, and registrations whose agents act at once.
pub fn commands(seed: u64, count: usize) -> Vec<(u64, Envelope)> {
    let mut dice = Dice::new(seed);
    let mut source = RealmCommands::new(Source::Seeded(Dice::new(!seed)));
    let mut list: Vec<(u64, Envelope)> = Vec::with_capacity(count);
    let mut registered = 5;
    while list.len() < count {
        let (time, mut envelope) = source.next_envelope();
        let place = dice.below(list.len().max(1));
        match dice.below(24) {
            0 if list.len() > 22 => envelope = list[place].1.clone(),
            1 if list.len() > 22 => envelope.id = list[place].1.id,
            2 => envelope.id = CommandId(dice.below(4_000) as u128),
            3 => envelope.actor = AgentId(dice.below(registered + 3) as u32),
            4 if list.len() > 22 => {
                let register =
                    RegisterAgent { agent: None, name: "new".into(), key: None, roles: Roles::default() };
                let id = CommandId((1 << 90) + list.len() as u128);
                list.push((
                    time,
                    Envelope { id, actor: AgentId::REALM, command: Command::RegisterAgent(register) },
                ));
                envelope.actor = AgentId(registered as u32);
                registered += 1;
            }
            _ => {}
        }
        list.push((time, envelope));
    }
    list
}
