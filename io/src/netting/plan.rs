//! What is to be cleared first, and what credit helps: levels of weights and offers of credit, made of what a file and its reader ask for.

use std::collections::BTreeSet;

use bartizan_solver::certify::fewest::PartProof;
use bartizan_solver::netting::fewest::touch_few;
use bartizan_solver::netting::{self, Clearing, MAX_AMOUNT, MAX_OBLIGATIONS, Obligations, Weights};
use serde::{Deserialize, Serialize};

use super::read::{Reading, Row};

/// What is cleared for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Goal {
    /// As much as possible, whatever it is.
    Total,
    /// As much as possible of the first priority, then of the second, and so on.
    Priority,
    /// As much as possible of what is due first, then next, and so on.
    Due,
    /// Of all obligations as equal a share as possible: the sum of each one's amount times the square of the share that is left, which is taken as straight
    /// between sixteenths, is least.
    Fair,
    /// As few obligations as possible of which anything is cleared. It comes last, and not with `fair`.
    Fewest,
}

/// What this is called as an objective.
pub const FEWEST: &str = "fewest";

/// What is cleared for last, class by class or date by date.
const NO_PRIORITY: &str = "no priority";
const NO_DATE: &str = "no date";

impl Goal {
    /// The goal that an objective of this name is of.
    pub fn of(objective: &str) -> Option<Goal> {
        match objective {
            "total" => Some(Goal::Total),
            NO_PRIORITY => Some(Goal::Priority),
            NO_DATE => Some(Goal::Due),
            "fair" => Some(Goal::Fair),
            FEWEST => Some(Goal::Fewest),
            _ if objective.starts_with("priority ") => Some(Goal::Priority),
            _ if objective.starts_with("due ") => Some(Goal::Due),
            _ => None,
        }
    }
}

/// How many pieces an obligation is cut into where shares count: the first is worth 31 a unit, the next 29, and the last 1, as the squares of 16, 15 and so on down
/// to 0 differ.
pub const PIECES: usize = 16;

/// Credit that all participants give each other for the netting, in smallest units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credit {
    /// How much each may come to owe to the others together, or be owed by them, beyond what was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// How much of that there may be in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

/// A problem that the solver takes: the file's obligations, each whole or in equal pieces one behind the other, then offers of credit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The obligations and the offers.
    pub obligations: Obligations,
    /// What its objectives are called, most important first: `total`, `priority 1`, `due 2026-12-31`, `fair`.
    pub objectives: Vec<String>,
    /// What it is worth to each of them to clear a unit of each obligation and offer.
    pub levels: Vec<Weights>,
    /// How many of the obligations are of the file: pieces.
    pub rows: usize,
    /// How many pieces make one of the file's obligations.
    pub pieces: usize,
    /// Whether, given all levels, as few obligations as possible are to be touched.
    pub is_fewest: bool,
}

impl Plan {
    /// The problem of clearing these obligations for `goals`, most important first.
    ///
    /// # Errors
    /// If the file lacks what a goal goes by, or that is more than the solver takes, as a sentence.
    pub fn new(reading: &Reading, goals: &[Goal], credit: Option<Credit>) -> Result<Self, String> {
        check_columns(reading, goals)?;
        check_size(reading, goals, credit)?;
        let pieces = if goals.contains(&Goal::Fair) { PIECES } else { 1 };
        let mut obligations = cut(&reading.obligations, pieces);
        let rows = obligations.amount.len();
        if let Some(credit) = credit {
            offer(&mut obligations, credit);
        }
        let offers = obligations.amount.len() - rows;
        let (mut objectives, mut levels) = (Vec::new(), Vec::new());
        for &goal in goals {
            classes(&reading.rows, goal, |name, worth| {
                let of_row = |row| (0..pieces).map(move |piece| (row, piece));
                let of_rows = reading.rows.iter().flat_map(of_row).map(|(row, piece)| worth(row, piece));
                levels.push(of_rows.chain(std::iter::repeat_n(0, offers)).collect());
                objectives.push(name);
            });
        }
        Ok(Plan { obligations, objectives, levels, rows, pieces, is_fewest: goals.contains(&Goal::Fewest) })
    }

