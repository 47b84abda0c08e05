//! A client of the node who remembers everything, and what it may demand after whatever happens.
//!
//! What was answered is there, with that answer, once; what was not answered is there whole, as it was sent, or not at all; and the realm is
//! what a fresh one is after the same commands.

use std::collections::BTreeMap;
use std::sync::Arc;

use bartizan_engine::codec::Codec;
use bartizan_engine::event::{Event, Events};
use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::command::Envelope;
use bartizan_engine::realm::identity::Identity;
use bartizan_engine::reject::{Answer, Reject};
use bartizan_io::journal::sim::{End, Faults, SimStorage};
use bartizan_io::journal::{self, Damage, JournalError, Reader, Storage, inspect};
use bartizan_io::node::background::Taken;
use bartizan_io::node::history::digest;
use bartizan_io::node::{History, HistoryError, Node, NodeError, Opened, Options, snapshot};
use bartizan_tests::auditor::Auditor;
use bartizan_tests::commands::Source;
use bartizan_tests::dice::Dice;
use bartizan_tests::realm_commands::RealmCommands;
use bartizan_tests::realm_log::{Entry, REALM, SMALL, collect};

/// A command as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Logged {
    pub(crate) time: u64,
    pub(crate) envelope: Envelope,
    pub(crate) answer: Answer,
}

/// What became of a command that was answered.
#[derive(Clone, Copy, Debug)]
struct Known {
    first: Sequence,
    answer: Answer,
    made: Option<u64>,
}

impl Known {
    fn identity(self) -> Identity {
        let Known { first, answer, made } = self;
        Identity::Repeated { first, answer, made }
    }
}

/// The client, with all it compares the node with.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) disk: SimStorage,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) dice: Dice,
    pub(crate) options: Options,
    source: RealmCommands<'static>,
    /// What is in the log for certain.
    pub(crate) log: Vec<Logged>,
    /// What was sent and not answered: in the log as a whole, or not at all.
    pub(crate) open: Vec<(u64, Envelope)>,
    /// What the node said of the identity of each that is open, before it took it.
    foretold: Vec<Option<Identity>>,
    /// What is to be sent again, since it was lost or never answered.
    unanswered: Vec<Envelope>,
    /// The first use of each id: its command, its place and its answer.
    answers: BTreeMap<(u32, u128), (Envelope, Known)>,
    twin: Realm,
    auditor: Auditor,
    /// After each batch: how long the log is, and what stands for the state.
    pub(crate) states: Vec<(usize, [u8; 32])>,
    /// The sequence of the newest snapshot that was finished.
    pub(crate) snapshot: u64,
    /// What the newest checkpoint is of.
    pub(crate) signed: Vec<Entry>,
}

impl Client {
    /// Before anything happened, with a disk on which nothing fails yet.
    pub(crate) fn new(seed: u64) -> Self {
        Client::on(SimStorage::new(seed, Faults::default()), seed)
    }

    /// Before anything happened, with this disk.
    pub(crate) fn on(disk: SimStorage, seed: u64) -> Self {
        let twin = Realm::new();
        Client {
            storage: Arc::new(disk.clone()),
            disk,
            dice: Dice::new(seed),
            options: Options { journal: SMALL },
            source: RealmCommands::new(Source::Seeded(Dice::new(!seed))),
            log: Vec::new(),
            open: Vec::new(),
            foretold: Vec::new(),
            unanswered: Vec::new(),
            answers: BTreeMap::new(),
            states: vec![(0, state(&twin))],
            twin,
            auditor: Auditor::default(),
            snapshot: 0,
            signed: Vec::new(),
        }
    }

    /// The node, recovered and compared.
    pub(crate) fn start(&mut self) -> Result<Node, NodeError> {
        let (node, opened) = Node::open(&self.storage, REALM, self.options)?;
        self.settle(&node, &opened);
        Ok(node)
    }

    /// Compares what a node found. What was sent before and not answered is in the log from now on, or was never.
    fn settle(&mut self, node: &Node, opened: &Opened) {
        assert!(opened.passed.is_empty(), "{:?}", opened.passed);
        let found = node.realm().sequence().0 as usize;
        let wanted = [self.log.len(), self.log.len() + self.open.len()];
        assert!(wanted.contains(&found), "{found} commands, and {wanted:?} were answered, or sent");
        assert!(found >= self.signed.len(), "{found} commands, and {} were signed", self.signed.len());
        let start = opened.start.map_or(0, |position| position.sequence.0);
        assert!(
            start >= self.snapshot,
            "it starts from {start}, and there is a snapshot at {}",
            self.snapshot
        );
        assert_eq!(start + opened.replayed, found as u64, "all that is not in the snapshot was replayed");
        let open = std::mem::take(&mut self.open);
        // Its sender does not know, and sends it again.
        self.unanswered.extend(open.iter().map(|(_, envelope)| envelope.clone()));
        if found > self.log.len() {
            for (time, envelope) in open {
                self.learn(time, &envelope);
            }
            self.states.push((self.log.len(), state(&self.twin)));
        }
        self.compare(node.realm());
    }

