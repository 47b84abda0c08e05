//! Commands: what each is answered, that each is done once, and every status that a request can meet.

use std::io::Write;

use bartizan_tests::http::Client;
use bartizan_tests::program::{Scratch, run};
use bartizan_tests::server::Server;
use bartizan_tests::stage::{COMMANDS, order, set_up};
use serde_json::{Value, json};

fn clock(id: u64) -> Value {
    json!({ "id": id, "command": { "AdvanceClock": {} } })
}

#[test]
fn an_order_is_placed_and_filled_and_all_is_there_after_a_restart() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let server = Server::start(&data, &[]);
    let mut client = server.http();
    set_up(&mut client);
    let sold = client.post(COMMANDS, &order(1, 1, "Sell", 20, 250)).expect(200);
    assert_eq!((&sold["answer"], &sold["repeated"]), (&json!(0), &json!(false)));
    let sale = sold["made"].as_u64().expect("the order's number");
    assert_eq!(sold["sequence"], 15);
    let bought = client.post(COMMANDS, &order(1, 2, "Buy", 5, 260)).expect(200);
    assert!(bought["made"].is_u64(), "{bought}");
    let postings = bought["events"].as_array().unwrap().iter().filter(|event| event["Posting"].is_object());
    assert!(postings.count() >= 2, "apples and euros moved: {bought}");
    let trades = bought["reports"].as_array().unwrap().iter().filter(|report| report["exec_type"] == "Trade");
    assert_eq!(trades.count(), 2, "one for each side: {bought}");
    assert!(!bought["market_data"].as_array().unwrap().is_empty());
    let depth = client.get("/v1/realms/realm/markets/1").expect(200);
    assert_eq!(
        (&depth["asks"][0], &depth["last_trade"]),
        (&json!({"price": 250, "quantity": 15, "orders": 1}), &json!(250))
    );
    let cancelled = client.post(
        COMMANDS,
        &json!({"id": 2, "actor": 1, "command": {"CancelOrder": {"market": 1, "order_id": sale}}}),
    );
    assert_eq!(cancelled.expect(200)["answer"], 0);
    let before = client.get("/v1/realms/realm?digest=true").expect(200);
    assert_eq!(server.stop(), 0);
    let server = Server::start(&data, &[]);
    let mut client = server.http();
    assert_eq!(client.get("/v1/realms/realm?digest=true").expect(200), before, "everything is there");
    // The same again changes nothing, and is answered as the first time.
    let again = client.post(COMMANDS, &order(1, 2, "Buy", 5, 260)).expect(200);
    assert_eq!(
        (&again["sequence"], &again["repeated"], &again["answer"], &again["made"]),
        (&bought["sequence"], &json!(true), &json!(0), &bought["made"])
    );
    assert_eq!(client.get("/v1/realms/realm?digest=true").expect(200), before);
    assert_eq!(server.stop(), 0);
    let state = run(["state", "--data", data.to_str().unwrap(), "--json"]).clean();
    let state: Value = serde_json::from_str(&state).unwrap();
    assert_eq!(state["digest"], before["digest"]);
}

