//! The top cycles rule (Jaramillo and Manjunath 2012, "The difference indifference makes in strategy-proof allocation of objects", Journal of
//! Economic Theory 147), for lists with ties. Everybody holds one object, at first their own. A participant is satisfied
//! who holds one of the best objects that are left. In rounds:
//!
//! 1. Who cannot reach an unsatisfied participant, going from each to the holders of their best objects, goes with what they hold.
//! 2. Everybody points at a holder of one of their best objects. Who pointed, through others or not, at an unsatisfied participant who is still
//!    unsatisfied and has not traded since, points as before. Then, group by group, those who can point at an unsatisfied participant do, then those
//!    who can point at one who does, and so on; of several the one that leads to the unsatisfied participant of highest
//!    priority, and of those the one of highest priority.
//! 3. Rings trade. Each has somebody who was not satisfied and now is.
//!
//! Cost: O(participants * lists).

use super::market::Market;

const NOWHERE: usize = usize::MAX;

/// What each receives.
pub(super) fn receives(market: &Market) -> Vec<u32> {
    let count = market.count();
    let mut rank = vec![0; count];
    for (place, &participant) in market.order.iter().enumerate() {
        rank[participant as usize] = place;
    }
    let mut round = Round {
        market,
        rank,
        holds: (0..count).collect(),
        holder: (0..count).collect(),
        is_left: vec![true; count],
        read: vec![0; count],
        best: vec![Vec::new(); count],
        is_satisfied: vec![false; count],
        pointed: vec![NOWHERE; count],
        goal: vec![NOWHERE; count],
    };
    while round.depart() {
        round.point();
        round.trade();
    }
    round.holds.iter().map(|&object| object as u32).collect()
}

struct Round<'m> {
    market: &'m Market,
    /// The place of each participant in the order of priority.
    rank: Vec<usize>,
    holds: Vec<usize>,
    holder: Vec<usize>,
    /// Participants who have not gone with what they hold.
    is_left: Vec<bool>,
    /// How much of each list is gone.
    read: Vec<usize>,
    /// The holders of the best objects that are left.
    best: Vec<Vec<usize>>,
    is_satisfied: Vec<bool>,
    /// At whom each points.
    pointed: Vec<usize>,
    /// The unsatisfied participant to whom that leads; nowhere once it has traded.
    goal: Vec<usize>,
}

impl Round<'_> {
    /// Lets those go who are satisfied for good. Whether anybody is left.
    fn depart(&mut self) -> bool {
        loop {
            self.find_best();
            let count = self.market.count();
            let mut pointed_by = vec![Vec::new(); count];
            let mut reached = Vec::new();
            let mut reaches = vec![false; count];
            for participant in (0..count).filter(|&participant| self.is_left[participant]) {
                for &holder in &self.best[participant] {
                    pointed_by[holder].push(participant);
                }
                if !self.is_satisfied[participant] {
                    reaches[participant] = true;
                    reached.push(participant);
                }
            }
            while let Some(participant) = reached.pop() {
                for &by in &pointed_by[participant] {
                    if !std::mem::replace(&mut reaches[by], true) {
                        reached.push(by);
                    }
                }
            }
            // Who reaches somebody unsatisfied stays.
            if reaches == self.is_left {
                return reaches.contains(&true);
            }
            self.is_left = reaches;
        }
    }

    /// Finds the holders of everybody's best objects.
    fn find_best(&mut self) {
        for participant in (0..self.market.count()).filter(|&participant| self.is_left[participant]) {
            let list = &self.market.lists[participant];
            let is_gone = |object: u32| !self.is_left[self.holder[object as usize]];
            let read = &mut self.read[participant];
            while list.get(*read).is_some_and(|want| is_gone(want.object)) {
                *read += 1;
            }
            let tier = list.get(*read).map(|want| want.tier);
            let best = &mut self.best[participant];
            best.clear();
            match tier {
                Some(tier) => {
                    let equal = list[*read..].iter().take_while(|want| want.tier == tier);
                    best.extend(
                        equal
                            .filter(|want| !is_gone(want.object))
                            .map(|want| self.holder[want.object as usize]),
                    );
                }
                // Whose list is gone wants their own object, which they then still hold.
                None => best.push(self.holder[participant]),
            }
            self.is_satisfied[participant] = best.contains(&participant);
        }
    }

    /// Everybody points, so that every path leads to somebody unsatisfied.
    fn point(&mut self) {
        let count = self.market.count();
        let left: Vec<usize> = (0..count).filter(|&participant| self.is_left[participant]).collect();
        // Who is unsatisfied leads to itself for those who point at it; where it points itself comes last.
        let mut leads_to = vec![NOWHERE; count];
        for &participant in &left {
            let goal = self.goal[participant];
            let keeps = goal != NOWHERE && self.is_left[goal] && !self.is_satisfied[goal];
            if !keeps {
                self.goal[participant] = NOWHERE;
            }
            if !self.is_satisfied[participant] {
                leads_to[participant] = participant;
            } else if keeps {
                leads_to[participant] = goal;
            }
        }
        loop {
            let next: Vec<(usize, usize)> = left
                .iter()
                .filter(|&&participant| leads_to[participant] == NOWHERE)
                .filter_map(|&participant| Some((participant, self.choice(participant, &leads_to)?)))
                .collect();
            if next.is_empty() {
                break;
            }
            for (participant, chosen) in next {
                self.pointed[participant] = chosen;
                self.goal[participant] = leads_to[chosen];
            }
            for &participant in &left {
                if leads_to[participant] == NOWHERE {
                    leads_to[participant] = self.goal[participant];
                }
            }
        }
        for &participant in &left {
            if !self.is_satisfied[participant] && self.goal[participant] == NOWHERE {
                let chosen = self
                    .choice(participant, &leads_to)
                    .expect("a best object that is left is held by somebody");
                self.pointed[participant] = chosen;
                self.goal[participant] = leads_to[chosen];
            }
        }
    }

    /// At whom of those who lead somewhere a participant points.
    fn choice(&self, participant: usize, leads_to: &[usize]) -> Option<usize> {
        let leading = self.best[participant].iter().copied().filter(|&holder| leads_to[holder] != NOWHERE);
        leading.min_by_key(|&holder| (self.rank[leads_to[holder]], self.rank[holder]))
    }

    /// Rings trade; who was in one leads nowhere any more.
    fn trade(&mut self) {
        let count = self.market.count();
        let mut walk = vec![NOWHERE; count];
        let mut has_traded = vec![false; count];
        for start in (0..count).filter(|&participant| self.is_left[participant]) {
            let mut at = start;
            while walk[at] == NOWHERE {
                walk[at] = start;
                at = self.pointed[at];
            }
            if walk[at] != start {
                continue;
            }
            let (first, taken) = (at, self.holds[at]);
            loop {
                has_traded[at] = true;
                let next = self.pointed[at];
                self.holds[at] = if next == first { taken } else { self.holds[next] };
                at = next;
                if at == first {
                    break;
                }
            }
        }
        for participant in (0..count).filter(|&participant| self.is_left[participant]) {
            self.holder[self.holds[participant]] = participant;
            let goal = self.goal[participant];
            if has_traded[participant] || (goal != NOWHERE && has_traded[goal]) {
                self.goal[participant] = NOWHERE;
            }
        }
    }
}
