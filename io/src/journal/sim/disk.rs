//! What the simulated disk holds: each file twice, as its readers see it and as it would be after a power cut, with the
//! changes between the two; and the same for names.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;

use rand_pcg::Pcg64;
use rand_pcg::rand_core::Rng as _;

use super::faults::{End, Faults};

pub(super) const SECTOR: usize = super::super::layout::SECTOR;

#[derive(Debug, Default)]
struct File {
    seen: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Cut(usize),
}

#[derive(Debug)]
enum NameChange {
    Add(String, usize),
    Remove(String),
    Rename(String, String, usize),
}

#[derive(Debug)]
pub(super) struct Disk {
    dice: Pcg64,
    pub(super) faults: Faults,
    files: Vec<File>,
    pub(super) names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    pending_names: Vec<NameChange>,
    pub(super) operations: u64,
    pub(super) is_down: bool,
    pub(super) has_misdirected: bool,
    pub(super) run: u64,
}

impl Disk {
    pub(super) fn new(seed: u64, faults: Faults) -> Self {
        Disk {
            dice: Pcg64::new(seed.into(), 0x5704_4A6E),
            faults,
            files: Vec::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            pending_names: Vec::new(),
            operations: 0,
            is_down: false,
            has_misdirected: false,
            run: 0,
        }
    }

    fn below(&mut self, count: usize) -> usize {
        (self.dice.next_u64() % count.max(1) as u64) as usize
    }

    fn happens(&mut self, per_mille: u32) -> bool {
        per_mille > 0 && self.below(1000) < per_mille as usize
    }

    /// Counts an operation. Says whether everything ends within it.
    pub(super) fn operate(&mut self) -> io::Result<bool> {
        if self.is_down {
            return Err(crashed());
        }
        self.operations += 1;
        self.is_down = self.faults.crash_at == Some(self.operations);
        Ok(self.is_down)
    }

