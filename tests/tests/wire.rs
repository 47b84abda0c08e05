//! The binary protocol, spoken with the built program: what is sent is done once and in order, whatever happens to the connection or the server; what is no
//! frame is said to be none; what happens is told from any place in the log on.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use bartizan_engine::authority::{Role, Roles};
use bartizan_engine::book::{
    ClientOrderId, ExecType, MarketEvent, NewOrder, Price, Quantity, Report, Side, TimeInForce,
};
use bartizan_engine::event::{Event, Events};
use bartizan_engine::layout::{Field, Layout, Layouts};
use bartizan_engine::ledger::movement::{CreateTransfer, Pending};
use bartizan_engine::ledger::units::{AccountId as LedgerAccount, AgentId, Amount, Sequence};
use bartizan_engine::market::command::PlaceOrder;
use bartizan_engine::market::units::MarketId;
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::command::{AdvanceClock, Command, Envelope, RegisterAgent, SetKey};
use bartizan_engine::realm::ids::CommandId;
use bartizan_engine::reject::{Answer, Reject};
use bartizan_io::journal::Directory;
use bartizan_io::node::History;
use bartizan_io::node::intake::{self, Line};
use bartizan_io::wire::client::{Caller, Client, ClientError, Key, Message, SignIn};
use bartizan_io::wire::commands;
use bartizan_io::wire::frame::{self, FrameError};
use bartizan_io::wire::layout::{
    AnswerRecord, Kind, Login, MOST_PAYLOAD, MOST_TOLD, MYSELF, REPEATED, RETRY_BUSY, Reason, Retry, VERSION,
    signed_text,
};
use bartizan_io::wire::told;
use bartizan_tests::commands::Source;
use bartizan_tests::dice::Dice;
use bartizan_tests::program::{Scratch, run};
use bartizan_tests::realm_commands::RealmCommands;
use bartizan_tests::server::{Server, answers};
use bartizan_tests::workspace;
use ed25519_dalek::{Signer, SigningKey};
use zerocopy::IntoBytes;

fn register(id: u128) -> Envelope {
    register_with(id, None, &[])
}

fn register_with(id: u128, key: Option<[u8; 32]>, roles: &[Role]) -> Envelope {
    let command = RegisterAgent { agent: None, name: format!("agent {id}"), key, roles: Roles::of(roles) };
    Envelope { id: CommandId(id), actor: AgentId::REALM, command: Command::RegisterAgent(command) }
}

/// Random commands that a realm knows the actors of, and what a realm says of each.
fn session(count: usize, seed: u64) -> Vec<(Envelope, Events)> {
    let mut source = RealmCommands::new(Source::Seeded(Dice::new(seed)));
    let mut realm = Realm::new();
    let mut session = Vec::new();
    while session.len() < count {
        let (time, mut envelope) = source.next_envelope();
        let sequence = Sequence(session.len() as u64 + 1);
        envelope.id = CommandId(sequence.0.into());
        if realm.agent(envelope.actor).is_none() {
            envelope.actor = AgentId::REALM;
        }
        let mut events = Events::default();
        realm.apply(sequence, time, &envelope, &mut events);
        source.learn(&envelope, &events);
        session.push((envelope, events));
    }
    session
}

#[test]
fn what_is_written_is_read_again() {
    let session = session(3_000, 5);
    let envelopes: Vec<Envelope> = session.iter().map(|(envelope, _)| envelope.clone()).collect();
    let (mut bytes, mut next) = (Vec::new(), 0);
    while next < envelopes.len() {
        next += commands::write(&mut bytes, next as u64 + 1, &envelopes[next..]);
    }
    let mut read = Vec::new();
    for batch in commands::batches(&bytes) {
        let (first, envelopes) = batch.expect("it was just written");
        assert_eq!(first, read.len() as u64 + 1);
        read.extend(envelopes);
    }
    assert_eq!(read, envelopes);
    for (envelope, events) in &session {
        let told = told::Told {
            sequence: Sequence(7),
            time: 8,
            actor: envelope.actor,
            answer: Answer::DONE,
            events: events.list.clone(),
            reports: events.book.reports.clone(),
            market: events.book.market.clone(),
        };
        let mut bytes = Vec::new();
        frame::write(&mut bytes, Kind::Told, 0, |payload| {
            told::write(payload, &told);
            1
        });
        let (frame, length) = frame::read(&bytes, MOST_TOLD).expect("a frame").expect("a whole one");
        assert_eq!((told::read(&frame), length), (Ok(vec![told]), bytes.len()));
    }
}

