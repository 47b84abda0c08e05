//! Which command ids an agent has used, and what the answers were, so that nothing is done twice.
//!
//! Ids that rise, as counters and time-ordered ids do, are kept in a queue: an id above the last is new, which costs one comparison. Others
//! cost a tree. Of those that rise at least the last [`IDS_KEPT`] are kept, of the others the largest as many; whatever is not above what
//! was forgotten is refused, so that an id is never taken twice, however late it comes. 16 bytes an id that is within 2^32 of its
//! neighbours, 32 otherwise, about 80 one that came out of order, and 16 more where its command made something that has a number.

use std::collections::{BTreeMap, VecDeque};

use super::ids::CommandId;
use crate::codec::{Codec, DecodeError, Mixer, Reader, choice, record};
use crate::ledger::units::Sequence;
use crate::reject::Answer;
use bartizan_solver::prefetch::prefetch_room;

/// How many ids of one agent are remembered, of those that rose and of those that did not.
pub const IDS_KEPT: usize = 1 << 20;

/// Ids kept, and forgotten, together.
const CHUNK: usize = 1 << 10;

/// A chunk that ends with fewer ids than this because they lie far apart is followed by chunks that take them whole, until one is full of ids that do not.
const FEW: usize = 64;

/// The upper 48 bits of a command's fingerprint, and 16 bits of answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Note(u64);

record!(Note(0));

impl Note {
    #[inline]
    fn new(fingerprint: u64, answer: Answer) -> Self {
        Note(fingerprint & !0xffff | u64::from(answer.0))
    }

    fn answer(self) -> Answer {
        Answer(self.0 as u16)
    }

    fn is_of(self, fingerprint: u64) -> bool {
        (self.0 ^ fingerprint) >> 16 == 0
    }
}

/// What became of a command that is remembered: all that is told of it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Its place in the log.
    pub(super) sequence: Sequence,
    /// Whether it was carried out, or why not.
    pub(super) answer: Answer,
    /// The number of what it made.
    pub(super) made: Option<u64>,
}

/// How an id was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Use {
    sequence: Sequence,
    note: Note,
    made: Option<u64>,
}

record!(Use { sequence, note, made });

impl Use {
    fn outcome(self) -> Outcome {
        Outcome { sequence: self.sequence, answer: self.note.answer(), made: self.made }
    }
}

/// Rising ids, each with the place of its command and a note.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Chunk {
    first: CommandId,
    first_sequence: Sequence,
    ids: Ids,
    /// What those made that made something, in their order.
    made: Vec<Made>,
}

record!(Chunk { first, first_sequence, ids, made });

/// The number of what a command made, whose place is so far from the chunk's first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Made {
    since: u32,
    number: u64,
}

record!(Made { since, number });

/// Ids of a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ids {
    /// All within 2^32 of the first.
    Near(Vec<Near>),
    /// Any.
    Far(Vec<Far>),
}

choice!(Ids { 1 => Near(ids), 2 => Far(ids) });

/// An id, and how it was used: by their distances from the chunk's first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Near {
    distance: u32,
    since: u32,
    note: Note,
}

record!(Near { distance, since, note });

/// An id, whole, and how it was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Far {
    id: CommandId,
    since: u32,
    note: Note,
}

record!(Far { id, since, note });

impl Chunk {
    /// An empty chunk; with room for all that it will hold, if it is thought to fill.
    fn new(first: CommandId, first_sequence: Sequence, is_near: bool, fills: bool) -> Self {
        let room = if fills { CHUNK } else { 0 };
        let ids =
            if is_near { Ids::Near(Vec::with_capacity(room)) } else { Ids::Far(Vec::with_capacity(room)) };
        Chunk { first, first_sequence, ids, made: Vec::new() }
    }

    fn len(&self) -> usize {
        match &self.ids {
            Ids::Near(ids) => ids.len(),
            Ids::Far(ids) => ids.len(),
        }
    }

