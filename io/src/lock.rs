//! A file that one process at a time may hold: who writes a journal or a log holds the one in its folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// A lock file held.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Lock {
    /// Takes the lock at `path`, which is made if it is not there; none if another holds it.
    pub(crate) fn take(path: &Path) -> io::Result<Option<Lock>> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// Closing the file is not enough: another thread may be starting a program, and until that runs it has a copy of every open file.
impl Drop for Lock {
    fn drop(&mut self) {
        // What cannot be unlocked is unlocked when its last copy closes.
        let _ = self.0.unlock();
    }
}
