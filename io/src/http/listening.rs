//! What happens, told to a listener from any place in the log on: first from the journal, then as it happens.
//!
//! Everything that is told says since which command nothing else was to be told (`since`): a listener for whom that is not the last command it was told of
//! has missed something. Now and then, also where nothing is to be told, it is said how far the log is, so whoever resumes need not begin long before.
//! A listener who reads too slowly is told from where to resume, and left.

use std::pin::pin;
use std::time::Duration;

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

/// Groups of what is told that may wait to be read.
pub const WAITING: usize = 64;

/// A listener.
struct Listener {
    caller: Caller,
    scope: Scope,
    form: Form,
    out: mpsc::Sender<std::io::Result<Bytes>>,
    /// How long what is told may go unread.
    unread: Duration,
    /// The next command.
    next: Sequence,
    /// The last one that was told of.
    since: Sequence,
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

    /// What is told of each of these commands; none if it may not be told that any more. What can be seen is at least as late as the group, so a role that was taken
    /// away in it counts no more.
    fn group(&mut self, group: &Told) -> Option<Vec<(Sequence, Bytes)>> {
        let caller = self.caller.clone();
        let Realm { host, access, .. } = caller.realm();
        let realm = host.view().read();
        if !self.scope.is_for(&caller.principal, access, &realm) {
            return None;
        }
        let next = self.next;
        let told = |moment: Moment<'_>| Some((moment.sequence, self.command(&moment, &realm)?));
        Some(group.moments(next).filter_map(told).collect())
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

    /// The end, whose word is made of the last command that was told of.
    async fn end(self, said: impl FnOnce(Sequence) -> Said) {
        let said = (self.form)(&said(Sequence(self.next.0 - 1)));
        // Who does not listen, or read, need not be told.
        let _ = tokio::time::timeout(self.unread, self.out.send(Ok(said))).await;
    }

    /// The end after something could not be sent.
    async fn leave(self) {
        if !self.may_hear() {
            self.end(|sequence| Said::Denied { sequence }).await;
        }
    }

    /// Sends it; false if nobody listens, or reads, or may be told that any more.
    async fn send(&mut self, said: Bytes) -> bool {
        let said = match self.out.try_send(Ok(said)) {
            Ok(()) => return true,
            Err(TrySendError::Closed(_)) => return false,
            Err(TrySendError::Full(said)) => said,
        };
        match tokio::time::timeout(self.unread, self.out.reserve()).await {
            // What it was to be told when it had no time may be nothing for it now.
            Ok(Ok(room)) if self.may_hear() => {
                room.send(said);
                true
            }
            _ => false,
        }
    }
}

/// Tells what happens from `from` on, or from now on, until nobody listens, or may, or it is time to stop.
pub async fn tell(
    caller: Caller,
    scope: Scope,
    from: Option<Sequence>,
    form: Form,
    out: mpsc::Sender<std::io::Result<Bytes>>,
) {
    let (site, Realm { host, access, .. }) = (caller.door().site(), caller.realm());
    let mut reached = host.feed().reached();
    let mut is_lost = pin!(access.lost(&caller.principal));
    let now = *reached.borrow_and_update();
    let next = from.map_or(now.0 + 1, |from| from.0.max(1));
    let (next, since) = (Sequence(next), Sequence(next - 1));
    let unread = site.bounds.unread;
    let mut listener = Listener { caller: caller.clone(), scope, form, out, unread, next, since };
    let mut is_live = false;
    loop {
        if !listener.may_hear() {
            return listener.leave().await;
        }
        match host.feed().next(listener.next) {
            Next::Groups(groups) => {
                is_live = true;
                for group in groups {
                    let Some(told) = listener.group(&group) else { return listener.leave().await };
                    for (sequence, said) in told {
                        if !listener.send(said).await {
                            listener.next = sequence;
                            return listener.leave().await;
                        }
                    }
                }
            }
            Next::Nothing => {
                let out = listener.out.clone();
                tokio::select! {
                    changed = reached.changed() => if changed.is_err() { return },
                    () = out.closed() => return,
                    () = site.stopping() => return listener.end(|sequence| Said::Stopping { sequence }).await,
                    () = is_lost.as_mut() => return listener.leave().await,
                    () = tokio::time::sleep(STILL) => {
                        let said = listener.reached();
                        if !listener.send(said).await {
                            return listener.leave().await;
                        }
                    }
                }
            }
            Next::Missed(_) if is_live => {
                site.meters().door(Door::Http).slow.inc();
                return listener.end(|sequence| Said::Slow { sequence }).await;
            }
            Next::Missed(oldest) => {
                let Some(turn) = site.replay().await else { return };
                let told = tokio::task::spawn_blocking(move || {
                    let _turn = turn;
                    tell_past(listener, oldest)
                });
                match told.await {
                    Ok(Some(back)) => listener = back,
                    Ok(None) | Err(_) => return,
                }
            }
        }
    }
}

/// Tells what is in the journal alone. None if nobody listens any more, or may, or it cannot be read.
fn tell_past(mut listener: Listener, before: Sequence) -> Option<Listener> {
    let caller = listener.caller.clone();
    let host = &caller.realm().host;
    let runtime = tokio::runtime::Handle::current();
    let mut is_heard = true;
    let told = past::tell(host, listener.next, Sequence(before.0 - 1), |moment| {
        let realm = host.view().read();
        is_heard = !listener.scope.all || caller.principal.sees_all(&realm);
        let said = if is_heard { listener.command(moment, &realm) } else { None };
        drop(realm);
        is_heard = is_heard && said.is_none_or(|said| runtime.block_on(listener.send(said)));
        is_heard
    });
    if let Err(error) = told {
        tracing::error!(%error, "the journal cannot be read");
        runtime.block_on(listener.end(|sequence| Said::Failing { sequence }));
        return None;
    }
    if !is_heard {
        listener.next = Sequence(listener.next.0 - 1);
        runtime.block_on(listener.leave());
        return None;
    }
    listener.next = before;
    Some(listener)
}
