//! What the offers of a round sum to: how many wants they come to when frozen, how many of them are whose, what each agent bids, and how large costs are. Kept up with each
//! offer, so that a round that could not be frozen, weighed or verified in bounded time never arises.
//!
//! All of it follows from the offers, so it is no part of the canonical bytes. The number of wants is counted from above: every lot
//! of an asset times every want for it, whoever owns them. Cost: O(wants of the offer * log(assets of the round)).

use std::collections::BTreeMap;

use super::offer::{Gives, Offer, Wanted};
use super::rules::{Goal, RoundRules};
use crate::ledger::units::{AgentId, AssetId};
use crate::limits::{MAX_AGENT_LISTED, MAX_AGENT_OFFERS, MAX_AGENT_WANTS, MAX_OFFERS, MAX_ROUND_WANTS};
use crate::model;

/// The sums of a round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Load {
    offers: u64,
    /// How many wants the round comes to at most.
    wants: u64,
    /// The sum over offers of the dearest cost of each.
    costs: u64,
    markets: BTreeMap<Ware, Market>,
    /// What each agent bids in all.
    bids: BTreeMap<AgentId, u128>,
    /// How many wants all offers list.
    listed: u64,
    shares: BTreeMap<AgentId, Share>,
    /// How many wants each agent lists for any of a ware.
    general: BTreeMap<(AgentId, Ware), u64>,
}

/// How much of a round is one agent's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Share {
    offers: u64,
    listed: u64,
    /// Wants for one offer each.
    named: u64,
}

/// What can be wanted in general, whoever offers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ware {
    Asset(AssetId),
    Money,
}

/// How many offer a ware, and how many wants are for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Market {
    offers: u64,
    wants: u64,
}

impl Load {
    /// With one more offer.
    pub(super) fn add(&mut self, offer: &Offer) {
        self.add_share(offer);
        self.offers += 1;
        self.costs += dearest(offer);
        if let Some(given) = given(offer) {
            let market = self.markets.entry(given).or_default();
            market.offers += 1;
            self.wants += market.wants;
        }
        for want in &offer.wants {
            self.wants += match general(want.wanted) {
                None => 1,
                Some(wanted) => {
                    let market = self.markets.entry(wanted).or_default();
                    market.wants += 1;
                    market.offers
                }
            };
        }
        if let Gives::Bid { most } = offer.gives {
            *self.bids.entry(offer.owner).or_default() += most.0;
        }
    }

    fn add_share(&mut self, offer: &Offer) {
        let share = self.shares.entry(offer.owner).or_default();
        share.offers += 1;
        share.listed += offer.wants.len() as u64;
        self.listed += offer.wants.len() as u64;
        for want in &offer.wants {
            match general(want.wanted) {
                None => share.named += 1,
                Some(ware) => *self.general.entry((offer.owner, ware)).or_default() += 1,
            }
        }
    }

    fn remove_share(&mut self, offer: &Offer) {
        let share = self.shares.get_mut(&offer.owner).expect("the offer was added");
        share.offers -= 1;
        share.listed -= offer.wants.len() as u64;
        self.listed -= offer.wants.len() as u64;
        for want in &offer.wants {
            let Some(ware) = general(want.wanted) else {
                share.named -= 1;
                continue;
            };
            let count = self.general.get_mut(&(offer.owner, ware)).expect("the want was added");
            *count -= 1;
            if *count == 0 {
                self.general.remove(&(offer.owner, ware));
            }
        }
        if *share == Share::default() {
            self.shares.remove(&offer.owner);
        }
    }

    /// Whether an agent has no more of the round than one may. What others offer later may make its wants come to more; then it makes no further
    /// offers. Cost: O(log n) for each ware that the agent wants, of which there are at most [`MAX_AGENT_LISTED`].
    pub(super) fn is_fair(&self, agent: AgentId) -> bool {
        let Share { offers, listed, named } = self.shares.get(&agent).copied().unwrap_or_default();
        let own = self.general.range((agent, Ware::Asset(AssetId(0)))..=(agent, Ware::Money));
        let offered = |ware: &Ware| self.markets.get(ware).map_or(0, |market| market.offers);
        let wants = named + own.map(|((_, ware), count)| count * offered(ware)).sum::<u64>();
        offers <= MAX_AGENT_OFFERS && listed <= MAX_AGENT_LISTED && wants <= MAX_AGENT_WANTS
    }

