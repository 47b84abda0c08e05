//! Snapshots: states of the realm, each at a position of its journal, so that recovery needs only what follows.
//!
//! A snapshot is written to a name of its own, made durable, and only then renamed to `snapshot-SEQUENCE`; so a file
//! of that name was whole once. It states the journal's hash at its position, and [`super::Reader::after`] refuses to
//! go on from it in another journal. A damaged one is no loss, since the journal has everything: it is passed over
//! with a message. The layout is drawn in [`mod@super::layout`].

use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::sync::Arc;

use super::error::{Cause, Damage};
use super::layout::{Header, SECTOR, SNAPSHOT_VERSION, SnapshotHeader};
use super::storage::{Storage, StorageError, StorageFile};
use super::units::{Position, RealmId, Sequence};
use crate::input::Input;

const PREFIX: &str = "snapshot-";
const PARTIAL: &str = ".partial";
/// How much of a body is gathered before it is written.
const BUFFER: usize = 1 << 20;

/// The snapshots of a realm in a storage.
#[derive(Clone, Debug)]
pub struct Snapshots {
    storage: Arc<dyn Storage>,
    realm: RealmId,
    keep: usize,
}

/// A snapshot that was found good.
#[derive(Debug)]
pub struct Snapshot {
    /// Its file.
    pub name: String,
    /// The position whose state it is.
    pub position: Position,
    bytes: Input,
}

impl Snapshot {
    /// What was written as its body, mapped.
    pub fn body(&self) -> &[u8] {
        &self.bytes[SECTOR..]
    }
}

/// A snapshot that was passed over, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed(pub Damage);

impl fmt::Display for Passed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "passed over {}", self.0)
    }
}

impl Snapshots {
    /// Those of `realm` in `storage`, of which the newest `keep` are kept (at least one).
    pub fn new(storage: Arc<dyn Storage>, realm: RealmId, keep: usize) -> Self {
        Snapshots { storage, realm, keep: keep.max(1) }
    }

    /// The newest that is as it was written, and the newer ones that are not.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn newest(&self) -> Result<(Option<Snapshot>, Vec<Passed>), StorageError> {
        self.newest_until(None)
    }

    /// The same among those of sequences up to `until`. One that is removed meanwhile, as too old, is as if it had not been there.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn newest_until(
        &self,
        until: Option<Sequence>,
    ) -> Result<(Option<Snapshot>, Vec<Passed>), StorageError> {
        let mut passed = Vec::new();
        let is_later = |name: &str| until.is_some_and(|until| sequence_by_name(name) > Some(until));
        for name in names(&*self.storage)?.into_iter().rev().filter(|name| !is_later(name)) {
            let bytes = match self.storage.read(&name) {
                Err(error) if error.source.kind() == ErrorKind::NotFound => continue,
                read => read?,
            };
            match check(&name, bytes, Some(self.realm)) {
                Ok(snapshot) => return Ok((Some(snapshot), passed)),
                Err(damage) => passed.push(Passed(damage)),
            }
        }
        Ok((None, passed))
    }

    /// Begins the snapshot of the state at `position`. There is one such at a time.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn begin(&self, position: Position) -> Result<SnapshotWriter, StorageError> {
        let name = name_of(position.sequence);
        let partial = format!("{name}{PARTIAL}");
        self.remove_where(|name| name.starts_with(PREFIX) && name.ends_with(PARTIAL))?;
        let file = self.storage.create(&partial)?;
        let (hasher, buffer) = (blake3::Hasher::new(), Vec::with_capacity(BUFFER));
        let of = self.clone();
        Ok(SnapshotWriter {
            of,
            position,
            name,
            partial,
            file,
            hasher,
            buffer,
            written: 0,
            is_finished: false,
        })
    }

    /// Removes what is older than the newest that are kept.
    fn retain(&self) -> Result<(), StorageError> {
        let mut names = names(&*self.storage)?;
        names.truncate(names.len().saturating_sub(self.keep));
        self.remove_where(|name| names.iter().any(|old| old == name))
    }

    fn remove_where(&self, is_old: impl Fn(&str) -> bool) -> Result<(), StorageError> {
        let names = self.storage.list()?;
        names.iter().filter(|name| is_old(name)).try_for_each(|name| self.storage.remove(name))
    }
}

/// The files that have a whole snapshot's name, oldest first.
fn names(storage: &dyn Storage) -> Result<Vec<String>, StorageError> {
    let mut names = storage.list()?;
    names.retain(|name| sequence_by_name(name).is_some());
    Ok(names)
}

/// The name of the snapshot at this place in the log.
pub(super) fn name_of(sequence: Sequence) -> String {
    format!("{PREFIX}{:020}", sequence.0)
}

