//! A hosted realm: what is asked from many threads is done once and in order, readers and listeners see it, and neither they nor a failing disk lose
//! or stop anything.

use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use bartizan_engine::authority::Roles;
use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_engine::realm::command::{AdvanceClock, Command, Envelope, RegisterAgent};
use bartizan_engine::realm::ids::CommandId;
use bartizan_io::journal::sim::{Faults, SimStorage};
use bartizan_io::journal::{RealmId, Storage};
use bartizan_io::node::history::{History, digest};
use bartizan_io::server::access::Access;
use bartizan_io::server::audit::Audit;
use bartizan_io::server::binary;
use bartizan_io::server::feed::Next;
use bartizan_io::server::host::Host;
use bartizan_io::server::limits::{Rate, Rates};
use bartizan_io::server::meters::Meters;
use bartizan_io::server::request::{Batch, Refusal};
use bartizan_io::server::site::{self, Bounds, Site};
use bartizan_io::server::thread::{Health, Settings};
use bartizan_io::server::tokens::Tokens;
use bartizan_io::server::visitor::Peer;
use bartizan_io::wire::client::{Client, Key, Message, SignIn};
use bartizan_io::wire::layout::RETRY_BUSY;
use bartizan_tests::exposition::Exposition;
use bartizan_tests::program::Scratch;
use ed25519_dalek::SigningKey;

fn start(storage: &SimStorage, settings: Settings) -> Host {
    let storage: Arc<dyn Storage> = Arc::new(storage.clone());
    Host::start("test", &storage, RealmId([7; 16]), settings).expect("the disk is well").0
}

/// Registers an agent; ids are the realm's own, so each is done once.
fn register(id: u128) -> Envelope {
    let command =
        RegisterAgent { agent: None, name: format!("agent {id}"), key: None, roles: Roles::default() };
    Envelope { id: CommandId(id), actor: AgentId::REALM, command: Command::RegisterAgent(command) }
}

/// Waits for what another thread is about to do.
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_mins(1), "never came: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// What the journal alone gives.
fn journaled(storage: &SimStorage) -> (Sequence, String) {
    let history = History::from_start(Arc::new(storage.clone())).expect("there is a journal");
    let (realm, _) = history.run(None, |_| ()).expect("it is sound");
    (realm.sequence(), digest(&realm).to_string())
}

#[test]
fn what_many_ask_is_done_once_seen_and_told_in_order() {
    let storage = SimStorage::new(1, Faults::default());
    let host = start(&storage, Settings { feed: 1 << 20, ..Settings::default() });
    std::thread::scope(|scope| {
        for thread in 0..4_u128 {
            let host = &host;
            scope.spawn(move || {
                for round in 0..50_u128 {
                    // Every id is sent twice, in another batch, and by whichever thread comes first.
                    let first = (thread / 2) * 1000 + round * 10 + 1;
                    let answers = host.ask((first..first + 10).map(register).collect()).expect("it is taken");
                    assert_eq!(answers.len(), 10);
                    assert!(answers.iter().all(|told| told.answer.is_done()));
                }
            });
        }
    });
    let last = *host.feed().reached().borrow();
    wait_until("the view", || host.view().read().agents().count() == 1001);
    wait_until("the feed", || *host.feed().reached().borrow() == host.view().reached());
    let mut next = Sequence(1);
    while let Next::Groups(groups) = host.feed().next(next) {
        for moment in groups.iter().flat_map(|told| told.moments(next)).collect::<Vec<_>>() {
            assert_eq!(moment.sequence, next, "told in order, without gaps");
            next = Sequence(next.0 + 1);
        }
    }
    assert!(next.0 > 1000 && last.0 < next.0);
    let seen = (host.view().reached(), digest(&host.view().read()).to_string());
    host.stop();
    assert_eq!(journaled(&storage), seen);
    assert_eq!(host.health(), Health::Stopped);
    assert_eq!(host.ask(vec![register(5000)]).unwrap_err(), Refusal::Stopping);
}

/// Has the realm's thread answer a first batch, and waits there until what this returns says to go on.
fn held_up(host: &Host) -> Sender<()> {
    let (release, held) = channel::<()>();
    let (began, begin) = channel::<()>();
    let reply = Box::new(move |_| {
        began.send(()).expect("the test waits");
        held.recv().expect("the test releases it");
    });
    host.submit(Batch::new(vec![register(1)], reply));
    begin.recv().expect("the first batch is answered");
    release
}

