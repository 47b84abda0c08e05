//! Whether a chain within the cap is worth more than its altruist's price.
//!
//! Walks bound chains: how much can follow on a node in so many arcs is computed by layers. Where a walk is worth more, paths are tried, with what walks can
//! still be worth as the bound.

use std::cell::Cell;

use super::links::Links;

/// How many arcs are looked at in all leaves of a proof for a chain that is worth more than its price where a walk is. A proof that needs more
/// proves nothing.
pub const MOST_LOOKS: u64 = 1 << 27;

/// Whether none is, from altruists with their prices; `None` if that is not shown within the `looks` that are left.
pub(super) fn are_paid(
    onward: &Links,
    altruists: &[(usize, i128)],
    cap: u32,
    looks: &Cell<u64>,
) -> Option<bool> {
    if altruists.is_empty() {
        return Some(true);
    }
    let walks = walks(onward, cap);
    let is_on_path = vec![false; onward.node_count()];
    let mut paths = Paths { onward, walks: &walks, price: 0, is_on_path, looks };
    for &(altruist, price) in altruists {
        paths.price = price;
        let left = cap as usize - 1;
        // Along each arc by itself, since the layers end one arc before the cap.
        for link in onward.of(altruist) {
            let head = link.node as usize;
            paths.is_on_path[head] = true;
            let is_paid = paths.are_paid(head, link.adds.into(), left)?;
            paths.is_on_path[head] = false;
            if !is_paid {
                return Some(false);
            }
        }
    }
    Some(true)
}

/// The most that a walk from each node along at most so many arcs is worth, for 0 arcs, 1 and so on below the cap.
fn walks(onward: &Links, cap: u32) -> Vec<Vec<i128>> {
    let node_count = onward.node_count();
    let mut most = vec![vec![0; node_count]];
    for _ in 1..(cap as usize).min(node_count) {
        let last = &most[most.len() - 1];
        let follows = |node: usize| {
            let onward = onward.of(node).iter();
            onward.map(|link| i128::from(link.adds) + last[link.node as usize]).fold(0, i128::max)
        };
        let next: Vec<i128> = (0..node_count).map(follows).collect();
        // Longer walks are worth no more.
        let is_same = next == *last;
        most.push(next);
        if is_same {
            break;
        }
    }
    most
}

/// The search for a chain that is worth more than its altruist's price, where a walk is.
struct Paths<'a> {
    onward: &'a Links,
    walks: &'a [Vec<i128>],
    price: i128,
    is_on_path: Vec<bool>,
    /// How many arcs may still be looked at.
    looks: &'a Cell<u64>,
}

impl Paths<'_> {
    /// Whether nothing within `left` arcs from `end` makes a path that is worth `whole` so far worth more than the price; `None` if
    /// that would take too many looks.
    fn are_paid(&mut self, end: usize, whole: i128, left: usize) -> Option<bool> {
        if whole > self.price {
            return Some(false);
        }
        let follows = |node: usize, left: usize| self.walks[left.min(self.walks.len() - 1)][node];
        if left == 0 || whole + follows(end, left) <= self.price {
            return Some(true);
        }
        let onward = self.onward;
        for link in onward.of(end) {
            self.looks.set(self.looks.get().checked_sub(1)?);
            let (head, whole) = (link.node as usize, whole + i128::from(link.adds));
            let follows = self.walks[(left - 1).min(self.walks.len() - 1)][head];
            if self.is_on_path[head] || whole + follows <= self.price {
                continue;
            }
            self.is_on_path[head] = true;
            let is_paid = self.are_paid(head, whole, left - 1)?;
            self.is_on_path[head] = false;
            if !is_paid {
                return Some(false);
            }
        }
        Some(true)
    }
}
