//! Two-phase transfers: an amount is held on both accounts, and is later posted, in part or whole, voided, or expires by the log's time.
//!
//! One whose time is over is as good as gone at once: it can be neither posted nor voided. What it held is free when its turn comes: each command
//! takes out at most [`MAX_DUE`](crate::limits::MAX_DUE) of those that are due, the earliest first, as `TigerBeetle` does by its pulses.
//!
//! Cost: O(log n) in the holds that are open. Of a hold that ended one byte is kept, so that a late answer to it can be refused by name.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use serde::Serialize;

use super::units::{AccountId, Amount, HoldId};
use crate::codec::{choice, record};
use crate::reject::Reject;

/// An amount on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Hold {
    /// From where.
    pub debit: AccountId,
    /// To where.
    pub credit: AccountId,
    /// How much.
    pub amount: Amount,
    /// When it expires, in nanoseconds of the log; 0: never.
    pub expires: u64,
}

record!(Hold { debit, credit, amount, expires });

/// How a hold ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[repr(u8)]
pub enum HoldEnd {
    /// Posted, in part or whole; the rest is free.
    Posted = 1,
    /// Voided: all of it is free.
    Voided = 2,
    /// Its time was over: all of it is free.
    Expired = 3,
}

choice!(HoldEnd { 1 => Posted, 2 => Voided, 3 => Expired });

/// All holds that ever were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Holds {
    open: BTreeMap<HoldId, Hold>,
    /// By number less one: how each ended; 0 while it is open.
    ends: Vec<u8>,
    /// By expiry, then number.
    expiries: BTreeSet<(u64, HoldId)>,
}

record!(Holds { open, ends, expiries });

impl Holds {
    /// The number that the next hold gets.
    pub(super) fn next(&self) -> HoldId {
        HoldId(self.ends.len() as u64 + 1)
    }

    /// Whether no more can be numbered in what a snapshot can list.
    pub(super) fn is_full(&self) -> bool {
        self.ends.len() >= u32::MAX as usize
    }

    /// Opens a hold.
    pub(super) fn insert(&mut self, hold: Hold) -> HoldId {
        let id = self.next();
        self.ends.push(0);
        self.reopen(id, hold);
        id
    }

    fn reopen(&mut self, id: HoldId, hold: Hold) {
        self.open.insert(id, hold);
        if hold.expires != 0 {
            self.expiries.insert((hold.expires, id));
        }
    }

    /// An open hold, or why it is none.
    pub(super) fn get(&self, id: HoldId) -> Result<Hold, Reject> {
        if let Some(&hold) = self.open.get(&id) {
            return Ok(hold);
        }
        let place = id.0.checked_sub(1).and_then(|place| usize::try_from(place).ok());
        Err(match place.and_then(|place| self.ends.get(place)) {
            None => Reject::UnknownHold,
            Some(&end) if end == HoldEnd::Posted as u8 => Reject::HoldPosted,
            Some(&end) if end == HoldEnd::Voided as u8 => Reject::HoldVoided,
            Some(_) => Reject::HoldExpired,
        })
    }

    /// Ends an open hold.
    pub(super) fn end(&mut self, id: HoldId, end: HoldEnd) {
        let hold = self.open.remove(&id).expect("only open holds are ended");
        self.ends[id.0 as usize - 1] = end as u8;
        if hold.expires != 0 {
            self.expiries.remove(&(hold.expires, id));
        }
    }

    /// As if the last hold had never been opened.
    pub(super) fn undo_insert(&mut self, id: HoldId) {
        let hold = self.open.remove(&id).expect("it was opened a moment ago");
        self.ends.pop();
        if hold.expires != 0 {
            self.expiries.remove(&(hold.expires, id));
        }
    }

    /// As if a hold had not ended.
    pub(super) fn undo_end(&mut self, id: HoldId, hold: Hold) {
        self.ends[id.0 as usize - 1] = 0;
        self.reopen(id, hold);
    }

    /// The hold that expires first, and when.
    pub(super) fn first_expiry(&self) -> Option<(u64, HoldId)> {
        self.expiries.first().copied()
    }

    /// Whether each hold is open, or says how it ended; and the open ones that expire are by their expiry.
    pub(super) fn are_whole(&self) -> bool {
        let ended = |&end: &u8| (1..=HoldEnd::Expired as u8).contains(&end);
        let is_open = |id: &HoldId| {
            let place = id.0.checked_sub(1).and_then(|place| usize::try_from(place).ok());
            place.and_then(|place| self.ends.get(place)) == Some(&0)
        };
        let count = self.ends.iter().filter(|&end| ended(end)).count();
        let expiring = self.open.iter().filter(|(_, hold)| hold.expires != 0);
        let expiries: BTreeSet<(u64, HoldId)> = expiring.map(|(&id, hold)| (hold.expires, id)).collect();
        self.open.keys().all(is_open)
            && count + self.open.len() == self.ends.len()
            && expiries == self.expiries
    }

    /// The open ones, by number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (HoldId, Hold)> {
        self.open.iter().map(|(&id, &hold)| (id, hold))
    }

    /// The open ones after one, by number.
    pub(super) fn after(&self, id: HoldId) -> impl Iterator<Item = (HoldId, Hold)> {
        self.open.range((Bound::Excluded(id), Bound::Unbounded)).map(|(&id, &hold)| (id, hold))
    }
}