fn sequence_by_name(name: &str) -> Option<Sequence> {
    let digits = name.strip_prefix(PREFIX)?;
    let is_number = digits.len() == 20 && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten().map(Sequence)
}

/// The newest sequence that a snapshot is named by, sound or not.
pub(super) fn last_named(storage: &dyn Storage) -> Result<Option<Sequence>, StorageError> {
    Ok(names(storage)?.last().and_then(|name| sequence_by_name(name)))
}

/// All snapshots there are, good and not, oldest first.
pub(super) fn all(
    storage: &dyn Storage,
    realm: Option<RealmId>,
) -> Result<Vec<Result<Snapshot, Damage>>, StorageError> {
    names(storage)?.into_iter().map(|name| Ok(check(&name, storage.read(&name)?, realm))).collect()
}

fn check(name: &str, bytes: Input, realm: Option<RealmId>) -> Result<Snapshot, Damage> {
    let damage = |offset, cause| Damage { file: name.into(), offset, cause };
    let Header::Whole(header) = SnapshotHeader::decode(&bytes) else {
        return Err(damage(0, Cause::Header("it differs from its checksum")));
    };
    let found = header.version;
    if found < SNAPSHOT_VERSION {
        return Err(damage(12, Cause::Outdated { found }));
    }
    if found > SNAPSHOT_VERSION {
        return Err(damage(12, Cause::Version { found, known: SNAPSHOT_VERSION }));
    }
    if let Some(expected) = realm.filter(|&expected| expected != header.realm) {
        return Err(damage(16, Cause::Realm { found: header.realm, expected }));
    }
    if sequence_by_name(name) != Some(header.position.sequence) {
        return Err(damage(32, Cause::Header("it has another sequence than its name says")));
    }
    let body = bytes.get(SECTOR..).unwrap_or_default();
    if body.len() as u64 != header.body_length {
        return Err(damage(72, Cause::Body("it has another length than its header says")));
    }
    if *blake3::hash(body).as_bytes() != header.body_hash {
        return Err(damage(SECTOR as u64, Cause::Body("it differs from its hash")));
    }
    Ok(Snapshot { name: name.into(), position: header.position, bytes })
}

/// A snapshot that is being written. Dropped before [`SnapshotWriter::finish`], it leaves nothing that counts.
#[derive(Debug)]
pub struct SnapshotWriter {
    of: Snapshots,
    position: Position,
    name: String,
    partial: String,
    file: Box<dyn StorageFile>,
    hasher: blake3::Hasher,
    buffer: Vec<u8>,
    written: u64,
    is_finished: bool,
}

impl Drop for SnapshotWriter {
    /// One that was given up leaves no bytes behind: where the disk is full, they are needed.
    fn drop(&mut self) {
        if !self.is_finished {
            // What cannot be removed now goes when the next one begins.
            let _ = self.of.storage.remove(&self.partial);
        }
    }
}

impl Write for SnapshotWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.len() + bytes.len() > BUFFER {
            self.flush()?;
        }
        if bytes.len() >= BUFFER {
            self.put(bytes).map_err(io::Error::other)?;
        } else {
            self.buffer.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.put_buffer().map_err(io::Error::other)
    }
}

impl SnapshotWriter {
    fn put(&mut self, bytes: &[u8]) -> Result<(), StorageError> {
        self.hasher.update(bytes);
        self.file.write_at(SECTOR as u64 + self.written, bytes)?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    fn put_buffer(&mut self) -> Result<(), StorageError> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let done = self.put(&buffer);
        buffer.clear();
        self.buffer = buffer;
        done
    }

    /// Makes it durable, gives it its name, and removes the oldest that need not be kept. Returns its name.
    ///
    /// # Errors
    /// If the storage fails. It does not count then, or, if only names could not be synced, may not count after a
    /// crash. A failed sync stops the process, as everywhere.
    pub fn finish(mut self) -> Result<String, StorageError> {
        self.put_buffer()?;
        let header = SnapshotHeader {
            version: SNAPSHOT_VERSION,
            realm: self.of.realm,
            position: self.position,
            body_length: self.written,
            body_hash: *self.hasher.finalize().as_bytes(),
        };
        self.file.write_at(0, &header.encode())?;
        self.file.sync_data()?;
        let storage = &*self.of.storage;
        storage.rename(&self.partial, &self.name)?;
        self.is_finished = true;
        storage.sync_directory()?;
        // Only now: the older ones are needed until this one counts.
        self.of.retain()?;
        Ok(std::mem::take(&mut self.name))
    }
}