#[test]
fn every_byte_of_a_frame_counts() {
    let mut bytes = Vec::new();
    assert_eq!(commands::write(&mut bytes, 1, &[register(1)]), 1);
    for length in 0..bytes.len() {
        assert_eq!(
            frame::read(&bytes[..length], MOST_PAYLOAD),
            Ok(None),
            "{length} bytes are no whole frame"
        );
    }
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut bent = bytes.clone();
            bent[place] ^= 1 << bit;
            let read = frame::read(&bent, MOST_PAYLOAD);
            assert!(!matches!(read, Ok(Some(_))), "bit {bit} of byte {place} is not noticed");
        }
    }
    let mut long = bytes.clone();
    long[4..8].copy_from_slice(&(MOST_PAYLOAD as u32 + 1).to_le_bytes());
    assert!(
        matches!(frame::read(&long, MOST_PAYLOAD), Err(FrameError::TooLong { .. })),
        "before it has arrived"
    );
}

#[test]
fn commands_are_answered_in_order_and_once() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let mut client = server.sign_in(&SignIn::local(AgentId::REALM)).expect("it is let in");
    assert_eq!(client.welcome().sequence.get(), 0);
    let session = session(2_000, 6);
    let envelopes: Vec<Envelope> = session.iter().map(|(envelope, _)| envelope.clone()).collect();
    for part in envelopes.chunks(77) {
        client.send(part).expect("it is sent");
    }
    let firsts = answers(&mut client, envelopes.len());
    // Times are the server's, so only what does not depend on them is compared: each is there, in order.
    assert!(firsts.iter().zip(1..).all(|(answer, sequence)| answer.sequence.get() == sequence));
    // The very same again, over TCP: the first answers.
    let mut again =
        Client::sign_in(server.tcp().expect("it listens"), &SignIn::local(AgentId::REALM)).expect("let in");
    again.send(&envelopes[..100]).expect("it is sent");
    let repeated = answers(&mut again, 100);
    for (repeated, first) in repeated.iter().zip(&firsts) {
        assert_eq!((repeated.sequence, repeated.answer), (first.sequence, first.answer));
        assert_eq!(repeated.flags.get(), REPEATED);
    }
    let other = Envelope { id: CommandId(1), ..register(4000) };
    again.send(&[other, Envelope { id: CommandId(0), ..register(1) }]).expect("it is sent");
    let refused = answers(&mut again, 2);
    let numbers: Vec<u16> = refused.iter().map(|answer| answer.answer.get()).collect();
    assert_eq!(numbers, [Reject::IdReused.number(), Reject::IdMissing.number()]);
    again.logout().expect("it says goodbye");
    assert_eq!(server.stop(), 0);
    let storage = Directory::open_to_read(&scratch.at("realm")).expect("the journal is there");
    let (realm, _) =
        History::from_start(Arc::new(storage)).and_then(|it| it.run(None, |_| ())).expect("it is sound");
    assert!(realm.sequence().0 >= 2_000, "what was answered is there");
}

#[test]
fn killed_again_and_again_it_does_each_command_once() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let envelopes: Vec<Envelope> = (1..=6_000).map(register).collect();
    let mut server = Server::start(&data, &[]);
    let unix = server.unix().to_owned();
    let answers = std::thread::scope(|scope| {
        let sender = scope.spawn(|| {
            let connect = || UnixStream::connect(&unix);
            let mut caller =
                Caller::new(connect, SignIn::local(AgentId::REALM), 2_000, Duration::from_millis(5));
            let mut answers = Vec::new();
            for part in envelopes.chunks(50) {
                answers.extend(caller.carry_out(part).expect("in the end it is done"));
                std::thread::sleep(Duration::from_millis(2));
            }
            answers
        });
        for _ in 0..8 {
            std::thread::sleep(Duration::from_millis(60));
            server.kill();
            server = Server::start(&data, &[]);
        }
        sender.join().expect("it does not panic")
    });
    assert_eq!(server.stop(), 0);
    let storage = Directory::open_to_read(&data).expect("the journal is there");
    let (realm, _) =
        History::from_start(Arc::new(storage)).and_then(|it| it.run(None, |_| ())).expect("it is sound");
    assert_eq!(realm.agents().count(), envelopes.len() + 1, "each is done once");
    for (answer, number) in answers.iter().zip(1..) {
        assert_eq!(answer.answer.get(), 0);
        let agent = realm.agent(AgentId(number)).expect("it was answered, so it is there");
        assert_eq!(agent.name, format!("agent {number}"), "in the order in which they were sent");
    }
}

