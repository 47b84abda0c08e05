//! Clears a round: states it as a problem, solves it level by level, looks for smaller rings with what
//! effort is left, and packs the outcome with its proof.

use bartizan_engine::model::TooLarge;
use bartizan_engine::{ItemIndex, ItemKind, Level, Model, Outcome, Round};
use bartizan_solver::certify::{self, Certificate};
use bartizan_solver::coupled::{self, Coupled, Effort};
use bartizan_solver::{Face, Graph, LinearGains, rings};

/// How to clear.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Threads to solve components on. The outcome does not depend on it.
    pub threads: usize,
    /// How much branch and bound may do.
    pub effort: Effort,
    /// How many arcs the search for smaller rings may look at.
    pub ring_steps: u64,
}

impl Default for Settings {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Settings { threads, effort: Effort::default(), ring_steps: 2_000_000 }
    }
}

/// How an objective was reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Method<'a> {
    /// The method's name.
    pub name: &'a str,
    /// Why it was chosen.
    pub reason: &'a str,
}

/// A cleared round and how it was done.
#[derive(Clone, Debug)]
pub struct Cleared {
    /// The outcome with its proof.
    pub outcome: Outcome,
    /// How each objective was reached, in the order of the objectives.
    pub methods: Vec<Method<'static>>,
    /// What was done for smaller rings, as a sentence.
    pub best_effort: &'static str,
}

const BY_COMPONENTS: Method<'_> =
    Method { name: "assignment", reason: "rings of any length: one assignment problem per component" };
const BY_BRANCH_AND_BOUND: Method<'_> =
    Method { name: "branch and bound", reason: "users and spending limits tie separate rings together" };

/// Clears `round`, which must satisfy [`Round::check`]. `progress` is told what is being done.
///
/// # Errors
/// If the objectives cannot be weighed against each other in 64 bits.
pub fn clear(
    round: &Round<'_>,
    settings: &Settings,
    progress: &mut dyn FnMut(&str),
) -> Result<Cleared, TooLarge> {
    let model = Model::new(round)?;
    let graph = &model.problem.graph;
    let mut face = Face::whole(graph);
    for (gains, objective) in model.problem.linear.iter().zip(&round.objectives) {
        progress(&format!("solving for {}", objective.name()));
        face.optimise(graph, gains, settings.threads);
    }
    let mut takes = if model.problem.coupled.is_none() && round.seed != Round::FIRST_SEED {
        drawn(graph, &face, round.seed, settings.threads)
    } else {
        face.takes.clone()
    };
    let mut certificate = Certificate { prices: std::mem::take(&mut face.prices), coupled: None };
    if let Some(coupled) = &model.problem.coupled {
        let mut report = |value: i64, bound: i64| {
            let gap = bound.saturating_sub(value) as f64 / bound.unsigned_abs().max(1) as f64;
            progress(&format!("branch and bound, within {:.3}%", 100.0 * gap));
        };
        let start = start(round, &model, &face, coupled, settings)?;
        let found = coupled::solve(graph, &face, coupled, &start, settings.effort, &mut report);
        takes = found.takes;
        certificate.coupled = Some((found.scale, found.tree));
    }
    progress("looking for smaller rings");
    let best_effort = shrink_rings(round, &model, &face, settings, &mut takes);
    leave_out_idle_dummies(round, &mut takes);
    let method = |index| if index < model.linear_count() { BY_COMPONENTS } else { BY_BRANCH_AND_BOUND };
    let methods = (0..round.objectives.len()).map(method).collect();
    Ok(Cleared { outcome: pack(round, &model, takes, certificate), methods, best_effort })
}

