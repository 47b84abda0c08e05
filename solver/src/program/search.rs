//! Branch and cut over one part (Padberg and Rinaldi 1991): the relaxation, cuts, dives from it, and where a gap is left, cases.
//!
//! A case is closed by multipliers that prove, in integers, that nothing in it is better than what is known. Which column splits it is
//! chosen by what its splits have cost so far (Benichou and others 1971). Depth first, and deterministic.

use super::cuts;
use super::known::{Known, Proven};
use super::leaf::{self, Leaf};
use super::network;
use super::parts::Part;
use super::simplex::{End, Simplex};
use super::statement::{Cases, Cut, Row};
use crate::budget::Budget;

/// Amounts that near to a whole number are whole.
const WHOLE: f64 = 1e-6;
/// Rounds of cuts, and how many of them may gain nothing one after the other.
const MOST_ROUNDS: usize = 40;
const MOST_STALLED: usize = 4;
/// Cases are not split farther than that.
const MOST_DEPTH: u32 = 400;
/// Dives are so many levels of cases apart, and at most so many columns deep.
const DIVES_APART: u32 = 8;
const MOST_DIVED: usize = 2_000;
/// In what parts the multipliers that show a case to be void are counted.
const VOID_SCALE: f64 = (1_u64 << 30) as f64;

/// What was found for one part on one level.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The best amounts and what they gain; `None` if none were found.
    pub(super) best: Option<(i64, Vec<i64>)>,
    /// What nothing gains more than; `None` if there are proven to be no amounts at all.
    pub(super) bound: Option<i64>,
    pub(super) scale: i64,
    pub(super) cuts: Vec<Cut>,
    /// In the part's numbers.
    pub(super) cases: Cases,
    /// What the next level begins with, if this one is proven.
    pub(super) known: Known,
    pub(super) steps: u64,
}

/// Solves a part for one level's gains, within `rows`. `start` are amounts that are allowed; `progress` is told the gain and the bound so far.
pub(super) fn solve(
    part: &Part,
    mut rows: Vec<Row>,
    known: Known,
    level: usize,
    start: Option<&[i64]>,
    (budget, gap): (Budget<'_>, i64),
    progress: &mut dyn FnMut(i64, i64),
) -> Found {
    let gains = &part.gains[level][..];
    let greatest = gains.iter().map(|gain| gain.unsigned_abs()).max().unwrap_or(0).max(1) as f64;
    let count = part.columns.len();
    let first_cut = rows.len();
    let (cuts, known_rows): (Vec<Cut>, Vec<Row>) = known.cuts.into_iter().unzip();
    rows.extend(known_rows);
    let mut is_open: Vec<bool> = part.is_remainder.iter().map(|is_one| !is_one).collect();
    let mut most = part.most.clone();
    for &fix in &known.fixes {
        for &(column, _) in &rows[first_cut + fix].entries {
            (is_open[column as usize], most[column as usize]) = (false, 0);
        }
    }
    let mut search = Search {
        part,
        gains,
        greatest,
        scale: leaf::scale(gains),
        simplex: Simplex::new(&rows, gains, &most),
        rows,
        first_cut,
        cuts,
        fixes: known.fixes,
        is_open,
        low: vec![0; count],
        high: part.most.clone(),
        best: None,
        budget,
        gap,
        open: None,
        costs: vec![[Cost::default(); 2]; count],
        progress,
    };
    if let Some(start) = start {
        search.keep(start);
    }
    search.begin(&most);
    let root = search.root();
    let limit = root.bound;
    let multipliers = root.multipliers.clone();
    let cases = search.explore(root, 0, limit);
    let bound = search.best.as_ref().map(|best| best.0).max(search.open);
    let is_proven = limit.is_some() && bound == search.best.as_ref().map(|best| best.0);
    let known = if is_proven { search.leaves(level, &multipliers) } else { Known::default() };
    Found {
        best: search.best,
        bound,
        known,
        scale: search.scale,
        cuts: search.cuts,
        cases,
        steps: search.simplex.steps,
    }
}

/// What splits of a column have cost on one side.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    sum: f64,
    count: u32,
}

