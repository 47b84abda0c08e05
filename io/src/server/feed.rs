//! What happens in a realm, to whoever listens.
//!
//! The follower puts whole groups of commands into a ring, each with what followed from it; listeners take from the ring at their own pace,
//! by the sequence that they want next. Nothing waits for them: a listener that is slower than the ring is long has missed something, is told so, and
//! goes on from the journal or not at all. So the memory of a feed is that of its ring, however many listen and however slowly: 128 MiB and one group for each realm, at most.

use std::collections::VecDeque;
use std::sync::Arc;

use bartizan_engine::book::{MarketEvent, Report};
use bartizan_engine::event::{Event, Events};
use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm::command::Envelope;
use bartizan_engine::reject::Answer;

use super::weight::beyond;
use crate::node::{Sequenced, history};
use crate::sync::{RwLock, watch};

/// Commands that were applied together, and what followed from each.
#[derive(Debug, Default)]
pub struct Told {
    commands: Vec<Sequenced>,
    answers: Vec<Answer>,
    events: Events,
    /// Where the events, reports and market data of each command end.
    ends: Vec<[u32; 3]>,
    /// About how many bytes all of it takes.
    bytes: usize,
}

/// One command with what followed from it.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// The command's place in the log.
    pub sequence: Sequence,
    /// The log's time, in nanoseconds.
    pub time: u64,
    /// The command.
    pub envelope: &'a Envelope,
    /// Its answer.
    pub answer: Answer,
    /// What happened, in order; [`Event::Reports`] and [`Event::MarketData`] count off the two that follow.
    pub events: &'a [Event],
    /// What the books reported to those whose orders they are.
    pub reports: &'a [Report],
    /// What the books told everybody.
    pub market: &'a [MarketEvent],
}

impl<'a> Moment<'a> {
    /// What is in the journal, carried out again.
    pub(super) fn past(moment: &history::Moment<'a>) -> Self {
        let history::Moment { sequence, time, envelope, answer, events, .. } = *moment;
        let Events { list, book, .. } = events;
        Moment {
            sequence,
            time,
            envelope,
            answer,
            events: list,
            reports: &book.reports,
            market: &book.market,
        }
    }
}

impl Told {
    /// An empty group; there will be as many `commands`.
    pub(super) fn with_capacity(commands: usize) -> Self {
        Told { ends: Vec::with_capacity(commands), ..Told::default() }
    }

    /// Where the next command's events are to be appended; [`Told::mark`] then says that they are all there.
    pub(super) fn events(&mut self) -> &mut Events {
        &mut self.events
    }

    /// What was appended since the last mark followed from one command, the next one.
    pub(super) fn mark(&mut self) {
        let Events { list, book, .. } = &self.events;
        self.ends.push([list.len() as u32, book.reports.len() as u32, book.market.len() as u32]);
    }

    /// The commands whose events are there, and their answers.
    ///
    /// # Panics
    /// If they are not as many as were marked.
    pub(super) fn fill(&mut self, commands: Vec<Sequenced>, answers: Vec<Answer>) {
        assert!(commands.len() == self.ends.len() && answers.len() == self.ends.len(), "each has its events");
        (self.commands, self.answers) = (commands, answers);
        self.bytes = self.measured();
    }

    /// About how many bytes it takes.
    fn measured(&self) -> usize {
        let Events { list, book, .. } = &self.events;
        let long = |command: &Sequenced| beyond(&command.envelope.command);
        size_of_val(list.as_slice())
            + size_of_val(book.reports.as_slice())
            + size_of_val(book.market.as_slice())
            + self.commands.iter().map(|command| size_of::<Sequenced>() + long(command)).sum::<usize>()
    }

    /// How many commands there are.
    pub fn len(&self) -> usize {
        self.commands.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }

    /// The first command's place in the log.
    pub fn first(&self) -> Option<Sequence> {
        self.commands.first().map(|command| command.sequence)
    }

    /// The last command's place in the log.
    pub fn last(&self) -> Option<Sequence> {
        self.commands.last().map(|command| command.sequence)
    }

    /// The place in the log after the last command; `next`, if there is none.
    pub fn after(&self, next: Sequence) -> Sequence {
        self.last().map_or(next, |last| Sequence(last.0 + 1))
    }

    /// The commands from `from` on, in order.
    pub fn moments(&self, from: Sequence) -> impl Iterator<Item = Moment<'_>> {
        let skipped = self.commands.partition_point(|command| command.sequence < from);
        (skipped..self.commands.len()).map(|index| self.moment(index))
    }

    fn moment(&self, index: usize) -> Moment<'_> {
        let start = index.checked_sub(1).map_or([0; 3], |before| self.ends[before]);
        let range = |kind: usize| start[kind] as usize..self.ends[index][kind] as usize;
        let Sequenced { sequence, time, envelope } = &self.commands[index];
        Moment {
            sequence: *sequence,
            time: *time,
            envelope,
            answer: self.answers[index],
            events: &self.events.list[range(0)],
            reports: &self.events.book.reports[range(1)],
            market: &self.events.book.market[range(2)],
        }
    }
}

/// What a listener finds.
#[derive(Clone, Debug)]
pub enum Next {
    /// Groups that hold what it wants next, and what follows.
    Groups(Vec<Arc<Told>>),
    /// Nothing yet.
    Nothing,
    /// What it wants next is in the ring no more; the ring begins at this sequence.
    Missed(Sequence),
}

