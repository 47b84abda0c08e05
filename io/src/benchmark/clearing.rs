//! The same for the clearing of rounds: made-up math trades with ranks, cleared by each of [`ALGORITHMS`], and scored by volume, welfare and fairness.

use std::time::Instant;

use bartizan_engine::{ItemIndex, Objective, Round};
use bartizan_solver::budget::Budget;
use bartizan_solver::exchange::{Arc, Caps, Pool, solve};
use bartizan_solver::mechanism::by_name;
use serde::Serialize;

use crate::clear::{Settings, clear};
use crate::format;
use crate::generate::MathTrade;
use crate::mechanism::{Taken, market};

/// How a round is cleared.
#[derive(Debug)]
pub struct Algorithm {
    /// The name.
    pub name: &'static str,
    /// What it does, in a line.
    pub about: &'static str,
    how: How,
}

#[derive(Debug)]
enum How {
    /// To the optimum of these, one after the other.
    Optimum(&'static [Objective]),
    /// By rings of at most so many items.
    Bounded(u32),
    /// By top trading cycles.
    Cycles,
}

/// Every algorithm.
pub const ALGORITHMS: &[Algorithm] = &[
    Algorithm { name: "items", about: "most items", how: How::Optimum(&[Objective::Items]) },
    Algorithm {
        name: "items, cost",
        about: "most items, then the best ranks",
        how: How::Optimum(&[Objective::Items, Objective::Cost]),
    },
    Algorithm {
        name: "items, users",
        about: "most items, then the most users who trade",
        how: How::Optimum(&[Objective::Items, Objective::Users]),
    },
    Algorithm {
        name: "users, items",
        about: "most users who trade, then most items",
        how: How::Optimum(&[Objective::Users, Objective::Items]),
    },
    Algorithm {
        name: "rings of at most 3",
        about: "most items in rings that are easily carried out",
        how: How::Bounded(3),
    },
    Algorithm {
        name: "top trading cycles",
        about: "everybody points at what is left of their list; rings trade and go",
        how: How::Cycles,
    },
];

/// What an algorithm reaches, on average over rounds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Scores {
    /// The name.
    pub name: String,
    /// Items that trade, as a share.
    pub volume: f64,
    /// The mean over items of how high what is got stands in the list, from 1 for the first to near 0 for the last; 0 for an item that stays.
    pub welfare: f64,
    /// Users who trade, as a share.
    pub fairness: f64,
    /// The Gini coefficient among users of the share of their items that trades: 0 if all are served alike.
    pub gini: f64,
}

/// How many items a round has.
pub const ITEMS: usize = 300;

/// Clears `rounds` made-up rounds by each algorithm; tells the scores, and the seconds that clearing a round takes, without reading it.
///
/// # Errors
/// If a round cannot be made or cleared.
pub fn compare(rounds: usize, seed: u64) -> Result<Vec<(Scores, f64)>, String> {
    let mut texts = Vec::new();
    for round in 0..rounds {
        let mut text = Vec::new();
        let made = MathTrade { priorities: true, ..MathTrade::new(ITEMS, seed + round as u64) };
        made.write(&mut text).map_err(|error| error.to_string())?;
        texts.push(text);
    }
    let mut found = Vec::new();
    for algorithm in ALGORITHMS {
        let mut sum = Scores { name: algorithm.name.to_owned(), ..Scores::default() };
        let mut seconds = 0.0;
        for text in &texts {
            let mut round = (format::detect(text).read)(text).map_err(|error| error.to_string())?.round;
            let started = Instant::now();
            let takes = algorithm.clear(&mut round)?;
            seconds += started.elapsed().as_secs_f64();
            let one = scores(&round, &takes);
            let share = 1.0 / rounds as f64;
            sum.volume += share * one.volume;
            sum.welfare += share * one.welfare;
            sum.fairness += share * one.fairness;
            sum.gini += share * one.gini;
        }
        found.push((sum, seconds / rounds as f64));
    }
    Ok(found)
}

impl Algorithm {
    fn clear(&self, round: &mut Round<'_>) -> Result<Vec<ItemIndex>, String> {
        match self.how {
            How::Optimum(objectives) => {
                round.objectives = objectives.to_vec();
                let settings = Settings { threads: 1, ring_steps: 0, ..Settings::default() };
                let cleared = clear(round, &settings, &mut |_| ()).map_err(|error| error.to_string())?;
                Ok(cleared.outcome.takes)
            }
            How::Bounded(most) => Ok(bounded(round, most)),
            How::Cycles => top_trading_cycles(round),
        }
    }
}

