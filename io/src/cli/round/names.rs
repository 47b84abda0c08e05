//! What stands in a round, in words: agents by number and name, amounts with their decimals.

use bartizan_engine::ledger::units::{AgentId, Amount, AssetId};
use bartizan_engine::realm::Realm;
use bartizan_engine::rounds::offer::{Gives, Offer, Want, Wanted};
use bartizan_engine::rounds::rules::{Goal, RoundRules};
use bartizan_engine::rounds::state::Stage;

use crate::amount::decimal;
use crate::cli::columns::plain;

/// The words of a realm.
#[derive(Clone, Copy)]
pub(super) struct Names<'a>(pub(super) &'a Realm);

impl Names<'_> {
    /// An agent: its number and name.
    pub(super) fn agent(self, agent: AgentId) -> String {
        let name = self.0.agent(agent).map_or(String::new(), |agent| plain(&agent.name));
        format!("{} {name}", agent.0)
    }

    /// So much of an asset.
    pub(super) fn amount(self, asset: AssetId, amount: Amount) -> String {
        let Some(told) = self.0.ledger().asset(asset) else { return amount.0.to_string() };
        format!("{} {}", decimal(amount.0 as i128, told.scale), plain(&told.name))
    }

    /// So much of the round's money.
    pub(super) fn money(self, rules: &RoundRules, amount: Amount) -> String {
        rules.money.map_or_else(|| amount.0.to_string(), |money| self.amount(money, amount))
    }

    /// What an offer gives.
    pub(super) fn gives(self, rules: &RoundRules, offer: &Offer) -> String {
        match offer.gives {
            Gives::Lot { asset, amount } => self.amount(asset, amount),
            Gives::Bid { most } => format!("up to {}", self.money(rules, most)),
            Gives::Dummy => "one of those who want it".to_owned(),
        }
    }

    /// What an offer would take: alternatives, in their order.
    pub(super) fn wants(self, rules: &RoundRules, offer: &Offer) -> String {
        let told: Vec<String> = offer.wants.iter().map(|want| self.want(rules, want)).collect();
        if told.is_empty() { "-".to_owned() } else { told.join(", or ") }
    }

    fn want(self, rules: &RoundRules, want: &Want) -> String {
        let what = match want.wanted {
            Wanted::Asset { asset, least } => self.amount(asset, least),
            Wanted::Money { price } => self.money(rules, price),
            Wanted::Offer { offer, price: Amount::ZERO } => format!("offer {}", offer.0),
            Wanted::Offer { offer, price } => format!("{} of offer {}", self.money(rules, price), offer.0),
        };
        if want.cost == 1 { what } else { format!("{what} (cost {})", want.cost) }
    }

    /// What a round is cleared for.
    pub(super) fn goal(self, goal: Goal) -> String {
        match goal {
            Goal::Items => "items".to_owned(),
            Goal::Cost => "cost".to_owned(),
            Goal::WeightedCost => "weighted-cost".to_owned(),
            Goal::Users => "users".to_owned(),
            Goal::UserSquares => "user-squares".to_owned(),
            Goal::Favor(agent) => format!("favor={}", self.agent(agent)),
        }
    }
}

/// How far a round is, and until when it takes proposals.
pub(super) fn stage(stage: Stage) -> String {
    match stage {
        Stage::Open => "open".to_owned(),
        Stage::Closed { until } => format!("closed, takes proposals until {until} ns"),
        Stage::Settled => "settled".to_owned(),
        Stage::Cancelled => "cancelled".to_owned(),
    }
}
