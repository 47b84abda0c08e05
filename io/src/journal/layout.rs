//! The layout of the files: fields to bytes and back. This module knows nothing of files and of what may follow what.
//!
#![doc = include_str!("format.md")]

use std::ops::Range;

use bartizan_engine::book::Time;

use super::units::{Chain, Position, RealmId, Sequence};

/// The format version of segments that is written, and the newest that is read.
pub const VERSION: u32 = 1;
/// That of snapshots, and the only one that is read: a snapshot has nothing that its journal has not, so one of an earlier version is passed over.
pub const SNAPSHOT_VERSION: u32 = 2;
/// What a disk writes whole or not at all. Every frame begins at a multiple of it.
pub const SECTOR: usize = 512;
/// The most that the records of a batch take, each with its 12 bytes of time and length.
pub const MOST_PAYLOAD: usize = 16 << 20;
/// What stands before a record's body: its time and its length.
pub const RECORD_HEADER: usize = 12;
/// The most bytes of one record's body.
pub const MOST_BODY: usize = MOST_PAYLOAD - RECORD_HEADER;
/// What stands before a frame's records.
pub const FRAME_HEADER: usize = 88;
/// What stands after a frame's records.
pub const FRAME_END: usize = 8;

const SEGMENT_MAGIC: [u8; 8] = *b"BZSEGMNT";
const SNAPSHOT_MAGIC: [u8; 8] = *b"BZSNAPSH";
const FRAME_MAGIC: [u8; 4] = *b"BZFR";
/// Ends every header, so that one that did not arrive whole ends in zeros.
const MARK: [u8; 8] = *b"BARTIZAN";
/// Ends every frame, for the same reason.
const END: [u8; FRAME_END] = *b"NAZITRAB";
/// From here on a frame's bytes go into the chain: what was decided, and nothing of where it lies.
const CHAINED: usize = 32;

/// The bytes at `range`, as an array. The callers' ranges are constants within headers of checked length.
fn array<const N: usize>(bytes: &[u8], from: usize) -> [u8; N] {
    bytes[from..from + N].try_into().expect("the range has that length")
}

fn u32_at(bytes: &[u8], from: usize) -> u32 {
    u32::from_le_bytes(array(bytes, from))
}

fn u64_at(bytes: &[u8], from: usize) -> u64 {
    u64::from_le_bytes(array(bytes, from))
}

/// Whether `bytes` are all zero.
pub(super) fn is_zero(bytes: &[u8]) -> bool {
    // In words where that is possible: this looks at whole files.
    let (words, rest) = bytes.as_chunks::<64>();
    words.iter().all(|word| word.iter().fold(0, |all, byte| all | byte) == 0)
        && rest.iter().all(|&byte| byte == 0)
}

/// Whether only the first letters of `mark`, or none, arrived.
fn is_cut_short(bytes: &[u8], mark: &[u8]) -> bool {
    let same = bytes.iter().zip(mark).take_while(|(byte, letter)| byte == letter).count();
    same < mark.len() && is_zero(&bytes[same..])
}

/// What a segment's first sector says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentHeader {
    /// The format of the file.
    pub version: u32,
    /// Whose it is.
    pub realm: RealmId,
    /// Where in the realm's order it begins.
    pub before: Position,
    /// By which rules its records were carried out: [`bartizan_engine::realm::RULES`] of whoever made it.
    pub rules: u32,
}

/// What a header's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header<T> {
    /// What was written.
    Whole(T),
    /// Its end did not arrive.
    Unfinished,
    /// It arrived, and is not what was written.
    Damaged,
}

