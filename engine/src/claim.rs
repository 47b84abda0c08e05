//! What takes may claim of themselves: the value that they reach, and the bound that a certificate proves. Anybody's takes can be proposed with
//! it, also those of a solver that has no proof: prices of 0 prove something of any round, if little.
//!
//! Cost: O(levels * wants) per case of the proof, as that of [`crate::verify()`].

use bartizan_solver::certify::{self, Certificate, Tree};

use crate::model::Model;
use crate::verify::{Fault, check_takes};
use crate::{ItemIndex, Level, Outcome, Round};

/// The outcome of `round` that grants `takes`, with the values that these reach and the bounds that `certificate` proves; without a certificate,
/// with one of prices that are all 0.
///
/// # Errors
/// The first thing wrong: with the round, the takes, or the shape of the certificate.
pub fn claim(
    round: &Round<'_>,
    takes: Vec<ItemIndex>,
    certificate: Option<Certificate>,
) -> Result<Outcome, Fault> {
    if let Some(broken) = round.check() {
        return Err(Fault::Round(broken));
    }
    let model = Model::new(round).map_err(|error| Fault::Round(error.to_string()))?;
    let reached = check_takes(round, &model, &takes)?;
    let certificate = certificate.unwrap_or_else(|| plain(&model));
    let proven = certify::bound(&model.problem, &certificate, &reached).map_err(|_| Fault::Malformed)?;
    let nodes: Vec<u32> = takes.iter().map(|item| item.0).collect();
    let figures = model.values(&nodes).into_iter().zip(model.bounds(&nodes, &proven));
    let levels = (round.objectives.iter().zip(figures))
        .map(|(&objective, (value, bound))| Level { objective, value, bound })
        .collect();
    Ok(Outcome { takes, levels, certificate })
}

/// A certificate of prices that are all 0.
fn plain(model: &Model) -> Certificate {
    let problem = &model.problem;
    let none = vec![0; problem.graph.node_count()];
    let coupled = problem
        .coupled
        .as_ref()
        .map(|coupled| (1, Tree::Leaf { multipliers: vec![0; coupled.groups.len()], prices: none.clone() }));
    Certificate { prices: vec![none; problem.linear.len()], coupled }
}

impl Outcome {
    /// How many cases the proof of the coupled level has, branches and leaves together.
    pub fn cases(&self) -> usize {
        self.certificate.coupled.as_ref().map_or(0, |(_, tree)| count(tree, usize::MAX))
    }

    /// The same with a proof of at most `most` cases, which may prove less: all cases below some depth become one, by the prices of the first of
    /// them. An outcome with no more than that stays as it is.
    ///
    /// # Errors
    /// As [`claim`].
    pub fn with_cases(self, round: &Round<'_>, most: usize) -> Result<Self, Fault> {
        if self.cases() <= most {
            return Ok(self);
        }
        let Outcome { takes, certificate, .. } = self;
        let coupled = certificate.coupled.map(|(scale, tree)| {
            let fits = |&depth: &usize| count(&tree, depth) <= most;
            let deepest = (1..=most).take_while(fits).last().unwrap_or(0);
            (scale, cut(tree, deepest))
        });
        claim(round, takes, Some(Certificate { coupled, ..certificate }))
    }
}

/// How many branches and leaves there are down to a depth.
fn count(tree: &Tree, deepest: usize) -> usize {
    match tree {
        Tree::Branch { low, high, .. } if deepest > 0 => {
            1 + count(low, deepest - 1) + count(high, deepest - 1)
        }
        Tree::Branch { .. } | Tree::Leaf { .. } => 1,
    }
}

/// A tree without what is below a depth.
fn cut(tree: Tree, deepest: usize) -> Tree {
    match tree {
        Tree::Branch { low, .. } if deepest == 0 => cut(*low, 0),
        Tree::Branch { on, low, high } => {
            let [low, high] = [low, high].map(|case| Box::new(cut(*case, deepest - 1)));
            Tree::Branch { on, low, high }
        }
        leaf @ Tree::Leaf { .. } => leaf,
    }
}

#[cfg(test)]
mod tests {
    use bartizan_solver::certify::Branch;

    use super::*;
    use crate::{Item, ItemKind, Objective, User, UserIndex, Wants, verify};

    /// Ann's two things, and bob's two, each wanted for each of the other's.
    fn round() -> Round<'static> {
        let user = |name: &'static str| User { name: name.into(), limit: None };
        let item = |user| Item {
            name: "".into(),
            user: Some(UserIndex(user)),
            kind: ItemKind::Good,
            title: "".into(),
        };
        Round {
            users: vec![user("ann"), user("bob")],
            items: [0, 0, 1, 1].map(item).into(),
            wants: Wants {
                first: vec![0, 2, 4, 6, 8],
                item: [2, 3, 2, 3, 0, 1, 0, 1].map(ItemIndex).into(),
                ..Wants::default()
            },
            objectives: vec![Objective::Items, Objective::Users],
            ..Round::default()
        }
    }

    fn takes(items: [u32; 4]) -> Vec<ItemIndex> {
        items.map(ItemIndex).into()
    }

    #[test]
    fn what_is_claimed_without_a_proof_is_allowed() {
        for (given, values) in [([0, 1, 2, 3], [0, 0]), ([2, 1, 0, 3], [2, 2]), ([2, 3, 0, 1], [4, 2])] {
            let claimed = claim(&round(), takes(given), None).unwrap();
            assert_eq!(claimed.levels.iter().map(|level| level.value).collect::<Vec<_>>(), values);
            assert_eq!(verify(&round(), &claimed), Ok(()));
            assert!(claimed.levels[0].bound >= 4);
        }
        assert_eq!(claim(&round(), takes([3, 3, 0, 1]), None), Err(Fault::NotGranted(ItemIndex(1))));
    }

    #[test]
    fn a_proof_cut_short_still_proves_what_it_claims() {
        let leaf = || Box::new(Tree::Leaf { multipliers: vec![0, 0], prices: vec![0; 4] });
        let branch =
            |giver, low| Box::new(Tree::Branch { on: Branch::Arc { taker: 0, giver }, low, high: leaf() });
        let tree = *branch(2, branch(3, leaf()));
        assert_eq!(count(&tree, usize::MAX), 5);
        let certificate = Certificate { prices: vec![vec![0; 4]], coupled: Some((1, tree)) };
        let whole = claim(&round(), takes([2, 3, 0, 1]), Some(certificate)).unwrap();
        for (most, left) in [(5, 5), (4, 3), (3, 3), (2, 1), (1, 1)] {
            let short = whole.clone().with_cases(&round(), most).unwrap();
            assert_eq!(short.cases(), left);
            assert_eq!(short.takes, whole.takes);
            assert_eq!(verify(&round(), &short), Ok(()));
        }
    }
}
