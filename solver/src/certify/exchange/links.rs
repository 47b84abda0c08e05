//! The open arcs of a case, from each node on, or into each node.

/// An arc, as seen from the one of its ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Link {
    /// The other end.
    pub(super) node: u32,
    /// What a step there adds to what a walk is worth.
    pub(super) adds: i64,
}

/// The links of each node, those that add the most first.
#[derive(Clone, Debug)]
pub(super) struct Links {
    first: Vec<usize>,
    links: Vec<Link>,
}

impl Links {
    /// Sorts arcs by the end they are seen from.
    pub(super) fn new(node_count: usize, arcs: impl Iterator<Item = (u32, Link)> + Clone) -> Self {
        let mut first = vec![0; node_count + 1];
        for (node, _) in arcs.clone() {
            first[node as usize + 1] += 1;
        }
        for node in 0..node_count {
            first[node + 1] += first[node];
        }
        let mut links = vec![Link::default(); first[node_count]];
        let mut next = first.clone();
        for (node, link) in arcs {
            links[next[node as usize]] = link;
            next[node as usize] += 1;
        }
        for node in 0..node_count {
            links[first[node]..first[node + 1]].sort_unstable_by_key(|link| std::cmp::Reverse(link.adds));
        }
        Links { first, links }
    }

    pub(super) fn node_count(&self) -> usize {
        self.first.len() - 1
    }

    pub(super) fn of(&self, node: usize) -> &[Link] {
        &self.links[self.first[node]..self.first[node + 1]]
    }
}
