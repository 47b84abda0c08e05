//! The check of amounts of an integer program, and of the proof that none gain more. Short, slow and obvious, in integers, and sharing with the
//! search only the types that state the program and the proof.
//!
//! Take rows as often as the multipliers say, none below 0 but exact ones, and what the sum leaves of every column's gain; then no
//! allowed amounts gain more than the sum's limit, and for each column what is left times the limit that helps most (weak
//! duality). Where that is too much, cases: at most so much of a column, or more. A case without gains that would have to be
//! less than 0 is void. Cuts are sums of rows that are divided and rounded down, which whole amounts satisfy too.
//!
//! Parts are bounded one by one: a row counts in a part if all else in it can only make it tighter. What is in
//! no part must be 0 by the rows alone. If a level is proven, then everything as good on it is as good in each part.
//!
//! Cost: O(entries) a case.

use std::collections::{BTreeMap, BTreeSet};

use crate::program::{Cases, Cut, PartProof, Program, Proof};

/// Why amounts are not allowed, or a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The amount of this column is not within its limits.
    OutOfRange(usize),
    /// This row does not hold.
    Broken(usize),
    /// The proof is not made for this program.
    WrongShape,
    /// This column is in no part and may be more than 0.
    LeftOut(usize),
    /// An arithmetic result does not fit.
    Overflow,
}

/// After so many sweeps without an end, limits stay as they were.
const MOST_SWEEPS: usize = 64;
/// Cases nest at most that deep.
const MOST_DEPTH: usize = 1_000;

/// What amounts gain on each level, after checking that they are allowed.
///
/// # Errors
/// The first thing wrong.
pub fn check_amounts(program: &Program, amounts: &[i64]) -> Result<Vec<i64>, Flaw> {
    if amounts.len() != program.most.len() {
        return Err(Flaw::WrongShape);
    }
    if let Some(column) = (0..amounts.len()).find(|&c| !(0..=program.most[c]).contains(&amounts[c])) {
        return Err(Flaw::OutOfRange(column));
    }
    for (index, row) in program.rows.iter().enumerate() {
        let mut sum = 0_i128;
        for &(column, weight) in &row.entries {
            sum += i128::from(weight) * i128::from(amounts[column as usize]);
        }
        if sum > row.most.into() || (row.is_exact && sum < row.most.into()) {
            return Err(Flaw::Broken(index));
        }
    }
    let value = |gains: &Vec<i64>| -> i128 {
        gains.iter().zip(amounts).map(|(&gain, &amount)| i128::from(gain) * i128::from(amount)).sum()
    };
    program.gains.iter().map(|gains| i64::try_from(value(gains)).map_err(|_| Flaw::Overflow)).collect()
}

/// What nothing as good on the levels before gains more than, level by level; after the first level whose bound exceeds the value
/// of these amounts, what nothing at all gains more than.
///
/// # Errors
/// If the proof does not fit the program.
pub fn bounds(program: &Program, amounts: &[i64], proof: &Proof) -> Result<Vec<i64>, Flaw> {
    let values = check_amounts(program, amounts)?;
    let most = tightened(program);
    let mut part_of = vec![None; most.len()];
    for (part, columns) in proof.parts.iter().enumerate() {
        for &column in columns {
            let of = part_of.get_mut(column as usize).ok_or(Flaw::WrongShape)?;
            if of.replace(part).is_some() {
                return Err(Flaw::WrongShape);
            }
        }
    }
    if let Some(column) = (0..most.len()).find(|&column| part_of[column].is_none() && most[column] > 0) {
        return Err(Flaw::LeftOut(column));
    }
    let parts = parts(program, &most, &part_of, proof);
    let mut bounds = Vec::new();
    for (level, gains) in program.gains.iter().enumerate() {
        let are_proven = bounds.iter().zip(&values).all(|(bound, value)| bound == value);
        let mut sum = 0_i128;
        match proof.levels.get(level) {
            Some(proofs) if are_proven => {
                for (index, part) in parts.iter().enumerate() {
                    let own = proofs.get(index).ok_or(Flaw::WrongShape)?;
                    let bound = Checked { program, most: &most, amounts, part, level, proof: own };
                    sum += i128::from(bound.bound()?);
                }
            }
            // Nothing is claimed of this level.
            None => {
                let greatest = |(&gain, &most): (&i64, &i64)| i128::from(gain.max(0)) * i128::from(most);
                sum += gains.iter().zip(&most).map(greatest).sum::<i128>();
            }
            Some(_) => return Err(Flaw::WrongShape),
        }
        bounds.push(i64::try_from(sum).map_err(|_| Flaw::Overflow)?);
    }
    Ok(bounds)
}

