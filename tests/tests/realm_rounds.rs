//! Rounds inside a realm, cleared outside by the real solver: a real list, and thousands of proposals for small random rounds that
//! a plain enumeration judges too. After each settlement every item and every coin is looked for where the outcome says it is.

use bartizan_engine::certificate::CertificateRecord;
use bartizan_engine::codec::Codec;
use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::reject::Reject;
use bartizan_engine::rounds::state::{BarterRound, Best};
use bartizan_engine::{ItemIndex, ItemKind, Level, Objective, Outcome, Round, UserIndex, claim};
use bartizan_io::clear::{Settings, clear};
use bartizan_io::format;
use bartizan_tests::dice::Dice;
use bartizan_tests::enumeration::{best, granted, outcomes, value};
use bartizan_tests::realm_round::{COINS, ROUND, RealmRound, tellable};
use bartizan_tests::{round_file, rounds};

use Objective::{Cost, Favor, Items, UserSquares, Users, WeightedCost};

const LISTS: &[&[Objective]] = &[
    &[Items],
    &[Cost, Items],
    &[WeightedCost],
    &[Items, Users, Cost],
    &[Items, UserSquares],
    &[Favor(UserIndex(0)), Items],
];

/// The real list whose clearing outside a realm is kept beside it.
#[test]
fn a_real_list_is_settled_as_it_is_cleared() {
    let text = std::fs::read(round_file("onewant-excerpt.txt")).unwrap();
    let mut round = (format::detect(&text).read)(&text).expect("it is a round").round;
    round.objectives = vec![Items, Users];
    let round = tellable(&dummies_first(&round));
    let mut told = RealmRound::closed(&round, 1000);
    let frozen = told.frozen();
    assert_eq!((frozen.round.items.len(), frozen.round.tradable_count()), (round.items.len(), 67));
    let outcome = cleared(&frozen.round);
    let values: Vec<i64> = outcome.levels.iter().map(|level| level.value).collect();
    assert_eq!((values, outcome.is_optimal()), (vec![49, 39], true));
    let before = told.realm.to_bytes().len();
    assert_eq!(told.propose(AgentId(1), &outcome), None);
    told.settle();
    assert!(told.realm.to_bytes().len() < before, "the offers are forgotten");
    all_is_where_it_should_be(&round, &outcome, &told, "the excerpt");
}

#[test]
fn small_rounds_are_proposed_for_and_settled_as_enumeration_says() {
    let (mut settled, mut outdone) = (0, 0);
    for seed in 0..400 {
        let mut round = rounds::small(seed);
        // A limit of nothing cannot be set; that is an offer not made.
        round.users.iter_mut().for_each(|user| user.limit = user.limit.map(|limit| limit.max(1)));
        round.objectives = LISTS[seed as usize % LISTS.len()].to_vec();
        let round = tellable(&round);
        let told = || format!("seed {seed}: {round:#?}");
        let mut realm = RealmRound::closed(&round, u64::MAX);
        let frozen = realm.frozen();
        assert_eq!(frozen.round.check(), None, "{}", told());
        is_the_same(&round, &frozen.round, &told());
        let allowed = outcomes(&round);
        let optimal = cleared(&frozen.round);
        let values: Vec<i64> = optimal.levels.iter().map(|level| level.value).collect();
        assert_eq!(values, best(&round, &allowed), "{}", told());
        outdone += compete(&round, &frozen.round, &allowed, &optimal, &mut realm, seed);
        let stands = realm.realm.rounds().get(ROUND).and_then(BarterRound::best);
        let stood = stands.is_some_and(Best::is_optimal);
        let said = realm.propose(AgentId(1), &optimal);
        assert_eq!(said, stood.then_some(Reject::ProposalNotBetter), "{}", told());
        let best = realm.realm.rounds().get(ROUND).unwrap().best().unwrap().clone();
        let takes = best.takes.iter().map(|&item| ItemIndex(item)).collect();
        realm.settle();
        all_is_where_it_should_be(&round, &Outcome { takes, ..optimal }, &realm, &told());
        settled += 1;
    }
    assert!(settled == 400 && outdone > 400, "only {outdone} proposals were outdone");
}

