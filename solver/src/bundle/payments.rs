//! Who pays what: everybody the same share of the way from the least to the most, as far as spending limits let them.

use super::problem::{Carried, Problem};

/// Sets what each carried exchange pays. They must be such that payments exist.
pub(super) fn settle(problem: &Problem, carried: &mut [Carried]) {
    let range = |own: &Carried| {
        let (least, most) = problem.exchanges[own.exchange as usize].pays;
        (least * own.times, most * own.times)
    };
    let user = |own: &Carried| problem.exchanges[own.exchange as usize].user as usize;
    let mut room: Vec<i128> =
        problem.users.iter().map(|user| user.most_paid.map_or(i128::MAX, i128::from)).collect();
    for own in carried.iter_mut() {
        own.pays = range(own).0;
    }
    for own in carried.iter() {
        let limit = &mut room[user(own)];
        *limit = limit.saturating_sub(own.pays.into());
    }
    // How much more each could pay.
    let more: Vec<i128> = carried
        .iter()
        .map(|own| {
            let (least, most) = range(own);
            let limit = &mut room[user(own)];
            let more = i128::from(most - least).min((*limit).max(0));
            *limit = limit.saturating_sub(more);
            more
        })
        .collect();
    let due: i128 = -carried.iter().map(|own| i128::from(own.pays)).sum::<i128>();
    let total: i128 = more.iter().sum();
    let mut left = due;
    for (own, more) in carried.iter_mut().zip(&more) {
        let share = if total > 0 { (due * more).div_euclid(total) } else { 0 };
        own.pays += share as i64;
        left -= share;
    }
    // What rounding left: a unit each, from the first on.
    for (own, more) in carried.iter_mut().zip(&more) {
        let paid = if total > 0 { (due * more).div_euclid(total) } else { 0 };
        if left > 0 && paid < *more {
            own.pays += 1;
            left -= 1;
        }
    }
    assert_eq!(left, 0, "payments exist");
}
