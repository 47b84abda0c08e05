//! The little that a journal asks of a disk, as a trait with two implementations: [`super::Directory`], the real
//! thing, and [`super::sim::SimStorage`], a disk in memory that fails in every way a disk does, by a seed.
//!
//! A storage is one flat directory that one process at a time may write. Nothing is durable before it is synced: a
//! file's bytes by [`StorageFile::sync_data`], a file's existence under its name by [`Storage::sync_directory`].
//!
//! **A failed sync is final.** After it the system may have marked the unwritten pages clean: asking again answers
//! "done" without having written anything (`PostgreSQL`'s fsync trouble of 2018; Rebello et al., "Can Applications
//! Recover from fsync Failures?", 2020). So whoever meets one stops, and recovery starts from what can be read,
//! which it writes again before it trusts it.

use std::fmt;
use std::io;
use std::time::SystemTime;

use crate::input::Input;

/// A flat directory of files.
pub trait Storage: fmt::Debug + Send + Sync {
    /// The names of all files, in byte order.
    ///
    /// # Errors
    /// If the directory cannot be read.
    fn list(&self) -> Result<Vec<String>, StorageError>;

    /// All bytes of the file `name`, mapped where that is possible.
    ///
    /// # Errors
    /// If there is no such file, or it cannot be read.
    fn read(&self, name: &str) -> Result<Input, StorageError>;

    /// How long the file `name` is, and when it was written last, where the storage knows.
    ///
    /// # Errors
    /// If there is no such file, or it cannot be read.
    fn measure(&self, name: &str) -> Result<(u64, Option<SystemTime>), StorageError> {
        Ok((self.read(name)?.len() as u64, None))
    }

    /// A new, empty file to write. Its name is durable after [`Storage::sync_directory`].
    ///
    /// # Errors
    /// If there is one already, or it cannot be made.
    fn create(&self, name: &str) -> Result<Box<dyn StorageFile>, StorageError>;

    /// The file `name` to write.
    ///
    /// # Errors
    /// If there is no such file, or it cannot be opened.
    fn open(&self, name: &str) -> Result<Box<dyn StorageFile>, StorageError>;

    /// Gives the file `from` the name `to`, in place of a file of that name if there is one.
    ///
    /// # Errors
    /// If it cannot be done; the names are as before then.
    fn rename(&self, from: &str, to: &str) -> Result<(), StorageError>;

    /// Takes the file `name` away.
    ///
    /// # Errors
    /// If there is no such file, or it cannot be removed.
    fn remove(&self, name: &str) -> Result<(), StorageError>;

    /// Makes durable which files there are, under which names.
    ///
    /// # Errors
    /// If it is not known to be durable; the process must stop then.
    fn sync_directory(&self) -> Result<(), StorageError>;
}

/// A file that is being written.
pub trait StorageFile: fmt::Debug + Send {
    /// Writes `bytes` from byte `offset` on; the file grows if need be, with zeros in between.
    ///
    /// # Errors
    /// If not all of it was written. Some of it may have been.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<(), StorageError>;

    /// Makes durable all that was written, and the length.
    ///
    /// # Errors
    /// If it is not known to be durable; the process must stop then, and not try again.
    fn sync_data(&mut self) -> Result<(), StorageError>;

    /// Cuts the file to `length` bytes, or lengthens it with zeros, and makes that durable.
    ///
    /// # Errors
    /// If it is not known to be durable; the process must stop then.
    fn cut(&mut self, length: u64) -> Result<(), StorageError>;
}

/// The file by which [`try_to_write`] tries it.
const TRIAL: &str = "trial.partial";

/// Writes so many bytes to a file of its own, makes them durable, and removes it again: whether a journal could be written now.
///
/// # Errors
/// If any of that fails.
pub fn try_to_write(storage: &dyn Storage, bytes: usize) -> Result<(), StorageError> {
    // One that was left by a process that ended.
    let _ = storage.remove(TRIAL);
    let mut file = storage.create(TRIAL)?;
    let written = file.write_at(0, &vec![0; bytes]).and_then(|()| file.sync_data());
    drop(file);
    written.and(storage.remove(TRIAL))
}

/// What was asked of the storage when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Take the directory for this process alone.
    Lock,
    /// List the directory.
    List,
    /// Read a file.
    Read,
    /// Make a file.
    Create,
    /// Open a file to write.
    Open,
    /// Write to a file.
    Write,
    /// Make a file's bytes durable.
    Sync,
    /// Cut a file.
    Cut,
    /// Rename a file.
    Rename,
    /// Remove a file.
    Remove,
    /// Make names durable.
    SyncDirectory,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Operation::Lock => "lock",
            Operation::List => "list",
            Operation::Read => "read",
            Operation::Create => "create",
            Operation::Open => "open for writing",
            Operation::Write => "write",
            Operation::Sync => "sync",
            Operation::Cut => "cut",
            Operation::Rename => "rename",
            Operation::Remove => "remove",
            Operation::SyncDirectory => "sync the directory of",
        })
    }
}

/// The storage failed.
#[derive(Debug, thiserror::Error)]
#[error("{file}: cannot {operation} it: {source}")]
pub struct StorageError {
    /// What was asked.
    pub operation: Operation,
    /// Of which file.
    pub file: String,
    /// What the system said.
    pub source: io::Error,
}

impl StorageError {
    /// `source` about `operation` on `file`.
    pub fn new(operation: Operation, file: impl Into<String>, source: io::Error) -> Self {
        StorageError { operation, file: file.into(), source }
    }

    /// Whether what is durable is unknown now, so that nothing may go on.
    pub fn is_final(&self) -> bool {
        matches!(self.operation, Operation::Sync | Operation::SyncDirectory | Operation::Cut)
    }
}
