//! A file's bytes without copying them: mapped where that is possible, read where it is not (a pipe,
//! standard input, an empty file).
//!
//! A mapped file must not be cut short while it is read, as with any program that maps its input; on
//! most systems that would end the process with a signal, and nothing has been written by then.

use std::fs::File;
use std::io::Read;
use std::ops::Deref;
use std::path::Path;

/// The bytes of an input.
#[derive(Debug)]
pub struct Input(Bytes);

#[derive(Debug)]
enum Bytes {
    Mapped(memmap2::Mmap),
    Read(Vec<u8>),
}

impl Input {
    /// Opens the file at `path`; `-` is standard input.
    ///
    /// # Errors
    /// If it cannot be opened, mapped or read.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        if path == Path::new("-") {
            let mut bytes = Vec::new();
            std::io::stdin().lock().read_to_end(&mut bytes)?;
            return Ok(Input(Bytes::Read(bytes)));
        }
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() || metadata.len() == 0 {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            return Ok(Input(Bytes::Read(bytes)));
        }
        // SAFETY: the map is private and read-only, and lives no longer than this value. The file may be
        // changed by others meanwhile; readers take bytes as they come and check every index, so they
        // see at worst a malformed text. (See the module's words on files that are cut short.)
        #[allow(unsafe_code)]
        let map = unsafe { memmap2::Mmap::map(&file)? };
        #[cfg(unix)]
        map.advise(memmap2::Advice::Sequential)?;
        Ok(Input(Bytes::Mapped(map)))
    }
}

impl Input {
    /// Gives the memory of a mapped file back to the system. Bytes that are looked at again are read again.
    ///
    /// # Errors
    /// If the system refuses; nothing is lost then.
    pub fn release(&self) -> std::io::Result<()> {
        match &self.0 {
            // SAFETY: on a private map of a file that is only read, this drops clean pages; the next
            // look at them finds the file's bytes again, so no slice of the map changes.
            #[cfg(unix)]
            #[allow(unsafe_code)]
            Bytes::Mapped(map) => unsafe { map.unchecked_advise(memmap2::UncheckedAdvice::DontNeed) },
            _ => Ok(()),
        }
    }
}

impl From<Vec<u8>> for Input {
    fn from(bytes: Vec<u8>) -> Self {
        Input(Bytes::Read(bytes))
    }
}

impl Deref for Input {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Bytes::Mapped(map) => map,
            Bytes::Read(bytes) => bytes,
        }
    }
}
