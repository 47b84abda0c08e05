//! The realm from outside, as its users start it: commands from a file and from a pipe, done once; the state at any sequence; snapshots; books that
//! outside programs add up, and refuse when they are off by one.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bartizan_tests::program::{Scratch, run, run_with_input};
use bartizan_tests::{not_judged, workspace};

fn apples() -> PathBuf {
    workspace().join("tests/realm/apples.jsonl")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a scratch folder has a plain name")
}

/// A realm in which the day of apples happened.
fn realm(scratch: &Scratch) -> PathBuf {
    let data = scratch.at("realm");
    let said = run([Path::new("run"), &apples(), Path::new("--data"), &data]);
    assert_eq!(said.status, Some(0), "{}", said.err);
    data
}

fn json(arguments: &[&str]) -> serde_json::Value {
    let said = run(arguments).clean();
    serde_json::from_str(&said).expect("one JSON object")
}

#[test]
fn commands_are_done_once() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let (file, data) = (apples(), text(&data).to_owned());
    let first = run(["run", text(&file), "--data", &data, "--json"]);
    let told: serde_json::Value = serde_json::from_str(&first.out).expect("one JSON object");
    assert_eq!((&told["applied"], &told["rejected"], &told["repeated"]), (&20.into(), &1.into(), &0.into()));
    assert_eq!(told["rejects"]["InsufficientFunds"], 1);
    let again = json(&["run", text(&file), "--data", &data, "--json"]);
    assert_eq!((&again["applied"], &again["repeated"]), (&0.into(), &21.into()));
    assert_eq!((&again["digest"], &again["sequence"]), (&told["digest"], &told["sequence"]));
    // The same bytes on any machine, in any build.
    assert_eq!(told["digest"], "9a7f2e6dc3103f2c5f797c3e13e537c9d3739b615720d70f8ba5ddc04271ec84");
}

#[test]
fn a_journal_shown_can_be_run_again() {
    let scratch = Scratch::new();
    let data = realm(&scratch);
    let shown = run(["journal", "dump", "--data", text(&data)]).clean();
    let again = scratch.at("again");
    let said = run_with_input(&["run", "-", "--data", text(&again), "--json"], shown.as_bytes());
    let told: serde_json::Value = serde_json::from_str(&said.out).expect("one JSON object");
    let first = json(&["state", "--data", text(&data), "--json"]);
    assert_eq!((&told["digest"], &told["sequence"]), (&first["digest"], &first["sequence"]));
    assert_eq!(run(["journal", "dump", "--data", text(&again)]).clean(), shown);
    let last = run(["journal", "dump", "--data", text(&data), "--from", "21"]).clean();
    assert_eq!(last.lines().count(), 1);
    assert!(shown.ends_with(&last), "{last}");
}

#[test]
fn a_journal_is_shown_from_the_sequence_that_is_named() {
    let scratch = Scratch::new();
    let data = realm(&scratch);
    let dump =
        |from: u64| run(["journal", "dump", "--hex", "--from", &from.to_string(), "--data", text(&data)]);
    for from in 1..=21 {
        let shown = dump(from).clean();
        assert!(shown.starts_with(&format!("{from} ")), "{from}: {shown}");
        assert_eq!(shown.lines().count() as u64, 22 - from);
    }
    for from in [22, 23] {
        let told = dump(from).refused(1);
        assert!(told.contains(&format!("sequence {from} is not in the journal, which ends at 21")), "{told}");
    }
    // The same sequence is that of `state --at`, whose last command is the one shown.
    let rejected = run(["state", "--at", "22", "--data", text(&data)]).refused(1);
    assert!(rejected.contains("22"), "{rejected}");
}

#[test]
fn the_state_shows_open_holds_and_rounds() {
    let scratch = Scratch::new();
    let data = realm(&scratch);
    let shown = run(["state", "--data", text(&data), "--at", "20"]).clean();
    let hold = "Hold 1: 1.00 hour of ann (9) for bob (10), until 1764144000000000000 ns";
    assert!(shown.lines().any(|line| line == hold), "{shown}");
    assert_eq!(
        json(&["state", "--data", text(&data), "--at", "20", "--json"])["holds"][0]["terms"]["amount"],
        100
    );
    assert!(!run(["state", "--data", text(&data)]).clean().contains("Hold"), "it was posted");
    let open = r#"{"id":99,"actor":3,"command":{"OpenRound":{"name":"tr\u001b[2Jade","objectives":["Items"],"money":2,"proposals_ns":9}}}"#;
    run_with_input(&["run", "-", "--data", text(&data)], open.as_bytes()).clean();
    let shown = run(["state", "--data", text(&data)]).clean();
    assert!(shown.contains("Round 1 tr\\u{1b}[2Jade: open, 0 offers"), "{shown}");
}

