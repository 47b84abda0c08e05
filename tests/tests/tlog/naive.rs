//! The tree as RFC 6962, section 2.1, defines it, recursively and from the leaves themselves: the naive twin.

use bartizan_io::tlog::{Frontier, Hash, Node};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// MTH(D[n]).
pub(crate) fn root(leaves: &[Vec<u8>]) -> Hash {
    match leaves {
        [] => Hash(Sha256::digest([]).into()),
        [leaf] => hash(&[&[0], leaf]),
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            hash(&[&[1], &root(left).0, &root(right).0])
        }
    }
}

/// PATH(m, D[n]).
pub(crate) fn path(m: usize, leaves: &[Vec<u8>]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut hashes, sibling) =
        if m < k { (path(m, left), root(right)) } else { (path(m - k, right), root(left)) };
    hashes.push(sibling);
    hashes
}

/// PROOF(m, D[n]), for 0 < m <= n.
pub(crate) fn proof(m: usize, leaves: &[Vec<u8>]) -> Vec<Hash> {
    subproof(m, leaves, true)
}

fn subproof(m: usize, leaves: &[Vec<u8>], is_known: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if is_known { Vec::new() } else { vec![root(leaves)] };
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut hashes, sibling) = if m <= k {
        (subproof(m, left, is_known), root(right))
    } else {
        (subproof(m - k, right, false), root(left))
    };
    hashes.push(sibling);
    hashes
}

/// The largest power of two smaller than `n`.
fn split(n: usize) -> usize {
    let mut k = 1;
    while k * 2 < n {
        k *= 2;
    }
    k
}

fn hash(parts: &[&[u8]]) -> Hash {
    Hash(Sha256::digest(parts.concat()).into())
}

/// `count` leaves, no two alike.
pub(crate) fn leaves(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|number| format!("leaf {number}").into_bytes()).collect()
}

/// All complete subtrees over `leaves`, and the frontier behind them.
pub(crate) fn grown(leaves: &[Vec<u8>]) -> (HashMap<Node, Hash>, Frontier) {
    let (mut nodes, mut frontier) = (HashMap::new(), Frontier::default());
    for leaf in leaves {
        frontier.push(bartizan_io::tlog::leaf_hash(leaf), |node, hash| {
            assert_eq!(nodes.insert(node, hash), None, "{node:?} was completed twice");
        });
    }
    (nodes, frontier)
}
