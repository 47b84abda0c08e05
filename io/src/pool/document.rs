//! Bounded rings and chains with their proof, as a document for programs.
//!
//! ```json
//! {"format": "bartizan-exchange", "version": 1,
//!  "rules": {"max_ring": 3, "max_chain": 4, "objectives": ["transplants"], "last_donations_count": false},
//!  "summary": {"transplants": 5, "gain": 5, "rings": 1, "ring_sizes": [3], "chains": 1, "chain_sizes": [2], "last_donations": 1},
//!  "proof": {"status": "optimal", "bound": 5, "gap": 0, "levels": [{"objective": "transplants", "value": 5, "bound": 5, "multiplier": 0, "certificate": [..]}]},
//!  "rings": [[{"node": 1, "name": "Pair 1"}, ..]], "chains": [[{"node": 9, "name": "Altruist 9"}, ..]]}
//! ```
//!
//! Nodes count from 1 in the order of the pool's file. In a ring each gives to the next, the last to the first; a chain starts
//! with its altruist. `passes` are what the arc to the next uses that only one arc may. `max_chain` counts pairs reached after the
//! altruist; where weight is an objective, `weight_decimals` says how many of the last digits of its values stand behind the point; `transplants` counts nodes that receive, and never a chain's last donation, which `last_donations` counts.
//!
//! Each level of the proof is of a sum: its own objective, and `multiplier` times the sum before, where that one's multiplier counts 1 more than it says.
//! A certificate is a list of parts: `nodes` (from 1) and `passes`, a `scale`, and `cases`, in which a branch on an arc (its number, from 0, by
//! giver, receiver and passes) stands before the case without the arc, and that before the case without its rivals;
//! `prices` close a case. `solver/src/certify/exchange.rs` says what they prove.

use bartizan_solver::certify::cases::{Grown, grown, listed};
use bartizan_solver::certify::exchange::{Cases, Flaw, MOST_LOOKS, PartProof, Proof, bound, check_choice};
use bartizan_solver::exchange::{Level, Leveled, MOST_GAIN, Pool, Reached, sums};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PoolReading;
use super::rules::{Aim, Rules};
use crate::document::Status;

/// What the document's `format` field says.
pub const FORMAT: &str = "bartizan-exchange";
/// The version that is written and read.
pub const VERSION: u32 = 1;

/// The document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExchangeDocument {
    /// Says what this document is: `bartizan-exchange`.
    pub format: String,
    /// The version of this form of document: 1.
    pub version: u32,
    /// What was asked.
    pub rules: Rules,
    /// Where weight is an objective: so many of the last digits of its values and bounds stand behind the decimal point. A weight has no unit but
    /// that of the pool's file: 5025 with 2 of them is a sum of 50.25 of its weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_decimals: Option<u8>,
    /// The key figures.
    pub summary: Summary,
    /// What is proven, and why.
    pub proof: ProofRecord,
    /// The rings.
    pub rings: Vec<Vec<Step>>,
    /// The chains.
    pub chains: Vec<Vec<Step>>,
}

/// The key figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// How many nodes receive.
    pub transplants: usize,
    /// What was reached of the first objective.
    pub gain: i64,
    /// How many rings.
    pub rings: usize,
    /// The number of nodes of each ring, the longest first.
    pub ring_sizes: Vec<usize>,
    /// How many chains.
    pub chains: usize,
    /// The number of nodes that each chain reaches, the longest first.
    pub chain_sizes: Vec<usize>,
    /// How many donors are left over at the ends of chains.
    pub last_donations: usize,
}

/// What is proven, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProofRecord {
    /// Whether all objectives are proven.
    pub status: Status,
    /// What nothing exceeds by the first objective that is not proven, else by the first of all.
    pub bound: i64,
    /// By how much that bound exceeds what was reached.
    pub gap: i64,
    /// The objectives in their order; none comes after one that is not proven.
    pub levels: Vec<LevelRecord>,
}

/// One objective: what was reached, what cannot be exceeded given those before it, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelRecord {
    /// The objective.
    pub objective: Aim,
    /// What was reached: a count, or of weight a sum with `weight_decimals` digits behind the point.
    pub value: i64,
    /// What nothing exceeds that is as good by the objectives before.
    pub bound: i64,
    /// What the sum of those before is multiplied by.
    pub multiplier: i64,
    /// Why the sum is no greater.
    pub certificate: Vec<PartRecord>,
}

/// The proof of one part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartRecord {
    nodes: Vec<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    passes: Vec<u32>,
    scale: i64,
    cases: Vec<CaseRecord>,
}

/// A branch, or the prices that close a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum CaseRecord {
    Branch(u32),
    Prices(Vec<i64>),
}

