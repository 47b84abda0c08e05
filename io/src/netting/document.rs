//! What was cleared, as a document for programs (`netting.schema.json` describes it): each obligation of which something is cleared, the
//! figures, and the proof. One obligation a line. Amounts are in the smallest unit, of which `decimals` says what it is.

use std::borrow::Cow;
use std::io::{self, Write};

use bartizan_solver::certify::fewest::{PartProof, Tree, bound as least_touched};
use bartizan_solver::certify::netting as certify;
use bartizan_solver::netting::Clearing;
use serde::{Deserialize, Serialize};

use super::plan::{Credit, FEWEST, Plan, WHOLE};
use super::read::Reading;
use crate::amount::figure;
use crate::document::{Status, write_rows};

/// What the document's `format` field says.
pub const FORMAT: &str = "bartizan-netting";

/// The version that is written and read.
pub const VERSION: u32 = 1;

/// The JSON Schema of the document.
pub const SCHEMA: &str = include_str!("netting.schema.json");

/// The document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document<'a> {
    /// [`FORMAT`].
    #[serde(borrow)]
    pub format: Cow<'a, str>,
    /// [`VERSION`].
    pub version: u32,
    /// How many of the last digits of every amount stand behind the decimal point.
    pub decimals: u8,
    /// The figures.
    pub summary: Summary,
    /// What was cleared for, most important first.
    #[serde(borrow)]
    pub objectives: Vec<Reached<'a>>,
    /// The credit that was offered, if any was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<Offered<'a>>,
    /// Why nothing better exists.
    pub proof: Proof,
    /// The obligations of which something is cleared, in the order of the file.
    #[serde(borrow)]
    pub cleared: Vec<SetOff<'a>>,
}

/// The figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// How many obligations there are.
    pub obligations: usize,
    /// Between how many participants.
    pub participants: usize,
    /// What all obligations come to.
    pub total: i64,
    /// What is cleared of them.
    pub cleared: i64,
    /// How many are cleared as a whole.
    pub whole: usize,
    /// How many in part.
    pub in_part: usize,
    /// How many participants owe less than before, what they come to owe by credit included.
    pub participants_relieved: usize,
}

/// An objective and what was reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reached<'a> {
    /// Its name.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// What is cleared by it; for `fair` 256 times by how much the sum of amounts, each times the square of the share of it that is left, falls, with
    /// squares taken as straight between sixteenths.
    pub value: i64,
    /// What cannot be exceeded, given those before it; of `fewest`, fewer than which cannot be touched.
    pub bound: i64,
    /// Whether these are equal.
    pub proven: bool,
}

impl Reached<'_> {
    /// What was reached, for people: shares have no amount of their own.
    pub fn told(&self, reading: &Reading) -> String {
        match &*self.name {
            "fair" => fairness(reading, self.value),
            FEWEST => format!("{} obligations touched", self.value),
            _ => format!("{} cleared", reading.shown(self.value)),
        }
    }
}

/// Credit: what was offered, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offered<'a> {
    /// What was offered.
    #[serde(flatten)]
    pub terms: Credit,
    /// Who owes to all others together what they did not before; below 0: who is owed.
    #[serde(borrow)]
    pub used: Vec<Used<'a>>,
}

/// What a participant owes to all others together, or is owed by them, by way of credit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Used<'a> {
    /// Who.
    #[serde(borrow)]
    pub participant: Cow<'a, str>,
    /// How much; below 0: is owed.
    pub owes: i64,
}

/// Why nothing better exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// `optimal`.
    pub status: Status,
    /// For each objective a potential for each participant, in the order in which the file names them; then, where credit is offered, for those who lend and those who
    /// borrow together.
    pub potentials: Vec<Vec<i64>>,
    /// For `fewest`, of parts of the network that are small why no fewer obligations are touched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
}

/// Why no fewer obligations of a part are touched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Who is in it, counted from 0 as in potentials.
    pub participants: Vec<u32>,
    /// Its cases: after an obligation that is told by its line come those in which nothing of it is cleared, then those in which it counts as
    /// touched.
    pub cases: Vec<Case>,
}

/// A step in the cases of a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Case {
    /// The obligation that tells two cases apart, by its line.
    Line(u64),
    /// Of a case that is not split, a potential for each participant of the part.
    Potentials(Vec<i64>),
}

/// A notice of set-off: so much of an obligation is cleared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetOff<'a> {
    /// Where the obligation stands in the file, counted from 1.
    pub line: u64,
    /// Its id, if the file has any.
    #[serde(borrow, default, skip_serializing_if = "str::is_empty")]
    pub id: Cow<'a, str>,
    /// Who owes.
    #[serde(borrow)]
    pub debtor: Cow<'a, str>,
    /// Who is owed.
    #[serde(borrow)]
    pub creditor: Cow<'a, str>,
    /// How much it was.
    pub amount: i64,
    /// How much of that is cleared; the rest is still owed.
    pub cleared: i64,
}

