//! The program as a user meets it: what it prints where, how it ends, and what it leaves behind.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::Stdio;

use bartizan_tests::program::{Scratch, command, run, run_with_input};
use bartizan_tests::round_file;
use serde_json::Value;

/// Two who swap, a third who is left out.
const SWAP: &str = "(ann) A : B\n(bob) B : A\n(cy) C : A\n";

fn excerpt() -> String {
    round_file("onewant-excerpt.txt").display().to_string()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("it is JSON")
}

#[test]
fn a_cleared_round_ends_with_0_and_a_quiet_standard_error() {
    let summary = run(["clear", &excerpt()]).clean();
    assert!(summary.contains("49 of 67 (73.1%) traded"), "{summary}");
    assert!(summary.contains("optimal: nothing better exists"), "{summary}");
    assert!(!summary.contains('\x1b'), "colours in a pipe: {summary}");
    let again = run(["clear", &excerpt(), "--format", "summary"]).clean();
    let without_times = |text: &str| -> Vec<String> {
        text.lines().filter(|line| !line.starts_with("Took")).map(str::to_owned).collect()
    };
    assert_eq!(without_times(&again), without_times(&summary));
}

#[test]
fn quiet_prints_nothing_and_still_writes() {
    let scratch = Scratch::new();
    let (output, report) = (shown(&scratch.at("out.json")), shown(&scratch.at("out.html")));
    let said = run(["clear", &excerpt(), "--quiet", "--output", &output, "--report", &report]);
    assert_eq!(said.clean(), "");
    assert_eq!(scratch.names(), ["out.html", "out.json"]);
    assert_eq!(run(["verify", &excerpt(), &output, "--quiet"]).clean(), "");
}

#[test]
fn a_long_run_shows_no_progress_in_a_pipe() {
    let list = run(["generate", "mathtrade", "--items", "3000", "--dummies", "30"]).clean();
    assert!(
        !run_with_input(&["clear", "-", "--objective", "items,users"], list.as_bytes()).clean().is_empty()
    );
}

#[test]
fn the_trademaximizer_format_is_what_its_readers_expect() {
    let text = run(["clear", &excerpt(), "--format", "trademaximizer"]).clean();
    for part in
        ["Options: ALLOW-DUMMIES REQUIRE-COLONS REQUIRE-USERNAMES\n", "TRADE LOOPS (49 total trades):\n"]
    {
        assert!(text.contains(part), "{part:?} is missing in:\n{text}");
    }
    assert!(text.contains("\nITEM SUMMARY (49 total trades):\n"), "{text}");
    assert!(text.contains(" receives ") && text.contains("Num trades"), "{text}");
}

#[test]
fn the_json_keeps_its_contract() {
    let document =
        json(&run(["clear", &excerpt(), "--format", "json", "--objective", "items,users"]).clean());
    let summary = &document["summary"];
    let count = |name: &str| summary[name].as_u64().unwrap_or_else(|| panic!("summary.{name} is no number"));
    assert_eq!((count("items_traded"), count("users_trading")), (49, 39));
    assert_eq!(document["proof"]["status"], "optimal");
    assert!(document["proof"]["certificate"].is_object());
    let rings: Vec<&Vec<Value>> =
        document["rings"].as_array().unwrap().iter().filter_map(Value::as_array).collect();
    assert_eq!(count("rings"), rings.len() as u64);
    assert_eq!(count("largest_ring"), rings.iter().map(|ring| ring.len()).max().unwrap() as u64);
    assert_eq!(count("items_traded"), rings.iter().map(|ring| ring.len()).sum::<usize>() as u64);
    for ring in rings {
        for (place, member) in ring.iter().enumerate() {
            let next = &ring[(place + 1) % ring.len()];
            assert!(member["user"].is_string() && member["item"].is_string(), "{member}");
            assert_eq!(member["receives_user"], next["user"]);
            assert_eq!(member["receives_item"], next["item"]);
        }
    }
}

#[test]
fn the_printed_json_is_the_written_json() {
    let scratch = Scratch::new();
    let output = scratch.at("out.json");
    let printed = run(["clear", &excerpt(), "--format", "json", "--output", &shown(&output)]).clean();
    assert_eq!(std::fs::read_to_string(output).unwrap(), printed);
}

