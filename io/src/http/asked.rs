//! What is asked beside the body: the query and the path, refused in plain words where they are not as they are described.
//!
//! A parameter that a route does not have is refused on every route, once somebody has signed in: a misspelt one that is passed over answers another question than
//! was asked. Which there are is taken from the description, so that neither can say what the other does not.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, MatchedPath, Path, Query, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use utoipa::openapi::OpenApi;

use super::door::Door;
use super::problem::Problem;

/// The parameters that queries may have, by route.
#[derive(Debug)]
pub struct Parameters(HashMap<String, Vec<String>>);

impl Parameters {
    /// Those of a description, and of short paths that stand for long ones.
    ///
    /// # Panics
    /// It cannot: a description is JSON.
    pub fn new(described: &OpenApi, short: &[(&str, &str)]) -> Self {
        let described = serde_json::to_value(described).expect("a description is JSON");
        let mut named = HashMap::new();
        for (path, item) in described["paths"].as_object().into_iter().flatten() {
            let operations = item.as_object().into_iter().flat_map(|operations| operations.values());
            let parameters = operations.filter_map(|operation| operation["parameters"].as_array()).flatten();
            let names = parameters.filter(|parameter| parameter["in"] == "query");
            let names = names.filter_map(|parameter| parameter["name"].as_str().map(str::to_owned));
            named.insert(path.clone(), names.collect::<Vec<String>>());
        }
        for (short, long) in short {
            let names = named.get(*long).cloned().unwrap_or_default();
            named.insert((*short).to_owned(), names);
        }
        Parameters(named)
    }

    /// What is wrong with the names in a query, if anything.
    fn unknown(&self, route: &str, uri: &Uri) -> Option<String> {
        let known = self.0.get(route).map_or(&[][..], Vec::as_slice);
        let asked = pairs(uri);
        let (name, _) = asked.iter().find(|(name, _)| !known.contains(name))?;
        let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
        let known = if known.is_empty() {
            "none is known here".to_owned()
        } else {
            format!("known: {}", known.join(", "))
        };
        Some(format!("unknown parameter `{name}`; {known}"))
    }
}

/// The names and values of a query; none, if it is not one.
fn pairs(uri: &Uri) -> Vec<(String, String)> {
    Query::try_from_uri(uri).map_or_else(|_| Vec::new(), |Query(pairs)| pairs)
}

/// What is wrong with the names in the query of a request.
#[derive(Clone, Debug)]
struct Unknown(String);

/// Routes that anybody may ask, without signing in.
const OPEN: [&str; 4] = ["/health/live", "/health/ready", "/healthz", "/openapi.json"];

/// Looks for parameters in a query that its route does not have. Where one is to sign in, that comes first ([`refuse_unknown`]).
pub(super) async fn known(
    State(parameters): State<Arc<Parameters>>,
    mut request: Request,
    next: Next,
) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let unknown = route.as_ref().and_then(|route| parameters.unknown(route.as_str(), request.uri()));
    if let (Some(route), Some(unknown)) = (route, unknown) {
        if OPEN.contains(&route.as_str()) {
            return Problem::new(StatusCode::BAD_REQUEST, unknown).into_response();
        }
        request.extensions_mut().insert(Unknown(unknown));
    }
    next.run(request).await
}

/// Refuses a request whose query has a parameter that its route does not.
///
/// # Errors
/// If it has.
pub fn refuse_unknown(extensions: &Extensions) -> Result<(), Problem> {
    match extensions.get() {
        Some(Unknown(detail)) => Err(Problem::new(StatusCode::BAD_REQUEST, detail.clone())),
        None => Ok(()),
    }
}

/// The query of a request, refused as a problem where it is malformed.
#[derive(Clone, Copy, Debug)]
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Door> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Door) -> Result<Self, Problem> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(asked)) => Ok(Asked(asked)),
            Err(error) => {
                let told =
                    std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
                Err(Problem::new(StatusCode::BAD_REQUEST, plain(&told, &pairs(&parts.uri))))
            }
        }
    }
}

/// What `serde` says of a query, in plain words.
fn plain(told: &str, asked: &[(String, String)]) -> String {
    let quoted = |start: &str| told.strip_prefix(start)?.strip_suffix('`');
    if let Some(name) = quoted("missing field `") {
        return format!("the parameter `{name}` is missing");
    }
    if let Some(name) = quoted("duplicate field `") {
        return format!("the parameter `{name}` is given twice");
    }
    let (name, cause) = told.split_once(": ").unwrap_or(("", told));
    let expected = match cause {
        "invalid digit found in string" | "cannot parse integer from empty string" => "a whole number",
        "number too large to fit in target type" => "a smaller number",
        "provided string was not `true` or `false`" => "true or false",
        _ => return format!("the query: {told}"),
    };
    let value = asked.iter().find(|(asked, _)| asked == name).map_or("", |(_, value)| value);
    format!("{name}: expected {expected}, not `{value}`")
}

/// What a path names, refused as a problem where it is none.
#[derive(Clone, Copy, Debug)]
pub struct Named<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Door> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        let error = match Path::<T>::from_request_parts(parts, door).await {
            Ok(Path(named)) => return Ok(Named(named)),
            Err(error) => error,
        };
        let PathRejection::FailedToDeserializePathParams(error) = error else {
            return Err(Problem::not_found("there is no such thing"));
        };
        let ErrorKind::ParseErrorAtIndex { index, value, .. } = error.kind() else {
            return Err(Problem::not_found("there is no such thing: its name is no UTF-8"));
        };
        let names = RawPathParams::from_request_parts(parts, door).await.ok();
        let name =
            names.as_ref().and_then(|names| names.iter().nth(*index)).map_or("thing", |(name, _)| name);
        Err(Problem::not_found(format!(
            "there is no {name} `{value}`: expected a whole number of at most {}",
            u32::MAX
        )))
    }
}
