//! The relaxation of a program, amounts not whole, by the dual simplex method over columns with limits on both sides.
//!
//! Every column has limits, so that the basis of all slacks is dual feasible with each column at the limit that its gain points to:
//! there is no first phase, and cases that only move limits go on from the basis they have (Lemke 1954). Steps run past
//! limits as long as that pays (Maros 2003, the bound flipping ratio test); rows leave by reference weights (Forrest and Goldfarb
//! 1992). Gains are spoilt a little against ties, and put right before the end.
//!
//! Floating point: the multipliers are rounded by the caller, and what they prove is computed anew in integers. They are those of
//! some bound whenever this stops, for a limit of steps too.

mod pivot;

use super::statement::Row;
use crate::budget::Budget;
use crate::factor::Factor;

/// No variable.
const NONE: u32 = u32::MAX;
/// By how much an amount may be beyond a limit.
const SLIP: f64 = 1e-7;
/// Reduced gains up to this are none.
const LEAST_GAIN: f64 = 1e-9;
/// Entries below this are no pivots.
const LEAST_PIVOT: f64 = 1e-7;
/// By how much gains are spoilt.
const SPOIL: f64 = 1e-6;

/// How the method ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum End {
    /// At the optimum.
    Optimal,
    /// No amounts are within all limits, by these multipliers of rows.
    Empty(Vec<f64>),
    /// Below the gain that was of interest, or out of steps.
    Stopped,
}

/// The method's state. Variables are the columns, then the slack of each row.
#[derive(Clone, Debug)]
pub(super) struct Simplex {
    columns: Vec<Vec<(u32, f64)>>,
    rows: Vec<Vec<(u32, f64)>>,
    right: Vec<f64>,
    /// What each row was multiplied by.
    row_scale: Vec<f64>,
    /// How many units one of each column stands for: as many as make its greatest weight count beside those of others.
    unit: Vec<f64>,
    /// By variable: gain, with and without what it is spoilt by, and limits.
    true_gains: Vec<f64>,
    gains: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
    is_at_high: Vec<bool>,
    place_of: Vec<u32>,
    reduced: Vec<f64>,
    /// By place of the basis.
    basis: Vec<u32>,
    amounts: Vec<f64>,
    weights: Vec<f64>,
    /// By row.
    prices: Vec<f64>,
    factor: Factor,
    is_fresh: bool,
    /// Whether the first basis was an optimum but for some rows.
    begins_well: bool,
    by_row: Vec<f64>,
    by_place: Vec<f64>,
    direction: Vec<f64>,
    turned: Vec<f64>,
    alpha: Vec<f64>,
    touched: Vec<u32>,
    is_touched: Vec<bool>,
    /// Numbers looked at so far, roughly.
    pub(super) steps: u64,
    /// Pivots so far.
    pub(super) pivots: u64,
}

impl Simplex {
    /// The relaxation with all columns between 0 and their limit.
    pub(super) fn new(rows: &[Row], gains: &[i64], most: &[i64]) -> Self {
        let greatest = gains.iter().map(|gain| gain.unsigned_abs()).max().unwrap_or(0).max(1) as f64;
        let count = gains.len();
        let unit = units(rows, count);
        let of_unit = |numbers: &[i64], by: &dyn Fn(f64, f64) -> f64| -> Vec<f64> {
            numbers.iter().zip(&unit).map(|(&number, &unit)| by(number as f64, unit)).collect()
        };
        let true_gains = of_unit(gains, &|gain, unit| gain / greatest * unit);
        let mut simplex = Simplex {
            columns: vec![Vec::new(); count],
            rows: Vec::new(),
            right: Vec::new(),
            row_scale: Vec::new(),
            gains: true_gains.clone(),
            true_gains,
            low: vec![0.0; count],
            high: of_unit(most, &|most, unit| most / unit),
            unit,
            is_at_high: vec![false; count],
            place_of: vec![NONE; count],
            reduced: vec![0.0; count],
            basis: Vec::new(),
            amounts: Vec::new(),
            weights: Vec::new(),
            prices: Vec::new(),
            factor: Factor::default(),
            is_fresh: false,
            begins_well: false,
            by_row: Vec::new(),
            by_place: Vec::new(),
            direction: Vec::new(),
            turned: Vec::new(),
            alpha: vec![0.0; count],
            touched: Vec::new(),
            is_touched: vec![false; count],
            steps: 0,
            pivots: 0,
        };
        for row in rows {
            simplex.add(row);
        }
        simplex.spoil();
        simplex
    }

