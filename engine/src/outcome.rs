//! What a clearing says: who receives what, how good that is by each objective, and the proof.
//!
//! An [`Outcome`] is a permutation of the items ([`Outcome::takes`]); rings are read off it with
//! the dummies left out ([`Outcome::rings`]).

use bartizan_solver::certify::Certificate;

use crate::{ItemIndex, ItemKind, Objective, Round};

/// A proposed clearing of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What each item's owner takes for it; an item that takes itself does not trade. A permutation.
    pub takes: Vec<ItemIndex>,
    /// The objectives in order, with what was reached and what cannot be exceeded.
    pub levels: Vec<Level>,
    /// Why nothing better exists.
    pub certificate: Certificate,
}

/// One objective of an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// The objective.
    pub objective: Objective,
    /// What the outcome reaches, in the objective's own unit.
    pub value: i64,
    /// What no outcome that is as good on the levels before can exceed (or fall below, where least
    /// is best). Equal to `value` when the level is proven optimal.
    pub bound: i64,
}

impl Level {
    /// Whether nothing better exists.
    pub fn is_proven(&self) -> bool {
        self.value == self.bound
    }
}

/// A ring: each member receives from the next, the last from the first.
pub type Ring = Vec<Hop>;

/// One member of a ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The item given up (a good or a bid).
    pub item: ItemIndex,
    /// The good or bid received for it.
    pub receives: ItemIndex,
    /// The dummies through which the want was expressed, from the giver's list onwards.
    pub via: Vec<ItemIndex>,
    /// The position in [`crate::Wants::item`] of the item's own want that was granted (it names the
    /// first dummy where there is one).
    pub want: usize,
    /// The money asked, when `receives` is a bid; else 0.
    pub price: i64,
}

impl Outcome {
    /// Whether every level is proven.
    pub fn is_optimal(&self) -> bool {
        self.levels.iter().all(Level::is_proven)
    }

    /// The rings, each from its lowest item, in the order of their lowest items. Cost O(items + the
    /// want lists of the items that trade).
    ///
    /// # Panics
    /// If [`Outcome::takes`] grants what nobody wanted: check an outcome that came from elsewhere
    /// with [`crate::verify()`] first.
    pub fn rings(&self, round: &Round<'_>) -> Vec<Ring> {
        let mut seen = vec![false; round.items.len()];
        let mut rings = Vec::new();
        for start in 0..round.items.len() {
            let is_dummy = round.items[start].kind == ItemKind::Dummy;
            if seen[start] || is_dummy || self.takes[start].at() == start {
                continue;
            }
            let mut ring = Ring::new();
            let mut item = ItemIndex(start as u32);
            while !seen[item.at()] {
                seen[item.at()] = true;
                let hop = self.hop(round, item);
                item = hop.receives;
                ring.push(hop);
            }
            rings.push(ring);
        }
        rings
    }

    fn hop(&self, round: &Round<'_>, item: ItemIndex) -> Hop {
        let want = granted(round, item, self.takes[item.at()]);
        let (mut giver, mut last, mut via) = (item, want, Vec::new());
        let mut receives = self.takes[item.at()];
        while round.items[receives.at()].kind == ItemKind::Dummy {
            via.push(receives);
            giver = receives;
            receives = self.takes[giver.at()];
        }
        if giver != item {
            last = granted(round, giver, receives);
        }
        Hop { item, receives, via, want, price: round.wants.price(last) }
    }
}

/// Where `taker`'s list names `wanted`.
fn granted(round: &Round<'_>, taker: ItemIndex, wanted: ItemIndex) -> usize {
    let range = round.wants.range(taker);
    range
        .clone()
        .find(|&want| round.wants.item[want] == wanted)
        .expect("an outcome grants only what was wanted")
}
