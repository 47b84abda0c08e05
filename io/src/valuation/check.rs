//! A valuation checked against its file: the conditions that right values satisfy are measured anew from the values that it tells, with nothing taken from how
//! they were found; so are the arbitrage and the components. Shares in a round are found again, with the seed that it tells.

use std::collections::BTreeMap;

use bartizan_solver::valuation::{Kind, Settings, by_name};

use super::document::{Arbitrage, Document, FORMAT, Measured, Outcome, Told, VERSION, log, rests, shares};
use super::read::Reading;

/// How far a number may be from what it is found to be: what writing and reading it in decimals changes.
const ROUNDING: f64 = 1e-7;

/// Checks what every method found; tells the conditions as they are found here, by method.
///
/// # Errors
/// The first thing wrong.
pub fn check(reading: &Reading, document: &Document) -> Result<Vec<(String, Vec<Measured>)>, String> {
    if document.format != FORMAT || document.version != VERSION {
        return Err(format!("expected {FORMAT:?} of version {VERSION}"));
    }
    if document.input != Told::new(reading) {
        return Err("it is of another file: it tells other goods, exchanges or components".to_owned());
    }
    let outcome = |outcome: &Outcome| {
        let conditions =
            check_outcome(reading, outcome).map_err(|wrong| format!("{}: {wrong}", outcome.method))?;
        match conditions.iter().find(|condition| !condition.holds) {
            Some(broken) => Err(format!(
                "{}: {}: {:e}, which may be at most {:e}",
                outcome.method, broken.name, broken.found, broken.most
            )),
            None => Ok((outcome.method.clone(), conditions)),
        }
    };
    document.outcomes().map(outcome).collect()
}

fn check_outcome(reading: &Reading, outcome: &Outcome) -> Result<Vec<Measured>, String> {
    let method = by_name(&outcome.method).ok_or_else(|| "no method is called so".to_owned())?;
    let Kind::Values(_, check) = method.kind else {
        return check_shares(reading, outcome);
    };
    let told = in_order(&reading.goods, &outcome.values)?;
    if let Some(wrong) = told.iter().position(|value| !value.is_finite() || *value < 0.0) {
        return Err(format!("the value of {} is not a number from 0 on", reading.goods[wrong]));
    }
    let mut log_value: Vec<f64> = told.into_iter().map(log).collect();
    if !method.is_absolute {
        reading.evidence.center(&mut log_value);
    }
    let found = rests(reading, &log_value);
    if !is_same(outcome.arbitrage.as_ref(), found.as_ref()) {
        return Err("the arbitrage that it tells is not what its values leave".to_owned());
    }
    let parameters: Vec<(&str, f64)> =
        outcome.parameters.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    Ok(check(&reading.evidence, &log_value, &parameters).iter().map(Measured::from).collect())
}

fn check_shares(reading: &Reading, outcome: &Outcome) -> Result<Vec<Measured>, String> {
    let method = by_name(&outcome.method).ok_or_else(|| "no method is called so".to_owned())?;
    let given = |name: &str| outcome.parameters.get(name).copied();
    let settings = Settings {
        seed: given("seed").unwrap_or(1.0) as u64,
        samples: given("samples").map_or(Settings::default().samples, |samples| samples as u32),
    };
    let again = shares(reading, method, &settings).map_err(|refusal| refusal.to_string())?;
    let names = reading.players.as_ref().map(|(names, _)| names.as_slice()).unwrap_or_default();
    let told = in_order(names, &outcome.values)?;
    let differences = told.iter().zip(&again.share).map(|(told, found)| (told - found).abs());
    let worst = differences.fold(0.0, f64::max);
    let sum: f64 = told.iter().sum();
    let measured = |name: &str, found: f64, most: f64| Measured {
        name: name.to_owned(),
        found,
        most,
        holds: found <= most,
    };
    let beyond = (sum - again.total).abs() / again.total.max(1.0);
    Ok(vec![
        measured("shares: what they add up to beyond what is traded, as a share", beyond, 1e-6),
        measured("difference from the shares found again", worst, 1e-6),
    ])
}

/// The numbers of `names`, in their order; there must be one for each and no other.
fn in_order(names: &[String], told: &BTreeMap<String, f64>) -> Result<Vec<f64>, String> {
    if told.len() != names.len() {
        return Err(format!("{} values are told, of {}", told.len(), names.len()));
    }
    let value = |name: &String| told.get(name).copied().ok_or_else(|| format!("no value of {name} is told"));
    names.iter().map(value).collect()
}

fn is_same(told: Option<&Arbitrage>, found: Option<&Arbitrage>) -> bool {
    let is_near = |told: f64, found: f64| (told - found).abs() <= ROUNDING * found.abs() + 1e-12;
    match (told, found) {
        (None, None) => true,
        (Some(told), Some(found)) => {
            is_near(told.share, found.share)
                && is_near(told.root_mean_square, found.root_mean_square)
                && told.residuals.len() == found.residuals.len()
                && told.residuals.iter().zip(&found.residuals).all(|(a, b)| is_near(a.log.abs(), b.log.abs()))
        }
        _ => false,
    }
}
