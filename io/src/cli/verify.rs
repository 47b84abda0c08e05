//! `bartizan verify`: reads a round and an outcome, and says whether the outcome is allowed and proven.

use std::path::{Path, PathBuf};

use bartizan_engine::certificate::CertificateRecord;
use bartizan_engine::{Fault, ItemIndex, Outcome, Round, verify};

use super::output::write_stdout;
use super::{Failure, RoundFile};
use crate::input::Input;
use crate::report::Clearing;
use crate::report::agree::contradiction;
use crate::report::json::{self, OutcomeDocument};
use crate::report::resolve::resolve;
use crate::report::words::money;

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

/// A fault as a sentence with names.
pub(super) fn describe(round: &Round<'_>, outcome: &Outcome, fault: &Fault) -> String {
    let name = |item: ItemIndex| {
        let item = &round.items[item.at()];
        match item.user {
            Some(user) => format!("({}) {}", round.users[user.at()].name, item.name),
            None => item.name.to_string(),
        }
    };
    match fault {
        Fault::Round(broken) => format!("the round itself is wrong: {broken}"),
        Fault::WrongItemCount => "it speaks of another number of items than the round".into(),
        Fault::NotGranted(item) => {
            let taken = outcome.takes[item.at()];
            format!(
                "{} receives {}, which its list does not name or which somebody else receives too",
                name(*item),
                name(taken)
            )
        }
        Fault::LimitExceeded(user, sum) => {
            format!("{user} would spend {}, more than the limit", money(*sum, round.money_decimals))
        }
        Fault::WrongObjectives => "it lists other objectives than the round is cleared for".into(),
        Fault::WrongValue { objective, claimed, reached } => {
            format!("it claims {claimed} for {}, but its rings reach {reached}", objective.name())
        }
        Fault::Malformed => "its certificate does not fit the round: it was made for another list, or the list has changed since".into(),
        Fault::NotProven { objective, claimed, proven } => format!(
            "it claims that {} cannot be better than {claimed}, but its prices only prove {proven}",
            objective.name()
        ),
    }
}

#[cfg(test)]
mod tests {
    use bartizan_solver::certify::Certificate;

    use super::*;

    #[test]
    fn spending_is_told_in_the_unit_of_the_round() {
        let round = Round { money_decimals: 2, ..Round::default() };
        let outcome = Outcome { takes: Vec::new(), levels: Vec::new(), certificate: Certificate::default() };
        let told = describe(&round, &outcome, &Fault::LimitExceeded("ann".into(), 5275));
        assert_eq!(told, "ann would spend 52.75, more than the limit");
    }
}
