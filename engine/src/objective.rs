//! What a round is cleared for. A round carries a list of objectives; each is optimised without
//! giving up anything of those before it.

use crate::UserIndex;

/// One objective of a lexicographic list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objective {
    /// Most items traded (goods and money bids; dummies do not count).
    Items,
    /// Least total rank cost of the wants that are granted.
    Cost,
    /// Least total cost where an item that does not trade costs [`crate::Round::nontrade_cost`]:
    /// one level that may give up trades whose wants cost more than that on average.
    WeightedCost,
    /// Most users who trade at least one item. An item without a user counts as a user of its own.
    Users,
    /// Least sum over users of the square of the number of items each trades.
    UserSquares,
    /// Most items of one user traded.
    Favor(UserIndex),
}

/// The objectives that need no user to be named, with their names.
const PLAIN: [Objective; 5] =
    [Objective::Items, Objective::Cost, Objective::WeightedCost, Objective::Users, Objective::UserSquares];

impl Objective {
    /// The objective's name, on command lines and in documents. [`Objective::Favor`] is told with its user.
    pub fn name(self) -> &'static str {
        match self {
            Objective::Items => "items",
            Objective::Cost => "cost",
            Objective::WeightedCost => "weighted-cost",
            Objective::Users => "users",
            Objective::UserSquares => "user-squares",
            Objective::Favor(_) => "favor",
        }
    }

    /// The objective called `name`, unless it needs a user.
    pub fn named(name: &str) -> Option<Self> {
        PLAIN.into_iter().find(|objective| objective.name() == name)
    }
    /// Whether a greater value is the better one; else the smaller is.
    pub fn more_is_better(self) -> bool {
        match self {
            Objective::Items | Objective::Users | Objective::Favor(_) => true,
            Objective::Cost | Objective::WeightedCost | Objective::UserSquares => false,
        }
    }
}