/// As a document a frozen round loses nothing: what is solved from it is proposed for the round itself.
#[test]
fn a_round_is_solved_from_its_document() {
    let (mut bids, mut dummies, mut limits) = (0, 0, 0);
    for seed in 0..400 {
        let mut round = rounds::small(seed);
        round.users.iter_mut().for_each(|user| user.limit = user.limit.map(|limit| limit.max(1)));
        round.objectives = LISTS[seed as usize % LISTS.len()].to_vec();
        let mut realm = RealmRound::closed(&tellable(&round), u64::MAX);
        let frozen = realm.frozen().round;
        let mut document = Vec::new();
        format::json::write(&frozen, &mut document).unwrap();
        let read = (format::detect(&document).read)(&document).expect("it was written").round;
        assert_eq!((&read.users, &read.items), (&frozen.users, &frozen.items), "seed {seed}");
        assert_eq!(read.objectives, frozen.objectives, "seed {seed}");
        let figures = |round: &Round<'_>| (round.nontrade_cost, round.money_decimals, round.seed);
        assert_eq!(figures(&read), figures(&frozen), "seed {seed}");
        for want in 0..frozen.wants.item.len() {
            let of =
                |round: &Round<'_>| (round.wants.item[want], round.wants.cost(want), round.wants.price(want));
            assert_eq!(of(&read), of(&frozen), "seed {seed}");
        }
        assert_eq!(realm.propose(AgentId(1), &cleared(&read)), None, "seed {seed}");
        bids += usize::from(frozen.items.iter().any(|item| matches!(item.kind, ItemKind::Bid(_))));
        dummies += usize::from(frozen.items.iter().any(|item| item.kind == ItemKind::Dummy));
        limits += usize::from(frozen.users.iter().any(|user| user.limit.is_some()));
    }
    assert!(
        bids > 50 && dummies > 50 && limits > 50,
        "{bids} with bids, {dummies} with dummies, {limits} with limits"
    );
}

/// Random proposals, allowed and not, against a naive idea of which of them stands. Returns how many were no better.
fn compete(
    round: &Round<'_>,
    frozen: &Round<'_>,
    allowed: &[Vec<usize>],
    optimal: &Outcome,
    realm: &mut RealmRound,
    seed: u64,
) -> usize {
    let mut dice = Dice::new(seed);
    let mut standing: Option<Vec<(i64, i64)>> = None;
    let mut outdone = 0;
    for _ in 0..8 {
        let takes = if dice.chance(70) {
            dice.pick(allowed).clone()
        } else {
            round.items.iter().map(|_| dice.below(round.items.len())).collect()
        };
        let told = || format!("seed {seed}, {takes:?} in {round:#?}");
        // The frozen round numbers users in another order.
        let objectives = round.objectives.iter().zip(&frozen.objectives);
        let levels = objectives.map(|(&told, &objective)| {
            let value = value(round, &takes, told);
            Level { objective, value, bound: value }
        });
        let outcome = Outcome {
            takes: takes.iter().map(|&taken| ItemIndex(taken as u32)).collect(),
            levels: levels.collect(),
            certificate: optimal.certificate.clone(),
        };
        let is_allowed = allowed.contains(&takes);
        let claimed = claim(frozen, outcome.takes.clone(), Some(outcome.certificate.clone()));
        assert_eq!(claimed.is_ok(), is_allowed, "{}", told());
        let outcome = claimed.unwrap_or(outcome);
        let worth: Vec<(i64, i64)> = outcome.levels.iter().map(worth).collect();
        let is_better = standing.as_ref().is_none_or(|standing| {
            let values = |of: &[(i64, i64)]| of.iter().map(|pair| pair.0).collect::<Vec<_>>();
            let bounds = |of: &[(i64, i64)]| of.iter().map(|pair| -pair.1).collect::<Vec<_>>();
            (values(&worth), bounds(&worth)) > (values(standing), bounds(standing))
        });
        let expected = match (is_allowed, is_better) {
            (false, _) => Some(Reject::ProposalInvalid),
            (true, false) => Some(Reject::ProposalNotBetter),
            (true, true) => None,
        };
        assert_eq!(realm.propose(AgentId(1), &outcome), expected, "{}", told());
        if expected.is_none() {
            standing = Some(worth);
        }
        outdone += usize::from(is_allowed && !is_better);
    }
    outdone
}

