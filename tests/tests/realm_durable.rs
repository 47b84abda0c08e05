//! What the program says and keeps when the world is not kind: a run that was killed, a line that is too long, Ctrl-C, a full disk.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bartizan_io::journal::Directory;
use bartizan_io::journal::layout::{Header, MOST_BODY, SECTOR, SnapshotHeader};
use bartizan_io::node::intake::MOST_LINE;
use bartizan_io::node::pipeline::GROUPS;
use bartizan_tests::program::{Scratch, command, run, run_with_input};
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

fn register(id: u64, name: &str) -> String {
    format!("{{\"id\":{id},\"command\":{{\"RegisterAgent\":{{\"name\":\"{name}\"}}}}}}\n")
}

fn number(told: &serde_json::Value, name: &str) -> u64 {
    told[name].as_u64().unwrap_or_else(|| panic!("{name} in {told}"))
}

/// The last line of what a run with `--json` prints; its numbers add up.
fn summary(out: &str) -> serde_json::Value {
    let told = out.lines().last().expect("there is a summary");
    let told: serde_json::Value = serde_json::from_str(told).expect("one JSON object");
    let parts = ["applied", "rejected", "repeated", "unanswered"].map(|part| number(&told, part));
    assert_eq!(number(&told, "commands"), parts.iter().sum::<u64>(), "{told}");
    told
}

fn state(data: &Path) -> serde_json::Value {
    let said = run(["state", "--data", text(data), "--json"]).clean();
    serde_json::from_str(&said).expect("one JSON object")
}

#[test]
fn a_command_that_is_too_long_is_refused_by_its_line_and_what_came_before_is_kept() {
    let scratch = Scratch::new();
    let name = |mib: usize| "x".repeat(mib << 20);
    // 13 MiB after 3.5 that wait fit, since a long command has a group of its own.
    let before: String = (1..=6).map(|id| register(id, &"y".repeat(600 << 10))).collect();
    let lines = before + &register(7, &name(13)) + &register(8, &name(17)) + &register(9, "ann");
    let file = scratch.file("long.jsonl", &lines);
    for (folder, from_pipe) in [("file", false), ("pipe", true)] {
        let data = scratch.at(folder);
        let said = if from_pipe {
            run_with_input(&["run", "-", "--json", "--data", text(&data)], lines.as_bytes())
        } else {
            run(["run", text(&file), "--json", "--data", text(&data)])
        };
        assert_eq!(said.status, Some(1), "{}", said.err);
        let told = said.err.lines().last().expect("it says why");
        assert!(told.contains("line 8, column 1: the command has 178258"), "{told}");
        assert!(told.ends_with("in the journal, where one has at most 16777204"), "{told}");
        assert_eq!(
            (number(&summary(&said.out), "commands"), number(&summary(&said.out), "sequence")),
            (7, 7)
        );
        assert_eq!(state(&data)["sequence"], 7);
    }
}

#[test]
fn a_line_that_is_too_long_is_refused_before_it_is_all_read() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let mut lines = register(1, "ann").into_bytes();
    lines.resize(lines.len() + MOST_LINE + (3 << 20), b' ');
    let said = run_with_input(&["run", "-", "--json", "--data", text(&data)], &lines);
    assert_eq!((said.status, number(&summary(&said.out), "sequence")), (Some(1), 1));
    assert!(said.err.contains("line 2, column 134217729: the line has 13"), "{}", said.err);
    assert!(said.err.contains("bytes or more, and at most 134217728 are read"), "{}", said.err);
    let schema = run(["schema"]).clean();
    for most in [MOST_LINE, MOST_BODY] {
        assert!(schema.contains(&most.to_string()), "the schema says {most}");
    }
}