#[test]
fn objectives_are_taken_from_the_command_line() {
    let levels = |list: &str| -> Vec<(String, i64)> {
        let document = json(&run(["clear", &excerpt(), "--format", "json", "--objective", list]).clean());
        let level =
            |level: &Value| (level["name"].as_str().unwrap().to_owned(), level["value"].as_i64().unwrap());
        document["objectives"].as_array().unwrap().iter().map(level).collect()
    };
    assert_eq!(levels("items,users"), [("items".into(), 49), ("users".into(), 39)]);
    assert_eq!(levels("users"), [("users".into(), 39)]);
    assert_eq!(levels("items,favor=apparatus")[1].0, "favor");
    assert_eq!(levels("cost"), [("cost".into(), 0)]);
}

#[test]
fn wrong_usage_ends_with_2() {
    let file = excerpt();
    let cases: &[(&[&str], &str)] = &[
        (&[], "Usage"),
        (&["clear"], "<FILE>"),
        (&["tidy"], "unrecognized subcommand"),
        (&["clear", &file, "--colour"], "--colour"),
        (&["clear", &file, "--kind", "csv"], "expected one of: json, oz, trademaximizer"),
        (&["clear", &file, "--format", "csv"], "summary"),
        (&["clear", &file, "--threads", "0"], "--threads"),
        (&["clear", &file, "--seed", "-1"], "-1"),
        (&["clear", &file, "--objective", "fame"], "\"fame\" is not an objective; expected items, cost"),
        (&["clear", &file, "--objective", "items,"], "is not an objective"),
        (&["verify", &file], "<OUTCOME>"),
        (&["generate", "mathtrade"], "--items"),
        (&["generate", "mathtrade", "--items", "9", "--dummies", "101"], "101"),
    ];
    for (arguments, part) in cases {
        let told = run(*arguments).refused(2);
        assert!(told.contains(part), "{arguments:?}: {told}");
    }
}

#[test]
fn bad_input_ends_with_1_and_says_where() {
    let scratch = Scratch::new();
    let cases = [
        ("parenthesis.txt", "(ann) A : B\n(bob B : A\n", "line 2, column 1"),
        ("option.txt", "#! ALLOW-DUMMIES NO-SUCH-OPTION\n", "line 1, column 18"),
        ("shape.json", "{\"format\": 3}", "line 1, column 12"),
        ("field.json", "{\n \"colour\": 1}", "line 2, column"),
        ("cut.json", "{\"format\": \"bartizan-round\",", "line 1, column"),
    ];
    for (name, text, place) in cases {
        let path = shown(&scratch.file(name, text));
        let told = run(["clear", &path]).refused(1);
        let start = format!("bartizan: {path}: {place}");
        assert!(told.starts_with(&start), "{told:?} does not start with {start:?}");
        assert!(told.contains("expected"), "{told:?} does not say what was expected");
    }
}

#[test]
fn input_that_cannot_be_read_ends_with_1_and_names_the_file() {
    let scratch = Scratch::new();
    let (folder, absent) = (shown(&scratch.at(".")), shown(&scratch.at("absent.txt")));
    for (arguments, name) in [
        (["clear", &folder, "-q"], &folder),
        (["clear", &absent, "-q"], &absent),
        (["verify", &absent, &absent], &absent),
        (["verify", &excerpt(), &absent], &absent),
    ] {
        let told = run(arguments).refused(1);
        assert!(told.starts_with(&format!("bartizan: {name}: ")), "{told}");
    }
}

#[test]
fn an_unknown_favourite_ends_with_1_and_is_named() {
    let told = run(["clear", &excerpt(), "--objective", "items,favor=Nobody Here"]).refused(1);
    assert!(told.contains("\"Nobody Here\""), "{told}");
}

#[test]
fn standard_input_is_a_file_like_others() {
    let from_input = run_with_input(&["clear", "-", "--format", "json"], SWAP.as_bytes()).clean();
    let scratch = Scratch::new();
    let file = shown(&scratch.file("swap.txt", SWAP));
    assert_eq!(from_input, run(["clear", &file, "--format", "json"]).clean());
    let told = run_with_input(&["clear", "-"], b"(ann A : B").refused(1);
    assert!(told.starts_with("bartizan: -: line 1, column 1: "), "{told}");
    let empty = run_with_input(&["clear", "-", "--format", "json"], b"");
    assert!(
        empty.refused(1).starts_with("bartizan: -: line 1, column 1: nothing is in it; expected want lists")
    );
}

