//! Prices at random, and prices that are one part too low, against every ring and chain tried one by one.

use super::*;
use crate::exchange::Arc;
use crate::stream::Stream;

/// Whether a path can be made longer or closed so that its arcs, none of which is closed, are worth more than what they cost.
struct Tried<'a> {
    pool: &'a Pool,
    caps: Caps,
    scale: i64,
    prices: &'a [i64],
    is_closed: &'a dyn Fn(usize) -> bool,
}

impl Tried<'_> {
    /// Whether a ring or a chain is worth more than it costs.
    fn is_any_worth_more(&self) -> bool {
        (0..self.pool.node_count()).any(|first| {
            let price = if self.pool.is_altruist(first) { self.prices[first] } else { 0 };
            self.goes_on(&mut vec![first], -price)
        })
    }

    fn goes_on(&self, path: &mut Vec<usize>, worth: i64) -> bool {
        let (first, end) = (path[0], path[path.len() - 1]);
        let is_chain = self.pool.is_altruist(first);
        let cap = if is_chain { self.caps.chain } else { self.caps.ring } as usize;
        let goes_on = path.len() <= cap;
        self.pool.arcs(end).filter(|&arc| goes_on && !(self.is_closed)(arc)).any(|arc| {
            let head = self.pool.head(arc);
            let passes = self.pool.passes(arc).iter();
            let paid: i64 = passes.map(|&pass| self.prices[self.pool.node_count() + pass as usize]).sum();
            let worth = worth + self.scale * self.pool.gain(arc) - self.prices[head] - paid;
            if !is_chain && head == first {
                return worth + self.scale * self.pool.ring_gain() > 0;
            }
            if path.contains(&head) {
                return false;
            }
            path.push(head);
            let is_worth_more = is_chain && worth > 0 || self.goes_on(path, worth);
            path.pop();
            is_worth_more
        })
    }
}

fn random_pool(draws: &mut Stream) -> Pool {
    let node_count = 2 + draws.below(6) as u32;
    let is_altruist: Vec<bool> = (0..node_count).map(|_| draws.one_in(4)).collect();
    let by_head: Vec<i64> = (0..node_count).map(|_| draws.below(4) as i64).collect();
    let (is_by_head, has_passes, one_in) = (draws.one_in(2), draws.one_in(3), 1 + draws.below(3));
    let mut arcs = Vec::new();
    for (tail, head) in (0..node_count).flat_map(|tail| (0..node_count).map(move |head| (tail, head))) {
        if draws.one_in(one_in) {
            let gain = if is_by_head { by_head[head as usize] } else { draws.below(5) as i64 };
            let passes = if has_passes && draws.one_in(2) { vec![draws.below(2) as u32] } else { Vec::new() };
            arcs.push(Arc { tail, head, gain, passes });
        }
    }
    let pool = Pool::new(is_altruist, arcs);
    let gains = (0..pool.arc_count()).map(|arc| pool.gain(arc)).collect();
    pool.with_gains(gains, if draws.one_in(3) { draws.below(4) as i64 } else { 0 })
}

/// The proof that has all of a pool in one part.
fn of_all(pool: &Pool, scale: i64, cases: Cases) -> Proof {
    let (nodes, passes) = ((0..pool.node_count() as u32).collect(), (0..pool.pass_count() as u32).collect());
    Proof { parts: vec![PartProof { nodes, passes, scale, cases }] }
}

#[test]
fn prices_are_taken_just_where_no_ring_or_chain_is_worth_more() {
    let (mut taken, mut refused) = (0, 0);
    for seed in 0..20_000 {
        let mut draws = Stream::new(seed);
        let pool = random_pool(&mut draws);
        let caps = Caps { ring: draws.below(6) as u32, chain: draws.below(5) as u32 };
        let scale = 1 + draws.below(3) as i64;
        let dear = 1 + draws.below(12);
        let mut price =
            || (0..pool.node_count() + pool.pass_count()).map(|_| draws.below(dear) as i64).collect();
        let [without, only]: [Vec<i64>; 2] = [price(), price()];
        let arc = draws.below(pool.arc_count().max(1) as u64) as usize;
        let has_branch = pool.arc_count() > 0 && draws.one_in(2);
        let is_rival = |other: usize| {
            let shares = |pass| pool.passes(arc).contains(pass);
            let same_end = pool.tail(other) == pool.tail(arc) || pool.head(other) == pool.head(arc);
            other != arc && (same_end || pool.passes(other).iter().any(shares))
        };
        let is_paid = |prices: &[i64], is_closed: &dyn Fn(usize) -> bool| {
            !Tried { pool: &pool, caps, scale, prices, is_closed }.is_any_worth_more()
        };
        let sum = |prices: &[i64]| prices.iter().sum::<i64>().div_euclid(scale);
        let leaf = |prices: &Vec<i64>| Cases::Leaf { prices: prices.clone() };
        let (cases, expected) = if has_branch {
            let both = (Box::new(leaf(&without)), Box::new(leaf(&only)));
            let are_paid = is_paid(&without, &|other| other == arc) && is_paid(&only, &is_rival);
            let cases = Cases::Branch { arc: arc as u32, without: both.0, only: both.1 };
            (cases, are_paid.then(|| sum(&without).max(sum(&only))))
        } else {
            (leaf(&only), is_paid(&only, &|_| false).then(|| sum(&only)))
        };
        let found = bound(&pool, caps, &of_all(&pool, scale, cases));
        if has_branch && !useful_arcs(&pool, caps)[arc] {
            assert_eq!(found, Err(Flaw::WrongShape), "seed {seed} {caps:?}");
            continue;
        }
        assert_eq!(found, expected.ok_or(Flaw::WorthMore(0)), "seed {seed} {caps:?}");
        (taken, refused) = (taken + u32::from(found.is_ok()), refused + u32::from(found.is_err()));
    }
    assert!(taken > 4_000 && refused > 4_000, "{taken} {refused}");
}

