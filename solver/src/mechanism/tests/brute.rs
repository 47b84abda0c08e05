//! Properties by trying everything.

use crate::mechanism::{Market, Property};

/// Whether an outcome has a property, all but strategy-proofness.
pub(super) fn holds(market: &Market, receives: &[u32], property: Property) -> bool {
    let count = market.count();
    let stands: Option<Vec<u32>> =
        (0..count).map(|own| market.standing(own, receives[own] as usize)).collect();
    let Some(stands) = stands else { return false };
    let is_pairs = || (0..count).all(|own| receives[receives[own] as usize] as usize == own);
    // Whether `members` are no worse off in another outcome, and one of them, or each, better.
    let improves = |other: &[u32], members: u32, all: bool| {
        let is_member = |own: &usize| members >> own & 1 == 1;
        let change = |own: usize| {
            let standing = market.standing(own, other[own] as usize).expect("only rational ones are tried");
            (standing <= stands[own], standing < stands[own])
        };
        let mut members = (0..count).filter(is_member).map(change);
        if all {
            members.all(|change| change.1)
        } else {
            members.clone().all(|change| change.0) && members.any(|change| change.1)
        }
    };
    let everybody = (1_u32 << count) - 1;
    match property {
        Property::IndividuallyRational => true,
        Property::ParetoEfficient => {
            !outcomes(market, everybody, false).iter().any(|other| improves(other, everybody, false))
        }
        Property::PairEfficient => {
            is_pairs() && !pairings(market).iter().any(|other| improves(other, everybody, false))
        }
        Property::Core | Property::StrictCore => (1..=everybody).all(|group| {
            let owners = (0..count).all(|own| group >> own & 1 == 0 || !market.is_gift[own]);
            let all = property == Property::Core;
            !owners || !outcomes(market, group, true).iter().any(|other| improves(other, group, all))
        }),
        Property::PairStable => {
            let would = |own: usize, other: usize| {
                market.standing(own, other).is_some_and(|standing| standing < stands[own])
            };
            is_pairs()
                && !(0..count)
                    .any(|own| (0..count).any(|other| own != other && would(own, other) && would(other, own)))
        }
        Property::StrategyProof => unreachable!("no outcome shows it"),
    }
}

/// Every rational outcome for the participants of a group, of all objects or of those they bring; others receive their own.
fn outcomes(market: &Market, group: u32, of_own: bool) -> Vec<Vec<u32>> {
    let mut found = Vec::new();
    place(market, group, of_own, 0, &mut vec![false; market.count()], &mut market.nobody(), &mut found);
    found
}

fn place(
    market: &Market,
    group: u32,
    of_own: bool,
    own: usize,
    is_taken: &mut Vec<bool>,
    receives: &mut Vec<u32>,
    found: &mut Vec<Vec<u32>>,
) {
    if own == market.count() {
        found.push(receives.clone());
        return;
    }
    if group >> own & 1 == 0 || market.is_gift[own] {
        return place(market, group, of_own, own + 1, is_taken, receives, found);
    }
    for object in 0..market.count() {
        let may = !is_taken[object] && (!of_own || group >> object & 1 == 1);
        if may && market.standing(own, object).is_some() {
            is_taken[object] = true;
            receives[own] = object as u32;
            place(market, group, of_own, own + 1, is_taken, receives, found);
            receives[own] = own as u32;
            is_taken[object] = false;
        }
    }
}

/// Every outcome of exchanges between two who list each other.
pub(super) fn pairings(market: &Market) -> Vec<Vec<u32>> {
    let mut found = vec![market.nobody()];
    let mut read = 0;
    while let Some(pairing) = found.get(read).cloned() {
        read += 1;
        // Pairs are added by rising number of their lower member, so each set comes up once.
        let last = (0..market.count()).rev().find(|&own| pairing[own] as usize > own);
        for own in last.map_or(0, |last| last + 1)..market.count() {
            for other in own + 1..market.count() {
                let is_free = pairing[own] as usize == own && pairing[other] as usize == other;
                let mutual = market.standing(own, other).is_some() && market.standing(other, own).is_some();
                if is_free && mutual {
                    let mut more = pairing.clone();
                    (more[own], more[other]) = (other as u32, own as u32);
                    found.push(more);
                }
            }
        }
    }
    found
}
