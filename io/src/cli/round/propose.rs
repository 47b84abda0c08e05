//! `bartizan round propose`: an outcome that somebody found for a closed round, as the command that proposes it.

use std::path::PathBuf;

use super::place::Place;
use super::send::Sender;
use crate::cli::Failure;
use crate::input::Input;
use crate::report::json;
use crate::report::stated::stated;

/// Print the command that proposes an outcome for a closed round
///
/// Prints one line for `bartizan run - --data DIR`. The outcome is a document as `clear --output` writes it, for the round that `round export`
/// writes; `bartizan schema outcome` describes it. Its `format`, `version` and `rings` are enough: without `objectives` it claims what the rings reach and
/// what its certificate proves, and without a certificate it proves what prices of 0 prove. What it does say must be right.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The outcome; `-` for standard input
    #[arg(value_name = "OUTCOME.json")]
    outcome: PathBuf,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    sender: Sender,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { outcome: path, place, sender } = arguments;
    let failed = |error: &dyn std::fmt::Display| Failure::at(path, error);
    let input = Input::open(path).map_err(|error| failed(&error))?;
    let document = json::read(&input).map_err(|error| failed(&error))?;
    let realm = place.realm(None)?;
    let frozen = place.frozen(&realm)?;
    let outcome = stated(&frozen, document).map_err(|error| failed(&error))?;
    sender.send(place.id(), realm, &frozen, outcome, path)
}
