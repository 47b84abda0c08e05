//! `bartizan log inclusion` and `bartizan log consistency`: proofs as JSON, checked before they are printed.

use super::journal;
use super::place::{Place, told};
use crate::cli::Failure;
use crate::cli::output::write_stdout;
use crate::journal::Sequence;
use crate::tlog::{ProofDocument, TreeSize};

/// Prove that a record is in the log
///
/// Prints a proof as JSON, with the record's sequence, time and command, which `bartizan log verify` checks with a checkpoint of the same size.
#[derive(Debug, clap::Args)]
pub(super) struct InclusionArguments {
    /// The record's sequence number, counted from 1
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    sequence: u64,
    #[command(flatten)]
    place: Place,
    /// In the log as it was when it had so many records, instead of as it was last committed
    #[arg(long)]
    size: Option<u64>,
}

/// Prove that the log only grew
///
/// Prints a proof as JSON, which `bartizan log verify` checks with a checkpoint of each size.
#[derive(Debug, clap::Args)]
pub(super) struct ConsistencyArguments {
    #[command(flatten)]
    place: Place,
    /// Since it had so many records, 1 or more
    #[arg(long, value_name = "SIZE", value_parser = clap::value_parser!(u64).range(1..))]
    from: u64,
    /// Until it had so many, instead of as it was last committed
    #[arg(long, value_name = "SIZE")]
    to: Option<u64>,
}

pub(super) fn inclusion(arguments: &InclusionArguments) -> Result<(), Failure> {
    let place = &arguments.place;
    let mut prover = place.open()?;
    let size = arguments.size.map_or(prover.size(), TreeSize);
    let included = prover.inclusion(arguments.sequence, size).map_err(told)?;
    if !included.is_digest() {
        return print(&included.document());
    }
    let Some(record) = journal::record(&place.data, Sequence(arguments.sequence))? else {
        return print(&included.document());
    };
    let document = included.with_record(&record).ok_or_else(|| {
        let told = format!("record {} of the journal is not the one in the log", arguments.sequence);
        Failure::at(&place.data, format!("{told}: restore the journal's files from a copy"))
    })?;
    print(&document)
}

pub(super) fn consistency(arguments: &ConsistencyArguments) -> Result<(), Failure> {
    let mut prover = arguments.place.open()?;
    let to = arguments.to.map_or(prover.size(), TreeSize);
    print(&prover.consistency(TreeSize(arguments.from), to).map_err(told)?)
}

fn print(document: &ProofDocument) -> Result<(), Failure> {
    write_stdout(|out| {
        serde_json::to_writer_pretty(&mut *out, document)?;
        writeln!(out)
    })
}
