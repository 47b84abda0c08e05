//! Strongly connected components (Tarjan 1972, "Depth-first search and linear graph algorithms"),
//! without recursion.
//!
//! Cost: O(nodes + arcs) time, 17 bytes a node.

/// A partition of the nodes in which every arc leads into its own component or one with a smaller
/// number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Components {
    /// The component of each node.
    pub of: Vec<u32>,
    /// The nodes, ordered by component and by number within each.
    pub nodes: Vec<u32>,
    /// Where each component starts in [`Components::nodes`]; one entry more than components.
    pub first: Vec<u32>,
}

const UNSEEN: u32 = u32::MAX;
/// In a component that is complete. Greater than all orders of entry, so that it never lowers one.
const CLOSED: u32 = u32::MAX - 1;

impl Components {
    /// Finds the components of the graph whose node `i` has the arcs `arcs(i)`, of which arc `a`
    /// leads to `head(a)`, or nowhere if that is `None`.
    #[allow(clippy::missing_panics_doc)] // the one `expect` cannot fail
    pub fn find(
        node_count: usize,
        arcs: impl Fn(usize) -> std::ops::Range<usize>,
        head: impl Fn(usize) -> Option<usize>,
    ) -> Self {
        // The earliest entered open node that a node is known to reach, by order of entry.
        let mut low = vec![UNSEEN; node_count];
        let mut of = vec![0; node_count];
        let mut open = Vec::new();
        // Node, its next arc, and the order in which it was entered.
        let mut path: Vec<(u32, u32, u32)> = Vec::new();
        let mut nodes = Vec::with_capacity(node_count);
        let mut first = vec![0];
        let mut index = 0;
        for root in 0..node_count {
            if low[root] != UNSEEN {
                continue;
            }
            path.push((root as u32, arcs(root).start as u32, index));
            low[root] = index;
            index += 1;
            open.push(root as u32);
            while let Some(&mut (node, ref mut next, entry)) = path.last_mut() {
                let node = node as usize;
                if (*next as usize) < arcs(node).end {
                    let arc = *next as usize;
                    *next += 1;
                    let Some(child) = head(arc) else { continue };
                    if low[child] == UNSEEN {
                        low[child] = index;
                        open.push(child as u32);
                        path.push((child as u32, arcs(child).start as u32, index));
                        index += 1;
                    } else {
                        low[node] = low[node].min(low[child]);
                    }
                    continue;
                }
                path.pop();
                if low[node] == entry {
                    let component = first.len() as u32 - 1;
                    loop {
                        let member = open.pop().expect("the component's root is still open");
                        of[member as usize] = component;
                        low[member as usize] = CLOSED;
                        nodes.push(member);
                        if member as usize == node {
                            break;
                        }
                    }
                    // In the order of the input, where neighbours tend to want the same.
                    nodes[first[component as usize] as usize..].sort_unstable();
                    first.push(nodes.len() as u32);
                }
                if let Some(&(parent, _, _)) = path.last() {
                    let parent = parent as usize;
                    low[parent] = low[parent].min(low[node]);
                }
            }
        }
        Components { of, nodes, first }
    }

    /// Number of components.
    pub fn count(&self) -> usize {
        self.first.len() - 1
    }

    /// The nodes of one component.
    pub fn members(&self, component: usize) -> &[u32] {
        &self.nodes[self.first[component] as usize..self.first[component + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_arc_leads_to_a_component_with_a_smaller_or_equal_number() {
        // 0 -> 1 -> 2 -> 0, 2 -> 3 -> 4 -> 3, 5 alone.
        let rows = [vec![1], vec![2], vec![0, 3], vec![4], vec![3], vec![]];
        let mut first = vec![0];
        let mut head = Vec::new();
        for row in &rows {
            head.extend(row.iter().copied());
            first.push(head.len());
        }
        let found = Components::find(6, |i| first[i]..first[i + 1], |a| Some(head[a]));
        assert_eq!(found.count(), 3);
        assert_eq!(found.of[0], found.of[2]);
        assert_eq!(found.of[3], found.of[4]);
        assert!(found.of[3] < found.of[0]);
        assert_eq!(found.members(found.of[5] as usize), [5]);
    }
}
