//! Limits of columns drawn tighter by the rows: what one row leaves of a column when all its other columns are where they help most.
//!
//! What nobody offers, what needs it, and what only that would take, all come down to 0 so. Sweeps over the rows go on until nothing
//! changes. Cost: O(entries) a sweep.

use super::statement::{Program, Row};

/// After so many sweeps without an end, limits stay as they were. The check of a proof gives up at the same.
const MOST_SWEEPS: usize = 64;

/// The most of each column that the rows leave.
pub fn limits(program: &Program) -> Vec<i64> {
    let mut most = program.most.clone();
    for _ in 0..MOST_SWEEPS {
        let mut has_changed = false;
        for row in &program.rows {
            has_changed |= by_row(row, &mut most, 1);
            if row.is_exact {
                has_changed |= by_row(row, &mut most, -1);
            }
        }
        if !has_changed {
            return most;
        }
    }
    program.most.clone()
}

/// Tightens by the row times `sign`; whether anything changed.
fn by_row(row: &Row, most: &mut [i64], sign: i128) -> bool {
    let weight = |entry: &(u32, i64)| sign * i128::from(entry.1);
    let least: i128 = row.entries.iter().map(|e| weight(e).min(0) * i128::from(most[e.0 as usize])).sum();
    let room = sign * i128::from(row.most) - least;
    let mut has_changed = false;
    if room < 0 {
        // No amounts are allowed at all: the search says so.
        return false;
    }
    for entry in row.entries.iter().filter(|entry| weight(entry) > 0) {
        let limit = room.div_euclid(weight(entry));
        if limit < i128::from(most[entry.0 as usize]) {
            most[entry.0 as usize] = limit as i64;
            has_changed = true;
        }
    }
    has_changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_had_takes_all_that_needs_it_with_it() {
        let row = |entries: &[(u32, i64)]| Row { entries: entries.to_vec(), is_exact: true, most: 0 };
        // 0 needs two of 1, of which there is one; 2 is all that would take 3, and needs 0.
        let program = Program {
            most: vec![5, 1, 4, 9],
            rows: vec![row(&[(1, 1), (0, -2)]), row(&[(2, 1), (0, -1)]), row(&[(3, 1), (2, -3)])],
            ..Program::default()
        };
        assert_eq!(limits(&program), [0, 0, 0, 0]);
        let program = Program { most: vec![5, 7, 4, 9], ..program };
        assert_eq!(limits(&program), [3, 6, 3, 9]);
    }
}