/// One of the optima of `face`, by gains drawn from `seed`.
fn drawn(graph: &Graph, face: &Face, seed: u64, threads: usize) -> Vec<u32> {
    let draw = |arc: usize| {
        let mixed =
            (seed ^ (arc as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed ^ (mixed >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 48) as i64
    };
    let mut drawn = face.clone();
    drawn.optimise(graph, &LinearGains::ByArc((0..graph.arc_count()).map(draw).collect()), threads);
    drawn.takes
}

/// An allowed circulation to start branch and bound from: that of the levels before where it is allowed,
/// else (spending limits) the best by the first objective alone, which is easier to find than the best
/// by all of them.
fn start(
    round: &Round<'_>,
    model: &Model,
    face: &Face,
    coupled: &Coupled,
    settings: &Settings,
) -> Result<Vec<u32>, TooLarge> {
    let graph = &model.problem.graph;
    if coupled.allows(&coupled.totals(graph, &face.takes)) && model.linear_count() > 0 {
        return Ok(face.takes.clone());
    }
    let nobody_trades: Vec<u32> = (0..graph.node_count() as u32).collect();
    if round.objectives.len() < 2 || model.linear_count() > 0 {
        return Ok(nobody_trades);
    }
    let first = Model::new(&Round { objectives: round.objectives[..1].to_vec(), ..round.clone() })?;
    let Some(alone) = &first.problem.coupled else { return Ok(nobody_trades) };
    let effort = Effort { arcs: settings.effort.arcs / 2 };
    Ok(coupled::solve(graph, face, alone, &nobody_trades, effort, &mut |_, _| ()).takes)
}

fn shrink_rings(
    round: &Round<'_>,
    model: &Model,
    face: &Face,
    settings: &Settings,
    takes: &mut [u32],
) -> &'static str {
    if settings.ring_steps == 0 {
        return "rings as they came";
    }
    let graph = &model.problem.graph;
    let counts: Vec<bool> = round.items.iter().map(|item| item.kind != ItemKind::Dummy).collect();
    let coupled = model.problem.coupled.as_ref();
    let mut priced = vec![false; graph.arc_count()];
    for arc in coupled.iter().flat_map(|coupled| &coupled.terms).filter_map(|term| term.arc) {
        priced[arc as usize] = true;
    }
    let worth = |taker: usize, arc: usize| {
        (!priced[arc]).then(|| coupled.map_or(0, |coupled| coupled.gains.gain(graph, taker, arc)))
    };
    let exchange = rings::Exchange { graph, open: &face.open, counts: &counts, worth: &worth };
    let used = rings::shrink(&exchange, takes, round.seed, settings.ring_steps);
    if used < settings.ring_steps {
        "smaller rings by exchanges within them, until none was left (a best effort)"
    } else {
        "smaller rings by exchanges within them, until the budget was used up (a best effort)"
    }
}

/// Takes dummies that only pass things among themselves out of the outcome.
pub(crate) fn leave_out_idle_dummies(round: &Round<'_>, takes: &mut [u32]) {
    let mut used = vec![false; takes.len()];
    for start in (0..takes.len()).filter(|&item| round.items[item].kind != ItemKind::Dummy) {
        let mut item = takes[start] as usize;
        while round.items[item].kind == ItemKind::Dummy {
            used[item] = true;
            item = takes[item] as usize;
        }
    }
    for item in (0..takes.len()).filter(|&item| round.items[item].kind == ItemKind::Dummy && !used[item]) {
        takes[item] = item as u32;
    }
}

fn pack(round: &Round<'_>, model: &Model, takes: Vec<u32>, certificate: Certificate) -> Outcome {
    let reached =
        certify::check_circulation(&model.problem, &takes).expect("the solver returns a circulation");
    let proven =
        certify::bound(&model.problem, &certificate, &reached).expect("the solver certifies this problem");
    let values = model.values(&takes);
    let bounds = model.bounds(&takes, &proven);
    let levels = (round.objectives.iter().zip(values.into_iter().zip(bounds)))
        .map(|(&objective, (value, bound))| Level { objective, value, bound })
        .collect();
    Outcome { takes: takes.into_iter().map(ItemIndex).collect(), levels, certificate }
}
