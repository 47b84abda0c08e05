//! What an organiser decides when opening a round, and what it is cleared for.

use serde::{Deserialize, Serialize};

use crate::codec::{choice, record};
use crate::ledger::units::{AgentId, AssetId};
use crate::limits::{MAX_COST, MAX_OBJECTIVES};
use crate::reject::Reject;
use crate::{Objective, UserIndex};

/// The rules of a round, which never change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundRules {
    /// What to clear for, most important first; 1 to [`MAX_OBJECTIVES`], each once.
    pub objectives: Vec<Goal>,
    /// What an offer that does not trade costs, under [`Goal::WeightedCost`].
    pub nontrade_cost: i64,
    /// What bids are made in, if the round takes any.
    pub money: Option<AssetId>,
    /// When it closes by itself, in nanoseconds of the log.
    pub closes_at: Option<u64>,
    /// How long proposals are taken once it is closed, in nanoseconds of the log.
    pub proposals_ns: u64,
}

record!(RoundRules { objectives, nontrade_cost, money, closes_at, proposals_ns });

/// An [`Objective`] of a round in a realm, where users are agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Goal {
    /// Most items traded (goods and money bids).
    Items,
    /// Least total rank cost of the wants that are granted.
    Cost,
    /// Least total cost where an offer that does not trade costs `nontrade_cost`.
    WeightedCost,
    /// Most agents who trade at least one item.
    Users,
    /// Least sum over agents of the square of the number of items each trades.
    UserSquares,
    /// Most items of one agent traded.
    Favor(AgentId),
}

choice!(Goal { 1 => Items, 2 => Cost, 3 => WeightedCost, 4 => Users, 5 => UserSquares, 6 => Favor(agent) });

impl Goal {
    /// The objective, once the agent who is favoured has a place among the users of the frozen round.
    pub fn objective(self, user_of: impl FnOnce(AgentId) -> UserIndex) -> Objective {
        match self {
            Goal::Items => Objective::Items,
            Goal::Cost => Objective::Cost,
            Goal::WeightedCost => Objective::WeightedCost,
            Goal::Users => Objective::Users,
            Goal::UserSquares => Objective::UserSquares,
            Goal::Favor(agent) => Objective::Favor(user_of(agent)),
        }
    }

    /// The goal that is `objective` in a frozen round with these agents as users; `None` where it favours none of them.
    pub fn of(objective: Objective, agents: &[AgentId]) -> Option<Self> {
        Some(match objective {
            Objective::Items => Goal::Items,
            Objective::Cost => Goal::Cost,
            Objective::WeightedCost => Goal::WeightedCost,
            Objective::Users => Goal::Users,
            Objective::UserSquares => Goal::UserSquares,
            Objective::Favor(user) => Goal::Favor(*agents.get(user.at())?),
        })
    }

    /// Whether it counts by user, which ties rings together that have nothing else in common.
    pub(super) fn is_by_user(self) -> bool {
        matches!(self, Goal::Users | Goal::UserSquares | Goal::Favor(_))
    }
}

impl RoundRules {
    /// The first thing wrong with what they say by themselves.
    pub(super) fn check(&self) -> Result<(), Reject> {
        if !(1..=MAX_OBJECTIVES).contains(&self.objectives.len()) {
            return Err(Reject::ListOutOfRange);
        }
        let repeats = |place: usize| self.objectives[..place].contains(&self.objectives[place]);
        if (0..self.objectives.len()).any(repeats) || self.proposals_ns == 0 {
            return Err(Reject::RoundRulesInvalid);
        }
        if !(0..=MAX_COST).contains(&self.nontrade_cost) {
            return Err(Reject::CostOutOfRange);
        }
        Ok(())
    }
}
