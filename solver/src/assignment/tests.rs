//! The assignment against a naive twin, and its prices against complementary slackness.

use super::*;
use crate::rows::{ByArc, ByTaker};
use crate::stream::Stream;

fn drawn_gain(random: &mut Stream, kind: u64) -> i64 {
    match kind {
        0 => random.below(2) as i64,
        1 => random.below(5) as i64 - 2,
        2 => random.below(100) as i64 - 50,
        _ => (random.below(1 << 20) << 20) as i64 - (1 << 39) + random.below(1 << 20) as i64,
    }
}

/// Rows with an arc to itself in front, and others with the given chance in percent.
fn random_rows(random: &mut Stream, n: usize, percent: u64) -> Rows {
    let mut rows = Rows { first: vec![0], head: Vec::new() };
    for taker in 0..n {
        rows.head.push(taker as u32);
        let others = (0..n).filter(|&giver| giver != taker && random.below(100) < percent);
        rows.head.extend(others.map(|giver| giver as u32));
        rows.first.push(rows.head.len() as u32);
    }
    rows
}

/// Checks by definition that it is a perfect matching along arcs and that the prices prove it.
fn check(rows: &Rows, gains: &impl Gains, assignment: &Assignment) -> i64 {
    let mut total = 0;
    for taker in 0..rows.taker_count() {
        let mate = assignment.mate[taker];
        assert_eq!(assignment.owner[mate as usize], taker as u32);
        let mut held = None;
        for (place, arc) in rows.arcs(taker).enumerate() {
            let gain = gains.gain(taker, place, arc);
            let bound = assignment.value[taker] + assignment.price[rows.head[arc] as usize];
            assert!(gain <= bound, "taker {taker} prefers {}", rows.head[arc]);
            if rows.head[arc] == mate {
                assert_eq!(gain, bound, "taker {taker} holds {mate}");
                held = Some(gain);
            }
        }
        total += held.expect("the mate is in the row");
    }
    total
}

/// The naive twin: the O(n^3) Hungarian method on a full matrix (Jonker and Volgenant's form).
fn hungarian(rows: &Rows, gains: &impl Gains) -> i64 {
    const ABSENT: i64 = 1 << 50;
    let n = rows.taker_count();
    let mut cost = vec![vec![ABSENT; n]; n];
    for (taker, row) in cost.iter_mut().enumerate() {
        for (place, arc) in rows.arcs(taker).enumerate() {
            row[rows.head[arc] as usize] = -gains.gain(taker, place, arc);
        }
    }
    let (mut u, mut v, mut owner) = (vec![0; n + 1], vec![0; n + 1], vec![n; n + 1]);
    for taker in 0..n {
        owner[n] = taker;
        let (mut least, mut from, mut used) = (vec![FAR; n], vec![n; n], vec![false; n + 1]);
        let mut giver = n;
        while owner[giver] != n {
            used[giver] = true;
            let row = owner[giver];
            let (mut step, mut next) = (FAR, n);
            for other in (0..n).filter(|&other| !used[other]) {
                let slack = cost[row][other] - u[row] - v[other];
                if slack < least[other] {
                    (least[other], from[other]) = (slack, giver);
                }
                if least[other] < step {
                    (step, next) = (least[other], other);
                }
            }
            for other in 0..=n {
                if used[other] {
                    u[owner[other]] += step;
                    v[other] -= step;
                } else if other < n {
                    least[other] -= step;
                }
            }
            giver = next;
        }
        while giver != n {
            owner[giver] = owner[from[giver]];
            giver = from[giver];
        }
    }
    -(0..n).map(|giver| cost[owner[giver]][giver]).sum::<i64>()
}

#[test]
fn small_instances_agree_with_the_naive_twin_also_after_gains_change() {
    for seed in 0..4000 {
        let mut random = Stream::new(seed);
        let (n, percent, kind) =
            (1 + random.below(9) as usize, [15, 40, 100][seed as usize % 3], random.below(4));
        let rows = random_rows(&mut random, n, percent);
        let mut gains = ByArc((0..rows.head.len()).map(|_| drawn_gain(&mut random, kind)).collect());
        let mut assignment = Assignment::new(&rows, &gains);
        for round in 0..4 {
            assignment.complete(&rows, &gains);
            assert_eq!(
                check(&rows, &gains, &assignment),
                hungarian(&rows, &gains),
                "seed {seed} round {round}"
            );
            for gain in &mut gains.0 {
                if random.below(4) < round {
                    *gain = drawn_gain(&mut random, kind);
                }
            }
            assignment.reprice(&rows, &gains);
        }
    }
}

#[test]
fn gains_by_taker_agree_with_the_naive_twin() {
    for seed in 0..2000 {
        let mut random = Stream::new(seed);
        let n = 1 + random.below(12) as usize;
        let rows = random_rows(&mut random, n, 10 + seed % 40);
        let bound = 1 + random.below(3);
        let gain = (0..n).map(|_| random.below(bound + 1) as i64).collect();
        let gains = ByTaker { gain, has_self: vec![true; n] };
        let mut assignment = Assignment::new(&rows, &gains);
        assignment.complete(&rows, &gains);
        assert_eq!(check(&rows, &gains, &assignment), hungarian(&rows, &gains), "seed {seed}");
    }
}

#[test]
fn prices_prove_larger_instances_also_after_gains_change() {
    for seed in 0..60 {
        let mut random = Stream::new(seed);
        let n = 100 + random.below(300) as usize;
        let percent = 1 + random.below(3);
        let rows = random_rows(&mut random, n, percent);
        let kind = seed % 4;
        let mut gains = ByArc((0..rows.head.len()).map(|_| drawn_gain(&mut random, kind)).collect());
        let mut assignment = Assignment::new(&rows, &gains);
        for _ in 0..4 {
            assignment.complete(&rows, &gains);
            check(&rows, &gains, &assignment);
            for _ in 0..n / 4 {
                let arc = random.below(rows.head.len() as u64) as usize;
                gains.0[arc] = drawn_gain(&mut random, kind);
            }
            assignment.reprice(&rows, &gains);
        }
    }
}

#[test]
#[should_panic(expected = "a perfect matching exists")]
fn two_takers_who_want_one_giver_alone_are_refused() {
    let rows = Rows { first: vec![0, 1, 2], head: vec![0, 0] };
    let gains = ByArc(vec![1, 1]);
    Assignment::new(&rows, &gains).complete(&rows, &gains);
}
