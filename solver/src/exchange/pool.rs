//! What a bounded exchange is made of: nodes that give and receive at most once, altruists that only give, and arcs
//! from who gives to who receives.
//!
//! Invariant: arcs are sorted by tail, then head, then passes; none leads to an altruist or from a node to itself.
//! Cost: 24 bytes an arc, and 4 for each pass it uses; of a pool with other gains 8.

use std::ops::Range;
use std::sync::Arc as Shared;

/// Somebody can give to somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arc {
    /// The node that gives.
    pub tail: u32,
    /// The node that receives.
    pub head: u32,
    /// What that is worth. Not negative.
    pub gain: i64,
    /// The passes it uses: of all arcs that use a pass at most one may be chosen.
    pub passes: Vec<u32>,
}

impl Arc {
    /// What arcs are sorted by.
    pub fn place(&self) -> (u32, u32, &[u32]) {
        (self.tail, self.head, &self.passes)
    }
}

/// How long rings and chains may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// The most nodes of a ring; below 2 there are none.
    pub ring: u32,
    /// The most nodes that a chain reaches after its altruist; 0 for no chains.
    pub chain: u32,
}

/// A pool of nodes and arcs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    shape: Shared<Shape>,
    gains: Vec<i64>,
    ring_gain: i64,
}

/// A pool but for what arcs and rings gain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Shape {
    is_altruist: Vec<bool>,
    first: Vec<u32>,
    tails: Vec<u32>,
    heads: Vec<u32>,
    /// Arcs by head.
    in_first: Vec<u32>,
    in_arcs: Vec<u32>,
    pass_first: Vec<u32>,
    passes: Vec<u32>,
    pass_count: u32,
}

impl Pool {
    /// The pool of these nodes and arcs. Arcs to altruists and to themselves are left out.
    ///
    /// # Panics
    /// If an arc names a node that does not exist or has a negative gain, or there are 2^32 arcs.
    pub fn new(is_altruist: Vec<bool>, mut arcs: Vec<Arc>) -> Self {
        let node_count = is_altruist.len();
        arcs.retain(|arc| !is_altruist[arc.head as usize] && arc.tail != arc.head);
        // Gains do not count, so that a pool with other gains numbers its arcs the same.
        arcs.sort_by(|one, other| one.place().cmp(&other.place()));
        assert!(
            arcs.iter().all(|arc| (arc.tail as usize) < node_count && arc.gain >= 0),
            "arcs between nodes"
        );
        assert!(u32::try_from(arcs.len()).is_ok(), "fewer than 2^32 arcs");
        Self::of_sorted(is_altruist, arcs.len(), arcs.into_iter(), 0)
    }

    /// The pool of these nodes and so many arcs, which are sorted and lead between pairs or from altruists.
    pub(super) fn of_sorted(
        is_altruist: Vec<bool>,
        arc_count: usize,
        arcs: impl Iterator<Item = Arc>,
        ring_gain: i64,
    ) -> Self {
        let with_room = || Vec::with_capacity(arc_count);
        let mut gains = Vec::with_capacity(arc_count);
        let mut shape = Shape {
            tails: with_room(),
            heads: with_room(),
            pass_first: Vec::with_capacity(arc_count + 1),
            is_altruist,
            ..Shape::default()
        };
        shape.pass_first.push(0);
        for arc in arcs {
            shape.tails.push(arc.tail);
            shape.heads.push(arc.head);
            gains.push(arc.gain);
            shape.passes.extend(arc.passes);
            shape.pass_first.push(shape.passes.len() as u32);
        }
        shape.index();
        Pool { shape: Shared::new(shape), gains, ring_gain }
    }

    /// How many nodes there are.
    #[inline]
    pub fn node_count(&self) -> usize {
        self.shape.is_altruist.len()
    }

    /// How many arcs there are.
    #[inline]
    pub fn arc_count(&self) -> usize {
        self.shape.heads.len()
    }

    /// How many passes there are.
    pub fn pass_count(&self) -> usize {
        self.shape.pass_count as usize
    }

    /// Whether a node only gives.
    #[inline]
    pub fn is_altruist(&self, node: usize) -> bool {
        self.shape.is_altruist[node]
    }

