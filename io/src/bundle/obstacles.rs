//! Why an exchange can never be carried out, whatever else happens.
//!
//! First by what is stated alone: nobody else offers as much as it needs, takes as much as it gives at once, or pays as much as it asks for. Else by those it
//! depends on, of whom none can ever be carried out: the nearest that what is stated keeps out is named.

use std::collections::VecDeque;

use bartizan_solver::bundle::{Exchange, Term, most_times};

use super::Bundles;
use crate::report::words::money;

/// What exchanges could do.
#[derive(Clone)]
pub(super) struct Reach<'a> {
    bundles: &'a Bundles<'a>,
    /// How often each could be carried out at most.
    pub(super) most: Vec<i64>,
}

impl<'a> Reach<'a> {
    pub(super) fn new(bundles: &'a Bundles<'a>) -> Self {
        Reach { bundles, most: most_times(&bundles.problem) }
    }

    /// Why an exchange can never be carried out.
    pub(super) fn obstacles(&self, exchange: usize) -> Vec<String> {
        let stated = self.stated(exchange);
        if !stated.is_empty() {
            return stated.into_iter().map(|told| format!("It {told}.")).collect();
        }
        let lacking =
            self.terms(exchange).find(|&(term, is_wanted)| self.is_short(exchange, term, is_wanted));
        let Some((term, is_wanted)) = lacking else {
            return vec![
                "What it needs and what it gives cannot be matched with what others could do, whatever else happens."
                    .to_owned(),
            ];
        };
        let (of, count) = (self.named(term), term.count);
        let (needs, who) = if is_wanted { ("needs", "offer") } else { ("gives", "want") };
        let why = self.root(exchange, term, is_wanted).map_or(String::new(), |(root, told)| {
            let own = &self.bundles.problem.exchanges[root];
            let (name, user) = (&self.bundles.exchanges[root], &self.bundles.users[own.user as usize]);
            format!(": exchange {name} of {user} {}", told.join(", and "))
        });
        vec![format!("It {needs} {count} of {of}, and too few of those who {who} that can ever do so{why}.")]
    }

    /// The nearest exchange that what is stated keeps out, of those on which this one depends for a term, and what keeps it out.
    fn root(&self, exchange: usize, term: &Term, is_wanted: bool) -> Option<(usize, Vec<String>)> {
        let mut is_known = vec![false; self.most.len()];
        is_known[exchange] = true;
        let mut queue: VecDeque<usize> = self.partners(exchange, term, is_wanted).collect();
        while let Some(next) = queue.pop_front() {
            if std::mem::replace(&mut is_known[next], true) || self.most[next] > 0 {
                continue;
            }
            let stated = self.stated(next);
            if !stated.is_empty() {
                return Some((next, stated));
            }
            for (term, is_wanted) in self.terms(next).filter(|&(term, is)| self.is_short(next, term, is)) {
                queue.extend(self.partners(next, term, is_wanted));
            }
        }
        None
    }

