//! The fixed parts of frames, field by field: little-endian, without gaps, read where they lie.

use zerocopy::little_endian::{U16, U32, U64, U128};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// The version of the protocol that is spoken.
pub const VERSION: u16 = 1;
/// The first bytes of every frame.
pub const MAGIC: [u8; 4] = *b"BZW1";
/// What stands before a frame's payload.
pub const FRAME_HEADER: usize = size_of::<FrameHeader>();
/// The longest payload to the server, and in batch files.
pub const MOST_PAYLOAD: usize = 1 << 20;
/// The longest payload from the server: one command may have consequences for many.
pub const MOST_TOLD: usize = 1 << 30;
/// The most commands in a frame.
pub const MOST_COMMANDS: usize = 4096;
/// Instead of an actor: the agent that signed in.
pub const MYSELF: u32 = u32::MAX;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Kind {
    /// To the server: who one is. The first frame.
    Login = 1,
    /// To the server, and in batch files: commands.
    Commands = 2,
    /// To the server: what happens is to be told.
    Subscribe = 3,
    /// Both ways: one is still there.
    Heartbeat = 4,
    /// To the server: nothing more will come.
    Logout = 5,
    /// From the server: its version and a challenge. The first frame.
    Hello = 65,
    /// From the server: the login is taken.
    Welcome = 66,
    /// From the server: what became of a frame of commands.
    Answers = 67,
    /// From the server: a frame of commands was not taken, and is to be sent again.
    Retry = 68,
    /// From the server: what happened.
    Told = 69,
    /// From the server: why it ends the connection.
    Goodbye = 70,
}

impl Kind {
    /// Of its number.
    pub fn of(number: u16) -> Option<Self> {
        use Kind::{
            Answers, Commands, Goodbye, Heartbeat, Hello, Login, Logout, Retry, Subscribe, Told, Welcome,
        };
        let all =
            [Login, Commands, Subscribe, Heartbeat, Logout, Hello, Welcome, Answers, Retry, Told, Goodbye];
        all.into_iter().find(|&kind| kind as u16 == number)
    }
}

/// What stands before a frame's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub struct FrameHeader {
    /// [`MAGIC`].
    pub magic: [u8; 4],
    /// Bytes of the payload, at most [`MOST_PAYLOAD`] to the server and in files, and [`MOST_TOLD`] from it.
    pub length: U32,
    /// A [`Kind`].
    pub kind: U16,
    /// Records in the payload.
    pub count: U16,
    /// CRC32C of the header, with 0 here, and the payload.
    pub crc: U32,
    /// Of commands and what answers them: the number of the first of them on this connection, counted from 1. Otherwise 0.
    pub sequence: U64,
}

/// What stands before each command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub struct CommandHeader {
    /// Bytes of the command, which follows in its canonical form.
    pub length: U32,
    /// The agent who asks, or [`MYSELF`].
    pub actor: U32,
    /// The actor's own id of the command, never 0.
    pub id: U128,
}

/// What became of one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub struct AnswerRecord {
    /// Its place in the log, or that of the first, if it was done before; 0 if it was refused before it had one.
    pub sequence: U64,
    /// The log's time, in nanoseconds.
    pub time: U64,
    /// The number of what it made: an order, a hold, an account and so on; 0 if it made nothing.
    pub made: U64,
    /// 0, or the reject's number.
    pub answer: U16,
    /// Bit 0: it was done before, and this is the first answer.
    pub flags: U16,
    /// Zero.
    pub reserved: U32,
}

/// Bit 0 of [`AnswerRecord::flags`].
pub const REPEATED: u16 = 1;

/// Who signs in; the credential follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub struct Login {
    /// [`VERSION`].
    pub version: U16,
    /// 0: none; 1: a token; 2: a signature by the agent's ed25519 key of [`signed_text`].
    pub credential: u8,
    /// Bit 0: when the connection ends, so do the orders that were placed on it.
    pub flags: u8,
    /// As which agent.
    pub agent: U32,
    /// How often something is heard from the client at least, in milliseconds; 0: as the server likes it.
    pub heartbeat_ms: U32,
    /// Zero.
    pub reserved: U32,
    /// The realm's name, filled up with zeros; all zeros for the server's first.
    pub realm: [u8; 32],
}

