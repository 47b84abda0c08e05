//! The server killed by the system, again and again, while clients of HTTP and of FIX send to it, reconnect, and send again what was not answered. Each command that was answered is there
//! once, where its answer says, and none is there twice.
//!
//! `BARTIZAN_KILLS=100 cargo test --release -p bartizan-tests --test doors killed` kills it as often as it says.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::ids::CommandId;
use bartizan_io::fix::ids;
use bartizan_io::journal::Directory;
use bartizan_io::node::History;
use bartizan_tests::fix::{Came, FixClient};
use bartizan_tests::http::Client;
use bartizan_tests::program::{Scratch, run};
use bartizan_tests::server::Server;
use bartizan_tests::workspace;
use serde_json::{Value, json};

/// How often it is killed on every test run.
const KILLS: u64 = 6;

/// Where the server that lives listens.
struct Where {
    http: String,
    fix: String,
}

/// What all clients share.
struct Shared {
    place: Mutex<Where>,
    is_over: AtomicBool,
}

impl Shared {
    fn goes_on(&self) -> bool {
        !self.is_over.load(Ordering::Relaxed)
    }

    fn http(&self) -> String {
        self.place.lock().expect("nobody panics").http.clone()
    }

    fn fix(&self) -> String {
        self.place.lock().expect("nobody panics").fix.clone()
    }
}

fn start(data: &std::path::Path) -> (Server, Where) {
    let server = Server::start(data, &["--fix", "127.0.0.1:0"]);
    let place = Where { http: server.http_address().to_owned(), fix: server.address("FIX").to_owned() };
    (server, place)
}

/// A little while, after which the server may be there again.
fn a_moment() {
    std::thread::sleep(Duration::from_millis(5));
}

/// Registers agents, one by one and several at once, under ids of its own, until it is over; each id that was answered, and where it stands in the log.
fn registers(shared: &Shared, number: u64) -> Vec<(CommandId, u64)> {
    let mut answered = Vec::new();
    let mut next = number << 32;
    let mut client: Option<Client> = None;
    while shared.goes_on() {
        let count = if next.is_multiple_of(3) { 1 } else { 7 };
        let command =
            |id: u64| json!({ "id": id, "command": { "RegisterAgent": { "name": format!("agent {id}") } } });
        let commands: Vec<Value> = (next + 1..=next + count).map(command).collect();
        let body = if count == 1 { commands[0].to_string() } else { Value::Array(commands).to_string() };
        let told = loop {
            let Some(mut connected) = client.take().or_else(|| Client::try_connect(&shared.http()).ok())
            else {
                a_moment();
                continue;
            };
            match connected.try_ask("POST", "/v1/commands", &[], body.as_bytes()) {
                Ok(told) if told.status == 200 => {
                    client = Some(connected);
                    break told.json();
                }
                Ok(told) => assert!(matches!(told.status, 429 | 503), "{told:?}"),
                Err(_) => a_moment(),
            }
        };
        let told = if count == 1 { vec![told] } else { told.as_array().expect("an array").clone() };
        assert_eq!(told.len() as u64, count);
        for (told, id) in told.iter().zip(next + 1..) {
            assert_eq!((&told["id"], &told["answer"]), (&json!(id), &json!(0)), "{told}");
            answered.push((CommandId(id.into()), told["sequence"].as_u64().expect("it has a place")));
        }
        next += count;
    }
    answered
}

/// A FIX session that survives its server.
struct Trader<'a> {
    shared: &'a Shared,
    client: Option<FixClient>,
    /// The number of the next message.
    next: u64,
}

impl Trader<'_> {
    /// Sends a message until something comes that answers it.
    fn until(&mut self, kind: &str, body: &str, answers: impl Fn(&Came) -> bool) {
        loop {
            let Some(mut client) = self.client.take().or_else(|| self.log_on()) else {
                a_moment();
                continue;
            };
            let heard = if client.try_send(kind, body).is_ok() {
                heard(&mut client, &answers)
            } else {
                Heard::Nothing
            };
            self.next = client.next;
            if heard != Heard::Nothing {
                self.client = Some(client);
            }
            if heard == Heard::Answer {
                return;
            }
        }
    }

    fn log_on(&self) -> Option<FixClient> {
        let mut client = FixClient::try_connect(&self.shared.fix(), "BOB", self.next).ok()?;
        client.try_send("A", "98=0|108=30|553=2").ok()?;
        let came = client.receive()?;
        assert_eq!(came.get(35), "A", "{}", came.0);
        Some(client)
    }
}

