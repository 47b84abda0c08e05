//! `bartizan round export`: a closed round as a document for solvers.

use std::path::PathBuf;

use super::place::Place;
use crate::cli::Failure;
use crate::cli::output::write_file;
use crate::format::json;

/// Write a closed round as a document, as `bartizan clear` and other solvers read it
///
/// `bartizan schema round` describes it. Users are named by the numbers of their agents; items by those of their offers, with `$` before a bid's and `%`
/// before a dummy's; an item's title is its asset's name.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// As it was after the command of this sequence
    #[arg(long, value_name = "SEQUENCE")]
    at: Option<u64>,
    /// Write it to this file instead of standard output
    #[arg(long, value_name = "ROUND.json", default_value = "-", hide_default_value = true)]
    output: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let realm = arguments.place.realm(arguments.at)?;
    let frozen = arguments.place.frozen(&realm)?;
    write_file(&arguments.output, |mut out| json::write(&frozen.round, &mut out))
}
