//! Small random pools against brute force, with every proof checked.

use super::*;
use crate::certify::exchange::{Flaw, bound, check_choice};
use crate::stream::Stream;
use std::sync::atomic::{AtomicBool, Ordering};

/// Gains of pools: all 1, one for each head, or one for each arc.
#[derive(Clone, Copy, Debug)]
enum Gains {
    One,
    ByHead,
    ByArc,
    /// Of six to twelve digits, one for each arc.
    Long,
}

fn random_pool(draws: &mut Stream, gains: Gains, pass_count: u64) -> Pool {
    let node_count = 4 + draws.below(6);
    let altruist_count = draws.below(3);
    let percent = 15 + draws.below(40);
    let by_head: Vec<i64> = (0..node_count).map(|_| 1 + draws.below(9) as i64).collect();
    let mut arcs = Vec::new();
    for tail in 0..node_count {
        for head in 0..node_count {
            if draws.below(100) >= percent {
                continue;
            }
            let gain = match gains {
                Gains::One => 1,
                Gains::ByHead => by_head[head as usize],
                Gains::ByArc => draws.below(20) as i64,
                Gains::Long => long(draws),
            };
            let passes = (0..pass_count).filter(|_| draws.below(4) == 0).map(|pass| pass as u32).collect();
            arcs.push(Arc { tail: tail as u32, head: head as u32, gain, passes });
            // Another donor of the same node.
            if pass_count > 0 && draws.below(4) == 0 {
                let passes = vec![draws.below(pass_count) as u32];
                arcs.push(Arc { tail: tail as u32, head: head as u32, gain: draws.below(20) as i64, passes });
            }
        }
    }
    let is_altruist = (0..node_count).map(|node| node + altruist_count >= node_count).collect();
    let pool = Pool::new(is_altruist, arcs);
    // Parallel arcs whose order their gains would not give.
    let turned = if pass_count > 0 { 19 } else { 0 };
    let gains = (0..pool.arc_count()).map(|arc| (pool.gain(arc) - turned).abs()).collect();
    let ring_gain = if draws.below(3) == 0 { draws.below(8) as i64 } else { 0 };
    pool.with_gains(gains, ring_gain)
}

/// Six to twelve random digits.
fn long(draws: &mut Stream) -> i64 {
    let digits = 6 + draws.below(7) as u32;
    draws.below(10_u64.pow(digits)) as i64
}

/// All rings and chains within the caps, as the rows they use and what they gain.
fn all_columns(pool: &Pool, caps: Caps) -> Vec<(u64, i64)> {
    fn extend(
        pool: &Pool,
        caps: Caps,
        path: &mut Vec<usize>,
        rows: u64,
        gain: i64,
        all: &mut Vec<(u64, i64)>,
    ) {
        let (start, end) = (path[0], path[path.len() - 1]);
        for arc in pool.arcs(end) {
            let head = pool.head(arc);
            let passes =
                pool.passes(arc).iter().fold(0, |set, pass| set | 1 << (pool.node_count() as u32 + pass));
            if rows & passes != 0 {
                continue;
            }
            let gain = gain + pool.gain(arc);
            let is_chain = pool.is_altruist(start);
            if !is_chain && head == start && path.len() <= caps.ring as usize {
                all.push((rows | passes, gain + pool.ring_gain()));
            }
            let fits = path.len() <= if is_chain { caps.chain as usize } else { caps.ring as usize - 1 };
            if path.contains(&head) || !fits || (!is_chain && head < start) {
                continue;
            }
            let rows = rows | passes | 1 << head;
            if is_chain {
                all.push((rows, gain));
            }
            path.push(head);
            extend(pool, caps, path, rows, gain, all);
            path.pop();
        }
    }
    let mut all = Vec::new();
    for node in (0..pool.node_count()).filter(|&node| pool.is_altruist(node) || caps.ring > 1) {
        extend(pool, caps, &mut vec![node], 1 << node, 0, &mut all);
    }
    all
}

/// The greatest gain, by trying all.
fn greatest(columns: &[(u64, i64)], used: u64) -> i64 {
    let Some((&(rows, gain), rest)) = columns.split_first() else { return 0 };
    let without = greatest(rest, used);
    if rows & used == 0 { without.max(gain + greatest(rest, used | rows)) } else { without }
}

