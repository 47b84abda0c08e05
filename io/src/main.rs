//! The program `bartizan`. What it does, [`bartizan_io::cli`] says.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    bartizan_io::cli::run()
}
