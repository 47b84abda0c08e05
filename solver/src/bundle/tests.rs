//! Small rounds of every kind of limit against brute force over what is carried out.

use super::*;
use crate::certify;
use crate::certify::bundle::{bounds, check_outcome};
use crate::stream::Stream;

/// Which kinds of limit a made-up round has.
#[derive(Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools)] // each is a kind by itself
struct Kinds {
    choices: bool,
    units: bool,
    caps: bool,
    limits: bool,
    refusals: bool,
    money: bool,
}

fn term(dice: &mut Stream, items: &[u32], kinds: Kinds) -> Term {
    let mut open = items.to_vec();
    let mut choices = Vec::new();
    let wanted = if kinds.choices { 1 + dice.below(3) } else { 1 };
    for _ in 0..wanted.min(open.len() as u64) {
        let item = open.remove(dice.below(open.len() as u64) as usize);
        let most = if kinds.units { dice.within(1, 2) } else { 1 };
        choices.push(Choice { item, most, cost: dice.within(0, 2) });
    }
    let most: i64 = choices.iter().map(|choice| choice.most).sum();
    Term { count: dice.within(1, most.min(3)), choices }
}

/// An exchange by somebody who has something that another one wants: all that it wants of it, for all that it gives.
fn answer(dice: &mut Stream, problem: &Problem) -> Option<Exchange> {
    let other = &problem.exchanges[dice.below(problem.exchanges.len().max(1) as u64) as usize..].first()?;
    let user = problem.items[other.wants.first()?.choices[0].item as usize].owner;
    let is_own = |term: &&Term| term.choices.iter().all(|own| problem.items[own.item as usize].owner == user);
    let gives = other.wants.iter().filter(is_own).cloned().collect();
    let pays = (-other.pays.1, -other.pays.0);
    Some(Exchange {
        user,
        gives,
        wants: other.gives.clone(),
        most: other.most,
        cost: dice.within(0, 3),
        pays,
    })
}

fn made_up(dice: &mut Stream, kinds: Kinds) -> Problem {
    let user_count = dice.within(2, 3) as u32;
    let mut problem = Problem { users: vec![User::default(); user_count as usize], ..Problem::default() };
    for owner in 0..user_count {
        for _ in 0..dice.within(1, 2) {
            problem.items.push(Item { owner, units: if kinds.units { dice.within(1, 3) } else { 1 } });
        }
    }
    let count = problem.items.len() as u32;
    for _ in 0..dice.within(2, 5) {
        let answer = answer(dice, &problem).filter(|_| dice.one_in(2));
        if let Some(answer) = answer {
            problem.exchanges.push(answer);
            continue;
        }
        let user = dice.below(user_count.into()) as u32;
        let owner = |item: u32| problem.items[item as usize].owner;
        let (own, others): (Vec<u32>, Vec<u32>) = (0..count).partition(|&item| owner(item) == user);
        let least = i64::from(!kinds.money);
        let gives = (0..dice.within(least, 2)).map(|_| term(dice, &own, kinds)).collect();
        let wants = (0..dice.within(least, 2)).map(|_| term(dice, &others, kinds)).collect();
        let low = if kinds.money { dice.within(-3, 2) } else { 0 };
        let pays = (low, if kinds.money { low + dice.within(0, 3) } else { 0 });
        let most = if kinds.units && dice.one_in(3) { 2 } else { 1 };
        problem.exchanges.push(Exchange { user, gives, wants, most, cost: dice.within(0, 3), pays });
    }
    if kinds.caps {
        for user in &mut problem.users {
            user.most_given = dice.one_in(3).then(|| dice.within(0, 2));
            user.most_received = dice.one_in(3).then(|| dice.within(0, 2));
        }
    }
    if kinds.money {
        for user in &mut problem.users {
            user.most_paid = dice.one_in(3).then(|| dice.within(0, 2));
        }
    }
    if kinds.limits {
        for _ in 0..dice.within(1, 2) {
            let some = |dice: &mut Stream, count: usize| -> Vec<u32> {
                (0..count as u32).filter(|_| dice.one_in(2)).collect()
            };
            let of = if dice.one_in(2) {
                Of::Exchanges(some(dice, problem.exchanges.len()))
            } else {
                Of::Items { user: dice.below(user_count.into()) as u32, items: some(dice, count as usize) }
            };
            problem.limits.push(Limit { of, most: 1 });
        }
    }
    if kinds.refusals {
        let [one, other] = [(); 2].map(|()| dice.below(user_count.into()) as u32);
        problem.refusals.push((one.min(other), one.max(other)));
    }
    let user = dice.below(user_count.into()) as u32;
    let mut objectives = vec![Objective::Items, Objective::Users, Objective::Cost, Objective::Favor(user)];
    let first = dice.below(4) as usize;
    objectives.rotate_left(first);
    objectives.truncate(1 + dice.below(3) as usize);
    problem.objectives = objectives;
    problem
}

