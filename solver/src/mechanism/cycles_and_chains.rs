//! Top trading cycles and chains (Roth, Sönmez and Ünver 2004, "Kidney exchange", Quarterly Journal of Economics 119): everybody points at the
//! first object of their list that is left. Rings trade and go. When there is none, every path ends at a gift, as it ends at the waiting list in
//! the paper; a rule chooses one of these chains, and its members receive and go. The object of its last hand, which
//! nobody of the chain receives, stays to be taken ("keep" in the paper), so a chain may grow at that end.
//!
//! A place on the waiting list is here a gift, and each gift is one place. Ties are broken by the order of the list.
//! Cost: O(lists + participants * chains).

use super::market::Market;

/// Which chain is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// The one whose last hand has the highest priority: rule e of the paper.
    Priority,
    /// The longest, of which the one whose last hand has the highest priority: rule c of the paper.
    Longest,
}

/// What each receives.
pub(super) fn receives(market: &Market, rule: Rule) -> Vec<u32> {
    let mut pool = Pool {
        market,
        receives: market.nobody(),
        is_left: vec![true; market.count()],
        is_vacant: market.is_gift.clone(),
        next: vec![0; market.count()],
    };
    loop {
        pool.trade_rings();
        let chains = market.order.iter().map(|&last| last as usize).filter(|&last| !pool.is_vacant[last]);
        let chains = chains.filter(|&last| pool.is_left[last]).collect::<Vec<_>>();
        let chosen = match rule {
            Rule::Priority => chains.first().copied(),
            // Of equally long ones the first, where max_by_key would take the last.
            Rule::Longest => {
                let lengths = pool.chain_lengths(&chains);
                let longest = lengths.iter().max().copied();
                lengths.iter().position(|&length| Some(length) == longest).map(|index| chains[index])
            }
        };
        let Some(last) = chosen else { return pool.receives };
        pool.give_along(last);
    }
}

struct Pool<'m> {
    market: &'m Market,
    receives: Vec<u32>,
    /// Objects that are not received yet.
    is_left: Vec<bool>,
    /// Of these the gifts, and those of last hands.
    is_vacant: Vec<bool>,
    /// How far each list has been read.
    next: Vec<usize>,
}

impl Pool<'_> {
    /// What a participant points at.
    fn head(&mut self, at: usize) -> usize {
        let list = &self.market.lists[at];
        while self.next[at] < list.len() && !self.is_left[list[self.next[at]].object as usize] {
            self.next[at] += 1;
        }
        list.get(self.next[at]).map_or(at, |want| want.object as usize)
    }

    /// Lets rings trade until there is none: every path then ends at a vacant object. A path that does is not touched by
    /// rings that trade, so it is walked once.
    fn trade_rings(&mut self) {
        let count = self.market.count();
        let mut ends = self.is_vacant.clone();
        let mut place = vec![usize::MAX; count];
        let mut path: Vec<usize> = Vec::new();
        for start in 0..count {
            if self.is_left[start] && !ends[start] {
                place[start] = 0;
                path.push(start);
            }
            while let Some(&at) = path.last() {
                let head = self.head(at);
                if ends[head] {
                    path.drain(..).for_each(|member| ends[member] = true);
                } else if place[head] == usize::MAX {
                    place[head] = path.len();
                    path.push(head);
                } else {
                    let ring = path.split_off(place[head]);
                    for (index, &member) in ring.iter().enumerate() {
                        self.receives[member] = ring[(index + 1) % ring.len()] as u32;
                        self.is_left[member] = false;
                    }
                }
            }
        }
    }

    /// How many receive along the chain of each of these last hands.
    fn chain_lengths(&mut self, lasts: &[usize]) -> Vec<usize> {
        let mut lengths = vec![0; self.market.count()];
        for &last in lasts {
            let (mut path, mut at) = (Vec::new(), last);
            while !self.is_vacant[at] && lengths[at] == 0 {
                path.push(at);
                at = self.head(at);
            }
            for (index, &member) in path.iter().rev().enumerate() {
                lengths[member] = lengths[at] + index + 1;
            }
        }
        lasts.iter().map(|&last| lengths[last]).collect()
    }

    /// Everybody on the chain of `last` receives what they point at.
    fn give_along(&mut self, last: usize) {
        let mut chain = vec![last];
        let mut at = self.head(last);
        while !self.is_vacant[at] {
            chain.push(at);
            at = self.head(at);
        }
        for (index, &member) in chain.iter().enumerate() {
            let received = chain.get(index + 1).copied().unwrap_or(at);
            self.receives[member] = received as u32;
            self.is_left[received] = false;
        }
        self.is_vacant[last] = true;
    }
}