struct Search<'a, 'p> {
    part: &'a Part,
    gains: &'a [i64],
    /// The greatest gain of a unit.
    greatest: f64,
    scale: i64,
    simplex: Simplex,
    /// Those of the relaxation: of the part, of the levels before, and cuts.
    rows: Vec<Row>,
    first_cut: usize,
    cuts: Vec<Cut>,
    /// Which cuts keep their columns at 0.
    fixes: Vec<usize>,
    /// Which columns cases may be split on: no remainders, nor what is kept at 0.
    is_open: Vec<bool>,
    low: Vec<i64>,
    high: Vec<i64>,
    best: Option<(i64, Vec<i64>)>,
    budget: Budget<'a>,
    /// How far from the best is good enough.
    gap: i64,
    /// The greatest bound of a case that was closed or left unfinished.
    open: Option<i64>,
    costs: Vec<[Cost; 2]>,
    progress: &'p mut dyn FnMut(i64, i64),
}

impl Search<'_, '_> {
    /// Begins with the best flow through the network within the rows, and its basis, where there is one.
    fn begin(&mut self, most: &[i64]) {
        let Some(mut start) = network::start(&self.rows, self.gains, most, self.budget) else { return };
        self.simplex.steps += start.steps;
        self.simplex.begin(&start.basis);
        self.part.make_up(&mut start.amounts);
        self.keep_if_allowed(&start.amounts);
    }

    fn is_over(&self) -> bool {
        self.budget.is_spent(self.simplex.steps)
    }

    fn closes(&self, leaf: &Leaf) -> bool {
        leaf.bound.is_none_or(|bound| self.best.as_ref().is_some_and(|best| bound <= best.0 + self.gap))
    }

    /// The relaxation of the whole part with its cuts, after dives.
    fn root(&mut self) -> Leaf {
        let mut leaf = self.relax();
        if self.closes(&leaf) || self.is_over() {
            return leaf;
        }
        self.dive();
        let most_cuts = self.cuts.len() + 200 + self.rows.len() / 2;
        let (known_cuts, mut stalled) = (self.cuts.len(), 0);
        for _ in 0..MOST_ROUNDS {
            if self.closes(&leaf) || self.is_over() || stalled == MOST_STALLED || self.cuts.len() > most_cuts
            {
                break;
            }
            let found = cuts::separate(&mut self.simplex, &self.rows, self.part, self.budget);
            if found.is_empty() {
                break;
            }
            for (cut, row) in found {
                self.simplex.add(&row);
                self.rows.push(row);
                self.cuts.push(cut);
            }
            let before = self.simplex.gain();
            leaf = self.relax();
            stalled = if self.simplex.gain() < before - 1e-4 { 0 } else { stalled + 1 };
        }
        if !self.closes(&leaf) && self.cuts.len() > known_cuts {
            self.dive();
        }
        leaf
    }

    /// The relaxation of the case at hand, and what its multipliers prove.
    fn relax(&mut self) -> Leaf {
        let least = self
            .best
            .as_ref()
            .map_or(f64::NEG_INFINITY, |best| ((best.0 + self.gap) as f64 + 0.99) / self.greatest);
        let end = self.simplex.solve(least, self.budget);
        if let End::Empty(ray) = &end {
            let size = ray.iter().fold(0.0_f64, |size, value| size.max(value.abs())).max(f64::MIN_POSITIVE);
            let mut multipliers = leaf::rounded(&self.rows, ray.iter().map(|value| value / size), VOID_SCALE);
            self.keep_fixed(&mut multipliers, None);
            if leaf::bound(&self.rows, &multipliers, None, &self.low, &self.high) < 0 {
                return Leaf { multipliers, bound: None };
            }
        }
        let leaf = self.priced();
        if end == End::Stopped && !self.closes(&leaf) && !self.is_over() {
            self.simplex.solve(f64::NEG_INFINITY, self.budget);
            return self.priced();
        }
        leaf
    }

