//! Roots and proofs against the naive twin for every size up to some hundreds, and every bit of a proof flipped.

use bartizan_io::tlog::{
    ConsistencyProof, Frontier, Hash, InclusionProof, LeafIndex, Node, Refusal, TreeSize, Unproven,
    leaf_hash, node_hash, prove_consistency, prove_inclusion, root,
};
use proptest::prelude::*;

use crate::naive;

const LARGEST: usize = 300;

#[test]
fn every_root_is_that_of_the_definition() {
    let leaves = naive::leaves(LARGEST);
    let (nodes, _) = naive::grown(&leaves);
    for size in 0..=LARGEST {
        let expected = naive::root(&leaves[..size]);
        let (_, frontier) = naive::grown(&leaves[..size]);
        assert_eq!(frontier.root(), expected, "{size}");
        let stored = |node: Node| nodes.get(&node).copied().ok_or(node);
        assert_eq!(root(TreeSize(size as u64), stored), Ok(expected), "{size}");
        assert_eq!(Frontier::read(TreeSize(size as u64), stored), Ok(frontier), "{size}");
    }
}

#[test]
fn every_inclusion_proof_is_that_of_the_definition_and_holds() {
    let leaves = naive::leaves(LARGEST);
    let (nodes, _) = naive::grown(&leaves);
    // All proofs of the small sizes; of the large ones those about each power of two.
    for size in (1..=70).chain([127, 128, 129, 255, 256, 257, LARGEST]) {
        let root = naive::root(&leaves[..size]);
        for index in 0..size {
            let proof = prove_inclusion(LeafIndex(index as u64), TreeSize(size as u64), |node| {
                nodes.get(&node).copied().ok_or(node)
            })
            .expect("all nodes are stored");
            assert_eq!(proof.hashes, naive::path(index, &leaves[..size]), "leaf {index} of {size}");
            assert_eq!(proof.verify(&leaf_hash(&leaves[index]), &root), Ok(()), "leaf {index} of {size}");
        }
    }
}

#[test]
fn every_consistency_proof_is_that_of_the_definition_and_holds() {
    let leaves = naive::leaves(LARGEST);
    let (nodes, _) = naive::grown(&leaves);
    let roots: Vec<Hash> = (0..=LARGEST).map(|size| naive::root(&leaves[..size])).collect();
    for to in (1..=70).chain([127, 128, 129, 255, 256, 257, LARGEST]) {
        for from in 1..=to {
            let proof = prove_consistency(TreeSize(from as u64), TreeSize(to as u64), |node| {
                nodes.get(&node).copied().ok_or(node)
            })
            .expect("all nodes are stored");
            assert_eq!(proof.hashes, naive::proof(from, &leaves[..to]), "{from} to {to}");
            assert_eq!(proof.verify(&roots[from], &roots[to]), Ok(()), "{from} to {to}");
        }
    }
}

#[test]
fn what_cannot_be_proven_is_said() {
    let read = |node: Node| Err::<Hash, Node>(node);
    let (index, size) = (LeafIndex(7), TreeSize(7));
    assert_eq!(prove_inclusion(index, size, read), Err(Unproven::NoLeaf { index, size }));
    let (from, to) = (TreeSize(8), TreeSize(7));
    assert_eq!(prove_consistency(from, to, read), Err(Unproven::Shrinks { from, to }));
    let lost = Node { level: 2, index: 0 };
    assert_eq!(prove_inclusion(LeafIndex(6), size, read), Err(Unproven::Read(lost)));
    let proof = InclusionProof { index, size, hashes: Vec::new() };
    let any = leaf_hash(b"any");
    assert_eq!(proof.verify(&any, &any), Err(Refusal::NoLeaf { index, size }));
    let proof = ConsistencyProof { from, to, hashes: Vec::new() };
    assert_eq!(proof.verify(&any, &any), Err(Refusal::Shrinks { from, to }));
    let empty = naive::root(&[]);
    for to in [0, 5] {
        let (from, to) = (TreeSize(0), TreeSize(to));
        assert_eq!(prove_consistency(from, to, read), Err(Unproven::Empty));
        assert_eq!(
            ConsistencyProof { from, to, hashes: Vec::new() }.verify(&empty, &empty),
            Err(Refusal::Empty)
        );
    }
}

/// All ways to flip one bit of `hashes`, to leave one out, to double one, to swap two.
fn spoilt(hashes: &[Hash]) -> Vec<Vec<Hash>> {
    let mut found = Vec::new();
    for at in 0..hashes.len() {
        for bit in 0..256 {
            let mut other = hashes.to_vec();
            other[at].0[bit / 8] ^= 1 << (bit % 8);
            found.push(other);
        }
        let mut less = hashes.to_vec();
        let gone = less.remove(at);
        found.push(less);
        let mut more = hashes.to_vec();
        more.insert(at, gone);
        found.push(more);
        let mut swapped = hashes.to_vec();
        swapped.swap(at, (at + 1) % hashes.len());
        if swapped != hashes {
            found.push(swapped);
        }
    }
    found.push([hashes, &[Hash([0; 32])]].concat());
    found
}

