//! The audit trail of refusals: everything that is refused before the log is there, no token is, and no flood fills a disk.

use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::command::{AdvanceClock, Command, Envelope};
use bartizan_engine::realm::ids::CommandId;
use bartizan_io::server::audit::file::{KEPT, MOST_BYTES, Trail, read};
use bartizan_io::server::audit::{Door, Line, Refused, What};
use bartizan_io::server::tokens::Right;
use bartizan_io::wire::client::{Client, Key, Message, SignIn};
use bartizan_tests::fix::FixClient;
use bartizan_tests::program::{Scratch, run};
use bartizan_tests::server::{Server, answers};
use bartizan_tests::stage::{COMMANDS, order, set_up, tokens};
use serde_json::{Value, json};

fn by(agent: u32, token: &str) -> SignIn {
    SignIn { key: Key::Token(token.to_owned()), ..SignIn::local(AgentId(agent)) }
}

fn tick(id: u128, actor: u32) -> Envelope {
    let command = Command::AdvanceClock(AdvanceClock {});
    Envelope { id: CommandId(id), actor: AgentId(actor), command }
}

/// The trail, as the program shows it.
fn trail(data: &Path) -> Vec<Value> {
    let said = run(["audit", "--json", "--data", data.to_str().expect("UTF-8")]);
    assert_eq!(said.status, Some(0), "{}", said.err);
    said.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The text of all files of the trail.
fn text(data: &Path) -> String {
    let files =
        std::fs::read_dir(data).expect("it is there").map(|entry| entry.expect("it can be read").path());
    let is_trail = |path: &std::path::PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("audit"))
    };
    files.filter(is_trail).map(|path| std::fs::read_to_string(path).expect("UTF-8")).collect()
}

