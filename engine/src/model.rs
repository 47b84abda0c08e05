//! What a round means to the solver: a graph, levels of gains, and groups.
//!
//! Objectives that are sums over wants become linear levels, one each. From the first objective that
//! counts by user on, and everywhere in a round whose spending limits can bind, the rest of the list is
//! merged into one coupled level, each objective weighted to outdo all that follow it.
//!
//! Cost: O(items + wants).

use bartizan_solver::certify::Problem;
use bartizan_solver::coupled::{Concave, Coupled, Group, Term};
use bartizan_solver::{Graph, LinearGains};

use crate::{ItemIndex, ItemKind, Objective, Round};

/// A round as a problem, and how to read its values back.
#[derive(Clone, Debug)]
pub struct Model {
    /// The problem. Its nodes are the items.
    pub problem: Problem,
    /// The objectives in order, with what each gains and how it is weighted.
    parts: Vec<Part>,
}

/// One objective as the solver sees it: always to be made as large as possible.
#[derive(Clone, Debug)]
struct Part {
    objective: Objective,
    gains: LinearGains,
    groups: Vec<Group>,
    terms: Vec<Term>,
    /// The least and greatest it can be.
    least: i64,
    most: i64,
    /// Its weight in the coupled level; 0 for a linear level.
    weight: i64,
}

/// Why a round cannot be stated as a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

impl std::fmt::Display for TooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the costs are too large to weigh these objectives against each other exactly")
    }
}

impl std::error::Error for TooLarge {}

/// The greatest weighted value of a coupled level.
const MOST_COUPLED: i64 = 1 << 45;

impl Model {
    /// States `round` as a problem. The round must satisfy [`Round::check`].
    ///
    /// # Errors
    /// If merging the objectives would need numbers beyond 2^45.
    pub fn new(round: &Round<'_>) -> Result<Self, TooLarge> {
        let wants = &round.wants;
        let graph = Graph::from_rows(round.items.len(), wants.item.len(), |item| {
            wants.item[wants.range(ItemIndex(item as u32))].iter().map(|wanted| wanted.0)
        });
        let (limits, limit_terms) = limits(round, &graph);
        let mut parts: Vec<Part> = round.objectives.iter().map(|&o| part(round, &graph, o)).collect();
        let linear_count = if limits.is_empty() {
            parts.iter().take_while(|part| part.groups.is_empty()).count()
        } else {
            0
        };
        let linear = parts[..linear_count].iter().map(|part| part.gains.clone()).collect();
        let coupled = if linear_count < parts.len() || !limits.is_empty() {
            weigh(&mut parts[linear_count..])?;
            Some(merge(&graph, &parts[linear_count..], limits, limit_terms))
        } else {
            None
        };
        Ok(Model { problem: Problem { graph, linear, coupled }, parts })
    }

    /// How many of the objectives are linear levels.
    pub fn linear_count(&self) -> usize {
        self.problem.linear.len()
    }

    /// The value of each objective under `takes`, in the objective's own unit.
    pub fn values(&self, takes: &[u32]) -> Vec<i64> {
        self.parts.iter().map(|part| part.shown(part.value(&self.problem.graph, takes))).collect()
    }

    /// What no outcome as good on the objectives before can exceed on each objective, given the
    /// bounds of the problem's levels and the outcome itself.
    pub fn bounds(&self, takes: &[u32], level_bounds: &[i64]) -> Vec<i64> {
        let graph = &self.problem.graph;
        // A proof that leaves much room may have a bound near the end of 64 bits.
        let mut left = i128::from(level_bounds.last().copied().unwrap_or(0));
        let mut bounds = Vec::with_capacity(self.parts.len());
        for (index, part) in self.parts.iter().enumerate() {
            if part.weight == 0 {
                bounds.push(part.shown(level_bounds[index]));
                continue;
            }
            let least_after: i64 =
                self.parts[index + 1..].iter().map(|after| after.weight * after.least).sum();
            let bound = (left - i128::from(least_after)).div_euclid(i128::from(part.weight));
            bounds.push(part.shown(bound.clamp(part.least.into(), part.most.into()) as i64));
            left -= i128::from(part.weight * part.value(graph, takes));
        }
        bounds
    }
}

