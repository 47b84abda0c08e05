//! One segment's bytes, walked frame by frame, everything checked: what is whole, where it ends, and whether what
//! does not is an unfinished write or damage. The rule, and why it never gives up what was accepted, is told in
//! [`mod@super::layout`].
//!
//! Cost: each byte is checksummed and hashed once. Nothing is copied and nothing allocated by what the bytes claim.

use std::fmt;

use super::error::{Cause, Damage};
use super::layout::{self, FrameHeader, Header, Kind, Records, SECTOR, SegmentHeader, VERSION};
use super::storage::{Storage, StorageError};
use super::units::{Position, RealmId, Sequence};

pub(super) const PREFIX: &str = "journal-";
const SUFFIX: &str = ".segment";

/// The name of the segment whose first sequence is `first`.
pub(super) fn name(first: Sequence) -> String {
    format!("{PREFIX}{:020}{SUFFIX}", first.0)
}

/// A segment whose records were carried out by other rules than these, and by which; of those whose headers can be read.
///
/// # Errors
/// If the storage fails.
pub fn of_other_rules(storage: &dyn Storage, rules: u32) -> Result<Option<(String, u32)>, StorageError> {
    for name in storage.list()? {
        if !matches!(first_by_name(&name), Ok(Some(_))) {
            continue;
        }
        if let Header::Whole(header) = SegmentHeader::decode(&storage.read(&name)?)
            && header.rules != rules
        {
            return Ok(Some((name, header.rules)));
        }
    }
    Ok(None)
}

/// Which first sequence the segment `name` has; `None` for a name of another kind of file.
///
/// # Errors
/// If the name begins as a segment's does, but is none.
pub(super) fn first_by_name(name: &str) -> Result<Option<Sequence>, Damage> {
    let Some(rest) = name.strip_prefix(PREFIX) else { return Ok(None) };
    let digits = rest.strip_suffix(SUFFIX).filter(|digits| digits.len() == 20);
    let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
    match digits.and_then(|digits| digits.parse().ok()) {
        Some(first) if first > 0 => Ok(Some(Sequence(first))),
        _ => Err(Damage { file: name.into(), offset: 0, cause: Cause::Name }),
    }
}

/// A whole frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) header: FrameHeader,
    /// Where it begins.
    pub(super) at: usize,
    /// The position after it.
    pub(super) after: Position,
}

impl Frame {
    /// Where the next one begins.
    pub(super) fn end(&self) -> usize {
        self.at + self.header.length()
    }

    /// Its records in the file's `bytes`.
    pub(super) fn records<'a>(&self, bytes: &'a [u8]) -> Records<'a> {
        Records::new(self.header.first, &bytes[self.at..][layout::payload(&self.header)])
    }
}

/// An unfinished write at the end of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tail {
    /// The segment.
    pub file: String,
    /// Where it begins.
    pub offset: u64,
    /// How many bytes there are from there on.
    pub bytes: u64,
    /// By what it is known.
    pub reason: &'static str,
}

impl fmt::Display for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tail { file, offset, bytes, reason } = self;
        write!(f, "{file}: byte {offset}: {bytes} bytes of a batch whose writing was not finished ({reason})")
    }
}

/// What comes next in a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Frame(Frame),
    /// Nothing, or zeros.
    End,
    Unfinished(Tail),
}

/// What a segment's beginning is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// Records follow this position.
    At(Position),
    /// Its making was not finished: nothing but part of a header.
    Unfinished,
}

/// Reads the header of the segment `file`, of `realm` if that is known.
pub(super) fn open(
    file: &str,
    bytes: &[u8],
    first: Sequence,
    realm: Option<RealmId>,
) -> Result<(Opening, Option<RealmId>), Damage> {
    let damage = |offset, cause| Err(Damage { file: file.into(), offset, cause });
    match SegmentHeader::decode(bytes) {
        Header::Whole(header) if header.version != VERSION => {
            damage(12, Cause::Version { found: header.version, known: VERSION })
        }
        Header::Whole(header) => match realm {
            Some(expected) if header.realm != expected => {
                damage(16, Cause::Realm { found: header.realm, expected })
            }
            _ if header.before.next() != first => {
                damage(32, Cause::Header("it begins with another sequence than its name says"))
            }
            _ => Ok((Opening::At(header.before), Some(header.realm))),
        },
        // Nothing is written after the header before it is durable.
        Header::Unfinished if bytes.len() <= SECTOR || layout::is_zero(&bytes[SECTOR..]) => {
            Ok((Opening::Unfinished, None))
        }
        Header::Unfinished => damage(0, Cause::Header("it is missing, but something follows it")),
        Header::Damaged => damage(0, Cause::Header("it differs from its checksum")),
    }
}

