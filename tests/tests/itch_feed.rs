//! A market as ITCH 5.0 over TCP: a client has the day from its beginning, goes on where it was after the server was killed, and rebuilds our book exactly: by our own reader,
//! and by `PyPI`'s `itchfeed` where `BARTIZAN_PYTHON` (by default `python3`) has it.

use std::path::Path;
use std::sync::Arc;

use bartizan_engine::book::{
    AccountId, ClientOrderId, Counts, NewOrder, OrderId, Price, Quantity, Replace, Side,
};
use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::market::command::{CancelOrder, PlaceOrder, ReduceOrder, ReplaceOrder};
use bartizan_engine::market::units::MarketId;
use bartizan_engine::realm::command::{Command, Envelope};
use bartizan_engine::realm::ids::CommandId;
use bartizan_io::journal::Directory;
use bartizan_io::node::History;
use bartizan_io::wire::client::SignIn;
use bartizan_tests::dice::Dice;
use bartizan_tests::itch_book::{by_itchfeed, by_our_reader, shown};
use bartizan_tests::itch_client::ItchClient;
use bartizan_tests::program::{Scratch, run};
use bartizan_tests::server::Server;
use bartizan_tests::workspace;

const MARKET: MarketId = MarketId(1);

/// One random order, or change of one, by ann or bob.
fn command(dice: &mut Dice, id: u128, live: &[(AgentId, OrderId)]) -> Envelope {
    let account = AccountId(0);
    let actor = AgentId(1 + dice.below(2) as u32);
    let price = Price(240 + dice.below(12) as i64);
    if !live.is_empty() && dice.chance(40) {
        let (actor, order_id) = live[dice.below(live.len())];
        let command = match dice.below(3) {
            0 => Command::CancelOrder(CancelOrder { market: MARKET, account, order_id }),
            1 => Command::ReduceOrder(ReduceOrder { market: MARKET, account, order_id, by: Quantity(1) }),
            _ => {
                let quantity = Quantity(1 + dice.below(3) as u64);
                let change = Replace {
                    account,
                    order: order_id,
                    client: ClientOrderId(0),
                    price,
                    stop: Price::NONE,
                    quantity,
                    counts: Counts::Open,
                };
                Command::ReplaceOrder(ReplaceOrder { market: MARKET, change })
            }
        };
        return Envelope { id: CommandId(id), actor, command };
    }
    let side = if actor.0 == 1 { Side::Sell } else { Side::Buy };
    let order = NewOrder::limit(ClientOrderId(0), side, Quantity(1 + dice.below(3) as u64), price);
    Envelope { id: CommandId(id), actor, command: Command::NewOrder(PlaceOrder { market: MARKET, order }) }
}

/// Sends random commands one by one.
fn trade(server: &Server, dice: &mut Dice, ids: std::ops::Range<u128>) {
    let mut client = server.sign_in(&SignIn::local(AgentId::REALM)).expect("it is let in");
    let mut live = Vec::new();
    for id in ids {
        let envelope = command(dice, id, &live);
        client.send(std::slice::from_ref(&envelope)).expect("it is sent");
        let made = loop {
            match client.receive().expect("an answer") {
                bartizan_io::wire::client::Message::Answers { answers, .. } => break answers[0].made.get(),
                bartizan_io::wire::client::Message::Heartbeat => {}
                other => panic!("{other:?}"),
            }
        };
        if made != 0 {
            live.push((envelope.actor, OrderId(made)));
        }
    }
}

/// A client of the feed that is let in.
struct Feed {
    client: ItchClient,
    accepted: String,
}

impl Feed {
    fn log_in(server: &Server, session: &str, from: &str) -> Result<Self, u8> {
        let mut client = ItchClient::connect(server.address("ITCH"));
        client.log_in("1", session, from);
        loop {
            match client.receive().expect("an answer") {
                (b'A', payload) => {
                    let accepted = String::from_utf8(payload).expect("it is text");
                    return Ok(Feed { client, accepted });
                }
                (b'J', payload) => return Err(payload[0]),
                (letter, _) => assert_eq!(letter, b'H'),
            }
        }
    }

    /// The messages that there are: up to the first heartbeat, or the end.
    fn messages(&mut self) -> Vec<Vec<u8>> {
        let mut messages = Vec::new();
        while let Some((letter, payload)) = self.client.receive() {
            match letter {
                b'S' => messages.push(payload),
                b'H' if !messages.is_empty() => break,
                b'H' => {}
                other => panic!("{other}"),
            }
        }
        messages
    }
}

/// What the realm in `data` shows of its market, as the readers tell it.
fn expected(data: &Path) -> String {
    let directory = Directory::open(data).expect("it is there");
    let (realm, _) =
        History::from_start(Arc::new(directory)).expect("it begins").run(None, |_| ()).expect("it is sound");
    let book = realm.markets().get(MARKET).expect("it was made").book();
    shown(book)
}

#[test]
fn a_client_has_the_day_from_its_beginning_and_goes_on_where_it_was() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let commands = workspace().join("tests/realm/apples.jsonl");
    run(["run".as_ref(), commands.as_os_str(), "--data".as_ref(), data.as_os_str()]);
    let more = ["--itch", "127.0.0.1:0"];
    let mut server = Server::start(&data, &more);
    let mut dice = Dice::new(7);
    trade(&server, &mut dice, 1_000..1_150);
    let mut feed = Feed::log_in(&server, "", "1").expect("it is let in");
    let session = feed.accepted[..10].trim().to_owned();
    let mut messages = feed.messages();
    let before = messages.len();
    trade(&server, &mut dice, 2_000..2_150);
    messages.extend(feed.messages());
    assert!(messages.len() > before && before > 50, "{before}, then {}", messages.len());
    server.kill();
    let server = Server::start(&data, &more);
    trade(&server, &mut dice, 3_000..3_150);
    let from = (messages.len() + 1).to_string();
    messages.extend(Feed::log_in(&server, &session, &from).expect("it is let in").messages());
    let mut whole = Feed::log_in(&server, "", "1").expect("it is let in");
    assert!(whole.messages() == messages, "a message has the same number whoever asks");
    let next = Feed::log_in(&server, "", "0").expect("it is let in");
    assert_eq!(next.accepted[10..].trim(), (messages.len() + 1).to_string());
    assert_eq!(Feed::log_in(&server, "1.1", "1").err(), Some(b'S'));
    assert_eq!(Feed::log_in(&server, "", "x").err(), Some(b'A'));
    drop((feed, whole, next));
    assert_eq!(server.stop(), 0);

    let mut framed = Vec::new();
    for message in &messages {
        framed.extend_from_slice(&(message.len() as u16).to_be_bytes());
        framed.extend_from_slice(message);
    }
    let file = scratch.file("day.itch", &framed);
    let expected = expected(&data);
    assert_eq!(by_our_reader(&file), expected, "by our own reader");
    if let Some((book, _)) = by_itchfeed(&file) {
        assert_eq!(book, expected, "by itchfeed");
    }
}
