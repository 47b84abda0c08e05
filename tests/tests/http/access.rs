//! Who comes in, as whom, and what each sees.

use bartizan_io::server::tokens::Right;
use bartizan_tests::program::Scratch;
use bartizan_tests::server::Server;
use bartizan_tests::stage::{COMMANDS, order, set_up, tokens};
use serde_json::{Value, json};

use crate::hosted::wait_until;

fn says(problem: &Value, what: &str) -> bool {
    problem["detail"].as_str().is_some_and(|detail| detail.contains(what))
}

fn items(told: &Value) -> &[Value] {
    told["items"].as_array().expect("a page has items")
}

#[test]
fn tokens_say_who_writes_and_who_sees_what() {
    use Right::{Audit, Read, Write};
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let server = Server::start(&data, &[]);
    set_up(&mut server.http());
    let [ann, bob, reader, auditor] =
        tokens(&data, [(1, &[Read, Write]), (2, &[Read, Write]), (1, &[Read]), (4, &[Read, Audit])]);
    let mut ann = server.http().with_token(&ann);
    let mut bob = server.http().with_token(&bob);
    let unnamed = json!({"id": 1, "command": order(1, 1, "Sell", 20, 250)["command"]});
    let sold = ann.post(COMMANDS, &unnamed).expect(200);
    assert_eq!(sold["answer"], 0, "who signed in is the actor");
    ann.post(COMMANDS, &order(2, 2, "Buy", 1, 250)).problem(403);
    server.http().with_token(&"x".repeat(20)).get("/v1/realms/realm").problem(401);
    let denied = server.http().ask("GET", "/v1/realms/realm", &[("Authorization", "Basic eA==")], b"");
    assert_eq!((denied.status, denied.header("www-authenticate")), (401, Some("Bearer")));
    let mut reader = server.http().with_token(&reader);
    reader.post(COMMANDS, &order(2, 1, "Sell", 1, 250)).problem(403);
    // What follows from a trade is told to each as far as it is theirs.
    let bought = bob.post(COMMANDS, &order(1, 2, "Buy", 5, 250)).expect(200);
    let trades: Vec<&Value> = bought["reports"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|report| report["exec_type"] == "Trade")
        .collect();
    assert_eq!((trades.len(), &trades[0]["account"]), (1, &json!(2)), "{bought}");
    let mut auditor = server.http().with_token(&auditor);
    for (path, own, all) in [("accounts", 2, 7), ("markets/1/orders", 1, 1), ("holds", 0, 0)] {
        let path = format!("/v1/realms/realm/{path}");
        assert_eq!(items(&ann.get(&path).expect(200)).len(), own, "{path}");
        assert_eq!(items(&reader.get(&path).expect(200)).len(), own, "{path}");
        assert_eq!(items(&auditor.get(&path).expect(200)).len(), all, "{path}");
    }
    assert!(items(&bob.get("/v1/realms/realm/markets/1/orders").expect(200)).is_empty(), "they are ann's");
    for path in ["agents", "assets", "markets", "rounds", "markets/1"] {
        let path = format!("/v1/realms/realm/{path}");
        assert_eq!(ann.get(&path).expect(200), auditor.get(&path).expect(200), "{path} is everybody's");
    }
    ann.get("/v1/realms/realm?digest=true").problem(403);
    auditor.get("/v1/realms/realm?digest=true").expect(200);
    auditor.post(COMMANDS, &order(9, 4, "Sell", 1, 250)).problem(403);
}

#[test]
fn a_page_of_elsewhere_does_not_speak_through_a_browser() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let mut client = server.http();
    let body = br#"{"id":1,"command":{"AdvanceClock":{}}}"#;
    let told = client.ask("POST", COMMANDS, &[("Origin", "https://example.org")], body).problem(401);
    assert!(says(&told, "its header Origin says: example.org"), "{told}");
    let told = client.ask("GET", "/v1/realms/realm", &[("Host", "example.org")], b"").problem(401);
    assert!(says(&told, "its Host says: example.org"), "{told}");
    client.ask("GET", "/v1/realms/realm", &[("Host", "127.0.0.1.example.org:80")], b"").problem(401);
    for host in ["localhost:1", "127.0.0.1", "[::1]:7410"] {
        client.ask("GET", "/v1/realms/realm", &[("Host", host)], b"").expect(200);
    }
    client.ask("POST", COMMANDS, &[("Origin", "http://localhost:3000")], body).expect(200);
}

