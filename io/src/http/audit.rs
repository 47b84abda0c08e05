//! The audit trail of a realm, for those who see everything.

use axum::http::StatusCode;
use axum::response::Response;

use super::asked::Asked;
use super::caller::Reader;
use super::page::{self, Window, bytes};
use super::problem::Problem;

/// What was refused before it came to the log, by whatever door: the oldest of what is kept first.
///
/// For whoever sees everything. `number` counts without gaps, so that gaps at the beginning say what is kept no more; `lost` says what could not be written.
#[utoipa::path(
    get, path = "/v1/realms/{realm}/audit", tag = "state",
    params(("realm" = String, Path, description = "The realm's name"), Window),
    responses(
        (status = 200, description = "A page of it", body = ref("#/components/schemas/PageOfAuditLine")),
        (status = "default", description = "Why not", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn audit(reader: Reader, Asked(window): Asked<Window>) -> Result<Response, Problem> {
    let caller = reader.caller().clone();
    caller.sees_all("only who sees everything sees what was refused to others")?;
    let after = window.after.unwrap_or(0);
    window.limit()?;
    let sequence = caller.realm().host.view().reached();
    let read =
        tokio::task::spawn_blocking(move || caller.realm().audit.read(|line| line.number > after)).await;
    let failed = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "the audit trail cannot be read");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the audit trail cannot be read now")
    };
    let lines = read.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
    let lines = lines.into_iter().map(|line| (line.number, Some(line)));
    Ok(page::json(bytes(&window.page(sequence, lines)?).into(), None))
}
