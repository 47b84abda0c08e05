//! The realm's thread: takes what waits in the queue, makes it durable, applies it, answers.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::command::{AdvanceClock, Command, Envelope};
use bartizan_engine::realm::identity::Identity;
use bartizan_engine::realm::ids::CommandId;

use super::follower::Durable;
use super::meters::RealmMeters;
use super::request::{Answered, Batch, Refusal, Reply};
use crate::clock::now;
use crate::journal::{JournalError, Position, Reader, RealmId, Storage, try_to_write};
use crate::node::background::Background;
use crate::node::{HistoryError, Node, NodeError, Options};
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::sync::channel::{Receiver, RecvTimeoutError, Sender, TrySendError};
use crate::sync::{Instant, Mutex};

/// How a realm is hosted.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How its journal is written.
    pub node: Options,
    /// Batches that may wait.
    pub queue: usize,
    /// About how many bytes their commands may have together, but for one batch, which may always wait.
    pub room: usize,
    /// Commands that are made durable together, at most, but for the batch that reaches it.
    pub group: usize,
    /// Commands that the feed keeps for its listeners, as far as 128 MiB go.
    pub feed: usize,
    /// Commands after which a snapshot is made; 0: never.
    pub snapshot_every: u64,
    /// When nothing is asked for so long, the journal is sealed.
    pub rest_after: Duration,
    /// How long a journal that failed is left before it is opened again.
    pub retry_after: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            node: Options::default(),
            queue: 8192,
            room: 64 << 20,
            group: 8192,
            feed: 1 << 20,
            snapshot_every: 1_000_000,
            rest_after: Duration::from_millis(50),
            retry_after: Duration::from_secs(1),
        }
    }
}

/// How a hosted realm does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// It takes commands.
    Serving,
    /// Its journal cannot be written; why.
    Failing(String),
    /// Its journal is not what it was, or it found a broken invariant; why. It takes no commands any more: look at the journal (`bartizan journal verify`), and
    /// start the process again.
    Broken(String),
    /// It is being stopped, or has stopped.
    Stopped,
}

/// What comes through the queue.
#[derive(Debug)]
pub(super) enum Asked {
    /// Something to carry out.
    Batch(Batch),
    /// Nothing more.
    Stop,
}

/// Bytes of waiting records after which a group is made durable: more would only wait longer.
const GROUP_BYTES: usize = 4 << 20;

/// A batch that is being carried out.
pub(super) struct Open {
    reply: Reply,
    with_events: bool,
    /// Of each command, once it has one.
    answers: Vec<Option<Answered>>,
}

/// The realm's thread.
pub(super) struct Thread {
    /// None while the journal cannot be written.
    pub(super) node: Option<Node>,
    pub(super) storage: Arc<dyn Storage>,
    pub(super) id: RealmId,
    pub(super) settings: Settings,
    pub(super) asked: Receiver<Asked>,
    /// About how many bytes the commands of the batches have that wait.
    pub(super) waiting: Arc<AtomicUsize>,
    pub(super) told: Sender<Durable>,
    /// What the follower was not told, because it had too much to do.
    pub(super) owed: Option<Position>,
    pub(super) snapshots: Background,
    /// The batches of the group.
    pub(super) open: Vec<Open>,
    /// Of each command that waits to be durable, in order: its batch, and its place there.
    pub(super) slots: VecDeque<(usize, usize)>,
    pub(super) health: Arc<Mutex<Health>>,
    /// After the last command that was answered.
    pub(super) position: Position,
    /// Whether the journal is not what it was, so that it is not opened again.
    pub(super) is_broken: bool,
    /// The last id under which it did something of its own.
    pub(super) last_own: CommandId,
    /// The last command that was answered.
    pub(super) answered: Arc<AtomicU64>,
    pub(super) is_stopping: bool,
    /// When the journal failed, until it is opened again.
    pub(super) failed: Option<Instant>,
    pub(super) meters: Arc<RealmMeters>,
}

