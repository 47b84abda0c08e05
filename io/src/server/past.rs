//! What happened before the feed begins, from the journal.
//!
//! [`tell`] goes through it. [`Past`] does so beside a connection, part by part, in turns with others who read it: it reads ahead of what is taken by a few parts, gives its turn back while nobody takes them
//! ([`super::turns`]), and looks between parts whether they may still be told, are still wanted, and the site goes on.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bartizan_engine::ledger::units::{AgentId, Sequence};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, timeout};

use super::feed::Moment;
use super::host::Host;
use super::replay::Replay;
use super::site::Site;
use crate::node::{History, HistoryError};

/// Tells the commands from `from` to `until`, as long as `tell` wants more. It starts from the newest snapshot before, so the cost is that of applying
/// what lies between; call it where waiting harms nobody.
///
/// # Errors
/// If the journal cannot be read.
pub fn tell(
    host: &Host,
    from: Sequence,
    until: Sequence,
    mut tell: impl FnMut(&Moment<'_>) -> bool,
) -> Result<(), HistoryError> {
    let before = from.0.checked_sub(1).filter(|&before| before > 0).map(Sequence);
    let history = match before {
        Some(before) => History::from_snapshot(Arc::clone(host.storage()), Some(before))?,
        None => History::from_start(Arc::clone(host.storage()))?,
    };
    history.run_while(until, |moment| moment.sequence < from || tell(&Moment::past(&moment)))?;
    Ok(())
}

/// How long whoever reads is waited for while others wait for the turn.
const AT_ONCE: Duration = Duration::from_millis(50);

/// How long a turn lasts, if what is read is taken and others wait for the turn.
const TURN: Duration = Duration::from_secs(1);

/// How long a realm is kept for somebody who does not read.
const KEPT: Duration = Duration::from_secs(10);

/// What is made of a command.
#[derive(Debug)]
pub enum Part<T> {
    /// Nothing that is told now.
    Nothing,
    /// Something to be told, of about so many bytes.
    Told(T, usize),
    /// The command is not looked at, nor is any after it.
    Over,
}

/// What is wanted of the past of a realm.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What is served.
    pub site: Arc<Site>,
    /// The realm's place in it.
    pub place: usize,
    /// Whose turns are taken.
    pub agent: AgentId,
    /// The first command.
    pub from: Sequence,
    /// The command before which it ends; none: until there is time to go on with the feed.
    pub before: Option<Sequence>,
    /// Parts that may wait to be taken.
    pub room: usize,
}

impl Wanted {
    fn before(&self) -> Sequence {
        self.before.unwrap_or_else(|| self.site.realms()[self.place].host.feed().half())
    }
}

/// Where a reading stopped.
#[derive(Debug)]
pub struct Stopped<S> {
    /// The first command that was not looked at: all before it were, and what was made of them is told.
    pub next: Sequence,
    /// Whether there was [`Part::Over`].
    pub is_over: bool,
    /// What the parts were made with.
    pub state: S,
}

/// A reading.
#[derive(Debug)]
pub struct Past<T, S> {
    parts: mpsc::Receiver<T>,
    reading: JoinHandle<io::Result<Stopped<S>>>,
}

