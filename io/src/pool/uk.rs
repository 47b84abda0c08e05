//! The JSON of the United Kingdom's living kidney sharing scheme, as its research programs write it.
//!
//! Schema 1: `{"data": {donor: {"sources": [recipient], "dage", "bloodtype", "matches": [{"recipient", "score"}], "altruistic"}},
//! "recipients": {recipient: {..}}}`; a donor who is said to be altruistic, or to have no sources, is an altruist.
//! Schema 2: `{"schema": 2, "donors": [{"id", "age", "bloodtype", "paired_recipients": [id], "outgoing_transplants": [{"recipient",
//! "score"}]}], "recipients": [{"id", "cPRA", "bloodtype"}]}`; a donor without paired recipients is an altruist. Schema 3 is the same, with another unit of cPRA.
//! Donors and recipients may stand in objects by their id, too.
//!
//! A node is a recipient with all their donors, of whom one gives; of several donors with the same receiver the best
//! score counts, and of equals the first in the file. A donor paired with several recipients gives for one of them at most: a pass. Fields of the schemas, and those of pools that change with
//! time, that do not matter here may be anything; others are refused, since they may be misspelt.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::fields::{Field, Offence, weight};
use super::gathered::Gathered;
use super::{Donors, MAX_NODES, PoolError, PoolFormat, PoolReading};
use crate::format::ReadError;
use crate::place::{Step, place};

/// What the registry lists.
pub(super) const FORMAT: PoolFormat =
    PoolFormat { name: "uk", about: "JSON of the UK's scheme, schema 1 to 3", ending: None, detect, read };

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

/// To whom a donor can give.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Match<'a> {
    #[serde(borrow)]
    recipient: Id<'a>,
    #[serde(default = "one")]
    score: serde_json::Number,
}

fn one() -> serde_json::Number {
    1.into()
}

/// A donor of schema 1, by name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some fields are known so that others can be refused")]
struct OldDonor<'a> {
    #[serde(borrow)]
    sources: Option<Vec<Id<'a>>>,
    #[serde(borrow, default)]
    matches: Vec<Match<'a>>,
    altruistic: Option<bool>,
    dage: Option<IgnoredAny>,
    bloodtype: Option<IgnoredAny>,
    bloodgroup: Option<IgnoredAny>,
    arrival: Option<IgnoredAny>,
    departure: Option<IgnoredAny>,
    temporary_departures: Option<IgnoredAny>,
}

/// A donor of schema 2 or 3.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some fields are known so that others can be refused")]
struct Donor<'a> {
    #[serde(borrow)]
    id: Option<Id<'a>>,
    #[serde(borrow, default)]
    paired_recipients: Vec<Id<'a>>,
    #[serde(borrow, default)]
    outgoing_transplants: Vec<Match<'a>>,
    age: Option<IgnoredAny>,
    bloodtype: Option<IgnoredAny>,
    properties: Option<IgnoredAny>,
    arrival: Option<IgnoredAny>,
    departure: Option<IgnoredAny>,
    temporary_departures: Option<IgnoredAny>,
}

/// A recipient of any schema.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some fields are known so that others can be refused")]
struct Recipient<'a> {
    #[serde(borrow)]
    id: Option<Id<'a>>,
    age: Option<IgnoredAny>,
    #[serde(rename = "cPRA")]
    calculated_pra: Option<IgnoredAny>,
    pra: Option<IgnoredAny>,
    bloodtype: Option<IgnoredAny>,
    bloodgroup: Option<IgnoredAny>,
    #[serde(rename = "hasBloodCompatibleDonor")]
    has_blood_compatible_donor: Option<IgnoredAny>,
    properties: Option<IgnoredAny>,
    arrival: Option<IgnoredAny>,
    departure: Option<IgnoredAny>,
    temporary_departures: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some fields are known so that others can be refused")]
struct Document<'a> {
    #[serde(borrow)]
    data: Option<Members<OldDonor<'a>>>,
    #[serde(borrow)]
    donors: Option<Members<Donor<'a>>>,
    schema: Option<u64>,
    #[serde(borrow)]
    recipients: Option<Members<Recipient<'a>>>,
    failing_transplants: Option<IgnoredAny>,
}

/// What stands in a JSON list, or in an object with the names, in its order, repeated names among them.
#[derive(Debug)]
struct Members<V>(Vec<(Option<String>, V)>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Members<V> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read<V>(std::marker::PhantomData<V>);
        impl<'de, V: Deserialize<'de>> serde::de::Visitor<'de> for Read<V> {
            type Value = Members<V>;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("a list, or an object by name")
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = list.next_element()? {
                    members.push((None, member));
                }
                Ok(Members(members))
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((name, member)) = map.next_entry()? {
                    members.push((Some(name), member));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_any(Read(std::marker::PhantomData))
    }
}

/// What the member at this place is called: by its id, or else by its name in an object.
fn called(id: Option<&Id<'_>>, name: Option<&String>, way: impl Fn() -> Vec<Step>) -> Result<String, Wrong> {
    let id = id.map(Id::name).or_else(|| name.cloned());
    id.ok_or_else(|| wrong(way(), "the field \"id\" is missing"))
}

/// A donor of either schema, and where it stands.
struct Giver {
    name: String,
    recipients: Vec<String>,
    matches: Vec<(String, i64)>,
    place: Place,
}

