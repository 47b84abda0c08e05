//! What is asked of a realm's thread, and what it says.

use std::sync::Arc;

use bartizan_engine::event::Events;
use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm::command::Envelope;
use bartizan_engine::realm::identity::Identity;
use bartizan_engine::reject::{Answer, Reject};

use super::weight::weight;
use crate::sync::atomic::{AtomicBool, Ordering};

/// Commands that came together. They are sequenced in order, though others may come between, and answered together.
pub struct Batch {
    /// The commands.
    pub envelopes: Vec<Envelope>,
    /// Whether the answers are to tell all that followed.
    pub with_events: bool,
    /// Whether it is the node's own, in the name of the realm itself: then it is given ids.
    pub is_own: bool,
    /// Once this is set, the batch is not to be carried out any more: who sent it will send it again. So what one client sends stays in order.
    pub void: Option<Arc<AtomicBool>>,
    /// Told what became of it, on the realm's thread, so briefly.
    pub reply: Reply,
    /// About how many bytes the commands take.
    pub bytes: usize,
}

/// Who is told what became of a batch.
pub type Told = Box<dyn FnOnce(Result<Vec<Answered>, Refusal>) + Send>;

/// Tells what became of a batch, once, whatever happens: one that is dropped tells that this is not known.
pub struct Reply(Option<Told>);

impl Reply {
    /// Tells.
    pub(super) fn tell(mut self, told: Result<Vec<Answered>, Refusal>) {
        if let Some(tell) = self.0.take() {
            tell(told);
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if let Some(tell) = self.0.take() {
            tell(Err(Refusal::Failing("the realm ended before it was answered".to_owned())));
        }
    }
}

impl Batch {
    /// Commands of somebody else, whose answers are enough. Each must be shorter than a journal's record may be; doors have smaller bounds.
    pub fn new(envelopes: Vec<Envelope>, told: Told) -> Self {
        let (bytes, reply) = (weight(&envelopes), Reply(Some(told)));
        Batch { envelopes, with_events: false, is_own: false, void: None, reply, bytes }
    }

    /// Whether it is not to be carried out any more.
    pub(super) fn is_void(&self) -> bool {
        self.void.as_ref().is_some_and(|void| void.load(Ordering::Acquire))
    }
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Batch").field("envelopes", &self.envelopes).finish_non_exhaustive()
    }
}

/// What became of one command. It is durable.
#[derive(Clone, Debug)]
pub struct Answered {
    /// Its place in the log; that of the first, if it was done before.
    pub sequence: Sequence,
    /// The log's time when it was done, in nanoseconds; of what was done before, when it was asked for again.
    pub time: u64,
    /// Whether it was carried out, or why not.
    pub answer: Answer,
    /// Whether it was done before; this is the first answer again.
    pub is_repeated: bool,
    /// The number of what it made: an order, a hold, an account and so on.
    pub made: Option<u64>,
    /// All that followed, if that was asked for.
    pub events: Option<Box<Events>>,
}

impl Answered {
    /// Whether nobody knows its actor, so that nothing of it is in the log.
    pub fn is_of_stranger(&self) -> bool {
        self.sequence == Sequence(0) && self.answer.reject() == Some(Reject::UnknownActor)
    }

    /// The answer to what has one by its identity alone; none to what is new.
    pub fn known(identity: Identity, time: u64) -> Option<Self> {
        let (sequence, answer, is_repeated, made) = match identity {
            Identity::New => return None,
            Identity::Repeated { first, answer, made } => (first, answer, true, made),
            Identity::Refused(reject) => (Sequence(0), Answer::from(Err(reject)), false, None),
        };
        Some(Answered { sequence, time, answer, is_repeated, made, events: None })
    }
}

/// Why a batch was not taken. None of it was carried out for its asker, who may send it again as it is: what was done of it all the same is known by its ids.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is more to do than is done; nothing of it was sequenced.
    #[error("the realm is busy: send it again, after a moment")]
    Busy,
    /// The journal cannot be written. What became of the batch is unknown until it can.
    #[error("the realm takes no commands: {0}")]
    Failing(String),
    /// What was sent before it was not taken, so neither is this ([`Batch::void`]).
    #[error("what was sent before it was not taken")]
    Void,
    /// The node is being stopped; nothing of it was sequenced.
    #[error("the realm is being stopped")]
    Stopping,
}