fn agree(seed: u64, gains: Gains, pass_count: u64) -> bool {
    let mut draws = Stream::new(seed);
    let pool = random_pool(&mut draws, gains, pass_count);
    let caps = Caps { ring: draws.below(6) as u32, chain: draws.below(8) as u32 };
    let columns = all_columns(&pool, caps);
    if columns.len() > 60 {
        return false;
    }
    // Chains are looked for to the end, or walks are taken instead.
    let most_looks = [MOST_LOOKS, 0, 3][seed as usize % 3];
    // As large parts are solved, or as small ones.
    let large = [LARGE, 0][seed as usize % 2];
    let found = solve_looking(&pool, caps, (Budget::UNLIMITED, most_looks, large), &mut |_, _| ());
    let told = format!("seed {seed} {gains:?} {caps:?} {most_looks}");
    assert_eq!(found.gain, greatest(&columns, 0), "{told}");
    assert_eq!((found.bound, found.stopped), (found.gain, None), "{told}");
    assert_eq!(check_choice(&pool, caps, &found.rings, &found.chains), Ok(found.gain), "{told}");
    assert_eq!(bound(&pool, caps, &found.proof), Ok(found.gain), "{told}");
    let hurried =
        solve_looking(&pool, caps, (Budget::new(draws.below(300)), most_looks, large), &mut |_, _| ());
    let proven = bound(&pool, caps, &hurried.proof).expect("a hurried proof is a proof");
    assert!(hurried.gain <= found.gain && found.gain <= hurried.bound && proven <= hurried.bound, "{told}");
    assert_eq!(check_choice(&pool, caps, &hurried.rings, &hurried.chains), Ok(hurried.gain), "{told}");
    let is_fooled = pass_count > 0;
    assert!(hurried.gain > 0 || found.gain == 0 || is_fooled, "{told}: something is better than nothing");
    !columns.is_empty()
}

#[test]
fn small_pools_meet_brute_force() {
    for gains in [Gains::One, Gains::ByHead, Gains::ByArc, Gains::Long] {
        let checked = (0..4000).filter(|&seed| agree(seed, gains, 0)).count();
        assert!(checked > 2000, "{gains:?}: {checked}");
    }
}

#[test]
fn small_pools_with_passes_meet_brute_force() {
    let checked = (0..4000).filter(|&seed| agree(seed, Gains::ByArc, 3)).count();
    assert!(checked > 2000, "{checked}");
}

#[test]
fn a_large_pool_is_proven_though_most_of_its_nodes_stand_in_for_rings() {
    // Two of three nodes take every second gift, the others one of 150; altruists or none.
    for altruist_count in [0, 6] {
        let mut draws = Stream::new(1);
        let node_count = 300;
        let mut arcs = Vec::new();
        for (tail, head) in (0..node_count).flat_map(|tail| (0..node_count).map(move |head| (tail, head))) {
            if draws.one_in(if head % 3 == 0 { 150 } else { 2 }) {
                arcs.push(Arc { tail, head, gain: 1, passes: Vec::new() });
            }
        }
        let pool = Pool::new((0..node_count).map(|node| node < altruist_count).collect(), arcs);
        let caps = Caps { ring: 3, chain: 3 };
        let [small, large] = [LARGE, 0].map(|large| {
            let found = solve_looking(&pool, caps, (Budget::UNLIMITED, MOST_LOOKS, large), &mut |_, _| ());
            assert_eq!(check_choice(&pool, caps, &found.rings, &found.chains), Ok(found.gain));
            assert_eq!(bound(&pool, caps, &found.proof), Ok(found.gain));
            found
        });
        assert_eq!(small.gain, large.gain);
        assert!(large.gain > 200 && large.steps < small.steps, "{} {}", large.steps, small.steps);
    }
}

#[test]
fn some_pools_need_cases() {
    // A ring of three pairs of which any two can swap: one half of each swap fits the relaxation, one swap the pool.
    let both_ways = |one: u32, other: u32| {
        [(one, other), (other, one)].map(|(tail, head)| Arc { tail, head, gain: 1, passes: Vec::new() })
    };
    let arcs = [both_ways(0, 1), both_ways(1, 2), both_ways(2, 0)].concat();
    let pool = Pool::new(vec![false; 3], arcs);
    let caps = Caps { ring: 2, chain: 0 };
    let found = solve(&pool, caps, Budget::UNLIMITED, &mut |_, _| ());
    assert_eq!((found.gain, found.bound), (2, 2));
    assert!(matches!(found.proof.parts[0].cases, Cases::Branch { .. }));
    assert_eq!(bound(&pool, caps, &found.proof), Ok(2));
}

