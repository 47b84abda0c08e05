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
//! A proof's numbers may be anything, so all sums and products are checked: what does not fit in 128 bits proves nothing.
//!
//! Cost: O(entries) a case.

use std::collections::{BTreeMap, BTreeSet};

use super::cases::MOST_DEPTH;
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
        let sum = dot(row.entries.iter().map(|&(column, weight)| (weight, amounts[column as usize])))?;
        if sum > row.most.into() || (row.is_exact && sum < row.most.into()) {
            return Err(Flaw::Broken(index));
        }
    }
    let value = |gains: &Vec<i64>| narrowed(dot(gains.iter().copied().zip(amounts.iter().copied()))?);
    program.gains.iter().map(value).collect()
}

/// What nothing as good on the levels before gains more than, level by level; after the first level whose bound exceeds the value
/// of these amounts, what nothing at all gains more than.
///
/// # Errors
/// If the proof does not fit the program.
pub fn bounds(program: &Program, amounts: &[i64], proof: &Proof) -> Result<Vec<i64>, Flaw> {
    let values = check_amounts(program, amounts)?;
    let most = tightened(program)?;
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
                    sum = plus(sum, bound.bound()?.into())?;
                }
            }
            // Nothing is claimed of this level.
            None => {
                sum = dot(gains.iter().map(|&gain| gain.max(0)).zip(most.iter().copied()))?;
            }
            Some(_) => return Err(Flaw::WrongShape),
        }
        bounds.push(narrowed(sum)?);
    }
    Ok(bounds)
}

