//! What participants have said of the whole round, beside their exchanges: caps, refusals and limits. Each can be the reason why an exchange is not
//! carried out, which shows when the round is solved again without it.

use bartizan_solver::bundle::{Limit, Of, Problem, Term};

use super::Bundles;
use crate::report::words::money;

/// Something that was said of the whole round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tie {
    /// So much a user gives in all.
    Given(u32),
    /// So much a user receives in all.
    Received(u32),
    /// So much a user pays in all.
    Paid(u32),
    /// Nothing is to pass between two users: the number of the refusal.
    Refusal(usize),
    /// So much of these: the number of the limit.
    Limit(usize),
}

impl Tie {
    /// In words, as a sentence without its end.
    pub(super) fn told(self, bundles: &Bundles<'_>) -> String {
        let problem = &bundles.problem;
        let user = |user: u32| &bundles.users[user as usize];
        let most = |most: Option<i64>| most.expect("who has a cap");
        let names = |names: Vec<&str>| names.join(", ");
        match self {
            Tie::Given(own) => {
                format!("{} gives at most {} in all", user(own), most(problem.users[own as usize].most_given))
            }
            Tie::Received(own) => {
                let most = most(problem.users[own as usize].most_received);
                format!("{} receives at most {most} in all", user(own))
            }
            Tie::Paid(own) => {
                let most = money(most(problem.users[own as usize].most_paid), bundles.money_decimals);
                format!("{} pays at most {most} in all", user(own))
            }
            Tie::Refusal(number) => {
                let (one, other) = problem.refusals[number];
                format!("nothing is to pass between {} and {}", user(one), user(other))
            }
            Tie::Limit(number) => {
                let limit = &problem.limits[number];
                let (number, most) = (number + 1, limit.most);
                match &limit.of {
                    Of::Items { user: own, items } => {
                        let items = items.iter().map(|&item| &*bundles.items[item as usize].name).collect();
                        format!(
                            "by limit {number} {} gives or receives at most {most} of {}",
                            user(*own),
                            names(items)
                        )
                    }
                    Of::Exchanges(exchanges) => {
                        let exchanges = exchanges.iter().map(|&own| &*bundles.exchanges[own as usize]);
                        format!(
                            "by limit {number} {} are carried out at most {most} times together",
                            names(exchanges.collect())
                        )
                    }
                }
            }
        }
    }

    /// The round without it.
    pub(super) fn taken_from(self, problem: &Problem) -> Problem {
        let mut without = problem.clone();
        match self {
            Tie::Given(user) => without.users[user as usize].most_given = None,
            Tie::Received(user) => without.users[user as usize].most_received = None,
            Tie::Paid(user) => without.users[user as usize].most_paid = None,
            Tie::Refusal(number) => drop(without.refusals.remove(number)),
            Tie::Limit(number) => drop(without.limits.remove(number)),
        }
        without
    }
}

/// The round without any.
pub(super) fn without_any(problem: &Problem) -> Problem {
    let mut without = problem.clone();
    without.users.fill_with(Default::default);
    without.refusals.clear();
    without.limits.clear();
    without
}

/// Those that may keep an exchange from being carried out: first those of its own user, then those of whom it could trade with.
pub(super) fn around(problem: &Problem, exchange: usize) -> Vec<Tie> {
    let own = &problem.exchanges[exchange];
    let owner = |item: u32| problem.items[item as usize].owner;
    let items = |terms: &[Term]| -> Vec<u32> {
        terms.iter().flat_map(|term| &term.choices).map(|choice| choice.item).collect()
    };
    let given = items(&own.gives);
    let takers =
        problem.exchanges.iter().filter(|other| items(&other.wants).iter().any(|item| given.contains(item)));
    let mut near: Vec<u32> =
        items(&own.wants).into_iter().map(owner).chain(takers.map(|other| other.user)).collect();
    near.sort_unstable();
    near.dedup();
    near.retain(|&user| user != own.user);
    near.insert(0, own.user);

    let mut ties = Vec::new();
    for user in near {
        let caps = problem.users[user as usize];
        let has = [
            (caps.most_given, Tie::Given(user)),
            (caps.most_received, Tie::Received(user)),
            (caps.most_paid, Tie::Paid(user)),
        ];
        ties.extend(has.into_iter().filter_map(|(cap, tie)| cap.map(|_| tie)));
        let refused = |&(one, other): &(u32, u32)| one == user || other == user;
        ties.extend(places(&problem.refusals, refused).map(Tie::Refusal));
        let limited = |limit: &Limit| match &limit.of {
            Of::Items { user: of, .. } => *of == user,
            Of::Exchanges(exchanges) => {
                exchanges.iter().any(|&of| problem.exchanges[of as usize].user == user)
            }
        };
        ties.extend(places(&problem.limits, limited).map(Tie::Limit));
    }
    let mut each = Vec::with_capacity(ties.len());
    for tie in ties {
        if !each.contains(&tie) {
            each.push(tie);
        }
    }
    each
}

/// Where those stand that are meant.
fn places<T>(list: &[T], is_meant: impl Fn(&T) -> bool) -> impl Iterator<Item = usize> {
    (0..list.len()).filter(move |&place| is_meant(&list[place]))
}