fn flipped(hash: &Hash) -> impl Iterator<Item = Hash> {
    let hash = *hash;
    (0..256).map(move |bit| {
        let mut other = hash;
        other.0[bit / 8] ^= 1 << (bit % 8);
        other
    })
}

#[test]
fn no_bit_of_an_inclusion_proof_can_be_flipped() {
    let leaves = naive::leaves(40);
    let (nodes, _) = naive::grown(&leaves);
    for size in [1, 2, 3, 7, 8, 13, 31, 32, 33, 40_usize] {
        let root = naive::root(&leaves[..size]);
        for (index, leaf) in leaves.iter().enumerate().take(size) {
            let leaf = leaf_hash(leaf);
            let read = |node| nodes.get(&node).copied().ok_or(());
            let proof = prove_inclusion(LeafIndex(index as u64), TreeSize(size as u64), read).unwrap();
            for hashes in spoilt(&proof.hashes) {
                assert!(
                    InclusionProof { hashes, ..proof }.verify(&leaf, &root).is_err(),
                    "{index} of {size}"
                );
            }
            for leaf in flipped(&leaf) {
                assert!(proof.verify(&leaf, &root).is_err(), "{index} of {size}");
            }
            for root in flipped(&root) {
                assert!(proof.verify(&leaf, &root).is_err(), "{index} of {size}");
            }
            for other in (0..size as u64 + 3).filter(|&other| other != index as u64) {
                let other = InclusionProof { index: LeafIndex(other), ..proof.clone() };
                assert!(other.verify(&leaf, &root).is_err(), "{index} as {:?} of {size}", other.index);
            }
        }
    }
}

#[test]
fn no_bit_of_a_consistency_proof_can_be_flipped() {
    let leaves = naive::leaves(40);
    let (nodes, _) = naive::grown(&leaves);
    let roots: Vec<Hash> = (0..=leaves.len()).map(|size| naive::root(&leaves[..size])).collect();
    for to in [1, 2, 3, 7, 8, 13, 31, 32, 33, 40_usize] {
        for from in 1..=to {
            let read = |node| nodes.get(&node).copied().ok_or(());
            let proof = prove_consistency(TreeSize(from as u64), TreeSize(to as u64), read).unwrap();
            for hashes in spoilt(&proof.hashes) {
                let other = ConsistencyProof { hashes, ..proof };
                assert!(other.verify(&roots[from], &roots[to]).is_err(), "{from} to {to}");
            }
            for root in flipped(&roots[from]) {
                assert!(proof.verify(&root, &roots[to]).is_err(), "{from} to {to}");
            }
            for root in flipped(&roots[to]) {
                assert!(proof.verify(&roots[from], &root).is_err(), "{from} to {to}");
            }
        }
    }
}

/// A tree of any size whose complete subtrees have made-up hashes: as large as no test could grow one.
#[expect(clippy::unnecessary_wraps, reason = "readers of hashes can fail")]
fn made_up(node: Node) -> Result<Hash, std::convert::Infallible> {
    // A subtree's hash must follow from its halves; so all leaves are alike, and one hash a level will do.
    Ok((0..node.level).fold(leaf_hash(b"the same"), |hash, _| node_hash(&hash, &hash)))
}

proptest! {
    #[test]
    fn proofs_hold_in_trees_of_any_size(size in 1..=u64::MAX, at in any::<u64>(), bit in any::<usize>()) {
        let (index, from) = (LeafIndex(at % size), TreeSize(1 + at % size));
        let size = TreeSize(size);
        let head = root(size, made_up).unwrap();
        let older = root(from, made_up).unwrap();
        let inclusion = prove_inclusion(index, size, made_up).unwrap();
        prop_assert_eq!(inclusion.verify(&leaf_hash(b"the same"), &head), Ok(()));
        prop_assert!(inclusion.hashes.len() <= 64);
        let consistency = prove_consistency(from, size, made_up).unwrap();
        prop_assert_eq!(consistency.verify(&older, &head), Ok(()));
        prop_assert!(consistency.hashes.len() <= 65);
        let flip = |hashes: &[Hash]| {
            let mut hashes = hashes.to_vec();
            if let Some(count) = hashes.len().checked_sub(1) {
                let at = (bit / 256) % (count + 1);
                hashes[at].0[bit % 256 / 8] ^= 1 << (bit % 8);
            }
            hashes
        };
        if !inclusion.hashes.is_empty() {
            let hashes = flip(&inclusion.hashes);
            let other = InclusionProof { hashes, ..inclusion };
            prop_assert!(other.verify(&leaf_hash(b"the same"), &head).is_err());
        }
        if !consistency.hashes.is_empty() {
            let hashes = flip(&consistency.hashes);
            let other = ConsistencyProof { hashes, ..consistency };
            prop_assert!(other.verify(&older, &head).is_err());
        }
    }
}
