//! Random requests, made of the description that the server gives of itself: whatever is asked, it is never the server's fault, each answer is of the form that is described, and afterwards
//! the journal, replayed, has the digest that readers saw.
//!
//! `BARTIZAN_REQUESTS=1000000 cargo test --release -p bartizan-tests --test http random` asks as often as it says.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use bartizan_io::journal::Directory;
use bartizan_io::node::History;
use bartizan_io::node::history::digest;
use bartizan_tests::described::Described;
use bartizan_tests::dice::Dice;
use bartizan_tests::http::{Client, Response};
use bartizan_tests::program::Scratch;
use bartizan_tests::server::Server;
use serde_json::Value;

use bartizan_tests::stage::set_up;

/// How often is asked on every test run.
const REQUESTS: u64 = 3_000;

/// Who ask at a time.
const CLIENTS: u64 = 6;

/// A request that can be asked: its path, its method, its description.
struct Operation<'a> {
    path: &'a str,
    method: &'a str,
    said: &'a Value,
}

fn operations(described: &Described) -> Vec<Operation<'_>> {
    let paths = described.0["paths"].as_object().expect("there are paths");
    let mut all = Vec::new();
    for (path, methods) in paths {
        for (method, said) in methods.as_object().expect("a path has methods") {
            // Feeds do not end.
            if said["tags"][0] != "feeds" {
                all.push(Operation { path, method, said });
            }
        }
    }
    all
}

/// A request.
struct Asked {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A text as it stands in a path or a query.
fn escaped(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(one).collect()
}

/// Gives most commands ids that nobody had, so that they are not all answered by those.
fn renumber(body: &mut Value, dice: &mut Dice, next: &mut u64) {
    match body {
        Value::Array(several) => several.iter_mut().for_each(|one| renumber(one, dice, next)),
        Value::Object(fields) if fields.contains_key("command") && dice.chance(80) => {
            *next += 1;
            fields.insert("id".to_owned(), (*next).into());
        }
        _ => {}
    }
}

fn request(described: &Described, operation: &Operation<'_>, dice: &mut Dice, next: &mut u64) -> Asked {
    let wild = *dice.pick(&[0, 0, 3, 30]);
    let mut path = operation.path.to_owned();
    let (mut query, mut headers) = (Vec::new(), Vec::new());
    for parameter in operation.said["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().expect("a parameter has a name");
        let value = plain(&described.made(&parameter["schema"], dice, wild, 0));
        match parameter["in"].as_str() {
            Some("path") => {
                let usual = match name {
                    "realm" => "realm",
                    "tile" => "0/000.p/5",
                    _ => "1",
                };
                let value = if dice.chance(90) { usual.to_owned() } else { escaped(&value) };
                path = path.replace(&format!("{{{name}}}"), &value);
            }
            Some("query")
                if parameter["required"] == true || dice.chance(if name == "digest" { 1 } else { 50 }) =>
            {
                query.push(format!("{name}={}", escaped(&value)));
            }
            Some("header") if parameter["required"] == true || dice.chance(5) => {
                headers.push((name.to_owned(), value.replace(|c: char| !(' '..='~').contains(&c), "?")));
            }
            _ => {}
        }
    }
    if !query.is_empty() {
        path = format!("{path}?{}", query.join("&"));
    }
    let schema = &operation.said["requestBody"]["content"]["application/json"]["schema"];
    let mut body = Vec::new();
    if !schema.is_null() {
        let mut made = described.made(schema, dice, wild, 0);
        renumber(&mut made, dice, next);
        body = made.to_string().into_bytes();
        if dice.chance(3) {
            body.truncate(dice.below(body.len() + 1));
        }
        if dice.chance(3) && !body.is_empty() {
            let at = dice.below(body.len());
            body[at] = dice.below(256) as u8;
        }
    }
    Asked { method: operation.method.to_uppercase(), path, headers, body }
}

/// Whether an answer is one that the description allows.
fn judge(described: &Described, operation: &Operation<'_>, told: &Response) -> Result<(), String> {
    if told.status >= 500 {
        return Err("it is the server's fault".to_owned());
    }
    let responses = &operation.said["responses"];
    let said = responses.get(told.status.to_string()).or_else(|| responses.get("default"));
    let said = said.ok_or("a status that is not described")?;
    let kind = told.header("content-type").unwrap_or("").split(';').next().unwrap_or("").to_owned();
    let content = said["content"].as_object();
    let form = content.and_then(|content| content.get(&kind));
    match form {
        None if told.body.is_empty() && content.is_none() => Ok(()),
        None => Err(format!("a body of type {kind} is not described")),
        Some(form) if kind.ends_with("json") => {
            let body: Value = serde_json::from_slice(&told.body).map_err(|error| error.to_string())?;
            described.check(&form["schema"], &body, "")
        }
        Some(_) => Ok(()),
    }
}

/// One of the operations; those that walk through all that there is come seldom, so that most of the time goes to others.
fn chosen<'a, 'b>(operations: &'b [Operation<'a>], dice: &mut Dice) -> &'b Operation<'a> {
    loop {
        let operation = dice.pick(operations);
        let walks = operation.path.ends_with("/export") || operation.path.ends_with("/dry-run");
        if !walks || dice.chance(2) {
            return operation;
        }
    }
}

