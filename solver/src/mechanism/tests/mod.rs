//! Every theorem of every mechanism against brute force; and what mechanisms have in common.

mod brute;
mod made;

use super::{Domain, MECHANISMS, Market, Mechanism, Property, by_name};
use crate::certify::mechanism::{holds, is_outcome, shows_none_stable};
use crate::stream::Stream;
use made::{every_market, reports, some_market};

/// How many random markets of each size are tried, sizes from 2.
const MARKETS: [(usize, u64); 5] = [(2, 100), (3, 1000), (4, 1500), (5, 400), (6, 40)];

fn outcome(mechanism: &Mechanism, market: &Market) -> Vec<u32> {
    let receives = (mechanism.receives)(market).unwrap_or_else(|_| market.nobody());
    assert!(is_outcome(market, &receives), "{}: {market:?} {receives:?}", mechanism.name);
    receives
}

/// Tries all markets of three and random ones of up to six; counts those for which `is_so` fails, and tells the first.
fn failures(
    domain: Domain,
    mut is_so: impl FnMut(&Market, &made::Reports) -> bool,
) -> (usize, Option<Market>) {
    let mut stream = Stream::new(domain as u64 + 1);
    let (mut count, mut first) = (0, None);
    let mut see = |market: Market, reports: &made::Reports| {
        assert_eq!(market.check(), None);
        if !is_so(&market, reports) {
            count += 1;
            first.get_or_insert(market);
        }
    };
    let all = reports(domain, 3);
    every_market(domain, &all, &mut |market| see(market, &all));
    for (size, markets) in MARKETS {
        let all = reports(domain, size);
        for _ in 0..markets {
            see(some_market(domain, &all, &mut stream), &all);
        }
    }
    (count, first)
}

#[test]
fn every_theorem_holds_where_it_says_and_only_there() {
    for mechanism in MECHANISMS {
        for theorem in mechanism.theorems.iter().filter(|theorem| theorem.property != Property::StrategyProof)
        {
            let (found, first) = failures(theorem.domain, |market, _| {
                let receives = outcome(mechanism, market);
                // Nothing is said of a market for which there is no outcome.
                if (mechanism.receives)(market).is_err() {
                    return true;
                }
                let is_so = brute::holds(market, &receives, theorem.property);
                if let Some(checked) = holds(market, &receives, theorem.property) {
                    assert_eq!(checked, is_so, "{:?} of {receives:?} in {market:?}", theorem.property);
                }
                is_so
            });
            let told = format!("{}: {:?} {:?}", mechanism.name, theorem.property, theorem.domain);
            assert_eq!(found == 0, theorem.holds, "{told}: {found} against it, as {first:?}");
        }
    }
}

#[test]
fn nobody_gains_by_any_other_list_where_that_is_said_and_somebody_does_where_not() {
    for mechanism in MECHANISMS {
        for theorem in mechanism.theorems.iter().filter(|theorem| theorem.property == Property::StrategyProof)
        {
            let (found, first) = failures(theorem.domain, |market, reports| {
                let receives = outcome(mechanism, market);
                let mut lied = market.clone();
                (0..market.count()).filter(|&own| !market.is_gift[own]).all(|own| {
                    let honest = market.standing(own, receives[own] as usize).expect("it is rational");
                    let gains = reports[own].iter().any(|report| {
                        lied.lists[own].clone_from(report);
                        let received = outcome(mechanism, &lied)[own] as usize;
                        market.standing(own, received).is_some_and(|standing| standing < honest)
                    });
                    lied.lists[own].clone_from(&market.lists[own]);
                    !gains
                })
            });
            let told = format!("{}: {:?}", mechanism.name, theorem.domain);
            assert_eq!(found == 0, theorem.holds, "{told}: {found} can be gamed, as {first:?}");
        }
    }
}

#[test]
fn every_mechanism_says_of_every_question_that_matters_what_is_known() {
    for mechanism in MECHANISMS {
        for property in [Property::IndividuallyRational, Property::StrategyProof] {
            let says = mechanism.theorems.iter().any(|theorem| theorem.property == property);
            assert!(says, "{}: {property:?}", mechanism.name);
        }
        let mut names = MECHANISMS.iter().filter(|other| other.name == mechanism.name);
        assert!(names.next().is_some() && names.next().is_none(), "{}", mechanism.name);
    }
}

/// What two mechanisms make of the same market.
fn agree(one: &str, other: &str, domain: Domain) {
    let (one, other) = (by_name(one).expect("it is there"), by_name(other).expect("it is there"));
    let (differ, first) = failures(domain, |market, _| outcome(one, market) == outcome(other, market));
    assert_eq!(differ, 0, "{} and {} differ: {first:?}", one.name, other.name);
}

#[test]
fn mechanisms_that_are_said_to_be_one_are() {
    // Without gifts turns are rings; without ties the top cycles rule is top trading cycles; and Krishna and Wang 2007.
    agree("ttc", "your-turn", Domain::Strict);
    agree("ttc", "chains", Domain::Strict);
    agree("ttc", "longest-chains", Domain::Strict);
    agree("ttc", "top-cycles", Domain::Strict);
    agree("chains", "your-turn", Domain::Gifts);
}

