//! The Lagrangian relaxation of a coupled circulation: with a multiplier per group added to the gains
//! of the group's arcs, what is left is a plain circulation plus a term per group, and its optimum is
//! an upper bound (Geoffrion 1974, "Lagrangean relaxation for integer programming").
//!
//! Everything is in units of `1 / scale`, so bounds are exact integers. Components of the face are
//! kept as [`Assignment`]s and re-solved warm when multipliers change.

use crate::assignment::Assignment;
use crate::circulation::{Face, Piece};
use crate::coupled::{Concave, Coupled, Group};
use crate::rows::{ByArc, NONE, Rows};
use crate::{Components, Graph};

/// Multipliers of real rounds are small fractions, so the finest of these that fits, each with many
/// divisors, is the unit.
const SCALES: [i64; 4] = [5040, 720, 60, 12];

/// Scaled ranges beyond this are avoided, so that sums of scaled penalties stay within 64 bits.
const MOST_RANGE: i64 = 1 << 48;

/// Bounds what a multiplier can make of a total.
const MOST_PRODUCT: i64 = 1 << 54;

/// A price beyond this makes a part start over, before sums could leave 64 bits.
const MOST_PRICE: i64 = 1 << 57;

/// The most by which an arc is ruled out; a path can add up some dozens of them within 64 bits.
const MOST_PENALTY: i64 = 1 << 55;

/// What a branch of the search adds to the problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Restriction {
    /// The groups, with narrowed ranges.
    pub(crate) groups: Vec<Group>,
    /// Arcs that must be used, as pairs of taker and giver.
    pub(crate) required: Vec<(u32, u32)>,
    /// Arcs that must not be used.
    pub(crate) forbidden: Vec<(u32, u32)>,
}

impl Restriction {
    /// Whether the arc from `taker` to `giver` may be used.
    pub(crate) fn allows(&self, taker: u32, giver: u32) -> bool {
        !self.forbidden.contains(&(taker, giver))
            && self.required.iter().all(|&(t, g)| (t == taker) == (g == giver))
    }
}

/// The relaxation at some multipliers.
pub(crate) struct Relaxation<'a> {
    graph: &'a Graph,
    pub(crate) coupled: &'a Coupled,
    pub(crate) face: &'a Face,
    components: Components,
    pub(crate) parts: Vec<Part>,
    /// The unit of multipliers, prices and bounds is one part in this many.
    pub(crate) scale: i64,
    /// What the nodes outside all parts contribute, in whole units, and to which totals.
    fixed_gain: i64,
    fixed_totals: Vec<i64>,
    /// Greater than any sum of gains and values, in whole units.
    pub(crate) range: i64,
    /// The greatest total each group can have.
    reach: Vec<i64>,
    /// How many times arcs were looked at.
    pub(crate) work: u64,
}

/// What a local arc adds to a total: arc, group, weight.
pub(crate) type LocalTerm = (u32, u32, i64);

/// One component with choices left.
pub(crate) struct Part {
    piece: Piece,
    /// The scaled gain of each local arc by itself.
    base: Vec<i64>,
    /// What each local arc adds to totals: arc, group, weight.
    terms: Vec<LocalTerm>,
    gains: ByArc,
    assignment: Assignment,
}

/// What the relaxation gives at some multipliers.
pub(crate) struct Evaluation {
    /// No allowed circulation is worth more, in scaled units.
    pub(crate) bound: i64,
    /// The circulation that attains the bound.
    pub(crate) takes: Vec<u32>,
    /// Its totals.
    pub(crate) totals: Vec<i64>,
    /// For each group the total nearest to its own at which the group's term is greatest.
    pub(crate) desired: Vec<i64>,
}

