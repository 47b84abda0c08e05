//! Small programs against brute force, middling ones against another solver, and proofs against their check.

use good_lp::microlp;

use super::*;
use crate::certify::program::{Flaw, bounds, check_amounts};
use crate::stream::Stream;

/// A program of two levels; rows are at most, or balanced to 0, so that nothing is always allowed.
fn made_up(dice: &mut Stream, column_count: usize, row_count: usize, most: i64, entry_count: u64) -> Program {
    let rows = (0..row_count)
        .map(|_| {
            let is_exact = dice.below(3) == 0;
            let mut entries: Vec<(u32, i64)> = (0..=dice.below(entry_count))
                .map(|_| {
                    let weight = dice.within(1, 2 + entry_count as i64 / 2);
                    let negative = dice.below(if is_exact { 2 } else { 6 }) == 0;
                    (dice.below(column_count as u64) as u32, if negative { -weight } else { weight })
                })
                .collect();
            entries.sort_unstable();
            entries.dedup_by_key(|entry| entry.0);
            Row { entries, is_exact, most: if is_exact { 0 } else { dice.within(0, 2 * entry_count as i64) } }
        })
        .collect();
    let mut gains =
        |low: i64, high: i64| (0..column_count).map(|_| dice.within(low, high)).collect::<Vec<i64>>();
    Program {
        gains: vec![gains(-1, 3), gains(-9, 0)],
        most: (0..column_count).map(|_| dice.within(1, most)).collect(),
        rows,
        decisive: column_count / 2,
        ..Program::default()
    }
}

/// The best values by trying everything.
fn brute_force(program: &Program) -> Option<Vec<i64>> {
    let mut best: Option<Vec<i64>> = None;
    let mut amounts = vec![0; program.most.len()];
    loop {
        if let Ok(values) = check_amounts(program, &amounts) {
            best = best.max(Some(values));
        }
        let Some(column) = (0..amounts.len()).find(|&column| amounts[column] < program.most[column]) else {
            return best;
        };
        amounts[..column].fill(0);
        amounts[column] += 1;
    }
}

fn proven(program: &Program, what: &str) -> Solution {
    let found = solve(program, None, Budget::UNLIMITED, 0, &mut |_, _, _| ()).unwrap();
    assert_eq!(check_amounts(program, &found.amounts), Ok(found.values.clone()), "{what}");
    assert_eq!(bounds(program, &found.amounts, &found.proof), Ok(found.bounds.clone()), "{what}");
    assert_eq!(found.values, found.bounds, "{what}");
    found
}

#[test]
fn small_programs_reach_what_brute_force_finds() {
    let mut dice = Stream::new(1);
    let mut traded = 0;
    for case in 0..3_000 {
        let program = made_up(&mut dice, 2 + case % 6, 1 + case % 5, 1 + (case % 3) as i64, 4);
        let found = proven(&program, &format!("case {case}"));
        assert_eq!(Some(found.values.clone()), brute_force(&program), "case {case}");
        traded += usize::from(found.values[0] > 0);
    }
    assert!(traded > 1_000, "{traded} of them have something to gain");
}

#[test]
fn what_must_be_is_found_or_proven_to_be_impossible() {
    let mut dice = Stream::new(2);
    let mut impossible = 0;
    for case in 0..1_000 {
        let mut program = made_up(&mut dice, 5, 3, 2, 4);
        program.rows.push(Row { entries: vec![(0, -1), (1, -1)], is_exact: false, most: -dice.within(1, 3) });
        match solve(&program, None, Budget::UNLIMITED, 0, &mut |_, _, _| ()) {
            Ok(found) => {
                assert_eq!(Some(&found.values), brute_force(&program).as_ref(), "case {case}");
                assert_eq!(bounds(&program, &found.amounts, &found.proof), Ok(found.values), "case {case}");
            }
            Err(why) => {
                assert_eq!((why, brute_force(&program)), (Unsolved::Nothing, None), "case {case}");
                impossible += 1;
            }
        }
    }
    assert!(impossible > 50 && impossible < 950, "{impossible}");
}

#[test]
fn larger_programs_agree_with_another_solver() {
    let mut dice = Stream::new(3);
    let (mut split, mut handed_on) = (0, 0);
    for case in 0..60 {
        let program = made_up(&mut dice, 40, 20, 1 + case % 2, 14);
        let found = proven(&program, &format!("case {case}"));
        let other = through_good_lp(&program, microlp).unwrap();
        assert_eq!(check_amounts(&program, &other).unwrap()[0], found.values[0], "case {case}");
        let is_split = |part: &PartProof| matches!(part.cases, Cases::Branch { .. });
        split += usize::from(found.proof.levels.iter().flatten().any(is_split));
        let [first, second] = &found.proof.levels[..] else { panic!("two levels") };
        let has_more = |(first, second): (&PartProof, &PartProof)| second.cuts.len() > first.cuts.len();
        handed_on += usize::from(first.iter().zip(second).any(has_more));
    }
    assert!(split > 5 && handed_on > 30, "{split} need cases, {handed_on} keep columns at 0");
}