/// All ways to make up `count` units of choices.
fn mixtures(choices: &[Choice], count: i64, times: i64) -> Vec<Vec<i64>> {
    let Some((first, rest)) = choices.split_first() else {
        return if count == 0 { vec![Vec::new()] } else { Vec::new() };
    };
    (0..=count.min(first.most * times))
        .flat_map(|own| {
            mixtures(rest, count - own, times).into_iter().map(move |mut rest| {
                rest.insert(0, own);
                rest
            })
        })
        .collect()
}

/// All ways to make up terms.
fn all_mixtures(terms: &[Term], times: i64) -> Vec<Vec<Vec<i64>>> {
    terms.iter().fold(vec![Vec::new()], |known, term| {
        let own = mixtures(&term.choices, term.count * times, times);
        known
            .iter()
            .flat_map(|known| own.iter().map(move |own| [&known[..], std::slice::from_ref(own)].concat()))
            .collect()
    })
}

/// The best values by trying everything.
fn brute_force(problem: &Problem) -> Vec<i64> {
    let mut best = vec![i64::MIN];
    fill((problem, &Statement::new(problem)), 0, &mut Vec::new(), &mut best);
    best
}

fn fill(
    (problem, statement): (&Problem, &Statement),
    exchange: usize,
    carried: &mut Vec<Carried>,
    best: &mut Vec<i64>,
) {
    let Some(own) = problem.exchanges.get(exchange) else {
        let values = check_with_any_payment(problem, carried);
        if let Some(values) = &values {
            // The program that proofs are of leaves nothing out that the round allows, and values it as the round does.
            let amounts = statement.amounts(problem, carried);
            let stated = certify::program::check_amounts(&statement.program, &amounts);
            assert_eq!(stated.as_ref(), Ok(values), "{problem:?} {carried:?}");
        }
        if let Some(values) = values.filter(|values| values > best) {
            *best = values;
        }
        return;
    };
    fill((problem, statement), exchange + 1, carried, best);
    for times in 1..=own.most {
        for gives in all_mixtures(&own.gives, times) {
            for wants in all_mixtures(&own.wants, times) {
                let exchange = exchange as u32;
                carried.push(Carried {
                    exchange,
                    times,
                    gives: gives.clone(),
                    wants,
                    pays: own.pays.0 * times,
                });
                fill((problem, statement), exchange as usize + 1, carried, best);
                carried.pop();
            }
        }
    }
}

/// The values of what is carried out, with whatever payments are allowed, if any are.
fn check_with_any_payment(problem: &Problem, carried: &[Carried]) -> Option<Vec<i64>> {
    // Everything but money first, which is quick to refuse.
    let mut tried: Vec<Carried> = carried.iter().map(|own| Carried { pays: 0, ..own.clone() }).collect();
    let values = check_outcome(&without_money(problem), &tried).ok()?;
    let exist = payments_exist(problem, carried);
    if problem.exchanges.iter().all(|own| own.pays.1 - own.pays.0 < 100) {
        tried.clone_from_slice(carried);
        let found = try_payments(problem, carried, &mut tried);
        assert_eq!(found, exist.then(|| values.clone()), "{problem:?} {carried:?}");
    }
    exist.then_some(values)
}

fn without_money(problem: &Problem) -> Problem {
    let mut without = problem.clone();
    without.users.iter_mut().for_each(|user| user.most_paid = None);
    without.exchanges.iter_mut().for_each(|own| own.pays = (0, 0));
    without
}