impl SegmentHeader {
    /// The sector.
    pub fn encode(&self) -> [u8; SECTOR] {
        let mut bytes = [0; SECTOR];
        bytes[0..8].copy_from_slice(&SEGMENT_MAGIC);
        bytes[12..16].copy_from_slice(&self.version.to_le_bytes());
        bytes[16..32].copy_from_slice(&self.realm.0);
        bytes[32..40].copy_from_slice(&self.before.next().0.to_le_bytes());
        bytes[40..72].copy_from_slice(&self.before.chain.0);
        bytes[72..76].copy_from_slice(&self.rules.to_le_bytes());
        bytes[80..88].copy_from_slice(&MARK);
        let checksum = crc32c::crc32c(&bytes[12..88]);
        bytes[8..12].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// What the beginning of `file` says.
    pub fn decode(file: &[u8]) -> Header<Self> {
        let Some(bytes) = file.first_chunk::<SECTOR>() else { return Header::Unfinished };
        if is_cut_short(&bytes[80..88], &MARK) {
            return Header::Unfinished;
        }
        let first = u64_at(bytes, 32);
        let is_sound = bytes[0..8] == SEGMENT_MAGIC
            && bytes[80..88] == MARK
            && u32_at(bytes, 8) == crc32c::crc32c(&bytes[12..88])
            && is_zero(&bytes[88..])
            && first > 0;
        if !is_sound {
            return Header::Damaged;
        }
        let before = Position { sequence: Sequence(first).before(), chain: Chain(array(bytes, 40)) };
        let (version, rules) = (u32_at(bytes, 12), u32_at(bytes, 72));
        Header::Whole(SegmentHeader { version, realm: RealmId(array(bytes, 16)), before, rules })
    }
}

/// What a snapshot's first sector says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotHeader {
    /// The format of the file.
    pub version: u32,
    /// Whose it is.
    pub realm: RealmId,
    /// The position whose state it is.
    pub position: Position,
    /// How many bytes follow the sector.
    pub body_length: u64,
    /// Their BLAKE3.
    pub body_hash: [u8; 32],
}

impl SnapshotHeader {
    /// The sector.
    pub fn encode(&self) -> [u8; SECTOR] {
        let mut bytes = [0; SECTOR];
        bytes[0..8].copy_from_slice(&SNAPSHOT_MAGIC);
        bytes[12..16].copy_from_slice(&self.version.to_le_bytes());
        bytes[16..32].copy_from_slice(&self.realm.0);
        bytes[32..40].copy_from_slice(&self.position.sequence.0.to_le_bytes());
        bytes[40..72].copy_from_slice(&self.position.chain.0);
        bytes[72..80].copy_from_slice(&self.body_length.to_le_bytes());
        bytes[80..112].copy_from_slice(&self.body_hash);
        let checksum = crc32c::crc32c(&bytes[12..]);
        bytes[8..12].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// What the beginning of `file` says.
    pub fn decode(file: &[u8]) -> Header<Self> {
        let Some(bytes) = file.first_chunk::<SECTOR>() else { return Header::Unfinished };
        if bytes[0..8] != SNAPSHOT_MAGIC || u32_at(bytes, 8) != crc32c::crc32c(&bytes[12..]) {
            return Header::Damaged;
        }
        Header::Whole(SnapshotHeader {
            version: u32_at(bytes, 12),
            realm: RealmId(array(bytes, 16)),
            position: Position { sequence: Sequence(u64_at(bytes, 32)), chain: Chain(array(bytes, 40)) },
            body_length: u64_at(bytes, 72),
            body_hash: array(bytes, 80),
        })
    }
}

/// What a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It holds a batch.
    Batch,
    /// It holds nothing, and by standing there says that all before it was durable.
    Seal,
    /// A seal that is the segment's last frame: the next segment is there.
    Roll,
}

impl Kind {
    fn number(self) -> u32 {
        match self {
            Kind::Batch => 0,
            Kind::Seal => 1,
            Kind::Roll => 2,
        }
    }

    fn of(number: u32) -> Option<Self> {
        [Kind::Batch, Kind::Seal, Kind::Roll].into_iter().find(|kind| kind.number() == number)
    }
}

/// What a frame's header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// The byte of the file for which it was written.
    pub offset: u64,
    /// The CRC32C of its records.
    pub checksum: u32,
    /// How many of its sectors after the first were all zero when it was written.
    pub zero_sectors: u32,
    /// What it is for.
    pub kind: Kind,
    /// The hash of the batch before it.
    pub before: Chain,
    /// The sequence of its first record; of the next batch's where it has none.
    pub first: Sequence,
    /// How many records.
    pub count: u32,
    /// How many bytes of records.
    pub payload: u32,
}

