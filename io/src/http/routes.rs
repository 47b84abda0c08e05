//! The list of all routes, each with its description.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Bytes;
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::door::Door;
use super::problem::Problem;
use super::{
    asked, audit, commands, dry_run, export, feeds, health, markets, members, metrics, openapi, outcome,
    page, proofs, rounds, strangers,
};

/// What answers requests.
pub fn router(door: &Door) -> Router {
    let (router, paths) = described();
    let parameters = asked::Parameters::new(&paths, &openapi::SHORT);
    // Made when it is first asked for.
    let description = Arc::new(LazyLock::new(move || Bytes::from(page::bytes(&openapi::document(&paths)))));
    let describe = move || {
        let description = Arc::clone(&description);
        async move { page::json(Bytes::clone(&description), None) }
    };
    router
        .route("/openapi.json", get(describe))
        .route("/v1/commands", post(commands::post))
        .route("/v1/events", get(feeds::feed))
        .route("/healthz", get(health::live))
        .fallback(|uri: Uri| async move { Problem::not_found(format!("there is nothing at {}", uri.path())) })
        .method_not_allowed_fallback(|method: Method, uri: Uri| async move {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, format!("{} takes no {method}", uri.path()))
        })
        .layer(from_fn_with_state(Arc::new(parameters), asked::known))
        .layer(from_fn_with_state(door.clone(), strangers::bound))
        .layer(from_fn_with_state(door.clone(), metrics::count))
        .with_state(door.clone())
}

/// The routes and their description.
pub fn described() -> (Router<Door>, OpenApi) {
    OpenApiRouter::<Door>::with_openapi(OpenApi::default())
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(health::realms))
        .routes(routes!(metrics::metrics))
        .routes(routes!(members::realm))
        .routes(routes!(commands::post))
        .routes(routes!(dry_run::post))
        .routes(routes!(members::agents))
        .routes(routes!(members::assets))
        .routes(routes!(members::accounts))
        .routes(routes!(members::holds))
        .routes(routes!(markets::markets))
        .routes(routes!(markets::depth))
        .routes(routes!(markets::orders))
        .routes(routes!(rounds::rounds))
        .routes(routes!(rounds::round))
        .routes(routes!(rounds::frozen))
        .routes(routes!(outcome::post))
        .routes(routes!(export::export))
        .routes(routes!(proofs::checkpoint))
        .routes(routes!(proofs::tile))
        .routes(routes!(proofs::inclusion))
        .routes(routes!(proofs::consistency))
        .routes(routes!(audit::audit))
        .routes(routes!(feeds::feed))
        .split_for_parts()
}