#[test]
fn a_generated_trade_is_cleared_and_verified() {
    let list = run(["generate", "mathtrade", "--items", "300", "--dummies", "20", "--priorities"]).clean();
    assert_eq!(
        list,
        run(["generate", "mathtrade", "--items", "300", "--dummies", "20", "--priorities"]).clean()
    );
    let scratch = Scratch::new();
    let (file, output) = (shown(&scratch.file("list.txt", &list)), shown(&scratch.at("out.json")));
    let piped = run_with_input(&["clear", "-", "--quiet", "--output", &output], list.as_bytes());
    assert_eq!(piped.clean(), "");
    let verified = run(["verify", &file, &output]).clean();
    assert!(verified.contains("proven: no outcome is better"), "{verified}");
}

#[test]
fn output_that_cannot_be_written_leaves_nothing() {
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.at("taken")).unwrap();
    scratch.file("file", "not a folder");
    for name in ["taken", "absent/out.json", "file/out.json"] {
        for option in ["--output", "--report"] {
            let path = shown(&scratch.at(name));
            let told = run(["clear", &excerpt(), option, &path]).refused(1);
            assert!(told.starts_with(&format!("bartizan: {path}: cannot write: ")), "{told}");
            assert_eq!(scratch.names(), ["file", "taken"], "after {option} {name}");
        }
    }
    assert_eq!(std::fs::read_dir(scratch.at("taken")).unwrap().count(), 0);
}

#[test]
fn an_existing_output_survives_a_failed_run() {
    let scratch = Scratch::new();
    let output = scratch.file("out.json", "what was there before");
    let bad = shown(&scratch.file("bad.txt", "(ann A : B\n"));
    run(["clear", &bad, "--output", &shown(&output)]).refused(1);
    run(["clear", &excerpt(), "--objective", "fame", "--output", &shown(&output)]).refused(2);
    assert_eq!(std::fs::read_to_string(&output).unwrap(), "what was there before");
    assert_eq!(scratch.names(), ["bad.txt", "out.json"]);
    run(["clear", &excerpt(), "--quiet", "--output", &shown(&output)]).clean();
    assert_eq!(json(&std::fs::read_to_string(&output).unwrap())["format"], "bartizan-outcome");
}

/// As in `bartizan generate ... | head -1`.
#[test]
fn a_reader_that_goes_away_causes_no_panic() {
    let scratch = Scratch::new();
    let list = run(["generate", "mathtrade", "--items", "20000"]).clean();
    let file = shown(&scratch.file("list.txt", list));
    let commands: [&[&str]; 3] = [
        &["generate", "mathtrade", "--items", "20000"],
        &["clear", &file, "--format", "json", "--ring-steps", "0"],
        &["clear", &file, "--format", "trademaximizer", "--ring-steps", "0"],
    ];
    for arguments in commands {
        let mut child = command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let mut told = String::new();
        child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        assert!(!line.is_empty());
        assert_eq!((child.wait().unwrap().code(), &*told), (Some(141), ""), "{arguments:?}");
    }
}

