//! Bounded rings and chains with their proof, as a document for programs.
//!
//! ```json
//! {"format": "bartizan-exchange", "version": 1,
//!  "rules": {"max_ring": 3, "max_chain": 4, "objective": "transplants", "last_donations_count": false},
//!  "summary": {"transplants": 5, "gain": 5, "rings": 1, "ring_sizes": [3], "chains": 1, "chain_sizes": [2], "last_donations": 1},
//!  "proof": {"status": "optimal", "bound": 5, "gap": 0, "certificate": [..]},
//!  "rings": [[{"node": 1, "name": "Pair 1"}, ..]], "chains": [[{"node": 9, "name": "Altruist 9"}, ..]]}
//! ```
//!
//! Nodes count from 1 in the order of the pool's file. In a ring each gives to the next, the last to the first; a chain starts
//! with its altruist. `passes` are what the arc to the next uses that only one arc may. `max_chain` counts pairs reached after the
//! altruist; `transplants` counts nodes that receive, and never a chain's last donation, which `last_donations` counts.
//!
//! A certificate is a list of parts: `nodes` (from 1) and `passes`, a `scale`, and `cases`, in which a branch on an arc (its number, from 0, by
//! giver, receiver and passes) stands before the case without the arc, and that before the case without its rivals;
//! `prices` close a case. `solver/src/certify/exchange.rs` says what they prove.

use bartizan_solver::certify::exchange::{Cases, Flaw, PartProof, Proof, bound, check_choice};
use bartizan_solver::exchange::{Arc, Caps, Exchange, Pool};
use serde::{Deserialize, Serialize};

use super::PoolReading;
use crate::document::Status;

/// What the document's `format` field says.
pub const FORMAT: &str = "bartizan-exchange";
/// The version that is written and read.
pub const VERSION: u32 = 1;
/// Cases nest at most that deep.
const MOST_DEPTH: usize = 1_000;

/// What an exchange is cleared for, and within which bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// The most nodes of a ring.
    pub max_ring: u32,
    /// The most nodes that a chain reaches after its altruist.
    pub max_chain: u32,
    /// What is to be great.
    pub objective: Aim,
    /// Whether the last donation of each chain counts as a transplant more.
    pub last_donations_count: bool,
}

/// What is to be great.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Aim {
    /// The number of transplants.
    Transplants,
    /// The weights of transplants.
    Weight,
}

impl Rules {
    /// The caps of the solver.
    pub fn caps(&self) -> Caps {
        Caps { ring: self.max_ring, chain: self.max_chain }
    }

    /// The pool whose gains these rules count.
    pub fn pool(&self, reading: &PoolReading) -> Pool {
        if !self.last_donations_count {
            return reading.pool(self.objective == Aim::Weight);
        }
        let last = |arc: &Arc| i64::from(reading.is_altruist[arc.tail as usize]);
        let gain = |arc: &Arc| if self.objective == Aim::Weight { arc.gain } else { 1 + last(arc) };
        let arcs = reading.arcs.iter().map(|arc| Arc { gain: gain(arc), ..arc.clone() }).collect();
        Pool::new(reading.is_altruist.clone(), arcs)
    }
}

/// The document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExchangeDocument {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// What was asked.
    pub rules: Rules,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// How many nodes receive.
    pub transplants: usize,
    /// What was to be great.
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofRecord {
    /// Whether the bound is reached.
    pub status: Status,
    /// What nothing exceeds.
    pub bound: i64,
    /// By how much the bound exceeds the gain.
    pub gap: i64,
    /// Why.
    pub certificate: Vec<PartRecord>,
}

/// The proof of one part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartRecord {
    nodes: Vec<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    passes: Vec<u32>,
    scale: i64,
    cases: Vec<CaseRecord>,
}

/// A branch, or the prices that close a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum CaseRecord {
    Branch(u32),
    Prices(Vec<i64>),
}

/// A node of a ring or chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its place in the pool, from 1.
    pub node: u32,
    /// What it is called.
    pub name: String,
    /// What the arc to the next node uses that only one arc may.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passes: Vec<u32>,
}