impl Part {
    /// The value to be made large.
    fn value(&self, graph: &Graph, takes: &[u32]) -> i64 {
        if self.groups.is_empty() {
            return self.gains.total(graph, takes);
        }
        let coupled =
            Coupled { gains: self.gains.clone(), groups: self.groups.clone(), terms: self.terms.clone() };
        coupled.value(graph, takes)
    }

    /// A value to be made large, in the objective's own unit.
    fn shown(&self, value: i64) -> i64 {
        match self.objective {
            Objective::Items | Objective::Users | Objective::Favor(_) => value,
            Objective::Cost | Objective::UserSquares => -value,
            Objective::WeightedCost => self.most - value,
        }
    }
}

/// Gives each objective a weight that outdoes all that follow it.
fn weigh(parts: &mut [Part]) -> Result<(), TooLarge> {
    let mut span = 0;
    for part in parts.iter_mut().rev() {
        part.weight = span + 1;
        span = widen(span, part.most - part.least).ok_or(TooLarge)?;
    }
    Ok(())
}

/// The span of a merged level with one more objective before it, of this span of its own; `None` if that is too much.
fn widen(span: i64, own: i64) -> Option<i64> {
    own.checked_mul(span + 1).and_then(|own| span.checked_add(own)).filter(|&span| span < MOST_COUPLED)
}

/// Whether objectives whose values differ by at most these, most important first, can be merged into one level.
pub fn can_be_weighed(spans: impl DoubleEndedIterator<Item = i64>) -> bool {
    spans.rev().try_fold(0, widen).is_some()
}

/// One coupled level of weighted objectives, with spending limits.
fn merge(graph: &Graph, parts: &[Part], limits: Vec<Group>, limit_terms: Vec<Term>) -> Coupled {
    let by_arc = parts.iter().any(|part| matches!(part.gains, LinearGains::ByArc(_)));
    let gains = if by_arc {
        let mut sum = vec![0; graph.arc_count()];
        for taker in 0..graph.node_count() {
            for arc in graph.arcs(taker) {
                sum[arc] = parts.iter().map(|part| part.weight * part.gains.gain(graph, taker, arc)).sum();
            }
        }
        LinearGains::ByArc(sum)
    } else {
        let mut sum = vec![0; graph.node_count()];
        for part in parts {
            if let LinearGains::ByTaker(gain) = &part.gains {
                sum.iter_mut().zip(gain).for_each(|(sum, gain)| *sum += part.weight * gain);
            }
        }
        LinearGains::ByTaker(sum)
    };
    let (mut groups, mut terms) = (limits, limit_terms);
    for part in parts {
        let first = groups.len() as u32;
        groups.extend(part.groups.iter().map(|group| Group {
            value: match group.value {
                Concave::Zero => Concave::Zero,
                Concave::Cover(scale) => Concave::Cover(scale * part.weight),
                Concave::Squares(scale) => Concave::Squares(scale * part.weight),
            },
            ..*group
        }));
        terms.extend(part.terms.iter().map(|term| Term { group: term.group + first, ..*term }));
    }
    terms.sort_by_key(|term| term.taker);
    Coupled { gains, groups, terms }
}

fn part(round: &Round<'_>, graph: &Graph, objective: Objective) -> Part {
    let counted = |item: usize| i64::from(round.items[item].kind != ItemKind::Dummy);
    let by_taker = |gain: &dyn Fn(usize) -> i64| {
        LinearGains::ByTaker((0..round.items.len()).map(|item| gain(item) * counted(item)).collect())
    };
    let (gains, groups, terms) = match objective {
        Objective::Items => (by_taker(&|_| 1), Vec::new(), Vec::new()),
        Objective::Favor(user) => {
            (by_taker(&|item| i64::from(round.items[item].user == Some(user))), Vec::new(), Vec::new())
        }
        Objective::Cost => (costs(round, graph, 0), Vec::new(), Vec::new()),
        Objective::WeightedCost => (costs(round, graph, round.nontrade_cost), Vec::new(), Vec::new()),
        Objective::Users => by_user(round, 1, Concave::Cover(1)),
        Objective::UserSquares => by_user(round, -1, Concave::Squares(1)),
    };
    let (least, most) = span(round, graph, objective, &gains, &groups);
    Part { objective, gains, groups, terms, least, most, weight: 0 }
}

