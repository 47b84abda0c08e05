//! The best flow through a network by the primal simplex method on spanning trees (Dantzig 1951), from no flow at all.
//!
//! Every node has an arc of its own for what it has too much, and these make up the first tree: to the ground, or, of a node that is half of another, to that
//! one. Trees stay strongly feasible (Cunningham 1976: from every node a little more could flow toward the ground), so that the method ends. Arcs are
//! priced in blocks (Grigoriadis 1986).
//!
//! Cost: O(nodes) a pivot at worst, mostly far less.

use crate::budget::Budget;

/// No node.
const NONE: u32 = u32::MAX;
/// Arcs are priced in blocks of at least that many.
const LEAST_BLOCK: usize = 32;

/// An arc through which something may flow, from 0 up to `most`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arc {
    pub(super) tail: u32,
    pub(super) head: u32,
    pub(super) most: i64,
    /// What a unit gains.
    pub(super) gain: i64,
}

/// A node's own arc, in the first tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own {
    /// To the ground: nothing flows through it in the end.
    Ground,
    /// Between it and the node whose half it is: at most so much flows, and any amount the other way.
    Half { of: u32, is_outward: bool, most: i64 },
}

/// A flow, and the tree that shows it to be the best where the method came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flow {
    /// By arc.
    pub(super) amounts: Vec<i64>,
    /// Whether an arc is in the tree.
    pub(super) is_in_tree: Vec<bool>,
    /// Whether a node's own arc is.
    pub(super) is_own_in_tree: Vec<bool>,
    pub(super) steps: u64,
}

/// The best flow that is found within the budget: what comes to a node goes on.
pub(super) fn best(own: &[Own], arcs: &[Arc], budget: Budget<'_>) -> Flow {
    let mut tree = Tree::new(own, arcs);
    while !budget.is_spent(tree.steps)
        && let Some(arc) = tree.entering(arcs.len())
    {
        tree.pivot(arc);
    }
    let is_in_tree = |arc: usize| tree.rests[arc] == Rest::InTree;
    Flow {
        amounts: tree.flow[..arcs.len()].to_vec(),
        is_in_tree: (0..arcs.len()).map(is_in_tree).collect(),
        is_own_in_tree: (arcs.len()..tree.flow.len()).map(is_in_tree).collect(),
        steps: tree.steps,
    }
}

/// Where an arc is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    InTree,
    Low,
    High,
}

/// The method's state. The last node is the ground; after the arcs come those of the nodes' own.
struct Tree {
    ends: Vec<(u32, u32)>,
    /// `None` for no limit.
    most: Vec<Option<i64>>,
    /// Whether any amount may flow the other way.
    is_free: Vec<bool>,
    gain: Vec<i64>,
    flow: Vec<i64>,
    rests: Vec<Rest>,
    price: Vec<i64>,
    parent: Vec<u32>,
    /// The arc to the parent.
    above: Vec<u32>,
    depth: Vec<u32>,
    /// The children of a node as a list that is linked both ways.
    first: Vec<u32>,
    next: Vec<u32>,
    before: Vec<u32>,
    /// Where pricing goes on.
    at: usize,
    steps: u64,
}

impl Tree {
    fn new(own: &[Own], arcs: &[Arc]) -> Self {
        let ground = own.len() as u32;
        let greatest = arcs.iter().map(|arc| arc.gain.abs()).max().unwrap_or(0);
        let dear = greatest.saturating_add(1).saturating_mul(i64::from(ground) + 1).min(1 << 60);
        let nodes = own.len() + 1;
        let mut tree = Tree {
            ends: arcs.iter().map(|arc| (arc.tail, arc.head)).collect(),
            most: arcs.iter().map(|arc| Some(arc.most)).collect(),
            is_free: vec![false; arcs.len()],
            gain: arcs.iter().map(|arc| arc.gain).collect(),
            flow: vec![0; arcs.len()],
            rests: vec![Rest::Low; arcs.len()],
            price: vec![0; nodes],
            parent: vec![NONE; nodes],
            above: vec![NONE; nodes],
            depth: vec![0; nodes],
            first: vec![NONE; nodes],
            next: vec![NONE; nodes],
            before: vec![NONE; nodes],
            at: 0,
            steps: 0,
        };
        for (node, &own) in (0_u32..).zip(own) {
            let (ends, most, gain) = match own {
                Own::Ground => ((node, ground), None, -dear),
                Own::Half { of, is_outward: true, most } => ((of, node), Some(most), 0),
                Own::Half { of, is_outward: false, most } => ((node, of), Some(most), 0),
            };
            tree.ends.push(ends);
            tree.most.push(most);
            tree.is_free.push(matches!(own, Own::Half { .. }));
            tree.gain.push(gain);
            tree.flow.push(0);
            tree.rests.push(Rest::InTree);
            tree.above[node as usize] = (arcs.len() + node as usize) as u32;
            tree.hang(node, if ends.0 == node { ends.1 } else { ends.0 });
        }
        tree.settle(ground);
        tree
    }

    fn hang(&mut self, node: u32, parent: u32) {
        let next = std::mem::replace(&mut self.first[parent as usize], node);
        self.parent[node as usize] = parent;
        (self.next[node as usize], self.before[node as usize]) = (next, NONE);
        if next != NONE {
            self.before[next as usize] = node;
        }
    }

    fn unhang(&mut self, node: u32) {
        let (next, before) = (self.next[node as usize], self.before[node as usize]);
        match before {
            NONE => self.first[self.parent[node as usize] as usize] = next,
            before => self.next[before as usize] = next,
        }
        if next != NONE {
            self.before[next as usize] = before;
        }
    }

