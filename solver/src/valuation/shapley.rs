//! Shapley shares: what each player adds on arrival, on average over all orders in which players can arrive.
//!
//! - Input: a round whose items belong to participants.
//! - Assumes that the gain of a round, the items traded, may be shared freely; the only shares that treat equals alike, give nothing to who adds
//!   nothing, and add up over rounds.
//! - Source: Shapley 1953; sampled as by Castro, Gómez and Tejada 2009.
//! - Cost: up to [`EXACT`] players exact, 2^players assignment problems. Beyond, by sampled orders, with the standard error of each share stated; an order
//!   ends as soon as nothing more can be added.

use super::estimate::Settings;
use super::game::{EXACT, Game, Shares};
use crate::stream::Stream;

/// Finds the shares.
pub(super) fn shares(game: &Game<'_>, settings: &Settings) -> Shares {
    match game.table(EXACT) {
        Ok(worth) => exact(game.player_count(), &worth),
        Err(_) => sampled(game, settings),
    }
}

fn exact(players: usize, worth: &[f64]) -> Shares {
    // The chance that just those come before: size! (players - size - 1)! / players!, by its ratios.
    let mut chance = vec![1.0 / players.max(1) as f64; players.max(1)];
    for size in 1..players {
        chance[size] = chance[size - 1] * size as f64 / (players - size) as f64;
    }
    let mut share = vec![0.0; players];
    for (set, without) in worth.iter().enumerate() {
        let weight = chance.get(set.count_ones() as usize).copied().unwrap_or(0.0);
        for (player, share) in share.iter_mut().enumerate().filter(|(player, _)| set >> player & 1 == 0) {
            *share += weight * (worth[set | 1 << player] - without);
        }
    }
    let total = worth.last().copied().unwrap_or(0.0);
    Shares { share, error: vec![0.0; players], total, excess: None, samples: 0, is_exact: true }
}

fn sampled(game: &Game<'_>, settings: &Settings) -> Shares {
    let players = game.player_count();
    let total = game.total();
    let mut stream = Stream::new(settings.seed);
    let mut order: Vec<usize> = (0..players).collect();
    let (mut sum, mut squares) = (vec![0.0; players], vec![0.0; players]);
    let count = settings.samples.max(2);
    for _ in 0..count {
        stream.shuffle(&mut order);
        let mut members = vec![false; players];
        let mut before = 0.0;
        for &player in &order {
            members[player] = true;
            let worth = game.worth(&members);
            let added = worth - before;
            sum[player] += added;
            squares[player] += added * added;
            before = worth;
            if worth >= total {
                break;
            }
        }
    }
    let count_f = f64::from(count);
    let share: Vec<f64> = sum.iter().map(|sum| sum / count_f).collect();
    let error = squares.iter().zip(&share).map(|(squares, share)| {
        let variance = (squares / count_f - share * share).max(0.0) * count_f / (count_f - 1.0);
        (variance / count_f).sqrt()
    });
    Shares { error: error.collect(), share, total, excess: None, samples: count, is_exact: false }
}
