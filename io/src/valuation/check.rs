//! A valuation checked against its file: the conditions that right values satisfy are measured anew from the values that it tells, with nothing taken from how
//! they were found; so are the arbitrage, the unit and the components. Of least-core shares of few participants the excess is measured over all coalitions. Then all of
//! it is found again, by the same code and with the seed and the unit that it tells, and compared: shares, of which there is no short proof, and what
//! is told beside the values, of which nothing may have been changed. Cost: that of the valuation, twice.

use std::collections::BTreeMap;

use bartizan_solver::valuation::{Game, Kind, Settings, by_name};
use serde_json::{Number, Value};

use super::document::{Document, FORMAT, Measured, Outcome, Told, VERSION, adds_up, log, rest_in, rests};
use super::read::Reading;

/// How far a number may be from what it is found to be: what writing and reading it in decimals changes.
const ROUNDING: f64 = 1e-7;

/// Checks what every method found, and all that is told beside it; tells the conditions as they are found here, by method.
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
    let found = document.outcomes().map(outcome).collect::<Result<_, _>>()?;
    check_again(reading, document)?;
    Ok(found)
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

/// What holds of shares whatever rule they follow. That they follow their own is seen when they are found again.
fn check_shares(reading: &Reading, outcome: &Outcome) -> Result<Vec<Measured>, String> {
    if outcome.of != "participants" || outcome.unit.is_some() || outcome.arbitrage.is_some() {
        return Err("its values are of participants: without a unit or arbitrage".to_owned());
    }
    let given = |name: &str| outcome.parameters.get(name).copied();
    let (names, owner) =
        reading.players.as_ref().map(|(names, owner)| (&**names, &**owner)).unwrap_or_default();
    let told = in_order(names, &outcome.values)?;
    let total = given("total").ok_or("it does not tell what is shared")?;
    let mut found = vec![Measured::from(&adds_up(&told, total))];
    are_told(outcome, &found)?;
    if let (Some(graph), Some(excess)) = (reading.evidence.round(), given("excess"))
        && let Some(most) = Game::new(graph, owner, names.len()).excess(&told)
        && names.len() > 1
    {
        let name = "excess: what a coalition, of all, gains on its own beyond what is told";
        let (beyond, most) = ((most - excess).max(0.0), 1e-6);
        found.push(Measured { name: name.to_owned(), found: beyond, most, holds: beyond <= most });
    }
    Ok(found)
}

/// All that a document tells follows from the file, from the methods, the unit and the seed that it names: found again, it is the same.
fn check_again(reading: &Reading, document: &Document) -> Result<(), String> {
    let is_all = !document.others.is_empty() || !document.refused.is_empty();
    let method = if is_all { None } else { by_name(&document.first.method) };
    let unit = document.outcomes().find_map(|outcome| outcome.unit.as_deref());
    let again = Document::new(reading, method, &settings(document), unit, &mut |_| ())?;
    let [told, again] = [document, &again]
        .map(|document| serde_json::to_value(document).expect("names and numbers are values of JSON"));
    difference("", &told, &again).map_or(Ok(()), Err)
}

/// What sampled shares say that they were sampled by.
fn settings(document: &Document) -> Settings {
    let given = |name: &str| document.outcomes().find_map(|outcome| outcome.parameters.get(name).copied());
    let usual = Settings::default();
    Settings {
        seed: given("seed").map_or(usual.seed, |seed| seed as u64),
        samples: given("samples").map_or(usual.samples, |samples| samples as u32),
    }
}

/// The first place at which one document tells something else than it does when it is found again, and what.
fn difference(place: &str, told: &Value, again: &Value) -> Option<String> {
    match (told, again) {
        (Value::Object(one), Value::Object(other)) => {
            let names = one.keys().chain(other.keys().filter(|name| !one.contains_key(*name)));
            names.into_iter().find_map(|name| {
                let [told, again] = [one, other].map(|fields| fields.get(name).unwrap_or(&Value::Null));
                difference(&format!("{place}/{name}"), told, again)
            })
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let pairs = one.iter().zip(other).enumerate();
            pairs
                .into_iter()
                .find_map(|(at, (told, again))| difference(&format!("{place}/{at}"), told, again))
        }
        (Value::Number(one), Value::Number(other)) if is_near(one, other) => None,
        _ if told == again => None,
        _ => Some(format!("{place}: it tells {told}, and {again} is found again")),
    }
}

fn is_near(told: &Number, again: &Number) -> bool {
    match (told.as_i64(), again.as_i64(), told.as_f64(), again.as_f64()) {
        (Some(told), Some(again), ..) => told == again,
        (.., Some(told), Some(again)) => (told - again).abs() <= ROUNDING * told.abs().min(again.abs()),
        _ => false,
    }
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
