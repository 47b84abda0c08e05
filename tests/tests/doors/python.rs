//! `io/examples/client.py`, a client in Python's standard library written from the specification alone, beside the Rust client: the same answers to the same commands, the
//! same told of what happened, each command once though the server is killed. It needs `python3`, as CI has it; without, these tests fail and say so.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command as Process, Output};
use std::sync::Arc;
use std::time::Duration;

use bartizan_engine::authority::Roles;
use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_engine::realm::command::{Command, Envelope, RegisterAgent};
use bartizan_engine::realm::ids::CommandId;
use bartizan_io::journal::Directory;
use bartizan_io::node::History;
use bartizan_io::wire::client::{Client, Message, SignIn, batch_file};
use bartizan_io::wire::layout::AnswerRecord;
use bartizan_io::wire::told::Told;
use bartizan_tests::commands::Source;
use bartizan_tests::dice::Dice;
use bartizan_tests::program::{Scratch, run};
use bartizan_tests::realm_commands::RealmCommands;
use bartizan_tests::server::Server;
use bartizan_tests::workspace;
use ed25519_dalek::SigningKey;
use serde_json::Value;

/// The client, started with the layouts that the program prints.
fn python(scratch: &Scratch, more: &[&str]) -> Process {
    let layouts = scratch.file("layouts.json", run(["schema", "binary"]).clean());
    let mut python = Process::new("python3");
    python.arg("-B").arg(workspace().join("io/examples/client.py")).arg("--layouts").arg(layouts).args(more);
    python
}

fn output(mut python: Process) -> Output {
    python.output().expect("python3 can be started")
}

/// The JSON lines that it printed.
fn lines(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::str::from_utf8(&output.stdout).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn register(id: u128) -> Envelope {
    let command =
        RegisterAgent { agent: None, name: format!("agent {id}"), key: None, roles: Roles::of(&[]) };
    Envelope { id: CommandId(id), actor: AgentId::REALM, command: Command::RegisterAgent(command) }
}

/// Random commands, all of the realm's own agent, who is known from the start: what an unknown one asks is not remembered.
fn session(count: u128) -> Vec<Envelope> {
    let mut source = RealmCommands::new(Source::Seeded(Dice::new(23)));
    let numbered = |id| Envelope { id: CommandId(id), actor: AgentId::REALM, ..source.next_envelope().1 };
    (1..=count).map(numbered).collect()
}

/// All answers to all commands, by the Rust client.
fn ask(server: &Server, envelopes: &[Envelope]) -> Vec<AnswerRecord> {
    let mut client: Client<UnixStream> =
        server.sign_in(&SignIn::local(AgentId::REALM)).expect("it is let in");
    client.send(envelopes).expect("it is sent");
    let mut answers = Vec::new();
    while answers.len() < envelopes.len() {
        if let Message::Answers { answers: came, .. } = client.receive().expect("an answer") {
            answers.extend(came);
        }
    }
    answers
}

/// An answer as the Python client prints it, but for its time.
fn shown(answer: &AnswerRecord) -> (u64, u64, u64, bool) {
    (answer.sequence.get(), answer.made.get(), answer.answer.get().into(), answer.flags.get() & 1 == 1)
}

fn printed(line: &Value) -> (u64, u64, u64, bool) {
    let number = |name: &str| line[name].as_u64().expect("a number");
    (number("sequence"), number("made"), number("answer"), line["repeated"] == true)
}

#[test]
fn it_says_and_is_told_the_same_as_the_rust_client() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let unix = server.unix().to_str().expect("a plain name").to_owned();
    let envelopes = session(1_500);
    let by_rust = ask(&server, &envelopes);
    // The very same commands again, read from a batch file into values and back to bytes: they are known for the same.
    let batch = scratch.file("commands.batch", batch_file(&envelopes).expect("they fit"));
    let batch = batch.to_str().expect("a plain name");
    let by_python = output(python(&scratch, &["--unix", &unix, "send", batch]));
    let again = ask(&server, &envelopes);
    assert!(again.iter().any(|answer| answer.flags.get() & 1 == 1), "what was done is not done again");
    assert!(by_rust.iter().any(|answer| answer.made.get() > 0));
    let by_python: Vec<_> = lines(&by_python).iter().map(printed).collect();
    assert_eq!(by_python, again.iter().map(shown).collect::<Vec<_>>());

    // What followed from them, to the last field.
    let mut listener: Client<UnixStream> =
        server.sign_in(&SignIn::local(AgentId::REALM)).expect("it is let in");
    listener.subscribe(1, 4).expect("it is sent");
    let reached = by_rust.iter().map(|answer| answer.sequence.get()).max().expect("there are some");
    let mut told: Vec<Told> = Vec::new();
    while told.last().is_none_or(|last| last.sequence < Sequence(reached)) {
        if let Message::Told(more) = listener.receive().expect("it happened") {
            told.extend(more);
        }
    }
    let count = told.len().to_string();
    let watch = ["--unix", &unix, "watch", "--from", "1", "--scope", "4", "--count", &count];
    let by_python = lines(&output(python(&scratch, &watch)));
    assert_eq!(by_python.len(), told.len());
    for (line, told) in by_python.iter().zip(&told) {
        assert_eq!(
            (&line["sequence"], &line["time"], &line["actor"], &line["answer"]),
            (&told.sequence.0.into(), &told.time.into(), &told.actor.0.into(), &told.answer.0.into())
        );
        assert_eq!(line["events"].as_array().map(Vec::len), Some(told.events.len()));
        for (report, line) in told.reports.iter().zip(line["reports"].as_array().expect("a list")) {
            let name = format!("{:?}", report.exec_type);
            assert_eq!((&line["exec_type"], &line["order"]), (&name.into(), &report.order.0.into()));
            assert_eq!(line["leaves"], report.leaves.0, "the last field but one");
        }
        assert_eq!(line["market"].as_array().map(Vec::len), Some(told.market.len()));
    }
}

