//! All that one process serves: its realms, who comes in to each, and what everybody is bound by.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use prometheus::IntGauge;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};

use super::access::{Access, Principal};
use super::audit::{Audit, Refused, What};
use super::host::Host;
use super::limits::{Limits, Rates, Wait};
use super::meters::{Door, Meters};
use super::patience::Patience;
use super::turns::{Turn, Turns};
use super::visitor::{Peer, Visitor};

/// How often it is looked whether a token was taken back: so long one counts at most where nothing else looks.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// A realm and who comes in to it.
#[derive(Debug)]
pub struct Realm {
    /// The realm.
    pub host: Host,
    /// Who comes in.
    pub access: Access,
    /// The folder of its Merkle log, where one is kept.
    pub log: PathBuf,
    /// What was refused.
    pub audit: Audit,
}

/// What everybody is bound by.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Connections at a time.
    pub connections: usize,
    /// Commands of one connection that may wait for their answers.
    pub window: u32,
    /// How long nothing may be heard from a client.
    pub silence: Duration,
    /// How long what is sent to a client may go unread.
    pub unread: Duration,
    /// How long it may take somebody to sign in.
    pub sign_in: Duration,
    /// How many may read history at a time, of all realms and through all doors ([`Turns`]).
    pub replays: usize,
    /// After how long a client should try again when there is too much to do.
    pub retry_after: Duration,
    /// How much each may ask for.
    pub rates: Rates,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds {
            connections: 10_000,
            window: 1 << 16,
            silence: Duration::from_secs(30),
            unread: Duration::from_secs(10),
            sign_in: Duration::from_secs(5),
            replays: 4,
            retry_after: Duration::from_millis(5),
            rates: Rates::default(),
        }
    }
}

/// Connections for which there is no room and that are told so at a time; more are closed without a word.
const REFUSALS: usize = 64;

/// A connection's place among those that there may be, as long as it is held.
#[derive(Debug)]
pub struct Room {
    _permit: OwnedSemaphorePermit,
    open: IntGauge,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.open.dec();
    }
}

/// An attempt to come in.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// From which address one was taken, if one was.
    taken: Option<IpAddr>,
    /// If there were too many from there: when to come again, for whoever does not sign in rightly.
    pub wait: Option<Wait>,
}

/// What one process serves.
#[derive(Debug)]
pub struct Site {
    realms: Vec<Realm>,
    /// What everybody is bound by.
    pub bounds: Bounds,
    connections: Arc<Semaphore>,
    refusals: Arc<Semaphore>,
    turns: Turns,
    meters: Meters,
    limits: Limits,
    stopping: watch::Sender<bool>,
}

impl Site {
    /// How long what is told at a door may go unread.
    pub fn patience(&self, door: Door) -> Patience {
        Patience::new(self.bounds.unread, self.meters.door(door).slow.clone())
    }

    /// A site of these realms, the first of which is meant where none is named.
    ///
    /// # Panics
    /// If two have one name.
    pub fn new(realms: Vec<Realm>, bounds: Bounds) -> Self {
        let connections = Arc::new(Semaphore::new(bounds.connections));
        let refusals = Arc::new(Semaphore::new(REFUSALS));
        let turns = Turns::new(bounds.replays);
        let meters = Meters::new(realms.iter().map(|realm| realm.host.meters()), bounds.connections);
        let (limits, stopping) = (Limits::new(bounds.rates), watch::Sender::new(false));
        Site { realms, bounds, connections, refusals, turns, meters, limits, stopping }
    }

    /// The realms.
    pub fn realms(&self) -> &[Realm] {
        &self.realms
    }