/// The most that the rows leave of each column, each row by itself and again until nothing changes.
fn tightened(program: &Program) -> Vec<i64> {
    let mut most = program.most.clone();
    for _ in 0..MOST_SWEEPS {
        let before = most.clone();
        for row in &program.rows {
            for sign in if row.is_exact { &[1_i128, -1][..] } else { &[1] } {
                let least: i128 = (row.entries.iter())
                    .map(|entry| (sign * i128::from(entry.1)).min(0) * i128::from(most[entry.0 as usize]))
                    .sum();
                let room = sign * i128::from(row.most) - least;
                for &(column, weight) in &row.entries {
                    let weight = sign * i128::from(weight);
                    if room >= 0 && weight > 0 {
                        let own = &mut most[column as usize];
                        *own = i128::from(*own).min(room / weight) as i64;
                    }
                }
            }
        }
        if most == before {
            return most;
        }
    }
    program.most.clone()
}

/// A row as a part sees it.
#[derive(Clone, Debug, Default)]
struct PartRow {
    entries: Vec<(u32, i128)>,
    is_exact: bool,
    most: i128,
}

/// A part: its columns, and its rows by number.
struct Part {
    columns: BTreeSet<u32>,
    rows: BTreeMap<u32, PartRow>,
}

/// The parts with those rows of the program that count in them.
fn parts(program: &Program, most: &[i64], part_of: &[Option<usize>], proof: &Proof) -> Vec<Part> {
    let part =
        |columns: &Vec<u32>| Part { columns: columns.iter().copied().collect(), rows: BTreeMap::new() };
    let mut parts: Vec<Part> = proof.parts.iter().map(part).collect();
    for (index, row) in program.rows.iter().enumerate() {
        let mut shares: BTreeMap<usize, Vec<(u32, i128)>> = BTreeMap::new();
        let mut only_tightens = !row.is_exact;
        for &(column, weight) in row.entries.iter().filter(|entry| most[entry.0 as usize] > 0) {
            let part = part_of[column as usize].expect("what is in no part can only be 0");
            shares.entry(part).or_default().push((column, weight.into()));
            only_tightens &= weight >= 0;
        }
        if shares.len() == 1 || only_tightens {
            for (part, entries) in shares {
                let row = PartRow { entries, is_exact: row.is_exact, most: row.most.into() };
                parts[part].rows.insert(index as u32, row);
            }
        }
    }
    parts
}

/// One part on one level, and its proof.
struct Checked<'a> {
    program: &'a Program,
    most: &'a [i64],
    amounts: &'a [i64],
    part: &'a Part,
    level: usize,
    proof: &'a PartProof,
}

/// Limits of columns within a case.
type Case = BTreeMap<u32, (i64, i64)>;

