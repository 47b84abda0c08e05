//! `bartizan log` as a user meets it.

use std::fs;
use std::path::Path;
use std::process::Command;

use bartizan_tests::program::{Scratch, run};
use bartizan_tests::{not_judged, workspace};
use serde_json::Value;

use crate::folder::log;
use crate::naive;

pub(crate) fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// A log of 300 records with a checkpoint, and then of 600 with another.
struct Realm {
    scratch: Scratch,
    data: String,
    key: String,
    verifier: String,
    older: String,
    newer: String,
}

fn realm() -> Realm {
    let scratch = Scratch::new();
    let (data, key) = (shown(&scratch.at("data")), shown(&scratch.at("log.key")));
    let verifier = run(["log", "key", &key, "--new", "example.com/realm"]).clean().trim_end().to_owned();
    let records = naive::leaves(600);
    let checkpoint = |name: &str, records: &[Vec<u8>]| {
        log(&scratch.at("data/log"), records);
        let note =
            run(["log", "checkpoint", "--data", &data, "--key", &key, "--origin", "example.com/realm"])
                .clean();
        shown(&scratch.file(name, note))
    };
    let (older, newer) = (checkpoint("older", &records[..300]), checkpoint("newer", &records[300..]));
    Realm { scratch, data, key, verifier, older, newer }
}

#[test]
fn a_key_is_made_once_and_shown() {
    let Realm { key, verifier, scratch, .. } = realm();
    assert!(verifier.starts_with("example.com/realm+"), "{verifier}");
    assert_eq!(run(["log", "key", &key]).clean().trim_end(), verifier);
    let told = run(["log", "key", &key, "--new", "example.com/realm"]).refused(1);
    assert!(told.contains("cannot make a new file"), "{told}");
    let told = run(["log", "key", &shown(&scratch.at("other")), "--new", "a b"]).refused(1);
    assert!(told.contains("cannot name a key"), "{told}");
}

#[test]
fn a_record_is_proven_to_be_in_the_log_offline() {
    let Realm { data, verifier, older, newer, scratch, .. } = realm();
    for (sequence, size, checkpoint) in [("1", "600", &newer), ("600", "600", &newer), ("300", "300", &older)]
    {
        let proof = run(["log", "inclusion", sequence, "--data", &data, "--size", size]).clean();
        let document: Value = serde_json::from_str(&proof).expect("JSON");
        assert_eq!(document["index"].to_string(), (sequence.parse::<u64>().unwrap() - 1).to_string());
        let path = shown(&scratch.file("proof.json", &proof));
        let verify = |checkpoint: &str, verifier: &str| {
            run(["log", "verify", &path, "--checkpoint", checkpoint, "--verifier", verifier])
        };
        let said = verify(checkpoint, &verifier).clean();
        assert!(said.contains(&format!("record {sequence} is in the log of {size} records")), "{said}");
        let other = if checkpoint == &newer { &older } else { &newer };
        assert!(verify(other, &verifier).refused(1).contains("proves nothing: it is about"));
        let stranger = "example.com/realm+33d7b496+AeHTPHv0dM3cIo1tgPLVhxdO3ZgcFxJ7Vq2Vc6M0rJ0x";
        verify(checkpoint, stranger).refused(2);
        fs::write(&path, proof.replacen('A', "B", 1)).unwrap();
        assert!(verify(checkpoint, &verifier).refused(1).contains("proof.json"));
    }
    let told = run(["log", "inclusion", "601", "--data", &data]).refused(1);
    assert!(told.contains("no record 601: they are counted from 1 to 600"), "{told}");
    run(["log", "inclusion", "0", "--data", &data]).refused(2);
    let told = run(["log", "inclusion", "1", "--data", &data, "--size", "601"]).refused(1);
    assert!(told.contains("no size 601"), "{told}");
}

#[test]
fn a_log_is_proven_to_have_only_grown_offline() {
    let Realm { data, verifier, older, newer, scratch, .. } = realm();
    let proof = run(["log", "consistency", "--from", "300", "--data", &data]).clean();
    let path = shown(&scratch.file("proof.json", &proof));
    let verify = |older: &str| {
        run(["log", "verify", &path, "--checkpoint", &newer, "--verifier", &verifier, "--older", older])
    };
    let said = verify(&older).clean();
    assert!(said.contains("the log of 600 records begins with that of 300"), "{said}");
    assert!(verify(&newer).refused(1).contains("it is about 300 records"));
    let told = run(["log", "consistency", "--from", "500", "--to", "400", "--data", &data]).refused(1);
    assert!(told.contains("a tree of 400 leaves cannot begin with one of 500"), "{told}");
    // A forged checkpoint.
    let text = fs::read_to_string(&older).unwrap().replacen("300", "301", 1);
    let forged = shown(&scratch.file("forged", text));
    assert!(verify(&forged).refused(1).contains("is not over this text"));
}

