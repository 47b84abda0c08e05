//! What happens, told on a binary connection: from any place in the log on, first from the journal, then as it happens.
//!
//! Who follows the realm never waits for a client, and for a listener no longer than it takes to look through a few commands. Nor does a listener who reads history
//! keep others from it: it gives its turn back while its client does not read ([`super::turns`]).

use std::collections::VecDeque;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_engine::realm;
use bartizan_engine::reject::Answer;
use tokio::sync::mpsc;

use super::access::Principal;
use super::feed::{Moment, Next, Told as Group};
use super::host::Host;
use super::meters::Door;
use super::replay::Replay;
use super::scope::{Part, Scope};
use super::site::Site;
use super::turns::Turn;
use super::writing::Out;
use crate::node::HistoryError;
use crate::sync::Instant;
use crate::sync::time::timeout;
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
    fn add(&mut self, scope: Scope, moment: &Moment<'_>, part: Part) {
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
        let sees_all = || self.principal.sees_all(&realm.host.view().read());
        realm.access.holds(&self.principal) && (!self.scope.all || sees_all())
    }

    /// Waits until there is room for each frame, and sends it if it may still be told; whether all were.
    async fn send(&self, frames: &mut VecDeque<Vec<u8>>) -> bool {
        while !frames.is_empty() {
            let Ok(room) = self.out.reserve().await else { return false };
            if !self.may_hear() {
                return false;
            }
            room.send(frames.pop_front().expect("there is one"));
        }
        !self.out.is_closed()
    }
}

/// Why no more is told.
enum End {
    /// Nobody listens any more, or may.
    Left,
    /// Something that is to be said.
    Said(Reason, String),
}

/// Tells what happens from `from` on (0: from now on), until nobody listens. Says why if it ends by itself.
pub(super) async fn tell(listener: Listener, from: u64, end: mpsc::UnboundedSender<Out>) {
    let Err(told) = listener.tell(from).await else { return };
    let (reason, text) = match told {
        End::Said(reason, text) => (reason, text),
        // Who has gone need not be told why.
        End::Left if listener.out.is_closed() => return,
        End::Left => (Reason::NotAllowed, "it may not be told that any more".to_owned()),
    };
    let _ = end.send(Out::Goodbye { reason, text });
}

impl Listener {
    /// Tells until there is an end to it; none is to be said where the realm itself has ended.
    async fn tell(&self, from: u64) -> Result<(), End> {
        let host = self.host();
        let mut reached = host.feed().reached();
        let now = *reached.borrow_and_update();
        let mut next = if from == 0 { Sequence(now.0 + 1) } else { Sequence(from) };
        if next.0 > now.0 + 1 {
            // What was answered a moment ago is there, though the feed may not be so far.
            host.up_to_date().await;
            let last = host.view().reached();
            if next.0 > last.0 + 1 {
                return Err(End::Said(Reason::Beyond, format!("the log ends at {}", last.0)));
            }
        }
        let mut is_live = false;
        loop {
            match host.feed().next(next) {
                Next::Groups(groups) => {
                    is_live = true;
                    for group in groups {
                        let mut frames = frames(&group, next, self.scope, || host.view().read());
                        next = group.after(next);
                        drop(group);
                        if !self.send(&mut frames).await {
                            return Err(End::Left);
                        }
                    }
                }
                Next::Nothing => tokio::select! {
                    changed = reached.changed() => {
                        if changed.is_err() {
                            return Ok(());
                        }
                        // There may be nothing for it in what happened, and yet an end to what it may hear.
                        if !self.may_hear() {
                            return Err(End::Left);
                        }
                    }
                    () = self.out.closed() => return Err(End::Left),
                },
                Next::Missed(_) if is_live => {
                    self.site.meters().door(Door::Binary).slow.inc();
                    let text = format!("what happened was not read fast enough; resume from {}", next.0);
                    return Err(End::Said(Reason::Slow, text));
                }
                Next::Missed(_) => next = self.past(next).await?,
            }
        }
    }

    /// Tells what is in the journal alone, in turns with others who read it, until what is next is in the newer half of the feed's ring, and says what that is.
    async fn past(&self, mut next: Sequence) -> Result<Sequence, End> {
        let (feed, turns, agent) = (self.host().feed(), self.site.turns(), self.principal.agent);
        let mut kept = None;
        while next < feed.half() {
            let Some(mut turn) = turns.of(self.place, agent).await else { return Err(End::Left) };
            let mut replay = kept.take().map(|(replay, _)| replay);
            // Since when it tells; before that it is on its way to where that begins.
            let mut begun = None;
            let is_over = |begun: Option<Instant>| begun.is_some_and(|begun| begun.elapsed() >= TURN);
            let mut frames = VecDeque::new();
            while next < feed.half() {
                let part;
                (turn, part) = self.part(turn, replay.take(), next, feed.half()).await?;
                if part.replay.next() > next {
                    begun.get_or_insert_with(Instant::now);
                }
                (next, frames) = (part.replay.next(), part.frames);
                replay = Some(part.replay);
                match timeout(AT_ONCE, self.send(&mut frames)).await {
                    Ok(false) => return Err(End::Left),
                    Ok(true) if !is_over(begun) || !turns.are_wanted() => {}
                    Ok(true) | Err(_) => break,
                }
            }
            drop(turn);
            // Others go on, however long this client takes.
            kept = replay.and_then(|replay| Some((replay, turns.room(self.place, agent)?)));
            let sent = timeout(KEPT, self.send(&mut frames)).await;
            if sent.is_err() {
                kept = None;
            }
            if !sent.unwrap_or(true) || !self.send(&mut frames).await {
                return Err(End::Left);
            }
        }
        Ok(next)
    }