#[test]
fn with_ties_what_is_found_is_stable_and_some_are_missed() {
    let stable = by_name("stable").expect("it is there");
    let (mut found, mut missed) = (0, 0);
    let (wrong, first) = failures(Domain::Ties, |market, _| {
        let exists = brute::pairings(market)
            .iter()
            .any(|receives| brute::holds(market, receives, Property::PairStable));
        match (stable.receives)(market) {
            Ok(receives) => {
                found += usize::from(market.has_ties());
                exists && brute::holds(market, &receives, Property::PairStable)
            }
            Err(reason) => {
                missed += usize::from(exists);
                (market.has_ties() || !exists) && shows_none_stable(market, &reason.next)
            }
        }
    });
    assert_eq!(wrong, 0, "{first:?}");
    assert!(found > 100, "{found} found with ties");
    assert!(missed > 0, "none was missed: the theorem could say more");
}

#[test]
fn a_stable_exchange_is_found_exactly_where_one_exists() {
    let stable = by_name("stable").expect("it is there");
    let mut none = 0;
    let (wrong, first) = failures(Domain::Strict, |market, _| {
        let exists = brute::pairings(market)
            .iter()
            .any(|receives| brute::holds(market, receives, Property::PairStable));
        match (stable.receives)(market) {
            Ok(receives) => exists && brute::holds(market, &receives, Property::PairStable),
            Err(reason) => {
                none += 1;
                let ring = reason.ring();
                !exists && shows_none_stable(market, &reason.next) && ring.len() % 2 == 1 && ring.len() > 2
            }
        }
    });
    assert_eq!(wrong, 0, "{first:?}");
    assert!(none > 10, "{none} markets without one");
    // Larger ones, which have parties of all kinds, against the partition alone.
    let mut stream = Stream::new(7);
    let (mut with, mut without) = (0, 0);
    for _ in 0..600 {
        let size = 6 + stream.below(7) as usize;
        let lists: Vec<Vec<Vec<u32>>> = (0..size)
            .map(|own| {
                let mut others: Vec<u32> = (0..size as u32).filter(|&other| other as usize != own).collect();
                stream.shuffle(&mut others);
                others.truncate(2 + stream.below(size as u64 - 2) as usize);
                others.into_iter().map(|other| vec![other]).collect()
            })
            .collect();
        let market = Market::of_tiers(&lists);
        match (stable.receives)(&market) {
            Ok(receives) => {
                with += 1;
                assert_eq!(holds(&market, &receives, Property::PairStable), Some(true));
            }
            Err(reason) => {
                without += 1;
                assert!(shows_none_stable(&market, &reason.next), "{market:?}");
                let mut spoilt = reason.next.clone();
                let ring = reason.ring();
                for &member in &ring {
                    spoilt[reason.next[member as usize] as usize] = member;
                }
                assert!(!shows_none_stable(&market, &spoilt), "the ring turned round: {market:?}");
            }
        }
    }
    assert!(with > 50 && without > 50, "{with} {without}");
}

#[test]
fn as_many_pairs_exchange_by_priority_as_can_and_the_first_who_can_among_them() {
    let priority = by_name("priority").expect("it is there");
    let mut stream = Stream::new(3);
    for _ in 0..3000 {
        let size = 2 + stream.below(8) as usize;
        let density = 1 + stream.below(9);
        let mut lists = vec![vec![Vec::new()]; size];
        for one in 0..size {
            for other in 0..one {
                if stream.below(10) < density {
                    lists[one][0].push(other as u32);
                    lists[other][0].push(one as u32);
                }
            }
        }
        for tiers in &mut lists {
            tiers.retain(|tier| !tier.is_empty());
        }
        let mut market = Market::of_tiers(&lists);
        stream.shuffle(&mut market.order);
        let receives = outcome(priority, &market);
        let trades = |receives: &[u32]| -> Vec<bool> {
            market.order.iter().map(|&own| receives[own as usize] != own).collect()
        };
        let count = |trading: &[bool]| trading.iter().filter(|trades| **trades).count();
        let all: Vec<Vec<bool>> = brute::pairings(&market).iter().map(|other| trades(other)).collect();
        let most = all.iter().map(|trading| count(trading)).max().expect("nobody trading is one");
        // Of the sets that can trade the greatest in the order of priority is the one that is chosen one by one.
        let best = all.iter().max().expect("nobody trading is one");
        assert_eq!((&trades(&receives), count(&trades(&receives))), (best, most), "{market:?}");
    }
}

#[test]
fn large_markets_are_no_trouble() {
    let mut stream = Stream::new(11);
    let size = 2000;
    let lists: Vec<Vec<Vec<u32>>> = (0..size)
        .map(|own| {
            let mut others: Vec<u32> = (0..12).map(|_| stream.below(size) as u32).collect();
            others.sort_unstable();
            others.dedup();
            others.retain(|&other| u64::from(other) != own);
            stream.shuffle(&mut others);
            others.chunks(2).map(<[u32]>::to_vec).collect()
        })
        .collect();
    let mut market = Market::of_tiers(&lists);
    for gift in 0..50 {
        market.lists[gift].clear();
        market.is_gift[gift] = true;
    }
    for mechanism in MECHANISMS {
        let receives = outcome(mechanism, &market);
        assert_eq!(
            holds(&market, &receives, Property::IndividuallyRational),
            Some(true),
            "{}",
            mechanism.name
        );
    }
}
