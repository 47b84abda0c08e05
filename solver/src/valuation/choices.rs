//! The values under which a list of choices is likeliest, when each good of the set that is left is chosen with a chance in proportion to
//! its value: Plackett and Luce's model, and with sets of two Bradley and Terry's.
//!
//! The log-likelihood is concave in the logarithms of the values. Its maximum, the fixed point to which the MM algorithm (Hunter 2004)
//! climbs step by small step, is found here by Newton's steps, halved while they lead downhill; each is solved by conjugate
//! gradients in the metric of the diagonal. Cost: O(places) a step, thanks to sums over the rest of each list.
//!
//! Of lopsided choices nothing is told as 1 less a number near 1: what a good gains where it is chosen is the chance of the others, and so is how
//! unlikely that was. So rates far from 1 to 1 are met too.

use super::estimate::{Condition, Estimate, Settings};
use super::evidence::Evidence;
use super::laplacian::dot;
use super::least_squares;
use super::number::{exp, ln, ln_1p};

const MOST_STEPS: usize = 100;

/// The longest move of a logarithm in one step.
const LONGEST: f64 = 4.0;

/// How far what a good gains may be from what it loses, as a share of both.
const TOLERANCE: f64 = 1e-12;

/// Rankings with how often each was made.
#[derive(Clone, Debug, Default)]
pub(super) struct Choices {
    first: Vec<u32>,
    good: Vec<u32>,
    weight: Vec<f64>,
}

impl Choices {
    pub(super) fn push(&mut self, list: impl Iterator<Item = u32>, weight: f64) {
        if weight > 0.0 {
            self.first.push(self.good.len() as u32);
            self.good.extend(list);
            self.weight.push(weight);
        }
    }

    fn lists(&self) -> impl Iterator<Item = (&[u32], f64)> {
        let end = |index: usize| self.first.get(index + 1).map_or(self.good.len(), |&end| end as usize);
        self.weight
            .iter()
            .enumerate()
            .map(move |(index, &weight)| (&self.good[self.first[index] as usize..end(index)], weight))
    }

    /// The likelihood at `log_value`, its gradient, and the pieces of its curvature.
    fn look(&self, log_value: &[f64], view: &mut View) {
        view.gradient.fill(0.0);
        view.diagonal.fill(0.0);
        view.size.fill(0.0);
        view.worth.clear();
        view.after.clear();
        let mut likelihood = 0.0;
        for (list, weight) in self.lists() {
            let most = list.iter().map(|&good| log_value[good as usize]).fold(f64::MIN, f64::max);
            let start = view.worth.len();
            view.worth.extend(list.iter().map(|&good| exp(log_value[good as usize] - most)));
            view.after.resize(view.worth.len(), 0.0);
            let (worth, after) = (&view.worth[start..], &mut view.after[start..]);
            let mut sum = 0.0;
            for (after, worth) in after.iter_mut().zip(worth).rev() {
                sum += worth;
                *after = sum;
            }
            let (mut inverse, mut squares) = (0.0, 0.0);
            for (place, &good) in list.iter().enumerate() {
                // What it loses where others are chosen before it, and gains where it is chosen.
                let lost = weight * worth[place] * inverse;
                let mut gained = 0.0;
                let mut spread = worth[place] * (inverse - worth[place] * squares).max(0.0);
                // The last one left is no choice.
                if place + 1 < list.len() {
                    // Of a choice that was nearly certain, from what the others add, however little.
                    let others = after[place + 1];
                    let surprise = if others < worth[place] {
                        ln_1p(others / worth[place])
                    } else {
                        ln(after[place]) - (log_value[good as usize] - most)
                    };
                    likelihood -= weight * surprise;
                    gained = weight * after[place + 1] / after[place];
                    spread += worth[place] * after[place + 1] / (after[place] * after[place]);
                    inverse += 1.0 / after[place];
                    squares += 1.0 / (after[place] * after[place]);
                }
                if list.len() == 2 {
                    spread = worth[0] * worth[1] / (after[0] * after[0]);
                }
                view.gradient[good as usize] += gained - lost;
                view.size[good as usize] += gained + lost;
                view.diagonal[good as usize] += weight * spread;
            }
        }
        view.likelihood = likelihood;
    }