    /// What is wrong with such goals, if anything is.
    pub fn fault(goals: &[Goal]) -> Option<&'static str> {
        if goals.iter().enumerate().any(|(at, goal)| goals[..at].contains(goal)) {
            return Some("expected each objective once");
        }
        match goals.iter().position(|&goal| goal == Goal::Fewest) {
            Some(0) => Some(
                "fewest comes after something to clear for: of nothing at all no obligations are touched",
            ),
            Some(at) if at + 1 < goals.len() => Some("fewest comes last"),
            Some(_) if goals.contains(&Goal::Fair) => {
                Some("fewest cannot go with fair, which clears a little of everything")
            }
            _ => None,
        }
    }

    /// Clears it; with the proofs that few obligations are touched, if that is a goal.
    pub fn clear(&self) -> (Clearing, Vec<PartProof>) {
        let mut clearing = netting::clear(&self.obligations, &self.levels);
        let parts = if self.is_fewest {
            touch_few(&self.obligations, &self.levels, &mut clearing, self.rows)
        } else {
            Vec::new()
        };
        (clearing, parts)
    }

    /// What is cleared of each of the file's obligations.
    pub fn of_rows(&self, cleared: &[i64]) -> Vec<i64> {
        cleared[..self.rows].chunks(self.pieces).map(|pieces| pieces.iter().sum()).collect()
    }

    /// The clearing in which of the file's obligations so much is cleared, their first pieces first, and of the offers so much. What is too much is of the last
    /// piece.
    pub fn of_pieces(&self, rows: &[i64], offers: &[i64]) -> Vec<i64> {
        let mut cleared = Vec::with_capacity(self.obligations.amount.len());
        for (&row, amounts) in rows.iter().zip(self.obligations.amount.chunks(self.pieces)) {
            let mut left = row;
            cleared.extend(amounts.iter().map(|&amount| {
                let part = left.min(amount);
                left -= part;
                part
            }));
            if let Some(last) = cleared.last_mut() {
                *last += left;
            }
        }
        cleared.extend(offers);
        cleared
    }

    /// What each participant owes to the others after it (below 0: is owed) that it did not before.
    pub fn credit_used(&self, cleared: &[i64], participants: usize) -> Vec<i64> {
        let mut used = vec![0; participants];
        for (number, &cleared) in cleared.iter().enumerate().skip(self.rows) {
            let [from, to] = [self.obligations.debtor[number], self.obligations.creditor[number]];
            // Only offers have an end that is no participant.
            if let Some(used) = used.get_mut(to as usize) {
                *used += cleared;
            }
            if let Some(used) = used.get_mut(from as usize) {
                *used -= cleared;
            }
        }
        used
    }
}

/// The most weights of all levels together: half a gibibyte of them.
const MOST_WEIGHTS: usize = 1 << 27;

/// Whether the file has the columns that goals go by.
fn check_columns(reading: &Reading, goals: &[Goal]) -> Result<(), String> {
    for (goal, name, is_there) in
        [(Goal::Due, "due", reading.has_due), (Goal::Priority, "priority", reading.has_priority)]
    {
        if goals.contains(&goal) && !is_there {
            return Err(format!("the objective {name} needs a column {name}, and the header has none"));
        }
    }
    Ok(())
}

/// Whether the solver takes so much.
fn check_size(reading: &Reading, goals: &[Goal], credit: Option<Credit>) -> Result<(), String> {
    let pieces = if goals.contains(&Goal::Fair) { PIECES } else { 1 };
    let offers = if credit.is_some() { 2 * reading.names.len() + 1 } else { 0 };
    let count = reading.rows.len() * pieces + offers;
    if count > MAX_OBLIGATIONS {
        let most = (MAX_OBLIGATIONS - offers) / pieces;
        return Err(format!(
            "of so many obligations equal shares are not cleared for: expected at most {most}"
        ));
    }
    let mut levels = 0;
    for &goal in goals {
        classes(&reading.rows, goal, |_, _| levels += 1);
    }
    let most = MOST_WEIGHTS / count.max(1);
    if levels > most.max(2) {
        return Err(format!(
            "{levels} classes of {} obligations: expected at most {most}; fewer priorities, or dates put together by week or month, take less",
            reading.rows.len()
        ));
    }
    // An offer of credit carries no more than one obligation, which then could be too little.
    if credit.is_some()
        && reading.obligations.amount.iter().map(|&amount| i128::from(amount)).sum::<i128>()
            > i128::from(MAX_AMOUNT)
    {
        return Err(format!(
            "with credit, all obligations together come to at most {}",
            reading.shown(MAX_AMOUNT)
        ));
    }
    Ok(())
}

