//! The files that some pools have beside them: their altruists, and who the pairs are.

use std::path::{Path, PathBuf};

use super::doubt::doubt;
use super::{Failure, RoundFile, quoted};
use crate::input::Input;
use crate::pool::round::NoPool;
use crate::pool::rules::{self, Aim};
use crate::pool::{PoolError, PoolReading, read_patients, round};

/// Patients of a cPRA of at least that are hard to match, in hundred-thousandths.
const HARD: u32 = 80_000;

/// The files that some pools have beside them.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Files beside a pool")]
pub(super) struct PoolFiles {
    /// The altruists of an .input file: its .ndds file
    #[arg(long, value_name = "FILE.ndds")]
    pub(super) altruists: Option<PathBuf>,
    /// Who the pairs are, where hard-to-match is an objective: a pool's .dat file. Hard to match are then patients of a cPRA of 80 and more, else the quarter of pairs to whom the fewest can give
    #[arg(long, value_name = "FILE.dat")]
    pub(super) patients: Option<PathBuf>,
}

impl PoolFiles {
    /// Reads a pool, or a round as one.
    pub(super) fn read(&self, file: &RoundFile, input: &Input) -> Result<PoolReading, Failure> {
        let altruists =
            self.altruists.as_ref().map(|path| Input::open(path).map_err(|error| Failure::at(path, error)));
        let altruists = altruists.transpose()?;
        if altruists.as_deref() == Some(&**input) {
            return Err(Failure::Usage(
                "--altruists: it holds just what the pool does; expected the .ndds file beside it".into(),
            ));
        }
        if let Some(format) = file.pool_format(input) {
            let read = (format.read)(input, altruists.as_deref());
            return read.map_err(|error| match (error, &self.altruists) {
                (PoolError::Altruists(error), Some(path)) => Failure::at(path, error),
                (error, _) if file.is_surely(format) => Failure::at(&file.file, error),
                (error, _) => Failure::at(
                    &file.file,
                    format!("{error} (it looks like {}; --kind says what else it is)", format.name),
                ),
            });
        }
        if altruists.is_some() {
            return Err(Failure::Usage(
                "--altruists: only a pool in .input form has them in a file of their own".into(),
            ));
        }
        let reading = file.read(input)?;
        let mut pool = round::pool(&reading.round, reading.format).map_err(|error| {
            let hint = if error == NoPool::Money && reading.format == "oz" && file.kind.is_none() {
                "; --kind trademaximizer reads it without its money"
            } else {
                ""
            };
            Failure::at(&file.file, format!("{error}{hint}"))
        })?;
        pool.notices.extend(doubt(&reading, file.kind.is_some()));
        pool.notices.extend(reading.remarks.iter().chain(&reading.notices).cloned());
        Ok(pool)
    }

    /// Those of these files that are there.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.options().map(|(_, path)| path)
    }

    /// Those that are there, by their options.
    fn options(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let options = [("--altruists", &self.altruists), ("--patients", &self.patients)];
        options.into_iter().filter_map(|(option, path)| path.as_deref().map(|path| (option, path)))
    }

    /// They, as arguments of another command, each with a blank before it.
    pub(super) fn as_arguments(&self) -> String {
        self.options()
            .fold(String::new(), |told, (option, path)| told + &format!(" {option} {}", quoted(path)))
    }

    /// Refuses them beside an outcome that is not one of bounded rings and chains.
    pub(super) fn refuse(&self, outcome: &Path) -> Result<(), Failure> {
        self.options().next().map_or(Ok(()), |(option, _)| {
            Err(Failure::Usage(format!(
                "{option}: it is for outcomes of bounded rings and chains, and {} is none",
                outcome.display()
            )))
        })
    }

    /// The pairs that are hard to match, from 1, where that is an objective.
    pub(super) fn hard_to_match(
        &self,
        objectives: &[Aim],
        reading: &PoolReading,
    ) -> Result<Vec<u32>, Failure> {
        match (&self.patients, objectives.contains(&Aim::HardToMatch)) {
            (None, false) => Ok(Vec::new()),
            (None, true) => Ok(rules::hard_to_match(reading)),
            (Some(path), true) => by_patients(path, reading),
            (Some(_), false) => Err(Failure::Usage(
                "--patients: it tells who is hard to match, and hard-to-match is no objective here".into(),
            )),
        }
    }

    /// How those who are hard to match are known, in words.
    pub(super) fn how_hard(&self) -> String {
        match &self.patients {
            Some(path) => format!("those of a cPRA of 80 and more by {}", path.display()),
            None => "the quarter to whom the fewest can give".into(),
        }
    }
}

/// The pairs of a pool whose patients are hard to match, from 1, by the file of its patients.
fn by_patients(path: &Path, reading: &PoolReading) -> Result<Vec<u32>, Failure> {
    let input = Input::open(path).map_err(|error| Failure::at(path, error))?;
    let patients = read_patients(&input).map_err(|error| Failure::at(path, error))?;
    let mut hard = Vec::new();
    let (told, expected) = (patients.len(), reading.names.len());
    for (node, patient) in patients.iter().enumerate().take(expected) {
        if patient.is_altruist != reading.is_altruist[node] {
            let kind = |is_altruist| if is_altruist { "an altruist" } else { "a pair" };
            let (told, known) = (kind(patient.is_altruist), kind(reading.is_altruist[node]));
            let (line, name) = (patient.line, &reading.names[node]);
            return Err(Failure::at(
                path,
                format!(
                    "line {line}: {told}, and in the pool {name} is {known}; is it the file of another pool?"
                ),
            ));
        }
        if !patient.is_altruist && patient.cpra >= HARD {
            hard.push(node as u32 + 1);
        }
    }
    if told != expected {
        let last = patients.iter().take(expected).next_back();
        let line =
            patients.get(expected).map_or_else(|| last.map_or(1, |last| last.line) + 1, |more| more.line);
        return Err(Failure::at(
            path,
            format!("line {line}: {told} patients; expected one for each of the pool's {expected} nodes"),
        ));
    }
    Ok(hard)
}
