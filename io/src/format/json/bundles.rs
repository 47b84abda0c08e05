//! From a document to a round of bundles: names become numbers, and what does not fit is told with its place.
//!
//! A want list of an item is an exchange too, named as the item: one unit of it for any one of the list, as often as there are units.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use bartizan_engine::{ItemKind, Objective, limits};
use bartizan_solver::bundle::{self, Choice, Exchange, Limit, Of, Problem, Term};

use super::document::{Document, ItemEntry, WantEntry};
use super::exchanges::{ExchangeEntry, LimitEntry, TermEntry};
use super::names::Names;
use super::text::{Offence, Text};
use crate::bundle::{Bundles, Named};
use crate::place::Step;

/// Every document of bundles has one of these in it.
pub(super) const MARKS: [&[u8]; 6] =
    [b"\"exchanges\"", b"\"limits\"", b"\"units\"", b"\"refuses\"", b"\"gives_most\"", b"\"receives_most\""];

/// The most units of anything, and the most times of an exchange.
const MOST_UNITS: i64 = 10_000;
/// The most exchanges, want lists among them.
const MOST_EXCHANGES: usize = 1 << 16;
/// The greatest cost of a unit, or of an exchange.
const MOST_COST: i64 = 1_000_000_000;

/// Whether a document says anything that want lists do not.
pub(super) fn are_in(document: &Document<'_>) -> bool {
    !document.exchanges.is_empty()
        || !document.limits.is_empty()
        || document.items.iter().any(|item| item.units.is_some())
        || document
            .users
            .iter()
            .any(|user| user.gives_most.is_some() || user.receives_most.is_some() || !user.refuses.is_empty())
}

/// The round of bundles of a document.
pub(super) fn bundles<'a>(names: Names<'a>, document: &Document<'a>) -> Result<Bundles<'a>, Offence<'a>> {
    let mut reader =
        Reader { names, problem: Problem::default(), exchange_of: HashMap::new(), named: Vec::new() };
    reader.items(document)?;
    reader.users(document)?;
    for entry in &document.exchanges {
        reader.exchange(entry)?;
    }
    for entry in &document.items {
        reader.want_list(entry)?;
    }
    for (number, entry) in document.limits.iter().enumerate() {
        reader.limit(entry, number)?;
    }
    let wants = document.items.iter().flat_map(|item| &item.wants);
    let terms = document.exchanges.iter().flat_map(|own| own.gives.iter().chain(&own.wants));
    let has_costs = wants.clone().any(|want| want.cost.is_some())
        || document.exchanges.iter().any(|own| own.cost.is_some())
        || terms.clone().any(has_cost);
    let asked = reader.names.objectives(document, has_costs)?;
    reader.problem.objectives = asked
        .into_iter()
        .enumerate()
        .map(|(number, objective)| goal(objective, number))
        .collect::<Result<_, _>>()?;
    let names = reader.names;
    Ok(Bundles {
        problem: reader.problem,
        users: names.users.into_iter().map(|user| user.name).collect(),
        items: names.items.into_iter().map(|item| Named { name: item.name, title: item.title }).collect(),
        exchanges: reader.named,
        money_decimals: document.money_decimals,
        has_costs,
        why: String::new(),
    })
}

fn has_cost(term: &TermEntry<'_>) -> bool {
    match term {
        TermEntry::Of { cost, .. } => cost.is_some(),
        TermEntry::Any { of, .. } => of.iter().any(has_cost),
    }
}

fn goal<'a>(objective: Objective, number: usize) -> Result<bundle::Objective, Offence<'a>> {
    Ok(match objective {
        Objective::Items => bundle::Objective::Items,
        Objective::Users => bundle::Objective::Users,
        Objective::Cost => bundle::Objective::Cost,
        Objective::Favor(user) => bundle::Objective::Favor(user.0),
        Objective::WeightedCost | Objective::UserSquares => {
            let message = format!(
                "objective {}: a round with exchanges is cleared for items, cost, users or favor; expected one of these",
                objective.name()
            );
            return Offence::at(&[Step::Field("objectives"), Step::Nth(number)], message);
        }
    })
}

/// What has been read so far.
struct Reader<'a> {
    names: Names<'a>,
    problem: Problem,
    exchange_of: HashMap<Cow<'a, str>, u32>,
    named: Vec<Cow<'a, str>>,
}

