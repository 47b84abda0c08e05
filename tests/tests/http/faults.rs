//! What clients do wrong, on purpose or not, and what a disk does: who trickles, breaks off or says nothing is cut off, who asks too much is told so, and nobody else is harmed.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use bartizan_io::journal::sim::{End, Faults, SimStorage};
use bartizan_io::server::request::Batch;
use bartizan_io::server::site::Bounds;
use bartizan_io::server::thread::Settings;
use bartizan_tests::http::Client;
use serde_json::{Value, json};

use crate::hosted::{Hosted, wait_until};
use bartizan_tests::stage::COMMANDS;

const REALM: &str = "/v1/realms/realm";

/// Bounds that are soon reached.
fn short() -> Bounds {
    Bounds { silence: Duration::from_millis(300), ..Bounds::default() }
}

fn register(id: u64) -> Value {
    json!({ "id": id, "command": { "RegisterAgent": { "name": format!("agent {id}") } } })
}

/// Sends bytes one by one, slowly, until it is hung up on or they are all sent; and what was heard until then.
fn trickle(mut stream: TcpStream, bytes: &[u8]) -> (Duration, String) {
    let started = Instant::now();
    for byte in bytes {
        if stream.write_all(&[*byte]).is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
        assert!(started.elapsed() < Duration::from_secs(30), "it is never cut off");
        // Whoever is hung up on sees that when it reads.
        stream.set_nonblocking(true).expect("a socket takes that");
        let ended = stream.peek(&mut [0]).is_ok();
        stream.set_nonblocking(false).expect("a socket takes that");
        if ended {
            break;
        }
    }
    let mut heard = Vec::new();
    // A connection that was reset says nothing more.
    let _ = stream.read_to_end(&mut heard);
    (started.elapsed(), String::from_utf8_lossy(&heard).into_owned())
}

/// What is heard until the connection ends.
fn rest(mut stream: TcpStream) -> String {
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard);
    String::from_utf8_lossy(&heard).into_owned()
}

#[test]
fn who_trickles_is_cut_off_and_delays_nobody() {
    let hosted = Hosted::well(Settings::default(), short());
    let head = format!("GET {REALM} HTTP/1.1\r\nHost: localhost\r\n{}", "X-More: 1\r\n".repeat(200));
    let body = format!("POST {COMMANDS} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n");
    let chunks = format!(
        "POST {COMMANDS} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        "1\r\n \r\n".repeat(1_000)
    );
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| trickle(hosted.connect(), head.as_bytes()));
        let late = [(&body, "    ".repeat(1_000)), (&chunks, String::new())].map(|(head, more)| {
            let mut stream = hosted.connect();
            scope.spawn(move || {
                // The head comes at once, and what follows a little at a time.
                let (head, first) = head.split_at(head.find("\r\n\r\n").expect("it ends") + 4);
                stream.write_all(head.as_bytes()).expect("it is taken");
                trickle(stream, [first, &more].concat().as_bytes())
            })
        });
        let mut client = hosted.http();
        for id in 1..=50 {
            let asked = Instant::now();
            client.post(COMMANDS, &register(id)).expect(200);
            assert!(asked.elapsed() < Duration::from_secs(5), "nobody else is delayed");
        }
        let (taken, heard) = slow.join().expect("it does not panic");
        assert!(taken >= Duration::from_millis(200), "it has its time: {taken:?}");
        assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 408"), "{heard}");
        for late in late {
            let (_, heard) = late.join().expect("it does not panic");
            assert!(heard.starts_with("HTTP/1.1 408"), "{heard}");
            assert!(heard.contains("the body did not come in time"), "{heard}");
        }
    });
    assert_eq!(hosted.http().get(REALM).expect(200)["sequence"], 50);
}

#[test]
fn who_says_nothing_more_gives_his_place_to_others() {
    let hosted = Hosted::well(Settings::default(), Bounds { connections: 3, ..short() });
    // One that never speaks, one that breaks off within a head, one that has asked and stays.
    let silent = hosted.connect();
    let mut half = hosted.connect();
    half.write_all(b"POST /v1/comm").expect("it is taken");
    half.shutdown(Shutdown::Write).expect("a socket takes that");
    let mut idle = hosted.http();
    idle.get(REALM).expect(200);
    let started = Instant::now();
    assert_eq!(rest(silent), "");
    assert_eq!(rest(half), "");
    let mut nothing = [0];
    assert_eq!(idle.stream().read(&mut nothing).expect("it is closed in good order"), 0);
    assert!(started.elapsed() < Duration::from_secs(20));
    wait_until("room for others", || {
        let mut stream = hosted.connect();
        let _ =
            stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        rest(stream).starts_with("HTTP/1.1 200")
    });
}

