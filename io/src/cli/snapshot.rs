//! `bartizan snapshot`: a realm's state written down, so that the next start reads less.

use std::path::PathBuf;
use std::sync::Arc;

use super::Failure;
use super::output::write_stdout;
use super::recovered::tell_recovery;
use crate::journal::{Directory, Storage};
use crate::node::snapshot;

/// Write a realm's state to a snapshot, so that it opens faster
///
/// The journal keeps everything; a snapshot can be removed without loss. A running node makes its own. What a run that was killed left in the
/// journal is made durable first, as the next run would do.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The realm's directory
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::at(&arguments.data, error);
    // A directory is made by what writes commands, not by this.
    Directory::open_to_read(&arguments.data).map_err(|error| failed(&error))?;
    let directory = Directory::open(&arguments.data).map_err(|error| failed(&error))?;
    let storage: Arc<dyn Storage> = Arc::new(directory);
    let (taken, recovery) = snapshot::take_alone(&storage).map_err(|error| failed(&error))?;
    tell_recovery(&arguments.data, &recovery);
    match taken {
        Some((position, name)) => {
            write_stdout(|out| writeln!(out, "{name}: the state after sequence {}", position.sequence))
        }
        None => write_stdout(|out| writeln!(out, "nothing has changed since the last one")),
    }
}