impl<'a> Relaxation<'a> {
    /// Sets the relaxation up on `face`. Cost O(arcs).
    pub(crate) fn new(graph: &'a Graph, face: &'a Face, coupled: &'a Coupled) -> Self {
        let range = range_of(graph, coupled);
        let reach = reach_of(coupled);
        let scale = scale_for(range, coupled, &reach);
        let components = face.components(graph);
        let mut relaxation = Relaxation {
            graph,
            coupled,
            face,
            parts: Vec::new(),
            scale,
            fixed_gain: 0,
            fixed_totals: vec![0; coupled.groups.len()],
            range,
            reach,
            work: 0,
            components,
        };
        relaxation.cut_into_parts();
        relaxation
    }

    fn cut_into_parts(&mut self) {
        let mut local = vec![NONE; self.graph.node_count()];
        let mut in_part = vec![false; self.graph.node_count()];
        let term_start = self.coupled.term_starts(self.graph.node_count());
        for component in (0..self.components.count()).filter(|&c| self.components.members(c).len() > 1) {
            for (index, &taker) in self.components.members(component).iter().enumerate() {
                local[self.face.takes[taker as usize] as usize] = index as u32;
                in_part[taker as usize] = true;
            }
            let piece = self.face.piece(self.graph, &self.components, component, &local);
            let part = self.part(piece, &term_start);
            self.parts.push(part);
        }
        for taker in (0..self.graph.node_count()).filter(|&taker| !in_part[taker]) {
            let giver = self.face.takes[taker] as usize;
            let arc = self.graph.arc_between(taker, giver).expect("takes along arcs");
            self.fixed_gain += self.coupled.gains.gain(self.graph, taker, arc);
            for term in &self.coupled.terms[term_start[taker]..term_start[taker + 1]] {
                if term.arc.map_or(giver != taker, |own| own as usize == arc) {
                    self.fixed_totals[term.group as usize] += term.weight;
                }
            }
        }
    }

    fn part(&self, piece: Piece, term_start: &[usize]) -> Part {
        let (mut base, mut terms) = (Vec::with_capacity(piece.rows.head.len()), Vec::new());
        for (index, &taker) in piece.takers.iter().enumerate() {
            let taker = taker as usize;
            let own_terms = &self.coupled.terms[term_start[taker]..term_start[taker + 1]];
            let mut arcs = self.graph.arcs(taker);
            for local_arc in piece.rows.arcs(index) {
                let giver = piece.givers[piece.rows.head[local_arc] as usize] as usize;
                let arc = arcs
                    .find(|&arc| self.graph.head(arc) == giver)
                    .expect("a piece keeps the order of its rows");
                base.push(self.scale * self.coupled.gains.gain(self.graph, taker, arc));
                for term in own_terms {
                    if term.arc.map_or(giver != taker, |own| own as usize == arc) {
                        terms.push((local_arc as u32, term.group, term.weight));
                    }
                }
            }
        }
        let gains = ByArc(base.clone());
        let assignment = Assignment::new(&piece.rows, &gains);
        Part { piece, base, terms, gains, assignment }
    }

    /// Solves the relaxation under `restriction` at `multipliers`.
    pub(crate) fn evaluate(&mut self, restriction: &Restriction, multipliers: &[i64]) -> Evaluation {
        let penalty = -self.penalty(multipliers);
        let mut takes = self.face.takes.clone();
        for part in &mut self.parts {
            part.gains.0.copy_from_slice(&part.base);
            for &(arc, group, weight) in &part.terms {
                part.gains.0[arc as usize] += multipliers[group as usize] * weight;
            }
            for arc in part.restricted_arcs(restriction) {
                part.gains.0[arc] = part.gains.0[arc].min(0) + penalty;
            }
            if part.assignment.price.iter().any(|price| price.abs() > MOST_PRICE) {
                part.assignment = Assignment::new(&part.piece.rows, &part.gains);
            }
            part.assignment.reprice(&part.piece.rows, &part.gains);
            part.assignment.complete(&part.piece.rows, &part.gains);
            self.work += 2 * part.base.len() as u64;
            for (index, &taker) in part.piece.takers.iter().enumerate() {
                takes[taker as usize] = part.piece.givers[part.assignment.mate[index] as usize];
            }
        }
        self.work += (takes.len() + self.coupled.terms.len()) as u64;
        let totals = self.coupled.totals(self.graph, &takes);
        let mut bound = i128::from(self.scale * self.fixed_gain);
        for part in &self.parts {
            bound += part
                .assignment
                .value
                .iter()
                .chain(&part.assignment.price)
                .map(|&v| i128::from(v))
                .sum::<i128>();
        }
        let mut desired = Vec::with_capacity(totals.len());
        for (index, group) in restriction.groups.iter().enumerate() {
            let multiplier = multipliers[index];
            let (most, at) = greatest(*group, self.scale, multiplier, totals[index]);
            bound += i128::from(most + multiplier * self.fixed_totals[index]);
            desired.push(at);
        }
        let bound = i64::try_from(bound).expect("ranges are limited");
        Evaluation { bound, takes, totals, desired }
    }

