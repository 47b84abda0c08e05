//! Writing past the system's cache. What is written once, synced at once and not soon read need not be copied there: of a batch file's way into the journal that
//! copy, with the memory it asks for, is a third of the processor's work. It is for long writes of whole sectors, as batches are; others, and
//! files on what does not know it, are written as always.
//!
//! No promise changes: sectors arrive whole or not at all, in any order, and a sync is needed after it as before, for the disk has a cache of its own, and
//! the file's length is not written with the bytes. Who reads the file meanwhile sees what was written, from the disk.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use super::layout::SECTOR;

/// Shorter writes gain nothing.
const LEAST: usize = 64 << 10;

/// How much is written at a time.
const ROOM: usize = 1 << 20;

/// As memory must lie for the disk to read it: on a page.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(4096))]
struct Page([u8; 4096]);

/// A file open to be written past the cache.
#[derive(Debug)]
pub(super) struct Direct {
    file: File,
    room: Vec<Page>,
}

impl Direct {
    /// The file at `path`, which is there; none where the system, or what the file lies on, does not know of it.
    pub(super) fn open(path: &Path) -> Option<Self> {
        open(path).ok().map(|file| Direct { file, room: Vec::new() })
    }

    /// Whether bytes can be written so.
    pub(super) fn takes(offset: u64, bytes: &[u8]) -> bool {
        let is_whole = bytes.len().is_multiple_of(SECTOR) && offset.is_multiple_of(SECTOR as u64);
        is_whole && bytes.len() >= LEAST
    }

    /// Writes `bytes` from byte `offset` on. False if that is not to be done on this file after all; some may have been written.
    pub(super) fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<bool> {
        self.room.resize(ROOM / size_of::<Page>(), Page([0; 4096]));
        let room = self.room.as_mut_slice().as_mut_bytes();
        for (part, offset) in bytes.chunks(ROOM).zip((offset..).step_by(ROOM)) {
            let room = &mut room[..part.len()];
            room.copy_from_slice(part);
            match write_all_at(&self.file, offset, room) {
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Ok(false),
                written => written?,
            }
        }
        Ok(true)
    }
}

#[cfg(target_os = "linux")]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).custom_flags(libc::O_DIRECT).open(path)
}

#[cfg(target_os = "linux")]
fn write_all_at(file: &File, offset: u64, bytes: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(not(target_os = "linux"))]
fn open(_path: &Path) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(target_os = "linux"))]
fn write_all_at(_file: &File, _offset: u64, _bytes: &[u8]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
