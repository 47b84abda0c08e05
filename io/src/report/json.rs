//! The outcome as a document for programs (`outcome.schema.json` describes it): who receives what,
//! the figures, and the proof.
//!
//! Writing streams: nothing is held beyond the view. Reading borrows names from the text. The same
//! outcome is the same bytes, one ring member a line.

use std::borrow::Cow;
use std::io::{self, Write};

use bartizan_engine::Hop;
use serde::de::{Deserialize, Deserializer, Error, Unexpected};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::layout::Rows;
use super::view::{Clearing, favored};
use crate::document::Status;
use crate::format::ReadError;

/// What the document's `format` field says.
pub const FORMAT: &str = "bartizan-outcome";

/// The JSON Schema of the document.
pub const SCHEMA: &str = include_str!("outcome.schema.json");

/// The version of the document that is written and read.
pub const VERSION: u32 = 1;

/// An outcome document as read. `C` is what certificates are read into. What is left out is not told; what is told must agree with the rings.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeDocument<'a, C = serde_json::Value> {
    /// Says what the document is.
    pub format: FormatTag,
    /// Says which version of it.
    pub version: VersionTag,
    /// The key figures, as their writer counted them.
    #[serde(default)]
    pub summary: Option<Summary>,
    /// The objectives, most important first.
    #[serde(borrow, default)]
    pub objectives: Vec<ObjectiveRecord<'a>>,
    /// What is proven, and why.
    #[serde(default = "Option::default")]
    pub proof: Option<Proof<C>>,
    /// The rings; each member receives from the next, the last from the first.
    #[serde(borrow)]
    pub rings: Vec<Vec<HopRecord<'a>>>,
    /// The chains, of a mechanism that gives gifts: each member receives from the next, the last a gift, and nobody from the first.
    #[serde(borrow, default)]
    pub chains: Vec<Vec<HopRecord<'a>>>,
    /// The mechanism that made the outcome, if one did.
    #[serde(borrow, default)]
    pub mechanism: Option<MechanismRecord<'a>>,
    /// The goods and bids that do not trade.
    #[serde(borrow, default)]
    pub untraded: Option<Vec<ItemRecord<'a>>>,
}

/// The `format` field, which holds [`FORMAT`] and nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FormatTag;

/// The `version` field, which holds [`VERSION`] and nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VersionTag;

/// The mechanism that made an outcome, and what it depends on beside the round.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MechanismRecord<'a> {
    /// Its name.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// What the order of priority was drawn by; with 1 it is that of the lists.
    pub seed: u64,
    /// Whether an item with an empty list is a gift.
    pub gifts: bool,
}

/// The key figures; [`super::view::Figures`] says what each means.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // told at Figures
pub struct Summary {
    pub items: usize,
    pub items_traded: usize,
    pub users: usize,
    pub users_trading: usize,
    pub rings: usize,
    pub largest_ring: usize,
    pub ring_sizes: Vec<usize>,
    pub sum_of_squares: u64,
    /// Only where there are chains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain_sizes: Vec<usize>,
    pub total_cost: i64,
    /// Only in a round with bids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money_moved: Option<i64>,
    /// How many of the last digits of every amount, here and in `price`, stand behind the decimal
    /// point; only in a round with bids, and not when there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money_decimals: Option<u8>,
}

/// One objective and what was reached.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectiveRecord<'a> {
    /// Its name, as [`bartizan_engine::Objective::name`] gives it.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// The user it favours, if it favours one.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Name<'a>>,
    /// What was reached.
    pub value: i64,
    /// What cannot be exceeded, or fallen below where least is best.
    pub bound: i64,
    /// Whether the two are equal.
    pub proven: bool,
}

/// What is proven, and why.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof<C> {
    /// Whether every objective is proven.
    pub status: Status,
    /// The bound of the first objective that is not proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<i64>,
    /// Why nothing better exists, for the checker.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub certificate: Option<C>,
}

/// One member of a ring.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HopRecord<'a> {
    /// Who gives; null where the round names nobody.
    #[serde(borrow, default)]
    pub user: Option<Name<'a>>,
    /// What is given.
    #[serde(borrow)]
    pub item: Cow<'a, str>,
    /// Whose item is received; null where the round names nobody.
    #[serde(borrow, default)]
    pub receives_user: Option<Name<'a>>,
    /// What is received.
    #[serde(borrow)]
    pub receives_item: Cow<'a, str>,
    /// The dummies through which the want was expressed.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<Name<'a>>,
    /// The money asked, when a bid is received, in the round's own unit.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub price: i64,
    /// The place in the item's own list of the want that was granted, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<usize>,
}

/// An item and its user.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemRecord<'a> {
    /// Whose it is; null where the round names nobody.
    #[serde(borrow, default)]
    pub user: Option<Name<'a>>,
    /// Its name.
    #[serde(borrow)]
    pub item: Cow<'a, str>,
}

