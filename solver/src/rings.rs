//! Smaller rings, as a best effort: the sum of squared ring sizes, lowered by exchanging what two or
//! three members of one ring take.
//!
//! A ring falls in two when two of its members exchange what they take, and in three when three of
//! them pass it on in the right order. Only exchanges that keep everything else are made: along open
//! arcs, and with the same worth in all. Members are tried in an order drawn from the seed, until a
//! whole round brings nothing or the budget is used up. No optimum is claimed; finding the best is
//! NP-hard (it contains partition into triangles).
//!
//! Cost: each exchange O(the smaller part) to relabel; each look at an arc is one step of the budget.

use crate::Graph;
use crate::stream::Stream;

/// What may be exchanged.
pub struct Exchange<'a> {
    /// Who would take what.
    pub graph: &'a Graph,
    /// The arcs that may be used.
    pub open: &'a [bool],
    /// Whether a node counts in the size of its ring.
    pub counts: &'a [bool],
    /// What taker and arc are worth beyond their level; an exchange keeps the sum. `None`: hands off.
    pub worth: &'a dyn Fn(usize, usize) -> Option<i64>,
}

/// Rings larger than this are not searched for exchanges of three.
const MOST_MEMBERS_FOR_THREE: u32 = 512;

/// Lowers the sum of squared ring sizes of `takes` by up to `steps` looks at arcs. Returns the steps used.
pub fn shrink(exchange: &Exchange<'_>, takes: &mut [u32], seed: u64, steps: u64) -> u64 {
    let mut search = Search::new(exchange, takes, steps);
    let mut order: Vec<u32> =
        (0..search.takes.len() as u32).filter(|&node| search.takes[node as usize] != node).collect();
    shuffle(&mut order, seed);
    loop {
        let mut improved = false;
        for &member in &order {
            if search.steps == 0 {
                break;
            }
            improved |= search.exchange_two(member) || search.exchange_three(member);
        }
        if !improved || search.steps == 0 {
            break;
        }
    }
    steps - search.steps
}

struct Search<'a, 'b> {
    exchange: &'a Exchange<'a>,
    takes: &'b mut [u32],
    taker_of: Vec<u32>,
    /// The ring of each node, and how many of its members count, by ring.
    ring: Vec<u32>,
    size: Vec<u32>,
    steps: u64,
}

impl<'a, 'b> Search<'a, 'b> {
    fn new(exchange: &'a Exchange<'a>, takes: &'b mut [u32], steps: u64) -> Self {
        let node_count = takes.len();
        let mut taker_of = vec![0; node_count];
        for (taker, &giver) in takes.iter().enumerate() {
            taker_of[giver as usize] = taker as u32;
        }
        let mut search =
            Search { exchange, takes, taker_of, ring: vec![u32::MAX; node_count], size: Vec::new(), steps };
        for node in 0..node_count {
            if search.ring[node] == u32::MAX {
                let ring = search.size.len() as u32;
                let size = search.label(node as u32, ring);
                search.size.push(size);
            }
        }
        search
    }

    /// Labels the ring through `start`; returns how many of its members count.
    fn label(&mut self, start: u32, ring: u32) -> u32 {
        let (mut node, mut size) = (start, 0);
        loop {
            self.ring[node as usize] = ring;
            size += u32::from(self.exchange.counts[node as usize]);
            node = self.takes[node as usize];
            if node == start {
                return size;
            }
        }
    }

    /// The worth of the open arc from `taker` to `giver`, if there is one.
    fn worth(&mut self, taker: u32, giver: u32) -> Option<i64> {
        let graph = self.exchange.graph;
        self.steps = self.steps.saturating_sub(graph.heads(taker as usize).len() as u64);
        let arc = graph.arc_between(taker as usize, giver as usize)?;
        if !self.exchange.open[arc] || taker == giver {
            return None;
        }
        (self.exchange.worth)(taker as usize, arc)
    }

    /// The other members of `member`'s ring whose possession it would take along an open arc.
    fn wanted_in_ring(&mut self, member: u32) -> Vec<u32> {
        let (graph, open) = (self.exchange.graph, self.exchange.open);
        let arcs = graph.arcs(member as usize);
        self.steps = self.steps.saturating_sub(arcs.len() as u64);
        let ring = self.ring[member as usize];
        arcs.filter(|&arc| open[arc])
            .map(|arc| self.taker_of[graph.head(arc)])
            .filter(|&other| other != member && self.ring[other as usize] == ring)
            .collect()
    }

