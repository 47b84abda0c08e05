//! How what is read is told: pages of a list, versions, JSON.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use bartizan_engine::ledger::units::Sequence;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::problem::Problem;
use crate::journal::RealmId;

/// The most things on a page.
const MOST: usize = 1_000;

/// The most things that are looked at for a page, so that a lock is held for a moment only.
const MOST_LOOKED_AT: usize = 100_000;

/// Which page.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Window {
    /// What comes after this number: `next` of the page before.
    pub after: Option<u64>,
    /// At most so many, 1 to 1000.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<usize>,
}

/// A page of a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "PageOf{T}")]
pub struct Page<T> {
    /// The last command that what is told includes.
    pub sequence: Sequence,
    /// The things. There may be none of them though more follow, where what was looked at is another's.
    pub items: Vec<T>,
    /// Where the next page begins (`after`); none at the end.
    pub next: Option<u64>,
}

impl Window {
    /// The page of `things`, which are those that come after, each with its number, and none where it is not to be told.
    ///
    /// # Errors
    /// If the limit is out of range.
    pub fn page<T>(
        self,
        sequence: Sequence,
        things: impl Iterator<Item = (u64, Option<T>)>,
    ) -> Result<Page<T>, Problem> {
        let limit = self.limit()?;
        let mut page = Page { sequence, items: Vec::new(), next: None };
        let mut last = self.after.unwrap_or(0);
        for (looked_at, (number, thing)) in things.enumerate() {
            if page.items.len() == limit || looked_at == MOST_LOOKED_AT {
                page.next = Some(last);
                break;
            }
            page.items.extend(thing);
            last = number;
        }
        Ok(page)
    }

    /// How many things, at most.
    ///
    /// # Errors
    /// If that is out of range.
    pub fn limit(self) -> Result<usize, Problem> {
        match self.limit.unwrap_or(100) {
            limit @ 1..=MOST => Ok(limit),
            other => Err(Problem::new(
                StatusCode::BAD_REQUEST,
                format!("limit: expected 1 to {MOST}, not {other}"),
            )),
        }
    }

    /// The numbers of 32 bits that come after.
    pub fn numbers(self) -> std::ops::RangeInclusive<u32> {
        let after = self.after.unwrap_or(0);
        let first = u32::try_from(after.saturating_add(1)).unwrap_or(u32::MAX);
        first..=u32::MAX
    }
}

/// The version of what is told: a realm after a command. Whatever a realm tells is the same as long as nothing is done in it.
pub fn version(id: RealmId, sequence: Sequence) -> String {
    format!("\"{}-{}\"", &id.to_string()[..8], sequence.0)
}

/// Whether `known`, as `If-None-Match` has it, names a version.
pub fn is_known(known: &str, version: &str) -> bool {
    let weak = |tag: &str| tag.trim().trim_start_matches("W/") == version;
    known.trim() == "*" || known.split(',').any(weak)
}

fn versioned(response: &mut Response, version: &str) {
    let headers = response.headers_mut();
    headers.insert(header::ETAG, HeaderValue::from_str(version).expect("digits"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("Authorization"));
}

/// That the version that is known still holds.
pub fn not_modified(version: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    versioned(&mut response, version);
    response
}

/// JSON, with its version if it has one.
pub fn json(body: Bytes, version: Option<&str>) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(version) = version {
        versioned(&mut response, version);
    }
    response
}

/// Something as JSON.
///
/// # Panics
/// If it has no form in JSON, as a map by something else than names.
pub fn bytes<T: Serialize>(told: &T) -> Vec<u8> {
    serde_json::to_vec(told).expect("what is told is JSON")
}
