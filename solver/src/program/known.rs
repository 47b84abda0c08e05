//! What a level that is proven leaves to the next: its cuts, and one more that keeps columns at 0.
//!
//! What the multipliers of a level's relaxation prove exceeds what is reached by a slack, less than one gain as a rule. A column whose every unit would cost
//! more than that is 0 in whatever is as good (reduced cost fixing: Dantzig, Fulkerson and Johnson 1954). All of them together are one cut: the rows by their
//! multipliers and the row that says as good, divided by a little more than the slack.

use super::leaf;
use super::parts::Part;
use super::statement::{Cut, Row};

/// What is known of a part before a level is searched.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// Cuts, each with the row it comes to.
    pub(super) cuts: Vec<(Cut, Row)>,
    /// Which of them keep their columns at 0.
    pub(super) fixes: Vec<usize>,
}

/// A level of a part that is proven.
pub(super) struct Proven<'a> {
    pub(super) part: &'a Part,
    pub(super) level: usize,
    /// Of its relaxation: those of the part, of the levels before, and cuts.
    pub(super) rows: &'a [Row],
    pub(super) cuts: &'a [Cut],
    /// Those of its relaxation, in parts of `scale`.
    pub(super) multipliers: &'a [i64],
    pub(super) scale: i64,
    /// What is reached.
    pub(super) value: i64,
    /// Which of its cuts keep their columns at 0.
    pub(super) fixes: &'a [usize],
}

impl Proven<'_> {
    /// What it leaves to the next level.
    pub(super) fn known(&self) -> Known {
        let first_cut = self.part.rows.len() + self.level;
        let fix = self.fix();
        // The row that says as good as this level stands before the cuts.
        let number = |row: u32| if (row as usize) < first_cut { row } else { row + 1 };
        let renumber = |cut: &Cut| Cut {
            rows: cut.rows.iter().map(|&(row, times)| (number(row), times)).collect(),
            ..cut.clone()
        };
        let rows = self.rows[first_cut..].iter().cloned();
        let mut cuts: Vec<(Cut, Row)> = self.cuts.iter().map(renumber).zip(rows).collect();
        let mut fixes = self.fixes.to_vec();
        if let Some((cut, row)) = fix {
            let mut cut = renumber(&cut);
            cut.rows.push((first_cut as u32, self.scale));
            fixes.push(cuts.len());
            cuts.push((cut, row));
        }
        Known { cuts, fixes }
    }

    /// The cut that keeps columns at 0, but for the row that says as good as this level.
    fn fix(&self) -> Option<(Cut, Row)> {
        let (part, gains) = (self.part, &self.part.gains[self.level]);
        let left = leaf::left(self.rows, self.multipliers, Some((gains, self.scale)), gains.len());
        let zero = vec![0; gains.len()];
        let bound = leaf::bound(self.rows, self.multipliers, Some((gains, self.scale)), &zero, &part.most);
        let slack = bound - i128::from(self.value) * i128::from(self.scale);
        let divisor = i64::try_from(slack + 1).ok().filter(|divisor| *divisor > 0)?;
        let (mut limits, mut entries) = (Vec::new(), Vec::new());
        for (column, left) in (0_u32..).zip(left) {
            if left > 0 {
                limits.push((column, i64::try_from(left).ok()?));
            } else if -left >= i128::from(divisor) {
                entries.push((column, i64::try_from(-left / i128::from(divisor)).ok()?));
            }
        }
        let rows = (0_u32..).zip(self.multipliers.iter().copied()).filter(|cited| cited.1 != 0).collect();
        let row = Row { entries, is_exact: false, most: 0 };
        (!row.entries.is_empty()).then_some((Cut { rows, limits, divisor }, row))
    }
}