impl FrameHeader {
    /// What `bytes`, which begin with a frame, say.
    pub fn decode(bytes: &[u8]) -> Header<Self> {
        let Some(bytes) = bytes.first_chunk::<FRAME_HEADER>() else { return Header::Unfinished };
        if is_cut_short(&bytes[80..88], &MARK) {
            return Header::Unfinished;
        }
        let kind = Kind::of(u32_at(bytes, 24));
        let is_sound = bytes[0..4] == FRAME_MAGIC
            && bytes[80..88] == MARK
            && u32_at(bytes, 4) == crc32c::crc32c(&bytes[8..]);
        let (Some(kind), true) = (kind, is_sound) else { return Header::Damaged };
        Header::Whole(FrameHeader {
            offset: u64_at(bytes, 8),
            checksum: u32_at(bytes, 16),
            zero_sectors: u32_at(bytes, 20),
            kind,
            before: Chain(array(bytes, 32)),
            first: Sequence(u64_at(bytes, 64)),
            count: u32_at(bytes, 72),
            payload: u32_at(bytes, 76),
        })
    }

    /// How many bytes the frame takes in its file.
    pub fn length(&self) -> usize {
        frame_length(self.payload as usize)
    }
}

/// How many bytes a frame with `payload` bytes of records takes in its file.
pub fn frame_length(payload: usize) -> usize {
    (FRAME_HEADER + payload + FRAME_END).next_multiple_of(SECTOR)
}

/// The records of the frame that `frame` begins with.
pub(super) fn payload(header: &FrameHeader) -> Range<usize> {
    FRAME_HEADER..FRAME_HEADER + header.payload as usize
}

/// Whether the bytes of a whole frame are what was written.
pub(super) fn is_sound(header: &FrameHeader, frame: &[u8]) -> bool {
    let records = payload(header);
    let end = records.end + FRAME_END;
    header.checksum == crc32c::crc32c(&frame[records.clone()])
        && frame[records.end..end] == END
        && is_zero(&frame[end..])
}

/// Whether some of a frame's bytes, all of which the file has room for, did not arrive: more of its sectors are all
/// zero than when it was written, or its end is.
pub(super) fn has_holes(header: &FrameHeader, frame: &[u8]) -> bool {
    let end = payload(header).end;
    zero_sectors(frame) > header.zero_sectors || is_cut_short(&frame[end..end + FRAME_END], &END)
}

fn zero_sectors(frame: &[u8]) -> u32 {
    frame.chunks(SECTOR).skip(1).filter(|sector| is_zero(sector)).count() as u32
}

/// The chain after the batch that `frame` holds.
pub(super) fn chain_after(header: &FrameHeader, frame: &[u8]) -> Chain {
    Chain(*blake3::hash(&frame[CHAINED..payload(header).end]).as_bytes())
}

/// A frame being put together; its buffer is kept from one to the next.
#[derive(Debug)]
pub struct FrameBuffer {
    bytes: Vec<u8>,
    count: u32,
}

impl Default for FrameBuffer {
    fn default() -> Self {
        FrameBuffer { bytes: vec![0; FRAME_HEADER], count: 0 }
    }
}

impl FrameBuffer {
    /// How many records it holds.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// How many bytes its records take.
    pub fn payload(&self) -> usize {
        self.bytes.len() - FRAME_HEADER
    }

    /// Adds a record. Says whether there was room; nothing is added where there is none.
    #[must_use]
    pub fn push(&mut self, time: Time, body: &[u8]) -> bool {
        if body.len() > MOST_PAYLOAD || self.payload() + RECORD_HEADER + body.len() > MOST_PAYLOAD {
            return false;
        }
        self.push_with(time, |bytes| bytes.extend_from_slice(body)).is_ok()
    }