impl Checked<'_> {
    fn bound(&self) -> Result<i64, Flaw> {
        if self.proof.scale < 1 {
            return Err(Flaw::WrongShape);
        }
        let mut rows = self.part.rows.clone();
        for (level, gains) in self.program.gains[..self.level].iter().enumerate() {
            rows.insert((self.program.rows.len() + level) as u32, self.kept(gains));
        }
        let first_cut = (self.program.rows.len() + self.program.gains.len()) as u32;
        for (number, cut) in (first_cut..).zip(&self.proof.cuts) {
            let row = self.cut(cut, &rows)?;
            rows.insert(number, row);
        }
        let mut case: Case =
            self.part.columns.iter().map(|&column| (column, (0, self.most[column as usize]))).collect();
        let bound = self.cases(&self.proof.cases, &rows, &mut case, 0)?;
        // A part of which nothing is possible: the amounts at hand are, so there is none.
        bound.ok_or(Flaw::WrongShape)
    }

    /// That the part gains no less on a level before than it does with the amounts at hand.
    fn kept(&self, gains: &[i64]) -> PartRow {
        let own = || self.part.columns.iter().map(|&column| (column, i128::from(gains[column as usize])));
        let value: i128 = own().map(|(column, gain)| gain * i128::from(self.amounts[column as usize])).sum();
        PartRow {
            entries: own().map(|(column, gain)| (column, -gain)).collect(),
            is_exact: false,
            most: -value,
        }
    }

    /// The row that a cut comes to.
    fn cut(&self, cut: &Cut, rows: &BTreeMap<u32, PartRow>) -> Result<PartRow, Flaw> {
        let (mut weights, mut most) = sum(&cut.rows, rows)?;
        for &(column, times) in &cut.limits {
            if times < 0 || !self.part.columns.contains(&column) {
                return Err(Flaw::WrongShape);
            }
            *weights.entry(column).or_default() += i128::from(times);
            most += i128::from(times) * i128::from(self.most[column as usize]);
        }
        if cut.divisor < 1 {
            return Err(Flaw::WrongShape);
        }
        let divided = |sum: i128| sum.div_euclid(i128::from(cut.divisor));
        // Numbers that keep growing from cut to cut prove nothing that is wanted, and do not fit in the end.
        let fits = |number: &i128| number.unsigned_abs() < 1 << 62;
        let entries: Vec<(u32, i128)> =
            weights.into_iter().map(|(column, weight)| (column, divided(weight))).collect();
        if !entries.iter().map(|entry| &entry.1).chain([&most]).all(fits) {
            return Err(Flaw::Overflow);
        }
        Ok(PartRow { entries, is_exact: false, most: divided(most) })
    }

    /// What nothing in these cases gains more than; `None` if nothing is in them.
    fn cases(
        &self,
        cases: &Cases,
        rows: &BTreeMap<u32, PartRow>,
        case: &mut Case,
        depth: usize,
    ) -> Result<Option<i64>, Flaw> {
        match cases {
            _ if depth > MOST_DEPTH => Err(Flaw::WrongShape),
            Cases::Bound(cited) => {
                let sum = self.left(cited, rows, case, self.proof.scale)?;
                let bound = sum.div_euclid(i128::from(self.proof.scale));
                i64::try_from(bound).map(Some).map_err(|_| Flaw::Overflow)
            }
            Cases::Void(cited) => {
                let is_void = self.left(cited, rows, case, 0)? < 0;
                if is_void { Ok(None) } else { Err(Flaw::WrongShape) }
            }
            Cases::Branch { column, at_most, low, high } => {
                let &(least, most) = case.get(column).ok_or(Flaw::WrongShape)?;
                case.insert(*column, (least, most.min(*at_most)));
                let low = self.cases(low, rows, case, depth + 1)?;
                case.insert(*column, (least.max(at_most.saturating_add(1)), most));
                let high = self.cases(high, rows, case, depth + 1)?;
                case.insert(*column, (least, most));
                Ok(low.max(high))
            }
        }
    }

    /// What gains that count `scale` times as much come to at most.
    fn left(
        &self,
        cited: &[(u32, i64)],
        rows: &BTreeMap<u32, PartRow>,
        case: &Case,
        scale: i64,
    ) -> Result<i128, Flaw> {
        let (paid, most) = sum(cited, rows)?;
        let gains = &self.program.gains[self.level];
        let mut total = most;
        for (column, &(least, most)) in case {
            let paid = paid.get(column).copied().unwrap_or(0);
            let left = i128::from(scale) * i128::from(gains[*column as usize]) - paid;
            let limit = if left > 0 { most } else { least };
            let term = left.checked_mul(i128::from(limit)).ok_or(Flaw::Overflow)?;
            total = total.checked_add(term).ok_or(Flaw::Overflow)?;
        }
        Ok(total)
    }
}

/// Rows added up, each taken so often.
fn sum(cited: &[(u32, i64)], rows: &BTreeMap<u32, PartRow>) -> Result<(BTreeMap<u32, i128>, i128), Flaw> {
    let (mut weights, mut most) = (BTreeMap::new(), 0_i128);
    for &(number, times) in cited {
        let row = rows.get(&number).ok_or(Flaw::WrongShape)?;
        if times < 0 && !row.is_exact {
            return Err(Flaw::WrongShape);
        }
        let times = i128::from(times);
        let product = |number: i128| times.checked_mul(number).ok_or(Flaw::Overflow);
        most = most.checked_add(product(row.most)?).ok_or(Flaw::Overflow)?;
        for &(column, weight) in &row.entries {
            let own = weights.entry(column).or_insert(0_i128);
            *own = own.checked_add(product(weight)?).ok_or(Flaw::Overflow)?;
        }
    }
    Ok((weights, most))
}