#[test]
fn it_signs_in_with_a_token_and_says_why_it_is_not_let_in() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    assert_eq!(ask(&server, &[register(1)])[0].answer.get(), 0);
    let tcp = server.tcp().and_then(|stream| stream.peer_addr()).expect("it listens").to_string();
    let data = scratch.at("realm");
    let add = ["token", "add", "--data", data.to_str().expect("a plain name"), "--agent", "1"];
    let token = run(add.iter().copied().chain(["--rights", "read,write"])).clean();
    // Lines in the names of the layouts; an agent without roles may not register another.
    let said = r#"{"id": 1, "actor": 1, "command": {"RegisterAgent": {"name": "eve", "roles": 0}}}
{"id": 2, "actor": 1, "command": {"AdvanceClock": {}}}"#;
    let file = scratch.file("said.jsonl", said);
    let file = file.to_str().expect("a plain name");
    let signed = ["--tcp", &tcp, "--agent", "1", "--token", token.trim(), "send", file];
    let answers = lines(&output(python(&scratch, &signed)));
    let command = |id, command| Envelope { id: CommandId(id), actor: AgentId(1), command };
    let eve = RegisterAgent { agent: None, name: "eve".into(), key: None, roles: Roles::of(&[]) };
    let eve = command(1, Command::RegisterAgent(eve));
    let known: Vec<_> = ask(&server, &[eve])[..1].iter().map(shown).collect();
    let (sequence, made, answer, _) = printed(&answers[0]);
    assert_eq!(known, [(sequence, made, answer, true)], "it is the same command to its last byte");
    assert!(answer != 0, "it may not do this");
    let refused =
        output(python(&scratch, &["--tcp", &tcp, "--agent", "1", "--token", "bz_no", "send", file]));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("(3): the token is not known"), "{said}");
}

#[test]
fn it_signs_in_with_a_key_for_the_realm_that_it_means() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let key = SigningKey::from_bytes(&[9; 32]).verifying_key().to_bytes();
    let ann = RegisterAgent { agent: None, name: "ann".into(), key: Some(key), roles: Roles::of(&[]) };
    let ann = Envelope { id: CommandId(1), actor: AgentId::REALM, command: Command::RegisterAgent(ann) };
    assert_eq!(ask(&server, &[ann])[0].answer.get(), 0);
    let id = server.http().get("/v1/realms/realm").expect(200)["id"].as_str().expect("an id").to_owned();
    let tcp = server.tcp().and_then(|stream| stream.peer_addr()).expect("it listens").to_string();
    let seed = scratch.file("seed", "09".repeat(32));
    let file = scratch.file("said.jsonl", r#"{"id": 2, "actor": 1, "command": {"AdvanceClock": {}}}"#);
    let (seed, file) = (seed.to_str().expect("a plain name"), file.to_str().expect("a plain name"));
    let by = |id: &str| {
        let signs = ["--tcp", &tcp, "--agent", "1", "--realm", "realm", "--key", seed, "--realm-id", id];
        output(python(&scratch, &[&signs[..], &["send", file]].concat()))
    };
    let (_, _, answer, _) = printed(&lines(&by(&id))[0]);
    assert_eq!(answer, 0, "its key lets it in");
    let refused = by(&"07".repeat(16));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("(3): the signature is not by a key"), "{said}");
}

#[test]
fn it_does_each_command_once_though_the_server_is_killed() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let mut server = Server::start(&data, &[]);
    let count = 4_000;
    let envelopes: Vec<Envelope> = (1..=count).map(register).collect();
    let batch = scratch.file("commands.batch", batch_file(&envelopes).expect("they fit"));
    let (unix, batch) = (server.unix().display().to_string(), batch.display().to_string());
    let mut python = python(&scratch, &["--unix", &unix, "send", &batch, "--together", "20"]);
    let mut child = python.stdout(std::process::Stdio::piped()).spawn().expect("python3 can be started");
    let mut kills = 0;
    while child.try_wait().expect("it can be asked").is_none() && kills < 8 {
        std::thread::sleep(Duration::from_millis(90));
        // The answers are printed at the end, and fit a pipe no more than a little: from then on it must be read.
        if agents(&data) > count as usize {
            break;
        }
        server.kill();
        server = Server::start(&data, &[]);
        kills += 1;
    }
    let mut text = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut text).expect("it prints");
    assert!(child.wait().expect("it ends").success());
    assert!(kills > 0, "it was killed meanwhile");
    assert_eq!(server.stop(), 0);
    assert_eq!(agents(&data), count as usize + 1, "each is done once");
    for (number, line) in (1_u64..).zip(text.lines()) {
        let answer = printed(&serde_json::from_str(line).expect("JSON"));
        assert_eq!((answer.0, answer.2), (number, 0), "in the order in which they were sent");
    }
    assert_eq!(text.lines().count(), count as usize);
}

/// How many agents a realm's journal tells of.
fn agents(data: &Path) -> usize {
    let storage = Directory::open_to_read(data).expect("the journal is there");
    let history = History::from_start(Arc::new(storage)).and_then(|it| it.run(None, |_| ()));
    history.map_or(0, |(realm, _)| realm.agents().count())
}