#[test]
fn what_happens_is_told_from_any_place_on() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let mut writer = server.sign_in(&SignIn::local(AgentId::REALM)).expect("it is let in");
    writer.send(&(1..=10).map(register).collect::<Vec<_>>()).expect("it is sent");
    answers(&mut writer, 1);
    let mut listener = server.sign_in(&SignIn::local(AgentId::REALM)).expect("it is let in");
    listener.subscribe(4, 4).expect("it is sent");
    writer.send(&(11..=20).map(register).collect::<Vec<_>>()).expect("it is sent");
    let mut next = 4;
    while next <= 20 {
        let Message::Told(told) = listener.receive().expect("something happens") else { continue };
        for moment in told {
            assert_eq!(moment.sequence.0, next, "without gaps");
            assert_eq!(moment.events, [Event::AgentRegistered { agent: AgentId(next as u32) }]);
            next += 1;
        }
    }
    // After a restart the feed begins anew, and what was before is in the journal.
    assert_eq!(server.stop(), 0);
    let server = Server::start(&scratch.at("realm"), &[]);
    let mut listener = server.sign_in(&SignIn::local(AgentId::REALM)).expect("it is let in");
    listener.subscribe(1, 4).expect("it is sent");
    let mut count = 0;
    while count < 20 {
        if let Message::Told(told) = listener.receive().expect("something happened") {
            count += told.len();
        }
    }
    assert_eq!(count, 20);
}

/// A key that was lost lets nobody in any more once it is replaced, and whoever is in by it is sent away.
#[test]
fn a_key_that_is_replaced_counts_no_more() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let [lost, new] = [[9; 32], [8; 32]].map(|seed| SigningKey::from_bytes(&seed));
    let mut founder = server.sign_in(&SignIn::local(AgentId::REALM)).expect("it is let in");
    founder.send(&[register_with(1, Some(lost.verifying_key().to_bytes()), &[])]).expect("it is sent");
    assert_eq!(answers(&mut founder, 1)[0].answer.get(), 0);
    let id = founder.welcome().realm;
    let by = |key: &SigningKey| SignIn {
        key: Key::Signing(Box::new(key.clone()), id),
        ..SignIn::local(AgentId(1))
    };
    let mut thief = server.sign_in(&by(&lost)).expect("its key lets it in");
    assert!(server.sign_in(&by(&new)).is_err(), "not yet");
    let set = |id: u128, key: Option<&SigningKey>| Envelope {
        id: CommandId(id),
        actor: AgentId::REALM,
        command: Command::SetKey(SetKey {
            agent: AgentId(1),
            key: key.map(|key| key.verifying_key().to_bytes()),
        }),
    };
    founder.send(&[set(2, Some(&new))]).expect("it is sent");
    assert_eq!(answers(&mut founder, 1)[0].answer.get(), 0);
    let sent_away = thief.receive().expect_err("nothing else is told it");
    assert!(
        matches!(sent_away, ClientError::Goodbye { reason, .. } if reason == Reason::Login as u16),
        "{sent_away}"
    );
    assert!(server.sign_in(&by(&lost)).is_err(), "it was replaced");
    let mut owner = server.sign_in(&by(&new)).expect("its new key lets it in");
    founder.send(&[set(3, None)]).expect("it is sent");
    assert_eq!(answers(&mut founder, 1)[0].answer.get(), 0);
    assert!(owner.receive().is_err(), "its key was taken back");
    assert!(server.sign_in(&by(&new)).is_err(), "it has none");
}

