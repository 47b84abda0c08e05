//! What a file is evidence of, and what its goods and participants are called.

use bartizan_solver::valuation::Evidence;

/// What a file is evidence of.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// `trades`, `offers`, `obligations` or `wants`.
    pub kind: &'static str,
    /// What goods are called, by index.
    pub goods: Vec<String>,
    /// The evidence.
    pub evidence: Evidence,
    /// The line of each exchange, or which order it is.
    pub lines: Vec<u64>,
    /// Whether `lines` are numbers of orders: so in an instance of Gnosis or CoW.
    pub is_by_order: bool,
    /// Of a round, what its participants are called, and who owns each good.
    pub players: Option<(Vec<String>, Vec<u32>)>,
    /// How many rows were left out since they cannot be used.
    pub left_out: usize,
    /// What was left out, one sentence each.
    pub notices: Vec<String>,
}
