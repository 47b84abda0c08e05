//! The log that grows, in a folder that is laid out as `tlog-tiles` says, so that it can be served as it is.
//!
//! Beside the tiles lie `head`, the last committed tree head (a checkpoint's text, not signed), and `lock`, which keeps
//! a second writer out. **What `head` speaks of has been synced.** What lies beyond it may be there, torn or whole,
//! and is written anew: an append writes a tile as soon as it is full and syncs nothing; a commit syncs all of them,
//! then writes and syncs the partial tiles, then `head`. A partial tile goes when its full one is synced.
//!
//! An append costs one leaf hash, one node hash and 1/256 of two files. Opening costs the tiles at the right edge,
//! which are checked against `head`; tiles further left are checked by whoever makes a proof of them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::checkpoint::{Checkpoint, CheckpointError};
use super::folder::{FolderError, Tiles, is_full, make_folder, replace, sync, tile_level, write_tile};
use super::tile::{FULL, Level, Tile, leaf_form, push_entry};
use super::tree::{Frontier, Hash, LeafIndex, TreeHead, TreeSize, leaf_hash};
use crate::lock::Lock;

/// So many full tiles wait for a commit at most.
const MOST_UNSYNCED: usize = 1 << 16;

/// Why a log cannot be opened or continued.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A file is wrong, or the system refused.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The file `head` is damaged.
    #[error("{}: {cause}", path.display())]
    Head {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: CheckpointError,
    },
    /// The tiles are not those of the head.
    #[error("{}: the tiles of {size} records have the root {found}, but `head` says {expected}", path.display())]
    Root {
        /// The log's folder.
        path: PathBuf,
        /// How many records.
        size: TreeSize,
        /// What the tiles hash to.
        found: Hash,
        /// What was committed.
        expected: Hash,
    },
    /// Somebody else writes this log.
    #[error("{}: another process writes this log", .0.display())]
    Busy(PathBuf),
}

/// A log in a folder, for one writer.
#[derive(Debug)]
pub struct Log {
    folder: PathBuf,
    frontier: Frontier,
    committed: Option<TreeHead>,
    /// The hashes of the partial tile at each level.
    levels: Vec<Vec<u8>>,
    /// The entries of the partial bundle.
    bundle: Vec<u8>,
    unsynced: Vec<PathBuf>,
    /// Full tiles since the last commit, whose partial ones go.
    filled: Vec<Tile>,
    /// Locked as long as the log is open.
    _lock: Lock,
}

impl Log {
    /// Opens the log in `folder`, where it was last committed; makes the folder if need be.
    ///
    /// # Errors
    /// If another process has it open, a file cannot be read, or the tiles are not those that were committed.
    pub fn open(folder: &Path) -> Result<Self, LogError> {
        let lock = lock(folder)?;
        let head = committed(folder)?.map(|checkpoint| checkpoint.head);
        Log::resumed(folder, head, lock)
    }

    /// Opens the log in `folder` as if it were empty, to be appended again from the first record. Tiles that are there
    /// are replaced one by one: see first that the records begin with what was signed ([`super::follow::Beginning`]).
    ///
    /// # Errors
    /// If another process has it open, or the folder cannot be written.
    pub fn anew(folder: &Path) -> Result<Self, LogError> {
        let lock = lock(folder)?;
        Log::resumed(folder, None, lock)
    }

    fn resumed(folder: &Path, committed: Option<TreeHead>, lock: Lock) -> Result<Self, LogError> {
        let size = committed.map_or(TreeSize(0), |head| head.size);
        let mut tiles = Tiles::new(folder, size);
        let frontier = Frontier::read(size, |node| tiles.hash(node))?;
        let found = frontier.root();
        if let Some(TreeHead { root: expected, .. }) = committed
            && found != expected
        {
            return Err(LogError::Root { path: folder.into(), size, found, expected });
        }
        let mut log = Log {
            folder: folder.into(),
            frontier,
            committed,
            levels: Vec::new(),
            bundle: Vec::new(),
            unsynced: Vec::new(),
            filled: Vec::new(),
            _lock: lock,
        };
        for level in 0.. {
            let count = size.0.checked_shr(level * 8).unwrap_or(0);
            if count == 0 {
                break;
            }
            let partial = Tile::at(Level::Hashes(level as u8), count / u64::from(FULL), size);
            let hashes = partial.map_or(Ok(Vec::new()), |tile| tiles.tile(tile).map(<[u8]>::to_vec))?;
            log.levels.push(hashes);
        }
        if let Some(bundle) = Tile::at(Level::Entries, size.0 / u64::from(FULL), size) {
            log.bundle = tiles.bundle(bundle)?;
        }
        Ok(log)
    }

