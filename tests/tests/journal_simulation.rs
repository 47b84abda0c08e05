//! The journal on a disk that fails, beside a naive model. Each seed is a life of several runs, each ended by a crash.
//!
//! `BARTIZAN_JOURNAL_SEEDS=1000000` makes a long run of it, `BARTIZAN_JOURNAL_SEED=7` replays the life of seed 7.

use std::sync::Arc;

use bartizan_io::journal::Sequence;
use bartizan_io::journal::sim::{End, Faults, SimStorage};
use bartizan_io::journal::{JournalError, Storage, Writer, inspect};
use bartizan_tests::dice::Dice;
use bartizan_tests::lives::{self, end, faults};
use bartizan_tests::realm_log::{Model, REALM, SMALL, batch, damage, read_from, sound, take_snapshot, write};

/// Lives on every test run; a few seconds.
const SEEDS: u64 = 3_000;

fn live(life: fn(u64)) {
    lives::live("JOURNAL", SEEDS, life);
}

/// One run of a node: recovery, then work until something fails or it has enough.
fn run(storage: &Arc<dyn Storage>, model: &mut Model, dice: &mut Dice) -> Result<(), JournalError> {
    let (mut writer, _) = Writer::open_or_create(Arc::clone(storage), REALM, SMALL)?;
    let found = read_from(storage, Sequence::FIRST)?;
    model.settle(&found);
    for _ in 0..dice.below(20) {
        match dice.below(8) {
            0 => writer.seal()?,
            1 => take_snapshot(storage, &writer, model)?,
            _ => write(&mut writer, model, batch(dice, model.accepted.len()))?,
        }
    }
    Ok(())
}

#[test]
fn what_was_accepted_outlives_every_crash() {
    live(|seed| {
        let mut dice = Dice::new(seed);
        let disk = SimStorage::new(seed, Faults::default());
        let storage: Arc<dyn Storage> = Arc::new(disk.clone());
        let mut model = Model::default();
        for _ in 0..=dice.below(6) {
            disk.set_faults(faults(&mut dice, disk.operations()));
            if let Err(error) = run(&storage, &mut model, &mut dice) {
                let found = damage(error);
                assert!(found.is_none(), "a disk that lost nothing synced is called damaged: {found:?}");
            }
            disk.restart(end(&mut dice));
        }
        disk.set_faults(Faults::default());
        drop(Writer::open_or_create(Arc::clone(&storage), REALM, SMALL).expect("nothing is broken now"));
        model.settle(&read_from(&storage, Sequence::FIRST).expect("nothing is broken now"));
        model.check_snapshot(&storage);
        disk.restart(End::PowerCut);
        model.settle(&read_from(&storage, Sequence::FIRST).expect("what recovery found is durable"));
        inspect::verify(storage, Some(REALM)).expect("nothing is broken now");
    });
}

#[test]
fn every_flipped_bit_is_found() {
    live(|seed| {
        let mut dice = Dice::new(seed);
        let is_sealed = dice.below(2) == 0;
        let (disk, model) = sound(&mut dice, is_sealed);
        let files = disk.files();
        let (name, bytes) = &files[dice.below(files.len())];
        let (offset, mask) = (dice.below(bytes.len()), 1 << dice.below(8));
        assert!(disk.flip_bit(name, offset, mask));
        let storage: Arc<dyn Storage> = Arc::new(disk.clone());
        let told = inspect::verify(Arc::clone(&storage), Some(REALM)).map(|_| ());
        let told = damage(told.expect_err(&format!("{name}: byte {offset}, bits {mask}"))).unwrap();
        assert_eq!(&told.file, name, "{told}");
        assert!(told.offset <= offset as u64, "{told}, but byte {offset} was changed");
        // Opening looks at the end alone. It refuses, or everything is as it was.
        let opened = Writer::open(Arc::clone(&storage), REALM, SMALL);
        match opened {
            Err(error) => assert!(damage(error).is_some()),
            Ok((writer, recovery)) => {
                assert_eq!(recovery.cut, None, "{name}: byte {offset}, bits {mask}");
                assert_eq!(writer.position().sequence.0, model.accepted.len() as u64);
            }
        }
    });
}

