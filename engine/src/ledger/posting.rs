//! The one kind of movement that all value makes, and what a reader needs of it to rebuild every balance.
//!
//! Adding up the postings of a log gives each account's `balance`, `pending_out` and `pending_in`; nothing else changes them. The sum of all
//! balances of an asset is always zero: an asset's issue account stands at minus what is out.

use super::units::{AccountId, Amount};
use crate::codec::{choice, record};
use serde::Serialize;

/// One movement between two accounts of the same asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Posting {
    /// What it does.
    pub kind: PostingKind,
    /// From where.
    pub debit: AccountId,
    /// To where; 0 in a hold whose receiver is not known yet, as an order's is.
    pub credit: AccountId,
    /// How much.
    pub amount: Amount,
}

record!(Posting { kind, debit, credit, amount });

/// What a posting does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[repr(u8)]
pub enum PostingKind {
    /// The debited balance falls and the credited one rises.
    Posted = 1,
    /// The debited account's `pending_out` and the credited one's `pending_in` rise.
    Held = 2,
    /// Both fall again.
    Released = 3,
}

choice!(PostingKind { 1 => Posted, 2 => Held, 3 => Released });

impl Posting {
    /// The posting that undoes this one.
    #[must_use]
    pub(super) fn inverse(self) -> Self {
        match self.kind {
            PostingKind::Posted => Posting { debit: self.credit, credit: self.debit, ..self },
            PostingKind::Held => Posting { kind: PostingKind::Released, ..self },
            PostingKind::Released => Posting { kind: PostingKind::Held, ..self },
        }
    }
}
