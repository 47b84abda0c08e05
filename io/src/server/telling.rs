//! What happens, told on a binary connection: from any place in the log on, first from the journal, then as it happens.

use std::sync::Arc;

use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm;
use tokio::sync::mpsc;

use super::access::Principal;
use super::feed::{Moment, Next};
use super::past;
use super::scope::Scope;
use super::site::Site;
use crate::wire::frame;
use crate::wire::layout::{Goodbye, Kind, Reason};
use crate::wire::told::{self, Told};

/// What a subscription of this number tells somebody; none if it may not.
pub(super) fn scope(principal: Principal, number: u8) -> Option<Scope> {
    let own = Some(principal.agent);
    match number {
        1 => Some(Scope { own, public: false, all: false }),
        2 => Some(Scope::PUBLIC),
        3 => Some(Scope { own, public: true, all: false }),
        4 if principal.sees_all => Some(Scope::ALL),
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
        let told = Told {
            sequence: moment.sequence,
            time: moment.time,
            actor: moment.envelope.actor,
            answer: moment.answer,
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

/// Tells what happens from `from` on (0: from now on), until nobody listens.
pub(super) async fn tell(site: Arc<Site>, place: usize, scope: Scope, from: u64, out: mpsc::Sender<Vec<u8>>) {
    let host = &site.realms()[place].host;
    let mut reached = host.feed().reached();
    let mut next = if from == 0 { Sequence(reached.borrow_and_update().0 + 1) } else { Sequence(from) };
    let mut is_live = false;
    loop {
        match host.feed().next(next) {
            Next::Groups(groups) => {
                is_live = true;
                for group in groups {
                    let frames = frames(&group, next, scope, &host.view().read());
                    for frame in frames {
                        if out.send(frame).await.is_err() {
                            return;
                        }
                    }
                    next = group.last().map_or(next, |last| Sequence(last.0 + 1));
                }
            }
            Next::Nothing => tokio::select! {
                changed = reached.changed() => if changed.is_err() { return },
                () = out.closed() => return,
            },
            Next::Missed(_) if is_live => {
                let mut bytes = Vec::new();
                let goodbye = Goodbye { reason: (Reason::Slow as u16).into(), reserved: [0; 2] };
                let text = format!("what happened was not read fast enough; resume from {}", next.0);
                frame::write_record(&mut bytes, Kind::Goodbye, &goodbye, text.as_bytes());
                // Who is slow may also be gone.
                let _ = out.send(bytes).await;
                return;
            }
            Next::Missed(oldest) => {
                let (site, out, from) = (Arc::clone(&site), out.clone(), next);
                let told =
                    tokio::task::spawn_blocking(move || tell_past(&site, place, scope, from, oldest, &out));
                if !told.await.unwrap_or(false) {
                    return;
                }
                next = oldest;
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

/// Tells what is in the journal alone. False if nobody listens any more, or it cannot be read.
fn tell_past(
    site: &Site,
    place: usize,
    scope: Scope,
    from: Sequence,
    before: Sequence,
    out: &mpsc::Sender<Vec<u8>>,
) -> bool {
    let host = &site.realms()[place].host;
    let mut filling = Filling::default();
    let told = past::tell(host, from, Sequence(before.0 - 1), |moment| {
        filling.add(scope, moment, &host.view().read());
        filling.take(LONG).is_none_or(|frame| out.blocking_send(frame).is_ok())
    });
    if let Err(error) = told {
        tracing::error!(%error, "the journal cannot be read");
        return false;
    }
    filling.take(0).is_none_or(|frame| out.blocking_send(frame).is_ok())
}
