//! The made-up rounds: the same everywhere, allowed, and shaped as the module says.

use std::collections::HashMap;

use bartizan_engine::{Item, ItemIndex, ItemKind, Round, User, UserIndex, Wants};

use super::*;

fn text(plan: &MathTrade) -> (String, Statistics) {
    let mut text = Vec::new();
    let statistics = plan.write(&mut text).unwrap();
    (String::from_utf8(text).unwrap(), statistics)
}

/// FNV-1a.
fn digest(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Reads what the generator writes, and nothing else.
fn read(text: &str) -> Round<'_> {
    let key = |user, name: &'_ str| (if name.starts_with('%') { user } else { "" }, name.to_owned());
    let lists: Vec<(&str, &str, &str)> = text
        .lines()
        .filter_map(|line| line.strip_prefix('(')?.split_once(") "))
        .map(|(user, rest)| (user, rest.split_once(" :").unwrap()))
        .map(|(user, (name, wants))| (user, name, wants))
        .collect();
    let mut round = Round { wants: Wants { first: vec![0], ..Wants::default() }, ..Round::default() };
    let mut index = HashMap::new();
    for (place, &(user, name, _)) in lists.iter().enumerate() {
        assert_eq!(index.insert(key(user, name), ItemIndex(place as u32)), None, "two lists for {name}");
    }
    for (user, name, wants) in lists {
        if round.users.last().is_none_or(|last| last.name != user) {
            round.users.push(User { name: user.into(), limit: None });
        }
        let owner = Some(UserIndex(round.users.len() as u32 - 1));
        let kind = if name.starts_with('%') { ItemKind::Dummy } else { ItemKind::Good };
        round.items.push(Item { name: name.into(), user: owner, kind, title: "".into() });
        let wanted = wants.split(' ').filter(|want| !matches!(*want, "" | ";"));
        round.wants.item.extend(wanted.map(|want| index[&key(user, want)]));
        round.wants.first.push(round.wants.item.len() as u32);
    }
    round
}

fn goods(round: &Round<'_>) -> Vec<String> {
    let goods = round.items.iter().filter(|item| item.kind == ItemKind::Good);
    goods.map(|item| item.name.to_string()).collect()
}

#[test]
fn a_plan_gives_these_bytes_on_any_machine() {
    let lists = "(u1) 1 : 4\n(u1) 2 : 4\n(u1) 3 : 4\n(u2) 4 : 1 2\n(u2) 5 :\n(u2) 6 : 1 2\n";
    let head = "# Made up: 6 items, seed 3\n#! REQUIRE-COLONS REQUIRE-USERNAMES ALLOW-DUMMIES\n";
    assert_eq!(text(&MathTrade { wants_per_item: 2, ..MathTrade::new(6, 3) }).0, head.to_owned() + lists);
    assert_eq!(digest(&text(&MathTrade::new(10_000, 1)).0), 0x521f_2561_96fe_fea2);
    let every_knob = MathTrade {
        circle_items: 300,
        dummy_percent: 50,
        priorities: true,
        official_names: true,
        ..MathTrade::new(3000, 9)
    };
    assert_eq!(digest(&text(&every_knob).0), 0xbd0e_3605_d9be_aca7);
}

#[test]
fn another_seed_gives_another_round() {
    let lists = |seed| text(&MathTrade::new(100, seed)).0.split_once('\n').unwrap().1.to_owned();
    assert_ne!(lists(1), lists(2));
}

#[test]
fn rounds_are_allowed_and_told_truly() {
    for seed in 0..60 {
        let plan = MathTrade {
            wants_per_item: [0, 1, 5, 17, 60][seed as usize % 5],
            items_per_user: [0, 1, 3, 7, 40, 1000][seed as usize % 6],
            popularity_spread_percent: [0, 90, 300, u32::MAX][seed as usize % 4],
            circle_items: [0, 1, 10, 5000][seed as usize / 4 % 4],
            local_percent: [0, 70, 100][seed as usize % 3],
            dummy_percent: [0, 50, 100][seed as usize / 3 % 3],
            priorities: seed % 2 == 0,
            official_names: seed % 7 == 0,
            ..MathTrade::new([0, 1, 2, 3, 10, 100, 700][seed as usize % 7], seed)
        };
        let (text, told) = text(&plan);
        let round = read(&text);
        assert_eq!(round.check(), None, "{plan:?}");
        let names: Vec<String> = (1..=plan.items).map(|name| name.to_string()).collect();
        assert_eq!(goods(&round), names, "{plan:?}");
        assert_eq!(statistics(&round), told, "{plan:?}");
    }
}

#[test]
fn small_rounds_are_rounds() {
    assert_eq!(text(&MathTrade::new(0, 1)).1, Statistics::default());
    let one = text(&MathTrade::new(1, 1)).1;
    assert_eq!((one.users, one.wants), (1, 0));
    // Two users with an item each: neither can take more than half, and each may want the other's.
    let two: Vec<Statistics> = (0..20).map(|seed| text(&MathTrade::new(2, seed)).1).collect();
    assert!(two.iter().all(|round| round.users == 2 && round.wants <= 2));
    assert!(two.iter().any(|round| round.wants == 2));
}

#[test]
fn too_many_items_are_refused() {
    let refused = MathTrade::new(MAX_ITEMS + 1, 1).write(&mut Vec::new()).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::InvalidInput);
}

#[test]
fn rounds_are_shaped_like_real_ones() {
    for (items, seed) in [(10_000, 1), (10_000, 2), (40_000, 3)] {
        let round = text(&MathTrade::new(items, seed)).1;
        let share = |count: usize| 100 * count / items;
        let near = |mean: f64, aim: f64| (mean / aim - 1.0).abs() < 0.08;
        assert!(near(round.wants_per_item.mean(), 17.0), "{round}");
        assert!(near(round.items_per_user.mean(), 6.6), "{round}");
        assert!((7..=10).contains(&round.wants_per_item.median), "{round}");
        assert!((36..=45).contains(&round.wants_per_item.ninetieth), "{round}");
        assert!((5..=9).contains(&round.wanted_by.median), "{round}");
        assert!((17..=24).contains(&share(round.unwanted)), "{round}");
        assert!((5..=7).contains(&share(round.empty)), "{round}");
        assert!((65..=73).contains(&round.likeness_percent), "{round}");
    }
}

#[test]
fn knobs_turn_what_they_name() {
    let plan = MathTrade::new(5000, 4);
    let figures = |plan: &MathTrade| text(plan).1;
    let usual = figures(&plan);
    let wanting = figures(&MathTrade { wants_per_item: 34, ..plan.clone() });
    assert!((1.7..2.3).contains(&(wanting.wants as f64 / usual.wants as f64)), "{wanting}");
    let owning = figures(&MathTrade { items_per_user: 21, ..plan.clone() });
    assert!(owning.users * 2 < usual.users, "{owning}");
    let even = figures(&MathTrade { popularity_spread_percent: 0, ..plan.clone() });
    assert!(even.wanted_by.most < usual.wanted_by.most, "{even}");
    let apart = figures(&MathTrade { circle_items: 100, local_percent: 100, ..plan.clone() });
    assert!(apart.wanted_by.most < usual.wanted_by.most, "{apart}");
    let guarded = figures(&MathTrade { dummy_percent: 50, ..plan.clone() });
    assert!(usual.dummies == 0 && guarded.dummies > 1000, "{guarded}");
    assert!(text(&MathTrade { priorities: true, ..plan }).0.contains(" ; "));
}
