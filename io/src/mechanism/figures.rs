//! What an outcome is worth to those who take part: how many trade, how high what they receive stands, and who envies whom.
//!
//! A rank is the competition rank by the participant's own list ([`Market::rank`]): equals share one. Somebody envies another who would rather have what that other received. Two who would rather have what
//! the other brings than what they received could have exchanged: that envy is justified.

use bartizan_solver::certify::mechanism::holds;
use bartizan_solver::mechanism::{Market, Property};
use schemars::JsonSchema;
use serde::Serialize;

use crate::what_if::equality::{Gini, rounded};

/// The figures of an outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Figures {
    /// Who receives something.
    pub receive: usize,
    /// Whether no other outcome is better for somebody and worse for nobody.
    pub pareto_efficient: bool,
    /// Whether no group could, with what its members bring, make all of them better off.
    pub core: bool,
    /// How many receive what stands first in their list, second, and so on.
    pub ranks: Vec<usize>,
    /// The mean rank of those who receive, with four decimals; none if nobody does.
    pub mean_rank: Option<String>,
    /// The rank of the one among them who is worst off.
    pub worst_rank: Option<usize>,
    /// Who has a list and receives nothing.
    pub left_out: usize,
    /// Who envies somebody.
    pub envious: usize,
    /// Pairs who would rather have exchanged with each other.
    pub justified_envy: usize,
    /// The Gini coefficient, among those who have a list, of how high what they receive stands, from 1 for the first to near 0 for the
    /// last, and 0 for nothing; none if nobody receives.
    pub gini: Option<String>,
}

impl Figures {
    /// Of this outcome of `market`, which is individually rational.
    pub fn of(market: &Market, receives: &[u32]) -> Self {
        let wanting: Vec<usize> = (0..market.count()).filter(|&own| !market.lists[own].is_empty()).collect();
        let rank = |own: usize| market.rank_of(own, stands(market, own, receives));
        let length = |own: usize| market.lists[own].len();
        let height = |own: usize| HEIGHT * (1 + length(own) - rank(own)) as i128 / length(own) as i128;
        let heights: Vec<i128> = wanting.iter().map(|&own| height(own)).collect();
        let got = wanting.iter().filter(|&&own| rank(own) <= length(own));
        let ranks = counted(got.map(|&own| rank(own)));
        let receive: usize = ranks.iter().sum();
        let sum: usize = ranks.iter().enumerate().map(|(rank, count)| (rank + 1) * count).sum();
        Figures {
            receive,
            pareto_efficient: holds(market, receives, Property::ParetoEfficient) == Some(true),
            core: holds(market, receives, Property::Core) == Some(true),
            mean_rank: (receive > 0).then(|| rounded(sum as i128, receive as u128)).flatten(),
            worst_rank: (!ranks.is_empty()).then_some(ranks.len()),
            left_out: wanting.len() - receive,
            envious: wanting.iter().filter(|&&own| is_envious(market, own, receives)).count(),
            justified_envy: blocking_pairs(market, receives),
            gini: Gini::of(&heights).map(Gini::shown),
            ranks,
        }
    }
}

/// How many there are of each rank from 1 to the last.
pub fn counted(ranks: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut counts = Vec::new();
    for rank in ranks {
        if counts.len() < rank {
            counts.resize(rank, 0);
        }
        counts[rank - 1] += 1;
    }
    counts
}

/// What the first of a list is worth: a multiple of most lengths of lists.
const HEIGHT: i128 = 720_720;

fn stands(market: &Market, own: usize, receives: &[u32]) -> u32 {
    market.standing(own, receives[own] as usize).expect("the outcome is individually rational")
}

/// Whether somebody else received what `own` would rather have.
fn is_envious(market: &Market, own: usize, receives: &[u32]) -> bool {
    let standing = stands(market, own, receives);
    let better = market.lists[own].iter().take_while(|want| want.tier < standing);
    let mut objects = better.map(|want| want.object);
    // Who keeps their own has received it, but for gifts.
    objects.any(|object| {
        let keeps = |owner: usize| !market.is_gift[owner] && receives[owner] == object;
        keeps(object as usize)
            || receives.iter().enumerate().any(|(other, &got)| got == object && keeps(other))
    })
}

/// How many pairs would rather have exchanged with each other.
fn blocking_pairs(market: &Market, receives: &[u32]) -> usize {
    let would = |own: usize, other: usize| {
        market.standing(own, other).is_some_and(|standing| standing < stands(market, own, receives))
    };
    let of = |own: usize| {
        let others = market.lists[own].iter().map(|want| want.object as usize);
        others.filter(|&other| own < other && would(own, other) && would(other, own)).count()
    };
    (0..market.count()).map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_an_outcome() {
        // 0 and 1 exchange, though 0 and 2 would rather have; 3 wants 0 and is left out; 4 has no list.
        let lists = [vec![vec![2], vec![1]], vec![vec![0]], vec![vec![0]], vec![vec![4], vec![0]], vec![]];
        let market = Market::of_tiers(&lists);
        let figures = Figures::of(&market, &[1, 0, 2, 3, 4]);
        let expected = Figures {
            receive: 2,
            pareto_efficient: true,
            core: false,
            ranks: vec![1, 1],
            mean_rank: Some("1.5000".into()),
            worst_rank: Some(2),
            left_out: 2,
            envious: 3,
            justified_envy: 1,
            // Heights 1, 1/2, 0, 0.
            gini: Some("0.5833".into()),
        };
        assert_eq!(figures, expected);
        let nobody = Figures::of(&market, &market.nobody());
        assert_eq!((nobody.receive, nobody.mean_rank, nobody.worst_rank, nobody.gini), (0, None, None, None));
        assert!(!nobody.pareto_efficient);
    }
}
