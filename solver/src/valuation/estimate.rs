//! What every method gives: values, what holds of them if they are right, and what the method chose on the way.

use super::evidence::{Evidence, Refusal};
use super::number::exp;

/// What methods let their caller choose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// The seed of methods that sample.
    pub seed: u64,
    /// How many orders of arrival, or coalitions, are sampled where a game is too large to be gone through.
    pub samples: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { seed: 1, samples: 1_000 }
    }
}

/// Something that holds of right values: a number that is 0 but for rounding, and the most that it may be.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What is measured, in words.
    pub name: &'static str,
    /// What it is.
    pub found: f64,
    /// What it may be.
    pub most: f64,
}

impl Condition {
    /// A condition.
    pub fn new(name: &'static str, found: f64, most: f64) -> Self {
        Condition { name, found, most }
    }

    /// Whether it holds.
    pub fn holds(&self) -> bool {
        self.found <= self.most
    }
}

/// Values, as logarithms, whose mean is 0 in each component.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Estimate {
    /// The logarithm of each good's value; minus infinity of a good worth nothing.
    pub log_value: Vec<f64>,
    /// What the method chose, by name: a check needs it.
    pub parameters: Vec<(&'static str, f64)>,
    /// Steps until it was found.
    pub steps: usize,
    /// What is to be known of these values, one sentence each.
    pub notes: Vec<&'static str>,
}

impl Estimate {
    /// Values as they were found, centred.
    pub fn new(evidence: &Evidence, mut log_value: Vec<f64>, steps: usize) -> Self {
        evidence.center(&mut log_value);
        Estimate { log_value, parameters: Vec::new(), steps, notes: Vec::new() }
    }

    /// The same with a parameter.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: f64) -> Self {
        self.parameters.push((name, value));
        self
    }

    /// The same with a note, if it applies.
    #[must_use]
    pub fn note(mut self, applies: bool, note: &'static str) -> Self {
        self.notes.extend(applies.then_some(note));
        self
    }

    /// The values.
    ///
    /// # Errors
    /// [`Refusal::Overflow`] if one is beyond what a floating-point number holds.
    pub fn values(&self) -> Result<Vec<f64>, Refusal> {
        let value = |(good, &log): (usize, &f64)| {
            let value = exp(log);
            let is_told = value.is_normal() || log.to_bits() == f64::NEG_INFINITY.to_bits();
            if is_told { Ok(value) } else { Err(Refusal::Overflow(good)) }
        };
        self.log_value.iter().enumerate().map(value).collect()
    }
}

/// The parameter called `name`.
pub(super) fn parameter(parameters: &[(&str, f64)], name: &str) -> Option<f64> {
    parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}