/// What the trail is to tell: by which door, what, whose, and a part of why.
type Expected = (Door, What, Option<u64>, &'static str);

/// A closed server of a market day, whose trail is looked at.
struct Watched {
    _scratch: Scratch,
    data: std::path::PathBuf,
    folder: std::path::PathBuf,
    server: Option<Server>,
    /// A token of ann that reads and writes, and bob's that only read and only write.
    tokens: [String; 3],
}

impl Watched {
    fn new() -> Self {
        let scratch = Scratch::new();
        let (data, folder) = (scratch.at("realm"), scratch.at("drop"));
        let open = Server::start(&data, &[]);
        set_up(&mut open.http());
        assert_eq!(open.stop(), 0);
        let drop = folder.to_str().expect("UTF-8").to_owned();
        let more = ["--closed", "--fix", "127.0.0.1:0", "--drop", &drop, "--agent-rate", "1000"];
        let server = Server::start(&data, &more);
        let tokens =
            tokens(&data, [(1, &[Right::Read, Right::Write]), (2, &[Right::Read]), (2, &[Right::Write])]);
        Watched { _scratch: scratch, data, folder, server: Some(server), tokens }
    }

    /// Stops the server, and compares its trail with what was to be told; the trail.
    fn told(&mut self, expected: &[Expected]) -> Vec<Value> {
        assert_eq!(self.server.take().expect("it was not stopped").stop(), 0);
        let told = trail(&self.data);
        let is_told = |(door, what, agent, reason): &Expected| {
            told.iter().any(|line| {
                let named = (&line["door"], &line["what"], line["agent"].as_u64());
                let is_it = named == (&json!(door), &json!(what), *agent);
                is_it && line["reason"].as_str().expect("a text").contains(*reason)
            })
        };
        for line in expected {
            assert!(is_told(line), "{line:?} is not in\n{told:#?}");
        }
        for (line, number) in told.iter().zip(1_u64..) {
            assert_eq!(line["number"], number, "without gaps");
            let is_local = line["peer"].as_str().is_none_or(|peer| peer.starts_with("127.0.0.1:"));
            assert!(
                is_local && line["time"].as_u64().is_some_and(|time| time > 1_700_000_000_000_000_000),
                "{line}"
            );
        }
        let text = text(&self.data);
        let own = self.tokens.iter().map(String::as_str);
        for secret in own.chain(["secretguess", "inquery", "infield", "wirebadguess", "fixbadguess"]) {
            assert!(!text.contains(secret), "the trail tells {secret}");
        }
        told
    }
}

#[test]
fn what_http_refuses_is_told() {
    let mut watched = Watched::new();
    let Watched { server: Some(server), tokens: [ann, reads, writes], .. } = &watched else {
        panic!("it runs")
    };
    server.http().get("/v1/realms/realm").problem(401);
    server.http().with_token("bz_secretguess").get("/v1/realms/realm?token=bz_inquery").problem(401);
    server.http().with_token(reads).post(COMMANDS, &order(1, 2, "Sell", 1, 250)).problem(403);
    server.http().with_token(writes).get("/v1/realms/realm").problem(403);
    server.http().with_token(ann).post(COMMANDS, &order(1, 2, "Sell", 1, 250)).problem(403);
    server.http().with_token(ann).get("/v1/realms/realm/export?format=csv").problem(403);
    server.http().with_token(ann).ask("POST", COMMANDS, &[], b"{\"bz_infield\": 1}").problem(400);
    // The length alone is enough.
    let mut raw = server.http();
    let head = format!(
        "POST {COMMANDS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ann}\r\nContent-Length: 5000000\r\n\r\n"
    );
    raw.stream().get_mut().write_all(head.as_bytes()).expect("it is sent");
    raw.receive().problem(413);
    let name = watched.data.to_str().expect("UTF-8").to_owned();
    let audit = |more: &[&str]| run([&["audit", "--data", &name], more].concat());
    let expected = [
        (Door::Http, What::SignIn, None, "is needed"),
        (Door::Http, What::SignIn, None, "the token is not known"),
        (Door::Http, What::Right, Some(2), "it may only read"),
        (Door::Http, What::Right, Some(2), "it may only write"),
        (Door::Http, What::Right, Some(1), "another agent"),
        (Door::Http, What::Right, Some(1), "sees the books"),
        (Door::Http, What::Malformed, Some(1), "bz_\u{2026}"),
        (Door::Http, What::Size, Some(1), "bytes"),
    ];
    let told = watched.told(&expected);
    // What people see, and since when.
    let shown = audit(&[]).clean();
    assert_eq!(shown.lines().count(), told.len());
    let line = |line: &str| {
        line.contains(" http from 127.0.0.1:") && line.contains(" agent 2 right: it may only read")
    };
    assert!(shown.lines().any(line), "{shown}");
    assert_eq!(audit(&["--since", "1h"]).clean(), shown);
    assert_eq!(audit(&["--since", "2100-01-01T00:00:00"]).clean(), "");
    assert!(audit(&["--since", "yesterday"]).refused(2).contains("expected a time"));
}

#[test]
fn what_the_binary_protocol_refuses_is_told() {
    let mut watched = Watched::new();
    let Watched { server: Some(server), tokens: [ann, ..], .. } = &watched else { panic!("it runs") };
    assert!(Client::sign_in(server.tcp().expect("it listens"), &by(3, "bz_wirebadguess")).is_err());
    let mut raw = server.tcp().expect("it listens");
    raw.write_all(b"GET / HTTP/1.1\r\n\r\n").expect("it is sent");
    // It may be cut off before all of that was read.
    let _ = raw.read_to_end(&mut Vec::new());
    let mut session = server.sign_in(&by(1, ann)).expect("its token lets it in");
    session.send(&[tick(1, 2)]).expect("it is sent");
    assert!(session.receive().is_err());
    let mut session = server.sign_in(&by(1, ann)).expect("its token lets it in");
    session.subscribe(1, 4).expect("it is sent");
    assert!(session.receive().is_err());
    let mut session = server.sign_in(&by(1, ann)).expect("its token lets it in");
    for first in [10, 2_000] {
        session.send(&(first..first + 1_900).map(|id| tick(id, 1)).collect::<Vec<_>>()).expect("it is sent");
    }
    while !matches!(session.receive().expect("a word"), Message::Retry { .. }) {}
    watched.told(&[
        (Door::Binary, What::SignIn, Some(3), "the token is not known"),
        (Door::Binary, What::Malformed, None, "expected a frame"),
        (Door::Binary, What::Right, Some(1), "another agent"),
        (Door::Binary, What::Right, Some(1), "may not be told"),
        (Door::Binary, What::Rate, Some(1), "more is asked for"),
    ]);
}

#[test]
fn what_fix_and_drop_folders_refuse_is_told() {
    let mut watched = Watched::new();
    let Watched { server: Some(server), folder, tokens: [_, reads, _], .. } = &watched else {
        panic!("it runs")
    };
    for logon in ["98=0|108=30|553=7|554=bz_fixbadguess", "98=0|108=30|554=bz_fixbadguess"] {
        let mut fix = FixClient::connect(server.address("FIX"), "X", 1);
        fix.send("A", logon);
        assert_eq!(fix.receive(), None);
    }
    let mut fix = FixClient::connect(server.address("FIX"), "X", 1);
    fix.send_bytes(b"GET / HTTP/1.1\r\n\r\n");
    assert_eq!(fix.receive(), None);
    let mut fix = FixClient::log_on(server.address("FIX"), "BOB", 1, &format!("554={reads}"));
    fix.send("D", "11=1|55=apples|54=1|60=20261128-07:00:00|40=2|59=1|38=1|44=1");
    fix.expect("j");
    for (name, content) in [
        ("bad.jsonl", "{\"id\": 1, \"actr\": 2}\n"),
        ("stranger.jsonl", "{\"id\": 1, \"actor\": 99, \"command\": {\"AdvanceClock\": {}}}\n"),
    ] {
        std::fs::write(folder.join("part"), content).expect("it can be written");
        std::fs::rename(folder.join("part"), folder.join(name)).expect("it can be renamed");
    }
    let since = Instant::now();
    while !folder.join("done/stranger.jsonl").exists() {
        assert!(since.elapsed() < Duration::from_mins(1), "it is never done");
        std::thread::sleep(Duration::from_millis(10));
    }
    watched.told(&[
        (Door::Fix, What::SignIn, Some(7), "the token is not known"),
        (Door::Fix, What::SignIn, None, "the token is not known"),
        (Door::Fix, What::Malformed, None, "expected"),
        (Door::Fix, What::Right, Some(2), "it may only read"),
        (Door::Drop, What::Malformed, None, "bad.jsonl"),
        (Door::Drop, What::Actor, Some(99), "No agent has the actor's number"),
    ]);
}

#[test]
fn an_unknown_actor_is_told_of_by_whoever_may_speak_as_anybody() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let server = Server::start(&data, &[]);
    server.http().post(COMMANDS, &order(1, 77, "Sell", 1, 250)).problem(422);
    server.http().post(COMMANDS, &json!([order(1, 78, "Sell", 1, 250)])).expect(200);
    let mut session = server.sign_in(&SignIn::local(AgentId::REALM)).expect("it is let in");
    session.send(&[tick(1, 79)]).expect("it is sent");
    answers(&mut session, 1);
    assert_eq!(server.stop(), 0);
    let told: Vec<(Value, Value)> = trail(&data)
        .iter()
        .filter(|line| line["what"] == "actor")
        .map(|line| (line["door"].clone(), line["agent"].clone()))
        .collect();
    assert_eq!(told, [("http".into(), 77.into()), ("http".into(), 78.into()), ("binary".into(), 79.into())]);
}

