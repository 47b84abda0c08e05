//! Netting: which obligations to cancel against each other, so that the most is cleared and nobody's net position changes.
//!
//! What is cleared of each obligation, from debtor to creditor, is a circulation: whoever is released of so much releases others of as much. What is
//! best is said by levels of weights, the first the most important: each obligation brings its weight times what is cleared of it. The best
//! circulation is a minimum-cost circulation, level by level, and its proof is a potential for each participant and level ([`crate::certify::netting`]).
//!
//! Between two participants there may be any number of obligations. Where all weights are 0 an obligation only helps others, as an offer of credit does.
//!
//! Cost: O(obligations) for what lies on no cycle; for the rest see `flow`, once for each level.

mod flow;
mod obligations;

use crate::Components;
pub use obligations::{
    Clearing, MAX_AMOUNT, MAX_OBLIGATIONS, MAX_PARTICIPANTS, MAX_WEIGHT, Obligations, Weights,
};

/// The best circulation by these levels. Among equally good ones it is one that depends on the order of obligations alone.
///
/// # Panics
/// If the columns differ in length, what is in them is out of range, or there is no level.
pub fn clear(obligations: &Obligations, levels: &[Weights]) -> Clearing {
    obligations.check(levels);
    let count = obligations.debtor.len();
    let by_debtor = Rows::new(obligations.participants, &obligations.debtor);
    let components = Components::find(
        obligations.participants,
        |node| by_debtor.range(node),
        |place| Some(obligations.creditor[by_debtor.of[place] as usize] as usize),
    );
    let is_inner = |obligation: usize| {
        let [debtor, creditor] = [obligations.debtor[obligation], obligations.creditor[obligation]];
        components.of[debtor as usize] == components.of[creditor as usize]
    };
    // Those of which more or less might be cleared without giving anything up on the levels before.
    let mut free: Vec<u32> = (0..count as u32).filter(|&obligation| is_inner(obligation as usize)).collect();
    let mut clearing = Clearing { cleared: vec![0; count], potentials: Vec::with_capacity(levels.len()) };
    for (level, weights) in levels.iter().enumerate() {
        let mut potentials = flow::circulation(obligations, weights, &free, &mut clearing.cleared);
        if level == 0 {
            raise_components(obligations, weights, &components, &by_debtor, &mut potentials);
        }
        free.retain(|&obligation| obligations.gain(weights, &potentials, obligation as usize) == 0);
        clearing.potentials.push(potentials);
    }
    clearing
}

/// Raises the potentials of whole components until every obligation between two of them, which is on no cycle, would rather be left.
fn raise_components(
    obligations: &Obligations,
    weights: &Weights,
    components: &Components,
    by_debtor: &Rows,
    potentials: &mut [i64],
) {
    // Arcs lead to components of smaller numbers, so those that lead to one come before it.
    let mut raise = vec![i64::MIN; components.count()];
    for component in (0..components.count()).rev() {
        let by = if raise[component] == i64::MIN { 0 } else { raise[component] };
        for &node in components.members(component) {
            potentials[node as usize] += by;
        }
        for &node in components.members(component) {
            for &obligation in &by_debtor.of[by_debtor.range(node as usize)] {
                let into = components.of[obligations.creditor[obligation as usize] as usize] as usize;
                if into != component {
                    let gain = obligations.gain(weights, potentials, obligation as usize);
                    raise[into] = raise[into].max(gain + 1);
                }
            }
        }
    }
}

/// Numbers grouped by a key.
struct Rows {
    first: Vec<u32>,
    of: Vec<u32>,
}

impl Rows {
    fn new(keys: usize, key: &[u32]) -> Self {
        let mut first = vec![0; keys + 1];
        for &key in key {
            first[key as usize + 1] += 1;
        }
        for at in 0..keys {
            first[at + 1] += first[at];
        }
        let mut next = first.clone();
        let mut of = vec![0; key.len()];
        for (number, &key) in key.iter().enumerate() {
            let place = &mut next[key as usize];
            of[*place as usize] = number as u32;
            *place += 1;
        }
        Rows { first, of }
    }

    fn range(&self, key: usize) -> std::ops::Range<usize> {
        self.first[key] as usize..self.first[key + 1] as usize
    }
}

#[cfg(test)]
mod tests;
