//! What a realm knows of its rounds, and its canonical bytes.
//!
//! Of a round that ended the header alone is kept. What follows from the offers (sums, what is expected, what time will do) is no
//! part of the bytes; it is worked out again when they are read.

use std::collections::{BTreeMap, BTreeSet};

use super::command::Claim;
use super::load::Load;
use super::offer::{Gives, Offer};
use super::rules::RoundRules;
use super::units::{OfferId, RoundId};
use crate::codec::{Codec, DecodeError, Mixer, Reader, choice, record};
use crate::ledger::units::{AccountId, AgentId, Amount, AssetId};
use crate::limits::{MAX_CASES, MAX_PROOF_STEPS};
use crate::reject::Reject;

/// A round of a realm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BarterRound {
    /// What people call it.
    pub name: String,
    /// Who opened it, and may close, settle and cancel it.
    pub organiser: AgentId,
    /// Its rules.
    pub rules: RoundRules,
    /// How far it is.
    pub stage: Stage,
    /// The last number that an offer got.
    pub(super) last_offer: OfferId,
    pub(super) offers: BTreeMap<OfferId, Offer>,
    /// How much each agent will spend, of those who set a limit.
    pub(super) limits: BTreeMap<AgentId, Amount>,
    pub(super) best: Option<Best>,
    pub(super) load: Load,
}

/// How far a round is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It takes offers.
    Open,
    /// It is fixed, and takes proposals.
    Closed {
        /// Until then, in nanoseconds of the log.
        until: u64,
    },
    /// It ended by a settlement.
    Settled,
    /// It ended without one.
    Cancelled,
}

choice!(Stage { 1 => Open, 2 => Closed { until }, 3 => Settled, 4 => Cancelled });

/// The best proposal so far, verified. Its certificate has done its work; the log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Best {
    /// Whose.
    pub solver: AgentId,
    /// For each item of the frozen round the item that its owner takes for it.
    pub takes: Vec<u32>,
    /// What it reaches, and what is proven of it.
    pub levels: Vec<Claim>,
}

record!(Best { solver, takes, levels });

impl Best {
    /// Whether nothing better exists.
    pub fn is_optimal(&self) -> bool {
        self.levels.iter().all(|level| level.value == level.bound)
    }
}

impl BarterRound {
    /// The offers, by number.
    pub fn offers(&self) -> impl Iterator<Item = (OfferId, &Offer)> {
        self.offers.iter().map(|(&id, offer)| (id, offer))
    }

    /// The number that the next offer gets.
    pub fn next_offer(&self) -> OfferId {
        OfferId(self.last_offer.0.saturating_add(1))
    }

    /// The best proposal so far.
    pub fn best(&self) -> Option<&Best> {
        self.best.as_ref()
    }

    /// How many steps judging one case of a proof may take in this round; a proposal whose proof has so many cases that all together take more
    /// than [`MAX_PROOF_STEPS`] is refused unread. Known once the round is closed, and the same for everybody.
    pub fn steps_per_case(&self) -> u64 {
        self.load.steps_per_case(self.rules.objectives.len())
    }

    /// How many cases, branches and leaves together, a proof of at most so many steps can have: a longer one is refused.
    pub fn most_cases(&self) -> usize {
        let leaves = MAX_PROOF_STEPS / self.steps_per_case().max(1);
        MAX_CASES.min(usize::try_from(leaves.saturating_mul(2)).unwrap_or(usize::MAX).saturating_sub(1))
    }

    /// How much an agent will spend, if there is a limit.
    pub fn limit_of(&self, agent: AgentId) -> Option<Amount> {
        self.limits.get(&agent).copied()
    }

    /// How much of the round's money is held of an agent: all that is bid, or the limit if that is less.
    pub fn money_held(&self, agent: AgentId) -> u128 {
        let bid = self.load.bids_of(agent);
        self.limit_of(agent).map_or(bid, |limit| bid.min(limit.0))
    }

    /// What is held for this round: each lot, and the money of each who bids. An account may come several times.
    pub fn holds(&self) -> impl Iterator<Item = (AccountId, u128)> {
        let lots = self.offers.values().filter_map(|offer| match offer.gives {
            Gives::Lot { amount, .. } => Some((offer.account, amount.0)),
            Gives::Bid { .. } | Gives::Dummy => None,
        });
        let mut purses = BTreeMap::new();
        for offer in self.offers.values().filter(|offer| matches!(offer.gives, Gives::Bid { .. })) {
            purses.entry(offer.account).or_insert_with(|| self.money_held(offer.owner));
        }
        lots.chain(purses)
    }

    /// Whether it is settled or cancelled.
    pub fn is_ended(&self) -> bool {
        matches!(self.stage, Stage::Settled | Stage::Cancelled)
    }

    /// When time alone does something to it: closes it, or ends it if nobody proposed anything.
    fn due(&self) -> Option<u64> {
        match self.stage {
            Stage::Open => self.rules.closes_at,
            Stage::Closed { until } => self.best.is_none().then_some(until),
            Stage::Settled | Stage::Cancelled => None,
        }
    }
}

impl Codec for BarterRound {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.name.encode(bytes);
        self.organiser.encode(bytes);
        self.rules.encode(bytes);
        self.stage.encode(bytes);
        self.last_offer.encode(bytes);
        self.offers.encode(bytes);
        self.limits.encode(bytes);
        self.best.encode(bytes);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(BarterRound {
            name: Codec::decode(reader)?,
            organiser: Codec::decode(reader)?,
            rules: Codec::decode(reader)?,
            stage: Codec::decode(reader)?,
            last_offer: Codec::decode(reader)?,
            offers: Codec::decode(reader)?,
            limits: Codec::decode(reader)?,
            best: Codec::decode(reader)?,
            load: Load::default(),
        })
    }

    fn mix(&self, mixer: &mut Mixer) {
        self.to_bytes().mix(mixer);
    }
}

