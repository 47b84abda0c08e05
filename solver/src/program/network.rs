//! The network within a program, and the basis that the best flow through it makes.
//!
//! Exact rows are nodes, and a column that counts 1 in two of them, out of one and into the other, is an arc; one that counts in one alone is an arc from or to the
//! ground. A row that limits all that comes to a node, or all that leaves it, halves the node: the limit is that of the arc between the halves. All else is left out: other
//! rows hold as if by themselves, other columns stay at a limit. So a round of want lists with a few bundles and limits is solved but for these (`tree`), and the dual
//! simplex method has to make up for them alone.

use super::statement::Row;
use super::tree::{self, Arc, Own};
use crate::budget::Budget;

/// What the network within a program comes to.
pub(super) struct Start {
    /// The variables of a basis, and which of all variables are at their upper limit: columns, then the slack of each row.
    pub(super) basis: (Vec<u32>, Vec<bool>),
    /// The flow, which may break rows that are left out.
    pub(super) amounts: Vec<i64>,
    pub(super) steps: u64,
}

/// No node.
const NONE: u32 = u32::MAX;

/// The start that the network gives, if of ten columns that gain anything at least nine are its arcs.
pub(super) fn start(rows: &[Row], gains: &[i64], most: &[i64], budget: Budget<'_>) -> Option<Start> {
    let network = Network::new(rows, most);
    let columns: Vec<u32> =
        (0..most.len() as u32).filter(|&column| network.ends[column as usize].is_some()).collect();
    let gaining = (0..most.len()).filter(|&column| most[column] > 0 && gains[column] != 0).count();
    let of_arcs = columns.iter().filter(|&&column| gains[column as usize] != 0).count();
    if of_arcs == 0 || 10 * of_arcs < 9 * gaining {
        return None;
    }
    let halves = network.halves(rows, most);
    let ground = halves.own.len() as u32;
    let arc = |&column: &u32| {
        let [tail, head] = network.ends[column as usize].expect("it is an arc").map(|end| match end {
            NONE => ground,
            row => row,
        });
        let half = |end: u32, side: usize| match halves.of_side.get(end as usize).map(|of| of[side]) {
            None | Some(NONE) => end,
            Some(half) => half,
        };
        Arc {
            tail: half(tail, 0),
            head: half(head, 1),
            most: most[column as usize],
            gain: gains[column as usize],
        }
    };
    let arcs: Vec<Arc> = columns.iter().map(arc).collect();
    let flow = tree::best(&halves.own, &arcs, budget);
    let count = most.len();
    let mut amounts = vec![0; count];
    let mut is_at_high = vec![false; count + rows.len()];
    let mut basis: Vec<u32> = Vec::with_capacity(rows.len());
    for (index, &column) in columns.iter().enumerate() {
        amounts[column as usize] = flow.amounts[index];
        if flow.is_in_tree[index] {
            basis.push(column);
        } else {
            is_at_high[column as usize] = flow.amounts[index] > 0;
        }
    }
    let slacks = (0..rows.len()).filter(|&row| flow.is_own_in_tree[row]);
    basis.extend(slacks.map(|row| (count + row) as u32));
    Some(Start { basis: (basis, is_at_high), amounts, steps: flow.steps + network.steps })
}

/// Which columns are arcs between which exact rows.
struct Network {
    /// By column, the rows that it leaves and comes to.
    ends: Vec<Option<[u32; 2]>>,
    steps: u64,
}