/// The most that the rows leave of each column, each row by itself and again until nothing changes.
fn tightened(program: &Program) -> Result<Vec<i64>, Flaw> {
    let mut most = program.most.clone();
    for _ in 0..MOST_SWEEPS {
        let before = most.clone();
        for row in &program.rows {
            for sign in if row.is_exact { &[1_i128, -1][..] } else { &[1] } {
                let least = dot((row.entries.iter()).map(|&(column, weight)| {
                    ((sign * i128::from(weight)).min(0), most[column as usize].into())
                }))?;
                let room = plus(sign * i128::from(row.most), -least)?;
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
            return Ok(most);
        }
    }
    Ok(program.most.clone())
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
            rows.insert((self.program.rows.len() + level) as u32, self.kept(gains)?);
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
    fn kept(&self, gains: &[i64]) -> Result<PartRow, Flaw> {
        let own = || self.part.columns.iter().map(|&column| (column, i128::from(gains[column as usize])));
        let entries = own().map(|(column, gain)| (column, -gain)).collect();
        let most = dot(own().map(|(column, gain)| (-gain, self.amounts[column as usize].into())))?;
        Ok(PartRow { entries, is_exact: false, most })
    }

    /// The row that a cut comes to.
    fn cut(&self, cut: &Cut, rows: &BTreeMap<u32, PartRow>) -> Result<PartRow, Flaw> {
        let (mut weights, mut most) = sum(&cut.rows, rows)?;
        for &(column, times) in &cut.limits {
            if times < 0 || !self.part.columns.contains(&column) {
                return Err(Flaw::WrongShape);
            }
            let weight = weights.entry(column).or_default();
            *weight = plus(*weight, times.into())?;
            most = plus(most, product(times, self.most[column as usize])?)?;
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
                narrowed(sum.div_euclid(self.proof.scale.into())).map(Some)
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
            let gain = product(scale, gains[*column as usize])?;
            let left = gain.checked_sub(paid).ok_or(Flaw::Overflow)?;
            total = plus(total, product(left, if left > 0 { most } else { least })?)?;
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
        most = plus(most, product(times, row.most)?)?;
        for &(column, weight) in &row.entries {
            let own = weights.entry(column).or_insert(0);
            *own = plus(*own, product(times, weight)?)?;
        }
    }
    Ok((weights, most))
}

fn plus(one: i128, other: i128) -> Result<i128, Flaw> {
    one.checked_add(other).ok_or(Flaw::Overflow)
}

fn product(one: impl Into<i128>, other: impl Into<i128>) -> Result<i128, Flaw> {
    one.into().checked_mul(other.into()).ok_or(Flaw::Overflow)
}

/// The products of pairs added up.
fn dot<N: Into<i128>>(mut pairs: impl Iterator<Item = (N, N)>) -> Result<i128, Flaw> {
    pairs.try_fold(0, |sum, (one, other)| plus(sum, product(one, other)?))
}

fn narrowed(number: i128) -> Result<i64, Flaw> {
    i64::try_from(number).map_err(|_| Flaw::Overflow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Row;
    use crate::stream::Stream;

    const MOST: i64 = i64::MAX;

    /// Two columns that go together, and may: together they gain 3.
    fn swap() -> Program {
        Program {
            most: vec![1, 1],
            rows: vec![Row { entries: vec![(0, 1), (1, -1)], is_exact: true, most: 0 }],
            gains: vec![vec![1, 2]],
            decisive: 2,
            ..Program::default()
        }
    }

    /// What a proof of one part proves when nothing is carried out.
    fn proven(program: &Program, part: PartProof) -> Result<Vec<i64>, Flaw> {
        let columns = (0..program.most.len() as u32).collect();
        let proof = Proof { parts: vec![columns], levels: vec![vec![part]] };
        bounds(program, &vec![0; program.most.len()], &proof)
    }

    /// A row of `swap` so often that its weights fit, and citations of it that bring them near the end of 128 bits.
    fn steep() -> (Cut, Vec<(u32, i64)>) {
        let cut = Cut { rows: vec![(0, 1 << 61)], limits: Vec::new(), divisor: 1 };
        (cut, [vec![(2, MOST); 8], vec![(2, 7)]].concat())
    }

    #[test]
    fn what_is_left_of_a_gain_does_not_wrap_around() {
        let (cut, cited) = steep();
        let part = PartProof { scale: MOST, cuts: vec![cut], cases: Cases::Bound(cited) };
        assert_eq!(proven(&swap(), part), Err(Flaw::Overflow));
    }

    #[test]
    fn what_limits_add_to_a_cut_does_not_wrap_around() {
        let (cut, cited) = steep();
        let cut_of = |limits: Vec<(u32, i64)>| Cut { rows: cited.clone(), limits, divisor: MOST };
        for limits in [vec![(0, MOST)], vec![(0, 1 << 61)], vec![(0, 1 << 60); 2]] {
            let cuts = vec![cut.clone(), cut_of(limits)];
            let part = PartProof { scale: 1, cuts, cases: Cases::Bound(vec![(3, 1)]) };
            assert_eq!(proven(&swap(), part), Err(Flaw::Overflow));
        }
    }

    /// Whatever numbers a proof is made of, it is refused or what it proves holds.
    #[test]
    fn huge_numbers_prove_nothing_false() {
        let mut dice = Stream::new(1);
        let huge = |dice: &mut Stream| {
            let size = 1_i64 << dice.below(63);
            [size, size - 1, -size, MOST, i64::MIN, dice.within(-3, 3)][dice.below(6) as usize]
        };
        let cited = |dice: &mut Stream, first: i64, count: u64| -> Vec<(u32, i64)> {
            let times = |dice: &mut Stream| huge(dice).max(if dice.below(2) == 0 { 0 } else { i64::MIN });
            (0..dice.below(count)).map(|_| (dice.within(first, 4) as u32, times(dice))).collect()
        };
        let mut held = 0;
        for case in 0..200_000 {
            let mut program = swap();
            let most = 1 + (case % 4) * dice.within(1, 1 << 40);
            program.most = vec![most, most];
            let limits = |dice: &mut Stream| -> Vec<(u32, i64)> {
                (0..dice.below(3)).map(|_| (dice.below(2) as u32, huge(dice).max(0))).collect()
            };
            let cuts = (0..dice.below(4))
                .map(|_| Cut {
                    rows: cited(&mut dice, 0, 10),
                    limits: limits(&mut dice),
                    divisor: huge(&mut dice).max(1),
                })
                .collect();
            let leaf = |dice: &mut Stream| {
                let cited = cited(dice, 0, 12);
                if dice.below(4) == 0 { Cases::Void(cited) } else { Cases::Bound(cited) }
            };
            let cases = match dice.below(2) {
                0 => leaf(&mut dice),
                _ => Cases::Branch {
                    column: dice.below(2) as u32,
                    at_most: huge(&mut dice),
                    low: Box::new(leaf(&mut dice)),
                    high: Box::new(leaf(&mut dice)),
                },
            };
            let part = PartProof { scale: huge(&mut dice).max(1), cuts, cases };
            if let Ok(bounds) = proven(&program, part.clone()) {
                assert!(bounds[0] >= 3 * most, "case {case}: {bounds:?} of {most} by {part:?}");
                held += 1;
            }
        }
        assert!(held > 1_000, "{held}");
    }
}