#[test]
fn a_proof_does_not_tell_cases_apart_that_are_the_same() {
    let arcs = [(0, 1), (1, 0), (1, 2), (2, 1)];
    let arcs = arcs.map(|(tail, head)| Arc { tail, head, gain: 1, passes: Vec::new() });
    let pool = Pool::new(vec![false; 3], arcs.to_vec());
    let caps = Caps { ring: 2, chain: 0 };
    let leaf = || Box::new(Cases::Leaf { prices: vec![1, 1, 1] });
    let branch = |arc: u32, without, only| Box::new(Cases::Branch { arc, without, only });
    let proven = |cases: Box<Cases>| bound(&pool, caps, &of_all(&pool, 1, *cases));
    assert_eq!(proven(branch(1, leaf(), branch(0, leaf(), leaf()))), Ok(3));
    // Once more by the same arc, and by a rival of it.
    assert_eq!(proven(branch(1, branch(1, leaf(), leaf()), leaf())), Err(Flaw::WrongShape));
    assert_eq!(proven(branch(1, leaf(), branch(2, leaf(), leaf()))), Err(Flaw::WrongShape));
}

#[test]
fn one_part_too_little_for_one_ring_or_chain_is_seen() {
    // All give to all, at less than the prices, but for the arcs of one ring or chain, which is worth just what it costs.
    let node_count = 60;
    let planted: [(&[(u32, u32)], Caps); 4] = [
        (&[(7, 50), (50, 7)], Caps { ring: 2, chain: 0 }),
        (&[(7, 50), (50, 23), (23, 7)], Caps { ring: 3, chain: 0 }),
        (&[(7, 50), (50, 23), (23, 31), (31, 7)], Caps { ring: 4, chain: 2 }),
        (&[(0, 50), (50, 23), (23, 7)], Caps { ring: 0, chain: 3 }),
    ];
    for (planted, caps) in planted {
        let mut arcs = Vec::new();
        for (tail, head) in (0..node_count).flat_map(|tail| (0..node_count).map(move |head| (tail, head))) {
            let gain = if planted.contains(&(tail, head)) { 8 } else { 1 };
            arcs.push(Arc { tail, head, gain, passes: Vec::new() });
        }
        let pool = Pool::new((0..node_count).map(|node| node == 0).collect(), arcs);
        let mut prices = vec![2; node_count as usize];
        // No part of a chain is worth more before its end is reached.
        for (at, &(_, head)) in planted.iter().enumerate() {
            prices[head as usize] = 8 + i64::from(at == 0) - i64::from(at + 1 == planted.len());
        }
        prices[0] = 0;
        let proven =
            |prices: &[i64]| bound(&pool, caps, &of_all(&pool, 1, Cases::Leaf { prices: prices.to_vec() }));
        assert_eq!(proven(&prices), Ok(prices.iter().sum()), "{planted:?}");
        for &(_, head) in planted {
            prices[head as usize] -= 1;
            assert_eq!(proven(&prices), Err(Flaw::WorthMore(0)), "{planted:?} at {head}");
            prices[head as usize] += 1;
        }
    }
}

#[test]
fn arcs_in_no_part_must_be_of_no_use() {
    let arc = |tail, head| Arc { tail, head, gain: 1, passes: Vec::new() };
    // A swap, an arc out of it that leads nowhere, and an altruist.
    let pool = Pool::new(vec![false, false, false, true], vec![arc(0, 1), arc(1, 0), arc(1, 2), arc(3, 2)]);
    let part = |nodes: &[u32]| PartProof {
        nodes: nodes.to_vec(),
        passes: Vec::new(),
        scale: 1,
        cases: Cases::Leaf { prices: vec![1; nodes.len()] },
    };
    let proven = |chain: u32, parts: &[&[u32]]| {
        let proof = Proof { parts: parts.iter().map(|nodes| part(nodes)).collect() };
        bound(&pool, Caps { ring: 2, chain }, &proof)
    };
    assert_eq!(proven(0, &[&[0, 1]]), Ok(2));
    assert_eq!(proven(1, &[&[0, 1], &[2, 3]]), Ok(4));
    assert_eq!(proven(1, &[&[0, 1]]), Err(Flaw::WrongShape), "the altruist's chain is in no part");
    assert_eq!(proven(1, &[&[0, 1], &[3]]), Err(Flaw::NotApart(1)));
    assert_eq!(proven(0, &[&[0], &[1]]), Err(Flaw::NotApart(0)));
    assert_eq!(proven(0, &[&[0, 1], &[1]]), Err(Flaw::WrongShape), "a node in two parts");
    assert_eq!(proven(0, &[&[0, 1, 9]]), Err(Flaw::WrongShape), "a node that is not there");
}