impl Giver {
    /// What the outcome calls it.
    fn shown(&self) -> String {
        format!("donor {}", self.name)
    }
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
    if document.schema.is_some_and(|schema| !(1..=3).contains(&schema)) {
        return Err(wrong(vec![Step::Field("schema")], "\"schema\": expected 1, 2 or 3"));
    }
    let givers = match (document.data, document.donors) {
        (Some(data), None) => {
            data.0.into_iter().enumerate().map(old_giver).collect::<Result<Vec<Giver>, _>>()?
        }
        (None, Some(donors)) => donors.0.iter().enumerate().map(giver).collect::<Result<Vec<Giver>, _>>()?,
        _ => {
            return Err(wrong(
                Vec::new(),
                "expected either \"data\" (schema 1) or \"donors\" (schema 2 and 3)",
            ));
        }
    };
    let mut gathered = Gathered::default();
    let nodes = nodes(document.recipients, &givers, &mut gathered)?;
    let donors = add_arcs(&givers, &nodes, &mut gathered)?;
    // Arcs are each once by now, so nothing is wrong with them.
    let reading = gathered.finish(FORMAT.name).map_err(|offence| wrong(Vec::new(), offence.message))?;
    Ok(PoolReading { donors, ..reading })
}

/// Makes each recipient a node.
fn nodes(
    recipients: Option<Members<Recipient<'_>>>,
    givers: &[Giver],
    gathered: &mut Gathered,
) -> Result<HashMap<String, u32>, Wrong> {
    let mut nodes: HashMap<String, u32> = HashMap::new();
    let listed = listed(recipients, givers)?;
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

/// More recipients a donor does not have.
const MOST_RECIPIENTS: usize = 64;

/// Makes altruists nodes, and what donors can give arcs, of several between the same two by the same donor's pass the best; returns who gives.
fn add_arcs(
    givers: &[Giver],
    nodes: &HashMap<String, u32>,
    gathered: &mut Gathered,
) -> Result<Donors, Wrong> {
    let node_of = |name: &String, way: &dyn Fn() -> Vec<Step>| {
        let unknown = || wrong(way(), format!("there is no recipient {name} in the list of recipients"));
        nodes.get(name).copied().ok_or_else(unknown)
    };
    let mut best: HashMap<(u32, u32, Vec<u32>), (i64, &Giver)> = HashMap::new();
    let mut donors = Donors::default();
    let mut donor_count: HashMap<u32, usize> = HashMap::new();
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
            let (name, count) = (&giver.name, tails.len());
            let told = format!("donor {name} has {count} recipients; expected at most {MOST_RECIPIENTS}");
            return Err(wrong(place.source(MOST_RECIPIENTS), told));
        }
        if let Some(number) = (1..tails.len()).find(|&number| tails[..number].contains(&tails[number])) {
            let told =
                format!("donor {} has recipient {} a second time", giver.name, giver.recipients[number]);
            return Err(wrong(place.source(number), told));
        }
        if tails.is_empty() {
            tails.push(gathered.names.len() as u32);
            gathered.add_node(giver.shown(), true);
        }
        for &tail in &tails {
            *donor_count.entry(tail).or_default() += 1;
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
                let known = best.entry((tail, head, passes.clone())).or_insert((*score, giver));
                if *score > known.0 {
                    *known = (*score, giver);
                }
            }
        }
        if !giver.recipients.is_empty() {
            donors.nodes.insert(giver.shown(), tails);
        }
    }
    for ((tail, head, passes), (score, giver)) in best {
        if donor_count[&tail] > 1 {
            donors.giving.insert((tail, head, passes.clone()), giver.shown());
        }
        let added = gathered.add_arc_with_passes(tail, head, score, passes, 0);
        added.map_err(|offence| wrong(Vec::new(), offence.message))?;
    }
    Ok(donors)
}

/// The names of the recipients: those listed, or where a document of schema 1 lists none, those with donors.
fn listed(recipients: Option<Members<Recipient<'_>>>, givers: &[Giver]) -> Result<Vec<String>, Wrong> {
    let Some(recipients) = recipients else {
        let mut known: Vec<String> = givers.iter().flat_map(|giver| giver.recipients.clone()).collect();
        known.sort();
        known.dedup();
        return Ok(known);
    };
    let name = |(number, (name, own)): (usize, &(Option<String>, Recipient<'_>))| {
        let way = || vec![Step::Field("recipients"), Step::Nth(number)];
        called(own.id.as_ref(), name.as_ref(), way)
    };
    recipients.0.iter().enumerate().map(name).collect()
}

fn old_giver((number, (name, donor)): (usize, (Option<String>, OldDonor<'_>))) -> Result<Giver, Wrong> {
    let place = Place { list: "data", number, sources: "sources", matches: "matches" };
    let name = name
        .ok_or_else(|| wrong(vec![Step::Field("data")], "\"data\": expected an object of donors by name"))?;
    if donor.sources.is_none() && donor.altruistic.is_none() {
        let told =
            format!("donor {name} has neither \"sources\" nor \"altruistic\"; expected one or the other");
        return Err(wrong(place.way(), told));
    }
    let sources = donor.sources.unwrap_or_default();
    if let Some(is_altruistic) = donor.altruistic.filter(|&is| is != sources.is_empty()) {
        let is = if is_altruistic { "altruistic and has" } else { "not altruistic and has no" };
        let told = format!("donor {name} is {is} sources; expected one or the other");
        return Err(wrong(place.way(), told));
    }
    let recipients = sources.iter().map(Id::name).collect();
    let matches = scored(&name, &donor.matches, place)?;
    Ok(Giver { name, recipients, matches, place })
}

fn giver((number, (name, donor)): (usize, &(Option<String>, Donor<'_>))) -> Result<Giver, Wrong> {
    let (sources, matches) = ("paired_recipients", "outgoing_transplants");
    let place = Place { list: "donors", number, sources, matches };
    let name = called(donor.id.as_ref(), name.as_ref(), || place.way())?;
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
