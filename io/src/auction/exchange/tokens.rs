//! Names that stand for one thing each, and the tokens of an instance.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::super::offers::Draft;

/// The digits that a token may have behind its point.
const MOST_DECIMALS: i64 = 36;

/// An object of which no field is given twice.
#[derive(Debug)]
pub(super) struct Unique<T>(pub(super) BTreeMap<String, T>);

impl<T> Default for Unique<T> {
    fn default() -> Self {
        Unique(BTreeMap::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Unique<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = Unique<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Unique<T>, A::Error> {
                let mut all = BTreeMap::new();
                while let Some((name, value)) = fields.next_entry::<String, T>()? {
                    if all.contains_key(&name) {
                        return Err(A::Error::custom(format!("duplicate field `{name}`")));
                    }
                    all.insert(name, value);
                }
                Ok(Unique(all))
            }
        }
        from.deserialize_map(Fields(PhantomData))
    }
}

/// What is told of a token.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Token {
    decimals: Option<i64>,
    alias: Option<String>,
    #[serde(rename = "internal_buffer")]
    buffer: Option<IgnoredAny>,
}

/// The tokens of an instance: their names in a list, or an object that tells of them.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    in_order: Vec<String>,
    told: Unique<Token>,
}

impl<'de> Deserialize<'de> for Tokens {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Tokens;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list of names, or an object")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<Tokens, A::Error> {
                let mut tokens = Tokens::default();
                while let Some(name) = names.next_element::<String>()? {
                    if tokens.told.0.insert(name.clone(), Token::default()).is_some() {
                        return Err(A::Error::custom(format!("the token `{name}` is named twice")));
                    }
                    tokens.in_order.push(name);
                }
                Ok(tokens)
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Tokens, A::Error> {
                let told = Unique::deserialize(serde::de::value::MapAccessDeserializer::new(fields))?;
                Ok(Tokens { in_order: Vec::new(), told })
            }
        }
        from.deserialize_any(Either)
    }
}

impl Tokens {
    /// Names those assets first that stand in a list.
    ///
    /// # Errors
    /// If there are too many, or a token has no sensible number of decimals.
    pub(super) fn begin(&self, draft: &mut Draft) -> Result<(), String> {
        for (name, token) in &self.told.0 {
            if let Some(decimals) = token.decimals.filter(|decimals| !(0..=MOST_DECIMALS).contains(decimals))
            {
                return Err(format!(
                    "token {name}: expected decimals from 0 to {MOST_DECIMALS}, found {decimals}"
                ));
            }
        }
        let mut names = self.in_order.iter();
        names.try_for_each(|name| draft.asset(name, 0).map(|_| ()))
    }

    /// The number of the asset that is this token.
    ///
    /// # Errors
    /// If it is one too many.
    pub(super) fn asset(&self, draft: &mut Draft, address: &str) -> Result<u32, String> {
        let token = self.told.0.get(address);
        let decimals = token.and_then(|token| token.decimals).unwrap_or(0) as i32;
        match token.and_then(|token| token.alias.as_deref()) {
            // Aliases need not differ; addresses do.
            Some(alias) => draft.asset(&format!("{alias} {address}"), decimals),
            None => draft.asset(address, decimals),
        }
    }

    /// Of how many it is told what is in stock.
    pub(super) fn buffers(&self) -> usize {
        self.told.0.values().filter(|token| token.buffer.is_some()).count()
    }
}