    /// Appends a record, in its form as a leaf ([`leaf_form`]). It counts once it is committed.
    ///
    /// # Errors
    /// If a tile is full and cannot be written.
    pub fn append(&mut self, record: &[u8]) -> Result<LeafIndex, LogError> {
        let leaf = leaf_form(record);
        let index = LeafIndex(self.frontier.size().0);
        push_entry(&mut self.bundle, &leaf);
        let levels = &mut self.levels;
        self.frontier.push(leaf_hash(&leaf), |node, hash| {
            let Some(level) = tile_level(node) else { return };
            if level == levels.len() {
                levels.push(Vec::new());
            }
            levels[level].extend_from_slice(&hash.0);
        });
        if self.frontier.size().0.is_multiple_of(u64::from(FULL)) {
            self.write_full()?;
        }
        Ok(index)
    }

    /// Writes the tiles that have just become full.
    fn write_full(&mut self) -> Result<(), LogError> {
        let size = self.frontier.size().0;
        let bundle = Tile { level: Level::Entries, index: size / u64::from(FULL) - 1, width: FULL };
        self.unsynced.push(write_tile(&self.folder, bundle, &self.bundle)?);
        self.filled.push(bundle);
        self.bundle.clear();
        for (level, hashes) in self.levels.iter_mut().enumerate() {
            if !is_full(hashes) {
                break;
            }
            let tile = Tile {
                level: Level::Hashes(level as u8),
                index: (size >> (8 * (level + 1))) - 1,
                width: FULL,
            };
            self.unsynced.push(write_tile(&self.folder, tile, hashes)?);
            self.filled.push(tile);
            hashes.clear();
        }
        if self.unsynced.len() >= MOST_UNSYNCED {
            sync(&self.folder, &self.unsynced)?;
            self.unsynced.clear();
        }
        Ok(())
    }

    /// Brings everything appended safely to the disk, as the log called `origin`, and says what the log now is.
    ///
    /// # Errors
    /// If a file cannot be written or synced, or `origin` cannot stand in a checkpoint; then nothing is committed.
    pub fn commit(&mut self, origin: &str) -> Result<Checkpoint, LogError> {
        let path = self.folder.join("head");
        let head = self.frontier.head();
        let checkpoint = Checkpoint::new(origin, head, Vec::new())
            .map_err(|cause| LogError::Head { path: path.clone(), cause })?;
        if self.committed != Some(head) {
            self.write_partial()?;
        }
        sync(&self.folder, &self.unsynced)?;
        self.unsynced.clear();
        replace(&self.folder, &path, checkpoint.to_string().as_bytes())?;
        self.committed = Some(head);
        for tile in self.filled.drain(..) {
            let mut name = self.folder.join(tile.to_string()).into_os_string();
            name.push(".p");
            // What cannot be removed is found no more, since the full tile is there.
            let _ = fs::remove_dir_all(name);
        }
        Ok(checkpoint)
    }

    fn write_partial(&mut self) -> Result<(), LogError> {
        let size = self.frontier.size();
        let levels = self.levels.iter().zip(0..).map(|(bytes, level)| (Level::Hashes(level), bytes));
        for (level, bytes) in levels.chain([(Level::Entries, &self.bundle)]) {
            let count = match level {
                Level::Entries => size.0,
                Level::Hashes(level) => size.0 >> (8 * level),
            };
            if let Some(tile) = Tile::at(level, count / u64::from(FULL), size) {
                self.unsynced.push(write_tile(&self.folder, tile, bytes)?);
            }
        }
        Ok(())
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Size and root of all that was appended, committed or not.
    pub fn head(&self) -> TreeHead {
        self.frontier.head()
    }

    /// What was last committed.
    pub fn committed(&self) -> Option<TreeHead> {
        self.committed
    }
}

/// What was last committed to the log in `folder`, and the log's origin; `None` if nothing was.
///
/// # Errors
/// If it cannot be read, or is damaged.
pub fn committed(folder: &Path) -> Result<Option<Checkpoint>, LogError> {
    let path = folder.join("head");
    match fs::read_to_string(&path) {
        Ok(text) => text.parse().map(Some).map_err(|cause| LogError::Head { path, cause }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FolderError::system(&path, "read")(error).into()),
    }
}

fn lock(folder: &Path) -> Result<Lock, LogError> {
    make_folder(folder)?;
    let path = folder.join("lock");
    let taken = Lock::take(&path).map_err(FolderError::system(&path, "lock"))?;
    taken.ok_or_else(|| LogError::Busy(folder.into()))
}
