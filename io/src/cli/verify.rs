//! `bartizan verify`: reads a round and an outcome, and says whether the outcome is allowed and proven.

use std::path::{Path, PathBuf};

use bartizan_engine::certificate::CertificateRecord;
use bartizan_engine::{Outcome, Round, verify};

use super::output::write_stdout;
use super::{Failure, RoundFile};
use crate::input::Input;
use crate::report::Clearing;
use crate::report::agree::contradiction;
use crate::report::fault::describe;
use crate::report::json::{self, OutcomeDocument};
use crate::report::resolve::resolve;

/// Check that an outcome is allowed and that no better one exists
///
/// Exits with 0 when every objective is proven optimal, and with 1 when anything is wrong or open.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    round: RoundFile,
    /// The outcome, as written by `clear --output`
    outcome: PathBuf,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let input = arguments.round.open()?;
    let mut reading = arguments.round.read(&input)?;
    let told = Input::open(&arguments.outcome).map_err(|error| Failure::at(&arguments.outcome, error))?;
    let asked = reading.round.objectives.clone();
    let (outcome, document) = read_outcome(&mut reading.round, &told, &arguments.outcome)?;
    if outcome.levels.is_empty() && !asked.is_empty() {
        return Err(Failure::at(&arguments.outcome, "it names no objective, so it proves nothing"));
    }
    verify(&reading.round, &outcome)
        .map_err(|fault| Failure::at(&arguments.outcome, describe(&reading.round, &outcome, &fault)))?;
    if let Some(contradiction) = contradiction(&Clearing::new(&reading, &outcome), &document) {
        return Err(Failure::at(&arguments.outcome, contradiction));
    }
    if !arguments.quiet {
        write_stdout(|out| {
            if reading.round.objectives != asked {
                let names: Vec<_> = asked.iter().map(|&objective| objective.name()).collect();
                writeln!(out, "(cleared for other objectives than the file asks for: {})", names.join(", "))?;
            }
            let mut is_open = false;
            for level in &outcome.levels {
                let (name, value) = (level.objective.name(), level.value);
                if is_open {
                    writeln!(out, "{name}: {value}, open: an objective before it is not proven")?;
                } else if level.is_proven() {
                    writeln!(out, "{name}: {value}, proven: no outcome is better")?;
                } else {
                    writeln!(out, "{name}: {value}, not proven: the best may be {}", level.bound)?;
                }
                is_open |= !level.is_proven();
            }
            Ok(())
        })?;
    }
    if outcome.is_optimal() {
        return Ok(());
    }
    Err(Failure::at(&arguments.outcome, "allowed, but not proven optimal"))
}

/// Reads the outcome of `round` from `input`, the file at `path`; the round then has the objectives that
/// the outcome names.
pub(super) fn read_outcome<'a>(
    round: &mut Round<'_>,
    input: &'a Input,
    path: &Path,
) -> Result<(Outcome, OutcomeDocument<'a, CertificateRecord<'a>>), Failure> {
    let mut document = json::read(input).map_err(|error| Failure::at(path, error))?;
    let outcome = resolve(round, &mut document).map_err(|error| Failure::at(path, error))?;
    round.objectives = outcome.levels.iter().map(|level| level.objective).collect();
    Ok((outcome, document))
}