#[test]
fn more_steps_never_prove_less_than_the_relaxation() {
    let (mut is_split, mut is_cut_short) = (false, false);
    for seed in 0..400 {
        let mut draws = Stream::new(seed);
        let pool = random_pool(&mut draws, Gains::ByArc, 3);
        let caps = Caps { ring: 3, chain: 3 };
        let whole = solve(&pool, caps, Budget::UNLIMITED, &mut |_, _| ());
        is_split |= whole.proof.parts.iter().any(|part| matches!(part.cases, Cases::Branch { .. }));
        if whole.proof.parts.len() != 1 {
            continue;
        }
        for steps in (0..whole.steps).step_by(1 + whole.steps as usize / 60) {
            let mut relaxed = i64::MAX;
            let found = solve(&pool, caps, Budget::new(steps), &mut |_, bound| relaxed = bound);
            is_cut_short |= found.bound > found.gain;
            assert!(found.bound <= relaxed, "seed {seed}, {steps} steps: {} of {relaxed}", found.bound);
        }
    }
    assert!(is_split && is_cut_short);
}

#[test]
fn no_budget_proves_less_than_that_each_receives_the_best_once() {
    let mut is_cut_short = false;
    for seed in 0..400 {
        let mut draws = Stream::new(seed);
        let pool = random_pool(&mut draws, Gains::ByArc, 3);
        let caps = Caps { ring: 3, chain: 3 };
        let best = |node| pool.arcs_into(node).iter().map(|&arc| pool.gain(arc as usize)).max();
        let pairs = (0..pool.node_count()).filter(|&node| !pool.is_altruist(node));
        let most: i64 = pairs.filter_map(best).map(|gain| gain.max(0) + (pool.ring_gain() + 1) / 2).sum();
        let whole = solve(&pool, caps, Budget::UNLIMITED, &mut |_, _| ());
        for steps in (0..whole.steps).step_by(1 + whole.steps as usize / 60) {
            let found = solve(&pool, caps, Budget::new(steps), &mut |_, _| ());
            is_cut_short |= found.bound > found.gain;
            assert!(found.bound <= most, "seed {seed}, {steps} steps: {} of {most}", found.bound);
        }
    }
    assert!(is_cut_short);
}

/// The best by all levels of what fits together, by trying all.
fn best_by_levels(columns: &[(u64, Vec<i64>)], used: u64) -> Vec<i64> {
    let Some(((rows, values), rest)) = columns.split_first() else { return vec![0; 3] };
    let without = best_by_levels(rest, used);
    if rows & used != 0 {
        return without;
    }
    let with = best_by_levels(rest, used | rows);
    without.max(with.iter().zip(values).map(|(one, other)| one + other).collect())
}

