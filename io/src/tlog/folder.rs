//! Tiles in a folder: reading hashes and leaves of a tree, and writing files whole.
//!
//! A file is written under a temporary name and renamed, so a reader finds it complete or not at all. Renaming is
//! not yet safe from a power failure: the log syncs before it says so, and a [`Tiles`] is opened only for a size that was
//! synced. A tile as wide as the tree has it may have grown since: then the full one is read, which begins the same.
//!
//! Reading a hash costs one file at most and none if the last file read at its level has it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::tile::{self, FULL, Level, NoBundle, TILE_LEVELS, Tile};
use super::tree::{Hash, LeafIndex, Node, TreeSize, hash_over, leaf_hash};

/// Why a log's folder cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The system refused.
    #[error("{}: cannot {what}: {cause}", path.display())]
    System {
        /// The file or folder.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// What the system said.
        cause: io::Error,
    },
    /// A tile that the tree must have is not there.
    #[error("{}: missing; a log of {size} records has it", path.display())]
    Missing {
        /// The tile.
        path: PathBuf,
        /// The size of the tree.
        size: TreeSize,
    },
    /// A tile has another length than its hashes.
    #[error("{}: {found} bytes, expected {expected}", path.display())]
    Length {
        /// The tile.
        path: PathBuf,
        /// How many bytes it has.
        found: usize,
        /// How many it must have.
        expected: usize,
    },
    /// A bundle does not hold its leaves.
    #[error("{}: {cause}", path.display())]
    Bundle {
        /// The bundle.
        path: PathBuf,
        /// What is wrong with it.
        cause: NoBundle,
    },
    /// A leaf is not the one that was hashed.
    #[error("{}: leaf {index} hashes to {found}, but the tree has {expected}", path.display())]
    Leaf {
        /// The bundle.
        path: PathBuf,
        /// Which leaf of the log.
        index: LeafIndex,
        /// What the bundle's leaf hashes to.
        found: Hash,
        /// The leaf's hash in the tile.
        expected: Hash,
    },
    /// The tree has no such part.
    #[error("{}: {what} is beyond the log's {size} records", path.display())]
    Beyond {
        /// The log's folder.
        path: PathBuf,
        /// What was asked for.
        what: String,
        /// The size of the tree.
        size: TreeSize,
    },
}

impl FolderError {
    pub(super) fn system(path: &Path, what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |cause| FolderError::System { path: path.into(), what, cause }
    }
}

/// The tiles of a tree, read from a folder.
#[derive(Debug)]
pub struct Tiles {
    folder: PathBuf,
    size: TreeSize,
    /// The last tile read at each level.
    last: BTreeMap<Level, (Tile, Vec<u8>)>,
}

impl Tiles {
    /// The tiles in `folder` of a tree of `size` leaves. Nothing is read yet.
    pub fn new(folder: &Path, size: TreeSize) -> Self {
        Tiles { folder: folder.into(), size, last: BTreeMap::new() }
    }

    /// How many leaves the tree has.
    pub fn size(&self) -> TreeSize {
        self.size
    }

    /// The hash of a complete subtree. It is as the tile has it: check what you make of it against a root.
    ///
    /// # Errors
    /// If the tile is damaged or missing, or the tree does not have this subtree.
    pub fn hash(&mut self, node: Node) -> Result<Hash, FolderError> {
        let beyond = || format!("subtree {} of level {}", node.index, node.level);
        let (tile, first, count) = Tile::holding(node, self.size).ok_or_else(|| self.beyond(beyond()))?;
        let bytes = &self.tile(tile)?[first * Hash::BYTES..(first + count) * Hash::BYTES];
        Ok(hash_over(&hashes(bytes)))
    }

    /// The bytes of the leaf at `index`, which hash to what the tree has.
    ///
    /// # Errors
    /// If a file is damaged or missing, or there is no such leaf.
    pub fn leaf(&mut self, index: LeafIndex) -> Result<Vec<u8>, FolderError> {
        let (bundle, place) =
            Tile::bundle(index, self.size).ok_or_else(|| self.beyond(format!("leaf {index}")))?;
        let bytes = self.bundle(bundle)?;
        let leaves = tile::entries(&bytes, bundle.width);
        let path = || self.folder.join(bundle.to_string());
        Ok(leaves.map_err(|cause| FolderError::Bundle { path: path(), cause })?[place].to_vec())
    }