    fn priced(&self) -> Leaf {
        let prices = self.simplex.prices().map(|price| price * self.greatest);
        let mut multipliers = leaf::rounded(&self.rows, prices, self.scale as f64);
        self.keep_fixed(&mut multipliers, Some((self.gains, self.scale)));
        let bound = self.bound(&multipliers);
        Leaf { multipliers, bound: Some(bound) }
    }

    /// What this level leaves to the next, by the multipliers of the whole part's relaxation.
    fn leaves(&self, level: usize, multipliers: &[i64]) -> Known {
        let proven = Proven {
            part: self.part,
            level,
            rows: &self.rows,
            cuts: &self.cuts,
            multipliers,
            scale: self.scale,
            value: self.best.as_ref().map_or(0, |best| best.0),
            fixes: &self.fixes,
        };
        proven.known()
    }

    /// Takes the cuts that keep columns at 0 so often that none of these gains anything.
    fn keep_fixed(&self, multipliers: &mut [i64], gains: Option<(&[i64], i64)>) {
        for &fix in &self.fixes {
            let left = leaf::left(&self.rows, multipliers, gains, self.low.len());
            let row = self.first_cut + fix;
            let times = |&(column, weight): &(u32, i64)| {
                let left = left[column as usize];
                (left.max(0) + i128::from(weight) - 1) / i128::from(weight)
            };
            let most = self.rows[row].entries.iter().map(times).max().unwrap_or(0);
            multipliers[row] =
                i64::try_from(most.saturating_add(multipliers[row].into())).unwrap_or(multipliers[row]);
        }
    }

    fn bound(&self, multipliers: &[i64]) -> i64 {
        let sum = leaf::bound(&self.rows, multipliers, Some((self.gains, self.scale)), &self.low, &self.high);
        sum.div_euclid(self.scale.into()).clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }

    /// Sets the limits of a column in the case at hand.
    fn limit(&mut self, column: usize, low: i64, high: i64) {
        (self.low[column], self.high[column]) = (low, high);
        self.simplex.set_limits(column, low, high);
    }

    /// The amounts of the relaxation, kept if they are allowed and better than what is known: those that decide as they are, which is whole, the others rounded
    /// to the nearest, or all up, or all down. What the nearest break, if they do.
    fn try_as_answer(&mut self) -> Option<Broken> {
        let mut nearest = None;
        for (order, round) in [f64::round, f64::ceil, f64::floor].into_iter().enumerate() {
            let whole = |column: usize| {
                let amount = self.simplex.amount(column);
                if self.part.is_decisive[column] { amount.round() as i64 } else { round(amount) as i64 }
            };
            let mut amounts: Vec<i64> = (0..self.low.len()).map(whole).collect();
            let needs = self.part.make_up(&mut amounts);
            let broken = self.keep_if_allowed(&amounts);
            if order == 0 {
                nearest = broken.map(|row| Broken { row, amounts, needs });
            }
        }
        nearest
    }

    /// What shows in integers that nothing is in the case at hand, if a broken row with the rows of its remainders does.
    fn void(&self, broken: &Broken) -> Option<Leaf> {
        let row = &self.rows[broken.row];
        let sign = if row.excess(&broken.amounts) > 0 { 1 } else { -1 };
        let mut multipliers = vec![0; self.rows.len()];
        multipliers[broken.row] = sign;
        for &(column, weight) in &row.entries {
            if sign * weight > 0
                && let Some(need) = broken.needs[column as usize]
            {
                multipliers[need as usize] += sign * weight;
            }
        }
        let is_void = leaf::bound(&self.rows, &multipliers, None, &self.low, &self.high) < 0;
        is_void.then_some(Leaf { multipliers, bound: None })
    }

    /// Keeps amounts, if they are allowed and better; the first row that they break.
    fn keep_if_allowed(&mut self, amounts: &[i64]) -> Option<usize> {
        let mut limits = amounts.iter().zip(&self.part.most);
        let is_within = limits.all(|(amount, most)| (0..=*most).contains(amount));
        let broken = self.rows.iter().position(|row| !row.holds(amounts));
        if is_within && broken.is_none() {
            self.keep(amounts);
        }
        broken
    }