impl Thread {
    /// Works until it is stopped.
    pub(super) fn run(mut self) {
        while !self.is_stopping {
            let done = match self.asked.recv_timeout(self.wait()) {
                Ok(asked) if self.node.is_some() => self.group(asked),
                Ok(asked) => {
                    self.refuse(asked);
                    Ok(())
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => self.idle(),
            };
            // However much is asked meanwhile.
            let done = match &self.failed {
                Some(since) if !self.is_broken && since.elapsed() >= self.settings.retry_after => {
                    self.reopen()
                }
                _ => done,
            };
            if let Err(error) = done {
                self.fail(&error);
            }
            self.catch_up();
            if self.is_broken {
                self.node = None;
            }
        }
        *self.health.lock() = Health::Stopped;
        for asked in self.asked.try_iter() {
            if let Asked::Batch(batch) = asked {
                self.meters.refused(&Refusal::Stopping, batch.envelopes.len());
                batch.reply.tell(Err(Refusal::Stopping));
            }
        }
        // What was answered is durable. A journal that cannot be sealed now is opened as after a crash.
        let _ = self.node.as_mut().map(Node::rest);
        if let Some(position) = self.owed.take() {
            // Nobody waits for this thread any more, so it may wait for the follower; if that has failed, it has said so itself.
            let _ = self.told.send(Durable::Journal(position));
        }
        self.snapshots.finish();
    }

    /// How long to wait for somebody to ask: until something is due.
    fn wait(&self) -> Duration {
        if let Some(since) = self.failed
            && !self.is_broken
        {
            return self.settings.retry_after.saturating_sub(since.elapsed());
        }
        // Broken, there is nothing to wait for but to be asked, or stopped.
        let due = self.node.as_ref().map_or(u64::MAX, |node| node.realm().due_at());
        self.settings.rest_after.min(Duration::from_nanos(due.saturating_sub(now())))
    }

    /// Carries out a batch, and what waits behind it as far as a group goes.
    fn group(&mut self, first: Asked) -> Result<(), NodeError> {
        let mut next = Some(first);
        while let Some(asked) = next.take() {
            match asked {
                Asked::Batch(batch) => self.take(batch)?,
                Asked::Stop => self.is_stopping = true,
            }
            if !self.is_stopping && self.slots.len() < self.settings.group {
                next = self.asked.try_recv().ok();
            }
        }
        self.commit()?;
        for open in self.open.drain(..) {
            let answers = open.answers.into_iter().map(|answer| answer.expect("the group was carried out"));
            let answers: Vec<Answered> = answers.collect();
            self.meters.answered(&answers);
            open.reply.tell(Ok(answers));
        }
        Ok(())
    }

    fn take(&mut self, batch: Batch) -> Result<(), NodeError> {
        self.waiting.fetch_sub(batch.bytes, Ordering::AcqRel);
        if batch.is_void() {
            self.meters.refused(&Refusal::Void, batch.envelopes.len());
            batch.reply.tell(Err(Refusal::Void));
            return Ok(());
        }
        let place = self.open.len();
        let Batch { envelopes, with_events, is_own, reply, .. } = batch;
        self.open.push(Open { reply, with_events, answers: vec![None; envelopes.len()] });
        // What came together came at one time.
        let time = now();
        for (slot, envelope) in envelopes.into_iter().enumerate() {
            let envelope = if is_own { self.own(envelope.command)? } else { envelope };
            let identity = self.identify(&envelope)?;
            if let Some(known) = Answered::known(identity, time) {
                self.open[place].answers[slot] = Some(known);
                continue;
            }
            if self.node().waiting_bytes() > GROUP_BYTES {
                self.commit()?;
            }
            self.node().take(time, envelope)?;
            self.slots.push_back((place, slot));
        }
        Ok(())
    }

    /// A command of the realm itself, under an id that is new.
    fn own(&mut self, command: Command) -> Result<Envelope, NodeError> {
        let last = self.node().realm().highest_of_node().max(self.last_own);
        let mut envelope = Envelope { id: last, actor: AgentId::REALM, command };
        loop {
            // Others may have used these ids too, against what is told them, and the last of all.
            envelope.id = CommandId(envelope.id.0.checked_add(1).unwrap_or(CommandId::NODE.0));
            self.last_own = envelope.id;
            if self.identify(&envelope)? == Identity::New {
                return Ok(envelope);
            }
        }
    }

    /// The node, which takes batches only while there is one.
    fn node(&mut self) -> &mut Node {
        self.node.as_mut().expect("a node takes batches")
    }

    /// What a command is by its identity; what waits is made durable first, if that depends on it.
    fn identify(&mut self, envelope: &Envelope) -> Result<Identity, NodeError> {
        if let Some(identity) = self.node().identify(envelope) {
            return Ok(identity);
        }
        self.commit()?;
        Ok(self.node().identify(envelope).expect("nothing waits"))
    }

    fn commit(&mut self) -> Result<(), NodeError> {
        let Thread { node, open, slots, meters, .. } = self;
        let Some(node) = node else { return Ok(()) };
        let mut places = slots.drain(..);
        meters.sequenced(node.sequence().0);
        let (begun, mut durable) = (Instant::now(), None);
        let is_durable = || durable = Some(Instant::now());
        let (group, position) = node.commit_group(is_durable, |command, answer, said| {
            let Some((place, slot)) = places.next() else { return };
            let open = &mut open[place];
            let (sequence, is_repeated) =
                said.repeated().map_or((command.sequence, false), |first| (first, true));
            let (time, made) = (command.time, said.made);
            let events = open.with_events.then(|| Box::new(said.clone()));
            open.answers[slot] = Some(Answered { sequence, time, answer, is_repeated, made, events });
        })?;
        drop(places);
        if let Some(durable) = durable {
            meters.committed(group.len(), durable - begun, durable.elapsed());
        }
        if !group.is_empty() {
            self.position = position;
            self.answered.store(position.sequence.0, Ordering::Release);
            self.tell(Durable::Group(group, position), position);
        }
        match self.snapshots.go_on(position) {
            Some(Err(error)) if error.is_final() => Err(error.into()),
            Some(Ok(Some((position, name)))) => {
                tracing::info!(sequence = position.sequence.0, file = name, "a snapshot was made");
                Ok(())
            }
            Some(Err(error)) => {
                tracing::warn!(%error, "no snapshot was made; the journal has everything");
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Tells the follower; if that has too much to do, it will have to read the journal.
    fn tell(&mut self, durable: Durable, position: Position) {
        self.owed = match self.told.try_send(durable) {
            Ok(()) => None,
            Err(TrySendError::Full(_)) => Some(position),
            // Who follows has said why; readers would be told what is not so any more.
            Err(TrySendError::Disconnected(_)) => {
                self.is_broken = true;
                None
            }
        };
    }

    /// Sends the follower to the journal, if it was not told everything and has time now.
    fn catch_up(&mut self) {
        if let Some(position) = self.owed {
            self.tell(Durable::Journal(position), position);
        }
    }

    /// What is done when nobody asks: what is due by time, the rest of what the follower must know, the journal's seal.
    fn idle(&mut self) -> Result<(), NodeError> {
        let Some(node) = &mut self.node else { return Ok(()) };
        let time = now();
        if node.realm().due_at() <= time {
            let tick = self.own(Command::AdvanceClock(AdvanceClock {}))?;
            self.node().take(time, tick)?;
            self.commit()?;
        } else {
            node.rest()?;
        }
        Ok(())
    }

    /// The journal cannot be written, or is not what it was: says so to all who wait, and lets it go.
    fn fail(&mut self, error: &NodeError) {
        let why = error.to_string();
        tracing::error!(error = why, "the realm takes no commands");
        let is_final = match error {
            NodeError::History(HistoryError::Journal(JournalError::Storage(_))) => false,
            NodeError::History(error) => error.is_final(),
            NodeError::Journal(error) => !matches!(error, JournalError::Storage(_) | JournalError::Stopped),
        };
        self.is_broken |= is_final;
        self.node = None;
        self.failed = Some(Instant::now());
        self.slots.clear();
        let told = if self.is_broken { Health::Broken } else { Health::Failing };
        let mut health = self.health.lock();
        // What the follower has found broken is so for good.
        if !matches!(*health, Health::Broken(_)) {
            *health = told(why.clone());
        }
        drop(health);
        for open in self.open.drain(..) {
            let refusal = Refusal::Failing(why.clone());
            self.meters.refused(&refusal, open.answers.len());
            open.reply.tell(Err(refusal));
        }
    }

    fn refuse(&mut self, asked: Asked) {
        match asked {
            Asked::Stop => self.is_stopping = true,
            Asked::Batch(batch) => {
                self.waiting.fetch_sub(batch.bytes, Ordering::AcqRel);
                let why = match &*self.health.lock() {
                    Health::Failing(why) | Health::Broken(why) => why.clone(),
                    _ => String::new(),
                };
                let refusal = Refusal::Failing(why);
                self.meters.refused(&refusal, batch.envelopes.len());
                batch.reply.tell(Err(refusal));
            }
        }
    }

    /// Opens the journal again, as after a crash; but it must have all that was answered, and a group can be written beside it.
    fn reopen(&mut self) -> Result<(), NodeError> {
        self.failed = Some(Instant::now());
        try_to_write(&*self.storage, GROUP_BYTES).map_err(JournalError::from)?;
        let mut reader = Reader::after(Arc::clone(&self.storage), Some(self.id), self.position)?;
        while reader.next_batch()?.is_some() {}
        if reader.position().sequence < self.position.sequence {
            return Err(JournalError::Absent.into());
        }
        let (node, _) = Node::open(&self.storage, self.id, self.settings.node)?;
        self.position = node.position();
        self.owed = Some(self.position);
        self.answered.store(self.position.sequence.0, Ordering::Release);
        self.node = Some(node);
        self.failed = None;
        let mut health = self.health.lock();
        if matches!(*health, Health::Failing(_)) {
            *health = Health::Serving;
        }
        tracing::info!("the journal can be written again");
        Ok(())
    }
}
