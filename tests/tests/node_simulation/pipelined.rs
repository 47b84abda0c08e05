//! Lives of a node whose stages overlap, on a disk that fails: while one group is applied, others wait to be written, or were written and wait. The stages take
//! turns on one thread, in an order that the seed decides too.
//!
//! What was told is there with that answer, each command once; what was not told is there up to the end of some group, as it was sent, and nothing after it; and
//! the realm is what a fresh one is after the same commands.

use std::cell::Cell;
use std::sync::Arc;

use bartizan_engine::event::Events;
use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::command::Envelope;
use bartizan_engine::realm::identity::Identity;
use bartizan_io::journal::sim::{End, Faults, SimStorage};
use bartizan_io::journal::{Storage, inspect};
use bartizan_io::node::pipeline::{self, Pipeline};
use bartizan_io::node::{History, Node, NodeError, Options, snapshot};
use bartizan_tests::commands::Source;
use bartizan_tests::dice::Dice;
use bartizan_tests::lives::{end, faults, live};
use bartizan_tests::realm_commands::RealmCommands;
use bartizan_tests::realm_log::{REALM, SMALL};
use bartizan_tests::taking::{Listing, What};

use crate::client::{damage, state};

/// Lives on every test run.
const SEEDS: u64 = 1_500;

/// A command as it was sent, and what must follow.
#[derive(Clone, Debug)]
struct Sent {
    time: u64,
    envelope: Envelope,
    follows: What,
}

/// Who sends, and remembers what was told.
struct Sender {
    disk: SimStorage,
    storage: Arc<dyn Storage>,
    dice: Dice,
    source: RealmCommands<'static>,
    /// What is in the log for certain.
    log: Vec<Sent>,
    /// What was taken since the node was opened, in order.
    taken: Vec<Sent>,
    /// After how many of them a group was committed.
    ends: Vec<usize>,
    /// What is to be sent again.
    unanswered: Vec<Envelope>,
    /// After all that was taken.
    twin: Realm,
}

impl Sender {
    fn new(seed: u64) -> Self {
        let disk = SimStorage::new(seed, Faults::default());
        Sender {
            storage: Arc::new(disk.clone()),
            disk,
            dice: Dice::new(seed),
            source: RealmCommands::new(Source::Seeded(Dice::new(!seed))),
            log: Vec::new(),
            taken: Vec::new(),
            ends: Vec::new(),
            unanswered: Vec::new(),
            twin: Realm::new(),
        }
    }

    /// The node, recovered and compared. What was taken before and not told is in the log from now on, up to the end of a group, or was never.
    fn start(&mut self) -> Result<Node, NodeError> {
        let (node, opened) = Node::open(&self.storage, REALM, Options { journal: SMALL })?;
        assert!(opened.passed.is_empty(), "{:?}", opened.passed);
        let found = (node.realm().sequence().0 as usize).checked_sub(self.log.len());
        let found = found.expect("what was told is there");
        assert!(found == 0 || self.ends.contains(&found), "{found} of {:?} are there", self.ends);
        let taken = std::mem::take(&mut self.taken);
        self.unanswered.extend(taken.iter().map(|sent| sent.envelope.clone()));
        self.log.extend(taken.into_iter().take(found));
        self.ends.clear();
        self.twin = Realm::new();
        for (sequence, sent) in (1..).zip(&self.log) {
            let mut said = Events::default();
            let answer = self.twin.apply(Sequence(sequence), sent.time, &sent.envelope, &mut said);
            assert_eq!(What::followed(Sequence(sequence), answer, &said), sent.follows, "{sent:?}");
        }
        assert!(state(node.realm()) == state(&self.twin), "another state");
        Ok(node)
    }

    fn next_command(&mut self) -> (u64, Envelope) {
        let (now, fresh) = self.source.next_envelope();
        let old = self.dice.below(8) == 0 && !self.log.is_empty();
        let envelope = if !self.unanswered.is_empty() {
            self.unanswered.remove(0)
        } else if old {
            self.log[self.dice.below(self.log.len())].envelope.clone()
        } else {
            fresh
        };
        // A clock that went back a little; the node's time does not.
        (if self.dice.below(8) == 0 { now - 20 } else { now }, envelope)
    }

