//! Ctrl-C, or SIGTERM, while something is read, cleared, compared or written.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use bartizan_tests::program::{Scratch, command, run};
use serde_json::Value;

/// Starts to clear a round into `outcome`, and returns once a search is on that Ctrl-C would end.
fn searching(round: &Path, options: &[&str], outcome: &Path) -> Child {
    let fixed = [Path::new("clear"), round, Path::new("--output"), outcome];
    let arguments = fixed.into_iter().chain(options.iter().map(Path::new));
    let mut child =
        command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    until_it_listens(&mut child);
    child
}

/// Waits until Ctrl-C would end what a program does, which then heeds SIGTERM too.
fn until_it_listens(child: &mut Child) {
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    // The system tells which signals are caught, as bits.
    let is_caught = || {
        let status = std::fs::read_to_string(&status).expect("it has not been waited for");
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        u64::from_str_radix(caught.expect("it runs").trim(), 16).expect("bits") & (1 << (2 - 1)) != 0
    };
    while !is_caught() {
        assert!(child.try_wait().expect("it is ours").is_none(), "it ended without a search");
        std::thread::yield_now();
    }
}

fn press(child: &Child) {
    send(child, "-INT");
}

fn send(child: &Child, signal: &str) {
    let pid = child.id().to_string();
    let sent = Command::new("kill").args([signal, &pid]).stderr(Stdio::null()).status().expect("kill starts");
    assert!(sent.success(), "it still runs");
}

/// What was written when the signal came once, and so much work was done, which `verify` takes for what it is.
fn interrupted(round: &Path, options: &[&str], signal: &str, ticks: u64) -> Value {
    let scratch = Scratch::new();
    let outcome = scratch.at("outcome.json");
    let child = searching(round, options, &outcome);
    until_it_has_worked(&child, ticks);
    send(&child, signal);
    let said = child.wait_with_output().expect("it is ours");
    let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert_eq!(said.status.code(), Some(130), "{out}{err}");
    assert!(out.contains("; a larger --budget can prove more"), "{out}");
    assert_eq!(err, "bartizan: interrupted: the outcome is what was found until then\n");
    let verify = [Path::new("verify"), round, &outcome, Path::new("--quiet")];
    let told = run(verify).refused(1);
    assert!(told.contains("not proven optimal"), "{told}");
    assert_eq!(scratch.names(), ["outcome.json"]);
    serde_json::from_str(&std::fs::read_to_string(outcome).expect("it was written")).expect("it is JSON")
}

/// Waits until the program has used so many hundredths of a second of a processor, however long that takes.
fn until_it_has_worked(child: &Child, ticks: u64) {
    let stat = format!("/proc/{}/stat", child.id());
    let used = || {
        let stat = std::fs::read_to_string(&stat).expect("it runs");
        let (_, fields) = stat.rsplit_once(") ").expect("a name in brackets");
        // Behind the name: the twelfth, and the thirteenth for the system.
        fields.split(' ').skip(11).take(2).map(|field| field.parse::<u64>().expect("ticks")).sum::<u64>()
    };
    while used() < ticks {
        std::thread::yield_now();
    }
}

fn pool(scratch: &Scratch) -> PathBuf {
    let pool = scratch.at("pool.wmd");
    let fixed = ["generate", "kidney", "--pairs", "700", "--altruists", "35", "--seed", "1", "--output"];
    run(fixed.map(Path::new).into_iter().chain([&*pool])).clean();
    pool
}

const CAPS: [&str; 4] = ["--max-ring", "3", "--max-chain", "6"];

#[test]
fn ctrl_c_writes_what_was_found_of_a_pool() {
    let inputs = Scratch::new();
    let pool = pool(&inputs);
    for signal in ["-INT", "-TERM"] {
        let document = interrupted(&pool, &CAPS, signal, 0);
        assert!(document["summary"]["transplants"].as_u64().unwrap() > 350, "{}", document["summary"]);
    }
}

#[test]
fn ctrl_c_writes_what_was_found_of_a_round_of_bundles() {
    let scratch = Scratch::new();
    let round = scratch.at("round.json");
    let fixed = ["generate", "bundles", "--participants", "400", "--seed", "9", "--output"];
    run(fixed.map(Path::new).into_iter().chain([&*round])).clean();
    // The first relaxation takes longer, and exchanges are carried out before it.
    let document = interrupted(&round, &[], "-INT", 50);
    assert_eq!(document["proof"]["status"], "bounded");
    assert!(!document["exchanges"].as_array().unwrap().is_empty(), "something was found");
}