    /// The arcs out of a node, by head.
    #[inline]
    pub fn arcs(&self, node: usize) -> Range<usize> {
        self.shape.first[node] as usize..self.shape.first[node + 1] as usize
    }

    /// The arcs from a node to another.
    pub(crate) fn arcs_to(&self, tail: usize, head: usize) -> Range<usize> {
        let arcs = self.arcs(tail);
        let heads = &self.shape.heads[arcs.clone()];
        let first = heads.partition_point(|&other| (other as usize) < head);
        let count = heads[first..].iter().take_while(|&&other| other as usize == head).count();
        arcs.start + first..arcs.start + first + count
    }

    /// The arcs into a node, by tail.
    #[inline]
    pub fn arcs_into(&self, node: usize) -> &[u32] {
        &self.shape.in_arcs[self.shape.in_first[node] as usize..self.shape.in_first[node + 1] as usize]
    }

    /// Who gives along an arc.
    #[inline]
    pub fn tail(&self, arc: usize) -> usize {
        self.shape.tails[arc] as usize
    }

    /// Who receives along an arc.
    #[inline]
    pub fn head(&self, arc: usize) -> usize {
        self.shape.heads[arc] as usize
    }

    /// What an arc is worth.
    #[inline]
    pub fn gain(&self, arc: usize) -> i64 {
        self.gains[arc]
    }

    /// What each ring gains beside its arcs.
    #[inline]
    pub fn ring_gain(&self) -> i64 {
        self.ring_gain
    }

    /// The same pool with other gains: of each arc, and of each ring beside its arcs.
    ///
    /// # Panics
    /// If there is not one for each arc, or one is negative.
    #[must_use]
    pub fn with_gains(&self, gains: Vec<i64>, ring_gain: i64) -> Self {
        assert!(gains.len() == self.arc_count() && gains.iter().all(|&gain| gain >= 0) && ring_gain >= 0);
        Pool { shape: self.shape.clone(), gains, ring_gain }
    }

    /// The passes that an arc uses.
    #[inline]
    pub fn passes(&self, arc: usize) -> &[u32] {
        &self.shape.passes[self.shape.pass_first[arc] as usize..self.shape.pass_first[arc + 1] as usize]
    }

    /// The arc as it was given.
    pub fn arc(&self, arc: usize) -> Arc {
        let passes = self.passes(arc).to_vec();
        Arc { tail: self.shape.tails[arc], head: self.shape.heads[arc], gain: self.gains[arc], passes }
    }

    /// The rows of a packing that an arc uses: its head, its passes, and its tail if that is an altruist. Passes
    /// count on from the nodes.
    pub(crate) fn rows(&self, arc: usize) -> impl Iterator<Item = u32> + '_ {
        let tail = self.shape.is_altruist[self.shape.tails[arc] as usize].then_some(self.shape.tails[arc]);
        let node_count = self.node_count() as u32;
        let passes = self.passes(arc).iter().map(move |&pass| node_count + pass);
        std::iter::once(self.shape.heads[arc]).chain(tail).chain(passes)
    }
}

impl Shape {
    /// Finds the arcs by tail and by head, and counts passes.
    fn index(&mut self) {
        let node_count = self.is_altruist.len();
        self.first = starts(node_count, &self.tails);
        self.in_first = starts(node_count, &self.heads);
        self.in_arcs = vec![0; self.heads.len()];
        let mut next = self.in_first.clone();
        for (arc, &head) in self.heads.iter().enumerate() {
            self.in_arcs[next[head as usize] as usize] = arc as u32;
            next[head as usize] += 1;
        }
        self.pass_count = self.passes.iter().map(|&pass| pass + 1).max().unwrap_or(0);
    }
}

/// Where each of `count` groups starts once they are sorted, and where the last ends.
fn starts(count: usize, groups: &[u32]) -> Vec<u32> {
    let mut first = vec![0; count + 1];
    for &group in groups {
        first[group as usize + 1] += 1;
    }
    for index in 0..count {
        first[index + 1] += first[index];
    }
    first
}