    /// Sends some commands, and commits them mostly.
    fn send(&mut self, pipeline: &mut Pipeline<'_, Listing>) -> Result<(), NodeError> {
        for _ in 0..=self.dice.below(6) {
            let (time, envelope) = self.next_command();
            let mut identity = pipeline.identify(&envelope);
            if identity.is_none() {
                self.commit(pipeline)?;
                identity = pipeline.identify(&envelope);
            }
            let identity = identity.expect("nothing waits");
            if identity != Identity::New {
                pipeline.settle()?;
                assert_eq!(identity, self.twin.identify(&envelope), "{envelope:?}");
                continue;
            }
            let bytes = bartizan_engine::codec::Codec::to_bytes(&envelope.command);
            let number = (self.log.len() + self.taken.len() + 1) as u64;
            let sequence = pipeline.take(number, time, envelope.clone(), Some(&bytes))?;
            assert_eq!((sequence.0, self.twin.identify(&envelope)), (number, identity), "{envelope:?}");
            let mut said = Events::default();
            let answer = self.twin.apply(sequence, time, &envelope, &mut said);
            self.source.learn(&envelope, &said);
            let time = self.twin.clock();
            self.taken.push(Sent { time, envelope, follows: What::followed(sequence, answer, &said) });
        }
        if self.dice.below(5) > 0 { self.commit(pipeline) } else { Ok(()) }
    }

    fn commit(&mut self, pipeline: &mut Pipeline<'_, Listing>) -> Result<(), NodeError> {
        // It may be durable whatever is said of it.
        self.ends.push(self.taken.len());
        pipeline.commit()
    }

    /// Works until something fails, or it is enough. What is settled is told, all of it.
    fn work(&mut self, pipeline: &mut Pipeline<'_, Listing>) -> Result<(), NodeError> {
        for _ in 0..self.dice.below(24) {
            match self.dice.below(12) {
                0 => {
                    self.commit(pipeline)?;
                    pipeline.rest()?;
                }
                1 => {
                    self.commit(pipeline)?;
                    let (realm, told) = pipeline.settle()?;
                    assert_eq!(told.0.len(), self.taken.len(), "every command has its answer");
                    assert!(state(realm) == state(&self.twin), "another state");
                }
                2 => match snapshot::take(&self.storage, pipeline.position()) {
                    Err(error) if error.is_final() || self.disk.has_crashed() => return Err(error.into()),
                    _ => {}
                },
                _ => self.send(pipeline)?,
            }
        }
        // Who does not ask would not hear of a failure.
        pipeline.settle().map(drop)
    }

    /// One run: what was told is in the log for certain, and the rest is open.
    fn run(&mut self) -> Result<(), NodeError> {
        let node = self.start()?;
        let mut turns = Dice::new(self.dice.below(1 << 30) as u64);
        let listing = Listing::default();
        let (node, told, done) =
            pipeline::run_in_turns(node, listing, |count| turns.below(count), |all| self.work(all));
        let count = told.0.len();
        assert_eq!(node.realm().sequence().0 as usize, self.log.len() + count, "what is applied is told");
        for (number, (told, sent)) in (self.log.len() as u64 + 1..).zip(told.0.iter().zip(&self.taken)) {
            assert_eq!((told.0, &told.1), (number, &sent.follows), "{:?}", sent.envelope);
        }
        assert!(done.is_err() || count == self.ends.last().copied().unwrap_or(0), "all is told at the end");
        assert!(done.is_err() || node.position().sequence.0 == node.realm().sequence().0);
        self.log.extend(self.taken.drain(..count));
        self.ends = self.ends.iter().filter_map(|end| end.checked_sub(count)).collect();
        done
    }

    /// The end of a life: nothing fails any more, and everything is compared once more, after a power cut too.
    fn end(&mut self) {
        self.disk.set_faults(Faults::default());
        drop(self.start().expect("nothing is broken now"));
        self.disk.restart(End::PowerCut);
        drop(self.start().expect("what recovery found is durable"));
        let mut read = Vec::new();
        let history = History::from_start(Arc::clone(&self.storage)).expect("nothing is broken now");
        let told = history.run(None, |moment| {
            let follows = What::followed(moment.sequence, moment.answer, moment.events);
            read.push((moment.time, moment.envelope.clone(), follows));
        });
        told.expect("nothing is broken now");
        let log = self.log.iter().map(|sent| (sent.time, sent.envelope.clone(), sent.follows.clone()));
        assert!(log.eq(read), "another log");
        inspect::verify(Arc::clone(&self.storage), Some(REALM)).expect("nothing is broken now");
    }
}

#[test]
fn what_was_told_outlives_every_crash_of_a_pipeline() {
    let beyond = Cell::new(0);
    live("NODE", SEEDS, |seed| {
        let mut sender = Sender::new(seed);
        for _ in 0..=sender.dice.below(5) {
            let faults = faults(&mut sender.dice, sender.disk.operations());
            sender.disk.set_faults(faults);
            if let Err(error) = sender.run() {
                assert_eq!(damage(error), None, "a disk that lost nothing synced");
                beyond.set(beyond.get() + usize::from(sender.ends.len() > 1));
            }
            sender.disk.restart(end(&mut sender.dice));
        }
        sender.end();
    });
    let many = beyond.get();
    assert!(many > 100, "only {many} failures met more than one group on its way");
}
