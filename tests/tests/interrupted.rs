//! Ctrl-C while pools and rounds of bundles are cleared.
#![cfg(target_os = "linux")]

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
    child
}

fn press(child: &Child) {
    let pid = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).stderr(Stdio::null()).status().expect("kill starts");
    assert!(sent.success(), "it still runs");
}

/// What was written when Ctrl-C was pressed once, which `verify` takes for what it is.
fn interrupted(round: &Path, options: &[&str]) -> Value {
    let scratch = Scratch::new();
    let outcome = scratch.at("outcome.json");
    let child = searching(round, options, &outcome);
    press(&child);
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
    let document = interrupted(&pool(&inputs), &CAPS);
    assert!(document["summary"]["transplants"].as_u64().unwrap() > 350, "{}", document["summary"]);
}

#[test]
fn ctrl_c_writes_what_was_found_of_a_round_of_bundles() {
    let scratch = Scratch::new();
    let round = scratch.at("round.json");
    let fixed = ["generate", "bundles", "--participants", "400", "--seed", "9", "--output"];
    run(fixed.map(Path::new).into_iter().chain([&*round])).clean();
    let document = interrupted(&round, &[]);
    assert_eq!(document["proof"]["status"], "bounded");
}

#[test]
fn a_second_ctrl_c_ends_the_program_and_leaves_nothing_half_written() {
    let (scratch, inputs) = (Scratch::new(), Scratch::new());
    let pool = pool(&inputs);
    let outcome = scratch.at("outcome.json");
    let mut child = searching(&pool, &CAPS, &outcome);
    press(&child);
    press(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let names = scratch.names();
    assert!(names.is_empty() || names == ["outcome.json"], "left behind: {names:?}");
}
