//! From the offers of a closed round to the [`Round`] that solvers clear and proposals are judged by: a pure function, so that whoever has the
//! log builds the very same.
//!
//! - Items are the offers that were not withdrawn, in the order of their numbers; users their owners, in the order of first appearance, and then
//!   those whom an objective favours without an offer of theirs. An item is named by the number of its offer (a dummy with `%` before it, a bid with `$`),
//!   a user by that of the agent, and the title of a lot is the name of its asset.
//! - A want for an asset becomes one want for each lot of at least that amount of somebody else; a want for money one for each bid of
//!   somebody else of at least that price, at that price; a want for an offer that one, if it is still there. In that order: list
//!   order first, then the order of offers. An item that several wants of a list mean is wanted by the first of them.
//!
//! Cost: O(wants that come of it + offers * log(assets)).

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::offer::{Gives, Offer, Wanted};
use super::state::BarterRound;
use super::units::OfferId;
use crate::ledger::Ledger;
use crate::ledger::units::{AgentId, AssetId};
use crate::limits::MAX_MONEY_DECIMALS;
use crate::{Item, ItemIndex, ItemKind, Round, User, UserIndex, Wants};

/// A round as solvers see it, and what its numbers mean in the realm.
#[derive(Clone, Debug)]
pub struct Frozen {
    /// The round.
    pub round: Round<'static>,
    /// By item, the offer.
    pub offers: Vec<OfferId>,
    /// By user, the agent.
    pub agents: Vec<AgentId>,
}

/// Freezes the offers of a round.
pub(crate) fn freeze(barter: &BarterRound, ledger: &Ledger) -> Frozen {
    let mut agents = Vec::new();
    let mut users: BTreeMap<AgentId, UserIndex> = BTreeMap::new();
    let mut user_of = |agent: AgentId| {
        *users.entry(agent).or_insert_with(|| {
            agents.push(agent);
            UserIndex(agents.len() as u32 - 1)
        })
    };
    let items = barter.offers.iter().map(|(&id, offer)| item(id, offer, ledger, &mut user_of)).collect();
    let objectives = barter.rules.objectives.iter().map(|goal| goal.objective(&mut user_of)).collect();
    let user = |&agent: &AgentId| User {
        name: Cow::Owned(agent.0.to_string()),
        limit: barter.limit_of(agent).map(|limit| limit.0 as i64),
    };
    let money = barter.rules.money.and_then(|money| ledger.asset(money));
    let round = Round {
        users: agents.iter().map(user).collect(),
        items,
        wants: wants(barter),
        objectives,
        nontrade_cost: barter.rules.nontrade_cost,
        money_decimals: money.map_or(0, |money| money.scale.min(MAX_MONEY_DECIMALS)),
        seed: Round::FIRST_SEED,
    };
    Frozen { round, offers: barter.offers.keys().copied().collect(), agents }
}

fn item(
    id: OfferId,
    offer: &Offer,
    ledger: &Ledger,
    user_of: &mut impl FnMut(AgentId) -> UserIndex,
) -> Item<'static> {
    let (name, kind, title) = match offer.gives {
        Gives::Lot { asset, .. } => {
            let title = ledger.asset(asset).map_or_else(String::new, |asset| asset.name.clone());
            (id.0.to_string(), ItemKind::Good, title)
        }
        Gives::Bid { most } => (format!("${}", id.0), ItemKind::Bid(most.0 as i64), String::new()),
        Gives::Dummy => (format!("%{}", id.0), ItemKind::Dummy, String::new()),
    };
    Item { name: name.into(), user: Some(user_of(offer.owner)), kind, title: title.into() }
}

/// What can be wanted, by item.
struct Stall<'a> {
    offers: Vec<&'a Offer>,
    by_number: BTreeMap<OfferId, u32>,
    lots: BTreeMap<AssetId, Vec<u32>>,
    bids: Vec<u32>,
}

impl<'a> Stall<'a> {
    fn of(barter: &'a BarterRound) -> Self {
        let (mut lots, mut bids) = (BTreeMap::<_, Vec<u32>>::new(), Vec::new());
        for (index, offer) in (0..).zip(barter.offers.values()) {
            match offer.gives {
                Gives::Lot { asset, .. } => lots.entry(asset).or_default().push(index),
                Gives::Bid { .. } => bids.push(index),
                Gives::Dummy => {}
            }
        }
        let by_number = barter.offers.keys().copied().zip(0..).collect();
        Stall { offers: barter.offers.values().collect(), by_number, lots, bids }
    }

    /// Tells each item that a want means, and what is asked of it.
    fn find(&self, wanted: Wanted, mut found: impl FnMut(u32, i64)) {
        match wanted {
            Wanted::Asset { asset, least } => {
                let enough = |&&item: &&u32| match self.offers[item as usize].gives {
                    Gives::Lot { amount, .. } => amount >= least,
                    Gives::Bid { .. } | Gives::Dummy => false,
                };
                self.lots.get(&asset).into_iter().flatten().filter(enough).for_each(|&item| found(item, 0));
            }
            Wanted::Money { price } => {
                for &item in &self.bids {
                    if matches!(self.offers[item as usize].gives, Gives::Bid { most } if most >= price) {
                        found(item, price.0 as i64);
                    }
                }
            }
            Wanted::Offer { offer, price } => {
                if let Some(&item) = self.by_number.get(&offer) {
                    found(item, price.0 as i64);
                }
            }
        }
    }
}

fn wants(barter: &BarterRound) -> Wants {
    let stall = Stall::of(barter);
    let mut wants = Wants { first: vec![0], ..Wants::default() };
    let mut wanted_by = vec![u32::MAX; stall.offers.len()];
    let mut all_cost_one = true;
    for (taker, offer) in (0_u32..).zip(&stall.offers) {
        let is_dummy = offer.gives == Gives::Dummy;
        for want in &offer.wants {
            let cost = if is_dummy { 0 } else { want.cost };
            all_cost_one &= is_dummy || cost == 1;
            stall.find(want.wanted, |item, price| {
                let other = stall.offers[item as usize];
                let may = (other.gives == Gives::Dummy) == (other.owner == offer.owner) && item != taker;
                if may && std::mem::replace(&mut wanted_by[item as usize], taker) != taker {
                    wants.item.push(ItemIndex(item));
                    wants.cost.push(cost);
                    wants.price.push(price);
                }
            });
        }
        wants.first.push(wants.item.len() as u32);
    }
    if all_cost_one {
        wants.cost = Vec::new();
    }
    if barter.rules.money.is_none() {
        wants.price = Vec::new();
    }
    wants
}
