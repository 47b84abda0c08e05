//! What a server's threads do with each other, in many orders: `cargo test -p bartizan-io --lib --features shuttle checked`.
//!
//! The code is the server's own; what its threads share are the types of `crate::sync::model`, and the disk may be interrupted at each operation. Two small things,
//! the feed and the view, are tried in every order there is; a whole realm, and connections to it, in random ones and in those with few changes of who goes on
//! (probabilistic concurrency testing), by fixed seeds. `BARTIZAN_SCHEDULES=100000` tries so many of each instead, by other seeds.
//!
//! What is not tried: what goes on within a channel, a semaphore or a notification of tokio, which each count as one step here, so that others go on before and after it but not in
//! the middle; the same of what has a lock of its own beside `crate::sync`, which are the limits, the turns to read history, the trail of refusals and the meters. Reading history for a
//! connection, which is done on tokio's threads for blocking work; the doors of HTTP, FIX and ITCH, and the drop folder; the threads of `bartizan run` ([`crate::node::pipeline`]). Those have
//! tests of their own, in the orders that come, and the thread sanitizer.
//!
//! A lost wake-up is found as a deadlock; so is somebody who waits for what will not come, since nothing here ends by a time limit. Memory is that of one
//! thread, as if each access were sequentially consistent: weaker ones the thread sanitizer judges (`tests/sanitize`).

mod disk;
mod feed;
mod realm;
mod session;
mod snapshots;
mod tokens;
mod view;

use std::sync::Arc;

use bartizan_engine::authority::Roles;
use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_engine::realm::command::{Command, Envelope, RegisterAgent};
use bartizan_engine::realm::ids::CommandId;
use shuttle::scheduler::{DfsScheduler, PctScheduler, RandomScheduler};
use shuttle::{Config, MaxSteps, Runner};

use super::host::Host;
use super::thread::Settings;
use crate::journal::{RealmId, Storage};
use crate::node::History;

fn config() -> Config {
    let mut config = Config::new();
    config.silence_warnings = true;
    config.stack_size = 1 << 20;
    config.max_steps = MaxSteps::FailAfter(200_000);
    config
}

/// Tries `what` in every order.
fn in_every_order(what: impl Fn() + Send + Sync + 'static) {
    let tried = Runner::new(DfsScheduler::new(None, false), config()).run(what);
    assert!(tried > 1, "there is but one order");
    println!("{tried} orders");
}

/// Tries `what` in so many random orders, and in as many with few changes of who goes on.
fn in_many_orders(count: usize, what: impl Fn() + Send + Sync + 'static) {
    let asked = std::env::var("BARTIZAN_SCHEDULES").ok().and_then(|count| count.parse().ok());
    let (what, count) = (Arc::new(what), asked.unwrap_or(count));
    let again = Arc::clone(&what);
    let (random, few) = if asked.is_some() {
        (RandomScheduler::new(count), PctScheduler::new(4, count))
    } else {
        (RandomScheduler::new_from_seed(1, count), PctScheduler::new_from_seed(1, 4, count))
    };
    Runner::new(random, config()).run(move || what());
    Runner::new(few, config()).run(move || again());
}

fn start(storage: &Arc<dyn Storage>, settings: Settings) -> Host {
    Host::start("checked", storage, RealmId([7; 16]), settings).expect("the disk is well").0
}

/// Registers an agent; ids are the realm's own, so each is done once.
fn register(id: u128) -> Envelope {
    let command =
        RegisterAgent { agent: None, name: format!("agent {id}"), key: None, roles: Roles::default() };
    Envelope { id: CommandId(id), actor: AgentId::REALM, command: Command::RegisterAgent(command) }
}

/// The ids of what the journal has, in order; its last sequence.
fn journaled(storage: &Arc<dyn Storage>) -> (Vec<u128>, Sequence) {
    let mut ids = Vec::new();
    let history = History::from_start(Arc::clone(storage)).expect("there is a journal");
    let (realm, _) = history.run(None, |moment| ids.push(moment.envelope.id.0)).expect("it is sound");
    (ids, realm.sequence())
}
