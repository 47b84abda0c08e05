//! Frames: bytes to a checked header and payload, and back.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::layout::{FRAME_HEADER, FrameHeader, Kind, MAGIC, MOST_TOLD};

/// Why bytes are no frame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// It does not begin as one.
    #[error("expected a frame, which begins with BZW1")]
    Magic,
    /// Its payload is too long.
    #[error("a payload of {length} bytes: at most {most} are taken")]
    TooLong {
        /// How long it is.
        length: u32,
        /// How long it may be.
        most: usize,
    },
    /// Its checksum differs.
    #[error("the checksum of the frame differs")]
    Checksum,
    /// Its kind is not known.
    #[error("frames of kind {0} are not known")]
    Kind(u16),
    /// Its payload is not what its kind says.
    #[error("expected {0}")]
    Payload(&'static str),
    /// A command in it is none.
    #[error("command {number} of the frame, {cause}")]
    Command {
        /// Which, counted from 1.
        number: usize,
        /// What is wrong.
        cause: bartizan_engine::codec::DecodeError,
    },
}

/// A frame that arrived whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What it is.
    pub kind: Kind,
    /// Records in it.
    pub count: u16,
    /// The number of the first.
    pub sequence: u64,
    /// The rest.
    pub payload: &'a [u8],
}

/// The first frame of `bytes`, and how long it is; none if it has not arrived whole. A payload may have `most` bytes. What is wrong with its header is
/// said at once, before its payload is waited for.
///
/// # Errors
/// If the bytes begin as no frame does.
pub fn read(bytes: &[u8], most: usize) -> Result<Option<(Frame<'_>, usize)>, FrameError> {
    let begins = bytes.len().min(MAGIC.len());
    if bytes[..begins] != MAGIC[..begins] {
        return Err(FrameError::Magic);
    }
    let Ok((header, rest)) = FrameHeader::ref_from_prefix(bytes) else { return Ok(None) };
    let (length, number) = (header.length.get(), header.kind.get());
    if length as usize > most {
        return Err(FrameError::TooLong { length, most });
    }
    let kind = Kind::of(number).ok_or(FrameError::Kind(number))?;
    let Some(payload) = rest.get(..length as usize) else { return Ok(None) };
    if checksum(header, payload) != header.crc.get() {
        return Err(FrameError::Checksum);
    }
    let (count, sequence) = (header.count.get(), header.sequence.get());
    Ok(Some((Frame { kind, count, sequence, payload }, FRAME_HEADER + payload.len())))
}

fn checksum(header: &FrameHeader, payload: &[u8]) -> u32 {
    let unsigned = FrameHeader { crc: 0.into(), ..*header };
    crc32c::crc32c_append(crc32c::crc32c(unsigned.as_bytes()), payload)
}

impl<'a> Frame<'a> {
    /// The fixed record that the payload begins with, and what follows.
    ///
    /// # Errors
    /// If it is shorter.
    pub fn record<T: FromBytes + KnownLayout + Immutable + Unaligned>(
        &self,
        expected: &'static str,
    ) -> Result<(&'a T, &'a [u8]), FrameError> {
        T::ref_from_prefix(self.payload).map_err(|_| FrameError::Payload(expected))
    }
}

/// Appends a frame whose payload `fill` appends; it says how many records that has.
///
/// # Panics
/// If the payload is longer than any reader takes: who writes frames keeps to that.
pub fn write(into: &mut Vec<u8>, kind: Kind, sequence: u64, fill: impl FnOnce(&mut Vec<u8>) -> u16) {
    let start = into.len();
    into.resize(start + FRAME_HEADER, 0);
    let count = fill(into);
    let payload = into.len() - start - FRAME_HEADER;
    assert!(payload <= MOST_TOLD, "a frame is no longer than is read");
    let mut header = FrameHeader {
        magic: MAGIC,
        length: (payload as u32).into(),
        kind: (kind as u16).into(),
        count: count.into(),
        crc: 0.into(),
        sequence: sequence.into(),
    };
    header.crc = checksum(&header, &into[start + FRAME_HEADER..]).into();
    into[start..start + FRAME_HEADER].copy_from_slice(header.as_bytes());
}

/// Appends a frame of one fixed record and what follows it.
pub fn write_record<T: IntoBytes + Immutable>(into: &mut Vec<u8>, kind: Kind, record: &T, rest: &[u8]) {
    write(into, kind, 0, |payload| {
        payload.extend_from_slice(record.as_bytes());
        payload.extend_from_slice(rest);
        1
    });
}