#[test]
fn a_flood_is_summed_up_and_the_trail_goes_on_after_a_restart() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let flood = |count: usize| {
        let server = Server::start(&data, &["--closed", "--address-rate", "0"]);
        let mut client = server.http().with_token("bz_guess");
        for _ in 0..count {
            client.get("/v1/realms/realm").problem(401);
        }
        assert_eq!(server.stop(), 0);
    };
    flood(1_000);
    let told = trail(&data);
    assert!(told.len() < 20, "{} lines", told.len());
    let count = |told: &[Value]| {
        told.iter()
            .map(|line| line["more"].as_u64().unwrap_or(1) + line["lost"].as_u64().unwrap_or(0))
            .sum::<u64>()
    };
    assert_eq!(count(&told), 1_000, "none is forgotten: {told:#?}");
    // A line that a crash left half written harms none after it.
    let mut file =
        std::fs::OpenOptions::new().append(true).open(data.join("audit.jsonl")).expect("it is there");
    file.write_all(b"{\"number\": 99").expect("it can be written");
    flood(3);
    let again = trail(&data);
    assert_eq!(count(&again), 1_003);
    let numbers: Vec<u64> = again.iter().map(|line| line["number"].as_u64().expect("a number")).collect();
    assert_eq!(numbers, (1..=again.len() as u64).collect::<Vec<_>>());
}

