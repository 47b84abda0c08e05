//! The realm: transfers in memory and with the journal, recovery, snapshots, how long one command may take, and what an account costs:
//! `cargo bench -p bartizan-benches --bench realm [DIR]`, a few minutes. DIR lies on the disk that is measured; by default it is the
//! target folder. Orders through the realm are measured beside the bare book, in the benchmark `book`.
//!
//! `-- pauses` measures only how long one command may take.
//!
//! `-- full ACCOUNTS ORDERS [DIR]` measures instead what a node of that size feels of a snapshot, and its memory: 10,000,000 accounts, or
//! 5,000,000 and as many resting orders, take some minutes and up to 8 GiB.
//!
//! Beside each figure stands what it is to be held against in the same run: transfers in memory, the bare additions that
//! they come down to; transfers with the journal, those in memory and what the disk alone took; recovery, applying the
//! same commands from memory.

mod beside;
mod durable;
mod full;
mod memory;
mod pauses;
mod transfers;

use std::path::{Path, PathBuf};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|word| word == memory::FILL) {
        memory::child(&arguments[1..]);
        return;
    }
    if arguments.first().is_some_and(|word| word == full::FULL) {
        full(&arguments[1..]);
        return;
    }
    let is_measured = arguments.iter().any(|word| word == "--bench");
    let folder = folder(arguments.iter().find(|word| !word.starts_with("--")));
    let scale = |measured: usize, tried: usize| if is_measured { measured } else { tried };
    let pauses = || pauses::print(scale(100_000, 100), scale(1_000, 10), scale(64, 3), scale(100_000, 3_000));
    if arguments.first().is_some_and(|word| word == "pauses") {
        pauses();
        return;
    }
    for accounts in [10_000, 1_000_000] {
        transfers::print(scale(accounts, 100), scale(8_000_000, 2_000), scale(5, 1));
    }
    durable::print(&folder, scale(1_000_000, 100), scale(10_000_000, 2_000));
    beside::print(&folder, scale(1_000_000, 100), scale(400, 4));
    std::fs::remove_dir_all(&folder).expect("the folder can be removed");
    pauses();
    let sizes = [scale(100_000, 100), scale(1_000_000, 200), scale(10_000_000, 300)];
    memory::print(&sizes);
}

/// A folder of this process, within the one that was given.
fn folder(given: Option<&String>) -> PathBuf {
    let within = given.map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).to_path_buf(), PathBuf::from);
    let folder = within.join(format!("realm-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

fn full(words: &[String]) {
    let words: Vec<&String> = words.iter().filter(|word| !word.starts_with("--")).collect();
    let number = |at: usize| words.get(at).and_then(|word| word.parse().ok());
    let (Some(accounts), Some(orders)) = (number(0), number(1)) else {
        panic!("how many accounts and how many orders: full 10000000 0")
    };
    let folder = folder(words.get(2).copied());
    full::print(&folder, accounts, orders);
    std::fs::remove_dir_all(&folder).expect("the folder can be removed");
}