#[test]
fn keys_and_tokens_let_in_and_nobody_speaks_for_another() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let key = SigningKey::from_bytes(&[9; 32]);
    let mut founder = server.sign_in(&SignIn::local(AgentId::REALM)).expect("it is let in");
    founder
        .send(&[register_with(1, Some(key.verifying_key().to_bytes()), &[Role::Operator])])
        .expect("it is sent");
    assert_eq!(answers(&mut founder, 1)[0].answer.get(), 0);
    let id = founder.welcome().realm;
    let who = |key: &SigningKey| SignIn {
        key: Key::Signing(Box::new(key.clone()), id),
        ..SignIn::local(AgentId(1))
    };
    let other = SigningKey::from_bytes(&[8; 32]);
    let refused = server.sign_in(&who(&other)).expect_err("it is another's key");
    assert!(
        matches!(refused, ClientError::Goodbye { reason, .. } if reason == Reason::Login as u16),
        "{refused}"
    );
    let refused = server.sign_in(&SignIn { key: Key::Token("bz_guess".into()), ..SignIn::local(AgentId(1)) });
    assert!(refused.is_err(), "no such token");
    // What is signed for another realm of the same name, wherever that is, does not let in here.
    let elsewhere = SignIn { key: Key::Signing(Box::new(key.clone()), [7; 16]), ..who(&key) };
    let refused = server.sign_in(&elsewhere).expect_err("it is signed for another realm");
    assert!(
        matches!(refused, ClientError::Goodbye { reason, .. } if reason == Reason::Login as u16),
        "{refused}"
    );
    let data = scratch.at("realm");
    let data = data.to_str().expect("UTF-8");
    let token = |rights| run(["token", "add", "--data", data, "--agent", "1", "--rights", rights]).clean();
    let by = |token: &str| SignIn { key: Key::Token(token.trim().into()), ..SignIn::local(AgentId(1)) };
    let (reads, writes) = (token("read"), token("read,write"));
    let mut reader = server.sign_in(&by(&reads)).expect("its token lets it in");
    reader.send(&[Envelope { actor: AgentId(1), ..register(40) }]).expect("it is sent");
    assert!(reader.receive().is_err(), "it may only read");
    let mut writer = server.sign_in(&by(&writes)).expect("its token lets it in");
    writer.send(&[Envelope { actor: AgentId(1), ..register(41) }]).expect("it is sent");
    assert_eq!(answers(&mut writer, 1)[0].answer.get(), 0);
    let list = run(["token", "list", "--data", data]).clean();
    let hash = list.lines().find(|line| line.ends_with("write")).and_then(|line| line.split(' ').next());
    run(["token", "revoke", hash.expect("it is listed"), "--data", data]).clean();
    assert!(server.sign_in(&by(&writes)).is_err(), "it was taken back");
    assert!(server.sign_in(&by(&reads)).is_ok(), "the other was not");
    assert!(run(["token", "add", "--data", data, "--agent", "77"]).refused(1).contains("no agent 77"));
    let mut agent = server.sign_in(&who(&key)).expect("its key lets it in");
    agent.send(&[Envelope { actor: AgentId(1), ..register(1) }]).expect("it is sent");
    let answers = answers(&mut agent, 1);
    assert_eq!(answers[0].answer.get(), 0);
    agent.send(&[register(9)]).expect("it is sent");
    let refused = agent.receive().expect_err("it speaks for the realm");
    assert!(
        matches!(refused, ClientError::Goodbye { reason, .. } if reason == Reason::NotAllowed as u16),
        "{refused}"
    );
}

#[test]
fn what_is_no_frame_ends_the_connection_with_a_word() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let cases: [(&[u8], &str); 2] = [
        (b"GET / HTTP/1.1\r\n\r\n", "expected a frame"),
        (&[b'B', b'Z', b'W', b'1', 0, 0, 0, 0, 99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "kind 99"),
    ];
    for (bytes, told) in cases {
        let mut stream = server.tcp().expect("it listens");
        stream.write_all(bytes).expect("it is sent");
        let mut said = Vec::new();
        stream.read_to_end(&mut said).expect("it ends");
        assert!(String::from_utf8_lossy(&said).contains(told), "{}", String::from_utf8_lossy(&said));
    }
    let mut client = server.sign_in(&SignIn::local(AgentId::REALM)).expect("it is let in");
    client.send_as(5, &[register(1)]).expect("it is sent");
    let refused = client.receive().expect_err("four are missing");
    assert!(
        matches!(refused, ClientError::Goodbye { reason, .. } if reason == Reason::Gap as u16),
        "{refused}"
    );
}

/// Bytes as the specification writes them.
fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (place, byte) in bytes.iter().enumerate() {
        let gap = if place > 0 && place % 32 == 0 { "\n" } else { "" };
        write!(text, "{gap}{byte:02x}").expect("a string can be written");
    }
    text
}

