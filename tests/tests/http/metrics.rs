//! What the server counts: told so that Prometheus reads it, and adding up with what was sent.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use bartizan_engine::ledger::units::AgentId;
use bartizan_io::server::tokens::Right;
use bartizan_io::wire::client::SignIn;
use bartizan_tests::exposition::Exposition;
use bartizan_tests::http::Client;
use bartizan_tests::not_judged;
use bartizan_tests::program::Scratch;
use bartizan_tests::server::Server;
use bartizan_tests::stage::{COMMANDS, market_day, order, set_up, tokens};
use serde_json::{Value, json};

fn text(client: &mut Client) -> String {
    let told = client.get("/metrics");
    assert_eq!((told.status, told.header("content-type")), (200, Some("text/plain; version=0.0.4")));
    String::from_utf8(told.body).expect("it is text")
}

fn scrape(client: &mut Client) -> Exposition {
    Exposition::read(&text(client)).unwrap_or_else(|error| panic!("{error}"))
}

/// Commands of all sorts: some that are carried out, some that are rejected, some that were there before.
fn commands() -> Value {
    let mut commands: Vec<Value> = Vec::new();
    for id in 1..=40 {
        commands.push(order(id, 1, "Sell", 1 + id % 3, 250));
        commands.push(order(id, 2, "Buy", 1 + id % 4, if id % 5 == 0 { 1_000_000 } else { 250 }));
        if id % 7 == 0 {
            commands.push(order(id, 1, "Sell", 1 + id % 3, 250));
        }
    }
    commands.push(order(41, 99, "Sell", 1, 250));
    Value::Array(commands)
}

#[test]
fn counters_add_up_with_what_was_sent() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let mut client = server.http();
    let before = scrape(&mut client);
    assert_eq!(before.count("bartizan_commands_applied_total", &[]), 0);
    set_up(&mut client);
    let set_up = scrape(&mut client).count("bartizan_commands_applied_total", &[("realm", "realm")]);
    let sent = commands();
    let (mut applied, mut repeated, mut rejected) = (set_up, 0, BTreeMap::<String, i64>::new());
    for _ in 0..2 {
        let answers = client.post(COMMANDS, &sent).expect(200);
        for answer in answers.as_array().expect("an answer for each") {
            match (&answer["repeated"], answer["reject"]["name"].as_str()) {
                (Value::Bool(true), _) => repeated += 1,
                (_, Some(name)) => *rejected.entry(name.to_owned()).or_default() += 1,
                (_, None) => applied += 1,
            }
        }
    }
    assert!(repeated > 40 && rejected.len() > 1, "there are some of each: {repeated} {rejected:?}");
    let after = scrape(&mut client);
    assert_eq!(after.count("bartizan_commands_applied_total", &[]), applied);
    assert_eq!(after.count("bartizan_commands_repeated_total", &[]), repeated);
    for (name, &count) in &rejected {
        assert_eq!(after.count("bartizan_commands_rejected_total", &[("reject", name)]), count, "{name}");
    }
    let rejected = rejected.values().sum::<i64>();
    assert_eq!(after.count("bartizan_commands_rejected_total", &[]), rejected);
    assert_eq!(after.count("bartizan_commands_refused_total", &[]), 0);
    // The log holds them once each, but for those of an unknown actor.
    let unknown = after.count("bartizan_commands_rejected_total", &[("reject", "UnknownActor")]);
    assert_eq!(unknown, 2);
    let sequence = after.count("bartizan_durable_sequence", &[]);
    assert_eq!(sequence, applied + rejected - unknown);
    assert_eq!(after.count("bartizan_sequence", &[]), sequence);
    assert_eq!(after.count("bartizan_group_commands_sum", &[]), sequence);
    let groups = after.count("bartizan_group_commands_count", &[]);
    assert!((2..=sequence).contains(&groups));
    assert_eq!(after.count("bartizan_commit_seconds_count", &[]), groups);
    assert_eq!(after.count("bartizan_apply_seconds_count", &[]), groups);
    assert!(after.total("bartizan_commit_seconds_sum", &[]) > 0.0);
    assert_eq!((after.count("bartizan_realm_up", &[]), after.count("bartizan_queue_batches", &[])), (1, 0));
    assert!(after.count("bartizan_journal_bytes", &[]) > 1000);
    assert_eq!(after.count("bartizan_snapshot_age_seconds", &[]), -1, "there is no snapshot");
}

