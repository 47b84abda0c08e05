//! Few obligations are touched, the fewest where brute force can tell; what is found is as good, and its bound holds.

use super::*;
use crate::certify::fewest::{Flaw, Tree, bound};
use crate::certify::netting::{is_optimal, value};
use crate::netting::clear;
use crate::stream::Stream;

fn random(dice: &mut Stream, (participants, count, amounts): (u64, u64, u64)) -> Obligations {
    let mut obligations = Obligations { participants: participants as usize, ..Obligations::default() };
    for _ in 0..count {
        let [debtor, creditor] = [0; 2].map(|_| dice.below(participants) as u32);
        obligations.push(debtor, creditor, dice.below(amounts) as i64);
    }
    obligations
}

/// A clearing that is as good as before, how many of the first `counted` it touches, and the bound of that.
fn few(obligations: &Obligations, levels: &[Weights], counted: usize) -> (Clearing, u64, u64) {
    let mut clearing = clear(obligations, levels);
    let proofs = touch_few(obligations, levels, &mut clearing, counted);
    assert_eq!(is_optimal(obligations, levels, &clearing), Ok(true));
    let touched = clearing.cleared[..counted].iter().filter(|&&cleared| cleared > 0).count() as u64;
    let bound = bound(obligations, levels, (&clearing, counted), &proofs).unwrap();
    assert!(bound <= touched, "{bound} {touched}");
    (clearing, touched, bound)
}

/// The fewest of the first `counted` that clearings of this worth touch.
fn brute_force(
    obligations: &Obligations,
    levels: &[Weights],
    (best, counted): (&[i128], usize),
    cleared: &mut Vec<i64>,
) -> Option<u64> {
    let Some(&amount) = obligations.amount.get(cleared.len()) else {
        let is_best = value(obligations, levels, cleared).is_ok_and(|value| value == best);
        return is_best.then(|| cleared[..counted].iter().filter(|&&cleared| cleared > 0).count() as u64);
    };
    let mut fewest = None;
    for part in 0..=amount {
        cleared.push(part);
        let found = brute_force(obligations, levels, (best, counted), cleared);
        fewest = fewest.into_iter().chain(found).min();
        cleared.pop();
    }
    fewest
}

#[test]
fn small_networks_touch_as_few_as_brute_force() {
    let mut dice = Stream::new(1);
    for round in 0..1_500 {
        let (participants, count) = (2 + dice.below(4), dice.below(8));
        let obligations = random(&mut dice, (participants, count, 4));
        let weights = (0..count).map(|_| if round % 3 == 0 { dice.below(2) as i32 } else { 1 }).collect();
        let levels = [weights];
        let counted = count as usize - dice.below(count.min(2) + 1) as usize;
        let (clearing, touched, bound) = few(&obligations, &levels, counted);
        let best = value(&obligations, &levels, &clearing.cleared).unwrap();
        let fewest = brute_force(&obligations, &levels, (&best, counted), &mut Vec::new());
        assert_eq!((Some(touched), bound), (fewest, touched), "{obligations:?} {levels:?} {counted}");
    }
}

#[test]
fn larger_networks_touch_few_and_the_same_again() {
    let mut dice = Stream::new(2);
    for (size, gap) in [((12, 40, 50), 1), ((30, 150, 1_000), 12), ((300, 2_000, 1 << 40), 300)] {
        let obligations = random(&mut dice, size);
        let levels = [vec![1; obligations.amount.len()]];
        let counted = obligations.amount.len();
        let before =
            clear(&obligations, &levels).cleared.iter().filter(|&&cleared| cleared > 0).count() as u64;
        let (clearing, touched, bound) = few(&obligations, &levels, counted);
        assert!(touched <= before && touched - bound <= gap, "{before} {touched} {bound}");
        assert_eq!(few(&obligations, &levels, counted).0, clearing);
    }
}

#[test]
fn the_check_refuses_trees_that_are_none() {
    // 1 and 2 need to be released of 1 each by what 0 owes them or 3 does, and either may be in part.
    let mut obligations = Obligations { participants: 4, ..Obligations::default() };
    for (debtor, creditor, amount) in [(0, 1, 2), (1, 0, 2), (0, 2, 2), (2, 0, 2), (1, 2, 1), (2, 1, 1)] {
        obligations.push(debtor, creditor, amount);
    }
    let levels = [vec![0; 6]];
    let clearing = Clearing { cleared: vec![1, 0, 0, 1, 1, 0], potentials: vec![vec![0; 4]] };
    let bound = |participants: &[u32], tree: &[Tree]| {
        let proof = PartProof { participants: participants.to_vec(), tree: tree.to_vec() };
        bound(&obligations, &levels, (&clearing, 6), &[proof])
    };
    let leaf = || Tree::Leaf(vec![0; 3]);
    assert_eq!(bound(&[0, 1, 2], &[leaf()]), Ok(0));
    assert_eq!(bound(&[0, 1, 2], &[Tree::Branch(0), leaf(), leaf()]), Ok(0));
    for participants in [&[][..], &[0, 1], &[0, 1, 2, 3], &[0, 1, 1], &[0, 1, 9]] {
        assert_eq!(bound(participants, &[leaf()]), Err(Flaw::NoPart(0)), "{participants:?}");
    }
    for tree in [
        &[][..],
        &[Tree::Leaf(vec![0; 2])],
        &[leaf(), leaf()],
        &[Tree::Branch(0), leaf()],
        &[Tree::Branch(7), leaf(), leaf()],
        &[Tree::Branch(0), Tree::Branch(0), leaf(), leaf(), leaf()],
    ] {
        assert_eq!(bound(&[0, 1, 2], tree), Err(Flaw::NoTree(0)), "{tree:?}");
    }
}
