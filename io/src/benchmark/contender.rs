//! Who takes part in the benchmark: a method of the registry, or a program.

use std::time::Duration;

use bartizan_solver::valuation::{Checking, Estimating, Evidence, Kind, METHODS, Settings};

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
    Own(Estimating, Checking),
    Outside(Outside),
}

impl Contender {
    /// All methods of the registry that value goods.
    pub fn own() -> Vec<Contender> {
        let own = METHODS.iter().filter_map(|method| match method.kind {
            Kind::Values(estimate, check) => {
                Some(Contender { name: method.name.to_owned(), how: How::Own(estimate, check) })
            }
            Kind::Shares(_) => None,
        });
        own.collect()
    }

    /// The program that `told` names: `NAME=COMMAND`; it has `limit` for each problem.
    ///
    /// # Errors
    /// If it names none, or cannot be started.
    pub fn outside(told: &str, limit: Duration) -> Result<Contender, String> {
        let (name, command) = told.split_once('=').ok_or("expected a name, =, and a command")?;
        Ok(Contender { name: name.to_owned(), how: How::Outside(Outside::start(command, limit)?) })
    }

    /// Whether it is a program, whose memory is not that of this process.
    pub fn is_outside(&self) -> bool {
        matches!(self.how, How::Outside(_))
    }

    /// Why it was ended before all was asked, if it is a program and was.
    pub fn ended(&self) -> Option<&str> {
        match &self.how {
            How::Own(..) => None,
            How::Outside(outside) => outside.ended(),
        }
    }

    /// The logarithms of the values that it finds. A method of the registry whose conditions do not hold of what it finds has found none.
    ///
    /// # Errors
    /// Why it finds none.
    pub fn value(&mut self, evidence: &Evidence) -> Result<Vec<f64>, String> {
        match &mut self.how {
            How::Own(estimate, check) => {
                let found =
                    estimate(evidence, &Settings::default()).map_err(|refusal| refusal.to_string())?;
                let conditions = check(evidence, &found.log_value, &found.parameters);
                match conditions.into_iter().find(|condition| !condition.holds()) {
                    Some(broken) => {
                        Err(format!("its values are not right: {}: {:.1e}", broken.name, broken.found))
                    }
                    None => Ok(found.log_value),
                }
            }
            How::Outside(outside) => outside.value(evidence),
        }
    }

    /// Finds values without a look at whether they are right, to be timed; tells whether there were any.
    pub fn find(&mut self, evidence: &Evidence) -> bool {
        match &mut self.how {
            How::Own(estimate, _) => estimate(evidence, &Settings::default()).is_ok(),
            How::Outside(outside) => outside.value(evidence).is_ok(),
        }
    }
}
