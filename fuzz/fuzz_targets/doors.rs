//! Any bytes into the socket of each door of a site: HTTP, FIX, the binary protocol, the ITCH feed. Nothing panics, HTTP answers nothing with a server's fault, and afterwards what was
//! answered is in the journal: replayed, it has the digest of what readers saw.
#![no_main]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bartizan_engine::ledger::units::AgentId;
use bartizan_io::clock::now;
use bartizan_io::fix::message::{self, Fields};
use bartizan_io::fix::{door as fix, time};
use bartizan_io::http::serve as http;
use bartizan_io::itch::{door as itch, soup};
use bartizan_io::journal::sim::{Faults, SimStorage};
use bartizan_io::journal::{RealmId, Storage};
use bartizan_io::node::history::{History, digest};
use bartizan_io::node::intake::{lines, read_line};
use bartizan_io::server::access::Access;
use bartizan_io::server::audit::Audit;
use bartizan_io::server::binary;
use bartizan_io::server::host::Host;
use bartizan_io::server::site::{Bounds, Realm, Site};
use bartizan_io::server::thread::{Health, Settings};
use bartizan_io::server::tokens::Tokens;
use bartizan_io::server::visitor::Peer;
use bartizan_io::wire::frame;
use bartizan_io::wire::layout::{Kind, Login, VERSION};
use libfuzzer_sys::fuzz_target;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::runtime::Runtime;
use zerocopy::IntoBytes;

fuzz_target!(|bytes: &[u8]| {
    let Some((&way, bytes)) = bytes.split_first() else { return };
    let storage = SimStorage::new(1, Faults::default());
    let site = site(&storage);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime: Runtime = runtime.expect("the system gives what a runtime needs");
    let heard = runtime.block_on(heard(way, bytes, &site));
    drop(runtime);
    if way % 6 == 0 {
        let is_fault = |at: usize| heard[at..].starts_with(b"HTTP/1.1 5");
        assert!(!(0..heard.len()).any(is_fault), "{}", String::from_utf8_lossy(&heard));
    }
    let host = &site.realms()[0].host;
    assert_eq!(host.health(), Health::Serving);
    site.stop();
    let seen = digest(&host.view().read());
    let history = History::from_start(Arc::new(storage)).expect("there is a journal");
    let (realm, _) = history.run(None, |_| ()).expect("it is sound");
    assert_eq!(digest(&realm), seen);
});

/// The realm of `tests/realm/apples.jsonl`, served to this machine's users.
fn site(storage: &SimStorage) -> Arc<Site> {
    let storage: Arc<dyn Storage> = Arc::new(storage.clone());
    let settings = Settings { rest_after: Duration::from_hours(1), ..Settings::default() };
    let (host, _) = Host::start("realm", &storage, RealmId([7; 16]), settings).expect("the disk is well");
    let founding = lines(include_bytes!("../../tests/realm/apples.jsonl"));
    let founding = founding.filter_map(|(number, line)| read_line(number, line).expect("it is sound"));
    let founding = founding.map(|line| line.into_envelope()).collect();
    host.ask(founding).expect("the disk is well");
    let tokens = Tokens::open(&folder()).expect("there are none");
    let short = Duration::from_millis(20);
    let bounds = Bounds { silence: short, unread: short, sign_in: short, ..Bounds::default() };
    let (access, log) = (Access::new(tokens, true), folder().join("log"));
    let realm = Realm { host, access, log, audit: Audit::none() };
    Arc::new(Site::new(vec![realm], bounds))
}

fn folder() -> PathBuf {
    std::env::temp_dir().join(format!("bartizan-fuzz-doors-{}", std::process::id()))
}

