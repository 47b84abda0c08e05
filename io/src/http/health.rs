//! Whether it runs, whether it takes commands, and which realms there are.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use bartizan_engine::ledger::units::Sequence;
use schemars::JsonSchema;
use serde::Serialize;

use super::door::Door;
use super::page;
use super::problem::Problem;
use crate::server::thread::Health;

/// How a realm does.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Served")]
pub struct Served {
    /// What it is called here.
    pub realm: String,
    /// The last command that can be seen.
    pub sequence: Sequence,
    /// `serving`, `failing`, `broken` or `stopped`.
    pub health: &'static str,
}

/// The realms that are served.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Realms")]
pub struct Realms {
    /// The realms; the first is meant where none is named.
    pub realms: Vec<Served>,
}

fn told(door: &Door) -> Realms {
    let realms = door.site().realms().iter().map(|realm| {
        let health = match realm.host.health() {
            Health::Serving => "serving",
            Health::Failing(_) => "failing",
            Health::Broken(_) => "broken",
            Health::Stopped => "stopped",
        };
        let sequence = realm.host.view().reached();
        Served { realm: realm.host.name().to_owned(), sequence, health }
    });
    Realms { realms: realms.collect() }
}

/// The realms that are served, and how they do.
#[utoipa::path(
    get, path = "/v1/realms", tag = "state",
    responses((status = 200, description = "The realms", body = ref("#/components/schemas/Realms"))),
)]
pub(super) async fn realms(State(door): State<Door>) -> Response {
    page::json(page::bytes(&told(&door)).into(), None)
}

/// Whether the process runs and answers.
#[utoipa::path(
    get, path = "/health/live", tag = "health",
    responses((status = 200, description = "It does", body = ref("#/components/schemas/Realms"))),
)]
pub(super) async fn live(State(door): State<Door>) -> Response {
    page::json(page::bytes(&told(&door)).into(), None)
}

/// Whether every realm takes commands.
#[utoipa::path(
    get, path = "/health/ready", tag = "health",
    responses(
        (status = 200, description = "They do", body = ref("#/components/schemas/Realms")),
        (status = 503, description = "Which does not, and why", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn ready(State(door): State<Door>) -> Result<Response, Problem> {
    for realm in door.site().realms() {
        let why = match realm.host.health() {
            Health::Serving => continue,
            Health::Failing(why) | Health::Broken(why) => why,
            Health::Stopped => "it has stopped".to_owned(),
        };
        let detail = format!("realm {}: {why}", realm.host.name());
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail));
    }
    Ok(live(State(door)).await)
}
