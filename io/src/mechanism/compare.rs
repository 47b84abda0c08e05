//! Mechanisms side by side on one round: what each reaches, and what somebody could gain from it by another list than their own.
//!
//! Beside them the optimum: the most who receive, and then the best ranks, which promises none of what mechanisms promise.

use std::sync::atomic::{AtomicBool, Ordering};

use bartizan_engine::{Item, ItemIndex, ItemKind, Objective, Round, Wants};
use bartizan_solver::mechanism::manipulation::{Effort, search};
use bartizan_solver::mechanism::{Market, Mechanism};
use schemars::JsonSchema;
use serde::Serialize;

use super::figures::Figures;
use crate::clear::{Settings, clear};
use crate::what_if::equality::rounded;

/// What the document's `format` field says.
pub const FORMAT: &str = "bartizan-mechanisms";

/// What is compared.
#[derive(Clone, Copy, Debug)]
pub enum Contender {
    /// A mechanism.
    Mechanism(&'static Mechanism),
    /// Most who receive, then least sum of ranks.
    Optimum,
}

/// The name of the optimum.
pub const OPTIMUM: &str = "optimum";

impl Contender {
    /// The contender called `name`, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        if name == OPTIMUM {
            return Some(Contender::Optimum);
        }
        bartizan_solver::mechanism::by_name(name).map(Contender::Mechanism)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Contender::Mechanism(mechanism) => mechanism.name,
            Contender::Optimum => OPTIMUM,
        }
    }

    /// What each receives; nothing if there is no outcome, or the ranks cannot be summed.
    pub fn receives(self, market: &Market) -> Option<Vec<u32>> {
        match self {
            Contender::Mechanism(mechanism) => (mechanism.receives)(market).ok(),
            Contender::Optimum => optimum(market),
        }
    }
}

/// Mechanisms compared on a round.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Comparison {
    /// Says what the document is.
    #[schemars(extend("const" = FORMAT))]
    pub format: &'static str,
    /// Says which version of it.
    #[schemars(extend("const" = 1))]
    pub version: u32,
    /// Who has a list: each item is a participant.
    pub participants: usize,
    /// Items that are gifts.
    pub gifts: usize,
    /// Whether some list has items that are equally good.
    pub ties: bool,
    /// What the order of priority, and the lists that are tried, are drawn by.
    pub seed: u64,
    /// The mechanisms.
    pub mechanisms: Vec<Compared>,
}

/// What a mechanism reaches.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Compared {
    /// Its name.
    pub name: &'static str,
    /// Its figures; none if it finds that there is no outcome.
    pub figures: Option<Figures>,
    /// What another list than their own could gain somebody.
    pub manipulability: Manipulability,
}

/// What another list than their own could gain somebody, as far as it was tried.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Manipulability {
    /// Lists that were tried, none with ties: shorter ones, and others in order, of one participant at a time.
    pub tries: u64,
    /// Participants for whom some were.
    pub participants: u32,
    /// Of them those for whom every one without ties was.
    pub exhaustive: u32,
    /// Of the participants those who gain by one.
    pub gaining: usize,
    /// By how many ranks these gain on average, with four decimals; none if nobody gains.
    pub mean_gain: Option<String>,
    /// The greatest gain in ranks.
    pub greatest_gain: usize,
    /// How many gain at least one rank, at least two, and so on.
    pub gains: Vec<usize>,
    /// Some who gain, most first, with the list that does it.
    pub examples: Vec<Example>,
}

/// Somebody who gains by another list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Example {
    /// The item whose list it is.
    pub item: String,
    /// What it gains, in ranks.
    pub gain: usize,
    /// The list, best first.
    pub list: Vec<String>,
}

/// How many who gain are told.
const MOST_EXAMPLES: usize = 10;

/// Compares `contenders` on `market`, which is that of `round`: those of them that are done when `stop` is set.
pub fn compare(
    round: &Round<'_>,
    market: &Market,
    contenders: &[Contender],
    effort: Effort,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(&str),
) -> Comparison {
    let mut compared = Vec::new();
    for &contender in contenders {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        progress(contender.name());
        let receives = contender.receives(market);
        let figures = receives.map(|receives| Figures::of(market, &receives));
        progress(&format!("{}: trying other lists", contender.name()));
        let mut run = |market: &Market| contender.receives(market);
        let Some(found) = search(market, &mut run, effort, stop) else { break };
        let greatest_gain = found.gains.iter().map(|gain| gain.ranks).max().unwrap_or(0);
        let sum: usize = found.gains.iter().map(|gain| gain.ranks).sum();
        let gaining = found.gains.len();
        let at_least = |ranks| found.gains.iter().filter(|gain| gain.ranks >= ranks).count();
        let mut most = found.gains.clone();
        most.sort_by_key(|gain| std::cmp::Reverse(gain.ranks));
        let name = |item: u32| round.items[item as usize].name.to_string();
        let examples = most.iter().take(MOST_EXAMPLES).map(|gain| Example {
            item: name(gain.participant),
            gain: gain.ranks,
            list: gain.list.iter().map(|&object| name(object)).collect(),
        });
        let manipulability = Manipulability {
            tries: found.tries,
            participants: found.participants,
            exhaustive: found.exhaustive,
            gaining,
            mean_gain: (gaining > 0).then(|| rounded(sum as i128, gaining as u128)).flatten(),
            greatest_gain,
            gains: (1..=greatest_gain).map(at_least).collect(),
            examples: examples.collect(),
        };
        compared.push(Compared { name: contender.name(), figures, manipulability });
    }
    Comparison {
        format: FORMAT,
        version: 1,
        participants: market.lists.iter().filter(|list| !list.is_empty()).count(),
        gifts: market.is_gift.iter().filter(|is_gift| **is_gift).count(),
        ties: market.has_ties(),
        seed: effort.seed,
        mechanisms: compared,
    }
}

