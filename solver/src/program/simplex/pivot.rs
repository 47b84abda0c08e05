//! One pivot of the dual simplex method: which variable leaves the basis, which enters, and what that changes.

use super::{LEAST_GAIN, LEAST_PIVOT, NONE, SLIP, Simplex};

/// What may enter the basis: at which ratio, by which pivot, and which variable.
type Candidate = (f64, f64, u32);

/// So many candidates are put in order first.
const FEW: usize = 32;

impl Simplex {
    /// The place whose amount is farthest beyond a limit, by weight, and by how much.
    pub(super) fn leaving(&self) -> Option<(usize, f64)> {
        let mut best = (0.0, None);
        for (place, &variable) in self.basis.iter().enumerate() {
            let (amount, variable) = (self.amounts[place], variable as usize);
            let beyond = if amount < self.low[variable] - SLIP {
                amount - self.low[variable]
            } else if amount > self.high[variable] + SLIP {
                amount - self.high[variable]
            } else {
                continue;
            };
            let merit = beyond * beyond / self.weights[place];
            if merit > best.0 {
                best = (merit, Some((place, beyond)));
            }
        }
        best.1
    }

    /// Sets `alpha` to the row of the basis whose multipliers are in `turned`, for variables outside the basis.
    pub(super) fn row_of_basis(&mut self) {
        for &variable in &self.touched {
            self.alpha[variable as usize] = 0.0;
            self.is_touched[variable as usize] = false;
        }
        self.touched.clear();
        let count = self.column_count();
        for (row, &value) in self.turned.iter().enumerate() {
            if value.abs() < 1e-12 {
                continue;
            }
            self.steps += self.rows[row].len() as u64;
            for &(column, weight) in &self.rows[row] {
                if self.place_of[column as usize] == NONE {
                    if !std::mem::replace(&mut self.is_touched[column as usize], true) {
                        self.touched.push(column);
                    }
                    self.alpha[column as usize] += value * weight;
                }
            }
            if self.place_of[count + row] == NONE {
                self.touched.push((count + row) as u32);
                self.alpha[count + row] = value;
            }
        }
    }

    /// The variable to enter the basis when the leaving one comes back by `beyond`; those that rather go to their other limit do so.
    pub(super) fn entering(&mut self, sign: f64, beyond: f64) -> Option<u32> {
        let mut candidates: Vec<Candidate> = Vec::new();
        for &variable in &self.touched {
            let at = variable as usize;
            let alpha = sign * self.alpha[at];
            let toward = if self.is_at_high[at] { -alpha } else { alpha };
            if toward > LEAST_PIVOT && self.low[at] < self.high[at] {
                let reduced = if self.is_at_high[at] { self.reduced[at] } else { -self.reduced[at] };
                candidates.push((reduced.max(0.0) / toward, toward, variable));
            }
        }
        let last = self.last_passed(&mut candidates, beyond)?;
        // Among nearly equal ratios the largest pivot.
        let near = |ratio: f64| (ratio - candidates[last].0).abs() <= LEAST_GAIN;
        let from = (0..=last).rev().take_while(|&index| near(candidates[index].0)).last().unwrap_or(last);
        let upto =
            (last..candidates.len()).take_while(|&index| near(candidates[index].0)).last().unwrap_or(last);
        let chosen = (from..=upto)
            .max_by(|&one, &other| candidates[one].1.total_cmp(&candidates[other].1).then(other.cmp(&one)))?;
        self.flip(&candidates[..chosen.min(last)], candidates[chosen].2);
        Some(candidates[chosen].2)
    }

