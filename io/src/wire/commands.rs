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
    const EXPECTED: &str = "as many commands as the frame says, each after its length, actor and id";
    let count = usize::from(frame.count);
    if count == 0 || count > MOST_COMMANDS {
        return Err(FrameError::Payload("1 to 4096 commands in a frame"));
    }
    let mut rest = frame.payload;
    let mut envelopes = Vec::with_capacity(count);
    for number in 1..=count {
        let (header, after) =
            CommandHeader::ref_from_prefix(rest).map_err(|_| FrameError::Payload(EXPECTED))?;
        let bytes = after.get(..header.length.get() as usize).ok_or(FrameError::Payload(EXPECTED))?;
        rest = &after[bytes.len()..];
        let command = Command::from_bytes(bytes).map_err(|cause| FrameError::Command { number, cause })?;
        let actor = if header.actor.get() == MYSELF { myself } else { AgentId(header.actor.get()) };
        envelopes.push(Envelope { id: CommandId(header.id.get()), actor, command });
    }
    if rest.is_empty() { Ok(envelopes) } else { Err(FrameError::Payload(EXPECTED)) }
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
pub fn batches(bytes: &[u8]) -> impl Iterator<Item = Result<(u64, Vec<Envelope>), BatchError>> {
    let (mut at, mut next, mut has_failed) = (0, 1, false);
    std::iter::from_fn(move || {
        if at >= bytes.len() || has_failed {
            return None;
        }
        let read = batch(&bytes[at..], next).map_err(|cause| BatchError { at, cause });
        has_failed = read.is_err();
        Some(read.map(|(envelopes, length)| {
            let first = next;
            next += envelopes.len() as u64;
            at += length;
            (first, envelopes)
        }))
    })
}

/// The commands of the frame that `bytes` begin with, of which the first must have the number `next`; and the frame's length.
fn batch(bytes: &[u8], next: u64) -> Result<(Vec<Envelope>, usize), FrameError> {
    let cut = FrameError::Payload("the rest of the frame, but the file ends");
    let (frame, length) = frame::read(bytes, MOST_PAYLOAD)?.ok_or(cut)?;
    if frame.kind != Kind::Commands || frame.sequence != next {
        return Err(FrameError::Payload("a frame of commands, numbered on from the one before"));
    }
    let envelopes = read(&frame, AgentId(MYSELF))?;
    if envelopes.iter().any(|envelope| envelope.actor.0 == MYSELF) {
        return Err(FrameError::Payload("commands that name their actor"));
    }
    Ok((envelopes, length))
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
