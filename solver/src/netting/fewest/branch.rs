//! The fewest obligations of a part that do, by branch and bound: one obligation after the other is decided to stay untouched or to count as touched, until the relaxation of what
//! is left proves that no fewer do. The branches are the proof.

use super::part::{Choice, Part};
use crate::certify::fewest::Tree;

/// The most branches of one part; what is left open then bounds.
const MOST_BRANCHES: usize = 2_000;

/// The best choice that is found beginning with `cleared`, and the tree that proves a bound.
pub(super) fn best(part: &Part, cleared: Vec<i64>) -> (Vec<i64>, Vec<Tree>) {
    let mut search = Search {
        part,
        choices: vec![Choice::Open; part.free.len()],
        fewest: part.touched(&cleared),
        cleared,
        tree: Vec::new(),
    };
    search.branch(0);
    (search.cleared, search.tree)
}

struct Search<'a> {
    part: &'a Part,
    choices: Vec<Choice>,
    fewest: u64,
    cleared: Vec<i64>,
    tree: Vec<Tree>,
}

impl Search<'_> {
    /// Adds the branches below what is decided; so many count as touched by that.
    fn branch(&mut self, touched: u64) {
        let part = self.part;
        let relaxed = part.relax(&self.choices);
        let bound = part.bound(&self.choices, &relaxed.potentials).saturating_add(touched);
        let leaf = Tree::Leaf(relaxed.potentials);
        let Some(cleared) = relaxed.cleared else {
            self.tree.push(leaf);
            return;
        };
        let now = part.touched(&cleared);
        let of = |place: usize| part.free[place].amount - cleared[place];
        let is_open = |&place: &usize| {
            self.choices[place] == Choice::Open
                && part.free[place].counts
                && cleared[place] > 0
                && of(place) > 0
        };
        // The one whose share is least tells least of what it costs.
        let share = |place: usize| cleared[place] as f64 / part.free[place].amount as f64;
        let next = (0..part.free.len())
            .filter(is_open)
            .min_by(|&one, &other| share(one).total_cmp(&share(other)).then(one.cmp(&other)));
        if now < self.fewest {
            (self.fewest, self.cleared) = (now, cleared);
        }
        match next {
            Some(place) if bound < self.fewest && self.tree.len() < MOST_BRANCHES => {
                self.tree.push(Tree::Branch(part.free[place].number));
                self.choices[place] = Choice::Untouched;
                self.branch(touched);
                self.choices[place] = Choice::Touched;
                self.branch(touched + 1);
                self.choices[place] = Choice::Open;
            }
            _ => self.tree.push(leaf),
        }
    }
}
