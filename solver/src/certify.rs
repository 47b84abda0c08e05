//! The check of a circulation and of the proof that none is better. Short, slow and obvious, in
//! integers, and sharing nothing with the search but the types that state the problem and the sums over them.
//!
//! The proof is linear-programming duality told in prices. Give every node a price, at which each
//! taker may pick its best arc for itself. Whatever circulation there is, it takes every node exactly
//! once, so it gains the sum of all prices plus, for each taker, its gain minus the price of what it
//! takes; and that is at most the sum of prices plus every taker's best. With several levels, gains and
//! prices are vectors compared lexicographically, and the argument stands word for word.
//!
//! A coupled level adds a multiplier per group: for any circulation, value(total) equals
//! multiplier * total plus (value(total) - multiplier * total), and the latter is at most its greatest over
//! the range of totals. A tree of branches splits the problem into cases that together leave none out.
//!
//! Cost: O(levels * arcs + terms + nodes) per leaf of the tree, however deep it lies: terms and arcs are read side by side, and what a
//! branch rules in or out is noted by node. Terms are sorted once.

pub mod auction;
pub mod bundle;
pub mod cases;
pub mod exchange;
pub mod fewest;
pub mod mechanism;
pub mod netting;
pub mod payments;
pub mod program;
pub mod trust;

use std::collections::BTreeMap;

use crate::Graph;
use crate::circulation::LinearGains;
use crate::coupled::{Concave, Coupled, Group, Term};

/// A problem: levels of gains, the first the most important, then at most one coupled level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Who would take what.
    pub graph: Graph,
    /// The linear levels.
    pub linear: Vec<LinearGains>,
    /// The last level, where totals of groups count.
    pub coupled: Option<Coupled>,
}

/// Why nothing better exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificate {
    /// For each linear level, a price for each node.
    pub prices: Vec<Vec<i64>>,
    /// For the coupled level, the scale of its prices and multipliers, and the cases.
    pub coupled: Option<(i64, Tree)>,
}

/// The cases of a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// Nothing in this case exceeds the bound that these prove.
    Leaf {
        /// One per group, in units of one part in the scale.
        multipliers: Vec<i64>,
        /// One per node, in the same unit.
        prices: Vec<i64>,
    },
    /// Either one or the other.
    Branch {
        /// What tells the cases apart.
        on: Branch,
        /// The total is at most that, or the arc is not used.
        low: Box<Tree>,
        /// The total is greater, or the arc is used.
        high: Box<Tree>,
    },
}

/// What tells two cases apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Branch {
    /// A group's total is at most this, or more.
    Total {
        /// The group.
        group: u32,
        /// The greatest total of the low case.
        at_most: i64,
    },
    /// A taker takes a giver, or not.
    Arc {
        /// The taker.
        taker: u32,
        /// What it takes.
        giver: u32,
    },
}

/// Why a proof proves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// This node does not take exactly one thing it would take, or is taken more than once.
    NotACirculation(usize),
    /// A group's total leaves its range.
    OutOfRange {
        /// The group.
        group: usize,
        /// Its total.
        total: i64,
    },
    /// The proof is not made for this problem.
    WrongShape,
    /// An arithmetic result does not fit.
    Overflow,
}

/// What `takes` reaches on each level, after checking that it is a circulation along arcs whose
/// totals stay in their ranges.
///
/// # Errors
/// The first thing wrong.
pub fn check_circulation(problem: &Problem, takes: &[u32]) -> Result<Vec<i64>, Flaw> {
    let graph = &problem.graph;
    if takes.len() != graph.node_count() {
        return Err(Flaw::WrongShape);
    }
    let mut taken = vec![false; takes.len()];
    for (taker, &giver) in takes.iter().enumerate() {
        let known = (giver as usize) < takes.len() && graph.arc_between(taker, giver as usize).is_some();
        if !known || std::mem::replace(&mut taken[giver as usize], true) {
            return Err(Flaw::NotACirculation(taker));
        }
    }
    let mut reached: Vec<i64> = problem.linear.iter().map(|gains| gains.total(graph, takes)).collect();
    if let Some(coupled) = &problem.coupled {
        for (group, total) in coupled.totals(graph, takes).into_iter().enumerate() {
            if total < coupled.groups[group].least || total > coupled.groups[group].most {
                return Err(Flaw::OutOfRange { group, total });
            }
        }
        reached.push(coupled.value(graph, takes));
    }
    Ok(reached)
}

