//! The triangular factors of a simplex basis whose columns hold few numbers, mostly a single 1.
//!
//! Gaussian elimination by Markowitz's rule (1957, "The elimination form of the inverse"): the next pivot is one
//! whose row and column are short, so that little fills in, and not small beside its row. Bases of packing problems
//! are nearly triangular, and most pivots are alone in their row or column. A change of one column is kept as an eta
//! vector (the product form of the inverse) until the next refactorisation.
//!
//! A *place* is a column of the basis. Cost of a solve: O(rows + entries of the factors and etas that meet a number
//! other than 0). Floating point: what is found guides the search and is proven in integers elsewhere.

/// Vectors of index and value, end to end.
#[derive(Clone, Debug, Default)]
struct Sparse {
    first: Vec<u32>,
    entries: Vec<(u32, f64)>,
}

impl Sparse {
    fn clear(&mut self) {
        self.first.clear();
        self.first.push(0);
        self.entries.clear();
    }

    fn close(&mut self) {
        self.first.push(self.entries.len() as u32);
    }

    #[inline]
    fn get(&self, index: usize) -> &[(u32, f64)] {
        &self.entries[self.first[index] as usize..self.first[index + 1] as usize]
    }
}

/// The factors of a basis and the changes since.
#[derive(Clone, Debug, Default)]
pub(crate) struct Factor {
    /// Row, place and value of each pivot, in the order of elimination.
    pivots: Vec<(u32, u32, f64)>,
    /// What each step subtracts from other rows: only steps that subtract at all.
    lower: Sparse,
    /// The pivot row of each vector of `lower`.
    lower_row: Vec<u32>,
    /// The rest of each pivot row, by place.
    upper_rows: Sparse,
    /// The rest of each pivot column, by row.
    upper_columns: Sparse,
    etas: Sparse,
    eta_pivots: Vec<(u32, f64)>,
}

/// Entries below this have cancelled out.
const NOTHING: f64 = 1e-11;
/// A pivot is at least this share of the greatest in its row.
const SHARE: f64 = 0.1;
/// Rows and columns with at least so many entries are not told apart by length.
const LONGEST: usize = 64;
/// How many rows and columns are looked at for a pivot that fills in little.
const EXAMINED: usize = 4;

impl Factor {
    /// Factors the basis whose `place` has the entries that `column(place, push)` pushes; those of a row are added up, which come one after the
    /// other.
    /// Returns the rows and places left without a pivot: none unless the basis is singular.
    pub(crate) fn refactor(
        &mut self,
        size: usize,
        column: impl Fn(usize, &mut dyn FnMut(u32, f64)),
    ) -> Vec<(u32, u32)> {
        self.pivots.clear();
        self.lower.clear();
        self.lower_row.clear();
        self.upper_rows.clear();
        self.etas.clear();
        self.eta_pivots.clear();
        let mut active = Active::new(size, column);
        while let Some((row, place)) = active.choose() {
            self.eliminate(&mut active, row, place);
        }
        self.transpose(size);
        active.left()
    }

    fn eliminate(&mut self, active: &mut Active, row: u32, place: u32) {
        let pivot_row = std::mem::take(&mut active.rows[row as usize]);
        let pivot_column = std::mem::take(&mut active.columns[place as usize]);
        active.row_is_done[row as usize] = true;
        active.column_is_done[place as usize] = true;
        let mut pivot = 1.0;
        for &(other, value) in &pivot_row {
            if other == place {
                pivot = value;
            } else {
                self.upper_rows.entries.push((other, value));
                active.leave(row, other);
            }
        }
        self.upper_rows.close();
        self.pivots.push((row, place, pivot));
        if pivot_column.len() > 1 {
            for &other in pivot_column.iter().filter(|&&other| other != row) {
                let factor = active.subtract(other, &pivot_row, place, pivot);
                self.lower.entries.push((other, factor));
            }
            self.lower.close();
            self.lower_row.push(row);
        }
        for &(other, _) in pivot_row.iter().filter(|&&(other, _)| other != place) {
            active.note_column(other);
        }
    }