impl<'a> Reader<'a> {
    fn items(&mut self, document: &Document<'a>) -> Result<(), Offence<'a>> {
        for (entry, item) in document.items.iter().zip(&self.names.items) {
            let name = &entry.name;
            let (ItemKind::Good, Some(user)) = (item.kind, item.user) else {
                let message = format!("{name}: expected a good with a user, in a round with exchanges");
                return Offence::new(name, message);
            };
            let units = entry.units.unwrap_or(1);
            within(name, "units", units, 1, MOST_UNITS)?;
            self.problem.items.push(bundle::Item { owner: user.0, units });
        }
        Ok(())
    }

    fn users(&mut self, document: &Document<'a>) -> Result<(), Offence<'a>> {
        self.problem.users = (self.names.users.iter())
            .map(|user| bundle::User { most_paid: user.limit, ..bundle::User::default() })
            .collect();
        for (entry, user) in document.users.iter().zip(0_u32..) {
            for (what, cap) in [("gives_most", entry.gives_most), ("receives_most", entry.receives_most)] {
                within(&entry.name, what, cap.unwrap_or(0), 0, i64::from(u32::MAX))?;
            }
            let own = &mut self.problem.users[user as usize];
            (own.most_given, own.most_received) = (entry.gives_most, entry.receives_most);
            for refused in &entry.refuses {
                let other = self.user(refused)?;
                if other == user {
                    return Offence::new(refused, format!("{refused} refuses itself; expected another user"));
                }
                self.problem.refusals.push((user.min(other), user.max(other)));
            }
        }
        self.problem.refusals.sort_unstable();
        self.problem.refusals.dedup();
        Ok(())
    }

    fn user(&self, name: &Text<'a>) -> Result<u32, Offence<'a>> {
        match self.names.user_of.get(&name.0) {
            Some(&user) => Ok(user),
            None => Offence::new(name, format!("unknown user {name}; expected a user of the round")),
        }
    }

    fn add(&mut self, name: &Text<'a>, exchange: Exchange) -> Result<(), Offence<'a>> {
        if self.named.len() == MOST_EXCHANGES {
            return Offence::new(name, format!("too many exchanges; expected at most {MOST_EXCHANGES}"));
        }
        if self.exchange_of.insert(name.0.clone(), self.named.len() as u32).is_some() {
            return Offence::new(name, format!("exchange {name} is listed twice; expected once"));
        }
        self.named.push(name.0.clone());
        self.problem.exchanges.push(exchange);
        Ok(())
    }

    fn exchange(&mut self, entry: &ExchangeEntry<'a>) -> Result<(), Offence<'a>> {
        let name = &entry.name;
        let user = self.user(&entry.user)?;
        if entry.gives.is_empty() && entry.wants.is_empty() {
            return Offence::new(
                name,
                format!("exchange {name} gives nothing for nothing; expected something"),
            );
        }
        let pays = entry.pays.map_or((0, 0), |pays| (pays.least, pays.most));
        for amount in [pays.0, pays.1] {
            within(name, "pays", amount, -limits::MAX_AMOUNT, limits::MAX_AMOUNT)?;
        }
        if pays.0 > pays.1 {
            return Offence::new(
                name,
                format!("exchange {name} pays at least more than at most; expected no more"),
            );
        }
        let (most, cost) = (entry.most.unwrap_or(1), entry.cost.unwrap_or(0));
        within(name, "most", most, 1, MOST_UNITS)?;
        within(name, "cost", cost, 0, MOST_COST)?;
        let terms = |entries: &[TermEntry<'a>], is_wanted| {
            entries
                .iter()
                .map(|term| self.term(name, term, user, is_wanted))
                .collect::<Result<Vec<Term>, _>>()
        };
        let (gives, wants) = (terms(&entry.gives, false)?, terms(&entry.wants, true)?);
        self.in_stock(entry, &gives)?;
        self.add(name, Exchange { user, gives, wants, most, cost, pays })
    }

    fn term(
        &self,
        exchange: &Text<'a>,
        entry: &TermEntry<'a>,
        user: u32,
        is_wanted: bool,
    ) -> Result<Term, Offence<'a>> {
        let of = entry.choices();
        let count = match entry {
            TermEntry::Of { units, .. } => units.unwrap_or(1),
            TermEntry::Any { count, .. } => *count,
        };
        let mut choices: Vec<Choice> = Vec::with_capacity(of.len());
        let mut last = None;
        for choice in of {
            let TermEntry::Of { item: name, units, cost } = choice else { continue };
            let item = self.item(name, user, is_wanted)?;
            let there = self.problem.items[item as usize].units;
            let most = units.unwrap_or(count).min(count);
            within(name, "units", units.unwrap_or(1), 1, MOST_UNITS)?;
            let cost = cost.unwrap_or(i64::from(is_wanted));
            within(name, "cost", cost, 0, MOST_COST)?;
            if choices.iter().any(|known| known.item == item) {
                return Offence::new(name, format!("{name} is named twice; expected once in a list"));
            }
            choices.push(Choice { item, most: most.min(there), cost });
            last = Some(name);
        }
        let Some(last) = last else {
            let message = format!("exchange {exchange}: a list `of` nothing; expected names of items");
            return Offence::new(exchange, message);
        };
        if count < 1 {
            let message = format!("any {count} of a list with {last}; expected 1 or more");
            return Offence::new(last, message);
        }
        let there: i64 = choices.iter().map(|choice| choice.most).sum();
        if count > there.min(MOST_UNITS) {
            return Offence::new(
                last,
                format!(
                    "{count} units with {last}, of {there} that there are; expected at most {}",
                    there.min(MOST_UNITS)
                ),
            );
        }
        Ok(Term { count, choices })
    }

    /// Refuses what gives more of an item at once than there is, however its terms are made up.
    fn in_stock(&self, exchange: &ExchangeEntry<'a>, gives: &[Term]) -> Result<(), Offence<'a>> {
        let mut taken: BTreeMap<u32, i64> = BTreeMap::new();
        for (entry, term) in exchange.gives.iter().zip(gives) {
            let all: i64 = term.choices.iter().map(|choice| choice.most).sum();
            for (choice, entry) in term.choices.iter().zip(entry.choices()) {
                let TermEntry::Of { item: name, .. } = entry else { continue };
                // What the term's other choices do not make up.
                let least = term.count - (all - choice.most).min(term.count);
                let there = self.problem.items[choice.item as usize].units;
                let taken = taken.entry(choice.item).or_insert(0);
                *taken += least;
                if *taken > there {
                    let (exchange, user) = (&exchange.name, &exchange.user);
                    return Offence::new(
                        name,
                        format!(
                            "exchange {exchange} of {user} gives {taken} units of {name} at once, of {there} that there are; \
                             expected at most {there}"
                        ),
                    );
                }
            }
        }
        Ok(())
    }

    fn item(&self, name: &Text<'a>, user: u32, is_wanted: bool) -> Result<u32, Offence<'a>> {
        let Some(&item) = self.names.item_of.get(&(None, name.0.clone())) else {
            return Offence::new(
                name,
                format!("unknown item {name}; expected the name of an item listed here"),
            );
        };
        let is_own = self.problem.items[item as usize].owner == user;
        match (is_own, is_wanted) {
            (false, false) => Offence::new(
                name,
                format!("{name} is given by another user than its own; expected one's own item"),
            ),
            (true, true) => {
                let message = format!("{name} is wanted by its own user; expected another user's item");
                Offence::new(name, message)
            }
            _ => Ok(item),
        }
    }

    /// The exchange that a want list comes to.
    fn want_list(&mut self, entry: &ItemEntry<'a>) -> Result<(), Offence<'a>> {
        if entry.wants.is_empty() {
            return Ok(());
        }
        let item = self.names.item_of[&(None, entry.name.0.clone())];
        let bundle::Item { owner: user, units } = self.problem.items[item as usize];
        let mut choices: Vec<Choice> = Vec::new();
        for WantEntry { item: name, cost, price } in &entry.wants {
            let wanted = self.item(name, user, true)?;
            let cost = cost.unwrap_or(1);
            within(name, "cost", cost, 0, MOST_COST)?;
            if price.is_some() {
                return Offence::new(
                    name,
                    format!("price of {name}: expected none, in a round with exchanges"),
                );
            }
            if choices.iter().any(|known| known.item == wanted) {
                return Offence::new(name, format!("{name} is wanted twice; expected once"));
            }
            choices.push(Choice { item: wanted, most: 1, cost });
        }
        let gives = vec![Term { count: 1, choices: vec![Choice { item, most: 1, cost: 0 }] }];
        let wants = vec![Term { count: 1, choices }];
        self.add(&entry.name, Exchange { user, gives, wants, most: units, cost: 0, pays: (0, 0) })
    }

    fn limit(&mut self, entry: &LimitEntry<'a>, number: usize) -> Result<(), Offence<'a>> {
        let way = [Step::Field("limits"), Step::Nth(number)];
        let of = match (&entry.user, &entry.items, &entry.exchanges) {
            (Some(user), Some(items), None) => {
                let user = self.user(user)?;
                let item = |name: &Text<'a>| match self.names.item_of.get(&(None, name.0.clone())) {
                    Some(&item) => Ok(item),
                    None => Offence::new(name, format!("unknown item {name}; expected an item listed here")),
                };
                Of::Items { user, items: once(items, item)? }
            }
            (None, None, Some(exchanges)) => {
                Of::Exchanges(once(exchanges, |name| match self.exchange_of.get(&name.0) {
                    Some(&exchange) => Ok(exchange),
                    None => Offence::new(name, format!("unknown exchange {name}; expected one listed here")),
                })?)
            }
            _ => {
                let message =
                    format!("limit {}: expected either `user` and `items`, or `exchanges`", number + 1);
                return Offence::at(&way, message);
            }
        };
        if !(0..=i64::from(u32::MAX)).contains(&entry.most) {
            let message = format!("most of limit {}: expected 0 to {}", number + 1, u32::MAX);
            return Offence::at(&way, message);
        }
        self.problem.limits.push(Limit { of, most: entry.most });
        Ok(())
    }
}

/// What names stand for, each named once.
fn once<'a>(
    names: &[Text<'a>],
    number: impl Fn(&Text<'a>) -> Result<u32, Offence<'a>>,
) -> Result<Vec<u32>, Offence<'a>> {
    let mut numbers = Vec::with_capacity(names.len());
    for name in names {
        let own = number(name)?;
        if numbers.contains(&own) {
            return Offence::new(name, format!("{name} is named twice; expected once in a limit"));
        }
        numbers.push(own);
    }
    Ok(numbers)
}

fn within<'a>(near: &Text<'a>, what: &str, value: i64, least: i64, most: i64) -> Result<(), Offence<'a>> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Offence::new(near, format!("{what} of {near}: expected {least} to {most}"))
}
