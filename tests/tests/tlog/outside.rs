//! Our tiles, proofs, checkpoints and keys before judges that are not ours: the crates `tlog_tiles` and `signed_note`, ports of
//! Go's `sumdb/tlog` and `sumdb/note`. Each must accept what we made, and refuse it with one bit flipped.
//!
//! The judge reads the folder as a client of the log would: it is told the tree head, and checks every tile it
//! reads against it.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use bartizan_io::tlog::{
    Checkpoint, Hash, LeafIndex, SignerKey, Tiles, TreeHead, TreeSize, prove_consistency, prove_inclusion,
};
use bartizan_tests::dice::Dice;
use bartizan_tests::program::Scratch;
use signed_note::{StandardSigner, StandardVerifier, VerifierList};
use tlog_tiles::{HashReader as _, TileHashReader, TileReader};

use crate::folder::{ORIGIN, log};
use crate::naive;

/// A folder of tiles as the judge reads them.
struct Folder(PathBuf);

impl Folder {
    /// The judge's names for tiles have their height in them, which is 8, and call bundles data.
    fn path(&self, tile: &tlog_tiles::Tile) -> PathBuf {
        let path = tile.path();
        let place = path.strip_prefix("tile/8/").expect("a tile of height 8").replace("data", "entries");
        self.0.join("tile").join(place)
    }
}

impl TileReader for Folder {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile| {
            fs::read(self.path(tile)).map_err(|error| tlog_tiles::Error::InvalidInput(error.to_string()))
        };
        tiles.iter().map(read).collect()
    }

    fn save_tiles(&self, _tiles: &[tlog_tiles::Tile], _data: &[Vec<u8>]) {}
}

fn theirs(hash: &Hash) -> tlog_tiles::Hash {
    tlog_tiles::Hash(hash.0)
}

/// Hashes in the judge's own order.
struct Stored(Vec<tlog_tiles::Hash>);

impl tlog_tiles::HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|&index| self.0[index as usize]).collect())
    }
}

/// The hashes of all leaves, as the judge reads them and finds them to be those of `head`. Its reader alone, as of 0.2.0, leaves
/// some full tiles unchecked (as many as the tiles at the right edge serve several hashes of the root), so it grows
/// the tree again from what it read.
fn leaf_hashes(folder: &Path, head: TreeHead) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
    let folder = Folder(folder.into());
    let reader = TileHashReader::new(head.size.0, theirs(&head.root), &folder);
    let indexes: Vec<u64> = (0..head.size.0).map(|leaf| tlog_tiles::stored_hash_index(0, leaf)).collect();
    let leaves = reader.read_hashes(&indexes)?;
    let mut stored = Stored(Vec::new());
    for (number, &leaf) in (0..).zip(&leaves) {
        stored.0.extend(tlog_tiles::stored_hashes_for_record_hash(number, leaf, &stored)?);
    }
    let root = tlog_tiles::tree_hash(head.size.0, &stored)?;
    if root == theirs(&head.root) { Ok(leaves) } else { Err(tlog_tiles::Error::InconsistentTile) }
}

#[test]
fn the_judge_grows_the_same_tree() {
    let leaves = naive::leaves(600);
    let mut stored = Stored(Vec::new());
    let mut frontier = bartizan_io::tlog::Frontier::default();
    for (number, leaf) in (0..).zip(&leaves) {
        frontier.push(bartizan_io::tlog::leaf_hash(leaf), |_, _| ());
        let more = tlog_tiles::stored_hashes(number, leaf, &stored).expect("good hashes");
        stored.0.extend(more);
        let root = tlog_tiles::tree_hash(number + 1, &stored).expect("good hashes");
        assert_eq!(root, theirs(&frontier.root()), "{number}");
    }
}

#[test]
fn the_judge_reads_our_tiles_and_makes_our_proofs() {
    let scratch = Scratch::new();
    let folder = scratch.at("log");
    let leaves = naive::leaves(70_000);
    let mut dice = Dice::new(1);
    let mut at = 0;
    for to in [1, 255, 256, 257, 700, 65_535, 65_536, 70_000] {
        let head = log(&folder, &leaves[at..to]);
        at = to;
        assert_eq!(leaf_hashes(&folder, head).expect("good tiles").len(), to);
        let (their_folder, root) = (Folder(folder.clone()), theirs(&head.root));
        let reader = TileHashReader::new(head.size.0, root, &their_folder);
        let mut tiles = Tiles::new(&folder, head.size);
        for _ in 0..20 {
            let index = dice.below(to) as u64;
            let ours =
                prove_inclusion(LeafIndex(index), head.size, |node| tiles.hash(node)).expect("good tiles");
            let proof: Vec<tlog_tiles::Hash> = ours.hashes.iter().map(theirs).collect();
            assert_eq!(tlog_tiles::prove_record(head.size.0, index, &reader).expect("good tiles"), proof);
            let leaf = tlog_tiles::record_hash(&leaves[index as usize]);
            tlog_tiles::check_record(&proof, head.size.0, root, index, leaf).expect("a good proof");
            let from = 1 + dice.below(to) as u64;
            let ours =
                prove_consistency(TreeSize(from), head.size, |node| tiles.hash(node)).expect("good tiles");
            let older = bartizan_io::tlog::root(TreeSize(from), |node| tiles.hash(node)).expect("good tiles");
            let proof: Vec<tlog_tiles::Hash> = ours.hashes.iter().map(theirs).collect();
            assert_eq!(tlog_tiles::prove_tree(head.size.0, from, &reader).expect("good tiles"), proof);
            tlog_tiles::check_tree(&proof, head.size.0, root, from, theirs(&older)).expect("a good proof");
        }
    }
}

