//! The check of who pays what in a round of bundles, of an outcome that is allowed. Short, slow and obvious, and sharing nothing with what sets the payments.
//!
//! Everybody pays the same share of the way from the least to the most, but for users whom that would take beyond their limits: these pay just their limits, each with one
//! share for all of its exchanges. Whole units: each pays its share rounded down or up, and up go those who lose most by going down, the first of those who
//! lose as much, but for who would go beyond the limit so.

use std::cmp::Reverse;

use super::bundle::Flaw;
use crate::bundle::{Carried, Problem};

/// Whether each entry pays its share.
///
/// # Errors
/// The first that does not.
pub fn check(problem: &Problem, carried: &[Carried]) -> Result<(), Flaw> {
    let shares = Shares::new(problem, carried);
    let mut room = shares.room.clone();
    for (index, entry) in shares.entries.iter().enumerate() {
        let (amount, of) = shares.exact(entry);
        let is_rounded = entry.paid == amount / of || (entry.paid == amount / of + 1 && amount % of > 0);
        if !is_rounded {
            return Err(Flaw::WrongShare(index));
        }
        room[entry.user] = room[entry.user].map(|room| room - amount / of);
    }
    let lost = |entry: &Entry| {
        let (amount, of) = shares.exact(entry);
        amount % of
    };
    // Users at their limits each by themselves, and the others all together.
    let group = |entry: &Entry| shares.is_at_limit[entry.user].then_some(entry.user);
    let mut order: Vec<usize> =
        (0..carried.len()).filter(|&index| lost(&shares.entries[index]) > 0).collect();
    order.sort_by_key(|&index| {
        let entry = &shares.entries[index];
        (group(entry), Reverse(lost(entry)), index)
    });
    let mut has_gone_down = None;
    for index in order {
        let entry = &shares.entries[index];
        let (amount, of) = shares.exact(entry);
        let room = &mut room[entry.user];
        if entry.paid > amount / of {
            if has_gone_down == Some(group(entry)) {
                return Err(Flaw::WrongShare(index));
            }
            *room = room.map(|room| room - 1);
        } else if room.is_none_or(|room| room > 0) {
            has_gone_down = Some(group(entry));
        }
    }
    let falls_short = |entry: &Entry| shares.is_at_limit[entry.user] && room[entry.user] != Some(0);
    match shares.entries.iter().position(falls_short) {
        Some(index) => Err(Flaw::WrongShare(index)),
        None => Ok(()),
    }
}

/// What an exchange that is carried out pays.
struct Entry {
    user: usize,
    /// From the least to the most.
    way: i128,
    /// More than the least.
    paid: i128,
}

/// The share of the way that everybody pays.
struct Shares {
    entries: Vec<Entry>,
    /// By user, from the least to the most.
    way: Vec<i128>,
    /// By user, from the least to the limit, where there is one.
    room: Vec<Option<i128>>,
    /// By user, whether it pays just its limit.
    is_at_limit: Vec<bool>,
    /// What the others pay more than the least, and could.
    due: i128,
    whole: i128,
}

impl Shares {
    fn new(problem: &Problem, carried: &[Carried]) -> Self {
        let count = problem.users.len();
        let mut own = Shares {
            entries: Vec::new(),
            way: vec![0; count],
            room: problem.users.iter().map(|user| user.most_paid.map(i128::from)).collect(),
            is_at_limit: vec![false; count],
            due: 0,
            whole: 0,
        };
        for entry in carried {
            let exchange = &problem.exchanges[entry.exchange as usize];
            let [least, most, times] = [exchange.pays.0, exchange.pays.1, entry.times].map(i128::from);
            let (user, least, way) = (exchange.user as usize, least * times, (most - least) * times);
            own.entries.push(Entry { user, way, paid: i128::from(entry.pays) - least });
            own.way[user] += way;
            own.room[user] = own.room[user].map(|room| room - least);
            own.due -= least;
            own.whole += way;
        }
        // Whom the share of those who are left takes beyond the limit drops out, until it takes nobody.
        loop {
            let is_beyond = |&user: &usize| {
                let room = own.room[user].filter(|_| !own.is_at_limit[user]);
                room.is_some_and(|room| own.due * own.way[user] > room * own.whole)
            };
            let beyond: Vec<usize> = (0..count).filter(is_beyond).collect();
            if beyond.is_empty() {
                return own;
            }
            for user in beyond {
                own.is_at_limit[user] = true;
                own.due -= own.room[user].unwrap_or(0);
                own.whole -= own.way[user];
            }
        }
    }

    /// What an entry would pay more than the least if there were parts of units: so much, divided by a number above 0.
    fn exact(&self, entry: &Entry) -> (i128, i128) {
        let (due, whole) = match self.room[entry.user] {
            Some(room) if self.is_at_limit[entry.user] => (room, self.way[entry.user]),
            _ => (self.due, self.whole),
        };
        (due * entry.way, whole.max(1))
    }
}