impl<'a> Document<'a> {
    /// The document of a clearing.
    ///
    /// # Panics
    /// If the clearing is none of this plan.
    pub fn new(
        reading: &'a Reading,
        plan: &'a Plan,
        credit: Option<Credit>,
        (clearing, parts): (Clearing, &[PartProof]),
    ) -> Self {
        let value = certify::value(&plan.obligations, &plan.levels, &clearing.cleared)
            .expect("the solver finds clearings");
        let bound = certify::bound(&plan.obligations, &plan.levels, &clearing.potentials)
            .expect("and potentials of their size");
        // What is cleared is at most what is owed, and what is owed fits; a bound that does not proves nothing.
        let fits = |amount: i128| i64::try_from(amount).unwrap_or(i64::MAX);
        let reached = plan.objectives.iter().zip(value.iter().zip(&bound));
        let mut objectives: Vec<Reached<'a>> = reached
            .map(|(name, (&value, &bound))| Reached {
                name: name.into(),
                value: fits(value),
                bound: fits(bound),
                proven: value == bound,
            })
            .collect();
        if plan.is_fewest {
            objectives.push(fewest(plan, &clearing, parts));
        }
        let is_optimal = objectives.iter().all(|objective| objective.proven);
        let of_rows = plan.of_rows(&clearing.cleared);
        let owed = plan.credit_used(&clearing.cleared, reading.names.len());
        let used = owed.iter().copied().zip(&reading.names).filter(|&(owes, _)| owes != 0);
        Document {
            format: FORMAT.into(),
            version: VERSION,
            decimals: reading.decimals,
            summary: Summary::new(reading, &of_rows, &owed),
            objectives,
            credit: credit.map(|terms| Offered {
                terms,
                used: used.map(|(owes, name)| Used { participant: name.into(), owes }).collect(),
            }),
            proof: Proof {
                status: Status::of(is_optimal),
                potentials: clearing.potentials,
                parts: parts.iter().map(|part| Part::new(reading, part)).collect(),
            },
            cleared: set_offs(reading, &of_rows),
        }
    }

    /// Writes it, one obligation a line.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let cleared = std::mem::take(&mut self.cleared);
        let written = write_rows(out, self, &cleared);
        self.cleared = cleared;
        written
    }
}

/// The measure of equal shares, which is least: what is owed, each amount counted by the square of the share of it that is left.
fn fairness(reading: &Reading, value: i64) -> String {
    let all: i64 = reading.obligations.amount.iter().sum();
    let left = i128::from(all) * i128::from(WHOLE) - i128::from(value);
    let unit = 10_f64.powi(-i32::from(reading.decimals));
    format!(
        "shares as equal as can be: amounts times the square of the share left of each, straight between sixteenths, come to {} of {}",
        figure(left as f64 / WHOLE as f64 * unit, 6),
        figure(all as f64 * unit, 6)
    )
}

/// How few obligations are touched.
fn fewest<'a>(plan: &Plan, clearing: &Clearing, parts: &[PartProof]) -> Reached<'a> {
    let rows = &clearing.cleared[..plan.rows];
    let value = rows.iter().filter(|&&cleared| cleared > 0).count() as i64;
    let bound = least_touched(&plan.obligations, &plan.levels, (clearing, plan.rows), parts)
        .expect("the solver's proofs are of parts");
    let bound = i64::try_from(bound).unwrap_or(i64::MAX);
    Reached { name: FEWEST.into(), value, bound, proven: value == bound }
}

impl Part {
    fn new(reading: &Reading, proof: &PartProof) -> Self {
        let case = |step: &Tree| match step {
            Tree::Leaf(potentials) => Case::Potentials(potentials.clone()),
            Tree::Branch(number) => Case::Line(reading.rows[*number as usize].line),
        };
        Part { participants: proof.participants.clone(), cases: proof.tree.iter().map(case).collect() }
    }

    /// The proof that the solver checks.
    ///
    /// # Errors
    /// Names a line that is no obligation.
    pub fn proof(&self, reading: &Reading) -> Result<PartProof, String> {
        let step = |case: &Case| match case {
            Case::Potentials(potentials) => Ok(Tree::Leaf(potentials.clone())),
            Case::Line(line) => reading.number(*line).map(|number| Tree::Branch(number as u32)),
        };
        let tree: Result<Vec<Tree>, String> = self.cases.iter().map(step).collect();
        Ok(PartProof { participants: self.participants.clone(), tree: tree? })
    }
}

impl Summary {
    /// The figures of what is cleared of each obligation of the file, and of what each participant comes to owe by credit.
    pub fn new(reading: &Reading, cleared: &[i64], owed: &[i64]) -> Self {
        let obligations = &reading.obligations;
        let rows = obligations.amount.iter().zip(cleared);
        let mut relief: Vec<i64> = owed.iter().map(|&owes| -owes.max(0)).collect();
        let (mut whole, mut in_part) = (0, 0);
        for (number, (&amount, &cleared)) in rows.enumerate().filter(|&(_, (_, &cleared))| cleared > 0) {
            relief[obligations.debtor[number] as usize] += cleared;
            *if cleared == amount { &mut whole } else { &mut in_part } += 1;
        }
        Summary {
            obligations: obligations.amount.len(),
            participants: reading.names.len(),
            total: obligations.amount.iter().sum(),
            cleared: cleared.iter().sum(),
            whole,
            in_part,
            participants_relieved: relief.iter().filter(|&&relief| relief > 0).count(),
        }
    }
}

/// Of each obligation of which something is cleared, how much.
fn set_offs<'a>(reading: &'a Reading, cleared: &[i64]) -> Vec<SetOff<'a>> {
    let obligations = &reading.obligations;
    let name = |participant: u32| Cow::from(&reading.names[participant as usize]);
    let of = |(number, row): (usize, &'a super::read::Row)| SetOff {
        line: row.line,
        id: Cow::from(&row.id),
        debtor: name(obligations.debtor[number]),
        creditor: name(obligations.creditor[number]),
        amount: obligations.amount[number],
        cleared: cleared[number],
    };
    reading.rows.iter().enumerate().filter(|&(number, _)| cleared[number] > 0).map(of).collect()
}