#[test]
fn the_judge_refuses_every_flipped_bit_of_a_proof() {
    let leaves = naive::leaves(45);
    let (nodes, frontier) = naive::grown(&leaves);
    let (size, root) = (TreeSize(45), theirs(&frontier.root()));
    let read = |node| nodes.get(&node).copied().ok_or(());
    let flipped = |hashes: &[Hash]| -> Vec<Vec<tlog_tiles::Hash>> {
        let hashes: Vec<tlog_tiles::Hash> = hashes.iter().map(theirs).collect();
        let flip = |bit: usize| {
            let mut other = hashes.clone();
            other[bit / 256].0[bit % 256 / 8] ^= 1 << (bit % 8);
            other
        };
        (0..hashes.len() * 256).map(flip).collect()
    };
    for index in [0, 12, 31, 32, 44] {
        let leaf = tlog_tiles::record_hash(&leaves[index as usize]);
        for proof in flipped(&prove_inclusion(LeafIndex(index), size, read).unwrap().hashes) {
            assert!(tlog_tiles::check_record(&proof, 45, root, index, leaf).is_err());
        }
        let mut entry = leaves[index as usize].clone();
        entry[0] ^= 1;
        let proof: Vec<tlog_tiles::Hash> =
            prove_inclusion(LeafIndex(index), size, read).unwrap().hashes.iter().map(theirs).collect();
        assert!(tlog_tiles::check_record(&proof, 45, root, index, tlog_tiles::record_hash(&entry)).is_err());
    }
    for from in [1_usize, 12, 32, 44] {
        let older = theirs(&naive::root(&leaves[..from]));
        for proof in flipped(&prove_consistency(TreeSize(from as u64), size, read).unwrap().hashes) {
            assert!(tlog_tiles::check_tree(&proof, 45, root, from as u64, older).is_err());
        }
    }
}

#[test]
fn the_judge_refuses_a_flipped_bit_of_a_tile_or_an_entry() {
    let scratch = Scratch::new();
    let folder = scratch.at("log");
    let head = log(&folder, &naive::leaves(600));
    let hashes = leaf_hashes(&folder, head).expect("good tiles");
    let mut dice = Dice::new(2);
    for name in ["tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"] {
        let good = fs::read(folder.join(name)).expect("a tile");
        for _ in 0..50 {
            let bit = dice.below(good.len() * 8);
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            fs::write(folder.join(name), bytes).expect("room on the disk");
            assert!(leaf_hashes(&folder, head).is_err(), "bit {bit} of {name}");
        }
        fs::write(folder.join(name), good).expect("room on the disk");
    }
    // Entries, read as the specification says, hash to what the judge found in the tiles.
    let mut bundles =
        HashMap::from([(0, "tile/entries/000"), (1, "tile/entries/001"), (2, "tile/entries/002.p/88")]);
    for (number, name) in bundles.drain() {
        let bytes = fs::read(folder.join(name)).expect("a bundle");
        let mut rest = &*bytes;
        let mut index = number * 256;
        while let Some((length, after)) = rest.split_first_chunk::<2>() {
            let (entry, after) = after.split_at(u16::from_be_bytes(*length).into());
            assert_eq!(tlog_tiles::record_hash(entry), hashes[index]);
            let mut other = entry.to_vec();
            other[index % entry.len()] ^= 1 << (index % 8);
            assert_ne!(tlog_tiles::record_hash(&other), hashes[index]);
            (rest, index) = (after, index + 1);
        }
        assert_eq!(index, (number * 256 + 256).min(600));
    }
}

#[test]
fn the_judge_reads_our_checkpoints_and_keys_and_we_its() {
    let scratch = Scratch::new();
    let key = SignerKey::generate(ORIGIN).expect("random numbers");
    key.write(&scratch.at("key")).expect("a new file");
    let line = fs::read_to_string(scratch.at("key")).expect("a key");
    let their_signer = StandardSigner::new(line.trim_end()).expect("a private key");
    let known = || {
        let verifier = StandardVerifier::new(&key.verifier().to_string()).expect("a verifier key");
        VerifierList::new(vec![Box::new(verifier)])
    };
    let head = log(&scratch.at("log"), &naive::leaves(300));
    let mut note = Checkpoint::new(ORIGIN, head, Vec::new()).expect("a good origin").note();
    let text = note.to_string();
    // Theirs over our text is ours: ed25519 has one signature for a key and a text.
    let mut their_note = signed_note::Note::new(note.text().as_bytes(), &[]).expect("a text");
    their_note.add_sigs(&[&their_signer]).expect("a signature");
    note.sign(&key);
    assert_eq!(note.to_string().into_bytes(), their_note.to_bytes());
    assert_ne!(note.to_string(), text);

    let bytes = note.to_string().into_bytes();
    let judged = |bytes: &[u8]| {
        let note = signed_note::Note::from_bytes(bytes).ok()?;
        note.verify(&known()).ok()?;
        tlog_tiles::Checkpoint::from_reader(&mut note.text(), false).ok()
    };
    let read = judged(&bytes).expect("a checkpoint");
    assert_eq!((read.origin(), read.size(), read.hash()), (ORIGIN, 300, &theirs(&head.root)));
    for bit in 0..bytes.len() * 8 {
        let mut other = bytes.clone();
        other[bit / 8] ^= 1 << (bit % 8);
        assert!(judged(&other).is_none(), "bit {bit}");
    }
    assert!(Checkpoint::verified(&bytes, &[key.verifier().clone()]).is_ok());
}
