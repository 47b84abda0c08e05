//! What a reader of pools is and what it returns.

use std::collections::BTreeMap;

use bartizan_solver::exchange::Arc;

use crate::format::ReadError;

/// The most nodes of a pool.
pub const MAX_NODES: usize = 1 << 17;

/// Reads a whole text, and a second one that lists the altruists.
pub type Reader = fn(&[u8], Option<&[u8]>) -> Result<PoolReading, PoolError>;

/// One way of writing a pool.
#[derive(Debug)]
pub struct PoolFormat {
    /// The name given to `--kind`.
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// How names of its files end, where that tells what no text need show: one without heading or end is then told as such.
    pub ending: Option<&'static str>,
    /// Whether a text looks like this format. The first of [`super::POOL_FORMATS`] that says yes reads it.
    pub detect: fn(&[u8]) -> bool,
    /// Reads a whole text, and a second one that lists the altruists where the form has such.
    pub read: Reader,
}

/// Why a pool cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// The text is wrong.
    #[error("{0}")]
    Text(ReadError),
    /// The text that lists the altruists is wrong.
    #[error("the altruists: {0}")]
    Altruists(ReadError),
    /// This form lists altruists in the pool's own text.
    #[error("this form of pool has its altruists in the one file")]
    NoSecondFile,
}

/// A pool as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolReading {
    /// The name of the format that read it.
    pub format: &'static str,
    /// What each node is called, each differently.
    pub names: Vec<String>,
    /// Which nodes only give.
    pub is_altruist: Vec<bool>,
    /// Who can give to whom; the gain is the weight without its decimal point. Sorted; none leads to an altruist, none twice.
    pub arcs: Vec<Arc>,
    /// How many digits of a weight stand behind the decimal point.
    pub weight_decimals: u8,
    /// The donors that are called by name.
    pub donors: Donors,
    /// What was left out, one sentence each.
    pub notices: Vec<String>,
}

/// Donors that a form calls by names of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Donors {
    /// The nodes for one of which each gives.
    pub nodes: BTreeMap<String, Vec<u32>>,
    /// Who gives along an arc whose giver has several donors, by giver, receiver and passes.
    pub giving: BTreeMap<(u32, u32, Vec<u32>), String>,
}

impl Donors {
    /// Who gives along an arc, if that is one of several.
    pub fn giving(&self, tail: usize, head: usize, passes: &[u32]) -> Option<&String> {
        self.giving.get(&(tail as u32, head as u32, passes.to_vec()))
    }
}

impl PoolReading {
    /// How many pairs there are.
    pub fn pair_count(&self) -> usize {
        self.is_altruist.iter().filter(|&&is| !is).count()
    }
}
