//! A realm on a thread of its own, and the way to it: a bounded queue of batches, a [`View`] to read, a [`Feed`] to listen to.
//!
//! The thread takes what waits in the queue, up to a group, makes that durable with one sync, applies it, and answers. While it waits for the
//! disk the queue fills, so groups grow with the load by themselves. A full queue, by its batches or by the bytes of their commands, is said at once ([`Refusal::Busy`]); nothing
//! waits in memory beyond it.
//!
//! A journal that cannot be written stops the realm, not the process: what was asked is refused with the reason, readers go on reading what is durable, and
//! the journal is opened again, as after a crash, until that succeeds.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::SystemTime;

use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm::command::Envelope;
use bartizan_engine::realm::ids::CommandId;
use tokio::sync::oneshot;

use super::feed::Feed;
use super::follower::{FOLLOWER_QUEUE, Follower};
use super::meters::{Readings, RealmMeters};
use super::request::{Answered, Batch, Refusal, Told};
use super::thread::{Asked, Health, Settings, Thread};
use super::view::View;
use crate::journal::{self, RealmId, Storage, Usage};
use crate::node::background::Background;
use crate::node::{HistoryError, Node, NodeError, Opened};
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::sync::channel::{self, Sender, TrySendError};
use crate::sync::thread::{self, JoinHandle};