#[test]
fn events_are_written_over_no_file_that_counts() {
    let scratch = Scratch::new();
    let data = realm(&scratch);
    let journal = data.join("journal-00000000000000000001.segment");
    let before = std::fs::read(&journal).unwrap();
    let commands = scratch.file("commands.jsonl", r#"{"id":99,"command":{"AdvanceClock":{}}}"#);
    let to = |target: &Path| run(["run", text(&commands), "--data", text(&data), "--events", text(target)]);
    assert!(to(&journal).refused(2).contains("the realm's own directory"));
    assert!(to(&data.join("new")).refused(2).contains("the realm's own directory"));
    assert!(to(&commands).refused(2).contains("--events would write over a file that is read"));
    assert!(std::fs::read(&journal).unwrap() == before, "nothing was run");
}

#[test]
fn a_journal_shorter_than_its_signed_log_is_run_no_further() {
    let scratch = Scratch::new();
    let data = realm(&scratch);
    let key = scratch.at("realm.key");
    run(["log", "key", text(&key), "--new", "example.org/apples"]).clean();
    run(["log", "checkpoint", "--data", text(&data), "--key", text(&key)]).clean();
    std::fs::write(data.join("journal-00000000000000000001.segment"), "").unwrap();
    let said = run(["run", text(&apples()), "--data", text(&data)]).refused(1);
    assert!(said.contains("its log says 21 records, and the journal has 0"), "{said}");
}

#[test]
fn a_mistyped_field_of_a_choice_is_refused() {
    let scratch = Scratch::new();
    let lines = [
        r#"{"id":1,"command":{"NewOrder":{"market":1,"order":{"side":"Buy","order_qty":1,"ord_type":{"Limit":{"price":9,"stopp":1}}}}}}"#,
        r#"{"id":1,"command":{"SetMarketBands":{"market":1,"bands":{"low":1,"high":9,"hi":8}}}}"#,
        r#"{"id":1,"command":{"AmendMarket":{"market":1,"mechanism":{"FrequentCall":{"every":1000,"evry":1}}}}}"#,
    ];
    for (line, field) in lines.into_iter().zip(["stopp", "hi", "evry"]) {
        let said = run_with_input(&["run", "-", "--data", text(&scratch.at("realm"))], line.as_bytes());
        assert_eq!(said.status, Some(1));
        assert!(said.err.contains(&format!("unknown field `{field}`")), "{}", said.err);
    }
}

#[test]
fn a_malformed_line_is_told_by_its_place_and_what_came_before_is_kept() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let lines = "{\"id\":1,\"command\":{\"RegisterAgent\":{\"name\":\"ann\"}}}\n\
                 {\"id\":2,\"command\":{\"RegisterAgent\":{\"name\":\"bob\",\"colour\":1}}}\n";
    let said = run_with_input(&["run", "-", "--data", text(&data), "--json"], lines.as_bytes());
    assert_eq!(said.status, Some(1));
    assert!(
        said.err.contains("line 2, column") && said.err.contains("unknown field `colour`"),
        "{}",
        said.err
    );
    assert_eq!(json(&["state", "--data", text(&data), "--json"])["sequence"], 1);
}

#[test]
fn the_state_is_had_at_any_sequence_also_from_a_snapshot() {
    let scratch = Scratch::new();
    let data = realm(&scratch);
    let at = |sequence: &str| json(&["state", "--data", text(&data), "--at", sequence, "--json"]);
    let before: Vec<_> = ["0", "9", "18", "21"].map(at).into();
    assert_eq!(before[2]["accounts"][3]["balance"], "95", "ann sold five apples");
    run(["snapshot", "--data", text(&data)]).clean();
    let after: Vec<_> = ["0", "9", "18", "21"].map(at).into();
    assert_eq!(before, after);
    let said = run(["state", "--data", text(&data), "--at", "22"]).refused(1);
    assert!(said.contains("the log ends at 21"), "{said}");
}

