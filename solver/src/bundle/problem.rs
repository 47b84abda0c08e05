//! What a round of bundles says, and what comes of it.

/// A round in which bundles are given for bundles. Users, items and exchanges are numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// Who takes part.
    pub users: Vec<User>,
    /// What can be given.
    pub items: Vec<Item>,
    /// What users offer to do.
    pub exchanges: Vec<Exchange>,
    /// At most so much of these.
    pub limits: Vec<Limit>,
    /// Pairs of users between whom nothing is to pass, either way: the lesser first, and sorted.
    pub refusals: Vec<(u32, u32)>,
    /// What is to be great, the most important first.
    pub objectives: Vec<Objective>,
}

/// A participant's limits, where there are any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// The most units given in all.
    pub most_given: Option<i64>,
    /// The most units received in all.
    pub most_received: Option<i64>,
    /// The most money paid in all, less what is received.
    pub most_paid: Option<i64>,
}

/// Something that is there in a number of units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// Who has it.
    pub owner: u32,
    /// How many there are.
    pub units: i64,
}

/// What a user gives for what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// Whose it is.
    pub user: u32,
    /// All of these are given. Only the user's own items.
    pub gives: Vec<Term>,
    /// All of these are received. None of the user's own items.
    pub wants: Vec<Term>,
    /// How often it may be carried out.
    pub most: i64,
    /// What each time costs, under [`Objective::Cost`].
    pub cost: i64,
    /// The least and the most that the user pays each time; what is paid is below 0 where money is received.
    pub pays: (i64, i64),
}

/// So many units, of these in any mixture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Term {
    /// How many units in all.
    pub count: i64,
    /// Of what.
    pub choices: Vec<Choice>,
}

/// What may make up a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What.
    pub item: u32,
    /// How many units of it at most, each time.
    pub most: i64,
    /// What a unit costs, under [`Objective::Cost`].
    pub cost: i64,
}

/// At most so much of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Of what.
    pub of: Of,
    /// How much.
    pub most: i64,
}

/// What a limit counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Of {
    /// Units of these items that this user gives or receives.
    Items {
        /// Who.
        user: u32,
        /// Which items, each once.
        items: Vec<u32>,
    },
    /// How often these exchanges are carried out, each named once.
    Exchanges(Vec<u32>),
}

/// What is to be great.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objective {
    /// How many units are received.
    Items,
    /// How many users have an exchange carried out.
    Users,
    /// The costs, which are to be small: they count as gains below 0.
    Cost,
    /// How many units this user gives.
    Favor(u32),
}

/// An exchange that is carried out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Which.
    pub exchange: u32,
    /// How often, at least once.
    pub times: i64,
    /// For each term of what is given, units of each choice in all.
    pub gives: Vec<Vec<i64>>,
    /// For each term of what is wanted, units of each choice in all.
    pub wants: Vec<Vec<i64>>,
    /// What is paid in all.
    pub pays: i64,
}

impl Exchange {
    /// How many units are received, or given, each time.
    pub(super) fn units(&self, is_wanted: bool) -> i64 {
        let terms = if is_wanted { &self.wants } else { &self.gives };
        terms.iter().map(|term| term.count).sum()
    }
}

impl Problem {
    /// Whether nothing is to pass between two users. Cost: a search in the refusals.
    pub fn refuses(&self, one: u32, other: u32) -> bool {
        self.refusals.binary_search(&(one.min(other), one.max(other))).is_ok()
    }
}