    /// The place of the realm of a name; of the first, of none.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.realms.iter().position(|realm| name.is_empty() || realm.host.name() == name)
    }

    /// What is counted.
    pub fn meters(&self) -> &Meters {
        &self.meters
    }

    /// What is counted of the realms at these places and of the whole process, with what can be read off now, in Prometheus' text form. It may wait for the disk.
    pub fn measured(&self, places: &[usize]) -> Vec<u8> {
        let realms: Vec<&Host> = places.iter().map(|&place| &self.realms[place].host).collect();
        for realm in &realms {
            realm.meters();
        }
        self.meters.tell(|name| realms.iter().any(|realm| realm.name() == name))
    }

    /// Room for one more connection through a door, as long as it is held; none if there is none.
    pub fn enter(&self, door: Door) -> Option<Room> {
        let meters = self.meters.door(door);
        let Ok(permit) = Arc::clone(&self.connections).try_acquire_owned() else {
            meters.full.inc();
            return None;
        };
        meters.taken.inc();
        meters.open.inc();
        Some(Room { _permit: permit, open: meters.open.clone() })
    }

    /// The turn of one who is told that there is no room; none if there are too many of those, too.
    pub fn refuse(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.refusals).try_acquire_owned().ok()
    }

    /// Turns to read history.
    pub fn turns(&self) -> &Turns {
        &self.turns
    }

    /// Waits for its turn to read history, which lasts as long as what is returned is held: hold it where the reading is done. None, once the site is gone.
    pub async fn replay(&self) -> Option<Turn> {
        self.turns.any().await
    }

    /// Its turn to read history, if there is one now.
    pub fn try_replay(&self) -> Option<Turn> {
        self.turns.try_any()
    }

    /// Says to all who serve that it is time to stop.
    pub fn begin_to_stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Whether it is time to stop.
    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Waits until it is time to stop.
    pub async fn stopping(&self) {
        // The sender lives as long as this.
        let _ = self.stopping.subscribe().wait_for(|&is_stopping| is_stopping).await;
    }

    /// Waits until nobody is connected any more.
    pub async fn left(&self) {
        // As many as there may be are free only when nobody has one; they are never closed.
        let _ = self.connections.acquire_many(self.bounds.connections as u32).await;
    }

    /// Takes an attempt of somebody who has not signed in; who comes in by it gives it back ([`Site::came_in`]). Nobody is counted where nobody needs to sign in. There may
    /// have been too many of its address: nobody is refused for that before it is known whether he signs in rightly, for many may come from one address.
    pub fn attempt(&self, visitor: Visitor) -> Attempt {
        let address = self.counted(visitor.peer);
        let wait = address.and_then(|address| self.limits.attempt(address).err());
        Attempt { taken: address.filter(|_| wait.is_none()), wait }
    }

    /// Gives an attempt back.
    pub fn came_in(&self, attempt: &Attempt) {
        if let Some(address) = attempt.taken {
            self.limits.came_in(address);
        }
    }

    /// How long it may take somebody to sign in by an attempt: a tenth, where there were too many, so that those who never do so hold up little.
    pub fn time_to_sign_in(&self, attempt: &Attempt) -> Duration {
        self.bounds.sign_in / if attempt.wait.is_some() { 10 } else { 1 }
    }

    /// Notes that an attempt was in vain, and was one of too many.
    pub fn in_vain(&self, visitor: Visitor, wait: Wait) {
        self.refused(0, visitor.refused(None, What::Rate, wait.to_string()));
    }

    /// The address that is counted of a connection, if there is one.
    fn counted(&self, peer: Peer) -> Option<IpAddr> {
        let is_open = || peer.is_local && self.realms.iter().all(|realm| realm.access.is_open());
        peer.address.map(|address| address.ip()).filter(|_| !is_open())
    }

    /// Takes so many commands and bytes of somebody who signed in to the realm at `place`, or nothing. Who may speak as anybody is nobody's agent, and not counted.
    ///
    /// # Errors
    /// If it is too much; when to ask again.
    pub fn ask(
        &self,
        visitor: Visitor,
        place: usize,
        principal: &Principal,
        (commands, bytes): (u64, u64),
    ) -> Result<(), Wait> {
        if principal.is_anybody {
            return Ok(());
        }
        let agent = principal.agent;
        self.limits.ask(place, agent, commands, bytes).inspect_err(|wait| {
            self.refused(place, visitor.refused(Some(agent), What::Rate, wait.to_string()));
        })
    }

    /// Gives back what was taken of somebody for commands for which there was no room: they are to be sent again.
    pub fn give_back(&self, place: usize, principal: &Principal, (commands, bytes): (u64, u64)) {
        if !principal.is_anybody {
            self.limits.give_back(place, principal.agent, commands, bytes);
        }
    }

    /// Takes so many commands more of somebody, of a request that was let through ([`Limits::charge`]).
    pub fn charge(&self, place: usize, principal: &Principal, commands: u64) {
        if !principal.is_anybody {
            self.limits.charge(place, principal.agent, commands);
        }
    }

    /// How much each has asked for.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Notes that something was refused, in the trail of the realm at `place`: of the first, where it is not known for which it was meant.
    pub fn refused(&self, place: usize, refused: Refused) {
        self.realms[place].audit.refused(refused);
    }

    /// Looks again and again whether what somebody came in by counts no more, so that whoever it is is soon cut off, until it is time to stop.
    pub async fn watch_access(self: Arc<Self>) {
        let mut beat = interval(LOOK_EVERY);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = beat.tick() => {
                    // It may wait for the disk.
                    let of = Arc::clone(&self);
                    let look = move || of.realms.iter().for_each(|realm| {
                        realm.access.look();
                        realm.access.look_at_keys(realm.host.view());
                    });
                    let looked = spawn_blocking(look);
                    let _ = looked.await;
                }
                () = self.stopping() => return,
            }
        }
    }

    /// Stops the realms, once nobody serves any more.
    pub fn stop(&self) {
        self.realms.iter().for_each(|realm| realm.host.stop());
        self.realms.iter().for_each(|realm| realm.audit.finish());
    }
}