/// Of mechanisms compared those are written that are done; here the first tries far too many lists, so that none is.
#[test]
fn a_comparison_that_is_interrupted_says_so_and_writes_nothing_by_halves() {
    let scratch = Scratch::new();
    let round = scratch.at("round.txt");
    let fixed = ["generate", "mathtrade", "--items", "2000", "--output"];
    run(fixed.map(Path::new).into_iter().chain([&*round])).clean();
    let outcome = scratch.at("compared.json");
    let fixed = ["compare", "--tries", "1000000000", "--mechanisms", "ttc", "--output"].map(Path::new);
    let mut child = command(fixed.into_iter().chain([&*outcome, &round]))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    until_it_listens(&mut child);
    send(&child, "-TERM");
    let said = child.wait_with_output().expect("it is ours");
    let told = String::from_utf8_lossy(&said.stderr);
    assert_eq!((said.status.code(), &*said.stdout), (Some(130), &b""[..]), "{told}");
    assert_eq!(told, "bartizan: interrupted before any was compared; nothing is written\n");
    assert_eq!(scratch.names(), ["round.txt"]);
}

/// A pipe with a name, which whoever writes to it waits at until somebody reads.
fn pipe(scratch: &Scratch) -> PathBuf {
    let pipe = scratch.at("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo starts").success());
    pipe
}

/// Waits until the program waits for something itself, as at a pipe that nobody reads.
fn until_it_waits(child: &mut Child) {
    let stat = format!("/proc/{}/stat", child.id());
    // Behind the name, in brackets, stands what the first thread does: S is to sleep.
    let sleeps = || std::fs::read_to_string(&stat).expect("it runs").rsplit_once(") S ").is_some();
    while !sleeps() {
        assert!(child.try_wait().expect("it is ours").is_none(), "it ended");
        std::thread::yield_now();
    }
}

/// The first one ends the search. What was found then goes to a pipe that nobody reads, so that only a second one ends the program.
#[test]
fn a_second_ctrl_c_ends_the_program_at_once() {
    let inputs = Scratch::new();
    let (pool, pipe) = (pool(&inputs), pipe(&inputs));
    let mut child = searching(&pool, &CAPS, &pipe);
    press(&child);
    until_it_waits(&mut child);
    press(&child);
    let said = child.wait_with_output().expect("it is ours");
    assert_eq!(said.status.code(), Some(130));
    assert_eq!(
        (&*said.stdout, &*said.stderr),
        (&b""[..], &b"bartizan: interrupted\n"[..]),
        "the first one alone would tell the outcome"
    );
}

#[test]
fn ctrl_c_between_two_files_tells_which_is_written() {
    let scratch = Scratch::new();
    let round = scratch.file("round.txt", "(a) A : B\n(b) B : A\n");
    let (outcome, pipe) = (scratch.at("outcome.json"), pipe(&scratch));
    let arguments = ["clear", "--max-ring", "2", "--output"].map(Path::new).into_iter();
    let arguments = arguments.chain([&*outcome, Path::new("--report"), &pipe, &round]);
    let mut child =
        command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    while !outcome.exists() {
        assert!(child.try_wait().expect("it is ours").is_none(), "it ended without an outcome");
        std::thread::yield_now();
    }
    until_it_waits(&mut child);
    press(&child);
    let said = child.wait_with_output().expect("it is ours");
    let told = String::from_utf8_lossy(&said.stderr);
    assert_eq!((said.status.code(), &*said.stdout), (Some(130), &b""[..]), "{told}");
    assert_eq!(told, format!("bartizan: interrupted: {} is written\n", outcome.display()));
    run([Path::new("verify"), &round, &outcome, Path::new("--quiet")]).clean();
}

/// What is left on the line of a terminal after `text`.
fn shown(text: &str) -> String {
    let mut line = String::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("\x1b[2K") {
            line.clear();
            rest = after;
            continue;
        }
        match letter {
            '\r' => {}
            '\n' => line.clear(),
            _ => line.push(letter),
        }
        rest = &rest[letter.len_utf8()..];
    }
    line
}

/// On a terminal, while it reads what is typed there.
#[test]
fn ctrl_c_while_a_file_is_read_leaves_no_line_of_progress() {
    let line = format!("'{}' clear -", bartizan_tests::program::path().display());
    let mut child = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script, of util-linux, starts");
    let mut out = child.stdout.take().expect("it is a pipe");
    let mut stdin = child.stdin.take().expect("it is a pipe");
    let (mut seen, mut some) = (Vec::new(), [0; 1024]);
    while !String::from_utf8_lossy(&seen).contains("reading") {
        let count = out.read(&mut some).expect("it can be read");
        assert!(count > 0, "it ended: {}", String::from_utf8_lossy(&seen));
        seen.extend_from_slice(&some[..count]);
    }
    // The terminal makes a signal of it.
    stdin.write_all(b"\x03").expect("it runs");
    out.read_to_end(&mut seen).expect("it can be read");
    let seen = String::from_utf8_lossy(&seen);
    assert_eq!(child.wait().expect("it is ours").code(), Some(130), "{seen:?}");
    assert!(!shown(&seen).contains("reading"), "{seen:?}");
}
