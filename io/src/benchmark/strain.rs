//! How a method bears what is wrong with trades: its error as outliers grow and as trades are lost, and how far wash trades shift the value of the good that
//! they push, by their number as a share of honest trades.

use bartizan_solver::valuation::{Evidence, Rankings};
use serde::Serialize;

use super::contender::Contender;
use super::planted::{Making, PLAIN, market};
use super::scores::{centred_error, slope};

/// A curve: what was varied, what came of it, and the slope of the nearest line.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Curve {
    /// What was varied, and what came of it; no points if the method cannot be used on trades.
    pub points: Vec<(f64, f64)>,
    /// The slope of the nearest line; none without two points.
    pub slope: Option<f64>,
}

impl Curve {
    fn new(points: Vec<(f64, f64)>) -> Self {
        let slope = (points.len() > 1).then(|| slope(&points));
        Curve { points, slope }
    }
}

/// What is varied of a plain market.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Strain {
    /// Error (root mean square, of logarithms) by the share of outliers.
    pub outliers: Curve,
    /// Error by the share of trades that are lost.
    pub deletion: Curve,
    /// Shift of the logarithm of the pushed good's value by wash trades as a share of honest ones.
    pub wash: Curve,
}

const OUTLIERS: [f64; 4] = [0.0, 0.05, 0.1, 0.2];
const LOST: [f64; 4] = [0.0, 0.5, 0.75, 0.9];
const WASHED: [f64; 4] = [0.0, 0.005, 0.01, 0.02];

/// Strains `contender` on a market of so many goods and trades.
pub fn strain(contender: &mut Contender, size: (usize, usize), seed: u64) -> Strain {
    let mut points = |shares: &[f64], point: &dyn Fn(&mut Contender, f64) -> Option<f64>| {
        let found = shares.iter().filter_map(|&share| Some((share, point(contender, share)?)));
        Curve::new(found.collect())
    };
    let outliers = points(&OUTLIERS, &|contender, share| {
        let market = market("strain", "", &Making { outliers: share, ..PLAIN }, size, seed).ok()?;
        Some(centred_error(&market.evidence, &contender.value(&market.evidence).ok()?, &market.truth))
    });
    let deletion = points(&LOST, &|contender, share| {
        let market = market("strain", "", &PLAIN, size, seed).ok()?;
        let exchanges = market.evidence.exchanges();
        let left = ((1.0 - share) * exchanges.len() as f64) as usize;
        let evidence = Evidence::new(size.0, exchanges[..left].to_vec(), Rankings::default()).ok()?;
        Some(centred_error(&evidence, &contender.value(&evidence).ok()?, &market.truth))
    });
    let mut wash = points(&WASHED, &|contender, share| {
        let market = market("strain", "", &Making { wash: share, ..PLAIN }, size, seed).ok()?;
        let found = contender.value(&market.evidence).ok()?;
        // Against the others, whose own shift is small.
        let others = |values: &[f64]| {
            let finite: Vec<f64> = values[1..].iter().copied().filter(|value| value.is_finite()).collect();
            finite.iter().sum::<f64>() / finite.len() as f64
        };
        let shift = (found[0] - others(&found)) - (market.truth[0] - others(&market.truth));
        shift.is_finite().then_some(shift)
    });
    // What a method is off by without them is no shift.
    let without = wash.points.first().map_or(0.0, |point| point.1);
    for point in &mut wash.points {
        point.1 -= without;
    }
    Strain { outliers, deletion, wash }
}
