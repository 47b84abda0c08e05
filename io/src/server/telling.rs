//! What happens, told on a binary connection: from any place in the log on, first from the journal, then as it happens.

use std::sync::Arc;

use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_engine::realm;
use bartizan_engine::reject::Answer;
use tokio::sync::mpsc;

use super::access::Principal;
use super::feed::{Moment, Next};
use super::host::Host;
use super::meters::Door;
use super::past;
use super::scope::Scope;
use super::site::Site;
use super::writing::Out;
use crate::node::HistoryError;
use crate::wire::frame;
use crate::wire::layout::{Kind, MYSELF, Reason};
use crate::wire::told::{self, Told};

/// What a subscription of this number tells somebody; none if it may not.
pub(super) fn scope(principal: Principal, number: u8, realm: &realm::Realm) -> Option<Scope> {
    match number {
        _ if !principal.reads => None,
        1 => Some(Scope::own(principal.agent)),
        2 => Some(Scope::PUBLIC),
        3 => Some(Scope::both(principal.agent)),
        4 if principal.sees_all(realm) => Some(Scope::ALL),
        _ => None,
    }
}

/// A frame is sent when it is longer than this.
const LONG: usize = 1 << 16;

/// A frame that fills.
#[derive(Default)]
struct Filling {
    payload: Vec<u8>,
    count: u16,
}

impl Filling {
    fn add(&mut self, scope: Scope, moment: &Moment<'_>, realm: &realm::Realm) {
        let part = scope.of(moment, realm);
        if part.is_empty() {
            return;
        }
        let is_told = scope.tells_asker(moment.envelope.actor);
        let told = Told {
            sequence: moment.sequence,
            time: moment.time,
            actor: if is_told { moment.envelope.actor } else { AgentId(MYSELF) },
            answer: if is_told { moment.answer } else { Answer::DONE },
            events: part.events,
            reports: part.reports,
            market: part.market,
        };
        told::write(&mut self.payload, &told);
        self.count += 1;
    }

    /// The frame, if it is as long as `at_least`.
    fn take(&mut self, at_least: usize) -> Option<Vec<u8>> {
        if self.count == 0 || self.payload.len() < at_least {
            return None;
        }
        let mut bytes = Vec::with_capacity(self.payload.len() + 32);
        frame::write(&mut bytes, Kind::Told, 0, |payload| {
            payload.append(&mut self.payload);
            std::mem::take(&mut self.count)
        });
        Some(bytes)
    }
}

/// Who is told what.
#[derive(Clone)]
pub(super) struct Listener {
    pub(super) site: Arc<Site>,
    /// The realm's place in the site.
    pub(super) place: usize,
    pub(super) principal: Principal,
    pub(super) scope: Scope,
    pub(super) out: mpsc::Sender<Vec<u8>>,
}

impl Listener {
    fn host(&self) -> &Host {
        &self.site.realms()[self.place].host
    }

    /// Whether it may still be told that.
    fn may_hear(&self) -> bool {
        let realm = &self.site.realms()[self.place];
        self.scope.is_for(&self.principal, &realm.access, &realm.host.view().read())
    }

    /// Waits until there is room for a frame, and sends it if it may still be told; whether it was.
    async fn send(&self, frame: Vec<u8>) -> bool {
        let Ok(room) = self.out.reserve().await else { return false };
        let may_hear = self.may_hear();
        if may_hear {
            room.send(frame);
        }
        may_hear
    }
}

/// Tells what happens from `from` on (0: from now on), until nobody listens. Says why if it ends by itself.
pub(super) async fn tell(listener: Listener, from: u64, end: mpsc::UnboundedSender<Out>) {
    let host = listener.host();
    let mut reached = host.feed().reached();
    let mut next = if from == 0 { Sequence(reached.borrow_and_update().0 + 1) } else { Sequence(from) };
    let mut is_live = false;
    // Who has gone need not be told why.
    let goodbye = |reason, text| drop(end.send(Out::Goodbye { reason, text }));
    let leave = || {
        if !listener.out.is_closed() {
            goodbye(Reason::NotAllowed, "it may not be told that any more".to_owned());
        }
    };
    loop {
        match host.feed().next(next) {
            Next::Groups(groups) => {
                is_live = true;
                for group in groups {
                    let frames = frames(&group, next, listener.scope, &host.view().read());
                    next = group.after(next);
                    drop(group);
                    for frame in frames {
                        if !listener.send(frame).await {
                            return leave();
                        }
                    }
                }
            }
            Next::Nothing => tokio::select! {
                changed = reached.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    // There may be nothing for it in what happened, and yet an end to what it may hear.
                    if !listener.may_hear() {
                        return leave();
                    }
                }
                () = listener.out.closed() => return,
            },
            Next::Missed(_) if is_live => {
                listener.site.meters().door(Door::Binary).slow.inc();
                let text = format!("what happened was not read fast enough; resume from {}", next.0);
                return goodbye(Reason::Slow, text);
            }
            Next::Missed(oldest) => {
                let Some(turn) = listener.site.replay().await else { return };
                let (to, from) = (listener.clone(), next);
                let told = tokio::task::spawn_blocking(move || {
                    let _turn = turn;
                    tell_past(&to, from, oldest)
                });
                match told.await {
                    Ok(Ok(true)) => next = oldest,
                    Ok(Ok(false)) => return leave(),
                    Ok(Err(error)) => {
                        tracing::error!(%error, "the journal cannot be read");
                        return goodbye(Reason::Missed, format!("the journal cannot be read: {error}"));
                    }
                    Err(_) => return goodbye(Reason::Missed, "the journal could not be read".to_owned()),
                }
            }
        }
    }
}

fn frames(group: &super::feed::Told, from: Sequence, scope: Scope, realm: &realm::Realm) -> Vec<Vec<u8>> {
    let (mut filling, mut frames) = (Filling::default(), Vec::new());
    for moment in group.moments(from) {
        filling.add(scope, &moment, realm);
        frames.extend(filling.take(LONG));
    }
    frames.extend(filling.take(0));
    frames
}

/// Tells what is in the journal alone. False if nobody listens any more, or may.
fn tell_past(listener: &Listener, from: Sequence, before: Sequence) -> Result<bool, HistoryError> {
    let (host, out) = (listener.host(), &listener.out);
    let (mut filling, mut is_heard) = (Filling::default(), true);
    let mut send = |frame| listener.may_hear() && out.blocking_send(frame).is_ok();
    past::tell(host, from, Sequence(before.0 - 1), |moment| {
        filling.add(listener.scope, moment, &host.view().read());
        is_heard = !out.is_closed() && filling.take(LONG).is_none_or(&mut send);
        is_heard
    })?;
    Ok(is_heard && filling.take(0).is_none_or(send))
}
