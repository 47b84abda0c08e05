//! `bartizan clear --highs`: what `HiGHS` says of the same integer program, beside what was found here.
//!
//! The library is loaded before anything is solved, so that a wrong path is told at once. `HiGHS` is asked objective by objective, each with no less of those
//! before it than was reached here, as far as all is proven. What contradicts a proof, or what was found, is an error.

use std::path::PathBuf;
use std::time::Duration;

use bartizan_solver::program::Program;

use super::Failure;
use super::notice::notice;
use super::output::write_stdout;
use super::progress::Progress;
use crate::amount::decimal;
use crate::highs::{Ended, Highs, Opinion};

/// Whom to ask besides.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "A second opinion; of bounded rings and chains, and of bundles")]
pub(super) struct SecondOpinion {
    /// Hand the same integer program to `HiGHS`, whose shared library is here, and compare: libhighs.so.1 of `PyPI`'s highspy 1.15, or another with `HiGHS`'s C interface. Rings and chains are all listed then, so there must not be too many
    #[arg(long, value_name = "LIBRARY")]
    highs: Option<PathBuf>,
    /// How many seconds `HiGHS` may take for each objective, 1 or more
    #[arg(long, value_name = "SECONDS", requires = "highs", value_parser = clap::value_parser!(u32).range(1..))]
    highs_seconds: Option<u32>,
}

/// How many seconds it has where nothing else is said.
const SECONDS: u32 = 300;

/// An objective, and what was reached of it here.
#[derive(Clone, Debug)]
pub(super) struct Own {
    /// What it is called.
    pub(super) name: String,
    /// What was reached, and what cannot be exceeded.
    pub(super) value: i64,
    /// See there.
    pub(super) bound: i64,
    /// How many of the last digits stand behind the decimal point.
    pub(super) decimals: u8,
    /// Whether less is better, and what is told the negative of what is summed up.
    pub(super) is_cost: bool,
}

impl SecondOpinion {
    /// Whether `HiGHS` is to be asked.
    pub(super) fn is_asked(&self) -> bool {
        self.highs.is_some()
    }

    /// `HiGHS`, if it is to be asked.
    pub(super) fn load(&self) -> Result<Option<Asked>, Failure> {
        let Some(path) = &self.highs else { return Ok(None) };
        let highs = Highs::load(path)
            .map_err(|error| Failure::Told(format!("--highs {}: {error}", path.display())))?;
        Ok(Some(Asked { highs, seconds: self.highs_seconds.unwrap_or(SECONDS) }))
    }
}

/// `HiGHS`, ready to be asked.
pub(super) struct Asked {
    highs: Highs,
    seconds: u32,
}

impl Asked {
    /// Asks about each objective, and tells what `HiGHS` says: on standard output, or beside a document there on standard error, or not at all.
    pub(super) fn compare(
        &self,
        program: &Program,
        columns: &str,
        (owns, took): (&[Own], Duration),
        (is_quiet, is_beside): (bool, bool),
    ) -> Result<(), Failure> {
        let mut progress = Progress::new(is_quiet);
        let mut lines =
            vec![format!("HiGHS {}, one thread, {} {columns}", self.highs.version(), program.most.len())];
        let mut kept = Vec::new();
        for own in owns {
            progress.say(&format!("HiGHS on {}", own.name));
            let opinion = self
                .highs
                .maximise(program, kept.len(), &kept, self.seconds.into())
                .map_err(|error| Failure::Told(format!("--highs: {}: {error}", own.name)))?;
            let judged = judged(own, &opinion).map_err(|why| {
                Failure::Told(format!(
                    "--highs: {}: {why}; one of the two is wrong: please report it",
                    own.name
                ))
            })?;
            lines.push(format!("{}: {judged}, in {:.2?}", own.name, opinion.took));
            if own.value != own.bound {
                break;
            }
            kept.push(own.value);
        }
        lines.push(format!("(here in {took:.2?}, all objectives)"));
        progress.finish();
        match (is_quiet, is_beside) {
            (true, _) => Ok(()),
            (false, true) => {
                for line in &lines {
                    notice(format_args!("bartizan: {line}"));
                }
                Ok(())
            }
            (false, false) => write_stdout(|out| {
                writeln!(out)?;
                lines.iter().try_for_each(|line| writeln!(out, "{line}"))
            }),
        }
    }
}

