//! What moves meets brute force where networks are small, is proven where they are not, and nearly so within few lines; the check refuses what is none.

use super::*;
use crate::certify;
use crate::certify::trust::{Flaw, bound, value};
use crate::netting::MAX_AMOUNT;
use crate::stream::Stream;

fn of(nodes: usize, rows: &[(u32, u32, i64, i32)]) -> Lines {
    let mut lines = Lines { nodes, ..Lines::default() };
    for &(from, to, limit, cost) in rows {
        lines.push(from, to, limit, cost);
    }
    lines
}

/// What moves and what it costs, proven.
fn moved(lines: &Lines, ends: (u32, u32), asked: i64) -> (i128, i128) {
    let (paths, clearing) = cheapest(lines, ends, asked);
    let (obligations, levels) = lines.circulation(ends, asked);
    assert_eq!(certify::netting::is_optimal(&obligations, &levels, &clearing), Ok(true));
    let told = certify::netting::value(&obligations, &levels, &clearing.cleared).unwrap();
    assert_eq!(value(lines, ends, usize::MAX, &paths), Ok(told[0]));
    (told[0], -told[1])
}

/// What moves within so many lines, and what is proven of it.
fn moved_within(lines: &Lines, ends: (u32, u32), most: usize) -> (i128, i128) {
    let proven = within(lines, ends, most, MAX_AMOUNT);
    assert_eq!(bound(lines, ends, most, &proven.lengths), Some(proven.bound));
    let value = value(lines, ends, most, &proven.paths).unwrap();
    assert!(value <= proven.bound);
    (value, proven.bound)
}

/// All paths that visit no node twice.
fn all_paths(lines: &Lines, ends: (u32, u32), most: usize) -> Vec<Vec<u32>> {
    fn go(
        lines: &Lines,
        at: u32,
        ends: (u32, u32),
        most: usize,
        path: &mut Vec<u32>,
        all: &mut Vec<Vec<u32>>,
    ) {
        if at == ends.1 {
            all.push(path.clone());
            return;
        }
        let is_met = |node: u32, path: &[u32]| {
            node == ends.0 || path.iter().any(|&line| lines.to[line as usize] == node)
        };
        for line in 0..lines.from.len() as u32 {
            let to = lines.to[line as usize];
            if lines.from[line as usize] == at && path.len() < most && !is_met(to, path) {
                path.push(line);
                go(lines, to, ends, most, path, all);
                path.pop();
            }
        }
    }
    let mut all = Vec::new();
    go(lines, ends.0, ends, most, &mut Vec::new(), &mut all);
    all
}

/// The most that can move along these paths, and the least that it then costs, by trying all amounts.
fn brute_force(lines: &Lines, paths: &[Vec<u32>], left: &mut Vec<i64>) -> (i64, i64) {
    let Some((path, others)) = paths.split_first() else { return (0, 0) };
    let room = path.iter().map(|&line| left[line as usize]).min().unwrap();
    let cost: i64 = path.iter().map(|&line| i64::from(lines.cost[line as usize])).sum();
    let mut best = (0, 0);
    for amount in 0..=room {
        for &line in path {
            left[line as usize] -= amount;
        }
        let (more, less) = brute_force(lines, others, left);
        best = best.max((more + amount, less - amount * cost));
        for &line in path {
            left[line as usize] += amount;
        }
    }
    best
}

fn random(dice: &mut Stream, nodes: u64, count: u64, limits: u64) -> Lines {
    let mut lines = Lines { nodes: nodes as usize, ..Lines::default() };
    for _ in 0..count {
        let [from, to] = [0; 2].map(|_| dice.below(nodes) as u32);
        lines.push(from, to, dice.below(limits) as i64, dice.below(4) as i32);
    }
    lines
}

#[test]
fn value_takes_the_cheap_way_first_and_the_dear_one_for_the_rest() {
    let lines = of(4, &[(0, 1, 5, 1), (1, 3, 9, 1), (0, 2, 7, 4), (2, 3, 6, 0), (2, 1, 9, 0), (3, 0, 9, 1)]);
    assert_eq!(moved(&lines, (0, 3), 100), (12, 10 + 24 + 5));
    assert_eq!(moved(&lines, (0, 3), 3), (3, 6));
    assert_eq!(moved(&lines, (3, 2), 100), (7, 7 + 28));
    assert_eq!(moved(&of(3, &[(0, 1, 5, 1)]), (0, 2), 100), (0, 0));
}

#[test]
fn more_moves_than_one_line_carries() {
    let lines = of(2, &[(0, 1, MAX_AMOUNT, 1), (0, 1, MAX_AMOUNT - 7, 2), (0, 1, MAX_AMOUNT, 1)]);
    let all = 3 * i128::from(MAX_AMOUNT) - 7;
    assert_eq!(moved(&lines, (0, 1), i64::MAX).0, all);
    assert_eq!(moved(&lines, (0, 1), 2 * MAX_AMOUNT + 5).0, 2 * i128::from(MAX_AMOUNT) + 5);
    let proven = within(&lines, (0, 1), 1, MAX_MOVED);
    assert_eq!((proven.bound, value(&lines, (0, 1), 1, &proven.paths)), (all, Ok(all)));
}

