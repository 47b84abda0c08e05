//! `bartizan round solve`: a closed round cleared by this program's own solver, as the command that proposes it.

use super::place::Place;
use super::send::Sender;
use crate::clear::{Settings, clear};
use crate::cli::Failure;
use crate::cli::progress::Progress;

/// Clear a closed round, and print the command that proposes the outcome
///
/// Prints one line for `bartizan run - --data DIR`. The same as `round export`, `clear` and `round propose` one after the other.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    sender: Sender,
    /// Threads to use, 1 or more, by default one per core; the outcome does not depend on it
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// How many arcs branch and bound may look at, for users and spending limits; more can prove more
    #[arg(long, value_name = "N", default_value_t = Settings::default().effort.arcs)]
    effort: u64,
    /// Show no progress
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let place = &arguments.place;
    let realm = place.realm(None)?;
    let frozen = place.frozen(&realm)?;
    let mut settings = Settings::default();
    settings.effort.arcs = arguments.effort;
    if let Some(threads) = arguments.threads {
        settings.threads = usize::from(threads);
    }
    let mut progress = Progress::new(arguments.quiet);
    let cleared = clear(&frozen.round, &settings, &mut |what| progress.say(what));
    progress.finish();
    let cleared = cleared.map_err(|error| Failure::at(&place.data, error))?;
    arguments.sender.send(place.id(), realm, &frozen, cleared.outcome, &place.data)
}
