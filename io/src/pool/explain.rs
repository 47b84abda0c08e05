//! Why a pair is not served, or a ring or chain not chosen: what the best exchange that has it comes to, beside the one that was chosen.

use bartizan_solver::budget::Budget;
use bartizan_solver::exchange::{Level, Pool, solve_levels};

use super::PoolReading;
use super::document::{ExchangeDocument, Step, hands};
use super::missed::{MOST_LOOKS, Shortest, shortest};
use super::rules::{Aim, Rules};

/// What is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A node, counted from 0.
    Node(u32),
    /// A ring, or a chain from its altruist, by its nodes.
    Steps(Vec<u32>),
}

/// How it fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It is chosen, or is part of this ring or chain, told as [`hands`].
    Chosen(Vec<String>),
    /// It cannot be, for this reason.
    Impossible(String),
    /// The search for it ended before it was found, or shown not to be there.
    Unknown,
    /// It could be.
    Possible {
        /// What of the chosen rings and chains it shares nodes with, told as [`hands`].
        instead_of: Vec<Vec<String>>,
        /// Which of the other chosen ones use what only one arc can use, and it needs.
        passes_used_by: Vec<Vec<String>>,
        /// For each objective, what is reached, and what the best exchange that has it reaches: nothing is known behind one that is not proven.
        figures: Vec<(Aim, i64, i64)>,
        /// Whether the last of these is proven to be the best.
        is_proven: bool,
    },
}

/// How what is asked about fares in a document of this pool, which is checked already.
///
/// # Panics
/// If the document is not, or no nodes are asked about, or some that the pool has not.
pub fn explain(reading: &PoolReading, document: &ExchangeDocument, asked: &Asked, most_steps: u64) -> Told {
    let nodes: &[u32] = match asked {
        Asked::Node(node) => std::slice::from_ref(node),
        Asked::Steps(nodes) => nodes,
    };
    let chosen = || document.rings.iter().chain(&document.chains);
    let meets = |list: &&Vec<Step>| list.iter().any(|step| nodes.contains(&(step.node - 1)));
    let starts_ring = |node: u32| !reading.is_altruist[node as usize];
    let names = |list: &Vec<Step>| hands(list, starts_ring(list[0].node - 1));
    let instead_of: Vec<&Vec<Step>> = chosen().filter(meets).collect();
    if let (Asked::Node(_), [list]) = (asked, &instead_of[..]) {
        return Told::Chosen(names(list));
    }
    if instead_of.iter().any(|list| is_same(nodes, list, reading.is_altruist[nodes[0] as usize])) {
        return Told::Chosen(asked_hands(reading, nodes));
    }
    let rules = &document.rules;
    let ended = ended(reading, nodes);
    let reading = ended.as_ref().unwrap_or(reading);
    let pool = Rules::pool(reading);
    let mut levels = rules.levels(reading);
    let own = match asked {
        Asked::Node(node) => {
            let node = *node as usize;
            // Whoever only gives takes part by that.
            gains(&pool, |arc| if pool.is_altruist(node) { pool.tail(arc) } else { pool.head(arc) } == node)
        }
        Asked::Steps(nodes) => match steps(reading, &pool, rules, nodes) {
            Ok(arcs) => gains(&pool, |arc| arcs.contains(&(arc as u32))),
            Err(why) => return Told::Impossible(why),
        },
    };
    let needed: i64 = match asked {
        Asked::Node(_) => 1,
        Asked::Steps(nodes) => nodes.len() as i64 - i64::from(reading.is_altruist[nodes[0] as usize]),
    };
    levels.insert(0, Level { gains: own, ring_gain: 0 });
    let found = solve_levels(&pool, rules.caps(), &levels, Budget::new(most_steps), &mut |_, _, _| ());
    let value = |level: &Level| level.value(&found.rings, &found.chains);
    if value(&levels[0]) < needed && found.reached[0].bound >= needed {
        return Told::Unknown;
    }
    if value(&levels[0]) < needed {
        return Told::Impossible(impossible(reading, asked, rules));
    }
    let meant = |arcs: &&Vec<u32>| arcs.iter().any(|&arc| levels[0].gains[arc as usize] > 0);
    let passes: Vec<u32> = (found.rings.iter().chain(&found.chains).filter(meant).flatten())
        .flat_map(|&arc| pool.passes(arc as usize))
        .copied()
        .collect();
    let uses_pass =
        |list: &&Vec<Step>| list.iter().flat_map(|step| &step.passes).any(|pass| passes.contains(pass));
    let passes_used_by = chosen().filter(|list| !meets(list)).filter(uses_pass).map(names).collect();
    let reached = document.proof.levels.iter().zip(&levels[1..]).zip(&found.reached[1..]);
    let figures = reached.map(|((level, own), _)| (level.objective, level.value, value(own))).collect();
    let is_proven = found.stopped.is_none();
    let instead_of = instead_of.into_iter().map(names).collect();
    Told::Possible { instead_of, passes_used_by, figures, is_proven }
}

