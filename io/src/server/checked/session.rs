//! Connections of the binary protocol to a realm, served as they are, over pipes in memory: what a client sends is done once and in its order, however
//! the realm refuses it meanwhile; the counts by which a window is kept return to nothing; what was placed ends with its connection.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

use bartizan_engine::authority::{Role, Roles};
use bartizan_engine::book::{ClientOrderId, NewOrder, Price, Quantity, Side, TickTable, TimeInForce};
use bartizan_engine::ledger::asset::{AssetClass, SupplyRule};
use bartizan_engine::ledger::movement::IssueAsset;
use bartizan_engine::ledger::units::{AccountId, AgentId, Amount, AssetId, Sequence};
use bartizan_engine::market::command::{Channels, CreateMarket, Mechanism, PlaceOrder};
use bartizan_engine::market::fees::FeeSchedule;
use bartizan_engine::market::units::MarketId;
use bartizan_engine::realm::command::{Command, DefineAsset, Envelope, OpenAccount, RegisterAgent};
use bartizan_engine::realm::ids::CommandId;
use shuttle::future::{JoinHandle, block_on};
use shuttle::thread;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::super::access::Access;
use super::super::audit::Audit;
use super::super::binary;
use super::super::site::{Bounds, Realm, Site};
use super::super::thread::Settings;
use super::super::tokens::Tokens;
use super::super::visitor::Peer;
use super::disk::Disk;
use super::{in_many_orders, journaled, register, start};
use crate::journal::Storage;
use crate::wire::client::{Client, ClientError, Message, SignIn};
use crate::wire::layout::{AnswerRecord, RETRY_BUSY, Reason};

/// A client's end of a pipe.
struct Pipe(DuplexStream);

impl Read for Pipe {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        block_on(self.0.read(bytes))
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        block_on(self.0.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        block_on(self.0.flush())
    }
}

fn site(storage: &Arc<dyn Storage>, queue: usize) -> Arc<Site> {
    let host = start(storage, Settings { queue, feed: 1 << 10, ..Settings::default() });
    // There is no such folder, so there are no tokens.
    let nowhere = PathBuf::from("no such folder");
    let tokens = Tokens::open(&nowhere).expect("none is no error");
    let bounds = Bounds { window: 4, retry_after: std::time::Duration::ZERO, ..Bounds::default() };
    Arc::new(Site::new(
        vec![Realm { host, access: Access::new(tokens, true), log: nowhere, audit: Audit::none() }],
        bounds,
    ))
}

fn connect(site: &Arc<Site>, who: &SignIn) -> (Client<Pipe>, JoinHandle<io::Result<()>>) {
    let (here, there) = tokio::io::duplex(1 << 12);
    let served = shuttle::future::spawn(binary::serve(there, Arc::clone(site), Peer::UNIX));
    (Client::sign_in(Pipe(here), who).expect("it is let in"), served)
}

/// Sends each command in a frame of its own without waiting, over as many connections as it takes; their answers.
fn carry_out(site: &Arc<Site>, envelopes: &[Envelope]) -> Vec<AnswerRecord> {
    let mut answers = Vec::new();
    while answers.len() < envelopes.len() {
        let (mut client, _) = connect(site, &SignIn::local(AgentId::REALM));
        let done = answers.len();
        let send = |client: &mut Client<Pipe>, place: usize| {
            let (number, place) = (place as u64 + 1, done + place);
            envelopes[place..].iter().zip(number..).try_for_each(|(envelope, number)| {
                client.send_as(number, std::slice::from_ref(envelope)).map(|_| ())
            })
        };
        let mut told = send(&mut client, 0);
        while answers.len() < envelopes.len() && told.is_ok() {
            told = match client.receive() {
                Ok(Message::Answers { answers: came, .. }) => {
                    answers.extend(came);
                    Ok(())
                }
                Ok(Message::Retry { first, reason, .. }) => {
                    assert_eq!(reason, RETRY_BUSY, "what may have been carried out is not sent again here");
                    thread::yield_now();
                    send(&mut client, first as usize - 1)
                }
                Ok(_) => Ok(()),
                Err(error) => Err(error),
            };
        }
        match told {
            // All that was taken is answered, so what counts those who wait has come to nothing.
            Ok(()) => assert_eq!(client.logout().expect("it says goodbye"), []),
            Err(ClientError::Goodbye { reason, .. }) if reason == Reason::Failing as u16 => {}
            Err(ClientError::Io(_)) => {}
            Err(other) => panic!("{other}"),
        }
        thread::yield_now();
    }
    answers
}