/// What came of asking.
#[derive(Default)]
struct Heard {
    /// How often each status was the answer.
    statuses: BTreeMap<u16, u64>,
    /// What is wrong, by operation and kind.
    wrong: BTreeMap<String, String>,
}

/// Asks so often.
fn ask(server: &Server, described: &Described, count: u64, seed: u64) -> Heard {
    let (operations, mut dice) = (operations(described), Dice::new(seed));
    let mut heard = Heard::default();
    let (mut client, mut next) = (server.http(), seed << 40);
    for number in 0..count {
        let operation = chosen(&operations, &mut dice);
        let asked = request(described, operation, &mut dice, &mut next);
        let headers: Vec<(&str, &str)> =
            asked.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        let told = client.try_ask(&asked.method, &asked.path, &headers, &asked.body);
        let (why, answer) = match &told {
            Ok(told) => {
                *heard.statuses.entry(told.status).or_insert(0) += 1;
                (judge(described, operation, told).err(), String::from_utf8_lossy(&told.body).into_owned())
            }
            Err(error) => (Some(format!("no answer: {error}")), String::new()),
        };
        if let Some(why) = why {
            let status = told.as_ref().map_or(0, |told| told.status);
            let said = String::from_utf8_lossy(&asked.body);
            let Operation { path, method, .. } = operation;
            heard.wrong.entry(format!("{method} {path} {status}")).or_insert_with(|| {
                let line = format!("{} {} {headers:?}", asked.method, asked.path);
                format!("seed {seed}, request {number}: {why}\n{line}\n{said}\n{answer}")
            });
        }
        if told.is_ok_and(|told| told.header("connection") != Some("close")) {
            continue;
        }
        client = Client::connect(server.http_address());
    }
    heard
}

#[test]
fn random_requests_are_answered_as_described_and_nothing_is_lost() {
    let named = std::env::var("BARTIZAN_REQUESTS").ok().and_then(|count| count.parse().ok());
    let count: u64 = named.unwrap_or(REQUESTS);
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let server = Server::start(&data, &[]);
    set_up(&mut server.http());
    let described = Described(server.http().get("/openapi.json").expect(200));
    let Heard { statuses, wrong } = std::thread::scope(|scope| {
        let asking: Vec<_> = (1..=CLIENTS)
            .map(|seed| {
                let (server, described) = (&server, &described);
                scope.spawn(move || ask(server, described, count / CLIENTS, seed))
            })
            .collect();
        let mut all = Heard::default();
        for heard in asking.into_iter().map(|it| it.join().expect("it does not panic")) {
            heard
                .statuses
                .into_iter()
                .for_each(|(status, count)| *all.statuses.entry(status).or_insert(0) += count);
            all.wrong.extend(heard.wrong);
        }
        all
    });
    let wrong: Vec<String> = wrong.into_iter().map(|(of, told)| format!("{of}: {told}")).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let seen = server.http().get("/v1/realms/realm?digest=true").expect(200);
    assert_eq!(server.stop(), 0);
    let storage = Directory::open_to_read(&data).expect("the journal is there");
    let (realm, _) =
        History::from_start(Arc::new(storage)).and_then(|it| it.run(None, |_| ())).expect("it is sound");
    assert_eq!(seen["sequence"], realm.sequence().0);
    assert_eq!(seen["digest"], digest(&realm).to_hex().to_string());
    // All kinds of answers come, so it is the routes that are tried, not their walls.
    for status in [200, 400, 404, 422] {
        assert!(statuses.get(&status).is_some_and(|&count| count > 5), "{statuses:?}");
    }
    let _ = writeln!(std::io::stderr(), "{count} requests: {statuses:?}");
}
