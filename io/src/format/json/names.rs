//! What the names of a document stand for: its users, and its items by name, once they are sound.

use std::borrow::Cow;
use std::collections::HashMap;

use bartizan_engine::{Item, ItemKind, Objective, User, UserIndex, limits};

use super::document::{Document, FORMAT_NAME, ItemEntry, ObjectiveEntry, UserEntry, VERSION};
use super::text::{Offence, Text};

/// What the names of a document stand for.
#[derive(Default)]
pub(super) struct Names<'a> {
    pub(super) users: Vec<User<'a>>,
    pub(super) user_of: HashMap<Cow<'a, str>, u32>,
    pub(super) items: Vec<Item<'a>>,
    pub(super) item_of: HashMap<(Option<u32>, Cow<'a, str>), u32>,
}

/// What an item that does not trade costs when the document does not say so.
pub(super) const NONTRADE_COST: i64 = 1_000_000_000;

impl<'a> Names<'a> {
    /// The users and items of a document, and its head checked.
    pub(super) fn of(document: &Document<'a>) -> Result<Self, Offence<'a>> {
        let mut names = Names::default();
        if document.format.0 != FORMAT_NAME {
            return Offence::new(&document.format, format!("unknown format; expected \"{FORMAT_NAME}\""));
        }
        if document.version != VERSION {
            let message = format!("version {} is unknown; expected {VERSION}", document.version);
            return Offence::new(&document.format, message);
        }
        for user in &document.users {
            names.listed_user(user)?;
        }
        for item in &document.items {
            names.item(item)?;
        }
        Ok(names)
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

    /// What a document asks to clear for; by default items, and cost where anything has one.
    pub(super) fn objectives(
        &self,
        document: &Document<'a>,
        has_costs: bool,
    ) -> Result<Vec<Objective>, Offence<'a>> {
        let Some(entries) = &document.objectives else {
            return Ok(if has_costs {
                vec![Objective::Items, Objective::Cost]
            } else {
                vec![Objective::Items]
            });
        };
        entries
            .iter()
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
                                name,
                                format!("unknown user {name}; expected a user of the round"),
                            );
                        }
                    },
                })
            })
            .collect()
    }
}