/// Whether everybody can pay within their limits so that it sums to 0: whatever lies between the least and the most of all can be paid.
fn payments_exist(problem: &Problem, carried: &[Carried]) -> bool {
    let ranges = problem.users.iter().enumerate().map(|(user, caps)| {
        let (mut least, mut most) = (0, 0);
        for own in carried {
            let exchange = &problem.exchanges[own.exchange as usize];
            if exchange.user as usize == user {
                least += exchange.pays.0 * own.times;
                most += exchange.pays.1 * own.times;
            }
        }
        (least, caps.most_paid.map_or(most, |limit| limit.min(most)))
    });
    let ranges: Vec<(i64, i64)> = ranges.collect();
    let sum = |side: fn(&(i64, i64)) -> i64| ranges.iter().map(side).sum::<i64>();
    ranges.iter().all(|range| range.0 <= range.1) && sum(|range| range.0) <= 0 && sum(|range| range.1) >= 0
}

/// Tries one payment after the other.
fn try_payments(problem: &Problem, carried: &[Carried], tried: &mut [Carried]) -> Option<Vec<i64>> {
    loop {
        if let Ok(values) = check_outcome(problem, tried) {
            return Some(values);
        }
        let range = |own: &Carried| problem.exchanges[own.exchange as usize].pays.1 * own.times;
        let place = (0..tried.len()).find(|&place| tried[place].pays < range(&tried[place]))?;
        for (lower, before) in tried[..place].iter_mut().zip(carried) {
            lower.pays = before.pays;
        }
        tried[place].pays += 1;
    }
}

/// Rounds of these kinds are solved to what brute force finds, and their proofs hold.
fn agree(seed: u64, count: usize, kinds: Kinds) {
    agree_on(seed, count, &|dice| made_up(dice, kinds));
}

fn agree_on(seed: u64, count: usize, made_up: &dyn Fn(&mut Stream) -> Problem) {
    let mut dice = Stream::new(seed);
    let (mut trading, mut checked) = (0, 0);
    while checked < count {
        let problem = made_up(&mut dice);
        let ways = |own: &Exchange| -> usize {
            (1..=own.most)
                .map(|t| all_mixtures(&own.gives, t).len() * all_mixtures(&own.wants, t).len())
                .sum()
        };
        if problem.exchanges.iter().map(|own| 1 + ways(own)).product::<usize>() > 20_000 {
            continue;
        }
        checked += 1;
        let found = solve(&problem, Budget::UNLIMITED, &mut |_, _, _| ());
        assert_eq!(check_outcome(&problem, &found.carried), Ok(found.values.clone()), "{problem:?}");
        assert_eq!(certify::payments::check(&problem, &found.carried), Ok(()), "{problem:?}");
        assert_eq!(found.values, brute_force(&problem), "{problem:?}");
        assert_eq!(bounds(&problem, &found.carried, &found.proof), Ok(found.values), "{problem:?}");
        trading += usize::from(!found.carried.is_empty());
    }
    assert!(trading * 20 > count, "{trading} of {count} trade");
}

#[test]
fn bundles_for_bundles() {
    agree(1, 1_500, Kinds::default());
}

#[test]
fn any_of_these_for_one_of_each_of_those() {
    agree(2, 1_500, Kinds { choices: true, ..Kinds::default() });
}

#[test]
fn several_units() {
    agree(3, 800, Kinds { choices: true, units: true, ..Kinds::default() });
}

#[test]
fn caps_of_participants() {
    agree(4, 800, Kinds { choices: true, caps: true, ..Kinds::default() });
}

#[test]
fn at_most_one_of_these() {
    agree(5, 800, Kinds { choices: true, limits: true, ..Kinds::default() });
}

#[test]
fn who_refuses_whom() {
    agree(6, 800, Kinds { choices: true, refusals: true, ..Kinds::default() });
}

#[test]
fn money_within_limits() {
    agree(7, 1_500, Kinds { money: true, ..Kinds::default() });
}

