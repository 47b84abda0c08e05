//! What can be carried out without a relaxation: exchanges go in one by one, and what they take from others is looked for elsewhere.
//!
//! First every exchange is tried in turn, as long as any goes in, and others only have units passed on; then exchanges of one for one may be left for
//! it too. After that a local search: an exchange drawn by lot goes in, what a cap or limit sets against it goes out, or who has what it wants, and
//! whatever then is too much or too little is brought together; what is worth as much as before is kept, so that the search moves on where
//! nothing is gained. It ends once nothing has been gained for long, or when the budget does.
//!
//! Deterministic: the lots are drawn from one stream, so that a greater budget only goes on from what a smaller one comes to.

use super::network::{Goal, Network, Ways};
use super::problem::{Carried, Problem};
use crate::budget::Budget;
use crate::stream::Stream;

/// So many paths at most are looked for to make one exchange fit.
const MOST_PATHS: usize = 64;
/// So often an exchange is tried again, without one that broke a rule.
const MOST_RETRIES: usize = 3;
/// The local search ends after so many tries for each exchange that gained nothing.
const MOST_IDLE: usize = 30;

/// What is found within the budget, before anything is paid, and the steps used.
pub(super) fn first(problem: &Problem, budget: Budget<'_>) -> (Vec<Carried>, u64) {
    let is_giver = |&index: &u32| problem.exchanges[index as usize].wants.is_empty();
    let mut insertion = Insertion {
        problem,
        network: Network::new(problem),
        givers: (0..problem.exchanges.len() as u32).filter(is_giver).collect(),
        budget,
    };
    insertion.fill(false);
    insertion.fill(true);
    insertion.improve();
    (insertion.network.carried(), insertion.network.steps)
}

struct Insertion<'a> {
    problem: &'a Problem,
    network: Network<'a>,
    /// Exchanges that want nothing.
    givers: Vec<u32>,
    budget: Budget<'a>,
}

impl Insertion<'_> {
    fn is_over(&self) -> bool {
        self.budget.is_spent(self.network.steps)
    }

    /// Tries all exchanges in turn until none goes in any more.
    fn fill(&mut self, may_leave: bool) {
        let mut has_changed = true;
        while has_changed {
            has_changed = false;
            for exchange in 0..self.problem.exchanges.len() as u32 {
                while !self.is_over() && self.put(exchange, &[], may_leave, true) {
                    has_changed = true;
                }
            }
            has_changed &= !self.is_over();
        }
    }

    fn improve(&mut self) {
        let count = self.problem.exchanges.len();
        let mut dice = Stream::new(1);
        let mut idle = 0;
        while idle < MOST_IDLE * count && !self.is_over() {
            let exchange = dice.below(count as u64) as u32;
            let before = self.network.values.clone();
            let out = self.in_the_way(exchange, &mut dice);
            self.put(exchange, &out, true, false);
            idle = if self.network.values > before { 0 } else { idle + 1 };
        }
    }

    /// What is to go out for an exchange: one for each rule against it; if there is none, now and then who has what it wants.
    fn in_the_way(&self, exchange: u32, dice: &mut Stream) -> Vec<u32> {
        let network = &self.network;
        let drawn = |from: Vec<u32>, dice: &mut Stream| {
            (!from.is_empty()).then(|| from[dice.below(from.len() as u64) as usize])
        };
        let mut out: Vec<u32> = Vec::new();
        for rule in network.rules.against(exchange) {
            let members = network.rules.members(rule).iter().copied();
            let carried = members.filter(|&own| own != exchange && network.times(own) > 0).collect();
            out.extend(drawn(carried, dice));
        }
        if out.is_empty() && dice.one_in(2) {
            let wants = self.problem.exchanges[exchange as usize].wants.iter();
            let items: Vec<u32> = wants.flat_map(|term| &term.choices).map(|choice| choice.item).collect();
            let takers = drawn(items, dice).map_or(Vec::new(), |item| network.takers(item));
            out.extend(drawn(takers, dice).filter(|&own| own != exchange));
        }
        out.sort_unstable();
        out.dedup();
        out
    }

    /// Carries an exchange out once more, and each of `out` once less, if that can be made to fit; whether it is, and is better than before, or as good
    /// where that will do.
    fn put(&mut self, exchange: u32, out: &[u32], may_leave: bool, to_gain: bool) -> bool {
        let mut shut = out.to_vec();
        let before = self.network.values.clone();
        for _ in 0..MOST_RETRIES {
            let ways = Ways { shut: &shut, kept: exchange, may_leave };
            for &own in out {
                self.network.enter(own, -1);
            }
            if !self.network.may_enter(exchange) {
                break;
            }
            self.network.enter(exchange, 1);
            let is_even = self.even_out(ways);
            if is_even && self.network.is_allowed() {
                let is_better = self.network.values > before;
                if is_better || (!to_gain && self.network.values == before) {
                    self.network.keep();
                    return true;
                }
                break;
            }
            let fault = if is_even { self.network.at_fault(exchange) } else { None };
            let Some(fault) = fault else { break };
            self.network.take_back();
            shut.push(fault);
        }
        self.network.take_back();
        false
    }

    /// Brings all that is too much to where it is lacking, and more exchanges in where the two are not as much; whether that can be.
    fn even_out(&mut self, ways: Ways<'_>) -> bool {
        for _ in 0..MOST_PATHS {
            let network = &mut self.network;
            let (over, lacking) = (network.over, network.lacking);
            let is_found = match over.cmp(&lacking) {
                _ if (over, lacking) == (0, 0) => return true,
                std::cmp::Ordering::Equal => network.push(Goal::Lacking, ways),
                std::cmp::Ordering::Greater => network.push(Goal::Taking, ways),
                std::cmp::Ordering::Less => {
                    network.push(Goal::Giving, ways) || network.fetch(&self.givers, ways)
                }
            };
            if !is_found {
                return false;
            }
        }
        false
    }
}