#[test]
fn a_log_without_a_key_has_a_head_without_signatures() {
    let Realm { scratch: _scratch, data, newer, .. } = realm();
    let head = run(["log", "checkpoint", "--data", &data]).clean();
    assert!(head.starts_with("example.com/realm\n600\n") && head.lines().count() == 3, "{head}");
    assert!(fs::read_to_string(newer).unwrap().starts_with(&head));
}

#[test]
fn what_is_not_there_or_damaged_is_said() {
    let Realm { data, scratch, .. } = realm();
    let nowhere = shown(&scratch.at("nowhere"));
    let told = run(["log", "inclusion", "1", "--data", &nowhere]).refused(1);
    assert!(told.contains("no log here; make it"), "{told}");
    let told = run(["log", "checkpoint", "--data", &nowhere]).refused(1);
    assert!(told.contains("no journal here") && !scratch.at("nowhere").exists(), "{told}");
    let tile = scratch.at("data/log/tile/0/000");
    let mut bytes = fs::read(&tile).unwrap();
    bytes[40] ^= 1;
    fs::write(&tile, bytes).unwrap();
    let told = run(["log", "inclusion", "1", "--data", &data]).refused(1);
    assert!(told.contains("the tiles are damaged") || told.contains("hashes to"), "{told}");
}

#[test]
fn an_outside_script_judges_the_folder_and_the_proofs() {
    let Realm { scratch, data, verifier, .. } = realm();
    let proofs = [
        vec!["log", "inclusion", "300", "--data", &data],
        vec!["log", "inclusion", "5", "--data", &data, "--size", "299"],
        vec!["log", "consistency", "--from", "300", "--data", &data],
        vec!["log", "consistency", "--from", "7", "--to", "513", "--data", &data],
    ];
    let files = (0..).zip(proofs).map(|(number, arguments)| {
        shown(&scratch.file(&format!("proof-{number}.json"), run(arguments).clean()))
    });
    let files: Vec<String> = files.collect();
    let python = std::env::var_os("BARTIZAN_PYTHON").unwrap_or_else(|| "python3".into());
    let judge = || {
        let mut judge = Command::new(&python);
        judge.arg(workspace().join("tests/tests/tlog/judge.py")).arg(scratch.at("data/log")).arg(&verifier);
        judge.args(&files).output()
    };
    let Ok(said) = judge() else {
        return not_judged(
            "Python",
            "Python 3 with PyPI's `cryptography`, in PATH or named by BARTIZAN_PYTHON",
        );
    };
    let errors = String::from_utf8_lossy(&said.stderr);
    if said.status.code() == Some(77) {
        return not_judged("Python's `cryptography`", "PyPI's `cryptography`");
    }
    let told = String::from_utf8_lossy(&said.stdout);
    assert!(
        said.status.success() && told.matches("as it should be\n").count() == files.len(),
        "{told}{errors}"
    );
    for name in [
        "data/log/tile/0/001",
        "data/log/tile/1/000.p/2",
        "data/log/tile/entries/000",
        "data/log/checkpoint",
        "proof-2.json",
    ] {
        let path = scratch.at(name);
        let good = fs::read(&path).unwrap();
        let mut bytes = good.clone();
        bytes[60] ^= 1;
        fs::write(&path, bytes).unwrap();
        assert!(!judge().unwrap().status.success(), "{name}");
        fs::write(&path, good).unwrap();
    }
    assert!(judge().unwrap().status.success());
}

/// A realm of four agents with a signed log: the folder and the key.
fn four_agents(scratch: &Scratch, name: &str, second: &str) -> (String, String) {
    let data = shown(&scratch.at(name));
    let line = |(id, name): (u32, &str)| {
        format!(
            "{{\"id\": {id}, \"time\": {id}, \"command\": {{\"RegisterAgent\": {{\"name\": \"{name}\"}}}}}}\n"
        )
    };
    let names = ["ann", second, "cat", "dan"];
    let lines: String = (1..).zip(names).map(line).collect();
    let file = scratch.file("agents.jsonl", lines);
    run(["run", &shown(&file), "--data", &data]).clean();
    (data, shown(&scratch.at("four.key")))
}