    /// Sets `upper_columns` to the entries of `upper_rows`, by column.
    fn transpose(&mut self, size: usize) {
        let step_count = self.pivots.len();
        let mut step_of = vec![u32::MAX; size];
        for (step, &(_, place, _)) in self.pivots.iter().enumerate() {
            step_of[place as usize] = step as u32;
        }
        let columns = &mut self.upper_columns;
        columns.first.clear();
        columns.first.resize(step_count + 1, 0);
        let known = |place: u32| step_of[place as usize] != u32::MAX;
        for &(place, _) in self.upper_rows.entries.iter().filter(|entry| known(entry.0)) {
            columns.first[step_of[place as usize] as usize + 1] += 1;
        }
        for step in 0..step_count {
            columns.first[step + 1] += columns.first[step];
        }
        columns.entries.clear();
        columns.entries.resize(columns.first[step_count] as usize, (0, 0.0));
        let mut next = columns.first.clone();
        for (step, &(row, _, _)) in self.pivots.iter().enumerate() {
            for &(place, value) in self.upper_rows.get(step).iter().filter(|entry| known(entry.0)) {
                let at = &mut next[step_of[place as usize] as usize];
                columns.entries[*at as usize] = (row, value);
                *at += 1;
            }
        }
    }

    /// Solves `basis * solution = right`; `right`, by row, is zero afterwards, `solution` is by place.
    pub(crate) fn solve(&self, right: &mut [f64], solution: &mut [f64]) {
        for (step, &row) in self.lower_row.iter().enumerate() {
            let value = right[row as usize];
            if value != 0.0 {
                for &(other, factor) in self.lower.get(step) {
                    right[other as usize] -= factor * value;
                }
            }
        }
        for (step, &(row, place, pivot)) in self.pivots.iter().enumerate().rev() {
            let value = std::mem::take(&mut right[row as usize]);
            if value.abs() < NOTHING {
                solution[place as usize] = 0.0;
                continue;
            }
            let value = value / pivot;
            solution[place as usize] = value;
            for &(other, entry) in self.upper_columns.get(step) {
                right[other as usize] -= entry * value;
            }
        }
        for (eta, &(place, pivot)) in self.eta_pivots.iter().enumerate() {
            let value = solution[place as usize];
            if value != 0.0 {
                let value = value / pivot;
                solution[place as usize] = value;
                for &(other, entry) in self.etas.get(eta) {
                    solution[other as usize] -= entry * value;
                }
            }
        }
    }

    /// Solves `solution * basis = right`; `right`, by place, is zero afterwards, `solution` is by row.
    pub(crate) fn solve_transposed(&self, right: &mut [f64], solution: &mut [f64]) {
        for (eta, &(place, pivot)) in self.eta_pivots.iter().enumerate().rev() {
            let mut value = right[place as usize];
            for &(other, entry) in self.etas.get(eta) {
                value -= entry * right[other as usize];
            }
            right[place as usize] = value / pivot;
        }
        for (step, &(row, place, pivot)) in self.pivots.iter().enumerate() {
            let value = std::mem::take(&mut right[place as usize]);
            if value.abs() < NOTHING {
                solution[row as usize] = 0.0;
                continue;
            }
            let value = value / pivot;
            solution[row as usize] = value;
            for &(other, entry) in self.upper_rows.get(step) {
                right[other as usize] -= entry * value;
            }
        }
        for (step, &row) in self.lower_row.iter().enumerate().rev() {
            let mut value = solution[row as usize];
            for &(other, factor) in self.lower.get(step) {
                value -= factor * solution[other as usize];
            }
            solution[row as usize] = value;
        }
    }

    /// Notes that the column at `place` is replaced by one that is `direction` in terms of the basis.
    pub(crate) fn replace(&mut self, place: usize, direction: &[f64]) {
        for (other, &value) in direction.iter().enumerate() {
            if value.abs() > NOTHING && other != place {
                self.etas.entries.push((other as u32, value));
            }
        }
        self.etas.close();
        self.eta_pivots.push((place as u32, direction[place]));
    }

    /// Whether so much has changed that factoring anew costs less than going on.
    pub(crate) fn is_stale(&self) -> bool {
        let fixed = self.pivots.len() + self.lower.entries.len() + 2 * self.upper_rows.entries.len();
        let count = self.eta_pivots.len();
        count >= 128 || (count >= 24 && self.etas.entries.len() > 3 * fixed)
    }

    /// Whether anything was replaced since the last refactorisation.
    pub(crate) fn has_changed(&self) -> bool {
        !self.eta_pivots.is_empty()
    }

    /// Roughly what a solve looks at.
    pub(crate) fn entry_count(&self) -> usize {
        self.pivots.len() + self.lower.entries.len() + self.upper_rows.entries.len() + self.etas.entries.len()
    }
}

/// What is not eliminated yet: values by row, patterns by column, both listed by length.
struct Active {
    rows: Vec<Vec<(u32, f64)>>,
    columns: Vec<Vec<u32>>,
    row_is_done: Vec<bool>,
    column_is_done: Vec<bool>,
    /// Rows and columns by how many entries they had when noted; what changed since was noted again.
    rows_by_length: Vec<Vec<u32>>,
    columns_by_length: Vec<Vec<u32>>,
    /// One more than where in the row at hand a column stands; else 0.
    at: Vec<u32>,
}