/// Each obligation in so many pieces, as equal as whole units allow; of an amount of fewer units than pieces some have one and some none.
fn cut(whole: &Obligations, pieces: usize) -> Obligations {
    if pieces == 1 {
        return whole.clone();
    }
    let mut cut = Obligations { participants: whole.participants, ..Obligations::default() };
    for (number, &amount) in whole.amount.iter().enumerate() {
        for piece in 0..pieces {
            cut.push(whole.debtor[number], whole.creditor[number], of_piece(amount, piece, pieces));
        }
    }
    cut
}

/// How much of an amount is of one of its pieces.
fn of_piece(amount: i64, piece: usize, pieces: usize) -> i64 {
    // Rounded to the nearest, so that a unit that cannot be cut counts as much as a middle piece.
    let upto =
        |piece: usize| ((i128::from(amount) * piece as i128 + pieces as i128 / 2) / pieces as i128) as i64;
    upto(piece + 1) - upto(piece)
}

/// What a unit of a piece is worth where shares count.
fn worth_of_piece(piece: usize) -> i32 {
    (2 * (PIECES - piece) - 1) as i32
}

/// What an amount is worth where shares count, if all of it is cleared.
pub(super) fn worth_of_whole(amount: i64) -> i128 {
    let pieces = (0..PIECES).map(|piece| (of_piece(amount, piece, PIECES), worth_of_piece(piece)));
    pieces.map(|(amount, worth)| i128::from(amount) * i128::from(worth)).sum()
}

/// Adds offers of credit: by way of two nodes that stand for all together, between which goes what there may be in all.
fn offer(obligations: &mut Obligations, credit: Credit) {
    let participants = obligations.participants as u32;
    let [lent, borrowed] = [participants, participants + 1];
    obligations.participants += 2;
    let limit = credit.limit.unwrap_or(MAX_AMOUNT).min(MAX_AMOUNT);
    for participant in 0..participants {
        obligations.push(participant, lent, limit);
        obligations.push(borrowed, participant, limit);
    }
    obligations.push(lent, borrowed, credit.total.unwrap_or(MAX_AMOUNT).min(MAX_AMOUNT));
}

/// What a piece of an obligation is worth.
type Worth<'a> = &'a dyn Fn(&Row, usize) -> i32;

/// Whether any is of none of the classes, or there is no class at all.
fn is_left(mut classes: impl ExactSizeIterator<Item = Option<u32>>) -> bool {
    classes.len() == 0 || classes.any(|class| class.is_none())
}

/// Tells the classes of a goal, most important first, each with what is worth anything to it.
fn classes(rows: &[Row], goal: Goal, mut tell: impl FnMut(String, Worth<'_>)) {
    match goal {
        Goal::Total => tell("total".into(), &|_, _| 1),
        Goal::Priority => {
            let priorities: BTreeSet<u32> = rows.iter().filter_map(|row| row.priority).collect();
            for priority in priorities {
                tell(format!("priority {priority}"), &|row, _| i32::from(row.priority == Some(priority)));
            }
            if is_left(rows.iter().map(|row| row.priority)) {
                tell(NO_PRIORITY.into(), &|row, _| i32::from(row.priority.is_none()));
            }
        }
        Goal::Due => {
            let dates: BTreeSet<u32> = rows.iter().filter_map(|row| row.due).collect();
            for due in dates {
                let (year, month, day) = (due / 10_000, due / 100 % 100, due % 100);
                tell(format!("due {year:04}-{month:02}-{day:02}"), &|row, _| i32::from(row.due == Some(due)));
            }
            if is_left(rows.iter().map(|row| row.due)) {
                tell(NO_DATE.into(), &|row, _| i32::from(row.due.is_none()));
            }
        }
        Goal::Fewest => {}
        Goal::Fair => tell("fair".into(), &|_, piece| worth_of_piece(piece)),
    }
}
