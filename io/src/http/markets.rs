//! Markets: what everybody may know of them, and one's own orders.

use axum::response::Response;
use bartizan_engine::book::Side;
use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_engine::market::OrderBook;
use bartizan_engine::market::units::MarketId;
use bartizan_engine::realm::Realm;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::asked::{Asked, Named};
use super::caller::Reader;
use super::page::{Window, bytes};
use super::problem::Problem;
use crate::shape::{LevelShape, MarketShape, OrderShape};

/// The markets.
#[utoipa::path(
    get, path = "/v1/realms/{realm}/markets", tag = "markets",
    params(("realm" = String, Path, description = "The realm's name"), Window),
    responses(
        (status = 200, description = "A page of them", body = ref("#/components/schemas/PageOfMarket")),
        (status = 304, description = "As before"),
        (status = "default", description = "Why not", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn markets(reader: Reader, Asked(window): Asked<Window>) -> Result<Response, Problem> {
    reader.tell(|realm| {
        let markets = window.numbers().map_while(|number| {
            let id = MarketId(number);
            realm.markets().get(id).map(|market| (number.into(), Some(MarketShape::of(id, market))))
        });
        Ok(bytes(&window.page(realm.sequence(), markets)?))
    })
}

/// A market's name in a path: its number.
fn find(realm: &Realm, number: u32) -> Result<&OrderBook, Problem> {
    realm.markets().get(MarketId(number)).ok_or_else(|| {
        let count = realm.markets().iter().count();
        Problem::not_found(format!("there is no market {number}: the realm has {count}"))
    })
}

/// The displayed book of a market.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Depth")]
pub struct Depth<'a> {
    /// The last command that it includes.
    pub sequence: Sequence,
    /// The market.
    #[serde(flatten)]
    pub market: MarketShape<'a>,
    /// The levels of the bids, best first.
    pub bids: Vec<LevelShape>,
    /// The levels of the asks, best first.
    pub asks: Vec<LevelShape>,
}

/// How deep.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HowDeep {
    /// Levels of each side, 1 to 1000; 10 if it is not said.
    #[param(minimum = 1, maximum = 1000)]
    pub levels: Option<usize>,
}

/// A market and its displayed book, level by level.
#[utoipa::path(
    get, path = "/v1/realms/{realm}/markets/{market}", tag = "markets",
    params(
        ("realm" = String, Path, description = "The realm's name"),
        ("market" = u32, Path, description = "The market's number"),
        HowDeep,
    ),
    responses(
        (status = 200, description = "The market", body = ref("#/components/schemas/Depth")),
        (status = 304, description = "As before"),
        (status = "default", description = "Why not", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn depth(
    reader: Reader,
    Named((_, number)): Named<(String, u32)>,
    Asked(how): Asked<HowDeep>,
) -> Result<Response, Problem> {
    let levels = Window { after: None, limit: Some(how.levels.unwrap_or(10)) }.limit()?;
    reader.tell(|realm| {
        let market = find(realm, number)?;
        let side = |side| market.book().levels(side).take(levels).map(LevelShape::from).collect();
        Ok(bytes(&Depth {
            sequence: realm.sequence(),
            market: MarketShape::of(MarketId(number), market),
            bids: side(Side::Buy),
            asks: side(Side::Sell),
        }))
    })
}

/// The live orders of a market that one may see: one's own, or all.
///
/// They come in the order of the book's own places, and `after` is such a place, not an order's number.
#[utoipa::path(
    get, path = "/v1/realms/{realm}/markets/{market}/orders", tag = "markets",
    params(
        ("realm" = String, Path, description = "The realm's name"),
        ("market" = u32, Path, description = "The market's number"),
        Window,
    ),
    responses(
        (status = 200, description = "A page of them", body = ref("#/components/schemas/PageOfOrder")),
        (status = 304, description = "As before"),
        (status = "default", description = "Why not", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn orders(
    reader: Reader,
    Named((_, number)): Named<(String, u32)>,
    Asked(window): Asked<Window>,
) -> Result<Response, Problem> {
    reader.tell(|realm| {
        let (book, sees) = (find(realm, number)?.book(), reader.sees(realm));
        let first = u32::try_from(window.after.unwrap_or(0)).unwrap_or(u32::MAX);
        let orders = book.slots(first).map(|(slot, order)| {
            let told = order.filter(|order| sees(AgentId(order.account.0)));
            (u64::from(slot) + 1, told.map(OrderShape::from))
        });
        Ok(bytes(&window.page(realm.sequence(), orders)?))
    })
}