impl Active {
    fn new(size: usize, column: impl Fn(usize, &mut dyn FnMut(u32, f64))) -> Self {
        let mut active = Active {
            rows: vec![Vec::new(); size],
            columns: vec![Vec::new(); size],
            row_is_done: vec![false; size],
            column_is_done: vec![false; size],
            rows_by_length: vec![Vec::new(); LONGEST + 1],
            columns_by_length: vec![Vec::new(); LONGEST + 1],
            at: vec![0; size],
        };
        for place in 0..size {
            let (rows, pattern) = (&mut active.rows, &mut active.columns[place]);
            column(place, &mut |row, entry| match rows[row as usize].last_mut() {
                Some((last, value)) if *last == place as u32 => *value += entry,
                _ => {
                    rows[row as usize].push((place as u32, entry));
                    pattern.push(row);
                }
            });
        }
        for index in 0..size as u32 {
            active.note_row(index);
            active.note_column(index);
        }
        active
    }

    fn note_row(&mut self, row: u32) {
        let length = self.rows[row as usize].len().min(LONGEST);
        self.rows_by_length[length].push(row);
    }

    fn note_column(&mut self, place: u32) {
        let length = self.columns[place as usize].len().min(LONGEST);
        self.columns_by_length[length].push(place);
    }

    fn leave(&mut self, row: u32, place: u32) {
        let pattern = &mut self.columns[place as usize];
        if let Some(at) = pattern.iter().position(|&other| other == row) {
            pattern.swap_remove(at);
        }
    }

    /// Subtracts from `row` the multiple of `pivot_row` that removes its entry at `place`; returns the multiple.
    fn subtract(&mut self, row: u32, pivot_row: &[(u32, f64)], place: u32, pivot: f64) -> f64 {
        let mut entries = std::mem::take(&mut self.rows[row as usize]);
        let own =
            entries.iter().position(|entry| entry.0 == place).expect("the column's pattern names the row");
        let factor = entries.swap_remove(own).1 / pivot;
        if pivot_row.len() > 1 {
            for (index, entry) in entries.iter().enumerate() {
                self.at[entry.0 as usize] = index as u32 + 1;
            }
            for &(other, value) in pivot_row.iter().filter(|entry| entry.0 != place) {
                match self.at[other as usize] {
                    0 => {
                        entries.push((other, -factor * value));
                        self.columns[other as usize].push(row);
                    }
                    at => entries[at as usize - 1].1 -= factor * value,
                }
            }
            let (at, columns) = (&mut self.at, &mut self.columns);
            entries.retain(|&(other, value)| {
                at[other as usize] = 0;
                let stays = value.abs() > NOTHING;
                if !stays {
                    columns[other as usize].retain(|&of| of != row);
                }
                stays
            });
        }
        self.rows[row as usize] = entries;
        self.note_row(row);
        factor
    }

    /// The next pivot, if any is left.
    fn choose(&mut self) -> Option<(u32, u32)> {
        let mut best: Option<(usize, u32, u32)> = None;
        let mut examined = 0;
        for length in 1..=LONGEST {
            let mut index = self.columns_by_length[length].len();
            while index > 0 {
                index -= 1;
                let place = self.columns_by_length[length][index];
                let now = self.columns[place as usize].len().min(LONGEST);
                if self.column_is_done[place as usize] || now != length {
                    self.columns_by_length[length].swap_remove(index);
                    continue;
                }
                self.best_in_column(place, &mut best);
                examined += 1;
                if let Some(found) = settled(best, length, examined) {
                    return Some(found);
                }
            }
            let mut index = self.rows_by_length[length].len();
            while index > 0 {
                index -= 1;
                let row = self.rows_by_length[length][index];
                let now = self.rows[row as usize].len().min(LONGEST);
                if self.row_is_done[row as usize] || now != length {
                    self.rows_by_length[length].swap_remove(index);
                    continue;
                }
                self.best_in_row(row, &mut best);
                examined += 1;
                if let Some(found) = settled(best, length, examined) {
                    return Some(found);
                }
            }
        }
        best.map(|(_, row, place)| (row, place))
    }