/// A node of a ring or chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its place in the pool, from 1.
    pub node: u32,
    /// What it is called.
    pub name: String,
    /// What the arc to the next node uses that only one arc may.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passes: Vec<u32>,
    /// Which of its donors gives, where it has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub donor: Option<String>,
}

impl Step {
    /// What it is called, with the donor who gives where it has several.
    pub fn shown(&self) -> String {
        let donor = self.donor.as_ref().map_or(String::new(), |donor| format!(" ({donor})"));
        format!("{}{donor}", self.name)
    }
}

/// Those through whose hands a ring or chain goes, by name: a chain from its altruist to the last hand, a ring back to its first.
pub fn hands(list: &[Step], is_ring: bool) -> Vec<String> {
    let back = list.first().filter(|_| is_ring);
    list.iter().chain(back).map(Step::shown).collect()
}

/// The document of an exchange in the pool of these rules.
///
/// # Panics
/// If what was found cannot be chosen.
pub fn document(reading: &PoolReading, rules: Rules, pool: &Pool, found: &Leveled) -> ExchangeDocument {
    check_choice(pool, rules.caps(), &found.rings, &found.chains)
        .expect("rings and chains that share nothing");
    let step = |node: usize| {
        let (number, name) = (node as u32 + 1, reading.names[node].clone());
        Step { node: number, name, passes: Vec::new(), donor: None }
    };
    let giver = |&arc: &u32| {
        let (tail, head) = (pool.tail(arc as usize), pool.head(arc as usize));
        let passes = pool.passes(arc as usize);
        let donor = reading.donors.giving(tail, head, passes).cloned();
        Step { passes: passes.to_vec(), donor, ..step(tail) }
    };
    let rings: Vec<Vec<Step>> = found.rings.iter().map(|ring| ring.iter().map(giver).collect()).collect();
    let chain = |arcs: &Vec<u32>| {
        let last = arcs.last().map(|&arc| step(pool.head(arc as usize)));
        arcs.iter().map(giver).chain(last).collect::<Vec<Step>>()
    };
    let chains: Vec<Vec<Step>> = found.chains.iter().map(chain).collect();
    let figures = figures(pool, &rules.levels(reading), &found.reached, (&found.rings, &found.chains));
    let level = |((&objective, reached), (value, bound)): ((&Aim, &Reached), (i64, i64))| LevelRecord {
        objective,
        value,
        bound,
        multiplier: reached.multiplier,
        certificate: reached.proof.parts.iter().map(part_record).collect(),
    };
    let levels: Vec<LevelRecord> =
        rules.objectives.iter().zip(&found.reached).zip(figures).map(level).collect();
    ExchangeDocument {
        format: FORMAT.into(),
        version: VERSION,
        summary: summary(levels[0].value, &rings, &chains),
        proof: proof(levels, rules.objectives.len()),
        weight_decimals: weight_decimals(reading, &rules),
        rules,
        rings,
        chains,
    }
}

/// How many digits of weights stand behind the point, where there are weights.
fn weight_decimals(reading: &PoolReading, rules: &Rules) -> Option<u8> {
    rules.objectives.contains(&Aim::Weight).then_some(reading.weight_decimals)
}

/// What was reached of each level, and what nothing exceeds that is as good by those before: what is left of the bound of the sum, or what the pool itself allows
/// if that is less.
fn figures(
    pool: &Pool,
    levels: &[Level],
    reached: &[Reached],
    (rings, chains): (&[Vec<u32>], &[Vec<u32>]),
) -> Vec<(i64, i64)> {
    let sums = sums(levels, reached);
    let mut figures: Vec<(i64, i64)> = Vec::with_capacity(reached.len());
    for ((level, sum), reached) in levels.iter().zip(&sums).zip(reached) {
        let (value, whole) = (level.value(rings, chains), sum.value(rings, chains));
        let proven = figures.iter().take_while(|(value, bound)| value == bound).map(|figures| figures.0);
        let most = level.most(pool, levels.iter().zip(proven));
        figures.push((value, (reached.bound - (whole - value)).min(most)));
    }
    figures
}

/// The proof of so many objectives of which these levels are told.
fn proof(levels: Vec<LevelRecord>, count: usize) -> ProofRecord {
    let told = levels.iter().find(|level| level.value < level.bound).unwrap_or(&levels[0]);
    let (bound, gap) = (told.bound, told.bound - told.value);
    ProofRecord { status: Status::of(gap == 0 && levels.len() == count), bound, gap, levels }
}