impl Network {
    fn new(rows: &[Row], most: &[i64]) -> Self {
        // By column, the exact rows in which it counts.
        let mut of_column: Vec<Vec<(u32, i64)>> = vec![Vec::new(); most.len()];
        let mut steps = most.len() as u64;
        for (index, row) in (0_u32..).zip(rows).filter(|(_, row)| row.is_exact) {
            let live = row.entries.iter().filter(|entry| most[entry.0 as usize] > 0);
            live.for_each(|&(column, weight)| of_column[column as usize].push((index, weight)));
            steps += row.entries.len() as u64;
        }
        let is_node = |row: u32| rows[row as usize].most == 0;
        let is_light = |counts: &[(u32, i64)]| {
            (1..=2).contains(&counts.len())
                && counts.iter().all(|&(row, weight)| weight.abs() == 1 && is_node(row))
        };
        // Whether a row counts the other way round, so that each arc leaves one of its rows and comes to the other.
        let mut sign = vec![0_i64; rows.len()];
        let mut queue: Vec<u32> = Vec::new();
        for first in 0..rows.len() as u32 {
            if !rows[first as usize].is_exact || sign[first as usize] != 0 {
                continue;
            }
            sign[first as usize] = 1;
            queue.push(first);
            while let Some(row) = queue.pop() {
                for &(column, weight) in &rows[row as usize].entries {
                    let counts = &of_column[column as usize][..];
                    let other = counts.iter().find(|other| other.0 != row);
                    if let Some(&(other, other_weight)) = other.filter(|_| is_light(counts))
                        && sign[other as usize] == 0
                    {
                        sign[other as usize] = -sign[row as usize] * weight * other_weight;
                        queue.push(other);
                    }
                }
            }
        }
        let ends = |counts: &Vec<(u32, i64)>| {
            if !is_light(counts) {
                return None;
            }
            let mut ends = [NONE; 2];
            for &(row, weight) in counts {
                let end = &mut ends[usize::from(weight * sign[row as usize] < 0)];
                if *end != NONE {
                    return None;
                }
                *end = row;
            }
            Some(ends)
        };
        Network { ends: of_column.iter().map(ends).collect(), steps }
    }

    /// Which rows are halves of others.
    fn halves(&self, rows: &[Row], most: &[i64]) -> Halves {
        let mut sizes = vec![[0_u32; 2]; rows.len()];
        for ends in self.ends.iter().flatten() {
            for side in 0..2 {
                if ends[side] != NONE {
                    sizes[ends[side] as usize][side] += 1;
                }
            }
        }
        let mut halves = Halves { own: vec![Own::Ground; rows.len()], of_side: vec![[NONE; 2]; rows.len()] };
        for (index, row) in (0_u32..).zip(rows).filter(|(_, row)| !row.is_exact && row.most >= 0) {
            let arcs = || {
                let live = row.entries.iter().filter(|entry| most[entry.0 as usize] > 0);
                live.filter_map(|&(column, weight)| Some((self.ends[column as usize]?, weight)))
            };
            let Some((first, _)) = arcs().next() else { continue };
            let is_side = |side: usize| {
                let of = first[side];
                of != NONE
                    && halves.of_side[of as usize] == [NONE; 2]
                    && arcs().all(|(ends, weight)| ends[side] == of && weight == 1)
                    && arcs().count() as u32 == sizes[of as usize][side]
            };
            if let Some(side) = (0..2).find(|&side| is_side(side)) {
                let of = first[side];
                halves.of_side[of as usize][side] = index;
                halves.own[index as usize] = Own::Half { of, is_outward: side == 0, most: row.most };
            }
        }
        halves
    }
}

/// What rows are as nodes.
struct Halves {
    /// By row: to the ground, too, where a row is no node, and no arc comes to it.
    own: Vec<Own>,
    /// By row, which rows are the half that arcs leave, and that they come to.
    of_side: Vec<[u32; 2]>,
}

#[cfg(test)]
mod tests {
    use good_lp::microlp;

    use super::super::simplex::{End, Simplex};
    use super::super::{Program, through_good_lp, through_network};
    use super::*;
    use crate::stream::Stream;