    /// The bytes of a bundle, each of whose leaves hashes to what the tree has.
    ///
    /// # Errors
    /// If a file is damaged or missing, or the tree does not have this bundle.
    ///
    /// # Panics
    /// If `bundle` is a tile of hashes.
    pub fn bundle(&mut self, bundle: Tile) -> Result<Vec<u8>, FolderError> {
        assert_eq!(bundle.level, Level::Entries, "only bundles have leaves");
        let expected = hashes(self.tile(Tile { level: Level::Hashes(0), ..bundle })?);
        let path = self.folder.join(bundle.to_string());
        let bytes = self.tile(bundle)?;
        let leaves = tile::entries(bytes, bundle.width)
            .map_err(|cause| FolderError::Bundle { path: path.clone(), cause })?;
        for ((leaf, expected), index) in leaves.iter().zip(expected).zip(bundle.index * u64::from(FULL)..) {
            let (index, found) = (LeafIndex(index), leaf_hash(leaf));
            if found != expected {
                return Err(FolderError::Leaf { path, index, found, expected });
            }
        }
        Ok(bytes.to_vec())
    }

    /// The bytes of a tile that somebody asks for; none if this tree does not have it. It may have more hashes or leaves there by now.
    ///
    /// # Errors
    /// If a file is damaged or missing.
    pub fn asked(&mut self, tile: Tile) -> Result<Option<Vec<u8>>, FolderError> {
        let own = Tile::at(tile.level, tile.index, self.size);
        if own.is_none_or(|own| own.width < tile.width) {
            return Ok(None);
        }
        match tile.level {
            Level::Entries => self.bundle(tile).map(Some),
            Level::Hashes(_) => self.tile(tile).map(|bytes| Some(bytes.to_vec())),
        }
    }

    /// The hashes or leaves of a tile that this tree has, without what may follow them by now.
    ///
    /// # Errors
    /// If it is damaged or missing.
    pub fn tile(&mut self, tile: Tile) -> Result<&[u8], FolderError> {
        let is_held = self.last.get(&tile.level).is_some_and(|(held, _)| *held == tile);
        if !is_held {
            let bytes = self.read(tile)?;
            self.last.insert(tile.level, (tile, bytes));
        }
        Ok(&self.last[&tile.level].1)
    }

    fn read(&self, tile: Tile) -> Result<Vec<u8>, FolderError> {
        let own = Tile::at(tile.level, tile.index, self.size).unwrap_or(tile);
        for found in [tile, own, tile.full()] {
            let path = self.folder.join(found.to_string());
            match fs::read(&path) {
                Ok(bytes) => return as_wide(bytes, found, tile.width, path),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(FolderError::system(&path, "read")(error)),
            }
        }
        Err(FolderError::Missing { path: self.folder.join(tile.to_string()), size: self.size })
    }

    fn beyond(&self, what: String) -> FolderError {
        FolderError::Beyond { path: self.folder.clone(), what, size: self.size }
    }
}

/// The first `width` hashes or leaves of the file at `path`, which is the tile `found`.
fn as_wide(mut bytes: Vec<u8>, found: Tile, width: u16, path: PathBuf) -> Result<Vec<u8>, FolderError> {
    match found.level {
        Level::Hashes(_) => {
            let expected = usize::from(found.width) * Hash::BYTES;
            if bytes.len() != expected {
                return Err(FolderError::Length { path, found: bytes.len(), expected });
            }
            bytes.truncate(usize::from(width) * Hash::BYTES);
        }
        Level::Entries => match tile::entries(&bytes, found.width) {
            Err(cause) => return Err(FolderError::Bundle { path, cause }),
            Ok(leaves) => {
                let length = leaves.iter().take(usize::from(width)).map(|leaf| 2 + leaf.len()).sum();
                bytes.truncate(length);
            }
        },
    }
    Ok(bytes)
}

/// The hashes in a tile's bytes.
pub(super) fn hashes(bytes: &[u8]) -> Vec<Hash> {
    bytes.as_chunks().0.iter().map(|&bytes| Hash(bytes)).collect()
}