#[test]
fn levels_meet_brute_force_one_after_the_other() {
    let (mut checked, mut is_multiplied, mut without_room) = (0, false, 0);
    for seed in 0..3000 {
        let mut draws = Stream::new(seed);
        let pool = random_pool(&mut draws, Gains::ByArc, 0);
        let caps = Caps { ring: 2 + draws.below(3) as u32, chain: draws.below(4) as u32 };
        let arc_count = pool.arc_count();
        let is_long = seed % 2 == 1;
        let weight = |draws: &mut Stream| if is_long { long(draws) } else { draws.below(9) as i64 };
        let weights: Vec<i64> = (0..arc_count).map(|_| weight(&mut draws)).collect();
        let mut levels = vec![
            Level { gains: vec![1; arc_count], ring_gain: 0 },
            Level { gains: vec![0; arc_count], ring_gain: 1 },
            Level { gains: weights, ring_gain: 0 },
        ];
        let turns = draws.below(3) as usize;
        // Nothing comes after long weights: there is no room.
        levels.rotate_left(if is_long { 0 } else { turns });
        let by_level: Vec<Vec<(u64, i64)>> = levels
            .iter()
            .map(|level| all_columns(&pool.with_gains(level.gains.clone(), level.ring_gain), caps))
            .collect();
        let columns: Vec<(u64, Vec<i64>)> = (0..by_level[0].len())
            .map(|at| (by_level[0][at].0, by_level.iter().map(|columns| columns[at].1).collect()))
            .collect();
        if columns.len() > 24 {
            continue;
        }
        let found = solve_levels(&pool, caps, &levels, Budget::UNLIMITED, &mut |_, _, _| ());
        let value = |level: &Level| level.value(&found.rings, &found.chains);
        let values: Vec<i64> = levels.iter().map(value).collect();
        if found.stopped.is_some() {
            // Weights of twelve digits after two levels can want a greater multiplier than there is room for.
            assert!(is_long && found.stopped == Some(Stopped::Digits) && found.reached.len() == 3);
            without_room += 1;
            continue;
        }
        assert_eq!(values, best_by_levels(&columns, 0), "seed {seed}");
        assert_eq!((found.reached.len(), found.stopped), (3, None), "seed {seed}");
        for (at, sum) in sums(&levels, &found.reached).into_iter().enumerate() {
            let reached = &found.reached[at];
            let pool = pool.with_gains(sum.gains.clone(), sum.ring_gain);
            let whole = bound(&pool, caps, &reached.proof).expect("a proof");
            is_multiplied |= at > 0 && reached.multiplier > 10;
            let most = levels[at].most(&pool, levels[..at].iter().zip(values.iter().copied()));
            assert_eq!(most.min(whole - (value(&sum) - values[at])), values[at], "seed {seed}, level {at}");
        }
        checked += 1;
        let hurried = solve_levels(&pool, caps, &levels, Budget::new(draws.below(400)), &mut |_, _, _| ());
        let hurried_value = levels[0].value(&hurried.rings, &hurried.chains);
        assert!(hurried_value <= values[0] && values[0] <= hurried.reached[0].bound, "seed {seed}");
        assert!(check_choice(&pool, caps, &hurried.rings, &hurried.chains).is_ok(), "seed {seed}");
    }
    assert!(checked > 1000 && is_multiplied, "{checked} {is_multiplied}");
    assert!(without_room <= 10, "{without_room}");
}

/// Whatever comes after it, a level that is another one so many times takes no more than the passes that any proof does.
#[test]
fn a_level_that_those_before_settle_is_not_solved() {
    for seed in 0..200 {
        let mut draws = Stream::new(seed);
        let pool = random_pool(&mut draws, Gains::ByArc, 0);
        let caps = Caps { ring: 3, chain: draws.below(4) as u32 };
        let level = |gain: i64, ring_gain: i64| Level { gains: vec![gain; pool.arc_count()], ring_gain };
        let weights = (0..pool.arc_count()).map(|_| draws.below(9) as i64).collect();
        let last = Level { gains: weights, ring_gain: 0 };
        let solved = |levels: &[Level]| {
            let found = solve_levels(&pool, caps, levels, Budget::UNLIMITED, &mut |_, _, _| ());
            assert_eq!(found.stopped, None, "seed {seed}");
            found
        };
        let without = solved(&[level(2, 0), level(0, 1), last.clone()]);
        let levels = [level(2, 0), level(0, 1), level(3, 0), last.clone()];
        let found = solved(&levels);
        assert_eq!(found.reached[2].multiplier, 0, "seed {seed}");
        let first = solved(&levels[..2]);
        let third = solved(&levels[..3]);
        assert!(third.steps - first.steps <= 100 * (pool.arc_count() + 1) as u64, "seed {seed}");
        assert_eq!(last.value(&found.rings, &found.chains), last.value(&without.rings, &without.chains));
    }
}

/// A pool of 200 nodes, ten of them altruists, and so many per cent of the arcs, which gain so much at most and use some pass if any.
fn drawn_pool(percent: u64, longest: u64, pass_count: u32) -> Pool {
    let mut draws = Stream::new(1);
    let ends: Vec<u32> = (0..40_000).filter(|_| draws.below(100) < percent).collect();
    let arcs = ends.into_iter().map(|ends| Arc {
        tail: ends / 200,
        head: ends % 200,
        gain: 1 + draws.below(longest) as i64,
        passes: (pass_count > 0).then(|| ends % pass_count).into_iter().collect(),
    });
    Pool::new((0..200).map(|node| node < 10).collect(), arcs.collect())
}

