//! Ranks and what they cost. A rank counts from 1 along a list; all arithmetic saturates, and a cost
//! beyond the engine's limit is an error at the want that would have it.

use bartizan_engine::limits::MAX_COST;

use super::options::{Options, Scheme};
use super::text::Fault;

/// The rank of the next want of one list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rank {
    pub(super) now: i64,
    small_step: i64,
    big_step: i64,
    scheme: Scheme,
}

impl Rank {
    /// The first rank of a list.
    pub(super) fn first(options: &Options) -> Rank {
        let Options { small_step, big_step, scheme, .. } = *options;
        Rank { now: 1, small_step, big_step, scheme }
    }

    /// Moves behind a want that counts.
    #[inline]
    pub(super) fn step(&mut self) {
        self.now = self.now.saturating_add(self.small_step);
    }

    /// Moves behind `count` semicolons.
    #[inline]
    pub(super) fn leap(&mut self, count: u32) {
        self.now = self.now.saturating_add(self.big_step.saturating_mul(i64::from(count)));
    }

    /// The cost of the want at offset `at`. Under [`Scheme::Scaled`] it is the rank, to be scaled
    /// when the list is complete.
    #[inline]
    pub(super) fn cost(self, at: usize) -> Result<i64, Fault> {
        let rank = self.now;
        let cost = match self.scheme {
            Scheme::None => 1,
            Scheme::Linear | Scheme::Scaled | Scheme::Explicit => rank,
            Scheme::Square => rank.saturating_mul(rank),
            // One of the factors is even; halving it first keeps every cost in range exact.
            Scheme::Triangle if rank % 2 == 0 => (rank / 2).saturating_mul(rank.saturating_add(1)),
            Scheme::Triangle => (rank / 2 + 1).saturating_mul(rank),
        };
        if cost > MAX_COST && self.scheme != Scheme::Scaled { Err(too_costly(at)) } else { Ok(cost) }
    }
}

/// Turns the ranks of a complete list into scaled costs. The last want stands at offset `last`.
pub(super) fn scale(ranks: &mut [i64], last: usize) -> Result<(), Fault> {
    let count = ranks.len() as i128;
    for rank in ranks {
        let cost = 1 + (i128::from(*rank) - 1) * 2520 / count;
        *rank = i64::try_from(cost).ok().filter(|&cost| cost <= MAX_COST).ok_or_else(|| too_costly(last))?;
    }
    Ok(())
}

/// A want whose cost is beyond the limit.
pub(super) fn too_costly(at: usize) -> Fault {
    Fault::new(at, "the priority of this want is too large", &format!("a cost of at most {MAX_COST}"))
}