/// A name that is borrowed wherever the text allows it, also within options and lists.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Name<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// Writes the document, with `certificate` in its proof.
///
/// # Errors
/// When `out` fails, or the certificate cannot be written as JSON.
pub fn write<C: Serialize>(
    out: &mut impl Write,
    clearing: &Clearing<'_>,
    certificate: Option<&C>,
) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Rows::default());
    write_document(&mut serializer, clearing, certificate)?;
    out.write_all(b"\n")
}

/// Writes the document of an outcome that a mechanism made: it has no objectives, and no proof but that the mechanism makes it again.
///
/// # Errors
/// When `out` fails.
pub fn write_made(
    out: &mut impl Write,
    clearing: &Clearing<'_>,
    mechanism: &MechanismRecord<'_>,
) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Rows::default());
    let mut document = serializer.serialize_map(None)?;
    document.serialize_entry("format", FORMAT)?;
    document.serialize_entry("version", &VERSION)?;
    document.serialize_entry("mechanism", mechanism)?;
    document.serialize_entry("summary", &Summary::of(clearing))?;
    document.serialize_entry("rings", &Rings(clearing, &clearing.rings))?;
    if !clearing.chains.is_empty() {
        document.serialize_entry("chains", &Rings(clearing, &clearing.chains))?;
    }
    document.serialize_entry("untraded", &Untraded(clearing))?;
    SerializeMap::end(document)?;
    out.write_all(b"\n")
}

/// Reads a document.
///
/// # Errors
/// Says where the text stops being a document of this format and version.
pub fn read<'a, C: Deserialize<'a>>(text: &'a [u8]) -> Result<OutcomeDocument<'a, C>, ReadError> {
    Ok(crate::json::read(text)?)
}

fn write_document<S: Serializer, C: Serialize>(
    serializer: S,
    clearing: &Clearing<'_>,
    certificate: Option<&C>,
) -> Result<S::Ok, S::Error> {
    let mut document = serializer.serialize_map(None)?;
    document.serialize_entry("format", FORMAT)?;
    document.serialize_entry("version", &VERSION)?;
    document.serialize_entry("summary", &Summary::of(clearing))?;
    document.serialize_entry("objectives", &objectives(clearing))?;
    document.serialize_entry("proof", &proof(clearing, certificate))?;
    document.serialize_entry("rings", &Rings(clearing, &clearing.rings))?;
    document.serialize_entry("untraded", &Untraded(clearing))?;
    document.end()
}

impl Summary {
    /// The figures of `clearing`.
    pub(super) fn of(clearing: &Clearing<'_>) -> Self {
        let figures = &clearing.figures;
        let decimals = clearing.round().money_decimals;
        Summary {
            items: figures.items,
            items_traded: figures.items_traded,
            users: figures.users,
            users_trading: figures.users_trading,
            rings: figures.ring_sizes.len(),
            largest_ring: figures.largest_ring(),
            ring_sizes: figures.ring_sizes.clone(),
            sum_of_squares: figures.sum_of_squares,
            chain_sizes: figures.chain_sizes.clone(),
            total_cost: figures.total_cost,
            money_moved: (figures.bids > 0).then_some(figures.money_moved),
            money_decimals: (figures.bids > 0 && decimals > 0).then_some(decimals),
        }
    }
}

fn objectives<'a>(clearing: &Clearing<'a>) -> Vec<ObjectiveRecord<'a>> {
    let record = |level: &bartizan_engine::Level| ObjectiveRecord {
        name: level.objective.name().into(),
        user: favored(clearing.round(), level.objective).map(Name::from),
        value: level.value,
        bound: level.bound,
        proven: level.value == level.bound,
    };
    clearing.outcome.levels.iter().map(record).collect()
}

fn proof<C>(clearing: &Clearing<'_>, certificate: Option<C>) -> Proof<C> {
    let open = clearing.outcome.levels.iter().find(|level| level.value != level.bound);
    let status = Status::of(open.is_none());
    Proof { status, bound: open.map(|level| level.bound), certificate }
}

struct Rings<'a>(&'a Clearing<'a>, &'a [Vec<Hop>]);

impl Serialize for Rings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.1.iter().map(|ring| RingMembers(self.0, ring)))
    }
}

struct RingMembers<'a>(&'a Clearing<'a>, &'a [Hop]);

impl Serialize for RingMembers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let RingMembers(clearing, ring) = self;
        serializer.collect_seq(ring.iter().map(|hop| HopRecord {
            user: clearing.user_name(hop.item).map(Name::from),
            item: clearing.item_name(hop.item).into(),
            receives_user: clearing.user_name(hop.receives).map(Name::from),
            receives_item: clearing.item_name(hop.receives).into(),
            via: hop.via.iter().map(|&dummy| clearing.item_name(dummy).into()).collect(),
            price: hop.price,
            rank: Some(clearing.place(hop)),
        }))
    }
}

struct Untraded<'a>(&'a Clearing<'a>);

