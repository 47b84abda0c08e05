//! The linear program of packing: the greatest total gain of columns of which none may meet a row beyond its limit,
//! by the revised simplex method (Dantzig 1953), started from the basis of all slacks.
//!
//! Packing programs are so degenerate that most pivots would move nothing, so every limit is raised by a small
//! amount of its own (Charnes 1952). Prices that are optimal for the raised limits are feasible for the true ones,
//! so they prove a bound all the same; only it is greater by less than a thousandth part of a row's price a row.
//!
//! Columns are looked at for entering a few at a time: the best of the last look at all of them.
//!
//! Gains of many digits leave columns whose reduced gain floating point cannot tell from 0. For them prices are refined in integers until the columns in
//! the basis cost what they gain (iterative refinement: Gleixner, Steffy and Wolter 2016), and whatever is worth more then enters.

use crate::budget::Budget;
use crate::factor::Factor;

/// No variable, no place.
const NONE: u32 = u32::MAX;
/// Reduced gains up to this are none.
const LEAST_GAIN: f64 = 1e-9;
/// Entries of a direction below this do not limit a step.
const LEAST_PIVOT: f64 = 1e-7;
/// How far an amount may fall below 0.
const SLIP: f64 = 1e-10;
/// How many columns one look at all of them picks.
const PICKED: usize = 80;
/// What using a column costs that is not usable: more than any price.
const PENALTY: f64 = 256.0;
/// The greatest part by which a limit is raised.
const RAISE: f64 = 1.0 / 16_384.0;

/// Refined prices are in such parts of an integer.
const POINT: i128 = 1 << 20;
/// Refined prices may cost a column so many parts less than it gains. With as much a row they still cost it whole, if they are rounded up, since its gain
/// is an integer and it uses fewer than 200 rows.
const SLACK: i128 = POINT / 256;
/// Prices are refined so often at most.
const MOST_REFINED: usize = 8;
/// And so many columns enter by refined prices.
const MOST_ENTERED: usize = 2_000;

/// The restricted master problem: the columns known so far.
#[derive(Clone, Debug)]
pub(crate) struct Master {
    /// Each row's limit: 1 and a little.
    limits: Vec<f64>,
    first: Vec<u32>,
    rows: Vec<u32>,
    gains: Vec<f64>,
    usable: Vec<bool>,
    /// The variable at each place: a row's slack, or a column's number after those.
    basis: Vec<u32>,
    place_of: Vec<u32>,
    amounts: Vec<f64>,
    prices: Vec<f64>,
    factor: Factor,
    candidates: Vec<u32>,
    by_row: Vec<f64>,
    by_place: Vec<f64>,
    direction: Vec<f64>,
    turned: Vec<f64>,
    /// Numbers looked at so far, roughly.
    pub(super) steps: u64,
    /// Pivots so far.
    pub(super) pivots: u64,
}

impl Master {
    /// A problem of so many rows, without columns.
    pub(super) fn new(row_count: usize) -> Self {
        Self::with_limits(std::iter::repeat_n(1.0, row_count))
    }

    /// A problem of rows with such limits, about 1, without columns.
    pub(crate) fn with_limits(limits: impl Iterator<Item = f64>) -> Self {
        let raise = |row: usize| {
            let mixed = (row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
            (0.5 + mixed as f64 / f64::from(1 << 25)) * RAISE
        };
        let limits: Vec<f64> = limits.enumerate().map(|(row, limit)| limit * (1.0 + raise(row))).collect();
        let row_count = limits.len();
        let mut master = Master {
            limits,
            first: vec![0],
            rows: Vec::new(),
            gains: Vec::new(),
            usable: Vec::new(),
            basis: Vec::new(),
            place_of: vec![NONE; row_count],
            amounts: vec![0.0; row_count],
            prices: vec![0.0; row_count],
            factor: Factor::default(),
            candidates: Vec::new(),
            by_row: vec![0.0; row_count],
            by_place: vec![0.0; row_count],
            direction: vec![0.0; row_count],
            turned: vec![0.0; row_count],
            steps: 0,
            pivots: 0,
        };
        master.reset();
        master
    }

    fn row_count(&self) -> usize {
        self.limits.len()
    }

    /// How many columns there are.
    pub(super) fn column_count(&self) -> usize {
        self.gains.len()
    }

    /// The rows of a column.
    #[inline]
    pub(super) fn column(&self, column: usize) -> &[u32] {
        &self.rows[self.first[column] as usize..self.first[column + 1] as usize]
    }

    /// Adds a usable column.
    pub(crate) fn add(&mut self, rows: impl Iterator<Item = u32>, gain: f64) {
        self.rows.extend(rows);
        self.first.push(self.rows.len() as u32);
        self.gains.push(gain);
        self.usable.push(true);
        self.place_of.push(NONE);
        self.candidates.push((self.row_count() + self.gains.len() - 1) as u32);
    }

    /// The price of each row.
    pub(crate) fn prices(&self) -> &[f64] {
        &self.prices
    }

    /// The columns in use, with how much of each.
    pub(crate) fn amounts(&self) -> impl Iterator<Item = (u32, f64)> + '_ {
        let row_count = self.row_count() as u32;
        let used = self.basis.iter().zip(&self.amounts).filter(move |&(&variable, _)| variable >= row_count);
        used.map(move |(&variable, &amount)| (variable - row_count, amount))
    }