    /// Adds a row; its slack enters the basis.
    pub(super) fn add(&mut self, row: &Row) {
        let scale = scale(row);
        let index = self.rows.len() as u32;
        let weight = |&(column, weight): &(u32, i64)| weight as f64 * scale * self.unit[column as usize];
        // What can only be 0 is left out.
        let counts = |entry: &&(u32, i64)| self.high[entry.0 as usize] > 0.0;
        let entries: Vec<(u32, f64)> =
            row.entries.iter().filter(counts).map(|entry| (entry.0, weight(entry))).collect();
        for &(column, weight) in &entries {
            self.columns[column as usize].push((index, weight));
        }
        self.rows.push(entries);
        self.right.push(row.most as f64 * scale);
        self.row_scale.push(scale);
        let slack = self.low.len() as u32;
        self.true_gains.push(0.0);
        self.gains.push(0.0);
        self.low.push(0.0);
        self.high.push(if row.is_exact { 0.0 } else { f64::INFINITY });
        self.is_at_high.push(false);
        self.place_of.push(self.basis.len() as u32);
        self.reduced.push(0.0);
        self.alpha.push(0.0);
        self.is_touched.push(false);
        self.basis.push(slack);
        self.amounts.push(0.0);
        self.weights.push(1.0);
        self.prices.push(0.0);
        for numbers in [&mut self.by_row, &mut self.by_place, &mut self.direction, &mut self.turned] {
            numbers.push(0.0);
        }
        self.is_fresh = false;
    }

    fn column_count(&self) -> usize {
        self.columns.len()
    }

    /// Between which limits a column is to stay.
    pub(super) fn set_limits(&mut self, column: usize, low: i64, high: i64) {
        (self.low[column], self.high[column]) =
            (low as f64 / self.unit[column], high as f64 / self.unit[column]);
        self.is_fresh = false;
    }

    /// The basis and where the other variables are, to go back to.
    pub(super) fn basis(&self) -> (Vec<u32>, Vec<bool>) {
        (self.basis.clone(), self.is_at_high.clone())
    }

    /// Goes back to a basis, of before or after the same rows were added.
    pub(super) fn restore(&mut self, (basis, is_at_high): &(Vec<u32>, Vec<bool>)) {
        self.basis.clone_from(basis);
        self.is_at_high.clone_from(is_at_high);
        self.place_of.fill(NONE);
        for (place, &variable) in self.basis.iter().enumerate() {
            self.place_of[variable as usize] = place as u32;
        }
        self.weights.fill(1.0);
        self.is_fresh = false;
    }

    /// Begins with a basis that is an optimum but for some rows.
    pub(super) fn begin(&mut self, basis: &(Vec<u32>, Vec<bool>)) {
        self.restore(basis);
        self.begins_well = true;
    }

    /// The amount of a column.
    pub(super) fn amount(&self, column: usize) -> f64 {
        self.unit[column] * self.in_units(column)
    }

    fn in_units(&self, column: usize) -> f64 {
        match self.place_of[column] {
            NONE => self.resting(column),
            place => self.amounts[place as usize],
        }
    }

    /// Whether a column is at its upper limit and not in the basis.
    pub(super) fn rests_high(&self, column: usize) -> bool {
        self.place_of[column] == NONE && self.is_at_high[column]
    }

