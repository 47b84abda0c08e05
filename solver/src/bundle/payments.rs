//! Who pays what: everybody the same share of the way from the least to the most that is said, the share at which all payments sum to 0. A user whose limit is
//! below that pays just the limit, with one share for its own exchanges, and the share of all others is so much greater. So a limit above what
//! is paid changes nothing.
//!
//! Whole units: each payment is its share rounded down or up. Up go those that lose most by going down, as many as are needed, and of those that lose as much the
//! first; one that would take its user beyond its limit is passed over.

use super::problem::{Carried, Problem};

/// What a user's exchanges pay.
#[derive(Clone, Copy, Debug, Default)]
struct Total {
    /// From the least to the most.
    range: i128,
    /// From the least to the limit.
    room: Option<i128>,
    is_at_limit: bool,
}

/// Sets what each carried exchange pays. They must be such that payments exist.
pub(super) fn settle(problem: &Problem, carried: &mut [Carried]) {
    let user = |own: &Carried| problem.exchanges[own.exchange as usize].user as usize;
    let range = |own: &Carried| {
        let (least, most) = problem.exchanges[own.exchange as usize].pays;
        i128::from(most - least) * i128::from(own.times)
    };
    let total = |user: &super::User| Total { room: user.most_paid.map(i128::from), ..Total::default() };
    let mut totals: Vec<Total> = problem.users.iter().map(total).collect();
    for own in carried.iter_mut() {
        own.pays = problem.exchanges[own.exchange as usize].pays.0 * own.times;
        let total = &mut totals[user(own)];
        total.range += range(own);
        total.room = total.room.map(|room| room - i128::from(own.pays));
    }
    let due = -carried.iter().map(|own| i128::from(own.pays)).sum::<i128>();
    let (due, whole) = share(&mut totals, due);
    let mut free = Vec::new();
    let mut of_user: Vec<Vec<usize>> = vec![Vec::new(); totals.len()];
    for (index, own) in carried.iter().enumerate() {
        let group = if totals[user(own)].is_at_limit { &mut of_user[user(own)] } else { &mut free };
        group.push(index);
    }
    let mut add = |members: &[usize], due: i128, whole: i128, rooms: &mut [Option<i128>]| {
        let of = |&index: &usize| (range(&carried[index]), user(&carried[index]));
        let parts: Vec<(i128, usize)> = members.iter().map(of).collect();
        for (&index, more) in members.iter().zip(spread(&parts, due, whole, rooms)) {
            carried[index].pays += more as i64;
        }
    };
    let mut rooms: Vec<Option<i128>> = totals.iter().map(|total| total.room).collect();
    add(&free, due, whole, &mut rooms);
    for (total, members) in totals.iter().zip(&of_user).filter(|(total, _)| total.is_at_limit) {
        add(members, total.room.expect("it has a limit"), total.range, &mut rooms);
    }
    assert_eq!(carried.iter().map(|own| i128::from(own.pays)).sum::<i128>(), 0, "payments exist");
}

/// The share of the others once those are at their limit whose limit is below it: what they add to the least, of how much they could.
fn share(totals: &mut [Total], due: i128) -> (i128, i128) {
    let (mut due, mut whole) = (due, totals.iter().map(|total| total.range).sum::<i128>());
    // The lowest limit first, as a share of the user's own way.
    let mut limited: Vec<(&mut Total, i128)> = totals
        .iter_mut()
        .filter(|total| total.range > 0)
        .filter_map(|total| total.room.map(|room| (total, room)))
        .collect();
    limited.sort_by(|(one, room), (other, other_room)| (room * other.range).cmp(&(other_room * one.range)));
    for (total, room) in limited {
        if due * total.range <= room * whole {
            break;
        }
        total.is_at_limit = true;
        due -= room;
        whole -= total.range;
    }
    (due, whole)
}

/// What each part, a range and a user, gets of `due`, as its range is to the whole.
fn spread(parts: &[(i128, usize)], due: i128, whole: i128, rooms: &mut [Option<i128>]) -> Vec<i128> {
    if whole == 0 {
        return vec![0; parts.len()];
    }
    let mut more: Vec<i128> = parts.iter().map(|(range, _)| due * range / whole).collect();
    for (&(_, user), &more) in parts.iter().zip(&more) {
        rooms[user] = rooms[user].map(|room| room - more);
    }
    let mut left = due - more.iter().sum::<i128>();
    let mut order: Vec<usize> = (0..parts.len()).filter(|&part| due * parts[part].0 % whole > 0).collect();
    order.sort_by_key(|&part| std::cmp::Reverse(due * parts[part].0 % whole));
    for part in order {
        let room = &mut rooms[parts[part].1];
        if left > 0 && room.is_none_or(|room| room > 0) {
            *room = room.map(|room| room - 1);
            more[part] += 1;
            left -= 1;
        }
    }
    more
}

#[cfg(test)]
mod tests {
    use super::super::problem::{Exchange, User};
    use super::*;
    use crate::certify::bundle::{Flaw, check_outcome};
    use crate::certify::payments::check;
    use crate::stream::Stream;

    /// A user, and the least and the most that one of its exchanges pays.
    type Pays = (u32, i64, i64);

    /// Exchanges of nothing but money, each carried out once.
    fn money(limits: &[Option<i64>], exchanges: &[Pays]) -> (Problem, Vec<Carried>) {
        let user = |&most_paid: &Option<i64>| User { most_paid, ..User::default() };
        let exchange = |&(user, least, most): &Pays| Exchange {
            user,
            most: 1,
            pays: (least, most),
            ..Exchange::default()
        };
        let carried = |exchange: usize| Carried { exchange: exchange as u32, times: 1, ..Carried::default() };
        let problem = Problem {
            users: limits.iter().map(user).collect(),
            exchanges: exchanges.iter().map(exchange).collect(),
            ..Problem::default()
        };
        (problem, (0..exchanges.len()).map(carried).collect())
    }

