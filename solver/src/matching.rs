//! A largest matching in a bipartite graph, grown from a given one by multi-source breadth-first
//! search with tree grafting (Azad, Buluç and Pothen 2016, "Computing maximum cardinality matchings
//! in parallel on bipartite graphs via tree-grafting").
//!
//! All free takers grow alternating trees at once; a tree that reaches a free giver is augmented and
//! dissolved, and its givers are grafted onto trees that are still growing. So a phase costs what it
//! dissolves, not the whole graph. At the end the remaining trees hold exactly the givers that the
//! remaining free takers can reach: the forest that a dual step starts from.
//!
//! Cost: O(n m) at worst, a few passes over the arcs in practice; 8 bytes an arc, 24 bytes a node.

use crate::assignment::NONE;

/// The graph on which a matching is sought, the forest, and scratch space.
#[derive(Clone, Debug, Default)]
pub(crate) struct Matching {
    /// Where the arcs of each taker start.
    pub(crate) first: Vec<u32>,
    /// The giver of each arc.
    pub(crate) head: Vec<u32>,
    back_first: Vec<u32>,
    back_tail: Vec<u32>,
    /// The free taker from which a giver was reached, or `NONE`.
    root: Vec<u32>,
    /// The taker from which a giver was reached.
    reached_from: Vec<u32>,
    /// The givers of one tree, as a list: from its root, then from giver to giver.
    tree_start: Vec<u32>,
    tree_next: Vec<u32>,
    /// The free giver that a tree has reached, by root.
    sink: Vec<u32>,
    queue: Vec<u32>,
    scanned: usize,
    grown: Vec<u32>,
}

impl Matching {
    /// Enlarges the matching until no alternating path from a free taker to a free giver is left.
    /// `mate` and `owner` must match along arcs of the graph.
    pub(crate) fn maximise(&mut self, mate: &mut [u32], owner: &mut [u32]) {
        self.match_greedily(mate, owner);
        self.plant(mate);
        if self.queue.is_empty() {
            return;
        }
        self.transpose(owner.len());
        loop {
            self.grow(mate, owner);
            if self.grown.is_empty() {
                return;
            }
            let mut grown = std::mem::take(&mut self.grown);
            for &root in &grown {
                self.augment(root, mate, owner);
            }
            self.graft(&grown, mate, owner);
            grown.clear();
            self.grown = grown;
        }
    }

    /// Whether `giver` is in the forest: reachable from a free taker.
    #[inline]
    pub(crate) fn is_reached(&self, giver: u32) -> bool {
        self.root[giver as usize] != NONE
    }

    /// Gives each free taker a free giver, where one is left.
    fn match_greedily(&self, mate: &mut [u32], owner: &mut [u32]) {
        for taker in 0..mate.len() {
            if mate[taker] == NONE {
                let row = self.first[taker] as usize..self.first[taker + 1] as usize;
                if let Some(&giver) = self.head[row].iter().find(|&&giver| owner[giver as usize] == NONE) {
                    mate[taker] = giver;
                    owner[giver as usize] = taker as u32;
                }
            }
        }
    }

    /// Starts a tree at every free taker.
    fn plant(&mut self, mate: &[u32]) {
        let n = mate.len();
        for list in [&mut self.root, &mut self.tree_start, &mut self.sink] {
            list.clear();
            list.resize(n, NONE);
        }
        self.reached_from.resize(n, NONE);
        self.tree_next.resize(n, NONE);
        self.queue.clear();
        self.queue.extend((0..n as u32).filter(|&taker| mate[taker as usize] == NONE));
        self.scanned = 0;
    }

    fn transpose(&mut self, giver_count: usize) {
        self.back_first.clear();
        self.back_first.resize(giver_count + 1, 0);
        for &giver in &self.head {
            self.back_first[giver as usize] += 1;
        }
        let mut sum = 0;
        for start in &mut self.back_first {
            sum += *start;
            *start = sum;
        }
        self.back_tail.resize(self.head.len(), NONE);
        for taker in (0..self.first.len() - 1).rev() {
            for &giver in &self.head[self.first[taker] as usize..self.first[taker + 1] as usize] {
                let slot = &mut self.back_first[giver as usize];
                *slot -= 1;
                self.back_tail[*slot as usize] = taker as u32;
            }
        }
    }

    /// The root of the growing tree that holds `taker`, or `NONE`.
    #[inline]
    fn root_of(&self, taker: u32, mate: &[u32]) -> u32 {
        match mate[taker as usize] {
            NONE => taker,
            giver => self.root[giver as usize],
        }
    }

    #[inline]
    fn attach(&mut self, giver: u32, taker: u32, root: u32) {
        self.root[giver as usize] = root;
        self.reached_from[giver as usize] = taker;
        self.tree_next[giver as usize] = std::mem::replace(&mut self.tree_start[root as usize], giver);
    }

    /// Grows all trees breadth first until each has reached a free giver or has nowhere to grow.
    fn grow(&mut self, mate: &[u32], owner: &[u32]) {
        while self.scanned < self.queue.len() {
            let taker = self.queue[self.scanned];
            self.scanned += 1;
            let root = self.root_of(taker, mate);
            if root == NONE || self.sink[root as usize] != NONE {
                continue;
            }
            for arc in self.first[taker as usize] as usize..self.first[taker as usize + 1] as usize {
                let giver = self.head[arc];
                if self.root[giver as usize] != NONE {
                    continue;
                }
                self.attach(giver, taker, root);
                let holder = owner[giver as usize];
                if holder == NONE {
                    self.sink[root as usize] = giver;
                    self.grown.push(root);
                    break;
                }
                self.queue.push(holder);
            }
        }
        self.queue.clear();
        self.scanned = 0;
    }

    /// Exchanges the pairs on the path from `root` to the free giver its tree has reached.
    fn augment(&self, root: u32, mate: &mut [u32], owner: &mut [u32]) {
        let mut giver = self.sink[root as usize];
        while giver != NONE {
            let taker = self.reached_from[giver as usize];
            owner[giver as usize] = taker;
            giver = std::mem::replace(&mut mate[taker as usize], giver);
        }
    }

    /// Dissolves the trees of the `grown` roots and hangs their givers onto trees still growing.
    fn graft(&mut self, grown: &[u32], mate: &[u32], owner: &[u32]) {
        let mut loose = Vec::new();
        for &root in grown {
            let mut giver = std::mem::replace(&mut self.tree_start[root as usize], NONE);
            while giver != NONE {
                self.root[giver as usize] = NONE;
                loose.push(giver);
                giver = self.tree_next[giver as usize];
            }
        }
        for giver in loose {
            let back = self.back_first[giver as usize] as usize..self.back_first[giver as usize + 1] as usize;
            for position in back {
                let taker = self.back_tail[position];
                let root = self.root_of(taker, mate);
                if root != NONE {
                    self.attach(giver, taker, root);
                    self.queue.push(owner[giver as usize]);
                    break;
                }
            }
        }
    }
}
