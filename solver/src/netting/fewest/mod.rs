//! Of clearings that are as good by all levels, one that touches few obligations: fewer notices to send, fewer claims to change. The fewest is NP-hard to find, as a
//! fixed-charge flow, so what comes back carries a bound ([`crate::certify::fewest`]), which small networks mostly meet.
//!
//! Potentials leave some obligations free; the rest is as it is in every best clearing. First the free ones are cleared anew at costs
//! that grow as less is cleared of an obligation, again and again (Kim and Pardalos 1999, "A solution approach to the fixed charge network flow problem using a
//! dynamic slope scaling procedure"), and what touches fewest is kept. Then parts of at most 300 free
//! obligations are solved by branch and bound (`branch`), to the end or up to a number of branches.
//!
//! Cost: a dozen flows over the free obligations, up to 200,000 of them; branch and bound as `branch` says. Nothing depends on time.

mod branch;
mod part;

use super::flow::{self, Errors};
use super::obligations::{Clearing, MAX_WEIGHT, Obligations, Weights};
use crate::certify::fewest::PartProof;
use part::{Free, Part};

/// How often costs are set anew.
const SLOPES: usize = 12;

/// With more free obligations costs are not set anew, since that would take long.
const MOST_SCALED: usize = 200_000;

/// Larger parts are not solved by branch and bound.
const MOST_FREE: usize = 300;

/// Changes what is cleared, which is the best by these levels, so that few obligations are touched and it is as good; those from number `counted` on do not count. Returns
/// the proofs of parts.
pub fn touch_few(
    obligations: &Obligations,
    levels: &[Weights],
    clearing: &mut Clearing,
    counted: usize,
) -> Vec<PartProof> {
    let free = free(obligations, levels, clearing);
    if free.len() <= MOST_SCALED {
        scale_slopes(obligations, &free, &mut clearing.cleared, counted);
    }
    let mut proofs = Vec::new();
    for part in parts(obligations, &free, &clearing.cleared, counted) {
        if part.free.len() > MOST_FREE {
            continue;
        }
        let before = part.free.iter().map(|free| clearing.cleared[free.number as usize]).collect();
        let (cleared, tree) = branch::best(&part, before);
        for (free, cleared) in part.free.iter().zip(cleared) {
            clearing.cleared[free.number as usize] = cleared;
        }
        proofs.push(PartProof { participants: part.participants, tree });
    }
    proofs
}

/// The obligations of which potentials leave open how much is cleared.
fn free(obligations: &Obligations, levels: &[Weights], clearing: &Clearing) -> Vec<u32> {
    let is_free = |&number: &u32| {
        let number = number as usize;
        let mut gains = levels
            .iter()
            .zip(&clearing.potentials)
            .map(|(weights, potentials)| obligations.gain(weights, potentials, number));
        obligations.amount[number] > 0
            && obligations.debtor[number] != obligations.creditor[number]
            && gains.all(|gain| gain == 0)
    };
    (0..obligations.amount.len() as u32).filter(is_free).collect()
}

/// Clears the free obligations at costs that grow as less is cleared of one, and keeps what touches fewest.
fn scale_slopes(obligations: &Obligations, free: &[u32], cleared: &mut [i64], counted: usize) {
    let touched = |cleared: &[i64]| {
        free.iter().filter(|&&number| (number as usize) < counted && cleared[number as usize] > 0).count()
    };
    let mut fewest = touched(cleared);
    let mut now = cleared.to_vec();
    let mut share: Vec<i64> = free.iter().map(|&number| obligations.amount[number as usize]).collect();
    let mut weights = vec![0; obligations.amount.len()];
    for _ in 0..SLOPES {
        let least = share.iter().copied().min().unwrap_or(1);
        for (&number, &share) in free.iter().zip(&share) {
            let cost = i128::from(MAX_WEIGHT) * i128::from(least) / i128::from(share);
            weights[number as usize] = if (number as usize) < counted { -(cost.max(1) as i32) } else { 0 };
        }
        flow::circulation(obligations, &weights, (free, Errors::Last), &mut now);
        let count = touched(&now);
        if count < fewest {
            fewest = count;
            cleared.copy_from_slice(&now);
        }
        let mut is_same = true;
        for (&number, share) in free.iter().zip(&mut share) {
            let cleared = now[number as usize];
            if cleared > 0 {
                is_same &= *share == cleared;
                *share = cleared;
            }
        }
        if is_same {
            break;
        }
    }
}

/// The parts in which free obligations hang together, by their first obligation.
fn parts(obligations: &Obligations, free: &[u32], cleared: &[i64], counted: usize) -> Vec<Part> {
    let mut leader: Vec<u32> = (0..obligations.participants as u32).collect();
    for &number in free {
        let ends = [obligations.debtor[number as usize], obligations.creditor[number as usize]];
        let [one, other] = ends.map(|end| find(&mut leader, end));
        leader[one.max(other) as usize] = one.min(other);
    }
    let mut parts: Vec<Part> = Vec::new();
    // By participant, which part it leads; and which node of its part it is.
    let mut led = vec![u32::MAX; obligations.participants];
    let mut place = vec![u32::MAX; obligations.participants];
    for &number in free {
        let at = number as usize;
        let ends = [obligations.debtor[at], obligations.creditor[at]];
        let led = &mut led[find(&mut leader, ends[0]) as usize];
        if *led == u32::MAX {
            *led = parts.len() as u32;
            parts.push(Part::default());
        }
        let part = &mut parts[*led as usize];
        let ends = ends.map(|end| {
            let place = &mut place[end as usize];
            if *place == u32::MAX {
                *place = part.participants.len() as u32;
                part.participants.push(end);
                part.needs.push(0);
            }
            *place
        });
        part.needs[ends[0] as usize] += cleared[at];
        part.needs[ends[1] as usize] -= cleared[at];
        part.free.push(Free { ends, amount: obligations.amount[at], counts: at < counted, number });
    }
    parts
}

/// Who leads those with whom a node hangs together.
fn find(leader: &mut [u32], mut node: u32) -> u32 {
    while leader[node as usize] != node {
        leader[node as usize] = leader[leader[node as usize] as usize];
        node = leader[node as usize];
    }
    node
}

#[cfg(test)]
mod tests;
