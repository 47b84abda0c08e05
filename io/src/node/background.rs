//! Snapshots made while a node works: each on a thread of its own, from the journal alone ([`super::snapshot`]), so that the realm does not pause.
//!
//! One is made at a time. While it is, a second realm is in memory, and the disk has two writers: a group of commands may wait for it where the file
//! system syncs both together. What a snapshot costs, the benchmark `realm` shows.

use std::sync::Arc;

use bartizan_engine::ledger::units::Sequence;

use super::history::HistoryError;
use super::snapshot;
use crate::journal::{Position, Storage};
use crate::sync::thread::{self, JoinHandle};

/// What became of a snapshot.
pub type Taken = Result<snapshot::Taken, HistoryError>;

/// A node's snapshots.
#[derive(Debug)]
pub struct Background {
    storage: Arc<dyn Storage>,
    every: u64,
    /// Where the last one stands that was begun.
    last: Sequence,
    making: Option<JoinHandle<Taken>>,
}

impl Background {
    /// One after every so many commands (0: none) of the node in `storage`, whose newest snapshot stands at `last`.
    pub fn new(storage: &Arc<dyn Storage>, every: u64, last: Sequence) -> Self {
        Background { storage: Arc::clone(storage), every, last, making: None }
    }

    /// Begins one of `position`, up to which all is durable, if it is time for one and none is being made. Tells what became of the one before, once.
    ///
    /// # Panics
    /// If making it panicked.
    pub fn go_on(&mut self, position: Position) -> Option<Taken> {
        let made = self.making.take_if(|making| making.is_finished()).map(join);
        let until = Sequence(position.sequence.0);
        if self.every > 0 && self.making.is_none() && until.0 - self.last.0 >= self.every {
            self.last = until;
            let storage = Arc::clone(&self.storage);
            self.making = Some(thread::spawn(move || snapshot::take(&storage, position)));
        }
        made
    }

    /// Waits for the one that is being made.
    ///
    /// # Panics
    /// If making it panicked.
    pub fn finish(self) -> Option<Taken> {
        self.making.map(join)
    }
}

fn join(making: JoinHandle<Taken>) -> Taken {
    making.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