    /// Without an offer that was added.
    pub(super) fn remove(&mut self, offer: &Offer) {
        self.remove_share(offer);
        self.offers -= 1;
        self.costs -= dearest(offer);
        for want in &offer.wants {
            self.wants -= match general(want.wanted) {
                None => 1,
                Some(wanted) => {
                    self.change(wanted, |market| market.wants -= 1);
                    self.markets.get(&wanted).map_or(0, |market| market.offers)
                }
            };
        }
        if let Some(given) = given(offer) {
            self.wants -= self.markets.get(&given).map_or(0, |market| market.wants);
            self.change(given, |market| market.offers -= 1);
        }
        if let Gives::Bid { most } = offer.gives {
            let sum = self.bids.get_mut(&offer.owner).expect("the bid was added");
            *sum -= most.0;
            if *sum == 0 {
                self.bids.remove(&offer.owner);
            }
        }
    }

    fn change(&mut self, ware: Ware, change: impl FnOnce(&mut Market)) {
        let market = self.markets.get_mut(&ware).expect("it was added");
        change(market);
        if *market == Market::default() {
            self.markets.remove(&ware);
        }
    }

    /// How many steps it takes at most to judge one case of a proof for so many objectives: to look at each want and each offer's own place for each
    /// of them, and once for what spending limits make of it.
    pub(super) fn steps_per_case(&self, objectives: usize) -> u64 {
        (self.offers + self.wants) * (objectives as u64 + 1)
    }

    /// What an agent bids in all.
    pub(super) fn bids_of(&self, agent: AgentId) -> u128 {
        self.bids.get(&agent).copied().unwrap_or(0)
    }

    /// Whether a round of these rules may be so large.
    pub(super) fn fits(&self, rules: &RoundRules) -> bool {
        self.offers <= MAX_OFFERS as u64
            && self.wants.max(self.listed) <= MAX_ROUND_WANTS
            && self.can_be_weighed(rules)
    }

    /// Whether the objectives that [`crate::Model`] merges into one level have room in it, however the wants turn out. With money, spending limits
    /// may merge all of them.
    fn can_be_weighed(&self, rules: &RoundRules) -> bool {
        let is_linear = |goal: &&Goal| rules.money.is_none() && !goal.is_by_user();
        let linear = rules.objectives.iter().take_while(is_linear).count();
        let offers = i64::try_from(self.offers).unwrap_or(i64::MAX);
        let costs = i64::try_from(self.costs).unwrap_or(i64::MAX);
        let spans = rules.objectives[linear..].iter().map(|goal| match goal {
            Goal::Items | Goal::Users | Goal::Favor(_) => offers,
            Goal::Cost => costs,
            Goal::WeightedCost => rules.nontrade_cost.saturating_mul(offers).saturating_add(costs),
            Goal::UserSquares => offers.saturating_mul(offers),
        });
        model::can_be_weighed(spans)
    }
}

/// What an offer is to those who want any of it.
fn given(offer: &Offer) -> Option<Ware> {
    match offer.gives {
        Gives::Lot { asset, .. } => Some(Ware::Asset(asset)),
        Gives::Bid { .. } => Some(Ware::Money),
        Gives::Dummy => None,
    }
}

/// What a want takes any of; none if it names one offer.
fn general(wanted: Wanted) -> Option<Ware> {
    match wanted {
        Wanted::Asset { asset, .. } => Some(Ware::Asset(asset)),
        Wanted::Money { .. } => Some(Ware::Money),
        Wanted::Offer { .. } => None,
    }
}

fn dearest(offer: &Offer) -> u64 {
    match offer.gives {
        Gives::Dummy => 0,
        Gives::Lot { .. } | Gives::Bid { .. } => {
            offer.wants.iter().map(|want| want.cost as u64).max().unwrap_or(0)
        }
    }
}