impl Serialize for Untraded<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Untraded(clearing) = self;
        serializer.collect_seq(clearing.untraded().map(|item| ItemRecord {
            user: clearing.user_name(item).map(Name::from),
            item: clearing.item_name(item).into(),
        }))
    }
}

impl<'a> From<&'a str> for Name<'a> {
    fn from(name: &'a str) -> Self {
        Name(name.into())
    }
}

impl<'de> Deserialize<'de> for FormatTag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let format: Cow<'de, str> = Deserialize::deserialize(deserializer)?;
        if format == FORMAT {
            Ok(FormatTag)
        } else {
            Err(D::Error::invalid_value(Unexpected::Str(&format), &FORMAT))
        }
    }
}

impl<'de> Deserialize<'de> for VersionTag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let version: u32 = Deserialize::deserialize(deserializer)?;
        if version == VERSION {
            Ok(VersionTag)
        } else {
            Err(D::Error::invalid_value(Unexpected::Unsigned(version.into()), &"version 1"))
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn is_zero(price: &i64) -> bool {
    *price == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::Sample;

    fn text(sample: &Sample) -> String {
        let mut out = Vec::new();
        write(&mut out, &sample.clearing(), Some(&serde_json::json!({"prices": [[1, -2], []]}))).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_whole_document_of_a_small_round() {
        assert_eq!(text(&Sample::fair()), include_str!("json.expected.json"));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let sample = Sample::fair();
        let clearing = sample.clearing();
        let text = text(&sample);
        let document: OutcomeDocument<'_> = read(text.as_bytes()).unwrap();
        assert_eq!(document.summary, Some(Summary::of(&clearing)));
        assert_eq!(document.objectives, objectives(&clearing));
        assert_eq!(document.proof.unwrap().status, Status::Bounded);
        assert_eq!(document.rings.iter().map(Vec::len).collect::<Vec<_>>(), [4, 2]);
        let through_dummy = &document.rings[1][0];
        assert_eq!((&*through_dummy.via[0].0, through_dummy.rank), ("%x", Some(2)));
        assert!(matches!(through_dummy.receives_user, Some(Name(Cow::Borrowed("eve")))));
        assert_eq!(document.untraded.unwrap()[1], ItemRecord { user: None, item: "a4".into() });
    }

    #[test]
    fn amounts_stay_integers_and_the_summary_tells_their_unit() {
        let text = text(&Sample::fair_in_cents());
        assert!(text.contains("\"money_moved\": 30,\n    \"money_decimals\": 2\n"), "{text}");
        assert!(text.contains("\"price\": 30"), "{text}");
        let document: OutcomeDocument<'_> = read(text.as_bytes()).unwrap();
        assert_eq!(document.summary.unwrap().money_decimals, Some(2));
    }

    #[test]
    fn hostile_names_survive() {
        let names = ["\"},{\"", "\u{0}\n\\", "</script>", "\u{202E}x\u{1F600}"];
        let sample = Sample::rings(&[names.len()], |index| names[index].into());
        let text = text(&sample);
        let document: OutcomeDocument<'_> = read(text.as_bytes()).unwrap();
        let read: Vec<&str> = document.rings[0].iter().map(|hop| &*hop.item).collect();
        assert_eq!(read, names);
        assert_eq!(document.proof.unwrap().status, Status::Optimal);
    }

    #[test]
    fn errors_tell_where_and_what() {
        let told = |text: &str| read::<serde_json::Value>(text.as_bytes()).unwrap_err().to_string();
        let whole = text(&Sample::fair());
        let spoilt = |from: &str, to: &str| told(&whole.replacen(from, to, 1));
        assert_eq!(
            spoilt("bartizan-outcome", "other"),
            "line 2, column 19: bartizan-outcome is expected in `format`, not the text \"other\""
        );
        assert_eq!(
            spoilt("\"version\": 1", "\"version\": 2"),
            "line 3, column 14: version 1 is expected in `version`, not 2"
        );
        assert!(spoilt("\"rank\": 1}", "\"rank\": -1}").starts_with("line 32, column 9"));
        assert!(spoilt("\"rank\"", "\"rang\"").contains("unknown field `rang`"));
        assert!(told(&whole[..whole.len() / 2]).contains("the text ends"));
    }

    #[test]
    fn the_schema_names_every_field() {
        let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
        let document: serde_json::Value = serde_json::from_str(&text(&Sample::fair_in_cents())).unwrap();
        for field in document.as_object().unwrap().keys() {
            assert!(schema["properties"].get(field).is_some(), "{field}");
        }
        for (field, definition) in [("summary", "summary"), ("proof", "proof")] {
            for inner in document[field].as_object().unwrap().keys() {
                assert!(schema["$defs"][definition]["properties"].get(inner).is_some(), "{inner}");
            }
        }
        for hop in document["rings"].as_array().unwrap().iter().flat_map(|ring| ring.as_array().unwrap()) {
            for field in hop.as_object().unwrap().keys() {
                assert!(schema["$defs"]["member"]["properties"].get(field).is_some(), "{field}");
            }
        }
    }
}
