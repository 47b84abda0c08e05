//! `bartizan log inclusion` and `bartizan log consistency`: proofs as JSON, checked before they are printed.

use super::journal;
use super::place::{Place, told};
use crate::cli::Failure;
use crate::cli::output::write_stdout;
use crate::journal::Sequence;
use crate::tlog::{
    ConsistencyProof, InclusionProof, LeafIndex, ProofDocument, TreeSize, leaf_form, leaf_hash,
    prove_consistency, prove_inclusion,
};

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
    /// Since it had so many records
    #[arg(long, value_name = "SIZE", value_parser = clap::value_parser!(u64).range(1..))]
    from: u64,
    /// Until it had so many, instead of as it was last committed
    #[arg(long, value_name = "SIZE")]
    to: Option<u64>,
}

pub(super) fn inclusion(arguments: &InclusionArguments) -> Result<(), Failure> {
    let place = &arguments.place;
    let (head, mut tiles) = place.open()?;
    let size = arguments.size.map_or(head.head.size, TreeSize);
    let root = place.root(&head, &mut tiles, size)?;
    if arguments.sequence > size.0 {
        let told = format!("there is no record {}: they are counted from 1 to {size}", arguments.sequence);
        return Err(Failure::Told(told));
    }
    let index = LeafIndex(arguments.sequence - 1);
    let proof: InclusionProof = prove_inclusion(index, size, |node| tiles.hash(node)).map_err(told)?;
    let leaf = tiles.leaf(index).map_err(told)?;
    proof.verify(&leaf_hash(&leaf), &root).map_err(|refusal| damaged(place, refusal))?;
    let document = ProofDocument::inclusion(head.origin(), &proof, &leaf, root);
    if *leaf_form(&leaf) == leaf {
        return print(&document);
    }
    // The leaf is a digest, or looks like one: the record is in the journal.
    match journal::record(&place.data, Sequence(arguments.sequence))? {
        Some(record) if *leaf_form(&record) == leaf => print(&document.with_record(&record)),
        Some(_) => {
            let told = format!("record {} of the journal is not the one in the log", arguments.sequence);
            Err(Failure::at(&place.data, format!("{told}: restore the journal's files from a copy")))
        }
        None => print(&document),
    }
}

pub(super) fn consistency(arguments: &ConsistencyArguments) -> Result<(), Failure> {
    let place = &arguments.place;
    let (head, mut tiles) = place.open()?;
    let (from, to) = (TreeSize(arguments.from), arguments.to.map_or(head.head.size, TreeSize));
    let (from_root, to_root) = (place.root(&head, &mut tiles, from)?, place.root(&head, &mut tiles, to)?);
    let proof: ConsistencyProof = prove_consistency(from, to, |node| tiles.hash(node)).map_err(told)?;
    proof.verify(&from_root, &to_root).map_err(|refusal| damaged(place, refusal))?;
    print(&ProofDocument::consistency(head.origin(), &proof, from_root, to_root))
}

/// A proof made of the tiles does not hold, so they are not those of one tree.
fn damaged(place: &Place, refusal: impl std::fmt::Display) -> Failure {
    let told = format!("the tiles are damaged: a proof made of them is refused, for {refusal}");
    Failure::at(&place.log(), format!("{told}; make them anew: bartizan log checkpoint --rebuild"))
}

fn print(document: &ProofDocument) -> Result<(), Failure> {
    write_stdout(|out| {
        serde_json::to_writer_pretty(&mut *out, document)?;
        writeln!(out)
    })
}