/// What no circulation can exceed, level by level: the bound of the linear levels, and, last, the
/// bound of the coupled level among circulations that reach `reached` on the levels before.
///
/// # Errors
/// If the certificate does not fit the problem.
pub fn bound(problem: &Problem, certificate: &Certificate, reached: &[i64]) -> Result<Vec<i64>, Flaw> {
    let node_count = problem.graph.node_count();
    let fits = certificate.prices.len() == problem.linear.len()
        && certificate.prices.iter().all(|prices| prices.len() == node_count)
        && certificate.coupled.is_some() == problem.coupled.is_some()
        && reached.len() == problem.linear.len() + usize::from(problem.coupled.is_some());
    if !fits {
        return Err(Flaw::WrongShape);
    }
    let (Some(coupled), Some((scale, tree))) = (&problem.coupled, &certificate.coupled) else {
        return case_bound(problem, certificate, None).map(std::option::Option::unwrap_or_default);
    };
    if *scale < 1 {
        return Err(Flaw::WrongShape);
    }
    let mut terms = coupled.terms.clone();
    terms.sort_by_key(|term| (term.taker, term.arc));
    let proof = Proof { problem, certificate, coupled, terms, scale: *scale };
    let mut greatest = None;
    proof.tree_bound(tree, &mut Case::whole(coupled, node_count), &mut |bound| {
        greatest = greatest.take().max(Some(bound));
    })?;
    greatest.ok_or(Flaw::WrongShape)
}

/// No node.
const NONE: u32 = u32::MAX;

/// One case of a proof: ranges of totals, and arcs ruled in and out.
struct Case {
    groups: Vec<Group>,
    /// By taker what it must take, and by giver who must take it; [`NONE`] where that is free.
    giver_of: Vec<u32>,
    taker_of: Vec<u32>,
    /// How many of the arcs ruled in contradict another: nothing is left then.
    contradictions: usize,
    /// The arcs ruled out, and how often.
    forbidden: BTreeMap<(u32, u32), u32>,
}

impl Case {
    /// The whole problem.
    fn whole(coupled: &Coupled, node_count: usize) -> Self {
        let free = vec![NONE; node_count];
        Case {
            groups: coupled.groups.clone(),
            giver_of: free.clone(),
            taker_of: free,
            contradictions: 0,
            forbidden: BTreeMap::new(),
        }
    }

    /// Rules an arc in for as long as `inside` runs.
    fn requiring<T>(&mut self, (taker, giver): (u32, u32), inside: impl FnOnce(&mut Self) -> T) -> T {
        let before = (self.giver_of[taker as usize], self.taker_of[giver as usize]);
        let fits = (before.0 == NONE || before.0 == giver) && (before.1 == NONE || before.1 == taker);
        self.contradictions += usize::from(!fits);
        (self.giver_of[taker as usize], self.taker_of[giver as usize]) = (giver, taker);
        let done = inside(self);
        (self.giver_of[taker as usize], self.taker_of[giver as usize]) = before;
        self.contradictions -= usize::from(!fits);
        done
    }

    /// Rules an arc out for as long as `inside` runs.
    fn forbidding<T>(&mut self, arc: (u32, u32), inside: impl FnOnce(&mut Self) -> T) -> T {
        *self.forbidden.entry(arc).or_default() += 1;
        let done = inside(self);
        let count = self.forbidden.get_mut(&arc).expect("it was put in a moment ago");
        *count -= 1;
        if *count == 0 {
            self.forbidden.remove(&arc);
        }
        done
    }

    /// Notes which givers are ruled out for `taker`.
    fn note_forbidden(&self, taker: u32, forbidden_for: &mut [u32]) {
        if !self.forbidden.is_empty() {
            for (&(_, giver), _) in self.forbidden.range((taker, 0)..=(taker, NONE)) {
                forbidden_for[giver as usize] = taker;
            }
        }
    }

    /// Whether nothing that is ruled in stands against this arc.
    fn allows(&self, taker: u32, giver: u32) -> bool {
        let is = |node: u32, of: u32| of == NONE || of == node;
        is(giver, self.giver_of[taker as usize]) && is(taker, self.taker_of[giver as usize])
    }
}