/// Sums that differ by units of money out of thousands of millions, which a relaxation cannot tell apart.
#[test]
fn large_payments_that_nearly_match() {
    let kinds = Kinds { choices: true, units: true, money: true, ..Kinds::default() };
    agree_on(11, 1_500, &|dice| {
        let mut problem = made_up(dice, kinds);
        let scale = dice.within(1 << 20, 200_000_000);
        let near = |dice: &mut Stream, amount: i64| amount * scale + dice.within(-2, 2);
        for own in &mut problem.exchanges {
            let (least, most) = (near(dice, own.pays.0), near(dice, own.pays.1));
            own.pays = (least.min(most), least.max(most));
        }
        for user in &mut problem.users {
            user.most_paid = user.most_paid.map(|limit| near(dice, limit).max(0));
        }
        problem
    });
}

#[test]
fn all_kinds_at_once() {
    let all = Kinds { choices: true, units: true, caps: true, limits: true, refusals: true, money: true };
    agree(8, 1_500, all);
}

/// What there is before any relaxation is allowed, whatever the rules, and is the best that there is more often than not.
#[test]
fn what_is_put_in_one_by_one_is_allowed() {
    let mut dice = Stream::new(12);
    let all = Kinds { choices: true, units: true, caps: true, limits: true, refusals: true, money: true };
    let (mut trading, mut best) = (0, 0);
    for case in 0..3_000 {
        let kinds = [Kinds::default(), Kinds { money: false, ..all }, all][case % 3];
        let problem = made_up(&mut dice, kinds);
        let (mut carried, _) = first::first(&problem, Budget::new(10_000_000));
        payments::settle(&problem, &mut carried);
        let values = check_outcome(&problem, &carried).unwrap_or_else(|flaw| panic!("case {case}: {flaw:?}"));
        let proven = solve(&problem, Budget::UNLIMITED, &mut |_, _, _| ()).values;
        if proven[0] > 0 {
            trading += 1;
            best += usize::from(values[0] == proven[0]);
        }
    }
    assert!(trading > 300 && 10 * best > 9 * trading, "{best} of {trading}");
}

/// Many who each would give two things for one of another's or one for two, which a relaxation takes its time for.
fn wide(dice: &mut Stream, user_count: u32) -> Problem {
    let items = (0..3 * user_count).map(|item| Item { owner: item / 3, units: 1 }).collect();
    let exchange = |user: u32, dice: &mut Stream| {
        let choice = |item: u32| Choice { item, most: 1, cost: 1 };
        let wants =
            (0..6).map(|_| dice.below((3 * user_count).into()) as u32).filter(|item| item / 3 != user);
        let wants: std::collections::BTreeSet<u32> = wants.collect();
        let [given, wanted] = [[1, 1], [2, 1], [1, 2]][dice.below(3) as usize];
        Exchange {
            user,
            gives: vec![Term { count: given, choices: (3 * user..3 * user + 3).map(choice).collect() }],
            wants: vec![Term { count: wanted, choices: wants.into_iter().map(choice).collect() }],
            most: 1,
            ..Exchange::default()
        }
    };
    Problem {
        users: vec![User::default(); user_count as usize],
        items,
        exchanges: (0..2 * user_count).map(|own| exchange(own / 2, dice)).collect(),
        objectives: vec![Objective::Items, Objective::Users],
        ..Problem::default()
    }
}

/// Steps that end within the first relaxation still come to something, and more steps to no less.
#[test]
fn out_of_steps_before_the_first_relaxation_much_is_carried_out() {
    let problem = wide(&mut Stream::new(13), 150);
    let mut least = 0;
    for steps in [200_000, 2_000_000, 20_000_000] {
        let found = solve(&problem, Budget::new(steps), &mut |_, _, _| ());
        assert_eq!(check_outcome(&problem, &found.carried), Ok(found.values.clone()), "{steps}");
        assert_eq!(bounds(&problem, &found.carried, &found.proof), Ok(found.bounds.clone()), "{steps}");
        assert!(found.values[0] >= least && found.values[0] < found.bounds[0], "{steps}: {found:?}");
        least = found.values[0];
    }
    assert!(least > 250, "{least} units");
}

