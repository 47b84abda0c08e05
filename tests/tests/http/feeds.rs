//! Feeds: from any place on, resumed, over a restart; nothing is missed unnoticed, and who is slow is told so.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use bartizan_engine::ledger::units::AgentId;
use bartizan_io::journal::sim::{Faults, SimStorage};
use bartizan_io::server::meters::Door;
use bartizan_io::server::site::Bounds;
use bartizan_io::server::thread::Settings;
use bartizan_io::server::tokens::Right;
use bartizan_io::wire::client::{ClientError, SignIn};
use bartizan_io::wire::layout::Reason;
use bartizan_tests::http::Client;
use bartizan_tests::program::{Scratch, run};
use bartizan_tests::server::Server;
use bartizan_tests::sse::Listener;
use bartizan_tests::stage::{COMMANDS, order, set_up, tokens};
use serde_json::{Value, json};

use crate::hosted::{Hosted, wait_until};

const FEED: &str = "/v1/realms/realm/feed";

fn register(id: u64) -> Value {
    json!({ "id": id, "command": { "RegisterAgent": { "name": format!("agent {id}") } } })
}

#[test]
fn events_come_from_any_place_on_and_are_resumed() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let server = Server::start(&data, &[]);
    set_up(&mut server.http());
    let mut listener = Listener::start(server.http(), "?from=3", &[]);
    let first = listener.command();
    assert_eq!((first.0, first.1.as_str()), (3, ""));
    assert_eq!((&first.2["event"], &first.2["since"]), (&json!("command"), &json!(2)));
    assert_eq!(first.2["events"], json!([{"AgentRegistered": {"agent": 3}}]));
    for sequence in 4..=14 {
        let (id, _, told) = listener.command();
        assert_eq!(
            (id, &told["since"], &told["sequence"]),
            (sequence, &json!(sequence - 1), &json!(sequence))
        );
    }
    // What happens now comes now.
    server.http().post(COMMANDS, &order(1, 1, "Sell", 20, 250)).expect(200);
    let (id, _, told) = listener.command();
    assert_eq!((id, &told["actor"], told["reports"].as_array().unwrap().len()), (15, &json!(1), 1));
    // After a restart the same is told again, to whoever asks, and to whoever resumes only the rest.
    assert_eq!(server.stop(), 0);
    let (id, name, _) = listener.next().expect("a word at the end");
    assert_eq!((id, name.as_str()), (15, "stopping"));
    assert!(listener.next().is_none());
    let server = Server::start(&data, &[]);
    let mut listener = Listener::start(server.http(), "?from=1", &[("Last-Event-ID", "13")]);
    assert_eq!((listener.command().0, listener.command()), (14, (id, String::new(), told)));
    server.http().get(&format!("{FEED}?scope=mine")).problem(400);
    server.http().ask("GET", FEED, &[("Last-Event-ID", "last")], b"").problem(400);
}

#[test]
fn each_hears_what_it_may_and_sees_that_nothing_lies_between() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let server = Server::start(&data, &[]);
    set_up(&mut server.http());
    let [ann, bob] = tokens(&data, [(1, &[Right::Read, Right::Write]), (2, &[Right::Read])]);
    let client = |token: &str| server.http().with_token(token);
    client(&bob).get(&format!("{FEED}?scope=all")).problem(403);
    let mut own = Listener::start(client(&ann), "?from=1&scope=own", &[]);
    let mut others = Listener::start(client(&bob), "?from=15&scope=own", &[]);
    let mut public = Listener::start(client(&bob), "?from=15&scope=public", &[]);
    client(&ann).post(COMMANDS, &order(1, 1, "Sell", 20, 250)).expect(200);
    server.http().post(COMMANDS, &order(1, 2, "Buy", 5, 250)).expect(200);
    // Ann hears of her accounts (opened by 7 and 8, filled by 12), her order and its fill, and of nothing else.
    let (mut heard, mut last) = (Vec::new(), 0);
    while last < 16 {
        let (id, _, told) = own.command();
        assert_eq!(told["since"], last, "nothing of hers lies between");
        heard.push(id);
        last = id;
    }
    assert_eq!(heard, [7, 8, 12, 15, 16]);
    let (id, _, told) = others.command();
    assert_eq!((id, &told["since"]), (16, &json!(14)), "bob hears nothing of ann's order but his trade");
    assert!(told["reports"].as_array().unwrap().iter().all(|report| report["account"] == 2));
    let (id, _, told) = public.command();
    assert_eq!((id, &told["reports"]), (15, &json!([])));
    assert!(!told["market_data"].as_array().unwrap().is_empty());
    assert_eq!((told.get("actor"), told.get("answer")), (None, None), "who asked is nobody else's affair");
    // A token that is taken back ends what it listens to.
    let data = data.display().to_string();
    let list = run(["token", "list", "--data", &data]).clean();
    let hash = list.lines().find(|line| line.contains("agent 2")).and_then(|line| line.split(' ').next());
    run(["token", "revoke", hash.expect("it is listed"), "--data", &data]).clean();
    server.http().post(COMMANDS, &register(100)).expect(200);
    let last = std::iter::from_fn(|| public.next()).last().expect("a word at the end");
    assert_eq!(last.1, "denied");
}