fn in_order(ids: &[u128], first: u128, count: u128) {
    let own: Vec<u128> = ids.iter().copied().filter(|id| (first..first + count).contains(id)).collect();
    assert_eq!(
        own,
        (first..first + count).collect::<Vec<_>>(),
        "each once, and in the order in which they were sent"
    );
}

fn registered(first: u128, count: u128) -> Vec<Envelope> {
    (first..first + count).map(register).collect()
}

#[test]
fn what_a_client_sends_is_done_in_its_order_though_the_realm_is_busy() {
    in_many_orders(500, || {
        let storage = Disk::new().storage();
        let site = site(&storage, 1);
        let other = Arc::clone(&site);
        let asking = thread::spawn(move || carry_out(&other, &registered(11, 3)).len());
        assert_eq!(carry_out(&site, &registered(1, 3)).len(), 3);
        assert_eq!(asking.join().expect("it is answered"), 3);
        site.stop();
        let (ids, last) = journaled(&storage);
        assert_eq!(last, Sequence(6));
        in_order(&ids, 1, 3);
        in_order(&ids, 11, 3);
    });
}

#[test]
fn what_a_client_sends_is_done_in_its_order_though_the_disk_fails_for_a_time() {
    in_many_orders(500, || {
        let disk = Disk::new();
        let storage = disk.storage();
        let site = site(&storage, 4);
        let failing = thread::spawn(move || {
            disk.fail_syncs(true);
            thread::yield_now();
            disk.fail_syncs(false);
        });
        assert_eq!(carry_out(&site, &registered(1, 4)).len(), 4);
        failing.join().expect("nothing stops it");
        site.stop();
        let (ids, last) = journaled(&storage);
        assert_eq!(last, Sequence(4));
        in_order(&ids, 1, 4);
    });
}

#[test]
fn who_sends_while_a_realm_stops_is_told_that_and_not_that_it_failed() {
    in_many_orders(400, || {
        let storage = Disk::new().storage();
        // Room for a batch, and for what stops it.
        let site = site(&storage, 2);
        let (mut client, _) = connect(&site, &SignIn::local(AgentId::REALM));
        let of = Arc::clone(&site);
        let stopping = thread::spawn(move || of.realms()[0].host.stop());
        let mut next = 1;
        let ended = loop {
            // Whoever has been cut off finds the word for it all the same.
            let _ = client.send(&registered(next, 2));
            next += 2;
            match client.receive() {
                Ok(Message::Answers { .. } | Message::Heartbeat) => {}
                Ok(other) => panic!("{other:?}"),
                Err(error) => break error,
            }
        };
        let is_told =
            matches!(&ended, ClientError::Goodbye { reason, .. } if *reason == Reason::Stopping as u16);
        assert!(is_told, "{ended}");
        stopping.join().expect("it stops");
    });
}

#[test]
fn a_window_that_was_answered_may_be_filled_again_at_once() {
    in_many_orders(500, || {
        let storage = Disk::new().storage();
        let site = site(&storage, 4);
        let (mut client, _) = connect(&site, &SignIn::local(AgentId::REALM));
        for first in [1, 11] {
            client.send(&registered(first, 4)).expect("it fits the window");
            let told = client.receive();
            assert!(matches!(&told, Ok(Message::Answers { answers, .. }) if answers.len() == 4), "{told:?}");
        }
        client.logout().expect("it says goodbye");
        site.stop();
    });
}

