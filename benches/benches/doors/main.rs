//! The doors, end to end: `cargo bench -p bartizan-benches --bench doors [-- [file] [DIR]]`, about a minute; with `file`, the mapped batch file alone. DIR lies on the
//! disk that is measured; by default it is the target folder.
//!
//! Orders go over a Unix socket through matching, ledger and journal, and are answered when they are durable. Server and clients are one process and share the machine's
//! cores; what both did is told. Beside each figure stands what it is to be held against, measured in the same run: the realm in memory, the node with its journal
//! and no socket, the bare ping-pong of a socket, the bare group commit.

mod crowd;
mod file;
mod orders;
mod serving;
mod single;
mod workload;

use std::path::{Path, PathBuf};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_measured = arguments.iter().any(|word| word == "--bench");
    let is_file_alone = arguments.iter().any(|word| word == "file");
    let given = arguments.iter().find(|word| !word.starts_with("--") && *word != "file");
    let within = given.map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).to_path_buf(), PathBuf::from);
    let folder = within.join(format!("doors-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let scale = |measured: usize, tried: usize| if is_measured { measured } else { tried };
    let count = scale(2_000_000, 4_096);
    let in_memory = orders::print_beside(&folder.join("node"), count);
    if !is_file_alone {
        for connections in [1, 2, 4] {
            orders::print(&folder.join(format!("orders-{connections}")), connections, count);
        }
    }
    file::print(&folder, count, in_memory);
    if !is_file_alone {
        single::print(&folder, scale(20_000, 200));
        crowd::print(&folder, scale(1_000, 20), scale(200, 5), scale(4_000, 50));
    }
    std::fs::remove_dir_all(&folder).expect("the folder can be removed");
}