    /// Says which columns are usable. Others leave the basis as soon as they can, and do not enter.
    pub(super) fn set_usable(&mut self, usable: impl Fn(usize) -> bool) {
        for column in 0..self.column_count() {
            self.usable[column] = usable(column);
        }
        self.candidates.clear();
        self.refactor();
    }

    /// The basis, to go back to.
    pub(super) fn basis(&self) -> Vec<u32> {
        self.basis.clone()
    }

    /// Goes back to a basis that was feasible whichever columns are usable now.
    pub(super) fn restore(&mut self, basis: Vec<u32>) {
        self.place_of.fill(NONE);
        for (place, &variable) in basis.iter().enumerate() {
            self.place_of[variable as usize] = place as u32;
        }
        self.basis = basis;
    }

    fn reset(&mut self) {
        self.place_of.fill(NONE);
        self.basis.clear();
        self.basis.extend(0..self.limits.len() as u32);
        self.amounts.copy_from_slice(&self.limits);
        self.prices.fill(0.0);
        for place in 0..self.basis.len() {
            self.place_of[place] = place as u32;
        }
        self.factor.refactor(self.basis.len(), |place, push| push(place as u32, 1.0));
    }

    /// The reduced gain of a variable out of the basis.
    #[inline]
    fn reduced(&self, variable: u32) -> f64 {
        match (variable as usize).checked_sub(self.row_count()) {
            None => -self.prices[variable as usize],
            Some(column) => {
                let paid: f64 = self.column(column).iter().map(|&row| self.prices[row as usize]).sum();
                self.gains[column] - paid
            }
        }
    }

    fn may_enter(&self, variable: u32) -> bool {
        let column = (variable as usize).checked_sub(self.row_count());
        self.place_of[variable as usize] == NONE && column.is_none_or(|column| self.usable[column])
    }

    /// Pivots until no usable column has a reduced gain, or the budget of its own steps is spent.
    pub(super) fn solve_within(&mut self, budget: Budget<'_>) {
        self.pivot_while(|master| !budget.is_spent(master.steps));
    }

    /// Pivots until no usable column has a reduced gain, if `most` pivots in all are enough for it; false if not.
    pub(crate) fn solve_upto(&mut self, most: u64) -> bool {
        self.pivot_while(|master| master.pivots < most)
    }

    /// Pivots until no usable column has a reduced gain; false if it does not go on till then.
    fn pivot_while(&mut self, goes_on: impl Fn(&Self) -> bool) -> bool {
        if self.factor.has_changed() {
            self.refactor();
        }
        let mut refused = NONE;
        while let Some(entering) = self.entering(refused) {
            if !goes_on(self) {
                return false;
            }
            refused = NONE;
            if !self.pivot(entering) {
                if self.factor.has_changed() {
                    self.refactor();
                } else {
                    refused = entering;
                    self.candidates.retain(|&other| other != entering);
                }
            } else if self.factor.is_stale() {
                self.refactor();
            }
        }
        true
    }

