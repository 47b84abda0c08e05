//! Whether a document of netting is of a file, keeps every net position, and is proven: by the solver's own check, which shares nothing with its search.

use bartizan_solver::certify::fewest::{self, PartProof};
use bartizan_solver::certify::netting as certify;
use bartizan_solver::netting::Clearing;
use hashbrown::HashMap;

use super::document::{Document, FORMAT, SetOff, Summary, VERSION};
use super::plan::{FEWEST, Goal, Plan};
use super::read::Reading;
use crate::document::Status;

/// Whether `document` is a sound and proven clearing of the file.
///
/// # Errors
/// Says the first thing that is wrong.
pub fn check(reading: &Reading, document: &Document<'_>) -> Result<(), String> {
    if document.format != FORMAT || document.version != VERSION {
        return Err(format!(
            "expected {FORMAT} of version {VERSION}, not {} of version {}",
            document.format, document.version
        ));
    }
    if document.decimals != reading.decimals {
        return Err(format!(
            "amounts have {} decimals there, and {} in the file",
            document.decimals, reading.decimals
        ));
    }
    let goals = goals(document)?;
    if let Some(fault) = Plan::fault(&goals) {
        return Err(format!("its objectives are none: {fault}"));
    }
    let plan = Plan::new(reading, &goals, document.credit.as_ref().map(|credit| credit.terms))?;
    let names: Vec<&str> = document.objectives.iter().map(|objective| &*objective.name).collect();
    if !plan
        .objectives
        .iter()
        .map(String::as_str)
        .chain(plan.is_fewest.then_some(FEWEST))
        .eq(names.iter().copied())
    {
        return Err(format!(
            "its objectives are {}, and the file's {}",
            names.join(", "),
            plan.objectives.join(", ")
        ));
    }
    let rows = of_rows(reading, &document.cleared)?;
    let cleared = plan.of_pieces(&rows, &of_credit(reading, document, &plan)?);
    let owed = plan.credit_used(&cleared, reading.names.len());
    let value = certify::value(&plan.obligations, &plan.levels, &cleared)
        .map_err(|flaw| told(&flaw, reading, &plan))?;
    let bound = certify::bound(&plan.obligations, &plan.levels, &document.proof.potentials)
        .map_err(|flaw| told(&flaw, reading, &plan))?;
    for (objective, (value, bound)) in document.objectives.iter().zip(value.iter().zip(&bound)) {
        if i128::from(objective.value) != *value {
            return Err(format!("it says that {} is {}, and it is {value}", objective.name, objective.value));
        }
        if value != bound {
            return Err(format!(
                "{}: {value} is allowed, but not proven: its proof only shows that no more than {bound} can be",
                objective.name
            ));
        }
        if !objective.proven || i128::from(objective.bound) != *bound {
            return Err(format!("{} is proven, and it says otherwise", objective.name));
        }
    }
    if !plan.is_fewest && !document.proof.parts.is_empty() {
        return Err("its proof has parts, which are of fewest alone".to_owned());
    }
    if plan.is_fewest {
        check_fewest(reading, document, &plan, cleared)?;
    }
    let is_proven = document.objectives.iter().all(|objective| objective.proven);
    if document.proof.status != Status::of(is_proven) {
        return Err("its status says otherwise than its objectives".to_owned());
    }
    if document.summary != Summary::new(reading, &rows, &owed) {
        return Err("its summary is of something else than what it clears".to_owned());
    }
    Ok(())
}

/// How few obligations are touched, and how few can be.
fn check_fewest(
    reading: &Reading,
    document: &Document<'_>,
    plan: &Plan,
    cleared: Vec<i64>,
) -> Result<(), String> {
    let said = document.objectives.last().expect("it has the plan's objectives");
    let touched = cleared[..plan.rows].iter().filter(|&&cleared| cleared > 0).count();
    let parts: Result<Vec<PartProof>, String> =
        document.proof.parts.iter().map(|part| part.proof(reading)).collect();
    let clearing = Clearing { cleared, potentials: document.proof.potentials.clone() };
    let bound = fewest::bound(&plan.obligations, &plan.levels, (&clearing, plan.rows), &parts?);
    let bound = bound.map_err(|flaw| match flaw {
        fewest::Flaw::NoPart(part) => {
            format!("part {} of its proof is not of all who can be cleared together", part + 1)
        }
        fewest::Flaw::NoTree(part) => format!("the cases of part {} of its proof are not all", part + 1),
    })?;
    if i64::try_from(touched) != Ok(said.value) {
        return Err(format!("it says that {} obligations are touched, and {touched} are", said.value));
    }
    if i64::try_from(bound) != Ok(said.bound) {
        return Err(format!(
            "it says that no fewer than {} can be touched, and its proof says {bound}",
            said.bound
        ));
    }
    if said.proven != (said.value == said.bound) {
        return Err("fewest: it is proven if as few are touched as can be, and it says otherwise".to_owned());
    }
    Ok(())
}

