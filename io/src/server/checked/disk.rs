//! A disk in memory, before each operation of which others may go on, and which can be made to fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::input::Input;
use crate::journal::sim::{Faults, SimStorage};
use crate::journal::{Operation, Storage, StorageError, StorageFile};
use crate::sync::step;

#[derive(Clone, Debug)]
pub(super) struct Disk {
    holds: SimStorage,
    reads_fail: Arc<AtomicBool>,
}

impl Disk {
    pub(super) fn new() -> Self {
        Disk { holds: SimStorage::new(1, Faults::default()), reads_fail: Arc::default() }
    }

    /// As what a realm's journal is kept on.
    pub(super) fn storage(&self) -> Arc<dyn Storage> {
        Arc::new(self.clone())
    }

    /// Whether nothing can be made durable from now on.
    pub(super) fn fail_syncs(&self, fails: bool) {
        self.holds.set_faults(Faults { sync_per_mille: if fails { 1000 } else { 0 }, ..Faults::default() });
    }

    /// Nothing can be read from now on.
    pub(super) fn fail_reads(&self) {
        self.reads_fail.store(true, Ordering::SeqCst);
    }
}

impl Storage for Disk {
    fn list(&self) -> Result<Vec<String>, StorageError> {
        step();
        self.holds.list()
    }

    fn read(&self, name: &str) -> Result<Input, StorageError> {
        step();
        if self.reads_fail.load(Ordering::SeqCst) {
            return Err(StorageError::new(Operation::Read, name, std::io::Error::other("it is worn out")));
        }
        self.holds.read(name)
    }

    fn create(&self, name: &str) -> Result<Box<dyn StorageFile>, StorageError> {
        step();
        Ok(Box::new(Open(self.holds.create(name)?)))
    }

    fn open(&self, name: &str) -> Result<Box<dyn StorageFile>, StorageError> {
        step();
        Ok(Box::new(Open(self.holds.open(name)?)))
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), StorageError> {
        step();
        self.holds.rename(from, to)
    }

    fn remove(&self, name: &str) -> Result<(), StorageError> {
        step();
        self.holds.remove(name)
    }

    fn sync_directory(&self) -> Result<(), StorageError> {
        step();
        self.holds.sync_directory()
    }
}

#[derive(Debug)]
struct Open(Box<dyn StorageFile>);

impl StorageFile for Open {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<(), StorageError> {
        step();
        self.0.write_at(offset, bytes)
    }

    fn sync_data(&mut self) -> Result<(), StorageError> {
        step();
        self.0.sync_data()
    }

    fn cut(&mut self, length: u64) -> Result<(), StorageError> {
        step();
        self.0.cut(length)
    }
}