#[test]
fn the_id_may_be_given_by_the_header() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let mut client = server.http();
    let body = br#"{"command":{"AdvanceClock":{}}}"#;
    let first = client.ask("POST", COMMANDS, &[("Idempotency-Key", "7")], body).expect(200);
    assert_eq!((&first["id"], &first["sequence"], &first["repeated"]), (&json!(7), &json!(1), &json!(false)));
    let again = client.ask("POST", "/v1/commands", &[("Idempotency-Key", "\"7\"")], body).expect(200);
    assert_eq!((&again["sequence"], &again["repeated"]), (&json!(1), &json!(true)));
    assert!(again.get("events").is_none(), "what followed was told the first time");
    assert!(
        first["time"].is_u64() && again.get("time").is_none(),
        "that it was asked again is no time: {again}"
    );
    let largest = "340282366920938463463374607431768211455";
    let key = [("Idempotency-Key", largest)];
    assert_eq!(client.ask("POST", COMMANDS, &key, body).expect(200)["id"], largest);
    let ask = |client: &mut Client, key: &str, body: &str| {
        client.ask("POST", COMMANDS, &[("Idempotency-Key", key)], body.as_bytes()).problem(400)["detail"]
            .to_string()
    };
    assert!(ask(&mut client, "7", &clock(8).to_string()).contains("own id or none, not 7"));
    assert!(ask(&mut client, "seven", r#"{"command":{"AdvanceClock":{}}}"#).contains("decimal digits"));
    assert!(ask(&mut client, "7", &json!([clock(8), clock(9)]).to_string()).contains("several"));
    assert_eq!(client.ask("POST", COMMANDS, &[], body).problem(400)["column"], 1);
}

#[test]
fn rejects_are_problems_by_number_and_name() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let mut client = server.http();
    set_up(&mut client);
    let refused =
        |client: &mut Client, status: u16, command: Value| client.post(COMMANDS, &command).problem(status);
    let short = refused(&mut client, 409, order(1, 1, "Sell", 101, 250));
    assert_eq!((&short["number"], &short["name"]), (&json!(90), &json!("InsufficientFunds")));
    assert_eq!(short["type"], "urn:bartizan:reject:InsufficientFunds");
    assert_eq!((&short["sequence"], &short["repeated"]), (&json!(15), &json!(false)));
    assert!(short["detail"].as_str().unwrap().starts_with("More would go out"));
    let again = refused(&mut client, 409, order(1, 1, "Sell", 101, 250));
    assert_eq!((&again["sequence"], &again["repeated"]), (&json!(15), &json!(true)));
    assert_eq!(refused(&mut client, 409, order(1, 1, "Sell", 1, 250))["name"], "IdReused");
    assert_eq!(refused(&mut client, 422, clock(0))["name"], "IdMissing");
    let stranger = refused(&mut client, 422, order(1, 99, "Sell", 1, 250));
    assert_eq!((&stranger["name"], &stranger["sequence"]), (&json!("UnknownActor"), &Value::Null));
    let asset = json!({"name": "pear", "class": "Token", "supply": "Open"});
    assert_eq!(
        refused(&mut client, 403, json!({"id": 2, "actor": 1, "command": {"DefineAsset": asset}}))["number"],
        50
    );
    let nothing = json!({"id": 3, "actor": 1, "command": {"CancelOrder": {"market": 9, "order_id": 1}}});
    assert_eq!(refused(&mut client, 422, nothing)["name"], "UnknownMarket");
    let unknown = json!({"id": 4, "actor": 1, "command": {"CancelOrder": {"market": 1, "order_id": 77}}});
    let told = refused(&mut client, 422, unknown);
    assert_eq!(
        (&told["number"], &told["name"]),
        (&json!(1064), &json!("UnknownOrder")),
        "the book's own reason"
    );
    assert_eq!(told["detail"], "No live order has this id.");
    // In an array each has its answer, and what is refused holds up nobody.
    let told = client
        .post(COMMANDS, &json!([order(5, 1, "Sell", 101, 250), order(6, 1, "Sell", 1, 250)]))
        .expect(200);
    assert_eq!((&told[0]["reject"]["name"], &told[0]["answer"]), (&json!("InsufficientFunds"), &json!(90)));
    assert_eq!((&told[1]["answer"], told[1].get("reject")), (&json!(0), None));
}