/// Starts a run, has Ctrl-C pressed once `answers` came, and says how it ended.
#[cfg(unix)]
fn interrupted(arguments: &[&str], input: Option<&str>, answers: usize) -> (Option<i32>, String, String) {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    // Open until it has ended: it is not the end of the input that ends it.
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    stdin.write_all(input.unwrap_or_default().as_bytes()).expect("it reads its input");
    let mut out = String::new();
    let mut stdout = BufReader::new(child.stdout.take().expect("standard output is a pipe"));
    for _ in 0..answers {
        stdout.read_line(&mut out).expect("it answers");
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("kill can be started").success());
    stdout.read_to_string(&mut out).expect("it speaks UTF-8");
    let ended = child.wait_with_output().expect("it ends");
    (ended.status.code(), out, String::from_utf8_lossy(&ended.stderr).into_owned())
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_run_with_its_summary() {
    let scratch = Scratch::new();
    // A pipe from which nothing more comes.
    let data = scratch.at("pipe");
    let arguments = ["run", "-", "--answers", "--json", "--quiet", "--data", text(&data)];
    let lines = register(1, "ann") + &register(2, "bob") + r#"{"id":3,"command""#;
    let (status, out, err) = interrupted(&arguments, Some(&lines), 2);
    assert_eq!(status, Some(130), "{err}");
    assert!(err.contains("interrupted before line 3; what came before it is durable"), "{err}");
    let (told, known) = (summary(&out), state(&data));
    assert_eq!(number(&told, "applied"), 2);
    assert_eq!((&told["sequence"], &told["digest"]), (&known["sequence"], &known["digest"]));
    // A file, long before its end.
    let data = scratch.at("file");
    let file = scratch.file("many.jsonl", (1..=300_000).map(|id| register(id, "ann")).collect::<String>());
    let arguments =
        ["run", text(&file), "--answers", "--json", "--quiet", "--group", "4", "--data", text(&data)];
    let (status, out, err) = interrupted(&arguments, None, 40);
    assert_eq!(status, Some(130), "{err}");
    let (told, known) = (summary(&out), state(&data));
    assert_eq!((&told["sequence"], &told["digest"]), (&known["sequence"], &known["digest"]));
    let answered = number(&told, "applied") + number(&told, "rejected");
    assert!((40..300_000).contains(&answered), "{told}");
    assert_eq!(out.lines().count() as u64, answered + 1, "each command that was taken has its answer");
    assert!(err.contains(&format!("interrupted before line {}", answered + 1)), "{err}");
    run(["journal", "verify", "--data", text(&data)]).clean();
}

/// As on a full disk: a file may not grow beyond a limit.
#[cfg(unix)]
#[test]
fn a_disk_that_takes_no_more_ends_a_run_with_numbers_that_add_up() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let file =
        scratch.file("many.jsonl", (1..=4_000).map(|id| register(id, &format!("a{id}"))).collect::<String>());
    let limited = Command::new("sh")
        .args(["-c", r#"ulimit -f 200; exec "$0" "$@""#])
        .arg(bartizan_tests::program::path())
        .args(["run", text(&file), "--json", "--group", "64", "--snapshot-every", "0", "--data", text(&data)])
        .output()
        .expect("a shell can be started");
    let (out, err) = (String::from_utf8_lossy(&limited.stdout), String::from_utf8_lossy(&limited.stderr));
    assert_eq!(limited.status.code(), Some(1), "{err}");
    assert!(err.contains(SEGMENT) && err.contains("cannot write it"), "{err}");
    let told = summary(&out);
    let (sequence, unanswered) = (number(&told, "sequence"), number(&told, "unanswered"));
    let most = 64 * GROUPS as u64;
    assert!((1..=most).contains(&unanswered) && sequence > 64, "{told}");
    assert_eq!(sequence, number(&told, "applied"), "{told}");
    // What was answered is durable, and the rest can be sent again.
    let again = run(["run", text(&file), "--json", "--data", text(&data)]);
    let again = summary(&again.out);
    assert!(number(&again, "repeated") >= sequence, "{again}");
    assert_eq!((number(&again, "sequence"), number(&again, "unanswered")), (4_000, 0));
}

/// Whatever waits for an answer has it, and the journal says that all of it is durable, while the pipe is open and silent.
#[test]
fn a_silent_pipe_has_its_answer_and_the_journal_its_seal() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let mut child = command(["run", "-", "--answers", "--quiet", "--data", text(&data)])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    let mut stdout = BufReader::new(child.stdout.take().expect("standard output is a pipe"));
    let mut settled = Vec::new();
    for id in 1..=3 {
        stdin.write_all(register(id, "ann").as_bytes()).expect("it reads its input");
        let mut answer = String::new();
        stdout.read_line(&mut answer).expect("it answers");
        assert!(answer.contains(&format!("\"sequence\":{id}")), "{answer}");
        let is_settled = || {
            let storage = Directory::open_to_read(&data).expect("there is a realm");
            bartizan_io::journal::is_settled(&storage).is_ok_and(|is_settled| is_settled)
        };
        // The seal follows the answer.
        let seen = (0..1_000).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            is_settled()
        });
        settled.push(seen);
        assert!(child.try_wait().expect("it can be asked").is_none(), "the pipe is open, so it runs");
    }
    drop(stdin);
    assert!(child.wait().expect("it ends").success());
    assert_eq!(settled, [true; 3], "sealed while the pipe was open");
}

