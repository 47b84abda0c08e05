//! The bodies of requests: taken whole, bounded in length and in time.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::FromRequest;
use axum::http::{Request, StatusCode, header};
use http_body::Body as _;
use tokio::time::timeout;

use super::door::{Door, MOST_BODY};
use super::problem::Problem;

/// A body that came in time and is not too long.
#[derive(Clone, Debug)]
pub struct Whole(pub Bytes);

impl FromRequest<Door> for Whole {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, door: &Door) -> Result<Self, Problem> {
        let told = request.headers().get(header::CONTENT_LENGTH);
        let length = told.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if length.is_some_and(|length| length > MOST_BODY) {
            return Err(too_large());
        }
        read(request.into_body(), door.site().bounds.silence).await.map(Whole)
    }
}

fn too_large() -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("a body has at most {MOST_BODY} bytes"))
}

async fn read(body: Body, silence: Duration) -> Result<Bytes, Problem> {
    let late = || Problem::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time");
    timeout(silence, all(body)).await.unwrap_or_else(|_| Err(late()))
}

async fn all(mut body: Body) -> Result<Bytes, Problem> {
    // Most come in one part, and nothing of that is copied.
    let (mut first, mut more) = (Bytes::new(), Vec::new());
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|error| Problem::malformed(1, 1, format!("the body: {error}")))?;
        let Ok(part) = frame.into_data() else { continue };
        if first.len().max(more.len()) + part.len() > MOST_BODY {
            return Err(too_large());
        }
        if first.is_empty() {
            first = part;
            continue;
        }
        if more.is_empty() {
            more.extend_from_slice(&first);
        }
        more.extend_from_slice(&part);
    }
    Ok(if more.is_empty() { first } else { more.into() })
}