/// What a door says to bytes.
async fn heard(way: u8, bytes: &[u8], site: &Arc<Site>) -> Vec<u8> {
    let (mut client, server) = tokio::io::duplex(1 << 16);
    let of = Arc::clone(site);
    let (served, said) = match way % 6 {
        0 => {
            let last = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            (
                tokio::spawn(http::serve(server, Peer::UNIX, of.clone(), http::service(of))),
                [bytes, last].concat(),
            )
        }
        1 | 2 => {
            let _ = std::fs::remove_dir_all(folder());
            let door = Arc::new(fix::Door::new(of, vec![folder()]));
            let said = if way % 6 == 1 { bytes.to_vec() } else { messages(bytes) };
            (tokio::spawn(fix::serve(server, door, Peer::UNIX)), said)
        }
        3 => (tokio::spawn(itch::serve(server, of)), packets(bytes)),
        4 => (tokio::spawn(binary::serve(server, of, Peer::UNIX)), bytes.to_vec()),
        _ => (tokio::spawn(binary::serve(server, of, Peer::UNIX)), frames(bytes)),
    };
    let heard = talk(&mut client, &said).await;
    drop(client);
    site.begin_to_stop();
    // How it ended is its own affair, but it ends, and not by a panic.
    let ended = tokio::time::timeout(Duration::from_secs(10), served).await;
    let _ = ended.expect("a connection that is gone ends").expect("it does not panic");
    heard
}

/// Sends, and hears until nothing more is said for a moment.
async fn talk(client: &mut DuplexStream, said: &[u8]) -> Vec<u8> {
    let (mut read, mut write) = tokio::io::split(client);
    let send = async {
        // It may hang up.
        let _ = write.write_all(said).await;
    };
    let hear = async {
        let (mut heard, mut part) = (Vec::new(), [0; 4096]);
        while let Ok(Ok(count @ 1..)) =
            tokio::time::timeout(Duration::from_millis(3), read.read(&mut part)).await
        {
            heard.extend_from_slice(&part[..count]);
        }
        heard
    };
    tokio::join!(hear, tokio::time::timeout(Duration::from_millis(50), send)).0
}

/// Lines as FIX messages of a session that has logged on: each its type, and its fields, with bars between them.
fn messages(bytes: &[u8]) -> Vec<u8> {
    let mut framed = Vec::new();
    let logon = b"A|98=0|108=1|553=2".as_slice();
    for (line, number) in std::iter::once(logon).chain(bytes.split(|&byte| byte == b'\n')).zip(1..) {
        let text = String::from_utf8_lossy(line).into_owned();
        let (kind, body) = text.split_once('|').unwrap_or((&text, ""));
        let header = Fields::default().with(34, number).with(49, "C");
        let header = header.with(52, time::written(now())).with(56, "BARTIZAN");
        let body = Fields::from_text(&format!("{}\u{1}", body.replace('|', "\u{1}")));
        message::write(&mut framed, kind, &[&header, &body]);
    }
    framed
}

/// A login to the feed, and any bytes after it; or any bytes alone.
fn packets(bytes: &[u8]) -> Vec<u8> {
    let mut packets = Vec::new();
    if bytes.len() % 2 == 0 {
        soup::write(&mut packets, b'L', format!("{:<6}{:<10}{:>10}{:>20}", "1", "", "", 1).as_bytes());
    }
    packets.extend_from_slice(bytes);
    packets
}

/// A login, and frames of any kinds, counts, numbers and payloads.
fn frames(bytes: &[u8]) -> Vec<u8> {
    let mut frames = Vec::new();
    let login = Login {
        version: VERSION.into(),
        credential: 0,
        flags: u8::from(bytes.len() % 2 == 0),
        heartbeat_ms: 0.into(),
        agent: AgentId::REALM.0.into(),
        reserved: 0.into(),
        realm: [0; 32],
    };
    frame::write(&mut frames, Kind::Login, 0, |into| {
        into.extend_from_slice(login.as_bytes());
        1
    });
    let mut rest = bytes;
    while let Some((head, after)) = rest.split_first_chunk::<5>() {
        let length = usize::from(head[4]).min(after.len());
        let (payload, after) = after.split_at(length);
        rest = after;
        let Some(kind) = Kind::of(u16::from(head[0] % 16)) else { continue };
        frame::write(&mut frames, kind, u64::from(head[3]), |into| {
            into.extend_from_slice(payload);
            u16::from_le_bytes([head[1], head[2]])
        });
    }
    frames
}
