//! Brute force on thousands of small problems: the levels of a face, the coupled level, and the
//! certificate of both agree with the best over all permutations.

use bartizan_solver::certify::{Certificate, Flaw, Problem, Tree, bound, check_circulation};
use bartizan_solver::coupled::{self, Concave, Coupled, Effort, Group, Term};
use bartizan_solver::{Face, Graph, LinearGains};
use proptest::prelude::*;

/// A problem of up to six nodes with one or two linear levels and perhaps a coupled one.
fn problem() -> impl Strategy<Value = Problem> {
    (2_usize..=6)
        .prop_flat_map(|n| {
            (
                prop::collection::vec(prop::collection::vec(0_u8..3, n), n),
                prop::collection::vec(prop::collection::vec(-3_i64..4, n * n), 0..=2),
                prop::collection::vec(0_i64..=1, n),
                prop::option::of((
                    prop::collection::vec(-2_i64..3, n * n),
                    prop::collection::vec(0_u8..3, 3),
                    prop::collection::vec((0_usize..n, 0_usize..n, 0_u32..3, 0_i64..4), 0..8),
                    prop::collection::vec(0_u32..3, n),
                    0_i64..3,
                )),
            )
        })
        .prop_map(|(rows, arc_gains, taker_gains, coupled)| build(&rows, &arc_gains, taker_gains, coupled))
}

type CoupledParts = (Vec<i64>, Vec<u8>, Vec<(usize, usize, u32, i64)>, Vec<u32>, i64);

fn build(
    rows: &[Vec<u8>],
    arc_gains: &[Vec<i64>],
    taker_gains: Vec<i64>,
    coupled: Option<CoupledParts>,
) -> Problem {
    let n = rows.len();
    let graph = Graph::from_rows(n, 0, |i| {
        (0..n as u32)
            .filter(move |&j| j as usize != i && rows[i][j as usize] == 0)
            .collect::<Vec<_>>()
            .into_iter()
    });
    let by_arc = |table: &[i64]| {
        let gains = (0..n).flat_map(|i| graph.heads(i).iter().map(move |&j| table[i * n + j as usize]));
        LinearGains::ByArc(gains.collect())
    };
    let mut linear: Vec<LinearGains> = arc_gains.iter().map(|table| by_arc(table)).collect();
    if linear.len() == 2 {
        linear[0] = LinearGains::ByTaker(taker_gains);
    }
    let coupled = coupled.map(|(gains, kinds, arcs, group_of, limit)| {
        let groups = kinds
            .iter()
            .map(|&kind| match kind {
                0 => Group { value: Concave::Cover(1), least: 0, most: 100 },
                1 => Group { value: Concave::Squares(1), least: 0, most: 100 },
                _ => Group { value: Concave::Zero, least: 0, most: limit },
            })
            .collect();
        let mut terms: Vec<Term> = (0..n as u32)
            .map(|taker| Term { taker, arc: None, group: group_of[taker as usize], weight: 1 })
            .collect();
        terms.extend(arcs.into_iter().filter_map(|(i, j, group, weight)| {
            let arc = graph.arc_between(i, j).filter(|_| i != j)?;
            Some(Term { taker: i as u32, arc: Some(arc as u32), group, weight })
        }));
        terms.sort_by_key(|term| term.taker);
        Coupled { gains: by_arc(&gains), groups, terms }
    });
    Problem { graph, linear, coupled }
}

/// The lexicographically best values over all circulations that keep the ranges.
fn brute_force(problem: &Problem) -> Option<Vec<i64>> {
    fn place(problem: &Problem, takes: &mut Vec<u32>, best: &mut Option<Vec<i64>>) {
        let taker = takes.len();
        if taker == problem.graph.node_count() {
            if let Ok(values) = check_circulation(problem, takes) {
                *best = best.take().max(Some(values));
            }
            return;
        }
        for &giver in problem.graph.heads(taker) {
            if !takes.contains(&giver) {
                takes.push(giver);
                place(problem, takes, best);
                takes.pop();
            }
        }
    }
    let mut best = None;
    place(problem, &mut Vec::new(), &mut best);
    best
}

/// Solves `problem` with a face per linear level and the coupled level last.
fn solve(problem: &Problem, threads: usize) -> (Vec<u32>, Certificate) {
    let mut face = Face::whole(&problem.graph);
    for gains in &problem.linear {
        face.optimise(&problem.graph, gains, threads);
    }
    let mut certificate = Certificate { prices: face.prices.clone(), coupled: None };
    let mut takes = face.takes.clone();
    if let Some(coupled) = &problem.coupled {
        let found = coupled::solve(&problem.graph, &face, coupled, &takes, Effort::default(), &mut |_, _| ());
        assert_eq!(found.value, found.bound, "small problems are solved to the end");
        takes = found.takes;
        certificate.coupled = Some((found.scale, found.tree));
    }
    (takes, certificate)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn linear_levels_and_their_certificate_meet_brute_force(problem in problem()) {
        let problem = Problem { coupled: None, ..problem };
        let (takes, certificate) = solve(&problem, 2);
        let reached = check_circulation(&problem, &takes).unwrap();
        prop_assert_eq!(Some(reached.clone()), brute_force(&problem));
        prop_assert_eq!(bound(&problem, &certificate, &reached).unwrap(), reached);
    }

    #[test]
    fn the_coupled_level_and_its_tree_meet_brute_force(problem in problem()) {
        // With a limited group, the optimum of the levels before may not be allowed: leave them out.
        let limited = problem.coupled.iter().flat_map(|c| &c.groups).any(|group| group.value == Concave::Zero);
        let linear = if limited { Vec::new() } else { problem.linear };
        let problem = Problem { linear, ..problem };
        let (takes, certificate) = solve(&problem, 1);
        let reached = check_circulation(&problem, &takes).unwrap();
        prop_assert_eq!(Some(reached.clone()), brute_force(&problem));
        prop_assert_eq!(bound(&problem, &certificate, &reached).unwrap(), reached);
    }

    #[test]
    fn wrong_prices_prove_less_never_more(problem in problem(), node in 0_usize..6, by in -3_i64..4) {
        let mut problem = Problem { coupled: None, ..problem };
        if problem.linear.is_empty() {
            problem.linear.push(LinearGains::ByTaker(vec![1; problem.graph.node_count()]));
        }
        let (takes, mut certificate) = solve(&problem, 1);
        let node = node % takes.len();
        certificate.prices[0][node] += by;
        let reached = check_circulation(&problem, &takes).unwrap();
        prop_assert!(bound(&problem, &certificate, &reached).unwrap() >= reached);
    }
}

#[test]
fn a_certificate_of_the_wrong_shape_proves_nothing() {
    let graph = Graph::from_rows(2, 0, |i| std::iter::once(1 - i as u32));
    let problem = Problem { graph, linear: vec![LinearGains::ByTaker(vec![1, 1])], coupled: None };
    let (takes, mut certificate) = solve(&problem, 1);
    let reached = check_circulation(&problem, &takes).unwrap();
    assert_eq!(reached, [2]);
    certificate.prices[0].pop();
    assert_eq!(bound(&problem, &certificate, &reached), Err(Flaw::WrongShape));
    certificate.prices = vec![vec![0, 0]];
    certificate.coupled = Some((1, Tree::Leaf { multipliers: Vec::new(), prices: vec![0, 0] }));
    assert_eq!(bound(&problem, &certificate, &reached), Err(Flaw::WrongShape));
    assert_eq!(check_circulation(&problem, &[1, 1]), Err(Flaw::NotACirculation(1)));
}
