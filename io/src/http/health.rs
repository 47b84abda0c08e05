//! Whether it runs, whether it takes commands, and which realms there are.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use bartizan_engine::ledger::units::Sequence;
use schemars::JsonSchema;
use serde::Serialize;

use super::caller::Admitted;
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

/// How the process does, to anybody.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Alive")]
pub struct Alive {
    /// `serving` if all realms are; else what one of them is: `failing`, `broken` or `stopped`.
    pub health: &'static str,
}

const SERVING: &str = "serving";

fn word(health: &Health) -> &'static str {
    match health {
        Health::Serving => SERVING,
        Health::Failing(_) => "failing",
        Health::Broken(_) => "broken",
        Health::Stopped => "stopped",
    }
}

/// The realms to which whoever asks comes in, and how they do.
#[utoipa::path(
    get, path = "/v1/realms", tag = "state",
    responses(
        (status = 200, description = "The realms", body = ref("#/components/schemas/Realms")),
        (status = "default", description = "Why not", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn realms(State(door): State<Door>, Admitted(places): Admitted) -> Response {
    let realms = places.into_iter().map(|place| {
        let host = &door.realm(place).host;
        let (realm, sequence) = (host.name().to_owned(), host.view().reached());
        Served { realm, sequence, health: word(&host.health()) }
    });
    page::json(page::bytes(&Realms { realms: realms.collect() }).into(), None)
}

/// Whether the process runs and answers: told to anybody, so it names nothing.
#[utoipa::path(
    get, path = "/health/live", tag = "health",
    responses((status = 200, description = "It does", body = ref("#/components/schemas/Alive"))),
)]
pub(super) async fn live(State(door): State<Door>) -> Response {
    let healths = door.site().realms().iter().map(|realm| realm.host.health());
    let health = healths.map(|health| word(&health)).find(|&word| word != SERVING).unwrap_or(SERVING);
    page::json(page::bytes(&Alive { health }).into(), None)
}

/// Whether every realm takes commands: told to anybody, so it names none. `/v1/realms` says which does not, and the log why.
#[utoipa::path(
    get, path = "/health/ready", tag = "health",
    responses(
        (status = 200, description = "They do", body = ref("#/components/schemas/Alive")),
        (status = 503, description = "One does not", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn ready(State(door): State<Door>) -> Result<Response, Problem> {
    for realm in door.site().realms() {
        let health = realm.host.health();
        if health != Health::Serving {
            let detail = format!("a realm takes no commands: it is {}", word(&health));
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail));
        }
    }
    Ok(live(State(door)).await)
}
