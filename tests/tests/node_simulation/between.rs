//! A checkpoint made beside a node that goes on, at any moment of its work: between a write and the sync after it, too, when a batch can be
//! read that a power cut may take away again. What a checkpoint was made of is there ever after.

use std::cell::Cell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bartizan_io::input::Input;
use bartizan_io::journal::{Storage, StorageError, StorageFile};
use bartizan_io::node::NodeError;
use bartizan_tests::lives::{end, faults, live};
use bartizan_tests::realm_log::Entry;

use crate::client::{Client, checkpoint, damage};

/// Lives on every test run.
const SEEDS: u64 = 500;

/// The storage as the node sees it: whenever it changes something, a checkpoint is made before and after.
#[derive(Clone, Debug)]
struct Between {
    storage: Arc<dyn Storage>,
    signed: Arc<Mutex<Signed>>,
}

/// What the newest checkpoint is of.
#[derive(Debug, Default)]
struct Signed {
    records: Vec<Entry>,
    grown: usize,
}

impl Between {
    fn signed(&self) -> MutexGuard<'_, Signed> {
        self.signed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sign(&self) {
        let mut signed = self.signed();
        let before = signed.records.len();
        if let Err(error) = checkpoint(&self.storage, &mut signed.records) {
            assert_eq!(damage(error.into()), None, "beside a node at work");
        }
        signed.grown += usize::from(signed.records.len() > before);
    }

    fn around<T>(&self, act: impl FnOnce() -> T) -> T {
        self.sign();
        let done = act();
        self.sign();
        done
    }

    fn file(&self, file: Box<dyn StorageFile>) -> Box<dyn StorageFile> {
        Box::new(FileBetween { file, between: self.clone() })
    }
}

impl Storage for Between {
    fn list(&self) -> Result<Vec<String>, StorageError> {
        self.storage.list()
    }

    fn read(&self, name: &str) -> Result<Input, StorageError> {
        self.storage.read(name)
    }

    fn create(&self, name: &str) -> Result<Box<dyn StorageFile>, StorageError> {
        self.around(|| self.storage.create(name)).map(|file| self.file(file))
    }

    fn open(&self, name: &str) -> Result<Box<dyn StorageFile>, StorageError> {
        self.storage.open(name).map(|file| self.file(file))
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), StorageError> {
        self.around(|| self.storage.rename(from, to))
    }

    fn remove(&self, name: &str) -> Result<(), StorageError> {
        self.around(|| self.storage.remove(name))
    }

    fn sync_directory(&self) -> Result<(), StorageError> {
        self.around(|| self.storage.sync_directory())
    }
}

#[derive(Debug)]
struct FileBetween {
    file: Box<dyn StorageFile>,
    between: Between,
}

impl StorageFile for FileBetween {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<(), StorageError> {
        self.between.around(|| self.file.write_at(offset, bytes))
    }

    fn sync_data(&mut self) -> Result<(), StorageError> {
        self.between.around(|| self.file.sync_data())
    }

    fn cut(&mut self, length: u64) -> Result<(), StorageError> {
        self.between.around(|| self.file.cut(length))
    }
}

/// One run of the node: recovery, then work.
fn run(client: &mut Client) -> Result<(), NodeError> {
    let mut node = client.start()?;
    for _ in 0..client.dice.below(8) {
        match client.dice.below(6) {
            0 => node.rest()?,
            1 => client.take_snapshot(&node)?,
            _ => client.send(&mut node)?,
        }
    }
    Ok(())
}

#[test]
fn a_checkpoint_beside_a_node_at_work_is_of_what_is_durable() {
    let grown = Cell::new(0);
    live("NODE", SEEDS, |seed| {
        let mut client = Client::new(seed);
        let between = Between { storage: Arc::clone(&client.storage), signed: Arc::default() };
        client.storage = Arc::new(between.clone());
        for _ in 0..=client.dice.below(4) {
            let mut faults = faults(&mut client.dice, client.disk.operations());
            // Each operation of the node is one of many: those who look are counted too.
            faults.crash_at = faults.crash_at.map(|at| at + client.dice.below(600) as u64);
            client.disk.set_faults(faults);
            if let Err(error) = run(&mut client) {
                assert_eq!(damage(error), None);
            }
            client.disk.restart(end(&mut client.dice));
            client.signed.clone_from(&between.signed().records);
        }
        client.end();
        grown.set(grown.get() + between.signed().grown);
    });
    assert!(grown.get() > 0, "no checkpoint was of anything");
}
