//! A realm's round on its way to a solver and back, from outside: `bartizan round` with `clear` and `run` around it, and a solver of somebody else's
//! that knows nothing but the two documents.

use std::path::{Path, PathBuf};

use bartizan_tests::program::{Said, Scratch, run, run_with_input};
use bartizan_tests::workspace;
use serde_json::{Value, json};

/// The agents of `fair.jsonl`.
const ANN: &str = "1";
const SOL: &str = "6";
const SUE: &str = "7";

/// What another solver might say that found one ring and has no proof: ann's bicycle goes to cat, whose telescope goes to bob, whose guitar goes to ann.
const BARE: &str = r#"{"format": "bartizan-outcome", "version": 1, "rings": [[
    {"user": "1", "item": "1", "receives_user": "2", "receives_item": "2"},
    {"user": "2", "item": "2", "receives_user": "3", "receives_item": "4"},
    {"user": "3", "item": "4", "receives_user": "1", "receives_item": "1"}]]}"#;

/// A realm with the closed round of `fair.jsonl`, and what solvers make of it.
struct Fair {
    scratch: Scratch,
    data: String,
    round: PathBuf,
    outcome: PathBuf,
}

impl Fair {
    fn closed() -> Self {
        let scratch = Scratch::new();
        let data = scratch.at("fair").display().to_string();
        let file = workspace().join("tests/realm/fair.jsonl");
        let said = run([Path::new("run"), &file, Path::new("--data"), Path::new(&data)]).clean();
        assert!(said.contains("Rejected  0"), "{said}");
        let (round, outcome) = (scratch.at("round.json"), scratch.at("outcome.json"));
        Fair { scratch, data, round, outcome }
    }

    /// The same, exported and cleared.
    fn cleared() -> Self {
        let fair = Fair::closed();
        fair.round_command(&["export", "--output", text(&fair.round)]).clean();
        run(["clear", text(&fair.round), "--output", text(&fair.outcome), "--quiet"]).clean();
        fair
    }

    fn round_command(&self, arguments: &[&str]) -> Said {
        run(["round"].iter().chain(arguments).chain(&["--data", &self.data, "--round", "1"]))
    }

    fn propose(&self, outcome: &Path, actor: &str, id: &str, more: &[&str]) -> Said {
        let first = ["propose", text(outcome), "--actor", actor, "--id", id];
        self.round_command(&first.iter().chain(more).copied().collect::<Vec<_>>())
    }

    /// Sends lines to the realm, and tells the reject of each that was refused.
    fn send(&self, lines: &str) -> Vec<String> {
        let said = run_with_input(&["run", "-", "--data", &self.data, "--json"], lines.as_bytes()).clean();
        let told: Value = serde_json::from_str(&said).expect("one JSON object");
        told["rejects"].as_object().expect("rejects by name").keys().cloned().collect()
    }

