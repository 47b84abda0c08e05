//! How much each may ask for, through every door: it is told when to ask again in the words of what it speaks, whichever door it asked too much by, and nobody else is.

use std::io::Read;
use std::time::{Duration, Instant};

use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::command::{AdvanceClock, Command, Envelope};
use bartizan_engine::realm::ids::CommandId;
use bartizan_io::server::tokens::Right;
use bartizan_io::wire::client::{Caller, Client, ClientError, Key, Message, SignIn};
use bartizan_io::wire::layout::{RETRY_RATE, Reason};
use bartizan_tests::fix::FixClient;
use bartizan_tests::program::Scratch;
use bartizan_tests::server::{Server, answers};
use bartizan_tests::stage::{COMMANDS, set_up, tokens};
use serde_json::json;

const BOTH: &[Right] = &[Right::Read, Right::Write];

fn tick(id: u128, actor: u32) -> Envelope {
    let command = Command::AdvanceClock(AdvanceClock {});
    Envelope { id: CommandId(id), actor: AgentId(actor), command }
}

fn by(agent: u32, token: &str) -> SignIn {
    SignIn { key: Key::Token(token.to_owned()), ..SignIn::local(AgentId(agent)) }
}

#[test]
fn whoever_asks_too_much_is_told_when_to_ask_again_through_all_doors() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let server = Server::start(&data, &["--fix", "127.0.0.1:0", "--agent-rate", "10"]);
    // This machine's own users, who may speak as anybody, are nobody's agents.
    set_up(&mut server.http());
    let [ann, bob] = tokens(&data, [(1, BOTH), (2, BOTH)]);
    let mut fix = FixClient::log_on(server.address("FIX"), "ANN", 1, &format!("554={ann}"));
    let mut session = server.sign_in(&by(1, &ann)).expect("its token lets it in");
    let mut client = server.http().with_token(&ann);
    // A burst, of whatever size.
    let ticks: Vec<_> = (1..=100).map(|id| json!({ "id": id, "command": { "AdvanceClock": {} } })).collect();
    client.post(COMMANDS, &json!(ticks)).expect(200);
    let refused = client.get("/v1/realms/realm");
    let told = refused.problem(429);
    let seconds: u64 = refused.header("retry-after").expect("a time").parse().expect("whole seconds");
    assert!((1..=10).contains(&seconds), "{seconds}");
    assert!(told["detail"].as_str().expect("a text").contains("ask again in"), "{told}");
    assert!(told["retry_after_ms"].as_u64().is_some_and(|wait| wait <= seconds * 1_000), "{told}");
    session.send(&[tick(101, 1), tick(102, 1)]).expect("it is sent");
    let Message::Retry { first, after, reason } = session.receive().expect("a word") else {
        panic!("it is taken")
    };
    assert_eq!((first, reason), (1, RETRY_RATE));
    assert!(after <= Duration::from_secs(10), "{after:?}");
    let market = "55=apples|54=1|60=20261128-07:00:00|40=2|59=1|38=1|44=1";
    fix.send("D", &format!("11=1|{market}"));
    let told = fix.expect("j");
    assert_eq!(told.some(&[372, 379, 380]), "372=D|379=1|380=4");
    assert!(told.get(58).contains("ask again in"), "{}", told.0);
    // Another agent goes on.
    server.http().with_token(&bob).get("/v1/realms/realm").expect(200);
    // After as long as was said it is taken, and in order.
    std::thread::sleep(after);
    session.send_as(first, &[tick(101, 1), tick(102, 1)]).expect("it is sent");
    let taken = loop {
        match session.receive().expect("a word") {
            Message::Answers { answers, .. } => break answers,
            Message::Retry { after, .. } => {
                std::thread::sleep(after);
                session.send_as(first, &[tick(101, 1), tick(102, 1)]).expect("it is sent");
            }
            _ => {}
        }
    };
    assert_eq!(taken.len(), 2);
}

#[test]
fn a_client_that_waits_as_it_is_told_has_everything_done() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let server = Server::start(&data, &["--agent-rate", "200"]);
    set_up(&mut server.http());
    let [ann] = tokens(&data, [(1, BOTH)]);
    let connect = || std::os::unix::net::UnixStream::connect(server.unix());
    let mut caller = Caller::new(connect, by(1, &ann), 10, Duration::from_millis(10));
    let all: Vec<Envelope> = (1..=1_000).map(|id| tick(id, 1)).collect();
    let since = Instant::now();
    let mut answers = Vec::new();
    for part in all.chunks(50) {
        answers.extend(caller.carry_out(part).expect("in the end it is done"));
    }
    assert!(answers.iter().all(|answer| answer.answer.get() == 0 && answer.flags.get() == 0));
    // 400 at once, and 600 at 200 a second.
    assert!(since.elapsed() >= Duration::from_millis(2_900), "{:?}", since.elapsed());
}

