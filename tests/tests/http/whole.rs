//! What is tried and not kept, rounds solved from outside, books, the description, and the README's session.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use bartizan_io::server::tokens::Right;
use bartizan_tests::program::{self, Scratch, run, run_with_input};
use bartizan_tests::server::Server;
use bartizan_tests::stage::{COMMANDS, order, set_up, tokens};
use bartizan_tests::{not_judged, workspace};
use serde_json::{Value, json};

const DRY_RUN: &str = "/v1/realms/realm/dry-run";

#[test]
fn what_is_tried_has_the_digest_that_it_would_have_and_is_not_kept() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let server = Server::start(&data, &[]);
    let mut client = server.http();
    set_up(&mut client);
    let before = client.get("/v1/realms/realm?digest=true").expect(200);
    let commands =
        json!([order(1, 1, "Sell", 20, 250), order(1, 2, "Buy", 5, 250), order(2, 1, "Sell", 99, 250)]);
    let tried = client.post(DRY_RUN, &commands).expect(200);
    assert_eq!(tried["sequence"], 17);
    let reports = tried["answers"][1]["reports"].as_array().unwrap().iter();
    assert_eq!(reports.filter(|report| report["exec_type"] == "Trade").count(), 2);
    assert_eq!(tried["answers"][2]["reject"]["name"], "InsufficientFunds");
    assert_eq!(client.get("/v1/realms/realm?digest=true").expect(200), before, "nothing is kept");
    assert_eq!(server.stop(), 0);
    // The same log, and the same commands at the same times.
    let mut lines = run(["journal", "dump", "--data", data.to_str().unwrap()]).clean();
    for (command, answer) in commands.as_array().unwrap().iter().zip(tried["answers"].as_array().unwrap()) {
        let mut line = command.clone();
        line["time"] = answer["time"].clone();
        writeln!(lines, "{line}").expect("a string takes it");
    }
    let again = scratch.at("again");
    let said = run_with_input(&["run", "-", "--data", again.to_str().unwrap(), "--json"], lines.as_bytes());
    let told: Value = serde_json::from_str(&said.out).expect("one JSON object");
    assert_eq!((&told["digest"], &told["sequence"]), (&tried["digest"], &tried["sequence"]));
}

#[test]
fn a_round_is_solved_from_outside() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let file = workspace().join("tests/realm/fair.jsonl");
    run(["run", file.to_str().unwrap(), "--data", data.to_str().unwrap()]);
    let server = Server::start(&data, &[]);
    let [ann, sol] = tokens(&data, [(1, &[Right::Read, Right::Write]), (6, &[Right::Read, Right::Write])]);
    let mut ann = server.http().with_token(&ann);
    let mut sol = server.http().with_token(&sol);
    let round = "/v1/realms/realm/rounds/1";
    ann.get(&format!("{round}/frozen")).problem(403);
    let document = sol.get(&format!("{round}/frozen"));
    assert_eq!(document.expect(200)["format"], "bartizan-round");
    let round_file = scratch.file("round.json", std::str::from_utf8(&document.body).unwrap());
    let outcome = run(["clear", round_file.to_str().unwrap(), "--output", "-", "--quiet"]).out;
    let path = format!("{round}/outcome");
    let propose = |client: &mut bartizan_tests::http::Client, key: &str, body: &str| {
        client.ask("POST", &path, &[("Idempotency-Key", key)], body.as_bytes())
    };
    propose(&mut ann, "9", &outcome).problem(403);
    let wrong = outcome.replacen("\"user\":\"1\"", "\"user\":\"2\"", 1).replacen(
        "\"user\": \"1\"",
        "\"user\": \"2\"",
        1,
    );
    assert_ne!(wrong, outcome);
    propose(&mut sol, "1", &wrong).problem(422);
    assert_eq!(propose(&mut sol, "1", "{\n 7").problem(400)["line"], 2);
    let told = propose(&mut sol, "1", &outcome).expect(200);
    let accepted = told["events"].as_array().unwrap().iter().find_map(|event| event.get("ProposalAccepted"));
    assert_eq!((&accepted.unwrap()["solver"], &accepted.unwrap()["is_optimal"]), (&json!(6), &json!(true)));
    assert_eq!(propose(&mut sol, "1", &outcome).expect(200)["repeated"], true);
    assert_eq!(sol.get(round).expect(200)["best"], json!({"solver": 6, "optimal": true}));
    sol.post(COMMANDS, &json!({"id": 2, "command": {"SettleRound": {"round": 1}}})).expect(200);
    assert_eq!(
        sol.get(&format!("{round}/frozen")).problem(409)["detail"],
        "round 1 has ended, and its offers are forgotten"
    );
}