    /// The first candidate by ratio at which going on no longer pays. Candidates are put in order as far as those as near as it.
    fn last_passed(&mut self, candidates: &mut [Candidate], beyond: f64) -> Option<usize> {
        let order = |one: &Candidate, other: &Candidate| one.0.total_cmp(&other.0).then(one.2.cmp(&other.2));
        let (mut slope, mut last) = (beyond, None);
        let (mut sorted, mut more) = (0, FEW);
        while sorted < candidates.len() {
            let end = candidates.len().min(sorted + more);
            if end < candidates.len() {
                candidates[sorted..].select_nth_unstable_by(end - sorted, order);
            }
            candidates[sorted..end].sort_unstable_by(order);
            for (index, &(_, toward, variable)) in (sorted..end).zip(&candidates[sorted..end]) {
                slope -= toward * (self.high[variable as usize] - self.low[variable as usize]);
                if slope <= SLIP && last.is_none() {
                    last = Some(index);
                }
            }
            (sorted, more) = (end, 4 * more);
            if last.is_some_and(|last: usize| candidates[end - 1].0 - candidates[last].0 > LEAST_GAIN) {
                break;
            }
        }
        self.steps += (candidates.len() + 4 * sorted) as u64;
        last
    }

    /// Moves variables to their other limit, but for the one that enters.
    fn flip(&mut self, passed: &[Candidate], entering: u32) {
        let count = self.column_count();
        let mut any = false;
        for &(_, _, variable) in passed.iter().filter(|passed| passed.2 != entering) {
            let at = variable as usize;
            let by =
                if self.is_at_high[at] { self.low[at] - self.high[at] } else { self.high[at] - self.low[at] };
            self.is_at_high[at] = !self.is_at_high[at];
            any = true;
            if at < count {
                for &(row, weight) in &self.columns[at] {
                    self.by_row[row as usize] += by * weight;
                }
            } else {
                self.by_row[at - count] += by;
            }
        }
        if any {
            self.factor.solve(&mut self.by_row, &mut self.direction);
            self.steps += 2 * (self.factor.entry_count() + self.rows.len()) as u64;
            for (amount, direction) in self.amounts.iter_mut().zip(&self.direction) {
                *amount -= direction;
            }
        }
    }

    /// Lets a variable enter at the place of another; false if the numbers have become too bad for it.
    pub(super) fn exchange(&mut self, place: usize, entering: u32) -> bool {
        let (count, at) = (self.column_count(), entering as usize);
        if at < count {
            for &(row, weight) in &self.columns[at] {
                self.by_row[row as usize] += weight;
            }
        } else {
            self.by_row[at - count] += 1.0;
        }
        self.factor.solve(&mut self.by_row, &mut self.direction);
        self.steps += 4 * (self.factor.entry_count() + self.rows.len()) as u64 + self.touched.len() as u64;
        let (pivot, alpha) = (self.direction[place], self.alpha[at]);
        if (pivot - alpha).abs() > 1e-6 * (1.0 + pivot.abs()) || pivot.abs() < LEAST_PIVOT / 2.0 {
            return false;
        }
        let leaving = self.basis[place] as usize;
        let goes_high = self.amounts[place] > self.high[leaving];
        let limit = if goes_high { self.high[leaving] } else { self.low[leaving] };
        let rise = self.reduced[at] / alpha;
        for &variable in &self.touched {
            self.reduced[variable as usize] -= rise * self.alpha[variable as usize];
        }
        self.reduced[at] = 0.0;
        self.reduced[leaving] = -rise;
        for (price, &turned) in self.prices.iter_mut().zip(&self.turned) {
            *price += rise * turned;
        }
        let step = (self.amounts[place] - limit) / pivot;
        let own = self.weights[place] / (pivot * pivot);
        for (other, &direction) in self.direction.iter().enumerate() {
            if direction != 0.0 && other != place {
                self.amounts[other] -= step * direction;
                self.weights[other] = self.weights[other].max(direction * direction * own);
            }
        }
        self.amounts[place] = self.resting(at) + step;
        self.weights[place] = own.max(1.0);
        self.is_at_high[leaving] = goes_high;
        self.factor.replace(place, &self.direction);
        self.place_of[leaving] = NONE;
        self.basis[place] = entering;
        self.place_of[at] = place as u32;
        self.is_fresh = false;
        self.pivots += 1;
        true
    }
}
