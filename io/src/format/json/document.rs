//! The document of a round, as serde sees it: its shape, and nothing of what it means.

use std::borrow::Cow;
use std::fmt;

use bartizan_engine::limits;
use serde::de::{Deserializer, Error, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Serialize, Serializer};

use super::exchanges::{ExchangeEntry, LimitEntry};
use super::text::{Text, TextVisitor};

/// What `format` says.
pub(super) const FORMAT_NAME: &str = "bartizan-round";
/// What `version` says.
pub(super) const VERSION: u64 = 1;

/// A whole document.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document<'a> {
    #[serde(borrow)]
    pub(super) format: Text<'a>,
    pub(super) version: u64,
    #[serde(borrow, default, deserialize_with = "objectives")]
    pub(super) objectives: Option<Vec<ObjectiveEntry<'a>>>,
    #[serde(default)]
    pub(super) seed: Option<u64>,
    #[serde(default, deserialize_with = "nontrade_cost")]
    pub(super) nontrade_cost: Option<i64>,
    #[serde(default, deserialize_with = "money_decimals")]
    pub(super) money_decimals: u8,
    #[serde(borrow, default)]
    pub(super) users: Vec<UserEntry<'a>>,
    #[serde(borrow)]
    pub(super) items: Vec<ItemEntry<'a>>,
    #[serde(borrow, default)]
    pub(super) exchanges: Vec<ExchangeEntry<'a>>,
    #[serde(borrow, default)]
    pub(super) limits: Vec<LimitEntry<'a>>,
}

/// Objectives, which stand for themselves once they are given, so that none would clear for nothing.
fn objectives<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<ObjectiveEntry<'a>>>, D::Error> {
    let objectives = Option::<Vec<ObjectiveEntry<'a>>>::deserialize(deserializer)?;
    if objectives.as_ref().is_some_and(Vec::is_empty) {
        return Err(D::Error::custom("an objective or more is expected"));
    }
    Ok(objectives)
}

fn nontrade_cost<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let cost = Option::<i64>::deserialize(deserializer)?;
    if cost.is_some_and(|cost| !(0..=limits::MAX_COST).contains(&cost)) {
        return Err(D::Error::custom(format!("expected 0 to {}", limits::MAX_COST)));
    }
    Ok(cost)
}

fn money_decimals<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let decimals = u8::deserialize(deserializer)?;
    if decimals > limits::MAX_MONEY_DECIMALS {
        let most = limits::MAX_MONEY_DECIMALS;
        return Err(D::Error::custom(format!("expected 0 to {most}")));
    }
    Ok(decimals)
}

/// What to clear for.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ObjectiveEntry<'a> {
    Items,
    Cost,
    WeightedCost,
    Users,
    UserSquares,
    #[serde(borrow)]
    Favor(Text<'a>),
}

/// A participant.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserEntry<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) limit: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) gives_most: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) receives_most: Option<i64>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub(super) refuses: Vec<Text<'a>>,
}

/// What is given once, and for what.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemEntry<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) dummy: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) bid: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) units: Option<i64>,
    #[serde(borrow, default)]
    pub(super) wants: Vec<WantEntry<'a>>,
}

/// A want: a name, or an object when there is more to say than the name.
pub(super) struct WantEntry<'a> {
    pub(super) item: Text<'a>,
    pub(super) cost: Option<i64>,
    pub(super) price: Option<i64>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WantObject<'a> {
    #[serde(borrow)]
    item: Text<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cost: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    price: Option<i64>,
}

struct WantVisitor;

impl<'de> Visitor<'de> for WantVisitor {
    type Value = WantEntry<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of an item, or an object with `item`, `cost` and `price`")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(WantEntry { item: TextVisitor.visit_borrowed_str(text)?, cost: None, price: None })
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(WantEntry { item: TextVisitor.visit_str(text)?, cost: None, price: None })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let WantObject { item, cost, price } = WantObject::deserialize(MapAccessDeserializer::new(map))?;
        Ok(WantEntry { item, cost, price })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for WantEntry<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WantVisitor)
    }
}

impl Serialize for WantEntry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let WantEntry { item, cost, price } = self;
        if cost.is_none() && price.is_none() {
            return item.serialize(serializer);
        }
        let item = Text(Cow::Borrowed(&*item.0));
        WantObject { item, cost: *cost, price: *price }.serialize(serializer)
    }
}