    /// Adds an id above the last; false if it has no place here.
    #[inline]
    fn push(&mut self, id: CommandId, used: Use) -> bool {
        let Use { sequence, note, made } = used;
        let Ok(since) = u32::try_from(sequence.0 - self.first_sequence.0) else { return false };
        match &mut self.ids {
            Ids::Near(ids) => match u32::try_from(id.0 - self.first.0) {
                Ok(distance) if ids.len() < CHUNK => ids.push(Near { distance, since, note }),
                _ => return false,
            },
            Ids::Far(ids) if ids.len() < CHUNK => ids.push(Far { id, since, note }),
            Ids::Far(_) => return false,
        }
        if let Some(number) = made {
            self.made.push(Made { since, number });
        }
        true
    }

    fn find(&self, id: CommandId) -> Option<Use> {
        let (since, note) = match &self.ids {
            Ids::Near(ids) => {
                let distance = u32::try_from(id.0.checked_sub(self.first.0)?).ok()?;
                let found = ids[ids.binary_search_by_key(&distance, |near| near.distance).ok()?];
                (found.since, found.note)
            }
            Ids::Far(ids) => {
                let found = ids[ids.binary_search_by_key(&id, |far| far.id).ok()?];
                (found.since, found.note)
            }
        };
        let made = self.made.binary_search_by_key(&since, |made| made.since).ok();
        let made = made.map(|place| self.made[place].number);
        Some(Use { sequence: Sequence(self.first_sequence.0 + u64::from(since)), note, made })
    }

    fn last(&self) -> CommandId {
        match &self.ids {
            Ids::Near(ids) => {
                CommandId(self.first.0 + u128::from(ids.last().map_or(0, |near| near.distance)))
            }
            Ids::Far(ids) => ids.last().map_or(self.first, |far| far.id),
        }
    }

    fn is_whole(&self) -> bool {
        let rises = match &self.ids {
            Ids::Near(ids) => ids.is_sorted_by(|a, b| a.distance < b.distance),
            Ids::Far(ids) => {
                ids.is_sorted_by(|a, b| a.id < b.id)
                    && ids.first().is_some_and(|first| first.id == self.first)
            }
        };
        (1..=CHUNK).contains(&self.len()) && rises && self.reaches().is_some() && self.is_made_by_these()
    }

    /// Whether what was made was made by commands of this chunk, in their order.
    fn is_made_by_these(&self) -> bool {
        let is_here = |made: &Made| match &self.ids {
            Ids::Near(ids) => ids.binary_search_by_key(&made.since, |near| near.since).is_ok(),
            Ids::Far(ids) => ids.binary_search_by_key(&made.since, |far| far.since).is_ok(),
        };
        self.made.is_sorted_by(|a, b| a.since < b.since) && self.made.iter().all(is_here)
    }

    /// The last id and the place of its command; none if they are beyond all numbers, or the places do not rise.
    fn reaches(&self) -> Option<(CommandId, Sequence)> {
        let (last, since, rises) = match &self.ids {
            Ids::Near(ids) => {
                let last = ids.last()?;
                let id = self.first.0.checked_add(u128::from(last.distance))?;
                (CommandId(id), last.since, ids.is_sorted_by(|a, b| a.since < b.since))
            }
            Ids::Far(ids) => {
                let last = ids.last()?;
                (last.id, last.since, ids.is_sorted_by(|a, b| a.since < b.since))
            }
        };
        let sequence = self.first_sequence.0.checked_add(u64::from(since))?;
        rises.then_some((last, Sequence(sequence)))
    }
}

/// The ids of one agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Remembered {
    /// The largest used.
    last: CommandId,
    /// The largest forgotten.
    forgotten: CommandId,
    /// How many are in full chunks.
    full: usize,
    chunks: VecDeque<Chunk>,
    /// Those that came out of order.
    others: BTreeMap<CommandId, Use>,
}

