//! Clearings meet brute force where networks are small and are proven where they are not; the check refuses what is none.

use super::*;
use crate::certify::netting::{Flaw, bound, is_optimal, value};
use crate::stream::Stream;

/// Obligations, and one level of weights.
fn of(participants: usize, rows: &[(u32, u32, i64, i32)]) -> (Obligations, Vec<Weights>) {
    let mut obligations = Obligations { participants, ..Obligations::default() };
    for &(debtor, creditor, amount, _) in rows {
        obligations.push(debtor, creditor, amount);
    }
    (obligations, vec![rows.iter().map(|row| row.3).collect()])
}

fn checked((obligations, levels): &(Obligations, Vec<Weights>)) -> (Clearing, Vec<i128>) {
    let clearing = clear(obligations, levels);
    let proven = is_optimal(obligations, levels, &clearing);
    assert_eq!(proven, Ok(true), "{} obligations", obligations.amount.len());
    let value = value(obligations, levels, &clearing.cleared).unwrap();
    (clearing, value)
}

/// The most that any circulation of small amounts is worth, by trying all.
fn brute_force(obligations: &Obligations, levels: &[Weights]) -> Vec<i128> {
    fn go(obligations: &Obligations, levels: &[Weights], cleared: &mut Vec<i64>, best: &mut Vec<i128>) {
        let Some(&amount) = obligations.amount.get(cleared.len()) else {
            if let Ok(value) = value(obligations, levels, cleared) {
                *best = value.max(std::mem::take(best));
            }
            return;
        };
        for part in 0..=amount {
            cleared.push(part);
            go(obligations, levels, cleared, best);
            cleared.pop();
        }
    }
    let mut best = vec![i128::MIN; levels.len()];
    go(obligations, levels, &mut Vec::new(), &mut best);
    best
}

/// Obligations at random, and so many levels of weights below so much, now and then with those of either sign.
fn random(
    dice: &mut Stream,
    (participants, count, amounts): (u64, u64, u64),
    (levels, weights): (usize, u64),
) -> (Obligations, Vec<Weights>) {
    let mut obligations = Obligations { participants: participants as usize, ..Obligations::default() };
    for _ in 0..count {
        let [debtor, creditor] = [0; 2].map(|_| dice.below(participants) as u32);
        obligations.push(debtor, creditor, dice.below(amounts) as i64);
    }
    let least = if dice.below(3) == 0 { weights as i32 / 2 } else { 0 };
    let mut weight = || dice.below(weights) as i32 - least;
    let levels = (0..levels).map(|_| (0..count).map(|_| weight()).collect()).collect();
    (obligations, levels)
}

#[test]
fn a_ring_cancels_its_least_obligation_and_a_chain_nothing() {
    let (clearing, value) =
        checked(&of(4, &[(0, 1, 100, 1), (1, 2, 100, 1), (2, 0, 200, 1), (3, 2, 100, 1)]));
    assert_eq!((clearing.cleared, value), (vec![100, 100, 100, 0], vec![300]));
    assert_eq!(checked(&of(3, &[(0, 1, 5, 1), (1, 2, 5, 1)])).1, [0]);
    assert_eq!(checked(&of(0, &[])).1, [0]);
    assert_eq!(checked(&of(1, &[(0, 0, 7, 1)])).1, [7], "a debt to oneself is a ring");
}

#[test]
fn a_level_gives_up_nothing_of_those_before() {
    // Either of two rings through 0 -> 1; the second level prefers the one that the first does not.
    let (obligations, _) = of(4, &[(0, 1, 5, 0), (1, 0, 3, 0), (1, 2, 9, 0), (2, 0, 9, 0)]);
    let levels = vec![vec![1, 1, 1, 1], vec![0, 9, 0, 0]];
    let (clearing, value) = checked(&(obligations.clone(), levels));
    assert_eq!((clearing.cleared, value), (vec![5, 0, 5, 5], vec![15, 0]));
    let levels = vec![vec![1, 0, 0, 0], vec![0, 9, 0, 0], vec![0, 0, 1, 1]];
    let (clearing, value) = checked(&(obligations, levels));
    assert_eq!((clearing.cleared, value), (vec![5, 3, 2, 2], vec![5, 27, 4]));
}

#[test]
fn small_networks_meet_brute_force() {
    let mut dice = Stream::new(1);
    for round in 0..3_000 {
        let (participants, count) = (1 + dice.below(4), dice.below(7));
        let network = random(&mut dice, (participants, count, 4), (1 + round % 3, [2, 3, 5][round % 5 % 3]));
        let (_, value) = checked(&network);
        assert_eq!(value, brute_force(&network.0, &network.1), "{network:?}");
    }
}

#[test]
fn larger_networks_are_proven_and_cleared_the_same_again() {
    let mut dice = Stream::new(2);
    for (size, levels) in [
        ((50, 400, 1_000), (1, 2)),
        ((300, 900, 1 << 40), (3, 100)),
        ((2_000, 9_000, 5), (4, 2)),
        ((400, 20_000, 1_000_000), (2, MAX_WEIGHT as u64)),
    ] {
        let network = random(&mut dice, size, levels);
        let (clearing, _) = checked(&network);
        assert_eq!(clear(&network.0, &network.1), clearing);
    }
}

/// One path as long as the network, and arcs back.
#[test]
fn long_paths_are_cleared() {
    let rows = (0..299).flat_map(|node| [(node, node + 1, 10 + i64::from(node % 7), 1), (node + 1, 0, 1, 1)]);
    checked(&of(300, &rows.collect::<Vec<_>>()));
}

#[test]
fn the_check_refuses_what_is_no_clearing_and_what_is_not_proven() {
    let network = of(3, &[(0, 1, 5, 1), (1, 2, 5, 1), (2, 0, 4, 1)]);
    let (obligations, levels) = &network;
    let value = |cleared: &[i64]| value(obligations, levels, cleared);
    assert_eq!(value(&[4, 4]), Err(Flaw::WrongShape));
    assert_eq!(value(&[4, 4, 5]), Err(Flaw::OutOfRange(2)));
    assert_eq!(value(&[-1, -1, -1]), Err(Flaw::OutOfRange(0)));
    assert_eq!(value(&[4, 3, 4]), Err(Flaw::Unbalanced(1)));
    assert_eq!(bound(obligations, levels, &[vec![0, 0]]), Err(Flaw::WrongShape));
    assert_eq!(bound(obligations, levels, &[]), Err(Flaw::WrongShape));
    let (mut clearing, _) = checked(&network);
    for at in 0..3 {
        clearing.potentials[0][at] += 100;
        assert_eq!(is_optimal(obligations, levels, &clearing), Ok(false));
        clearing.potentials[0][at] -= 100;
    }
    clearing.cleared = vec![3; 3];
    assert_eq!(is_optimal(obligations, levels, &clearing), Ok(false), "less than what is possible");
    assert!(bound(obligations, levels, &[vec![i64::MAX, i64::MIN, 0]]).is_ok(), "that much fits");
}