/// What is told of an answer that was cut short is what the check makes of it, whichever objective the steps ended at.
#[test]
fn out_of_steps_the_answer_is_what_it_says() {
    let mut dice = Stream::new(10);
    let kinds = Kinds { choices: true, units: true, money: true, ..Kinds::default() };
    let (mut open, mut counted) = (0, 0);
    for _ in 0..300 {
        let objectives = vec![Objective::Items, Objective::Users, Objective::Cost];
        let problem = Problem { objectives, ..made_up(&mut dice, kinds) };
        let whole = solve(&problem, Budget::UNLIMITED, &mut |_, _, _| ());
        for part in 0..30 {
            let found = solve(&problem, Budget::new(whole.steps * part / 30), &mut |_, _, _| ());
            assert_eq!(check_outcome(&problem, &found.carried), Ok(found.values.clone()), "{problem:?}");
            let proven = bounds(&problem, &found.carried, &found.proof);
            assert_eq!(proven, Ok(found.bounds.clone()), "{problem:?}");
            open += usize::from(found.values != found.bounds);
            counted += usize::from(found.proof.levels.len() == 1 && found.values[1] > 0);
        }
    }
    assert!(open > 500 && counted > 2, "{open} stay open, {counted} of them before users count");
}

#[test]
fn an_exchange_that_must_be_carried_out() {
    let mut dice = Stream::new(9);
    let kinds = Kinds { choices: true, limits: true, ..Kinds::default() };
    let (mut possible, mut impossible) = (0, 0);
    for _ in 0..500 {
        let problem = Problem { objectives: vec![Objective::Items], ..made_up(&mut dice, kinds) };
        let exchange = dice.below(problem.exchanges.len() as u64) as u32;
        let best = brute_force_with(&problem, exchange);
        match with_exchange(&problem, exchange, Budget::UNLIMITED) {
            Ok((values, bounds)) => {
                assert_eq!((best, &values[..]), (Some(values[0]), &bounds[..]), "{problem:?}");
                possible += 1;
            }
            Err(why) => {
                assert_eq!((why, best), (Unsolved::Nothing, None), "{problem:?}");
                impossible += 1;
            }
        }
        if most_times(&problem)[exchange as usize] == 0 {
            assert_eq!(best, None);
        }
    }
    assert!(possible > 20 && impossible > 20, "{possible} {impossible}");
}

/// The most units received when this exchange is carried out.
fn brute_force_with(problem: &Problem, exchange: u32) -> Option<i64> {
    let favoured = Problem {
        objectives: vec![Objective::Users, Objective::Items],
        exchanges: problem
            .exchanges
            .iter()
            .enumerate()
            .map(|(index, own)| Exchange { cost: i64::from(index as u32 == exchange), ..own.clone() })
            .collect(),
        ..problem.clone()
    };
    // The exchange costs 1 and all else nothing, turned about so that it is sought.
    let turned = Problem { objectives: vec![Objective::Cost, Objective::Items], ..turned(&favoured) };
    let best = brute_force(&turned);
    (best[0] > 0).then_some(best[1])
}

/// With costs that are gains.
fn turned(problem: &Problem) -> Problem {
    let free = |terms: &[Term]| -> Vec<Term> {
        terms
            .iter()
            .map(|term| Term {
                choices: term.choices.iter().map(|choice| Choice { cost: 0, ..*choice }).collect(),
                ..term.clone()
            })
            .collect()
    };
    let exchanges = problem.exchanges.iter().map(|own| Exchange {
        cost: -own.cost,
        gives: free(&own.gives),
        wants: free(&own.wants),
        ..own.clone()
    });
    Problem { exchanges: exchanges.collect(), ..problem.clone() }
}

/// Who may pay a lot, up to the largest amounts that are read, and has little to spend.
#[test]
fn who_may_pay_a_lot_and_has_little_to_spend_is_no_trouble() {
    let one = Term { count: 1, choices: vec![Choice { item: 0, most: 1, cost: 0 }] };
    for most in [10, 10_000] {
        for (asked, pays, limit, carried) in
            [(0, 1_000_000_000, 0, most), (0, 999_999_937, 5, most), (7, 999_999_937, 700, most.min(100))]
        {
            let sale =
                Exchange { gives: vec![one.clone()], most, pays: (-asked, -asked), ..Exchange::default() };
            let wants = vec![one.clone()];
            let problem = Problem {
                users: vec![User::default(), User { most_paid: Some(limit), ..User::default() }],
                items: vec![Item { owner: 0, units: most }],
                exchanges: vec![
                    sale,
                    Exchange { user: 1, wants, most, pays: (0, pays), ..Exchange::default() },
                ],
                objectives: vec![Objective::Items],
                ..Problem::default()
            };
            let found = solve(&problem, Budget::new(3_000_000), &mut |_, _, _| ());
            assert_eq!((found.values, found.bounds), (vec![carried], vec![carried]), "{problem:?}");
        }
    }
}

