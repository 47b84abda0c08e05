//! Instances of two exchanges: Gnosis' first solver (`gnosis`: orders in a list, `sellToken`) and CoW Protocol's (`cow`: orders by number,
//! `sell_token`).
//!
//! What is read are limit orders to sell. What else an instance tells of them is kept where an auction can keep it, and named in a notice where it
//! cannot. Names that stand for one thing may not be given twice.

mod cow;
mod gnosis;
mod tokens;

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::offers::Draft;
use crate::format::ReadError;

/// Whose instance it is, by how its orders stand in it.
enum Kind {
    Gnosis,
    Cow,
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Orders;
        impl<'de> Visitor<'de> for Orders {
            type Value = Kind;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list or an object")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut orders: A) -> Result<Kind, A::Error> {
                while orders.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Kind::Gnosis)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut orders: A) -> Result<Kind, A::Error> {
                while orders.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Kind::Cow)
            }
        }
        from.deserialize_any(Orders)
    }
}

/// Reads an instance; none if the text is JSON of another kind, or more than one value.
///
/// # Errors
/// If it is an instance with an order that is none.
pub fn read(text: &[u8]) -> Result<Option<Draft>, ReadError> {
    #[derive(Deserialize)]
    struct Tagged {
        orders: Kind,
    }
    let draft = match serde_json::from_slice::<Tagged>(text) {
        Ok(Tagged { orders: Kind::Gnosis }) => gnosis::draft(&crate::json::read(text)?),
        Ok(Tagged { orders: Kind::Cow }) => cow::draft(&crate::json::read(text)?),
        Err(_) => return Ok(None),
    };
    draft.map(Some).map_err(|message| ReadError { line: 1, column: 1, message })
}