    /// Adds a record whose body `write` appends to the bytes it is given.
    ///
    /// # Errors
    /// If there is no room: how long the body is. Nothing is added then.
    #[inline]
    pub fn push_with(&mut self, time: Time, write: impl FnOnce(&mut Vec<u8>)) -> Result<(), usize> {
        let start = self.bytes.len();
        let mut head = [0; RECORD_HEADER];
        head[..8].copy_from_slice(&time.0.to_le_bytes());
        self.bytes.extend_from_slice(&head);
        write(&mut self.bytes);
        let length = self.bytes.len() - start - RECORD_HEADER;
        if self.payload() > MOST_PAYLOAD {
            self.bytes.truncate(start);
            self.bytes.shrink_to(FRAME_HEADER + MOST_PAYLOAD);
            return Err(length);
        }
        self.bytes[start + 8..start + RECORD_HEADER].copy_from_slice(&(length as u32).to_le_bytes());
        self.count += 1;
        Ok(())
    }

    /// The frame, to be written at byte `offset` after `before`, and the position after it.
    pub fn finish(&mut self, kind: Kind, offset: u64, before: Position) -> (&[u8], Position) {
        debug_assert_eq!(kind == Kind::Batch, self.count > 0, "a batch has records, and a seal has none");
        let records = self.payload();
        let checksum = crc32c::crc32c(&self.bytes[FRAME_HEADER..]);
        self.bytes.extend_from_slice(&END);
        self.bytes.resize(frame_length(records), 0);
        let zeros = zero_sectors(&self.bytes);
        let mut header = [0; FRAME_HEADER];
        header[0..4].copy_from_slice(&FRAME_MAGIC);
        header[8..16].copy_from_slice(&offset.to_le_bytes());
        header[16..20].copy_from_slice(&checksum.to_le_bytes());
        header[20..24].copy_from_slice(&zeros.to_le_bytes());
        header[24..28].copy_from_slice(&kind.number().to_le_bytes());
        header[32..64].copy_from_slice(&before.chain.0);
        header[64..72].copy_from_slice(&before.next().0.to_le_bytes());
        header[72..76].copy_from_slice(&self.count.to_le_bytes());
        header[76..80].copy_from_slice(&(records as u32).to_le_bytes());
        header[80..88].copy_from_slice(&MARK);
        let checksum = crc32c::crc32c(&header[8..]);
        header[4..8].copy_from_slice(&checksum.to_le_bytes());
        self.bytes[..FRAME_HEADER].copy_from_slice(&header);
        let after = if kind == Kind::Batch {
            let hash = blake3::hash(&self.bytes[CHAINED..FRAME_HEADER + records]);
            Position { sequence: before.sequence.plus(self.count.into()), chain: Chain(*hash.as_bytes()) }
        } else {
            before
        };
        (&self.bytes, after)
    }

    /// Empties it.
    pub fn clear(&mut self) {
        self.bytes.truncate(FRAME_HEADER);
        self.count = 0;
    }
}

/// One record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its place.
    pub sequence: Sequence,
    /// When it was sequenced.
    pub time: Time,
    /// What was recorded; the journal does not look into it.
    pub body: &'a [u8],
}

/// The records of a batch, in order.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    next: Sequence,
    rest: &'a [u8],
}

impl<'a> Records<'a> {
    /// Those in `payload`, which have been found to add up.
    pub(super) fn new(first: Sequence, payload: &'a [u8]) -> Self {
        Records { next: first, rest: payload }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let (head, rest) = self.rest.split_at_checked(RECORD_HEADER)?;
        let (body, rest) = rest.split_at_checked(u32_at(head, 8) as usize)?;
        let record = Record { sequence: self.next, time: Time(u64_at(head, 0)), body };
        (self.next, self.rest) = (self.next.plus(1), rest);
        Some(record)
    }
}

/// Whether `payload` is `count` records and nothing else.
pub(super) fn adds_up(count: u32, payload: &[u8]) -> bool {
    let mut records = Records::new(Sequence::FIRST, payload);
    records.by_ref().count() == count as usize && records.rest.is_empty()
}