    /// The multiplier of each row, for gains of which the greatest is 1.
    pub(super) fn prices(&self) -> impl Iterator<Item = f64> + '_ {
        self.prices.iter().zip(&self.row_scale).map(|(price, scale)| price * scale)
    }

    /// The multipliers of rows that make up the row of the basis in which a column stands; `None` if it is in none.
    pub(super) fn basis_row(&mut self, column: usize) -> Option<Vec<f64>> {
        let place = self.place_of[column];
        (place != NONE).then(|| {
            self.by_place[place as usize] = 1.0;
            self.factor.solve_transposed(&mut self.by_place, &mut self.turned);
            self.steps += 2 * (self.factor.entry_count() + self.rows.len()) as u64;
            let unit = self.unit[column];
            self.turned.iter().zip(&self.row_scale).map(|(value, scale)| value * scale * unit).collect()
        })
    }

    /// The gain of the amounts at hand, for gains of which the greatest is 1: above the optimum until it is reached.
    pub(super) fn gain(&self) -> f64 {
        (0..self.column_count()).map(|column| self.true_gains[column] * self.in_units(column)).sum()
    }

    fn resting(&self, variable: usize) -> f64 {
        if self.is_at_high[variable] { self.high[variable] } else { self.low[variable] }
    }

    /// Spoils the gains of columns a little. Where the method went on from an optimum, columns in the basis keep theirs and others rather stay where they
    /// are, so that it still is one.
    fn spoil(&mut self) {
        let count = self.column_count();
        let share = SPOIL * (1000.0 / count.max(1) as f64).min(1.0);
        self.gains.copy_from_slice(&self.true_gains);
        for column in (0..count).filter(|&column| !self.begins_well || self.place_of[column] == NONE) {
            let mixed = (column as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
            let spoil = share * (0.5 + mixed as f64 / f64::from(1 << 25)) / self.high[column].max(1.0);
            self.gains[column] += if self.begins_well && self.is_at_high[column] { spoil } else { -spoil };
        }
    }

    /// Pivots until every amount is within its limits, or the gain falls below `least`, or steps run out.
    pub(super) fn solve(&mut self, least: f64, budget: Budget<'_>) -> End {
        self.spoil();
        self.refresh();
        let end = self.pivot_on(least, budget);
        if end != End::Optimal {
            return end;
        }
        self.gains.copy_from_slice(&self.true_gains);
        self.refresh();
        let pivots = self.pivots + 100 + self.rows.len() as u64 / 4;
        while self.pivots < pivots {
            match self.pivot(budget) {
                Some(End::Optimal) if !self.is_fresh => self.refresh(),
                Some(end) => return end,
                None => {}
            }
        }
        End::Stopped
    }

    fn pivot_on(&mut self, least: f64, budget: Budget<'_>) -> End {
        let pivots = self.pivots + 10_000 + 20 * self.low.len() as u64;
        while self.pivots < pivots {
            match self.pivot(budget) {
                Some(End::Optimal) if !self.is_fresh => self.refresh(),
                Some(end) => return end,
                None => {}
            }
            if self.pivots.is_multiple_of(16) && self.gain() < least {
                return End::Stopped;
            }
        }
        End::Stopped
    }

    /// One pivot, unless this is the end.
    fn pivot(&mut self, budget: Budget<'_>) -> Option<End> {
        if budget.is_spent(self.steps) {
            return Some(End::Stopped);
        }
        if self.factor.is_stale() {
            self.refresh();
        }
        let Some((place, beyond)) = self.leaving() else { return Some(End::Optimal) };
        self.by_place[place] = 1.0;
        self.factor.solve_transposed(&mut self.by_place, &mut self.turned);
        let sign = if beyond < 0.0 { -1.0 } else { 1.0 };
        self.row_of_basis();
        let Some(entering) = self.entering(sign, beyond.abs()) else {
            return if self.is_fresh {
                let both = self.turned.iter().zip(&self.row_scale);
                // The sum of rows that the basic variable of this place cannot satisfy.
                Some(End::Empty(both.map(|(value, scale)| -sign * value * scale).collect()))
            } else {
                self.refresh();
                None
            };
        };
        if !self.exchange(place, entering) {
            if self.is_fresh {
                return Some(End::Stopped);
            }
            self.refresh();
        }
        None
    }

    /// Factors the basis anew, and computes everything from it.
    fn refresh(&mut self) {
        self.refactor();
        let count = self.column_count();
        for (place, &variable) in self.basis.iter().enumerate() {
            self.by_place[place] = self.gains[variable as usize];
        }
        self.factor.solve_transposed(&mut self.by_place, &mut self.prices);
        for variable in 0..self.low.len() {
            if self.place_of[variable] != NONE {
                self.reduced[variable] = 0.0;
                continue;
            }
            let reduced = self.gains[variable] - self.paid(variable);
            self.reduced[variable] = reduced;
            if reduced > LEAST_GAIN && self.high[variable].is_infinite() {
                // Only rounding leads here: the slack is given a gain that makes up for it.
                self.gains[variable] -= reduced;
                self.reduced[variable] = 0.0;
            } else if reduced.abs() > LEAST_GAIN {
                self.is_at_high[variable] = reduced > 0.0 && self.high[variable] > 0.0;
            }
            self.is_at_high[variable] &= self.high[variable].is_finite();
        }
        self.by_row.copy_from_slice(&self.right);
        for variable in (0..self.low.len()).filter(|&variable| self.place_of[variable] == NONE) {
            let amount = self.resting(variable);
            if amount == 0.0 {
                continue;
            }
            if variable < count {
                for &(row, weight) in &self.columns[variable] {
                    self.by_row[row as usize] -= amount * weight;
                }
            } else {
                self.by_row[variable - count] -= amount;
            }
        }
        self.factor.solve(&mut self.by_row, &mut self.amounts);
        self.steps += 4 * (self.factor.entry_count() + self.low.len()) as u64;
        self.is_fresh = true;
    }

    fn paid(&self, variable: usize) -> f64 {
        match variable.checked_sub(self.column_count()) {
            Some(row) => self.prices[row],
            None => {
                self.columns[variable].iter().map(|&(row, weight)| weight * self.prices[row as usize]).sum()
            }
        }
    }

    fn refactor(&mut self) {
        let (count, row_count) = (self.column_count(), self.rows.len());
        loop {
            let (basis, columns) = (&self.basis, &self.columns);
            let left = self.factor.refactor(row_count, |place, push| {
                match (basis[place] as usize).checked_sub(count) {
                    Some(row) => push(row as u32, 1.0),
                    None => {
                        columns[basis[place] as usize].iter().for_each(|&(row, weight)| push(row, weight));
                    }
                }
            });
            if left.is_empty() {
                return;
            }
            for (row, place) in left {
                self.place_of[self.basis[place as usize] as usize] = NONE;
                self.basis[place as usize] = (count + row as usize) as u32;
                self.place_of[count + row as usize] = place;
            }
        }
    }
}

/// What a row is multiplied by, so that its greatest weight is 1 or somewhat more.
fn scale(row: &Row) -> f64 {
    let greatest = row.entries.iter().map(|entry| entry.1.unsigned_abs()).max().unwrap_or(1).max(1) as f64;
    (-greatest.log2().floor()).exp2()
}

/// For each column how many units make its greatest weight, in rows that are multiplied so, 1 or somewhat more.
fn units(rows: &[Row], column_count: usize) -> Vec<f64> {
    let mut greatest = vec![0.0_f64; column_count];
    for row in rows {
        let scale = scale(row);
        for &(column, weight) in &row.entries {
            let own = &mut greatest[column as usize];
            *own = own.max(weight.unsigned_abs() as f64 * scale);
        }
    }
    let unit = |greatest: f64| if greatest > 0.0 { (-greatest.log2().floor()).exp2() } else { 1.0 };
    greatest.into_iter().map(unit).collect()
}