/// Bit 0 of [`Login::flags`].
pub const CANCEL_ON_DISCONNECT: u8 = 1;

/// What the server says first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub struct Hello {
    /// [`VERSION`].
    pub version: U16,
    /// Zero.
    pub reserved: [u8; 6],
    /// What is to be signed by who signs in with a key; never twice the same.
    pub challenge: [u8; 32],
}

/// What the server says to a login that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub struct Welcome {
    /// The realm's id.
    pub realm: [u8; 16],
    /// The last command in its log that can be seen.
    pub sequence: U64,
    /// As which agent one is signed in.
    pub agent: U32,
    /// How often something must be heard from the client, in milliseconds.
    pub heartbeat_ms: U32,
    /// Commands that may wait for their answers.
    pub window: U32,
    /// Bytes of the longest payload.
    pub most_payload: U32,
}

/// Why a frame was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub struct Retry {
    /// After how many milliseconds to send it again.
    pub after_ms: U32,
    /// [`RETRY_BUSY`] or [`RETRY_RATE`].
    pub reason: U32,
}

/// There is too much to do.
pub const RETRY_BUSY: u32 = 1;
/// The agent asks for more than it may.
pub const RETRY_RATE: u32 = 3;

/// What is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub struct Subscribe {
    /// From which place in the log on; 0: from now on.
    pub from: U64,
    /// 1: what concerns oneself; 2: market data; 3: both; 4: everything, for those who may see it.
    pub scope: u8,
    /// Zero.
    pub reserved: [u8; 7],
}

/// What stands before each thing told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub struct ToldHeader {
    /// Bytes that follow: the events, the reports, and the market data, each a list in canonical form.
    pub length: U32,
    /// Who asked.
    pub actor: U32,
    /// The command's place in the log.
    pub sequence: U64,
    /// The log's time, in nanoseconds.
    pub time: U64,
    /// 0, or the reject's number.
    pub answer: U16,
    /// Zero.
    pub reserved: [u8; 6],
}

/// Why a connection ends; text for people follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub struct Goodbye {
    /// A [`Reason`].
    pub reason: U16,
    /// Zero.
    pub reserved: [u8; 2],
}

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Reason {
    /// The client logged out.
    Logout = 1,
    /// A frame was not as it should be.
    Malformed = 2,
    /// The login was not taken.
    Login = 3,
    /// Nothing was heard for too long.
    Silent = 4,
    /// What was sent was not read fast enough.
    Slow = 5,
    /// A frame of commands was not numbered as the next one.
    Gap = 6,
    /// More commands wait for answers than may.
    Window = 7,
    /// The node is being stopped.
    Stopping = 8,
    /// What was asked to be told from is too long ago; read the history by other means.
    Missed = 9,
    /// It may not do this.
    NotAllowed = 10,
    /// There are as many connections as there may be.
    Full = 11,
    /// Commands were not taken, for the journal cannot be written now: what was not answered is to be sent again over another connection.
    Failing = 12,
    /// There were too many attempts to sign in from this address, or connections; come again when the text says.
    Rate = 13,
    /// It was to be told from a place on that is beyond the end of the log; the text says where that is.
    Beyond = 14,
}

/// What is signed to sign in with a key: the protocol's name, the challenge, the realm's id and name, the agent. The id is the realm's own and nobody else's, so
/// a server of another realm, of whatever name, cannot sign in elsewhere with what is signed for it.
pub fn signed_text(challenge: &[u8; 32], id: &[u8; 16], name: &[u8; 32], agent: u32) -> Vec<u8> {
    [b"bartizan wire 1\n".as_slice(), challenge, id, name, &agent.to_le_bytes()].concat()
}
