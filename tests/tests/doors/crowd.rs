//! A thousand idle connections, two hundred busy ones, and readers that stall: nobody is kept from anything, and an idle connection takes little of the server's memory.
//! How long anything takes is the bench's matter (`doors`).

use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bartizan_engine::authority::Roles;
use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::command::{Command, Envelope, RegisterAgent};
use bartizan_engine::realm::ids::CommandId;
use bartizan_io::journal::Directory;
use bartizan_io::node::History;
use bartizan_io::wire::client::{Client, SignIn};
use bartizan_tests::program::Scratch;
use bartizan_tests::server::{Server, answers};

const IDLE: usize = 1_000;

const BUSY: usize = 200;

/// Batches that each busy connection sends, one after the other, and commands of a batch.
const BATCHES: (usize, usize) = (20, 16);

fn register(id: u128) -> Envelope {
    let command =
        RegisterAgent { agent: None, name: format!("agent {id}"), key: None, roles: Roles::of(&[]) };
    Envelope { id: CommandId(id), actor: AgentId::REALM, command: Command::RegisterAgent(command) }
}

/// How many idle connections this process may have beside the others.
fn idle() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let most = files.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(IDLE);
    IDLE.min(most.saturating_sub(BUSY + 100))
}

/// Waits for so many answers, all of which must be that it was carried out.
fn take(client: &mut Client<UnixStream>, count: usize) {
    assert!(
        answers(client, count).iter().all(|answer| answer.answer.get() == 0),
        "what is sent is carried out"
    );
}

#[test]
fn nobody_is_kept_from_anything_by_idle_busy_or_stalled_others() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let sign_in = || server.sign_in(&SignIn::local(AgentId::REALM)).expect("there is room");
    let mut first = sign_in();
    first.send(&[register(1)]).expect("it is sent");
    take(&mut first, 1);
    let before = server.resident();
    let mut idle: Vec<_> = (0..idle()).map(|_| sign_in()).collect();
    if let (Some(before), Some(after)) = (before, server.resident()) {
        let each = after.saturating_sub(before) / idle.len();
        println!("{} idle connections: {each} bytes of the server's memory each", idle.len());
        assert!(each < 64 << 10, "{each} bytes an idle connection");
    }
    // One listens and never reads; one sends and never reads its answers.
    let mut listener = sign_in();
    listener.subscribe(1, 4).expect("it is sent");
    let mut sender = sign_in();
    let sent: Vec<Envelope> = (1..=2_000).map(|id| register((1 << 60) + id)).collect();
    sender.send(&sent).expect("it is sent");
    let is_over = AtomicBool::new(false);
    let (batches, together) = BATCHES;
    std::thread::scope(|scope| {
        let keeper = scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                for client in idle.iter_mut().chain([&mut sender]) {
                    client.heartbeat().expect("it is not cut off");
                }
                std::thread::sleep(Duration::from_secs(1));
            }
        });
        let busy: Vec<_> = (1..=BUSY)
            .map(|number| {
                let mut client = sign_in();
                scope.spawn(move || {
                    for batch in 0..batches {
                        let id = |place| ((number << 20) + batch * together + place) as u128;
                        let batch: Vec<_> = (0..together).map(|place| register(id(place))).collect();
                        client.send(&batch).expect("it is sent");
                        take(&mut client, together);
                    }
                })
            })
            .collect();
        let done: Vec<_> = busy.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        is_over.store(true, Ordering::Relaxed);
        assert!(done.into_iter().all(|done| done.is_ok()), "each was answered");
        keeper.join().expect("none of the idle was cut off");
    });
    for (number, client) in idle.iter_mut().enumerate().step_by(100) {
        client.send(&[register((1 << 61) + number as u128)]).expect("it is sent");
        take(client, 1);
    }
    let asked = idle.iter().step_by(100).count();
    // What the one sent who does not read was carried out all the same, at the latest now.
    take(&mut sender, sent.len());
    assert_eq!(server.stop(), 0);
    let storage = Directory::open_to_read(&scratch.at("realm")).expect("the journal is there");
    let history = History::from_start(Arc::new(storage)).and_then(|it| it.run(None, |_| ()));
    let (realm, _) = history.expect("it is sound");
    assert_eq!(realm.agents().count(), 2 + sent.len() + BUSY * batches * together + asked);
}
