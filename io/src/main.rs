//! The program `bartizan`. What it does, [`bartizan_io::cli`] says.

use std::process::ExitCode;

// The sanitizer sees by its own allocator that memory has passed to another thread.
#[cfg(not(sanitized))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // The sanitizer keeps a signal back while the thread that has it waits by other means than those that it knows, of which this is one.
    if cfg!(sanitized) {
        return std::thread::spawn(bartizan_io::cli::run).join().unwrap_or(ExitCode::FAILURE);
    }
    bartizan_io::cli::run()
}