/// The multipliers, prices and scale of a leaf, and its case.
struct Leaf<'a> {
    coupled: &'a Coupled,
    /// The terms of the coupled level by taker and then by arc, those for all arcs first.
    terms: &'a [Term],
    scale: i64,
    multipliers: &'a [i64],
    prices: &'a [i64],
    case: &'a Case,
}

/// What is the same for all cases of a proof.
struct Proof<'a> {
    problem: &'a Problem,
    certificate: &'a Certificate,
    coupled: &'a Coupled,
    terms: Vec<Term>,
    scale: i64,
}

impl Proof<'_> {
    fn tree_bound(&self, tree: &Tree, case: &mut Case, found: &mut dyn FnMut(Vec<i64>)) -> Result<(), Flaw> {
        let node_count = self.problem.graph.node_count();
        match tree {
            Tree::Leaf { multipliers, prices } => {
                if multipliers.len() != self.coupled.groups.len() || prices.len() != node_count {
                    return Err(Flaw::WrongShape);
                }
                let (coupled, terms, scale) = (self.coupled, &*self.terms, self.scale);
                let leaf = Leaf { coupled, terms, scale, multipliers, prices, case };
                if let Some(bound) = case_bound(self.problem, self.certificate, Some(&leaf))? {
                    found(bound);
                }
                Ok(())
            }
            Tree::Branch { on: Branch::Total { group, at_most }, low, high } => {
                let group = *group as usize;
                let whole = *case.groups.get(group).ok_or(Flaw::WrongShape)?;
                case.groups[group].most = whole.most.min(*at_most);
                self.tree_bound(low, case, found)?;
                case.groups[group] = Group { least: whole.least.max(at_most.saturating_add(1)), ..whole };
                self.tree_bound(high, case, found)?;
                case.groups[group] = whole;
                Ok(())
            }
            Tree::Branch { on: Branch::Arc { taker, giver }, low, high } => {
                if (*taker).max(*giver) as usize >= node_count {
                    return Err(Flaw::WrongShape);
                }
                case.forbidding((*taker, *giver), |case| self.tree_bound(low, case, found))?;
                case.requiring((*taker, *giver), |case| self.tree_bound(high, case, found))
            }
        }
    }
}

/// The bound that prices prove, as a vector over the levels; `None` when the case is empty.
fn case_bound(
    problem: &Problem,
    certificate: &Certificate,
    leaf: Option<&Leaf<'_>>,
) -> Result<Option<Vec<i64>>, Flaw> {
    if leaf.is_some_and(|leaf| leaf.case.contradictions != 0) {
        return Ok(None);
    }
    let node_count = problem.graph.node_count();
    let level_count = problem.linear.len() + usize::from(leaf.is_some());
    let (mut sum, mut best) = (vec![0_i128; level_count], vec![0_i128; level_count]);
    let mut forbidden_for = vec![NONE; if leaf.is_some() { node_count } else { 0 }];
    let mut terms = leaf.map_or(&[][..], |leaf| leaf.terms);
    for taker in 0..node_count as u32 {
        let own = leaf.map(|leaf| {
            leaf.case.note_forbidden(taker, &mut forbidden_for);
            let own = OwnTerms::take(&mut terms, taker, leaf.multipliers);
            (leaf, own, &*forbidden_for)
        });
        if !best_arc(problem, certificate, own.as_ref(), taker, &mut best) {
            return Ok(None);
        }
        for (sum, best) in sum.iter_mut().zip(&best) {
            *sum += best;
        }
    }
    for (sum, prices) in sum.iter_mut().zip(&certificate.prices) {
        *sum += prices.iter().map(|&price| i128::from(price)).sum::<i128>();
    }
    if let Some(leaf) = leaf {
        let Some(groups) = leaf.groups() else { return Ok(None) };
        let last = sum.last_mut().expect("the coupled level is counted");
        *last += leaf.prices.iter().map(|&price| i128::from(price)).sum::<i128>() + groups;
        *last = last.div_euclid(i128::from(leaf.scale));
    }
    let bound: Result<Vec<i64>, _> = sum.into_iter().map(i64::try_from).collect();
    bound.map(Some).map_err(|_| Flaw::Overflow)
}