#[test]
fn a_journal_that_was_rewritten_is_neither_followed_nor_signed() {
    let scratch = Scratch::new();
    let (data, key) = four_agents(&scratch, "realm", "bob");
    run(["log", "key", &key, "--new", "example.com/four"]).clean();
    let first = run(["log", "checkpoint", "--data", &data, "--key", &key]).clean();
    assert_eq!(
        run(["log", "checkpoint", "--data", &data, "--key", &key]).clean(),
        first,
        "of the same, the same"
    );
    // As many records, the last of them the same.
    let (other, _) = four_agents(&scratch, "other", "eve");
    let segment = "journal-00000000000000000001.segment";
    fs::copy(scratch.at("other").join(segment), scratch.at("realm").join(segment)).unwrap();
    let tile = scratch.at("realm/log/tile/0/000.p/4");
    let before = fs::read(&tile).unwrap();
    for more in [&[][..], &["--key", &key], &["--rebuild"], &["--rebuild", "--key", &key]] {
        let told = run([&["log", "checkpoint", "--data", &data], more].concat()).refused(1);
        assert!(told.contains("the first 4 records of the journal have the root"), "{more:?}: {told}");
        assert_eq!(fs::read(&tile).unwrap(), before, "{more:?}: nothing was changed");
    }
    assert_eq!(fs::read_to_string(scratch.at("realm/log/checkpoint")).unwrap(), first);
    drop(other);
}

#[test]
fn a_checkpoint_is_signed_by_a_key_of_the_logs_name() {
    let scratch = Scratch::new();
    let (data, key) = four_agents(&scratch, "realm", "bob");
    run(["log", "key", &key, "--new", "example.com/four"]).clean();
    let told =
        run(["log", "checkpoint", "--data", &data, "--key", &key, "--origin", "example.com/five"]).refused(2);
    assert!(told.contains("the log is called example.com/five, and the key example.com/four"), "{told}");
    assert!(!scratch.at("realm/log").exists(), "nothing was made");
    let witness = shown(&scratch.at("witness.key"));
    run(["log", "key", &witness, "--new", "witness.example"]).clean();
    let note = run(["log", "checkpoint", "--data", &data, "--key", &key, "--key", &witness]).clean();
    assert!(note.contains("example.com/four ") && note.contains("witness.example "), "{note}");
}

#[test]
fn a_checkpoint_that_was_emptied_is_said_and_what_to_do_about_it() {
    let scratch = Scratch::new();
    let (data, key) = four_agents(&scratch, "realm", "bob");
    run(["log", "key", &key, "--new", "example.com/four"]).clean();
    let first = run(["log", "checkpoint", "--data", &data, "--key", &key]).clean();
    let path = scratch.at("realm/log/checkpoint");
    fs::write(&path, "").unwrap();
    let told = run(["log", "checkpoint", "--data", &data, "--key", &key]).refused(1);
    assert!(told.contains("log/checkpoint") && told.contains("Restore the file"), "{told}");
    fs::remove_file(&path).unwrap();
    assert_eq!(run(["log", "checkpoint", "--data", &data, "--key", &key]).clean(), first);
}

