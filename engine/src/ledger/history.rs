//! The last transfers, kept so that each can be reversed, once.

use std::collections::VecDeque;

use super::units::{AccountId, Amount, Sequence};
use crate::codec::{choice, record};
use crate::reject::Reject;

/// How many transfers back a correction reaches. What is older is set right by a new transfer.
pub const TRANSFERS_KEPT: usize = 1 << 20;

/// Where a transfer stands in the log: its command, and which step of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) sequence: Sequence,
    pub(super) step: u32,
}

record!(Place { sequence, step });

/// A transfer that was posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Past {
    pub(super) place: Place,
    pub(super) debit: AccountId,
    pub(super) credit: AccountId,
    pub(super) amount: Amount,
    pub(super) standing: Standing,
}

record!(Past { place, debit, credit, amount, standing });

/// Whether a transfer can be reversed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It can.
    Stands,
    /// It was.
    Reversed,
    /// It is itself a reversal.
    Reversal,
}

impl Standing {
    /// Whether a transfer can be reversed, or why not.
    pub(super) fn require(self) -> Result<(), Reject> {
        match self {
            Standing::Stands => Ok(()),
            Standing::Reversed => Err(Reject::AlreadyReversed),
            Standing::Reversal => Err(Reject::NotReversible),
        }
    }
}

choice!(Standing { 1 => Stands, 2 => Reversed, 3 => Reversal });

/// The last transfers, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct History {
    past: VecDeque<Past>,
}

record!(History { past });

impl History {
    #[inline]
    pub(super) fn push(&mut self, past: Past) {
        if self.past.len() == TRANSFERS_KEPT {
            self.past.pop_front();
        }
        self.past.push_back(past);
    }

    /// The transfers, oldest first.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &Past> {
        self.past.iter()
    }

    fn find(&self, place: Place) -> Option<usize> {
        self.past.binary_search_by_key(&place, |past| past.place).ok()
    }

    /// A transfer that is still known.
    pub(super) fn get(&self, place: Place) -> Result<Past, Reject> {
        self.find(place).map(|index| self.past[index]).ok_or(Reject::UnknownTransfer)
    }

    /// Marks a known transfer as reversed, or as standing again. One that is not known any more stays so.
    pub(super) fn set_reversed(&mut self, place: Place, is_reversed: bool) {
        if let Some(index) = self.find(place) {
            self.past[index].standing = if is_reversed { Standing::Reversed } else { Standing::Stands };
        }
    }
}
