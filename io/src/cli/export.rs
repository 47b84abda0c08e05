//! `bartizan export`: a realm's books for accounting programs and scripts.

use std::path::PathBuf;
use std::sync::Arc;

use super::Failure;
use super::output::write_stdout;
use crate::books::{self, Format};
use crate::journal::Directory;
use crate::node::history::{History, HistoryError};

/// Write a realm's books to standard output
///
/// Formats: hledger, ledger and beancount add up what they are given and refuse it where a sum or a balance is off by one unit; csv has one
/// row a movement; jsonl has everything. They are of all that can be read: beside a run, or after one that was killed, the newest group may not be
/// durable yet; `snapshot`, or the next run, makes it so.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The realm's directory
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// One of: hledger, ledger, beancount, csv, jsonl
    #[arg(long, value_parser = parse_format)]
    format: &'static Format,
}

fn parse_format(name: &str) -> Result<&'static Format, String> {
    let names = || books::FORMATS.iter().map(|format| format.name).collect::<Vec<_>>().join(", ");
    books::by_name(name).ok_or_else(|| format!("expected one of: {}", names()))
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::at(&arguments.data, error);
    let storage = Arc::new(Directory::open_to_read(&arguments.data).map_err(|error| failed(&error))?);
    let history = History::from_start(storage).map_err(|error| failed(&error))?;
    let mut broken = Ok(());
    write_stdout(|out| match books::write(arguments.format, history, None, out) {
        Err(error)
            if error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<HistoryError>) =>
        {
            broken = Err(failed(&error));
            Ok(())
        }
        written => written,
    })?;
    broken
}