#[test]
fn short_paths_carry_less_than_long_ones() {
    // The way through 1 and 2 has three lines; that through 1 alone two.
    let lines = of(4, &[(0, 1, 10, 1), (1, 3, 4, 1), (1, 2, 9, 1), (2, 3, 5, 1)]);
    let of_most: Vec<_> = (0..5).map(|most| moved_within(&lines, (0, 3), most)).collect();
    assert_eq!(of_most, [(0, 0), (0, 0), (4, 4), (9, 9), (9, 9)]);
    assert_eq!(within(&lines, (0, 3), 3, 6).paths.iter().map(|path| path.amount).sum::<i64>(), 6);
    let proven = within(&lines, (0, 3), 3, 6);
    assert!(proven.bound == 6 && bound(&lines, (0, 3), 3, &proven.lengths) >= Some(6), "{proven:?}");
}

#[test]
fn small_networks_meet_brute_force() {
    let mut dice = Stream::new(1);
    let (mut limited, mut proven) = (0, 0);
    for _ in 0..600 {
        let (nodes, count) = (2 + dice.below(4), dice.below(9));
        let lines = random(&mut dice, nodes, count, 4);
        let paths = all_paths(&lines, (0, 1), usize::MAX);
        if paths.len() > 6 {
            continue;
        }
        let (most, cost) = brute_force(&lines, &paths, &mut lines.limit.clone());
        let found = moved(&lines, (0, 1), MAX_AMOUNT);
        assert_eq!(found, (i128::from(most), -i128::from(cost)), "{lines:?}");
        for lines_most in 1..5 {
            let paths = all_paths(&lines, (0, 1), lines_most);
            let (most, _) = brute_force(&lines, &paths, &mut lines.limit.clone());
            let (value, bound) = moved_within(&lines, (0, 1), lines_most);
            assert!(value <= i128::from(most) && i128::from(most) <= bound, "{lines:?}");
            limited += 1;
            proven += usize::from(value == bound);
        }
    }
    assert!(limited > 1_000 && proven * 100 > limited * 98, "{proven} of {limited} proven");
}

#[test]
fn larger_networks_are_proven_and_nearly_so_within_few_lines() {
    let mut dice = Stream::new(2);
    for (nodes, count, limits) in [(30, 200, 10), (200, 1_000, 1 << 40), (500, 1_500, 5)] {
        let lines = random(&mut dice, nodes, count, limits);
        let (most, _) = moved(&lines, (0, 1), MAX_AMOUNT);
        for hops in [2, 3, 4, 6] {
            let (value, bound) = moved_within(&lines, (0, 1), hops);
            assert!(value <= most, "{value} of {most}");
            assert!(value * 100 >= bound * 95, "{value} of {bound} within {hops}");
        }
    }
}

#[test]
fn the_check_refuses_what_are_no_paths_and_what_is_no_proof() {
    let lines = of(3, &[(0, 1, 5, 1), (1, 2, 4, 1), (0, 2, 1, 1)]);
    let path = |amount, lines: &[u32]| Path { amount, lines: lines.to_vec() };
    let value = |most, paths: &[Path]| value(&lines, (0, 2), most, paths);
    assert_eq!(value(2, &[path(4, &[0, 1]), path(1, &[2])]), Ok(5));
    assert_eq!(value(2, &[path(4, &[1])]), Err(Flaw::Broken(0)));
    assert_eq!(value(2, &[path(1, &[2]), path(4, &[0])]), Err(Flaw::Broken(1)));
    assert_eq!(value(2, &[path(1, &[7])]), Err(Flaw::Broken(0)));
    assert_eq!(value(2, &[path(1, &[])]), Err(Flaw::Broken(0)));
    assert_eq!(value(1, &[path(4, &[0, 1])]), Err(Flaw::NotAllowed(0)));
    assert_eq!(value(2, &[path(0, &[2])]), Err(Flaw::NotAllowed(0)));
    assert_eq!(value(2, &[path(3, &[0, 1]), path(2, &[0, 1])]), Err(Flaw::Overdrawn(1)));
    let bound = |most, lengths: &[u32]| bound(&lines, (0, 2), most, lengths);
    assert_eq!((bound(2, &[0, 1, 1]), bound(1, &[0, 0, 3])), (Some(5), Some(1)));
    assert_eq!((bound(2, &[0, 1]), bound(2, &[1, 1, 0])), (None, None));
    assert_eq!(bound(2, &[1, 1, 1]), Some(10));
}