/// A seller asks for nearly what a buyer pays, who can spend what five cost.
#[test]
fn large_payments_go_as_far_as_the_limit() {
    let one = Term { count: 1, choices: vec![Choice { item: 0, most: 1, cost: 0 }] };
    for (asked, pays, limit, carried) in [
        (999_999_937, 999_999_938, 5_000_000_000, 5),
        (999_999_938, 999_999_938, 5_000_000_000, 5),
        (999_999_939, 999_999_938, 5_000_000_000, 0),
        (199_999_937, 199_999_938, 1_000_000_000, 5),
        (199_999_937, 199_999_938, 999_999_684, 4),
        (7, 999_999_938, 69, 9),
    ] {
        let sale = Exchange {
            gives: vec![one.clone()],
            most: 10,
            pays: (-1_000_000_000, -asked),
            ..Exchange::default()
        };
        let wants = vec![one.clone()];
        let problem = Problem {
            users: vec![User::default(), User { most_paid: Some(limit), ..User::default() }],
            items: vec![Item { owner: 0, units: 10 }],
            exchanges: vec![
                sale,
                Exchange { user: 1, wants, most: 10, pays: (0, pays), ..Exchange::default() },
            ],
            objectives: vec![Objective::Items],
            ..Problem::default()
        };
        let found = solve(&problem, Budget::new(3_000_000), &mut |_, _, _| ());
        assert_eq!((&found.values, &found.bounds), (&vec![carried], &vec![carried]), "{problem:?}");
        assert_eq!(bounds(&problem, &found.carried, &found.proof), Ok(found.values), "{problem:?}");
    }
}

/// Want lists of one item each, as exchanges.
fn want_lists(dice: &mut Stream, count: u32) -> Problem {
    let term = |choices: Vec<u32>| Term {
        count: 1,
        choices: choices.into_iter().map(|item| Choice { item, most: 1, cost: 0 }).collect(),
    };
    let exchange = |user: u32, dice: &mut Stream| {
        let mut wants: Vec<u32> = (0..4).map(|_| dice.below(count.into()) as u32).collect();
        wants.retain(|&item| item != user);
        wants.sort_unstable();
        wants.dedup();
        Exchange {
            user,
            gives: vec![term(vec![user])],
            wants: vec![term(wants)],
            most: 1,
            ..Exchange::default()
        }
    };
    Problem {
        users: vec![User::default(); count as usize],
        items: (0..count).map(|owner| Item { owner, units: 1 }).collect(),
        exchanges: (0..count).map(|user| exchange(user, dice)).collect(),
        objectives: vec![Objective::Items],
        ..Problem::default()
    }
}

/// One bundle, cap, limit or item in units leaves the rest of a round the network that it is.
#[test]
fn want_lists_with_one_rule_more_take_few_steps() {
    let mut dice = Stream::new(1);
    for case in 0..8 {
        let mut problem = want_lists(&mut dice, 400);
        match case % 4 {
            0 => problem.exchanges[0].wants[0].count = 2,
            1 => problem.users[dice.below(400) as usize].most_given = Some(0),
            2 => problem.limits.push(Limit { of: Of::Exchanges((0..200).collect()), most: 100 }),
            _ => (problem.items[7].units, problem.exchanges[7].most) = (2, 2),
        }
        let found = solve(&problem, Budget::UNLIMITED, &mut |_, _, _| ());
        assert!(found.values[0] >= 100, "case {case}: {:?}", found.values);
        assert_eq!(bounds(&problem, &found.carried, &found.proof), Ok(found.values), "case {case}");
        assert!(found.steps < 150_000_000, "case {case}: {} steps", found.steps);
    }
}
