//! What readers look at: a second realm, which follows the first.
//!
//! The realm itself belongs to its thread alone, and nobody else sees it. Its journal, applied again to a copy, gives the same state, digest and all; that copy is
//! behind a lock that readers share. A reader who takes long delays the copy and those who read, never the realm. The copy is behind by
//! what it takes to apply one group; who must see what it was told waits for that ([`View::at_least`]).
//!
//! Cost: the memory of a realm again, and applying every command once more.

use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm::Realm;

use crate::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard, watch};

/// A realm to be read.
#[derive(Debug)]
pub struct View {
    realm: RwLock<Realm>,
    reached: watch::Sender<Reached>,
}

/// How far a view is.
#[derive(Clone, Copy, Debug)]
struct Reached {
    sequence: Sequence,
    /// Whether it goes no further, since nobody follows any more.
    is_final: bool,
}

impl View {
    /// The view of a realm as it is now.
    pub fn new(realm: Realm) -> Self {
        let reached = watch::Sender::new(Reached { sequence: realm.sequence(), is_final: false });
        View { realm: RwLock::new(realm), reached }
    }

    /// The realm after some durable command, at most a moment ago. It stands still as long as this is held, so hold it briefly.
    pub fn read(&self) -> RwLockReadGuard<'_, Realm> {
        self.realm.read()
    }

    /// The last command that can be seen.
    pub fn reached(&self) -> Sequence {
        self.reached.borrow().sequence
    }

    /// Waits until the command of `sequence`, which must be durable, can be seen. Returns whether it ever can: not if the follower has stopped.
    pub async fn at_least(&self, sequence: Sequence) -> bool {
        let mut reached = self.reached.subscribe();
        let found = reached.wait_for(|reached| reached.sequence >= sequence || reached.is_final).await;
        found.is_ok_and(|reached| reached.sequence >= sequence)
    }

    /// For the follower, who alone changes it.
    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Realm> {
        self.realm.write()
    }

    /// Tells those who wait what can be seen now.
    pub(super) fn publish(&self) {
        let sequence = self.realm.read().sequence();
        self.reached.send_modify(|reached| reached.sequence = sequence);
    }

    /// Tells those who wait that no more will be seen.
    pub(super) fn end(&self) {
        self.reached.send_modify(|reached| reached.is_final = true);
    }
}
