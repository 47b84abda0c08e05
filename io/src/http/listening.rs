//! What happens, told to a listener from any place in the log on: first from the journal, then as it happens.
//!
//! Everything that is told says since which command nothing else was to be told (`since`): a listener for whom that is not the last command it was told of
//! has missed something. Now and then, also where nothing is to be told, it is said how far the log is, so whoever resumes need not begin long before.
//! A listener who reads too slowly is told from where to resume, and left.

use std::pin::pin;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_engine::realm;
use bartizan_engine::reject::Answer;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use super::caller::Caller;
use super::commands::What;
use super::page;
use crate::server::feed::{Moment, Next, Told};
use crate::server::meters::Door;
use crate::server::past;
use crate::server::scope::Scope;
use crate::server::site::Realm;

/// What a listener is told at a time.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Said {
    /// A command, and what followed from it as far as the listener may know.
    Command {
        /// After this command nothing else was to be told until this one.
        since: Sequence,
        /// Its place in the log.
        sequence: Sequence,
        /// The log's time, in nanoseconds.
        time: u64,
        /// Who asked: told to oneself, and to those who see everything.
        #[serde(skip_serializing_if = "Option::is_none")]
        actor: Option<AgentId>,
        /// 0 if it was carried out, else the number of the reject; told to the same.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<u16>")]
        answer: Option<Answer>,
        /// What followed.
        #[serde(flatten)]
        what: What,
    },
    /// How far the log is.
    Reached {
        /// After this command nothing was to be told.
        since: Sequence,
        /// Until this one.
        sequence: Sequence,
    },
    /// Too slow: this is the end.
    Slow {
        /// The last command that was told of; resume after it.
        sequence: Sequence,
    },
    /// The server is being stopped: this is the end.
    Stopping {
        /// The last command that was told of; resume after it.
        sequence: Sequence,
    },
    /// The token by which it came in counts no more, or it may not be told everything any more: this is the end.
    Denied {
        /// The last command that was told of.
        sequence: Sequence,
    },
    /// The journal cannot be read: this is the end.
    Failing {
        /// The last command that was told of.
        sequence: Sequence,
    },
}

impl Said {
    /// What it is called, and the command after which a listener resumes who heard it.
    pub fn place(&self) -> (&'static str, Sequence) {
        match *self {
            Said::Command { sequence, .. } => ("command", sequence),
            Said::Reached { sequence, .. } => ("reached", sequence),
            Said::Slow { sequence } => ("slow", sequence),
            Said::Stopping { sequence } => ("stopping", sequence),
            Said::Denied { sequence } => ("denied", sequence),
            Said::Failing { sequence } => ("failing", sequence),
        }
    }
}

/// How something is put on the wire.
pub type Form = fn(&Said) -> Bytes;

/// As JSON alone.
pub fn plain(said: &Said) -> Bytes {
    page::bytes(said).into()
}

/// As an event of `text/event-stream`. What is told of commands is a message as browsers know it; the rest has names of its own.
pub fn event(said: &Said) -> Bytes {
    let (name, sequence) = said.place();
    let mut text = format!("id: {}\n", sequence.0).into_bytes();
    if !matches!(said, Said::Command { .. }) {
        text.extend(format!("event: {name}\n").bytes());
    }
    text.extend(b"data: ");
    text.extend(page::bytes(said));
    text.extend(b"\n\n");
    text.into()
}

/// How often it is said how far the log is, while nothing happens.
const STILL: Duration = Duration::from_secs(10);

/// Groups of what is told that may wait to be read, with room for a word at the end beside them.
pub const WAITING: usize = 64;

/// How long a turn to read history is kept for a listener who does not read what is told.
const HELD: Duration = Duration::from_secs(1);

/// After so many commands of history it is looked again whether a listener may be told them.
const LOOK_EVERY: u64 = 256;

/// A listener.
struct Listener {
    caller: Caller,
    scope: Scope,
    form: Form,
    out: mpsc::Sender<std::io::Result<Bytes>>,
    /// The next command.
    next: Sequence,
    /// The last one that was told of.
    since: Sequence,
}

/// Why it is told no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It listens no more.
    Gone,
    Slow,
    Stopping,
    Denied,
    Failing,
}