#[test]
fn a_proof_says_which_command_it_is_of() {
    let scratch = Scratch::new();
    let (data, key) = four_agents(&scratch, "realm", "bob");
    let verifier = run(["log", "key", &key, "--new", "example.com/four"]).clean();
    let note = run(["log", "checkpoint", "--data", &data, "--key", &key]).clean();
    let proof = run(["log", "inclusion", "2", "--data", &data]).clean();
    let document: Value = serde_json::from_str(&proof).expect("JSON");
    assert_eq!((&document["entry"]["sequence"], &document["entry"]["time"]), (&2.into(), &2.into()));
    let line = document["entry"]["line"].as_str().expect("a line").to_owned();
    let dumped = run(["journal", "dump", "--data", &data, "--from", "2"]).clean();
    assert_eq!(dumped.lines().next(), Some(&*line));
    let (note, proof) = (shown(&scratch.file("note", note)), shown(&scratch.file("proof", proof)));
    let said = run(["log", "verify", &proof, "--checkpoint", &note, "--verifier", verifier.trim()]).clean();
    assert!(
        said.contains(r#"{"id":2,"actor":0,"time":2,"command":{"RegisterAgent":{"name":"bob""#),
        "{said}"
    );
}

#[test]
fn a_journal_that_is_not_that_of_its_log_is_not_sound() {
    let scratch = Scratch::new();
    let (data, key) = four_agents(&scratch, "realm", "bob");
    run(["log", "key", &key, "--new", "example.com/four"]).clean();
    run(["log", "checkpoint", "--data", &data, "--key", &key]).clean();
    let said = run(["journal", "verify", "--data", &data]).clean();
    assert!(said.ends_with("its log: the first 4 records\n"), "{said}");
    // To look changes nothing, also where nothing says that the last batch is durable.
    let segment = "journal-00000000000000000001.segment";
    let bytes = fs::read(scratch.at("realm").join(segment)).unwrap();
    fs::write(scratch.at("realm").join(segment), &bytes[..bytes.len() - 512]).unwrap();
    assert_eq!(run(["journal", "verify", "--data", &data]).clean(), said);
    assert_eq!(fs::read(scratch.at("realm").join(segment)).unwrap(), bytes[..bytes.len() - 512]);
    let (other, _) = four_agents(&scratch, "other", "eve");
    let (kept, other) = (scratch.at("realm").join(segment), Path::new(&other).join(segment));
    let verify = || run(["journal", "verify", "--data", &data]).refused(1);
    fs::copy(other, &kept).unwrap();
    assert!(verify().contains("the first 4 records of the journal have the root"));
    // Emptied, and gone; by what was signed alone, too.
    for is_signed in [false, true] {
        if is_signed {
            fs::remove_file(scratch.at("realm/log/head")).unwrap();
        }
        fs::write(&kept, "").unwrap();
        let told = verify();
        assert!(told.contains("the journal has 0 records, fewer than the 4 of the log"), "{told}");
        fs::remove_file(&kept).unwrap();
        let told = verify();
        assert!(told.contains("the journal has 0 records, fewer than the 4 of the log"), "{told}");
    }
}

#[test]
fn a_signed_log_without_its_head_is_not_written_over() {
    let scratch = Scratch::new();
    let (data, key) = four_agents(&scratch, "realm", "bob");
    run(["log", "key", &key, "--new", "example.com/four"]).clean();
    let first = run(["log", "checkpoint", "--data", &data, "--key", &key]).clean();
    four_agents(&scratch, "other", "eve");
    let segment = "journal-00000000000000000001.segment";
    let kept = fs::read(scratch.at("realm").join(segment)).unwrap();
    fs::copy(scratch.at("other").join(segment), scratch.at("realm").join(segment)).unwrap();
    let (tile, head) = (scratch.at("realm/log/tile/0/000.p/4"), scratch.at("realm/log/head"));
    let before = fs::read(&tile).unwrap();
    fs::remove_file(&head).unwrap();
    for more in [&[][..], &["--key", &key]] {
        let told = run([&["log", "checkpoint", "--data", &data], more].concat()).refused(1);
        assert!(told.contains("the first 4 records of the journal have the root"), "{more:?}: {told}");
        assert!(fs::read(&tile).unwrap() == before && !head.exists(), "{more:?}: nothing was changed");
    }
    fs::write(scratch.at("realm").join(segment), kept).unwrap();
    assert_eq!(run(["log", "checkpoint", "--data", &data, "--key", &key]).clean(), first);
}

#[test]
fn a_signed_log_keeps_its_name() {
    let scratch = Scratch::new();
    let (data, key) = four_agents(&scratch, "realm", "bob");
    let other = shown(&scratch.at("other.key"));
    run(["log", "key", &key, "--new", "example.com/four"]).clean();
    run(["log", "key", &other, "--new", "example.com/five"]).clean();
    run(["log", "checkpoint", "--data", &data, "--key", &key]).clean();
    let head = fs::read(scratch.at("realm/log/head")).unwrap();
    for more in [&["--origin", "example.com/five"][..], &["--origin", "example.com/five", "--key", &other]] {
        let told = run([&["log", "checkpoint", "--data", &data], more].concat()).refused(2);
        assert!(told.contains("the log was signed as example.com/four, and keeps its name"), "{told}");
        assert!(fs::read(scratch.at("realm/log/head")).unwrap() == head, "{more:?}");
    }
}

#[test]
fn a_last_checkpoint_that_somebody_changed_is_not_signed_upon() {
    let scratch = Scratch::new();
    let (data, key) = four_agents(&scratch, "realm", "bob");
    run(["log", "key", &key, "--new", "example.com/four"]).clean();
    let first = run(["log", "checkpoint", "--data", &data, "--key", &key]).clean();
    // As of the empty tree, with which every log begins.
    let mut lines: Vec<&str> = first.lines().collect();
    (lines[1], lines[2]) = ("0", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    let changed = lines.join("\n") + "\n";
    fs::write(scratch.at("realm/log/checkpoint"), &changed).unwrap();
    let told = run(["log", "checkpoint", "--data", &data, "--key", &key]).refused(1);
    assert!(told.contains("is not over this text"), "{told}");
    assert_eq!(fs::read_to_string(scratch.at("realm/log/checkpoint")).unwrap(), changed);
}
