//! Bartizan's own rounds as JSON, read and written. `round.schema.json` beside this file describes
//! the document; what it says and what is read here agree.
//!
//! ```json
//! {"format": "bartizan-round", "version": 1, "objectives": ["items", "cost", {"favor": "ann"}],
//!  "seed": 1, "nontrade_cost": 1000000000, "users": [{"name": "ann", "limit": 50}],
//!  "items": [{"name": "A", "user": "ann", "wants": ["B", {"item": "C", "cost": 3}]}]}
//! ```
//!
//! Nothing here is forgiven: a name that is misspelt, repeated or not allowed where it stands is an
//! error. Names are compared exactly; a dummy's name starts with `%` and is private to its user.
//! A want without a cost costs 1 if any want of the round has one. Amounts of money are integers, whose
//! last `"money_decimals"` digits stand behind the decimal point. [`write()`] then read gives the
//! same round. Names without escapes borrow from the text.

mod document;

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Write};

use bartizan_engine::{Item, ItemIndex, ItemKind, Objective, Round, User, UserIndex, limits};

use self::document::{Document, FORMAT_NAME, ItemEntry, ObjectiveEntry, Text, UserEntry, VERSION, WantEntry};
use super::{Format, ReadError, Reading};

/// What [`crate::format::FORMATS`] lists.
pub(super) const FORMAT: Format = Format { name: "json", about: "Bartizan's own JSON", detect, read };

/// The JSON Schema of the document.
pub const SCHEMA: &str = include_str!("round.schema.json");

/// What an item that does not trade costs when the document does not say so.
const NONTRADE_COST: i64 = 1_000_000_000;

fn detect(text: &[u8]) -> bool {
    without_mark(text).iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text)
}

fn read(text: &[u8]) -> Result<Reading<'_>, ReadError> {
    let text = without_mark(text);
    let document: Document<'_> = crate::json::read(text).map_err(|malformed| {
        let mut error = ReadError::from(malformed);
        if !error.message.contains("expected") {
            error.message.push_str("; expected a round as JSON");
        }
        error
    })?;
    let round = Reader::default().round(document).map_err(|offence| offence.locate(text))?;
    if let Some(broken) = round.check() {
        return Err(ReadError { line: 1, column: 1, message: broken });
    }
    let mut reading = Reading { round, format: FORMAT.name, ..Reading::default() };
    reading.display.case_sensitive = true;
    Ok(reading)
}

/// What is wrong with a document that is sound JSON, and the piece of text that shows it.
struct Offence<'a> {
    near: &'a str,
    message: String,
}

impl<'a> Offence<'a> {
    fn new<T>(near: &Text<'a>, message: String) -> Result<T, Offence<'a>> {
        // A name with escapes is no part of the text; then the line is unknown, and 1 stands for it.
        let near = if let Cow::Borrowed(near) = near.0 { near } else { "" };
        Err(Offence { near, message })
    }

    fn locate(self, text: &[u8]) -> ReadError {
        let at = (self.near.as_ptr() as usize).checked_sub(text.as_ptr() as usize);
        let at = at.filter(|&at| !self.near.is_empty() && at <= text.len()).unwrap_or(0);
        let before = &text[..at];
        let line = memchr::memchr_iter(b'\n', before).count() as u64 + 1;
        let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
        ReadError { line, column: (at - start) as u64 + 1, message: self.message }
    }
}

/// What the names of a document stand for.
#[derive(Default)]
struct Reader<'a> {
    users: Vec<User<'a>>,
    user_of: HashMap<Cow<'a, str>, u32>,
    items: Vec<Item<'a>>,
    item_of: HashMap<(Option<u32>, Cow<'a, str>), u32>,
}

impl<'a> Reader<'a> {
    fn round(mut self, document: Document<'a>) -> Result<Round<'a>, Offence<'a>> {
        let nowhere = Text(Cow::Borrowed(""));
        if document.format.0 != FORMAT_NAME {
            return Offence::new(&document.format, format!("unknown format; expected \"{FORMAT_NAME}\""));
        }
        if document.version != VERSION {
            let message = format!("version {} is unknown; expected {VERSION}", document.version);
            return Offence::new(&document.format, message);
        }
        let nontrade_cost = document.nontrade_cost.unwrap_or(NONTRADE_COST);
        if !(0..=limits::MAX_COST).contains(&nontrade_cost) {
            return Offence::new(&nowhere, format!("nontrade_cost: expected 0 to {}", limits::MAX_COST));
        }
        let money_decimals = document.money_decimals;
        if money_decimals > limits::MAX_MONEY_DECIMALS {
            let message = format!("money_decimals: expected 0 to {}", limits::MAX_MONEY_DECIMALS);
            return Offence::new(&nowhere, message);
        }
        for user in &document.users {
            self.listed_user(user)?;
        }
        for item in &document.items {
            self.item(item)?;
        }
        let seed = document.seed.unwrap_or(1);
        let mut round = Round { nontrade_cost, seed, money_decimals, ..Round::default() };
        let wants = || document.items.iter().flat_map(|item| &item.wants);
        let has_costs = wants().any(|want| want.cost.is_some());
        let has_money = self.items.iter().any(|item| matches!(item.kind, ItemKind::Bid(_)))
            || wants().any(|want| want.price.is_some());
        round.wants.first.push(0);
        let mut taken_by = vec![usize::MAX; self.items.len()];
        for (place, item) in document.items.iter().enumerate() {
            for want in &item.wants {
                let wanted = self.wanted(place, want)?;
                if std::mem::replace(&mut taken_by[wanted], place) == place {
                    return Offence::new(&want.item, format!("{} is wanted twice; expected once", want.item));
                }
                round.wants.item.push(ItemIndex(wanted as u32));
                let default = i64::from(self.items[place].kind != ItemKind::Dummy);
                if has_costs {
                    round.wants.cost.push(want.cost.unwrap_or(default));
                }
                if has_money {
                    round.wants.price.push(want.price.unwrap_or(0));
                }
            }
            round.wants.first.push(round.wants.item.len() as u32);
        }
        round.objectives = self.objectives(document.objectives, has_costs)?;
        Ok(Round { users: self.users, items: self.items, ..round })
    }

