//! Rounds of barter, and what solvers need of them.

use axum::response::Response;
use bartizan_engine::authority::Role;
use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm::Realm;
use bartizan_engine::rounds::state::{BarterRound, Stage};
use bartizan_engine::rounds::units::RoundId;
use schemars::JsonSchema;
use serde::Serialize;

use super::asked::{Asked, Named};
use super::caller::{Caller, Reader};
use super::page::{Window, bytes};
use super::problem::Problem;
use crate::format::json;
use crate::shape::{OfferShape, RoundDetail, RoundShape};

/// The rounds.
#[utoipa::path(
    get, path = "/v1/realms/{realm}/rounds", tag = "rounds",
    params(("realm" = String, Path, description = "The realm's name"), Window),
    responses(
        (status = 200, description = "A page of them", body = ref("#/components/schemas/PageOfRound")),
        (status = 304, description = "As before"),
        (status = "default", description = "Why not", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn rounds(reader: Reader, Asked(window): Asked<Window>) -> Result<Response, Problem> {
    reader.tell(|realm| {
        let rounds = window.numbers().map_while(|number| {
            let id = RoundId(number);
            realm.rounds().get(id).map(|round| (number.into(), Some(RoundShape::of(id, round))))
        });
        Ok(bytes(&window.page(realm.sequence(), rounds)?))
    })
}

/// The round of a number.
///
/// # Errors
/// If there is none.
pub fn find(realm: &Realm, number: u32) -> Result<&BarterRound, Problem> {
    realm.rounds().get(RoundId(number)).ok_or_else(|| {
        let count = realm.rounds().iter().count();
        Problem::not_found(format!("there is no round {number}: the realm has {count}"))
    })
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RoundNow")]
pub(super) struct RoundNow<'a> {
    /// The last command that it includes.
    sequence: Sequence,
    #[serde(flatten)]
    round: RoundDetail<'a>,
}

/// A round, with those of its offers that one may see: one's own, or all.
#[utoipa::path(
    get, path = "/v1/realms/{realm}/rounds/{round}", tag = "rounds",
    params(
        ("realm" = String, Path, description = "The realm's name"),
        ("round" = u32, Path, description = "The round's number"),
    ),
    responses(
        (status = 200, description = "The round", body = ref("#/components/schemas/RoundNow")),
        (status = 304, description = "As before"),
        (status = "default", description = "Why not", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn round(
    reader: Reader,
    Named((_, number)): Named<(String, u32)>,
) -> Result<Response, Problem> {
    reader.tell(|realm| {
        let round = find(realm, number)?;
        let sees = reader.sees(realm);
        let seen = round.offers().filter(|(_, offer)| sees(offer.owner));
        let detail = RoundDetail {
            round: RoundShape::of(RoundId(number), round),
            objectives: &round.rules.objectives,
            money: round.rules.money,
            seen: seen.map(|(id, offer)| OfferShape::of(id, offer)).collect(),
        };
        Ok(bytes(&RoundNow { sequence: realm.sequence(), round: detail }))
    })
}

/// Whether somebody may see all offers of a round: solvers, its organiser, and who sees everything.
///
/// # Errors
/// If not.
pub fn may_solve(caller: &Caller, realm: &Realm, round: &BarterRound) -> Result<(), Problem> {
    if caller.principal.agent == round.organiser || caller.has(realm, Role::Solver) {
        return Ok(());
    }
    let detail = "only solvers and the round's organiser see everybody's offers";
    Err(Problem::new(axum::http::StatusCode::FORBIDDEN, detail))
}

/// Why a round cannot be frozen now.
pub fn not_frozen(round: &BarterRound, number: u32) -> Problem {
    let why = match round.stage {
        Stage::Settled | Stage::Cancelled => "has ended, and its offers are forgotten",
        Stage::Open | Stage::Closed { .. } => "is open: only a closed round is fixed",
    };
    Problem::new(axum::http::StatusCode::CONFLICT, format!("round {number} {why}"))
}

/// A closed round as the document that solvers read, as `bartizan round export` writes it.
///
/// For solvers, the round's organiser, and whoever sees everything. `bartizan schema round` describes it.
#[utoipa::path(
    get, path = "/v1/realms/{realm}/rounds/{round}/frozen", tag = "rounds",
    params(
        ("realm" = String, Path, description = "The realm's name"),
        ("round" = u32, Path, description = "The round's number"),
    ),
    responses(
        (status = 200, description = "The round's document", body = ref("#/components/schemas/RoundDocument")),
        (status = 304, description = "As before"),
        (status = "default", description = "Why not", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn frozen(
    reader: Reader,
    Named((_, number)): Named<(String, u32)>,
) -> Result<Response, Problem> {
    reader.tell(|realm| {
        let round = find(realm, number)?;
        may_solve(reader.caller(), realm, round)?;
        let frozen = realm.frozen_round(RoundId(number)).ok_or_else(|| not_frozen(round, number))?;
        let mut document = Vec::new();
        json::write(&frozen.round, &mut document).expect("memory takes what is written");
        Ok(document)
    })
}
