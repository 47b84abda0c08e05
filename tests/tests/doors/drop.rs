//! The drop folder of a serving program: each file is taken once, in the order of their names, however often the program is killed; what is malformed is refused
//! whole; what is not finished is left alone.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bartizan_engine::authority::Roles;
use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::command::{Command, Envelope, RegisterAgent};
use bartizan_engine::realm::ids::CommandId;
use bartizan_io::journal::Directory;
use bartizan_io::node::History;
use bartizan_io::node::intake::Line;
use bartizan_io::wire::client::batch_file;
use bartizan_tests::program::{Scratch, run};
use bartizan_tests::server::Server;
use serde_json::Value;

fn register(id: u128) -> Envelope {
    by(AgentId::REALM, id)
}

fn by(actor: AgentId, id: u128) -> Envelope {
    let command =
        RegisterAgent { agent: None, name: format!("agent {id}"), key: None, roles: Roles::of(&[]) };
    Envelope { id: CommandId(id), actor, command: Command::RegisterAgent(command) }
}

fn lines(envelopes: &[Envelope]) -> String {
    let line = |envelope: &Envelope| {
        let Envelope { id, actor, command } = envelope.clone();
        serde_json::to_string(&Line { id, actor, time: None, command }).expect("a command is JSON") + "\n"
    };
    envelopes.iter().map(line).collect()
}

/// A server and its drop folder.
struct Dropping {
    scratch: Scratch,
}

impl Dropping {
    fn new() -> Self {
        Dropping { scratch: Scratch::new() }
    }

    fn folder(&self) -> PathBuf {
        self.scratch.at("drop")
    }

    fn start(&self) -> Server {
        let folder = self.folder();
        Server::start(&self.scratch.at("realm"), &["--drop", folder.to_str().expect("a plain name")])
    }

    /// Puts a file there as is asked for: under another name first.
    fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        let other = self.folder().join(format!("{name}.part"));
        std::fs::write(&other, content).expect("it can be written");
        std::fs::rename(other, self.folder().join(name)).expect("it can be renamed");
    }

    /// Waits until a file is there; its text.
    fn wait_for(&self, name: &str) -> String {
        wait_until(|| self.folder().join(name).exists());
        std::fs::read_to_string(self.folder().join(name)).unwrap_or_default()
    }

    /// The realm as its journal tells it.
    fn realm(&self) -> Realm {
        let storage = Directory::open_to_read(&self.scratch.at("realm")).expect("the journal is there");
        let history = History::from_start(Arc::new(storage)).expect("it is sound");
        history.run(None, |_| ()).expect("it is sound").0
    }

    /// The answers in a result file, between its first line and its last, and the last.
    fn result(&self, name: &str) -> (Vec<Value>, Value) {
        let text = std::fs::read_to_string(self.folder().join("done").join(format!("{name}.result.jsonl")));
        let text = text.expect("a result lies beside what is done");
        let mut told: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert!(told.remove(0)["blake3"].is_string(), "it says of which file it is");
        let last = told.pop().expect("it ends with a summary");
        (told, last)
    }
}

fn wait_until(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_mins(2), "it takes too long");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn files_are_taken_in_order_and_told_of() {
    let dropping = Dropping::new();
    std::fs::create_dir(dropping.folder()).unwrap();
    let envelopes: Vec<Envelope> = (1..=3_000).map(register).collect();
    dropping.put("2.jsonl", lines(&envelopes[2_000..]));
    dropping.put("1.batch", batch_file(&envelopes[..2_000]).unwrap());
    // What is not finished, what is hidden, and what has another ending.
    for name in ["0.jsonl.part", ".0.jsonl", "0.txt"] {
        std::fs::write(dropping.folder().join(name), lines(&[register(9_000)])).unwrap();
    }
    let server = dropping.start();
    dropping.wait_for("done/2.jsonl");
    // Nobody is twice: the same file again, under the same name.
    dropping.put("2.jsonl", lines(&envelopes[2_000..]));
    dropping.wait_for("done/2.2.jsonl");
    assert_eq!(server.stop(), 0);
    let realm = dropping.realm();
    assert_eq!(realm.agents().count(), 3_001);
    for number in 1..=3_000 {
        assert_eq!(realm.agent(AgentId(number)).expect("it is there").name, format!("agent {number}"));
    }
    let (answers, last) = dropping.result("1.batch");
    assert_eq!((answers.len(), &last["commands"], &last["rejected"]), (2_000, &2_000.into(), &0.into()));
    for (number, answer) in (1..).zip(&answers) {
        assert_eq!((&answer["line"], &answer["made"]), (&Value::from(number), &Value::from(number)));
    }
    let (again, last) = dropping.result("2.2.jsonl");
    assert_eq!((&again[0]["sequence"], &again[0]["repeated"]), (&2_001.into(), &true.into()));
    assert_eq!(last["repeated"], 1_000);
    for name in ["0.jsonl.part", ".0.jsonl", "0.txt"] {
        assert!(dropping.folder().join(name).exists(), "{name} is left alone");
    }
}

