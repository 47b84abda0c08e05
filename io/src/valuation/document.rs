//! A valuation as a document for programs (`valuation.schema.json` describes it): what was valued, and of each method the values, the arbitrage they leave, and
//! the conditions that they satisfy.

use std::collections::BTreeMap;
use std::io::{self, Write};

use bartizan_solver::valuation::number::ln;
use bartizan_solver::valuation::{
    Condition, Evidence, Game, Kind, METHODS, Method, Refusal, Settings, Shares, arbitrage,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::read::Reading;

/// What the document's `format` field says.
pub const FORMAT: &str = "bartizan-valuation";

/// The version that is written and read.
pub const VERSION: u32 = 1;

/// The JSON Schema of the document.
pub const SCHEMA: &str = include_str!("valuation.schema.json");

/// How many of the exchanges that are farthest from the values are told.
const MOST_RESTS: usize = 10;

/// Beyond so many participants, shares in a round are found only if asked for by name.
const MOST_PLAYERS: usize = 40;

/// The document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// What was valued.
    pub input: Told,
    /// What the first method found.
    #[serde(flatten)]
    pub first: Outcome,
    /// What the other methods found, if all were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Outcome>,
    /// Methods that cannot be used on this input, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Refused>,
}

/// What was valued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// `trades`, `offers`, `obligations` or `wants`.
    pub kind: String,
    /// How many goods.
    pub goods: usize,
    /// How many exchanges.
    pub exchanges: usize,
    /// How many rankings.
    pub rankings: usize,
    /// How many rows were left out since they cannot be used, if any were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<usize>,
    /// The goods by component, if there is more than one: values of different components cannot be compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Vec<String>>,
}

/// What a method found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The method's name.
    pub method: String,
    /// Whether values are of `goods`, or of `participants`: their shares in the round.
    pub of: String,
    /// The good whose value is 1, in its component; else the geometric mean of each component is, but of values that have a scale of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The values, by name.
    pub values: BTreeMap<String, f64>,
    /// The standard errors of values that were found by sampling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<BTreeMap<String, f64>>,
    /// What of the exchanges the values do not explain; none without exchanges, or if a good of one is worth 0, of which rates say nothing.
    #[serde(deserialize_with = "Option::deserialize")]
    pub arbitrage: Option<Arbitrage>,
    /// What holds of right values, as it was measured.
    pub conditions: Vec<Measured>,
    /// What the method chose, or was given.
    pub parameters: BTreeMap<String, f64>,
    /// Steps until the values were found.
    pub steps: usize,
    /// What is to be known of these values.
    pub notes: Vec<String>,
}

/// What of the exchanges the values do not explain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arbitrage {
    /// The squares of the rests as a share of those of the logarithms of rates.
    pub share: f64,
    /// The root of the mean square of the rests; 0.01 is about one per cent an exchange.
    pub root_mean_square: f64,
    /// The exchanges that are farthest from the values, the farthest first.
    pub residuals: Vec<Rest>,
}

/// How far an exchange is from the values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rest {
    /// Its line in the file, or, in an instance of Gnosis or CoW, which order it is.
    pub line: u64,
    /// The logarithm of its rate, less what the values say.
    pub log: f64,
}

/// A condition as it was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// What is measured.
    pub name: String,
    /// What it is.
    pub found: f64,
    /// What it may be.
    pub most: f64,
    /// Whether it is at most that.
    pub holds: bool,
}

/// A method that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The method's name.
    pub method: String,
    /// Why.
    pub why: String,
}

impl From<&Condition> for Measured {
    fn from(condition: &Condition) -> Self {
        Measured {
            name: condition.name.to_owned(),
            found: condition.found,
            most: condition.most,
            holds: condition.holds(),
        }
    }
}

