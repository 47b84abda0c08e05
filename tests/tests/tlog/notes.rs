//! Keys, notes and checkpoints: what is read is written again the same, every single-bit change is refused, and so is
//! what is malformed, with the cause.

use bartizan_io::tlog::{
    Checkpoint, CheckpointError, KeyError, Note, NoteError, SignerKey, TreeHead, TreeSize, VerifierKey,
    leaf_hash,
};
use bartizan_tests::program::Scratch;

fn signer(name: &str, seed: u8) -> SignerKey {
    SignerKey::from_seed(name, &[seed; 32]).expect("a good name")
}

fn checkpoint(origin: &str) -> Checkpoint {
    let head = TreeHead { size: TreeSize(20_852_163), root: leaf_hash(b"root") };
    Checkpoint::new(origin, head, Vec::new()).expect("a good origin")
}

#[test]
fn a_checkpoint_is_read_as_it_was_written() {
    let (log, witness) = (signer("example.com/log", 1), signer("witness.example", 2));
    for extensions in [vec![], vec!["first".into(), "— second + third".into()]] {
        let head = TreeHead { size: TreeSize(0), root: leaf_hash(b"root") };
        let checkpoint = Checkpoint::new("example.com/log", head, extensions).unwrap();
        assert_eq!(checkpoint.to_string().parse(), Ok(checkpoint.clone()));
        let mut note = checkpoint.note();
        note.sign(&log);
        note.sign(&witness);
        note.sign(&witness);
        assert_eq!(note.signatures().len(), 2);
        let text = note.to_string();
        assert_eq!(Note::parse(text.as_bytes()), Ok(note.clone()));
        let keys = [log.verifier().clone(), witness.verifier().clone()];
        assert_eq!(Checkpoint::verified(text.as_bytes(), &keys), Ok(checkpoint.clone()));
        assert_eq!(Checkpoint::verified(text.as_bytes(), &keys[..1]), Ok(checkpoint));
        // The witness alone does not speak for the log.
        let told = Checkpoint::verified(text.as_bytes(), &keys[1..]).unwrap_err();
        assert!(matches!(told, CheckpointError::Origin { .. }), "{told}");
    }
}

#[test]
fn no_bit_of_a_checkpoint_can_be_flipped() {
    let key = signer("example.com/log", 1);
    let mut note = checkpoint("example.com/log").note();
    note.sign(&key);
    let text = note.to_string().into_bytes();
    let keys = [key.verifier().clone()];
    assert!(Checkpoint::verified(&text, &keys).is_ok());
    for bit in 0..text.len() * 8 {
        let mut other = text.clone();
        other[bit / 8] ^= 1 << (bit % 8);
        let told = Checkpoint::verified(&other, &keys);
        assert!(told.is_err(), "bit {bit}: {}", String::from_utf8_lossy(&other));
    }
    for end in 0..text.len() {
        assert!(Checkpoint::verified(&text[..end], &keys).is_err(), "cut at {end}");
    }
}

#[test]
fn a_note_is_worth_what_its_known_keys_say() {
    let [log, other, same_name] = [("example.com/log", 1), ("other.example", 2), ("example.com/log", 3)]
        .map(|(name, seed)| signer(name, seed));
    let mut note = checkpoint("example.com/log").note();
    assert!(matches!(note.signers(&[log.verifier().clone()]), Err(NoteError::Unknown { .. })));
    note.sign(&log);
    let known = [log.verifier().clone(), other.verifier().clone(), same_name.verifier().clone()];
    assert_eq!(note.signers(&known), Ok(vec![&known[0]]));
    assert!(note.signers(&known[1..]).is_err(), "a key of the same name is another key");
    let told = note.signed_by_all(&known[..2]).unwrap_err();
    assert!(
        matches!(&told, NoteError::Unknown { wanted, .. } if wanted.starts_with("other.example (key ")),
        "{told}"
    );
    // A signature by nobody known is passed over; one in a known key's name makes the note worthless.
    let line = |key: &SignerKey, text: &str| {
        let mut note = Note::new(text.into()).unwrap();
        note.sign(key);
        note.to_string().lines().last().expect("a signature").to_owned()
    };
    let with = |line: &str| Note::parse(format!("{note}{line}\n").as_bytes()).unwrap();
    assert_eq!(with(&line(&other, "another text\n")).signers(&known[..1]), Ok(vec![&known[0]]));
    let told = with(&line(&other, "another text\n")).signers(&known).unwrap_err();
    assert!(matches!(&told, NoteError::Forged { name, .. } if name == "other.example"), "{told}");
    let told = with(&line(&log, "another text\n")).signers(&known).unwrap_err();
    assert!(matches!(told, NoteError::Forged { .. }), "{told}");
}

