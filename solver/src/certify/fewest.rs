//! The check that no clearing as good touches fewer obligations than so many. Short, slow and obvious, in integers.
//!
//! The potentials that prove a clearing say of each obligation whether every clearing as good clears all of it, nothing, or any part: those of the
//! last kind are *free*. How much a participant must be released of by free obligations is what the clearing at hand releases it of by them. Free
//! obligations hang together in parts, of which each has a bound of its own, the greater of two.
//!
//! One is by participants: whoever must be released of so much needs as many obligations as are enough for it, the largest first; no two debtors share
//! one, nor do two creditors.
//!
//! The other is a tree, whose branches decide of one obligation after the other that it stays untouched, or that it counts as touched. At a leaf,
//! let each undecided obligation cost only the share of it that is cleared, for a unit [`SCALE`] by its amount and less. Then by whatever potentials, as in
//! [`super::netting`], what it costs is at least what participants must be released of times their potentials, less what obligations could gain by
//! them. Half an obligation more is a whole one more.

use crate::netting::{Clearing, Obligations, Weights};

/// What touching an obligation costs.
pub const SCALE: i64 = 1 << 40;

/// The trees of one part may decide of so many obligations at most, one below the other.
const DEEPEST: usize = 1_000;

/// One place of a tree, in whose order a branch comes before what is below it: first that the obligation stays untouched, then that it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// Potentials of the part's participants, in their order, that prove a bound.
    Leaf(Vec<i64>),
    /// The number of an obligation of which is decided.
    Branch(u32),
}

/// The tree of one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartProof {
    /// The participants of the part.
    pub participants: Vec<u32>,
    /// Its tree.
    pub tree: Vec<Tree>,
}

/// Why a proof is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The participants of this part's proof are not those of a part, or are told twice.
    NoPart(usize),
    /// The tree of this part's proof is none.
    NoTree(usize),
}

/// How few obligations a clearing as good can touch, by the proofs of parts; those from number `counted` on do not count.
///
/// The clearing is one, and the best by these levels and its potentials, as [`super::netting`] checks.
///
/// # Errors
/// If the proof of a part is none.
///
/// # Panics
/// If the levels or the clearing are of other obligations.
pub fn bound(
    obligations: &Obligations,
    levels: &[Weights],
    (clearing, counted): (&Clearing, usize),
    proofs: &[PartProof],
) -> Result<u64, Flaw> {
    let all = Free::new(obligations, levels, clearing, counted);
    let part_of = all.parts();
    let mut bounds = all.by_participants(&part_of);
    let mut sizes = vec![0; obligations.participants];
    for &part in &part_of {
        sizes[part] += 1;
    }
    let mut of_part: Vec<Vec<usize>> = vec![Vec::new(); obligations.participants];
    all.numbers.iter().for_each(|&number| of_part[part_of[obligations.debtor[number] as usize]].push(number));
    // By participant, which it is in the proof of its part.
    let mut places: Vec<Option<usize>> = vec![None; obligations.participants];
    for (number, proof) in proofs.iter().enumerate() {
        let mut part = None;
        for (place, &participant) in proof.participants.iter().enumerate() {
            let participant = participant as usize;
            let other = *part_of.get(participant).ok_or(Flaw::NoPart(number))?;
            if places[participant].replace(place).is_some() || *part.get_or_insert(other) != other {
                return Err(Flaw::NoPart(number));
            }
        }
        let part =
            part.filter(|&part| sizes[part] == proof.participants.len()).ok_or(Flaw::NoPart(number))?;
        let needs: Vec<i128> = proof.participants.iter().map(|&node| all.needs[node as usize]).collect();
        let line = |&number: &usize| {
            let ends = [obligations.debtor[number], obligations.creditor[number]];
            let ends = ends.map(|end| places[end as usize].expect("all of the part are told"));
            let (amount, counts) = (obligations.amount[number], number < counted);
            Line { number: number as u32, ends, amount, counts }
        };
        let mut lines: Vec<Line> = of_part[part].iter().map(line).collect();
        let mut tree = proof.tree.iter();
        let bound = of_tree(&needs, &mut lines, &mut tree, DEEPEST).filter(|_| tree.next().is_none());
        bounds[part] = bounds[part].max(bound.ok_or(Flaw::NoTree(number))?);
    }
    Ok(all.touched + bounds.iter().sum::<u64>())
}

/// What the potentials of a clearing leave free.
struct Free<'a> {
    obligations: &'a Obligations,
    counted: usize,
    numbers: Vec<usize>,
    /// By participant, by how much more of what it owes must be cleared than of what it is owed.
    needs: Vec<i128>,
    /// How many others are touched.
    touched: u64,
}

