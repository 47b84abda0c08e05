//! Serial dictatorship among the outcomes that nobody can refuse: in the order of priority, each gets the best that some outcome still lets them
//! have in which everybody who gives receives something of their list, and those before them something as good as they chose. Where only gifts are
//! wanted this is the plain serial dictatorship, in which each takes the best of what is left.
//!
//! Choices are tiers, so ties are left open for those who come later. Cost: O(participants * lists).

use std::collections::VecDeque;

use super::market::Market;

/// What each receives.
pub(super) fn receives(market: &Market) -> Vec<u32> {
    let count = market.count();
    let mut wanted_by = vec![Vec::new(); count];
    for (participant, list) in market.lists.iter().enumerate() {
        for want in list {
            wanted_by[want.object as usize].push((participant, want.tier));
        }
    }
    // The standing that each has chosen, once it has.
    let mut chosen: Vec<Option<u32>> = vec![None; count];
    let mut holds = market.nobody();
    let mut holder: Vec<Option<usize>> =
        (0..count).map(|index| (!market.is_gift[index]).then_some(index)).collect();
    for &chooser in &market.order {
        let chooser = chooser as usize;
        if market.is_gift[chooser] {
            continue;
        }
        let own = market.tier_count(chooser);
        let next = freed(market, &wanted_by, &chosen, &holder, holds[chooser] as usize, chooser);
        let wants = market.lists[chooser].iter().map(|want| (want.object as usize, want.tier));
        let (object, standing) = wants
            .chain([(chooser, own)])
            .find(|&(object, _)| next[object].is_some())
            .expect("what the chooser holds is to be had");
        chosen[chooser] = Some(standing);
        // Whoever holds the object moves on, up to what the chooser gives up or nobody holds.
        let (mut taker, mut taken) = (chooser, object);
        let released = holds[chooser] as usize;
        loop {
            holds[taker] = taken as u32;
            let moved = if taken == released { None } else { holder[taken] };
            holder[taken] = Some(taker);
            let Some(moved) = moved else { break };
            taken = next[taken].expect("a way on was found");
            taker = moved;
        }
        if holder[released] == Some(chooser) && holds[chooser] as usize != released {
            holder[released] = None;
        }
    }
    holds
}

/// For each object that can be freed, without harm to those who have chosen, where its holder goes then; for what nobody holds, and for
/// `released`, itself.
fn freed(
    market: &Market,
    wanted_by: &[Vec<(usize, u32)>],
    chosen: &[Option<u32>],
    holder: &[Option<usize>],
    released: usize,
    chooser: usize,
) -> Vec<Option<usize>> {
    let mut holds = vec![None; holder.len()];
    for (object, holder) in holder.iter().enumerate() {
        if let Some(holder) = *holder {
            holds[holder] = Some(object);
        }
    }
    let mut next = vec![None; holder.len()];
    let mut queue = VecDeque::new();
    for object in 0..holder.len() {
        if object == released || holder[object].is_none() {
            next[object] = Some(object);
            queue.push_back(object);
        }
    }
    while let Some(object) = queue.pop_front() {
        let own = (!market.is_gift[object]).then(|| (object, market.tier_count(object)));
        for &(participant, standing) in wanted_by[object].iter().chain(own.as_ref()) {
            let may = chosen[participant].is_none_or(|chosen| chosen == standing);
            let Some(held) = holds[participant].filter(|_| may && participant != chooser) else { continue };
            if next[held].is_none() {
                next[held] = Some(object);
                queue.push_back(held);
            }
        }
    }
    next
}