/// Neither a file nor what became of it is ever written over, whatever the names.
#[test]
fn results_are_kept_whatever_files_are_called() {
    let dropping = Dropping::new();
    let server = dropping.start();
    dropping.put("a.jsonl", lines(&[register(1)]));
    dropping.wait_for("done/a.jsonl");
    let result = dropping.wait_for("done/a.jsonl.result.jsonl");
    // The file is put elsewhere, and another comes under its name.
    std::fs::remove_file(dropping.folder().join("done/a.jsonl")).unwrap();
    dropping.put("a.jsonl", lines(&[register(2)]));
    dropping.wait_for("done/a.2.jsonl");
    // One is called as a result is.
    let named = lines(&[register(3)]);
    dropping.put("b.jsonl.result.jsonl", &named);
    dropping.wait_for("done/b.jsonl.result.jsonl");
    dropping.put("b.jsonl", lines(&[register(4)]));
    dropping.wait_for("done/b.2.jsonl");
    assert_eq!(dropping.wait_for("done/a.jsonl.result.jsonl"), result);
    assert_eq!(dropping.wait_for("done/b.jsonl.result.jsonl"), named);
    for name in ["a.2.jsonl", "b.2.jsonl", "b.jsonl.result.jsonl"] {
        assert_eq!(dropping.result(name).1["commands"], 1, "{name}");
    }
    assert_eq!(server.stop(), 0);
    assert_eq!(dropping.realm().agents().count(), 5);
}

#[test]
fn what_is_malformed_is_refused_whole_and_stops_nothing_else() {
    let dropping = Dropping::new();
    let server = dropping.start();
    let whole = batch_file(&[register(1), register(2)]).unwrap();
    dropping.put("1.bin", &whole[..whole.len() - 1]);
    dropping.put("2.jsonl", lines(&[register(3)]) + "{\"id\": 4}\n");
    dropping.put("3.jsonl", lines(&[by(AgentId(77), 1), by(AgentId::REALM, 5)]));
    for (name, told) in [("1.bin", "the frame at byte 0"), ("2.jsonl", "line 2, column")] {
        dropping.wait_for(&format!("failed/{name}"));
        let reason = dropping.wait_for(&format!("failed/{name}.reason.txt"));
        assert!(reason.contains(told), "{reason}");
    }
    dropping.wait_for("done/3.jsonl");
    let (answers, last) = dropping.result("3.jsonl");
    assert_eq!(answers[0]["reject"], "UnknownActor");
    assert_eq!(answers[1]["made"], 1, "nothing of the other two was carried out");
    assert_eq!(last["rejected"], 1, "a reject is an answer");
    assert_eq!(server.stop(), 0);
    assert_eq!(dropping.realm().agents().count(), 2);
}

#[test]
fn killed_again_and_again_it_takes_each_file_once() {
    let dropping = Dropping::new();
    let mut server = dropping.start();
    // In each file a stranger asks first, who is an agent by the end of it: that the stranger was refused is remembered by the result alone.
    let (files, each) = (12_u32, 400_u32);
    for file in 0..files {
        let stranger = AgentId((file + 1) * each);
        let mut envelopes = vec![by(stranger, 1)];
        envelopes.extend((1..=each).map(|number| register((file * each + number).into())));
        dropping.put(&format!("{file:02}.jsonl"), lines(&envelopes));
    }
    let is_done = |file: u32| dropping.folder().join(format!("done/{file:02}.jsonl")).exists();
    let mut kills = 0_u64;
    while !is_done(files - 1) {
        std::thread::sleep(Duration::from_micros(3_700 * (kills % 13)));
        server.kill();
        kills += 1;
        server = dropping.start();
        if kills > 25 {
            wait_until(|| is_done(files - 1));
        }
    }
    assert!(kills > 0, "it was killed meanwhile");
    assert_eq!(server.stop(), 0);
    let realm = dropping.realm();
    assert_eq!(realm.agents().count() as u32, files * each + 1, "each command was done once");
    for number in 1..=files * each {
        let agent = realm.agent(AgentId(number)).expect("it is there");
        assert_eq!(agent.name, format!("agent {number}"), "in the order of the names");
    }
    for file in 0..files {
        let (answers, last) = dropping.result(&format!("{file:02}.jsonl"));
        assert_eq!(last["commands"], each + 1);
        assert_eq!((&answers[0]["reject"], &last["rejected"]), (&"UnknownActor".into(), &1.into()));
        let sequences: Vec<u64> = answers[1..]
            .iter()
            .map(|answer| answer["sequence"].as_u64().expect("it has its place"))
            .collect();
        assert!(sequences.is_sorted_by(|before, after| before < after), "each has its own place, in order");
    }
}

#[test]
fn a_folder_is_watched_by_one_process() {
    let dropping = Dropping::new();
    let server = dropping.start();
    let shown = |path: &Path| path.display().to_string();
    let (folder, other) = (shown(&dropping.folder()), shown(&dropping.scratch.at("other")));
    let serve = ["serve", "--tcp", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", &other, "--drop"];
    let said = run(serve.iter().copied().chain([&*folder]));
    assert!(said.status == Some(1) && said.err.contains("another process watches"), "{}", said.err);
    let nobody = format!("nobody={folder}");
    let said = run(serve.iter().copied().chain([&*nobody]));
    assert!(said.status == Some(2) && said.err.contains("no realm nobody"), "{}", said.err);
    assert_eq!(server.stop(), 0);
}