#[test]
fn a_full_queue_is_said_at_once() {
    let storage = SimStorage::new(2, Faults::default());
    let host = start(&storage, Settings { queue: 1, ..Settings::default() });
    let release = held_up(&host);
    let (told, second) = channel();
    let reply = Box::new(move |answers| told.send(answers).expect("the test waits"));
    host.submit(Batch::new(vec![register(2)], reply));
    assert_eq!(host.ask(vec![register(3)]).unwrap_err(), Refusal::Busy);
    release.send(()).expect("the realm's thread waits");
    assert!(second.recv().expect("what waited is done").is_ok());
    let meters = Meters::new([host.meters()].into_iter(), 1);
    let told = String::from_utf8(meters.tell(|_| true)).expect("it is text");
    let told = Exposition::read(&told).expect("it is understood");
    assert_eq!(told.count("bartizan_commands_refused_total", &[("reason", "busy")]), 1);
    assert_eq!(told.count("bartizan_commands_applied_total", &[]), 2);
    host.stop();
    assert_eq!(journaled(&storage).0, Sequence(2), "what was refused was not sequenced");
}

#[test]
fn what_there_was_no_room_for_counts_towards_no_limit() {
    let storage = SimStorage::new(8, Faults::default());
    let host = start(&storage, Settings { queue: 1, ..Settings::default() });
    let key = SigningKey::from_bytes(&[9; 32]);
    let bytes = Some(key.verifying_key().to_bytes());
    let ann = RegisterAgent { agent: None, name: "ann".into(), key: bytes, roles: Roles::default() };
    let ann = Envelope { command: Command::RegisterAgent(ann), ..register(100) };
    assert!(host.ask(vec![ann]).expect("it is taken")[0].answer.is_done());
    let scratch = Scratch::new();
    let access = Access::new(Tokens::open(&scratch.at(".")).expect("there are none"), false);
    let realm = site::Realm { host, access, log: scratch.at("log"), audit: Audit::none() };
    let commands = Rate { per_second: 1, burst: 10 };
    let rates = Rates { commands, known: 8, ..Rates::ANY };
    let bounds = Bounds { rates, retry_after: Duration::ZERO, ..Bounds::default() };
    let site = Arc::new(Site::new(vec![realm], bounds));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("the system gives threads");
    let (here, there) = UnixStream::pair().expect("the system gives a pair");
    there.set_nonblocking(true).expect("a socket takes that");
    let of = Arc::clone(&site);
    runtime.spawn(async move {
        let there = tokio::net::UnixStream::from_std(there).expect("it is a socket");
        binary::serve(there, of, Peer::UNIX).await
    });
    let key = Key::Signing(Box::new(key), [7; 16]);
    let mut client = Client::sign_in(here, &SignIn { key, ..SignIn::local(AgentId(1)) }).expect("it is hers");
    let host = &site.realms()[0].host;
    let release = held_up(host);
    host.submit(Batch::new(vec![register(2)], Box::new(|_| ())));
    let tick = Envelope { actor: AgentId(1), command: Command::AdvanceClock(AdvanceClock {}), ..register(1) };
    // More often than the limit lets through commands.
    for _ in 0..30 {
        client.send_as(1, std::slice::from_ref(&tick)).expect("it is sent");
        let told = client.receive().expect("there is no room");
        assert!(matches!(told, Message::Retry { first: 1, reason: RETRY_BUSY, .. }), "{told:?}");
    }
    release.send(()).expect("the realm's thread waits");
    let told = loop {
        client.send_as(1, std::slice::from_ref(&tick)).expect("it is sent");
        match client.receive().expect("it goes on") {
            Message::Retry { reason: RETRY_BUSY, .. } => {}
            told => break told,
        }
    };
    assert!(matches!(told, Message::Answers { first: 1, .. }), "{told:?}");
    drop(client);
    site.begin_to_stop();
    drop(runtime);
    site.stop();
}

