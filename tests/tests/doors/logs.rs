//! What a server logs: one event a line, as text or JSON, with the door, the realm and the agent; and never anything by which somebody signs in.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use bartizan_engine::ledger::units::AgentId;
use bartizan_io::server::tokens::{Right, Token};
use bartizan_io::wire::client::{Client, Key, SignIn};
use bartizan_tests::program::Scratch;
use bartizan_tests::server::Server;
use serde_json::Value;

/// Waits until it said something, and gives all that it said.
fn said(server: &Server, what: &str) -> String {
    let start = Instant::now();
    loop {
        let said = server.said();
        if said.contains(what) {
            return said;
        }
        assert!(start.elapsed() < Duration::from_mins(1), "it never said {what}:\n{said}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn by_token(token: &str, realm: &str) -> SignIn {
    let realm = realm.to_owned();
    SignIn { realm, key: Key::Token(token.to_owned()), ..SignIn::local(AgentId(0)) }
}

/// A FIX logon by a token, in plain bytes.
fn logon(token: &str) -> Vec<u8> {
    let body = format!(
        "35=A\u{1}34=1\u{1}49=ann\u{1}52=20260101-00:00:00.000\u{1}56=BARTIZAN\u{1}98=0\u{1}108=30\u{1}554={token}\u{1}"
    );
    let head = format!("8=FIX.4.4\u{1}9={}\u{1}{body}", body.len());
    let sum: u32 = head.bytes().map(u32::from).sum();
    format!("{head}10={:03}\u{1}", sum % 256).into_bytes()
}

#[test]
fn as_json_every_line_is_an_object_and_no_token_is_in_it() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let more = ["--log-format", "json", "--log", "trace", "--fix", "127.0.0.1:0", "--closed"];
    let server = Server::start(&data, &more);
    let (right, token) =
        Token::draw(AgentId(0), vec![Right::Read, Right::Write], None, String::new()).unwrap();
    std::fs::write(data.join("tokens.json"), serde_json::to_vec(&[token]).unwrap()).unwrap();
    let wrong = "bz_wrongwrongwrongwrongwrong";
    server.http().with_token(&right).get("/v1/realms/realm").expect(200);
    server.http().with_token(wrong).get("/v1/realms/realm?x=secretinquery").problem(401);
    let signed = Client::sign_in(server.tcp().unwrap(), &by_token(&right, "realm")).expect("it is let in");
    assert!(Client::sign_in(server.tcp().unwrap(), &by_token(wrong, "")).is_err());
    for token in [&*right, wrong] {
        let mut fix = TcpStream::connect(server.address("FIX")).unwrap();
        fix.write_all(&logon(token)).unwrap();
        let _ = std::io::Read::read_to_end(&mut fix, &mut Vec::new());
    }
    drop(signed);
    let all = said(&server, "a FIX logon was refused");
    for secret in [&right[3..], &wrong[3..], "secretinquery"] {
        assert!(!all.contains(secret), "{secret} is in\n{all}");
    }
    let events: Vec<Value> = all
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    for event in &events {
        assert!(["timestamp", "level", "message"].iter().all(|key| event[key].is_string()), "{event}");
    }
    let find = |message: &str, door: &str| {
        let is_it = |event: &&Value| event["message"] == message && event["span"]["door"] == door;
        events.iter().find(is_it).unwrap_or_else(|| panic!("{message} at {door} is not in\n{all}"))
    };
    for door in ["http", "binary", "fix"] {
        let event = find("signed in", door);
        assert_eq!(
            (&event["span"]["realm"], &event["span"]["agent"]),
            (&"realm".into(), &0.into()),
            "{event}"
        );
    }
    let answered = find("answered", "http");
    assert_eq!(
        (&answered["status"], &answered["span"]["route"]),
        (&200.into(), &"/v1/realms/{realm}".into())
    );
    let refused = find("a login was refused", "binary");
    assert_eq!((&refused["level"], &refused["target"]), (&"WARN".into(), &"audit".into()));
    assert_eq!(server.stop(), 0);
}

#[test]
fn as_text_a_line_is_one_event_whatever_a_client_says() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &["--log", "debug"]);
    let forged = by_token("bz_", "x\n2026 ERROR forged");
    assert!(Client::sign_in(server.tcp().unwrap(), &forged).is_err());
    server.http().get("/v1/realms/realm").expect(200);
    let all = said(&server, "answered");
    let refused = all.lines().find(|line| line.contains("a login was refused")).expect("it is told");
    assert!(
        refused.contains("WARN connection{door=\"binary\"}: audit: ") && refused.contains("forged"),
        "{refused}"
    );
    assert!(!all.lines().any(|line| line.starts_with("2026 ERROR")), "{all}");
    let answered = all.lines().find(|line| line.contains("answered")).expect("it is told");
    assert!(
        answered.contains(
            "request{door=\"http\" method=\"GET\" route=\"/v1/realms/{realm}\" realm=\"realm\" agent=0}"
        ),
        "{answered}"
    );
    assert_eq!(server.stop(), 0);
}

#[test]
fn below_its_level_nothing_is_logged() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &["--log", "info,audit=off"]);
    assert!(Client::sign_in(server.tcp().unwrap(), &by_token("bz_no", "")).is_err());
    server.http().get("/v1/realms/realm").expect(200);
    std::thread::sleep(Duration::from_millis(50));
    let all = server.said();
    assert!(!all.contains("refused") && !all.contains("signed in"), "{all}");
    assert_eq!(server.stop(), 0);
}
