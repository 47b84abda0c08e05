//! What somebody came in by may change while it is there: tokens are taken back, roles are set, and some tokens only write.

use std::path::Path;
use std::time::{Duration, Instant};

use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::command::{AdvanceClock, Command, Envelope};
use bartizan_engine::realm::ids::CommandId;
use bartizan_io::server::tokens::Right;
use bartizan_io::wire::client::{Client, ClientError, Key, Message, SignIn};
use bartizan_io::wire::layout::Reason;
use bartizan_tests::fix::FixClient;
use bartizan_tests::program::{Scratch, run};
use bartizan_tests::server::{Server, answers};
use bartizan_tests::sse::Listener;
use bartizan_tests::stage::{COMMANDS, order, set_up, tokens};
use serde_json::{Value, json};

/// How soon a token that was taken back has ended what lives by it, with room for a busy machine.
const SOON: Duration = Duration::from_secs(5);

fn by(agent: u32, token: &str) -> SignIn {
    SignIn { key: Key::Token(token.to_owned()), ..SignIn::local(AgentId(agent)) }
}

/// Takes back the only token.
fn revoke(data: &Path) {
    let data = data.to_str().expect("UTF-8");
    let list = run(["token", "list", "--data", data]).clean();
    run(["token", "revoke", list.split(' ').next().expect("a hash"), "--data", data]).clean();
}

fn tick(id: u128, actor: u32) -> Envelope {
    let command = Command::AdvanceClock(AdvanceClock {});
    Envelope { id: CommandId(id), actor: AgentId(actor), command }
}

/// What a feed says at its end, after whatever it has to tell before.
fn last_word(feed: &mut Listener) -> String {
    loop {
        let (_, name, _) = feed.next().expect("a word at the end");
        if !name.is_empty() {
            return name;
        }
    }
}

fn goodbye(client: &mut Client<impl std::io::Read + std::io::Write>) -> (u16, String) {
    loop {
        match client.receive() {
            Ok(Message::Heartbeat | Message::Told(_) | Message::Answers { .. }) => {}
            Ok(other) => panic!("{other:?}"),
            Err(ClientError::Goodbye { reason, text }) => return (reason, text),
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_token_that_is_taken_back_ends_feeds_and_sessions_though_nothing_happens() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let server = Server::start(&data, &[]);
    set_up(&mut server.http());
    let [token] = tokens(&data, [(1, &[Right::Read, Right::Write])]);
    let mut feed = Listener::start(server.http().with_token(&token), "", &[]);
    let mut session = server.sign_in(&by(1, &token)).expect("its token lets it in");
    let mut listening = server.sign_in(&by(1, &token)).expect("its token lets it in");
    listening.subscribe(0, 3).expect("it is sent");
    revoke(&data);
    let since = Instant::now();
    assert_eq!(last_word(&mut feed), "denied");
    assert!(feed.next().is_none());
    for client in [&mut session, &mut listening] {
        let (reason, text) = goodbye(client);
        assert_eq!(reason, Reason::Login as u16);
        assert!(text.contains("token"), "{text}");
    }
    assert!(since.elapsed() < SOON, "{:?}", since.elapsed());
}

#[test]
fn a_token_whose_time_is_over_ends_what_lives_by_it() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let server = Server::start(&data, &[]);
    set_up(&mut server.http());
    let soon = bartizan_io::clock::now() + 1_000_000_000;
    let (text, token) =
        bartizan_io::server::tokens::Token::draw(AgentId(1), vec![Right::Read], Some(soon), String::new())
            .expect("random bytes");
    std::fs::write(data.join("tokens.json"), serde_json::to_vec(&[token]).expect("JSON")).expect("written");
    let mut feed = Listener::start(server.http().with_token(&text), "", &[]);
    let mut session = server.sign_in(&by(1, &text)).expect("its token lets it in");
    let since = Instant::now();
    assert_eq!(last_word(&mut feed), "denied");
    assert_eq!(goodbye(&mut session).0, Reason::Login as u16);
    assert!(since.elapsed() < SOON, "{:?}", since.elapsed());
}

#[test]
fn an_operator_who_is_one_no_more_sees_no_more_of_others_at_once() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let server = Server::start(&data, &[]);
    let mut founder = server.http();
    set_up(&mut founder);
    let mut set_roles = |id: u64, roles: &[&str]| {
        let set = json!({ "id": id, "command": { "SetRoles": { "agent": 2, "roles": roles } } });
        founder.post(COMMANDS, &set).expect(200);
    };
    set_roles(100, &["operator", "trader"]);
    let [bob, ann] = tokens(&data, [(2, &[Right::Read, Right::Write]), (1, &[Right::Read, Right::Write])]);
    let mut queries = server.http().with_token(&bob);
    let all = |client: &mut bartizan_tests::http::Client| {
        client.get("/v1/realms/realm/accounts").expect(200)["items"].as_array().expect("items").len()
    };
    assert_eq!(all(&mut queries), 7);
    let mut feed = Listener::start(server.http().with_token(&bob), "", &[]);
    // One that tells much from the journal first, and is not read meanwhile.
    let mut past = Listener::start(server.http().with_token(&bob), "?from=1", &[]);
    let mut session = server.sign_in(&by(2, &bob)).expect("its token lets it in");
    session.subscribe(0, 4).expect("it is sent");
    session.send(&[tick(1, 2)]).expect("it is sent");
    assert!(matches!(session.receive().expect("an answer"), Message::Answers { .. } | Message::Told(_)));
    server.http().with_token(&ann).post(COMMANDS, &order(1, 1, "Sell", 1, 250)).expect(200);
    set_roles(101, &["trader"]);
    server.http().with_token(&ann).post(COMMANDS, &order(2, 1, "Sell", 1, 251)).expect(200);
    let last = 18;
    for feed in [&mut feed, &mut past] {
        loop {
            let (sequence, name, told) = feed.next().expect("a word at the end");
            if name == "denied" {
                break;
            }
            assert!(sequence < last, "it was told what happened after: {told}");
        }
    }
    let (reason, text) = goodbye(&mut session);
    assert_eq!((reason, text.as_str()), (Reason::NotAllowed as u16, "it may not be told that any more"));
    assert_eq!(all(&mut queries), 2, "and sees its own alone");
    queries.get("/v1/realms/realm?digest=true").problem(403);
    queries.get("/v1/realms/realm/export?format=csv").problem(403);
    // A command's own consequences are told as to a trader, also in the command that takes the role.
    set_roles(102, &["operator"]);
    let step_back = json!({ "id": 9, "command": { "SetRoles": { "agent": 2, "roles": ["trader"] } } });
    queries.post(COMMANDS, &step_back).expect(200);
    assert_eq!(all(&mut queries), 2);
}