    /// A network with limits on what passes some of its nodes, rows turned round at random. With `ground` some arcs have one end.
    fn made_up(dice: &mut Stream, nodes: u64, arcs: usize, ground: bool) -> Program {
        let mut entries: Vec<Vec<(u32, i64)>> = vec![Vec::new(); nodes as usize];
        for column in 0..arcs as u32 {
            let tail = dice.below(nodes);
            let head = (tail + 1 + dice.below(nodes - 1)) % nodes;
            let is_single = ground && dice.one_in(8);
            if !is_single || dice.one_in(2) {
                entries[tail as usize].push((column, 1));
            }
            if !is_single || !entries[tail as usize].contains(&(column, 1)) {
                entries[head as usize].push((column, -1));
            }
        }
        let mut rows = Vec::new();
        for node in &entries {
            let sign = if dice.one_in(2) { 1 } else { -1 };
            let turned = node.iter().map(|&(column, weight)| (column, sign * weight)).collect();
            rows.push(Row { entries: turned, is_exact: true, most: 0 });
            let side = if dice.one_in(2) { 1 } else { -1 };
            if dice.one_in(2) {
                let own = node.iter().filter(|entry| entry.1 == side).map(|entry| (entry.0, 1));
                rows.push(Row { entries: own.collect(), is_exact: false, most: dice.within(0, 4) });
            }
        }
        Program {
            most: (0..arcs).map(|_| dice.within(1, 3)).collect(),
            gains: vec![(0..arcs).map(|_| dice.within(-4, 5)).collect()],
            rows,
            ..Program::default()
        }
    }

    #[test]
    fn the_best_flow_is_that_of_another_solver() {
        let mut dice = Stream::new(1);
        let mut trading = 0;
        for case in 0..600 {
            let size = [4, 8, 20][case % 3];
            let program = made_up(&mut dice, size, 3 * size as usize, case % 2 == 0);
            let (flow, _) = through_network(&program, Budget::UNLIMITED);
            // All columns are arcs; of some rounds no arc that gains anything is on a ring.
            let flow = flow.unwrap_or_else(|| vec![0; program.most.len()]);
            assert_eq!(program.broken(&flow), Some(0), "case {case}: {flow:?} {program:?}");
            let other = through_good_lp(&program, microlp).expect("no flow at all is allowed");
            assert_eq!(program.values(&flow), program.values(&other), "case {case}");
            trading += usize::from(program.values(&flow)[0] > 0);
        }
        assert!(trading > 400, "{trading}");
    }

    /// No pivot is left to do from the basis of the best flow, unless some of what flows has the ground at one end.
    #[test]
    fn its_basis_is_an_optimum_of_the_relaxation() {
        let mut dice = Stream::new(2);
        for case in 0..300 {
            let has_ground = case % 3 == 0;
            let program = made_up(&mut dice, 12, 40, has_ground);
            let start = start(&program.rows, &program.gains[0], &program.most, Budget::UNLIMITED);
            let start = start.expect("all columns are arcs");
            let mut simplex = Simplex::new(&program.rows, &program.gains[0], &program.most);
            simplex.begin(&start.basis);
            assert_eq!(simplex.solve(f64::NEG_INFINITY, Budget::UNLIMITED), End::Optimal);
            let greatest = program.gains[0].iter().map(|gain| gain.abs()).max().unwrap_or(1) as f64;
            let value = program.values(&start.amounts)[0] as f64;
            assert!((simplex.gain() * greatest - value).abs() < 1e-6, "case {case}");
            assert!(has_ground || simplex.pivots == 0, "case {case}: {} pivots", simplex.pivots);
        }
    }

    #[test]
    fn what_is_no_network_is_left_alone() {
        let row = |entries: &[(u32, i64)]| Row { entries: entries.to_vec(), is_exact: true, most: 0 };
        // A ring of two, and one that takes two for one.
        let rows = [row(&[(0, 1), (1, -1), (2, -2)]), row(&[(0, -1), (1, 1), (2, 1)])];
        let start =
            |gains: &[i64]| start(&rows, gains, &[1; 3], Budget::UNLIMITED).map(|start| start.amounts);
        assert_eq!(start(&[1, 1, 0]), Some(vec![1, 1, 0]));
        assert_eq!(start(&[1, 1, 1]), None);
        assert_eq!(start(&[0, 0, 0]), None);
    }
}
