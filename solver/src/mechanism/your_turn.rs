//! You request my house, I get your turn (Abdulkadiroğlu and Sönmez 1999, "House allocation with existing tenants", Journal of Economic Theory 88): in the
//! order of priority, each gets the first object of their list that is left. Where it belongs to a tenant who is still there, the tenant's turn comes
//! first; where such requests make a ring, it trades and goes. What a tenant leaves behind is vacant like a gift.
//!
//! Ties are broken by the order of the list. Cost: O(lists).

use super::market::Market;

const NOWHERE: usize = usize::MAX;

/// What each receives.
pub(super) fn receives(market: &Market) -> Vec<u32> {
    let count = market.count();
    let mut receives = market.nobody();
    // Objects that are not received yet; and those of them that nobody who is still there brings.
    let mut is_left = vec![true; count];
    let mut is_vacant = market.is_gift.clone();
    let mut next = vec![0; count];
    let mut place = vec![NOWHERE; count];
    let mut path: Vec<usize> = Vec::new();
    for &first in &market.order {
        let first = first as usize;
        if !is_vacant[first] && place[first] == NOWHERE {
            place[first] = 0;
            path.push(first);
        }
        while let Some(&at) = path.last() {
            let list = &market.lists[at];
            while next[at] < list.len() && !is_left[list[next[at]].object as usize] {
                next[at] += 1;
            }
            let head = list.get(next[at]).map_or(at, |want| want.object as usize);
            if is_vacant[head] {
                receives[at] = head as u32;
                is_left[head] = false;
                is_vacant[at] = true;
                path.pop();
            } else if place[head] == NOWHERE {
                place[head] = path.len();
                path.push(head);
            } else {
                let ring = path.split_off(place[head]);
                for (index, &member) in ring.iter().enumerate() {
                    receives[member] = ring[(index + 1) % ring.len()] as u32;
                    is_left[member] = false;
                }
            }
        }
    }
    receives
}