#[test]
fn a_lost_sector_never_takes_a_sealed_batch_along() {
    live(|seed| {
        let mut dice = Dice::new(seed);
        let (disk, model) = sound(&mut dice, true);
        let files = disk.files();
        let (name, bytes) = &files[dice.below(files.len())];
        let offset = dice.below(bytes.len());
        assert!(disk.zero_sector(name, offset));
        let storage: Arc<dyn Storage> = Arc::new(disk.clone());
        match read_from(&storage, Sequence::FIRST) {
            // A sector that was zero, or the last seal, of which nothing depends.
            Ok(found) => assert!(found == model.accepted, "{name}: byte {offset}"),
            Err(JournalError::Absent) => panic!("{name}: byte {offset}"),
            Err(error) => assert!(damage(error).is_some()),
        }
        match Writer::open(Arc::clone(&storage), REALM, SMALL) {
            Ok((writer, _)) => assert_eq!(writer.position().sequence.0, model.accepted.len() as u64),
            Err(error) => assert!(damage(error).is_some()),
        }
    });
}

#[test]
fn a_misdirected_write_is_found_unless_it_was_the_last() {
    live(|seed| {
        let mut dice = Dice::new(seed);
        let disk = SimStorage::new(seed, Faults::default());
        let storage: Arc<dyn Storage> = Arc::new(disk.clone());
        let mut model = Model::default();
        let mut writer = Writer::create(Arc::clone(&storage), REALM, SMALL).unwrap();
        disk.set_faults(Faults { misdirect_per_mille: 30, ..Faults::default() });
        let mut lengths = vec![0];
        for _ in 0..20 {
            let next = batch(&mut dice, model.accepted.len());
            write(&mut writer, &mut model, next).unwrap();
            lengths.push(model.accepted.len());
        }
        match read_from(&storage, Sequence::FIRST) {
            Ok(found) => {
                assert!(
                    lengths[lengths.len() - 2..].contains(&found.len()),
                    "{} of {lengths:?}",
                    found.len()
                );
                assert!(found[..] == model.accepted[..found.len()]);
                assert!(disk.has_misdirected() || found.len() == model.accepted.len());
            }
            Err(error) => assert!(damage(error).is_some() && disk.has_misdirected()),
        }
    });
}

/// The same work every time.
fn script(storage: &Arc<dyn Storage>, model: &mut Model) -> Result<(), JournalError> {
    let (mut writer, _) = Writer::open_or_create(Arc::clone(storage), REALM, SMALL)?;
    model.settle(&read_from(storage, Sequence::FIRST)?);
    for length in [1, 600, 3_000, 20_000, 0, 700, 5_000] {
        let time = model.accepted.len() as u64;
        write(&mut writer, model, vec![(time, vec![0; length]), (time + 1, vec![7; length / 2])])?;
        if length == 600 || length == 700 {
            writer.seal()?;
            take_snapshot(storage, &writer, model)?;
        }
    }
    writer.seal()
}

#[test]
fn a_crash_at_every_operation_loses_nothing() {
    let disk = SimStorage::new(0, Faults::default());
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    let mut model = Model::default();
    script(&storage, &mut model).unwrap();
    script(&storage, &mut model).unwrap();
    let operations = disk.operations();
    assert!(disk.files().len() > 6, "the script rolls");
    for crash in 1..=operations {
        for seed in 0..20 {
            let disk = SimStorage::new(seed, Faults { crash_at: Some(crash), ..Faults::default() });
            let storage: Arc<dyn Storage> = Arc::new(disk.clone());
            let mut model = Model::default();
            let ended = script(&storage, &mut model).and_then(|()| script(&storage, &mut model));
            assert!(damage(ended.unwrap_err()).is_none(), "operation {crash}, seed {seed}");
            disk.restart(if seed % 2 == 0 { End::PowerCut } else { End::ProcessDeath });
            script(&storage, &mut model).unwrap_or_else(|e| panic!("operation {crash}, seed {seed}: {e}"));
            model.check_snapshot(&storage);
        }
    }
}
