//! All that could happen in a small round, and how good it is: plain enumeration that reads the round alone and shares no code with
//! what it judges. It is meant to be slow and obvious.

use bartizan_engine::{ItemIndex, ItemKind, Objective, Round, UserIndex};

use Objective::{Cost, Favor, Items, UserSquares, Users, WeightedCost};

/// Everything that could happen: each item takes itself or what its list names, nothing is taken twice, and
/// nobody spends beyond the limit.
pub fn outcomes(round: &Round<'_>) -> Vec<Vec<usize>> {
    let mut found = Vec::new();
    extend(round, &mut Vec::new(), &mut found);
    found.retain(|takes| within_limits(round, takes));
    found
}

fn extend(round: &Round<'_>, takes: &mut Vec<usize>, found: &mut Vec<Vec<usize>>) {
    let taker = takes.len();
    if taker == round.items.len() {
        found.push(takes.clone());
        return;
    }
    let wanted = round.wants.range(ItemIndex(taker as u32)).map(|want| round.wants.item[want].at());
    for taken in wanted.chain([taker]) {
        if !takes.contains(&taken) {
            takes.push(taken);
            extend(round, takes, found);
            takes.pop();
        }
    }
}

/// The place of the want by which `taker` takes what it takes; `None` when it keeps what it has.
pub fn granted(round: &Round<'_>, takes: &[usize], taker: usize) -> Option<usize> {
    round.wants.range(ItemIndex(taker as u32)).find(|&want| round.wants.item[want].at() == takes[taker])
}

fn within_limits(round: &Round<'_>, takes: &[usize]) -> bool {
    let spent = |user: usize| -> i64 {
        let owns = |item: usize| round.items[item].user == Some(UserIndex(user as u32));
        let sold = (0..takes.len()).filter(|&taker| owns(takes[taker]));
        sold.filter_map(|taker| granted(round, takes, taker)).map(|want| round.wants.price(want)).sum()
    };
    round.users.iter().enumerate().all(|(user, entry)| entry.limit.is_none_or(|limit| spent(user) <= limit))
}

/// The best values of the round's objectives, most important first.
///
/// # Panics
/// If there is no outcome at all; there always is the one where nothing trades.
pub fn best(round: &Round<'_>, outcomes: &[Vec<usize>]) -> Vec<i64> {
    let values = |takes: &Vec<usize>| -> Vec<i64> {
        round.objectives.iter().map(|&objective| value(round, takes, objective)).collect()
    };
    let worth = |values: &Vec<i64>| -> Vec<i64> {
        let signed = |(objective, value): (&Objective, &i64)| match objective {
            Items | Users | Favor(_) => *value,
            Cost | WeightedCost | UserSquares => -value,
        };
        round.objectives.iter().zip(values).map(signed).collect()
    };
    outcomes.iter().map(values).max_by_key(worth).expect("everybody can keep what they have")
}

/// What an objective is worth.
pub fn value(round: &Round<'_>, takes: &[usize], objective: Objective) -> i64 {
    let counts = |item: usize| round.items[item].kind != ItemKind::Dummy;
    let traded: Vec<usize> = (0..takes.len()).filter(|&item| counts(item) && takes[item] != item).collect();
    let kept = (0..takes.len()).filter(|&item| counts(item) && takes[item] == item).count() as i64;
    let cost: i64 = (traded.iter().filter_map(|&taker| granted(round, takes, taker)))
        .map(|want| if round.wants.cost.is_empty() { 1 } else { round.wants.cost[want] })
        .sum();
    let of =
        |user: UserIndex| traded.iter().filter(|&&item| round.items[item].user == Some(user)).count() as i64;
    let of_nobody = traded.iter().filter(|&&item| round.items[item].user.is_none()).count() as i64;
    let users = || (0..round.users.len()).map(|user| of(UserIndex(user as u32)));
    match objective {
        Items => traded.len() as i64,
        Cost => cost,
        WeightedCost => cost + kept * round.nontrade_cost,
        Users => users().filter(|&count| count > 0).count() as i64 + of_nobody,
        UserSquares => users().map(|count| count * count).sum::<i64>() + of_nobody,
        Favor(user) => of(user),
    }
}