    /// The curvature at what was looked at, along `x`.
    fn curve(&self, view: &View, x: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        let mut start = 0;
        let mut means = Vec::new();
        for (list, weight) in self.lists() {
            let (worth, after) = (&view.worth[start..start + list.len()], &view.after[start..]);
            start += list.len();
            if let [a, b] = *list {
                let spread = worth[0] * worth[1] / (after[0] * after[0]);
                let by = weight * spread * (x[a as usize] - x[b as usize]);
                out[a as usize] += by;
                out[b as usize] -= by;
                continue;
            }
            means.clear();
            means.resize(list.len(), 0.0);
            let mut sum = 0.0;
            for (place, &good) in list.iter().enumerate().rev() {
                sum += worth[place] * x[good as usize];
                means[place] = sum / after[place];
            }
            let (mut inverse, mut mean) = (0.0, 0.0);
            for (place, &good) in list.iter().enumerate() {
                if place + 1 < list.len() {
                    inverse += 1.0 / after[place];
                    mean += means[place] / after[place];
                }
                out[good as usize] += weight * worth[place] * (x[good as usize] * inverse - mean);
            }
        }
    }

    /// The values under which these choices are likeliest.
    pub(super) fn fit(&self, evidence: &Evidence) -> Estimate {
        let count = evidence.good_count();
        let mut log_value = vec![0.0; count];
        let (mut view, mut ahead) = (View::new(count), View::new(count));
        self.look(&log_value, &mut view);
        // Exchanges alone may say nearly all, however far from 1 to 1 they are.
        if let Ok(start) = least_squares::estimate(evidence, &Settings::default()) {
            self.look(&start.log_value, &mut ahead);
            if ahead.likelihood > view.likelihood {
                log_value = start.log_value;
                std::mem::swap(&mut view, &mut ahead);
            }
        }
        let mut steps = 0;
        while steps < MOST_STEPS && view.worst() > TOLERANCE {
            steps += 1;
            let mut direction = self.direction(evidence, &view);
            evidence.center(&mut direction);
            let longest = direction.iter().fold(0.0_f64, |most, by| most.max(by.abs()));
            let mut length = (LONGEST / longest).min(1.0);
            let moved = loop {
                let next: Vec<f64> =
                    log_value.iter().zip(&direction).map(|(value, by)| value + length * by).collect();
                self.look(&next, &mut ahead);
                // Near the top, steps lower the likelihood by rounding alone; the gradient then tells.
                let is_higher = ahead.likelihood > view.likelihood;
                let is_flatter = ahead.worst() < view.worst()
                    && ahead.likelihood >= view.likelihood - 1e-12 * view.likelihood.abs();
                if is_higher || is_flatter {
                    break Some(next);
                }
                length /= 2.0;
                if length < 1e-6 {
                    break None;
                }
            };
            let Some(next) = moved else { break };
            log_value = next;
            std::mem::swap(&mut view, &mut ahead);
        }
        Estimate::new(evidence, log_value, steps)
    }

