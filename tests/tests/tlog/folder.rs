//! The log in its folder: the layout, commits and what is left of a crash, damage, and records of every length.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bartizan_io::tlog::tile::{DIGEST_MARK, LONGEST_LEAF, Level, entries, push_entry};
use bartizan_io::tlog::{
    FolderError, Hash, LeafIndex, Log, LogError, Node, Tile, Tiles, TreeHead, TreeSize, leaf_form, leaf_hash,
    prove_inclusion, root,
};
use bartizan_tests::dice::Dice;
use bartizan_tests::program::Scratch;
use proptest::prelude::*;

use crate::naive;

pub(crate) const ORIGIN: &str = "example.com/log";

fn append(log: &mut Log, records: &[Vec<u8>]) {
    for record in records {
        log.append(record).expect("room on the disk");
    }
}

/// Appends to the log in `folder`, and commits.
pub(crate) fn log(folder: &Path, records: &[Vec<u8>]) -> TreeHead {
    let mut log = Log::open(folder).expect("a folder");
    append(&mut log, records);
    log.commit(ORIGIN).expect("room on the disk").head
}

/// All files below `folder`, by their paths from there.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("a folder").path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                let name = path.strip_prefix(root).expect("below it").to_string_lossy().into_owned();
                found.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found.remove("lock");
    found
}

fn proves_all(folder: &Path, records: &[Vec<u8>]) -> Result<(), String> {
    let committed = bartizan_io::tlog::log::committed(folder).map_err(|error| error.to_string())?;
    let head = committed.ok_or("no head")?.head;
    let mut tiles = Tiles::new(folder, head.size);
    let told = |error: FolderError| error.to_string();
    if root(head.size, |node| tiles.hash(node)).map_err(told)? != head.root {
        return Err("another root".into());
    }
    for (index, record) in (0..).map(LeafIndex).zip(records) {
        let leaf = tiles.leaf(index).map_err(told)?;
        if leaf != *leaf_form(record) {
            return Err(format!("leaf {index} is another"));
        }
        let proof = prove_inclusion(index, head.size, |node| tiles.hash(node)).map_err(|e| e.to_string())?;
        proof.verify(&leaf_hash(&leaf), &head.root).map_err(|refusal| format!("leaf {index}: {refusal}"))?;
    }
    Ok(())
}

#[test]
fn paths_are_as_specified_and_no_other_is_one() {
    let hashes = |level, index, width| Tile { level: Level::Hashes(level), index, width };
    for (tile, path) in [
        (hashes(0, 0, 256), "tile/0/000"),
        (hashes(0, 1_234_067, 256), "tile/0/x001/x234/067"),
        (hashes(63, 999, 1), "tile/63/999.p/1"),
        (hashes(1, 1_000, 255), "tile/1/x001/000.p/255"),
        (hashes(2, u64::MAX, 9), "tile/2/x018/x446/x744/x073/x709/x551/615.p/9"),
        (Tile { level: Level::Entries, index: 70_000 / 256, width: 112 }, "tile/entries/273.p/112"),
    ] {
        assert_eq!(tile.to_string(), path);
        assert_eq!(path.parse(), Ok(tile));
    }
    for path in [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/00/000",
        "tile/64/000",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/000",
        "tile/0/x01/000",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/-1/000",
        "tile/+1/000",
        "tile/0/+00",
        "tile/data/000",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
    ] {
        assert!(path.parse::<Tile>().is_err(), "{path}");
    }
}

#[test]
fn the_folder_of_70_000_records_is_that_of_the_specification() {
    let scratch = Scratch::new();
    log(&scratch.at("log"), &naive::leaves(70_000));
    let files = files(&scratch.at("log"));
    let count = |prefix: &str, partial: bool| {
        let of = files.keys().filter(|name| name.starts_with(prefix) && name.contains(".p/") == partial);
        of.count()
    };
    assert_eq!(
        (count("tile/0/", false), count("tile/entries/", false), count("tile/1/", false)),
        (273, 273, 1)
    );
    for (partial, width) in [("tile/0/273.p/112", 112), ("tile/1/001.p/17", 17), ("tile/2/000.p/1", 1)] {
        assert_eq!(files[partial].len(), width * Hash::BYTES, "{partial}");
    }
    assert_eq!(entries(&files["tile/entries/273.p/112"], 112).unwrap()[111], b"leaf 69999");
    assert_eq!(files.len(), 273 + 273 + 1 + 4 + 1);
    // A hash at level one is the tree over a full tile below.
    let leaves = naive::leaves(512);
    assert_eq!(files["tile/1/000"][32..64], naive::root(&leaves[256..]).0);
    assert!(String::from_utf8_lossy(&files["head"]).starts_with("example.com/log\n70000\n"));
}