/// Whatever the caps, and whether arcs to a node gain the same or use passes, or floating point tells their gains apart.
#[test]
fn a_budget_is_overrun_by_a_few_looks_at_each_arc() {
    for (pool, ring, chain) in [
        (drawn_pool(4, 9, 0), 3, 0),
        (drawn_pool(4, 9, 0), 3, 4),
        (drawn_pool(30, 1, 0), 3, 3),
        (drawn_pool(4, 9, 0), 20, 20),
        (drawn_pool(4, 9, 50), 4, 8),
        (drawn_pool(4, 1 << 43, 0), 4, 4),
    ] {
        let caps = Caps { ring, chain };
        let pass = (pool.arc_count() + pool.node_count()) as u64;
        let mut gains = Vec::new();
        for steps in [0, 1, 1_000, 10_000, 100_000, 1_000_000] {
            let found = solve(&pool, caps, Budget::new(steps), &mut |_, _| ());
            assert!(found.steps <= steps + 10 * pass, "{} of {steps}, {pass} a pass", found.steps);
            assert_eq!(check_choice(&pool, caps, &found.rings, &found.chains), Ok(found.gain));
            assert_eq!(bound(&pool, caps, &found.proof), Ok(found.bound));
            gains.push(found.gain);
        }
        // What one pass chooses differs a little by how many arcs were shown to be of no use before.
        let least = gains[0] - gains[0] / 16;
        assert!(gains[0] > 0 && gains.iter().all(|&gain| gain >= least), "{gains:?}");
    }
}

#[test]
fn who_is_asked_to_stop_stops() {
    let pool = drawn_pool(4, 9, 0);
    let caps = Caps { ring: 3, chain: 4 };
    let stop = AtomicBool::new(false);
    let mut told = 0;
    let found = solve(&pool, caps, Budget::UNLIMITED.until(&stop), &mut |_, _| {
        told += 1;
        stop.store(true, Ordering::Relaxed);
    });
    assert!(told <= 2 && found.stopped == Some(Stopped::Steps), "{told}");
    assert_eq!(check_choice(&pool, caps, &found.rings, &found.chains), Ok(found.gain));
    assert_eq!(bound(&pool, caps, &found.proof), Ok(found.bound));
    assert!(found.gain > 0);
}

#[test]
fn what_is_wrong_is_told() {
    let arc = |tail, head| Arc { tail, head, gain: 1, passes: Vec::new() };
    let pool = Pool::new(vec![false, false, false, true], vec![arc(0, 1), arc(1, 0), arc(1, 2), arc(3, 0)]);
    let caps = Caps { ring: 2, chain: 2 };
    let found = solve(&pool, caps, Budget::UNLIMITED, &mut |_, _| ());
    assert_eq!(found.gain, 2);
    // Arcs: 0 -> 1, 1 -> 0, 1 -> 2, 3 -> 0.
    assert_eq!(check_choice(&pool, caps, &[vec![0, 1]], &[]), Ok(2));
    assert_eq!(check_choice(&pool, caps, &[vec![0, 2]], &[]), Err(Flaw::NotARing(0)));
    assert_eq!(check_choice(&pool, caps, &[vec![0, 9]], &[]), Err(Flaw::NotARing(0)));
    assert_eq!(check_choice(&pool, caps, &[], &[vec![3, 0, 2]]), Err(Flaw::NotAChain(0)));
    assert_eq!(check_choice(&pool, caps, &[], &[vec![0, 2]]), Err(Flaw::NotAChain(0)));
    assert_eq!(check_choice(&pool, caps, &[vec![0, 1]], &[vec![3]]), Err(Flaw::UsedTwice(0)));
    let mut cheap = found.proof.clone();
    let Cases::Leaf { prices } = &mut cheap.parts[0].cases else { panic!("no cases are needed") };
    prices.fill(0);
    assert_eq!(bound(&pool, caps, &cheap), Err(Flaw::WorthMore(0)));
    let mut negative = found.proof.clone();
    let Cases::Leaf { prices } = &mut negative.parts[0].cases else { panic!("no cases are needed") };
    prices[0] = -1;
    assert_eq!(bound(&pool, caps, &negative), Err(Flaw::WrongShape));
    let mut short = found.proof.clone();
    short.parts[0].nodes.pop();
    assert!(bound(&pool, caps, &short).is_err());
    let none = crate::certify::exchange::Proof::default();
    assert_eq!(bound(&pool, caps, &none), Err(Flaw::WrongShape));
}

