//! Netting: which obligations to cancel against each other, so that the most is cleared and nobody's net position changes.
//!
//! What is cleared of each obligation, from debtor to creditor, is a circulation: whoever is released of so much releases others of as much. What is
//! best is said by levels of weights, the first the most important: each obligation brings its weight times what is cleared of it. The best
//! circulation is a minimum-cost circulation, level by level, and its proof is a potential for each participant and level ([`crate::certify::netting`]).
//!
//! Between two participants there may be any number of obligations. Where all weights are 0 an obligation only helps others, as an offer of credit does.
//!
//! Cost: O(obligations) for what lies on no cycle; for the rest see `even`, where all weights are 0 or the same, and `flow`, once for each level.

mod curves;
mod even;
pub mod fewest;
mod flow;
mod obligations;
mod pairs;

use crate::Components;
use flow::Errors;
pub use obligations::{
    Clearing, MAX_AMOUNT, MAX_OBLIGATIONS, MAX_PARTICIPANTS, MAX_WEIGHT, Obligations, Weights,
};

/// The best circulation by these levels. Among equally good ones it is one that depends on the order of obligations alone.
///
/// # Panics
/// If the columns differ in length, what is in them is out of range, or there is no level.
pub fn clear(obligations: &Obligations, levels: &[Weights]) -> Clearing {
    clear_in_turn(obligations, levels, &mut |_| {})
}

/// The same, telling which level is cleared for as it begins.
///
/// # Panics
/// As [`clear`].
pub fn clear_in_turn(
    obligations: &Obligations,
    levels: &[Weights],
    begin: &mut dyn FnMut(usize),
) -> Clearing {
    obligations.check(levels);
    let components = components(obligations);
    let mut kinds = Kinds::new(obligations, &components);
    let mut clearing =
        Clearing { cleared: vec![0; obligations.amount.len()], potentials: Vec::with_capacity(levels.len()) };
    for (level, weights) in levels.iter().enumerate() {
        begin(level);
        let cleared = &mut clearing.cleared;
        kinds.selves.retain(|&number| {
            let weight = weights[number as usize];
            if weight > 0 {
                cleared[number as usize] = obligations.amount[number as usize];
            }
            weight == 0
        });
        let mut potentials = match even::weight(weights, &kinds.free) {
            Some(weight) => even::circulation(obligations, (weights, weight), &kinds.free, cleared),
            None => flow::circulation(obligations, weights, (&kinds.free, Errors::Large), cleared),
        };

        if level == 0 {
            raise_components(obligations, weights, (&components, &kinds.between), &mut potentials);
        }
        kinds.free.retain(|&obligation| obligations.gain(weights, &potentials, obligation as usize) == 0);
        clearing.potentials.push(potentials);
    }

    clearing
}

/// What lies on cycles together.
fn components(obligations: &Obligations) -> Components {
    let mut first = vec![0_u32; obligations.participants + 1];
    let rows = || {
        let ends = obligations.debtor.iter().zip(&obligations.creditor);
        ends.zip(&obligations.amount).filter(|&(_, &amount)| amount > 0).map(|(ends, _)| ends)
    };
    rows().for_each(|(&debtor, _)| first[debtor as usize + 1] += 1);
    for at in 1..first.len() {
        first[at] += first[at - 1];
    }
    let mut next = first.clone();
    let mut head = vec![0; first[obligations.participants] as usize];
    for (&debtor, &creditor) in rows() {
        let place = &mut next[debtor as usize];
        head[*place as usize] = creditor;
        *place += 1;
    }
    Components::find(
        obligations.participants,
        |node| first[node] as usize..first[node + 1] as usize,
        |arc| Some(head[arc] as usize),
    )
}

/// Obligations by what can be done with them; those of 0 are left out, as nothing can.
struct Kinds {
    /// Those of which more or less might be cleared without giving anything up on the levels before.
    free: Vec<u32>,
    /// Those between components, which are on no cycle, by their debtor's component, the last first.
    between: Vec<u32>,
    /// Those that somebody owes to themselves, and that no level has met that counts them.
    selves: Vec<u32>,
}

impl Kinds {
    fn new(obligations: &Obligations, components: &Components) -> Self {
        let mut kinds = Kinds { free: Vec::new(), between: Vec::new(), selves: Vec::new() };
        let component = |participant: u32| components.of[participant as usize];
        let ends = obligations.debtor.iter().zip(&obligations.creditor);
        for ((number, (&debtor, &creditor)), &amount) in (0..).zip(ends).zip(&obligations.amount) {
            if amount == 0 {
                continue;
            }
            if debtor == creditor {
                kinds.selves.push(number);
            } else if component(debtor) == component(creditor) {
                kinds.free.push(number);
            } else {
                kinds.between.push(number);
            }
        }
        let debtor = |&number: &u32| component(obligations.debtor[number as usize]);
        kinds.between.sort_by_key(|number| std::cmp::Reverse(debtor(number)));
        kinds
    }
}

/// Raises the potentials of whole components until every obligation `between` two of them would rather be left.
fn raise_components(
    obligations: &Obligations,
    weights: &Weights,
    (components, between): (&Components, &[u32]),
    potentials: &mut [i64],
) {
    // Arcs lead to components of smaller numbers, so those that lead to one come before it.
    let mut raise = vec![0; components.count()];
    let mut between = between.iter().map(|&number| number as usize).peekable();
    for component in (0..components.count()).rev() {
        for &node in components.members(component) {
            potentials[node as usize] += raise[component];
        }
        let is_here =
            |&number: &usize| components.of[obligations.debtor[number] as usize] as usize == component;
        while let Some(obligation) = between.next_if(is_here) {
            let into = &mut raise[components.of[obligations.creditor[obligation] as usize] as usize];
            *into = (*into).max(obligations.gain(weights, potentials, obligation) + 1);
        }
    }
}

#[cfg(test)]
mod tests;