/// The goals whose classes a document's objectives are.
///
/// # Errors
/// If it names one that is none, or none at all, as a sentence.
pub fn goals(document: &Document<'_>) -> Result<Vec<Goal>, String> {
    let mut goals = Vec::new();
    for objective in &document.objectives {
        let name = &*objective.name;
        let goal = Goal::of(name).ok_or_else(|| {
            format!("unknown objective {name:?}: expected total, priority N, due DATE, fair, fewest")
        })?;
        if goals.last() != Some(&goal) {
            goals.push(goal);
        }
    }
    if goals.is_empty() {
        return Err("it names no objective, so it proves nothing".to_owned());
    }
    Ok(goals)
}

/// What is cleared of each of the file's obligations.
fn of_rows(reading: &Reading, set_offs: &[SetOff<'_>]) -> Result<Vec<i64>, String> {
    let mut cleared = vec![0; reading.rows.len()];
    let mut before = 0;
    for set_off in set_offs {
        let line = set_off.line;
        if line < before {
            return Err(format!("line {line} comes after line {before}: expected the order of the file"));
        }
        before = line;
        let number = reading.number(line)?;
        let name = |participant: u32| &reading.names[participant as usize];
        let [debtor, creditor] =
            [reading.obligations.debtor[number], reading.obligations.creditor[number]].map(name);
        let amount = reading.obligations.amount[number];
        let is_same = *set_off.debtor == **debtor
            && *set_off.creditor == **creditor
            && set_off.amount == amount
            && *set_off.id == *reading.rows[number].id;
        if !is_same {
            return Err(format!(
                "line {line} of the file is what {debtor} owes {creditor}, {}: it is another obligation there",
                reading.shown(amount)
            ));
        }
        if set_off.cleared <= 0 || cleared[number] != 0 {
            return Err(format!("line {line}: expected once, with something that is cleared"));
        }
        cleared[number] = set_off.cleared;
    }
    Ok(cleared)
}

/// What flows by way of credit, by offer.
fn of_credit(reading: &Reading, document: &Document<'_>, plan: &Plan) -> Result<Vec<i64>, String> {
    let Some(credit) = &document.credit else { return Ok(Vec::new()) };
    let mut flows = vec![0; plan.obligations.amount.len() - plan.rows];
    let numbers: HashMap<&str, usize> =
        reading.names.iter().enumerate().map(|(number, name)| (name.as_str(), number)).collect();
    let mut lent: i64 = 0;
    for used in &credit.used {
        let number = numbers
            .get(&*used.participant)
            .ok_or_else(|| format!("{} uses credit, and is not in the file", used.participant))?;
        // Each has an offer to lend, then one to borrow.
        let place = 2 * number + usize::from(used.owes > 0);
        if used.owes == 0 || flows[2 * number] != 0 || flows[2 * number + 1] != 0 {
            return Err(format!("{} uses credit: expected once, and some", used.participant));
        }
        flows[place] =
            used.owes.unsigned_abs().try_into().map_err(|_| "credit beyond all numbers".to_owned())?;
        if used.owes < 0 {
            lent = lent.saturating_add(flows[place]);
        }
    }
    if let Some(last) = flows.last_mut() {
        *last = lent;
    }
    Ok(flows)
}

fn told(flaw: &certify::Flaw, reading: &Reading, plan: &Plan) -> String {
    match *flaw {
        certify::Flaw::WrongShape => {
            "its proof has not one potential for each participant and objective".to_owned()
        }
        certify::Flaw::Overflow => "its proof's potentials are too large".to_owned(),
        certify::Flaw::OutOfRange(number) => match reading.rows.get(number / plan.pieces) {
            Some(row) => format!("line {}: more is cleared than is owed", row.line),
            None => "more credit is used than is offered".to_owned(),
        },
        certify::Flaw::Unbalanced(participant) => match reading.names.get(participant) {
            Some(name) => format!("{name} is released of another amount than it releases others of"),
            None => "what is lent is not what is borrowed".to_owned(),
        },
    }
}
