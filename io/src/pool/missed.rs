//! Who is left out of an exchange, and why, as far as one look shows: the shortest ring, or chain, that would serve them within the bounds, and which of the
//! chosen ones it shares somebody with. What the best exchange that has it comes to is a search of its own: [`super::explain`].
//!
//! Cost: a search by breadth for each who is left out, of [`MOST_LOOKS`] arcs in all.

use std::collections::VecDeque;

use super::PoolReading;
use super::document::{ExchangeDocument, Step};
use super::rules::Rules;

/// So many arcs are looked at; who is left out after that is told without a reason.
pub const MOST_LOOKS: usize = 50_000_000;

/// Why a pair is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Nobody can give to it.
    NobodyGives,
    /// No ring or chain within the bounds passes through it, but perhaps a longer one.
    NoneWithin(Shortest),
    /// One does, through these nodes, and was not chosen.
    NotChosen {
        /// A ring, or a chain from its altruist, by its nodes from 0.
        nodes: Vec<u32>,
        /// The rings that it shares somebody with, by their number from 0.
        rings: Vec<usize>,
        /// The chains.
        chains: Vec<usize>,
    },
    /// It was not looked for.
    Unknown,
}

/// How short the rings and chains are that could serve a pair, without a bound; none where there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortest {
    /// The number of nodes of the shortest ring.
    pub ring: Option<usize>,
    /// How many nodes the shortest chain reaches.
    pub chain: Option<usize>,
}

impl Shortest {
    /// Why none of them is within the bounds, as the end of a sentence.
    pub fn told(self, rules: &Rules, has_altruists: bool) -> String {
        let ring = match self.ring {
            Some(length) => format!(
                "the shortest ring through it is of {length}, and at most {} are allowed",
                rules.max_ring
            ),
            None => "no ring passes through it, however long".to_owned(),
        };
        let chain = match (self.chain, rules.max_chain) {
            _ if !has_altruists => return ring,
            (Some(_), 0) => "chains, which could reach it, are not allowed".to_owned(),
            (Some(length), most) => {
                format!("the shortest chain to it reaches {length}, and at most {most} are allowed")
            }
            (None, _) => "no chain reaches it, however long".to_owned(),
        };
        format!("{ring}; {chain}")
    }
}

/// The shortest ring through `node` and the shortest chain to it, without a bound; none if that was not found out within so many looks.
pub fn shortest(reading: &PoolReading, node: u32, most_looks: usize) -> Option<Shortest> {
    Search::new(reading, most_looks).shortest(node)
}

/// The pairs that receive nothing, rising, each with the reason.
pub fn missed(reading: &PoolReading, document: &ExchangeDocument, most_looks: usize) -> Vec<(u32, Why)> {
    let count = reading.names.len();
    let mut is_served = reading.is_altruist.clone();
    for step in document.rings.iter().flatten().chain(document.chains.iter().flatten()) {
        is_served[step.node as usize - 1] = true;
    }
    let mut search = Search::new(reading, most_looks);
    let shared = |lists: &[Vec<Step>], nodes: &[u32]| -> Vec<usize> {
        let shares = |list: &Vec<Step>| list.iter().any(|step| nodes.contains(&(step.node - 1)));
        (0..lists.len()).filter(|&place| shares(&lists[place])).collect()
    };
    let mut why = |node: u32| {
        if search.givers[node as usize].is_empty() {
            return Why::NobodyGives;
        }
        match search.through(node, (document.rules.max_ring, document.rules.max_chain)) {
            None => Why::Unknown,
            Some(nodes) if nodes.is_empty() => search.shortest(node).map_or(Why::Unknown, Why::NoneWithin),
            Some(nodes) => {
                let (rings, chains) = (shared(&document.rings, &nodes), shared(&document.chains, &nodes));
                Why::NotChosen { nodes, rings, chains }
            }
        }
    };
    (0..count as u32).filter(|&node| !is_served[node as usize]).map(|node| (node, why(node))).collect()
}

const NOBODY: u32 = u32::MAX;

/// Goes from receivers to givers, nearest first.
struct Search<'a> {
    reading: &'a PoolReading,
    /// Who can give to each.
    givers: Vec<Vec<u32>>,
    /// To whom each who was met would give.
    before: Vec<u32>,
    met: Vec<u32>,
    /// How many arcs may still be looked at.
    looks: usize,
}

impl<'a> Search<'a> {
    fn new(reading: &'a PoolReading, looks: usize) -> Self {
        let count = reading.names.len();
        let mut givers = vec![Vec::new(); count];
        for arc in &reading.arcs {
            givers[arc.head as usize].push(arc.tail);
        }
        Search { reading, givers, before: vec![NOBODY; count], met: Vec::new(), looks }
    }

    /// As [`shortest`].
    fn shortest(&mut self, node: u32) -> Option<Shortest> {
        let ring = self.through(node, (u32::MAX, 0))?.len();
        let chain = self.through(node, (0, u32::MAX))?.len();
        Some(Shortest { ring: (ring > 0).then_some(ring), chain: chain.checked_sub(1) })
    }