impl<'a> Free<'a> {
    fn new(obligations: &'a Obligations, levels: &[Weights], clearing: &Clearing, counted: usize) -> Self {
        let mut all = Free {
            obligations,
            counted,
            numbers: Vec::new(),
            needs: vec![0; obligations.participants],
            touched: 0,
        };
        for number in 0..obligations.amount.len() {
            let [debtor, creditor] =
                [obligations.debtor[number], obligations.creditor[number]].map(|end| end as usize);
            let is_free = levels.iter().zip(&clearing.potentials).all(|(weights, potentials)| {
                i128::from(weights[number]) + i128::from(potentials[debtor])
                    == i128::from(potentials[creditor])
            });
            let cleared = clearing.cleared[number];
            if is_free && debtor != creditor && obligations.amount[number] > 0 {
                all.numbers.push(number);
                all.needs[debtor] += i128::from(cleared);
                all.needs[creditor] -= i128::from(cleared);
            } else if cleared > 0 && !is_free && number < counted {
                all.touched += 1;
            }
        }
        all
    }

    /// By participant, the part: the least participant of it.
    fn parts(&self) -> Vec<usize> {
        let mut of: Vec<usize> = (0..self.needs.len()).collect();
        let mut has_changed = true;
        while has_changed {
            has_changed = false;
            for &number in &self.numbers {
                let ends =
                    [self.obligations.debtor[number] as usize, self.obligations.creditor[number] as usize];
                let least = of[of[ends[0]].min(of[ends[1]])];
                for end in ends {
                    has_changed |= of[end] != least;
                    of[end] = least;
                }
            }
        }
        of
    }

    /// By part, how many obligations participants need for what they must be released of.
    fn by_participants(&self, part_of: &[usize]) -> Vec<u64> {
        let mut bounds = vec![0; self.needs.len()];
        for (side, ends) in [(1, &self.obligations.debtor), (-1, &self.obligations.creditor)] {
            let mut own: Vec<Vec<usize>> = vec![Vec::new(); self.needs.len()];
            self.numbers.iter().for_each(|&number| own[ends[number] as usize].push(number));
            let mut sums = vec![0; self.needs.len()];
            for (participant, mut own) in own.into_iter().enumerate() {
                let mut left = self.needs[participant] * side;
                // What does not count first, as much as there is of it; then the largest.
                let rank = |&number: &usize| (number < self.counted, -self.obligations.amount[number]);
                own.sort_by_key(rank);
                for number in own {
                    if left > 0 {
                        left -= i128::from(self.obligations.amount[number]);
                        sums[part_of[participant]] += u64::from(number < self.counted);
                    }
                }
            }
            for (bound, sum) in bounds.iter_mut().zip(sums) {
                *bound = sum.max(*bound);
            }
        }
        bounds
    }
}

/// A free obligation of a part, as far as is decided of it: nothing of one that stays untouched can be cleared, and one that counts already costs no more.
#[derive(Clone, Copy, Debug)]
struct Line {
    number: u32,
    ends: [usize; 2],
    amount: i64,
    counts: bool,
}

/// The least that the leaves of a tree prove; none if it is no tree.
fn of_tree<'a>(
    needs: &[i128],
    lines: &mut [Line],
    tree: &mut impl Iterator<Item = &'a Tree>,
    deepest: usize,
) -> Option<u64> {
    match tree.next()? {
        Tree::Leaf(potentials) if potentials.len() == needs.len() => {
            let lines = lines.iter().map(|line| (line.ends, line.amount, line.counts));
            of_leaf(needs, lines, potentials)
        }
        Tree::Branch(number) if deepest > 0 => {
            let place =
                lines.iter().position(|line| line.number == *number && line.counts && line.amount > 0)?;
            let before = lines[place];
            lines[place].amount = 0;
            let untouched = of_tree(needs, lines, tree, deepest - 1)?;
            lines[place] = Line { counts: false, ..before };
            let touched = of_tree(needs, lines, tree, deepest - 1)?;
            lines[place] = before;
            Some(untouched.min(touched.checked_add(1)?))
        }
        _ => None,
    }
}

/// How many obligations are touched at least, of lines by their ends, their amounts, and whether they count.
pub(crate) fn of_leaf(
    needs: &[i128],
    lines: impl Iterator<Item = ([usize; 2], i64, bool)>,
    potentials: &[i64],
) -> Option<u64> {
    let mut cost: i128 = 0;
    for (&need, &potential) in needs.iter().zip(potentials) {
        cost = cost.checked_add(need.checked_mul(i128::from(potential))?)?;
    }
    for (ends, amount, counts) in lines.filter(|&(_, amount, _)| amount > 0) {
        let unit = if counts { i128::from(SCALE / amount) } else { 0 };
        let left = unit - i128::from(potentials[ends[0]]) + i128::from(potentials[ends[1]]);
        cost = cost.checked_add(i128::from(amount).checked_mul(left.min(0))?)?;
    }
    let whole = cost.max(0).cast_unsigned().div_ceil(SCALE as u128);
    Some(u64::try_from(whole).unwrap_or(u64::MAX))
}
