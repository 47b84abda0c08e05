//! The exchange graph in compressed rows: an arc from node `i` to node `j` says that whoever gives
//! `i` would take `j` for it.
//!
//! Invariant: the first arc of every row is the node's arc to itself, which stands for not trading;
//! no row names a node twice. A perfect matching of takers to givers along arcs is then exactly a
//! set of disjoint rings, with the untraded nodes on their own arcs.
//!
//! Cost: 4 bytes an arc and 4 bytes a node; building is one pass over what it is built from.

use std::ops::Range;

/// A directed graph with an arc from each node to itself in front of its row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    first: Vec<u32>,
    head: Vec<u32>,
}

impl Graph {
    /// Builds the graph of `node_count` nodes; `row(i)` yields what node `i` would take, in order,
    /// without `i` itself.
    ///
    /// # Panics
    /// If a row names a node that does not exist, or there are 2^32 arcs or more.
    pub fn from_rows<R>(node_count: usize, arc_count_hint: usize, mut row: impl FnMut(usize) -> R) -> Self
    where
        R: Iterator<Item = u32>,
    {
        let mut first = Vec::with_capacity(node_count + 1);
        let mut head = Vec::with_capacity(arc_count_hint + node_count);
        first.push(0);
        for node in 0..node_count {
            head.push(node as u32);
            let before = head.len();
            head.extend(row(node));
            assert!(
                head[before..].iter().all(|&h| (h as usize) < node_count),
                "an arc leads out of the graph"
            );
            first.push(u32::try_from(head.len()).expect("fewer than 2^32 arcs"));
        }
        Graph { first, head }
    }

    /// Number of nodes.
    #[inline]
    pub fn node_count(&self) -> usize {
        self.first.len().saturating_sub(1)
    }

    /// Number of arcs, each node's own among them.
    #[inline]
    pub fn arc_count(&self) -> usize {
        self.head.len()
    }

    /// The arcs of `taker`; the first is its own.
    #[inline]
    pub fn arcs(&self, taker: usize) -> Range<usize> {
        self.first[taker] as usize..self.first[taker + 1] as usize
    }

    /// The node that `arc` leads to: what would be received.
    #[inline]
    pub fn head(&self, arc: usize) -> usize {
        self.head[arc] as usize
    }

    /// The nodes that the arcs of `taker` lead to, in order; the first is `taker`.
    #[inline]
    pub fn heads(&self, taker: usize) -> &[u32] {
        &self.head[self.arcs(taker)]
    }

    /// The arc from `taker` to `giver`, if there is one. Cost: one row.
    pub fn arc_between(&self, taker: usize, giver: usize) -> Option<usize> {
        let range = self.arcs(taker);
        range.clone().find(|&arc| self.head[arc] as usize == giver)
    }
}
