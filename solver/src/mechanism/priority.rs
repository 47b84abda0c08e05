//! The priority mechanism of pairwise exchange (Roth, Sönmez and Ünver 2005, "Pairwise kidney exchange", Journal of Economic Theory 125): two exchange if each
//! lists the other, and how they stand in the lists does not count. In the order of priority, each trades for whom that is possible
//! together with all before them who do. The sets that can trade together are the independent sets of a matroid, so as many trade as can.
//!
//! Whether one more can trade is told by a search for an alternating path (Edmonds 1965, "Paths, trees, and flowers", Canadian Journal of
//! Mathematics 17), which ends at somebody who does not trade yet, or at somebody who was not promised a trade.
//! Cost: O(participants * (participants + lists)) a participant at worst, seldom near it.

use super::market::Market;

const NOBODY: usize = usize::MAX;

/// What each receives.
pub(super) fn receives(market: &Market) -> Vec<u32> {
    let count = market.count();
    let mut partners: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (participant, partners) in partners.iter_mut().enumerate() {
        let listed = market.lists[participant].iter().map(|want| want.object as usize);
        partners.extend(listed.filter(|&other| market.standing(other, participant).is_some()));
    }
    let mut pairs = Pairs { partners: &partners, mate: vec![NOBODY; count], is_promised: vec![false; count] };
    for &participant in &market.order {
        let participant = participant as usize;
        if pairs.mate[participant] != NOBODY || pairs.admit(participant) {
            pairs.is_promised[participant] = true;
        }
    }
    let received = |(own, &mate): (usize, &usize)| if mate == NOBODY { own as u32 } else { mate as u32 };
    pairs.mate.iter().enumerate().map(received).collect()
}

struct Pairs<'p> {
    /// With whom each could exchange.
    partners: &'p [Vec<usize>],
    /// With whom each does.
    mate: Vec<usize>,
    /// Who is to trade, with whomever.
    is_promised: Vec<bool>,
}

/// The search from one participant: a tree of alternating paths, with odd rings as one.
struct Tree {
    /// From whom each was reached over a pair that does not exchange.
    parent: Vec<usize>,
    /// The participant that stands for the odd ring in which each lies, or itself.
    base: Vec<usize>,
    /// Reached over an even number of steps, so that it could be let go or find another partner.
    is_even: Vec<bool>,
    queue: Vec<usize>,
}

impl Pairs<'_> {
    /// Lets `root` trade, and all who are promised, if that can be. Whether it can.
    fn admit(&mut self, root: usize) -> bool {
        let count = self.mate.len();
        let mut tree = Tree {
            parent: vec![NOBODY; count],
            base: (0..count).collect(),
            is_even: vec![false; count],
            queue: vec![root],
        };
        tree.is_even[root] = true;
        let mut read = 0;
        while let Some(&at) = tree.queue.get(read) {
            read += 1;
            if at != root && !self.is_promised[at] {
                // It lets its partner go.
                let partner = std::mem::replace(&mut self.mate[at], NOBODY);
                self.flip(&tree, partner);
                return true;
            }
            for &other in &self.partners[at] {
                if tree.base[at] == tree.base[other] || self.mate[at] == other {
                    continue;
                }
                let mate = self.mate[other];
                if other == root || (mate != NOBODY && tree.parent[mate] != NOBODY) {
                    self.contract(&mut tree, at, other);
                } else if tree.parent[other] == NOBODY {
                    tree.parent[other] = at;
                    if mate == NOBODY {
                        self.flip(&tree, other);
                        return true;
                    }
                    tree.is_even[mate] = true;
                    tree.queue.push(mate);
                }
            }
        }
        false
    }

    /// Exchanges along the path from `end`, which has nobody, to the root.
    fn flip(&mut self, tree: &Tree, end: usize) {
        let mut at = end;
        while at != NOBODY {
            let parent = tree.parent[at];
            let next = self.mate[parent];
            self.mate[at] = parent;
            self.mate[parent] = at;
            at = next;
        }
    }

    /// Makes one of the odd ring that closes between `one` and `other`.
    fn contract(&self, tree: &mut Tree, one: usize, other: usize) {
        let base = self.common_base(tree, one, other);
        let mut is_inside = vec![false; self.mate.len()];
        for (start, across) in [(one, other), (other, one)] {
            let (mut at, mut child) = (start, across);
            while tree.base[at] != base {
                let mate = self.mate[at];
                is_inside[tree.base[at]] = true;
                is_inside[tree.base[mate]] = true;
                tree.parent[at] = child;
                child = mate;
                at = tree.parent[mate];
            }
        }
        for member in 0..self.mate.len() {
            if is_inside[tree.base[member]] {
                tree.base[member] = base;
                if !std::mem::replace(&mut tree.is_even[member], true) {
                    tree.queue.push(member);
                }
            }
        }
    }

    /// Where the paths of two to the root meet.
    fn common_base(&self, tree: &Tree, one: usize, other: usize) -> usize {
        let mut is_passed = vec![false; self.mate.len()];
        let mut at = one;
        loop {
            at = tree.base[at];
            is_passed[at] = true;
            if self.mate[at] == NOBODY {
                break;
            }
            at = tree.parent[self.mate[at]];
        }
        at = other;
        loop {
            at = tree.base[at];
            if is_passed[at] {
                return at;
            }
            at = tree.parent[self.mate[at]];
        }
    }
}
