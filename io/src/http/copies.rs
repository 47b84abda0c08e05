//! Copies of realms, on which commands are tried.
//!
//! While a realm is copied whoever reads it waits, and with them the threads that serve requests. So each realm is copied by one at a time and for a twentieth of the time at
//! most: after a copy that took 100 ms the next is made 1.9 s later at the earliest, and whoever asks meanwhile waits for that. Those who wait share a copy that was made after they
//! asked. It has what was answered before they did.
//!
//! Memory: of each realm one copy on which something is tried, and one more as long as others wait for it. An agent has one thing tried at a time, and so many are tried or wait in all.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::Realm;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::problem::Problem;
use crate::server::host::Host;
use crate::server::site::Site;

/// The most accounts and live orders of a realm that is copied.
const MOST_COPIED: usize = 1_000_000;

/// The most that is tried, or waits for that, at a time.
const MOST_TRIED: usize = 16;

/// A realm is copied for one part in so many of the time.
const PARTS: u32 = 20;

/// A copy of a realm.
#[derive(Clone, Debug)]
pub struct Copy {
    /// The realm as it was.
    pub realm: Realm,
    /// Its accounts and live orders, to which what it costs is in proportion.
    pub size: usize,
}

/// What is made of copies of a realm.
#[derive(Debug)]
struct Made {
    /// One for those who wait.
    copy: Option<Arc<Copy>>,
    /// How many wait.
    waiting: usize,
    /// When the next may be made.
    next: Instant,
}

/// Copies of the realms of a site.
#[derive(Debug)]
pub struct Copies {
    site: Arc<Site>,
    made: Vec<Mutex<Made>>,
    /// Of each realm one permit, for whoever tries something on a copy of it.
    trying: Vec<Arc<Semaphore>>,
    /// Agents, by the places of their realms, who try something or wait to.
    askers: Mutex<HashSet<(usize, AgentId)>>,
}

/// An agent's turn to try something, as long as it is held.
#[derive(Debug)]
pub struct Turn {
    copies: Arc<Copies>,
    of: (usize, AgentId),
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.copies.askers.lock().remove(&self.of);
    }
}

/// That something was tried in vain, for a reason that is the program's own.
pub fn broken() -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "trying it broke an invariant; nothing was changed")
}

impl Copies {
    /// No copies yet.
    pub fn new(site: &Arc<Site>) -> Self {
        let fresh = || Made { copy: None, waiting: 0, next: Instant::now() };
        Copies {
            site: Arc::clone(site),
            made: site.realms().iter().map(|_| Mutex::new(fresh())).collect(),
            trying: site.realms().iter().map(|_| Arc::new(Semaphore::new(1))).collect(),
            askers: Mutex::default(),
        }
    }

    /// The turn of an agent of the realm at a place, as long as it is held.
    ///
    /// # Errors
    /// If it has one, or too many have.
    pub fn turn(self: &Arc<Self>, place: usize, agent: AgentId) -> Result<Turn, Problem> {
        let mut askers = self.askers.lock();
        if askers.len() < MOST_TRIED && askers.insert((place, agent)) {
            return Ok(Turn { copies: Arc::clone(self), of: (place, agent) });
        }
        let detail = format!(
            "one thing is tried at a time for an agent, and {MOST_TRIED} for all, since each costs a copy"
        );
        Err(Problem::busy(detail, self.site.bounds.retry_after))
    }

    /// A copy of the realm at a place, as it is now or a little later. As long as the permit is held there is none for anybody else.
    ///
    /// # Errors
    /// If the realm is too large.
    pub async fn of(&self, place: usize) -> Result<(Arc<Copy>, OwnedSemaphorePermit), Problem> {
        let (made, host) = (&self.made[place], &self.site.realms()[place].host);
        host.up_to_date().await;
        let reached = host.view().reached();
        made.lock().waiting += 1;
        let permit = Arc::clone(&self.trying[place]).acquire_owned().await;
        let known = made.lock().copy.take().filter(|copy| copy.realm.sequence() >= reached);
        let copy = match known {
            Some(copy) => Ok(copy),
            None => self.make(place).await,
        };
        let mut made = made.lock();
        made.waiting -= 1;
        let copy = copy?;
        if made.waiting > 0 {
            made.copy = Some(Arc::clone(&copy));
        }
        Ok((copy, permit.map_err(|_| broken())?))
    }

    async fn make(&self, place: usize) -> Result<Arc<Copy>, Problem> {
        let next = self.made[place].lock().next;
        tokio::time::sleep_until(next.into()).await;
        let site = Arc::clone(&self.site);
        let copied = tokio::task::spawn_blocking(move || {
            let begun = Instant::now();
            (copied(&site.realms()[place].host), begun.elapsed())
        });
        let (copy, took) = copied.await.map_err(|_| broken())?;
        self.made[place].lock().next = Instant::now() + took.saturating_mul(PARTS - 1).min(LONGEST);
        copy.map(Arc::new)
    }
}

/// The longest that is waited after a copy.
const LONGEST: Duration = Duration::from_mins(1);

fn copied(host: &Host) -> Result<Copy, Problem> {
    let realm = host.view().read();
    let orders: usize = realm.markets().iter().map(|(_, market)| market.book().len()).sum();
    let size = realm.ledger().accounts().count() + orders;
    if size > MOST_COPIED {
        let detail = format!(
            "the realm has {size} accounts and live orders: one of more than {MOST_COPIED} is not copied"
        );
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
    }
    Ok(Copy { realm: realm.clone(), size })
}