/// A snapshot vouches for nothing but itself: only who carries the commands out again sees that it is of another state.
#[test]
fn a_forged_snapshot_is_found_by_carrying_the_commands_out_again() {
    let scratch = Scratch::new();
    let (data, apples) = (scratch.at("realm"), workspace().join("tests/realm/apples.jsonl"));
    let often = ["--snapshot-every", "7", "--group", "3"];
    // A run makes one snapshot at a time, beside what it does; each of these two makes at least one.
    let whole = std::fs::read_to_string(&apples).expect("it can be read");
    let begun = scratch.at("begun.jsonl");
    let half: String = whole.split_inclusive('\n').take(12).collect();
    std::fs::write(&begun, half).expect("it can be written");
    for commands in [&begun, &apples] {
        run(["run", text(commands), "--data", text(&data)].iter().chain(&often));
    }
    let verify = ["journal", "verify", "--data", text(&data)];
    let sound = run(verify.iter().chain(&["--replay"])).clean();
    assert!(sound.ends_with("each snapshot is the state that the journal comes to\n"), "{sound}");
    let mut names: Vec<PathBuf> = (std::fs::read_dir(&data).expect("it is there"))
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("snapshot-")))
        .collect();
    names.sort();
    let [.., older, newer] = &names[..] else { panic!("two are kept: {names:?}") };
    let [older, mut forged] = [older, newer].map(|path| std::fs::read(path).expect("it can be read"));
    let Header::Whole(header) = SnapshotHeader::decode(&forged) else { panic!("it is whole") };
    let body = &older[SECTOR..];
    let (body_length, body_hash) = (body.len() as u64, *blake3::hash(body).as_bytes());
    let header = SnapshotHeader { body_length, body_hash, ..header }.encode();
    forged.splice(.., header.iter().chain(body).copied());
    std::fs::write(newer, forged).expect("it can be written");
    run(verify).clean();
    let told = run(verify.iter().chain(&["--replay"])).refused(1);
    assert!(told.contains("it is another state than that to which the journal comes at sequence"), "{told}");
    std::fs::remove_file(newer).expect("it can be removed");
    run(verify.iter().chain(&["--replay"])).clean();
}

#[test]
fn events_are_never_written_over_those_of_a_run_before() {
    let scratch = Scratch::new();
    let (data, events) = (scratch.at("realm"), scratch.at("events.jsonl"));
    let apples = workspace().join("tests/realm/apples.jsonl");
    let again = ["run", text(&apples), "--data", text(&data), "--events", text(&events)];
    assert_eq!(run(again).status, Some(0));
    let before = std::fs::read(&events).expect("they are written");
    let told = run(again).refused(1);
    assert!(told.contains("it is there already, and events go to a new file"), "{told}");
    assert!(!before.is_empty() && std::fs::read(&events).expect("they are there") == before);
}
