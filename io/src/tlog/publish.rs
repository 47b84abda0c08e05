//! A committed log signed for the world: the file `checkpoint` beside the tiles, which `tlog-tiles` asks for.
//!
//! **A log never signs what contradicts what it signed before**: the last checkpoint's tree must be the beginning of the
//! tree that is signed now, of a log with the same name, or nothing is signed. A checkpoint of the same tree keeps the
//! signatures that it has.
//!
//! One of the signatures is by a key that is called what the log is called, as `tlog-checkpoint` has it: a key of another name
//! adds its signature to that one and never stands alone. Where the last checkpoint bears a signature that one of the keys
//! should have made and did not make, somebody has changed it, and nothing is signed.
//!
//! What is compared here is the tree that the tiles make. Whether it is the journal's, [`super::follow`] sees.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::checkpoint::{Checkpoint, CheckpointError};
use super::folder::{FolderError, Tiles, replace};
use super::key::SignerKey;
use super::log::{Log, LogError, committed};
use super::note::{Note, NoteError};
use super::tree::{Hash, TreeSize, root};

/// Why a log is not signed.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The log cannot be read, or the checkpoint not be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Nothing was committed.
    #[error("{}: nothing is committed, so there is nothing to sign", .0.display())]
    Nothing(PathBuf),
    /// The last checkpoint is damaged.
    #[error(
        "{}: the last signed checkpoint: {cause}; nothing is signed as long as it cannot be read, for it might contradict that. Restore the file from \
        whoever keeps a copy of it; if nobody has one, remove it: from then on nothing that was signed before is compared", path.display()
    )]
    Last {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: CheckpointError,
    },
    /// The log had another name.
    #[error("{}: the last signed checkpoint is of {last}, and a log keeps its name: not signed as {now}", path.display())]
    Renamed {
        /// The file with the last checkpoint.
        path: PathBuf,
        /// Its origin.
        last: String,
        /// The origin now.
        now: String,
    },
    /// None of the keys is the log's own.
    #[error(
        "the log is called {origin}, and the key {names}: whoever checks a checkpoint expects a signature by a key of the log's name"
    )]
    Names {
        /// What the log is called.
        origin: String,
        /// What the keys are called.
        names: String,
    },
    /// The log shrank.
    #[error("{}: the last signed checkpoint is of {last} records, but the log has {now}: records were lost, not signed", path.display())]
    Shrunk {
        /// The file with the last checkpoint.
        path: PathBuf,
        /// Its size.
        last: TreeSize,
        /// The size now.
        now: TreeSize,
    },
    /// The log's beginning is another.
    #[error(
        "{}: the last signed checkpoint says that the first {size} records have the root {last}, but they have {now}: \
        history was rewritten, not signed", path.display()
    )]
    Rewritten {
        /// The file with the last checkpoint.
        path: PathBuf,
        /// Its size.
        size: TreeSize,
        /// Its root.
        last: Hash,
        /// The root of so many records now.
        now: Hash,
    },
}

/// Signs what was last committed to `log` with all `keys`, and writes it to the file `checkpoint`.
///
/// # Errors
/// If it contradicts the last checkpoint, which stays then, would bear no signature of the log's own name, or a file cannot be
/// read or written.
pub fn publish(log: &Log, keys: &[SignerKey]) -> Result<Note, PublishError> {
    let folder = log.folder();
    let now = committed(folder)?.ok_or_else(|| PublishError::Nothing(folder.into()))?;
    let mut note = match last(folder)? {
        Some((last, note)) => {
            is_unforged(folder, &note, keys)?;
            extends(folder, &last, &now)?;
            if last == now { note } else { now.note() }
        }
        None => now.note(),
    };
    for key in keys {
        note.sign(key);
    }
    if !note.signatures().iter().any(|signature| signature.name == now.origin()) {
        let names: Vec<&str> = keys.iter().map(|key| key.verifier().name()).collect();
        return Err(PublishError::Names { origin: now.origin().into(), names: names.join(", ") });
    }
    let path = folder.join("checkpoint");
    replace(folder, &path, note.to_string().as_bytes()).map_err(LogError::from)?;
    Ok(note)
}

/// Whether each signature of the last checkpoint that one of `keys` should have made was made by it.
fn is_unforged(folder: &Path, note: &Note, keys: &[SignerKey]) -> Result<(), PublishError> {
    let verifiers: Vec<_> = keys.iter().map(|key| key.verifier().clone()).collect();
    match note.signers(&verifiers) {
        Err(cause @ NoteError::Forged { .. }) => {
            Err(PublishError::Last { path: folder.join("checkpoint"), cause: cause.into() })
        }
        // Another key of the log's name may have made it: keys can change.
        _ => Ok(()),
    }
}

/// The last checkpoint that was signed for the log in `folder`, and its note; `None` if none was. The signatures are
/// not looked at.
///
/// # Errors
/// If it cannot be read, or is malformed.
pub fn last(folder: &Path) -> Result<Option<(Checkpoint, Note)>, PublishError> {
    let path = folder.join("checkpoint");
    match fs::read(&path) {
        Ok(bytes) => {
            let read = || {
                let note = Note::parse(&bytes)?;
                Ok((note.text().parse()?, note))
            };
            read().map(Some).map_err(|cause| PublishError::Last { path, cause })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(LogError::from(FolderError::system(&path, "read")(error)).into()),
    }
}

/// Whether the log in `folder`, which is as `now` says, begins with the tree of `last`.
fn extends(folder: &Path, last: &Checkpoint, now: &Checkpoint) -> Result<(), PublishError> {
    let path = folder.join("checkpoint");
    if last.origin() != now.origin() {
        return Err(PublishError::Renamed { path, last: last.origin().into(), now: now.origin().into() });
    }
    let size = last.head.size;
    if size > now.head.size {
        return Err(PublishError::Shrunk { path, last: size, now: now.head.size });
    }
    let mut tiles = Tiles::new(folder, now.head.size);
    let found = root(size, |node| tiles.hash(node)).map_err(LogError::from)?;
    if found == last.head.root {
        return Ok(());
    }
    Err(PublishError::Rewritten { path, size, last: last.head.root, now: found })
}
