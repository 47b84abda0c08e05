//! A snapshot, or a checkpoint, made beside a node that goes on: the node answers commands between any two operations of the one who makes it. One thread, so
//! that a seed decides where.

use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError};

use bartizan_io::input::Input;
use bartizan_io::journal::{self, JournalError, Storage, StorageError, StorageFile};
use bartizan_io::node::{Node, NodeError, snapshot};
use bartizan_tests::lives::{end, faults, live};

use crate::client::{Client, checkpoint, damage};

/// Lives on every test run.
const SEEDS: u64 = 500;

/// A node at work, until its storage fails.
#[derive(Debug)]
struct Working {
    client: Client,
    node: Node,
    failed: Option<NodeError>,
    groups: usize,
}

impl Working {
    fn go_on(&mut self) {
        if self.failed.is_none() && self.client.dice.below(3) == 0 {
            self.failed = self.client.send(&mut self.node).err();
            self.groups += 1;
        }
    }
}

/// The storage as the one sees it who makes the snapshot: whenever it asks for something, the node has gone on.
#[derive(Clone, Debug)]
struct Beside {
    storage: Arc<dyn Storage>,
    working: Arc<Mutex<Working>>,
}

impl Beside {
    fn storage(&self) -> &dyn Storage {
        self.working.lock().unwrap_or_else(PoisonError::into_inner).go_on();
        &*self.storage
    }

    fn file(&self, file: Box<dyn StorageFile>) -> Box<dyn StorageFile> {
        Box::new(FileBeside { file, beside: self.clone() })
    }
}

impl Storage for Beside {
    fn list(&self) -> Result<Vec<String>, StorageError> {
        self.storage().list()
    }

    fn read(&self, name: &str) -> Result<Input, StorageError> {
        self.storage().read(name)
    }

    fn create(&self, name: &str) -> Result<Box<dyn StorageFile>, StorageError> {
        self.storage().create(name).map(|file| self.file(file))
    }

    fn open(&self, name: &str) -> Result<Box<dyn StorageFile>, StorageError> {
        self.storage().open(name).map(|file| self.file(file))
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), StorageError> {
        self.storage().rename(from, to)
    }

    fn remove(&self, name: &str) -> Result<(), StorageError> {
        self.storage().remove(name)
    }

    fn sync_directory(&self) -> Result<(), StorageError> {
        self.storage().sync_directory()
    }
}

#[derive(Debug)]
struct FileBeside {
    file: Box<dyn StorageFile>,
    beside: Beside,
}

impl StorageFile for FileBeside {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<(), StorageError> {
        self.beside.storage();
        self.file.write_at(offset, bytes)
    }

    fn sync_data(&mut self) -> Result<(), StorageError> {
        self.beside.storage();
        self.file.sync_data()
    }

    fn cut(&mut self, length: u64) -> Result<(), StorageError> {
        self.beside.storage();
        self.file.cut(length)
    }
}

/// Makes a snapshot beside the node, or a checkpoint.
fn look(beside: &Arc<dyn Storage>, working: &Mutex<Working>) {
    let working = || working.lock().expect("nobody else has panicked");
    let until = working().node.position();
    let is_snapshot = working().client.dice.below(2) == 0;
    let looked = if is_snapshot {
        let taken = snapshot::take(beside, until);
        if let Ok(Some((position, _))) = &taken {
            assert!(*position == until, "a snapshot of what was not durable");
        }
        working().client.took_snapshot(taken)
    } else {
        let mut signed = std::mem::take(&mut working().client.signed);
        let settled = journal::is_settled(&**beside).map(drop);
        let signs = settled.and_then(|()| checkpoint(beside, &mut signed));
        let working = &mut working().client;
        assert!(signed.len() <= working.log.len(), "a checkpoint of what was not durable");
        working.signed = signed;
        match signs {
            // Who only looks is told, and the node goes on.
            Err(JournalError::Storage(_)) if !working.disk.has_crashed() => Ok(()),
            signs => signs.map_err(NodeError::from),
        }
    };
    let mut working = working();
    working.failed = working.failed.take().or(looked.err());
}

/// One run: some work, then snapshots beside more of it. Says how many groups were answered beside them.
fn run(mut client: Client) -> (Client, Result<usize, NodeError>) {
    let node = match client.start() {
        Ok(node) => node,
        Err(error) => return (client, Err(error)),
    };
    let storage = Arc::clone(&client.storage);
    let mut working = Working { client, node, failed: None, groups: 0 };
    for _ in 0..=working.client.dice.below(5) {
        if let Err(error) = working.client.send(&mut working.node) {
            return (working.client, Err(error));
        }
    }
    let count = 1 + working.client.dice.below(3);
    let working = Arc::new(Mutex::new(working));
    for _ in 0..count {
        let beside: Arc<dyn Storage> =
            Arc::new(Beside { storage: Arc::clone(&storage), working: Arc::clone(&working) });
        look(&beside, &working);
        if working.lock().expect("nobody else has panicked").failed.is_some() {
            break;
        }
    }
    let working = Arc::into_inner(working).expect("nobody makes a snapshot any more");
    let Working { client, failed, groups, .. } = working.into_inner().expect("nobody has panicked");
    (client, failed.map_or(Ok(groups), Err))
}

#[test]
fn a_snapshot_beside_a_node_at_work_is_of_what_was_durable() {
    let beside = Cell::new(0);
    live("NODE", SEEDS, |seed| {
        let mut client = Client::new(seed);
        for _ in 0..=client.dice.below(3) {
            let now = client.disk.operations();
            let faults = faults(&mut client.dice, now);
            client.disk.set_faults(faults);
            let (back, done) = run(client);
            client = back;
            match done {
                Ok(groups) => beside.set(beside.get() + groups),
                Err(error) => assert_eq!(damage(error), None),
            }
            let end = end(&mut client.dice);
            client.disk.restart(end);
        }
        client.end();
    });
    assert!(beside.get() > 0, "nothing was answered beside a snapshot");
}
