//! Whether a closed walk within the cap on rings is worth more than nothing.
//!
//! Nodes are numbered by the most that an arc into them is worth, the best first. A walk is worth what its nodes are worth at best, less what each of its
//! arcs falls short of that; so it can be followed forwards and backwards alike, and a step is worth no more than the node it leads to. A closed walk is
//! looked for from its first node, the root, through nodes after it, on that side on which the root has fewer arcs; and no further than
//! where it would be worth nothing even if every other step were worth as much as the root, which is the most that one can be.
//!
//! Cost: O(nodes * arcs * cap) at worst, and little of it where prices are nearly those of an optimum.

use super::links::Links;

/// Whether none is. `sides` are the arcs from each node on and those into it, and what a step along them adds; `best` is what each node is worth at best;
/// a closed walk gains `of_ring` beside.
pub(super) fn are_paid(sides: [&Links; 2], best: &[i128], cap: u32, of_ring: i128) -> bool {
    let node_count = best.len();
    let cap = (cap as usize).min(node_count);
    let [mut so_far, mut further] =
        [(); 2].map(|()| Reached { worth: vec![None; node_count], nodes: Vec::new() });
    for root in 0..node_count {
        let [mut there, mut back] = sides;
        if back.of(root).len() < there.of(root).len() {
            std::mem::swap(&mut there, &mut back);
        }
        so_far.clear();
        so_far.reach(root, 0);
        for left in (1..cap).rev() {
            let rest = best[root].max(0) * left as i128 + of_ring;
            further.clear();
            for &node in &so_far.nodes {
                let whole = so_far.worth[node].expect("it is reached");
                for link in there.of(node) {
                    let whole = whole + i128::from(link.adds);
                    if whole + rest <= 0 {
                        break;
                    }
                    if link.node as usize > root {
                        further.reach(link.node as usize, whole);
                    }
                }
            }
            let is_closed = |node: usize, adds: i64| {
                // As seen from the root, the step adds what the other node is worth at best.
                let closing = i128::from(adds) - best[node] + best[root];
                further.worth[node].is_some_and(|whole| whole + closing + of_ring > 0)
            };
            if back.of(root).iter().any(|link| is_closed(link.node as usize, link.adds)) {
                return false;
            }
            std::mem::swap(&mut so_far, &mut further);
        }
    }
    true
}

/// The nodes that walks of so many arcs reach, and the most that such a walk is worth.
struct Reached {
    worth: Vec<Option<i128>>,
    nodes: Vec<usize>,
}

impl Reached {
    fn clear(&mut self) {
        for node in self.nodes.drain(..) {
            self.worth[node] = None;
        }
    }

    fn reach(&mut self, node: usize, whole: i128) {
        if self.worth[node].is_none() {
            self.nodes.push(node);
        }
        self.worth[node] = self.worth[node].max(Some(whole));
    }
}