    /// Whether a realm is what this client knows of it: every byte, every balance, every answer.
    pub(crate) fn compare(&self, realm: &Realm) {
        assert!(state(realm) == self.states.last().expect("there is a first").1, "another state");
        self.auditor.compare(realm);
        realm.check();
        for (envelope, known) in self.answers.values() {
            assert_eq!(realm.identify(envelope), known.identity(), "{envelope:?}");
        }
    }

    /// Takes a command into the log, with what must follow from it.
    fn learn(&mut self, time: u64, envelope: &Envelope) -> (Answer, Events) {
        let mut events = Events::default();
        let sequence = Sequence(self.log.len() as u64 + 1);
        let is_named = envelope.id.0 != 0 && self.twin.agent(envelope.actor).is_some();
        let answer = self.twin.apply(sequence, time, envelope, &mut events);
        self.auditor.follow((sequence, time), envelope, (answer, &events), &self.twin);
        let key = (envelope.actor.0, envelope.id.0);
        let own = &events.list[events.before_command..];
        match self.answers.get(&key) {
            Some((sent, known)) if sent == envelope => {
                let Known { first, answer: answered, made } = *known;
                assert_eq!(answer, answered, "the first answer again");
                assert_eq!(own, [Event::Repeated { first, answer, made }], "{envelope:?} is done once");
            }
            Some(_) => assert_eq!(own, [Event::Rejected { reject: Reject::IdReused, step: None }]),
            None if is_named => {
                let known = Known { first: sequence, answer, made: events.made };
                self.answers.insert(key, (envelope.clone(), known));
            }
            None => {}
        }
        self.source.learn(envelope, &events);
        self.log.push(Logged { time, envelope: envelope.clone(), answer });
        (answer, events)
    }

    /// Some commands: those that wait for an answer first, then new ones, and now and then one that was answered long ago.
    fn next_commands(&mut self) -> Vec<(u64, Envelope)> {
        let count = 1 + self.dice.below(6);
        let mut group = Vec::with_capacity(count);
        for _ in 0..count {
            let (now, fresh) = self.source.next_envelope();
            // A clock that went back a little; the node's time does not.
            let time = if self.dice.below(8) == 0 { now - 20 } else { now };
            let waiting = (!self.unanswered.is_empty()).then(|| self.unanswered.remove(0));
            if let Some(waiting) = waiting {
                group.push((time, waiting));
            }
            group.push((time, fresh));
            if !self.log.is_empty() && self.dice.below(6) == 0 {
                let old = self.log[self.dice.below(self.log.len())].envelope.clone();
                group.push((time, old));
            }
        }
        group
    }

    /// Sends a group. Nothing of it counts as answered before the node answers.
    pub(crate) fn send(&mut self, node: &mut Node) -> Result<(), NodeError> {
        let group = self.next_commands();
        self.send_these(node, group)
    }

    /// Sends these, each with its time.
    pub(crate) fn send_these(
        &mut self,
        node: &mut Node,
        group: Vec<(u64, Envelope)>,
    ) -> Result<(), NodeError> {
        let mut clock = self.twin.clock();
        self.foretold.clear();
        for (time, envelope) in group {
            let key = (envelope.actor.0, envelope.id.0);
            let known = self.answers.get(&key).filter(|(sent, _)| *sent == envelope);
            let known = known.map(|(_, known)| known.identity());
            let found = node.realm().identify(&envelope);
            let found = matches!(found, Identity::Repeated { .. }).then_some(found);
            assert_eq!(found, known, "{envelope:?}");
            // What is known need not be logged again; the realm must stand it all the same.
            if known.is_some() && self.dice.below(4) > 0 {
                continue;
            }
            clock = clock.max(time);
            let identity = node.identify(&envelope);
            let sequence = node.take(time, envelope.clone())?;
            self.open.push((clock, envelope));
            self.foretold.push(identity);
            assert_eq!(sequence.0 as usize, self.log.len() + self.open.len(), "the log has no gaps");
        }
        let before = node.realm().sequence();
        let mut told = Vec::new();
        let committed = node.commit(|sequence, envelope, answer, events| {
            told.push((sequence, envelope.clone(), answer, events.clone()));
        });
        assert!(committed.is_ok() || told.is_empty(), "an answer to what may not be durable");
        let position = committed?;
        assert_eq!(node.realm().sequence().0, before.0 + told.len() as u64);
        assert_eq!(position.sequence.0, node.realm().sequence().0);
        self.hear(told);
        self.compare(node.realm());
        Ok(())
    }

    /// Hears the answers to all that is open.
    fn hear(&mut self, told: Vec<(Sequence, Envelope, Answer, Events)>) {
        assert_eq!(told.len(), self.open.len(), "every command has its answer");
        let open = std::mem::take(&mut self.open);
        for ((_, _, _, events), identity) in told.iter().zip(&self.foretold) {
            check_identity(*identity, events);
        }
        for ((time, sent), (sequence, envelope, answer, events)) in open.into_iter().zip(told) {
            assert_eq!((&sent, self.log.len() as u64 + 1), (&envelope, sequence.0));
            let (expected, must_follow) = self.learn(time, &sent);
            assert_eq!(answer, expected, "{sent:?}");
            assert_eq!(events.list, must_follow.list, "{sent:?}");
            assert_eq!(events.book.reports, must_follow.book.reports, "{sent:?}");
            assert_eq!(events.book.market, must_follow.book.market, "{sent:?}");
        }
        self.states.push((self.log.len(), state(&self.twin)));
    }

