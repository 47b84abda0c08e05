//! What an outcome document states for a closed round of a realm, with what it leaves out worked out.

use bartizan_engine::certificate::CertificateRecord;
use bartizan_engine::reject::Reject;
use bartizan_engine::rounds::freeze::Frozen;
use bartizan_engine::{Outcome, claim, verify};
use bartizan_solver::certify::Certificate;

use super::Clearing;
use super::agree::contradiction;
use super::fault::describe;
use super::json::OutcomeDocument;
use super::resolve::{certificate, levels, takes};
use crate::format::Reading;

/// The outcome that a document states. What it says beside its rings must be right; without `objectives` it claims what its rings reach and its
/// certificate proves, and without a certificate it proves what prices of 0 prove. Whether the outcome is allowed, the realm judges.
///
/// # Errors
/// Says in words what does not fit the round, or is not right.
pub fn stated(
    frozen: &Frozen,
    mut document: OutcomeDocument<'_, CertificateRecord<'_>>,
) -> Result<Outcome, String> {
    let outcome = completed(frozen, &mut document)?;
    // An outcome that is not allowed has no rings to compare with.
    if verify(&frozen.round, &outcome).is_ok() {
        let reading = Reading { round: frozen.round.clone(), ..Reading::default() };
        if let Some(contradiction) = contradiction(&Clearing::new(&reading, &outcome), &document) {
            return Err(contradiction);
        }
    }
    Ok(outcome)
}

/// The same, unless it contradicts itself.
fn completed(
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
