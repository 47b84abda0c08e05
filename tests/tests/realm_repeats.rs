//! The same commands again change nothing: not the state, not the last sequence, not one byte of the journal, whatever was refused among them; and each
//! is answered as the first time. What is refused for its identity alone never reaches the journal.

use std::path::{Path, PathBuf};

use bartizan_tests::program::{Said, Scratch, run, run_with_input};
use serde_json::Value;

fn text(path: &Path) -> &str {
    path.to_str().expect("a scratch folder has a plain name")
}

/// A realm that files are run into.
struct Realm {
    scratch: Scratch,
    data: PathBuf,
}

impl Realm {
    fn new() -> Self {
        let scratch = Scratch::new();
        let data = scratch.at("realm");
        Realm { scratch, data }
    }

    fn run(&self, lines: &[&str], options: &[&str]) -> Said {
        let file = self.scratch.file("commands.jsonl", lines.join("\n"));
        let fixed = ["run", text(&file), "--data", text(&self.data), "--quiet"];
        run(fixed.iter().chain(options))
    }

    /// The summary of a run that ends well.
    fn summary(&self, lines: &[&str]) -> Value {
        serde_json::from_str(&self.run(lines, &["--json"]).out).expect("one JSON object")
    }

    /// Each answer of a run that ends well.
    fn answers(&self, lines: &[&str]) -> Vec<Value> {
        let said = self.run(lines, &["--answers"]);
        let told = said.out.lines().filter(|line| line.starts_with('{'));
        told.map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect()
    }

    /// The bytes of the journal.
    fn journal(&self) -> Vec<u8> {
        let entries = std::fs::read_dir(&self.data).expect("the realm is there");
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("it can be read").path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "segment"));
        paths.sort();
        paths.iter().flat_map(|path| std::fs::read(path).expect("it can be read")).collect()
    }
}

const ANN: &str = r#"{"id":1,"command":{"RegisterAgent":{"agent":1,"name":"ann"}}}"#;

#[test]
fn what_is_refused_for_its_identity_is_not_journalled() {
    let realm = Realm::new();
    let lines = [
        ANN,
        r#"{"id":0,"actor":1,"command":{"AdvanceClock":{}}}"#,
        r#"{"id":7,"actor":1,"command":{"CloseAccount":{"account":9}}}"#,
        r#"{"id":7,"actor":1,"command":{"CloseAccount":{"account":8}}}"#,
        r#"{"id":1,"actor":77,"command":{"AdvanceClock":{}}}"#,
        r#"{"id":2,"actor":77,"command":{"AdvanceClock":{}}}"#,
    ];
    let first = realm.summary(&lines);
    assert_eq!(
        (&first["sequence"], &first["applied"], &first["rejected"]),
        (&2.into(), &1.into(), &5.into())
    );
    let rejects =
        serde_json::json!({ "IdMissing": 1, "IdReused": 1, "UnknownAccount": 1, "UnknownActor": 2 });
    assert_eq!(first["rejects"], rejects);
    let journal = realm.journal();
    for _ in 0..2 {
        let again = realm.summary(&lines);
        assert_eq!((&again["sequence"], &again["digest"]), (&first["sequence"], &first["digest"]));
        assert_eq!((&again["applied"], &again["repeated"]), (&0.into(), &2.into()));
        assert!(realm.journal() == journal, "the journal changed");
    }
}

/// Within one group too, where the realm has not yet carried out what an id was first used for.
#[test]
fn what_waits_to_be_durable_is_known_by_its_id() {
    let realm = Realm::new();
    let pass = r#"{"id":5,"actor":1,"command":{"AdvanceClock":{}}}"#;
    let other = r#"{"id":5,"actor":1,"command":{"CloseAccount":{"account":1}}}"#;
    let answers = realm.answers(&[ANN, pass, pass, other, pass]);
    let told: Vec<_> =
        answers.iter().map(|told| (&told["line"], &told["answer"], &told["sequence"])).collect();
    let (none, two) = (&Value::Null, &2.into());
    assert_eq!(
        told,
        [
            (&1.into(), &0.into(), &1.into()),
            (&2.into(), &0.into(), two),
            (&3.into(), &0.into(), two),
            (&4.into(), &2.into(), none),
            (&5.into(), &0.into(), two)
        ]
    );
    assert_eq!(realm.summary(&[])["sequence"], 2);
}

/// Or the line would be carried out when the file is run again.
#[test]
fn nobody_becomes_an_agent_after_a_line_of_theirs_was_refused() {
    let realm = Realm::new();
    let lines = [
        r#"{"id":1,"actor":1,"command":{"AdvanceClock":{}}}"#,
        r#"{"id":9,"command":{"RegisterAgent":{"name":""}}}"#,
        r#"{"id":2,"actor":2,"command":{"RegisterAgent":{"name":"by nobody"}}}"#,
        ANN,
        r#"{"id":3,"command":{"AdvanceClock":{}}}"#,
    ];
    let said = realm.run(&[lines[0], lines[3], lines[4]], &["--json"]);
    assert_eq!(said.status, Some(1), "{}", said.err);
    assert!(
        said.err.contains("line 2 would register agent 1, and line 1 of this file was refused"),
        "{}",
        said.err
    );
    assert_eq!(realm.summary(&[])["sequence"], 0);
    // In order all is well, and a pipe goes on.
    let told = realm.summary(&[lines[3], lines[0], lines[2], lines[4]]);
    assert_eq!((&told["applied"], &told["rejected"]), (&3.into(), &1.into()));
    let piped = Realm::new();
    let input = [lines[0], lines[3], lines[0]].join("\n");
    let said = run_with_input(&["run", "-", "--data", text(&piped.data), "--json"], input.as_bytes());
    let told: Value = serde_json::from_str(&said.out).expect("one JSON object");
    assert_eq!((&told["applied"], &told["rejected"], said.status), (&2.into(), &1.into(), Some(0)));
}

#[test]
fn a_run_says_how_what_it_repeats_was_answered() {
    let realm = Realm::new();
    let lines = [ANN, r#"{"id":7,"actor":1,"command":{"CloseAccount":{"account":9}}}"#];
    assert_eq!(realm.run(&lines, &[]).status, Some(0));
    let again = realm.summary(&lines);
    assert_eq!((&again["repeated_accepted"], &again["repeated_rejected"]), (&1.into(), &1.into()));
    assert_eq!(again["repeated_rejects"], serde_json::json!({ "UnknownAccount": 1 }));
    let shown = realm.run(&lines, &[]).out;
    assert!(
        shown.contains("Repeated  2, the first time 1 accepted and 1 refused: UnknownAccount 1\n"),
        "{shown}"
    );
    let answers = realm.answers(&lines);
    assert_eq!((&answers[1]["reject"], &answers[1]["answer"]), (&"UnknownAccount".into(), &32.into()));
    assert_eq!((&answers[1]["sequence"], &answers[1]["repeated"]), (&2.into(), &true.into()));
}