#[test]
fn books_are_what_the_program_exports() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let server = Server::start(&data, &[]);
    set_up(&mut server.http());
    let [ann] = tokens(&data, [(1, &[Right::Read])]);
    let path = "/v1/realms/realm/export?format=";
    server.http().with_token(&ann).get(&format!("{path}csv")).problem(403);
    server.http().get(&format!("{path}xml")).problem(400);
    let told = ["hledger", "ledger", "beancount", "csv", "jsonl"].map(|format| {
        let told = server.http().get(&format!("{path}{format}"));
        assert_eq!(told.status, 200);
        (format, String::from_utf8(told.body).unwrap())
    });
    assert_eq!(server.stop(), 0);
    for (format, told) in told {
        assert_eq!(
            told,
            run(["export", "--data", data.to_str().unwrap(), "--format", format]).clean(),
            "{format}"
        );
    }
}

/// Every reference in a document.
fn references<'a>(document: &'a Value, found: &mut Vec<&'a str>) {
    match document {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn the_description_is_sound() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let document = server.http().get("/openapi.json").expect(200);
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 100, "{}", found.len());
    for reference in found {
        let place = reference.strip_prefix('#').expect("all within the document");
        assert!(document.pointer(place).is_some(), "{reference}");
    }
    let mut ids = std::collections::BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{method} {path}");
            assert!(operation["responses"].as_object().is_some_and(|told| !told.is_empty()));
            let named = path.matches('{').count();
            let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
            assert_eq!(parameters.iter().filter(|it| it["in"] == "path").count(), named, "{method} {path}");
            // Each is there.
            let real = path.replace("{realm}", "realm").replace("{market}", "1").replace("{round}", "1");
            let real = real.replace("{tile}", "0/000");
            let status = if real.contains("feed") || real.contains("events") {
                200
            } else {
                server.http().ask(&method.to_uppercase(), &real, &[], b"").status
            };
            assert!(![405, 500].contains(&status), "{method} {real}: {status}");
        }
    }
    let schema = &document["components"]["schemas"]["Command"];
    assert!(schema["oneOf"].as_array().unwrap().len() >= 34, "every command has its form");
    judged_outside(&scratch, &document);
}

/// The outside judge, `openapi-spec-validator` of the Python index, where it is installed.
fn judged_outside(scratch: &Scratch, document: &Value) {
    let file = scratch.file("openapi.json", document.to_string());
    let known = Command::new("python3").args(["-c", "import openapi_spec_validator"]).output();
    if !known.is_ok_and(|known| known.status.success()) {
        return not_judged("openapi-spec-validator", "PyPI's `openapi-spec-validator`");
    }
    let judged = Command::new("python3").args(["-m", "openapi_spec_validator"]).arg(file).output();
    let judged = judged.expect("python3 can be started");
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stdout));
}

/// The session in the README that begins with this command, as its commands and what each prints.
fn session(begins: &str) -> Vec<(String, String)> {
    let readme = std::fs::read_to_string(workspace().join("README.md")).expect("there is a README");
    let blocks = readme.split("```console\n").skip(1).filter_map(|rest| rest.split_once("```"));
    let block =
        blocks.map(|(block, _)| block).find(|block| block.contains(begins)).expect("the session is there");
    let mut told: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), told.last_mut()) {
            (Some(command), _) => told.push((command.to_owned(), String::new())),
            (None, Some((_, printed))) => printed.extend([line, "\n"]),
            (None, None) => panic!("a session begins with a command: {line}"),
        }
    }
    told
}

#[test]
fn the_session_in_the_readme_is_true_to_the_letter() {
    let is_there = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !is_there("curl") || !is_there("python3") {
        return not_judged("curl and python3", "Debian's `curl` and `python3`");
    }
    let scratch = Scratch::new();
    let session = session("serve --data shop");
    // Only the ports are others, since other tests serve too, and what is made lies in a scratch folder.
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).unwrap().port();
    let bin = scratch.at("bin");
    std::fs::create_dir(&bin).unwrap();
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let program = text(program::path());
    let script = format!("#!/bin/sh\nexec {program} \"$@\" --tcp 127.0.0.1:0 --http 127.0.0.1:{free}\n");
    std::fs::write(bin.join("bartizan"), script).unwrap();
    std::fs::set_permissions(bin.join("bartizan"), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .unwrap();
    for folder in ["tests", "io"] {
        std::os::unix::fs::symlink(workspace().join(folder), scratch.at(folder)).unwrap();
    }
    let mut script = format!("cd {}\nPATH={}:$PATH\n", text(&scratch.at(".")), text(&bin));
    for (command, _) in &session {
        let _ = writeln!(
            script,
            "{}\necho '== end'",
            command.replace("localhost:7410", &format!("127.0.0.1:{free}"))
        );
    }
    let said = Command::new("sh").arg("-c").arg(&script).output().expect("sh can be started");
    let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    let printed: Vec<&str> = out.split("== end\n").collect();
    for ((command, expected), printed) in session.iter().zip(printed) {
        assert_eq!(printed, expected, "$ {command}\n{err}");
    }
}
