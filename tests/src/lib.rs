//! What the tests of the whole share: the built program, scratch folders, and random small rounds.
//!
//! Nothing here is part of the program. What goes wrong panics with a message, since only tests call it.

pub mod auctions;
pub mod auditor;
pub mod commands;
pub mod described;
pub mod dice;
pub mod enumeration;
pub mod exposition;
pub mod feed;
pub mod fix;
pub mod hostile;
pub mod http;
pub mod itch_book;
pub mod itch_client;
pub mod judge;
pub mod lives;
pub mod pair;
pub mod program;
pub mod proofs;
pub mod realm_commands;
pub mod realm_log;
pub mod realm_round;
pub mod rounds;
pub mod server;
pub mod session;
pub mod sse;
pub mod stage;
pub mod taking;
pub mod tampering;
pub mod trace;
pub mod twin;

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The folder of the workspace.
///
/// # Panics
/// It cannot: this crate lies in it.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate lies in the workspace").to_path_buf()
}

/// The file `name` among the rounds that are part of the repository.
pub fn round_file(name: &str) -> PathBuf {
    workspace().join("tests/rounds").join(name)
}

/// The real list `name`, which is no part of the repository; `None`, with a word about it, where it is absent.
pub fn real_list(name: &str) -> Option<PathBuf> {
    let path = workspace().join("../shared/data/mathtrade").join(name);
    if path.is_file() {
        return Some(path);
    }
    println!("skipped: there is no real list at {}", path.display());
    None
}

/// The file `name` among the excerpts of real order flow that are part of the repository.
pub fn flow_file(name: &str) -> PathBuf {
    workspace().join("tests/orderflow").join(name)
}

/// The real order flow `name`, which is no part of the repository; `None`, with a word about it, where it is absent.
pub fn real_flow(name: &str) -> Option<PathBuf> {
    let path = workspace().join("../shared/data/orderflow").join(name);
    if path.is_file() {
        return Some(path);
    }
    println!("skipped: there is no real order flow at {}", path.display());
    None
}

/// Says on standard error, also where the test passes, that an outside judge was not asked because it is not installed, and what to
/// install.
///
/// # Panics
/// If `BARTIZAN_REQUIRE_OUTSIDE` is 1.
pub fn not_judged(judge: &str, install: &str) {
    let told = format!("skipped: {judge} is not here to judge; install {install}");
    let is_required = std::env::var_os("BARTIZAN_REQUIRE_OUTSIDE").is_some_and(|value| value == "1");
    assert!(!is_required, "{told}; BARTIZAN_REQUIRE_OUTSIDE=1 asks for every outside judge");
    // Not by a macro that the test harness keeps to itself.
    let _ = writeln!(std::io::stderr(), "{told}");
}