#[test]
fn the_specification_shows_frames_as_they_are() {
    let spec =
        std::fs::read_to_string(workspace().join("io/src/wire/spec.md")).expect("there is a specification");
    let mut realm = [0; 32];
    realm[..4].copy_from_slice(b"main");
    let login = Login {
        version: VERSION.into(),
        credential: 0,
        flags: 0,
        agent: 3.into(),
        heartbeat_ms: 0.into(),
        reserved: 0.into(),
        realm,
    };
    let mut frames = vec![Vec::new(); 5];
    frame::write_record(&mut frames[0], Kind::Login, &login, &[]);
    let myself = AgentId(MYSELF);
    let tick = Envelope { id: CommandId(7), actor: myself, command: Command::AdvanceClock(AdvanceClock {}) };
    let ann = RegisterAgent { agent: None, name: "ann".into(), key: None, roles: Roles::of(&[]) };
    let ann = Envelope { id: CommandId(8), actor: myself, command: Command::RegisterAgent(ann) };
    assert_eq!(commands::write(&mut frames[1], 1, &[tick, ann]), 2);
    let answer = AnswerRecord {
        sequence: 5.into(),
        time: 1_000.into(),
        made: 2.into(),
        answer: 0.into(),
        flags: 0.into(),
        reserved: 0.into(),
    };
    frame::write(&mut frames[2], Kind::Answers, 1, |payload| {
        payload.extend_from_slice(answer.as_bytes());
        1
    });
    let retry = Retry { after_ms: 5.into(), reason: RETRY_BUSY.into() };
    frame::write(&mut frames[3], Kind::Retry, 3, |payload| {
        payload.extend_from_slice(retry.as_bytes());
        1
    });
    let told = told::Told {
        sequence: Sequence(5),
        time: 1_000,
        actor: AgentId(0),
        answer: Answer::DONE,
        events: vec![Event::AgentRegistered { agent: AgentId(2) }],
        reports: Vec::new(),
        market: Vec::new(),
    };
    frame::write(&mut frames[4], Kind::Told, 0, |payload| {
        told::write(payload, &told);
        1
    });
    let (seed, challenge) = ([9; 32], std::array::from_fn(|place| place as u8));
    let id = std::array::from_fn(|place| 0xa0 + place as u8);
    let text = signed_text(&challenge, &id, &realm, 3);
    let signature = SigningKey::from_bytes(&seed).sign(&text).to_bytes();
    let lines: String = spec.split_whitespace().collect();
    for (name, bytes) in [
        ("seed", &seed[..]),
        ("challenge", &challenge),
        ("id", &id),
        ("signed", &text),
        ("signature", &signature),
    ] {
        let told = hex(bytes).replace('\n', "");
        assert!(lines.contains(&format!("{name}{told}")), "the specification should show {name} {told}");
    }
    for bytes in frames {
        assert!(spec.contains(&hex(&bytes)), "the specification should show\n{}", hex(&bytes));
    }
}

#[test]
fn whatever_is_sent_has_a_layout() {
    let all = Layouts::of::<Envelope>().and::<Event>().and::<Report>().and::<MarketEvent>();
    for (name, layout) in all.iter() {
        let fields: Vec<&Field> = match layout {
            Layout::Record(fields) => fields.iter().collect(),
            Layout::Choice(variants) => variants.iter().flat_map(|variant| &variant.fields).collect(),
        };
        for field in fields {
            assert!(!field.of.contains(Layouts::NONE), "{name}.{} has none", field.name);
        }
    }
    let Some(Layout::Choice(commands)) = all.get("Command") else { panic!("commands are a choice") };
    assert_eq!(commands.len(), Command::NAMES.len());
}

/// The commands of a file of the repository.
fn lines(name: &str) -> Vec<Envelope> {
    let text = std::fs::read(workspace().join("tests/realm").join(name)).expect("it is there");
    let read = |(number, line)| intake::read_line(number, line).expect("it is a command");
    intake::lines(&text).filter_map(read).map(Line::into_envelope).collect()
}