/// Writes a tile, whole or not at all. What is there already under its name is replaced: it can only be the same, or
/// what a power failure left of it.
pub(super) fn write_tile(folder: &Path, tile: Tile, bytes: &[u8]) -> Result<PathBuf, FolderError> {
    let path = folder.join(tile.to_string());
    write_whole(&path, bytes)?;
    Ok(path)
}

/// Writes the file at `path` under a temporary name, and renames it. A power failure may leave the name without its bytes.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
    let temporary = write_temporary(path, bytes)?;
    fs::rename(&temporary, path).map_err(FolderError::system(path, "rename the new file to it"))
}

/// Replaces the file at `path` in `folder`: at any moment, also after a power failure, it is whole, the old one or the new one. When this returns
/// it is the new one.
pub(super) fn replace(folder: &Path, path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
    let temporary = write_temporary(path, bytes)?;
    let synced = File::open(&temporary).and_then(|file| file.sync_all());
    synced.map_err(FolderError::system(&temporary, "sync"))?;
    fs::rename(&temporary, path).map_err(FolderError::system(path, "rename the new file to it"))?;
    sync(folder, &[path.to_path_buf()])
}

/// Writes the bytes that are meant for `path` beside it, and returns where.
fn write_temporary(path: &Path, bytes: &[u8]) -> Result<PathBuf, FolderError> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".partial");
    let temporary = path.with_file_name(name);
    let mut file = match File::create(&temporary) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let parent = path.parent().unwrap_or(Path::new("."));
            fs::create_dir_all(parent).map_err(FolderError::system(parent, "make the folder"))?;
            File::create(&temporary)
        }
        opened => opened,
    }
    .map_err(FolderError::system(&temporary, "make the file"))?;
    file.write_all(bytes).map_err(FolderError::system(&temporary, "write"))?;
    Ok(temporary)
}

/// Makes a folder and those above it where they are not there, each safely on the disk: a log that a power failure takes away
/// with its folder would be signed as if nothing had been.
pub(super) fn make_folder(folder: &Path) -> Result<(), FolderError> {
    let missing: Vec<&Path> = folder.ancestors().take_while(|above| !above.exists()).collect();
    fs::create_dir_all(folder).map_err(FolderError::system(folder, "make the folder"))?;
    for made in missing.into_iter().filter(|made| cfg!(unix) && !made.as_os_str().is_empty()) {
        let above = made.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let synced = File::open(above).and_then(|above| above.sync_all());
        synced.map_err(FolderError::system(above, "sync"))?;
    }
    Ok(())
}

/// Brings files and the folders above them, up to `folder`, safely to the disk.
pub(super) fn sync(folder: &Path, files: &[PathBuf]) -> Result<(), FolderError> {
    /// As many at once, so that a file system that commits in groups has a group.
    const AT_ONCE: usize = 8;
    let sync_one = |path: &Path| {
        let opened = File::open(path).and_then(|file| file.sync_all());
        opened.map_err(FolderError::system(path, "sync"))
    };
    std::thread::scope(|scope| {
        let sync_some = |part: &[PathBuf]| part.iter().try_for_each(|path| sync_one(path));
        let parts = files.chunks(files.len().div_ceil(AT_ONCE).max(1));
        let threads: Vec<_> = parts.map(|part| scope.spawn(move || sync_some(part))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("syncing does not panic"))
    })?;
    let mut folders: Vec<&Path> = files.iter().flat_map(|file| file.ancestors().skip(1)).collect();
    folders.sort_unstable();
    folders.dedup();
    folders.retain(|above| above.starts_with(folder));
    if cfg!(unix) { folders.into_iter().try_for_each(sync_one) } else { Ok(()) }
}

/// The level of tiles whose hashes are those of this node, if there is one.
pub(super) fn tile_level(node: Node) -> Option<usize> {
    node.level.is_multiple_of(TILE_LEVELS).then_some(usize::from(node.level / TILE_LEVELS))
}

/// Whether so many bytes of hashes fill a tile.
pub(super) fn is_full(bytes: &[u8]) -> bool {
    bytes.len() == usize::from(FULL) * Hash::BYTES
}