    /// Reads a part of history, from `next` on if it does not go on with one, as long as it is before `before`.
    async fn part(
        &self,
        turn: Turn,
        replay: Option<Replay>,
        next: Sequence,
        before: Sequence,
    ) -> Result<(Turn, PastPart), End> {
        let to = self.clone();
        // The turn lasts as long as the reading, whatever becomes of who waits for it.
        let read =
            tokio::task::spawn_blocking(move || (turn, read(to.host(), to.scope, replay, next, before)));
        match read.await {
            Ok((turn, Ok(part))) => Ok((turn, part)),
            Ok((_, Err(error))) => {
                tracing::error!(%error, "the journal cannot be read");
                Err(End::Said(Reason::Missed, format!("the journal cannot be read: {error}")))
            }
            Err(_) => Err(End::Said(Reason::Missed, "the journal could not be read".to_owned())),
        }
    }
}

/// How long a client is waited for while others wait for the turn to read history.
const AT_ONCE: Duration = Duration::from_millis(50);

/// How long a turn lasts, if the client takes what it is told and others wait for it.
const TURN: Duration = Duration::from_secs(1);

/// How long a history is kept for a client who does not read.
const KEPT: Duration = Duration::from_secs(10);

/// What was read of a history.
struct PastPart {
    replay: Replay,
    frames: VecDeque<Vec<u8>>,
}

fn read(
    host: &Host,
    scope: Scope,
    replay: Option<Replay>,
    next: Sequence,
    before: Sequence,
) -> Result<PastPart, HistoryError> {
    let mut replay = match replay {
        Some(replay) => replay,
        None => Replay::open(host, next)?,
    };
    let (mut filling, mut frames) = (Filling::default(), VecDeque::new());
    replay.go_on(before, |moment, realm| {
        let filled = filling.payload.len();
        filling.add(scope, moment, scope.of(moment, realm));
        let made = filling.payload.len() - filled;
        frames.extend(filling.take(LONG));
        made
    })?;
    frames.extend(filling.take(0));
    Ok(PastPart { replay, frames })
}

/// Commands that are looked through at a time, while who follows the realm waits.
const LOOKED_THROUGH: usize = 64;

/// What is told of a group; `look` gives the realm to look at, for a moment.
fn frames<R: Deref<Target = realm::Realm>>(
    group: &Group,
    from: Sequence,
    scope: Scope,
    look: impl Fn() -> R,
) -> VecDeque<Vec<u8>> {
    let (mut filling, mut frames) = (Filling::default(), VecDeque::new());
    let mut moments = group.moments(from);
    let mut parts = Vec::with_capacity(LOOKED_THROUGH);
    loop {
        {
            let realm = look();
            let some = moments.by_ref().take(LOOKED_THROUGH);
            parts.extend(some.map(|moment| (scope.of(&moment, &realm), moment)));
        }
        if parts.is_empty() {
            break;
        }
        for (part, moment) in parts.drain(..) {
            filling.add(scope, &moment, part);
            frames.extend(filling.take(LONG));
        }
    }
    frames.extend(filling.take(0));
    frames
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use bartizan_engine::event::Event;
    use bartizan_engine::realm::Realm;
    use bartizan_engine::realm::command::{AdvanceClock, Command, Envelope};
    use bartizan_engine::realm::ids::CommandId;

    use super::*;
    use crate::node::Sequenced;
    use crate::wire::layout::MOST_TOLD;

    #[test]
    fn a_long_group_is_looked_through_in_parts_and_told_whole() {
        const COUNT: u64 = 8192;
        let mut group = Group::with_capacity(COUNT as usize);
        let mut commands = Vec::new();
        for sequence in 1..=COUNT {
            let command = Command::AdvanceClock(AdvanceClock {});
            let envelope = Envelope { id: CommandId(sequence.into()), actor: AgentId(0), command };
            group.events().tell(Event::AgentRegistered { agent: AgentId(sequence as u32) });
            group.mark();
            commands.push(Sequenced { sequence: Sequence(sequence), time: 0, envelope });
        }
        group.fill(commands, vec![Answer::DONE; COUNT as usize]);
        let (realm, looks) = (Realm::new(), Cell::new(0));
        let frames = frames(&group, Sequence(3), Scope::ALL, || {
            looks.set(looks.get() + 1);
            &realm
        });
        assert!(looks.get() > COUNT as usize / LOOKED_THROUGH, "{} looks", looks.get());
        let mut next = 3;
        for bytes in &frames {
            let (frame, _) = frame::read(bytes, MOST_TOLD).expect("a frame").expect("a whole one");
            for told in told::read(&frame).expect("what is told") {
                assert_eq!(told.sequence, Sequence(next), "in order, and without gaps");
                next += 1;
            }
        }
        assert_eq!(next, COUNT + 1);
    }
}