impl End {
    /// The word about it, if there is somebody to be told.
    fn said(self, sequence: Sequence) -> Option<Said> {
        match self {
            End::Gone => None,
            End::Slow => Some(Said::Slow { sequence }),
            End::Stopping => Some(Said::Stopping { sequence }),
            End::Denied => Some(Said::Denied { sequence }),
            End::Failing => Some(Said::Failing { sequence }),
        }
    }
}

impl Listener {
    /// What is told of a command.
    fn command(&mut self, moment: &Moment<'_>, realm: &realm::Realm) -> Option<Bytes> {
        let part = self.scope.of(moment, realm);
        self.next = Sequence(moment.sequence.0 + 1);
        if part.is_empty() {
            return None;
        }
        let since = std::mem::replace(&mut self.since, moment.sequence);
        let (sequence, time, asker) = (moment.sequence, moment.time, moment.envelope.actor);
        let is_told = self.scope.tells_asker(asker);
        let (actor, answer) = (is_told.then_some(asker), is_told.then_some(moment.answer));
        Some((self.form)(&Said::Command { since, sequence, time, actor, answer, what: part.into() }))
    }

    /// What is told of each of these commands. What can be seen is at least as late as the group, so a role that was taken away in it counts no more.
    fn group(&mut self, group: &Told) -> Result<Vec<(Sequence, Bytes)>, End> {
        let caller = self.caller.clone();
        let Realm { host, access, .. } = caller.realm();
        let realm = host.view().read();
        if !self.scope.is_for(&caller.principal, access, &realm) {
            return Err(End::Denied);
        }
        let next = self.next;
        let told = |moment: Moment<'_>| Some((moment.sequence, self.command(&moment, &realm)?));
        Ok(group.moments(next).filter_map(told).collect())
    }

    /// How far the log is.
    fn reached(&mut self) -> Bytes {
        let sequence = Sequence(self.next.0 - 1);
        let since = std::mem::replace(&mut self.since, sequence);
        (self.form)(&Said::Reached { since, sequence })
    }

    /// Whether it may still be told what it is told.
    fn may_hear(&self) -> bool {
        let Realm { host, access, .. } = self.caller.realm();
        self.scope.is_for(&self.caller.principal, access, &host.view().read())
    }

    /// How long it may read nothing until it is told that it is too slow: half the time after which its connection is cut, so that it has the rest to read that.
    fn patience(&self) -> Duration {
        self.caller.door().site().bounds.unread / 2
    }

    /// Sends it, once there is room for it and for so many more.
    async fn send(&mut self, said: Bytes, more: usize) -> Result<(), End> {
        let said = match self.out.try_send(Ok(said)) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Closed(_)) => return Err(End::Gone),
            Err(TrySendError::Full(said)) => said,
        };
        match tokio::time::timeout(self.patience(), self.out.reserve_many(1 + more)).await {
            // What it was to be told when it had no time may be nothing for it now.
            Ok(Ok(_)) if !self.may_hear() => Err(End::Denied),
            Ok(Ok(mut room)) => {
                room.next().expect("there is room for one").send(said);
                Ok(())
            }
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Slow),
        }
    }
}

/// Tells what happens from `from` on, or from now on, until nobody listens, or may, or it is time to stop. There must be room for a word at the end in `out`.
pub async fn tell(
    caller: Caller,
    scope: Scope,
    from: Option<Sequence>,
    form: Form,
    out: mpsc::Sender<std::io::Result<Bytes>>,
) {
    // Room for the last word is kept, so that whoever reads nothing is told that, too.
    let Ok(last) = out.clone().reserve_owned().await else { return };
    let now = *caller.realm().host.feed().reached().borrow();
    let next = from.map_or(now.0 + 1, |from| from.0.max(1));
    let mut listener = Some(Listener {
        caller: caller.clone(),
        scope,
        form,
        out,
        next: Sequence(next),
        since: Sequence(next - 1),
    });
    let end = listen(&mut listener, &caller).await;
    if end == End::Slow {
        caller.door().site().meters().door(Door::Http).slow.inc();
    }
    // One of whom reading history broke an invariant is told nothing more.
    let Some(listener) = listener else { return };
    if let Some(said) = end.said(Sequence(listener.next.0 - 1)) {
        last.send(Ok(form(&said)));
    }
}