#[test]
fn an_address_from_which_nobody_signs_in_has_to_wait() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let server = Server::start(&data, &["--closed", "--fix", "127.0.0.1:0", "--address-rate", "1"]);
    let [founder] = tokens(&data, [(0, BOTH)]);
    let mut client = server.http().with_token(&founder);
    for _ in 0..100 {
        client.get("/v1/realms/realm").expect(200);
    }
    let mut guessing = server.http().with_token("bz_guess");
    let statuses: Vec<u16> = (0..30).map(|_| guessing.get("/v1/realms/realm").status).collect();
    let (guessed, refused): (Vec<u16>, Vec<u16>) = statuses.iter().partition(|&&status| status == 401);
    assert!((8..=15).contains(&guessed.len()), "ten at once, and one more each second: {statuses:?}");
    assert!(refused.iter().all(|&status| status == 429), "{statuses:?}");
    assert!(guessing.get("/v1/realms/realm").header("retry-after").is_some());
    let tcp = Client::sign_in(server.tcp().expect("it listens"), &by(0, "bz_guess"));
    assert!(
        matches!(&tcp, Err(ClientError::Goodbye { reason, text }) if *reason == Reason::Rate as u16 && text.contains("again in")),
        "{:?}",
        tcp.err()
    );
    let mut fix = FixClient::connect(server.address("FIX"), "X", 1);
    fix.send("A", "98=0|108=30|554=bz_guess");
    assert_eq!(fix.receive(), None);
    // Through the Unix socket, which only whom its folder lets in can reach, there is no address.
    let mut session = server.sign_in(&by(0, &founder)).expect("its token lets it in");
    session.send(&[tick(1, 0)]).expect("it is sent");
    assert_eq!(answers(&mut session, 1)[0].answer.get(), 0);
    // Whoever signs in rightly is let in from the same address, as behind a proxy, through whichever door.
    client.get("/v1/realms/realm").expect(200);
    server.http().with_token(&founder).get("/v1/realms/realm").expect(200);
    let mut session =
        Client::sign_in(server.tcp().expect("it listens"), &by(0, &founder)).expect("its token lets it in");
    session.send(&[tick(2, 0)]).expect("it is sent");
    assert_eq!(answers(&mut session, 1)[0].answer.get(), 0);
    drop(FixClient::log_on(server.address("FIX"), "X", 1, &format!("554={founder}")));
    // So is whoever asks whether the server is well; who says nothing has little time for that.
    server.http().get("/health/live").expect(200);
    server.http().get("/openapi.json").problem(429);
    let (mut rest, since) = (Vec::new(), Instant::now());
    let mut raw = server.tcp().expect("it listens");
    raw.read_to_end(&mut rest).expect("it ends");
    assert!(String::from_utf8_lossy(&rest).contains("again in"));
    assert!(since.elapsed() < Duration::from_secs(3), "{:?}", since.elapsed());
}

#[test]
fn a_drop_folder_waits() {
    let scratch = Scratch::new();
    let (data, folder) = (scratch.at("realm"), scratch.at("drop"));
    let drop = folder.to_str().expect("UTF-8").to_owned();
    let server = Server::start(&data, &["--agent-rate", "1000", "--drop", &drop]);
    set_up(&mut server.http());
    let line = |id| format!("{{\"id\":{id},\"actor\":1,\"command\":{{\"AdvanceClock\":{{}}}}}}\n");
    let lines = (1..=4_000).map(line).collect::<Vec<_>>().concat();
    let since = Instant::now();
    std::fs::write(folder.join("many.part"), lines).expect("it can be written");
    std::fs::rename(folder.join("many.part"), folder.join("many.jsonl")).expect("it can be renamed");
    while !folder.join("done/many.jsonl").exists() {
        assert!(since.elapsed() < Duration::from_mins(1), "it is never done");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(since.elapsed() >= Duration::from_millis(1_900), "2000 at once, and the rest at 1000 a second");
    let told = std::fs::read_to_string(folder.join("done/many.jsonl.result.jsonl")).expect("it is there");
    assert!(told.ends_with("{\"commands\":4000,\"rejected\":0,\"repeated\":0}\n"));
}

#[test]
fn without_limits_there_are_none() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let server =
        Server::start(&data, &["--closed", "--agent-rate", "0", "--agent-bytes", "0", "--address-rate", "0"]);
    let [founder] = tokens(&data, [(0, BOTH)]);
    let mut guessing = server.http().with_token("bz_guess");
    for _ in 0..1_000 {
        guessing.get("/v1/realms/realm").problem(401);
    }
    let mut session = server.sign_in(&by(0, &founder)).expect("its token lets it in");
    session.send(&(1..=60_000).map(|id| tick(id, 0)).collect::<Vec<_>>()).expect("it is sent");
    assert_eq!(answers(&mut session, 60_000).len(), 60_000);
}
