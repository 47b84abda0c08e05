//! A log follows its journal, is signed, and never signs against what it signed before; and its proofs as documents.

use std::fs;

use bartizan_engine::codec::Codec as _;
use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::agents::Roles;
use bartizan_engine::realm::command::{Command, Envelope, RegisterAgent};
use bartizan_engine::realm::ids::CommandId;
use bartizan_io::tlog::{
    Checkpoint, Disproof, FollowError, Follower, LeafIndex, Log, Note, ProofDocument, PublishError,
    SignerKey, Tiles, TreeSize, prove_consistency, prove_inclusion, publish, root,
};
use bartizan_tests::program::Scratch;

use crate::folder::{ORIGIN, log};
use crate::naive;

fn key(name: &str, seed: u8) -> SignerKey {
    SignerKey::from_seed(name, &[seed; 32]).expect("a good name")
}

fn follow(log: &mut Log, journal: &[Vec<u8>]) -> Result<(), FollowError> {
    let mut follower = Follower::new(log);
    for record in journal {
        follower.take(record)?;
    }
    follower.finish()
}

#[test]
fn a_log_follows_its_journal_and_no_other() {
    let scratch = Scratch::new();
    let folder = scratch.at("log");
    let journal = naive::leaves(700);
    for size in [0, 0, 1, 2, 256, 257, 257, 700] {
        let mut log = Log::open(&folder).unwrap();
        follow(&mut log, &journal[..size]).unwrap();
        assert_eq!(log.commit(ORIGIN).unwrap().head.root, naive::root(&journal[..size]), "{size}");
    }
    let mut log = Log::open(&folder).unwrap();
    let told = follow(&mut log, &journal[..699]).unwrap_err().to_string();
    assert!(told.contains("has 699 records, fewer than the 700 of the log"), "{told}");
    // A record that was changed anywhere, not only at the log's end; and two that changed places.
    for place in [0, 1, 255, 256, 300, 698, 699] {
        let mut other = journal.clone();
        other[place][0] ^= 1;
        let told = follow(&mut log, &other).unwrap_err();
        assert!(matches!(told, FollowError::Another { size: TreeSize(700), .. }), "{place}: {told}");
    }
    let mut other = journal.clone();
    other.swap(3, 4);
    assert!(matches!(follow(&mut log, &other), Err(FollowError::Another { .. })));
}

#[test]
fn nothing_is_signed_against_what_was_signed_before() {
    let scratch = Scratch::new();
    let folder = scratch.at("log");
    let records = naive::leaves(600);
    let (mine, witness) = (key(ORIGIN, 1), key("witness.example", 2));
    let keys = [key(ORIGIN, 1)];
    assert!(matches!(publish(&Log::open(&folder).unwrap(), &keys), Err(PublishError::Nothing(_))));
    log(&folder, &records[..300]);
    let opened = Log::open(&folder).unwrap();
    // A key of another name alone does not make a checkpoint of this log.
    let told = publish(&opened, &[key("witness.example", 2)]).unwrap_err();
    assert!(matches!(told, PublishError::Names { .. }) && !folder.join("checkpoint").exists(), "{told}");
    let first = publish(&opened, &keys).unwrap();
    assert_eq!(fs::read_to_string(folder.join("checkpoint")).unwrap(), first.to_string());
    // Of the same tree, signatures gather; of a larger one, they begin anew.
    let second = publish(&opened, &[witness]).unwrap();
    let both = [mine.verifier().clone(), key("witness.example", 2).verifier().clone()];
    assert_eq!(second.signed_by_all(&both), Ok(()));
    drop(opened);
    log(&folder, &records[300..]);
    let third = publish(&Log::open(&folder).unwrap(), &keys).unwrap();
    assert_eq!(third.signatures().len(), 1);
    let bytes = third.to_string().into_bytes();
    assert_eq!(Checkpoint::verified(&bytes, &both[..1]).unwrap().head.root, naive::root(&records));

    let anew = |records: &[Vec<u8>], origin: &str| {
        let mut log = Log::anew(&folder).unwrap();
        follow(&mut log, records).unwrap();
        log.commit(origin).unwrap();
        publish(&log, &keys).map(|note| note.to_string()).map_err(|error| error.to_string())
    };
    let told = anew(&records[..599], ORIGIN).unwrap_err();
    assert!(told.contains("is of 600 records, but the log has 599"), "{told}");
    let mut other = records.clone();
    other[17][0] ^= 1;
    other.push(b"one more".to_vec());
    let told = anew(&other, ORIGIN).unwrap_err();
    assert!(told.contains("history was rewritten"), "{told}");
    let told = anew(&records, "example.com/other").unwrap_err();
    assert!(told.contains("a log keeps its name"), "{told}");
    assert_eq!(fs::read(folder.join("checkpoint")).unwrap(), bytes, "what was signed stays");
    assert_eq!(anew(&records, ORIGIN), Ok(third.to_string()));
    fs::write(folder.join("checkpoint"), "nothing\n").unwrap();
    let told = anew(&records, ORIGIN).unwrap_err();
    assert!(told.contains("the last signed checkpoint: no signatures"), "{told}");
}

