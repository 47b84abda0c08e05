//! Commands in frames: on a connection, and in batch files.

use bartizan_engine::codec::Codec;
use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::command::{Command, Envelope};
use bartizan_engine::realm::ids::CommandId;
use zerocopy::{FromBytes, IntoBytes};

use super::frame::{self, Frame, FrameError};
use super::layout::{CommandHeader, Kind, MOST_COMMANDS, MOST_PAYLOAD, MYSELF};

/// Reads the commands of a frame; who is [`MYSELF`] is `myself`.
///
/// # Errors
/// If one of them is none, or they are not as many as the frame says.
pub fn read(frame: &Frame<'_>, myself: AgentId) -> Result<Vec<Envelope>, FrameError> {
    let mut envelopes = Vec::with_capacity(usize::from(frame.count).min(MOST_COMMANDS));
    read_into(&mut envelopes, frame, myself)?;
    Ok(envelopes)
}

fn read_into(into: &mut Vec<Envelope>, frame: &Frame<'_>, myself: AgentId) -> Result<(), FrameError> {
    const EXPECTED: &str = "as many commands as the frame says, each after its length, actor and id";
    let count = usize::from(frame.count);
    if count == 0 || count > MOST_COMMANDS {
        return Err(FrameError::Payload("1 to 4096 commands in a frame"));
    }
    let mut rest = frame.payload;
    for number in 1..=count {
        let (header, bytes) = next(&mut rest).ok_or(FrameError::Payload(EXPECTED))?;
        let command = Command::from_bytes(bytes).map_err(|cause| FrameError::Command { number, cause })?;
        let actor = if header.actor.get() == MYSELF { myself } else { AgentId(header.actor.get()) };
        into.push(Envelope { id: CommandId(header.id.get()), actor, command });
    }
    if rest.is_empty() { Ok(()) } else { Err(FrameError::Payload(EXPECTED)) }
}

/// What stands before the first command of a payload, and its bytes; the rest is left.
#[inline]
fn next<'a>(rest: &mut &'a [u8]) -> Option<(&'a CommandHeader, &'a [u8])> {
    let (header, after) = CommandHeader::ref_from_prefix(rest).ok()?;
    let (bytes, after) = after.split_at_checked(header.length.get() as usize)?;
    *rest = after;
    Some((header, bytes))
}

/// Appends as many of the commands as fit a frame, numbered from `sequence`, and says how many those are; 0 if not even the first fits.
pub fn write(into: &mut Vec<u8>, sequence: u64, envelopes: &[Envelope]) -> usize {
    let start = into.len();
    let mut taken = 0;
    frame::write(into, Kind::Commands, sequence, |payload| {
        let begin = payload.len();
        for envelope in envelopes.iter().take(MOST_COMMANDS) {
            let place = payload.len();
            payload.resize(place + size_of::<CommandHeader>(), 0);
            envelope.command.encode(payload);
            if payload.len() - begin > MOST_PAYLOAD {
                payload.truncate(place);
                break;
            }
            let length = payload.len() - place - size_of::<CommandHeader>();
            let header = CommandHeader {
                length: (length as u32).into(),
                actor: envelope.actor.0.into(),
                id: envelope.id.0.into(),
            };
            payload[place..place + size_of::<CommandHeader>()].copy_from_slice(header.as_bytes());
            taken += 1;
        }
        taken as u16
    });
    if taken == 0 {
        into.truncate(start);
    }
    taken
}

/// Whether bytes begin as a file of frames does.
pub fn is_batch(bytes: &[u8]) -> bool {
    bytes.starts_with(&super::layout::MAGIC)
}

/// The frames of a batch file, each with the number of its first command: frames of commands, one after the other, numbered on from 1; every command names its
/// actor. After an error there is no more.
pub fn batches(bytes: &[u8]) -> Batches<'_> {
    Batches { bytes, at: 0, next: 1, has_failed: false }
}

/// A batch file being read.
#[derive(Clone, Debug)]
pub struct Batches<'a> {
    bytes: &'a [u8],
    at: usize,
    next: u64,
    has_failed: bool,
}

impl Iterator for Batches<'_> {
    type Item = Result<(u64, Vec<Envelope>), BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut envelopes = Vec::new();
        let batch = self.next_into(&mut envelopes)?;
        Some(batch.map(|batch| (batch.first, envelopes)))
    }
}

impl<'a> Batches<'a> {
    /// The next frame, whose commands are appended to those in `into`; nothing of one that is an error.
    pub fn next_into(&mut self, into: &mut Vec<Envelope>) -> Option<Result<Batch<'a>, BatchError>> {
        if self.at >= self.bytes.len() || self.has_failed {
            return None;
        }
        let before = into.len();
        let read = self.batch(into).map_err(|cause| BatchError { at: self.at, cause });
        Some(match read {
            Ok((payload, length)) => {
                let first = self.next;
                self.next += (into.len() - before) as u64;
                self.at += length;
                Ok(Batch { first, payload })
            }
            Err(error) => {
                into.truncate(before);
                self.has_failed = true;
                Err(error)
            }
        })
    }

    /// Reads the next frame: its payload, and how long the frame is.
    fn batch(&self, into: &mut Vec<Envelope>) -> Result<(&'a [u8], usize), FrameError> {
        let cut = FrameError::Payload("the rest of the frame, but the file ends");
        let (frame, length) = frame::read(&self.bytes[self.at..], MOST_PAYLOAD)?.ok_or(cut)?;
        if frame.kind != Kind::Commands || frame.sequence != self.next {
            return Err(FrameError::Payload("a frame of commands, numbered on from the one before"));
        }
        let before = into.len();
        read_into(into, &frame, AgentId(MYSELF))?;
        if into[before..].iter().any(|envelope| envelope.actor.0 == MYSELF) {
            return Err(FrameError::Payload("commands that name their actor"));
        }
        Ok((frame.payload, length))
    }
}

/// A frame of a batch file.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The number of its first command.
    pub first: u64,
    payload: &'a [u8],
}

impl<'a> Batch<'a> {
    /// The canonical bytes of each of its commands.
    pub fn commands(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut rest = self.payload;
        std::iter::from_fn(move || next(&mut rest).map(|(_, bytes)| bytes))
    }
}

/// Where a batch file is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the frame at byte {at}: {cause}")]
pub struct BatchError {
    /// The frame's offset.
    pub at: usize,
    /// What is wrong.
    pub cause: FrameError,
}