/// Registers agents until there are so many commands.
fn fill(mut writer: Client, count: u64) {
    for first in (1..=count).step_by(1_000) {
        writer.post(COMMANDS, &Value::Array((first..first + 1_000).map(register).collect())).expect(200);
    }
}

/// What is told until the end: the last command, and the word at the end.
fn to_the_end(listener: &mut Listener) -> (u64, String) {
    let (mut last, mut end) = (0, String::new());
    while let Some((id, name, told)) = listener.next() {
        match name.as_str() {
            "" => assert_eq!((id, &told["since"]), (last + 1, &json!(last)), "without gaps"),
            name => assert_eq!(
                (id, end.as_str(), name.is_empty()),
                (last, "", false),
                "one word, of where it ends"
            ),
        }
        (last, end) = (id, name);
    }
    (last, end)
}

#[test]
fn who_reads_too_slowly_is_told_and_cut_off() {
    let bounds = Bounds { unread: Duration::from_secs(8), ..Bounds::default() };
    let hosted = Hosted::well(Settings::default(), bounds);
    let mut listener = Listener::start(hosted.http(), "?from=1", &[]);
    let count = 60_000;
    fill(hosted.http(), count);
    // What was told stays unread, and there is room for nothing more but for this one word.
    let slow = &hosted.site.meters().door(Door::Http).slow;
    wait_until("it is too slow", || slow.get() > 0);
    let (last, end) = to_the_end(&mut listener);
    assert_eq!(end, "slow");
    assert!(last > 0 && last < count, "it was cut off at {last}");
    let mut listener = Listener::start(hosted.http(), "", &[("Last-Event-ID", &last.to_string())]);
    let (id, _, told) = listener.command();
    assert_eq!((id, &told["since"]), (last + 1, &json!(last)), "the rest is told to whoever resumes");
}

#[test]
fn one_who_does_not_read_history_keeps_nobody_from_it() {
    let disk = SimStorage::new(7, Faults::default());
    let count = 40_000;
    fill(Hosted::start(&disk, Settings::default(), Bounds::default()).http(), count);
    // Now all of that is history, which one at a time is told.
    let bounds = Bounds { unread: Duration::from_mins(4), replays: 1, ..Bounds::default() };
    let hosted = Hosted::start(&disk, Settings::default(), bounds);
    let _stalled =
        [Listener::start(hosted.http(), "?from=1", &[]), Listener::start(hosted.http(), "?from=1", &[])];
    std::thread::sleep(Duration::from_millis(500));
    let since = Instant::now();
    let mut listener = Listener::start(hosted.http(), "?from=1", &[]);
    for sequence in 1..=count {
        assert_eq!(listener.command().0, sequence);
    }
    assert!(since.elapsed() < Duration::from_mins(1), "{:?}", since.elapsed());
}