    /// After `solve_within`, prices as integers that cost every usable column at least its gain, where it `gains` so much instead; gains of 1.0 are `unit`. Where
    /// the budget of its own steps is spent before, some may cost less.
    pub(super) fn solve_exactly(
        &mut self,
        unit: f64,
        gains: &dyn Fn(usize) -> i128,
        budget: Budget<'_>,
    ) -> Vec<i64> {
        let mut refused: Vec<u32> = Vec::new();
        let mut prices = self.refined(unit, gains);
        for _ in 0..MOST_ENTERED {
            if budget.is_spent(self.steps) {
                break;
            }
            self.steps += self.rows.len() as u64;
            let variables = 0..(self.row_count() + self.column_count()) as u32;
            let may_enter = |&variable: &u32| self.may_enter(variable) && !refused.contains(&variable);
            let left =
                variables.filter(may_enter).map(|variable| (self.left(variable, &prices, gains), variable));
            let best = left.max_by_key(|&(left, variable)| (left, std::cmp::Reverse(variable)));
            let Some((_, entering)) = best.filter(|&(left, _)| left > SLACK) else { break };
            if !self.pivot(entering) {
                if self.factor.has_changed() {
                    self.refactor();
                } else {
                    refused.push(entering);
                }
            } else if self.factor.is_stale() {
                self.refactor();
            }
            prices = self.refined(unit, gains);
        }
        let whole = |&price: &i128| (price - SLACK + POINT - 1).div_euclid(POINT).max(0);
        prices.iter().map(|price| i64::try_from(whole(price)).unwrap_or(i64::MAX)).collect()
    }

    /// The prices of the basis, in parts of an integer.
    fn refined(&mut self, unit: f64, gains: &dyn Fn(usize) -> i128) -> Vec<i128> {
        let parts = unit * POINT as f64;
        let mut prices: Vec<i128> = self.prices.iter().map(|&price| (price * parts) as i128).collect();
        let penalty = (-PENALTY * parts) as i128;
        for _ in 0..MOST_REFINED {
            let left: Vec<i128> = (self.basis.iter())
                .map(|&variable| {
                    let column = (variable as usize).checked_sub(self.row_count());
                    let is_usable = column.is_none_or(|column| self.usable[column]);
                    // What is not usable is worth its penalty instead of its gain.
                    let instead =
                        column.filter(|_| !is_usable).map_or(0, |column| penalty - gains(column) * POINT);
                    self.left(variable, &prices, gains) + instead
                })
                .collect();
            let greatest = left.iter().map(|left| left.abs()).max().unwrap_or(0);
            if greatest <= SLACK / 16 {
                break;
            }
            for (by_place, &left) in self.by_place.iter_mut().zip(&left) {
                *by_place = left as f64 / greatest as f64;
            }
            self.factor.solve_transposed(&mut self.by_place, &mut self.turned);
            self.steps += 2 * (self.factor.entry_count() + self.row_count()) as u64;
            for (price, &turned) in prices.iter_mut().zip(&self.turned) {
                *price += (turned * greatest as f64) as i128;
            }
        }
        for (price, &refined) in self.prices.iter_mut().zip(&prices) {
            *price = refined as f64 / parts;
        }
        prices
    }

    /// How much more than these prices a variable is worth, in parts of an integer.
    fn left(&self, variable: u32, prices: &[i128], gains: &dyn Fn(usize) -> i128) -> i128 {
        match (variable as usize).checked_sub(self.row_count()) {
            None => -prices[variable as usize],
            Some(column) => {
                let paid: i128 = self.column(column).iter().map(|&row| prices[row as usize]).sum();
                gains(column) * POINT - paid
            }
        }
    }

    /// The best of the picked columns; if none is left, all are looked at again.
    fn entering(&mut self, refused: u32) -> Option<u32> {
        for fresh in [false, true] {
            if fresh {
                self.pick(refused);
            }
            let mut best = (LEAST_GAIN, NONE);
            let mut candidates = std::mem::take(&mut self.candidates);
            self.steps += 4 * candidates.len() as u64;
            candidates.retain(|&variable| {
                let reduced = if self.may_enter(variable) { self.reduced(variable) } else { 0.0 };
                if reduced > best.0 {
                    best = (reduced, variable);
                }
                reduced > LEAST_GAIN
            });
            self.candidates = candidates;
            if best.1 != NONE {
                return Some(best.1);
            }
        }
        None
    }

