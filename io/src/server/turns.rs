//! Whose turn it is to read history. To read it is to carry it out again, which takes a processor and another realm in memory; so few may at a time, and whoever has
//! to wait for his client lets others go on.
//!
//! - A [`Turn`] is held while history is read. No agent has more than half of them, however many its connections are; the next goes to who waits longest.
//! - Between turns a realm may be kept, so as not to carry out again what was before: as long as [`Room`] for it is held, of which there is as much as two for
//!   each turn, and a quarter of that for one agent. Who gets none begins anew from a snapshot at the next turn.
//!
//! So the memory of all who read history at once is that of three realms for each turn.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use bartizan_engine::ledger::units::AgentId;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// An agent of the realm at a place.
type Key = (usize, AgentId);

/// An agent's own share.
#[derive(Debug)]
struct Share {
    turns: Arc<Semaphore>,
    rooms: Arc<Semaphore>,
}

/// All turns.
#[derive(Debug)]
pub struct Turns {
    free: Arc<Semaphore>,
    rooms: Arc<Semaphore>,
    most: usize,
    /// Of those who read history, or wait to.
    shares: Mutex<HashMap<Key, Weak<Share>>>,
    waiting: AtomicUsize,
}

/// A turn to read history, as long as it is held.
#[derive(Debug)]
pub struct Turn {
    _turn: OwnedSemaphorePermit,
    /// Those of an agent; none where it is not told who reads.
    _share: Option<(OwnedSemaphorePermit, Arc<Share>)>,
}

/// Room for a realm between turns, as long as it is held.
#[derive(Debug)]
pub struct Room {
    _room: OwnedSemaphorePermit,
    _share: (OwnedSemaphorePermit, Arc<Share>),
}

/// Rooms for each turn.
const ROOMS: usize = 2;

/// As few shares as are never looked through for those that nobody has.
const FEW: usize = 64;

/// One who waits.
struct Waits<'a>(&'a AtomicUsize);

impl<'a> Waits<'a> {
    fn new(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::AcqRel);
        Waits(waiting)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Turns {
    /// So many at a time.
    pub fn new(most: usize) -> Self {
        let [free, rooms] = [most, ROOMS * most].map(|count| Arc::new(Semaphore::new(count)));
        Turns { free, rooms, most, shares: Mutex::default(), waiting: AtomicUsize::new(0) }
    }

    /// Waits for a turn of whoever it is. None, once the site is gone.
    pub async fn any(&self) -> Option<Turn> {
        Some(Turn { _turn: self.turn().await?, _share: None })
    }

    /// A turn of whoever it is, if there is one now.
    pub fn try_any(&self) -> Option<Turn> {
        let turn = Arc::clone(&self.free).try_acquire_owned().ok()?;
        Some(Turn { _turn: turn, _share: None })
    }

    /// Waits for a turn of an agent of the realm at `place`. None, once the site is gone.
    pub async fn of(&self, place: usize, agent: AgentId) -> Option<Turn> {
        let share = self.share((place, agent));
        let own = Arc::clone(&share.turns).acquire_owned().await.ok()?;
        Some(Turn { _turn: self.turn().await?, _share: Some((own, share)) })
    }

    async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        let _waits = Waits::new(&self.waiting);
        Arc::clone(&self.free).acquire_owned().await.ok()
    }

    /// Room to keep a realm between turns, if there is any now.
    pub fn room(&self, place: usize, agent: AgentId) -> Option<Room> {
        let share = self.share((place, agent));
        let own = Arc::clone(&share.rooms).try_acquire_owned().ok()?;
        let room = Arc::clone(&self.rooms).try_acquire_owned().ok()?;
        Some(Room { _room: room, _share: (own, share) })
    }

    /// Whether somebody waits for a turn.
    pub fn are_wanted(&self) -> bool {
        self.waiting.load(Ordering::Acquire) > 0
    }

    fn share(&self, key: Key) -> Arc<Share> {
        let mut shares = self.shares.lock();
        if let Some(share) = shares.get(&key).and_then(Weak::upgrade) {
            return share;
        }
        if shares.len() >= FEW {
            shares.retain(|_, share| share.strong_count() > 0);
        }
        let counts = [self.most.div_ceil(2), (ROOMS * self.most).div_ceil(4)];
        let [turns, rooms] = counts.map(|count| Arc::new(Semaphore::new(count)));
        let share = Arc::new(Share { turns, rooms });
        shares.insert(key, Arc::downgrade(&share));
        share
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const ANN: AgentId = AgentId(1);
    const BOB: AgentId = AgentId(2);

    /// Whether a turn comes soon.
    async fn comes(turns: &Turns, agent: AgentId) -> Option<Turn> {
        tokio::time::timeout(Duration::from_millis(20), turns.of(0, agent)).await.ok().flatten()
    }

    #[tokio::test]
    async fn an_agent_has_no_more_than_half_of_the_turns_and_leaves_some_to_others() {
        let turns = Turns::new(4);
        let anns = [comes(&turns, ANN).await, comes(&turns, ANN).await];
        assert!(anns.iter().all(Option::is_some));
        assert!(comes(&turns, ANN).await.is_none(), "she has half of them");
        assert!(!turns.are_wanted(), "who waits for her own share keeps nobody from going on");
        let bobs = [comes(&turns, BOB).await, comes(&turns, BOB).await];
        assert!(bobs.iter().all(Option::is_some));
        assert!(turns.try_any().is_none());
        let waiting = turns.any();
        tokio::pin!(waiting);
        assert!(tokio::time::timeout(Duration::from_millis(20), &mut waiting).await.is_err());
        assert!(turns.are_wanted());
        drop(anns);
        assert!(waiting.await.is_some());
        assert!(!turns.are_wanted());
        assert!(comes(&turns, ANN).await.is_some(), "she waits no more for what she gave back");
    }

    #[test]
    fn rooms_between_turns_are_few_and_an_agent_has_its_share_of_them() {
        let turns = Turns::new(4);
        let mut rooms: Vec<Room> = (0..2).filter_map(|_| turns.room(0, ANN)).collect();
        assert_eq!(rooms.len(), 2);
        assert!(turns.room(0, ANN).is_none() && turns.room(1, ANN).is_some(), "another realm's is another");
        rooms.extend((2..9).filter_map(|agent| turns.room(0, AgentId(agent))));
        assert_eq!(rooms.len(), 8, "two for each turn");
        drop(rooms);
        assert!(turns.room(0, ANN).is_some());
    }
}
