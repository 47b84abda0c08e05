//! What an earlier version wrote, kept: today's must verify it, and write the same, byte by byte.

use bartizan_io::tlog::{
    Checkpoint, LeafIndex, ProofDocument, SignerKey, Tiles, TreeSize, VerifierKey, prove_consistency,
    prove_inclusion, root,
};
use bartizan_tests::program::Scratch;

use crate::folder::{ORIGIN, log};
use crate::naive;

const CHECKPOINT: &str = include_str!("kept/checkpoint");
const INCLUSION: &str = include_str!("kept/inclusion.json");
const CONSISTENCY: &str = include_str!("kept/consistency.json");
const VERIFIER: &str = include_str!("kept/verifier");

#[test]
fn what_was_written_before_is_verified_and_written_again() {
    let keys: [VerifierKey; 1] = [VERIFIER.trim_end().parse().expect("a verifier key")];
    let checkpoint = Checkpoint::verified(CHECKPOINT.as_bytes(), &keys).expect("a good checkpoint");
    for text in [INCLUSION, CONSISTENCY] {
        let document: ProofDocument = serde_json::from_str(text).expect("a proof");
        assert_eq!(document.verify(&checkpoint, None), Ok(()));
    }

    let scratch = Scratch::new();
    let head = log(&scratch.at("log"), &naive::leaves(300));
    assert_eq!(checkpoint.head, head);
    let mut note = Checkpoint::new(ORIGIN, head, Vec::new()).unwrap().note();
    let key = SignerKey::from_seed(ORIGIN, &[1; 32]).unwrap();
    note.sign(&key);
    assert_eq!((note.to_string(), format!("{}\n", key.verifier())), (CHECKPOINT.into(), VERIFIER.into()));
    let mut tiles = Tiles::new(&scratch.at("log"), head.size);
    let inclusion = prove_inclusion(LeafIndex(299), head.size, |node| tiles.hash(node)).unwrap();
    let consistency = prove_consistency(TreeSize(257), head.size, |node| tiles.hash(node)).unwrap();
    let from = root(TreeSize(257), |node| tiles.hash(node)).unwrap();
    let text = |document: &ProofDocument| format!("{}\n", serde_json::to_string_pretty(document).unwrap());
    assert_eq!(text(&ProofDocument::inclusion(ORIGIN, &inclusion, b"leaf 299", head.root)), INCLUSION);
    assert_eq!(text(&ProofDocument::consistency(ORIGIN, &consistency, from, head.root)), CONSISTENCY);
}
