//! Requests by which nobody signs in: an address has so many of them, and more are answered with the time to come again.
//!
//! A request is looked at first and counted after, by what became of it: many may come from one address, behind a proxy say, and whoever signs in rightly is never refused
//! for what others there did. What is done for a request before anybody has signed in costs little more than refusing it, and what is too much is not logged line by
//! line. Whether the server is well is told to anybody however often, so that nobody has it taken for one that is not.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::door::Door;
use super::problem::Problem;
use super::visit::{Visit, Why};

/// Routes that anybody may ask however often.
const PROBES: [&str; 3] = ["/health/live", "/health/ready", "/healthz"];

/// Counts a request by which nobody signed in, and refuses what is too much.
pub(super) async fn bound(State(door): State<Door>, request: Request, next: Next) -> Response {
    let visit = request.extensions().get::<Arc<Visit>>().cloned();
    let route = request.extensions().get::<MatchedPath>();
    let is_probe = route.is_some_and(|route| PROBES.contains(&route.as_str()));
    let answer = next.run(request).await;
    let Some(visit) = visit.filter(|visit| !is_probe && !visit.has_come_in()) else { return answer };
    if let Some(wait) = door.site().attempt(visit.visitor).wait {
        door.site().in_vain(visit.visitor, wait);
        return Problem::wait(wait).into_response();
    }
    if answer.status() == StatusCode::UNAUTHORIZED {
        let reason = answer.extensions().get().map_or("", |Why(reason)| reason);
        tracing::warn!(target: "audit", peer = %visit.visitor.peer, reason, "a request was refused");
    }
    answer
}
