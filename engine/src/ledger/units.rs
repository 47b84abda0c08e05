//! What the ledger counts in: amounts, and the numbers of agents, assets, accounts and holds.
//!
//! Agents, assets and accounts are numbered from 1 in the order in which the realm takes them in, so that each is found by one look
//! into an array. A command that makes one may name the number it expects; if that is not the next, it is rejected.

use serde::{Deserialize, Serialize};

use crate::codec::record;

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(transparent)]
        #[repr(transparent)]
        pub struct $name(pub $inner);

        record!($name(0));
    };
}
pub(crate) use number;

number! {
    /// Who acts: a person, a program, a cooperative or another realm. 0 is the realm itself, which founds it and may do everything.
    AgentId(u32)
}
number! {
    /// Something that can be owned. 0 is none.
    AssetId(u32)
}
number! {
    /// What one agent has of one asset. 0 is none.
    AccountId(u32)
}
number! {
    /// A two-phase hold, numbered from 1. 0 is none.
    HoldId(u64)
}
number! {
    /// The place of a command in the log, counted from 1.
    Sequence(u64)
}

impl AgentId {
    /// The realm itself.
    pub const REALM: AgentId = AgentId(0);
}

/// A quantity of one asset in its smallest unit: never negative, at most [`Amount::MAX`]. In JSON a whole number, or the same as a string
/// for readers whose numbers end at 2^53; it is written as a string from 2^53 on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Amount(pub u128);

impl Amount {
    /// Nothing.
    pub const ZERO: Amount = Amount(0);
    /// The largest amount of one movement, supply or limit: 2^94 - 1. At most 2^32 accounts with such limits sum to less than 2^127, so no
    /// sum of a ledger overflows.
    pub const MAX: Amount = Amount((1 << 94) - 1);

    /// Whether a command may name it as something to move.
    #[inline]
    pub fn is_valid(self) -> bool {
        self.0 != 0 && self.0 <= Self::MAX.0
    }
}

record!(Amount(0));

/// What a JSON number can hold exactly wherever it is read.
const EXACT_IN_JSON: u128 = 1 << 53;

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Amount {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        whole_number_schema("A quantity in the asset's smallest unit.")
    }
}

/// A whole number, or the same as a string of digits.
#[cfg(feature = "schema")]
pub(crate) fn whole_number_schema(what: &str) -> schemars::Schema {
    schemars::json_schema!({
        "description": what,
        "oneOf": [{ "type": "integer", "minimum": 0 }, { "type": "string", "pattern": "^[0-9]+$" }]
    })
}

impl Serialize for Amount {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 < EXACT_IN_JSON {
            serializer.serialize_u64(self.0 as u64)
        } else {
            serializer.collect_str(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        whole_number(deserializer).map(Amount)
    }
}

/// A whole number from 0 on, as a number or as a string of digits.
///
/// # Errors
/// If it is something else, or does not fit.
pub(crate) fn whole_number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
    struct Digits;

    impl serde::de::Visitor<'_> for Digits {
        type Value = u128;

        fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("a whole number, or a string of digits")
        }

        fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<u128, E> {
            Ok(value.into())
        }

        fn visit_u128<E: serde::de::Error>(self, value: u128) -> Result<u128, E> {
            Ok(value)
        }

        fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<u128, E> {
            value.try_into().map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(value), &self))
        }

        fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<u128, E> {
            // A number that does not fit 64 bits comes as this, and is not the same any more.
            if value >= 18_446_744_073_709_551_616.0 {
                return Err(E::custom("write a whole number above 18446744073709551615 in quotes"));
            }
            Err(E::invalid_type(serde::de::Unexpected::Float(value), &self))
        }

        fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<u128, E> {
            let is_plain = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
            let number = if is_plain { value.parse().ok() } else { None };
            number.ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(value), &self))
        }
    }

    deserializer.deserialize_any(Digits)
}