impl Document {
    /// Values `reading` by one method, or by all that can be used on it.
    ///
    /// # Errors
    /// If the one method, or every method, cannot be used, or nothing is called `unit`.
    pub fn new(
        reading: &Reading,
        method: Option<&Method>,
        settings: &Settings,
        unit: Option<&str>,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Self, String> {
        let unit = unit.map(|name| {
            let found = reading.goods.iter().position(|good| good == name);
            found.ok_or_else(|| format!("no good is called {name:?}"))
        });
        let unit = unit.transpose()?;
        let (mut found, mut refused) = (Vec::new(), Vec::new());
        for one in METHODS.iter().filter(|one| method.is_none_or(|method| method.name == one.name)) {
            progress(one.name);
            let many = reading.players.as_ref().is_some_and(|(names, _)| names.len() > MOST_PLAYERS);
            let outcome = match one.kind {
                Kind::Shares(_) if method.is_none() && many => Err(format!(
                    "more than {MOST_PLAYERS} participants, which takes long: ask for it by name"
                )),
                _ => outcome(reading, one, settings, unit).map_err(|refusal| told(reading, &refusal)),
            };
            match outcome {
                Ok(outcome) => found.push(outcome),
                Err(why) => refused.push(Refused { method: one.name.to_owned(), why }),
            }
        }
        if found.is_empty() {
            let why: Vec<String> = refused.iter().map(|one| format!("{}: {}", one.method, one.why)).collect();
            return Err(why.join("; "));
        }
        let first = found.remove(0);
        let input = Told::new(reading);
        Ok(Document { format: FORMAT.to_owned(), version: VERSION, input, first, others: found, refused })
    }

    /// What all methods found.
    pub fn outcomes(&self) -> impl Iterator<Item = &Outcome> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// Reads a document.
    ///
    /// # Errors
    /// If it is none, or has a field that no document has.
    pub fn read(text: &[u8]) -> Result<Self, String> {
        let document: Document = crate::json::read(text).map_err(|error| error.to_string())?;
        let given = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        let known = serde_json::to_value(&document).map_err(|error| error.to_string())?;
        match unknown(&given, &known) {
            Some(field) => Err(format!("the field `{field}` is not known")),
            None => Ok(document),
        }
    }

    /// Writes the document.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        writeln!(out)
    }
}

/// A field of `given` that `known`, the same document written again, does not have. Fields that are empty may be left out when they are written.
fn unknown(given: &Value, known: &Value) -> Option<String> {
    match (given, known) {
        (Value::Object(given), Value::Object(known)) => {
            given.iter().find_map(|(name, value)| match known.get(name) {
                Some(known) => unknown(value, known),
                None => (!value.is_null() && *value != Value::Array(Vec::new())).then(|| name.clone()),
            })
        }
        (Value::Array(given), Value::Array(known)) => {
            given.iter().zip(known).find_map(|(given, known)| unknown(given, known))
        }
        _ => None,
    }
}

impl Told {
    /// What is valued.
    pub fn new(reading: &Reading) -> Self {
        let evidence = &reading.evidence;
        let mut components = Vec::new();
        if evidence.component_count() > 1 {
            components = vec![Vec::new(); evidence.component_count()];
            for (name, &component) in reading.goods.iter().zip(evidence.components()) {
                components[component as usize].push(name.clone());
            }
        }
        Told {
            kind: reading.kind.to_owned(),
            goods: reading.goods.len(),
            exchanges: evidence.exchanges().len(),
            rankings: evidence.rankings().len(),
            left_out: (reading.left_out > 0).then_some(reading.left_out),
            components,
        }
    }
}

/// A refusal in the words of the file.
fn told(reading: &Reading, refusal: &Refusal) -> String {
    match refusal {
        Refusal::Overflow(good) => format!("the value of {} is out of range", reading.goods[*good]),
        _ => refusal.to_string(),
    }
}

fn outcome(
    reading: &Reading,
    method: &Method,
    settings: &Settings,
    unit: Option<usize>,
) -> Result<Outcome, Refusal> {
    match method.kind {
        Kind::Values(estimate, check) => {
            let mut found = estimate(&reading.evidence, settings)?;
            let conditions = check(&reading.evidence, &found.log_value, &found.parameters);
            let unit = unit.filter(|&unit| !method.is_absolute && found.log_value[unit].is_finite());
            if let Some(unit) = unit {
                express(&reading.evidence, &mut found.log_value, unit);
            }
            let values = found.values()?;
            Ok(Outcome {
                method: method.name.to_owned(),
                of: "goods".to_owned(),
                unit: unit.map(|unit| reading.goods[unit].clone()),
                values: reading.goods.iter().cloned().zip(values).collect(),
                errors: None,
                arbitrage: rests(reading, &found.log_value),
                conditions: conditions.iter().map(Measured::from).collect(),
                parameters: found.parameters.iter().map(|&(name, value)| (name.to_owned(), value)).collect(),
                steps: found.steps,
                notes: found.notes.iter().map(|&note| note.to_owned()).collect(),
            })
        }
        Kind::Shares(_) => {
            let shares = shares(reading, method, settings)?;
            Ok(outcome_of_shares(reading, method, settings, &shares))
        }
    }
}