/// Why what is asked about is in no choice, where all its arcs are there.
fn impossible(reading: &PoolReading, asked: &Asked, rules: &Rules) -> String {
    match asked {
        Asked::Steps(_) => {
            "two of its arcs need the same dummy, or the same donor of several patients, which is used once"
                .to_owned()
        }
        Asked::Node(node) if reading.is_altruist[*node as usize] => {
            let most = rules.max_chain;
            format!(
                "no chain that could be chosen begins with it: those that reach at most {most} are looked at"
            )
        }
        Asked::Node(node) if !reading.arcs.iter().any(|arc| arc.head == *node) => {
            if reading.is_of_lists() {
                "its own list is empty, or names nothing that takes part".to_owned()
            } else {
                "nobody in the pool can give to it".to_owned()
            }
        }
        Asked::Node(node) if reading.is_of_lists() && !reading.arcs.iter().any(|arc| arc.tail == *node) => {
            "nobody wants it: it stands on no list".to_owned()
        }
        Asked::Node(node) => {
            let has_altruists = reading.is_altruist.contains(&true);
            let is_beyond = |shortest: &Shortest| {
                let within =
                    |length: Option<usize>, most: u32| length.is_some_and(|length| length <= most as usize);
                !within(shortest.ring, rules.max_ring) && !within(shortest.chain, rules.max_chain)
            };
            let why = match shortest(reading, *node, MOST_LOOKS).filter(is_beyond) {
                Some(shortest) => shortest.told(rules, has_altruists),
                None => "each needs a dummy, or a donor of several patients, more than once".to_owned(),
            };
            format!("no ring or chain within the bounds could serve it: {why}")
        }
    }
}

/// A pool in which a chain of these nodes ends where they do, since the last of them can give to nobody; none if they are no chain.
fn ended(reading: &PoolReading, nodes: &[u32]) -> Option<PoolReading> {
    let (first, last) = (*nodes.first()?, *nodes.last()?);
    let is_chain = nodes.len() > 1 && reading.is_altruist[first as usize];
    is_chain.then(|| {
        let mut ended = reading.clone();
        ended.arcs.retain(|arc| arc.tail != last);
        ended
    })
}

/// Those through whose hands a ring or chain of these nodes would go, as [`hands`] tells a chosen one; a node alone is none.
pub fn asked_hands(reading: &PoolReading, nodes: &[u32]) -> Vec<String> {
    let back = nodes.first().filter(|&&node| nodes.len() > 1 && !reading.is_altruist[node as usize]);
    nodes.iter().chain(back).map(|&node| reading.names[node as usize].clone()).collect()
}

/// 1 for each arc that is meant.
fn gains(pool: &Pool, is_meant: impl Fn(usize) -> bool) -> Vec<i64> {
    (0..pool.arc_count()).map(|arc| i64::from(is_meant(arc))).collect()
}

/// Whether these nodes, in this order, are the list; a ring may start anywhere.
fn is_same(nodes: &[u32], list: &[Step], is_chain: bool) -> bool {
    let other: Vec<u32> = list.iter().map(|step| step.node - 1).collect();
    let turns = if is_chain { 1 } else { nodes.len() };
    (0..turns).any(|turn| {
        let mut turned = nodes.to_vec();
        turned.rotate_left(turn);
        turned == other
    })
}

/// The arcs that a ring or chain of these nodes can use: of several from one node to the next, all.
fn steps(reading: &PoolReading, pool: &Pool, rules: &Rules, nodes: &[u32]) -> Result<Vec<u32>, String> {
    let name = |node: u32| &*reading.names[node as usize];
    if let Some(at) = (1..nodes.len()).find(|&at| nodes[..at].contains(&nodes[at])) {
        return Err(format!("{} is named twice", name(nodes[at])));
    }
    let is_chain = pool.is_altruist(nodes[0] as usize);
    let (length, most) =
        if is_chain { (nodes.len() - 1, rules.max_chain) } else { (nodes.len(), rules.max_ring) };
    if length > most as usize {
        let what = if is_chain { "reaches more pairs" } else { "is longer" };
        return Err(format!("it {what} than the {most} that are allowed"));
    }
    let back = (!is_chain).then_some(nodes[0]);
    let ends = nodes
        .windows(2)
        .map(|pair| (pair[0], pair[1]))
        .chain(back.map(|back| (nodes[nodes.len() - 1], back)));
    let arcs = ends.map(|(from, to)| {
        let all = pool.arcs(from as usize).filter(|&arc| pool.head(arc) == to as usize);
        let all: Vec<u32> = all.map(|arc| arc as u32).collect();
        let why = || format!("{} cannot give to {}", name(from), name(to));
        if all.is_empty() { Err(why()) } else { Ok(all) }
    });
    Ok(arcs.collect::<Result<Vec<Vec<u32>>, String>>()?.concat())
}