    /// Keeps amounts that are allowed, if they are better.
    fn keep(&mut self, amounts: &[i64]) {
        let gain = self.gains.iter().zip(amounts).map(|(gain, amount)| gain * amount).sum();
        if self.best.as_ref().is_none_or(|best| gain > best.0) {
            self.best = Some((gain, amounts.to_vec()));
        }
    }

    fn fraction(&self, column: usize) -> f64 {
        let amount = self.simplex.amount(column);
        amount - (amount + WHOLE).floor()
    }

    /// Whether a column has a choice of its own.
    fn is_open(&self, column: usize) -> bool {
        self.is_open[column] && self.low[column] < self.high[column]
    }

    /// Columns that have a choice and whose amounts are not whole: those that decide, or if these are all whole the others.
    fn broken(&self) -> Vec<usize> {
        let is_broken = |&column: &usize| self.is_open(column) && self.fraction(column) > WHOLE;
        let mut broken: Vec<usize> = (0..self.low.len()).filter(is_broken).collect();
        if broken.iter().any(|&column| self.part.is_decisive[column]) {
            broken.retain(|&column| self.part.is_decisive[column]);
        }
        broken
    }

    /// From the relaxation just solved, raises one column after the other until the amounts are whole. Leaves all as it was.
    fn dive(&mut self) {
        let (basis, low, high) = (self.simplex.basis(), self.low.clone(), self.high.clone());
        for _ in 0..MOST_DIVED {
            let broken = self.broken();
            let fraction = |column: usize| self.fraction(column);
            let most = broken
                .into_iter()
                .max_by(|&one, &other| fraction(one).total_cmp(&fraction(other)).then(other.cmp(&one)));
            let Some(column) = most else {
                self.try_as_answer();
                break;
            };
            let whole = (self.simplex.amount(column) + WHOLE).floor() as i64;
            let (own_low, own_high) = (self.low[column], self.high[column]);
            let before = self.simplex.basis();
            self.limit(column, whole + 1, own_high);
            let leaf = self.relax();
            if self.closes(&leaf) {
                self.simplex.restore(&before);
                self.limit(column, own_low, whole);
                let leaf = self.relax();
                if self.closes(&leaf) {
                    break;
                }
            }
            if self.is_over() {
                break;
            }
        }
        for column in 0..low.len() {
            if (self.low[column], self.high[column]) != (low[column], high[column]) {
                self.limit(column, low[column], high[column]);
            }
        }
        self.simplex.restore(&basis);
        self.relax_again();
    }

    /// Solves the relaxation of a case that was solved before.
    fn relax_again(&mut self) {
        self.simplex.solve(f64::NEG_INFINITY, self.budget);
    }

    /// The proof that nothing in the case at hand is better than the best, or as much of it as there are steps for. `leaf` is what
    /// the relaxation just solved proves, `limit` the bound of the whole part.
    fn explore(&mut self, leaf: Leaf, depth: u32, limit: Option<i64>) -> Cases {
        let goes_on = depth < MOST_DEPTH && !self.is_over();
        if self.closes(&leaf) || !goes_on {
            return self.close(leaf);
        }
        if depth > 0 && depth.is_multiple_of(DIVES_APART) {
            self.dive();
            if let (Some(best), Some(limit)) = (&self.best, limit) {
                (self.progress)(best.0, limit);
            }
        }
        let broken = self.broken();
        let is_decided = broken.iter().all(|&column| !self.part.is_decisive[column]);
        let fault = if is_decided { self.try_as_answer() } else { None };
        if let Some(void) = fault.as_ref().and_then(|fault| self.void(fault)) {
            return self.close(void);
        }
        let split = if self.closes(&leaf) { None } else { self.split(&broken, fault.map(|fault| fault.row)) };
        let Some((column, at_most, goes_up)) = split else { return self.close(leaf) };
        let (low, high) = (self.low[column], self.high[column]);
        let (basis, gain) = (self.simplex.basis(), self.simplex.gain());
        let amount = self.simplex.amount(column);
        let mut halves = [None, None];
        for (order, is_high) in [goes_up, !goes_up].into_iter().enumerate() {
            if is_high {
                self.limit(column, at_most + 1, high);
            } else {
                self.limit(column, low, at_most);
            }
            if order == 1 && !self.is_over() {
                self.simplex.restore(&basis);
            }
            let own = if self.is_over() { None } else { Some(self.relax()) };
            if own.as_ref().is_some_and(|own| own.bound.is_some()) {
                let distance = if is_high { (at_most + 1) as f64 - amount } else { amount - at_most as f64 };
                self.costs[column][usize::from(is_high)].note(gain - self.simplex.gain(), distance);
            }
            let own = self.or_inherited(own, &leaf);
            halves[usize::from(is_high)] = Some(Box::new(self.explore(own, depth + 1, limit)));
        }
        self.limit(column, low, high);
        let [low, high] = halves.map(|half| half.expect("both halves were explored"));
        Cases::Branch { column: column as u32, at_most, low, high }
    }

