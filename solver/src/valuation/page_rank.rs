//! Popularity by `PageRank`: the long-run shares of somebody who gives up each good for one that was got for it, and now and then starts anew at any.
//!
//! - Input: exchanges, from what is given to what is got, by weight; of a ranking, from each good to every better one, so that its list counts once in all.
//!   Amounts say nothing here.
//! - This is **popularity, not value**: what many ask for, and what those ask for who are asked for. Amounts being nothing here, wash
//!   trades raise it by their number alone, whatever their rates; the benchmark tells how far. It is here as the warning it is.
//! - Source: Brin and Page 1998; a good that nobody gives up leads to all alike.
//! - Cost: O(exchanges) a step; 0.85 to the power of steps is the error, some 220 steps.

use super::estimate::{Condition, Estimate, Settings};
use super::evidence::{Evidence, Refusal};
use super::number::{exp, ln};

/// The chance to go on rather than to start anew.
const DAMPING: f64 = 0.85;

const STEPS: usize = 230;

/// Finds the shares.
pub(super) fn estimate(evidence: &Evidence, _: &Settings) -> Result<Estimate, Refusal> {
    let flows = flows(evidence)?;
    let mut share = vec![1.0 / evidence.good_count() as f64; evidence.good_count()];
    let mut done = 0;
    while done < STEPS {
        done += 1;
        let next = step(&flows, &share);
        let change: f64 = next.iter().zip(&share).map(|(next, share)| (next - share).abs()).sum();
        share = next;
        if change < 1e-16 {
            break;
        }
    }
    let log_value = share.into_iter().map(ln).collect();
    let note = "popularity, not value: how much a good is asked for, which trades made up for the purpose raise at will";
    Ok(Estimate::new(evidence, log_value, done).note(true, note))
}

/// From, to, and the share of what leaves the first; and which goods nothing leaves.
type Flows = (Vec<(u32, u32, f64)>, Vec<bool>);

fn flows(evidence: &Evidence) -> Result<Flows, Refusal> {
    let mut flows: Vec<(u32, u32, f64)> =
        evidence.exchanges().iter().map(|x| (x.gives, x.gets, x.weight)).collect();
    for (list, weight) in evidence.rankings().weighted() {
        let pairs = list.len() * (list.len() - 1) / 2;
        if flows.len() + pairs > super::wins::MOST_PAIRS {
            return Err(Refusal::TooLarge("pairs of goods in rankings", super::wins::MOST_PAIRS));
        }
        for (place, &worse) in list.iter().enumerate() {
            flows.extend(list[..place].iter().map(|&better| (worse, better, weight / pairs as f64)));
        }
    }
    if flows.is_empty() {
        return Err(Refusal::Needs("exchanges or rankings"));
    }
    let mut out = vec![0.0; evidence.good_count()];
    for &(from, _, weight) in &flows {
        out[from as usize] += weight;
    }
    for (from, _, weight) in &mut flows {
        *weight /= out[*from as usize];
    }
    Ok((flows, out.into_iter().map(|out| out == 0.0).collect()))
}

fn step((flows, is_end): &Flows, share: &[f64]) -> Vec<f64> {
    let ends: f64 = share.iter().zip(is_end).filter(|(_, is_end)| **is_end).map(|(share, _)| share).sum();
    let all: f64 = share.iter().sum();
    let anew = ((1.0 - DAMPING) * all + DAMPING * ends) / share.len() as f64;
    let mut next = vec![anew; share.len()];
    for &(from, to, part) in flows {
        next[to as usize] += DAMPING * share[from as usize] * part;
    }
    next
}

/// One more step changes nothing. Shares of several components, which values do not compare, are brought to add up to what each holds.
pub(super) fn check(evidence: &Evidence, log_value: &[f64], _: &[(&str, f64)]) -> Vec<Condition> {
    let Ok(flows) = flows(evidence) else { return Vec::new() };
    // No flow leaves a component, so it keeps (1 - damping) of its even share, and what ends within it is spread over all.
    let count = evidence.good_count() as f64;
    let mut share: Vec<f64> = log_value.iter().map(|&log| exp(log)).collect();
    let mut held = vec![0.0; evidence.component_count()];
    let mut even = vec![0.0; evidence.component_count()];
    let mut ends = vec![0.0; evidence.component_count()];
    for (good, &component) in evidence.components().iter().enumerate() {
        held[component as usize] += share[good];
        even[component as usize] += 1.0 / count;
        if flows.1[good] {
            ends[component as usize] += share[good];
        }
    }
    // Held by c: anew * even_c + damping * (held_c - ends_c), with ends_c a fixed part of held_c; anew is the same for all.
    let mut total = 0.0;
    let scale: Vec<f64> = (0..held.len())
        .map(|c| {
            let kept = 1.0 - DAMPING * (1.0 - ends[c] / held[c]);
            let scale = even[c] / kept / held[c];
            total += scale * held[c];
            scale
        })
        .collect();
    for (share, &component) in share.iter_mut().zip(evidence.components()) {
        *share *= scale[component as usize] / total;
    }
    let next = step(&flows, &share);
    let worst =
        next.iter().zip(&share).map(|(next, share)| (next - share).abs() / share.max(f64::MIN_POSITIVE));
    vec![Condition::new("walk: what one more step changes, as a share", worst.fold(0.0, f64::max), 1e-8)]
}
