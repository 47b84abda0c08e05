//! The rules that are laid over a log, as a file says them:
//!
//! ```json
//! {"markets": {"all": {"fees": {"taker_ppm": 2000}}, "2": {"mechanism": {"FrequentCall": {"every": 1000000000}}}}}
//! ```
//!
//! What a market's own entry does not say, `all` says; what neither says stays as the log has it. Each kind of rule has a field of its own.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use bartizan_engine::market::MIN_CALL;
use bartizan_engine::market::command::{AmendMarket, CreateMarket, Mechanism};
use bartizan_engine::market::fees::FeeSchedule;
use bartizan_engine::market::units::MarketId;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::json::{self, Malformed};

/// Other rules for a log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Of markets: by number, or `all`.
    #[serde(default)]
    pub markets: MarketTable,
}

/// Other rules of one market.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarketRules {
    /// What trading costs; a rate that is not said stays as the log has it.
    #[serde(default, deserialize_with = "checked_fees")]
    pub fees: FeeChange,
    /// How orders meet.
    #[serde(default, deserialize_with = "checked_mechanism", skip_serializing_if = "Option::is_none")]
    pub mechanism: Option<Mechanism>,
}

/// Other rates of a schedule of fees, in millionths of the money that changes hands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FeeChange {
    /// Of an order that rested. Negative: a rebate, paid out of what the other side pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maker_ppm: Option<i32>,
    /// Of an order that took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taker_ppm: Option<i32>,
    /// Of both in an auction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auction_ppm: Option<i32>,
}

impl FeeChange {
    /// What this says, and of what it does not say what `other` says.
    fn or(self, other: Self) -> Self {
        FeeChange {
            maker_ppm: self.maker_ppm.or(other.maker_ppm),
            taker_ppm: self.taker_ppm.or(other.taker_ppm),
            auction_ppm: self.auction_ppm.or(other.auction_ppm),
        }
    }

    /// A schedule with these rates in place of its own.
    pub fn over(self, fees: FeeSchedule) -> FeeSchedule {
        FeeSchedule {
            maker_ppm: self.maker_ppm.unwrap_or(fees.maker_ppm),
            taker_ppm: self.taker_ppm.unwrap_or(fees.taker_ppm),
            auction_ppm: self.auction_ppm.unwrap_or(fees.auction_ppm),
        }
    }
}

/// The rules of markets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarketTable {
    /// Of every market whose own entry says nothing else.
    pub all: Option<MarketRules>,
    /// Of single markets.
    pub each: BTreeMap<MarketId, MarketRules>,
}

impl Rules {
    /// Reads rules.
    ///
    /// # Errors
    /// If it is no JSON, says what is not known, names a market twice, or has rates out of range; with the place.
    pub fn read(text: &[u8]) -> Result<Self, Malformed> {
        json::read(text)
    }

    /// The rules of a market.
    pub fn of_market(&self, market: MarketId) -> MarketRules {
        let all = self.markets.all.unwrap_or_default();
        let own = self.markets.each.get(&market).copied().unwrap_or_default();
        MarketRules { fees: own.fees.or(all.fees), mechanism: own.mechanism.or(all.mechanism) }
    }
}

impl MarketRules {
    /// What lays them over a market that is there, which has these fees; none if they say nothing.
    ///
    /// # Errors
    /// If the rates that they say do not go with those that they leave, such as a rebate with the fee that is to pay it.
    pub fn amendment(self, market: MarketId, has: FeeSchedule) -> Result<Option<AmendMarket>, String> {
        let MarketRules { fees, mechanism } = self;
        let fees = fees.over(has);
        fees.check().map_err(|_| format!("rules for market {}: {}", market.0, told(fees)))?;
        let fees = (fees != has).then_some(fees);
        let is_any = fees.is_some() || mechanism.is_some();
        Ok(is_any.then_some(AmendMarket { market, fees, mechanism }))
    }

    /// Lays them over a market that is about to be made.
    pub fn lay_over_new(self, create: &mut CreateMarket) {
        create.fees = self.fees.over(create.fees);
        create.mechanism = self.mechanism.unwrap_or(create.mechanism);
    }

    /// Lays them over a change: what they say is not changed to anything else.
    pub fn lay_over_change(self, amend: &mut AmendMarket) {
        amend.fees = amend.fees.map(|fees| self.fees.over(fees));
        amend.mechanism = amend.mechanism.map(|mechanism| self.mechanism.unwrap_or(mechanism));
    }
}

/// Rates that no schedule may have together.
fn told(fees: FeeSchedule) -> String {
    format!(
        "fees out of range: rates are from 0 to 1000000 millionths, and a maker's below 0 is at most the taker's; got maker {}, taker {}, auction {}",
        fees.maker_ppm, fees.taker_ppm, fees.auction_ppm
    )
}