    /// Sets depth and price of all nodes below one from its own.
    fn settle(&mut self, top: u32) {
        let mut node = top;
        loop {
            self.steps += 1;
            let child = self.first[node as usize];
            if child == NONE {
                while node != top && self.next[node as usize] == NONE {
                    node = self.parent[node as usize];
                }
                if node == top {
                    return;
                }
                node = self.next[node as usize];
            } else {
                node = child;
            }
            self.reach(node);
        }
    }

    /// Sets depth and price of a node from those of its parent.
    fn reach(&mut self, node: u32) {
        let (parent, arc) = (self.parent[node as usize] as usize, self.above[node as usize] as usize);
        let is_up = self.ends[arc].0 == node;
        let gain = if is_up { self.gain[arc] } else { -self.gain[arc] };
        self.price[node as usize] = self.price[parent] + gain;
        self.depth[node as usize] = self.depth[parent] + 1;
    }

    /// What a unit more along an arc gains at the prices.
    fn reduced(&self, arc: usize) -> i64 {
        let (tail, head) = self.ends[arc];
        self.gain[arc] - self.price[tail as usize] + self.price[head as usize]
    }

    /// An arc along which a change gains: the best of the first block in which there is any. Those to the ground do not come back.
    fn entering(&mut self, arc_count: usize) -> Option<usize> {
        let arcs = self.ends.len();
        let block = LEAST_BLOCK.max(arcs.isqrt());
        let (mut best, mut merit) = (None, 0);
        for looked in 1..=arcs {
            let arc = self.at;
            self.at = if arc + 1 == arcs { 0 } else { arc + 1 };
            let gains = match self.rests[arc] {
                Rest::Low if arc < arc_count => self.reduced(arc),
                Rest::High => -self.reduced(arc),
                _ => 0,
            };
            if gains > merit {
                (best, merit) = (Some(arc), gains);
            }
            if looked % block == 0 && best.is_some() {
                self.steps += looked as u64;
                return best;
            }
        }
        self.steps += arcs as u64;
        best
    }

    /// By how much the flow of an arc can rise, or fall; `None` for any amount.
    fn room(&self, arc: usize, rises: bool) -> Option<i64> {
        let (flow, most) = (self.flow[arc], self.most[arc]);
        if rises { most.map(|most| most - flow) } else { (!self.is_free[arc]).then_some(flow) }
    }

    /// Sends as much as there is room for around the cycle that an arc closes with the tree.
    fn pivot(&mut self, entering: usize) {
        let rises = self.rests[entering] == Rest::Low;
        let (tail, head) = self.ends[entering];
        let (from, to) = if rises { (tail, head) } else { (head, tail) };
        let join = self.join(from, to);
        let mut most = self.room(entering, rises);
        let mut leaving = None;
        for (start, is_downward) in [(from, true), (to, false)] {
            let mut node = start;
            while node != join {
                let arc = self.above[node as usize] as usize;
                let is_up = self.ends[arc].0 == node;
                let room = self.room(arc, is_up != is_downward);
                let is_less = |most: i64, room: i64| if is_downward { room < most } else { room <= most };
                if room.is_some_and(|room| most.is_none_or(|most| is_less(most, room))) {
                    (most, leaving) = (room, Some((node, is_up != is_downward, is_downward)));
                }
                node = self.parent[node as usize];
                self.steps += 1;
            }
        }
        let amount = most.expect("every cycle that gains has an arc with a limit");
        self.send(entering, (from, to), join, if rises { amount } else { -amount });
        let Some((below, rose, is_on_first)) = leaving else {
            self.rests[entering] = if rises { Rest::High } else { Rest::Low };
            return;
        };
        self.rests[self.above[below as usize] as usize] = if rose { Rest::High } else { Rest::Low };
        self.rests[entering] = Rest::InTree;
        let (inner, outer) = if is_on_first { (from, to) } else { (to, from) };
        self.turn(inner, outer, below, entering);
        self.reach(inner);
        self.settle(inner);
    }

    /// Where the ways of two nodes to the ground meet.
    fn join(&self, mut one: u32, mut other: u32) -> u32 {
        while one != other {
            if self.depth[one as usize] >= self.depth[other as usize] {
                one = self.parent[one as usize];
            } else {
                other = self.parent[other as usize];
            }
        }
        one
    }

    fn send(&mut self, entering: usize, (from, to): (u32, u32), join: u32, amount: i64) {
        if amount == 0 {
            return;
        }
        self.flow[entering] += amount;
        for (start, is_downward) in [(from, true), (to, false)] {
            let mut node = start;
            while node != join {
                let arc = self.above[node as usize] as usize;
                let is_up = self.ends[arc].0 == node;
                self.flow[arc] += if is_up == is_downward { -amount.abs() } else { amount.abs() };
                node = self.parent[node as usize];
            }
        }
    }

    /// Hangs what is below `below` to `outer`, by `inner`, which comes to be its top, and by an arc.
    fn turn(&mut self, inner: u32, outer: u32, below: u32, arc: usize) {
        let (mut node, mut parent, mut above) = (inner, outer, arc as u32);
        loop {
            let (old_parent, old_above) = (self.parent[node as usize], self.above[node as usize]);
            self.unhang(node);
            self.hang(node, parent);
            self.above[node as usize] = above;
            self.steps += 1;
            if node == below {
                return;
            }
            (parent, above, node) = (node, old_above, old_parent);
        }
    }
}