/// The document of an exchange.
pub fn document(reading: &PoolReading, rules: Rules, pool: &Pool, exchange: &Exchange) -> ExchangeDocument {
    let step = |node: usize, passes: &[u32]| Step {
        node: node as u32 + 1,
        name: reading.names[node].clone(),
        passes: passes.to_vec(),
    };
    let giver = |&arc: &u32| step(pool.tail(arc as usize), pool.passes(arc as usize));
    let rings: Vec<Vec<Step>> = exchange.rings.iter().map(|ring| ring.iter().map(giver).collect()).collect();
    let chain = |arcs: &Vec<u32>| {
        let last = arcs.last().map(|&arc| step(pool.head(arc as usize), &[]));
        arcs.iter().map(giver).chain(last).collect::<Vec<Step>>()
    };
    let chains: Vec<Vec<Step>> = exchange.chains.iter().map(chain).collect();
    let gap = exchange.bound - exchange.gain;
    ExchangeDocument {
        format: FORMAT.into(),
        version: VERSION,
        rules,
        summary: summary(exchange.gain, &rings, &chains),
        proof: ProofRecord {
            status: Status::of(gap == 0),
            bound: exchange.bound,
            gap,
            certificate: exchange.proof.parts.iter().map(part_record).collect(),
        },
        rings,
        chains,
    }
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
    let mut cases = Vec::new();
    let mut open = vec![&part.cases];
    while let Some(case) = open.pop() {
        match case {
            Cases::Leaf { prices } => cases.push(CaseRecord::Prices(prices.clone())),
            Cases::Branch { arc, without, only } => {
                cases.push(CaseRecord::Branch(*arc));
                open.push(only);
                open.push(without);
            }
        }
    }
    let nodes = part.nodes.iter().map(|&node| node + 1).collect();
    PartRecord { nodes, passes: part.passes.clone(), scale: part.scale, cases }
}

/// The parts of a record; `None` if the cases are not well formed.
fn part_proof(record: &PartRecord) -> Option<PartProof> {
    fn cases(records: &mut std::slice::Iter<'_, CaseRecord>, depth: usize) -> Option<Cases> {
        if depth > MOST_DEPTH {
            return None;
        }
        match records.next()? {
            CaseRecord::Prices(prices) => Some(Cases::Leaf { prices: prices.clone() }),
            CaseRecord::Branch(arc) => {
                let without = Box::new(cases(records, depth + 1)?);
                let only = Box::new(cases(records, depth + 1)?);
                Some(Cases::Branch { arc: *arc, without, only })
            }
        }
    }
    let mut records = record.cases.iter();
    let cases = cases(&mut records, 0)?;
    let nodes = record.nodes.iter().map(|&node| node.checked_sub(1)).collect::<Option<Vec<u32>>>()?;
    let proof = PartProof { nodes, passes: record.passes.clone(), scale: record.scale, cases };
    records.next().is_none().then_some(proof)
}

/// What is wrong with a document, as a sentence; else what it proves: the gain, and what nothing exceeds.
///
/// # Errors
/// The first thing wrong.
pub fn check(reading: &PoolReading, document: &ExchangeDocument) -> Result<(i64, i64), String> {
    if document.format != FORMAT || document.version != VERSION {
        return Err(format!("expected \"format\": \"{FORMAT}\" and \"version\": {VERSION}"));
    }
    let pool = document.rules.pool(reading);
    let rings = arcs(reading, &pool, &document.rings, true)?;
    let chains = arcs(reading, &pool, &document.chains, false)?;
    let caps = document.rules.caps();
    let gain = check_choice(&pool, caps, &rings, &chains).map_err(|flaw| told(reading, document, &flaw))?;
    if summary(gain, &document.rings, &document.chains) != document.summary {
        return Err("the summary does not agree with the rings and chains".into());
    }
    let parts = document.proof.certificate.iter().map(part_proof).collect::<Option<Vec<PartProof>>>();
    let proof = Proof { parts: parts.ok_or("the certificate's cases do not fit together")? };
    let proven = bound(&pool, caps, &proof).map_err(|flaw| told(reading, document, &flaw))?;
    let record = &document.proof;
    let is_told_truly = record.bound >= proven
        && record.gap == record.bound - gain
        && (record.status == Status::Optimal) == (record.gap == 0);
    if is_told_truly {
        Ok((gain, record.bound))
    } else {
        Err("the bound does not agree with the certificate".into())
    }
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
        } else {
            Err(format!("node {} is not called {:?} in the pool", step.node, step.name))
        }
    };
    let between = |from: &Step, to: &Step| {
        let (tail, head) = (node(from)?, node(to)?);
        let mut fitting =
            pool.arcs(tail).filter(|&arc| pool.head(arc) == head && pool.passes(arc) == from.passes);
        let arc = fitting.next().map(|arc| arc as u32);
        arc.ok_or_else(|| format!("{} cannot give to {}", from.name, to.name))
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
        Flaw::WrongShape => "the certificate is not made for this pool".into(),
        Flaw::NotApart(part) => format!("part {} of the certificate is tied to another", part + 1),
        Flaw::WorthMore(part) => {
            format!("in part {} of the certificate something is worth more than its prices", part + 1)
        }
        Flaw::Overflow => "a sum does not fit in 64 bits".into(),
    }
}
