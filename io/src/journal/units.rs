//! What a journal's files speak of: which realm, which place in its order, which hash so far.

use std::fmt;

/// A command's place in its realm's total order. The first command of a realm has sequence 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Sequence(pub u64);

impl Sequence {
    /// The first command of a realm.
    pub const FIRST: Self = Sequence(1);

    /// The one that is `count` later.
    ///
    /// # Panics
    /// At the end of 64 bits, which no realm reaches: a billion commands a second take 584 years.
    #[must_use]
    pub fn plus(self, count: u64) -> Self {
        Sequence(self.0.checked_add(count).expect("sequences do not run out"))
    }

    /// The one before; 0, which no command has, before the first.
    #[must_use]
    pub fn before(self) -> Self {
        Sequence(self.0.saturating_sub(1))
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whose journal it is. Every file of a realm carries it, so that files of two realms are never mixed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct RealmId(pub [u8; 16]);

impl fmt::Display for RealmId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

/// The BLAKE3 of a batch, which holds that of the batch before: it stands for the whole journal up to there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Chain(pub [u8; 32]);

impl Chain {
    /// Before the first batch of every realm.
    pub const START: Self = Chain([0; 32]);
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

/// A place between two batches: the sequence of the last command before it, and the hash up to there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The last command before it; 0 at the very start.
    pub sequence: Sequence,
    /// The chain up to there.
    pub chain: Chain,
}

impl Position {
    /// Before everything.
    pub const START: Self = Position { sequence: Sequence(0), chain: Chain::START };

    /// The sequence of the next command.
    pub fn next(&self) -> Sequence {
        self.sequence.plus(1)
    }
}

fn hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}