/// What `HiGHS` says beside what was reached here; an error if both cannot be right.
fn judged(own: &Own, opinion: &Opinion) -> Result<String, String> {
    let shown = |value: i64| {
        let value = if own.is_cost { -value } else { value };
        if own.decimals == 0 { value.to_string() } else { decimal(value, own.decimals) }
    };
    let (better, most) = if own.is_cost { ("better", "at least") } else { ("more", "at most") };
    if opinion.ended == Ended::Infeasible {
        return Err(format!("HiGHS says that nothing reaches the {} that was found here", shown(own.value)));
    }
    if let Some(value) = opinion.value.filter(|&value| value > own.bound) {
        let (found, bound) = (shown(value), shown(own.bound));
        return Err(format!("HiGHS found {found}, {better} than the {bound} that is proven here"));
    }
    if let Some(bound) = opinion.bound.filter(|&bound| bound < own.value) {
        let (bound, found) = (shown(bound), shown(own.value));
        return Err(format!("HiGHS says {most} {bound}, and {found} was found here"));
    }
    let found = opinion.value.map_or_else(|| "nothing found".to_owned(), shown);
    let bound =
        opinion.bound.map_or_else(|| "no bound".to_owned(), |bound| format!("{most} {}", shown(bound)));
    let ended = match opinion.ended {
        Ended::OutOfTime => " when its time was up",
        Ended::Otherwise(_) => " when it gave up",
        Ended::Optimal | Ended::Infeasible => "",
    };
    let is_closed = |value: Option<i64>, bound: Option<i64>| value.is_some() && value == bound;
    let verdict = match (is_closed(opinion.value, opinion.bound), own.value == own.bound) {
        (true, true) => "it agrees".to_owned(),
        (true, false) => {
            format!("it agrees with what is known here, {} and {most} {}", shown(own.value), shown(own.bound))
        }
        (false, _) => {
            format!("that does not contradict {} and {most} {} here", shown(own.value), shown(own.bound))
        }
    };
    Ok(format!("{found}, {bound}{ended}: {verdict}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(own: (i64, i64), value: Option<i64>, bound: Option<i64>, ended: Ended) -> Result<String, String> {
        let own = Own { name: "items".into(), value: own.0, bound: own.1, decimals: 0, is_cost: false };
        judged(&own, &Opinion { ended, value, bound, took: Duration::ZERO })
    }

    #[test]
    fn what_contradicts_is_an_error() {
        let told = said((5, 5), Some(6), Some(6), Ended::Optimal).unwrap_err();
        assert_eq!(told, "HiGHS found 6, more than the 5 that is proven here");
        let told = said((5, 7), Some(4), Some(4), Ended::Optimal).unwrap_err();
        assert_eq!(told, "HiGHS says at most 4, and 5 was found here");
        assert!(said((5, 5), Some(8), Some(9), Ended::OutOfTime).is_err());
        assert!(said((5, 5), None, None, Ended::Infeasible).is_err());
        let cost = Own { name: "cost".into(), value: -9, bound: -9, decimals: 0, is_cost: true };
        let opinion =
            Opinion { ended: Ended::Optimal, value: Some(-8), bound: Some(-8), took: Duration::ZERO };
        assert_eq!(
            judged(&cost, &opinion).unwrap_err(),
            "HiGHS found 8, better than the 9 that is proven here"
        );
    }

    #[test]
    fn what_is_open_on_either_side_is_told() {
        assert_eq!(said((5, 5), Some(5), Some(5), Ended::Optimal).unwrap(), "5, at most 5: it agrees");
        assert_eq!(
            said((5, 7), Some(6), Some(6), Ended::Optimal).unwrap(),
            "6, at most 6: it agrees with what is known here, 5 and at most 7"
        );
        assert_eq!(
            said((5, 5), Some(4), Some(8), Ended::OutOfTime).unwrap(),
            "4, at most 8 when its time was up: that does not contradict 5 and at most 5 here"
        );
        assert_eq!(
            said((5, 5), None, None, Ended::OutOfTime).unwrap(),
            "nothing found, no bound when its time was up: that does not contradict 5 and at most 5 here"
        );
    }
}
