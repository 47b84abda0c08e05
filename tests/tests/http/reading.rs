//! What is read: pages, versions, and the same things that `bartizan state --json` tells.

use bartizan_tests::program::{Scratch, run};
use bartizan_tests::server::Server;
use bartizan_tests::stage::{COMMANDS, order, set_up};
use bartizan_tests::workspace;
use serde_json::{Value, json};

#[test]
fn what_is_read_is_what_the_state_says() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let text = data.to_str().unwrap();
    let file = workspace().join("tests/realm/fair.jsonl");
    run(["run", file.to_str().unwrap(), "--data", text]);
    let state: Value = serde_json::from_str(&run(["state", "--data", text, "--json"]).clean()).unwrap();
    let frozen = run(["round", "export", "--data", text, "--round", "1"]).clean();
    let server = Server::start(&data, &[]);
    let mut client = server.http();
    for what in ["agents", "assets", "accounts", "holds", "markets", "rounds"] {
        let told = client.get(&format!("/v1/realms/realm/{what}?limit=1000")).expect(200);
        assert_eq!((&told["items"], &told["next"]), (&state[what], &Value::Null), "{what}");
        assert_eq!(told["sequence"], state["sequence"]);
    }
    let realm = client.get("/v1/realms/realm?digest=true").expect(200);
    assert_eq!((&realm["digest"], &realm["time"]), (&state["digest"], &state["time"]));
    let document = client.get("/v1/realms/realm/rounds/1/frozen");
    assert_eq!(String::from_utf8(document.body).unwrap(), frozen);
    let round = client.get("/v1/realms/realm/rounds/1").expect(200);
    assert_eq!(round["objectives"], json!(["Items", "Cost"]));
    assert_eq!(round["seen"][0]["gives"], json!({"Lot": {"asset": 2, "amount": 1}}));
    let realms = client.get("/v1/realms").expect(200);
    assert_eq!(realms["realms"][0]["realm"], "realm");
    assert_eq!(realms["realms"][0]["health"], "serving");
    for path in ["/health/live", "/health/ready", "/healthz"] {
        assert_eq!(client.get(path).expect(200), json!({"health": "serving"}));
    }
}

#[test]
fn lists_are_told_in_pages() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let mut client = server.http();
    set_up(&mut client);
    let orders: Vec<Value> = (1..=9).map(|id| order(id, 1, "Sell", 2, 250 + id as i64)).collect();
    client.post(COMMANDS, &json!(orders)).expect(200);
    for (what, key) in
        [("agents", "agent"), ("accounts", "account"), ("markets/1/orders", "order"), ("assets", "asset")]
    {
        let all = client.get(&format!("/v1/realms/realm/{what}")).expect(200)["items"].clone();
        let (mut pages, mut next) = (Vec::new(), String::new());
        loop {
            let page = client.get(&format!("/v1/realms/realm/{what}?limit=2{next}")).expect(200);
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 2);
            pages.extend(items.iter().cloned());
            let Some(after) = page["next"].as_u64() else { break };
            // Orders have places of their own.
            assert!(key == "order" || items.last().unwrap()[key] == after, "{what}");
            next = format!("&after={after}");
        }
        assert_eq!(Value::Array(pages), all, "{what}");
    }
    let owned = client.get("/v1/realms/realm/accounts?owner=2&asset=2").expect(200);
    assert_eq!((&owned["items"][0]["account"], owned["items"].as_array().unwrap().len()), (&json!(6), 1));
    let depth = client.get("/v1/realms/realm/markets/1?levels=3").expect(200);
    assert_eq!(depth["asks"].as_array().unwrap().len(), 3);
    assert_eq!(depth["asks"][0]["price"], 251);
}

#[test]
fn a_market_tells_its_terms_so_that_ticks_and_lots_are_money() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let mut client = server.http();
    set_up(&mut client);
    let terms = json!({
        "name": "pears", "base": 1, "quote": 2, "base_per_lot": 10, "quote_per_tick": 5, "lot": 2, "ticks": [[1, 1], [100, 5]],
        "fee_owner": 4, "mechanism": { "FrequentCall": { "every": 1_000_000_000 } }, "unique_client_ids": true,
        "channels": { "l1": true, "l2": false, "l3": true },
    });
    let create = json!({ "id": 90, "actor": 4, "command": { "CreateMarket": terms } });
    client.post(COMMANDS, &create).expect(200);
    let told = client.get("/v1/realms/realm/markets/2").expect(200);
    for name in [
        "base",
        "quote",
        "base_per_lot",
        "quote_per_tick",
        "lot",
        "ticks",
        "mechanism",
        "unique_client_ids",
        "channels",
    ] {
        assert_eq!(told[name], terms[name], "{name}: {told}");
    }
    assert_eq!((&told["organiser"], &told["fee_account"]), (&json!(4), &json!(7)));
    assert_eq!(told["bands"]["low"], 1, "{told}");
    assert_eq!(client.get("/v1/realms/realm/markets").expect(200)["items"][1]["quote_per_tick"], 5);
}

#[test]
fn who_has_the_version_already_is_told_so() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let mut client = server.http();
    set_up(&mut client);
    let path = "/v1/realms/realm/accounts";
    let first = client.get(path);
    let version = first.header("etag").expect("it has a version").to_owned();
    let same = client.ask("GET", path, &[("If-None-Match", &version)], b"");
    assert_eq!((same.status, same.body.len(), same.header("etag")), (304, 0, Some(version.as_str())));
    let list = format!("\"other\", W/{version}");
    assert_eq!(client.ask("GET", path, &[("If-None-Match", &list)], b"").status, 304);
    client.post(COMMANDS, &json!({"id": 99, "command": {"AdvanceClock": {}}})).expect(200);
    let changed = client.ask("GET", path, &[("If-None-Match", &version)], b"");
    assert_eq!((changed.status, changed.header("etag") == Some(&version)), (200, false));
}