#[test]
fn no_bit_of_a_proof_as_a_document_can_be_flipped() {
    let scratch = Scratch::new();
    let folder = scratch.at("log");
    let records = naive::leaves(21);
    let older_head = log(&folder, &records[..13]);
    let head = log(&folder, &records[13..]);
    let checkpoint = |head| Checkpoint::new(ORIGIN, head, Vec::new()).unwrap();
    let (newer, older) = (checkpoint(head), checkpoint(older_head));
    let mut tiles = Tiles::new(&folder, head.size);
    let index = LeafIndex(12);
    let inclusion = prove_inclusion(index, head.size, |node| tiles.hash(node)).unwrap();
    let consistency = prove_consistency(TreeSize(13), head.size, |node| tiles.hash(node)).unwrap();
    let from = root(TreeSize(13), |node| tiles.hash(node)).unwrap();
    let documents = [
        (ProofDocument::inclusion(ORIGIN, &inclusion, &records[12], head.root), None),
        (ProofDocument::consistency(ORIGIN, &consistency, from, head.root), Some(&older)),
    ];
    for (document, older) in documents {
        assert_eq!(document.verify(&newer, older), Ok(()));
        let text = serde_json::to_string_pretty(&document).unwrap().into_bytes();
        let judged = |text: &[u8]| {
            let document: ProofDocument = serde_json::from_slice(text).map_err(|error| error.to_string())?;
            document.verify(&newer, older).map_err(|cause| cause.to_string())
        };
        assert_eq!(judged(&text), Ok(()));
        for bit in 0..text.len() * 8 {
            let mut other = text.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(judged(&other).is_err(), "bit {bit}: {}", String::from_utf8_lossy(&other));
        }
    }
    let inclusion = ProofDocument::inclusion(ORIGIN, &inclusion, &records[12], head.root);
    let told = inclusion.verify(&older, None).unwrap_err().to_string();
    assert!(told.contains("it is about 21 records"), "{told}");
    assert!(inclusion.verify(&newer, Some(&older)).is_err());
    let elsewhere = Checkpoint::new("example.com/other", head, Vec::new()).unwrap();
    let told = inclusion.verify(&elsewhere, None).unwrap_err().to_string();
    assert!(told.contains("the checkpoint is of example.com/other"), "{told}");
    assert!(Note::parse(newer.to_string().as_bytes()).is_err(), "a checkpoint without signatures is no note");
}

#[test]
fn no_bit_of_a_proof_that_names_its_command_can_be_flipped() {
    let scratch = Scratch::new();
    let (folder, long) = (scratch.at("log"), "x".repeat(70_000));
    let record = |sequence: u64, name: &str| {
        let name = name.to_owned();
        let command =
            Command::RegisterAgent(RegisterAgent { agent: None, name, key: None, roles: Roles::default() });
        let envelope = Envelope { id: CommandId(u128::from(sequence)), actor: AgentId::REALM, command };
        [&sequence.to_le_bytes()[..], &(sequence * 10).to_le_bytes(), &envelope.to_bytes()].concat()
    };
    let records = [record(1, "ann"), record(2, &long), record(9, "out of place")];
    let head = log(&folder, &records);
    let checkpoint = Checkpoint::new(ORIGIN, head, Vec::new()).unwrap();
    let mut tiles = Tiles::new(&folder, head.size);
    let mut proven = |index: u64| {
        let index = LeafIndex(index);
        let proof = prove_inclusion(index, head.size, |node| tiles.hash(node)).unwrap();
        ProofDocument::inclusion(ORIGIN, &proof, &tiles.leaf(index).unwrap(), head.root)
    };
    let judged = |text: &[u8]| {
        let document: ProofDocument = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        document.verify(&checkpoint, None).map_err(|cause| cause.to_string())
    };
    let short = proven(0);
    let entry = short.entry().expect("a command");
    assert_eq!((entry.sequence, entry.time), (1, 10));
    assert!(
        entry.line.starts_with(r#"{"id":1,"actor":0,"time":10,"command":{"RegisterAgent":"#),
        "{entry:?}"
    );
    let text = serde_json::to_vec_pretty(&short).unwrap();
    assert_eq!(judged(&text), Ok(()));
    for bit in 0..text.len() * 8 {
        let mut other = text.clone();
        other[bit / 8] ^= 1 << (bit % 8);
        assert!(judged(&other).is_err(), "bit {bit}: {}", String::from_utf8_lossy(&other));
    }
    // By its digest alone it says nothing; with its record it does, and with no other.
    let digest = proven(1);
    assert_eq!((digest.verify(&checkpoint, None), digest.entry()), (Ok(()), None));
    let whole = digest.clone().with_record(&records[1]);
    assert_eq!(whole.verify(&checkpoint, None), Ok(()));
    assert!(whole.entry().is_some_and(|entry| entry.sequence == 2 && entry.line.contains(&long)));
    let other = digest.with_record(&record(2, &long.replacen('x', "y", 1)));
    assert_eq!(other.verify(&checkpoint, None), Err(Disproof::Record));
    let out_of_place = proven(2).verify(&checkpoint, None);
    assert_eq!(out_of_place, Err(Disproof::Sequence { said: 9, found: 3 }));
}
