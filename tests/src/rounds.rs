//! Small random rounds of every kind: users with several items and items without a user, dummies,
//! bids and spending limits, rank costs. Small enough for plain enumeration, and each [`Round::check`]s.

use std::borrow::Cow;

use bartizan_engine::{Item, ItemIndex, ItemKind, Round, User, UserIndex, Wants};

use crate::dice::Dice;

/// Most items of one round, dummies and bids among them.
pub const MOST_ITEMS: usize = 7;

/// The round that `seed` names, without objectives.
///
/// # Panics
/// If it breaks a rule of rounds, which is a mistake here.
pub fn small(seed: u64) -> Round<'static> {
    let mut dice = Dice::new(seed);
    let item_count = 2 + dice.below(MOST_ITEMS - 1);
    let user_count = 1 + dice.below(item_count);
    let has_money = dice.chance(40);
    let has_dummies = dice.chance(50);
    let items: Vec<Item<'static>> =
        (0..item_count).map(|index| item(&mut dice, index, user_count, has_dummies, has_money)).collect();
    let limits = has_money && dice.chance(80);
    let users = (0..user_count)
        .map(|index| User {
            name: Cow::Owned(format!("user {index}")),
            limit: (limits && dice.chance(70)).then(|| dice.between(0, 30)),
        })
        .collect();
    let wants = wants(&mut dice, &items, has_money);
    let nontrade_cost = if dice.chance(20) { 1_000_000_000 } else { dice.between(0, 12) };
    let round = Round {
        users,
        items,
        wants,
        objectives: Vec::new(),
        nontrade_cost,
        seed: seed % 5,
        ..Round::default()
    };
    assert_eq!(round.check(), None, "seed {seed}");
    round
}

fn item(dice: &mut Dice, index: usize, user_count: usize, dummies: bool, money: bool) -> Item<'static> {
    let user = Some(UserIndex(dice.below(user_count) as u32));
    let (name, user, kind) = if dummies && dice.chance(30) {
        (format!("%{index}"), user, ItemKind::Dummy)
    } else if money && dice.chance(35) {
        let amount = dice.between(1, 25);
        (format!("${amount}-{index}"), user, ItemKind::Bid(amount))
    } else {
        (format!("item {index}"), user.filter(|_| dice.chance(85)), ItemKind::Good)
    };
    Item { name: Cow::Owned(name), user, kind, title: Cow::Borrowed("") }
}

fn wants(dice: &mut Dice, items: &[Item<'_>], has_money: bool) -> Wants {
    let has_costs = dice.chance(60);
    let density = 30 + dice.below(70);
    let mut wants = Wants::default();
    wants.first.push(0);
    for (taker, item) in items.iter().enumerate() {
        for (wanted, other) in items.iter().enumerate() {
            let same_user = item.user.is_some() && item.user == other.user;
            let allowed = wanted != taker && same_user == (other.kind == ItemKind::Dummy);
            if !allowed || !dice.chance(density) {
                continue;
            }
            wants.item.push(ItemIndex(wanted as u32));
            if has_costs {
                wants.cost.push(if item.kind == ItemKind::Dummy { 0 } else { dice.between(0, 9) });
            }
            if has_money {
                wants.price.push(if let ItemKind::Bid(most) = other.kind {
                    dice.between(0, most)
                } else {
                    0
                });
            }
        }
        wants.first.push(wants.item.len() as u32);
    }
    wants
}
