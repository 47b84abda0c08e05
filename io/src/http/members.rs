//! The realm itself, its agents, and what they own.

use axum::response::Response;
use bartizan_engine::ledger::units::{AccountId, AgentId, AssetId, HoldId, Sequence};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::asked::Asked;
use super::caller::Reader;
use super::page::{Window, bytes};
use super::problem::Problem;
use crate::node::history::digest;
use crate::shape::{AccountShape, AgentShape, AssetShape, HoldShape};

/// How far a realm is.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Realm")]
pub struct RealmShape {
    /// What it is called here.
    pub realm: String,
    /// Whose journal it is.
    pub id: String,
    /// The last command.
    pub sequence: Sequence,
    /// The log's time, in nanoseconds.
    pub time: u64,
    /// The digest of its state, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// What is asked of a realm.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OfRealm {
    /// Whether to tell the digest, for whoever sees everything: it costs a walk through the whole realm.
    #[serde(default)]
    pub digest: bool,
}

/// How far the realm is.
#[utoipa::path(
    get, path = "/v1/realms/{realm}", tag = "state",
    params(("realm" = String, Path, description = "The realm's name"), OfRealm),
    responses(
        (status = 200, description = "How far it is", body = ref("#/components/schemas/Realm")),
        (status = 304, description = "As before"),
        (status = "default", description = "Why not", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn realm(reader: Reader, Asked(asked): Asked<OfRealm>) -> Result<Response, Problem> {
    let host = &reader.caller().realm().host;
    if asked.digest {
        let detail = "the digest is told to whoever sees everything: it tells of what is others' own";
        reader.caller().sees_all(detail)?;
    }
    reader.tell(|realm| {
        Ok(bytes(&RealmShape {
            realm: host.name().to_owned(),
            id: host.id().to_string(),
            sequence: realm.sequence(),
            time: realm.clock(),
            digest: asked.digest.then(|| digest(realm).to_hex().to_string()),
        }))
    })
}

/// The agents.
#[utoipa::path(
    get, path = "/v1/realms/{realm}/agents", tag = "state",
    params(("realm" = String, Path, description = "The realm's name"), Window),
    responses(
        (status = 200, description = "A page of them", body = ref("#/components/schemas/PageOfAgent")),
        (status = 304, description = "As before"),
        (status = "default", description = "Why not", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn agents(reader: Reader, Asked(window): Asked<Window>) -> Result<Response, Problem> {
    reader.tell(|realm| {
        // The realm itself, of number 0, comes first.
        let first = if window.after.is_none() { 0 } else { *window.numbers().start() };
        let agents = (first..=u32::MAX).map_while(|number| {
            let id = AgentId(number);
            realm.agent(id).map(|agent| (number.into(), Some(AgentShape::of(realm, id, agent))))
        });
        Ok(bytes(&window.page(realm.sequence(), agents)?))
    })
}

/// The assets.
#[utoipa::path(
    get, path = "/v1/realms/{realm}/assets", tag = "state",
    params(("realm" = String, Path, description = "The realm's name"), Window),
    responses(
        (status = 200, description = "A page of them", body = ref("#/components/schemas/PageOfAsset")),
        (status = 304, description = "As before"),
        (status = "default", description = "Why not", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn assets(reader: Reader, Asked(window): Asked<Window>) -> Result<Response, Problem> {
    reader.tell(|realm| {
        let assets = window.numbers().map_while(|number| {
            let id = AssetId(number);
            let asset = realm.ledger().asset(id)?;
            Some((number.into(), Some(AssetShape::of(realm, id, asset))))
        });
        Ok(bytes(&window.page(realm.sequence(), assets)?))
    })
}

/// Which accounts.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichAccounts {
    /// Those of this agent.
    pub owner: Option<u32>,
    /// Those of this asset.
    pub asset: Option<u32>,
    /// What comes after this number: `next` of the page before.
    pub after: Option<u64>,
    /// At most so many, 1 to 1000.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<usize>,
}

/// The accounts that one may see: one's own, or all.
#[utoipa::path(
    get, path = "/v1/realms/{realm}/accounts", tag = "state",
    params(("realm" = String, Path, description = "The realm's name"), WhichAccounts),
    responses(
        (status = 200, description = "A page of them", body = ref("#/components/schemas/PageOfAccount")),
        (status = 304, description = "As before"),
        (status = "default", description = "Why not", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn accounts(
    reader: Reader,
    Asked(which): Asked<WhichAccounts>,
) -> Result<Response, Problem> {
    let window = Window { after: which.after, limit: which.limit };
    reader.tell(|realm| {
        let sees = reader.sees(realm);
        let accounts = window.numbers().map_while(|number| {
            let id = AccountId(number);
            let account = realm.ledger().account(id)?;
            let is_told = sees(account.owner)
                && which.owner.is_none_or(|owner| owner == account.owner.0)
                && which.asset.is_none_or(|asset| asset == account.asset.0);
            Some((number.into(), is_told.then(|| AccountShape::of(realm, id, account))))
        });
        Ok(bytes(&window.page(realm.sequence(), accounts)?))
    })
}

/// The open holds that one may see: from or to one's own accounts, or all.
#[utoipa::path(
    get, path = "/v1/realms/{realm}/holds", tag = "state",
    params(("realm" = String, Path, description = "The realm's name"), Window),
    responses(
        (status = 200, description = "A page of them", body = ref("#/components/schemas/PageOfOpenHold")),
        (status = 304, description = "As before"),
        (status = "default", description = "Why not", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn holds(reader: Reader, Asked(window): Asked<Window>) -> Result<Response, Problem> {
    reader.tell(|realm| {
        let sees = reader.sees(realm);
        let is_own = |id| realm.ledger().account(id).is_some_and(|account| sees(account.owner));
        let after = HoldId(window.after.unwrap_or(0));
        let holds = realm.ledger().open_holds_after(after).map(|(id, hold)| {
            let is_told = is_own(hold.debit) || is_own(hold.credit);
            (id.0, is_told.then(|| HoldShape::of(id, hold)))
        });
        Ok(bytes(&window.page(realm.sequence(), holds)?))
    })
}