/// About how many numbers the search for rings of bounded length may look at.
const MOST_STEPS: u64 = 1_000_000_000;

/// The most items in rings of at most `most`, as far as the search comes.
fn bounded(round: &Round<'_>, most: u32) -> Vec<ItemIndex> {
    let count = round.items.len();
    // Who wants an item gets it from its owner.
    let wanted = |item: usize| {
        let wants = &round.wants.item[round.wants.range(ItemIndex(item as u32))];
        wants.iter().map(move |want| Arc { tail: want.0, head: item as u32, gain: 1, passes: Vec::new() })
    };
    let pool = Pool::new(vec![false; count], (0..count).flat_map(wanted).collect());
    let found = solve(&pool, Caps { ring: most, chain: 0 }, Budget::new(MOST_STEPS), &mut |_, _| ());
    let mut takes: Vec<ItemIndex> = (0..count as u32).map(ItemIndex).collect();
    for &arc in found.rings.iter().flatten() {
        takes[pool.head(arc as usize)] = ItemIndex(pool.tail(arc as usize) as u32);
    }
    takes
}

/// Top trading cycles, with every item as a participant.
fn top_trading_cycles(round: &Round<'_>) -> Result<Vec<ItemIndex>, String> {
    let market = market(round, Taken { seed: Round::FIRST_SEED, gifts: false });
    let market = market.map_err(|error| error.to_string())?;
    let cycles = by_name("ttc").expect("it is in the registry");
    let receives = (cycles.receives)(&market).expect("it finds an outcome of every market");
    Ok(receives.into_iter().map(ItemIndex).collect())
}

fn scores(round: &Round<'_>, takes: &[ItemIndex]) -> Scores {
    let (mut traded, mut welfare) = (0.0, 0.0);
    let mut by_user = vec![(0.0, 0.0); round.users.len()];
    for (item, &take) in takes.iter().enumerate() {
        let is_traded = take.at() != item;
        if let Some(user) = round.items[item].user {
            by_user[user.at()].0 += f64::from(u8::from(is_traded));
            by_user[user.at()].1 += 1.0;
        }
        if is_traded {
            let list = &round.wants.item[round.wants.range(ItemIndex(item as u32))];
            let place = list.iter().position(|want| *want == take).unwrap_or(list.len());
            traded += 1.0;
            welfare += 1.0 - place as f64 / list.len() as f64;
        }
    }
    let items = takes.len().max(1) as f64;
    let mut shares: Vec<f64> =
        by_user.iter().filter(|(_, all)| *all > 0.0).map(|(traded, all)| traded / all).collect();
    let served = shares.iter().filter(|share| **share > 0.0).count() as f64;
    shares.sort_by(f64::total_cmp);
    let (users, sum) = (shares.len().max(1) as f64, shares.iter().sum::<f64>());
    let ranked: f64 = shares.iter().enumerate().map(|(place, share)| (place + 1) as f64 * share).sum();
    let gini = if sum > 0.0 { 2.0 * ranked / (users * sum) - (users + 1.0) / users } else { 0.0 };
    Scores {
        name: String::new(),
        volume: traded / items,
        welfare: welfare / items,
        fairness: served / users,
        gini,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn top_trading_cycles_are_rings_of_firsts() {
        let text = b"#! LINEAR-PRIORITIES\n(a) A : B C\n(b) B : C A\n(c) C : B\n(d) D : A\n(e) E :\n";
        let round = (format::detect(text).read)(text).unwrap().round;
        let takes: Vec<u32> = top_trading_cycles(&round).unwrap().into_iter().map(|item| item.0).collect();
        // B and C are each other's first; A is then left without a list, and D without A's.
        assert_eq!(takes, [0, 2, 1, 3, 4]);
        let scores = scores(&round, &top_trading_cycles(&round).unwrap());
        assert!((scores.volume - 0.4).abs() < 1e-12 && (scores.fairness - 0.4).abs() < 1e-12);
        assert!((scores.welfare - 0.4).abs() < 1e-12 && (scores.gini - 0.6).abs() < 1e-12);
    }

    #[test]
    fn an_optimum_trades_no_less_than_cycles() {
        let found = compare(1, 5).unwrap();
        let volume = |name: &str| found.iter().find(|(scores, _)| scores.name == name).unwrap().0.volume;
        assert!(volume("items") >= volume("top trading cycles") && volume("top trading cycles") > 0.0);
        assert!((volume("items") - volume("items, users")).abs() < 1e-12);
        let short = volume("rings of at most 3");
        assert!(short > 0.0 && short <= volume("items"), "{short}");
    }
}
