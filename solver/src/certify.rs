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
//! Cost: O(levels * arcs) per leaf of the tree.

use crate::Graph;
use crate::circulation::LinearGains;
use crate::coupled::{Concave, Coupled, Group};

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
    let mut case = Case { groups: coupled.groups.clone(), required: Vec::new(), forbidden: Vec::new() };
    let mut greatest = None;
    tree_bound(problem, certificate, tree, *scale, &mut case, &mut |bound| {
        greatest = greatest.take().max(Some(bound));
    })?;
    greatest.ok_or(Flaw::WrongShape)
}

/// One case of a proof: ranges of totals, and arcs ruled in and out.
struct Case {
    groups: Vec<Group>,
    required: Vec<(u32, u32)>,
    forbidden: Vec<(u32, u32)>,
}

impl Case {
    fn allows(&self, taker: usize, giver: usize) -> bool {
        let arc = (taker as u32, giver as u32);
        !self.forbidden.contains(&arc) && self.required.iter().all(|&(t, g)| (t == arc.0) == (g == arc.1))
    }
}

/// The multipliers, prices and scale of a leaf, and its case.
struct Leaf<'a> {
    coupled: &'a Coupled,
    scale: i64,
    multipliers: &'a [i64],
    prices: &'a [i64],
    case: &'a Case,
}

fn tree_bound(
    problem: &Problem,
    certificate: &Certificate,
    tree: &Tree,
    scale: i64,
    case: &mut Case,
    found: &mut dyn FnMut(Vec<i64>),
) -> Result<(), Flaw> {
    let coupled = problem.coupled.as_ref().ok_or(Flaw::WrongShape)?;
    match tree {
        Tree::Leaf { multipliers, prices } => {
            if multipliers.len() != coupled.groups.len() || prices.len() != problem.graph.node_count() {
                return Err(Flaw::WrongShape);
            }
            let leaf = Leaf { coupled, scale, multipliers, prices, case };
            if let Some(bound) = case_bound(problem, certificate, Some(&leaf))? {
                found(bound);
            }
            Ok(())
        }
        Tree::Branch { on: Branch::Total { group, at_most }, low, high } => {
            let group = *group as usize;
            let whole = *case.groups.get(group).ok_or(Flaw::WrongShape)?;
            case.groups[group].most = whole.most.min(*at_most);
            tree_bound(problem, certificate, low, scale, case, found)?;
            case.groups[group] = Group { least: whole.least.max(at_most.saturating_add(1)), ..whole };
            tree_bound(problem, certificate, high, scale, case, found)?;
            case.groups[group] = whole;
            Ok(())
        }
        Tree::Branch { on: Branch::Arc { taker, giver }, low, high } => {
            case.forbidden.push((*taker, *giver));
            tree_bound(problem, certificate, low, scale, case, found)?;
            case.forbidden.pop();
            case.required.push((*taker, *giver));
            tree_bound(problem, certificate, high, scale, case, found)?;
            case.required.pop();
            Ok(())
        }
    }
}

/// The bound that prices prove, as a vector over the levels; `None` when the case is empty.
fn case_bound(
    problem: &Problem,
    certificate: &Certificate,
    leaf: Option<&Leaf<'_>>,
) -> Result<Option<Vec<i64>>, Flaw> {
    let graph = &problem.graph;
    let level_count = problem.linear.len() + usize::from(leaf.is_some());
    let mut sum = vec![0_i128; level_count];
    let term_start = problem.coupled.as_ref().map(|coupled| coupled.term_starts(graph.node_count()));
    for taker in 0..graph.node_count() {
        let mut best: Option<Vec<i128>> = None;
        for arc in graph.arcs(taker) {
            let giver = graph.head(arc);
            if leaf.is_some_and(|leaf| !leaf.case.allows(taker, giver)) {
                continue;
            }
            let mut worth: Vec<i128> = (problem.linear.iter().zip(&certificate.prices))
                .map(|(gains, prices)| i128::from(gains.gain(graph, taker, arc)) - i128::from(prices[giver]))
                .collect();
            if let (Some(leaf), Some(start)) = (leaf, &term_start) {
                worth.push(leaf.worth(graph, taker, arc, start[taker]..start[taker + 1]));
            }
            best = best.max(Some(worth));
        }
        let Some(best) = best else { return Ok(None) };
        for (sum, best) in sum.iter_mut().zip(best) {
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

impl Leaf<'_> {
    /// What the coupled level makes of one arc: scaled gain, plus multipliers, minus price.
    fn worth(&self, graph: &Graph, taker: usize, arc: usize, terms: std::ops::Range<usize>) -> i128 {
        let mut worth = i128::from(self.scale) * i128::from(self.coupled.gains.gain(graph, taker, arc));
        for term in &self.coupled.terms[terms] {
            let counts = match term.arc {
                None => graph.head(arc) != taker,
                Some(own) => own as usize == arc,
            };
            if counts {
                worth += i128::from(self.multipliers[term.group as usize]) * i128::from(term.weight);
            }
        }
        worth - i128::from(self.prices[graph.head(arc)])
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