    fn find(&self, name: &str) -> io::Result<usize> {
        self.names.get(name).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub(super) fn read(&mut self, name: &str) -> io::Result<Vec<u8>> {
        let file = self.find(name)?;
        unless(self.is_down)?;
        Ok(self.files[file].seen.clone())
    }

    pub(super) fn contents(&self) -> Vec<(String, Vec<u8>)> {
        self.names.iter().map(|(name, &file)| (name.clone(), self.files[file].seen.clone())).collect()
    }

    pub(super) fn hold(&mut self, name: String, bytes: Vec<u8>) {
        let file = File { seen: bytes.clone(), durable: bytes, pending: Vec::new() };
        self.names.insert(name.clone(), self.files.len());
        self.durable_names.insert(name, self.files.len());
        self.files.push(file);
    }

    /// Changes durable bytes. Says whether there are any at `range`.
    pub(super) fn change(&mut self, name: &str, range: Range<usize>, to: impl Fn(u8) -> u8) -> bool {
        let Ok(file) = self.find(name) else { return false };
        let File { seen, durable, .. } = &mut self.files[file];
        for bytes in [seen, &mut *durable] {
            let end = range.end.min(bytes.len());
            bytes.get_mut(range.start..end).unwrap_or_default().iter_mut().for_each(|byte| *byte = to(*byte));
        }
        range.start < durable.len()
    }

    pub(super) fn create(&mut self, name: &str) -> io::Result<usize> {
        let ends = self.operate()?;
        if self.names.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let file = self.files.len();
        self.files.push(File::default());
        self.names.insert(name.to_owned(), file);
        self.pending_names.push(NameChange::Add(name.to_owned(), file));
        unless(ends).map(|()| file)
    }

    pub(super) fn open(&mut self, name: &str) -> io::Result<usize> {
        let ends = self.operate()?;
        let file = self.find(name)?;
        unless(ends).map(|()| file)
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let ends = self.operate()?;
        let file = self.find(from)?;
        let change = NameChange::Rename(from.to_owned(), to.to_owned(), file);
        apply(&mut self.names, &change);
        self.pending_names.push(change);
        unless(ends)
    }

    pub(super) fn remove(&mut self, name: &str) -> io::Result<()> {
        let ends = self.operate()?;
        self.find(name)?;
        let change = NameChange::Remove(name.to_owned());
        apply(&mut self.names, &change);
        self.pending_names.push(change);
        unless(ends)
    }

    pub(super) fn sync_names(&mut self) -> io::Result<()> {
        let ends = self.operate()?;
        let fails = self.happens(self.faults.sync_per_mille);
        if ends || fails {
            if fails {
                self.settle_names();
            }
            return Err(if ends { crashed() } else { failed() });
        }
        self.durable_names = self.names.clone();
        self.pending_names.clear();
        Ok(())
    }

    /// Each change of names is durable or not; none is left to be.
    fn settle_names(&mut self) {
        for change in std::mem::take(&mut self.pending_names) {
            if self.below(2) == 0 {
                apply(&mut self.durable_names, &change);
            }
        }
    }

    pub(super) fn write(&mut self, file: usize, offset: usize, bytes: &[u8]) -> io::Result<()> {
        let ends = self.operate()?;
        if ends {
            // A process that dies in a write has written some of it; a power cut takes what it takes.
            let some = self.below(bytes.len() + 1);
            self.put(file, offset, &bytes[..some]);
            return Err(crashed());
        }
        let used: usize = self.names.values().map(|&file| self.files[file].seen.len()).sum();
        let grown = (offset + bytes.len()).saturating_sub(self.files[file].seen.len());
        let room = self.faults.capacity.map_or(usize::MAX, |most| (most as usize).saturating_sub(used));
        if grown > room {
            self.put(file, offset, &bytes[..bytes.len() - (grown - room).min(bytes.len())]);
            return Err(io::ErrorKind::StorageFull.into());
        }
        if self.happens(self.faults.write_per_mille) {
            let some = self.below(bytes.len() + 1);
            self.put(file, offset, &bytes[..some]);
            return Err(failed());
        }
        if self.happens(self.faults.misdirect_per_mille) {
            self.has_misdirected = true;
            let other = self.below(self.files.len());
            let sectors = self.files[other].seen.len() / SECTOR + 4;
            let elsewhere = self.below(sectors) * SECTOR;
            self.put(other, elsewhere, bytes);
            return Ok(());
        }
        self.put(file, offset, bytes);
        Ok(())
    }

    /// A write that has reached the cache: the sectors it touches go to the disk as the cache has them.
    fn put(&mut self, file: usize, offset: usize, bytes: &[u8]) {
        let File { seen, pending, .. } = &mut self.files[file];
        put(seen, offset, bytes);
        let from = offset / SECTOR * SECTOR;
        let end = (offset + bytes.len()).next_multiple_of(SECTOR).min(seen.len());
        if let Some(sectors) = seen.get(from..end) {
            pending.push(Change::Write { offset: from, bytes: sectors.to_vec() });
        }
    }

    pub(super) fn sync(&mut self, file: usize) -> io::Result<()> {
        unless(self.operate()?)?;
        if self.happens(self.faults.sync_per_mille) {
            self.fail(file);
            return Err(failed());
        }
        let file = &mut self.files[file];
        file.pending.drain(..).for_each(|change| change.apply(&mut file.durable));
        Ok(())
    }

    pub(super) fn cut(&mut self, file: usize, length: usize) -> io::Result<()> {
        let ends = self.operate()?;
        let change = Change::Cut(length);
        change.apply(&mut self.files[file].seen);
        self.files[file].pending.push(change);
        unless(ends)?;
        self.sync(file)
    }

    /// A sync has failed. Data pages are clean now, whatever reached the disk. Metadata is not: a file system that
    /// cannot write its own stops. So a cut waits for the next sync that works, and with it what was written after.
    fn fail(&mut self, file: usize) {
        let is_cut = |change: &Change| matches!(change, Change::Cut(_));
        let pending = &mut self.files[file].pending;
        let cut = pending.iter().position(is_cut).unwrap_or(pending.len());
        let mut after = pending.split_off(cut);
        self.settle(file);
        after.retain(|change| is_cut(change) || self.below(2) == 0);
        self.files[file].pending = after;
    }

    /// What was pending is durable in part, in any part, or not at all; none is left to be.
    fn settle(&mut self, file: usize) {
        let changes = std::mem::take(&mut self.files[file].pending);
        let mut durable = std::mem::take(&mut self.files[file].durable);
        let way = self.below(5);
        for change in changes {
            match (way, &change) {
                (0, _) => break,
                (1, _) => change.apply(&mut durable),
                (2, Change::Write { offset, bytes }) => self.some_sectors(&mut durable, *offset, bytes),
                (3, Change::Write { offset, bytes }) => self.some_bytes(&mut durable, *offset, bytes),
                (_, Change::Write { .. }) if self.below(2) == 0 => {}
                // What is written after a cut lies in other blocks, which are the file's only with the cut.
                (_, Change::Cut(_)) if self.below(2) == 0 => break,
                _ => change.apply(&mut durable),
            }
        }
        self.files[file].durable = durable;
    }

    /// Some sectors of a write, in no order; the file may have become as long as it should, or not.
    fn some_sectors(&mut self, durable: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
        let mut from = 0;
        while from < bytes.len() {
            let end = ((offset + from) / SECTOR + 1) * SECTOR - offset;
            let end = end.min(bytes.len());
            if self.below(2) == 0 {
                put(durable, offset + from, &bytes[from..end]);
            }
            from = end;
        }
        if self.below(2) == 0 {
            durable.resize(durable.len().max(offset + bytes.len()), 0);
        }
    }

    /// The first bytes of a write; the file may have become as long as it should, or not. A sector that was there
    /// before is old or new.
    fn some_bytes(&mut self, durable: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
        let mut some = self.below(bytes.len() + 1);
        if offset + some < durable.len() {
            some = ((offset + some) / SECTOR * SECTOR).saturating_sub(offset);
        }
        put(durable, offset, &bytes[..some]);
        if self.below(2) == 0 {
            durable.resize(durable.len().max(offset + bytes.len()), 0);
        }
    }

    pub(super) fn restart(&mut self, end: End) {
        self.run += 1;
        self.is_down = false;
        self.faults.crash_at = None;
        if end == End::ProcessDeath {
            return;
        }
        for file in 0..self.files.len() {
            self.settle(file);
            self.files[file].seen = self.files[file].durable.clone();
        }
        self.settle_names();
        self.names = self.durable_names.clone();
    }
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Change::Write { offset, bytes } => put(file, *offset, bytes),
            Change::Cut(length) => file.resize(*length, 0),
        }
    }
}

fn put(file: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    file.resize(file.len().max(offset + bytes.len()), 0);
    file[offset..offset + bytes.len()].copy_from_slice(bytes);
}

fn apply(names: &mut BTreeMap<String, usize>, change: &NameChange) {
    match change {
        NameChange::Add(name, file) => drop(names.insert(name.clone(), *file)),
        NameChange::Remove(name) => drop(names.remove(name)),
        NameChange::Rename(from, to, file) => {
            names.remove(from);
            names.insert(to.clone(), *file);
        }
    }
}

fn unless(ends: bool) -> io::Result<()> {
    if ends { Err(crashed()) } else { Ok(()) }
}

fn crashed() -> io::Error {
    io::Error::other("the machine is down")
}

fn failed() -> io::Error {
    io::Error::other("input/output error")
}