/// A hosted realm, as everybody else sees it.
#[derive(Debug)]
pub struct Host {
    name: String,
    id: RealmId,
    storage: Arc<dyn Storage>,
    queue: Sender<Asked>,
    /// About how many bytes the commands have that wait in it, and may have.
    waiting: Arc<AtomicUsize>,
    room: usize,
    view: Arc<View>,
    feed: Arc<Feed>,
    health: Arc<Mutex<Health>>,
    /// The last command that was answered.
    answered: Arc<AtomicU64>,
    meters: Arc<RealmMeters>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Host {
    /// Opens the realm in `storage`, a new one of the id `fresh` if there is none, and starts its threads.
    ///
    /// # Errors
    /// If its journal is damaged, or the storage fails.
    ///
    /// # Panics
    /// If the system gives no thread.
    pub fn start(
        name: &str,
        storage: &Arc<dyn Storage>,
        fresh: RealmId,
        settings: Settings,
    ) -> Result<(Self, Opened), NodeError> {
        let (node, opened) = Node::open(storage, fresh, settings.node)?;
        let (id, position) = (node.id(), node.position());
        let view = Arc::new(View::new(node.realm().clone()));
        let feed = Arc::new(Feed::new(node.realm().sequence(), settings.feed));
        let health = Arc::new(Mutex::new(Health::Serving));
        let answered = Arc::new(AtomicU64::new(position.sequence.0));
        let meters = Arc::new(RealmMeters::new(name));
        meters.sequenced(position.sequence.0);
        let (queue, asked) = channel::bounded(settings.queue);
        let (told, durable) = channel::bounded(FOLLOWER_QUEUE);
        let waiting = Arc::new(AtomicUsize::new(0));
        let start = opened.start.map_or(Sequence(0), |position| Sequence(position.sequence.0));
        let thread = Thread {
            node: Some(node),
            storage: Arc::clone(storage),
            id,
            settings,
            asked,
            waiting: Arc::clone(&waiting),
            told,
            owed: None,
            snapshots: Background::new(storage, settings.snapshot_every, start),
            open: Vec::new(),
            slots: VecDeque::new(),
            position,
            is_broken: false,
            last_own: CommandId::NODE,
            health: Arc::clone(&health),
            answered: Arc::clone(&answered),
            is_stopping: false,
            failed: None,
            meters: Arc::clone(&meters),
        };
        let follower = Follower {
            storage: Arc::clone(storage),
            id,
            position,
            view: Arc::clone(&view),
            feed: Arc::clone(&feed),
        };
        let [realm_ends, view_ends] = [End::new(&health, &view), End::new(&health, &view)];
        let work = move || {
            let _held = realm_ends;
            thread.run();
        };
        let follow = move || view_ends.after(follower.follow(&durable));
        let threads = vec![spawn("realm", name, work), spawn("view", name, follow)];
        let (name, storage, threads) = (name.to_owned(), Arc::clone(storage), Mutex::new(threads));
        let room = settings.room;
        let host =
            Host { name, id, storage, queue, waiting, room, view, feed, health, answered, meters, threads };
        Ok((host, opened))
    }

    /// What it is called here.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whose journal it is.
    pub fn id(&self) -> RealmId {
        self.id
    }

    /// Where its journal is.
    pub fn storage(&self) -> &Arc<dyn Storage> {
        &self.storage
    }

    /// What readers look at.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Waits until all can be seen that was answered before this was called: who does that first sees what it did itself, and what it was told of.
    /// Returns whether that can be: not if nobody follows the realm any more.
    pub async fn up_to_date(&self) -> bool {
        let answered = Sequence(self.answered.load(Ordering::Acquire));
        self.view.at_least(answered).await
    }

    /// What happens in it.
    pub fn feed(&self) -> &Feed {
        &self.feed
    }

    /// How it does.
    pub fn health(&self) -> Health {
        self.health.lock().clone()
    }

    /// What is counted of it, with what can be read off as it is now. Looks at the names and lengths of its files, so it may wait for the disk.
    pub fn meters(&self) -> &RealmMeters {
        // Of a disk that cannot be read nothing is told; that it is so, the realm's health says.
        let usage: Usage = journal::usage(&*self.storage).unwrap_or_default();
        let age = |written| SystemTime::now().duration_since(written).unwrap_or_default();
        self.meters.read(&Readings {
            durable: self.answered.load(Ordering::Acquire),
            visible: self.view.reached().0,
            waiting: self.queue.len(),
            room: self.queue.capacity().unwrap_or(0),
            is_up: self.health() == Health::Serving,
            journal_bytes: usage.bytes,
            snapshot: usage.snapshot.map_or(0, |sequence| sequence.0),
            snapshot_age: usage.written.map(age),
        });
        &self.meters
    }

    /// Asks for a batch to be carried out. Its reply is called once, whatever happens; it may be called before this returns.
    pub fn submit(&self, batch: Batch) {
        if let Err((batch, refusal)) = self.offer(batch) {
            batch.reply.tell(Err(refusal));
        }
    }

    /// As [`Host::submit`], but gives back at once what cannot even wait.
    ///
    /// # Errors
    /// If the queue is full, or the realm is being stopped: the batch, and which.
    pub fn offer(&self, batch: Batch) -> Result<(), (Batch, Refusal)> {
        let bytes = batch.bytes;
        let before = self.waiting.fetch_add(bytes, Ordering::AcqRel);
        let is_full = before > 0 && before + bytes > self.room;
        let sent = if is_full {
            Err(TrySendError::Full(Asked::Batch(batch)))
        } else {
            self.queue.try_send(Asked::Batch(batch))
        };
        let Err(refused) = sent else { return Ok(()) };
        self.waiting.fetch_sub(bytes, Ordering::AcqRel);
        let (batch, refusal) = match refused {
            TrySendError::Full(Asked::Batch(batch)) => (batch, Refusal::Busy),
            TrySendError::Disconnected(Asked::Batch(batch)) => (batch, Refusal::Stopping),
            _ => unreachable!("a batch was sent"),
        };
        self.meters.refused(&refusal, batch.envelopes.len());
        Err((batch, refusal))
    }

    /// Asks, and waits for the answers: for whoever has a thread to wait on.
    ///
    /// # Errors
    /// If it was not carried out; why.
    pub fn ask(&self, envelopes: Vec<Envelope>) -> Result<Vec<Answered>, Refusal> {
        let (told, answers) = channel::bounded(1);
        let reply = Box::new(move |answers| {
            // Who asked may have gone.
            let _ = told.send(answers);
        });
        self.submit(Batch::new(envelopes, reply));
        answers.recv().unwrap_or(Err(Refusal::Stopping))
    }

    /// Asks with the batch that `make` makes for whom it is given, and waits for the answers as a task.
    ///
    /// # Errors
    /// If it was not carried out; why.
    pub async fn answers(&self, make: impl FnOnce(Told) -> Batch) -> Result<Vec<Answered>, Refusal> {
        let (told, answers) = oneshot::channel();
        // Who asked may have gone.
        self.submit(make(Box::new(move |answers| drop(told.send(answers)))));
        answers.await.unwrap_or(Err(Refusal::Stopping))
    }

    /// Carries out what waits in the queue, seals the journal, and ends the threads.
    ///
    /// # Panics
    /// If one of them panicked.
    pub fn stop(&self) {
        // Who is gone already needs no telling.
        let _ = self.queue.send(Asked::Stop);
        for thread in self.threads.lock().drain(..) {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
        *self.health.lock() = Health::Stopped;
    }
}

/// Starts one of a realm's threads.
fn spawn(kind: &str, realm: &str, work: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    let builder = thread::Builder::new().name(format!("{kind} {realm}"));
    let span = tracing::info_span!("thread", realm);
    builder.spawn(move || span.in_scope(work)).expect("the system gives a thread")
}

/// Held by each of a realm's threads: one that panics has found a broken invariant, and the realm says so and does nothing more.
struct End {
    health: Arc<Mutex<Health>>,
    view: Arc<View>,
}

impl End {
    fn new(health: &Arc<Mutex<Health>>, view: &Arc<View>) -> Self {
        End { health: Arc::clone(health), view: Arc::clone(view) }
    }
}

impl End {
    /// Nobody follows any more; whether that is as it should be.
    fn after(self, followed: Result<(), HistoryError>) {
        if let Err(error) = followed {
            let why = format!("what can be seen goes no further: {error}");
            tracing::error!(error = why);
            *self.health.lock() = Health::Broken(why);
        }
        self.view.end();
    }
}

impl Drop for End {
    fn drop(&mut self) {
        if thread::panicking() {
            *self.health.lock() = Health::Broken("a broken invariant was found".to_owned());
            self.view.end();
        }
    }
}
