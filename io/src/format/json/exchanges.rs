//! What a document says of exchanges of bundles, as serde sees it: its shape, and nothing of what it means.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor, value::MapAccessDeserializer};

use super::text::{Text, TextVisitor};

/// What a user gives for what.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExchangeEntry<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) user: Text<'a>,
    #[serde(borrow, default)]
    pub(super) gives: Vec<TermEntry<'a>>,
    #[serde(borrow, default)]
    pub(super) wants: Vec<TermEntry<'a>>,
    #[serde(default)]
    pub(super) most: Option<i64>,
    #[serde(default)]
    pub(super) cost: Option<i64>,
    #[serde(default)]
    pub(super) pays: Option<PaysEntry>,
}

/// What a user pays each time.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PaysEntry {
    pub(super) least: i64,
    pub(super) most: i64,
}

/// A name, so many units of something, or any so many units of some.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TermObject<'a> {
    #[serde(borrow, default)]
    item: Option<Text<'a>>,
    #[serde(default)]
    units: Option<i64>,
    #[serde(default)]
    cost: Option<i64>,
    #[serde(default)]
    any: Option<i64>,
    #[serde(borrow, default)]
    of: Option<Vec<TermEntry<'a>>>,
}

/// A part of a bundle.
pub(super) enum TermEntry<'a> {
    /// Units of one item.
    Of { item: Text<'a>, units: Option<i64>, cost: Option<i64> },
    /// Any so many units of these.
    Any { count: i64, of: Vec<TermEntry<'a>> },
}

impl<'a> TermEntry<'a> {
    /// What may make it up: of one item that one alone.
    pub(super) fn choices(&self) -> &[TermEntry<'a>] {
        match self {
            TermEntry::Of { .. } => std::slice::from_ref(self),
            TermEntry::Any { of, .. } => of,
        }
    }
}

/// The names in a part of a bundle.
pub(super) fn names(term: TermEntry<'_>) -> Vec<Text<'_>> {
    match term {
        TermEntry::Of { item, .. } => vec![item],
        TermEntry::Any { of, .. } => of.into_iter().flat_map(names).collect(),
    }
}

struct TermVisitor;

impl<'de> Visitor<'de> for TermVisitor {
    type Value = TermEntry<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the name of an item, an object with `item`, `units` and `cost`, or one with `any` and `of`",
        )
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(TermEntry::Of { item: TextVisitor.visit_borrowed_str(text)?, units: None, cost: None })
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(TermEntry::Of { item: TextVisitor.visit_str(text)?, units: None, cost: None })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let object = TermObject::deserialize(MapAccessDeserializer::new(map))?;
        match object {
            TermObject { item: Some(item), units, cost, any: None, of: None } => {
                Ok(TermEntry::Of { item, units, cost })
            }
            TermObject { item: None, units: None, cost: None, any: Some(count), of: Some(of) } => {
                if of.iter().any(|entry| matches!(entry, TermEntry::Any { .. })) {
                    return Err(A::Error::custom("`of` lists items; `any` within `any` is not expected"));
                }
                Ok(TermEntry::Any { count, of })
            }
            _ => Err(A::Error::custom("expected either `item`, or `any` and `of`")),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for TermEntry<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TermVisitor)
    }
}

/// At most so much of these.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitEntry<'a> {
    #[serde(borrow, default)]
    pub(super) user: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) items: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    pub(super) exchanges: Option<Vec<Text<'a>>>,
    pub(super) most: i64,
}
