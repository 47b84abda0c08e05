//! What one agent has of one asset: what is theirs, what of it is promised, and what is promised to them.
//!
//! Invariant, kept by every posting: `balance + overdraft >= pending_out` and `balance + pending_in <= ceiling`.
//! Deliberately lacks running totals of what ever went in and out: they would outgrow any integer, and the log has them.

use super::units::{AgentId, Amount, AssetId};
use crate::codec::record;
use serde::Serialize;

/// One account: one cache line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(64))]
pub struct Account {
    /// Credits less debits that are posted. Below zero only as far as the overdraft allows.
    pub balance: i128,
    /// What holds will take, if posted.
    pub pending_out: u128,
    /// What holds will bring, if posted.
    pub pending_in: u128,
    /// Whose it is; of an asset's issue account the realm.
    pub owner: AgentId,
    /// Of which asset.
    pub asset: AssetId,
    /// Its limits, by their place in the table of limits.
    pub(super) limits: u32,
    /// How many markets pay their fees into it: it stays open as long.
    pub(super) fee_markets: u16,
    /// Whether it takes part in anything any more.
    pub is_closed: bool,
}

record!(Account { balance, pending_out, pending_in, owner, asset, limits, fee_markets, is_closed });

const _: () = assert!(size_of::<Account>() == 64, "an account is one line of the cache");

/// How far an account's balance may go, down and up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Limits {
    /// How far below zero: a line of credit.
    pub overdraft: Amount,
    /// How far above zero, if there is an end to it, as mutual credit wants it.
    pub ceiling: Option<Amount>,
}

record!(Limits { overdraft, ceiling });

impl Limits {
    /// No credit and no ceiling.
    pub const NONE: Limits = Limits { overdraft: Amount::ZERO, ceiling: None };

    /// Whether a command may set them.
    pub fn are_valid(self) -> bool {
        self.overdraft <= Amount::MAX && self.ceiling.is_none_or(|ceiling| ceiling <= Amount::MAX)
    }
}

impl Account {
    /// A new account.
    pub(super) fn new(owner: AgentId, asset: AssetId, limits: u32) -> Self {
        Account {
            balance: 0,
            pending_out: 0,
            pending_in: 0,
            owner,
            asset,
            limits,
            fee_markets: 0,
            is_closed: false,
        }
    }

    /// What may still go out under these limits.
    #[inline]
    pub(super) fn available(&self, limits: Limits) -> i128 {
        self.balance + limits.overdraft.0 as i128 - self.pending_out as i128
    }

    /// Whether `amount` more may come in under these limits.
    #[inline]
    pub(super) fn has_room(&self, limits: Limits, amount: u128) -> bool {
        limits
            .ceiling
            .is_none_or(|ceiling| self.balance + (self.pending_in + amount) as i128 <= ceiling.0 as i128)
    }

    /// Whether the account keeps to these limits as it is.
    pub(super) fn keeps(&self, limits: Limits) -> bool {
        self.available(limits) >= 0 && self.has_room(limits, 0)
    }
}