    /// The shortest ring through `node`, or where there is none the shortest chain to it; empty if there is neither, none if that was not found out.
    fn through(&mut self, node: u32, (max_ring, max_chain): (u32, u32)) -> Option<Vec<u32>> {
        for met in self.met.drain(..) {
            self.before[met as usize] = NOBODY;
        }
        let mut chain = None;
        let mut queue = VecDeque::from([(node, 1)]);
        while let Some((at, length)) = queue.pop_front() {
            for place in 0..self.givers[at as usize].len() {
                self.looks = self.looks.checked_sub(1)?;
                let giver = self.givers[at as usize][place];
                if giver == node && length <= max_ring {
                    return Some(self.path(node, at, node));
                }
                if self.reading.is_altruist[giver as usize] {
                    if length <= max_chain && chain.is_none() {
                        chain = Some((giver, at));
                    }
                } else if length < max_ring.max(max_chain)
                    && giver != node
                    && self.before[giver as usize] == NOBODY
                {
                    self.before[giver as usize] = at;
                    self.met.push(giver);
                    queue.push_back((giver, length + 1));
                }
            }
        }
        Some(chain.map_or_else(Vec::new, |(altruist, at)| self.path(altruist, at, node)))
    }

    /// From `first`, who gives to `at`, on to `last`; a ring comes back to its first, which is not told again.
    fn path(&self, first: u32, mut at: u32, last: u32) -> Vec<u32> {
        let mut nodes = vec![first];
        while at != last {
            nodes.push(at);
            at = self.before[at as usize];
        }
        if first != last {
            nodes.push(last);
        }
        nodes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::detect;
    use crate::pool::document::document;
    use crate::pool::rules::Aim;
    use bartizan_solver::budget::Budget;
    use bartizan_solver::exchange::solve_levels;

    /// Pairs 0, 1 and 2 in a ring, 1 and 3 in another; to 4 the altruist can give, as to 0; 5 gives to 0, and 6 to 5; nobody gives to 6.
    #[test]
    fn who_is_left_out_is_told_why() {
        let names = ["Pair 0", "Pair 1", "Pair 2", "Pair 3", "Pair 4", "Pair 5", "Pair 6", "Altruist 7"];
        let arcs = [(0, 1), (1, 2), (2, 0), (1, 3), (3, 1), (7, 0), (7, 4), (5, 0), (6, 5)];
        let heading = format!("{},{}\n", names.len(), arcs.len());
        let names = names.iter().enumerate().map(|(number, name)| format!("{number},{name}\n"));
        let arcs = arcs.iter().map(|(tail, head)| format!("{tail},{head},1\n"));
        let text: String = [heading].into_iter().chain(names).chain(arcs).collect();
        let format = detect(text.as_bytes()).expect("a pool");
        let reading = (format.read)(text.as_bytes(), None).expect("a sound pool");
        let of = |max_chain: u32, looks: usize| {
            let rules = Rules {
                max_ring: 3,
                max_chain,
                objectives: vec![Aim::Transplants],
                last_donations_count: false,
                hard_to_match: Vec::new(),
            };
            let pool = Rules::pool(&reading);
            let found = solve_levels(
                &pool,
                rules.caps(),
                &rules.levels(&reading),
                Budget::UNLIMITED,
                &mut |_, _, _| (),
            );
            missed(&reading, &document(&reading, rules, &pool, &found), looks)
        };
        let ring =
            |nodes: &[u32]| Why::NotChosen { nodes: nodes.to_vec(), rings: vec![0], chains: Vec::new() };
        let within = |ring, chain| Why::NoneWithin(Shortest { ring, chain });
        assert_eq!(
            of(0, MOST_LOOKS),
            [(3, ring(&[3, 1])), (4, within(None, Some(1))), (5, within(None, None)), (6, Why::NobodyGives)]
        );
        assert_eq!(of(1, MOST_LOOKS).iter().map(|(node, _)| *node).collect::<Vec<_>>(), [3, 5, 6]);
        assert_eq!(of(0, 0)[0], (3, Why::Unknown));
        assert_eq!(shortest(&reading, 2, MOST_LOOKS), Some(Shortest { ring: Some(3), chain: Some(3) }));
        let rules = |max_ring, max_chain| Rules {
            max_ring,
            max_chain,
            objectives: vec![Aim::Transplants],
            last_donations_count: false,
            hard_to_match: Vec::new(),
        };
        let far = Shortest { ring: Some(3), chain: Some(3) };
        assert_eq!(
            far.told(&rules(2, 1), true),
            "the shortest ring through it is of 3, and at most 2 are allowed; the shortest chain to it reaches 3, and at most 1 are allowed"
        );
        assert_eq!(
            Shortest { ring: None, ..far }.told(&rules(2, 0), true),
            "no ring passes through it, however long; chains, which could reach it, are not allowed"
        );
        assert_eq!(
            far.told(&rules(2, 0), false),
            "the shortest ring through it is of 3, and at most 2 are allowed"
        );
    }
}