    /// The cleared outcome with something in it changed.
    fn tampered(&self, from: &str, to: &str) -> PathBuf {
        let sound = std::fs::read_to_string(&self.outcome).expect("it was written");
        let tampered = sound.replacen(from, to, 1);
        assert_ne!(sound, tampered, "{from} is in it");
        self.scratch.file("tampered.json", tampered)
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a scratch folder has a plain name")
}

#[test]
fn a_round_goes_to_a_solver_and_comes_back_settled() {
    let fair = Fair::cleared();
    let listed = run(["round", "list", "--data", &fair.data]).clean();
    assert!(
        listed.contains("1  fair  5 olga          5  -              closed, takes proposals until"),
        "{listed}"
    );
    let shown = fair.round_command(&["show"]).clean();
    for line in [
        "organised by 5 olga, cleared for items, then cost",
        "    3  2 bob  3.00 hour of lessons  45.00 euro",
        "    5  4 dan  up to 50.00 euro      1 bicycle, or 1 guitar (cost 2), or 2.00 hour of lessons (cost 3)",
    ] {
        assert!(shown.lines().any(|told| told == line), "{shown}");
    }
    assert_eq!(fair.round_command(&["export"]).clean(), std::fs::read_to_string(&fair.round).unwrap());

    run(["verify", text(&fair.round), text(&fair.outcome)]).clean();
    let line = fair.propose(&fair.outcome, SOL, "1", &[]).clean();
    let solved = fair.round_command(&["solve", "--actor", SOL, "--id", "1"]).clean();
    assert_eq!(line, solved, "the same in one step");
    assert!(fair.send(&line).is_empty());
    let shown = fair.round_command(&["show"]).clean();
    for line in [
        "best proposal, of 6 sol:",
        "  items 5, proven",
        "  cost 7, proven",
        "  1 ann gets 1 guitar from 2 bob",
        "  2 bob gets 45.00 euro from 4 dan",
        "  4 dan gets 3.00 hour of lessons from 2 bob",
    ] {
        assert!(shown.lines().any(|told| told == line), "{line} in {shown}");
    }

    let settle = r#"{"id": 2, "actor": 6, "command": {"SettleRound": {"round": 1}}}"#;
    assert!(fair.send(settle).is_empty());
    let state = run(["state", "--data", &fair.data]).clean();
    assert!(state.contains("Round 1 fair: settled"), "{state}");
    let has = |owner: &str, asset: &str, balance: &str| {
        let row = |line: &&str| line.contains(&format!(" {owner} ")) && line.contains(&format!(" {asset} "));
        let found = state.lines().find(row).unwrap_or_default();
        assert!(found.split_whitespace().any(|cell| cell == balance), "{owner}, {asset}: {found}");
    };
    has("ann", "guitar", "1");
    has("bob", "telescope", "1");
    has("cat", "bicycle", "1");
    has("bob", "euro", "45.00");
    has("dan", "euro", "55.00");
    has("dan", "hour of lessons", "3.00");

    // It has ended: what it was is had from the log, and the outcome is still that of the round.
    let refused = fair.round_command(&["export"]).refused(1);
    assert!(refused.contains("round 1 has ended") && refused.contains("--at SEQUENCE"), "{refused}");
    let before = fair.round_command(&["export", "--at", "28"]).clean();
    assert_eq!(before, std::fs::read_to_string(&fair.round).unwrap());
}

#[test]
fn solvers_compete_and_the_better_outcome_stands() {
    let fair = Fair::cleared();
    let bare = fair.scratch.file("bare.json", BARE);
    let sues = fair.propose(&bare, SUE, "1", &[]).clean();
    let told: Value = serde_json::from_str(&sues).unwrap();
    let levels = &told["command"]["ProposeSettlement"]["levels"];
    assert_eq!((&levels[0]["value"], &levels[0]["bound"]), (&json!(3), &json!(5)), "{levels}");
    assert!(fair.send(&sues).is_empty());
    let listed = run(["round", "list", "--data", &fair.data]).clean();
    assert!(listed.contains("7 sue, not proven"), "{listed}");
    let settle = r#"{"id": 20, "actor": 5, "command": {"SettleRound": {"round": 1}}}"#;
    assert_eq!(fair.send(settle), ["TooEarly"], "a better one may come");

    let again = fair.propose(&bare, SOL, "1", &[]).refused(1);
    assert!(again.contains("the realm would refuse it: 102 ProposalNotBetter"), "{again}");
    let sols = fair.propose(&fair.outcome, SOL, "2", &[]).clean();
    assert!(fair.send(&sols).is_empty());
    assert_eq!(fair.send(&sues.replace("\"id\":1", "\"id\":2")), ["ProposalNotBetter"]);
    assert!(fair.send(&settle.replace("20", "21")).is_empty());
    let settled = fair.round_command(&["show"]).clean();
    assert!(settled.contains("Round 1 fair: settled"), "{settled}");
}

#[test]
fn a_tampered_outcome_is_refused_by_name_before_it_is_sent() {
    let fair = Fair::cleared();
    for (from, to, told) in [
        ("\"value\": 5, \"bound\": 5", "\"value\": 6, \"bound\": 6", "100 ProposalInvalid"),
        (
            "\"value\": 5, \"bound\": 5",
            "\"value\": 6, \"bound\": 6",
            "it claims 6 for items, but its rings reach 5",
        ),
        ("\"value\": 7, \"bound\": 7", "\"value\": 7, \"bound\": 6", "101 ProposalNotProven"),
        ("[3,2,0,2,3]", "[3,2,9,2,3]", "101 ProposalNotProven"),
        ("[3,2,0,2,3]", "[3,2,0,2]", "101 ProposalNotProven"),
        (
            "{\"name\": \"cost\", \"value\": 7, \"bound\": 7",
            "{\"name\": \"users\", \"value\": 4, \"bound\": 4",
            "other objectives than the round",
        ),
        ("\"price\": 4500", "\"price\": 1", "3 has the price 1, but the want asks 4500"),
        ("\"total_cost\": 7", "\"total_cost\": 6", "its summary does not agree with its rings"),
        (
            "\"receives_item\": \"2\"",
            "\"receives_item\": \"9\"",
            "1 receives what the next member does not give",
        ),
    ] {
        let refused = fair.propose(&fair.tampered(from, to), SOL, "1", &[]).refused(1);
        assert!(refused.contains(told), "{to}: {refused}");
    }
    // A ring along a want that nobody has.
    let swapped = BARE
        .replace("\"2\", \"item\": \"2\"", "\"2\", \"item\": \"3\"")
        .replace("\"receives_item\": \"2\"", "\"receives_item\": \"3\"");
    let swapped = fair.scratch.file("swapped.json", swapped);
    let refused = fair.propose(&swapped, SOL, "1", &[]).refused(1);
    assert!(refused.contains("100 ProposalInvalid") && refused.contains("(1) 1 receives (2) 3"), "{refused}");
}

#[test]
fn a_tampered_proposal_is_refused_by_the_realm() {
    let fair = Fair::cleared();
    let line = fair.propose(&fair.outcome, SOL, "1", &[]).clean();
    for (id, (from, to, reject)) in (10..).zip([
        ("\"takes\":[1,3,4,0,2]", "\"takes\":[1,3,2,0,4]", "ProposalInvalid"),
        ("\"value\":5", "\"value\":4", "ProposalInvalid"),
        ("[3,2,0,2,3]", "[3,2,9,2,3]", "ProposalNotProven"),
        ("\"actor\":6", "\"actor\":1", "NotAllowed"),
    ]) {
        let tampered = line.replacen(from, to, 1).replacen("\"id\":1", &format!("\"id\":{id}"), 1);
        assert_eq!(fair.send(&tampered), [reject], "{to}");
    }
    assert!(fair.send(&line).is_empty(), "the untampered one is taken");
}

#[test]
fn what_the_realm_would_refuse_for_other_reasons_is_told_too() {
    let fair = Fair::cleared();
    let propose = |actor: &str, id: &str, more: &[&str]| fair.propose(&fair.outcome, actor, id, more);
    assert!(propose(ANN, "9", &[]).refused(1).contains("50 NotAllowed"), "she is no solver");
    assert!(propose("99", "9", &[]).refused(1).contains("UnknownActor"));
    assert!(propose(SOL, "0", &[]).refused(1).contains("the realm would refuse it: 1 "));
    // By the clock there are a hundred years, by the log's own time there is none left.
    let late = propose(SOL, "1", &["--time", "4919817600000000001"]).refused(1);
    assert!(late.contains("proposals are taken until 4919817600000000000 ns"), "{late}");
    let line = propose(SOL, "1", &["--time", "1764057700000000000"]).clean();
    assert!(line.contains("\"time\":1764057700000000000"), "{line}");
    assert!(fair.send(&line).is_empty());
    let again = propose(SOL, "1", &["--time", "1764057700000000000"]);
    assert_eq!((again.status, &again.out), (Some(0), &line));
    assert!(again.err.contains("it was sent before, as sequence 29"), "{}", again.err);

    let no = run(["round", "show", "--data", &fair.data, "--round", "2"]).refused(1);
    assert!(no.contains("there is no round 2: the realm has 1 rounds"), "{no}");
    let open = fair.round_command(&["export", "--at", "27"]).refused(1);
    assert!(open.contains("round 1 is open"), "{open}");
    let opened = fair.round_command(&["show", "--at", "26"]).clean();
    assert!(opened.contains("Round 1 fair: open") && opened.contains("3.00 hour of lessons"), "{opened}");
    assert!(!opened.contains("2.00 hour"), "dan has not offered yet: {opened}");
    let cancel = r#"{"id": 30, "actor": 5, "command": {"CancelRound": {"round": 1}}}"#;
    assert!(fair.send(cancel).is_empty());
    assert!(propose(SOL, "2", &[]).refused(1).contains("round 1 has ended"));
}

/// Whoever writes a solver has the schemas from the program itself; what it writes keeps to them.
#[test]
fn the_documents_are_described() {
    let fair = Fair::cleared();
    let read = |path: &Path| serde_json::from_str::<Value>(&std::fs::read_to_string(path).unwrap()).unwrap();
    for (what, document) in [("round", read(&fair.round)), ("outcome", read(&fair.outcome))] {
        let schema: Value = serde_json::from_str(&run(["schema", what]).clean()).unwrap();
        for field in document.as_object().unwrap().keys() {
            assert!(schema["properties"].get(field).is_some(), "{what}: {field}");
        }
    }
}
