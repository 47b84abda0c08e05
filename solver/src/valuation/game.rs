//! A round as a game: what each coalition of participants could trade among themselves, and the shares that this gives them in the whole.

use super::evidence::Refusal;
use crate::stream::Stream;
use crate::{Face, Graph, LinearGains};

/// The most players for whom every coalition is gone through.
pub(super) const EXACT: usize = 12;

/// A round whose items belong to participants. A coalition is worth the most items that can trade among its members, each for one that its owner takes.
#[derive(Clone, Debug)]
pub struct Game<'a> {
    graph: &'a Graph,
    owner: &'a [u32],
    player_count: usize,
}

impl<'a> Game<'a> {
    /// The game of `graph`, whose node `i` belongs to player `owner[i]`.
    ///
    /// # Panics
    /// If there is not one owner, below `player_count`, for each node.
    pub fn new(graph: &'a Graph, owner: &'a [u32], player_count: usize) -> Self {
        assert_eq!(owner.len(), graph.node_count(), "one owner for each node");
        assert!(owner.iter().all(|&player| (player as usize) < player_count), "owners are players");
        Game { graph, owner, player_count }
    }

    /// Number of players.
    pub fn player_count(&self) -> usize {
        self.player_count
    }

    /// What the players of `members` could trade among themselves. Cost: an assignment problem.
    pub fn worth(&self, members: &[bool]) -> f64 {
        let mut local = vec![u32::MAX; self.owner.len()];
        let mut nodes = Vec::new();
        for (node, &player) in self.owner.iter().enumerate() {
            if members[player as usize] {
                local[node] = nodes.len() as u32;
                nodes.push(node);
            }
        }
        let graph = Graph::from_rows(nodes.len(), nodes.len(), |index| {
            let heads = &self.graph.heads(nodes[index])[1..];
            heads
                .iter()
                .map(|&head| local[head as usize])
                .filter(|&head| head != u32::MAX)
                .collect::<Vec<_>>()
                .into_iter()
        });
        let mut face = Face::whole(&graph);
        face.optimise(&graph, &LinearGains::ByTaker(vec![1; nodes.len()]), 1);
        face.takes.iter().enumerate().filter(|&(node, &take)| take as usize != node).count() as f64
    }

    /// What all players together could trade.
    pub fn total(&self) -> f64 {
        self.worth(&vec![true; self.player_count])
    }

    /// What each coalition is worth, by the bits of its members.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`] beyond `most` players.
    pub(super) fn table(&self, most: usize) -> Result<Vec<f64>, Refusal> {
        if self.player_count > most {
            return Err(Refusal::TooLarge("players", most));
        }
        let members =
            |set: usize| (0..self.player_count).map(|player| set >> player & 1 == 1).collect::<Vec<_>>();
        Ok((0..1_usize << self.player_count).map(|set| self.worth(&members(set))).collect())
    }

    /// The most by which a coalition, neither empty nor whole, could do better on its own than by `share`; of few players, of whom every coalition can
    /// be gone through.
    pub fn excess(&self, share: &[f64]) -> Option<f64> {
        let table = self.table(EXACT).ok()?;
        let held = |set: usize| -> f64 {
            share
                .iter()
                .enumerate()
                .filter(|(player, _)| set >> player & 1 == 1)
                .map(|(_, share)| share)
                .sum()
        };
        let proper = 1..table.len().saturating_sub(1);
        Some(proper.map(|set| table[set] - held(set)).fold(f64::NEG_INFINITY, f64::max))
    }

    /// A random coalition, each player in it by the toss of a coin.
    pub(super) fn draw(&self, stream: &mut Stream) -> Vec<bool> {
        (0..self.player_count).map(|_| stream.word() >> 63 == 1).collect()
    }
}

/// Shares of players in what all of them together could trade.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shares {
    /// The share of each player.
    pub share: Vec<f64>,
    /// The standard error of each share; 0 where it is exact.
    pub error: Vec<f64>,
    /// What all players together could trade: what the shares add up to.
    pub total: f64,
    /// Of least-core shares, the most by which a coalition that was looked at could do better on its own; negative if each does worse.
    pub excess: Option<f64>,
    /// How many coalitions or orders of arrival were sampled.
    pub samples: u32,
    /// Whether all of them were gone through instead.
    pub is_exact: bool,
}
