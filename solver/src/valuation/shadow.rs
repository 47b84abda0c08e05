//! Shadow prices: how much more would be cleared if there were one more of a good.
//!
//! - Input: exchanges, as offers that may be filled in part at their own rates, or a round of single items.
//! - Offers: the linear program fills them so that no more of a good is got than is given, and clears the most, counted at the values by least
//!   squares. Of a round, as many items as can be are traded. The prices are the duals. A good of which there is enough
//!   has the price 0: shadow prices tell scarcity, not worth, and are not unique where the optimum is degenerate.
//! - Source: Dantzig 1951; Koopmans 1951; for rounds Shapley and Shubik 1971 ("The assignment game").
//! - Cost: a simplex method (`good_lp`, microlp) for offers, so at most [`MOST_EXCHANGES`], and no clock stops it; an assignment problem for a round.
//! - Proof: any prices bound what can be cleared; these meet the most that is. Where rates or amounts are so far apart that the linear program loses its digits
//!   they do not, and are refused.

use good_lp::{Expression, ProblemVariables, Solution, SolverModel, Variable, constraint, microlp, variable};

use super::estimate::{Condition, Estimate, Settings};
use super::evidence::{Evidence, Refusal};
use super::least_squares;
use super::number::{exp, ln};
use crate::{Face, Graph, LinearGains};

/// The most offers that the linear program takes.
pub(super) const MOST_EXCHANGES: usize = 2_000;

/// The greatest price, as a multiple of the value by least squares. Free variables make the simplex method cycle.
const MOST_PRICE: f64 = 1e9;

/// Finds the prices. They keep their own scale: what is cleared, by one of the good.
pub(super) fn estimate(evidence: &Evidence, settings: &Settings) -> Result<Estimate, Refusal> {
    let note = "scarcity, not worth, on a scale of its own: a good of which there is enough has the price 0";
    let price = match evidence.round() {
        Some(graph) => {
            let price = solved(graph).prices.pop().expect("one level was solved");
            let least = price.iter().copied().min().unwrap_or(0);
            price.into_iter().map(|price| (price - least) as f64).collect()
        }
        None => Program::new(evidence, settings)?.prices()?,
    };
    let log = |price: f64| if price > 0.0 { ln(price) } else { f64::NEG_INFINITY };
    let log_value: Vec<f64> = price.into_iter().map(log).collect();
    if evidence.round().is_none() && !check(evidence, &log_value, &[]).iter().all(Condition::holds) {
        return Err(Refusal::Apart);
    }
    Ok(Estimate { log_value, steps: 1, notes: vec![note], parameters: Vec::new() })
}

/// The bound that the prices prove is what can be cleared.
pub(super) fn check(evidence: &Evidence, log_value: &[f64], _: &[(&str, f64)]) -> Vec<Condition> {
    let price: Vec<f64> = log_value.iter().map(|&log| exp(log)).collect();
    let (bound, best, least) = if let Some(graph) = evidence.round() {
        let best = |taker: usize| {
            let gain = |&head: &u32| f64::from(head as usize != taker) - price[head as usize];
            graph.heads(taker).iter().map(gain).fold(f64::MIN, f64::max)
        };
        let bound = price.iter().sum::<f64>() + (0..graph.node_count()).map(best).sum::<f64>();
        let takes = solved(graph).takes;
        (bound, takes.iter().enumerate().filter(|&(taker, &head)| head as usize != taker).count() as f64, 1.0)
    } else {
        let found = Program::new(evidence, &Settings::default())
            .and_then(|program| Ok((program.bound(&price), program.most()?, program.unit())));
        found.unwrap_or((f64::INFINITY, 0.0, f64::MIN_POSITIVE))
    };
    // Nothing may be cleared at all: then the prices allow no more than rounding of what is offered.
    let gap = (bound - best).abs() / best.max(least);
    vec![Condition::new("gap between what is cleared and what the prices allow, as a share", gap, 1e-6)]
}

/// A round in which as many items as can be are traded.
fn solved(graph: &Graph) -> Face {
    let mut face = Face::whole(graph);
    face.optimise(graph, &LinearGains::ByTaker(vec![1; graph.node_count()]), 1);
    face
}

