//! What is counted and logged of requests, and all that the server counts, for Prometheus to fetch.
//!
//! Requests are told apart by the template of their route, never by their path, so that nobody makes more series than there are routes. An answer's latency ends where its body
//! begins, and what a feed sends is counted as it goes.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use http_body::{Body as _, Frame, SizeHint};
use prometheus::IntCounter;
use tracing::Instrument;

use super::caller::Auditor;
use super::door::Door;
use super::problem::Problem;
use crate::server::meters::MEDIA_TYPE;
use crate::server::spans;

/// What the server counts, in Prometheus' text form.
///
/// For whoever sees everything in a realm: this machine's own users unless the server is closed to them, tokens for `audit`, and operators. Each is told of the realms in
/// which it sees everything, and of the process as a whole.
#[utoipa::path(
    get, path = "/metrics", tag = "health",
    responses(
        (status = 200, description = "Metrics, one a line", body = String, content_type = "text/plain"),
        (status = "default", description = "Why not", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn metrics(State(door): State<Door>, Auditor(places): Auditor) -> Result<Response, Problem> {
    let site = std::sync::Arc::clone(door.site());
    let told = tokio::task::spawn_blocking(move || site.measured(&places)).await;
    let told = told.map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "nothing can be told"))?;
    let mut response = Response::new(Body::from(told));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// What stands for the route of what is nowhere.
const NOWHERE: &str = "none";

/// Counts and logs a request and its answer.
pub(super) async fn count(State(door): State<Door>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = known(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or(NOWHERE, MatchedPath::as_str);
    let meters = door.site().meters().http();
    let request = request.map(|body| counted(body, meters.received(route)));
    let span = spans::request(method, route);
    let response = next.run(request).instrument(span.clone()).await;
    let (status, after) = (response.status(), begun.elapsed());
    span.in_scope(|| {
        tracing::debug!(status = status.as_u16(), microseconds = after.as_micros() as u64, "answered");
    });
    meters.answered(method, route, status.as_str(), after);
    response.map(|body| counted(body, meters.sent(route)))
}

/// A method's name, if it is one of HTTP's own: others are as many as somebody likes.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "HEAD" => "HEAD",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// The body, whose bytes are counted: at once if their number is known, else as they come.
fn counted(body: Body, bytes: IntCounter) -> Body {
    match body.size_hint().exact() {
        Some(length) => {
            bytes.inc_by(length);
            body
        }
        None => Body::new(Counted { body, bytes }),
    }
}

/// A body whose bytes are counted as they come.
struct Counted {
    body: Body,
    bytes: IntCounter,
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &frame {
            self.bytes.inc_by(frame.data_ref().map_or(0, |data| data.len() as u64));
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