fn checked_fees<'de, D: Deserializer<'de>>(deserializer: D) -> Result<FeeChange, D::Error> {
    let fees = Option::<FeeChange>::deserialize(deserializer)?.unwrap_or_default();
    // A rate that is not said is taken for one that goes with the others.
    let most = FeeSchedule {
        taker_ppm: -fees.maker_ppm.unwrap_or(0).clamp(-1_000_000, 0),
        ..FeeSchedule::default()
    };
    let schedule = fees.over(most);
    schedule.check().map_err(|_| D::Error::custom(told(schedule)))?;
    Ok(fees)
}

fn checked_mechanism<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Mechanism>, D::Error> {
    let mechanism = Option::<Mechanism>::deserialize(deserializer)?;
    let check = mechanism.map_or(Ok(()), Mechanism::check);
    check.map_err(|_| D::Error::custom(format!("calls lie at least {MIN_CALL} nanoseconds apart")))?;
    Ok(mechanism)
}

/// The name of the entry for every market.
const ALL: &str = "all";

impl Serialize for MarketTable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(all) = &self.all {
            map.serialize_entry(ALL, all)?;
        }
        self.each.iter().try_for_each(|(market, rules)| map.serialize_entry(&market.0.to_string(), rules))?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for MarketTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = MarketTable;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object with rules by market: its number, or \"all\"")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MarketTable, A::Error> {
                let mut table = MarketTable::default();
                while let Some(name) = map.next_key::<Cow<'de, str>>()? {
                    let number = name.parse().ok().filter(|&number| number != 0 && !name.starts_with('+'));
                    let is_new = match (&*name, number) {
                        (ALL, _) => table.all.replace(map.next_value()?).is_none(),
                        (_, Some(number)) => table.each.insert(MarketId(number), map.next_value()?).is_none(),
                        (_, None) => {
                            let told = format!("`{name}` is no market: its number, or \"all\", is expected");
                            return Err(A::Error::custom(told));
                        }
                    };
                    if !is_new {
                        return Err(A::Error::custom(format!("market `{name}` is there twice")));
                    }
                }
                Ok(table)
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

impl JsonSchema for MarketTable {
    fn schema_name() -> Cow<'static, str> {
        "MarketTable".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let rules = generator.subschema_for::<MarketRules>();
        json_schema!({
            "description": "Rules by market: its number, or `all` for what the others do not say.",
            "type": "object",
            "patternProperties": { "^(all|[1-9][0-9]*)$": rules },
            "additionalProperties": false
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Rules::read(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_markets_own_entry_comes_before_that_of_all() {
        let text = r#"{"markets": {"all": {"fees": {"taker_ppm": 5}, "mechanism": "Continuous"},
            "2": {"fees": {"maker_ppm": -1, "taker_ppm": 1}}}}"#;
        let rules = Rules::read(text.as_bytes()).unwrap();
        let [first, second] = [1, 2].map(|market| rules.of_market(MarketId(market)));
        assert_eq!(first.fees, FeeChange { taker_ppm: Some(5), ..FeeChange::default() });
        let both = FeeChange { maker_ppm: Some(-1), taker_ppm: Some(1), auction_ppm: None };
        assert_eq!(second.fees, both);
        let has = FeeSchedule { maker_ppm: 7, taker_ppm: 8, auction_ppm: 9 };
        assert_eq!(first.fees.over(has), FeeSchedule { taker_ppm: 5, ..has }, "what is not said stays");
        assert!(
            first
                .amendment(MarketId(1), FeeSchedule { maker_ppm: -6, ..has })
                .unwrap_err()
                .contains("got maker -6, taker 5")
        );
        assert_eq!(
            Rules::read(br#"{"markets": {"1": {"fees": null, "mechanism": null}}}"#)
                .unwrap()
                .of_market(MarketId(1)),
            MarketRules::default()
        );
        assert_eq!(second.mechanism, Some(Mechanism::Continuous));
        let again = serde_json::to_vec(&rules).unwrap();
        assert_eq!(Rules::read(&again).unwrap(), rules);
        assert_eq!(Rules::read(b"{}").unwrap(), Rules::default());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, told) in [
            ("", "line 1, column 1: the text ends"),
            ("{\"tax\": 1}", "line 1, column 6: unknown field `tax`"),
            ("{\"markets\":\n {\"x\": {}}}", "line 2, column 5: `x` is no market"),
            ("{\"markets\": {\"0\": {}}}", "`0` is no market"),
            ("{\"markets\": {\"1\": {}, \"1\": {}}}", "market `1` is there twice"),
            ("{\"markets\": {\"all\": {\"fee\": 1}}}", "unknown field `fee`"),
            ("{\"markets\": {\"1\": {\"fees\": {\"taker_ppm\": -1}}}}", "fees out of range"),
            (
                "{\"markets\": {\"1\": {\"mechanism\": {\"FrequentCall\": {\"every\": 9}}}}}",
                "1000000 nanoseconds",
            ),
        ] {
            let found = refused(text);
            assert!(found.contains(told), "{text}: {found}");
            assert!(found.starts_with("line "), "{found}");
        }
    }
}