fn summary(gain: i64, rings: &[Vec<Step>], chains: &[Vec<Step>]) -> Summary {
    let sizes = |lists: &[Vec<Step>], less: usize| {
        let mut sizes: Vec<usize> = lists.iter().map(|list| list.len() - less).collect();
        sizes.sort_unstable_by(|one, other| other.cmp(one));
        sizes
    };
    let (ring_sizes, chain_sizes) = (sizes(rings, 0), sizes(chains, 1));
    Summary {
        transplants: ring_sizes.iter().chain(&chain_sizes).sum(),
        gain,
        rings: rings.len(),
        ring_sizes,
        chains: chains.len(),
        chain_sizes,
        last_donations: chains.len(),
    }
}

fn part_record(part: &PartProof) -> PartRecord {
    let record = |case: &Cases| match case {
        Cases::Leaf { prices } => CaseRecord::Prices(prices.clone()),
        Cases::Branch { arc, .. } => CaseRecord::Branch(*arc),
    };
    let cases = listed(&part.cases, branches).into_iter().map(record).collect();
    let nodes = part.nodes.iter().map(|&node| node + 1).collect();
    PartRecord { nodes, passes: part.passes.clone(), scale: part.scale, cases }
}

/// The two cases of a branch.
fn branches(cases: &Cases) -> Option<[&Cases; 2]> {
    match cases {
        Cases::Leaf { .. } => None,
        Cases::Branch { without, only, .. } => Some([without, only]),
    }
}

/// The parts of a record; `None` if the cases are not well formed.
fn part_proof(record: &PartRecord) -> Option<PartProof> {
    let case = |case: &CaseRecord| match case {
        CaseRecord::Prices(prices) => Grown::Leaf(Cases::Leaf { prices: prices.clone() }),
        &CaseRecord::Branch(arc) => Grown::Branch(Box::new(move |without, only| Cases::Branch {
            arc,
            without: Box::new(without),
            only: Box::new(only),
        })),
    };
    let cases = grown(record.cases.iter(), case)?;
    let nodes = record.nodes.iter().map(|&node| node.checked_sub(1)).collect::<Option<Vec<u32>>>()?;
    Some(PartProof { nodes, passes: record.passes.clone(), scale: record.scale, cases })
}

/// What is wrong with a document, as a sentence.
///
/// # Errors
/// The first thing wrong.
pub fn check(reading: &PoolReading, document: &ExchangeDocument) -> Result<(), String> {
    if document.format != FORMAT || document.version != VERSION {
        return Err(format!("expected \"format\": \"{FORMAT}\" and \"version\": {VERSION}"));
    }
    let (rules, record) = (&document.rules, &document.proof);
    rules.check(reading)?;
    let decimals = weight_decimals(reading, rules);
    if document.weight_decimals != decimals {
        let told =
            decimals.map_or("none, since weight is no objective".into(), |decimals| decimals.to_string());
        return Err(format!("\"weight_decimals\": expected {told}"));
    }
    let pool = Rules::pool(reading);
    let rings = arcs(reading, &pool, &document.rings, true)?;
    let chains = arcs(reading, &pool, &document.chains, false)?;
    let caps = rules.caps();
    check_choice(&pool, caps, &rings, &chains).map_err(|flaw| told(reading, document, &flaw))?;
    let levels = rules.levels(reading);
    let objectives: Vec<Aim> = record.levels.iter().map(|level| level.objective).collect();
    if objectives.is_empty() || !rules.objectives.starts_with(&objectives) {
        return Err("the proof's levels are not the objectives in their order".into());
    }
    let mut reached = Vec::with_capacity(record.levels.len());
    for level in &record.levels {
        let parts = level.certificate.iter().map(part_proof).collect::<Option<Vec<PartProof>>>();
        let proof = Proof { parts: parts.ok_or("the certificate's cases do not fit together")? };
        // Before the first level there is nothing to multiply.
        let most = if reached.is_empty() { 0 } else { MOST_GAIN };
        if !(0..=most).contains(&level.multiplier) {
            return Err(format!("a multiplier of {} that is not from 0 to {most}", level.objective.name()));
        }
        reached.push(Reached { multiplier: level.multiplier, bound: 0, proof });
    }
    for (sum, reached) in checked_sums(&levels, &reached)?.iter().zip(&mut reached) {
        let pool = pool.with_gains(sum.gains.clone(), sum.ring_gain);
        reached.bound = bound(&pool, caps, &reached.proof).map_err(|flaw| told(reading, document, &flaw))?;
    }
    let figures = figures(&pool, &levels, &reached, (&rings, &chains));
    for (at, (level, (value, bound))) in record.levels.iter().zip(figures).enumerate() {
        if level.value != value || level.bound < bound {
            return Err(format!(
                "{}: the value or the bound is not what the certificate proves",
                level.objective.name()
            ));
        }
        if level.value < level.bound && at + 1 < record.levels.len() {
            return Err(format!(
                "{}: it is not proven, so nothing is that comes after it",
                level.objective.name()
            ));
        }
    }
    if summary(record.levels[0].value, &document.rings, &document.chains) != document.summary {
        return Err("the summary does not agree with the rings and chains".into());
    }
    if proof(record.levels.clone(), rules.objectives.len()) == *record {
        Ok(())
    } else {
        Err("the proof's status, bound or gap does not agree with its levels".into())
    }
}