/// What granting each want saves over `nontrade`, and 0 in the lists of dummies.
fn costs(round: &Round<'_>, graph: &Graph, nontrade: i64) -> LinearGains {
    let wants = &round.wants;
    let counted = |item: usize| round.items[item].kind != ItemKind::Dummy;
    if wants.cost.is_empty() {
        let gain = |item| if counted(item) { nontrade - 1 } else { 0 };
        return LinearGains::ByTaker((0..round.items.len()).map(gain).collect());
    }
    let mut gains = Vec::with_capacity(graph.arc_count());
    for item in 0..round.items.len() {
        gains.push(0);
        let range = wants.range(ItemIndex(item as u32));
        gains.extend(range.map(|want| if counted(item) { nontrade - wants.cost(want) } else { 0 }));
    }
    LinearGains::ByArc(gains)
}

/// An objective by user: a group for each user with several items; a user's only item, and an item
/// without a user, is worth `single` by itself.
fn by_user(round: &Round<'_>, single: i64, value: Concave) -> (LinearGains, Vec<Group>, Vec<Term>) {
    let mut count = vec![0_i64; round.users.len()];
    let counted = || round.items.iter().enumerate().filter(|(_, item)| item.kind != ItemKind::Dummy);
    for user in counted().filter_map(|(_, item)| item.user) {
        count[user.at()] += 1;
    }
    let mut groups = Vec::new();
    let mut group_of = vec![u32::MAX; round.users.len()];
    for (user, &most) in count.iter().enumerate() {
        if most > 1 {
            group_of[user] = groups.len() as u32;
            groups.push(Group { value, least: 0, most });
        }
    }
    let mut gain = vec![0; round.items.len()];
    let mut terms = Vec::new();
    for (index, item) in counted() {
        match item.user.map(|user| group_of[user.at()]).filter(|&group| group != u32::MAX) {
            Some(group) => terms.push(Term { taker: index as u32, arc: None, group, weight: 1 }),
            None => gain[index] = single,
        }
    }
    (LinearGains::ByTaker(gain), groups, terms)
}

/// The least and greatest value an objective can have.
fn span(
    round: &Round<'_>,
    graph: &Graph,
    objective: Objective,
    gains: &LinearGains,
    groups: &[Group],
) -> (i64, i64) {
    let (mut least, mut most) = (0_i64, 0_i64);
    for taker in 0..graph.node_count() {
        let (mut low, mut high) = (0, 0);
        for arc in graph.arcs(taker) {
            let gain = gains.gain(graph, taker, arc);
            (low, high) = (low.min(gain), high.max(gain));
        }
        least = least.saturating_add(low);
        most = most.saturating_add(high);
    }
    for group in groups {
        let ends = [group.value.at(0), group.value.at(1), group.value.at(group.most)];
        least = least.saturating_add(ends.into_iter().min().unwrap_or(0));
        most = most.saturating_add(ends.into_iter().max().unwrap_or(0));
    }
    if objective == Objective::WeightedCost {
        // Measured from what it costs when nothing trades.
        most = round.nontrade_cost.saturating_mul(round.tradable_count() as i64);
    }
    (least, most)
}

