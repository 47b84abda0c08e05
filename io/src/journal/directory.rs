//! The real storage: one directory of the file system, which one process at a time may write.
//!
//! The lock is the system's own on a file named `lock`, so it goes with the process, however that ends. Who only
//! reads takes no lock; a file may be cut at its unfinished end by a node that starts meanwhile, so a mapped file is
//! to be read soon after it was opened, and again if it seems to have ended early.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::direct::Direct;
use super::segment;
use super::storage::{Operation, Storage, StorageError, StorageFile};
use crate::input::Input;
use crate::lock::Lock;

/// The file whose lock stands for the directory's.
const LOCK: &str = "lock";

/// A directory.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    /// Held while this process may write.
    lock: Option<Lock>,
    is_past_cache: bool,
}

impl Directory {
    /// The directory at `path`, made if there is none, for this process to read and write.
    ///
    /// # Errors
    /// If it cannot be made or opened, or another process has it.
    pub fn open(path: &Path) -> Result<Self, StorageError> {
        let told = |error| StorageError::new(Operation::Lock, path.display().to_string(), error);
        let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.is_dir();
        let missing: Vec<&Path> = path.ancestors().take_while(is_missing).collect();
        let made = fs::create_dir_all(path);
        made.map_err(|error| StorageError::new(Operation::Create, path.display().to_string(), error))?;
        // New names must outlive a power cut as the files in them do.
        for folder in missing {
            let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
            sync_names(parent.unwrap_or(Path::new("."))).map_err(told)?;
        }
        let lock = Lock::take(&path.join(LOCK)).map_err(told)?.ok_or_else(|| {
            let held = "a process is writing it already; stop that one first";
            told(io::Error::new(io::ErrorKind::ResourceBusy, held))
        })?;
        Ok(Directory { path: path.to_path_buf(), lock: Some(lock), is_past_cache: false })
    }

    /// The same, whose journal's long batches are written past the system's cache where that is possible. That takes less of the processor, and whoever reads
    /// them again reads them from the disk: it is for work that ends by itself.
    #[must_use]
    pub fn past_cache(self, is_past_cache: bool) -> Self {
        Directory { is_past_cache, ..self }
    }

    /// The directory at `path`, to look at what is there. Writing is refused.
    ///
    /// # Errors
    /// If there is none.
    pub fn open_to_read(path: &Path) -> Result<Self, StorageError> {
        fs::read_dir(path)
            .map_err(|error| StorageError::new(Operation::List, path.display().to_string(), error))?;
        Ok(Directory { path: path.to_path_buf(), lock: None, is_past_cache: false })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn told(&self, operation: Operation, name: &str, error: io::Error) -> StorageError {
        StorageError::new(operation, self.path.join(name).display().to_string(), error)
    }

    fn file(&self, name: &str, path: PathBuf, file: File) -> Box<dyn StorageFile> {
        let is_direct = self.is_past_cache && name.starts_with(segment::PREFIX);
        let direct = if is_direct { Direct::open(&path) } else { None };
        Box::new(OpenFile { path, file, direct })
    }

    fn writable(&self, operation: Operation, name: &str) -> Result<PathBuf, StorageError> {
        if self.lock.is_some() {
            return Ok(self.path.join(name));
        }
        let error = io::Error::new(io::ErrorKind::PermissionDenied, "the directory was opened to read");
        Err(self.told(operation, name, error))
    }
}

impl Storage for Directory {
    fn list(&self) -> Result<Vec<String>, StorageError> {
        let told = |error| self.told(Operation::List, "", error);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(told)? {
            // A name that is no UTF-8 is none of ours.
            if let Ok(name) = entry.map_err(told)?.file_name().into_string() {
                names.push(name);
            }
        }
        names.retain(|name| name != LOCK);
        names.sort_unstable();
        Ok(names)
    }

    fn read(&self, name: &str) -> Result<Input, StorageError> {
        Input::open(&self.path.join(name)).map_err(|error| self.told(Operation::Read, name, error))
    }

    fn measure(&self, name: &str) -> Result<(u64, Option<SystemTime>), StorageError> {
        let metadata = fs::metadata(self.path.join(name));
        let metadata = metadata.map_err(|error| self.told(Operation::Read, name, error))?;
        Ok((metadata.len(), metadata.modified().ok()))
    }

    fn create(&self, name: &str) -> Result<Box<dyn StorageFile>, StorageError> {
        let path = self.writable(Operation::Create, name)?;
        let mut options = OpenOptions::new();
        // It has what everybody did and owns.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.write(true).create_new(true).open(&path);
        let file = file.map_err(|error| self.told(Operation::Create, name, error))?;
        Ok(self.file(name, path, file))
    }

    fn open(&self, name: &str) -> Result<Box<dyn StorageFile>, StorageError> {
        let path = self.writable(Operation::Open, name)?;
        let file = OpenOptions::new().write(true).open(&path);
        let file = file.map_err(|error| self.told(Operation::Open, name, error))?;
        Ok(self.file(name, path, file))
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), StorageError> {
        let (source, target) =
            (self.writable(Operation::Rename, from)?, self.writable(Operation::Rename, to)?);
        fs::rename(source, target).map_err(|error| self.told(Operation::Rename, from, error))
    }

    fn remove(&self, name: &str) -> Result<(), StorageError> {
        let path = self.writable(Operation::Remove, name)?;
        fs::remove_file(path).map_err(|error| self.told(Operation::Remove, name, error))
    }

    fn sync_directory(&self) -> Result<(), StorageError> {
        self.writable(Operation::SyncDirectory, "")?;
        sync_names(&self.path).map_err(|error| self.told(Operation::SyncDirectory, "", error))
    }
}

#[cfg(unix)]
fn sync_names(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Elsewhere a directory cannot be opened as a file; the file system's own journal keeps names in order.
#[cfg(not(unix))]
fn sync_names(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[derive(Debug)]
struct OpenFile {
    path: PathBuf,
    file: File,
    /// The same file, to be written past the cache.
    direct: Option<Direct>,
}

impl OpenFile {
    fn told(&self, operation: Operation, error: io::Error) -> StorageError {
        StorageError::new(operation, self.path.display().to_string(), error)
    }
}

impl StorageFile for OpenFile {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<(), StorageError> {
        if Direct::takes(offset, bytes)
            && let Some(direct) = &mut self.direct
        {
            let written = direct.write(offset, bytes);
            if written.map_err(|error| self.told(Operation::Write, error))? {
                return Ok(());
            }
            self.direct = None;
        }
        write_all_at(&mut self.file, offset, bytes).map_err(|error| self.told(Operation::Write, error))
    }

    fn sync_data(&mut self) -> Result<(), StorageError> {
        self.file.sync_data().map_err(|error| self.told(Operation::Sync, error))
    }

    fn cut(&mut self, length: u64) -> Result<(), StorageError> {
        // A full sync: that a smaller length counts as data is not promised everywhere.
        let done = self.file.set_len(length).and_then(|()| self.file.sync_all());
        done.map_err(|error| self.told(Operation::Cut, error))
    }
}

#[cfg(unix)]
fn write_all_at(file: &mut File, offset: u64, bytes: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(not(unix))]
fn write_all_at(file: &mut File, offset: u64, bytes: &[u8]) -> io::Result<()> {
    use std::io::{Seek, SeekFrom, Write};
    file.seek(SeekFrom::Start(offset))?;
    file.write_all(bytes)
}
