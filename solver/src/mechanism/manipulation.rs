//! How often, and by how much, a participant gains by another list than their own: one that is shorter or in another order.
//!
//! Everybody else keeps their list. Lists that are tried are strict: of a short one every order of every part, of a longer one so many drawn
//! parts in drawn orders, after all its beginnings; of one with ties its own order made strict too. What is not on the true list is never reported: a list is shortened or reordered, not made up.
//!
//! A gain is measured in ranks of the true list ([`Market::rank`]), keeping what one brings standing after the last. Cost: a run of the mechanism a try.

use std::sync::atomic::{AtomicBool, Ordering};

use super::market::{Market, Want};
use crate::stream::Stream;

/// How much is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// At most so many lists in all.
    pub tries: u64,
    /// What is drawn, is drawn by this.
    pub seed: u64,
}

/// What was tried, and found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manipulability {
    /// Lists that were tried.
    pub tries: u64,
    /// Participants who tried some.
    pub participants: u32,
    /// Of them those who tried every strict one.
    pub exhaustive: u32,
    /// The greatest gain of each who found one.
    pub gains: Vec<Gain>,
}

/// What a participant gains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gain {
    /// Who.
    pub participant: u32,
    /// By so many ranks.
    pub ranks: usize,
    /// The list that does it, best first.
    pub list: Vec<u32>,
}

/// Lists up to this length can be tried in full: 325 others of one of five.
pub const MOST_EXHAUSTIVE: usize = 5;

/// Looks for lists by which somebody gains; `run` tells what each receives, or nothing if there is no outcome (then nobody trades). None once `stop` is set
/// before all are tried.
pub fn search(
    market: &Market,
    run: &mut dyn FnMut(&Market) -> Option<Vec<u32>>,
    effort: Effort,
    stop: &AtomicBool,
) -> Option<Manipulability> {
    let honest = run(market).unwrap_or_else(|| market.nobody());
    let mut stream = Stream::new(effort.seed);
    let mut wanting: Vec<usize> = (0..market.count()).filter(|&own| !market.lists[own].is_empty()).collect();
    stream.shuffle(&mut wanting);
    let share = (effort.tries / wanting.len().max(1) as u64).max(LEAST_SHARE);
    let mut found = Manipulability::default();
    let mut trial = market.clone();
    for own in wanting {
        let list = &market.lists[own];
        let left = effort.tries - found.tries;
        if left == 0 {
            break;
        }
        let is_exhaustive = list.len() <= MOST_EXHAUSTIVE && count_of_orders(list) <= share.min(left);
        let reports = if is_exhaustive {
            every_order(list)
        } else {
            some_orders(list, share.min(left) as usize, &mut stream)
        };
        found.participants += 1;
        found.exhaustive += u32::from(is_exhaustive);
        let before = rank(market, own, honest[own]);
        let mut best: Option<Gain> = None;
        for report in reports {
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            found.tries += 1;
            trial.lists[own] = (0..).zip(&report).map(|(tier, &object)| Want { object, tier }).collect();
            let received = run(&trial).map_or(own as u32, |receives| receives[own]);
            let ranks = before.saturating_sub(rank(market, own, received));
            if ranks > best.as_ref().map_or(0, |best| best.ranks) {
                best = Some(Gain { participant: own as u32, ranks, list: report });
            }
        }
        trial.lists[own].clone_from(list);
        found.gains.extend(best);
    }
    found.gains.sort_by_key(|gain| gain.participant);
    Some(found)
}

/// Nobody tries less than that, unless nothing is left.
const LEAST_SHARE: u64 = 16;

/// An object's rank by the true list; what is not on it cannot be received by a part of it.
fn rank(market: &Market, own: usize, received: u32) -> usize {
    market.rank(own, received as usize).unwrap_or(usize::MAX)
}

/// Whether a list is the one that its own order says, which is no other to report.
fn is_strict(list: &[Want]) -> bool {
    list.windows(2).all(|pair| pair[0].tier < pair[1].tier)
}

/// How many orders of parts of a list there are, but for the list itself.
fn count_of_orders(list: &[Want]) -> u64 {
    let length = list.len();
    // Of parts of k: length! / (length - k)!.
    let (mut sum, mut product) = (0, 1);
    for taken in 0..=length {
        sum += product;
        product *= (length - taken) as u64;
    }
    sum - u64::from(is_strict(list))
}

/// Every order of every part of a list, but for the list itself.
fn every_order(list: &[Want]) -> Vec<Vec<u32>> {
    let mut found = vec![Vec::new()];
    let mut read = 0;
    while let Some(report) = found.get(read).cloned() {
        read += 1;
        for want in list.iter().filter(|want| !report.contains(&want.object)) {
            found.push([&report[..], &[want.object]].concat());
        }
    }
    if is_strict(list) {
        found.retain(|report| report.iter().ne(list.iter().map(|want| &want.object)));
    }
    found
}

/// Every beginning of a list, the whole where it has ties, and then drawn orders of drawn parts, so many in all.
fn some_orders(list: &[Want], count: usize, stream: &mut Stream) -> Vec<Vec<u32>> {
    let whole: Vec<u32> = list.iter().map(|want| want.object).collect();
    let beginnings = whole.len() + usize::from(!is_strict(list));
    let beginnings = (0..beginnings).map(|length| whole[..length].to_vec());
    let mut found: Vec<Vec<u32>> = beginnings.take(count).collect();
    while found.len() < count {
        let mut drawn = whole.clone();
        stream.shuffle(&mut drawn);
        drawn.truncate(1 + stream.below(whole.len() as u64) as usize);
        found.push(drawn);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_is_every_order() {
        for length in 0..=MOST_EXHAUSTIVE {
            let list: Vec<Want> = (0..length as u32).map(|tier| Want { object: tier + 1, tier }).collect();
            let mut found = every_order(&list);
            assert_eq!(found.len() as u64, count_of_orders(&list));
            found.sort();
            found.dedup();
            assert_eq!(found.len() as u64, count_of_orders(&list));
            assert_eq!(length == 5, found.len() == 325);
        }
    }

    /// A tie is no order: to say which of two equals one would rather have is another list, and may gain.
    #[test]
    fn of_a_list_with_ties_its_own_order_is_tried_too() {
        let tied: Vec<Want> = [(1, 0), (2, 0)].map(|(object, tier)| Want { object, tier }).to_vec();
        let found = every_order(&tied);
        assert_eq!(found, [vec![], vec![1], vec![2], vec![1, 2], vec![2, 1]]);
        assert_eq!(count_of_orders(&tied), 5);
        let longer: Vec<Want> = (1..=8).map(|object| Want { object, tier: 0 }).collect();
        let whole: Vec<u32> = (1..=8).collect();
        assert!(some_orders(&longer, 9, &mut Stream::new(1)).contains(&whole));
    }
}