/// A group for each user whose bids could together cost more than the user's limit, and what adds to it.
fn limits(round: &Round<'_>, graph: &Graph) -> (Vec<Group>, Vec<Term>) {
    let wants = &round.wants;
    let mut dearest = vec![0_i64; round.items.len()];
    for (&wanted, &price) in wants.item.iter().zip(&wants.price) {
        dearest[wanted.at()] = dearest[wanted.at()].max(price);
    }
    let mut spend = vec![0_i64; round.users.len()];
    for (item, &price) in round.items.iter().zip(&dearest) {
        if let Some(user) = item.user {
            spend[user.at()] += price;
        }
    }
    let mut prices = vec![Vec::new(); round.items.len()];
    for (&wanted, &price) in wants.item.iter().zip(&wants.price).filter(|(_, price)| **price > 0) {
        prices[wanted.at()].push(price);
    }
    let mut bids: Vec<Vec<&[i64]>> = vec![Vec::new(); round.users.len()];
    for (item, prices) in round.items.iter().zip(&mut prices) {
        prices.sort_unstable();
        prices.dedup();
        if let Some(user) = item.user.filter(|_| !prices.is_empty()) {
            bids[user.at()].push(prices);
        }
    }
    let mut groups = Vec::new();
    let mut group_of = vec![u32::MAX; round.users.len()];
    let mut words_left = MOST_SUM_WORDS;
    for (index, user) in round.users.iter().enumerate() {
        if let Some(limit) = user.limit.filter(|&limit| spend[index] > limit) {
            group_of[index] = groups.len() as u32;
            let most = attainable(limit, &bids[index], &mut words_left);
            groups.push(Group { value: Concave::Zero, least: 0, most });
        }
    }
    let mut terms = Vec::new();
    for taker in 0..round.items.len() {
        let own_arc = graph.arcs(taker).start;
        for (place, want) in wants.range(ItemIndex(taker as u32)).enumerate() {
            let payer = round.items[wants.item[want].at()].user.filter(|_| wants.price(want) > 0);
            if let Some(group) = payer.map(|user| group_of[user.at()]).filter(|&group| group != u32::MAX) {
                let arc = Some((own_arc + 1 + place) as u32);
                terms.push(Term { taker: taker as u32, arc, group, weight: wants.price(want) });
            }
        }
    }
    (groups, terms)
}

/// Limits beyond this are taken as they are.
const MOST_ATTAINABLE: i64 = 1 << 22;

/// How many words all sums of a round may be worked out with; when they are used up, limits are taken as they are.
const MOST_SUM_WORDS: u64 = 1 << 26;

/// The greatest sum up to `limit` of at most one price of each bid, each bid's prices rising. A limit that no purchases add up to
/// lets the relaxation buy fractions; what they can add up to is as good a limit. Cost O(different prices of
/// all bids * limit / 64), which is taken off `words_left`.
fn attainable(limit: i64, bids: &[&[i64]], words_left: &mut u64) -> i64 {
    let word_count = limit as u64 / 64 + 1;
    let words = bids.iter().map(|prices| prices.len() as u64 + 1).sum::<u64>() * word_count;
    if limit > MOST_ATTAINABLE || words > *words_left {
        return limit;
    }
    *words_left -= words;
    let mut sums = vec![0_u64; word_count as usize];
    sums[0] = 1;
    for prices in bids {
        let before = sums.clone();
        for &price in prices.iter().filter(|&&price| price <= limit) {
            let (words, bits) = (price as usize / 64, price as usize % 64);
            for (from, sum) in sums[words..].iter_mut().enumerate() {
                *sum |= before[from] << bits;
                if bits > 0 && from > 0 {
                    *sum |= before[from - 1] >> (64 - bits);
                }
            }
        }
    }
    (0..=limit).rev().find(|&sum| sums[sum as usize / 64] >> (sum % 64) & 1 == 1).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::attainable;

    #[test]
    fn limits_come_down_to_what_purchases_add_up_to() {
        let mut words_left = u64::MAX;
        let mut attainable = |limit, bids: &[&[i64]]| attainable(limit, bids, &mut words_left);
        assert_eq!(attainable(19, &[&[10], &[10], &[10]]), 10);
        assert_eq!(attainable(100, &[&[3, 64], &[30], &[65]]), 98);
        assert_eq!(attainable(200, &[&[3, 64], &[30], &[65]]), 159);
        assert_eq!(attainable(5, &[&[6]]), 0);
    }

    #[test]
    fn limits_are_taken_as_they_are_when_sums_would_take_too_long() {
        let mut words_left = 11;
        assert_eq!(attainable(120, &[&[50], &[60]], &mut words_left), 110);
        assert_eq!(words_left, 3);
        assert_eq!(attainable(120, &[&[50], &[60]], &mut words_left), 120);
    }
}