/// The most who receive, and of those outcomes the least sum of ranks. A gift passes on what the last hand of its chain brings to whoever
/// begins one, as a dummy does, so that a chain is a ring.
fn optimum(market: &Market) -> Option<Vec<u32>> {
    let mut round = Round {
        objectives: vec![Objective::Items, Objective::Cost],
        seed: Round::FIRST_SEED,
        ..Round::default()
    };
    let mut wants = Wants { first: vec![0], ..Wants::default() };
    for (own, list) in market.lists.iter().enumerate() {
        let is_gift = market.is_gift[own];
        let kind = if is_gift { ItemKind::Dummy } else { ItemKind::Good };
        round.items.push(Item { name: "".into(), user: None, kind, title: "".into() });
        if is_gift {
            let brought = (0..market.count() as u32).filter(|&other| !market.is_gift[other as usize]);
            wants.item.extend(brought.map(ItemIndex));
            wants.cost.resize(wants.item.len(), 0);
        }
        for want in list {
            wants.item.push(ItemIndex(want.object));
            wants.cost.push(market.rank_of(own, want.tier) as i64);
        }
        wants.first.push(wants.item.len() as u32);
    }
    round.wants = wants;
    let settings = Settings { threads: 1, ring_steps: 0, ..Settings::default() };
    let cleared = clear(&round, &settings, &mut |_| ()).ok()?;
    let takes = cleared.outcome.takes.into_iter().enumerate();
    Some(takes.map(|(own, taken)| if market.is_gift[own] { own as u32 } else { taken.0 }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bartizan_solver::certify::mechanism::is_outcome;
    use bartizan_solver::mechanism::MECHANISMS;
    use bartizan_solver::stream::Stream;

    /// A random market of strict lists, each of a few objects; some of it gifts.
    fn some_market(size: usize, stream: &mut Stream) -> Market {
        let mut lists = Vec::new();
        for own in 0..size as u32 {
            let mut others: Vec<u32> = (0..size as u32).filter(|&other| other != own).collect();
            stream.shuffle(&mut others);
            others.truncate(stream.below(4) as usize);
            lists.push(others.into_iter().map(|other| vec![other]).collect());
        }
        let mut market = Market::of_tiers(&lists);
        market.is_gift = market.lists.iter().map(Vec::is_empty).collect();
        market
    }

    /// Most who can receive, and then the least sum of ranks, by trying everything from `own` on.
    fn best(market: &Market, own: usize, taken: &mut Vec<bool>) -> (i64, i64) {
        if own == market.count() {
            return (0, 0);
        }
        let mut found = None;
        let list = market.lists[own].iter().map(|want| (want.object as usize, i64::from(want.tier) + 1));
        let keeps = [(own, 0)];
        for (object, rank) in list.chain(keeps) {
            if market.is_gift[own] {
                return best(market, own + 1, taken);
            }
            if std::mem::replace(&mut taken[object], true) {
                continue;
            }
            let (receive, ranks) = best(market, own + 1, taken);
            taken[object] = false;
            found = found.max(Some((receive + i64::from(rank > 0), ranks - rank)));
        }
        found.unwrap_or((i64::MIN / 2, 0))
    }

    #[test]
    fn nobody_else_lets_more_receive_than_the_optimum_which_is_one() {
        let mut stream = Stream::new(5);
        let mut with_gifts = 0;
        for _ in 0..300 {
            let market = some_market(6, &mut stream);
            let receives = optimum(&market).unwrap();
            assert!(is_outcome(&market, &receives), "{market:?} {receives:?}");
            let figures = Figures::of(&market, &receives);
            let ranks: usize = figures.ranks.iter().enumerate().map(|(rank, count)| (rank + 1) * count).sum();
            let reached = (figures.receive as i64, -(ranks as i64));
            assert_eq!(reached, best(&market, 0, &mut vec![false; 6]), "{market:?}");
            with_gifts += usize::from(market.is_gift.contains(&true));
            for mechanism in MECHANISMS {
                if let Ok(other) = (mechanism.receives)(&market) {
                    assert!(Figures::of(&market, &other).receive <= figures.receive, "{}", mechanism.name);
                }
            }
        }
        assert!(with_gifts > 100);
    }
}
