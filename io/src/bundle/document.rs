//! What a round of bundles comes to, with its proof, as a document for programs.
//!
//! ```json
//! {"format": "bartizan-bundles", "version": 1,
//!  "method": {"name": "branch and cut", "reason": "exchange A is not of one for one"},
//!  "summary": {"exchanges": 3, "carried_out": 2, "users": 2, "trading": 2, "units": 3, "money_moved": 5},
//!  "objectives": [{"name": "items", "value": 3, "bound": 3, "proven": true}],
//!  "proof": {"status": "optimal", "parts": [[0, 1]], "levels": [[{"scale": 1024, "cuts": [], "cases": [..]}]]},
//!  "exchanges": [
//!   {"exchange": "A", "user": "ann", "times": 1, "gives": [[{"item": "cup", "units": 2}]],
//!    "receives": [[{"item": "bike", "units": 1, "from": "bob"}]], "pays": 5}]}
//! ```
//!
//! What is given and received stands by the terms of the exchange, in their order. What is paid is below 0 where money is received. A
//! value without a proof is `bounded`: the bound is proven all the same. After the first such objective the bounds of those after it hold of
//! everything, not only of what is as good on those before.
//!
//! The proof's columns and rows are those of the integer program that `solver/src/bundle/statement.rs` states; its parts, cuts and cases are those of
//! `solver/src/certify/program.rs`, which says what they prove. Of cases, a branch (`[column, at most]`) stands before the case in which there is no more of
//! the column, and that before the case in which there is; `bound` and `void` close a case by multipliers of rows (`[row, times]`).

use std::io::{self, Write};

use bartizan_solver::bundle::{Carried, Objective, Solution, Term};
use bartizan_solver::certify::bundle::{Flaw, bounds, check_outcome};
use bartizan_solver::certify::cases::{Grown, grown, listed};
use bartizan_solver::certify::{payments, program};
use bartizan_solver::program::{Cases, Cut, PartProof, Proof};
use serde::{Deserialize, Serialize};

use super::Bundles;
use crate::document::{Status, write_rows};

/// What the document's `format` field says.
pub const FORMAT: &str = "bartizan-bundles";
/// The version that is written and read.
pub const VERSION: u32 = 1;
/// The JSON Schema of the document.
pub const SCHEMA: &str = include_str!("bundles.schema.json");
/// The method's name.
pub const METHOD: &str = "branch and cut";

/// The document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleDocument {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// How it was cleared.
    pub method: Method,
    /// The key figures.
    pub summary: Summary,
    /// What was cleared for, most important first.
    pub objectives: Vec<Reached>,
    /// What is proven, and why.
    pub proof: ProofRecord,
    /// What is carried out.
    pub exchanges: Vec<CarriedRecord>,
}

/// How a round was cleared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// [`METHOD`].
    pub name: String,
    /// Why the fast methods for want lists do not do.
    pub reason: String,
}

/// The key figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// How many exchanges there are.
    pub exchanges: usize,
    /// How many are carried out.
    pub carried_out: usize,
    /// How many users have an exchange.
    pub users: usize,
    /// How many have one carried out.
    pub trading: usize,
    /// How many units change hands.
    pub units: i64,
    /// How much money does.
    pub money_moved: i64,
}

/// An objective and what was reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reached {
    /// Its name.
    pub name: String,
    /// What was reached.
    pub value: i64,
    /// What cannot be bettered.
    pub bound: i64,
    /// Whether these are equal, and proven so for all objectives before it.
    pub proven: bool,
}

