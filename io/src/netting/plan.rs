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

/// Into so many parts the share of an obligation is cut where shares count, between whose ends squares are taken as straight.
const PARTS: i64 = 16;

/// How many pieces an obligation is cut into where shares count: the whole units of each of [`PARTS`], and between two the unit that both have a share of.
const PIECES: usize = 2 * PARTS as usize - 1;

/// What a whole obligation is worth a unit where shares count: in so many parts of it what is left, counted by the square of its share, is told in whole numbers.
pub const WHOLE: i64 = PARTS * PARTS;

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

/// A problem that the solver takes: the file's obligations, each whole or in pieces one behind the other, then offers of credit.
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
        let (mut obligations, worths) = cut(&reading.obligations, pieces);
        let rows = obligations.amount.len();
        if let Some(credit) = credit {
            offer(&mut obligations, credit);
        }
        let offers = obligations.amount.len() - rows;
        let (mut objectives, mut levels) = (Vec::new(), Vec::new());
        for &goal in goals {
            classes((&reading.rows, &worths), goal, |name, worth| {
                let of_pieces = (0..rows).map(|number| worth(&reading.rows[number / pieces], number));
                levels.push(of_pieces.chain(std::iter::repeat_n(0, offers)).collect());
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

    /// Clears it, telling for which objective as it begins; with the proofs that few obligations are touched, if that is a goal.
    pub fn clear(&self, begin: &mut dyn FnMut(&str)) -> (Clearing, Vec<PartProof>) {
        let mut clearing = netting::clear_in_turn(&self.obligations, &self.levels, &mut |level| {
            begin(&self.objectives[level]);
        });
        let parts = if self.is_fewest {
            begin(FEWEST);
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
        classes((&reading.rows, &[]), goal, |_, _| levels += 1);
    }
    let most = MOST_WEIGHTS / count.max(1);
    if levels > most.max(2) {
        return Err(format!(
            "{levels} classes of {} obligations: expected at most {most}; fewer priorities, or dates put together by week or month, take less",
            reading.rows.len()
        ));
    }
    let total: i128 = reading.obligations.amount.iter().map(|&amount| i128::from(amount)).sum();
    let most_shared = i64::MAX / WHOLE;
    if goals.contains(&Goal::Fair) && total > i128::from(most_shared) {
        return Err(format!(
            "for fair, all obligations together come to at most {}",
            reading.shown(most_shared)
        ));
    }
    // An offer of credit carries no more than one obligation, which then could be too little.
    if credit.is_some() && total > i128::from(MAX_AMOUNT) {
        return Err(format!(
            "with credit, all obligations together come to at most {}",
            reading.shown(MAX_AMOUNT)
        ));
    }
    Ok(())
}

/// Each obligation in so many pieces, and what a unit of each is worth where shares count. Some of an amount of fewer units than pieces are of no unit.
fn cut(whole: &Obligations, pieces: usize) -> (Obligations, Vec<i32>) {
    if pieces == 1 {
        return (whole.clone(), Vec::new());
    }
    let mut cut = Obligations { participants: whole.participants, ..Obligations::default() };
    let mut worths = Vec::with_capacity(whole.amount.len() * pieces);
    for (number, &amount) in whole.amount.iter().enumerate() {
        let mut begin = 0;
        for end in (0..PIECES).map(|piece| end_of_piece(amount, piece)) {
            let units = (end - begin).max(0);
            cut.push(whole.debtor[number], whole.creditor[number], units);
            // Within a piece each unit is worth the same.
            let worth = worth_of_first(amount, begin + units) - worth_of_first(amount, begin);
            worths.push((worth / units.max(1)) as i32);
            begin += units;
        }
    }
    (cut, worths)
}

/// With which of an amount's units a piece ends: the last within its part, or, between two parts, the one that both have a share of.
fn end_of_piece(amount: i64, piece: usize) -> i64 {
    let sixteenths = amount * (piece as i64 / 2 + 1);
    if piece.is_multiple_of(2) { sixteenths / PARTS } else { (sixteenths + PARTS - 1) / PARTS }
}

/// What the first `units` of an amount are worth where shares count: [`WHOLE`] times what the amount, counted by the square of the share of it that is left, falls
/// by. A part has 31 of that, the next 29 and the last 1, as the squares of 16, 15 and so on down to 0 differ, for each sixteenth of a unit within it.
fn worth_of_first(amount: i64, units: i64) -> i64 {
    let sixteenths = PARTS * units;
    let whole = sixteenths / amount.max(1);
    whole * (2 * PARTS - whole) * amount + (2 * (PARTS - whole) - 1) * (sixteenths - whole * amount)
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

/// What a unit of a piece is worth, of which the row and the number are told.
type Worth<'a> = &'a dyn Fn(&Row, usize) -> i32;

/// Whether any is of none of the classes, or there is no class at all.
fn is_left(mut classes: impl ExactSizeIterator<Item = Option<u32>>) -> bool {
    classes.len() == 0 || classes.any(|class| class.is_none())
}

/// Tells the classes of a goal, most important first, each with what is worth anything to it; `worths` is what pieces are worth where shares count.
fn classes((rows, worths): (&[Row], &[i32]), goal: Goal, mut tell: impl FnMut(String, Worth<'_>)) {
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
        Goal::Fair => tell("fair".into(), &|_, number| worths[number]),
    }
}

#[cfg(test)]
mod tests {
    use bartizan_solver::certify::netting::{is_optimal, value};
    use bartizan_solver::stream::Stream;

    use super::super::read::read;
    use super::*;

    /// 256 times an amount, counted by the square of the share of it that is left, straight between sixteenths: as it is told to people, in fractions.
    fn left_of(amount: i64, cleared: i64) -> f64 {
        let sixteenths = 16.0 * (amount - cleared) as f64 / amount as f64;
        let (low, high) = (sixteenths.floor(), sixteenths.ceil());
        (low * low + (sixteenths - low) * (high * high - low * low)) * amount as f64
    }

    #[test]
    fn pieces_are_worth_what_each_unit_takes_off_squares_and_the_first_most() {
        for amount in (1..100).chain([1 << 20, MAX_AMOUNT - 1, MAX_AMOUNT]) {
            let whole =
                Obligations { participants: 1, debtor: vec![0], creditor: vec![0], amount: vec![amount] };
            let (cut, worths) = cut(&whole, PIECES);
            assert_eq!((cut.amount.len(), cut.amount.iter().sum::<i64>()), (PIECES, amount));
            let (mut cleared, mut worth, mut before) = (0, 0, i32::MAX);
            for (&units, &of_each) in cut.amount.iter().zip(&worths).filter(|&(&units, _)| units > 0) {
                assert!(of_each <= before, "{amount}: {worths:?}");
                before = of_each;
                for units in [1, units - 1].into_iter().filter(|&units| units > 0) {
                    cleared += units;
                    worth += units * i64::from(of_each);
                    let taken = WHOLE as f64 * amount as f64 - left_of(amount, cleared);
                    let apart = (taken - worth as f64).abs();
                    assert!(apart < 1e-9 * (WHOLE * amount) as f64, "{cleared} of {amount}");
                }
            }
            assert_eq!((cleared, worth), (amount, WHOLE * amount));
        }
    }

    /// The least sum of what is left, by trying all clearings.
    fn brute_force(obligations: &Obligations, cleared: &mut Vec<i64>) -> f64 {
        let Some(&amount) = obligations.amount.get(cleared.len()) else {
            let is_one = value(obligations, &[vec![0; cleared.len()]], cleared).is_ok();
            let left =
                obligations.amount.iter().zip(&*cleared).map(|(&amount, &cleared)| left_of(amount, cleared));
            return if is_one { left.sum() } else { f64::INFINITY };
        };
        let mut least = f64::INFINITY;
        for part in 0..=amount {
            cleared.push(part);
            least = least.min(brute_force(obligations, cleared));
            cleared.pop();
        }
        least
    }

    #[test]
    fn the_fairest_clearing_of_few_units_is_that_of_brute_force() {
        let mut dice = Stream::new(5);
        let mut texts = vec!["c,b,5\nc,b,2\na,c,2\nb,c,5\n".to_owned()];
        texts.extend((0..200).map(|_| {
            let names = ["a", "b", "c"];
            let mut row = || {
                let debtor = dice.below(3);
                let creditor = (debtor + 1 + dice.below(2)) % 3;
                format!("{},{},{}\n", names[debtor as usize], names[creditor as usize], 1 + dice.below(13))
            };
            (0..4).map(|_| row()).collect()
        }));
        for text in texts {
            let reading = read(format!("debtor,creditor,amount\n{text}").as_bytes()).unwrap();
            let plan = Plan::new(&reading, &[Goal::Fair], None).unwrap();
            let (clearing, _) = plan.clear(&mut |_| {});
            assert_eq!(is_optimal(&plan.obligations, &plan.levels, &clearing), Ok(true), "{text}");
            let reached = value(&plan.obligations, &plan.levels, &clearing.cleared).unwrap()[0] as f64;
            let all = (WHOLE * reading.obligations.amount.iter().sum::<i64>()) as f64;
            let least = brute_force(&reading.obligations, &mut Vec::new());
            assert!(
                (all - reached - least).abs() < 1e-6,
                "{text}: {reached} of {all}, and {least} can be left"
            );
        }
    }
}