    fn pick(&mut self, refused: u32) {
        self.steps += (self.row_count() + self.rows.len()) as u64;
        let mut found: Vec<(f64, u32)> = (0..(self.row_count() + self.column_count()) as u32)
            .filter(|&variable| self.may_enter(variable) && variable != refused)
            .map(|variable| (self.reduced(variable), variable))
            .filter(|&(reduced, _)| reduced > LEAST_GAIN)
            .collect();
        if found.len() > PICKED {
            found.select_nth_unstable_by(PICKED, |one, other| {
                other.0.total_cmp(&one.0).then(one.1.cmp(&other.1))
            });
            found.truncate(PICKED);
        }
        self.candidates.clear();
        self.candidates.extend(found.into_iter().map(|(_, variable)| variable));
        self.candidates.sort_unstable();
    }

    /// Lets a variable enter the basis; false if that would need a division by almost 0.
    fn pivot(&mut self, entering: u32) -> bool {
        match (entering as usize).checked_sub(self.row_count()) {
            None => self.by_row[entering as usize] = 1.0,
            Some(column) => {
                for at in self.first[column]..self.first[column + 1] {
                    self.by_row[self.rows[at as usize] as usize] += 1.0;
                }
            }
        }
        self.factor.solve(&mut self.by_row, &mut self.direction);
        self.steps += 2 * (self.factor.entry_count() + self.row_count()) as u64;
        let Some(place) = self.leaving() else { return false };
        let step = (self.amounts[place] / self.direction[place]).max(0.0);
        let reduced = self.reduced(entering);
        self.by_place[place] = 1.0;
        self.factor.solve_transposed(&mut self.by_place, &mut self.turned);
        let rise = reduced / self.direction[place];
        for (price, &turned) in self.prices.iter_mut().zip(&self.turned) {
            *price += rise * turned;
        }
        for (amount, &direction) in self.amounts.iter_mut().zip(&self.direction) {
            *amount -= step * direction;
        }
        self.amounts[place] = step;
        self.factor.replace(place, &self.direction);
        self.place_of[self.basis[place] as usize] = NONE;
        self.basis[place] = entering;
        self.place_of[entering as usize] = place as u32;
        self.pivots += 1;
        true
    }

    /// The place that the direction empties first; among nearly equals the one with the greatest entry (Harris 1973).
    fn leaving(&self) -> Option<usize> {
        let limiting = || {
            let both = self.direction.iter().zip(&self.amounts).enumerate();
            both.filter(|&(_, (&direction, _))| direction > LEAST_PIVOT)
        };
        let longest = limiting()
            .map(|(_, (&direction, &amount))| (amount.max(0.0) + SLIP) / direction)
            .fold(f64::MAX, f64::min);
        let mut best = (1e-5, None);
        for (place, (&direction, &amount)) in limiting() {
            if direction > best.0 && amount <= longest * direction {
                best = (direction, Some(place));
            }
        }
        best.1
    }

    /// Factors the basis anew and computes amounts and prices from it.
    fn refactor(&mut self) {
        let row_count = self.row_count();
        loop {
            let (basis, first, rows) = (&self.basis, &self.first, &self.rows);
            let left = self.factor.refactor(row_count, |place, push| {
                match (basis[place] as usize).checked_sub(row_count) {
                    None => push(basis[place], 1.0),
                    Some(column) => {
                        let range = first[column] as usize..first[column + 1] as usize;
                        rows[range].iter().for_each(|&row| push(row, 1.0));
                    }
                }
            });
            if left.is_empty() {
                break;
            }
            for (row, place) in left {
                self.place_of[self.basis[place as usize] as usize] = NONE;
                self.basis[place as usize] = row;
                self.place_of[row as usize] = place;
            }
        }
        self.steps += 8 * self.factor.entry_count() as u64;
        self.by_row.copy_from_slice(&self.limits);
        self.factor.solve(&mut self.by_row, &mut self.amounts);
        for (place, &variable) in self.basis.iter().enumerate() {
            let column = (variable as usize).checked_sub(row_count);
            self.by_place[place] =
                column.map_or(0.0, |column| if self.usable[column] { self.gains[column] } else { -PENALTY });
        }
        self.factor.solve_transposed(&mut self.by_place, &mut self.prices);
        // What rounding took below 0 counts as 0: a limit raised a little more.
        self.amounts.iter_mut().for_each(|amount| *amount = amount.max(0.0));
    }
}