#[test]
fn what_is_cut_or_spoiled_is_not_done() {
    let hosted = Hosted::well(Settings::default(), Bounds::default());
    let chunked =
        format!("POST {COMMANDS} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    let body = register(1).to_string();
    let whole = format!("{:x}\r\n{body}\r\n", body.len());
    // Without its last chunk nothing says that this was all.
    let mut stream = hosted.connect();
    stream.write_all(format!("{chunked}{whole}").as_bytes()).expect("it is taken");
    stream.shutdown(Shutdown::Write).expect("a socket takes that");
    let heard = rest(stream);
    assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 400"), "{heard}");
    let mut stream = hosted.connect();
    stream.write_all(format!("{chunked}{whole}never\r\n").as_bytes()).expect("it is taken");
    let heard = rest(stream);
    assert!(heard.starts_with("HTTP/1.1 400"), "{heard}");
    // Two lengths, or one and chunks, are what one server reads so and another otherwise.
    for lengths in ["Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: five\r\n"] {
        let mut stream = hosted.connect();
        let head = format!("POST {COMMANDS} HTTP/1.1\r\nHost: localhost\r\n{lengths}\r\n{body}");
        stream.write_all(head.as_bytes()).expect("it is taken");
        assert!(rest(stream).starts_with("HTTP/1.1 400"), "{lengths}");
    }
    // What came before garbage in one piece is answered.
    let get = format!("GET {REALM} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let mut stream = hosted.connect();
    stream.write_all(format!("{get}{get}\u{1}\u{2} no HTTP\r\n\r\n{get}").as_bytes()).expect("it is taken");
    let heard = rest(stream);
    assert_eq!(heard.matches("HTTP/1.1 200").count(), 2, "{heard}");
    assert_eq!(heard.matches("HTTP/1.1 400").count(), 1, "{heard}");
    let long = format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "x".repeat(100_000));
    let mut stream = hosted.connect();
    let _ = stream.write_all(long.as_bytes());
    let heard = rest(stream);
    assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 4"), "{heard}");
    assert_eq!(hosted.http().get(REALM).expect(200)["sequence"], 0, "nothing of it was done");
}

#[test]
fn a_flood_is_answered_with_a_retry() {
    let hosted = Hosted::well(Settings { queue: 1, ..Settings::default() }, Bounds::default());
    let host = &hosted.site.realms()[0].host;
    let (began, begin) = mpsc::channel();
    let (release, held) = mpsc::channel::<()>();
    let reply = Box::new(move |_| {
        began.send(()).expect("the test waits");
        held.recv().expect("the test releases it");
    });
    host.submit(Batch::new(Vec::new(), reply));
    begin.recv().expect("the realm's thread answers it, and waits");
    let (told, second) = mpsc::channel();
    host.submit(Batch::new(Vec::new(), Box::new(move |answers| told.send(answers).expect("the test waits"))));
    let mut refused = hosted.http();
    let told = refused.post(COMMANDS, &register(1));
    assert_eq!(told.header("retry-after"), Some("1"));
    assert!(told.problem(429)["detail"].as_str().expect("a text").contains("the realm is busy"));
    // Readers have nothing to do with it.
    refused.get(REALM).expect(200);
    release.send(()).expect("the realm's thread waits");
    assert!(second.recv().expect("what waited is done").is_ok());
    refused.post(COMMANDS, &register(1)).expect(200);
}

/// Asks until the realm takes commands again.
fn in_the_end(client: &mut Client, command: &Value) -> Value {
    let mut told = Value::Null;
    wait_until("the realm to take commands again", || {
        let response = client.post(COMMANDS, command);
        if response.status == 503 {
            assert_eq!(response.header("retry-after"), Some("1"));
            return false;
        }
        told = response.expect(200);
        true
    });
    told
}

#[test]
fn a_failing_disk_refuses_writers_says_why_and_keeps_readers() {
    for (faults, why) in [
        (Faults { sync_per_mille: 1_000, ..Faults::default() }, "sync"),
        (Faults { write_per_mille: 1_000, ..Faults::default() }, "write"),
        (Faults { capacity: Some(0), ..Faults::default() }, "full"),
    ] {
        let disk = SimStorage::new(3, Faults::default());
        let settings = Settings {
            rest_after: Duration::from_hours(1),
            retry_after: Duration::from_millis(500),
            ..Settings::default()
        };
        let hosted = Hosted::start(&disk, settings, Bounds::default());
        let mut client = hosted.http();
        client.post(COMMANDS, &register(1)).expect(200);
        disk.set_faults(faults);
        let refused = client.post(COMMANDS, &register(2));
        assert_eq!(refused.header("retry-after"), Some("1"), "{why}");
        let detail = refused.problem(503)["detail"].as_str().expect("a text").to_owned();
        assert!(detail.starts_with("the realm takes no commands: "), "{detail}");
        client.post(COMMANDS, &json!([register(2), register(3)])).problem(503);
        assert!(client.get(REALM).expect(200)["sequence"].as_u64() >= Some(1), "readers go on");
        assert_eq!(client.get(&format!("{REALM}/agents")).status, 200);
        client.get("/health/live").expect(200);
        // It tries again and again, but is not ready until a trial has been written.
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(2) {
            let ready = client.get("/health/ready").problem(503);
            let detail = ready["detail"].as_str().expect("a text");
            assert!(detail.starts_with("a realm takes no commands: "), "{why}: {detail}");
        }
        disk.set_faults(Faults::default());
        // Sent again it is done once, whether or not the journal had it.
        assert_eq!(in_the_end(&mut client, &register(2))["answer"], 0, "{why}");
        client.get("/health/ready").expect(200);
        client.post(COMMANDS, &register(3)).expect(200);
        let before = client.get(&format!("{REALM}?digest=true")).expect(200);
        assert_eq!(
            client.get(&format!("{REALM}/agents")).expect(200)["items"].as_array().map(Vec::len),
            Some(4)
        );
        // As after the power is cut, too: it fails, ends, and is started again.
        disk.set_faults(faults);
        client.post(COMMANDS, &register(4)).problem(503);
        drop(client);
        drop(hosted);
        disk.set_faults(Faults::default());
        disk.restart(End::PowerCut);
        let hosted = Hosted::start(&disk, settings, Bounds::default());
        let mut client = hosted.http();
        let after = client.get(REALM).expect(200)["sequence"].as_u64().expect("a number");
        let known = before["sequence"].as_u64().expect("a number");
        assert!((known..=known + 1).contains(&after), "what was answered is there: {known}, {after}");
        assert_eq!(client.post(COMMANDS, &register(4)).expect(200)["answer"], 0);
        assert_eq!(
            client.get(&format!("{REALM}/agents")).expect(200)["items"].as_array().map(Vec::len),
            Some(5)
        );
    }
}
