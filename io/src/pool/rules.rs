//! What an exchange is cleared for, and within which bounds.

use bartizan_solver::exchange::{Arc, Caps, Level, Pool};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PoolReading;

/// What an exchange is cleared for, and within which bounds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// The most nodes of a ring.
    pub max_ring: u32,
    /// The most nodes that a chain reaches after its altruist.
    pub max_chain: u32,
    /// What is to be great, the most important first.
    pub objectives: Vec<Aim>,
    /// Whether the last donation of each chain counts as a transplant more.
    pub last_donations_count: bool,
    /// Where they are an objective: the nodes that are hard to match, from 1, rising.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hard_to_match: Vec<u32>,
}

/// Longer rings and chains are not looked for.
pub const MOST_CAP: u32 = 64;

/// What is to be great.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Aim {
    /// The number of transplants.
    Transplants,
    /// The number of rings: among exchanges with as many transplants, those of short rings.
    Rings,
    /// The weights of transplants.
    Weight,
    /// The transplants of those who are hard to match.
    HardToMatch,
}

impl Aim {
    /// Its name, as documents and options have it.
    pub fn name(self) -> &'static str {
        match self {
            Aim::Transplants => "transplants",
            Aim::Rings => "rings",
            Aim::Weight => "weight",
            Aim::HardToMatch => "hard-to-match",
        }
    }

    /// The objective of this name; rounds call transplants items.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Aim::Transplants, Aim::Rings, Aim::Weight, Aim::HardToMatch];
        let name = if name == "items" { Aim::Transplants.name() } else { name };
        all.into_iter().find(|aim| aim.name() == name)
    }
}

impl Rules {
    /// The caps of the solver.
    pub fn caps(&self) -> Caps {
        Caps { ring: self.max_ring, chain: self.max_chain }
    }

    /// The pool of what was read, in which each transplant gains 1.
    pub fn pool(reading: &PoolReading) -> Pool {
        let arcs = reading.arcs.iter().map(|arc| Arc { gain: 1, ..arc.clone() }).collect();
        Pool::new(reading.is_altruist.clone(), arcs)
    }

    /// Whether they are rules for this pool.
    ///
    /// # Errors
    /// What is wrong with them, as a sentence.
    pub fn check(&self, reading: &PoolReading) -> Result<(), String> {
        let is_pair = |&node: &u32| reading.is_altruist.get((node as usize).wrapping_sub(1)) == Some(&false);
        if self.max_ring.max(self.max_chain) > MOST_CAP {
            return Err(format!("rings or chains of more than {MOST_CAP} nodes"));
        }
        if self.objectives.is_empty() {
            return Err("no objective is named".into());
        }
        if (1..self.objectives.len()).any(|at| self.objectives[..at].contains(&self.objectives[at])) {
            return Err("an objective is named twice".into());
        }
        if !self.hard_to_match.is_sorted_by(|one, other| one < other)
            || !self.hard_to_match.iter().all(is_pair)
        {
            return Err("those who are hard to match are not pairs of the pool, each once, rising".into());
        }
        if !self.hard_to_match.is_empty() && !self.objectives.contains(&Aim::HardToMatch) {
            return Err("some are told to be hard to match, and that is no objective".into());
        }
        if self.last_donations_count && !self.objectives.contains(&Aim::Transplants) {
            return Err("last donations count, but transplants are no objective".into());
        }
        Ok(())
    }

    /// The objectives as levels of that pool.
    pub fn levels(&self, reading: &PoolReading) -> Vec<Level> {
        let mut arcs: Vec<&Arc> = reading.arcs.iter().collect();
        arcs.sort_by(|one, other| one.place().cmp(&other.place()));
        let level = |&aim: &Aim| {
            let gain = |arc: &&Arc| match aim {
                Aim::Transplants if self.last_donations_count => {
                    1 + i64::from(reading.is_altruist[arc.tail as usize])
                }
                Aim::Transplants => 1,
                Aim::Rings => 0,
                Aim::Weight => arc.gain,
                Aim::HardToMatch => i64::from(self.hard_to_match.binary_search(&(arc.head + 1)).is_ok()),
            };
            Level { gains: arcs.iter().map(gain).collect(), ring_gain: i64::from(aim == Aim::Rings) }
        };
        self.objectives.iter().map(level).collect()
    }
}

/// Who is hard to match where nothing is known but the pool: the quarter of pairs to whom the fewest can give, and those to whom as few can. From 1.
pub fn hard_to_match(reading: &PoolReading) -> Vec<u32> {
    let mut givers = vec![0_u32; reading.names.len()];
    reading.arcs.iter().for_each(|arc| givers[arc.head as usize] += 1);
    let pairs = || (0..givers.len()).filter(|&node| !reading.is_altruist[node]);
    let mut counts: Vec<u32> = pairs().map(|pair| givers[pair]).collect();
    counts.sort_unstable();
    let most = counts.get(counts.len().div_ceil(4).saturating_sub(1)).copied().unwrap_or(0);
    pairs().filter(|&pair| givers[pair] <= most).map(|pair| pair as u32 + 1).collect()
}