#[test]
fn many_commits_and_one_make_the_same_tiles() {
    let scratch = Scratch::new();
    let records = naive::leaves(1_100);
    let (once, often) = (scratch.at("once"), scratch.at("often"));
    log(&once, &records);
    let mut at = 0;
    for step in [0, 1, 0, 3, 250, 1, 1, 1, 255, 256, 257, 74, 1] {
        log(&often, &records[at..at + step]);
        at += step;
        assert_eq!(proves_all(&often, &records[..at]), Ok(()), "at {at}");
    }
    assert_eq!(at, records.len());
    let mut left = files(&often);
    for (name, bytes) in files(&once) {
        assert_eq!(left.remove(&name), Some(bytes), "{name}");
    }
    // What else there is are partial tiles of sizes that were committed, and not of tiles that are full by now.
    for name in left.keys() {
        let tile: Tile = name.parse().expect("a tile");
        assert!(tile.width < 256 && !files(&once).contains_key(&tile.full().to_string()), "{name}");
    }
    // Nothing new, nothing written.
    let before = files(&often);
    log(&often, &[]);
    assert_eq!(files(&often), before);
}

#[test]
fn what_a_crash_leaves_behind_is_written_anew() {
    let records = naive::leaves(1_500);
    let plain = Scratch::new();
    log(&plain.at("log"), &records);
    let expected = files(&plain.at("log"));
    for seed in 0..30 {
        let mut dice = Dice::new(seed);
        let scratch = Scratch::new();
        let folder = scratch.at("log");
        let (committed, appended) = (dice.below(900), 600);
        log(&folder, &records[..committed]);
        let safe = files(&folder);
        let mut log = Log::open(&folder).unwrap();
        append(&mut log, &records[committed..committed + appended]);
        drop(log);
        // A power failure may lose, cut, or empty of sense whatever was not synced, and leave a temporary file.
        for (name, bytes) in files(&folder).into_iter().filter(|(name, _)| !safe.contains_key(name)) {
            let path = folder.join(&name);
            match dice.below(4) {
                0 => fs::remove_file(path).unwrap(),
                1 => fs::write(path, &bytes[..dice.below(bytes.len())]).unwrap(),
                2 => fs::write(path, vec![0; bytes.len()]).unwrap(),
                _ => fs::write(path.with_extension("partial"), &bytes[..3]).unwrap(),
            }
        }
        assert_eq!(proves_all(&folder, &records[..committed]), Ok(()), "seed {seed}");
        let mut log = Log::open(&folder).unwrap();
        assert_eq!(log.head().size, TreeSize(committed as u64), "seed {seed}");
        append(&mut log, &records[committed..]);
        log.commit(ORIGIN).unwrap();
        let found = files(&folder);
        for (name, bytes) in &expected {
            assert_eq!(found.get(name), Some(bytes), "seed {seed}: {name}");
        }
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let records = naive::leaves(600);
    let scratch = Scratch::new();
    let folder = scratch.at("log");
    log(&folder, &records);
    let mut dice = Dice::new(1);
    for (name, bytes) in files(&folder) {
        let path = folder.join(&name);
        for _ in 0..40 {
            let bit = dice.below(bytes.len() * 8);
            let mut other = bytes.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, &other).unwrap();
            // The origin can be any text; whether it is the right one, the signature says.
            if name != "head" || bit / 8 >= ORIGIN.len() {
                assert!(proves_all(&folder, &records).is_err(), "bit {bit} of {name}");
            }
        }
        fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(proves_all(&folder, &records).is_err(), "{name} cut");
        fs::write(&path, [&bytes, b"x".as_slice()].concat()).unwrap();
        assert!(proves_all(&folder, &records).is_err(), "{name} with more");
        fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(proves_all(&folder, &records), Ok(()));
}

#[test]
fn a_damaged_right_edge_is_not_continued_but_can_be_made_anew() {
    let records = naive::leaves(600);
    let scratch = Scratch::new();
    let folder = scratch.at("log");
    log(&folder, &records);
    let good = files(&folder);
    let spoil = |name: &str, bytes: Option<&[u8]>| -> LogError {
        match bytes {
            Some(bytes) => fs::write(folder.join(name), bytes).unwrap(),
            None => fs::remove_file(folder.join(name)).unwrap(),
        }
        let told = Log::open(&folder).unwrap_err();
        fs::write(folder.join(name), &good[name]).unwrap();
        told
    };
    let edge = "tile/0/002.p/88";
    let zeros = vec![0; 88 * Hash::BYTES];
    let told = spoil(edge, Some(&zeros)).to_string();
    assert!(told.contains("have the root") && told.contains("but `head` says"), "{told}");
    let told = spoil(edge, Some(&zeros[1..])).to_string();
    assert!(told.contains("002.p/88: 2815 bytes, expected 2816"), "{told}");
    let told = spoil(edge, None).to_string();
    assert!(told.contains("missing; a log of 600 records has it"), "{told}");
    let mut bundle = good["tile/entries/002.p/88"].clone();
    bundle[5] ^= 1;
    let told = spoil("tile/entries/002.p/88", Some(&bundle)).to_string();
    assert!(told.contains("leaf 512 hashes to"), "{told}");
    let told = spoil("tile/entries/002.p/88", Some(&bundle[..40])).to_string();
    assert!(told.contains("it ends at byte 40, within leaf"), "{told}");
    let told = spoil("head", Some(b"example.com/log\n6oo\n")).to_string();
    assert!(told.contains("head: it ends after 2 lines"), "{told}");
    fs::write(folder.join(edge), &zeros).unwrap();
    let mut log = Log::anew(&folder).unwrap();
    append(&mut log, &records);
    log.commit(ORIGIN).unwrap();
    assert_eq!(files(&folder), good);
}

#[test]
fn a_log_has_one_writer() {
    let scratch = Scratch::new();
    let folder = scratch.at("log");
    let first = Log::open(&folder).unwrap();
    assert!(matches!(Log::open(&folder), Err(LogError::Busy(_))));
    assert!(matches!(Log::anew(&folder), Err(LogError::Busy(_))));
    drop(first);
    Log::open(&folder).unwrap();
}

#[test]
fn records_of_every_length_are_leaves_and_no_two_the_same() {
    let digest = leaf_form(&vec![7; LONGEST_LEAF + 1]).into_owned();
    assert_eq!((&digest[..25], digest.len()), (DIGEST_MARK.as_slice(), 65));
    assert_eq!(digest[25..33], 65_536_u64.to_be_bytes());
    let records: Vec<Vec<u8>> = vec![
        vec![],
        vec![7; LONGEST_LEAF],
        vec![7; LONGEST_LEAF + 1],
        vec![7; 1 << 20],
        DIGEST_MARK.to_vec(),
        digest.clone(),
        DIGEST_MARK[..24].to_vec(),
    ];
    let mut forms: Vec<_> = records.iter().map(|record| leaf_form(record).into_owned()).collect();
    assert_ne!(forms[5], digest, "a record that looks like a digest stands by its own");
    assert_eq!(forms[6], records[6]);
    let scratch = Scratch::new();
    log(&scratch.at("log"), &records);
    assert_eq!(proves_all(&scratch.at("log"), &records), Ok(()));
    forms.sort();
    forms.dedup();
    assert_eq!(forms.len(), records.len());
}

#[test]
fn what_is_beyond_the_tree_is_said() {
    let scratch = Scratch::new();
    let folder: PathBuf = scratch.at("log");
    log(&folder, &naive::leaves(5));
    let mut tiles = Tiles::new(&folder, TreeSize(5));
    assert!(tiles.leaf(LeafIndex(4)).is_ok());
    for told in [
        tiles.leaf(LeafIndex(5)).unwrap_err(),
        tiles.leaf(LeafIndex(u64::MAX)).unwrap_err(),
        tiles.hash(Node { level: 2, index: 1 }).unwrap_err(),
        tiles.hash(Node { level: 63, index: u64::MAX }).unwrap_err(),
        tiles.hash(Node { level: 255, index: 0 }).unwrap_err(),
    ] {
        assert!(told.to_string().contains("beyond the log's 5 records"), "{told}");
    }
}

proptest! {
    #[test]
    fn bundles_are_read_as_written(leaves in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..20), 1..30)) {
        let mut bundle = Vec::new();
        for leaf in &leaves {
            push_entry(&mut bundle, leaf);
        }
        let width = leaves.len() as u16;
        prop_assert_eq!(entries(&bundle, width).unwrap(), leaves);
        prop_assert!(entries(&bundle, width + 1).is_err());
        prop_assert!(entries(&bundle, width - 1).is_err());
        prop_assert!(entries(&bundle[..bundle.len() - 1], width).is_err());
    }

    #[test]
    fn paths_are_read_as_written(level in 0..64_u8, index in any::<u64>(), width in 1..=256_u16) {
        for level in [Level::Hashes(level), Level::Entries] {
            let tile = Tile { level, index, width };
            prop_assert_eq!(tile.to_string().parse(), Ok(tile));
        }
    }
}
