//! A round as evidence: each list is a ranking that ends with the item it would be given for.
//!
//! Where wants have ranks and no two the same, a list, in their order, is one ranking; else each want alone is preferred to the item. What a dummy
//! wants is wanted in its place. Bids of money are left out: what they would buy has its price already.

use bartizan_engine::{ItemIndex, ItemKind, Round};
use bartizan_solver::Graph;
use bartizan_solver::valuation::{Evidence, Rankings};

use super::reading::Reading;

/// Reads a round.
///
/// # Errors
/// If it has no goods.
pub(super) fn reading(round: &Round<'_>) -> Result<Reading, String> {
    if let Some(broken) = round.check() {
        return Err(broken);
    }
    let goods: Vec<usize> =
        (0..round.items.len()).filter(|&item| round.items[item].kind == ItemKind::Good).collect();
    if goods.is_empty() {
        let expected = "expected a round, or a header with two goods, such as gives,gets,given,got";
        return Err(format!("no goods in it; {expected}"));
    }
    let mut number = vec![u32::MAX; round.items.len()];
    for (index, &item) in goods.iter().enumerate() {
        number[item] = index as u32;
    }
    let mut rankings = Rankings::default();
    let mut lists: Vec<Vec<u32>> = Vec::with_capacity(goods.len());
    for (own, &item) in goods.iter().enumerate() {
        let (list, is_ordered) = wanted(round, item, own as u32, &number);
        if is_ordered {
            let closed: Vec<u32> = list.iter().copied().chain([own as u32]).collect();
            rankings.push(&closed);
        } else {
            for &want in &list {
                rankings.push(&[want, own as u32]);
            }
        }
        lists.push(list);
    }
    let graph = Graph::from_rows(goods.len(), 0, |good| lists[good].iter().copied());
    let evidence = Evidence::new(goods.len(), Vec::new(), rankings).map_err(|refusal| refusal.to_string())?;
    let bids = round.items.iter().filter(|item| matches!(item.kind, ItemKind::Bid(_))).count();
    let notices = (bids > 0).then(|| format!("left out {bids} bids of money")).into_iter().collect();
    Ok(Reading {
        kind: "wants",
        goods: names(round, &goods),
        evidence: evidence.with_round(graph),
        players: Some(players(round, &goods)),
        notices,
        ..Reading::default()
    })
}

/// The goods that are wanted for `item`, each once, and whether their order says which is preferred.
fn wanted(round: &Round<'_>, item: usize, own: u32, number: &[u32]) -> (Vec<u32>, bool) {
    let wants = &round.wants;
    let range = wants.range(ItemIndex(item as u32));
    let mut by_cost: Vec<usize> = range.collect();
    by_cost.sort_by_key(|&want| wants.cost(want));
    let mut is_ordered = by_cost.windows(2).all(|pair| wants.cost(pair[0]) < wants.cost(pair[1]));
    let mut list = Vec::new();
    let mut is_listed = hashbrown::HashSet::new();
    let mut dummies = hashbrown::HashSet::new();
    // What is still to be looked at, the next one last.
    let mut ahead: Vec<ItemIndex> = by_cost.iter().rev().map(|&want| wants.item[want]).collect();
    while let Some(want) = ahead.pop() {
        match round.items[want.at()].kind {
            ItemKind::Good => {
                let good = number[want.at()];
                if good != own && is_listed.insert(good) {
                    list.push(good);
                }
            }
            ItemKind::Dummy => {
                is_ordered = false;
                if dummies.insert(want) {
                    ahead.extend(wants.range(want).rev().map(|want| wants.item[want]));
                }
            }
            ItemKind::Bid(_) => {}
        }
    }
    (list, is_ordered)
}

/// What goods are called: their names, with their owners where names are the same.
fn names(round: &Round<'_>, goods: &[usize]) -> Vec<String> {
    let mut count: hashbrown::HashMap<&str, usize> = hashbrown::HashMap::new();
    for &item in goods {
        *count.entry(&round.items[item].name).or_default() += 1;
    }
    let name = |&item: &usize| {
        let item = &round.items[item];
        match item.user {
            Some(user) if count[&*item.name] > 1 => {
                format!("({}) {}", round.users[user.at()].name, item.name)
            }
            _ => item.name.to_string(),
        }
    };
    goods.iter().map(name).collect()
}

/// The participants and who owns each good. An item of nobody is a participant of its own.
fn players(round: &Round<'_>, goods: &[usize]) -> (Vec<String>, Vec<u32>) {
    let mut names: Vec<String> = Vec::new();
    let mut of_user = vec![u32::MAX; round.users.len()];
    let mut owner = Vec::with_capacity(goods.len());
    for &item in goods {
        let item = &round.items[item];
        let next = names.len() as u32;
        let player = match item.user {
            Some(user) if of_user[user.at()] != u32::MAX => of_user[user.at()],
            Some(user) => {
                of_user[user.at()] = next;
                names.push(round.users[user.at()].name.to_string());
                next
            }
            None => {
                names.push(item.name.to_string());
                next
            }
        };
        owner.push(player);
    }
    (names, owner)
}