/// What stands at byte `at` of the segment `file`, after `position`.
///
/// An unfinished batch is found here by itself; that it is allowed only at the journal's end, the caller sees to.
pub(super) fn step(file: &str, bytes: &[u8], at: usize, position: Position) -> Result<Step, Damage> {
    let damage = |cause| Err(Damage { file: file.into(), offset: at as u64, cause });
    let rest = bytes.get(at..).unwrap_or_default();
    let header = match FrameHeader::decode(rest) {
        Header::Whole(header) => header,
        Header::Unfinished if layout::is_zero(rest) => return Ok(Step::End),
        Header::Unfinished => {
            let reason = "its header did not arrive";
            return unfinished(file, bytes, at, at + SECTOR, reason);
        }
        Header::Damaged => return damage(Cause::FrameHeader),
    };
    if let Some(cause) = misfit(&header, at, position) {
        return damage(cause);
    }
    let Some(frame) = rest.get(..header.length()) else {
        return unfinished(file, bytes, at, bytes.len(), "the file ends within it");
    };
    if !layout::is_sound(&header, frame) {
        if layout::has_holes(&header, frame) {
            // One batch at a time is being written, so nothing can have come after it.
            if !layout::is_zero(&rest[header.length()..]) {
                return damage(Cause::Stray);
            }
            return unfinished(file, bytes, at, at + header.length(), "some of its sectors did not arrive");
        }
        let last = header.first.plus(header.count.into()).before();
        return damage(Cause::Payload { first: header.first, last });
    }
    if !layout::adds_up(header.count, &frame[layout::payload(&header)]) {
        return damage(Cause::Records);
    }
    let after = if header.kind == Kind::Batch {
        let sequence = position.sequence.plus(header.count.into());
        Position { sequence, chain: layout::chain_after(&header, frame) }
    } else {
        position
    };
    Ok(Step::Frame(Frame { header, at, after }))
}

/// Whether a frame begins at byte `at`, written after `position`. It need not have arrived whole: that it was begun says that what is before it was durable.
pub(super) fn begins(bytes: &[u8], at: usize, position: Position) -> bool {
    let header = FrameHeader::decode(bytes.get(at..).unwrap_or_default());
    matches!(header, Header::Whole(header) if misfit(&header, at, position).is_none())
}

/// Why a frame with a sound header may not stand at byte `at`, after `position`.
fn misfit(header: &FrameHeader, at: usize, position: Position) -> Option<Cause> {
    if header.offset != at as u64 {
        return Some(Cause::Misplaced { meant: header.offset });
    }
    if header.first != position.next() {
        return Some(Cause::Gap { found: header.first, expected: position.next() });
    }
    if header.before != position.chain {
        return Some(Cause::Chain { found: header.before, expected: position.chain });
    }
    let is_empty = header.count == 0 && header.payload == 0;
    let fits = header.payload as usize <= layout::MOST_PAYLOAD && is_empty == (header.kind != Kind::Batch);
    // No journal reaches the end of 64 bits; a frame that says so would overflow it.
    let ends = header.first.0.checked_add(header.count.into()).is_some_and(|next| next < u64::MAX);
    (!fits || !ends).then_some(Cause::Records)
}

/// An unfinished batch at byte `at`, unless a batch begins at byte `from` or at a sector after it: a batch is
/// written once the one before it is durable.
fn unfinished(
    file: &str,
    bytes: &[u8],
    at: usize,
    from: usize,
    reason: &'static str,
) -> Result<Step, Damage> {
    for next in (from..bytes.len()).step_by(SECTOR) {
        if let Header::Whole(header) = FrameHeader::decode(&bytes[next..]) {
            let (offset, cause) = if header.offset == next as u64 {
                (at as u64, Cause::Followed { next: next as u64 })
            } else {
                (next as u64, Cause::Misplaced { meant: header.offset })
            };
            return Err(Damage { file: file.into(), offset, cause });
        }
    }
    let bytes = (bytes.len() - at) as u64;
    Ok(Step::Unfinished(Tail { file: file.into(), offset: at as u64, bytes, reason }))
}
