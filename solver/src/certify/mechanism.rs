//! The check of what a mechanism claims of an outcome, as far as an outcome shows it, and of the reason why no stable exchange exists.
//!
//! A group that could do better among itself is a ring in a graph: everybody points at the owners of what they like better than what they
//! received, or no less. With strict arcs alone any ring refutes the core; a strict arc in a strongly connected component of all
//! of them lies on a ring that refutes the strict core. For Pareto efficiency they point at who received it; objects that
//! nobody received are one node, from which anybody may be reached, since what they give up for it may stay with nobody.
//!
//! Cost: O(lists), but for partitions, where it is O(participants * lists).

use crate::Components;
use crate::mechanism::{Market, Property};

/// Whether this is an outcome of the market: nothing received twice, who gives receives, and gifts receive nothing.
pub fn is_outcome(market: &Market, receives: &[u32]) -> bool {
    let mut is_received = vec![false; market.count()];
    receives.len() == market.count()
        && receives.iter().enumerate().all(|(own, &object)| {
            let object = object as usize;
            if market.is_gift[own] {
                return object == own;
            }
            object < market.count() && !std::mem::replace(&mut is_received[object], true)
        })
}

/// Whether an outcome has a property; none where an outcome cannot show it cheaply, or not at all.
pub fn holds(market: &Market, receives: &[u32], property: Property) -> Option<bool> {
    let is_rational =
        || (0..market.count()).all(|own| market.standing(own, receives[own] as usize).is_some());
    match property {
        Property::IndividuallyRational => Some(is_rational()),
        Property::ParetoEfficient => Some(is_rational() && !has_improvement(market, receives)),
        Property::Core => Some(is_rational() && !has_group(market, receives, false)),
        Property::StrictCore => Some(is_rational() && !has_group(market, receives, true)),
        Property::PairStable => Some(is_rational() && is_pair_stable(market, receives)),
        Property::PairEfficient | Property::StrategyProof => None,
    }
}

/// How each stands with what they received.
fn standings(market: &Market, receives: &[u32]) -> Vec<u32> {
    let standing = |(own, &object): (usize, &u32)| market.standing(own, object as usize);
    receives.iter().enumerate().map(|each| standing(each).expect("the outcome is rational")).collect()
}

/// An arc, and whether it is strict.
type Arc = (usize, bool);

/// Whether some strict arc lies on a ring.
fn has_ring(arcs: &[Vec<Arc>]) -> bool {
    let mut first = vec![0];
    let mut heads = Vec::new();
    for arcs in arcs {
        heads.extend(arcs.iter().map(|arc| arc.0));
        first.push(heads.len());
    }
    let components =
        Components::find(arcs.len(), |node| first[node]..first[node + 1], |arc| Some(heads[arc]));
    let within = |(tail, arcs): (usize, &Vec<Arc>)| {
        arcs.iter().any(|&(head, is_strict)| is_strict && components.of[tail] == components.of[head])
    };
    arcs.iter().enumerate().any(within)
}

/// Whether another outcome is better for somebody and worse for nobody.
fn has_improvement(market: &Market, receives: &[u32]) -> bool {
    let count = market.count();
    let stands = standings(market, receives);
    let free = count;
    let mut holder = vec![free; count];
    for own in (0..count).filter(|&own| !market.is_gift[own]) {
        holder[receives[own] as usize] = own;
    }
    let mut arcs: Vec<Vec<Arc>> = (0..count)
        .map(|own| {
            let no_worse = market.lists[own].iter().filter(|want| want.tier <= stands[own]);
            no_worse.map(|want| (holder[want.object as usize], want.tier < stands[own])).collect()
        })
        .collect();
    arcs.push((0..count).filter(|&own| !market.is_gift[own]).map(|own| (own, false)).collect());
    // Who received their own or an equal object points at themselves, which is no strict arc.
    has_ring(&arcs)
}

/// Whether a group can do better with what its members bring: all of them, or for the strict core one and the others no worse.
fn has_group(market: &Market, receives: &[u32], is_strict_core: bool) -> bool {
    let stands = standings(market, receives);
    let arcs: Vec<Vec<Arc>> = (0..market.count())
        .map(|own| {
            let brought = market.lists[own].iter().filter(|want| !market.is_gift[want.object as usize]);
            let points = brought
                .filter(|want| want.tier < stands[own] || (is_strict_core && want.tier == stands[own]));
            points.map(|want| (want.object as usize, want.tier < stands[own])).collect()
        })
        .collect();
    has_ring(&arcs)
}

/// Whether exchanges are between two, and no two would rather exchange with each other.
fn is_pair_stable(market: &Market, receives: &[u32]) -> bool {
    let stands = standings(market, receives);
    let would =
        |own: usize, other: usize| market.standing(own, other).is_some_and(|standing| standing < stands[own]);
    (0..market.count()).all(|own| {
        let blocks = |other: usize| would(own, other) && would(other, own);
        receives[receives[own] as usize] as usize == own
            && !market.lists[own].iter().any(|want| blocks(want.object as usize))
    })
}

/// Whether `next` is a stable partition with a party that is an odd ring of three or more, by the order of the lists: then no
/// exchange is stable by that order (Tan 1991). With ties one may be by another.
pub fn shows_none_stable(market: &Market, next: &[u32]) -> bool {
    let count = market.count();
    let mut before = vec![usize::MAX; count];
    if next.len() != count {
        return false;
    }
    for (own, &other) in next.iter().enumerate() {
        let Some(place) = before.get_mut(other as usize) else { return false };
        if std::mem::replace(place, own) != usize::MAX {
            return false;
        }
    }
    // The place in a list; behind it for oneself, and none for others.
    let place = |own: usize, other: usize| {
        let list = &market.lists[own];
        if own == other {
            return Some(list.len());
        }
        list.iter().position(|want| want.object as usize == other)
    };
    let likes = |own: usize| match (place(own, next[own] as usize), place(own, before[own])) {
        (Some(after), Some(before)) => after <= before,
        _ => false,
    };
    let would = |own: usize, other: usize| match (place(own, other), place(own, before[own])) {
        (Some(other), Some(before)) => other < before,
        _ => false,
    };
    let blocks = |own: usize| {
        let rather = |other: usize| would(own, other) && would(other, own);
        market.lists[own].iter().any(|want| rather(want.object as usize))
    };
    (0..count).all(|own| likes(own) && !blocks(own)) && (0..count).any(|own| is_on_odd_ring(next, own))
}

fn is_on_odd_ring(next: &[u32], own: usize) -> bool {
    let (mut at, mut length) = (next[own] as usize, 1);
    while at != own {
        at = next[at] as usize;
        length += 1;
    }
    length > 2 && length % 2 == 1
}
