//! The JSON of the United Kingdom's living kidney sharing scheme, as its research programs write it.
//!
//! Schema 1: `{"data": {donor: {"sources": [recipient], "dage", "bloodtype", "matches": [{"recipient", "score"}], "altruistic"}},
//! "recipients": {recipient: {..}}}`; a donor without sources is an altruist.
//! Schema 2: `{"schema": 2, "donors": [{"id", "age", "bloodtype", "paired_recipients": [id], "outgoing_transplants": [{"recipient",
//! "score"}]}], "recipients": [{"id", "cPRA", "bloodtype"}]}`; a donor without paired recipients is an altruist.
//!
//! A node is a recipient with all their donors, of whom one gives; of several donors with the same receiver the best
//! score counts. A donor paired with several recipients gives for one of them at most: a pass. Fields that
//! do not matter here may be anything.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;

use super::fields::{Field, Offence, weight};
use super::gathered::Gathered;
use super::place::{Step, place};
use super::{MAX_NODES, PoolError, PoolFormat, PoolReading};
use crate::format::ReadError;

/// What the registry lists.
pub(super) const FORMAT: PoolFormat =
    PoolFormat { name: "uk", about: "JSON of the UK's scheme, schema 1 and 2", ending: None, detect, read };

fn detect(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text).trim_ascii_start();
    let mut keys = memchr::memmem::find_iter(text, b"\"").take(1).map(|at| &text[at + 1..]);
    let known: [&[u8]; 4] = [b"data\"", b"recipients\"", b"schema\"", b"donors\""];
    text.starts_with(b"{") && keys.next().is_some_and(|key| known.iter().any(|known| key.starts_with(known)))
}

/// An id: a text or a number.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Id<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Number(i64),
}

impl Id<'_> {
    fn name(&self) -> String {
        match self {
            Id::Text(text) => text.to_string(),
            Id::Number(number) => number.to_string(),
        }
    }
}

#[derive(Debug, Deserialize)]
struct Match<'a> {
    #[serde(borrow)]
    recipient: Id<'a>,
    #[serde(default = "one")]
    score: serde_json::Number,
}

fn one() -> serde_json::Number {
    1.into()
}

#[derive(Debug, Deserialize)]
struct OldDonor<'a> {
    #[serde(borrow, default)]
    sources: Vec<Id<'a>>,
    #[serde(borrow, default)]
    matches: Vec<Match<'a>>,
    #[serde(default)]
    altruistic: bool,
}

#[derive(Debug, Deserialize)]
struct Donor<'a> {
    #[serde(borrow)]
    id: Id<'a>,
    #[serde(borrow, default)]
    paired_recipients: Vec<Id<'a>>,
    #[serde(borrow, default)]
    outgoing_transplants: Vec<Match<'a>>,
}

#[derive(Debug, Deserialize)]
struct Recipient<'a> {
    #[serde(borrow)]
    id: Id<'a>,
}

#[derive(Debug, Deserialize)]
struct Document<'a> {
    #[serde(borrow, default)]
    data: Option<Ordered<OldDonor<'a>>>,
    #[serde(borrow, default)]
    donors: Option<Vec<Donor<'a>>>,
    #[serde(default)]
    schema: Option<u64>,
    #[serde(borrow, default)]
    recipients: Option<Recipients<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Recipients<'a> {
    Listed(#[serde(borrow)] Vec<Recipient<'a>>),
    Named(Ordered<serde_json::Value>),
}

/// The members of a JSON object in their order, repeated names among them.
#[derive(Debug)]
struct Ordered<V>(Vec<(String, V)>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Ordered<V> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<V>(std::marker::PhantomData<V>);
        impl<'de, V: Deserialize<'de>> serde::de::Visitor<'de> for Members<V> {
            type Value = Ordered<V>;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Ordered(members))
            }
        }
        deserializer.deserialize_map(Members(std::marker::PhantomData))
    }
}

/// A donor of either schema, and where it stands.
struct Giver {
    name: String,
    recipients: Vec<String>,
    matches: Vec<(String, i64)>,
    place: Place,
}

/// Where a donor stands, and what the fields of its kind are called.
#[derive(Clone, Copy)]
struct Place {
    list: &'static str,
    number: usize,
    sources: &'static str,
    matches: &'static str,
}