/// Sets `best` to what the best arc of a taker is worth, level by level; false if it has none left. Of a leaf come its terms of this taker, and
/// for each giver whom it is ruled out for.
fn best_arc(
    problem: &Problem,
    certificate: &Certificate,
    own: Option<&(&Leaf<'_>, OwnTerms<'_>, &[u32])>,
    taker: u32,
    best: &mut [i128],
) -> bool {
    let (graph, linear_count) = (&problem.graph, problem.linear.len());
    let mut coming = own.map_or(&[][..], |(_, own, _)| own.by_arc);
    let mut is_first = true;
    for arc in graph.arcs(taker as usize) {
        let giver = graph.head(arc);
        let by_arc = take_while(&mut coming, |term| term.arc.is_some_and(|own| own as usize <= arc));
        let is_out = own.is_some_and(|(leaf, _, forbidden_for)| {
            forbidden_for[giver] == taker || !leaf.case.allows(taker, giver as u32)
        });
        if is_out {
            continue;
        }
        // The first level that differs from the best so far decides.
        let mut is_better = is_first;
        is_first = false;
        for (level, best) in best.iter_mut().enumerate() {
            let worth = match own {
                Some((leaf, own, _)) if level == linear_count => {
                    let for_all = if giver == taker as usize { 0 } else { own.for_all };
                    leaf.worth(graph, taker as usize, arc) + for_all + weigh(by_arc, arc, leaf.multipliers)
                }
                _ => {
                    let (gains, prices) = (&problem.linear[level], &certificate.prices[level]);
                    i128::from(gains.gain(graph, taker as usize, arc)) - i128::from(prices[giver])
                }
            };
            if is_better || worth > *best {
                *best = worth;
                is_better = true;
            } else if worth < *best {
                break;
            }
        }
    }
    !is_first
}

/// The terms of one taker.
struct OwnTerms<'a> {
    /// What those for all its arcs but its own add to each of them.
    for_all: i128,
    /// Those of single arcs, by arc.
    by_arc: &'a [Term],
}

impl<'a> OwnTerms<'a> {
    /// Takes the terms of `taker` from the front of `terms`.
    fn take(terms: &mut &'a [Term], taker: u32, multipliers: &[i64]) -> Self {
        let mut own = take_while(terms, |term| term.taker <= taker);
        let for_all = take_while(&mut own, |term| term.arc.is_none());
        let add = |term: &Term| i128::from(multipliers[term.group as usize]) * i128::from(term.weight);
        OwnTerms { for_all: for_all.iter().map(add).sum(), by_arc: own }
    }
}

/// What the terms of this very arc add to it.
fn weigh(terms: &[Term], arc: usize, multipliers: &[i64]) -> i128 {
    let of_arc = terms.iter().filter(|term| term.arc.is_some_and(|own| own as usize == arc));
    of_arc.map(|term| i128::from(multipliers[term.group as usize]) * i128::from(term.weight)).sum()
}

/// Takes from the front of `terms` those of which `is_next` holds.
fn take_while<'a>(terms: &mut &'a [Term], is_next: impl Fn(&Term) -> bool) -> &'a [Term] {
    let count = terms.iter().take_while(|term| is_next(term)).count();
    let (taken, left) = terms.split_at(count);
    *terms = left;
    taken
}

impl Leaf<'_> {
    /// What the coupled level makes of one arc by itself: scaled gain minus price.
    fn worth(&self, graph: &Graph, taker: usize, arc: usize) -> i128 {
        i128::from(self.scale) * i128::from(self.coupled.gains.gain(graph, taker, arc))
            - i128::from(self.prices[graph.head(arc)])
    }

    /// The sum over groups of the greatest scaled value minus multiplier times total; `None` when
    /// some group has no total left.
    fn groups(&self) -> Option<i128> {
        let mut sum = 0;
        for (group, &multiplier) in self.case.groups.iter().zip(self.multipliers) {
            if group.least > group.most {
                return None;
            }
            let term = |total: i64| {
                i128::from(self.scale) * i128::from(group.value.at(total))
                    - i128::from(multiplier) * i128::from(total)
            };
            let ends = term(group.least).max(term(group.most));
            // A concave function less a linear one is greatest at an end of the range, or where its
            // slope changes sign: at 1 for a cover, anywhere for squares.
            sum += match group.value {
                Concave::Zero => ends,
                Concave::Cover(_) => ends.max(term(1.clamp(group.least, group.most))),
                Concave::Squares(_) => (group.least..=group.most).map(term).max().unwrap_or(ends),
            };
        }
        Some(sum)
    }
}
