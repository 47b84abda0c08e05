//! Stable exchange between two (the stable roommates problem): nobody would rather exchange with somebody who would rather exchange with them. Irving
//! 1985, "An efficient algorithm for the stable roommates problem", Journal of Algorithms 6, with incomplete lists (Gusfield and Irving 1989, *The Stable
//! Marriage Problem*, section 4.5.2).
//!
//! Not always one exists. Tan (1991, "A necessary and sufficient condition for the existence of a complete stable matching", Journal of Algorithms 12): there is always a
//! stable *partition* into parties in which everybody would rather have the next than the one before, and in which no two would rather have each
//! other than the ones before them. A stable exchange exists exactly if no party is an odd ring of three or more; so a partition with
//! such a ring is the reason why none exists, and can be checked.
//!
//! Ties are broken by the order of the list. What is stable by that order is stable with ties as well: no two would both strictly rather exchange with each other. Not the other way round:
//! where none is stable by that order, one may be by another, and whether any is, is NP-complete (Ronn 1990, "NP-complete stable matching problems", Journal of Algorithms 11). So
//! that none exists is shown for strict lists alone.
//!
//! Cost: O(participants * lists).

use super::market::Market;

/// Why there is no stable exchange, where ties are broken by the order of the lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoneExists {
    /// The next one in everybody's party of a stable partition, one of whose parties is odd and not single.
    pub next: Vec<u32>,
}

impl NoneExists {
    /// A party that is an odd ring of three or more: the first by number.
    pub fn ring(&self) -> Vec<u32> {
        for start in 0..self.next.len() as u32 {
            let mut ring = vec![start];
            let mut at = self.next[start as usize];
            while at != start && ring.len() <= self.next.len() {
                ring.push(at);
                at = self.next[at as usize];
            }
            if ring.len() > 2 && ring.len() % 2 == 1 {
                return ring;
            }
        }
        Vec::new()
    }
}

/// What each receives.
pub(super) fn receives(market: &Market) -> Result<Vec<u32>, NoneExists> {
    let next = stable_partition(market);
    let is_pair = |(own, &other): (usize, &u32)| next[other as usize] as usize == own;
    if next.iter().enumerate().all(is_pair) { Ok(next) } else { Err(NoneExists { next }) }
}

/// The next one in everybody's party.
fn stable_partition(market: &Market) -> Vec<u32> {
    let mut table = Table::new(market);
    table.propose();
    let count = market.count();
    let mut is_fixed = vec![false; count];
    let mut start = 0;
    while start < count {
        if is_fixed[start] || table.second(start).is_none() {
            start += 1;
            continue;
        }
        let rotation = table.rotation(start);
        let mut firsts: Vec<usize> =
            rotation.iter().map(|&member| table.other(member, table.first[member])).collect();
        let mut members = rotation.clone();
        firsts.sort_unstable();
        members.sort_unstable();
        if firsts == members {
            // Eliminating it would leave its members without anybody: they are an odd party.
            for member in members {
                is_fixed[member] = true;
            }
        } else {
            table.eliminate(&rotation);
        }
    }
    (0..count)
        .map(|own| table.first(own).map_or(own as u32, |entry| table.other(own, entry) as u32))
        .collect()
}

/// Mutual lists from which entries are struck, always on both sides.
struct Table {
    /// Everybody's possible partners, best first, with the place of the one in the other's list.
    lists: Vec<Vec<(usize, usize)>>,
    is_struck: Vec<Vec<bool>>,
    /// No entry before this one is left.
    first: Vec<usize>,
    /// Nor one from this one on.
    end: Vec<usize>,
}

impl Table {
    fn new(market: &Market) -> Self {
        let mut lists = vec![Vec::new(); market.count()];
        for (own, list) in market.lists.iter().enumerate() {
            for want in list {
                let other = want.object as usize;
                // Entered from the one with the lower number, and placed once both lists are known.
                if market.standing(other, own).is_some() {
                    lists[own].push((other, 0));
                }
            }
        }
        for own in 0..lists.len() {
            for entry in 0..lists[own].len() {
                let other = lists[own][entry].0;
                lists[own][entry].1 = lists[other]
                    .iter()
                    .position(|&(back, _)| back == own)
                    .expect("possible partners list each other");
            }
        }
        Table {
            is_struck: lists.iter().map(|list| vec![false; list.len()]).collect(),
            first: vec![0; lists.len()],
            end: lists.iter().map(Vec::len).collect(),
            lists,
        }
    }

    fn other(&self, own: usize, entry: usize) -> usize {
        self.lists[own][entry].0
    }

    /// The best entry that is left.
    fn first(&mut self, own: usize) -> Option<usize> {
        while self.first[own] < self.end[own] && self.is_struck[own][self.first[own]] {
            self.first[own] += 1;
        }
        (self.first[own] < self.end[own]).then_some(self.first[own])
    }

    /// The second best.
    fn second(&mut self, own: usize) -> Option<usize> {
        let first = self.first(own)?;
        (first + 1..self.end[own]).find(|&entry| !self.is_struck[own][entry])
    }

    /// The worst.
    fn last(&mut self, own: usize) -> Option<usize> {
        while self.end[own] > self.first[own] && self.is_struck[own][self.end[own] - 1] {
            self.end[own] -= 1;
        }
        self.end[own].checked_sub(1).filter(|&last| last >= self.first[own])
    }

    fn strike(&mut self, own: usize, entry: usize) {
        let (other, back) = self.lists[own][entry];
        self.is_struck[own][entry] = true;
        self.is_struck[other][back] = true;
    }

    /// Strikes what is worse for `own` than `entry`; those who are struck may have lost their first.
    fn strike_after(&mut self, own: usize, entry: usize) -> Vec<usize> {
        let worse: Vec<usize> =
            (entry + 1..self.end[own]).filter(|&entry| !self.is_struck[own][entry]).collect();
        worse
            .into_iter()
            .map(|entry| {
                self.strike(own, entry);
                self.other(own, entry)
            })
            .collect()
    }

    /// Everybody proposes to their first, who strikes everybody worse: afterwards who is first for one has that one last.
    fn propose(&mut self) {
        let mut proposers: Vec<usize> = (0..self.lists.len()).rev().collect();
        while let Some(own) = proposers.pop() {
            if let Some(entry) = self.first(own) {
                let (other, back) = self.lists[own][entry];
                proposers.extend(self.strike_after(other, back));
            }
        }
    }

    /// A ring in which everybody's second has the next one as last.
    fn rotation(&mut self, start: usize) -> Vec<usize> {
        let mut path = vec![start];
        let mut place = vec![usize::MAX; self.lists.len()];
        place[start] = 0;
        loop {
            let at = path[path.len() - 1];
            let second = self.second(at).expect("whoever a rotation leads to has a second");
            let other = self.other(at, second);
            let last = self.last(other).expect("it is in somebody's list");
            let next = self.other(other, last);
            if place[next] != usize::MAX {
                return path.split_off(place[next]);
            }
            place[next] = path.len();
            path.push(next);
        }
    }

    /// Everybody in the rotation turns from their first to their second, who strikes everybody worse.
    fn eliminate(&mut self, rotation: &[usize]) {
        let turns: Vec<(usize, usize)> = rotation
            .iter()
            .map(|&member| {
                let second = self.second(member).expect("a rotation has seconds");
                self.lists[member][second]
            })
            .collect();
        for (other, back) in turns {
            self.strike_after(other, back);
        }
    }
}
