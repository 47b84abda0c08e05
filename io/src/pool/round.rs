//! A round of goods as a pool: who gives to whom, as the want lists say it from the receiver's side.
//!
//! A dummy passes on what it receives to one item of its owner, so a want through dummies is an arc of its own that uses
//! each of them as a pass. There are no altruists. Rounds with money are not bounded here: how much a user spends
//! depends on all of the rings at once.

use std::collections::HashSet;

use bartizan_engine::{ItemIndex, ItemKind, Round};
use bartizan_solver::exchange::Arc;

use super::{Donors, PoolReading};

/// Wants that take more steps than that, of item to item or through dummies on the way, are refused.
const MOST_STEPS: usize = 20_000_000;
/// A way through more dummies than that is refused.
const MOST_DUMMIES: usize = 32;

/// Why a round is no pool.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPool {
    /// There is money in it.
    #[error("rings of a round with money cannot be bounded: expected goods alone")]
    Money,
    /// Dummies of dummies.
    #[error(
        "too many ways from item to item: more than {MOST_STEPS} steps, or through more than {MOST_DUMMIES} dummies of dummies"
    )]
    TooMany,
}

/// The pool of a round's goods, each a pair that receives along its wants.
///
/// # Errors
/// If it has money or too many ways through dummies.
pub fn pool(round: &Round<'_>, format: &'static str) -> Result<PoolReading, NoPool> {
    if round.items.iter().any(|item| matches!(item.kind, ItemKind::Bid(_)))
        || round.users.iter().any(|user| user.limit.is_some())
    {
        return Err(NoPool::Money);
    }
    let mut number = vec![u32::MAX; round.items.len()];
    let mut goods = Vec::new();
    let mut dummy_count = 0;
    for (index, item) in round.items.iter().enumerate() {
        if item.kind == ItemKind::Dummy {
            number[index] = dummy_count;
            dummy_count += 1;
        } else {
            number[index] = goods.len() as u32;
            goods.push(index);
        }
    }
    let mut ways =
        Ways { round, number: &number, path: Vec::new(), found: HashSet::new(), steps: 0, arcs: Vec::new() };
    for &good in &goods {
        ways.found.clear();
        ways.follow(number[good], good)?;
    }
    let mut arcs = ways.arcs;
    arcs.sort();
    let name = |&good: &usize| {
        let item = &round.items[good];
        let user = item.user.map(|user| &round.users[user.0 as usize].name);
        user.map_or_else(|| item.name.to_string(), |user| format!("({user}) {}", item.name))
    };
    Ok(PoolReading {
        format,
        names: goods.iter().map(name).collect(),
        is_altruist: vec![false; goods.len()],
        arcs,
        weight_decimals: 0,
        donors: Donors::default(),
        notices: Vec::new(),
    })
}

struct Ways<'r> {
    round: &'r Round<'r>,
    number: &'r [u32],
    /// The dummies on the way.
    path: Vec<u32>,
    /// Who gives to the receiver at hand, and through which dummies.
    found: HashSet<(u32, Vec<u32>)>,
    steps: usize,
    arcs: Vec<Arc>,
}

impl Ways<'_> {
    /// Adds the arcs to `receiver` from what `item` wants.
    fn follow(&mut self, receiver: u32, item: usize) -> Result<(), NoPool> {
        let wants = &self.round.wants;
        for wanted in &wants.item[wants.range(ItemIndex(item as u32))] {
            let wanted = wanted.at();
            // Each of them is kept with every dummy on it.
            self.steps += 1 + self.path.len();
            if self.steps > MOST_STEPS || self.path.len() > MOST_DUMMIES {
                return Err(NoPool::TooMany);
            }
            let own = self.number[wanted];
            if self.round.items[wanted].kind == ItemKind::Dummy {
                if !self.path.contains(&own) {
                    self.path.push(own);
                    self.follow(receiver, wanted)?;
                    self.path.pop();
                }
                continue;
            }
            let mut passes = self.path.clone();
            passes.sort_unstable();
            if own != receiver && self.found.insert((own, passes.clone())) {
                self.arcs.push(Arc { tail: own, head: receiver, gain: 1, passes });
            }
        }
        Ok(())
    }
}
