//! A program split into parts that no row ties together.
//!
//! Rows that cannot fail whatever the amounts are left out first, and columns that can only be 0.

use super::statement::{Program, Row};

/// A program of its own, in numbers of its own.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Its columns in the program, rising.
    pub(super) columns: Vec<u32>,
    /// The most of each.
    pub(super) most: Vec<i64>,
    /// The gains of each, level by level.
    pub(super) gains: Vec<Vec<i64>>,
    /// Which are to be decided first.
    pub(super) is_decisive: Vec<bool>,
    /// Which are remainders.
    pub(super) is_remainder: Vec<bool>,
    /// Its rows, and which they are in the program.
    pub(super) rows: Vec<Row>,
    pub(super) numbers: Vec<u32>,
}

impl Part {
    /// Sets remainders to the least that is needed, each with the row that needs it.
    pub(super) fn make_up(&self, amounts: &mut [i64]) -> Vec<Option<u32>> {
        let mut needs = vec![None; amounts.len()];
        for (amount, _) in amounts.iter_mut().zip(&self.is_remainder).filter(|(_, is_one)| **is_one) {
            *amount = 0;
        }
        for (index, row) in (0_u32..).zip(&self.rows) {
            let is_needy = |entry: &&(u32, i64)| entry.1 < 0 && self.is_remainder[entry.0 as usize];
            let Some(&(column, _)) = row.entries.iter().find(is_needy) else { continue };
            let excess = row.excess(amounts);
            if excess > 0 {
                amounts[column as usize] = excess.min(i64::MAX.into()) as i64;
                needs[column as usize] = Some(index);
            }
        }
        needs
    }
}

/// The parts, by their first column.
pub(super) fn split(program: &Program, most: &[i64]) -> Vec<Part> {
    let is_live = |column: u32| most[column as usize] > 0;
    let binding: Vec<usize> =
        (0..program.rows.len()).filter(|&row| can_fail(&program.rows[row], most)).collect();
    let mut group = Groups::new(most.len());
    for &row in &binding {
        let mut live =
            program.rows[row].entries.iter().map(|entry| entry.0).filter(|&column| is_live(column));
        if let Some(first) = live.next() {
            live.for_each(|other| group.join(first, other));
        }
    }
    let mut part_of_root = vec![u32::MAX; most.len()];
    let mut place = vec![(0_u32, 0_u32); most.len()];
    let mut parts: Vec<Part> = Vec::new();
    for column in (0..most.len() as u32).filter(|&column| is_live(column)) {
        let at = &mut part_of_root[group.root(column) as usize];
        if *at == u32::MAX {
            *at = parts.len() as u32;
            parts.push(Part {
                columns: Vec::new(),
                most: Vec::new(),
                gains: vec![Vec::new(); program.gains.len()],
                is_decisive: Vec::new(),
                is_remainder: Vec::new(),
                rows: Vec::new(),
                numbers: Vec::new(),
            });
        }
        let part = &mut parts[*at as usize];
        place[column as usize] = (*at, part.columns.len() as u32);
        part.columns.push(column);
        part.most.push(most[column as usize]);
        part.is_decisive.push((column as usize) < program.decisive);
        part.is_remainder.push(column as usize + program.remainders >= most.len());
        for (own, gains) in part.gains.iter_mut().zip(&program.gains) {
            own.push(gains[column as usize]);
        }
    }
    for row in binding {
        let Row { entries, is_exact, most } = &program.rows[row];
        let live = || entries.iter().filter(|entry| is_live(entry.0));
        let Some(first) = live().next() else { continue };
        let part = &mut parts[place[first.0 as usize].0 as usize];
        let entries = live().map(|entry| (place[entry.0 as usize].1, entry.1)).collect();
        part.rows.push(Row { entries, is_exact: *is_exact, most: *most });
        part.numbers.push(row as u32);
    }
    parts
}

/// Whether some amounts within the limits break the row.
fn can_fail(row: &Row, most: &[i64]) -> bool {
    let sum = |side: i128| -> i128 {
        let reach =
            |entry: &(u32, i64)| (side * i128::from(entry.1)).max(0) * i128::from(most[entry.0 as usize]);
        row.entries.iter().map(reach).sum()
    };
    sum(1) > row.most.into() || (row.is_exact && (sum(-1) > -i128::from(row.most)))
}

/// Sets that are joined (Galler and Fischer 1964), paths halved on the way.
struct Groups(Vec<u32>);

impl Groups {
    fn new(count: usize) -> Self {
        Groups((0..count as u32).collect())
    }

    fn root(&mut self, mut of: u32) -> u32 {
        while self.0[of as usize] != of {
            let above = self.0[self.0[of as usize] as usize];
            self.0[of as usize] = above;
            of = above;
        }
        of
    }

    fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        self.0[one.max(other) as usize] = one.min(other);
    }
}
