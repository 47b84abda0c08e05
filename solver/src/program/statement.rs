//! What an integer program says, and the form of a proof about it.

/// A program over columns that each take a whole amount from 0 up to a limit: rows say which amounts go together, levels what is to be made
/// great, the most important first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    /// The most of each column.
    pub most: Vec<i64>,
    /// What must hold of the amounts.
    pub rows: Vec<Row>,
    /// What one unit of each column gains, level by level.
    pub gains: Vec<Vec<i64>>,
    /// The first so many columns decide most of the others: cases are split on them first.
    pub decisive: usize,
    /// The last so many columns are remainders: they gain nothing, count -1 in one row, above 0 in others, and are no more than the one needs.
    pub remainders: usize,
}

impl Program {
    /// What amounts gain, level by level.
    pub fn values(&self, amounts: &[i64]) -> Vec<i64> {
        let value = |gains: &Vec<i64>| gains.iter().zip(amounts).map(|(gain, amount)| gain * amount).sum();
        self.gains.iter().map(value).collect()
    }

    /// How many rows amounts break; `None` if one is not within its limits.
    pub fn broken(&self, amounts: &[i64]) -> Option<usize> {
        let mut limits = amounts.iter().zip(&self.most);
        let is_within = limits.all(|(amount, most)| (0..=*most).contains(amount));
        is_within.then(|| self.rows.iter().filter(|row| !row.holds(amounts)).count())
    }
}

/// A weighted sum of columns that is at most, or exactly, a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Columns, each once, and their weights.
    pub entries: Vec<(u32, i64)>,
    /// Whether the sum must reach the limit.
    pub is_exact: bool,
    /// The limit.
    pub most: i64,
}

impl Row {
    /// By how much amounts exceed the limit; below 0 by how much they stay below.
    pub(super) fn excess(&self, amounts: &[i64]) -> i128 {
        let term = |&(column, weight): &(u32, i64)| i128::from(weight) * i128::from(amounts[column as usize]);
        self.entries.iter().map(term).sum::<i128>() - i128::from(self.most)
    }

    /// Whether amounts satisfy it.
    pub(super) fn holds(&self, amounts: &[i64]) -> bool {
        let excess = self.excess(amounts);
        excess == 0 || (excess < 0 && !self.is_exact)
    }
}

/// Why no amounts gain more than the bounds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// The columns of each part. What is in none cannot be other than 0.
    pub parts: Vec<Vec<u32>>,
    /// For each level that was solved, the proof of each part.
    pub levels: Vec<Vec<PartProof>>,
}

/// The proof of one part on one level.
///
/// It cites rows by number: those of the program; then, for each level of the program, the row that says that the part gains
/// no less on it than the amounts at hand; then its own cuts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartProof {
    /// How many parts of a multiplier make one unit of gain.
    pub scale: i64,
    /// Rows that follow because amounts are whole.
    pub cuts: Vec<Cut>,
    /// Its cases.
    pub cases: Cases,
}

/// A sum of rows, with every weight and the limit divided and rounded down (Gomory 1958, Chvátal 1973).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// Rows and how often each is taken, none below 0 but exact ones. Of cuts only earlier ones.
    pub rows: Vec<(u32, i64)>,
    /// Columns, and how often that they stay within their limit is taken, none below 0.
    pub limits: Vec<(u32, i64)>,
    /// What the sum is divided by.
    pub divisor: i64,
}

/// The cases of a proof, which together leave none out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cases {
    /// The gains of this case are at most what these multipliers of rows leave.
    Bound(Vec<(u32, i64)>),
    /// Nothing is in this case: by these multipliers of rows, gains of 0 would be less than 0.
    Void(Vec<(u32, i64)>),
    /// Either one or the other.
    Branch {
        /// The column that tells the cases apart.
        column: u32,
        /// The most of it in the low case; in the high case there is more.
        at_most: i64,
        /// The low case.
        low: Box<Cases>,
        /// The high case.
        high: Box<Cases>,
    },
}

impl Default for Cases {
    fn default() -> Self {
        Cases::Bound(Vec::new())
    }
}
