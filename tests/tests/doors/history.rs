//! History over the binary protocol: told to many, some of whom do not read, and refused where there is none yet.

use std::time::{Duration, Instant};

use bartizan_engine::authority::Roles;
use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::command::{Command, Envelope, RegisterAgent};
use bartizan_engine::realm::ids::CommandId;
use bartizan_io::wire::client::{Client, ClientError, Message, SignIn};
use bartizan_io::wire::layout::Reason;
use bartizan_tests::program::Scratch;
use bartizan_tests::server::{Server, answers};

fn register(id: u128) -> Envelope {
    let (name, roles) = (format!("agent {id}"), Roles::default());
    let command = Command::RegisterAgent(RegisterAgent { agent: None, name, key: None, roles });
    Envelope { id: CommandId(id), actor: AgentId::REALM, command }
}

fn sign_in(server: &Server) -> Client<std::os::unix::net::UnixStream> {
    server.sign_in(&SignIn::local(AgentId::REALM)).expect("it is let in")
}

/// More than a socket and a connection's queues hold.
const COUNT: u64 = 40_000;

#[test]
fn who_does_not_read_keeps_nobody_else_from_history() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let mut founder = sign_in(&server);
    for first in (1..=u128::from(COUNT)).step_by(4000) {
        founder.send(&(first..first + 4000).map(register).collect::<Vec<_>>()).expect("it is sent");
        answers(&mut founder, 4000);
    }
    // After that the feed begins anew, and what was before is in the journal.
    assert_eq!(server.stop(), 0);
    let server = Server::start(&scratch.at("realm"), &[]);
    // Twice as many as there are turns.
    let unread: Vec<_> = (0..8)
        .map(|_| {
            let mut client = sign_in(&server);
            client.subscribe(1, 4).expect("it is sent");
            client
        })
        .collect();
    std::thread::sleep(Duration::from_millis(500));
    let (mut listener, since) = (sign_in(&server), Instant::now());
    listener.subscribe(1, 4).expect("it is sent");
    let mut next = 1;
    while next <= COUNT {
        let Message::Told(told) = listener.receive().expect("it goes on") else { continue };
        for moment in told {
            assert_eq!(moment.sequence.0, next, "in order, and without gaps");
            next += 1;
        }
    }
    // Those who do not read are cut off after ten seconds.
    assert!(since.elapsed() < Duration::from_secs(8), "it waited for others: {:?}", since.elapsed());
    drop(unread);
}

#[test]
fn nothing_is_told_from_beyond_the_end_of_the_log() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let mut writer = sign_in(&server);
    for id in 1..=3 {
        writer.send(&[register(id)]).expect("it is sent");
        let answered = answers(&mut writer, 1)[0].sequence.get();
        let mut next = sign_in(&server);
        next.subscribe(answered + 1, 4).expect("it is sent");
        let mut beyond = sign_in(&server);
        beyond.subscribe(answered + 2, 4).expect("it is sent");
        match beyond.receive() {
            Err(ClientError::Goodbye { reason, text }) => {
                assert_eq!((reason, text), (Reason::Beyond as u16, format!("the log ends at {answered}")));
            }
            other => panic!("{other:?}"),
        }
        next.logout().expect("it may wait for what comes next");
    }
}