/// What is proven, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofRecord {
    /// Whether all objectives are.
    pub status: Status,
    /// The columns of each part.
    parts: Vec<Vec<u32>>,
    /// For each objective, the proof of each part.
    levels: Vec<Vec<PartRecord>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PartRecord {
    scale: i64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cuts: Vec<CutRecord>,
    cases: Vec<CaseRecord>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CutRecord {
    rows: Vec<(u32, i64)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    limits: Vec<(u32, i64)>,
    divisor: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum CaseRecord {
    Branch(u32, i64),
    Bound(Vec<(u32, i64)>),
    Void(Vec<(u32, i64)>),
}

/// An exchange that is carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarriedRecord {
    /// Which.
    pub exchange: String,
    /// Whose.
    pub user: String,
    /// How often.
    pub times: i64,
    /// For each term of what is given, the units of each item.
    pub gives: Vec<Vec<Moved>>,
    /// For each term of what is wanted, the units of each item.
    pub receives: Vec<Vec<Moved>>,
    /// What is paid.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub pays: i64,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks for it
fn is_zero(value: &i64) -> bool {
    *value == 0
}

/// Units of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// Of what.
    pub item: String,
    /// How many.
    pub units: i64,
    /// From whom it is received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// The document of a solution.
pub fn document(bundles: &Bundles<'_>, found: &Solution) -> BundleDocument {
    told(bundles, &found.carried, &found.values, &found.bounds, proof_record(&found.proof))
}

/// The document of what is carried out, with these bounds and this proof.
fn told(
    bundles: &Bundles<'_>,
    carried: &[Carried],
    values: &[i64],
    bounds: &[i64],
    mut proof: ProofRecord,
) -> BundleDocument {
    let objectives = bundles.problem.objectives.iter().zip(values.iter().zip(bounds));
    let mut are_proven = true;
    let objectives: Vec<Reached> = objectives
        .map(|(&objective, (&value, &bound))| {
            are_proven &= value == bound;
            Reached {
                name: bundles.objective_name(objective),
                value: Bundles::shown(objective, value),
                bound: Bundles::shown(objective, bound),
                proven: are_proven,
            }
        })
        .collect();
    proof.status = Status::of(are_proven);
    BundleDocument {
        format: FORMAT.into(),
        version: VERSION,
        method: Method { name: METHOD.into(), reason: bundles.why.clone() },
        summary: summary(bundles, carried),
        objectives,
        proof,
        exchanges: carried.iter().map(|own| record(bundles, own)).collect(),
    }
}

fn summary(bundles: &Bundles<'_>, carried: &[Carried]) -> Summary {
    let exchanges = &bundles.problem.exchanges;
    let count = |mut users: Vec<u32>| {
        users.sort_unstable();
        users.dedup();
        users.len()
    };
    Summary {
        exchanges: exchanges.len(),
        carried_out: carried.len(),
        users: count(exchanges.iter().map(|own| own.user).collect()),
        trading: count(carried.iter().map(|own| exchanges[own.exchange as usize].user).collect()),
        units: carried.iter().flat_map(|own| own.wants.iter().flatten()).sum(),
        money_moved: carried.iter().map(|own| own.pays.max(0)).sum(),
    }
}

fn record(bundles: &Bundles<'_>, own: &Carried) -> CarriedRecord {
    let exchange = &bundles.problem.exchanges[own.exchange as usize];
    let owner = |item: u32| bundles.problem.items[item as usize].owner;
    let moved = |terms: &[Term], units: &[Vec<i64>], is_wanted: bool| -> Vec<Vec<Moved>> {
        let term = |(term, units): (&Term, &Vec<i64>)| {
            let used = term.choices.iter().zip(units).filter(|(_, units)| **units > 0);
            used.map(|(choice, &units)| Moved {
                item: bundles.items[choice.item as usize].name.to_string(),
                units,
                from: is_wanted.then(|| bundles.users[owner(choice.item) as usize].to_string()),
            })
            .collect()
        };
        terms.iter().zip(units).map(term).collect()
    };
    CarriedRecord {
        exchange: bundles.exchanges[own.exchange as usize].to_string(),
        user: bundles.users[exchange.user as usize].to_string(),
        times: own.times,
        gives: moved(&exchange.gives, &own.gives, false),
        receives: moved(&exchange.wants, &own.wants, true),
        pays: own.pays,
    }
}

/// Writes a document, one exchange a line.
///
/// # Errors
/// Those of `out`.
pub fn write(document: &BundleDocument, out: &mut dyn Write) -> io::Result<()> {
    let head = BundleDocument { exchanges: Vec::new(), ..document.clone() };
    write_rows(out, &head, &document.exchanges)
}

/// Takes over the objectives that a document names.
///
/// # Errors
/// If one is not known.
pub fn take_objectives(bundles: &mut Bundles<'_>, document: &BundleDocument) -> Result<(), String> {
    let known = |reached: &Reached| {
        bundles.objective(&reached.name).ok_or_else(|| format!("unknown objective {:?}", reached.name))
    };
    let objectives: Vec<Objective> = document.objectives.iter().map(known).collect::<Result<_, _>>()?;
    bundles.problem.objectives = objectives;
    Ok(())
}

/// What is carried out by a document, once everything that it says is found to be so. The round must have the document's objectives.
///
/// # Errors
/// The first thing wrong.
pub fn check(bundles: &Bundles<'_>, document: &BundleDocument) -> Result<Vec<Carried>, String> {
    if document.format != FORMAT || document.version != VERSION {
        return Err(format!("expected \"format\": \"{FORMAT}\" and \"version\": {VERSION}"));
    }
    let carried: Vec<Carried> =
        document.exchanges.iter().map(|record| resolved(bundles, record)).collect::<Result<_, _>>()?;
    let flaw = |flaw: Flaw| described(bundles, document, flaw);
    let values = check_outcome(&bundles.problem, &carried).map_err(flaw)?;
    payments::check(&bundles.problem, &carried).map_err(flaw)?;
    let proof = proof(&document.proof).ok_or("the proof's cases do not fit together")?;
    let proven = bounds(&bundles.problem, &carried, &proof).map_err(flaw)?;
    let same = told(bundles, &carried, &values, &proven, document.proof.clone());
    let claims = |reached: &Reached| (reached.name.clone(), reached.value, reached.bound, reached.proven);
    if same.objectives.iter().map(claims).ne(document.objectives.iter().map(claims)) {
        return Err("the objectives do not agree with the exchanges and the proof".into());
    }
    let mut records = same.exchanges.iter().zip(&document.exchanges);
    if let Some((own, _)) = records.find(|(own, told)| own != told) {
        return Err(format!(
            "exchange {}: whose it is, or from whom it receives, is not as in the round",
            own.exchange
        ));
    }
    let fields = [
        ("method", same.method == document.method),
        ("summary", same.summary == document.summary),
        ("status", same.proof.status == document.proof.status),
    ];
    if let Some((field, _)) = fields.into_iter().find(|&(_, is_same)| !is_same) {
        return Err(format!("the {field} does not agree with the rest"));
    }
    if same != *document {
        return Err("it is written otherwise than what it says is".into());
    }
    Ok(carried)
}

fn resolved(bundles: &Bundles<'_>, record: &CarriedRecord) -> Result<Carried, String> {
    let name = &record.exchange;
    let exchange = bundles.exchanges.iter().position(|known| known == name);
    let exchange = exchange
        .ok_or_else(|| format!("the round has no exchange {name:?}: is the outcome of another round?"))?;
    let own = &bundles.problem.exchanges[exchange];
    let term = |term: &Term, moved: &Vec<Moved>| -> Result<Vec<i64>, String> {
        let mut units = vec![0; term.choices.len()];
        for part in moved {
            let is_it = |item: u32| bundles.items[item as usize].name == part.item;
            let place = term.choices.iter().position(|choice| is_it(choice.item));
            let place = place.ok_or_else(|| {
                format!(
                    "{name}: {:?} is none of the choices there: is the outcome of another round?",
                    part.item
                )
            })?;
            if part.units < 1 || std::mem::replace(&mut units[place], part.units) != 0 {
                return Err(format!("{name}: {:?} is to stand there once, with 1 unit or more", part.item));
            }
        }
        Ok(units)
    };
    let terms = |terms: &[Term], moved: &[Vec<Moved>]| {
        if terms.len() != moved.len() {
            return Err(format!("{name}: expected what each of its parts comes to"));
        }
        terms.iter().zip(moved).map(|(own, moved)| term(own, moved)).collect()
    };
    let gives = terms(&own.gives, &record.gives)?;
    let wants = terms(&own.wants, &record.receives)?;
    Ok(Carried { exchange: exchange as u32, times: record.times, gives, wants, pays: record.pays })
}

fn described(bundles: &Bundles<'_>, document: &BundleDocument, flaw: Flaw) -> String {
    let entry = |index: usize| document.exchanges.get(index).map_or("?", |own| own.exchange.as_str());
    match flaw {
        Flaw::NotCarried(index) => {
            format!(
                "exchange {} stands out of order, twice, or is carried out too often or never",
                entry(index)
            )
        }
        Flaw::WrongUnits(index) => {
            format!("exchange {} gives or receives other units than it says", entry(index))
        }
        Flaw::Refused(index) => format!("exchange {} receives from a user who is refused", entry(index)),
        Flaw::WrongPayment(index) => format!("exchange {} pays more or less than it says", entry(index)),
        Flaw::Unbalanced(item) => {
            format!(
                "{} is not received as often as given, or given more often than it is there",
                bundles.items[item].name
            )
        }
        Flaw::BeyondCap(user) => format!("{} gives, receives or pays more than its cap", bundles.users[user]),
        Flaw::BeyondLimit(limit) => format!("limit {} is not kept", limit + 1),
        Flaw::Unpaid => "what is paid is not what is received".into(),
        Flaw::WrongShare(index) => {
            format!("exchange {} pays another share of the way to its most than it is to", entry(index))
        }
        Flaw::Proof(program::Flaw::LeftOut(column)) => {
            format!("the proof has column {column}, which may be more than 0, in no part")
        }
        Flaw::Proof(program::Flaw::Overflow) => {
            "the numbers of the proof are too large to be added up".into()
        }
        Flaw::Proof(_) => "the proof is not one of this round".into(),
    }
}

fn proof_record(proof: &Proof) -> ProofRecord {
    let cut =
        |cut: &Cut| CutRecord { rows: cut.rows.clone(), limits: cut.limits.clone(), divisor: cut.divisor };
    let case = |case: &Cases| match case {
        Cases::Bound(cited) => CaseRecord::Bound(cited.clone()),
        Cases::Void(cited) => CaseRecord::Void(cited.clone()),
        &Cases::Branch { column, at_most, .. } => CaseRecord::Branch(column, at_most),
    };
    let part = |part: &PartProof| {
        let cases = listed(&part.cases, branches).into_iter().map(case).collect();
        PartRecord { scale: part.scale, cuts: part.cuts.iter().map(cut).collect(), cases }
    };
    let levels = proof.levels.iter().map(|level| level.iter().map(part).collect()).collect();
    ProofRecord { status: Status::Optimal, parts: proof.parts.clone(), levels }
}

/// The two cases of a branch.
fn branches(cases: &Cases) -> Option<[&Cases; 2]> {
    match cases {
        Cases::Bound(_) | Cases::Void(_) => None,
        Cases::Branch { low, high, .. } => Some([low, high]),
    }
}

/// The proof of a record; `None` if the cases are not those of one tree.
fn proof(record: &ProofRecord) -> Option<Proof> {
    let case = |case: &CaseRecord| match case {
        CaseRecord::Bound(cited) => Grown::Leaf(Cases::Bound(cited.clone())),
        CaseRecord::Void(cited) => Grown::Leaf(Cases::Void(cited.clone())),
        &CaseRecord::Branch(column, at_most) => Grown::Branch(Box::new(move |low, high| Cases::Branch {
            column,
            at_most,
            low: Box::new(low),
            high: Box::new(high),
        })),
    };
    let cut =
        |cut: &CutRecord| Cut { rows: cut.rows.clone(), limits: cut.limits.clone(), divisor: cut.divisor };
    let part = |part: &PartRecord| {
        let cuts = part.cuts.iter().map(cut).collect();
        Some(PartProof { scale: part.scale, cuts, cases: grown(part.cases.iter(), case)? })
    };
    let level = |level: &Vec<PartRecord>| level.iter().map(part).collect::<Option<Vec<PartProof>>>();
    let levels = record.levels.iter().map(level).collect::<Option<_>>()?;
    Some(Proof { parts: record.parts.clone(), levels })
}
