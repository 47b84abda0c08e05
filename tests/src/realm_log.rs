//! The journal beside a naive model of it: a list of records that were accepted, and the batch that may have been.
//! A run writes through the journal and into the list; after each crash the journal must hold the list, and of the
//! batch that was being written all or nothing.

use std::sync::Arc;

use bartizan_engine::book::Time;
use bartizan_io::journal::sim::{Faults, SimStorage};
use bartizan_io::journal::{
    Damage, JournalError, Options, Position, Reader, RealmId, Sequence, Snapshots, Storage, Writer,
};

use crate::dice::Dice;

/// The realm whose journal it is.
pub const REALM: RealmId = RealmId(*b"a realm of tests");

/// Segments of a few batches.
pub const SMALL: Options = Options { segment_bytes: 8 << 10 };

/// A record's time and body.
pub type Entry = (u64, Vec<u8>);

/// What the journal should hold.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Accepted.
    pub accepted: Vec<Entry>,
    /// Written, but nobody was told.
    pub open: Vec<Entry>,
    /// The newest snapshot that was finished.
    pub snapshot: Option<Sequence>,
}

/// A batch of records, of which some are empty, some all zero, and some long.
pub fn batch(dice: &mut Dice, from: usize) -> Vec<Entry> {
    (0..=dice.below(6))
        .map(|index| {
            let length = [0, 1, 8, 64, 300, 2_000][dice.below(6)];
            let body = match dice.below(3) {
                0 => vec![0; length],
                _ => (0..length).map(|_| dice.below(256) as u8).collect(),
            };
            ((from + index) as u64 * 1_000, body)
        })
        .collect()
}

/// Appends and commits `batch`; the model learns of it as a client would.
///
/// # Errors
/// As the journal's.
///
/// # Panics
/// If the journal counts otherwise than the model.
pub fn write(writer: &mut Writer, model: &mut Model, batch: Vec<Entry>) -> Result<(), JournalError> {
    for (index, (time, body)) in batch.iter().enumerate() {
        let sequence = writer.append(Time(*time), body)?;
        assert_eq!(sequence.0, (model.accepted.len() + index + 1) as u64);
    }
    model.open = batch;
    let position = writer.commit()?;
    model.accepted.append(&mut model.open);
    assert_eq!(position.sequence.0, model.accepted.len() as u64);
    Ok(())
}

/// What a snapshot at `position` says.
pub fn body(position: Position) -> Vec<u8> {
    position.sequence.0.to_le_bytes().repeat(200)
}

/// Takes a snapshot where the journal is.
///
/// # Errors
/// As the storage's.
///
/// # Panics
/// If a body that fits the buffer is written before the end.
pub fn take_snapshot(
    storage: &Arc<dyn Storage>,
    writer: &Writer,
    model: &mut Model,
) -> Result<(), JournalError> {
    let position = writer.position();
    let mut snapshot = Snapshots::new(Arc::clone(storage), REALM, 2).begin(position)?;
    for part in body(position).chunks(37) {
        let wrote = std::io::Write::write_all(&mut snapshot, part);
        wrote.expect("a body that is less than the buffer is not written before the end");
    }
    snapshot.finish()?;
    model.snapshot = Some(position.sequence);
    Ok(())
}

/// Everything that is in the journal from `from` on.
///
/// # Errors
/// As the reader's.
pub fn read_from(storage: &Arc<dyn Storage>, from: Sequence) -> Result<Vec<Entry>, JournalError> {
    let mut reader = Reader::new(Arc::clone(storage), Some(REALM), from)?;
    collect(&mut reader, from)
}

/// What `reader` gives, whose first record must be `from`.
///
/// # Errors
/// As the reader's.
///
/// # Panics
/// If a sequence is left out or comes twice.
pub fn collect(reader: &mut Reader, from: Sequence) -> Result<Vec<Entry>, JournalError> {
    let mut found = Vec::new();
    while let Some(batch) = reader.next_batch()? {
        for record in batch.records {
            assert_eq!(record.sequence, from.plus(found.len() as u64), "sequences without gaps");
            found.push((record.time.0, record.body.to_vec()));
        }
    }
    Ok(found)
}

impl Model {
    /// Compares what was `found` after a crash, and takes the open batch in or gives it up, as the journal did.
    ///
    /// # Panics
    /// If something accepted is missing, or something is there that was never written.
    pub fn settle(&mut self, found: &[Entry]) {
        let accepted = self.accepted.len();
        assert!(found.len() >= accepted, "{} of {accepted} accepted records are left", found.len());
        assert!(found[..accepted] == self.accepted, "accepted records have changed");
        let more = &found[accepted..];
        assert!(
            more.is_empty() || more == self.open,
            "{} records more than were accepted, which are not the open batch",
            more.len()
        );
        self.accepted.extend_from_slice(more);
        self.open.clear();
    }

    /// Compares the newest snapshot and what follows it.
    ///
    /// # Panics
    /// If a finished snapshot is gone, or is not what was written.
    pub fn check_snapshot(&self, storage: &Arc<dyn Storage>) {
        let snapshots = Snapshots::new(Arc::clone(storage), REALM, 2);
        let (newest, passed) = snapshots.newest().expect("the storage works");
        assert!(passed.is_empty(), "{passed:?}");
        let sequence = newest.as_ref().map(|snapshot| snapshot.position.sequence);
        assert!(sequence >= self.snapshot, "{sequence:?}, and {:?} was finished", self.snapshot);
        let Some(snapshot) = newest else { return };
        assert!(snapshot.body() == body(snapshot.position), "a snapshot has another body");
        let position = snapshot.position;
        let mut reader = Reader::after(Arc::clone(storage), Some(REALM), position)
            .expect("a snapshot can be gone on from");
        let tail = collect(&mut reader, position.next()).expect("a snapshot can be gone on from");
        assert!(tail == self.accepted[position.sequence.0 as usize..], "another tail after a snapshot");
    }
}

/// The damage that an error tells; `None` for one of the storage.
///
/// # Panics
/// At any other error.
pub fn damage(error: JournalError) -> Option<Damage> {
    match error {
        JournalError::Storage(_) => None,
        JournalError::Damage(damage) => Some(damage),
        other => panic!("{other}"),
    }
}

/// A journal written without a fault on a disk of its own: several runs, the last one sealed if that is asked.
///
/// # Panics
/// If the journal fails, which it has no reason to.
pub fn sound(dice: &mut Dice, sealed: bool) -> (SimStorage, Model) {
    let disk = SimStorage::new(0, Faults::default());
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    let mut model = Model::default();
    for _ in 0..=dice.below(2) {
        let (mut writer, _) =
            Writer::open_or_create(Arc::clone(&storage), REALM, SMALL).expect("nothing is broken");
        for _ in 0..=dice.below(12) {
            let batch = batch(dice, model.accepted.len());
            write(&mut writer, &mut model, batch).expect("nothing is broken");
        }
        if sealed {
            writer.seal().expect("nothing is broken");
        }
    }
    (disk, model)
}