impl Place {
    fn way(self) -> Vec<Step> {
        vec![Step::Field(self.list), Step::Nth(self.number)]
    }

    /// To one of those for whom the donor gives.
    fn source(self, number: usize) -> Vec<Step> {
        [&self.way()[..], &[Step::Field(self.sources), Step::Nth(number)]].concat()
    }

    /// To a field of one of those to whom the donor can give.
    fn matched(self, number: usize, field: &'static str) -> Vec<Step> {
        [&self.way()[..], &[Step::Field(self.matches), Step::Nth(number), Step::Field(field)]].concat()
    }
}

/// What is wrong in sound JSON, and the way to it.
struct Wrong {
    way: Vec<Step>,
    message: String,
}

fn wrong(way: Vec<Step>, message: impl Into<String>) -> Wrong {
    Wrong { way, message: message.into() }
}

fn read(text: &[u8], altruists: Option<&[u8]>) -> Result<PoolReading, PoolError> {
    if altruists.is_some() {
        return Err(PoolError::NoSecondFile);
    }
    let mark = if text.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let json = &text[mark..];
    let document: Document<'_> =
        crate::json::read(json).map_err(|malformed| PoolError::Text(ReadError::from(malformed)))?;
    pool(document)
        .map_err(|wrong| PoolError::Text(Offence::new(place(json, &wrong.way), wrong.message).locate(json)))
}

fn pool(document: Document<'_>) -> Result<PoolReading, Wrong> {
    if document.schema.is_some_and(|schema| !(1..=2).contains(&schema)) {
        return Err(wrong(vec![Step::Field("schema")], "\"schema\" is neither 1 nor 2"));
    }
    let givers = match (document.data, document.donors) {
        (Some(data), None) => {
            data.0.into_iter().enumerate().map(old_giver).collect::<Result<Vec<Giver>, _>>()?
        }
        (None, Some(donors)) => donors.iter().enumerate().map(giver).collect::<Result<Vec<Giver>, _>>()?,
        _ => {
            return Err(wrong(Vec::new(), "expected either \"data\" (schema 1) or \"donors\" (schema 2)"));
        }
    };
    let mut gathered = Gathered::default();
    let nodes = nodes(document.recipients, &givers, &mut gathered)?;
    add_arcs(&givers, &nodes, &mut gathered)?;
    // Arcs are each once by now, so nothing is wrong with them.
    gathered.finish(FORMAT.name).map_err(|offence| wrong(Vec::new(), offence.message))
}

/// Makes each recipient a node.
fn nodes(
    recipients: Option<Recipients<'_>>,
    givers: &[Giver],
    gathered: &mut Gathered,
) -> Result<HashMap<String, u32>, Wrong> {
    let mut nodes: HashMap<String, u32> = HashMap::new();
    let listed = listed(recipients, givers);
    if listed.len() + givers.len() > MAX_NODES {
        return Err(wrong(Vec::new(), format!("a pool has at most {MAX_NODES} nodes")));
    }
    for (number, name) in listed.into_iter().enumerate() {
        if nodes.insert(name.clone(), gathered.names.len() as u32).is_some() {
            let way = vec![Step::Field("recipients"), Step::Nth(number)];
            return Err(wrong(way, format!("recipient {name} is listed a second time")));
        }
        gathered.add_node(format!("recipient {name}"), false);
    }
    Ok(nodes)
}

/// Makes altruists nodes, and what donors can give arcs, of several between the same two by the same donor's pass the best.
/// More recipients a donor does not have.
const MOST_RECIPIENTS: usize = 64;

