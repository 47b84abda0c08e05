//! Least-core shares: those under which the coalition that could gain most by trading on its own gains as little as can be.
//!
//! - Input: a round whose items belong to participants.
//! - Assumes that the gain of a round, the items traded, may be shared freely. With an excess of 0 or less no coalition has a reason to leave. Of several such
//!   shares, those whose greatest difference from equal ones is least.
//! - Source: Shapley and Shubik 1966; Maschler, Peleg and Shapley 1979; sampled as by Yan and Procaccia 2021.
//! - Cost: up to [`EXACT`] players over all coalitions, taken into the linear program (`good_lp`, microlp) as they are violated. Beyond, over sampled
//!   coalitions: one that was not sampled may then gain more, and the shares say so.

use good_lp::{Expression, ProblemVariables, Solution, SolverModel, Variable, constraint, microlp, variable};

use super::estimate::Settings;
use super::evidence::Refusal;
use super::game::{EXACT, Game, Shares};
use crate::stream::Stream;

/// What may be left of a violation.
const TOLERANCE: f64 = 1e-7;

/// How many violated coalitions are taken in at once.
const AT_ONCE: usize = 8;

/// A coalition's members and what it is worth.
type Claim = (Vec<bool>, f64);

/// Finds the shares.
pub(super) fn shares(game: &Game<'_>, settings: &Settings) -> Result<Shares, Refusal> {
    let players = game.player_count();
    let total = game.total();
    let is_exact = players <= EXACT;
    let claims = claims(game, settings);
    if players < 2 {
        return Ok(Shares {
            share: vec![total; players],
            error: vec![0.0; players],
            total,
            excess: Some(0.0),
            samples: 0,
            is_exact: true,
        });
    }
    let mut taken: Vec<&Claim> =
        claims.iter().filter(|(members, _)| members.iter().filter(|is| **is).count() == 1).collect();
    let (_, excess) = solve(players, total, &claims, &mut taken, None)?;
    let (mut share, _) = solve(players, total, &claims, &mut taken, Some(excess))?;
    tidy(&mut share, total);
    let samples = if is_exact { 0 } else { settings.samples };
    Ok(Shares { share, error: vec![0.0; players], total, excess: Some(excess), samples, is_exact })
}

/// Makes shares that are nothing but for what the program tolerates nothing; the largest makes up for it.
fn tidy(share: &mut [f64], total: f64) {
    for share in share.iter_mut().filter(|share| share.abs() <= 10.0 * TOLERANCE) {
        *share = 0.0;
    }
    let left = total - share.iter().sum::<f64>();
    if let Some(largest) = share.iter_mut().max_by(|a, b| a.total_cmp(b)) {
        *largest += left;
    }
}

/// The coalitions that are looked at, neither empty nor whole: all, or each player alone, all but each player, and sampled ones.
fn claims(game: &Game<'_>, settings: &Settings) -> Vec<Claim> {
    let players = game.player_count();
    let is_proper = |members: &[bool]| members.contains(&true) && members.contains(&false);
    if let Ok(table) = game.table(EXACT) {
        let members = |set: usize| (0..players).map(|player| set >> player & 1 == 1).collect::<Vec<bool>>();
        let all = table.iter().enumerate().map(|(set, &worth)| (members(set), worth));
        return all.filter(|(members, _)| is_proper(members)).collect();
    }
    let mut stream = Stream::new(settings.seed);
    let one = |player: usize, is_in: bool| {
        (0..players).map(|other| (other == player) == is_in).collect::<Vec<bool>>()
    };
    let mut sets: Vec<Vec<bool>> =
        (0..players).flat_map(|player| [one(player, true), one(player, false)]).collect();
    sets.extend((0..settings.samples).map(|_| game.draw(&mut stream)));
    sets.sort_unstable();
    sets.dedup();
    sets.retain(|members| is_proper(members));
    sets.into_iter().map(|members| (members.clone(), game.worth(&members))).collect()
}

/// Shares with the least excess, or, where the excess is given, those nearest to equal ones; with the excess.
fn solve<'a>(
    players: usize,
    total: f64,
    claims: &'a [Claim],
    taken: &mut Vec<&'a Claim>,
    excess: Option<f64>,
) -> Result<(Vec<f64>, f64), Refusal> {
    loop {
        let (share, found) = program(players, total, taken, excess)?;
        let allowed = excess.unwrap_or(found);
        let short = |claim: &Claim| {
            let held: f64 =
                claim.0.iter().zip(&share).map(|(is_in, share)| if *is_in { *share } else { 0.0 }).sum();
            claim.1 - held - allowed
        };
        let mut violated: Vec<(f64, usize)> = claims
            .iter()
            .enumerate()
            .map(|(index, claim)| (short(claim), index))
            .filter(|(short, _)| *short > TOLERANCE)
            .collect();
        if violated.is_empty() {
            return Ok((share, allowed));
        }
        violated.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let before = taken.len();
        for (_, index) in violated.into_iter().take(AT_ONCE) {
            if !taken.iter().any(|claim| std::ptr::eq(*claim, &raw const claims[index])) {
                taken.push(&claims[index]);
            }
        }
        if taken.len() == before {
            return Err(Refusal::NotSolved);
        }
    }
}

fn program(
    players: usize,
    total: f64,
    taken: &[&Claim],
    excess: Option<f64>,
) -> Result<(Vec<f64>, f64), Refusal> {
    let limit = 2.0 * total + 2.0;
    let mut variables = ProblemVariables::new();
    let share: Vec<Variable> =
        (0..players).map(|_| variables.add(variable().min(-limit).max(limit))).collect();
    let least = variables.add(variable().min(-limit).max(limit));
    let mut model = variables.minimise(least).using(microlp);
    let whole: Expression = share.iter().sum();
    model = model.with(constraint!(whole == total));
    for (members, worth) in taken {
        let mut held: Expression =
            share.iter().zip(members).filter(|(_, is_in)| **is_in).map(|(share, _)| share).sum();
        match excess {
            Some(excess) => held += excess + TOLERANCE / 2.0,
            None => held += least,
        }
        model = model.with(constraint!(held >= *worth));
    }
    if excess.is_some() {
        let equal = total / players as f64;
        for &share in &share {
            model =
                model.with(constraint!(least - share >= -equal)).with(constraint!(least + share >= equal));
        }
    }
    let solution = model.solve().map_err(|_| Refusal::NotSolved)?;
    Ok((share.iter().map(|&share| solution.value(share)).collect(), solution.value(least)))
}