    /// Newton's direction.
    fn direction(&self, evidence: &Evidence, view: &View) -> Vec<f64> {
        let count = view.gradient.len();
        let scaled = |residual: &[f64]| -> Vec<f64> {
            residual.iter().zip(&view.diagonal).map(|(r, d)| if *d > 0.0 { r / d } else { 0.0 }).collect()
        };
        let (mut x, mut product) = (vec![0.0; count], vec![0.0; count]);
        let mut residual = view.gradient.clone();
        even(evidence, view, &mut residual);
        let mut direction = scaled(&residual);
        let mut size = dot(&residual, &direction);
        // No smaller than what the rounding of what is gained and lost comes to.
        let rounding =
            scaled(&view.size).iter().zip(&view.size).map(|(scaled, size)| scaled * size).sum::<f64>();
        let goal = (1e-20 * size).max(f64::EPSILON * f64::EPSILON * rounding);
        for _ in 0..2 * count + 100 {
            self.curve(view, &direction, &mut product);
            let curvature = dot(&direction, &product);
            if curvature <= 0.0 || size <= 0.0 {
                break;
            }
            let length = size / curvature;
            for index in 0..count {
                x[index] += length * direction[index];
                residual[index] -= length * product[index];
            }
            let step = scaled(&residual);
            let next = dot(&residual, &step);
            if next <= goal {
                break;
            }
            for (direction, step) in direction.iter_mut().zip(&step) {
                *direction = step + next / size * *direction;
            }
            size = next;
        }
        x
    }

    /// At the maximum what each good gains where it is chosen, the chance of the others, is what it loses where it is not, its own chance. Goes
    /// through every set that is left, one after the other.
    pub(super) fn check(&self, log_value: &[f64]) -> Vec<Condition> {
        let mut sum = vec![0.0; log_value.len()];
        let mut size = vec![0.0; log_value.len()];
        for (list, weight) in self.lists() {
            for place in 0..list.len() - 1 {
                let left = &list[place..];
                let most = left.iter().map(|&good| log_value[good as usize]).fold(f64::MIN, f64::max);
                let total: f64 = left.iter().map(|&good| exp(log_value[good as usize] - most)).sum();
                let mut others = 0.0;
                for &good in left.iter().skip(1) {
                    let chance = weight * (exp(log_value[good as usize] - most) / total);
                    others += chance;
                    sum[good as usize] -= chance;
                    size[good as usize] += chance;
                }
                sum[left[0] as usize] += others;
                size[left[0] as usize] += others;
            }
        }
        let worst =
            sum.iter().zip(size).map(|(sum, size): (&f64, f64)| sum.abs() / size.max(f64::MIN_POSITIVE));
        let name = "likelihood: what a good gains beyond what it loses, as a share of both";
        vec![Condition::new(name, worst.fold(0.0, f64::max), 1e-8)]
    }
}

/// Makes gradients add up to 0 in each component, but for rounding of the good that has the most curvature, which it concerns the least.
fn even(evidence: &Evidence, view: &View, gradient: &mut [f64]) {
    let mut sum = vec![0.0; evidence.component_count()];
    let mut firmest: Vec<Option<usize>> = vec![None; evidence.component_count()];
    for (good, &component) in evidence.components().iter().enumerate() {
        sum[component as usize] += gradient[good];
        let best = &mut firmest[component as usize];
        if best.is_none_or(|best| view.diagonal[good] > view.diagonal[best]) {
            *best = Some(good);
        }
    }
    for (sum, good) in sum.iter().zip(firmest) {
        if let Some(good) = good {
            gradient[good] -= sum;
        }
    }
}

/// The likelihood near some values.
struct View {
    likelihood: f64,
    gradient: Vec<f64>,
    /// What each good gains and loses.
    size: Vec<f64>,
    /// The diagonal of the curvature.
    diagonal: Vec<f64>,
    /// By place: the value, as a share of the greatest of its list; and the sum of those from there on.
    worth: Vec<f64>,
    after: Vec<f64>,
}

impl View {
    fn new(count: usize) -> Self {
        let none = || vec![0.0; count];
        View {
            likelihood: 0.0,
            gradient: none(),
            size: none(),
            diagonal: none(),
            worth: Vec::new(),
            after: Vec::new(),
        }
    }

    /// The most that a good gains beyond what it loses, as a share of both.
    fn worst(&self) -> f64 {
        let shares =
            self.gradient.iter().zip(&self.size).map(|(sum, size)| sum.abs() / size.max(f64::MIN_POSITIVE));
        shares.fold(0.0, f64::max)
    }
}