#[test]
fn whom_a_proxy_speaks_for_is_none_of_this_machines_users() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let server = Server::start(&data, &[]);
    let mut client = server.http();
    for name in ["Forwarded", "X-Forwarded-For", "x-forwarded-proto", "Via", "X-Real-IP"] {
        let told = client.ask("GET", "/v1/realms/realm", &[(name, "for=192.0.2.60")], b"").problem(401);
        assert!(says(&told, "a proxy passed the request on"), "{told}");
        assert!(says(&told, &name.to_lowercase()), "{told}");
    }
    let [founder] = tokens(&data, [(0, &[Right::Read])]);
    let mut signed = server.http().with_token(&founder);
    signed.ask("GET", "/v1/realms/realm", &[("Via", "1.1 proxy")], b"").expect(200);
    client.get("/v1/realms/realm").expect(200);
}

#[test]
fn on_a_server_of_several_realms_each_token_is_good_for_its_own() {
    use Right::{Audit, Read};
    let scratch = Scratch::new();
    let (first, second) = (scratch.at("realm"), scratch.at("other"));
    let server = Server::start(&first, &["--closed", "--data", second.to_str().expect("UTF-8")]);
    let [ann] = tokens(&first, [(0, &[Audit])]);
    let [bob, trader] = tokens(&second, [(0, &[Audit]), (1, &[Read])]);
    let metrics = |token: &str| server.http().with_token(token).get("/metrics");
    for (token, own, other) in [(&ann, "realm", "other"), (&bob, "other", "realm")] {
        let told = String::from_utf8(metrics(token).body).expect("it is text");
        assert!(told.contains(&format!("bartizan_sequence{{realm=\"{own}\"}} 0")), "{told}");
        assert!(!told.contains(&format!("realm=\"{other}\"")), "of {other}: {told}");
        assert!(told.contains("bartizan_connections_limit"), "of the process: {told}");
        let realms = server.http().with_token(token).get("/v1/realms").expect(200);
        assert_eq!(
            (realms["realms"].as_array().unwrap().len(), &realms["realms"][0]["realm"]),
            (1, &json!(own))
        );
    }
    metrics(&trader).problem(403);
    let told = metrics("bz_guess").problem(401);
    assert!(!says(&told, "signature"), "HTTP has none: {told}");
    let told = server.http().get("/metrics").problem(401);
    assert!(says(&told, "Authorization: Bearer"), "{told}");
    assert!(!says(&told, "signature"), "HTTP has none: {told}");
    // What was asked in vain is logged, with its address, and nothing else is.
    let logged = || -> Vec<String> {
        let said = server.said();
        said.lines().filter(|line| line.contains("a request was refused")).map(str::to_owned).collect()
    };
    wait_until("two lines", || logged().len() >= 2);
    let logged = logged();
    assert_eq!(logged.len(), 2, "{logged:#?}");
    assert!(logged.iter().all(|line| line.contains("peer=127.0.0.1:")), "{logged:#?}");
}

#[test]
fn beyond_this_machine_nobody_comes_in_without_a_token() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let server = Server::start(&data, &["--http", "0.0.0.0:0"]);
    let port = server.http_address().rsplit_once(':').unwrap().1.to_owned();
    let connect = || bartizan_tests::http::Client::connect(&format!("127.0.0.1:{port}"));
    connect().get("/v1/realms/realm").problem(401);
    connect().get("/health/live").expect(200);
    let [token] = tokens(&data, [(0, &[Right::Read, Right::Write])]);
    let mut founder = connect().with_token(&token);
    set_up(&mut founder);
    assert_eq!(items(&founder.get("/v1/realms/realm/accounts").expect(200)).len(), 7, "an operator sees all");
}

#[test]
fn one_agents_dry_runs_keep_no_other_from_theirs() {
    use Right::{Read, Write};
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let server = Server::start(&data, &[]);
    set_up(&mut server.http());
    let agents = tokens(&data, [1, 2, 3, 4].map(|agent| (agent, &[Read, Write] as &[Right])));
    std::thread::scope(|scope| {
        for token in &agents {
            let mut client = server.http().with_token(token);
            scope.spawn(move || {
                for id in 1..=20 {
                    let tick = json!({ "id": id, "command": { "AdvanceClock": {} } });
                    let told = client.post("/v1/realms/realm/dry-run", &tick).expect(200);
                    assert!(told["sequence"].as_u64() >= Some(15), "{told}");
                    // What was answered before is in the copy on which something is tried.
                    let done = client.post(COMMANDS, &tick).expect(200);
                    let again = client.post("/v1/realms/realm/dry-run", &tick).expect(200);
                    assert_eq!(
                        (&again["answers"][0]["repeated"], &again["answers"][0]["sequence"]),
                        (&json!(true), &done["sequence"])
                    );
                }
            });
        }
    });
}
