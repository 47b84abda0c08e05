//! An outcome that a mechanism made of a round, as rings and chains; and what of the mechanism's theorems it shows.

use bartizan_engine::{Hop, ItemIndex, Outcome, Round};
use bartizan_solver::certify::Certificate;
use bartizan_solver::certify::mechanism::holds;
use bartizan_solver::mechanism::{Market, Mechanism, NoneExists, Property, Theorem};

use crate::clear::leave_out_idle_dummies;

/// An outcome in rings and chains.
#[derive(Clone, Debug)]
pub struct Made {
    /// The rings; who is in a chain takes its own here.
    pub outcome: Outcome,
    /// The chains, each from its last hand to its gift.
    pub chains: Vec<Vec<Hop>>,
}

impl Made {
    /// What each item's owner receives, with dummies that only pass things among themselves left out, as rings and chains.
    pub fn of(round: &Round<'_>, market: &Market, receives: &[u32]) -> Self {
        let mut takes = receives.to_vec();
        let mut is_received = vec![false; takes.len()];
        for (own, &object) in receives.iter().enumerate().filter(|(own, _)| !market.is_gift[*own]) {
            is_received[object as usize] = object as usize != own || is_received[object as usize];
        }
        let is_last = |own: usize| !market.is_gift[own] && !is_received[own] && receives[own] as usize != own;
        let mut chains = Vec::new();
        for last in (0..takes.len()).filter(|&own| is_last(own)) {
            let mut chain = Vec::new();
            let mut at = last;
            while receives[at] as usize != at {
                chain.push(hop(round, at, receives[at]));
                takes[at] = at as u32;
                at = receives[at] as usize;
            }
            chains.push(chain);
        }
        leave_out_idle_dummies(round, &mut takes);
        let takes = takes.into_iter().map(ItemIndex).collect();
        Made { outcome: Outcome { takes, levels: Vec::new(), certificate: Certificate::default() }, chains }
    }
}

/// One member of a chain.
fn hop(round: &Round<'_>, own: usize, object: u32) -> Hop {
    let (item, receives) = (ItemIndex(own as u32), ItemIndex(object));
    let mut places = round.wants.range(item);
    let want = places.find(|&want| round.wants.item[want] == receives).expect("who receives has listed it");
    Hop { item, receives, via: Vec::new(), want, price: 0 }
}

/// What a theorem comes to for one outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The outcome has the property.
    Yes,
    /// It has not, against the theorem.
    No,
    /// The theorem is about the rule, or is not checked on outcomes.
    ByTheoremAlone,
}

/// Every theorem that promises something for this market, and what the outcome shows of it. Nothing is promised where there are dummies, but that
/// nobody receives what they did not list.
pub fn shown(
    mechanism: &Mechanism,
    round: &Round<'_>,
    market: &Market,
    receives: &[u32],
) -> Vec<(&'static Theorem, Shown)> {
    let has_dummies = super::has_dummies(round);
    let promises = mechanism.theorems.iter().filter(|theorem| {
        let is_about = !has_dummies || theorem.property == Property::IndividuallyRational;
        theorem.holds && is_about && theorem.domain.covers(market)
    });
    let mut found: Vec<(&Theorem, Shown)> = Vec::new();
    for theorem in promises {
        if found.iter().any(|(other, _)| other.property == theorem.property) {
            continue;
        }
        let shown = match holds(market, receives, theorem.property) {
            Some(true) => Shown::Yes,
            Some(false) => Shown::No,
            None => Shown::ByTheoremAlone,
        };
        found.push((theorem, shown));
    }
    found
}

/// Why there is no stable exchange, by the names of an odd ring.
pub fn reason(round: &Round<'_>, market: &Market, none: &NoneExists) -> String {
    let names: Vec<&str> = none.ring().iter().map(|&own| &*round.items[own as usize].name).collect();
    let ties = if market.has_ties() {
        ", with ties broken by the order of the lists (another order may have one)"
    } else {
        ""
    };
    format!(
        "no stable exchange exists{ties}: {} are an odd ring, in which each would rather exchange with the next than with the one before, and in which every way to pair them leaves one out whom another would rather have",
        names.join(", ")
    )
}