    /// What holds of all cases holds of each, and may prove more than one that was cut short, or was not looked at any more.
    fn or_inherited(&self, own: Option<Leaf>, whole: &Leaf) -> Leaf {
        if own.as_ref().is_some_and(|own| own.bound.is_none()) || whole.bound.is_none() {
            return own.unwrap_or_else(|| whole.clone());
        }
        let bound = self.bound(&whole.multipliers);
        let inherited = || Leaf { multipliers: whole.multipliers.clone(), bound: Some(bound) };
        own.filter(|own| own.bound <= Some(bound)).unwrap_or_else(inherited)
    }

    fn close(&mut self, leaf: Leaf) -> Cases {
        self.open = self.open.max(leaf.bound);
        let cited = (0_u32..).zip(leaf.multipliers).filter(|cited| cited.1 != 0).collect();
        if leaf.bound.is_some() { Cases::Bound(cited) } else { Cases::Void(cited) }
    }

    /// Where to split the case at hand, and whether the high half comes first: at an amount that is not whole, or else in the row at fault.
    fn split(&self, broken: &[usize], fault: Option<usize>) -> Option<(usize, i64, bool)> {
        let average = |side: usize| {
            let known = self.costs.iter().map(|cost| cost[side]).filter(|cost| cost.count > 0);
            let (sum, count) = known.fold((0.0, 0.0), |(sum, count), cost| (sum + cost.mean(), count + 1.0));
            if count > 0.0 { sum / count } else { 1.0 }
        };
        let averages = [average(0), average(1)];
        let merit = |column: usize| {
            let fraction = self.fraction(column);
            let cost = |side: usize| {
                let cost = self.costs[column][side];
                if cost.count > 0 { cost.mean() } else { averages[side] }
            };
            (cost(0) * fraction).max(1e-6) * (cost(1) * (1.0 - fraction)).max(1e-6)
        };
        let best = broken
            .iter()
            .copied()
            .max_by(|&one, &other| merit(one).total_cmp(&merit(other)).then(other.cmp(&one)));
        if let Some(column) = best {
            let whole = (self.simplex.amount(column) + WHOLE).floor() as i64;
            return Some((column, whole.clamp(self.low[column], self.high[column] - 1), true));
        }
        // All are whole and yet nothing is settled, for want of precision: any column that has a choice will do.
        let at_fault =
            fault.into_iter().flat_map(|row| &self.rows[row].entries).map(|entry| entry.0 as usize);
        let column = at_fault.chain(0..self.low.len()).find(|&column| self.is_open(column))?;
        let amount = self.simplex.amount(column).round() as i64;
        Some((column, amount.clamp(self.low[column], self.high[column] - 1), false))
    }
}

impl Cost {
    fn note(&mut self, loss: f64, distance: f64) {
        self.sum += loss.max(0.0) / distance.max(WHOLE);
        self.count += 1;
    }

    fn mean(self) -> f64 {
        self.sum / f64::from(self.count)
    }
}

/// Whole amounts that break a row, with the row that each remainder is needed for.
struct Broken {
    row: usize,
    amounts: Vec<i64>,
    needs: Vec<Option<u32>>,
}