#[test]
fn what_is_near_the_best_will_do_where_it_is_said_to() {
    let mut dice = Stream::new(6);
    let (mut near, mut saved) = (0, 0);
    for case in 0..60 {
        let program = made_up(&mut dice, 40, 20, 1 + case % 2, 14);
        let whole = proven(&program, &format!("case {case}"));
        let found = solve(&program, None, Budget::UNLIMITED, 2, &mut |_, _, _| ()).unwrap();
        assert_eq!(bounds(&program, &found.amounts, &found.proof), Ok(found.bounds.clone()), "case {case}");
        let (value, bound, best) = (found.values[0], found.bounds[0], whole.values[0]);
        let parts = found.part_count as i64;
        assert!(value <= best && best <= bound && bound - value <= 2 * parts, "case {case}");
        near += usize::from(value < bound);
        saved += usize::from(found.steps < whole.steps);
    }
    assert!(near > 10 && saved > 10, "{near} stay near the best, {saved} take fewer steps");
}

/// Weights of which the relaxation does not tell the last digits apart: what it takes for whole may then be beside the limits of a case.
#[test]
fn weights_beyond_its_digits_stop_no_search() {
    let mut dice = Stream::new(7);
    let mut found_some = 0;
    for case in 0..300 {
        let count = 6 + case % 6;
        let mut weight = || dice.within(1 << 40, 1 << 46) * if dice.below(2) == 0 { -1 } else { 1 };
        let balance: Vec<(u32, i64)> = (0..count).map(|column| (column, weight())).collect();
        let rows = [
            balance.clone(),
            (0..count).map(|column| (column, balance[column as usize].1 / 3 + 1)).collect(),
        ];
        let program = Program {
            most: (0..count).map(|_| dice.within(1, 400)).collect(),
            rows: rows.map(|entries| Row { entries, is_exact: false, most: 0 }).to_vec(),
            gains: vec![(0..count).map(|_| dice.within(0, 1 << 40)).collect()],
            decisive: 0,
            ..Program::default()
        };
        let found = solve(&program, None, Budget::new(200_000), 0, &mut |_, _, _| ()).unwrap();
        assert_eq!(check_amounts(&program, &found.amounts), Ok(found.values.clone()), "case {case}");
        assert_eq!(bounds(&program, &found.amounts, &found.proof), Ok(found.bounds), "case {case}");
        found_some += usize::from(found.values[0] > 0);
    }
    assert!(found_some > 100, "{found_some}");
}

#[test]
fn out_of_steps_there_is_an_answer_with_a_bound() {
    let mut dice = Stream::new(4);
    let mut open = 0;
    for case in 0..100 {
        let program = made_up(&mut dice, 40, 20, 2, 14);
        let whole = proven(&program, &format!("case {case}"));
        for most_steps in [0, whole.steps / 4, whole.steps / 2] {
            let found = solve(&program, None, Budget::new(most_steps), 0, &mut |_, _, _| ()).unwrap();
            let again = solve(&program, None, Budget::new(most_steps), 0, &mut |_, _, _| ()).unwrap();
            assert_eq!(found, again);
            let proven = bounds(&program, &found.amounts, &found.proof).unwrap();
            assert_eq!(proven, found.bounds, "case {case}");
            assert!(found.values[0] <= whole.values[0] && found.bounds[0] >= whole.values[0], "case {case}");
            open += usize::from(found.values != found.bounds);
        }
    }
    assert!(open > 20, "{open} stay open");
}

