//! Published vectors: the eight leaves with which Certificate Transparency's implementations test themselves, the key and the
//! note of Go's `sumdb/note`, and, where they are at hand, the proofs, good and bad, of `transparency-dev/merkle`.

use std::fs;
use std::path::{Path, PathBuf};

use bartizan_io::tlog::{
    ConsistencyProof, Hash, InclusionProof, LeafIndex, Note, SignerKey, TreeSize, VerifierKey, leaf_hash,
    prove_consistency, prove_inclusion,
};
use serde_json::Value;

use crate::naive;

/// The leaves, and the root of the tree that ends with each.
const LEAVES: [(&[u8], &str); 8] = [
    (b"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    (b"\x00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    (b"\x10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    (b"\x20\x21", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    (b"\x30\x31", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    (b"\x40\x41\x42\x43", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    (b"\x50\x51\x52\x53\x54\x55\x56\x57", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    (
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ),
];

fn hex(hash: &Hash) -> String {
    use std::fmt::Write as _;
    hash.0.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes it");
        text
    })
}

fn hashes(texts: &[&str]) -> Vec<Hash> {
    texts.iter().map(|text| text.parse().expect("a hash in base64")).collect()
}

#[test]
fn the_eight_leaves_have_their_published_roots() {
    let leaves: Vec<Vec<u8>> = LEAVES.iter().map(|(leaf, _)| leaf.to_vec()).collect();
    for size in 0..=8 {
        let (_, frontier) = naive::grown(&leaves[..size]);
        let expected = match size {
            0 => "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            _ => LEAVES[size - 1].1,
        };
        assert_eq!(hex(&frontier.root()), expected, "{size}");
        assert_eq!(hex(&naive::root(&leaves[..size])), expected, "{size}, naively");
    }
}

#[test]
fn the_eight_leaves_have_their_published_consistency_proof() {
    let leaves: Vec<Vec<u8>> = LEAVES.iter().map(|(leaf, _)| leaf.to_vec()).collect();
    let (nodes, frontier) = naive::grown(&leaves);
    let read = |node| nodes.get(&node).copied().ok_or(());
    let proof = prove_consistency(TreeSize(1), TreeSize(8), read).unwrap();
    let expected = hashes(&[
        "lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=",
        "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=",
        "a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ=",
    ]);
    assert_eq!(proof.hashes, expected);
    assert_eq!(proof.verify(&leaf_hash(b""), &frontier.root()), Ok(()));
    // The first leaf's inclusion needs the same hashes.
    assert_eq!(prove_inclusion(LeafIndex(0), TreeSize(8), read).unwrap().hashes, expected);
}

#[test]
fn gos_note_is_signed_and_verified() {
    let text = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n";
    let signed = format!(
        "{text}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    );
    let key = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    let key = SignerKey::parse(key).expect("a private key");
    let verifier: VerifierKey =
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse().expect("a verifier key");
    assert_eq!(key.verifier(), &verifier);
    let mut note = Note::new(text.into()).expect("a text");
    note.sign(&key);
    assert_eq!(note.to_string(), signed);
    let read = Note::parse(signed.as_bytes()).expect("a note");
    assert_eq!(read.signers(std::slice::from_ref(&verifier)), Ok(vec![&verifier]));
}

/// The folder `testdata` of `transparency-dev/merkle`, where `BARTIZAN_MERKLE_TESTDATA` names it.
fn testdata() -> Option<PathBuf> {
    let folder = std::env::var_os("BARTIZAN_MERKLE_TESTDATA").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: BARTIZAN_MERKLE_TESTDATA names no folder");
    }
    folder
}

fn documents(folder: &Path) -> Vec<(PathBuf, Value)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of documents") {
        let path = entry.expect("a folder of documents").path();
        if path.is_dir() {
            found.extend(documents(&path));
        } else {
            let text = fs::read(&path).expect("a document");
            found.push((path, serde_json::from_slice(&text).expect("JSON")));
        }
    }
    found
}

#[test]
fn published_proofs_are_judged_as_they_should_be() {
    let Some(folder) = testdata() else { return };
    let one = |value: &Value| -> Option<Hash> { value.as_str()?.parse().ok() };
    // Some roots are no hashes, where it does not matter what they are: another one for each.
    let root = |value: &Value| one(value).unwrap_or_else(|| leaf_hash(value.to_string().as_bytes()));
    let many = |value: &Value| -> Option<Vec<Hash>> {
        value.as_array().map_or(Some(Vec::new()), |all| all.iter().map(one).collect())
    };
    let mut judged = [0, 0];
    let of = |kind: &str| documents(&folder.join(kind));
    for (path, document) in of("consistency").into_iter().chain(of("inclusion")) {
        let number = |name: &str| document[name].as_u64();
        let is_inclusion = document.get("leafIdx").is_some();
        // A hash of another length than 32 bytes is no hash, and refused where it is read.
        let verdict = || {
            let hashes = many(&document["proof"])?;
            if is_inclusion {
                let (index, size) = (LeafIndex(number("leafIdx")?), TreeSize(number("treeSize")?));
                let (leaf, head) = (one(&document["leafHash"])?, root(&document["root"]));
                InclusionProof { index, size, hashes }.verify(&leaf, &head).ok()
            } else {
                let (from, to) = (TreeSize(number("size1")?), TreeSize(number("size2")?));
                let (older, newer) = (root(&document["root1"]), root(&document["root2"]));
                ConsistencyProof { from, to, hashes }.verify(&older, &newer).ok()
            }
        };
        let is_bad = document["wantErr"].as_bool().expect("a verdict");
        assert_eq!(verdict().is_none(), is_bad, "{}: {document:#}", path.display());
        judged[usize::from(is_inclusion)] += 1;
    }
    assert!(judged.iter().all(|&count| count > 50), "{judged:?}");
    println!("judged {} consistency and {} inclusion proofs", judged[0], judged[1]);
}
