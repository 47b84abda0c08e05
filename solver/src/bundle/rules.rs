//! Caps, limits and payments as sums that are kept up to date while exchanges come and go: whether all of them are kept is known at any time.
//!
//! Payments exist just when what must be paid at the least sums to no more than 0, what can be paid at the most to no less, and nobody must pay
//! more than the spending limit.
//!
//! Cost: O(rules of an exchange, or of a choice) for each change.

use std::collections::BTreeMap;

use super::problem::{Of, Problem};

/// A sum that may not exceed a limit.
#[derive(Clone, Debug)]
struct Rule {
    sum: i128,
    most: i128,
    /// The exchanges that count in it.
    members: Vec<u32>,
}

/// All rules of a round, with what the exchanges carried out so far come to.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    sums: Vec<Rule>,
    /// The first so many count units or exchanges, and never fall while exchanges are added.
    counting: usize,
    /// How many are not kept.
    broken: usize,
    /// By exchange, its rules and what one time counts in each.
    of_exchange: Vec<Vec<(u32, i64)>>,
    /// By user and item, the rules that count its units.
    of_item: BTreeMap<(u32, u32), Vec<u32>>,
    /// What each user's exchanges could pay at the most, and what the user pays at the most.
    reach: Vec<(i128, i128)>,
    /// What all together could pay.
    payable: i128,
}

impl Rules {
    /// Those of a round in which nothing is carried out. Cost: O(exchanges + limits).
    pub(super) fn new(problem: &Problem) -> Self {
        let count = problem.exchanges.len();
        let mut own = Rules {
            sums: Vec::new(),
            counting: 0,
            broken: 0,
            of_exchange: vec![Vec::new(); count],
            of_item: BTreeMap::new(),
            reach: Vec::new(),
            payable: 0,
        };
        let mut of_user = vec![Vec::new(); problem.users.len()];
        for (index, exchange) in (0_u32..).zip(&problem.exchanges) {
            of_user[exchange.user as usize].push(index);
        }
        for (caps, exchanges) in problem.users.iter().zip(&of_user) {
            for (most, is_wanted) in [(caps.most_given, false), (caps.most_received, true)] {
                let units = |&index: &u32| (index, problem.exchanges[index as usize].units(is_wanted));
                if let Some(most) = most {
                    own.rule(exchanges.iter().map(units), most);
                }
            }
        }
        for limit in &problem.limits {
            match &limit.of {
                Of::Exchanges(exchanges) => own.rule(exchanges.iter().map(|&index| (index, 1)), limit.most),
                Of::Items { user, items } => {
                    for &item in items {
                        own.of_item.entry((*user, item)).or_default().push(own.sums.len() as u32);
                    }
                    own.rule(std::iter::empty(), limit.most);
                }
            }
        }
        own.counting = own.sums.len();
        let least = |&index: &u32| (index, problem.exchanges[index as usize].pays.0);
        own.rule((0..count as u32).map(|index| least(&index)), 0);
        for (caps, exchanges) in problem.users.iter().zip(&of_user) {
            if let Some(most) = caps.most_paid {
                own.rule(exchanges.iter().map(least), most);
            }
            own.reach.push((0, caps.most_paid.map_or(i128::MAX, i128::from)));
        }
        own
    }

    fn rule(&mut self, counts: impl Iterator<Item = (u32, i64)>, most: i64) {
        let number = self.sums.len() as u32;
        let mut members = Vec::new();
        for (exchange, weight) in counts.filter(|counted| counted.1 != 0) {
            self.of_exchange[exchange as usize].push((number, weight));
            members.push(exchange);
        }
        self.broken += usize::from(most < 0);
        self.sums.push(Rule { sum: 0, most: most.into(), members });
    }

    /// Whether all are kept.
    pub(super) fn are_kept(&self) -> bool {
        self.broken == 0 && self.payable >= 0
    }

    /// Whether an exchange could be carried out once more without breaking what counts.
    pub(super) fn allow(&self, exchange: u32) -> bool {
        self.against(exchange).next().is_none()
    }

    /// The counting rules that one time more of an exchange would break, or that are broken and count it.
    pub(super) fn against(&self, exchange: u32) -> impl Iterator<Item = u32> + '_ {
        let counting = self.of_exchange[exchange as usize].iter();
        let counting = counting.filter(|(rule, _)| (*rule as usize) < self.counting);
        counting
            .filter(|&&(rule, weight)| self.sums[rule as usize].would_break(weight))
            .map(|counted| counted.0)
    }

    /// Whether a rule that is broken counts an exchange.
    pub(super) fn is_in_broken(&self, exchange: u32) -> bool {
        self.of_exchange[exchange as usize].iter().any(|counted| self.sums[counted.0 as usize].would_break(0))
    }

    /// The exchanges that count in a rule.
    pub(super) fn members(&self, rule: u32) -> &[u32] {
        &self.sums[rule as usize].members
    }

    /// Counts an exchange so often more, or less.
    pub(super) fn count_times(&mut self, problem: &Problem, exchange: u32, times: i64) {
        for place in 0..self.of_exchange[exchange as usize].len() {
            let (rule, weight) = self.of_exchange[exchange as usize][place];
            self.add(rule, i128::from(weight) * i128::from(times));
        }
        let own = &problem.exchanges[exchange as usize];
        let (reach, most) = &mut self.reach[own.user as usize];
        let before = (*reach).min(*most);
        *reach += i128::from(own.pays.1) * i128::from(times);
        self.payable += (*reach).min(*most) - before;
    }

    /// Counts so many units more, or less, of an item that a user gives or receives.
    pub(super) fn count_units(&mut self, user: u32, item: u32, units: i64) {
        let Some(rules) = self.of_item.get(&(user, item)) else { return };
        for rule in rules.clone() {
            self.add(rule, units.into());
        }
    }

    fn add(&mut self, rule: u32, amount: i128) {
        let rule = &mut self.sums[rule as usize];
        let was_broken = rule.would_break(0);
        rule.sum += amount;
        self.broken = self.broken + usize::from(rule.would_break(0)) - usize::from(was_broken);
    }
}

impl Rule {
    fn would_break(&self, weight: i64) -> bool {
        self.sum + i128::from(weight) > self.most
    }
}
