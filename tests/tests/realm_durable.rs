//! What the program says and keeps when the world is not kind: a run that was killed, a line that is too long, Ctrl-C, a full disk.

use std::path::{Path, PathBuf};

use bartizan_io::journal::Directory;
use bartizan_tests::program::{Scratch, run, run_with_input};
use bartizan_tests::workspace;

fn text(path: &Path) -> &str {
    path.to_str().expect("a scratch folder has a plain name")
}

const SEGMENT: &str = "journal-00000000000000000001.segment";

/// A realm of two batches, of 21 commands and of one, as a run leaves it that was killed after the last of them was written: nothing says that it was
/// synced.
fn killed(scratch: &Scratch) -> PathBuf {
    let data = scratch.at("realm");
    let apples = workspace().join("tests/realm/apples.jsonl");
    assert_eq!(run(["run", text(&apples), "--data", text(&data)]).status, Some(0));
    let line = br#"{"id":99,"command":{"RegisterAgent":{"name":"zoe"}}}"#;
    run_with_input(&["run", "-", "--data", text(&data)], line).clean();
    let segment = data.join(SEGMENT);
    let length = std::fs::metadata(&segment).expect("there is a journal").len();
    let file = std::fs::OpenOptions::new().write(true).open(segment).expect("it can be opened");
    file.set_len(length - 512).expect("it can be cut");
    data
}

fn length(data: &Path) -> u64 {
    std::fs::metadata(data.join(SEGMENT)).expect("there is a journal").len()
}

#[test]
fn a_checkpoint_after_a_killed_run_makes_durable_what_it_is_of() {
    let scratch = Scratch::new();
    let data = killed(&scratch);
    let before = length(&data);
    let checkpoint = || {
        let said = run(["log", "checkpoint", "--data", text(&data)]).clean();
        said.lines().nth(1).expect("the second line is the size").to_owned()
    };
    // Beside a run, which holds the lock, the batch is left out that nothing says to be durable.
    let lock = Directory::open(&data).expect("nobody has it");
    assert_eq!(checkpoint(), "21");
    assert_eq!(length(&data), before, "whoever writes is left alone");
    drop(lock);
    assert_eq!(checkpoint(), "22");
    assert_eq!(length(&data), before + 512, "a seal says that the last batch is durable");
    assert_eq!(checkpoint(), "22");
    assert_eq!(length(&data), before + 512, "what is settled stays as it is");
}

#[test]
fn a_snapshot_after_a_killed_run_makes_durable_what_it_is_of() {
    let scratch = Scratch::new();
    let data = killed(&scratch);
    let before = length(&data);
    let said = run(["snapshot", "--data", text(&data)]).clean();
    assert!(said.contains("the state after sequence 22"), "{said}");
    assert_eq!(length(&data), before + 512, "a seal says that the last batch is durable");
}

#[test]
fn a_journal_that_ends_before_a_snapshot_is_run_no_further() {
    let scratch = Scratch::new();
    let data = killed(&scratch);
    run(["snapshot", "--data", text(&data)]).clean();
    // Without the seal and the last batch, which is all that a power cut can take.
    let segment = data.join(SEGMENT);
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes.truncate(bytes.len() - 1024);
    std::fs::write(&segment, &bytes).unwrap();
    let refused = run(["run", "/dev/null", "--data", text(&data)]).refused(1);
    let told = "the journal ends here, and a snapshot is of sequence 22";
    assert!(refused.contains(told) && refused.contains("move the snapshots of later sequences"), "{refused}");
    assert!(run(["log", "checkpoint", "--data", text(&data)]).refused(1).contains(told));
    assert!(std::fs::read(&segment).unwrap() == bytes, "nothing has been changed");
    // What the message says, done.
    std::fs::rename(data.join("snapshot-00000000000000000022"), scratch.at("kept")).unwrap();
    run(["run", "/dev/null", "--data", text(&data)]).clean();
}
