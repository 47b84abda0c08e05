//! A valuation checked against its file: the conditions that right values satisfy are measured anew from the values that it tells, with nothing taken from how
//! they were found; so are the arbitrage, the unit and the components. Shares in a round are found again, by the same code and with the seed that it tells; of few
//! participants the excess of least-core shares is also measured over all coalitions.

use std::collections::BTreeMap;

use bartizan_solver::valuation::{Game, Kind, Settings, by_name};

use super::document::{Document, FORMAT, Measured, Outcome, Told, VERSION, log, rest_in, rests, shares};
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
    let input = Told::new(reading);
    if document.input.left_out != input.left_out {
        return Err(format!(
            "it says that {} rows were left out, not {}",
            document.input.left_out.unwrap_or(0),
            input.left_out.unwrap_or(0)
        ));
    }
    if document.input != input {
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
    check_scale(reading, outcome, method.is_absolute, &log_value)?;
    if !method.is_absolute {
        reading.evidence.center(&mut log_value);
    }
    if outcome.of != "goods" || outcome.errors.is_some() {
        return Err("its values are of goods, and have no errors of sampling".to_owned());
    }
    if !is_arbitrage(reading, outcome, &log_value) {
        return Err("the arbitrage that it tells is not what its values leave".to_owned());
    }
    let parameters: Vec<(&str, f64)> =
        outcome.parameters.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let found: Vec<Measured> =
        check(&reading.evidence, &log_value, &parameters).iter().map(Measured::from).collect();
    are_told(outcome, &found)?;
    Ok(found)
}

/// The value of the unit is 1, and the geometric mean of every component without it.
fn check_scale(
    reading: &Reading,
    outcome: &Outcome,
    is_absolute: bool,
    log_value: &[f64],
) -> Result<(), String> {
    let unit = match &outcome.unit {
        None => None,
        Some(name) if is_absolute => {
            return Err(format!("its values have a scale of their own, not that of {name}"));
        }
        Some(name) => Some(
            reading
                .goods
                .iter()
                .position(|good| good == name)
                .ok_or_else(|| format!("its unit, {name}, is no good of the file"))?,
        ),
    };
    if is_absolute {
        return Ok(());
    }
    let evidence = &reading.evidence;
    let mut centred = log_value.to_vec();
    evidence.center(&mut centred);
    for (good, &component) in evidence.components().iter().enumerate() {
        let shift = match unit {
            Some(unit) if evidence.components()[unit] == component => centred[unit],
            _ => 0.0,
        };
        let beyond = (log_value[good] - (centred[good] - shift)).abs();
        if log_value[good].is_finite() && beyond > ROUNDING {
            return Err(format!("the value of {} is not told in the unit that it says", reading.goods[good]));
        }
    }
    Ok(())
}

/// The conditions that are told are those that were found, and hold as they are told.
fn are_told(outcome: &Outcome, found: &[Measured]) -> Result<(), String> {
    let is_told = |(told, found): (&Measured, &Measured)| {
        told.name == found.name
            && told.most.to_bits() == found.most.to_bits()
            && told.holds == (told.found <= told.most)
            && told.found >= 0.0
            && told.holds
    };
    let are_all = outcome.conditions.len() == found.len();
    if are_all && outcome.conditions.iter().zip(found).all(is_told) {
        return Ok(());
    }
    Err("the conditions that it tells are not those of its method, or do not hold".to_owned())
}

fn check_shares(reading: &Reading, outcome: &Outcome) -> Result<Vec<Measured>, String> {
    let method = by_name(&outcome.method).ok_or_else(|| "no method is called so".to_owned())?;
    if outcome.of != "participants" || outcome.unit.is_some() || outcome.arbitrage.is_some() {
        return Err("its values are of participants: without a unit or arbitrage".to_owned());
    }
    let given = |name: &str| outcome.parameters.get(name).copied();
    let settings = Settings {
        seed: given("seed").unwrap_or(1.0) as u64,
        samples: given("samples").map_or(Settings::default().samples, |samples| samples as u32),
    };
    let again = shares(reading, method, &settings).map_err(|refusal| refusal.to_string())?;
    let (names, owner) =
        reading.players.as_ref().map(|(names, owner)| (&**names, &**owner)).unwrap_or_default();
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
    let mut found =
        vec![measured("shares: what they add up to beyond what is traded, as a share", beyond, 1e-6)];
    are_told(outcome, &found)?;
    found.push(measured("difference from the shares found again", worst, 1e-6));
    let apart = |told: Option<f64>, found: Option<f64>| match (told, found) {
        (None, None) => 0.0,
        (Some(told), Some(found)) => (told - found).abs(),
        _ => f64::INFINITY,
    };
    let far = apart(given("total"), Some(again.total)).max(apart(given("excess"), again.excess));
    found.push(measured("difference from the total and the excess found again", far, 1e-6));
    let has_errors = !again.is_exact && again.excess.is_none();
    let far = match &outcome.errors {
        Some(errors) if has_errors => {
            let told = in_order(names, errors)?;
            told.iter().zip(&again.error).map(|(told, found)| (told - found).abs()).fold(0.0, f64::max)
        }
        None if !has_errors => 0.0,
        _ => f64::INFINITY,
    };
    found.push(measured("difference from the errors found again", far, 1e-6));
    if let (Some(graph), Some(excess)) = (reading.evidence.round(), given("excess"))
        && let Some(most) = Game::new(graph, owner, names.len()).excess(&told)
        && names.len() > 1
    {
        let name = "excess: what a coalition, of all, gains on its own beyond what is told";
        found.push(measured(name, (most - excess).max(0.0), 1e-6));
    }
    Ok(found)
}

/// The numbers of `names`, in their order; there must be one for each and no other.
fn in_order(names: &[String], told: &BTreeMap<String, f64>) -> Result<Vec<f64>, String> {
    if told.len() != names.len() {
        return Err(format!("{} values are told, of {}", told.len(), names.len()));
    }
    let value = |name: &String| told.get(name).copied().ok_or_else(|| format!("no value of {name} is told"));
    names.iter().map(value).collect()
}

/// Whether the arbitrage that is told is what the values leave. Of rests that are equal but for rounding any may be told first.
fn is_arbitrage(reading: &Reading, outcome: &Outcome, log_value: &[f64]) -> bool {
    let is_near = |told: f64, found: f64| (told - found).abs() <= ROUNDING * found.abs() + 1e-12;
    match (&outcome.arbitrage, rests(reading, log_value)) {
        (None, None) => true,
        (Some(told), Some(found)) => {
            let mut lines: Vec<u64> = told.residuals.iter().map(|rest| rest.line).collect();
            lines.sort_unstable();
            is_near(told.share, found.share)
                && is_near(told.root_mean_square, found.root_mean_square)
                && lines.windows(2).all(|pair| pair[0] < pair[1])
                && told.residuals.len() == found.residuals.len()
                && told.residuals.iter().zip(&found.residuals).all(|(a, b)| is_near(a.log.abs(), b.log.abs()))
                && told.residuals.iter().all(|rest| {
                    rest_in(reading, log_value, rest.line).is_some_and(|found| is_near(rest.log, found))
                })
        }
        _ => false,
    }
}
