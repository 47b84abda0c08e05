//! The whole node on a disk that fails: intake, journal, realm, snapshots and recovery on one thread, from one seed. Beside it walk a client
//! that remembers every answer, an auditor that knows nothing of the realm's code, and a fresh realm that is told what survives and nothing else.
//!
//! `BARTIZAN_NODE_SEEDS=1000000 cargo test --release -p bartizan-tests --test node_simulation` makes a long run of it;
//! `BARTIZAN_NODE_SEED=7` replays the life of seed 7.

mod beside;
mod between;
mod client;
mod crashes;
mod damage;
mod pipelined;
mod script;
