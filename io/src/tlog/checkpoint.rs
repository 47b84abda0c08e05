//! Checkpoints (C2SP `tlog-checkpoint`): a log's tree head as the text of a note. Its lines are the log's origin, the
//! size in decimal, the root in base64, and perhaps extensions, which nobody but their author understands.
//!
//! Written again, what was read is the same byte by byte.

use std::fmt;
use std::str::FromStr;

use super::key::VerifierKey;
use super::note::{Note, NoteError};
use super::tree::{NoHash, TreeHead, TreeSize};

/// What a log says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    /// The tree's size and root.
    pub head: TreeHead,
    extensions: Vec<String>,
}

/// Why a text is no checkpoint, or not to be believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Too few lines.
    #[error("it ends after {0} lines: expected the log's origin, its size and its root")]
    Short(usize),
    /// The last line does not end.
    #[error("it ends within a line: expected a newline")]
    Cut,
    /// An empty line.
    #[error("line {0} is empty")]
    Empty(usize),
    /// A control character.
    #[error("line {0} has a control character")]
    Control(usize),
    /// The size is no number.
    #[error("line 2: `{0}` is no size: expected decimal digits without zeros before them, below 2^64")]
    Size(String),
    /// The root is no hash.
    #[error("line 3: {0}")]
    Root(#[from] NoHash),
    /// The note is wrong, or not signed by whom it should be.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// None of the keys is the log's.
    #[error("the log is called {origin}, and none of the keys is: they are those of {names}")]
    Origin {
        /// The origin line.
        origin: String,
        /// The keys' names.
        names: String,
    },
}

impl Checkpoint {
    /// A checkpoint of the log called `origin`.
    ///
    /// # Errors
    /// If `origin` or an extension is empty or has a control character.
    pub fn new(origin: &str, head: TreeHead, extensions: Vec<String>) -> Result<Self, CheckpointError> {
        let lines = [(1, origin)].into_iter().chain((4..).zip(extensions.iter().map(String::as_str)));
        for (number, line) in lines {
            if line.is_empty() {
                return Err(CheckpointError::Empty(number));
            }
            if line.contains(|c: char| c < ' ') {
                return Err(CheckpointError::Control(number));
            }
        }
        Ok(Checkpoint { origin: origin.into(), head, extensions })
    }

    /// The checkpoint that this note is, signed by all of `keys`, of which one is the log's own: it bears the
    /// name of the log.
    ///
    /// # Errors
    /// If the note or the checkpoint is malformed, or a signature is missing or forged.
    pub fn verified(note: &[u8], keys: &[VerifierKey]) -> Result<Self, CheckpointError> {
        let note = Note::parse(note)?;
        note.signed_by_all(keys)?;
        let checkpoint: Checkpoint = note.text().parse()?;
        if keys.iter().any(|key| key.name() == checkpoint.origin) {
            return Ok(checkpoint);
        }
        let names = keys.iter().map(VerifierKey::name).collect::<Vec<_>>().join(", ");
        Err(CheckpointError::Origin { origin: checkpoint.origin, names })
    }

    /// Which log.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Lines beyond those that every checkpoint has.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }

    /// As a note, to be signed.
    ///
    /// # Panics
    /// Never: a checkpoint's lines have no control characters.
    pub fn note(&self) -> Note {
        Note::new(self.to_string()).expect("a checkpoint's lines have no control characters")
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.head.size, self.head.root)?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let lines: Vec<&str> = text.strip_suffix('\n').ok_or(CheckpointError::Cut)?.split('\n').collect();
        let [origin, size, root, extensions @ ..] = &*lines else {
            return Err(CheckpointError::Short(lines.len()));
        };
        let parsed = size.parse().ok().filter(|number: &u64| number.to_string() == *size);
        let size = TreeSize(parsed.ok_or_else(|| CheckpointError::Size((*size).into()))?);
        let head = TreeHead { size, root: root.parse()? };
        Checkpoint::new(origin, head, extensions.iter().map(|&line| line.into()).collect())
    }
}
