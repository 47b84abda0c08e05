//! `bartizan round propose`: an outcome that somebody found for a closed round, as the command that proposes it.

use std::path::PathBuf;

use bartizan_engine::certificate::CertificateRecord;
use bartizan_engine::reject::Reject;
use bartizan_engine::rounds::freeze::Frozen;
use bartizan_engine::{Outcome, claim, verify};
use bartizan_solver::certify::Certificate;

use super::place::Place;
use super::send::Sender;
use crate::cli::Failure;
use crate::cli::verify::describe;
use crate::format::Reading;
use crate::input::Input;
use crate::report::Clearing;
use crate::report::agree::contradiction;
use crate::report::json::{self, OutcomeDocument};
use crate::report::resolve::{certificate, levels, takes};

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
    let mut document = json::read(&input).map_err(|error| failed(&error))?;
    let realm = place.realm(None)?;
    let frozen = place.frozen(&realm)?;
    let outcome = stated(&frozen, &mut document).map_err(|error| failed(&error))?;
    // An outcome that is not allowed has no rings to compare with.
    if verify(&frozen.round, &outcome).is_ok() {
        let reading = Reading { round: frozen.round.clone(), ..Reading::default() };
        if let Some(contradiction) = contradiction(&Clearing::new(&reading, &outcome), &document) {
            return Err(failed(&contradiction));
        }
    }
    sender.send(place.id(), realm, &frozen, outcome, path)
}

/// The outcome that a document states, with what it leaves out worked out.
fn stated(
    frozen: &Frozen,
    document: &mut OutcomeDocument<'_, CertificateRecord<'_>>,
) -> Result<Outcome, String> {
    let round = &frozen.round;
    let certificate = certificate(document)?;
    let (takes, levels) = (takes(round, document)?, levels(round, document)?);
    match certificate {
        Some(certificate) if !levels.is_empty() => Ok(Outcome { takes, levels, certificate }),
        certificate => {
            let bare =
                Outcome { takes: takes.clone(), levels: Vec::new(), certificate: Certificate::default() };
            let claimed = claim(round, takes, certificate).map_err(|fault| {
                let why = describe(round, &bare, &fault);
                format!("the realm would refuse it: {} ({why})", Reject::from(&fault))
            })?;
            Ok(if levels.is_empty() { claimed } else { Outcome { levels, ..claimed } })
        }
    }
}
