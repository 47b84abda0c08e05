//! Thousands of small random rounds, cleared for every list of objectives and compared with plain
//! enumeration of all that could happen. The enumeration reads the round alone and shares no code with what
//! it judges; it is meant to be slow and obvious.

use bartizan_engine::{ItemKind, Objective, Round, UserIndex, verify};
use bartizan_io::clear::{Cleared, Settings, clear};
use bartizan_io::format;
use bartizan_tests::enumeration::{best, outcomes};
use bartizan_tests::rounds;

use Objective::{Cost, Favor, Items, UserSquares, Users, WeightedCost};

const ROUNDS: u64 = 3000;

const FIRST_USER: UserIndex = UserIndex(0);

/// The lists to clear for. Every round has a first user.
const LISTS: &[&[Objective]] = &[
    &[Items],
    &[Cost],
    &[WeightedCost],
    &[Users],
    &[UserSquares],
    &[Favor(FIRST_USER)],
    &[Items, Cost],
    &[Items, Users],
    &[Items, UserSquares],
    &[Items, Favor(FIRST_USER)],
    &[Items, Users, Cost],
    &[Items, Cost, Users],
    &[Items, UserSquares, Users],
    &[Users, Items],
    &[Users, UserSquares, Cost],
    &[WeightedCost, Users],
    &[WeightedCost, Favor(FIRST_USER), UserSquares],
    &[Favor(FIRST_USER), Cost, Items],
];

#[test]
fn every_small_round_agrees_with_enumeration() {
    std::thread::scope(|scope| {
        for part in 0..2 {
            scope.spawn(move || (part..ROUNDS).step_by(2).for_each(agrees_with_enumeration));
        }
    });
}

fn agrees_with_enumeration(seed: u64) {
    let mut round = rounds::small(seed);
    let outcomes = outcomes(&round);
    for list in LISTS {
        round.objectives = list.to_vec();
        let told = || format!("seed {seed}, for {list:?}, in {round:#?}");
        let best = best(&round, &outcomes);
        let cleared = cleared(&round, 1);
        let values: Vec<i64> = cleared.outcome.levels.iter().map(|level| level.value).collect();
        assert_eq!(values, best, "not the best: {}", told());
        assert!(cleared.outcome.is_optimal(), "the best, but not proven: {}", told());
        let takes: Vec<usize> = cleared.outcome.takes.iter().map(|taken| taken.at()).collect();
        assert!(outcomes.contains(&takes), "not allowed: {}", told());
        assert_eq!(verify(&round, &cleared.outcome), Ok(()), "refused: {}", told());
        assert_eq!(cleared.outcome, self::cleared(&round, 1).outcome, "not the same again: {}", told());
        assert_eq!(
            cleared.outcome,
            self::cleared(&round, 2).outcome,
            "not the same on two threads: {}",
            told()
        );
    }
}

#[test]
fn any_seed_reaches_the_same_values() {
    for number in 0..200 {
        let mut round = rounds::small(number);
        round.objectives = vec![Items, Users, Cost];
        let first = cleared(&round, 1).outcome;
        for seed in [1, 7, u64::MAX] {
            round.seed = seed;
            let outcome = cleared(&round, 1).outcome;
            assert_eq!(outcome.levels, first.levels, "round {number}, seed {seed}");
            assert_eq!(outcome, cleared(&round, 2).outcome, "round {number}, seed {seed}");
        }
    }
}

/// Money near its limits and costs of a trillion: no sum may leave 64 bits, what is found is the best or within
/// its bound, and next to all of it is proven.
#[test]
fn large_numbers_are_cleared_like_small_ones() {
    let (mut proven, mut all) = (0, 0);
    for seed in 0..ROUNDS / 5 {
        let mut round = rounds::small(seed);
        enlarge(&mut round);
        assert_eq!(round.check(), None, "seed {seed}");
        let outcomes = outcomes(&round);
        for list in [&[Items][..], &[WeightedCost], &[Items, Users], &[WeightedCost, Users]] {
            round.objectives = list.to_vec();
            let Ok(cleared) = clear(&round, &Settings { threads: 1, ..Settings::default() }, &mut |_| ())
            else {
                continue;
            };
            let outcome = cleared.outcome;
            assert_eq!(verify(&round, &outcome), Ok(()), "seed {seed}, for {list:?}, in {round:#?}");
            all += 1;
            if outcome.is_optimal() {
                proven += 1;
                let values: Vec<i64> = outcome.levels.iter().map(|level| level.value).collect();
                assert_eq!(values, best(&round, &outcomes), "seed {seed}, for {list:?}, in {round:#?}");
            }
        }
    }
    assert!(proven * 100 >= all * 98, "only {proven} of {all} proven");
}

fn enlarge(round: &mut Round<'_>) {
    let money = |amount: i64| amount * 31_415_927 + 1;
    for item in &mut round.items {
        if let ItemKind::Bid(amount) = &mut item.kind {
            *amount = money(*amount);
        }
    }
    round.users.iter_mut().for_each(|user| user.limit = user.limit.map(|limit| money(limit) - 1));
    round.wants.price.iter_mut().filter(|price| **price > 0).for_each(|price| *price = money(*price));
    round.wants.cost.iter_mut().for_each(|cost| *cost *= 10_000_000_019);
    round.nontrade_cost = 1_000_000_000_000;
}

/// Two who would swap, and a limit that lets neither. With the swap ruled out there is no outcome left in some
/// cases of the proof; the search must close those, however little their multipliers have moved.
#[test]
fn nothing_is_best_where_a_limit_forbids_the_only_swap() {
    let text = br#"{"format": "bartizan-round", "version": 1, "objectives": ["items", "cost"],
        "users": [{"name": "ann", "limit": 15}, {"name": "bob"}],
        "items": [{"name": "$10", "user": "bob", "bid": 10, "wants": [{"item": "$23", "price": 17}]},
            {"name": "$23", "user": "ann", "bid": 23, "wants": [{"item": "$10", "price": 3}]}]}"#;
    let round = (format::detect(text).read)(text).expect("it is a round").round;
    let levels = cleared(&round, 1).outcome.levels;
    assert!(levels.iter().all(|level| (level.value, level.bound) == (0, 0)), "{levels:?}");
}

/// The enumeration itself is known to tell good from bad: a round of two who swap, and a limit that
/// forbids it.
#[test]
fn enumeration_heeds_wants_and_limits() {
    let seed = (0..ROUNDS).find(|&seed| {
        let round = rounds::small(seed);
        let forbids = |limit| {
            let mut free = round.clone();
            free.users.iter_mut().for_each(|user| user.limit = limit);
            outcomes(&free).len()
        };
        forbids(Some(0)) < forbids(None)
    });
    assert!(seed.is_some(), "no round has a limit that binds");
}

fn cleared(round: &Round<'_>, threads: usize) -> Cleared {
    clear(round, &Settings { threads, ..Settings::default() }, &mut |_| ())
        .expect("small costs can be weighed")
}