#[test]
fn what_waits_is_bounded_by_its_bytes_too() {
    let storage = SimStorage::new(6, Faults::default());
    let host = start(&storage, Settings { room: 10_000, ..Settings::default() });
    let release = held_up(&host);
    let long = |id| {
        let name = "x".repeat(9_000);
        let command = RegisterAgent { agent: None, name, key: None, roles: Roles::default() };
        Envelope { id: CommandId(id), actor: AgentId::REALM, command: Command::RegisterAgent(command) }
    };
    let (told, answers) = channel();
    let submit = |envelopes| {
        let told = told.clone();
        host.submit(Batch::new(
            envelopes,
            Box::new(move |answers: Result<Vec<_>, _>| {
                told.send(answers.map(|answers| answers.len())).expect("the test waits");
            }),
        ));
    };
    // One may wait however long it is, but no other beside it.
    submit(vec![long(2), long(3)]);
    submit(vec![long(4)]);
    assert_eq!(answers.recv().expect("at once"), Err(Refusal::Busy));
    release.send(()).expect("the realm's thread waits");
    assert_eq!(answers.recv().expect("what waited is done"), Ok(2));
    submit(vec![long(4)]);
    assert_eq!(answers.recv().expect("there is room again"), Ok(1));
    host.stop();
}

#[test]
fn a_failing_disk_stops_writers_alone_and_is_tried_again() {
    let storage = SimStorage::new(3, Faults::default());
    let settings = Settings {
        rest_after: Duration::from_hours(1),
        retry_after: Duration::from_millis(5),
        ..Settings::default()
    };
    let host = start(&storage, settings);
    assert_eq!(host.ask(vec![register(1)]).expect("the disk is well").len(), 1);
    storage.set_faults(Faults { sync_per_mille: 1000, ..Faults::default() });
    assert!(matches!(host.ask(vec![register(2)]).unwrap_err(), Refusal::Failing(_)));
    assert!(matches!(host.health(), Health::Failing(_)));
    assert!(matches!(host.ask(vec![register(3)]).unwrap_err(), Refusal::Failing(_)));
    wait_until("readers to go on", || host.view().read().agents().count() >= 2);
    storage.set_faults(Faults::default());
    // However much is asked meanwhile.
    wait_until("the realm", || host.ask(vec![register(5)]).is_ok());
    assert_eq!(host.health(), Health::Serving);
    // Sent again, as an asker does who was not answered: done once, whether or not the journal had it.
    assert!(
        host.ask(vec![register(2), register(4)])
            .expect("the disk is well")
            .iter()
            .all(|told| told.answer.is_done())
    );
    wait_until("the view", || host.view().read().agents().count() == 5);
    host.stop();
    assert_eq!(journaled(&storage), (host.view().reached(), digest(&host.view().read()).to_string()));
}

#[test]
fn a_reader_who_takes_long_delays_nobody_who_writes() {
    let storage = SimStorage::new(4, Faults::default());
    let host = start(&storage, Settings::default());
    let reading = host.view().read();
    for id in 1..=100 {
        host.ask(vec![register(id)]).expect("nobody waits for a reader");
    }
    assert_eq!(reading.agents().count(), 1, "what is being read stands still");
    drop(reading);
    wait_until("the view", || host.view().read().agents().count() == 101);
    wait_until("the feed", || host.feed().reached().borrow().0 == 100);
    let Next::Groups(groups) = host.feed().next(Sequence(1)) else { panic!("the feed has all") };
    assert_eq!(
        groups.first().and_then(|told| told.first()),
        Some(Sequence(1)),
        "nothing is missing in the feed"
    );
    host.stop();
}

#[test]
fn a_journal_that_lost_what_was_answered_is_not_gone_on_with() {
    let storage = SimStorage::new(5, Faults::default());
    let settings = Settings {
        rest_after: Duration::from_hours(1),
        retry_after: Duration::from_millis(1),
        ..Settings::default()
    };
    let host = start(&storage, settings);
    host.ask(vec![register(1)]).expect("the disk is well");
    storage.set_faults(Faults { sync_per_mille: 1000, ..Faults::default() });
    assert!(matches!(host.ask(vec![register(2)]).unwrap_err(), Refusal::Failing(_)));
    // The volume comes back without what was on it.
    for (name, _) in storage.files() {
        Storage::remove(&storage, &name).expect("it is there");
    }
    storage.set_faults(Faults::default());
    wait_until("it to be noticed", || matches!(host.health(), Health::Broken(_)));
    assert!(matches!(host.ask(vec![register(3)]).unwrap_err(), Refusal::Failing(_)));
    wait_until("readers to go on", || host.view().read().agents().count() == 2);
    assert!(storage.files().is_empty(), "no other journal was begun in its place");
    host.stop();
}