#[test]
fn the_schema_is_one_and_knows_every_command() {
    let schema: serde_json::Value = serde_json::from_str(&run(["schema"]).clean()).expect("JSON");
    let commands = schema["$defs"]["Command"]["oneOf"].as_array().expect("alternatives");
    assert!(commands.len() > 30, "{} commands", commands.len());
}

/// What `program` says to books on its standard input; none if it is not installed.
fn judged(program: &str, install: &str, arguments: &[&str], books: &str) -> Option<bool> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else {
        not_judged(program, install);
        return None;
    };
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    // A program that refuses early does not read all of it.
    let _ = std::io::Write::write_all(&mut stdin, books.as_bytes());
    drop(stdin);
    Some(child.wait().expect("it ends").success())
}

#[test]
fn outside_programs_accept_the_books_and_refuse_them_off_by_one() {
    let scratch = Scratch::new();
    let data = realm(&scratch);
    for (format, program, install, arguments) in [
        ("hledger", "hledger", "Debian's `hledger`", &["-f", "-", "check", "--strict"][..]),
        ("ledger", "ledger", "Debian's `ledger`", &["-f", "-", "--strict", "--pedantic", "balance"]),
        ("beancount", "bean-check", "PyPI's `beancount`", &["/dev/stdin"]),
    ] {
        let books = run(["export", "--data", text(&data), "--format", format]).clean();
        let Some(accepted) = judged(program, install, arguments, &books) else { continue };
        assert!(accepted, "{program} refuses the books");
        // One unit in one posting, and one unit in one assertion.
        for (from, to) in [("-12.50 ", "-12.51 "), ("487.38 ", "487.39 ")] {
            let corrupted = books.replacen(from, to, 1);
            assert_ne!(corrupted, books, "{format} tells {from}");
            assert_eq!(
                judged(program, install, arguments, &corrupted),
                Some(false),
                "{program} takes {to} for {from}"
            );
        }
    }
}

#[test]
fn the_books_as_rows_and_lines_say_every_movement() {
    let scratch = Scratch::new();
    let data = realm(&scratch);
    let rows = run(["export", "--data", text(&data), "--format", "csv"]).clean();
    assert_eq!(
        rows.lines().next(),
        Some("sequence,time,command,actor,movement,debit,credit,asset,asset_name,amount")
    );
    assert!(
        rows.lines().any(|row| row == "18,1764057660000000000,NewOrder,2,Posted,7,8,2,euro,0.12"),
        "{rows}"
    );
    let lines = run(["export", "--data", text(&data), "--format", "jsonl"]).clean();
    let movements = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).expect("one JSON object");
        line["events"]
            .as_array()
            .expect("a list")
            .iter()
            .filter(|event| event.get("Posting").is_some())
            .count()
    };
    assert_eq!(lines.lines().map(movements).sum::<usize>(), rows.lines().count() - 1);
}

#[test]
fn a_checkpoint_proves_a_record_and_that_the_log_only_grew() {
    let scratch = Scratch::new();
    let data = realm(&scratch);
    let key = scratch.at("key");
    let verifier = run(["log", "key", text(&key), "--new", "example.org/apples"]).clean();
    let checkpoint = |name: &str| {
        scratch.file(name, run(["log", "checkpoint", "--data", text(&data), "--key", text(&key)]).clean())
    };
    let older = checkpoint("older");
    let proof = scratch.file("proof", run(["log", "inclusion", "18", "--data", text(&data)]).clean());
    let verify = |proof: &Path, arguments: &[&str]| {
        let first = ["log", "verify", text(proof), "--verifier", verifier.trim(), "--checkpoint"];
        run(first.iter().chain(arguments).copied())
    };
    verify(&proof, &[text(&older)]).clean();
    let more = b"{\"id\": 99, \"command\": {\"AdvanceClock\": {}}}\n";
    run_with_input(&["run", "-", "--data", text(&data)], more).clean();
    let newer = checkpoint("newer");
    let grew = run(["log", "consistency", "--from", "21", "--data", text(&data)]).clean();
    let grew = scratch.file("grew", grew);
    verify(&grew, &[text(&newer), "--older", text(&older)]).clean();
    assert_eq!(verify(&proof, &[text(&newer)]).status, Some(1), "a proof is for one size of the log");
}