impl<T: Send + 'static, S: Send + 'static> Past<T, S> {
    /// Begins a reading as soon as it is its turn. `part` makes of each command what is told of it, with `state`; `may` says whether that may still be told.
    pub fn read(
        wanted: Wanted,
        state: S,
        may: impl Fn(&Site) -> bool + Send + Sync + 'static,
        part: impl FnMut(&mut S, &Moment<'_>) -> io::Result<Part<T>> + Send + 'static,
    ) -> Self {
        let (out, parts) = mpsc::channel(wanted.room);
        let stopped = Stopped { next: wanted.from, is_over: false, state };
        let reading = Reading { replay: None, stopped, part };
        Past { parts, reading: tokio::spawn(reading.go(wanted, out, may)) }
    }

    /// The next part; none, once the reading has stopped. Waiting for it can be given up and begun again.
    pub async fn next(&mut self) -> Option<T> {
        self.parts.recv().await
    }

    /// Where it stopped.
    ///
    /// # Errors
    /// If the journal cannot be read, or the parts could not be made.
    pub async fn stopped(self) -> io::Result<Stopped<S>> {
        drop(self.parts);
        self.reading.await.map_err(io::Error::other)?
    }
}

/// A reading on its way.
struct Reading<S, P> {
    replay: Option<Replay>,
    stopped: Stopped<S>,
    part: P,
}

impl<S: Send + 'static, P: Send + 'static> Reading<S, P> {
    async fn go<T: Send + 'static>(
        mut self,
        wanted: Wanted,
        out: mpsc::Sender<T>,
        may: impl Fn(&Site) -> bool,
    ) -> io::Result<Stopped<S>>
    where
        P: FnMut(&mut S, &Moment<'_>) -> io::Result<Part<T>>,
    {
        let (site, turns) = (Arc::clone(&wanted.site), wanted.site.turns());
        let is_there = |stopped: &Stopped<S>| stopped.is_over || stopped.next >= wanted.before();
        let goes_on = || !out.is_closed() && !site.is_stopping() && may(&site);
        // Room for the realm, as long as it is kept without a turn.
        let mut room = None;
        while !is_there(&self.stopped) && goes_on() {
            let turn = tokio::select! {
                turn = turns.of(wanted.place, wanted.agent) => turn,
                () = site.stopping() => None,
                () = out.closed() => None,
            };
            let Some(mut turn) = turn else { break };
            drop(room.take());
            let mut parts = VecDeque::new();
            // Since when it tells; before that it is on its way to where that begins.
            let mut begun: Option<Instant> = None;
            while !is_there(&self.stopped) && goes_on() {
                let (of, place, before, from) =
                    (Arc::clone(&site), wanted.place, wanted.before(), self.stopped.next);
                // The turn lasts as long as the reading, whatever becomes of who waits for it.
                let reading = spawn_blocking(move || {
                    let read = self.read(&of.realms()[place].host, before);
                    (turn, self, read)
                });
                let read: io::Result<Vec<T>>;
                (turn, self, read) = reading.await.map_err(io::Error::other)?;
                parts.extend(read?);
                if self.stopped.next > from {
                    begun.get_or_insert_with(Instant::now);
                }
                let is_done = begun.is_some_and(|begun| begun.elapsed() >= TURN) && turns.are_wanted();
                match timeout(AT_ONCE, send(&out, &mut parts)).await {
                    Ok(()) if !is_done => {}
                    Ok(()) | Err(_) => break,
                }
            }
            drop(turn);
            // Others go on, however long it takes until these are taken.
            room = turns.room(wanted.place, wanted.agent);
            if room.is_none() || timeout(KEPT, send(&out, &mut parts)).await.is_err() {
                (self.replay, room) = (None, None);
            }
            send(&out, &mut parts).await;
        }
        Ok(self.stopped)
    }

    /// Reads a part of the history that lies before `before`; what is told of it.
    fn read<T>(&mut self, host: &Host, before: Sequence) -> io::Result<Vec<T>>
    where
        P: FnMut(&mut S, &Moment<'_>) -> io::Result<Part<T>>,
    {
        let failed = |error: HistoryError| io::Error::other(error.to_string());
        let Stopped { next, is_over, state } = &mut self.stopped;
        let mut replay = match self.replay.take() {
            Some(replay) => replay,
            None => Replay::open(host, *next).map_err(failed)?,
        };
        let (mut parts, mut wrong) = (Vec::new(), None);
        let read = replay.go_on(before, |moment, _| {
            if *is_over || wrong.is_some() {
                return 0;
            }
            match (self.part)(state, moment) {
                Err(error) => wrong = Some(error),
                Ok(Part::Over) => (*next, *is_over) = (moment.sequence, true),
                Ok(Part::Nothing) => {}
                Ok(Part::Told(part, bytes)) => {
                    parts.push(part);
                    return bytes;
                }
            }
            0
        });
        read.map_err(failed)?;
        wrong.map_or(Ok(()), Err)?;
        if !*is_over {
            *next = replay.next();
        }
        self.replay = Some(replay);
        Ok(parts)
    }
}

/// Sends parts as there is room for them. Those that nobody takes any more stay.
async fn send<T>(out: &mpsc::Sender<T>, parts: &mut VecDeque<T>) {
    while !parts.is_empty() {
        let Ok(room) = out.reserve().await else { return };
        room.send(parts.pop_front().expect("there is one"));
    }
}
