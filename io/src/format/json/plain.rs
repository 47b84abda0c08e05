//! A round of exchanges that are all of one for one, as want lists: then the fast exact methods clear it.
//!
//! An exchange that gives one of several items, or whose item another one offers too, becomes a dummy, which each of its items wants.

use std::borrow::Cow;

use bartizan_engine::{Item, ItemIndex, ItemKind, Objective, Round, User, UserIndex, Wants};
use bartizan_solver::bundle::{self, Exchange, Term};

use crate::bundle::Bundles;

/// What keeps a round from being one of want lists, if anything does.
pub(super) fn obstacle(bundles: &Bundles<'_>) -> Option<String> {
    let problem = &bundles.problem;
    let named = |index: usize| format!("exchange {}", bundles.exchanges[index]);
    let offers = offers(bundles);
    let single = |terms: &[Term]| matches!(terms, [term] if term.count == 1);
    for (index, own) in problem.exchanges.iter().enumerate() {
        if own.pays != (0, 0) {
            return Some(format!("{} is with money", named(index)));
        }
        if !single(&own.gives) || !single(&own.wants) {
            return Some(format!("{} is not of one for one", named(index)));
        }
        if own.most > 1 {
            return Some(format!("{} may be carried out {} times", named(index), own.most));
        }
        let has_cost = own.cost > 0 || own.wants[0].choices.iter().any(|choice| choice.cost != 1);
        if own.gives[0].choices.iter().any(|choice| choice.cost > 0)
            || (has_cost && needs_dummy(&offers, own))
        {
            return Some(format!("{} has costs beside a choice of what to give", named(index)));
        }
    }
    if let Some(item) = problem.items.iter().position(|item| item.units > 1) {
        return Some(format!("{} is there in {} units", bundles.items[item].name, problem.items[item].units));
    }
    let is_capped = |user: &bundle::User| user.most_given.is_some() || user.most_received.is_some();
    if let Some(user) = problem.users.iter().position(is_capped) {
        return Some(format!("{} has a cap on what to give or receive", bundles.users[user]));
    }
    (!problem.limits.is_empty()).then(|| "there are limits on several items or exchanges together".to_owned())
}

/// In how many exchanges each item may be given.
fn offers(bundles: &Bundles<'_>) -> Vec<u32> {
    let mut offers = vec![0; bundles.items.len()];
    for choice in bundles.problem.exchanges.iter().flat_map(|own| &own.gives).flat_map(|term| &term.choices) {
        offers[choice.item as usize] += 1;
    }
    offers
}

/// Whether an exchange cannot be the want list of one item.
fn needs_dummy(offers: &[u32], own: &Exchange) -> bool {
    !matches!(own.gives[0].choices[..], [choice] if offers[choice.item as usize] == 1)
}

/// The round of want lists.
///
/// # Errors
/// What keeps it from being one.
pub(super) fn round(bundles: Bundles<'_>, seed: u64) -> Result<Round<'_>, String> {
    if let Some(why) = obstacle(&bundles) {
        return Err(why);
    }
    let offers = offers(&bundles);
    let Bundles { problem, users, items, exchanges, has_costs, .. } = bundles;
    let mut all: Vec<Item<'_>> = (items.into_iter().zip(&problem.items))
        .map(|(named, item)| Item {
            name: named.name,
            user: Some(UserIndex(item.owner)),
            kind: ItemKind::Good,
            title: named.title,
        })
        .collect();
    // By item, then by dummy: what it wants, at which cost.
    let mut wants: Vec<Vec<(u32, i64)>> = vec![Vec::new(); all.len()];
    for (own, name) in problem.exchanges.iter().zip(exchanges) {
        let owner = |item: u32| problem.items[item as usize].owner;
        let open =
            own.wants[0].choices.iter().filter(|choice| !problem.refuses(owner(choice.item), own.user));
        let list = open.map(|choice| (choice.item, choice.cost + own.cost));
        match own.gives[0].choices[..] {
            [choice] if offers[choice.item as usize] == 1 => wants[choice.item as usize].extend(list),
            _ => {
                let dummy = all.len() as u32;
                all.push(Item {
                    name: Cow::Owned(format!("%{name}")),
                    user: Some(UserIndex(own.user)),
                    kind: ItemKind::Dummy,
                    title: Cow::Borrowed(""),
                });
                wants.push(list.map(|(item, _)| (item, 0)).collect());
                for choice in &own.gives[0].choices {
                    wants[choice.item as usize].push((dummy, 1));
                }
            }
        }
    }
    let mut lists = Wants { first: vec![0], ..Wants::default() };
    for list in wants {
        for (item, cost) in list {
            lists.item.push(ItemIndex(item));
            if has_costs {
                lists.cost.push(cost);
            }
        }
        lists.first.push(lists.item.len() as u32);
    }
    let objectives = problem.objectives.iter().map(|&objective| match objective {
        bundle::Objective::Items => Objective::Items,
        bundle::Objective::Users => Objective::Users,
        bundle::Objective::Cost => Objective::Cost,
        bundle::Objective::Favor(user) => Objective::Favor(UserIndex(user)),
    });
    Ok(Round {
        users: users.into_iter().map(|name| User { name, limit: None }).collect(),
        items: all,
        wants: lists,
        objectives: objectives.collect(),
        seed,
        ..Round::default()
    })
}