/// The user presses control-C while the outcome is being written, the worst moment.
#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_no_partial_output() {
    let scratch = Scratch::new();
    let inputs = Scratch::new();
    let list = run(["generate", "mathtrade", "--items", "30000"]).clean();
    let file = shown(&inputs.file("list.txt", list));
    let output = shown(&scratch.at("out.json"));
    let arguments = ["clear", &file, "--quiet", "--ring-steps", "0", "--output", &output];
    let mut child = command(arguments).spawn().unwrap();
    while scratch.names().is_empty() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    let pid = child.id().to_string();
    // It may have ended by itself meanwhile; then there is nothing to interrupt.
    let _ = std::process::Command::new("kill").args(["-INT", &pid]).stderr(Stdio::null()).status();
    child.wait().unwrap();
    let names = scratch.names();
    assert!(names.is_empty() || names == ["out.json"], "left behind: {names:?}");
    if let Ok(text) = std::fs::read_to_string(output) {
        assert_eq!(json(&text)["format"], "bartizan-outcome");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_with_1() {
    for format in ["summary", "json", "trademaximizer"] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut clear = command(["clear", &excerpt(), "--format", format]);
        let told = clear.stdout(full).output().unwrap();
        assert_eq!(told.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&told.stderr).starts_with("bartizan: cannot write: "), "{told:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_standard_error_that_cannot_be_written_changes_no_exit_status() {
    let scratch = Scratch::new();
    let (missing, empty) = (shown(&scratch.at("missing")), shown(&scratch.file("empty.txt", "")));
    for (arguments, status) in [
        (vec!["replay", &missing], 1),
        (vec!["clear", &missing], 1),
        (vec!["no-such-command"], 2),
        (vec!["generate", "mathtrade", "--items", "30", "--stats"], 0),
        (vec!["clear", &empty, "--kind", "trademaximizer", "--timing"], 0),
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut program = command(&arguments);
        let told = program.stdout(Stdio::null()).stderr(full).output().unwrap();
        assert_eq!(told.status.code(), Some(status), "{arguments:?}");
    }
}

#[test]
fn the_page_loads_nothing_from_elsewhere() {
    let scratch = Scratch::new();
    let report = scratch.at("out.html");
    run(["clear", &excerpt(), "--quiet", "--report", &shown(&report)]).clean();
    let page = std::fs::read_to_string(report).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") || page.starts_with("<!doctype html>"));
    assert_eq!(loads(&page), Vec::<&str>::new());
    assert!(page.contains("0284-AQUAD"), "it shows the items");
}

#[test]
fn loads_are_found() {
    let harmless =
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><a href=\"#ring-1\">1</a><p>see https://x.example</p>";
    assert_eq!(loads(harmless), Vec::<&str>::new());
    for harmful in [
        "<img src=\"https://x.example/a.png\">",
        "<a HREF='http://x.example'>",
        "<img src=//x.example/a.png>",
        "<img src=\"a.png\">",
        "<style>p{background:url(https://x.example)}</style>",
        "<style>@import 'x.css'</style>",
        "<script src=\"x.js\"></script>",
        "<link rel=stylesheet href=x.css>",
    ] {
        assert!(!loads(harmful).is_empty(), "{harmful}");
    }
}

/// The places of a page that make a browser ask for something that is not in it.
fn loads(page: &str) -> Vec<&str> {
    let lower = page.to_ascii_lowercase();
    let mut found = Vec::new();
    for mark in [" src=", " href=", "url(", "@import", "<link", "<script src", " srcset=", "<iframe", "<base"]
    {
        for (at, _) in lower.match_indices(mark) {
            let value = lower[at + mark.len()..].trim_start_matches(['"', '\'']);
            let points_inside = matches!(mark, " src=" | " href=" | "url(") && inside(value);
            if !points_inside {
                let end = (at..page.len()).rev().find(|&end| end <= at + 60 && page.is_char_boundary(end));
                found.push(&page[at..end.unwrap_or(at)]);
            }
        }
    }
    found
}

fn inside(value: &str) -> bool {
    value.starts_with('#') || value.starts_with("data:")
}

/// Sums of prices and costs near their limits once left 64 bits in branch and bound.
#[test]
fn large_prices_and_costs_are_cleared_and_proven() {
    let scratch = Scratch::new();
    for name in ["large-prices.json", "large-costs.json"] {
        let (round, outcome) = (shown(&round_file(name)), shown(&scratch.at(name)));
        run(["clear", &round, "--quiet", "--output", &outcome]).clean();
        run(["verify", &round, &outcome, "--quiet"]).clean();
    }
}

#[test]
fn nobody_pays_more_than_offered() {
    let round = r#"{"format": "bartizan-round", "version": 1, "users": [{"name": "a"}, {"name": "b"}], "items": [
        {"name": "$30", "user": "a", "bid": 30, "wants": ["lamp"]},
        {"name": "lamp", "user": "b", "wants": [{"item": "$30", "price": 31}]}]}"#;
    let told = run_with_input(&["clear", "-"], round.as_bytes()).refused(1);
    assert!(told.contains("lamp asks more of $30 than it offers"), "{told}");
}