#[test]
fn malformed_notes_are_refused_with_the_cause() {
    let key = signer("example.com/log", 1);
    let mut note = checkpoint("example.com/log").note();
    note.sign(&key);
    let good = note.to_string();
    let told = |text: &str| Note::parse(text.as_bytes()).unwrap_err().to_string();
    for (text, cause) in [
        (String::new(), "no signatures"),
        ("only text\n".into(), "no signatures"),
        ("text\n\n".into(), "no signatures"),
        (good.trim_end().into(), "ends within a line"),
        (good.replace("— ", "- "), "line 5: not a signature"),
        (good.replace("— ", "—  "), "line 5: not a signature"),
        (good.replace("— example.com/log", "— example.com+log"), "line 5: not a signature"),
        (format!("{good}— name AAAA\n"), "line 6: not a signature"),
        (format!("{good}— name AAAAAA==\n"), "line 6: not a signature"),
        (format!("{good}— name AAAAAAB=\n"), "line 6: not a signature"),
        (format!("{good}— name !\n"), "line 6: not a signature"),
        (good.replace("20852163", "20852163\r"), "line 2: the control character 0x0d"),
        (format!("{good}{}", "— name AAAAAAA=\n".repeat(100)), "more than 100 signatures"),
        ("x".repeat((1 << 20) + 1), "at most 1 MiB"),
    ] {
        assert!(told(&text).contains(cause), "{cause}: {}", told(&text));
    }
    assert_eq!(Note::parse(b"a\n\xff"), Err(NoteError::NotText(2)));
    assert_eq!(Note::new("no newline".into()), Err(NoteError::Text));
    assert_eq!(Note::new("tab\t\n".into()), Err(NoteError::Text));
    // Up to a hundred are read.
    assert!(Note::parse(format!("{good}{}", "— name AAAAAAA=\n".repeat(99)).as_bytes()).is_ok());
}

#[test]
fn malformed_checkpoints_are_refused_with_the_cause() {
    let root = leaf_hash(b"root").to_string();
    for (text, cause) in [
        (String::new(), "ends within a line"),
        ("origin\n5\n".into(), "ends after 2 lines"),
        (format!("origin\n5\n{root}"), "ends within a line"),
        (format!("\n5\n{root}\n"), "line 1 is empty"),
        (format!("origin\n5\n{root}\n\n"), "line 4 is empty"),
        (format!("origin\n05\n{root}\n"), "`05` is no size"),
        (format!("origin\n+5\n{root}\n"), "`+5` is no size"),
        (format!("origin\n-1\n{root}\n"), "`-1` is no size"),
        (format!("origin\n\n{root}\n"), "`` is no size"),
        (format!("origin\n18446744073709551616\n{root}\n"), "is no size"),
        (format!("origin\n5\n{}\n", &root[1..]), "is not a hash"),
        ("origin\n5\nAAAA\n".into(), "is not a hash"),
        (format!("origin\n5\n{root} \n"), "is not a hash"),
        (format!("ori\tgin\n5\n{root}\n"), "line 1 has a control character"),
    ] {
        let told = text.parse::<Checkpoint>().unwrap_err().to_string();
        assert!(told.contains(cause), "{text:?}: {told}");
    }
}

#[test]
fn malformed_keys_are_refused_with_the_cause() {
    let key = signer("example.com/log", 1);
    let good = key.verifier().to_string();
    assert_eq!(good.parse::<VerifierKey>().unwrap(), *key.verifier());
    let other = signer("example.com/log", 2).verifier().to_string();
    let (id, other_id) = (&good[16..24], &other[16..24]);
    for (text, cause) in [
        (String::new(), "not a verifier key"),
        ("name".into(), "not a verifier key"),
        ("name+00000000".into(), "not a verifier key"),
        (good.replace("example.com/log", ""), "cannot name a key"),
        (good.replace("example.com/log", "a b"), "cannot name a key"),
        (good.replace(id, other_id), "is said to have"),
        (good.replace(id, &id[1..]), "is said to have"),
        (good.replace("example", "Example"), "is said to have"),
        (good[..good.len() - 4].into(), "not a verifier key"),
        ("name+00000000+BAAA".into(), "type 0x04"),
    ] {
        let told = text.parse::<VerifierKey>().unwrap_err().to_string();
        assert!(told.contains(cause), "{text}: {told}");
    }
    for bit in 0..good.len() * 8 {
        let mut bytes = good.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(text) = String::from_utf8(bytes) else { continue };
        assert!(text.parse::<VerifierKey>().is_err(), "{text}");
    }
    assert!(matches!(SignerKey::parse(&good), Err(KeyError::Form { what: "private", .. })));
    assert!(SignerKey::generate("a+b").is_err());
}

#[test]
fn a_private_key_is_written_once_and_for_its_owner_alone() {
    let scratch = Scratch::new();
    let path = scratch.at("log.key");
    let key = SignerKey::generate("example.com/log").expect("random numbers");
    key.write(&path).expect("a new file");
    assert_eq!(SignerKey::read(&path).expect("the key").verifier(), key.verifier());
    let told = key.write(&path).unwrap_err().to_string();
    assert!(told.contains("cannot make a new file"), "{told}");
    assert_ne!(SignerKey::generate("example.com/log").unwrap().verifier(), key.verifier());
    let secret = std::fs::read_to_string(&path).unwrap();
    assert!(!format!("{key:?}").contains(secret.trim_end().rsplit('+').next().unwrap()), "{key:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(), 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let told = SignerKey::read(&path).unwrap_err().to_string();
        assert!(told.contains("others can read this private key (mode 640)"), "{told}");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    std::fs::write(&path, "PRIVATE+KEY+example.com/log+00000000+AAAA\n").unwrap();
    let told = SignerKey::read(&path).unwrap_err().to_string();
    assert!(told.contains("log.key") && told.contains("type 0x00") && !told.contains("AAAA"), "{told}");
}
