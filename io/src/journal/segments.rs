//! Which segments there are, and where each begins.
//!
//! **When a segment begins to exist**: its header is made durable, then its name, then the roll mark at the end of
//! the segment before, and only then does the first batch go into it. So a last segment without batches after one
//! without a roll mark was never in use, and a roll mark without a segment after it says that one is missing.

use super::error::{Cause, Damage, JournalError};
use super::layout::Kind;
use super::segment::{self, Opening, Step};
use super::snapshot;
use super::storage::Storage;
use super::units::{Position, RealmId, Sequence};
use crate::input::Input;

/// A segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) name: String,
    pub(super) first: Sequence,
}

/// All of them, by first sequence; what is no segment is left alone. Snapshots without any are what is left of a journal, not the place for a new one.
pub(super) fn list(storage: &dyn Storage) -> Result<Vec<Segment>, JournalError> {
    let mut segments = Vec::new();
    for name in storage.list()? {
        if let Some(first) = segment::first_by_name(&name)? {
            segments.push(Segment { name, first });
        }
    }
    // Names have as many digits, so their order is that of the sequences.
    if let Some(segment) = segments.first().filter(|segment| segment.first != Sequence::FIRST) {
        let cause = Cause::Gap { found: segment.first, expected: Sequence::FIRST };
        return Err(Damage { file: segment.name.clone(), offset: 0, cause }.into());
    }
    if segments.is_empty() && snapshot::last_named(storage)?.is_some() {
        let cause = Cause::Missing { expected: Sequence::FIRST };
        return Err(Damage { file: segment::name(Sequence::FIRST), offset: 0, cause }.into());
    }
    Ok(segments)
}

/// A segment that is being walked.
#[derive(Debug)]
pub(super) struct Walk {
    pub(super) segment: Segment,
    pub(super) bytes: Input,
    /// What its header says; nothing where its making was not finished.
    pub(super) realm: Option<RealmId>,
    pub(super) is_made: bool,
    /// Where the next frame is, and after what.
    pub(super) at: usize,
    pub(super) position: Position,
    /// Whether the roll mark has been passed.
    pub(super) is_rolled: bool,
}

impl Walk {
    /// At the beginning of `segment`.
    pub(super) fn new(
        storage: &dyn Storage,
        segment: Segment,
        realm: Option<RealmId>,
    ) -> Result<Self, JournalError> {
        let bytes = storage.read(&segment.name)?;
        let (opening, realm) = segment::open(&segment.name, &bytes, segment.first, realm)?;
        let (is_made, position) = match opening {
            Opening::At(position) => (true, position),
            Opening::Unfinished => (false, Position::default()),
        };
        Ok(Walk { segment, bytes, realm, is_made, at: super::layout::SECTOR, position, is_rolled: false })
    }

    /// The next frame, or what there is in its place.
    pub(super) fn step(&mut self) -> Result<Step, Damage> {
        if !self.is_made {
            return Ok(Step::End);
        }
        let step = segment::step(&self.segment.name, &self.bytes, self.at, self.position)?;
        match &step {
            _ if self.is_rolled && step != Step::End => Err(self.damage(Cause::Stray)),
            Step::Frame(frame) => {
                (self.at, self.position) = (frame.end(), frame.after);
                self.is_rolled = frame.header.kind == Kind::Roll;
                Ok(step)
            }
            _ => Ok(step),
        }
    }

    /// Whether a frame was begun after what was passed, which was durable then.
    pub(super) fn is_followed(&self) -> bool {
        self.is_rolled || segment::begins(&self.bytes, self.at, self.position)
    }

    /// Whether no frame begins here nor was passed.
    pub(super) fn is_empty(&self) -> bool {
        !self.is_made
            || self.at == super::layout::SECTOR
                && self.bytes.get(self.at..).is_none_or(super::layout::is_zero)
    }

    pub(super) fn damage(&self, cause: Cause) -> Damage {
        let offset = if self.is_made { self.at as u64 } else { 0 };
        Damage { file: self.segment.name.clone(), offset, cause }
    }
}
