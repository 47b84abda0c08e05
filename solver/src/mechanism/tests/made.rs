//! Every list that a participant may have in a domain, every market of three, and random ones.

use crate::mechanism::{Domain, Market, Want};
use crate::stream::Stream;

/// For each participant every list they may have.
pub(super) type Reports = Vec<Vec<Vec<Want>>>;

/// Every list of each of `count` participants.
pub(super) fn reports(domain: Domain, count: usize) -> Reports {
    (0..count as u32)
        .map(|own| {
            let others: Vec<u32> = (0..count as u32).filter(|&other| other != own).collect();
            let mut found = Vec::new();
            extend(domain, &others, &mut Vec::new(), &mut found);
            found
        })
        .collect()
}

/// Adds the list `tiers` and all that go on from it with objects that are not in it.
fn extend(domain: Domain, others: &[u32], list: &mut Vec<Want>, found: &mut Vec<Vec<Want>>) {
    found.push(list.clone());
    let tier = list.last().map_or(0, |want| want.tier + 1);
    let left: Vec<u32> =
        others.iter().copied().filter(|other| list.iter().all(|want| want.object != *other)).collect();
    if domain == Domain::Dichotomous && tier > 0 {
        return;
    }
    let is_strict = matches!(domain, Domain::Strict | Domain::Gifts);
    for chosen in 1_u32..1 << left.len() {
        if is_strict && chosen.count_ones() > 1 {
            continue;
        }
        let before = list.len();
        let members = left.iter().enumerate().filter(|(index, _)| chosen >> index & 1 == 1);
        list.extend(members.map(|(_, &object)| Want { object, tier }));
        extend(domain, others, list, found);
        list.truncate(before);
    }
}

fn has_gifts(domain: Domain) -> bool {
    matches!(domain, Domain::Gifts | Domain::TiesAndGifts | Domain::GiftsAlone)
}

/// A market with these lists and gifts; where only gifts are wanted, others are struck from the lists.
fn market(domain: Domain, lists: impl Iterator<Item = Vec<Want>>, gifts: u32) -> Market {
    let mut lists: Vec<Vec<Want>> = lists.collect();
    let count = lists.len();
    let is_gift: Vec<bool> = (0..count).map(|index| gifts >> index & 1 == 1).collect();
    for (own, list) in lists.iter_mut().enumerate() {
        if is_gift[own] {
            list.clear();
        }
        if domain == Domain::GiftsAlone {
            list.retain(|want| is_gift[want.object as usize]);
            let tiers: Vec<u32> = list.iter().map(|want| want.tier).collect();
            for want in list {
                let mut below: Vec<u32> = tiers.iter().copied().filter(|&tier| tier < want.tier).collect();
                below.dedup();
                want.tier = below.len() as u32;
            }
        }
    }
    Market { lists, is_gift, order: (0..count as u32).collect() }
}

/// Shows every market of these reports, with every set of gifts where there may be any.
pub(super) fn every_market(domain: Domain, reports: &Reports, see: &mut dyn FnMut(Market)) {
    let count = reports.len();
    for gifts in 0..if has_gifts(domain) { 1 << count } else { 1 } {
        let mut at = vec![0; count];
        loop {
            // The list of a gift is empty; each such market is shown once.
            if (0..count).all(|own| gifts >> own & 1 == 0 || at[own] == 0) {
                see(market(domain, at.iter().zip(reports).map(|(&at, lists)| lists[at].clone()), gifts));
            }
            let Some(next) = (0..count).find(|&own| at[own] + 1 < reports[own].len()) else { break };
            at[next] += 1;
            at[..next].fill(0);
        }
    }
}

/// A random market of these reports, in a random order of priority.
pub(super) fn some_market(domain: Domain, reports: &Reports, stream: &mut Stream) -> Market {
    let gifts = if has_gifts(domain) { stream.below(1 << reports.len()) as u32 } else { 0 };
    let lists: Vec<Vec<Want>> =
        reports.iter().map(|lists| lists[stream.below(lists.len() as u64) as usize].clone()).collect();
    let mut made = market(domain, lists.into_iter(), gifts);
    stream.shuffle(&mut made.order);
    made
}