#[test]
fn a_token_that_only_writes_reads_nothing() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let server = Server::start(&data, &["--fix", "127.0.0.1:0"]);
    set_up(&mut server.http());
    // An operator's, who would see everything.
    let [ann, founder] = tokens(&data, [(1, &[Right::Write]), (0, &[Right::Write])]);
    let mut client = server.http().with_token(&ann);
    let sold = client.post(COMMANDS, &order(1, 1, "Sell", 20, 250)).expect(200);
    assert_eq!((&sold["answer"], &sold["made"]), (&json!(0), &json!(4_294_967_296_u64)));
    for followed in ["events", "reports", "market_data"] {
        assert_eq!(sold.get(followed), None, "it is told the answer alone: {sold}");
    }
    for token in [&ann, &founder] {
        let mut client = server.http().with_token(token);
        for path in
            ["", "/agents", "/accounts", "/holds", "/assets", "/markets", "/markets/1", "/rounds", "/feed"]
        {
            let told = client.get(&format!("/v1/realms/realm{path}")).problem(403);
            assert_eq!(told["detail"], "it may only write", "{path}");
        }
        client.get("/v1/realms").problem(403);
        client.get("/v1/realms/realm/export?format=csv").problem(403);
        client.post("/v1/realms/realm/dry-run", &order(2, 1, "Sell", 20, 250)).problem(403);
    }
    for scope in 1..=4 {
        let mut session = server.sign_in(&by(0, &founder)).expect("its token lets it in");
        session.send(&[tick(100 + u128::from(scope), 0)]).expect("it is sent");
        assert_eq!(answers(&mut session, 1)[0].answer.get(), 0);
        session.subscribe(1, scope).expect("it is sent");
        assert_eq!(goodbye(&mut session).0, Reason::NotAllowed as u16, "scope {scope}");
    }
    let mut fix = FixClient::connect(server.address("FIX"), "ANN", 1);
    fix.send("A", &format!("98=0|108=30|554={ann}"));
    assert_eq!(fix.receive(), None, "a session tells what happens");
}

#[test]
fn nobody_learns_the_names_of_realms_without_signing_in() {
    let scratch = Scratch::new();
    let (secret, other) = (scratch.at("secret"), scratch.at("other"));
    let server = Server::start(&secret, &["--closed", "--data", other.to_str().expect("UTF-8")]);
    for path in ["/health/live", "/health/ready", "/healthz"] {
        assert_eq!(server.http().get(path).expect(200), json!({ "health": "serving" }), "{path}");
    }
    server.http().get("/v1/realms").problem(401);
    // Nor by guessing.
    for name in ["secret", "none"] {
        server.http().get(&format!("/v1/realms/{name}")).problem(401);
        for (key, told) in
            [(Key::None, "is needed"), (Key::Token("bz_guess".into()), "the token is not known")]
        {
            let refused =
                server.sign_in(&SignIn { realm: name.to_owned(), key, ..SignIn::local(AgentId(1)) });
            let refused = refused.expect_err("it has no token").to_string();
            assert!(refused.contains(told), "{name}: {refused}");
        }
    }
    let told = String::from_utf8(server.http().get("/openapi.json").body).expect("UTF-8");
    assert!(!told.contains("secret"));
    let [token] = tokens(&other, [(0, &[Right::Read])]);
    let told = server.http().with_token(&token).get("/v1/realms").expect(200);
    let names: Vec<&Value> =
        told["realms"].as_array().expect("a list").iter().map(|one| &one["realm"]).collect();
    assert_eq!(names, ["other"], "those where it comes in");
}
