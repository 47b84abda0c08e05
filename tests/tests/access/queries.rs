//! Every route of HTTP, of every role and by every kind of token: each route that is described, and each that is not, has its rows here.

use std::collections::BTreeSet;

use bartizan_tests::http::Client;
use bartizan_tests::server::Server;
use serde_json::{Value, json};

use crate::table::{compare, rows};
use crate::village::{Own, Village};

/// Who is answered what. `all`: what an operator is answered; `own`: less; `yes`: it is carried out, whatever the realm says then; `no`: it may not (403); `out`: the door does not let in (401).
/// `{n}` is the round of everybody that is closed; in a short path, the first realm.
const TABLE: &str = "
                                            nobody    guest     trader    issuer    organiser solver    operator  auditor   reads     writes
GET /openapi.json                           all       all       all       all       all       all       all       all       all       all
GET /health/live                            all       all       all       all       all       all       all       all       all       all
GET /health/ready                           all       all       all       all       all       all       all       all       all       all
GET /healthz                                all       all       all       all       all       all       all       all       all       all
GET /metrics                                out       no        no        no        no        no        yes       yes       yes       no
GET /v1/realms                              out       all       all       all       all       all       all       all       all       no
GET /v1/realms/{realm}                      out       all       all       all       all       all       all       all       all       no
GET /v1/realms/{realm}?digest=true          out       no        no        no        no        no        all       all       all       no
GET /v1/realms/{realm}/agents               out       all       all       all       all       all       all       all       all       no
GET /v1/realms/{realm}/assets               out       all       all       all       all       all       all       all       all       no
GET /v1/realms/{realm}/accounts             out       own       own       own       own       own       all       all       all       no
GET /v1/realms/{realm}/holds                out       own       own       own       own       own       all       all       all       no
GET /v1/realms/{realm}/markets              out       all       all       all       all       all       all       all       all       no
GET /v1/realms/{realm}/markets/{market}     out       all       all       all       all       all       all       all       all       no
GET /v1/realms/{realm}/markets/{market}/orders  out   own       own       own       own       own       all       all       all       no
GET /v1/realms/{realm}/rounds               out       all       all       all       all       all       all       all       all       no
GET /v1/realms/{realm}/rounds/{round}       out       own       own       own       own       own       all       all       all       no
GET /v1/realms/{realm}/rounds/{round}/frozen  out     no        no        no        no        all       all       all       all       no
GET /v1/realms/{realm}/export?format=csv    out       no        no        no        no        no        all       all       all       no
GET /v1/realms/{realm}/log/checkpoint       out       all       all       all       all       all       all       all       all       no
GET /v1/realms/{realm}/log/tile/{tile}      out       all       all       all       all       all       all       all       all       no
GET /v1/realms/{realm}/log/tile/{tile}?of=entries  out  no      no        no        no        no        all       all       all       no
GET /v1/realms/{realm}/log/inclusion?sequence=1  out  no        no        no        no        no        all       all       all       no
GET /v1/realms/{realm}/log/consistency?from=1    out  all       all       all       all       all       all       all       all       no
GET /v1/realms/{realm}/audit?limit=1          out    no        no        no        no        no        all       all       all       no
GET /v1/realms/{realm}/feed?scope=all&from=1     out  no        no        no        no        no        yes       yes       yes       no
GET /v1/realms/{realm}/feed?scope=own&from=1     out  yes       yes       yes       yes       yes       yes       yes       yes       no
GET /v1/realms/{realm}/feed?scope=public&from=1  out  yes       yes       yes       yes       yes       yes       yes       yes       no
GET /v1/events?from=1                       out       yes       yes       yes       yes       yes       yes       yes       yes       no
POST /v1/realms/{realm}/commands            out       yes       yes       yes       yes       yes       yes       no        no        yes
POST /v1/commands                           out       yes       yes       yes       yes       yes       yes       no        no        yes
POST /v1/realms/{realm}/dry-run             out       yes       yes       yes       yes       yes       yes       no        no        no
POST /v1/realms/{realm}/rounds/{round}/outcome  out   no        no        no        no        yes       yes       no        no        no
";

