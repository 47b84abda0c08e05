//! A disk in memory that fails in every way a disk does, decided by one seed: the same seed and the same calls, the
//! same failures. The simulation of the whole node runs on it, and so do the journal's own tests.
//!
//! | fault | how |
//! |---|---|
//! | crash at the n-th operation | [`Faults::crash_at`]; everything fails from then on, until [`SimStorage::restart`] |
//! | lost, torn and reordered unsynced writes, lost names | what [`End::PowerCut`] leaves |
//! | a process that dies within a write | [`End::ProcessDeath`]: what was written stays, as far as it got |
//! | short write, full disk | [`Faults::write_per_mille`], [`Faults::capacity`] |
//! | failed sync, after which pages are clean and their fate unknown | [`Faults::sync_per_mille`] |
//! | misdirected write | [`Faults::misdirect_per_mille`] |
//! | bit rot, lost sectors | [`SimStorage::flip_bit`], [`SimStorage::zero_sector`], on what is durable |
//!
//! Sectors of 512 bytes are written whole or not at all, in any order; only the last of those that arrive may be cut at
//! a byte. That, and no more, is what [`super::layout`] asks of a disk.

mod disk;
mod faults;

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::storage::{Operation, Storage, StorageError, StorageFile};
use crate::input::Input;
use disk::Disk;

pub use faults::{End, Faults};

/// The disk. Clones are the same disk.
#[derive(Clone)]
pub struct SimStorage(Arc<Mutex<Disk>>);

impl fmt::Debug for SimStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SimStorage").field(&self.disk().operations).finish()
    }
}

impl SimStorage {
    /// An empty disk whose failures `seed` decides.
    pub fn new(seed: u64, faults: Faults) -> Self {
        SimStorage(Arc::new(Mutex::new(Disk::new(seed, faults))))
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What goes wrong from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.disk().faults = faults;
    }

    /// How many operations there have been.
    pub fn operations(&self) -> u64 {
        self.disk().operations
    }

    /// Whether a crash has come.
    pub fn has_crashed(&self) -> bool {
        self.disk().is_down
    }

    /// Whether a write has been misdirected.
    pub fn has_misdirected(&self) -> bool {
        self.disk().has_misdirected
    }

    /// Ends the run, if it has not crashed already, and begins the next: files that were open are no longer.
    pub fn restart(&self, end: End) {
        self.disk().restart(end);
    }

    /// The files' names and bytes as a reader sees them.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        self.disk().contents()
    }

    /// A disk that holds `files`, durable, and nothing else.
    pub fn holding(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let storage = SimStorage::new(0, Faults::default());
        files.into_iter().for_each(|(name, bytes)| storage.disk().hold(name, bytes));
        storage
    }

    /// Changes the bits `mask` of the byte at `offset` of the file `name`, on the disk and for its readers. Says
    /// whether there is such a byte.
    pub fn flip_bit(&self, name: &str, offset: usize, mask: u8) -> bool {
        self.disk().change(name, offset..offset + 1, |byte| byte ^ mask)
    }

    /// Turns the sector that holds byte `offset` of the file `name` to zeros. Says whether there is one.
    pub fn zero_sector(&self, name: &str, offset: usize) -> bool {
        let from = offset / disk::SECTOR * disk::SECTOR;
        self.disk().change(name, from..from + disk::SECTOR, |_| 0)
    }
}

impl Storage for SimStorage {
    fn list(&self) -> Result<Vec<String>, StorageError> {
        let mut disk = self.disk();
        disk.operate().map_err(told(Operation::List, ""))?;
        Ok(disk.names.keys().cloned().collect())
    }

    fn read(&self, name: &str) -> Result<Input, StorageError> {
        let mut disk = self.disk();
        let bytes = disk.operate().and_then(|_| disk.read(name));
        bytes.map(Input::from).map_err(told(Operation::Read, name))
    }

    fn create(&self, name: &str) -> Result<Box<dyn StorageFile>, StorageError> {
        let number = self.disk().create(name).map_err(told(Operation::Create, name))?;
        Ok(self.handle(name, number))
    }

    fn open(&self, name: &str) -> Result<Box<dyn StorageFile>, StorageError> {
        let number = self.disk().open(name).map_err(told(Operation::Open, name))?;
        Ok(self.handle(name, number))
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), StorageError> {
        self.disk().rename(from, to).map_err(told(Operation::Rename, from))
    }

    fn remove(&self, name: &str) -> Result<(), StorageError> {
        self.disk().remove(name).map_err(told(Operation::Remove, name))
    }

    fn sync_directory(&self) -> Result<(), StorageError> {
        self.disk().sync_names().map_err(told(Operation::SyncDirectory, "the disk"))
    }
}

impl SimStorage {
    fn handle(&self, name: &str, number: usize) -> Box<dyn StorageFile> {
        let run = self.disk().run;
        Box::new(OpenFile { disk: self.clone(), name: name.into(), number, run })
    }
}

fn told(operation: Operation, name: &str) -> impl FnOnce(io::Error) -> StorageError + use<> {
    let name = name.to_owned();
    move |error| StorageError::new(operation, name, error)
}

#[derive(Debug)]
struct OpenFile {
    disk: SimStorage,
    name: String,
    number: usize,
    /// In which run it was opened.
    run: u64,
}

impl OpenFile {
    fn on_disk(
        &self,
        operation: Operation,
        act: impl FnOnce(&mut Disk, usize) -> io::Result<()>,
    ) -> Result<(), StorageError> {
        let mut disk = self.disk.disk();
        let done = if disk.run == self.run {
            act(&mut disk, self.number)
        } else {
            Err(io::Error::other("a file of a run that has ended"))
        };
        done.map_err(told(operation, &self.name))
    }
}

impl StorageFile for OpenFile {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<(), StorageError> {
        self.on_disk(Operation::Write, |disk, file| disk.write(file, offset as usize, bytes))
    }

    fn sync_data(&mut self) -> Result<(), StorageError> {
        self.on_disk(Operation::Sync, Disk::sync)
    }

    fn cut(&mut self, length: u64) -> Result<(), StorageError> {
        self.on_disk(Operation::Cut, |disk, file| disk.cut(file, length as usize))
    }
}
