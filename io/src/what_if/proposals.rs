//! Proposals of the log for rounds that came out with other offers.
//!
//! A proposal names items by their places in the frozen round. Where the other realm's round is the same, so is the proposal. Where it is not, each offer is looked
//! for there: a proposal of which all that trades is there is fitted to the new places, and claims what it reaches and what its prices prove there (they were made for
//! another round, so that may be less, and then the round is settled later or not at all); any other does not apply. Or, if that is asked for, this program's own solver clears
//! the new round in place of the first proposal that the baseline took, for the same objectives: then what a solver can do is the same in both.

use bartizan_engine::rounds::command::ProposeSettlement;
use bartizan_engine::rounds::freeze::Frozen;
use bartizan_engine::rounds::units::OfferId;
use bartizan_engine::{ItemIndex, Outcome, claim};
use bartizan_solver::certify::Certificate;

use crate::clear::{Settings, clear};

/// What became of the log's proposals in the other realm, of those for rounds that have other offers there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proposals {
    /// Fitted: all that they trade is there.
    pub fitted: u64,
    /// Not applicable: something that they trade is not there, or not for that.
    pub not_applicable: u64,
    /// Replaced by what this program's solver found.
    pub solved: u64,
}

impl Proposals {
    pub(super) fn add(&mut self, more: Proposals) {
        self.fitted += more.fitted;
        self.not_applicable += more.not_applicable;
        self.solved += more.solved;
    }
}

/// The baseline's frozen round and the other realm's, and which offer of the first is which of the second.
pub(super) struct Shift<'a> {
    was: &'a Frozen,
    there: &'a Frozen,
    /// By item of the first, its place in the second.
    places: Vec<Option<u32>>,
}

impl<'a> Shift<'a> {
    pub(super) fn new(was: &'a Frozen, there: &'a Frozen, find: impl Fn(OfferId) -> Option<OfferId>) -> Self {
        let place = |offer| there.offers.binary_search(&offer).ok().map(|place| place as u32);
        let places = was.offers.iter().map(|&offer| find(offer).and_then(place)).collect();
        Shift { was, there, places }
    }

    /// Whether both are one round, whatever its offers are called.
    pub(super) fn is_none(&self) -> bool {
        let (was, there) = (&self.was.round, &self.there.round);
        let limits = |frozen: &Frozen| frozen.round.users.iter().map(|user| user.limit).collect::<Vec<_>>();
        let is_in_place = |(place, there): (u32, &Option<u32>)| *there == Some(place);
        let items = was.items.iter().zip(&there.items);
        was.items.len() == there.items.len()
            && (0..).zip(&self.places).all(is_in_place)
            && self.was.agents == self.there.agents
            && limits(self.was) == limits(self.there)
            && items.into_iter().all(|(one, other)| (one.user, one.kind) == (other.user, other.kind))
            && (&was.wants.first, &was.wants.item) == (&there.wants.first, &there.wants.item)
            && (&was.wants.cost, &was.wants.price) == (&there.wants.cost, &there.wants.price)
    }

    /// What the takes of a proposal are there; none if something that trades is not there.
    fn takes(&self, takes: &[u32]) -> Option<Vec<ItemIndex>> {
        if takes.len() != self.places.len() {
            return None;
        }
        let mut moved: Vec<ItemIndex> = (0..self.there.offers.len() as u32).map(ItemIndex).collect();
        for (item, &taken) in takes.iter().enumerate().filter(|&(item, &taken)| taken as usize != item) {
            let [item, taken] = [self.places[item], *self.places.get(taken as usize)?];
            moved[item? as usize] = ItemIndex(taken?);
        }
        Some(moved)
    }

    /// The proposal as it is there, with what it reaches and proves there; none if it does not apply.
    pub(super) fn fitted(&self, propose: &ProposeSettlement) -> Option<ProposeSettlement> {
        let takes = self.takes(&propose.takes)?;
        let moved = |prices: &Vec<i64>| {
            let mut moved = vec![0; takes.len()];
            for (place, &price) in self.places.iter().zip(prices) {
                if let Some(place) = *place {
                    moved[place as usize] = price;
                }
            }
            moved
        };
        let prices = propose.certificate.prices.iter().map(moved).collect();
        let certificate = Certificate { prices, coupled: None };
        let claimed = claim(&self.there.round, takes.clone(), Some(certificate));
        // Prices that do not fit are of no use; the takes may be, all the same.
        let outcome = claimed.or_else(|_| claim(&self.there.round, takes, None)).ok()?;
        Some(self.there.proposal(propose.round, &outcome))
    }

    /// The proposal's takes as they are there, with its claims as they were.
    pub(super) fn moved(&self, propose: &ProposeSettlement) -> ProposeSettlement {
        let takes = self.takes(&propose.takes).unwrap_or_default();
        ProposeSettlement { takes: takes.iter().map(|item| item.0).collect(), ..propose.clone() }
    }

    /// What this program's solver proposes for the round there, with a proof of at most `most` cases.
    pub(super) fn solved(&self, propose: &ProposeSettlement, most: usize) -> Option<ProposeSettlement> {
        let cleared = clear(&self.there.round, &Settings::default(), &mut |_| ()).ok()?;
        let outcome: Outcome = cleared.outcome.with_cases(&self.there.round, most).ok()?;
        Some(self.there.proposal(propose.round, &outcome))
    }
}