/// What somebody is answered by a route, compared with what an operator was.
fn outcome(
    client: &mut Client,
    row: &str,
    (village, own, id): (&Village, &Own, u64),
    all: &mut Option<Value>,
) -> String {
    let (method, path) = row.split_once(' ').expect("a method and a path");
    let market = village.own("bob").market.to_string();
    let path = path.replace("{realm}", "realm").replace("{market}", &market);
    let path = path.replace("{round}", &village.closed.to_string());
    // Of which tile, a row says where a query would stand.
    let path = match path.strip_suffix("?of=entries") {
        Some(path) => path.replace("{tile}", "entries/000.p/1"),
        None => path.replace("{tile}", "0/000.p/1"),
    };
    if path.contains("/feed") || path.contains("/events") || path == "/metrics" {
        client.send("GET", &path, &[], b"");
        return match client.head().0 {
            200 => "yes",
            403 => "no",
            401 => "out",
            other => panic!("{row}: {other}"),
        }
        .to_owned();
    }
    let tick = json!({ "id": id, "actor": own.agent, "command": { "AdvanceClock": {} } }).to_string();
    let (key, body) = (id.to_string(), if path.ends_with("/outcome") { &village.outcome } else { &tick });
    let headers =
        if path.ends_with("/outcome") { vec![("Idempotency-Key", key.as_str())] } else { Vec::new() };
    let answer = client.ask(method, &path, &headers, if method == "POST" { body.as_bytes() } else { b"" });
    match answer.status {
        401 => return "out".to_owned(),
        403 => return "no".to_owned(),
        200 => {}
        // What the realm refuses, it was asked.
        _ if answer.json()["number"].as_u64().is_some_and(|number| number != 50) => {}
        other => panic!("{row}: {other} {}", String::from_utf8_lossy(&answer.body)),
    }
    if method == "POST" {
        return "yes".to_owned();
    }
    let told =
        serde_json::from_slice(&answer.body).unwrap_or_else(|_| json!(String::from_utf8_lossy(&answer.body)));
    let all = all.get_or_insert_with(|| told.clone());
    if told == *all { "all".to_owned() } else { "own".to_owned() }
}

/// Rows of requests that change nothing come first, so that all are told of the same realm.
#[test]
fn every_route_answers_whom_it_should() {
    let village = Village::found();
    let server = Server::start(&village.data, &["--closed"]);
    let who = village.tokens();
    let mut found = Vec::new();
    let mut id = 2_000_000;
    for (row, _) in rows(TABLE) {
        let mut all = None;
        let mut said = vec![String::new(); who.len()];
        // An operator first, with whom the others are compared.
        let operator = who.iter().position(|(column, ..)| *column == "operator").expect("there is a column");
        for place in std::iter::once(operator).chain(0..who.len()) {
            let (_, own, token) = &who[place];
            let client = server.http();
            let mut client = if let Some(token) = token { client.with_token(token) } else { client };
            id += 1;
            said[place] = outcome(&mut client, row, (&village, own, id), &mut all);
        }
        found.push((row.to_owned(), said));
    }
    compare(TABLE, &found);
}

#[test]
fn every_route_has_a_row() {
    let village = bartizan_tests::program::Scratch::new();
    let server = Server::start(&village.at("realm"), &[]);
    let described = server.http().get("/openapi.json").expect(200);
    let mut all = BTreeSet::from(["GET /openapi.json".to_owned()]);
    for (path, methods) in described["paths"].as_object().expect("paths") {
        all.extend(
            methods
                .as_object()
                .expect("methods")
                .keys()
                .map(|method| format!("{} {path}", method.to_uppercase())),
        );
    }
    let plain = |row: &str| row.split('?').next().unwrap_or(row).to_owned();
    let named: BTreeSet<String> = rows(TABLE).iter().map(|(row, _)| plain(row)).collect();
    assert_eq!(named, all);
}
