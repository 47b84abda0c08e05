//! Outcomes of outside solvers, as documents, made into the commands that propose them.

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use bartizan_engine::Outcome;
use bartizan_engine::certificate::CertificateRecord;
use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::command::{Command, Envelope};
use bartizan_engine::rounds::freeze::Frozen;
use bartizan_engine::rounds::units::RoundId;
use bartizan_engine::verify;
use serde::Deserialize;
use utoipa::IntoParams;

use super::asked::{Asked, Named};
use super::body::Whole;
use super::caller::Caller;
use super::commands::{carry_out, key};
use super::problem::Problem;
use super::rounds::{find, may_solve, not_frozen};
use crate::report::json;
use crate::report::stated::stated;

/// Who proposes.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ByWhom {
    /// The number of the agent who proposes; whoever signed in, if none is named.
    pub actor: Option<u32>,
}

/// Proposes an outcome for a closed round.
///
/// Takes an outcome document, as `bartizan round propose` does, and carries out the command `ProposeSettlement` that it comes to, under the id of
/// `Idempotency-Key`. A proof of more cases than the realm takes is cut, and may prove less.
#[utoipa::path(
    operation_id = "propose_outcome", post, path = "/v1/realms/{realm}/rounds/{round}/outcome", tag = "rounds",
    params(
        ("realm" = String, Path, description = "The realm's name"),
        ("round" = u32, Path, description = "The round's number"),
        ("Idempotency-Key" = String, Header, description = "The command's id, in decimal digits: at most 340282366920938463463374607431768211455", pattern = "^[0-9]{1,39}$"),
        ByWhom,
    ),
    request_body(content = ref("#/components/schemas/OutcomeDocument"), content_type = "application/json"),
    responses(
        (status = 200, description = "What became of the command", body = ref("#/components/schemas/Answer")),
        (status = "default", description = "Why not", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn post(
    caller: Caller,
    Named((_, number)): Named<(String, u32)>,
    Asked(by): Asked<ByWhom>,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    let id = key(&headers)?
        .ok_or_else(|| Problem::new(StatusCode::BAD_REQUEST, "Idempotency-Key: expected the command's id"))?;
    let actor = by.actor.map_or(caller.principal.agent, AgentId);
    caller.principal.may_send_as(actor).map_err(Problem::denied)?;
    caller.may_read()?;
    caller.ask(0, body.len() as u64)?;
    caller.realm().host.up_to_date().await;
    let (frozen, most) = {
        let realm = caller.realm().host.view().read();
        let round = find(&realm, number)?;
        may_solve(&caller, &realm, round)?;
        let frozen = realm.frozen_round(RoundId(number)).ok_or_else(|| not_frozen(round, number))?;
        (frozen, round.most_cases())
    };
    let proposed = tokio::task::spawn_blocking(move || {
        let outcome = read(&frozen, &body, most)?;
        Ok::<_, Problem>(frozen.proposal(RoundId(number), &outcome))
    });
    let proposal = proposed.await.map_err(|_| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "reading it broke an invariant; nothing was changed")
    })??;
    let command = Command::ProposeSettlement(proposal);
    carry_out(&caller, vec![Envelope { id, actor, command }], true).await
}

/// The outcome that a document states, with a proof of at most so many cases.
fn read(frozen: &Frozen, body: &[u8], most: usize) -> Result<Outcome, Problem> {
    let document = json::read::<CertificateRecord<'_>>(body)
        .map_err(|error| Problem::malformed(error.line, error.column, error.message))?;
    let outcome =
        stated(frozen, document).map_err(|told| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, told))?;
    if outcome.cases() > most && verify(&frozen.round, &outcome).is_ok() {
        return Ok(outcome.with_cases(&frozen.round, most).expect("it was verified"));
    }
    Ok(outcome)
}
