//! Bartizan's own rounds as JSON, read and written. `round.schema.json` beside this file describes
//! the document; what it says and what is read here agree.
//!
//! ```json
//! {"format": "bartizan-round", "version": 1, "objectives": ["items", "cost", {"favor": "ann"}],
//!  "seed": 1, "nontrade_cost": 1000000000, "users": [{"name": "ann", "limit": 50}],
//!  "items": [{"name": "A", "user": "ann", "wants": ["B", {"item": "C", "cost": 3}]}]}
//! ```
//!
//! Beside want lists there are exchanges of bundles (`bundles`), caps and limits: then [`read_bundles`] reads the round. If all of them are of
//! one for one, they are want lists again (`plain`).
//!
//! Nothing here is forgiven: a name that is misspelt, repeated or not allowed where it stands is an
//! error. Names are compared exactly; a dummy's name starts with `%` and is private to its user.
//! A want without a cost costs 1 if any want of the round has one. Amounts of money are integers, whose
//! last `"money_decimals"` digits stand behind the decimal point. [`write()`] then read gives the
//! same round. Names without escapes borrow from the text.

mod bundles;
mod document;
mod exchanges;
mod names;
mod plain;
mod text;

use std::borrow::Cow;
use std::io::{self, Write};

use bartizan_engine::{ItemIndex, ItemKind, Objective, Round, UserIndex, limits};

use self::document::{Document, FORMAT_NAME, ItemEntry, ObjectiveEntry, UserEntry, VERSION, WantEntry};
use self::names::{NONTRADE_COST, Names};
use self::text::{Offence, Text};
use super::{Format, ReadError, Reading};
use crate::bundle::Bundles;

/// The name of this format.
pub const NAME: &str = "json";

/// What [`crate::format::FORMATS`] lists.
pub(super) const FORMAT: Format = Format { name: NAME, about: "Bartizan's own JSON", detect, read };

/// The JSON Schema of the document.
pub const SCHEMA: &str = include_str!("round.schema.json");

fn detect(text: &[u8]) -> bool {
    without_mark(text).iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text)
}

fn read(text: &[u8]) -> Result<Reading<'_>, ReadError> {
    let text = without_mark(text);
    let document = document(text)?;
    let mut remarks = Vec::new();
    let names = Names::of(&document).map_err(|offence| offence.locate(text))?;
    let round = if bundles::are_in(&document) {
        let bundles = bundles::bundles(names, &document).map_err(|offence| offence.locate(text))?;
        remarks.push("every exchange is of one for one: read as want lists".to_owned());
        let seed = document.seed.unwrap_or(1);
        plain::round(bundles, seed).map_err(|why| {
            let message =
                format!("{why}: clear, verify and explain take it, others expect exchanges of one for one");
            ReadError { line: 1, column: 1, message }
        })?
    } else {
        Reader(names).round(&document).map_err(|offence| offence.locate(text))?
    };
    if let Some(broken) = round.check() {
        return Err(ReadError { line: 1, column: 1, message: broken });
    }
    let mut reading = Reading { round, format: FORMAT.name, remarks, ..Reading::default() };
    reading.display.case_sensitive = true;
    Ok(reading)
}

fn document(text: &[u8]) -> Result<Document<'_>, ReadError> {
    crate::json::read(text).map_err(|malformed| {
        let mut error = ReadError::from(malformed);
        if !error.message.contains("expected") {
            error.message.push_str("; expected a round as JSON");
        }
        error
    })
}

/// The round of bundles that a text says, if it says one that is no round of want lists.
///
/// # Errors
/// What is wrong with it, and where.
pub fn read_bundles(text: &[u8]) -> Result<Option<Bundles<'_>>, ReadError> {
    let text = without_mark(text);
    if !detect(text) || !bundles::MARKS.iter().any(|mark| memchr::memmem::find(text, mark).is_some()) {
        return Ok(None);
    }
    let document = document(text)?;
    if !bundles::are_in(&document) {
        return Ok(None);
    }
    let names = Names::of(&document).map_err(|offence| offence.locate(text))?;
    let bundles = bundles::bundles(names, &document).map_err(|offence| offence.locate(text))?;
    Ok(plain::obstacle(&bundles).map(|why| Bundles { why, ..bundles }))
}

/// The names of the items that an exchange of a document may give; `None` if none has that name.
pub fn given_by<'a>(text: &'a [u8], exchange: &str) -> Option<Vec<Cow<'a, str>>> {
    let document = document(without_mark(text)).ok()?;
    let own = document.exchanges.into_iter().find(|own| own.name.0 == exchange)?;
    Some(own.gives.into_iter().flat_map(exchanges::names).map(|name| name.0).collect())
}

/// The round of a document.
struct Reader<'a>(Names<'a>);

