//! Whether rounds that were read from bytes could have arisen, so that nothing later on can fail by them; and their bytes.
//!
//! Every number that names something is looked up, every range checked, and the best proposal judged again as to who takes what. What is
//! held and expected must be there on the ledger. Cost: O(offers + wants) and one judgement for each closed round with a proposal.

use std::collections::BTreeMap;

use super::freeze::freeze;
use super::load::Load;
use super::offer::{Gives, MOST_MONEY, Offer, Wanted, check_offer};
use super::rules::Goal;
use super::state::{BarterRound, Best, Rounds, Stage};
use crate::codec::{Codec, DecodeError, Reader};
use crate::ledger::Ledger;
use crate::ledger::units::{AccountId, AgentId, Amount, AssetId};
use crate::limits::{MAX_MONEY_DECIMALS, MAX_NAME};
use crate::verify::check_takes;
use crate::{ItemIndex, Model};

impl Rounds {
    /// Appends their bytes.
    pub(crate) fn encode(&self, bytes: &mut Vec<u8>) {
        self.all.encode(bytes);
    }

    /// Reads the rounds of a realm with this ledger and so many agents.
    pub(crate) fn decode(
        reader: &mut Reader<'_>,
        ledger: &Ledger,
        agent_count: usize,
    ) -> Result<Self, DecodeError> {
        let error = reader.error("rounds that fit the agents and the ledger");
        let mut rounds = Rounds::of(Vec::decode(reader)?);
        let world = World { ledger, agent_count };
        if rounds.all.len() >= u32::MAX as usize || !rounds.all.iter().all(|round| world.knows(round)) {
            return Err(error);
        }
        rounds.derive();
        if !rounds.iter().all(|(_, round)| world.has_settled_sums(round)) || !world.holds(&rounds) {
            return Err(error);
        }
        Ok(rounds)
    }

    /// Walks all rounds.
    ///
    /// # Panics
    /// If an invariant does not hold, saying which.
    pub(crate) fn check(&self, ledger: &Ledger, agent_count: usize) {
        let world = World { ledger, agent_count };
        for (id, round) in self.iter() {
            assert!(world.knows(round), "what round {} names exists", id.0);
            assert!(world.has_settled_sums(round), "round {} keeps to its limits", id.0);
        }
        assert!(world.holds(self), "the ledger holds what rounds hold");
        let mut again = Rounds::of(self.all.clone());
        again.all.iter_mut().for_each(|round| round.load = Load::default());
        again.derive();
        assert!(*self == again, "what follows from the offers is kept up");
    }

    /// What is held for rounds, by account.
    pub fn held(&self) -> BTreeMap<AccountId, u128> {
        let mut held = BTreeMap::new();
        for (account, amount) in self.iter().flat_map(|(_, round)| round.holds()) {
            *held.entry(account).or_default() += amount;
        }
        held
    }
}

/// What rounds refer to.
#[derive(Clone, Copy)]
struct World<'a> {
    ledger: &'a Ledger,
    agent_count: usize,
}

impl World<'_> {
    /// Whether all that a round names exists, and all ranges are kept.
    fn knows(self, round: &BarterRound) -> bool {
        let is_agent = |agent: AgentId| (agent.0 as usize) < self.agent_count;
        let rules = &round.rules;
        let favored = |goal: &Goal| !matches!(goal, Goal::Favor(agent) if !is_agent(*agent));
        let money = rules.money.map(|money| self.ledger.asset(money));
        let header = (1..=MAX_NAME).contains(&round.name.len())
            && is_agent(round.organiser)
            && rules.check().is_ok()
            && rules.objectives.iter().all(favored)
            && money.is_none_or(|asset| asset.is_some_and(|asset| asset.scale <= MAX_MONEY_DECIMALS));
        let is_limit = |(&agent, &most): (&AgentId, &Amount)| {
            is_agent(agent) && rules.money.is_some() && most != Amount::ZERO && most <= MOST_MONEY
        };
        let best = match (round.stage, &round.best) {
            (_, None) => true,
            (Stage::Closed { .. }, Some(best)) => {
                is_agent(best.solver) && best.levels.len() == rules.objectives.len()
            }
            (_, Some(_)) => false,
        };
        let empty = round.offers.is_empty() && round.limits.is_empty();
        header
            && best
            && (empty || !round.is_ended())
            && round.limits.iter().all(is_limit)
            && round.offers.keys().all(|id| id.0 != 0 && *id <= round.last_offer)
            && round.offers.values().all(|offer| self.knows_offer(round, offer, is_agent(offer.owner)))
    }

    fn knows_offer(self, round: &BarterRound, offer: &Offer, owner_is_known: bool) -> bool {
        let is_held_on = |asset: AssetId| {
            self.ledger.account(offer.account).is_some_and(|account| {
                !account.is_closed && (account.owner, account.asset) == (offer.owner, asset)
            })
        };
        let is_given = match offer.gives {
            Gives::Lot { asset, .. } => is_held_on(asset),
            Gives::Bid { .. } => round.rules.money.is_some_and(is_held_on),
            Gives::Dummy => offer.account.0 == 0,
        };
        let is_known = |wanted: Wanted| match wanted {
            Wanted::Asset { asset, .. } => self.ledger.asset(asset).is_some(),
            Wanted::Money { .. } => round.rules.money.is_some(),
            Wanted::Offer { offer, price } => match round.offers.get(&offer).map(|offer| offer.gives) {
                Some(Gives::Bid { most }) => price <= most,
                Some(Gives::Lot { .. } | Gives::Dummy) => price == Amount::ZERO,
                None => offer.0 != 0 && offer <= round.last_offer,
            },
        };
        owner_is_known
            && offer.owner != AgentId::REALM
            && is_given
            && check_offer(offer.gives, &offer.wants).is_ok()
            && offer.wants.iter().all(|want| is_known(want.wanted))
            && offer.brings.windows(2).all(|pair| pair[0] < pair[1])
            && offer.brings.iter().all(|&asset| self.ledger.asset(asset).is_some())
    }

    /// Whether a round that names only what exists keeps to its limits, and its best proposal gives everybody what they asked for.
    fn has_settled_sums(self, round: &BarterRound) -> bool {
        round.load.fits(&round.rules) && round.best.as_ref().is_none_or(|best| self.is_allowed(round, best))
    }

    fn is_allowed(self, round: &BarterRound, best: &Best) -> bool {
        let goals = best.levels.iter().map(|level| &level.objective);
        let frozen = freeze(round, self.ledger).round;
        let takes: Vec<ItemIndex> = best.takes.iter().map(|&item| ItemIndex(item)).collect();
        goals.eq(&round.rules.objectives)
            && Model::new(&frozen).is_ok_and(|model| check_takes(&frozen, &model, &takes).is_ok())
    }

    /// Whether the ledger holds what the rounds hold.
    fn holds(self, rounds: &Rounds) -> bool {
        rounds.held().into_iter().all(|(account, held)| {
            self.ledger.account(account).is_some_and(|account| account.pending_out >= held)
        })
    }
}