#[test]
fn orders_end_with_the_connection_and_holds_with_their_time_though_nobody_asks() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.at("realm"), &[]);
    let mut founder = server.sign_in(&SignIn::local(AgentId::REALM)).expect("it is let in");
    founder.send(&lines("apples.jsonl")[..17]).expect("it is sent");
    assert!(answers(&mut founder, 1).iter().all(|answer| answer.answer.get() == 0));
    let mut listener = server.sign_in(&SignIn::local(AgentId::REALM)).expect("it is let in");
    listener.subscribe(18, 4).expect("it is sent");
    let placed = || {
        let mut order = NewOrder::limit(ClientOrderId(0), Side::Sell, Quantity(3), Price(300));
        order.time_in_force = TimeInForce::Gtc;
        Command::NewOrder(PlaceOrder { market: MarketId(1), order })
    };
    let ann = AgentId(1);
    let place = |id| Envelope { id: CommandId(id), actor: ann, command: placed() };
    let mut stays = server.sign_in(&SignIn::local(ann)).expect("it is let in");
    stays.send(&[place(100)]).expect("it is sent");
    let kept = answers(&mut stays, 1)[0].made.get();
    let mut goes =
        server.sign_in(&SignIn { cancel_on_disconnect: true, ..SignIn::local(ann) }).expect("it is let in");
    goes.send(&[place(101), place(102), place(100)]).expect("it is sent");
    let told = answers(&mut goes, 1);
    let mut open: Vec<u64> = told[..2].iter().map(|answer| answer.made.get()).collect();
    assert_eq!((told[2].made.get(), told[2].flags.get()), (kept, REPEATED), "the first answer again");
    drop((stays, goes));
    let soon = bartizan_io::clock::now() + 200_000_000;
    let pending = Some(Pending { expires: Some(soon) });
    let (debit, credit, amount) = (LedgerAccount(9), LedgerAccount(10), Amount(100));
    let hold = Command::CreateTransfer(CreateTransfer { debit, credit, amount, pending });
    founder.send(&[Envelope { id: CommandId(103), actor: ann, command: hold }]).expect("it is sent");
    assert_eq!(answers(&mut founder, 1)[0].answer.get(), 0);
    let mut is_held = true;
    while is_held || !open.is_empty() {
        let Message::Told(told) = listener.receive().expect("it happens") else { continue };
        for moment in told {
            is_held &= !moment.events.iter().any(|event| matches!(event, Event::HoldEnded { .. }));
            for report in moment.reports.iter().filter(|report| report.exec_type == ExecType::Canceled) {
                assert_ne!(report.order.0, kept, "that connection did not ask for it");
                open.retain(|&order| order != report.order.0);
            }
        }
    }
}

#[test]
fn a_batch_file_is_run_as_lines_are() {
    let scratch = Scratch::new();
    let shown = |path: std::path::PathBuf| path.display().to_string();
    let apples = std::fs::read_to_string(workspace().join("tests/realm/apples.jsonl")).expect("it is there");
    // All but what depends on the time.
    let timeless: String = apples.split_inclusive('\n').take(20).collect();
    let file = shown(scratch.file("apples.jsonl", timeless));
    let (lines, frames) = (shown(scratch.at("lines")), shown(scratch.at("frames")));
    let batch = shown(scratch.at("apples.batch"));
    let said = run(["batch", &file, "--output", &batch]);
    assert_eq!(said.status, Some(0), "{}", said.err);
    assert!(said.err.contains("19 of the lines name their time"), "{}", said.err);
    // Without their times the commands come to another state, but to the same answers.
    let outcome = |file: &str, data: &str| {
        let said = run(["run", file, "--data", data, "--json"]);
        let told: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
        (told["applied"].clone(), told["rejects"].clone(), told["repeated"].clone(), told["digest"].clone())
    };
    let (by_lines, by_frames) = (outcome(&file, &lines), outcome(&batch, &frames));
    assert_eq!((&by_lines.0, &by_lines.1), (&by_frames.0, &by_frames.1));
    let again = outcome(&batch, &frames);
    assert_eq!((again.2, again.3), (19.into(), by_frames.3), "run again it changes nothing");
    let whole = std::fs::read(&batch).unwrap();
    for (bytes, told) in [
        (whole[..whole.len() - 1].to_vec(), "the frame at byte 0: expected the rest of the frame"),
        ([&whole[..], &whole[..]].concat(), "numbered on from the one before"),
        ([&whole[..], b"rubbish"].concat(), "expected a frame, which begins with BZW1"),
    ] {
        let bent = shown(scratch.file("bent.batch", bytes));
        let said = run(["run", &bent, "--data", &shown(scratch.at("bent"))]);
        assert!(
            said.status == Some(1) && said.err.contains(told) && said.err.contains("bent.batch"),
            "{}",
            said.err
        );
    }
}