#[test]
fn requests_and_connections_are_counted_by_route_and_door() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let mut client = server.http();
    set_up(&mut client);
    let bytes = json!({"id": 90, "actor": 0, "command": {"AdvanceClock": {}}}).to_string();
    let mut sent = 0;
    for id in 1..=5 {
        let told = client.ask("POST", COMMANDS, &[], bytes.replace("90", &(90 + id).to_string()).as_bytes());
        assert_eq!(told.status, 200);
        sent += told.body.len() as i64;
    }
    for number in 0..3 {
        client.get(&format!("/nowhere/{number}")).problem(404);
        client.get(&format!("/v1/realms/realm/markets/{number}"));
    }
    client.ask("BREW", "/v1/realms", &[], b"").problem(405);
    let binary = server.sign_in(&SignIn::local(AgentId::REALM)).expect("it is let in");
    let told = scrape(&mut client);
    let route = ("route", "/v1/realms/{realm}/commands");
    let requests = |labels: &[(&str, &str)]| told.count("bartizan_http_requests_total", labels);
    assert_eq!(requests(&[route, ("status", "200"), ("method", "POST")]), 6);
    assert_eq!(requests(&[("route", "none")]), 3);
    assert_eq!(requests(&[("method", "other"), ("status", "405")]), 1);
    let market = ("route", "/v1/realms/{realm}/markets/{market}");
    assert_eq!((requests(&[market, ("status", "404")]), requests(&[market, ("status", "200")])), (2, 1));
    assert_eq!(told.count("bartizan_http_request_seconds_count", &[route]), 6);
    let received = told.count("bartizan_http_received_bytes_total", &[route]);
    let first = market_day();
    assert_eq!(received, (5 * bytes.len() + Value::Array(first).to_string().len()) as i64);
    assert!(told.count("bartizan_http_sent_bytes_total", &[route]) > sent);
    assert_eq!(told.count("bartizan_connections", &[("door", "http")]), 1);
    assert_eq!(told.count("bartizan_connections", &[("door", "binary")]), 1);
    drop(binary);
    for _ in 0..1000 {
        if scrape(&mut client).count("bartizan_connections", &[("door", "binary")]) == 0 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let told = scrape(&mut client);
    assert_eq!(told.count("bartizan_connections", &[("door", "binary")]), 0, "it has gone");
    assert_eq!(told.count("bartizan_connections_total", &[("door", "binary")]), 1);
}

#[test]
fn who_sees_everything_sees_them_alone() {
    use Right::{Audit, Read, Write};
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let server = Server::start(&data, &[]);
    set_up(&mut server.http());
    assert_eq!(server.stop(), 0);
    let server = Server::start(&data, &["--closed"]);
    server.http().get("/metrics").problem(401);
    let [trader, operator, auditor] = tokens(&data, [(1, &[Read, Write]), (0, &[Read]), (3, &[Audit])]);
    server.http().with_token(&trader).get("/metrics").problem(403);
    for token in [operator, auditor] {
        let told = text(&mut server.http().with_token(&token));
        assert!(!told.contains(&token) && told.contains("bartizan_sequence{realm=\"realm\"} 14"), "{told}");
    }
}

/// `prometheus_client`'s own parser reads it, and finds what we find.
#[test]
fn another_reader_understands_every_line() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let mut client = server.http();
    set_up(&mut client);
    client.post(COMMANDS, &commands()).expect(200);
    let told = text(&mut client);
    let python = std::env::var_os("BARTIZAN_PYTHON").unwrap_or_else(|| "python3".into());
    let program = "import sys
try:
    from prometheus_client.parser import text_string_to_metric_families as read
except ImportError:
    sys.exit(3)
print(sum(len(family.samples) for family in read(sys.stdin.read())))";
    let mut child = Command::new(python)
        .args(["-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("python3 can be started");
    let mut input = child.stdin.take().expect("standard input is a pipe");
    // One that ends early does not read it.
    let _ = std::io::Write::write_all(&mut input, told.as_bytes());
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    if output.status.code() == Some(3) {
        return not_judged("prometheus_client", "prometheus_client from PyPI");
    }
    assert!(output.status.success(), "it does not understand it:\n{told}");
    let samples = told.lines().filter(|line| !line.starts_with('#')).count();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), samples.to_string());
}