/// Tells until there is an end to it. The listener is put back before that, with what is next for it.
async fn listen(place: &mut Option<Listener>, caller: &Caller) -> End {
    let (site, Realm { host, access, .. }) = (caller.door().site(), caller.realm());
    let mut reached = host.feed().reached();
    let mut is_lost = pin!(access.lost(&caller.principal));
    let mut is_live = false;
    loop {
        let Some(listener) = place.as_mut() else { return End::Failing };
        if !listener.may_hear() {
            return End::Denied;
        }
        match host.feed().next(listener.next) {
            Next::Groups(groups) => {
                is_live = true;
                for group in groups {
                    let told = match listener.group(&group) {
                        Ok(told) => told,
                        Err(end) => return end,
                    };
                    for (sequence, said) in told {
                        if let Err(end) = listener.send(said, 0).await {
                            listener.next = sequence;
                            return end;
                        }
                    }
                }
            }
            Next::Nothing => {
                let out = listener.out.clone();
                tokio::select! {
                    changed = reached.changed() => if changed.is_err() { return End::Gone },
                    () = out.closed() => return End::Gone,
                    () = site.stopping() => return End::Stopping,
                    () = is_lost.as_mut() => return End::Denied,
                    () = tokio::time::sleep(STILL) => {
                        let said = listener.reached();
                        if let Err(end) = listener.send(said, 0).await {
                            return end;
                        }
                    }
                }
            }
            Next::Missed(_) if is_live => return End::Slow,
            Next::Missed(oldest) => {
                // What goes on meanwhile drops the older half of the ring at most, so that one comes up with it.
                let before = oldest.max(host.feed().half());
                if let Err(end) = listen_to_past(place, caller, before).await {
                    return end;
                }
            }
        }
    }
}

/// Tells history before a command as far as it is read fast enough to keep the turn for that; the rest is for another turn.
async fn listen_to_past(place: &mut Option<Listener>, caller: &Caller, before: Sequence) -> Result<(), End> {
    let turn = caller.replay().await.ok_or(End::Gone)?;
    let mut listener = place.take().ok_or(End::Failing)?;
    let told = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let past = tell_past(&mut listener, before);
        (listener, past)
    });
    let Ok((mut listener, past)) = told.await else { return Err(End::Failing) };
    let sent = match past {
        // It has not read what was told for a while: others have their turns until it has read a good part of that.
        Ok(Some((sequence, said))) => {
            let sent = listener.send(said, WAITING / 2).await;
            if sent.is_err() {
                listener.next = sequence;
            }
            sent
        }
        Ok(None) => Ok(()),
        Err(end) => Err(end),
    };
    *place = Some(listener);
    sent
}

/// Tells what is in the journal alone; what there was no room for in time, if there was not. It waits for whoever listens, no longer than a turn is kept for that.
fn tell_past(listener: &mut Listener, before: Sequence) -> Result<Option<(Sequence, Bytes)>, End> {
    let caller = listener.caller.clone();
    let host = &caller.realm().host;
    let runtime = tokio::runtime::Handle::current();
    let (mut held, mut count, mut told) = (Duration::ZERO, 0, Ok(None));
    let read = past::tell(host, listener.next, Sequence(before.0 - 1), |moment| {
        if count % LOOK_EVERY == 0 && !listener.may_hear() {
            told = Err(End::Denied);
            return false;
        }
        count += 1;
        let realm = host.view().read();
        if listener.scope.all && !caller.principal.sees_all(&realm) {
            told = Err(End::Denied);
            return false;
        }
        let said = listener.command(moment, &realm);
        drop(realm);
        let Some(said) = said else { return true };
        let said = match listener.out.try_send(Ok(said)) {
            Ok(()) => return true,
            Err(TrySendError::Closed(_)) => {
                told = Err(End::Gone);
                return false;
            }
            Err(TrySendError::Full(said)) => said.expect("it was told"),
        };
        let since = Instant::now();
        let room = listener.out.reserve();
        let room = runtime.block_on(tokio::time::timeout(HELD.saturating_sub(held), room));
        held += since.elapsed();
        // What it was to be told when it had no time may be nothing for it now.
        let may_hear = listener.may_hear();
        told = match room {
            _ if !may_hear => Err(End::Denied),
            Ok(Ok(room)) => {
                room.send(Ok(said));
                return true;
            }
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Ok(Some((moment.sequence, said))),
        };
        if told.is_err() {
            listener.next = moment.sequence;
        }
        false
    });
    if let Err(error) = read {
        tracing::error!(%error, "the journal cannot be read");
        return Err(End::Failing);
    }
    if matches!(told, Ok(None)) {
        listener.next = before;
    }
    told
}
