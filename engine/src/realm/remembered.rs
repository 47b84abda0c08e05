//! Which command ids an agent has used, and what the answers were, so that nothing is done twice.
//!
//! Ids that rise, as counters and time-ordered ids do, are kept in one queue: an id above the last is new, which costs one comparison. Others
//! cost a tree. The last [`IDS_KEPT`] of each are kept; whatever is not above what was forgotten is refused, so that an id is
//! never taken twice, however late it comes. 32 bytes an id.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use super::command::CommandId;
use crate::codec::record;
use crate::ledger::units::{Sequence, number};
use crate::reject::Reject;
use serde::Deserialize;

/// How many ids of one agent are remembered.
pub const IDS_KEPT: usize = 1 << 20;

number! {
    /// The answer to a command: 0 if it was carried out, else the number of the [`Reject`].
    Answer(u16)
}

impl Answer {
    /// Carried out.
    pub const DONE: Answer = Answer(0);

    /// Whether the command was carried out.
    pub fn is_done(self) -> bool {
        self == Self::DONE
    }
}

impl From<Result<(), Reject>> for Answer {
    #[inline]
    fn from(done: Result<(), Reject>) -> Self {
        Answer(done.err().map_or(0, Reject::number))
    }
}

/// A command whose id was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spent {
    fingerprint: u64,
    /// The sequence above the answer's 16 bits.
    first: u64,
}

record!(Spent { fingerprint, first });

impl Spent {
    fn new(fingerprint: u64, first: Sequence, answer: Answer) -> Self {
        debug_assert!(first.0 < 1 << 48, "a log of 2^48 commands takes nine years at a million a second");
        Spent { fingerprint, first: first.0 << 16 | u64::from(answer.0) }
    }
}

/// The ids of one agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Remembered {
    /// By rising id.
    rising: VecDeque<(CommandId, Spent)>,
    /// Those that came out of order.
    others: BTreeMap<CommandId, Spent>,
    /// The largest that was forgotten.
    forgotten: CommandId,
}

record!(Remembered { rising, others, forgotten });

/// What is known of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// Nothing: it is new.
    New,
    /// It was used for a command with the same fingerprint, at this place, with this answer.
    Same(Sequence, Answer),
    /// It was used for another command.
    Other,
    /// It lies below what is remembered.
    TooOld,
}

impl Remembered {
    /// What is known of an id.
    #[inline]
    pub(super) fn look(&self, id: CommandId, fingerprint: u64) -> Known {
        match self.rising.back() {
            Some(&(last, _)) if id <= last => self.look_back(id, fingerprint),
            None if id <= self.forgotten => Known::TooOld,
            _ => Known::New,
        }
    }

    #[cold]
    fn look_back(&self, id: CommandId, fingerprint: u64) -> Known {
        let risen =
            self.rising.binary_search_by_key(&id, |&(id, _)| id).ok().map(|place| self.rising[place].1);
        match risen.or_else(|| self.others.get(&id).copied()) {
            Some(spent) if spent.fingerprint == fingerprint => {
                Known::Same(Sequence(spent.first >> 16), Answer(spent.first as u16))
            }
            Some(_) => Known::Other,
            None if id <= self.forgotten => Known::TooOld,
            None => Known::New,
        }
    }

    /// Keeps a new id with its answer.
    #[inline]
    pub(super) fn keep(&mut self, id: CommandId, fingerprint: u64, first: Sequence, answer: Answer) {
        let spent = Spent::new(fingerprint, first, answer);
        if self.rising.back().is_none_or(|&(last, _)| id > last) {
            self.rising.push_back((id, spent));
        } else {
            self.others.insert(id, spent);
        }
        if self.rising.len() > IDS_KEPT || self.others.len() > IDS_KEPT {
            self.forget();
        }
    }

    /// Forgets the lowest id of the list that is full, and all below it.
    #[cold]
    fn forget(&mut self) {
        let lowest = if self.rising.len() > IDS_KEPT {
            self.rising.pop_front().map(|(id, _)| id)
        } else {
            self.others.pop_first().map(|(id, _)| id)
        };
        self.forgotten = self.forgotten.max(lowest.expect("a full list has a lowest id"));
        while self.rising.front().is_some_and(|&(id, _)| id <= self.forgotten) {
            self.rising.pop_front();
        }
        while self.others.first_key_value().is_some_and(|(&id, _)| id <= self.forgotten) {
            self.others.pop_first();
        }
    }
}