/// Offers, counted at reference values: what each gives counts `worth`, and what it gets `ratio` for each of that.
struct Program {
    offers: Vec<Offer>,
    reference: Vec<f64>,
}

struct Offer {
    gives: usize,
    gets: usize,
    worth: f64,
    ratio: f64,
}

impl Program {
    fn new(evidence: &Evidence, settings: &Settings) -> Result<Self, Refusal> {
        if evidence.exchanges().len() > MOST_EXCHANGES {
            return Err(Refusal::TooLarge("exchanges", MOST_EXCHANGES));
        }
        let values = least_squares::estimate(evidence, settings)?;
        let reference = values.values()?;
        let offers = evidence.rated().map(|(exchange, rate)| {
            let (gives, gets) = (exchange.gives as usize, exchange.gets as usize);
            let rest = rate - (values.log_value[gives] - values.log_value[gets]);
            let worth = exchange.weight * exchange.given * reference[gives];
            Offer { gives, gets, worth, ratio: exp(rest) }
        });
        let offers: Vec<Offer> = offers.collect();
        match offers.iter().position(|offer| !offer.worth.is_normal() || !offer.ratio.is_normal()) {
            Some(offer) => Err(Refusal::Overflow(offers[offer].gives)),
            None => Ok(Program { offers, reference }),
        }
    }

    /// The mean worth, by which the program is scaled.
    fn unit(&self) -> f64 {
        self.offers.iter().map(|offer| offer.worth).sum::<f64>() / self.offers.len() as f64
    }

    /// The dual program: the least sum of surpluses, an offer's being what it clears and its goods' prices give, less what they take.
    fn prices(&self) -> Result<Vec<f64>, Refusal> {
        let mut variables = ProblemVariables::new();
        let price: Vec<Variable> =
            self.reference.iter().map(|_| variables.add(variable().min(0.0).max(MOST_PRICE))).collect();
        let surplus: Vec<Variable> = self.offers.iter().map(|_| variables.add(variable().min(0.0))).collect();
        let unit = self.unit();
        let total: Expression =
            self.offers.iter().zip(&surplus).map(|(offer, &surplus)| offer.worth / unit * surplus).sum();
        let mut model = variables.minimise(total).using(microlp);
        for (offer, &surplus) in self.offers.iter().zip(&surplus) {
            let (gives, gets) = (price[offer.gives], price[offer.gets]);
            model = model.with(constraint!(surplus - gives + offer.ratio * gets >= 1.0));
        }
        let solution = model.solve().map_err(|_| Refusal::NotSolved)?;
        let told = |(price, reference): (&Variable, &f64)| solution.value(*price).max(0.0) * reference;
        Ok(price.iter().zip(&self.reference).map(told).collect())
    }

    /// What can be cleared at most, by `price`.
    fn bound(&self, price: &[f64]) -> f64 {
        let price = |good: usize| price[good] / self.reference[good];
        let surplus = |offer: &Offer| 1.0 + price(offer.gives) - offer.ratio * price(offer.gets);
        self.offers.iter().map(|offer| offer.worth * surplus(offer).max(0.0)).sum()
    }

    /// The primal program: what can be cleared.
    fn most(&self) -> Result<f64, Refusal> {
        let mut variables = ProblemVariables::new();
        let filled: Vec<Variable> =
            self.offers.iter().map(|_| variables.add(variable().min(0.0).max(1.0))).collect();
        let unit = self.unit();
        let mut left: Vec<Expression> = vec![Expression::default(); self.reference.len()];
        let mut total = Expression::default();
        for (offer, &filled) in self.offers.iter().zip(&filled) {
            let worth = offer.worth / unit;
            total += worth * filled;
            left[offer.gives] += worth * filled;
            left[offer.gets] += -worth * offer.ratio * filled;
        }
        let mut model = variables.maximise(total).using(microlp);
        for left in left {
            model = model.with(constraint!(left >= 0.0));
        }
        let solution = model.solve().map_err(|_| Refusal::NotSolved)?;
        Ok(self.offers.iter().zip(&filled).map(|(offer, &filled)| offer.worth * solution.value(filled)).sum())
    }
}
