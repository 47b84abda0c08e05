//! Any bytes as a journal's files, or a sound journal changed by them: nothing panics, nothing is read that was not
//! written, and what is opened can be gone on with.

#![no_main]

use std::sync::Arc;

use bartizan_io::journal::sim::SimStorage;
use bartizan_io::journal::{JournalError, Sequence, Snapshots, Storage, Writer, inspect};
use bartizan_tests::dice::Dice;
use bartizan_tests::realm_log::{Entry, Model, REALM, SMALL, read_from, sound, take_snapshot, write};
use libfuzzer_sys::fuzz_target;

type Files = Vec<(String, Vec<u8>)>;

fuzz_target!(|bytes: &[u8]| {
    let Some((&way, bytes)) = bytes.split_first() else { return };
    if way % 2 == 0 {
        look(raw(way, bytes), None);
    } else {
        let (files, model) = changed(u64::from(way), bytes);
        look(files, Some(&model.accepted));
    }
});

/// The bytes as a segment, another, and a snapshot.
fn raw(way: u8, bytes: &[u8]) -> Files {
    let name = |first: usize| format!("journal-{first:020}.segment");
    let (first, rest) = bytes.split_at(bytes.len() * usize::from(way) / 256);
    let (second, snapshot) = rest.split_at(rest.len() / 2);
    vec![
        (name(1), first.to_vec()),
        (name(usize::from(way)), second.to_vec()),
        (format!("snapshot-{:020}", 1), snapshot.to_vec()),
    ]
}

/// A sound journal, changed as `bytes` say: each five are which file, what to do, where, and with what.
fn changed(seed: u64, bytes: &[u8]) -> (Files, Model) {
    let (disk, mut model) = sound(&mut Dice::new(seed), seed % 3 == 0);
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    let (mut writer, _) = Writer::open(Arc::clone(&storage), REALM, SMALL).expect("it is sound");
    take_snapshot(&storage, &writer, &mut model).expect("the disk works");
    write(&mut writer, &mut model, vec![(1, b"last".to_vec())]).expect("the disk works");
    drop(writer);
    let mut files = disk.files();
    for edit in bytes.chunks_exact(5).take(8) {
        let count = files.len();
        let (_, file) = &mut files[usize::from(edit[0]) % count];
        let at = usize::from(u16::from_le_bytes([edit[2], edit[3]])) % (file.len() + 1);
        match edit[1] % 6 {
            0 => file.truncate(at),
            1 => file[at..].fill(edit[4]),
            2 => file.insert(at, edit[4]),
            3 => file.iter_mut().skip(at).take(512).for_each(|byte| *byte = 0),
            4 => file.extend_from_within(at..),
            _ => file.iter_mut().skip(at).take(1).for_each(|byte| *byte = edit[4]),
        }
    }
    (files, model)
}

/// What was written, if that is known, begins with all that is found.
fn look(files: Files, written: Option<&Vec<Entry>>) {
    let disk = SimStorage::holding(files);
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    let check = |found: &Vec<Entry>| match written {
        Some(written) => assert!(written.starts_with(found), "something was read that was not written"),
        None => assert!(found.is_empty(), "a checksum and a hash were guessed"),
    };
    drop(inspect::verify(Arc::clone(&storage), None).map_err(|error| error.to_string()));
    let (newest, passed) = Snapshots::new(Arc::clone(&storage), REALM, 2).newest().expect("the disk works");
    passed.iter().for_each(|passed| drop(passed.to_string()));
    assert!(newest.is_none_or(|snapshot| !snapshot.name.is_empty()));
    let before = read_from(&storage, Sequence::FIRST);
    before.iter().for_each(check);
    match Writer::open(Arc::clone(&storage), REALM, SMALL) {
        Err(JournalError::Damage(damage)) => {
            let (_, file) =
                disk.files().into_iter().find(|(name, _)| *name == damage.file).expect("it is there");
            assert!(damage.offset <= file.len() as u64, "{damage}");
        }
        Err(_) => {}
        Ok((mut writer, _)) => {
            let next = writer.append(bartizan_engine::book::Time(7), b"new").expect("it is open");
            writer.commit().expect("the disk works");
            let tail = read_from(&storage, next).expect("the end was checked");
            assert_eq!(tail, [(7, b"new".to_vec())]);
        }
    }
}