#[test]
fn auditors_read_it_over_http() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let server = Server::start(&data, &["--closed"]);
    let [auditor] = tokens(&data, [(0, &[Right::Audit])]);
    for name in ["a", "b", "c"] {
        server.http().with_token(&format!("bz_{name}")).get("/v1/realms/realm").problem(401);
    }
    let mut auditor = server.http().with_token(&auditor);
    let path = "/v1/realms/realm/audit?limit=2";
    let since = Instant::now();
    let page = loop {
        let page = auditor.get(path).expect(200);
        if page["next"] == 2 {
            break page;
        }
        assert!(since.elapsed() < Duration::from_secs(20), "{page}");
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(page["items"][0]["reason"], "the token is not known, or its time is over");
    let rest = auditor.get("/v1/realms/realm/audit?after=2").expect(200);
    assert_eq!((&rest["items"][0]["number"], &rest["next"]), (&json!(3), &Value::Null));
    auditor.get("/v1/realms/realm/audit?limit=0").problem(400);
}

#[test]
fn where_nothing_can_be_written_serving_goes_on_and_what_was_lost_is_counted() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    std::fs::create_dir_all(data.join("audit.jsonl")).expect("it can be made");
    let server = Server::start(&data, &["--closed"]);
    let [founder] = tokens(&data, [(0, &[Right::Read, Right::Write])]);
    let refuse =
        |name: &str| server.http().with_token(&format!("bz_{name}")).get("/v1/realms/realm").problem(401);
    refuse("a");
    refuse("b");
    let mut founder = server.http().with_token(&founder);
    founder.post(COMMANDS, &json!({ "id": 1, "command": { "AdvanceClock": {} } })).expect(200);
    std::thread::sleep(Duration::from_millis(300));
    std::fs::remove_dir(data.join("audit.jsonl")).expect("it is there");
    refuse("c");
    assert_eq!(server.stop(), 0);
    let told = trail(&data);
    assert_eq!((told.len(), &told[0]["lost"]), (1, &json!(2)), "{told:#?}");
}

#[test]
fn it_takes_no_more_room_than_it_may() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    std::fs::create_dir_all(&data).expect("it can be made");
    let refused = Refused {
        door: Door::Http,
        peer: None,
        agent: Some(AgentId(1)),
        what: What::Malformed,
        reason: "x".repeat(300),
    };
    let line = |time| Line { number: 0, time, refused: refused.clone(), more: None, lost: 0 };
    let count = 8 * MOST_BYTES / 400;
    let mut trail = Trail::new(&data);
    for time in 0..count {
        trail.append(&mut line(time)).expect("the disk is well");
        if time == count / 2 {
            trail = Trail::new(&data);
        }
    }
    assert!(text(&data).len() as u64 <= (u64::from(KEPT) + 1) * MOST_BYTES);
    let (lines, unreadable) = read(&data, |_| true).expect("it can be read");
    assert_eq!(
        (unreadable, lines.last().map(|line| (line.number, line.time))),
        (0, Some((count, count - 1)))
    );
    assert!(lines.windows(2).all(|two| two[0].number + 1 == two[1].number), "what is kept has no gaps");
    assert!(lines.len() as u64 * 420 > u64::from(KEPT) * MOST_BYTES, "and is as much as may be kept");
}