#[test]
fn what_is_malformed_is_told_by_line_and_column() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let mut client = server.http();
    let mut post = |body: &str| client.ask("POST", COMMANDS, &[], body.as_bytes()).problem(400);
    let told = post("{\"id\": 1,\n \"command\": {\"AdvanceClok\": {}}}");
    assert_eq!((&told["line"], &told["column"]), (&json!(2), &json!(26)), "{told}");
    assert!(
        told["detail"]
            .as_str()
            .unwrap()
            .contains("unknown name `AdvanceClok` in `command`; did you mean `AdvanceClock`?"),
        "{told}"
    );
    let told = post(r#"{"id":1,"time":5,"command":{"AdvanceClock":{}}}"#);
    assert!(
        told["detail"].as_str().unwrap().contains("unknown field `time`"),
        "the server's clock says it: {told}"
    );
    // Fields have names, and a number that JSON's own cannot hold is in quotes.
    for list in [
        r#"[[86,1,{"AdvanceClock":{}}]]"#,
        r#"[{"id":1,"command":{"AdvanceClock":{}}},[2,0,{"AdvanceClock":{}}]]"#,
        r#"{"id":1,"command":{"SetMarketBands":[1,[null,null]]}}"#,
        r#"{"id":1,"command":{"SetMarketBands":{"market":1,"bands":[null,null]}}}"#,
    ] {
        let told = post(list);
        assert!(told["detail"].as_str().unwrap().contains("an object is expected"), "{told}");
    }
    let told = post(r#"{"id":18446744073709551616,"command":{"AdvanceClock":{}}}"#);
    assert!(told["detail"].as_str().unwrap().contains("in quotes"), "{told}");
    assert!(post("")["detail"].as_str().unwrap().contains("the text ends before"));
    assert!(post("[{]")["column"].as_u64().is_some());
    let missing = post(r#"[{"id":1,"command":{"AdvanceClock":{}}},{"command":{"AdvanceClock":{}}}]"#);
    assert_eq!(missing["index"], 1);
    assert_eq!(client.get("/v1/realms/realm").expect(200)["sequence"], 0, "nothing of it was done");
}

#[test]
fn too_much_is_refused_before_it_is_read() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let many: Vec<Value> = (1..=1_001).map(clock).collect();
    assert!(
        server.http().post(COMMANDS, &json!(many)).problem(413)["detail"]
            .as_str()
            .unwrap()
            .contains("not 1001")
    );
    server.http().post(COMMANDS, &json!([])).problem(400);
    let told = server.http().post(COMMANDS, &json!(many[..1000])).expect(200);
    assert_eq!(told.as_array().unwrap().len(), 1_000);
    // The length alone is enough.
    let mut raw = server.http();
    let head = format!("POST {COMMANDS} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\n");
    raw.stream().get_mut().write_all(head.as_bytes()).unwrap();
    raw.receive().problem(413);
    // Neither is one that tells no length.
    let mut raw = server.http();
    let head = format!("POST {COMMANDS} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    raw.stream().get_mut().write_all(head.as_bytes()).unwrap();
    let chunk = [b"100000\r\n".to_vec(), vec![b' '; 1 << 20], b"\r\n".to_vec()].concat();
    for _ in 0..5 {
        // It may be cut off while it sends.
        let _ = raw.stream().get_mut().write_all(&chunk);
    }
    raw.receive().problem(413);
}

#[test]
fn what_is_not_there_is_a_problem_too() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let mut client = server.http();
    client.get("/v1/nothing").problem(404);
    client.get("/v1/realms/other").problem(404);
    client.get("/v1/realms/realm/markets/1").problem(404);
    client.get("/v1/realms/realm/rounds/7").problem(404);
    client.ask("DELETE", "/v1/realms/realm", &[], b"").problem(405);
    client.get("/v1/realms/realm/agents?limit=0").problem(400);
    // In plain words, and with the name of what is meant.
    for (path, status, detail) in [
        ("agents?limit=many", 400, "limit: expected a whole number, not `many`"),
        (
            "agents?after=99999999999999999999",
            400,
            "after: expected a smaller number, not `99999999999999999999`",
        ),
        ("?digest=yes", 400, "digest: expected true or false, not `yes`"),
        ("agents?limit=1&limit=2", 400, "the parameter `limit` is given twice"),
        ("log/inclusion", 400, "the parameter `sequence` is missing"),
        ("accounts?ownr=1", 400, "unknown parameter `ownr`; known: `owner`, `asset`, `after`, `limit`"),
        ("markets/1?depth=5", 400, "unknown parameter `depth`; known: `levels`"),
        ("feed?since=5", 400, "unknown parameter `since`; known: `from`, `scope`"),
        ("rounds/1?x=1", 400, "unknown parameter `x`; none is known here"),
        ("markets/apples", 404, "there is no market `apples`: expected a whole number of at most 4294967295"),
        (
            "rounds/99999999999",
            404,
            "there is no round `99999999999`: expected a whole number of at most 4294967295",
        ),
    ] {
        let path = format!("/v1/realms/realm{}{path}", if path.starts_with('?') { "" } else { "/" });
        assert_eq!(client.get(&path).problem(status)["detail"], detail, "{path}");
    }
    client.ask("POST", &format!("{COMMANDS}?dry=true"), &[], b"{}").problem(400);
    let described = client.get("/openapi.json").expect(200);
    for (path, item) in described["paths"].as_object().expect("it has paths") {
        for method in item.as_object().expect("of operations").keys() {
            let path = path.replace("{realm}", "realm").replace("{market}", "1").replace("{round}", "1");
            let path = format!("{}?misspelt=1", path.replace("{tile}", "0/000"));
            let told = client
                .ask(&method.to_uppercase(), &path, &[], if method == "get" { b"" } else { b"{}" })
                .problem(400);
            assert!(
                told["detail"].as_str().unwrap().starts_with("unknown parameter `misspelt`; "),
                "{path}: {told}"
            );
        }
    }
}

/// All texts that describe something.
fn descriptions<'a>(described: &'a Value, found: &mut Vec<&'a str>) {
    match described {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == "description" => found.push(text),
                    _ => descriptions(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| descriptions(value, found)),
        _ => {}
    }
}

#[test]
fn the_description_says_nothing_of_rust() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let described = server.http().get("/openapi.json").expect(200);
    let mut found = Vec::new();
    descriptions(&described, &mut found);
    assert!(found.len() > 200, "they are found");
    let of_rust: Vec<&&str> =
        found.iter().filter(|text| text.contains("[`") || text.contains("::")).collect();
    assert_eq!(of_rust, [] as [&&str; 0]);
}
