//! A snapshot beside a node whose realm is as large as one gets: millions of accounts, all with funds, and millions of resting orders. What the node
//! feels of it, and what memory it takes: `cargo bench -p bartizan-benches --bench realm -- full ACCOUNTS ORDERS [DIR]`.
//!
//! The snapshot is the first one, so it reads the whole journal; meanwhile there are two realms in memory.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use bartizan_benches::market::{self, MARKET};
use bartizan_engine::book::{ClientOrderId, NewOrder, Price, Quantity, Side};
use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::market::command::{Channels, PlaceOrder};
use bartizan_engine::realm::command::{Command, Envelope};
use bartizan_engine::realm::ids::CommandId;
use bartizan_io::journal::{Directory, RealmId, Storage};
use bartizan_io::node::{Node, Options};

use crate::beside;
use crate::memory::{forget_most, resident};
use crate::transfers::{AGENTS, Transfers, founding};

/// The word that asks for this alone.
pub(crate) const FULL: &str = "full";

/// Where buyers end and sellers begin.
const MIDDLE: i64 = 100_000;

/// How far from there the furthest order is.
const DEPTH: i64 = 10_000;

/// A market of the first two assets, in which nothing trades.
fn market() -> Envelope {
    let command = market::market(Channels::default());
    Envelope { id: CommandId(1 << 38), actor: AgentId::REALM, command }
}

/// The order of this number, which rests.
fn order(number: usize) -> Envelope {
    let away = 1 + (number as i64 * 7_919) % DEPTH;
    let (side, price) =
        if number.is_multiple_of(2) { (Side::Buy, MIDDLE - away) } else { (Side::Sell, MIDDLE + away) };
    let order = NewOrder::limit(ClientOrderId(0), side, Quantity(1 + number as u64 % 9), Price(price));
    let actor = AgentId((number % AGENTS) as u32 + 1);
    let command = Command::NewOrder(PlaceOrder { market: MARKET, order });
    Envelope { id: CommandId((1 << 39) + number as u128), actor, command }
}

fn commit(node: &mut Node) {
    node.commit(|_, envelope, answer, _| assert!(answer.is_done(), "{answer:?}: {envelope:?}"))
        .expect("the disk works");
}

/// Measures, and prints.
pub(crate) fn print(folder: &Path, accounts: usize, orders: usize) {
    assert!(accounts >= 2 * AGENTS, "each agent has accounts of two assets at least");
    let storage: Arc<dyn Storage> = Arc::new(Directory::open(folder).expect("the folder can be opened"));
    let (mut node, _) =
        Node::open(&storage, RealmId(*b"a benched realm."), Options::default()).expect("the disk works");
    let started = Instant::now();
    for envelope in founding(accounts).chain([market()]).chain((0..orders).map(order)) {
        if node.waiting_bytes() > 1 << 20 {
            commit(&mut node);
        }
        node.take(0, envelope).expect("a group has room");
    }
    commit(&mut node);
    let (commands, taken) = (node.realm().sequence().0, started.elapsed().as_secs_f64());
    println!(
        "a realm of {accounts} accounts and {orders} resting orders: {commands} commands in {taken:.0} s"
    );
    let gib = |bytes: Option<usize>| bytes.map_or(f64::NAN, |bytes| bytes as f64 / (1_u64 << 30) as f64);
    println!("  memory of the process: {:.2} GiB", gib(resident("RssAnon")));
    forget_most();
    beside::measure(&mut node, &storage, &mut Transfers::new(accounts), 4_000);
    println!(
        "  memory of the process meanwhile: at most {:.2} GiB, the mapped journal included",
        gib(resident("VmHWM"))
    );
}