    fn listed_user(&mut self, user: &UserEntry<'a>) -> Result<(), Offence<'a>> {
        if self.user_of.contains_key(&user.name.0) {
            return Offence::new(&user.name, format!("user {} is listed twice; expected once", user.name));
        }
        if user.limit.is_some_and(|limit| !(0..=limits::MAX_AMOUNT).contains(&limit)) {
            let message = format!("limit of user {}: expected 0 to {}", user.name, limits::MAX_AMOUNT);
            return Offence::new(&user.name, message);
        }
        let place = self.user(&user.name);
        self.users[place as usize].limit = user.limit;
        Ok(())
    }

    fn user(&mut self, name: &Text<'a>) -> u32 {
        *self.user_of.entry(name.0.clone()).or_insert_with(|| {
            self.users.push(User { name: name.0.clone(), limit: None });
            self.users.len() as u32 - 1
        })
    }

    fn item(&mut self, entry: &ItemEntry<'a>) -> Result<(), Offence<'a>> {
        let name = &entry.name;
        let user = entry.user.as_ref().map(|user| self.user(user));
        if entry.dummy != name.0.starts_with('%') {
            return Offence::new(
                name,
                format!("item {name}: expected \"dummy\": true just where a name starts with %"),
            );
        }
        let kind = match entry.bid {
            _ if self.items.len() == limits::MAX_ITEMS => {
                return Offence::new(name, format!("too many items; expected at most {}", limits::MAX_ITEMS));
            }
            Some(_) if entry.dummy => {
                return Offence::new(name, format!("{name}: expected a dummy or a bid, not both"));
            }
            Some(amount) if !(0..=limits::MAX_AMOUNT).contains(&amount) => {
                return Offence::new(name, format!("bid of {name}: expected 0 to {}", limits::MAX_AMOUNT));
            }
            Some(amount) => ItemKind::Bid(amount),
            None if entry.dummy => ItemKind::Dummy,
            None => ItemKind::Good,
        };
        let scope = if entry.dummy { Some(user.unwrap_or(u32::MAX)) } else { None };
        if self.item_of.insert((scope, name.0.clone()), self.items.len() as u32).is_some() {
            return Offence::new(name, format!("item {name} is listed twice; expected once"));
        }
        let title = entry.title.as_ref().map_or(Cow::Borrowed(""), |title| title.0.clone());
        self.items.push(Item { name: name.0.clone(), user: user.map(UserIndex), kind, title });
        Ok(())
    }

    /// The item that `want` names in the list of the item at `place`.
    fn wanted(&self, place: usize, want: &WantEntry<'a>) -> Result<usize, Offence<'a>> {
        let taker = &self.items[place];
        let name = &want.item;
        let of = format!("in the wants of {}", taker.name);
        let scope = name.0.starts_with('%').then(|| taker.user.map_or(u32::MAX, |user| user.0));
        let Some(&wanted) = self.item_of.get(&(scope, name.0.clone())).filter(|_| scope != Some(u32::MAX))
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
        if scope.is_none() && taker.user.is_some() && taker.user == self.items[wanted].user {
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
        let most = if matches!(self.items[wanted].kind, ItemKind::Bid(_)) { limits::MAX_AMOUNT } else { 0 };
        if want.price.is_some_and(|price| !(0..=most).contains(&price)) {
            return Offence::new(name, format!("price of {name} {of}: expected 0 to {most}"));
        }
        Ok(wanted)
    }

    fn objectives(
        &self,
        entries: Option<Vec<ObjectiveEntry<'a>>>,
        has_costs: bool,
    ) -> Result<Vec<Objective>, Offence<'a>> {
        let Some(entries) = entries else {
            return Ok(if has_costs {
                vec![Objective::Items, Objective::Cost]
            } else {
                vec![Objective::Items]
            });
        };
        entries
            .into_iter()
            .map(|entry| {
                Ok(match entry {
                    ObjectiveEntry::Items => Objective::Items,
                    ObjectiveEntry::Cost => Objective::Cost,
                    ObjectiveEntry::WeightedCost => Objective::WeightedCost,
                    ObjectiveEntry::Users => Objective::Users,
                    ObjectiveEntry::UserSquares => Objective::UserSquares,
                    ObjectiveEntry::Favor(name) => match self.user_of.get(&name.0) {
                        Some(&user) => Objective::Favor(UserIndex(user)),
                        None => {
                            return Offence::new(
                                &name,
                                format!("unknown user {name}; expected a user of the round"),
                            );
                        }
                    },
                })
            })
            .collect()
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
        let entry = UserEntry { name: name(UserIndex(place as u32)), limit: user.limit };
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
