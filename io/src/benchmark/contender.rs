//! Who takes part in the benchmark: a method of the registry, or a program.

use bartizan_solver::valuation::{Estimating, Evidence, Kind, METHODS, Settings};

use super::outside::Outside;

/// Somebody who values goods.
#[derive(Debug)]
pub struct Contender {
    /// The name on the leaderboard.
    pub name: String,
    how: How,
}

#[derive(Debug)]
enum How {
    Own(Estimating),
    Outside(Outside),
}

impl Contender {
    /// All methods of the registry that value goods.
    pub fn own() -> Vec<Contender> {
        let own = METHODS.iter().filter_map(|method| match method.kind {
            Kind::Values(estimate, _) => {
                Some(Contender { name: method.name.to_owned(), how: How::Own(estimate) })
            }
            Kind::Shares(_) => None,
        });
        own.collect()
    }

    /// The program that `told` names: `NAME=COMMAND`, or a command alone, which is its own name.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn outside(told: &str) -> Result<Contender, String> {
        let named =
            told.split_once('=').filter(|(name, _)| !name.is_empty() && !name.contains(char::is_whitespace));
        let (name, command) = named.unwrap_or((told, told));
        Ok(Contender { name: name.to_owned(), how: How::Outside(Outside::start(command)?) })
    }

    /// The logarithms of the values that it finds.
    ///
    /// # Errors
    /// Why it finds none.
    pub fn value(&mut self, evidence: &Evidence) -> Result<Vec<f64>, String> {
        match &mut self.how {
            How::Own(estimate) => {
                let found =
                    estimate(evidence, &Settings::default()).map_err(|refusal| refusal.to_string())?;
                Ok(found.log_value)
            }
            How::Outside(outside) => outside.value(evidence),
        }
    }
}
