//! What `explain` says of every item that stays, on hundreds of small rounds, against clearing the round
//! again: with that item favoured above all, and with each single want added that nobody sent.

use bartizan_engine::explain::{Explanation, Reason, explain};
use bartizan_engine::{ItemIndex, ItemKind, Objective, Outcome, Round, User, UserIndex};
use bartizan_io::clear::{Settings, clear};
use bartizan_tests::rounds;

#[test]
fn reasons_and_missing_wants_hold_when_the_round_is_cleared_again() {
    let (mut costly, mut wished, mut hopeless) = (0, 0, 0);
    for seed in 0..4000 {
        let mut round = rounds::small(seed);
        round.objectives = vec![Objective::Items];
        round.users.iter_mut().for_each(|user| user.limit = None);
        let outcome = cleared(&round);
        for index in 0..round.items.len() {
            let item = ItemIndex(index as u32);
            if round.items[index].kind == ItemKind::Dummy {
                continue;
            }
            let Explanation::Stays { reason, missing_want } = explain(&round, &outcome, item) else {
                assert_ne!(outcome.takes[index], item, "seed {seed}: {index} stays");
                continue;
            };
            assert_eq!(outcome.takes[index], item, "seed {seed}: {index} trades");
            assert_eq!(reason, expected_reason(&round, &outcome, item), "seed {seed}, item {index}");
            costly += usize::from(matches!(reason, Reason::Costs(lost) if lost > 0));
            let best = best_single_want(&round, &outcome, item);
            assert_eq!(missing_want.map(|want| want.gain), best, "seed {seed}, item {index}");
            if let Some(want) = missing_want {
                let more = cleared(&with_want(&round, want.on_list_of, want.wanted));
                assert_eq!(
                    more.levels[0].value,
                    outcome.levels[0].value + want.gain,
                    "seed {seed}, item {index}"
                );
                assert_ne!(more.takes[index], item, "seed {seed}: {index} still stays");
                wished += 1;
            } else {
                hopeless += 1;
            }
        }
    }
    assert!(
        costly > 20 && wished > 100 && hopeless > 20,
        "{costly} costly, {wished} wished, {hopeless} hopeless"
    );
}

fn cleared(round: &Round<'_>) -> Outcome {
    clear(round, &Settings { threads: 1, ..Settings::default() }, &mut |_| ()).expect("a small round").outcome
}

/// The reason by clearing again with the item favoured above all others.
fn expected_reason(round: &Round<'_>, outcome: &Outcome, item: ItemIndex) -> Reason {
    if !round.wants.item.contains(&item) {
        return Reason::Unwanted;
    }
    if round.wants.range(item).is_empty() {
        return Reason::WantsNothing;
    }
    let mut favoured = round.clone();
    let alone = UserIndex(favoured.users.len() as u32);
    favoured.users.push(User { name: "alone".into(), limit: None });
    favoured.items[item.at()].user = Some(alone);
    favoured.objectives = vec![Objective::Favor(alone), Objective::Items];
    let levels = cleared(&favoured).levels;
    if levels[0].value == 0 {
        Reason::NoRing
    } else {
        Reason::Costs(outcome.levels[0].value - levels[1].value)
    }
}

/// How much the best single want raises the number of items, among those that name the item or stand
/// on its list and concern somebody else's good; `None` when none does.
fn best_single_want(round: &Round<'static>, outcome: &Outcome, item: ItemIndex) -> Option<i64> {
    let user = round.items[item.at()].user;
    let others = (0..round.items.len() as u32).map(ItemIndex).filter(|&other| {
        let thing = &round.items[other.at()];
        other != item && thing.kind == ItemKind::Good && !(user.is_some() && thing.user == user)
    });
    let gain = |on_list_of: ItemIndex, wanted: ItemIndex| {
        if round.wants.item[round.wants.range(on_list_of)].contains(&wanted) {
            return 0;
        }
        cleared(&with_want(round, on_list_of, wanted)).levels[0].value - outcome.levels[0].value
    };
    others.map(|other| gain(other, item).max(gain(item, other))).max().filter(|&gain| gain > 0)
}

fn with_want(round: &Round<'static>, on_list_of: ItemIndex, wanted: ItemIndex) -> Round<'static> {
    let mut more = round.clone();
    let end = more.wants.first[on_list_of.at() + 1] as usize;
    more.wants.item.insert(end, wanted);
    if !more.wants.cost.is_empty() {
        more.wants.cost.insert(end, 1);
    }
    if !more.wants.price.is_empty() {
        more.wants.price.insert(end, 0);
    }
    more.wants.first[on_list_of.at() + 1..].iter_mut().for_each(|first| *first += 1);
    more
}