    /// The greatest useful size of each group's multiplier: times any total it stays within 2^54.
    pub(crate) fn most_multiplier(&self, group: usize) -> i64 {
        let most = match self.coupled.groups[group].value {
            Concave::Zero => self.reach[group].max(self.coupled.groups[group].most),
            Concave::Cover(_) | Concave::Squares(_) => self.reach[group],
        };
        (MOST_PRODUCT / most.max(1)).min(self.scale * self.range)
    }

    /// More than any allowed circulation can be worth at `multipliers`, so that ruling an arc out by this
    /// much is as good as taking it away. (Where that does not fit, bounds stay valid but close less.)
    fn penalty(&self, multipliers: &[i64]) -> i64 {
        let mut penalty = i128::from(self.scale) * (i128::from(self.range) + 1);
        for (&multiplier, &reach) in multipliers.iter().zip(&self.reach) {
            penalty += i128::from(multiplier).abs() * i128::from(reach);
        }
        penalty.min(i128::from(MOST_PENALTY)) as i64
    }

    /// What the nodes outside all parts add to the total of `group`.
    pub(crate) fn fixed_total(&self, group: usize) -> i64 {
        self.fixed_totals[group]
    }

    /// One price per node that proves the bound of the last evaluation on the whole graph.
    pub(crate) fn prices(&self, multipliers: &[i64]) -> Vec<i64> {
        let node_count = self.graph.node_count();
        let term_start = self.coupled.term_starts(node_count);
        let gain = |taker: usize, arc: usize| {
            let own = self.graph.head(arc) == taker;
            let extra: i64 = self.coupled.terms[term_start[taker]..term_start[taker + 1]]
                .iter()
                .filter(|term| term.arc.map_or(!own, |a| a as usize == arc))
                .map(|term| multipliers[term.group as usize] * term.weight)
                .sum();
            self.scale * self.coupled.gains.gain(self.graph, taker, arc) + extra
        };
        let mut value = vec![0; node_count];
        let mut price = vec![0; node_count];
        for (taker, value) in value.iter_mut().enumerate() {
            let arc =
                self.graph.arc_between(taker, self.face.takes[taker] as usize).expect("takes along arcs");
            *value = gain(taker, arc);
        }
        for part in &self.parts {
            for (index, &taker) in part.piece.takers.iter().enumerate() {
                value[taker as usize] = part.assignment.value[index];
                price[part.piece.givers[index] as usize] = part.assignment.price[index];
            }
        }
        self.face.separate(self.graph, &self.components, gain, &mut value, &mut price);
        price
    }
}

impl Part {
    /// The local arcs that `restriction` rules out.
    fn restricted_arcs(&self, restriction: &Restriction) -> Vec<usize> {
        if restriction.required.is_empty() && restriction.forbidden.is_empty() {
            return Vec::new();
        }
        let mut ruled_out = Vec::new();
        for (index, &taker) in self.piece.takers.iter().enumerate() {
            for arc in self.piece.rows.arcs(index) {
                if !restriction.allows(taker, self.piece.givers[self.piece.rows.head[arc] as usize]) {
                    ruled_out.push(arc);
                }
            }
        }
        ruled_out
    }