/// The sums of the levels, if they are small enough to be added up.
fn checked_sums(levels: &[Level], reached: &[Reached]) -> Result<Vec<Level>, String> {
    let mut greatest = 0_i128;
    for (level, reached) in levels.iter().zip(reached) {
        let own = level.gains.iter().max().copied().unwrap_or(0);
        greatest =
            greatest * i128::from(reached.multiplier + 1) + i128::from(own) + i128::from(level.ring_gain);
        // At once, before the next multiplier leads out of 128 bits.
        if levels.len() > 1 && greatest > i128::from(MOST_GAIN) {
            return Err("the multipliers are too large".into());
        }
    }
    Ok(sums(levels, reached))
}

/// The arcs of rings or chains.
fn arcs(
    reading: &PoolReading,
    pool: &Pool,
    lists: &[Vec<Step>],
    is_ring: bool,
) -> Result<Vec<Vec<u32>>, String> {
    let node = |step: &Step| {
        let node = (step.node as usize).wrapping_sub(1);
        let is_known = reading.names.get(node) == Some(&step.name);
        if is_known {
            Ok(node)
        } else if node >= reading.names.len() {
            Err(format!(
                "node {} is {:?}, and the pool has {} nodes: is the outcome of another pool? (Where altruists are in a file of their own, --altruists names it.)",
                step.node,
                step.name,
                reading.names.len()
            ))
        } else {
            let (number, told, known) = (step.node, &step.name, &reading.names[node]);
            Err(format!(
                "node {number} is {told:?}, and in the pool {known:?}: is the outcome of another pool?"
            ))
        }
    };
    let between = |from: &Step, to: &Step| {
        let (tail, head) = (node(from)?, node(to)?);
        let mut fitting =
            pool.arcs(tail).filter(|&arc| pool.head(arc) == head && pool.passes(arc) == from.passes);
        let arc = fitting.next().ok_or_else(|| {
            format!("{} cannot give to {}: is the outcome of another pool?", from.name, to.name)
        })?;
        let donor = reading.donors.giving(tail, head, &from.passes);
        if from.donor.as_ref() != donor {
            let told = |donor: Option<&String>| donor.map_or("none by name".to_owned(), String::clone);
            let (told, known) = (told(from.donor.as_ref()), told(donor));
            return Err(format!(
                "the donor of {} who gives to {} is {told}, and in the pool {known}",
                from.name, to.name
            ));
        }
        Ok(arc as u32)
    };
    let list = |steps: &Vec<Step>| {
        let (Some(first), Some(last)) = (steps.first(), steps.last()) else {
            return Err("a ring or chain of nobody".into());
        };
        let mut arcs =
            steps.windows(2).map(|pair| between(&pair[0], &pair[1])).collect::<Result<Vec<u32>, String>>()?;
        if is_ring {
            arcs.push(between(last, first)?);
        }
        Ok(arcs)
    };
    lists.iter().map(list).collect()
}

fn told(reading: &PoolReading, document: &ExchangeDocument, flaw: &Flaw) -> String {
    let first = |lists: &[Vec<Step>], index: usize| {
        lists.get(index).and_then(|list| list.first()).map_or("?".into(), |step| step.name.clone())
    };
    match *flaw {
        Flaw::NotARing(ring) => {
            let most = document.rules.max_ring;
            format!("the ring of {} is none of at most {most} nodes", first(&document.rings, ring))
        }
        Flaw::NotAChain(chain) => {
            let most = document.rules.max_chain;
            format!(
                "the chain of {} is none that reaches at most {most} nodes",
                first(&document.chains, chain)
            )
        }
        Flaw::UsedTwice(row) => match reading.names.get(row) {
            Some(name) => format!("{name} is used twice"),
            None => format!("pass {} is used twice", row - reading.names.len()),
        },
        Flaw::WrongShape => "the certificate is not made for this pool: is the outcome of another?".into(),
        Flaw::NotApart(part) => format!("part {} of the certificate is tied to another", part + 1),
        Flaw::WorthMore(part) => {
            format!("in part {} of the certificate something is worth more than its prices", part + 1)
        }
        Flaw::NotShown(part) => format!(
            "in part {} of the certificate it is not shown within {MOST_LOOKS} looks that no chain is worth more than its prices",
            part + 1
        ),
        Flaw::Overflow => "a sum does not fit in 64 bits".into(),
    }
}