    /// Does what a user does while no node runs: a snapshot, or a checkpoint of all there is.
    pub(crate) fn look(&mut self) -> Result<(), NodeError> {
        match self.dice.below(3) {
            0 => {}
            1 => match snapshot::take_alone(&self.storage) {
                Ok((taken, _)) => self.took_snapshot(Ok(taken))?,
                Err(HistoryError::Journal(JournalError::Absent)) => {}
                Err(error) => self.took_snapshot(Err(error))?,
            },
            _ => match journal::settle(&self.storage) {
                Ok((end, _)) => {
                    checkpoint(&self.storage, &mut self.signed)?;
                    assert_eq!(self.signed.len() as u64, end.sequence.0, "all there is");
                }
                Err(JournalError::Absent) => {}
                Err(error) => return Err(error.into()),
            },
        }
        Ok(())
    }

    /// Takes a snapshot of what the node has made durable.
    pub(crate) fn take_snapshot(&mut self, node: &Node) -> Result<(), NodeError> {
        let taken = snapshot::take(&self.storage, node.position());
        self.took_snapshot(taken)
    }

    /// Learns what became of a snapshot. A sync that failed ends the run, as it ends the program; a full disk does not.
    pub(crate) fn took_snapshot(&mut self, taken: Taken) -> Result<(), NodeError> {
        match taken {
            Ok(Some((position, _))) => self.snapshot = position.sequence.0,
            Ok(None) => {}
            Err(error) => {
                if error.is_final() || self.disk.has_crashed() {
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }

    /// The whole log read back, from the beginning.
    pub(crate) fn read_back(&self) {
        let history = History::from_start(Arc::clone(&self.storage)).expect("nothing is broken now");
        let mut found = Vec::new();
        let told = history.run(None, |moment| {
            let (time, envelope) = (moment.time, moment.envelope.clone());
            found.push(Logged { time, envelope, answer: moment.answer });
        });
        told.expect("nothing is broken now");
        assert!(found == self.log, "another log");
        for ((time, body), logged) in self.signed.iter().zip(&self.log) {
            assert!((*time, body) == (logged.time, &logged.envelope.to_bytes()), "another log was signed");
        }
    }

    /// The end of a life: nothing fails any more, and everything is compared twice, the second time after a power cut.
    pub(crate) fn end(&mut self) {
        self.disk.set_faults(Faults::default());
        drop(self.start().expect("nothing is broken now"));
        self.read_back();
        self.disk.restart(End::PowerCut);
        drop(self.start().expect("what recovery found is durable"));
        inspect::verify(Arc::clone(&self.storage), Some(REALM)).expect("nothing is broken now");
    }
}

/// What a checkpoint made now would be of, after `signed`, which an earlier one was of.
pub(crate) fn checkpoint(storage: &Arc<dyn Storage>, signed: &mut Vec<Entry>) -> Result<(), JournalError> {
    let known = journal::Sequence(signed.len() as u64);
    let reader = match Reader::new(Arc::clone(storage), Some(REALM), journal::Sequence::FIRST) {
        Err(JournalError::Absent) if signed.is_empty() => return Ok(()),
        reader => reader?,
    };
    let found = collect(&mut reader.durable(known), journal::Sequence::FIRST)?;
    assert!(found.starts_with(signed), "{} records, and {known} were signed", found.len());
    *signed = found;
    Ok(())
}

/// Whether a command that was taken all the same was answered as its identity had it.
fn check_identity(identity: Option<Identity>, events: &Events) {
    let own = &events.list[events.before_command..];
    let found = match *own {
        [Event::Repeated { first, answer, made }] => Identity::Repeated { first, answer, made },
        [Event::Rejected { reject, step: None }] if reject.number() < 5 => Identity::Refused(reject),
        _ => Identity::New,
    };
    match identity {
        Some(identity) => assert_eq!(identity, found, "told before it was taken"),
        None => assert!(found != Identity::Refused(Reject::IdMissing), "that needs no waiting"),
    }
}

/// What stands for all that a realm is.
pub(crate) fn state(realm: &Realm) -> [u8; 32] {
    *digest(realm).as_bytes()
}

/// The damage that an error tells; none for a failure of the storage.
pub(crate) fn damage(error: NodeError) -> Option<Damage> {
    match error {
        NodeError::Journal(error) | NodeError::History(HistoryError::Journal(error)) => match error {
            JournalError::Storage(_) => None,
            JournalError::Damage(damage) => Some(damage),
            other => panic!("{other}"),
        },
        NodeError::History(other) => panic!("{other}"),
    }
}