    /// The arcs of this part with their scaled gains, as local takers and givers.
    pub(crate) fn rows(&self) -> (&Rows, &[i64], &[LocalTerm]) {
        (&self.piece.rows, &self.base, &self.terms)
    }

    /// The takers, with what each takes now and how many arcs it has.
    pub(crate) fn choices(&self) -> impl Iterator<Item = (u32, u32, usize)> {
        self.piece.takers.iter().enumerate().map(|(index, &taker)| {
            (
                taker,
                self.piece.givers[self.assignment.mate[index] as usize],
                self.piece.rows.arcs(index).len(),
            )
        })
    }
}

/// The greatest `scale * value(k) - multiplier * k` over the group's range, and the `k` nearest to
/// `total` that attains it.
pub(crate) fn greatest(group: Group, scale: i64, multiplier: i64, total: i64) -> (i64, i64) {
    let term = |k: i64| scale * group.value.at(k) - multiplier * k;
    let within = |k: i64| k.clamp(group.least, group.most);
    let middle = match group.value {
        Concave::Zero => total,
        Concave::Cover(_) => 1,
        Concave::Squares(weight) => -multiplier / (2 * scale * weight).max(1),
    };
    let candidates = [total, group.least, group.most, middle - 1, middle, middle + 1].map(within);
    let best = candidates.iter().map(|&k| term(k)).max().expect("there are candidates");
    let at = candidates.into_iter().find(|&k| term(k) == best).expect("one of them attains it");
    (best, at)
}

/// The unit for multipliers: fine enough that one for a total of money, which is worth about an item in
/// so many units of money, is not rounded away; coarse enough for 64 bits.
fn scale_for(range: i64, coupled: &Coupled, reach: &[i64]) -> i64 {
    let fits = |scale: i64| range < MOST_RANGE / scale;
    let limited = coupled.groups.iter().zip(reach).filter(|(group, _)| group.value == Concave::Zero);
    let finest = limited.map(|(_, &reach)| reach).max().unwrap_or(1);
    let mut scale = SCALES.into_iter().find(|&scale| fits(scale)).unwrap_or(1);
    while scale >= SCALES[0] && scale < finest && fits(2 * scale) {
        scale *= 2;
    }
    scale
}

/// The sum over takers of the most each can add to each group.
fn reach_of(coupled: &Coupled) -> Vec<i64> {
    let mut reach = vec![0_i64; coupled.groups.len()];
    let mut own = vec![(u32::MAX, 0_i64); coupled.groups.len()];
    for term in &coupled.terms {
        let (taker, most) = &mut own[term.group as usize];
        if *taker != term.taker {
            (*taker, *most) = (term.taker, 0);
        }
        // A taker takes along one arc, to which a term for all its arcs may come on top.
        let grown = if term.arc.is_none() { *most + term.weight } else { (*most).max(term.weight) };
        reach[term.group as usize] += grown - *most;
        *most = grown;
    }
    reach
}

/// One more than the greatest difference between any two circulations, in whole units.
fn range_of(graph: &Graph, coupled: &Coupled) -> i64 {
    let mut range = 1_i64;
    for taker in 0..graph.node_count() {
        let gains = graph.arcs(taker).map(|arc| coupled.gains.gain(graph, taker, arc));
        let greatest = gains.map(i64::abs).max().unwrap_or(0);
        range = range.saturating_add(greatest.saturating_mul(2));
    }
    let mut most = vec![0_i64; coupled.groups.len()];
    for term in &coupled.terms {
        most[term.group as usize] = most[term.group as usize].saturating_add(term.weight);
    }
    for (group, most) in coupled.groups.iter().zip(most) {
        let value = match group.value {
            Concave::Zero => 0,
            Concave::Cover(scale) => scale,
            Concave::Squares(scale) => scale.saturating_mul(most).saturating_mul(most),
        };
        range = range.saturating_add(value);
    }
    range
}