impl<'a> Reader<'a> {
    fn round(self, document: &Document<'a>) -> Result<Round<'a>, Offence<'a>> {
        let money_decimals = document.money_decimals;
        let nontrade_cost = document.nontrade_cost.unwrap_or(NONTRADE_COST);
        let seed = document.seed.unwrap_or(1);
        let mut round = Round { nontrade_cost, seed, money_decimals, ..Round::default() };
        let wants = || document.items.iter().flat_map(|item| &item.wants);
        let has_costs = wants().any(|want| want.cost.is_some());
        let has_money = self.0.items.iter().any(|item| matches!(item.kind, ItemKind::Bid(_)))
            || wants().any(|want| want.price.is_some());
        round.wants.first.push(0);
        let mut taken_by = vec![usize::MAX; self.0.items.len()];
        for (place, item) in document.items.iter().enumerate() {
            for want in &item.wants {
                let wanted = self.wanted(place, want)?;
                if std::mem::replace(&mut taken_by[wanted], place) == place {
                    return Offence::new(&want.item, format!("{} is wanted twice; expected once", want.item));
                }
                round.wants.item.push(ItemIndex(wanted as u32));
                let default = i64::from(self.0.items[place].kind != ItemKind::Dummy);
                if has_costs {
                    round.wants.cost.push(want.cost.unwrap_or(default));
                }
                if has_money {
                    round.wants.price.push(want.price.unwrap_or(0));
                }
            }
            round.wants.first.push(round.wants.item.len() as u32);
        }
        round.objectives = self.0.objectives(document, has_costs)?;
        Ok(Round { users: self.0.users, items: self.0.items, ..round })
    }

    /// The item that `want` names in the list of the item at `place`.
    fn wanted(&self, place: usize, want: &WantEntry<'a>) -> Result<usize, Offence<'a>> {
        let taker = &self.0.items[place];
        let name = &want.item;
        let of = format!("in the wants of {}", taker.name);
        let scope = name.0.starts_with('%').then(|| taker.user.map_or(u32::MAX, |user| user.0));
        let Some(&wanted) = self.0.item_of.get(&(scope, name.0.clone())).filter(|_| scope != Some(u32::MAX))
        else {
            return Offence::new(
                name,
                format!("unknown item {name} {of}; expected the name of an item listed here"),
            );
        };
        let wanted = wanted as usize;
        if wanted == place {
            return Offence::new(name, format!("{name} wants itself; expected another item"));
        }
        if scope.is_none() && taker.user.is_some() && taker.user == self.0.items[wanted].user {
            return Offence::new(
                name,
                format!("{name} {of} belongs to the same user; expected another user's item"),
            );
        }
        let dummy = taker.kind == ItemKind::Dummy;
        let most = if dummy { 0 } else { limits::MAX_COST };
        if want.cost.is_some_and(|cost| !(0..=most).contains(&cost)) {
            return Offence::new(name, format!("cost of {name} {of}: expected 0 to {most}"));
        }
        let most = if matches!(self.0.items[wanted].kind, ItemKind::Bid(_)) { limits::MAX_AMOUNT } else { 0 };
        if want.price.is_some_and(|price| !(0..=most).contains(&price)) {
            return Offence::new(name, format!("price of {name} {of}: expected 0 to {most}"));
        }
        Ok(wanted)
    }
}

/// Writes `round` as a document, one item a line.
///
/// # Errors
/// What `out` returns.
pub fn write(round: &Round<'_>, out: &mut impl Write) -> io::Result<()> {
    let name = |user: UserIndex| Text(Cow::Borrowed(&*round.users[user.at()].name));
    let objectives: Vec<_> = round
        .objectives
        .iter()
        .map(|objective| match *objective {
            Objective::Items => ObjectiveEntry::Items,
            Objective::Cost => ObjectiveEntry::Cost,
            Objective::WeightedCost => ObjectiveEntry::WeightedCost,
            Objective::Users => ObjectiveEntry::Users,
            Objective::UserSquares => ObjectiveEntry::UserSquares,
            Objective::Favor(user) => ObjectiveEntry::Favor(name(user)),
        })
        .collect();
    writeln!(out, "{{\"format\": \"{FORMAT_NAME}\", \"version\": {VERSION},")?;
    write!(out, " \"objectives\": ")?;
    serde_json::to_writer(&mut *out, &objectives)?;
    write!(out, ",\n \"seed\": {}, \"nontrade_cost\": {},", round.seed, round.nontrade_cost)?;
    if round.money_decimals > 0 {
        write!(out, " \"money_decimals\": {},", round.money_decimals)?;
    }
    writeln!(out, "\n \"users\": [")?;
    for (place, user) in round.users.iter().enumerate() {
        let name = name(UserIndex(place as u32));
        let entry =
            UserEntry { name, limit: user.limit, gives_most: None, receives_most: None, refuses: Vec::new() };
        line(out, &entry, place + 1 == round.users.len())?;
    }
    writeln!(out, " ],\n \"items\": [")?;
    for (place, item) in round.items.iter().enumerate() {
        let wants = round.wants.range(ItemIndex(place as u32)).map(|want| {
            let wanted = &round.items[round.wants.item[want].at()];
            let price = round.wants.price.get(want).copied();
            WantEntry {
                item: Text(Cow::Borrowed(&*wanted.name)),
                cost: round.wants.cost.get(want).copied(),
                price: price.filter(|_| matches!(wanted.kind, ItemKind::Bid(_))),
            }
        });
        let entry = ItemEntry {
            name: Text(Cow::Borrowed(&*item.name)),
            user: item.user.map(name),
            title: (!item.title.is_empty()).then(|| Text(Cow::Borrowed(&*item.title))),
            dummy: item.kind == ItemKind::Dummy,
            bid: if let ItemKind::Bid(amount) = item.kind { Some(amount) } else { None },
            units: None,
            wants: wants.collect(),
        };
        line(out, &entry, place + 1 == round.items.len())?;
    }
    writeln!(out, " ]\n}}")
}

fn line(out: &mut impl Write, entry: &impl serde::Serialize, last: bool) -> io::Result<()> {
    write!(out, "  ")?;
    serde_json::to_writer(&mut *out, entry)?;
    writeln!(out, "{}", if last { "" } else { "," })
}

#[cfg(test)]
mod tests;