/// A pool of so many pairs of which everybody can give to everybody, with an altruist.
fn complete(pair_count: u32) -> Pool {
    let ends = (0..=pair_count).flat_map(|tail| (0..pair_count).map(move |head| (tail, head)));
    let arcs = ends.map(|(tail, head)| Arc { tail, head, gain: 1, passes: Vec::new() }).collect();
    Pool::new((0..=pair_count).map(|node| node == pair_count).collect(), arcs)
}

#[test]
fn chains_too_many_to_try_are_never_passed() {
    // Whoever passes through the first pair is worth 1 more, and walks come back to it; of chains there are more than could be tried.
    let pool = complete(30);
    let caps = Caps { ring: 0, chain: 20 };
    let mut found = solve(&pool, caps, Budget::UNLIMITED, &mut |_, _| ());
    assert_eq!((found.gain, found.bound), (20, 20));
    assert_eq!(bound(&pool, caps, &found.proof), Ok(20));
    let part = &mut found.proof.parts[0];
    let mut paid = vec![part.scale; 31];
    (paid[0], paid[30]) = (0, part.scale);
    part.cases = Cases::Leaf { prices: paid };
    assert_eq!(bound(&pool, caps, &found.proof), Err(Flaw::NotShown(0)));
    // Few chains are tried to the end, also where walks are worth more.
    let few = Caps { ring: 0, chain: 4 };
    assert_eq!(bound(&pool, few, &found.proof), Ok(30));
}

#[test]
fn long_chains_are_bounded_by_walks_where_they_cannot_be_tried() {
    // Cycles longer than rings may be, so that walks are worth more than chains.
    let mut without_paths = 0;
    for seed in 0..6 {
        let mut draws = Stream::new(seed);
        let node_count = 40;
        let arcs = (0..node_count * 3).map(|_| {
            let (tail, head) = (draws.below(node_count) as u32, draws.below(node_count) as u32);
            Arc { tail, head, gain: 1, passes: Vec::new() }
        });
        let mut arcs: Vec<Arc> = arcs.filter(|arc| arc.tail != arc.head).collect();
        arcs.sort();
        arcs.dedup();
        let pool = Pool::new((0..node_count).map(|node| node < 3).collect(), arcs);
        let caps = Caps { ring: 3, chain: 12 };
        let tried = solve(&pool, caps, Budget::new(200_000_000), &mut |_, _| ());
        let walked = solve_looking(&pool, caps, (Budget::new(200_000_000), 0, LARGE), &mut |_, _| ());
        for found in [&tried, &walked] {
            assert_eq!(found.gain, found.bound, "seed {seed}");
            assert_eq!(bound(&pool, caps, &found.proof), Ok(found.gain), "seed {seed}");
        }
        assert_eq!(tried.gain, walked.gain, "seed {seed}");
        without_paths += usize::from(tried.proof != walked.proof);
    }
    assert!(without_paths > 0);
}

#[test]
fn digits_that_have_no_room_are_told() {
    // Two swaps that share a node: by the first level the one is better by a millionth of a millionth, by the second the other by all.
    let arc = |tail, head| Arc { tail, head, gain: 0, passes: Vec::new() };
    let pool = Pool::new(vec![false; 3], vec![arc(0, 1), arc(1, 0), arc(1, 2), arc(2, 1)]);
    let trillion = 1_000_000_000_000;
    let levels = [[trillion + 1, 0, 0, trillion], [0, 0, trillion, 0]];
    let levels = levels.map(|gains| Level { gains: gains.to_vec(), ring_gain: 0 });
    let caps = Caps { ring: 2, chain: 0 };
    let found = solve_levels(&pool, caps, &levels, Budget::UNLIMITED, &mut |_, _, _| ());
    assert_eq!(levels[0].value(&found.rings, &found.chains), trillion + 1);
    assert_eq!(found.stopped, Some(Stopped::Digits));
    let hurried = solve_levels(
        &complete(12),
        Caps { ring: 3, chain: 6 },
        &[every_one(12)],
        Budget::new(0),
        &mut |_, _, _| (),
    );
    assert_eq!(hurried.stopped, Some(Stopped::Steps));
}

/// A level in which each arc of a complete pool gains another amount.
fn every_one(pair_count: u32) -> Level {
    let mut draws = Stream::new(1);
    let gains = (0..complete(pair_count).arc_count()).map(|_| long(&mut draws)).collect();
    Level { gains, ring_gain: 0 }
}