#[test]
fn a_token_that_is_taken_back_ends_history_too() {
    let disk = SimStorage::new(7, Faults::default());
    let count = 40_000;
    fill(Hosted::start(&disk, Settings::default(), Bounds::default()).http(), count);
    let bounds = Bounds { unread: Duration::from_mins(4), replays: 1, ..Bounds::default() };
    let hosted = Hosted::start(&disk, Settings::default(), bounds);
    let [ann] = tokens(&hosted.scratch.at("."), [(1, &[Right::Read])]);
    // While she waits for her turn, which one who does not read has for a moment, her token is taken back.
    let _stalled = Listener::start(hosted.http(), "?from=1", &[]);
    std::thread::sleep(Duration::from_millis(50));
    let query = format!("?from={}&scope=public", count - 9);
    let mut listener = Listener::start(hosted.http().with_token(&ann), &query, &[]);
    let [] = tokens(&hosted.scratch.at("."), []);
    hosted.site.realms()[0].access.look();
    let (last, end, _) = listener.next().expect("a word at the end");
    assert_eq!((last, end.as_str()), (count - 10, "denied"), "nothing of history is told to her");
    assert!(listener.next().is_none());
}

#[test]
fn nothing_is_told_from_where_the_log_is_not_yet() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    set_up(&mut server.http());
    for query in ["?from=16", "?from=1000", "?from=18446744073709551615"] {
        let told = server.http().get(&format!("{FEED}{query}")).problem(400);
        assert!(told["detail"].as_str().unwrap().contains("the log is at 14"), "{told}");
    }
    server.http().ask("GET", FEED, &[("Last-Event-ID", "15")], b"").problem(400);
    let mut next = Listener::start(server.http(), "?from=15", &[]);
    let mut resumed = Listener::start(server.http(), "", &[("Last-Event-ID", "14")]);
    server.http().post(COMMANDS, &register(100)).expect(200);
    assert_eq!((next.command().0, resumed.command().0), (15, 15));
    // So it is over the binary protocol.
    let mut session = server.sign_in(&SignIn::local(AgentId::REALM)).expect("it is let in");
    session.subscribe(17, 4).expect("it is sent");
    let told = session.receive();
    assert!(
        matches!(&told, Err(ClientError::Goodbye { reason, text }) if *reason == Reason::Beyond as u16 && text.contains("the log ends at 15")),
        "{told:?}"
    );
}

/// A frame of a WebSocket from the server: its kind, what it says.
fn frame(stream: &mut impl Read) -> (u8, Vec<u8>) {
    let mut head = [0; 2];
    stream.read_exact(&mut head).expect("a frame");
    let length = match head[1] {
        126 => {
            let mut length = [0; 2];
            stream.read_exact(&mut length).expect("a length");
            usize::from(u16::from_be_bytes(length))
        }
        length => usize::from(length),
    };
    let mut said = vec![0; length];
    stream.read_exact(&mut said).expect("all of it");
    (head[0], said)
}

#[test]
fn the_same_is_told_over_a_web_socket() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    set_up(&mut server.http());
    let mut client = server.http();
    let headers = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    client.send("GET", &format!("{FEED}?from=14"), &headers, b"");
    let (status, told) = client.head();
    assert_eq!(status, 101);
    // The answer that RFC 6455 gives for its sample key.
    assert!(told.contains(&("sec-websocket-accept".to_owned(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".to_owned())));
    let (kind, said) = frame(client.stream());
    let told: Value = serde_json::from_slice(&said).expect("JSON");
    assert_eq!((kind, &told["sequence"], &told["since"]), (0x81, &json!(14), &json!(13)));
    server.http().post(COMMANDS, &register(99)).expect(200);
    let told: Value = serde_json::from_slice(&frame(client.stream()).1).expect("JSON");
    assert_eq!((&told["sequence"], &told["event"]), (&json!(15), &json!("command")));
    // A masked, empty goodbye is answered with one.
    client.stream().get_mut().write_all(&[0x88, 0x80, 1, 2, 3, 4]).expect("it is sent");
    assert_eq!(frame(client.stream()).0, 0x88);
    let origin = [&headers[..], &[("Origin", "https://example.org")]].concat();
    server.http().ask("GET", FEED, &origin, b"").problem(401);
}