#[derive(Debug)]
struct Ring {
    groups: VecDeque<Arc<Told>>,
    /// Commands in all groups.
    commands: usize,
    /// About how many bytes they take.
    bytes: usize,
    /// The sequence that the next group begins with.
    next: Sequence,
}

/// A realm's feed.
#[derive(Debug)]
pub struct Feed {
    ring: RwLock<Ring>,
    /// How many commands are kept.
    room: usize,
    reached: watch::Sender<Sequence>,
}

/// About how many bytes a ring takes at most, but for its last group: some 300,000 orders with what follows from them.
const MOST_BYTES: usize = 128 << 20;

/// Most groups that a listener is given at a time.
const AT_A_TIME: usize = 4;

impl Feed {
    /// A feed that begins after `reached` and keeps the last `room` commands, and at least one group.
    pub fn new(reached: Sequence, room: usize) -> Self {
        let ring = Ring { groups: VecDeque::new(), commands: 0, bytes: 0, next: Sequence(reached.0 + 1) };
        Feed { ring: RwLock::new(ring), room, reached: watch::Sender::new(reached) }
    }

    /// Adds what follows on the last group.
    ///
    /// # Panics
    /// If it does not: a feed has no gaps.
    pub fn push(&self, told: Told) {
        let (Some(first), Some(last)) = (told.first(), told.last()) else { return };
        {
            let mut ring = self.ring.write();
            assert_eq!(first, ring.next, "a feed has no gaps");
            ring.next = Sequence(last.0 + 1);
            ring.commands += told.len();
            ring.bytes += told.bytes;
            ring.groups.push_back(Arc::new(told));
            while (ring.commands > self.room || ring.bytes > MOST_BYTES) && ring.groups.len() > 1 {
                let gone = ring.groups.pop_front().expect("there is more than one");
                ring.commands -= gone.len();
                ring.bytes -= gone.bytes;
            }
        }
        self.reached.send_replace(last);
    }

    /// What there is from `from` on.
    pub fn next(&self, from: Sequence) -> Next {
        let ring = self.ring.read();
        if from >= ring.next {
            return Next::Nothing;
        }
        let oldest = ring.groups.front().and_then(|told| told.first()).unwrap_or(ring.next);
        if from < oldest {
            return Next::Missed(oldest);
        }
        let place = ring.groups.partition_point(|told| told.last().is_some_and(|last| last < from));
        Next::Groups(ring.groups.iter().skip(place).take(AT_A_TIME).cloned().collect())
    }

    /// From where on the newer half of the ring is. Who joins there need not hurry.
    pub fn half(&self) -> Sequence {
        let ring = self.ring.read();
        let oldest = ring.groups.front().and_then(|told| told.first()).unwrap_or(ring.next);
        Sequence(oldest.0 + (ring.next.0 - oldest.0) / 2)
    }

    /// The last sequence that was told; changes as it grows.
    pub fn reached(&self) -> watch::Receiver<Sequence> {
        self.reached.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use bartizan_engine::ledger::units::AgentId;
    use bartizan_engine::realm::command::{AdvanceClock, Command};
    use bartizan_engine::realm::ids::CommandId;

    use super::*;

    fn group(sequences: std::ops::RangeInclusive<u64>) -> Told {
        let mut told = Told::with_capacity(4);
        let mut commands = Vec::new();
        for sequence in sequences {
            let command = Command::AdvanceClock(AdvanceClock {});
            let envelope = Envelope { id: CommandId(sequence.into()), actor: AgentId(0), command };
            told.events().tell(Event::AgentRegistered { agent: AgentId(sequence as u32) });
            told.mark();
            commands.push(Sequenced { sequence: Sequence(sequence), time: 0, envelope });
        }
        let answers = vec![Answer::DONE; commands.len()];
        told.fill(commands, answers);
        told
    }

    fn sequences(next: &Next, from: u64) -> Vec<u64> {
        let Next::Groups(groups) = next else { panic!("{next:?}") };
        let moments = groups.iter().flat_map(|told| told.moments(Sequence(from)));
        moments
            .map(|moment| {
                let sequence = moment.sequence.0;
                assert_eq!(moment.events, [Event::AgentRegistered { agent: AgentId(sequence as u32) }]);
                sequence
            })
            .collect()
    }

    #[test]
    fn a_listener_takes_from_where_it_is_and_is_told_what_it_missed() {
        let feed = Feed::new(Sequence(10), 5);
        assert!(matches!(feed.next(Sequence(11)), Next::Nothing));
        assert!(matches!(feed.next(Sequence(10)), Next::Missed(Sequence(11))));
        feed.push(group(11..=13));
        feed.push(group(14..=15));
        assert_eq!(sequences(&feed.next(Sequence(12)), 12), [12, 13, 14, 15]);
        assert_eq!(*feed.reached().borrow(), Sequence(15));
        feed.push(group(16..=16));
        assert!(matches!(feed.next(Sequence(13)), Next::Missed(Sequence(14))));
        assert_eq!(sequences(&feed.next(Sequence(15)), 15), [15, 16]);
        assert!(matches!(feed.next(Sequence(17)), Next::Nothing));
        assert_eq!(feed.half(), Sequence(15), "of 14 to 16");
    }

    #[test]
    #[should_panic(expected = "a feed has no gaps")]
    fn a_gap_is_a_broken_invariant() {
        Feed::new(Sequence(0), 5).push(group(2..=2));
    }
}