/// What became of a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heard {
    /// It is answered.
    Answer,
    /// What was sent before it was missing, so it is to be sent again.
    Gap,
    /// Nothing will come.
    Nothing,
}

/// Hears what comes until something answers.
fn heard(client: &mut FixClient, answers: &impl Fn(&Came) -> bool) -> Heard {
    while let Some(came) = client.receive() {
        match came.get(35) {
            // What was sent to the server that was killed is sent again by its ids, not by its numbers.
            "2" => {
                let next = client.next;
                client.next = came.get(7).parse().expect("a number");
                let filled = client.try_send("4", &format!("43=Y|123=Y|36={next}"));
                client.next = next;
                return if filled.is_ok() { Heard::Gap } else { Heard::Nothing };
            }
            // The realm takes no commands, or the server ends.
            "j" | "5" => return Heard::Nothing,
            "8" if answers(&came) => return Heard::Answer,
            "0" | "1" | "4" | "8" => {}
            _ => panic!("{}", came.0),
        }
    }
    Heard::Nothing
}

/// Places orders and cancels them, until it is over; the ids of those that were answered.
fn trades(shared: &Shared) -> Vec<CommandId> {
    let mut trader = Trader { shared, client: None, next: 1 };
    let mut answered = Vec::new();
    for number in 1.. {
        if !shared.goes_on() {
            break;
        }
        let (order, cancel) = (format!("o-{number}"), format!("c-{number}"));
        let terms = "55=apples for euros|54=1|60=20261128-07:00:00";
        trader.until("D", &format!("11={order}|{terms}|40=2|59=1|38=1|44=0.01"), |came| {
            came.get(11) == order && matches!(came.get(150), "0" | "I")
        });
        answered.push(ids::command(&order));
        trader.until("F", &format!("11={cancel}|41={order}|{terms}"), |came| {
            came.get(39) == "4" && [&*order, &*cancel].contains(&came.get(11))
        });
        answered.push(ids::command(&cancel));
    }
    answered
}

#[test]
fn killed_under_clients_of_http_and_fix_it_does_each_command_once() {
    let kills = std::env::var("BARTIZAN_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let founding = workspace().join("tests/realm/apples.jsonl");
    run(["run".as_ref(), founding.as_os_str(), "--data".as_ref(), data.as_os_str()]);
    let (mut server, place) = start(&data);
    let shared = Shared { place: Mutex::new(place), is_over: AtomicBool::new(false) };
    let (registered, traded) = std::thread::scope(|scope| {
        let registering: Vec<_> = (1..=3)
            .map(|number| {
                scope.spawn({
                    let shared = &shared;
                    move || registers(shared, number)
                })
            })
            .collect();
        let trading = scope.spawn(|| trades(&shared));
        for kill in 0..kills {
            // Not always at the same moment of a group.
            std::thread::sleep(Duration::from_millis(150 + kill * 37 % 100));
            server.kill();
            let (again, place) = start(&data);
            server = again;
            *shared.place.lock().expect("nobody panics") = place;
        }
        std::thread::sleep(Duration::from_millis(150));
        shared.is_over.store(true, Ordering::Relaxed);
        let registered: Vec<_> =
            registering.into_iter().flat_map(|it| it.join().expect("it does not panic")).collect();
        (registered, trading.join().expect("it does not panic"))
    });
    assert_eq!(server.stop(), 0);
    let storage = Directory::open_to_read(&data).expect("the journal is there");
    let mut places: BTreeMap<(AgentId, CommandId), u64> = BTreeMap::new();
    let history = History::from_start(Arc::new(storage)).expect("it is sound");
    let (realm, _) = history
        .run(None, |moment| {
            let of = (moment.envelope.actor, moment.envelope.id);
            let before = places.insert(of, moment.sequence.0);
            assert_eq!(before, None, "{of:?} is there twice");
        })
        .expect("it is sound");
    realm.check();
    assert!(registered.len() > 100 && traded.len() > 10, "{}, {}", registered.len(), traded.len());
    for (id, sequence) in registered {
        assert_eq!(places.get(&(AgentId::REALM, id)), Some(&sequence), "{id:?} is where its answer says");
    }
    for id in traded {
        assert!(places.contains_key(&(AgentId(2), id)), "{id:?} is there");
    }
    let bobs = realm.markets().iter().flat_map(|(_, market)| market.book().live_orders());
    assert!(bobs.filter(|order| order.account.0 == 2).count() <= 1, "what was placed is cancelled");
}