/// Value and bound, the greater the better.
fn worth(level: &Level) -> (i64, i64) {
    match level.objective {
        Items | Users | Favor(_) => (level.value, level.bound),
        Cost | WeightedCost | UserSquares => (-level.value, -level.bound),
    }
}

/// Whether the frozen round is the one that was told, but for names.
fn is_the_same(told: &Round<'_>, frozen: &Round<'_>, about: &str) {
    let owner = |round: &Round<'_>, item: usize| round.items[item].user;
    assert_eq!(told.items.len(), frozen.items.len(), "{about}");
    for item in 0..told.items.len() {
        assert_eq!(told.items[item].kind, frozen.items[item].kind, "{about}");
        let user = owner(told, item).expect("it has one").0 + 1;
        let agent = &frozen.users[owner(frozen, item).expect("it has one").at()].name;
        assert_eq!(&user.to_string(), agent, "{about}");
        let index = ItemIndex(item as u32);
        assert_eq!(told.wants.range(index), frozen.wants.range(index), "{about}");
        for want in told.wants.range(index) {
            let of = |round: &Round<'_>| (round.wants.item[want], round.wants.price(want));
            assert_eq!(of(told), of(frozen), "{about}");
            if told.items[item].kind != ItemKind::Dummy {
                assert_eq!(told.wants.cost(want), frozen.wants.cost(want), "{about}");
            }
        }
    }
}

/// Looks for every good and every coin, by following what each item takes through the dummies.
fn all_is_where_it_should_be(round: &Round<'_>, outcome: &Outcome, told: &RealmRound, about: &str) {
    let agent = |item: usize| AgentId(round.items[item].user.expect("it has one").0 + 1);
    let takes: Vec<usize> = outcome.takes.iter().map(|item| item.at()).collect();
    let mut coins = vec![i128::from(COINS); round.users.len()];
    let mut owner: Vec<AgentId> = (0..round.items.len()).map(agent).collect();
    for taker in (0..takes.len()).filter(|&item| round.items[item].kind != ItemKind::Dummy) {
        let mut last = taker;
        while round.items[takes[last]].kind == ItemKind::Dummy {
            last = takes[last];
        }
        let taken = takes[last];
        owner[taken] = agent(taker);
        let price = granted(round, &takes, last).map_or(0, |want| round.wants.price(want));
        coins[agent(taken).0 as usize - 1] -= i128::from(price);
        coins[agent(taker).0 as usize - 1] += i128::from(price);
    }
    for (item, asset) in told.assets.iter().enumerate() {
        if let Some(asset) = *asset {
            for agent in (1..=round.users.len() as u32).map(AgentId) {
                assert_eq!(told.has(agent, asset), i128::from(agent == owner[item]), "item {item}, {about}");
            }
        }
    }
    for (user, coins) in coins.into_iter().enumerate() {
        assert_eq!(told.coins(AgentId(user as u32 + 1)), coins, "user {user}, {about}");
    }
    assert!(!told.is_anything_held(), "{about}");
}

fn cleared(round: &Round<'_>) -> Outcome {
    let settings = Settings { threads: 1, ..Settings::default() };
    let outcome = clear(round, &settings, &mut |_| ()).expect("small costs can be weighed").outcome;
    let record = CertificateRecord::from(&outcome.certificate);
    assert_eq!(CertificateRecord::from_bytes(&record.to_bytes()).as_ref(), Ok(&record));
    outcome
}

/// The same round with its dummies in front, so that the lists after them can name them.
fn dummies_first<'a>(round: &Round<'a>) -> Round<'a> {
    let mut order: Vec<usize> = (0..round.items.len()).collect();
    order.sort_by_key(|&item| round.items[item].kind != ItemKind::Dummy);
    let mut place = vec![ItemIndex(0); order.len()];
    for (new, &old) in order.iter().enumerate() {
        place[old] = ItemIndex(new as u32);
    }
    let mut wants = bartizan_engine::Wants { first: vec![0], ..Default::default() };
    for &old in &order {
        for want in round.wants.range(ItemIndex(old as u32)) {
            wants.item.push(place[round.wants.item[want].at()]);
            wants.cost.push(round.wants.cost(want));
        }
        wants.first.push(wants.item.len() as u32);
    }
    let items = order.iter().map(|&old| round.items[old].clone()).collect();
    Round { items, wants, ..round.clone() }
}
