//! The Merkle log over HTTP: what is fetched verifies with `bartizan log verify`, and tiles are the files of the log.

use std::path::Path;

use bartizan_io::server::tokens::Right;
use bartizan_tests::http::Client;
use bartizan_tests::program::{Scratch, run};
use bartizan_tests::server::Server;
use serde_json::json;

use crate::hosted::wait_until;
use bartizan_tests::stage::{COMMANDS, order, set_up, tokens};

const LOG: &str = "/v1/realms/realm/log";

/// Brings the log up to the realm's journal beside the server, until it has so many records.
fn sign(data: &Path, key: &Path, size: u64) {
    wait_until("the records to be known to be durable", || {
        let signed = ["log".as_ref(), "checkpoint".as_ref(), "--data".as_ref(), data.as_os_str()];
        let note = run(signed.into_iter().chain(["--key".as_ref(), key.as_os_str()])).clean();
        note.lines().nth(1) == Some(&*size.to_string())
    });
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Fetches something into a file.
fn fetch(scratch: &Scratch, client: &mut Client, path: &str, name: &str) -> String {
    let told = client.get(&format!("{LOG}{path}"));
    assert_eq!(told.status, 200, "{path}: {}", String::from_utf8_lossy(&told.body));
    text(&scratch.file(name, &told.body)).to_owned()
}

#[test]
fn what_is_fetched_is_verified_offline() {
    let scratch = Scratch::new();
    let (data, key) = (scratch.at("realm"), scratch.at("log.key"));
    let server = Server::start(&data, &[]);
    let mut client = server.http();
    set_up(&mut client);
    for path in ["checkpoint", "tile/0/000", "inclusion?sequence=1", "consistency?from=1"] {
        let told = client.get(&format!("{LOG}/{path}")).problem(404);
        assert!(told["detail"].as_str().unwrap().contains("no signed log"), "{told}");
    }
    let verifier = run(["log", "key", text(&key), "--new", "example.org/apples"]).clean();
    let verifier = verifier.trim_end();
    sign(&data, &key, 14);
    let older = fetch(&scratch, &mut client, "/checkpoint", "older");
    let proof = fetch(&scratch, &mut client, "/inclusion?sequence=3", "inclusion");
    let said = run(["log", "verify", &proof, "--checkpoint", &older, "--verifier", verifier]).clean();
    assert!(said.starts_with("example.org/apples: record 3 is in the log of 14 records\n"), "{said}");
    assert!(said.contains(r#""RegisterAgent":{"name":"sol""#), "{said}");
    client.post(COMMANDS, &order(1, 1, "Sell", 20, 250)).expect(200);
    client.post(COMMANDS, &order(1, 2, "Buy", 5, 250)).expect(200);
    sign(&data, &key, 16);
    let newer = fetch(&scratch, &mut client, "/checkpoint", "newer");
    let proof = fetch(&scratch, &mut client, "/consistency?from=14", "consistency");
    let verify = ["log", "verify", &proof, "--checkpoint", &newer, "--verifier", verifier, "--older", &older];
    assert!(run(verify).clean().contains("the log of 16 records begins with that of 14"));
    // What came after the checkpoint is not denied, but is not proven yet.
    client.post(COMMANDS, &order(2, 1, "Sell", 1, 251)).expect(200);
    let told = client.get(&format!("{LOG}/inclusion?sequence=17")).problem(404);
    assert_eq!(
        told["detail"],
        "the signed log ends at 16, before command 17: its operator extends it by bartizan log checkpoint"
    );
    // What does not fit is refused: an older proof beside the newer checkpoint.
    let proof = fetch(&scratch, &mut client, "/inclusion?sequence=3&size=14", "inclusion");
    run(["log", "verify", &proof, "--checkpoint", &newer, "--verifier", verifier]).refused(1);
    run(["log", "verify", &proof, "--checkpoint", &older, "--verifier", verifier]).clean();
    // The same documents as the program prints.
    let printed = run(["log", "inclusion", "16", "--data", text(&data)]).clean();
    let printed: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(client.get(&format!("{LOG}/inclusion?sequence=16")).expect(200), printed);
    for (path, status) in [
        ("inclusion?sequence=18", 404),
        ("inclusion?sequence=0", 404),
        ("inclusion?sequence=1&size=17", 404),
        ("inclusion", 400),
        ("consistency?from=0", 400),
        ("consistency?from=16&to=14", 400),
        ("consistency?from=99", 404),
        ("tile/0/000", 404),
        ("tile/0/000.p/17", 404),
        ("tile/0/001.p/1", 404),
        ("tile/1/000.p/1", 404),
        ("tile/0/0", 404),
        ("tile/../checkpoint", 404),
        ("tile/0/..%2f..%2fcheckpoint", 404),
    ] {
        client.get(&format!("{LOG}/{path}")).problem(status);
    }
    for (level, widths) in [("0", [14, 16]), ("entries", [14, 16])] {
        let file = std::fs::read(data.join(format!("log/tile/{level}/000.p/16"))).unwrap();
        for width in widths {
            let told = client.get(&format!("{LOG}/tile/{level}/000.p/{width}"));
            assert_eq!((told.status, told.header("content-type")), (200, Some("application/octet-stream")));
            assert!(if width == 16 { told.body == file } else { file.starts_with(&told.body) }, "{level}");
        }
    }
}

#[test]
fn what_commands_say_is_for_who_sees_them() {
    use Right::{Audit, Read, Write};
    let scratch = Scratch::new();
    let (data, key) = (scratch.at("realm"), scratch.at("log.key"));
    let server = Server::start(&data, &[]);
    set_up(&mut server.http());
    let [ann, auditor] = tokens(&data, [(1, &[Read, Write]), (4, &[Read, Audit])]);
    let mut ann = server.http().with_token(&ann);
    let mut auditor = server.http().with_token(&auditor);
    ann.post(COMMANDS, &json!({"id": 1, "command": order(1, 1, "Sell", 20, 250)["command"]})).expect(200);
    run(["log", "key", text(&key), "--new", "example.org/apples"]).clean();
    sign(&data, &key, 15);
    for path in ["checkpoint", "tile/0/000.p/15", "inclusion?sequence=15", "consistency?from=3"] {
        assert_eq!(ann.get(&format!("{LOG}/{path}")).status, 200, "{path}");
    }
    for path in ["tile/entries/000.p/15", "inclusion?sequence=14"] {
        ann.get(&format!("{LOG}/{path}")).problem(403);
        assert_eq!(auditor.get(&format!("{LOG}/{path}")).status, 200, "{path}");
    }
    let mut nobody = server.http().with_token("bz_nobody");
    nobody.get(&format!("{LOG}/checkpoint")).problem(401);
}
