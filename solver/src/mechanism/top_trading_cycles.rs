//! Top trading cycles (Gale, in Shapley and Scarf 1974, "On cores and indivisibility", Journal of Mathematical Economics 1): everybody points at the
//! first object of their list that is left, or at their own; rings trade and go. Ties are broken by the order of the list. Gifts stay.
//!
//! Cost: O(lists).

use super::market::Market;

const NOWHERE: usize = usize::MAX;

/// What each receives.
pub(super) fn receives(market: &Market) -> Vec<u32> {
    let count = market.count();
    let mut receives = market.nobody();
    let mut is_left = vec![true; count];
    // How far each list has been read, and where its owner stands on the path.
    let mut next = vec![0; count];
    let mut place = vec![NOWHERE; count];
    let mut path: Vec<usize> = Vec::new();
    for start in 0..count {
        if is_left[start] {
            place[start] = 0;
            path.push(start);
        }
        while let Some(&at) = path.last() {
            let list = &market.lists[at];
            while next[at] < list.len() && !is_left[list[next[at]].object as usize] {
                next[at] += 1;
            }
            let head = list.get(next[at]).map_or(at, |want| want.object as usize);
            if place[head] == NOWHERE {
                place[head] = path.len();
                path.push(head);
                continue;
            }
            let ring = path.split_off(place[head]);
            for (index, &member) in ring.iter().enumerate() {
                receives[member] = ring[(index + 1) % ring.len()] as u32;
                is_left[member] = false;
            }
        }
    }
    receives
}