    fn paid(limits: &[Option<i64>], exchanges: &[Pays]) -> Vec<i64> {
        let (problem, mut carried) = money(limits, exchanges);
        settle(&problem, &mut carried);
        check_outcome(&problem, &carried).expect("it is allowed");
        assert_eq!(check(&problem, &carried), Ok(()), "{problem:?} {carried:?}");
        carried.iter().map(|own| own.pays).collect()
    }

    #[test]
    fn payments_go_the_same_share_of_the_way() {
        // Two things are sold for 3 to 9 each, to two who would pay up to 8, one of whom has only 4 to spend: 0.7 of the way for the others.
        let sales = [(0, -9, -3), (0, -9, -3), (1, 0, 8), (2, 0, 8)];
        assert_eq!(paid(&[None, Some(4), None], &sales), [-5, -5, 4, 6]);
        // Two thirds of the way, unless the limit is below that.
        let sale = [(0, 0, 800), (1, -1000, -300)];
        for (limit, pays) in [(800, 533), (700, 533), (534, 533), (500, 500), (300, 300)] {
            assert_eq!(paid(&[Some(limit), None], &sale), [pays, -pays], "{limit}");
        }
        // What one user has to spend is spread over its own two purchases.
        let purchases = [(0, 0, 800), (0, 0, 800), (1, -1000, -300), (1, -1000, -300)];
        assert_eq!(paid(&[Some(800), None], &purchases), [400, 400, -400, -400]);
        assert_eq!(paid(&[Some(801), None], &purchases), [401, 400, -400, -401]);
    }

    /// Users whose ranges and limits let payments exist.
    fn made_up(dice: &mut Stream) -> (Vec<Option<i64>>, Vec<Pays>) {
        loop {
            let count = dice.within(2, 4);
            let exchanges: Vec<Pays> = (0..dice.within(2, 7))
                .map(|_| {
                    let least = dice.within(-12, 8);
                    (
                        dice.below(count as u64) as u32,
                        least,
                        least + [0, 7, dice.within(0, 15)][dice.below(3) as usize],
                    )
                })
                .collect();
            let limits: Vec<Option<i64>> =
                (0..count).map(|_| dice.one_in(2).then(|| dice.within(0, 9))).collect();
            let range = |user: usize| {
                let own = exchanges.iter().filter(|own| own.0 as usize == user);
                let (least, most) = own.fold((0, 0), |sum, own| (sum.0 + own.1, sum.1 + own.2));
                (least, limits[user].map_or(most, |limit| limit.min(most)))
            };
            let ranges: Vec<(i64, i64)> = (0..count as usize).map(range).collect();
            let sum = |side: fn(&(i64, i64)) -> i64| ranges.iter().map(side).sum::<i64>();
            if ranges.iter().all(|range| range.0 <= range.1)
                && sum(|range| range.0) <= 0
                && sum(|range| range.1) >= 0
            {
                return (limits, exchanges);
            }
        }
    }

    #[test]
    fn what_is_paid_is_fair() {
        let mut dice = Stream::new(1);
        let mut limited = 0;
        for _ in 0..20_000 {
            let (limits, exchanges) = made_up(&mut dice);
            let pays = paid(&limits, &exchanges);
            let of_user = |user: usize| -> i64 {
                let both = exchanges.iter().zip(&pays);
                both.filter(|(own, _)| own.0 as usize == user).map(|(_, pays)| pays).sum()
            };
            // A limit above what is paid might as well not be there.
            let binding: Vec<Option<i64>> =
                (0..limits.len()).map(|user| limits[user].filter(|limit| of_user(user) >= *limit)).collect();
            assert_eq!(paid(&binding, &exchanges), pays, "{limits:?} {exchanges:?}");
            limited += usize::from(binding.iter().any(Option::is_some));
            for (one, own) in exchanges.iter().enumerate() {
                for (other, others) in exchanges.iter().enumerate() {
                    let are_alike = own.0 == others.0
                        || (binding[own.0 as usize].or(binding[others.0 as usize])).is_none();
                    let differ = (pays[one] - pays[other]).abs();
                    assert!(
                        (own.1, own.2) != (others.1, others.2) || !are_alike || differ <= 1,
                        "{limits:?} {exchanges:?} {pays:?}"
                    );
                }
            }
            // In another order as much, but for what rounding leaves.
            let turned: Vec<Pays> = exchanges.iter().rev().copied().collect();
            let there: Vec<i64> = paid(&limits, &turned).into_iter().rev().collect();
            assert!(pays.iter().zip(&there).all(|(one, other)| (one - other).abs() <= 1));
        }
        assert!(limited > 3_000, "{limited}");
    }

    /// A unit that one pays for another is another share, whoever they are.
    #[test]
    fn a_unit_moved_is_refused() {
        let mut dice = Stream::new(2);
        let mut moved = 0;
        for _ in 0..5_000 {
            let (limits, exchanges) = made_up(&mut dice);
            let (problem, mut carried) = money(&limits, &exchanges);
            settle(&problem, &mut carried);
            for more in 0..carried.len() {
                for less in (0..carried.len()).filter(|&less| less != more) {
                    let mut forged = carried.clone();
                    forged[more].pays += 1;
                    forged[less].pays -= 1;
                    if check_outcome(&problem, &forged).is_ok() {
                        assert!(
                            matches!(check(&problem, &forged), Err(Flaw::WrongShare(_))),
                            "{problem:?} {forged:?}"
                        );
                        moved += 1;
                    }
                }
            }
        }
        assert!(moved > 10_000, "{moved}");
    }
}