/// Every way to spoil a proof is refused, or proves something that still holds.
#[test]
fn a_spoilt_proof_proves_nothing_false() {
    let mut dice = Stream::new(5);
    let mut refused = 0;
    for case in 0..400 {
        let program = made_up(&mut dice, 6, 4, 2, 5);
        let found = proven(&program, &format!("case {case}"));
        let best = brute_force(&program).unwrap();
        for _ in 0..20 {
            let mut proof = found.proof.clone();
            spoil(&mut proof, &mut dice);
            match bounds(&program, &found.amounts, &proof) {
                Ok(bounds) => assert!(bounds >= best, "case {case}: {bounds:?} < {best:?}"),
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > 100, "{refused}");
}

fn spoil(proof: &mut Proof, dice: &mut Stream) {
    let by = dice.within(-2, 2);
    if proof.parts.is_empty() {
        return;
    }
    let level = dice.below(proof.levels.len() as u64) as usize;
    let part = dice.below(proof.parts.len() as u64) as usize;
    let own = &mut proof.levels[level][part];
    match dice.below(7) {
        5 => {
            let of_part = &proof.parts[part];
            let column = of_part[dice.below(of_part.len() as u64) as usize];
            insert(&mut own.cases, (column, dice.within(-1, 3)), dice);
        }
        6 => turn(&mut own.cases, dice),
        0 => {
            proof.parts[part].pop();
        }
        1 => own.scale = own.scale.wrapping_add(by),
        2 => {
            own.cuts.pop();
        }
        3 => {
            if let Some(cut) = own.cuts.first_mut() {
                cut.divisor += by;
                for cited in &mut cut.rows {
                    cited.1 += by;
                }
            }
        }
        _ => {
            let mut cases = &mut own.cases;
            while let Cases::Branch { low, high, at_most, .. } = cases {
                *at_most += by;
                cases = if dice.below(2) == 0 { low } else { high };
            }
            if let Cases::Bound(cited) | Cases::Void(cited) = cases {
                for cited in cited {
                    cited.1 = cited.1.wrapping_add(by << dice.below(40));
                }
            }
        }
    }
}

/// Splits some case once more, both halves with what closed it or one with what says nothing.
fn insert(cases: &mut Cases, (column, at_most): (u32, i64), dice: &mut Stream) {
    match cases {
        Cases::Branch { low, high, .. } if dice.one_in(2) => {
            insert(if dice.one_in(2) { low } else { high }, (column, at_most), dice);
        }
        whole => {
            let mut halves = [whole.clone(), whole.clone()];
            if dice.one_in(2) {
                halves[dice.below(2) as usize] = Cases::Void(Vec::new());
            }
            let [low, high] = halves.map(Box::new);
            *whole = Cases::Branch { column, at_most, low, high };
        }
    }
}

/// Takes what bounds some case for what makes it void, or the other way round, or its halves the one for the other.
fn turn(cases: &mut Cases, dice: &mut Stream) {
    match cases {
        Cases::Bound(cited) => *cases = Cases::Void(std::mem::take(cited)),
        Cases::Void(cited) => *cases = Cases::Bound(std::mem::take(cited)),
        Cases::Branch { low, high, .. } if dice.one_in(3) => std::mem::swap(low, high),
        Cases::Branch { low, high, .. } => turn(if dice.one_in(2) { low } else { high }, dice),
    }
}

/// The proof of the best amounts proves no others to be the best.
#[test]
fn a_proof_of_the_best_does_not_serve_what_is_worse() {
    let mut dice = Stream::new(8);
    let mut worse = 0;
    for case in 0..400 {
        let program = made_up(&mut dice, 6, 4, 2, 5);
        let found = proven(&program, &format!("case {case}"));
        for _ in 0..20 {
            let amounts: Vec<i64> = program.most.iter().map(|&most| dice.within(0, most)).collect();
            let Ok(values) = check_amounts(&program, &amounts) else { continue };
            if values < found.values {
                assert_ne!(bounds(&program, &amounts, &found.proof), Ok(values), "case {case}: {amounts:?}");
                worse += 1;
            }
        }
    }
    assert!(worse > 300, "{worse}");
}

/// On the first level nothing came before that a proof could cite, and on the second only what the amounts at hand reach.
#[test]
fn a_level_is_cited_by_those_after_it_alone() {
    let program = Program { most: vec![2], gains: vec![vec![1], vec![-1]], ..Program::default() };
    let cites =
        |times: i64| vec![PartProof { scale: 1, cuts: Vec::new(), cases: Cases::Bound(vec![(0, times)]) }];
    let says_nothing = vec![PartProof { scale: 1, ..PartProof::default() }];
    let proof = |levels: Vec<Vec<PartProof>>| Proof { parts: vec![vec![0]], levels };
    let proven = |amount: i64, levels| bounds(&program, &[amount], &proof(levels));
    assert_eq!(proven(2, vec![says_nothing.clone(), cites(1)]), Ok(vec![2, -2]));
    // Who has 1 has no proof of the first level, and of what comes after it nothing may be claimed.
    assert_eq!(proven(1, vec![says_nothing.clone(), cites(1)]), Err(Flaw::WrongShape));
    for times in [0, 1] {
        assert_eq!(proven(2, vec![cites(times), says_nothing.clone()]), Err(Flaw::WrongShape), "{times}");
    }
    assert_eq!(proven(2, vec![says_nothing, cites(-1)]), Err(Flaw::WrongShape));
}

#[test]
fn what_is_left_out_of_all_parts_is_noticed() {
    let program = Program { most: vec![1, 1], gains: vec![vec![1, 1]], ..Program::default() };
    let found = proven(&program, "two apart");
    assert_eq!((found.values[0], found.part_count), (2, 2));
    let mut proof = found.proof.clone();
    proof.parts.pop();
    assert_eq!(bounds(&program, &found.amounts, &proof), Err(Flaw::LeftOut(1)));
}