/// What is known of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// Nothing: it is new.
    New,
    /// It was used for a command with the same fingerprint, of which this became.
    Same(Outcome),
    /// It was used for another command.
    Other,
    /// It lies below what is remembered.
    TooOld,
}

impl Remembered {
    /// What is known of an id.
    #[inline]
    pub(super) fn look(&self, id: CommandId, fingerprint: u64) -> Known {
        if id > self.last { Known::New } else { self.look_back(id, fingerprint) }
    }

    #[cold]
    fn look_back(&self, id: CommandId, fingerprint: u64) -> Known {
        let after = self.chunks.partition_point(|chunk| chunk.first <= id);
        let risen = after.checked_sub(1).and_then(|place| self.chunks[place].find(id));
        match risen.or_else(|| self.others.get(&id).copied()) {
            Some(used) if used.note.is_of(fingerprint) => Known::Same(used.outcome()),
            Some(_) => Known::Other,
            None if id <= self.forgotten => Known::TooOld,
            None => Known::New,
        }
    }

    /// The largest id that was used, and the largest that is forgotten; 0 where there is none.
    pub(super) fn reach(&self) -> (CommandId, CommandId) {
        (self.last, self.forgotten)
    }

    /// Asks for where the next id will be kept.
    #[inline]
    pub(super) fn fetch_end(&self) {
        match self.chunks.back().map(|chunk| &chunk.ids) {
            Some(Ids::Near(ids)) => prefetch_room(ids),
            Some(Ids::Far(ids)) => prefetch_room(ids),
            None => {}
        }
    }

    /// Whether all of it was used up to the command `last`, and no more is kept than is.
    pub(super) fn is_sound(&self, last: Sequence) -> bool {
        let places = self.chunks.iter().map(|chunk| chunk.reaches().map(|(_, sequence)| sequence));
        let mut others = self.others.iter();
        places.into_iter().all(|place| place.is_some_and(|place| place <= last))
            && others.all(|(&id, used)| id <= self.last && used.sequence <= last)
            && self.forgotten <= self.last
            && self.others.len() <= IDS_KEPT
    }

    /// Keeps a new id with its answer.
    #[inline]
    pub(super) fn keep(&mut self, id: CommandId, fingerprint: u64, outcome: Outcome) {
        let Outcome { sequence, answer, made } = outcome;
        let used = Use { sequence, note: Note::new(fingerprint, answer), made };
        if id <= self.last {
            self.keep_other(id, used);
            return;
        }
        self.last = id;
        if !self.chunks.back_mut().is_some_and(|chunk| chunk.push(id, used)) {
            self.begin_chunk(id, used);
        }
    }

    #[cold]
    fn begin_chunk(&mut self, id: CommandId, used: Use) {
        let last = self.chunks.back();
        let is_near = last.is_none_or(|chunk| match chunk.ids {
            Ids::Near(_) => chunk.len() >= FEW,
            // It was full without a leap, so the next ids will hardly leap.
            Ids::Far(_) => chunk.len() == CHUNK && chunk.last().0 - chunk.first.0 <= u128::from(u32::MAX),
        });
        let fills = last.is_some_and(|chunk| chunk.len() == CHUNK);
        self.full += last.map_or(0, Chunk::len);
        let mut chunk = Chunk::new(id, used.sequence, is_near, fills);
        let fits = chunk.push(id, used);
        debug_assert!(fits, "an empty chunk takes any id");
        self.chunks.push_back(chunk);
        while let Some(oldest) = self.chunks.front().filter(|oldest| self.full >= IDS_KEPT + oldest.len()) {
            self.full -= oldest.len();
            self.forgotten = self.forgotten.max(oldest.last());
            self.chunks.pop_front();
        }
    }

    #[cold]
    fn keep_other(&mut self, id: CommandId, used: Use) {
        self.others.insert(id, used);
        if self.others.len() > IDS_KEPT
            && let Some((lowest, _)) = self.others.pop_first()
        {
            self.forgotten = self.forgotten.max(lowest);
        }
    }
}