/// All rounds of a realm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rounds {
    /// By number less one.
    pub(super) all: Vec<BarterRound>,
    /// When time alone does something, to which.
    times: BTreeSet<(u64, RoundId)>,
    /// Of which assets offers may bring something to whom, and how many offers.
    expected: BTreeMap<(AgentId, AssetId), u32>,
}

impl Rounds {
    /// A round.
    pub fn get(&self, round: RoundId) -> Option<&BarterRound> {
        self.all.get((round.0 as usize).wrapping_sub(1))
    }

    /// The rounds, by number.
    pub fn iter(&self) -> impl Iterator<Item = (RoundId, &BarterRound)> {
        (1..).map(RoundId).zip(&self.all)
    }

    /// Whether an offer in a round that has not ended may bring an agent something of an asset: an account of theirs then takes no
    /// ceiling.
    pub fn expects(&self, agent: AgentId, asset: AssetId) -> bool {
        self.expected.contains_key(&(agent, asset))
    }

    /// When time alone next does something.
    pub fn next_time(&self) -> Option<u64> {
        self.times.first().map(|&(time, _)| time)
    }

    /// The number that the next round gets.
    pub(super) fn next(&self) -> RoundId {
        RoundId(self.all.len() as u32 + 1)
    }

    /// The round to which time does something first, if it is not later than `now`.
    pub(super) fn first_due(&self, now: u64) -> Option<RoundId> {
        self.times.first().filter(|&&(time, _)| time <= now).map(|&(_, round)| round)
    }

    /// Whether time has something to do to a round.
    pub(super) fn is_due(&self, round: RoundId, now: u64) -> bool {
        self.get(round).and_then(BarterRound::due).is_some_and(|time| time <= now)
    }

    /// A known round.
    pub(super) fn known(&self, round: RoundId) -> Result<&BarterRound, Reject> {
        self.get(round).ok_or(Reject::UnknownRound)
    }

    /// Takes in a round.
    pub(super) fn push(&mut self, round: BarterRound) -> RoundId {
        let id = self.next();
        self.all.push(round);
        self.schedule(id);
        id
    }

    /// Changes a known round, and notes when time next does something to it.
    pub(super) fn change<T>(&mut self, round: RoundId, change: impl FnOnce(&mut BarterRound) -> T) -> T {
        let place = round.0 as usize - 1;
        if let Some(due) = self.all[place].due() {
            self.times.remove(&(due, round));
        }
        let done = change(&mut self.all[place]);
        self.schedule(round);
        done
    }

    fn schedule(&mut self, round: RoundId) {
        if let Some(due) = self.all[round.0 as usize - 1].due() {
            self.times.insert((due, round));
        }
    }

    /// Puts an offer into an open round, under the next number, if the round is not too large with it.
    pub(super) fn insert(&mut self, round: RoundId, offer: Offer) -> Result<OfferId, Reject> {
        let round = &mut self.all[round.0 as usize - 1];
        round.load.add(&offer);
        if !round.load.fits(&round.rules) || round.last_offer.0 == u32::MAX {
            round.load.remove(&offer);
            return Err(Reject::RoundFull);
        }
        if !round.load.is_fair(offer.owner) {
            round.load.remove(&offer);
            return Err(Reject::ShareFull);
        }
        for &asset in &offer.brings {
            *self.expected.entry((offer.owner, asset)).or_default() += 1;
        }
        round.last_offer.0 += 1;
        round.offers.insert(round.last_offer, offer);
        Ok(round.last_offer)
    }

    /// Takes an offer out of its round.
    pub(super) fn remove(&mut self, round: RoundId, offer: OfferId) -> Offer {
        let round = &mut self.all[round.0 as usize - 1];
        let removed = round.offers.remove(&offer).expect("the offer was looked up");
        round.load.remove(&removed);
        self.expect_no_more(&removed);
        removed
    }

    fn expect_no_more(&mut self, offer: &Offer) {
        for &asset in &offer.brings {
            let key = (offer.owner, asset);
            let count = self.expected.get_mut(&key).expect("what was expected ends once");
            *count -= 1;
            if *count == 0 {
                self.expected.remove(&key);
            }
        }
    }

    /// Ends a round: forgets all but its header.
    pub(super) fn end(&mut self, round: RoundId, stage: Stage) {
        let offers = self.change(round, |round| {
            round.stage = stage;
            round.limits = BTreeMap::new();
            round.best = None;
            round.load = Load::default();
            std::mem::take(&mut round.offers)
        });
        for offer in offers.values() {
            self.expect_no_more(offer);
        }
    }

    /// Works out what follows from the offers. The rounds must be sound.
    pub(super) fn derive(&mut self) {
        for place in 0..self.all.len() {
            let round = &mut self.all[place];
            for offer in round.offers.values() {
                round.load.add(offer);
                for &asset in &offer.brings {
                    *self.expected.entry((offer.owner, asset)).or_default() += 1;
                }
            }
            self.schedule(RoundId(place as u32 + 1));
        }
    }

    /// All that must be written down.
    pub(super) fn of(all: Vec<BarterRound>) -> Self {
        Rounds { all, ..Rounds::default() }
    }
}