/// The shares that `method` finds.
fn shares(reading: &Reading, method: &Method, settings: &Settings) -> Result<Shares, Refusal> {
    let (Some(graph), Some((names, owner)), Kind::Shares(share)) =
        (reading.evidence.round(), &reading.players, method.kind)
    else {
        return Err(Refusal::Needs("a round of barter, whose gain is shared"));
    };
    share(&Game::new(graph, owner, names.len()), settings)
}

fn outcome_of_shares(reading: &Reading, method: &Method, settings: &Settings, shares: &Shares) -> Outcome {
    let names = reading.players.iter().flat_map(|(names, _)| names).cloned();
    let named = |numbers: &[f64]| names.clone().zip(numbers.iter().copied()).collect();
    let mut parameters = BTreeMap::from([("total".to_owned(), shares.total)]);
    let is_sampled = !shares.is_exact;
    if is_sampled {
        parameters.insert("samples".to_owned(), f64::from(shares.samples));
        parameters.insert("seed".to_owned(), settings.seed as f64);
    }
    parameters.extend(shares.excess.map(|excess| ("excess".to_owned(), excess)));
    let note = match (is_sampled, shares.excess.is_some()) {
        (false, _) => None,
        (true, true) => Some("of sampled coalitions: one that was not sampled may gain more on its own"),
        (true, false) => Some("of sampled orders of arrival; errors are standard errors"),
    };
    Outcome {
        method: method.name.to_owned(),
        of: "participants".to_owned(),
        unit: None,
        values: named(&shares.share),
        errors: (is_sampled && shares.excess.is_none()).then(|| named(&shares.error)),
        arbitrage: None,
        conditions: vec![Measured::from(&adds_up(&shares.share, shares.total))],
        parameters,
        steps: 1,
        notes: note.into_iter().map(str::to_owned).collect(),
    }
}

/// Shares add up to what is shared.
pub(super) fn adds_up(share: &[f64], total: f64) -> Condition {
    let beyond = (share.iter().sum::<f64>() - total).abs() / total.max(1.0);
    Condition::new("shares: what they add up to beyond what is traded, as a share", beyond, 1e-6)
}

/// Shifts the logarithms so that the value of `unit` is 1, in its component.
fn express(evidence: &Evidence, log_value: &mut [f64], unit: usize) {
    let (component, shift) = (evidence.components()[unit], log_value[unit]);
    for (value, &of) in log_value.iter_mut().zip(evidence.components()) {
        if of == component {
            *value -= shift;
        }
    }
}

/// What the values leave of the exchange in `line`, if there is one.
pub(super) fn rest_in(reading: &Reading, log_value: &[f64], line: u64) -> Option<f64> {
    let index = reading.lines.binary_search(&line).ok()?;
    let (exchange, rate) = (&reading.evidence.exchanges()[index], reading.evidence.log_rates()[index]);
    Some(rate - (log_value[exchange.gives as usize] - log_value[exchange.gets as usize]))
}

/// The arbitrage that values leave.
pub(super) fn rests(reading: &Reading, log_value: &[f64]) -> Option<Arbitrage> {
    let evidence = &reading.evidence;
    if evidence.exchanges().is_empty() {
        return None;
    }
    let rest = |(x, rate): (&bartizan_solver::valuation::Exchange, f64)| {
        rate - (log_value[x.gives as usize] - log_value[x.gets as usize])
    };
    let mut rests: Vec<(f64, usize)> =
        evidence.rated().map(rest).enumerate().map(|(index, rest)| (rest, index)).collect();
    if rests.iter().any(|(rest, _)| !rest.is_finite()) {
        return None;
    }
    let left = arbitrage(evidence, log_value, f64::INFINITY);
    let order = |a: &(f64, usize), b: &(f64, usize)| b.0.abs().total_cmp(&a.0.abs()).then(a.1.cmp(&b.1));
    if rests.len() > MOST_RESTS {
        rests.select_nth_unstable_by(MOST_RESTS, order);
        rests.truncate(MOST_RESTS);
    }
    rests.sort_by(order);
    let residuals = rests.into_iter().map(|(log, index)| Rest { line: reading.lines[index], log }).collect();
    Some(Arbitrage { share: left.share, root_mean_square: left.root_mean_square, residuals })
}

/// The logarithm of a value that is told; minus infinity of 0.
pub(super) fn log(value: f64) -> f64 {
    if value > 0.0 { ln(value) } else { f64::NEG_INFINITY }
}