impl Codec for Remembered {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.forgotten.encode(bytes);
        self.chunks.encode(bytes);
        self.others.encode(bytes);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let forgotten = CommandId::decode(reader)?;
        let error = reader.error("rising ids, each with its place and note");
        let chunks: VecDeque<Chunk> = Codec::decode(reader)?;
        let rises = || {
            let pairs = chunks.iter().zip(chunks.iter().skip(1));
            chunks.iter().all(Chunk::is_whole) && pairs.into_iter().all(|(one, next)| one.last() < next.first)
        };
        if !rises() {
            return Err(error);
        }
        let others = Codec::decode(reader)?;
        let last = chunks.back().map_or(CommandId(0), Chunk::last);
        let full = chunks.iter().rev().skip(1).map(Chunk::len).sum();
        Ok(Remembered { last, forgotten, full, chunks, others })
    }

    fn mix(&self, mixer: &mut Mixer) {
        self.to_bytes().mix(mixer);
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, Outcome, Remembered};
    use crate::codec::Codec;
    use crate::ledger::units::Sequence;
    use crate::realm::ids::CommandId;
    use crate::reject::Answer;

    /// Every kind of id against a plain list: counters, time-ordered ids, and those out of order.
    #[test]
    fn an_id_is_known_as_long_as_it_is_kept() {
        let mut remembered = Remembered::default();
        let mut plain: Vec<(u128, u64, u64)> = Vec::new();
        for step in 0..6_000_u64 {
            let id = match step % 6_000 {
                0..2_000 => u128::from(step) * 3 + 100,
                2_000..4_000 => {
                    (u128::from(step) << 80) + u128::from(step.wrapping_mul(0x9e37_79b9_7f4a_7c15))
                }
                _ => u128::from(step * 7_919 % 6_007) * 3 + 101,
            };
            let fingerprint = step << 20;
            assert_eq!(remembered.look(id.into_id(), fingerprint), Known::New, "{step}");
            remembered.keep(id.into_id(), fingerprint, outcome(step));
            plain.push((id, fingerprint, step));
            if step % 997 == 0 {
                let again = Remembered::from_bytes(&remembered.to_bytes()).unwrap();
                assert_eq!(again, remembered);
                remembered = again;
            }
        }
        for (id, fingerprint, step) in plain {
            let known = remembered.look(id.into_id(), fingerprint);
            assert_eq!(known, Known::Same(outcome(step)));
            assert_eq!(remembered.look(id.into_id(), fingerprint ^ 1 << 30), Known::Other);
        }
    }

    #[test]
    fn what_is_forgotten_is_refused() {
        let mut remembered = Remembered::default();
        for id in 1..=super::IDS_KEPT as u128 + 3_000 {
            let outcome = Outcome { sequence: Sequence(id as u64), answer: Answer::DONE, made: None };
            remembered.keep(id.into_id(), 0, outcome);
        }
        assert_eq!(remembered.look(1_u128.into_id(), 0), Known::TooOld);
        assert!(matches!(remembered.look(3_001_u128.into_id(), 0), Known::Same(_)));
        let (last, forgotten) = remembered.reach();
        assert_eq!(last, (super::IDS_KEPT as u128 + 3_000).into_id());
        assert_eq!(remembered.look(forgotten, 0), Known::TooOld);
        assert!(matches!(remembered.look((forgotten.0 + 1).into_id(), 0), Known::Same(_)));
    }

    /// What becomes of the command at a step: every third makes something.
    fn outcome(step: u64) -> Outcome {
        let made = step.is_multiple_of(3).then_some(step << 40);
        Outcome { sequence: Sequence(step + 5), answer: Answer(step as u16), made }
    }

    trait IntoId {
        fn into_id(self) -> CommandId;
    }

    impl IntoId for u128 {
        fn into_id(self) -> CommandId {
            CommandId(self)
        }
    }
}