    fn best_in_column(&self, place: u32, best: &mut Option<(usize, u32, u32)>) {
        let pattern = &self.columns[place as usize];
        for &row in pattern {
            let entries = &self.rows[row as usize];
            let cost = (pattern.len() - 1) * (entries.len() - 1);
            if best.is_some_and(|best| best.0 <= cost) {
                continue;
            }
            let greatest = entries.iter().map(|entry| entry.1.abs()).fold(0.0, f64::max);
            let own = entries.iter().find(|entry| entry.0 == place).map_or(0.0, |entry| entry.1.abs());
            if pattern.len() == 1 || own >= SHARE * greatest {
                *best = Some((cost, row, place));
            }
        }
    }

    fn best_in_row(&self, row: u32, best: &mut Option<(usize, u32, u32)>) {
        let entries = &self.rows[row as usize];
        let greatest = entries.iter().map(|entry| entry.1.abs()).fold(0.0, f64::max);
        for &(place, value) in entries {
            let cost = (self.columns[place as usize].len() - 1) * (entries.len() - 1);
            if value.abs() >= SHARE * greatest && best.is_none_or(|best| best.0 > cost) {
                *best = Some((cost, row, place));
            }
        }
    }

    /// Rows and places that no pivot was found for, paired in order.
    fn left(&self) -> Vec<(u32, u32)> {
        let open = |done: &[bool]| -> Vec<u32> {
            (0..done.len() as u32).filter(|&index| !done[index as usize]).collect()
        };
        open(&self.row_is_done).into_iter().zip(open(&self.column_is_done)).collect()
    }
}

/// The best pivot so far, if looking further is not worth it.
fn settled(best: Option<(usize, u32, u32)>, length: usize, examined: usize) -> Option<(u32, u32)> {
    let (cost, row, place) = best?;
    (cost <= (length - 1) * (length - 1) || examined >= EXAMINED).then_some((row, place))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns of 0 and 1 (and 2), not singular: a unit triangular matrix with rows and columns permuted, then some.
    fn columns(seed: u64, size: usize) -> Vec<Vec<u32>> {
        let mut state = seed;
        let mut below = |bound: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((state >> 33) as usize) % bound
        };
        (0..size)
            .map(|place| {
                let mut rows = vec![((place * 7 + 3) % size) as u32];
                rows.extend((0..below(3)).map(|_| below(size) as u32));
                rows.sort_unstable();
                rows
            })
            .collect()
    }

    fn times(columns: &[Vec<u32>], solution: &[f64]) -> Vec<f64> {
        let mut product = vec![0.0; columns.len()];
        for (rows, &value) in columns.iter().zip(solution) {
            for &row in rows {
                product[row as usize] += value;
            }
        }
        product
    }

    #[test]
    fn solves_what_it_factored_and_after_replacements() {
        let size = 40;
        let mut checked = 0;
        for seed in 1..200 {
            let mut basis = columns(seed, size);
            let mut factor = Factor::default();
            let push = |basis: &[Vec<u32>], place: usize, push: &mut dyn FnMut(u32, f64)| {
                basis[place].iter().for_each(|&row| push(row, 1.0));
            };
            if !factor.refactor(size, |place, out| push(&basis, place, out)).is_empty() {
                continue;
            }
            for change in columns(seed + 1000, size).into_iter().take(5) {
                let right: Vec<f64> = (0..size).map(|row| row as f64 - 7.0).collect();
                let mut solution = vec![0.0; size];
                factor.solve(&mut right.clone(), &mut solution);
                for (found, wanted) in times(&basis, &solution).iter().zip(&right) {
                    assert!((found - wanted).abs() < 1e-6, "seed {seed}");
                }
                let mut prices = vec![0.0; size];
                factor.solve_transposed(&mut right.clone(), &mut prices);
                for (rows, wanted) in basis.iter().zip(&right) {
                    let found: f64 = rows.iter().map(|&row| prices[row as usize]).sum();
                    assert!((found - wanted).abs() < 1e-6, "seed {seed}");
                }
                let mut direction = vec![0.0; size];
                let mut entering = vec![0.0; size];
                for &row in &change {
                    entering[row as usize] += 1.0;
                }
                factor.solve(&mut entering, &mut direction);
                let place =
                    (0..size).max_by(|&a, &b| direction[a].abs().total_cmp(&direction[b].abs())).unwrap();
                factor.replace(place, &direction);
                basis[place] = change;
                checked += 1;
            }
        }
        assert!(checked > 200);
    }

    #[test]
    fn a_singular_basis_says_what_is_left() {
        let mut factor = Factor::default();
        let basis = [vec![0, 1], vec![0, 1], vec![2]];
        let left = factor.refactor(3, |place, push| basis[place].iter().for_each(|&row| push(row, 1.0)));
        assert_eq!(left.len(), 1);
    }
}
