//! A round of bundles as read, with the names of what the solver numbers.

use std::borrow::Cow;

use bartizan_solver::bundle::{Objective, Problem};

/// A round of bundles, and what its numbers are called.
#[derive(Clone, Debug)]
pub struct Bundles<'a> {
    /// The round.
    pub problem: Problem,
    /// What users are called.
    pub users: Vec<Cow<'a, str>>,
    /// What items are called.
    pub items: Vec<Named<'a>>,
    /// What exchanges are called.
    pub exchanges: Vec<Cow<'a, str>>,
    /// How many of the last digits of every amount of money stand behind the decimal point.
    pub money_decimals: u8,
    /// Whether anything has a cost.
    pub has_costs: bool,
    /// Why it is no round of want lists.
    pub why: String,
}

/// An item's name, and what it is in words.
#[derive(Clone, Debug)]
pub struct Named<'a> {
    /// The name.
    pub name: Cow<'a, str>,
    /// What it is, empty where that is not said.
    pub title: Cow<'a, str>,
}

impl Bundles<'_> {
    /// An objective's name: `items`, `users`, `cost` or `favor=USER`.
    pub fn objective_name(&self, objective: Objective) -> String {
        match objective {
            Objective::Items => "items".into(),
            Objective::Users => "users".into(),
            Objective::Cost => "cost".into(),
            Objective::Favor(user) => format!("favor={}", self.users[user as usize]),
        }
    }

    /// The objective of a name.
    pub fn objective(&self, name: &str) -> Option<Objective> {
        match name {
            "items" => Some(Objective::Items),
            "users" => Some(Objective::Users),
            "cost" => Some(Objective::Cost),
            _ => {
                let user = name.strip_prefix("favor=")?;
                let user = self.users.iter().position(|name| name == user)?;
                Some(Objective::Favor(user as u32))
            }
        }
    }

    /// What an objective's value is called: costs are told as what is to be small.
    pub fn shown(objective: Objective, value: i64) -> i64 {
        if objective == Objective::Cost { -value } else { value }
    }
}