    /// The terms of an exchange, each with whether it is wanted.
    fn terms(&self, exchange: usize) -> impl Iterator<Item = (&'a Term, bool)> + use<'a> {
        let own = &self.bundles.problem.exchanges[exchange];
        let wants = own.wants.iter().map(|term| (term, true));
        wants.chain(own.gives.iter().map(|term| (term, false)))
    }

    /// What keeps an exchange out by what is stated alone, as ends of a sentence.
    fn stated(&self, exchange: usize) -> Vec<String> {
        let all = |own: &Exchange, _| own.most;
        let terms = self.terms(exchange).filter_map(|(term, is_wanted)| {
            let there = self.there(exchange, term, is_wanted, &all);
            (there < term.count).then(|| self.told(exchange, term, is_wanted, there))
        });
        terms.chain(self.unpaid(exchange)).collect()
    }

    /// Whether a term cannot be made up by what others can ever do.
    fn is_short(&self, exchange: usize, term: &Term, is_wanted: bool) -> bool {
        self.there(exchange, term, is_wanted, &|_, place| self.most[place]) < term.count
    }

    /// How much of a term others could make up, each of them as often as `times` says.
    fn there(
        &self,
        exchange: usize,
        term: &Term,
        is_wanted: bool,
        times: &dyn Fn(&Exchange, usize) -> i64,
    ) -> i64 {
        let of_choice = |item: u32, most: i64| {
            let all = self.others(exchange, item, is_wanted).map(|place| {
                let own = &self.bundles.problem.exchanges[place];
                let terms = if is_wanted { &own.gives } else { &own.wants };
                let choices = terms.iter().flat_map(|term| &term.choices);
                let each: i64 = choices.filter(|choice| choice.item == item).map(|choice| choice.most).sum();
                each * times(own, place)
            });
            most.min(all.sum::<i64>()).min(self.bundles.problem.items[item as usize].units)
        };
        term.choices.iter().map(|choice| of_choice(choice.item, choice.most)).sum()
    }

    /// The exchanges of others that give an item, or want it, and between whose users and this exchange's it may pass.
    fn others(&self, exchange: usize, item: u32, is_wanted: bool) -> impl Iterator<Item = usize> + '_ {
        let problem = &self.bundles.problem;
        let (user, owner) = (problem.exchanges[exchange].user, problem.items[item as usize].owner);
        (0..problem.exchanges.len()).filter(move |&place| {
            let own = &problem.exchanges[place];
            let terms = if is_wanted { &own.gives } else { &own.wants };
            let refuses = problem.refuses(owner, if is_wanted { user } else { own.user });
            let is_other = own.user != user && !refuses;
            is_other && terms.iter().flat_map(|term| &term.choices).any(|choice| choice.item == item)
        })
    }

    /// The exchanges of others that could make up a term.
    fn partners(&self, exchange: usize, term: &Term, is_wanted: bool) -> impl Iterator<Item = usize> + '_ {
        let items: Vec<u32> = term.choices.iter().map(|choice| choice.item).collect();
        items.into_iter().flat_map(move |item| self.others(exchange, item, is_wanted))
    }

    fn named(&self, term: &Term) -> String {
        let name = |item: u32| &*self.bundles.items[item as usize].name;
        let names: Vec<&str> = term.choices.iter().map(|choice| name(choice.item)).collect();
        if let [one] = names[..] { one.to_owned() } else { format!("any of {}", names.join(", ")) }
    }

    /// That a term is more than others could make up.
    fn told(&self, exchange: usize, term: &Term, is_wanted: bool, there: i64) -> String {
        let (of, count) = (self.named(term), term.count);
        if !is_wanted {
            let at_once = if count > 1 && there > 0 { " at once" } else { "" };
            return format!("gives {count} of {of}{at_once}, and others could take {there}");
        }
        let (problem, users) = (&self.bundles.problem, &self.bundles.users);
        let user = problem.exchanges[exchange].user;
        let owners = term.choices.iter().map(|choice| problem.items[choice.item as usize].owner);
        let mut refused: Vec<&str> = owners
            .filter(|&owner| problem.refuses(owner, user))
            .map(|owner| &*users[owner as usize])
            .collect();
        refused.dedup();
        let refused = match refused[..] {
            [] => String::new(),
            _ => {
                format!(": nothing is to pass between {} and {}", users[user as usize], refused.join(" or "))
            }
        };
        format!("needs {count} of {of}, and those whom it trades with could give {there}{refused}")
    }

    /// That an exchange asks for more money than others could pay, or pays more than they could take.
    fn unpaid(&self, exchange: usize) -> Option<String> {
        let problem = &self.bundles.problem;
        let least = problem.exchanges[exchange].pays.0;
        let others = || problem.exchanges.iter().enumerate().filter(|&(place, _)| place != exchange);
        let sum = |of: &dyn Fn((i64, i64)) -> i64| -> i128 {
            others().map(|(_, own)| i128::from(of(own.pays).max(0)) * i128::from(own.most)).sum()
        };
        let shown = |amount: i128| money(amount.try_into().unwrap_or(i64::MAX), self.bundles.money_decimals);
        let (payable, takable) = (sum(&|pays| pays.1), sum(&|pays| -pays.0));
        let least = i128::from(least);
        if -least > payable {
            return Some(format!(
                "asks for {} at least, and others could pay {}",
                shown(-least),
                shown(payable)
            ));
        }
        (least > takable)
            .then(|| format!("pays {} at least, and others could take {}", shown(least), shown(takable)))
    }
}
