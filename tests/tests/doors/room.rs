//! As many connections as there may be: more are refused in the words of what they speak, and the limit of open files is never what refuses them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bartizan_engine::ledger::units::AgentId;
use bartizan_io::wire::client::{Client, ClientError, SignIn};
use bartizan_io::wire::layout::Reason;
use bartizan_tests::fix::FixClient;
use bartizan_tests::program::Scratch;
use bartizan_tests::server::Server;

fn me() -> SignIn {
    SignIn::local(AgentId::REALM)
}

#[test]
fn one_more_than_there_may_be_is_told_so_at_every_door() {
    let scratch = Scratch::new();
    let more = ["--connections", "2", "--fix", "127.0.0.1:0", "--itch", "127.0.0.1:0"];
    let server = Server::start(&scratch.at("realm"), &more);
    let first = Client::sign_in(server.tcp().unwrap(), &me()).expect("there is room");
    let second = server.sign_in(&me()).expect("there is room");
    let problem = server.http().get("/v1/realms");
    assert_eq!((problem.header("retry-after"), problem.header("connection")), (Some("1"), Some("close")));
    assert_eq!(problem.problem(503)["detail"], "there are as many connections as there may be");
    match Client::sign_in(server.tcp().unwrap(), &me()) {
        Err(ClientError::Goodbye { reason, .. }) => assert_eq!(reason, Reason::Full as u16),
        other => panic!("{other:?}"),
    }
    let mut fix = FixClient::connect(server.address("FIX"), "ANN", 1);
    fix.send("A", "98=0|108=30|553=0");
    let told = fix.expect("5");
    assert_eq!(
        told.some(&[49, 56, 58]),
        "49=BARTIZAN|56=ANN|58=there are as many connections as there may be"
    );
    assert_eq!(fix.receive(), None);
    let mut itch = TcpStream::connect(server.address("ITCH")).unwrap();
    itch.write_all(&[&[0, 47, b'L'][..], &[b' '; 46]].concat()).unwrap();
    let mut refusal = Vec::new();
    itch.read_to_end(&mut refusal).unwrap();
    assert_eq!(refusal, [0, 2, b'J', b'S']);
    drop((first, second));
    wait_for(&server, 200);
    let told = server.http().get("/metrics");
    let told = String::from_utf8_lossy(&told.body).into_owned();
    assert!(told.contains("bartizan_connections_limit 2\n"), "{told}");
    for door in ["binary", "fix", "itch"] {
        let refused = format!("bartizan_connections_refused_total{{door=\"{door}\"}} 1\n");
        assert!(told.contains(&refused), "{told}");
    }
    assert_eq!(server.stop(), 0);
}

/// Waits until a request is answered so; who comes when many are being refused may hear nothing.
fn wait_for(server: &Server, status: u16) {
    let begins = format!("HTTP/1.1 {status} ");
    for _ in 0..4000 {
        let mut answer = Vec::new();
        let mut stream = TcpStream::connect(server.http_address()).expect("it listens");
        let asked =
            stream.write_all(b"GET /v1/realms HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        if asked.and_then(|()| stream.read_to_end(&mut answer)).is_ok()
            && answer.starts_with(begins.as_bytes())
        {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("it was never answered {status}");
}

/// The soft and the hard limit of a process's open files, where the system tells.
fn limits(id: u32) -> Option<(String, String)> {
    let limits = std::fs::read_to_string(format!("/proc/{id}/limits")).ok()?;
    let line = limits.lines().find(|line| line.starts_with("Max open files"))?;
    let words: Vec<&str> = line.split_whitespace().collect();
    Some((words[3].to_owned(), words[4].to_owned()))
}

#[test]
fn the_soft_limit_of_open_files_is_raised_to_the_hard_one() {
    let scratch = Scratch::new();
    let server = Server::start_under("-S -n 64", &scratch.at("realm"), &[]);
    if let Some((soft, hard)) = limits(server.id()) {
        assert_eq!(soft, hard);
        let told = format!("of {hard} files that may be open");
        assert!(server.said().contains(&told), "{}", server.said());
    }
    assert_eq!(server.stop(), 0);
}

#[test]
fn a_crowd_beyond_the_limit_of_open_files_harms_nobody() {
    let scratch = Scratch::new();
    let server = Server::start_under("-n 400", &scratch.at("realm"), &[]);
    assert!(server.said().contains("at most 144 connections at a time, of 400 files"), "{}", server.said());
    let mut inside = server.sign_in(&me()).expect("there is room");
    let crowd: Vec<TcpStream> =
        (0..500).map(|_| TcpStream::connect(server.http_address()).expect("it listens")).collect();
    inside.heartbeat().expect("it is there");
    wait_for(&server, 503);
    drop(crowd);
    wait_for(&server, 200);
    inside.heartbeat().expect("it is still there");
    assert!(!server.said().contains("no connection can be taken"), "{}", server.said());
    drop(inside);
    assert_eq!(server.stop(), 0);
}