#[test]
fn what_happens_is_told_to_a_connection_once_and_in_order() {
    in_many_orders(400, || {
        let storage = Disk::new().storage();
        let site = site(&storage, 4);
        let telling = Arc::clone(&site);
        let listening = thread::spawn(move || {
            let (mut client, _) = connect(&telling, &SignIn::local(AgentId::REALM));
            client.subscribe(1, 4).expect("it may");
            let mut next = 1;
            while next <= 3 {
                let Message::Told(told) = client.receive().expect("it goes on") else { continue };
                for told in told {
                    assert_eq!(told.sequence, Sequence(next), "no gap, and nothing twice");
                    next += 1;
                }
            }
            client.logout().expect("it says goodbye");
        });
        carry_out(&site, &registered(1, 3));
        listening.join().expect("it was told everything");
        site.stop();
    });
}

const TRADER: AgentId = AgentId(1);
const MARKET: MarketId = MarketId(1);

/// An agent with goods to sell, and a market.
fn founding() -> Vec<Envelope> {
    let define = |name: &str| {
        let (class, supply) = (AssetClass::Token, SupplyRule::Open);
        Command::DefineAsset(DefineAsset { asset: None, name: name.to_owned(), class, scale: 0, supply })
    };
    let open = |asset| {
        let (account, overdraft, ceiling) = (None, Amount::ZERO, None);
        Command::OpenAccount(OpenAccount { account, owner: TRADER, asset, overdraft, ceiling })
    };
    let market = CreateMarket {
        market: Some(MARKET),
        name: "goods for money".into(),
        base: AssetId(1),
        quote: AssetId(2),
        base_per_lot: 1,
        quote_per_tick: 1,
        lot: 1,
        ticks: TickTable::default(),
        fees: FeeSchedule { maker_ppm: 0, taker_ppm: 0, auction_ppm: 0 },
        fee_owner: TRADER,
        mechanism: Mechanism::Continuous,
        unique_client_ids: false,
        channels: Channels { l1: false, l2: false, l3: false },
    };
    // The first two accounts are those from which the assets are issued.
    let issue = IssueAsset { credit: AccountId(3), amount: Amount(1000) };
    let roles = Roles::of(&[Role::Trader]);
    let commands = [
        Command::RegisterAgent(RegisterAgent {
            agent: Some(TRADER),
            name: "trader".into(),
            key: None,
            roles,
        }),
        define("goods"),
        define("money"),
        open(AssetId(1)),
        open(AssetId(2)),
        Command::IssueAsset(issue),
        Command::CreateMarket(market),
    ];
    let envelope = |(id, command)| Envelope { id: CommandId(id), actor: AgentId::REALM, command };
    (1..).zip(commands).map(envelope).collect()
}

fn sell(id: u128) -> Envelope {
    let mut order = NewOrder::limit(ClientOrderId(0), Side::Sell, Quantity(1), Price(100));
    order.time_in_force = TimeInForce::Gtc;
    Envelope {
        id: CommandId(id),
        actor: TRADER,
        command: Command::NewOrder(PlaceOrder { market: MARKET, order }),
    }
}

#[test]
fn what_was_placed_ends_with_its_connection() {
    in_many_orders(400, || {
        let storage = Disk::new().storage();
        let site = site(&storage, 2);
        let host = &site.realms()[0].host;
        let founded = host.ask(founding()).expect("it is taken");
        assert!(founded.iter().all(|told| told.answer.is_done()), "{founded:?}");
        let who = SignIn { cancel_on_disconnect: true, ..SignIn::local(TRADER) };
        let (mut client, served) = connect(&site, &who);
        for id in 1..=3 {
            client.send(&[sell(id)]).expect("the pipe is whole");
        }
        // Whatever has been carried out by now.
        drop(client);
        let served = block_on(served).expect("nothing cancels it");
        drop(served);
        assert!(block_on(host.up_to_date()));
        let realm = host.view().read();
        let market = realm.markets().get(MARKET).expect("it was founded");
        assert_eq!(market.book().live_orders().count(), 0, "nothing stays open");
        drop(realm);
        site.stop();
    });
}