    /// Splits the ring of `a` by an exchange with one other member.
    fn exchange_two(&mut self, a: u32) -> bool {
        if self.size[self.ring[a as usize] as usize] < 3 {
            return false;
        }
        let x = self.takes[a as usize];
        let Some(before_a) = self.worth(a, x) else { return false };
        for b in self.wanted_in_ring(a) {
            if self.steps == 0 {
                return false;
            }
            let y = self.takes[b as usize];
            let sums = (|| {
                let after = self.worth(b, x)? + self.worth(a, y)?;
                Some((before_a + self.worth(b, y)?, after))
            })();
            if sums.is_some_and(|(before, after)| before == after) {
                self.swap(a, b);
                if self.split(a, b) {
                    return true;
                }
                self.swap(a, b);
            }
        }
        false
    }

    fn swap(&mut self, a: u32, b: u32) {
        self.takes.swap(a as usize, b as usize);
        self.taker_of[self.takes[a as usize] as usize] = a;
        self.taker_of[self.takes[b as usize] as usize] = b;
    }

    /// Labels the smaller of the two rings that now go through `a` and `b`, unless nobody in one of
    /// them counts. Both are walked in step, so the cost is that of the smaller.
    fn split(&mut self, a: u32, b: u32) -> bool {
        let (mut at_a, mut at_b) = (a, b);
        loop {
            (at_a, at_b) = (self.takes[at_a as usize], self.takes[at_b as usize]);
            if at_a == a || at_b == b {
                break;
            }
        }
        let smaller = if at_a == a { a } else { b };
        let old = self.ring[a as usize];
        let new = self.size.len() as u32;
        let size = self.label(smaller, new);
        let rest = self.size[old as usize] - size;
        if size == 0 || rest == 0 {
            self.label(smaller, old);
            return false;
        }
        self.size[old as usize] = rest;
        self.size.push(size);
        self.steps = self.steps.saturating_sub(u64::from(size));
        true
    }

    /// Splits the ring of `a` in three by passing on what `a` and two other members take.
    fn exchange_three(&mut self, a: u32) -> bool {
        if !(4..=MOST_MEMBERS_FOR_THREE).contains(&self.size[self.ring[a as usize] as usize]) {
            return false;
        }
        let x = self.takes[a as usize];
        for b in self.wanted_in_ring(a) {
            for c in self.wanted_in_ring(b) {
                if self.steps == 0 {
                    return false;
                }
                if c != a && self.passes_on(a, b, c, x) {
                    // a takes what b took, b what c took, c what a took.
                    self.swap(a, b);
                    self.swap(b, c);
                    if self.relabel_if_split([a, b, c]) {
                        return true;
                    }
                    self.swap(b, c);
                    self.swap(a, b);
                }
            }
        }
        false
    }

    fn passes_on(&mut self, a: u32, b: u32, c: u32, x: u32) -> bool {
        let (y, z) = (self.takes[b as usize], self.takes[c as usize]);
        let sums = (|| {
            let after = self.worth(c, x)? + self.worth(a, y)? + self.worth(b, z)?;
            Some((self.worth(a, x)? + self.worth(b, y)? + self.worth(c, z)?, after))
        })();
        sums.is_some_and(|(before, after)| before == after)
    }

    /// Labels the rings through `members` if they are three and somebody counts in each.
    fn relabel_if_split(&mut self, members: [u32; 3]) -> bool {
        let old = self.ring[members[0] as usize];
        let new = self.size.len() as u32;
        let mut sizes = [0; 3];
        for (place, &member) in members.iter().enumerate() {
            if self.ring[member as usize] == old {
                sizes[place] = self.label(member, new + place as u32);
            }
        }
        self.steps = self.steps.saturating_sub(sizes.iter().map(|&size| u64::from(size)).sum());
        if sizes.contains(&0) {
            for member in members {
                self.label(member, old);
            }
            return false;
        }
        self.size.extend(sizes);
        self.size[old as usize] = 0;
        true
    }
}

/// Fisher and Yates' shuffle.
fn shuffle(order: &mut [u32], seed: u64) {
    let mut stream = Stream::new(seed);
    for last in (1..order.len()).rev() {
        order.swap(last, (stream.word() % (last as u64 + 1)) as usize);
    }
}