fn add_arcs(givers: &[Giver], nodes: &HashMap<String, u32>, gathered: &mut Gathered) -> Result<(), Wrong> {
    let node_of = |name: &String, way: &dyn Fn() -> Vec<Step>| {
        let unknown = || wrong(way(), format!("there is no recipient {name} in the list of recipients"));
        nodes.get(name).copied().ok_or_else(unknown)
    };
    let mut best: HashMap<(u32, u32, Vec<u32>), i64> = HashMap::new();
    let mut pass_count = 0;
    let mut seen = std::collections::HashSet::new();
    for giver in givers {
        let place = giver.place;
        if !seen.insert(&giver.name) {
            return Err(wrong(place.way(), format!("donor {} is listed a second time", giver.name)));
        }
        let sources = giver.recipients.iter().enumerate();
        let sources = sources.map(|(number, name)| node_of(name, &|| place.source(number)));
        let mut tails = sources.collect::<Result<Vec<u32>, _>>()?;
        if tails.len() > MOST_RECIPIENTS {
            let told = format!(
                "donor {} has {} recipients; expected at most {MOST_RECIPIENTS}",
                giver.name,
                tails.len()
            );
            return Err(wrong(place.source(MOST_RECIPIENTS), told));
        }
        if let Some(number) = (1..tails.len()).find(|&number| tails[..number].contains(&tails[number])) {
            let told =
                format!("donor {} has recipient {} a second time", giver.name, giver.recipients[number]);
            return Err(wrong(place.source(number), told));
        }
        if tails.is_empty() {
            tails.push(gathered.names.len() as u32);
            gathered.add_node(format!("donor {}", giver.name), true);
        }
        let passes = if tails.len() > 1 { vec![pass_count] } else { Vec::new() };
        pass_count += passes.len() as u32;
        let mut given = std::collections::HashSet::new();
        for (number, (receiver, score)) in giver.matches.iter().enumerate() {
            let way = || place.matched(number, "recipient");
            let head = node_of(receiver, &way)?;
            if !given.insert(head) {
                let told = format!("donor {} gives to recipient {receiver} a second time", giver.name);
                return Err(wrong(way(), told));
            }
            for &tail in tails.iter().filter(|&&tail| tail != head) {
                let known = best.entry((tail, head, passes.clone())).or_default();
                *known = (*known).max(*score);
            }
        }
    }
    for ((tail, head, passes), score) in best {
        let added = gathered.add_arc_with_passes(tail, head, score, passes, 0);
        added.map_err(|offence| wrong(Vec::new(), offence.message))?;
    }
    Ok(())
}

/// The names of the recipients: those listed, or where a document of schema 1 lists none, those with donors.
fn listed(recipients: Option<Recipients<'_>>, givers: &[Giver]) -> Vec<String> {
    match recipients {
        Some(Recipients::Listed(list)) => list.iter().map(|recipient| recipient.id.name()).collect(),
        Some(Recipients::Named(members)) => members.0.into_iter().map(|(name, _)| name).collect(),
        None => {
            let mut known: Vec<String> = givers.iter().flat_map(|giver| giver.recipients.clone()).collect();
            known.sort();
            known.dedup();
            known
        }
    }
}

fn old_giver((number, (name, donor)): (usize, (String, OldDonor<'_>))) -> Result<Giver, Wrong> {
    let place = Place { list: "data", number, sources: "sources", matches: "matches" };
    if donor.altruistic && !donor.sources.is_empty() {
        let told = format!("donor {name} is altruistic and has sources; expected one or the other");
        return Err(wrong(place.way(), told));
    }
    let recipients = donor.sources.iter().map(Id::name).collect();
    let matches = scored(&name, &donor.matches, place)?;
    Ok(Giver { name, recipients, matches, place })
}

fn giver((number, donor): (usize, &Donor<'_>)) -> Result<Giver, Wrong> {
    let (sources, matches) = ("paired_recipients", "outgoing_transplants");
    let place = Place { list: "donors", number, sources, matches };
    let name = donor.id.name();
    let recipients = donor.paired_recipients.iter().map(Id::name).collect();
    let matches = scored(&name, &donor.outgoing_transplants, place)?;
    Ok(Giver { name, recipients, matches, place })
}

fn scored(donor: &str, matches: &[Match<'_>], place: Place) -> Result<Vec<(String, i64)>, Wrong> {
    let read = |(number, found): (usize, &Match<'_>)| {
        let score = found.score.to_string();
        let score = weight(Field::new(0, score.as_bytes())).map_err(|offence| {
            let told = format!("donor {donor}, recipient {}: {}", found.recipient.name(), offence.message);
            wrong(place.matched(number, "score"), told)
        })?;
        Ok((found.recipient.name(), score))
    };
    matches.iter().enumerate().map(read).collect()
}
