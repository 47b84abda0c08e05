//! `bartizan log verify`: checks a proof offline, with a checkpoint and the keys of who signed it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::Failure;
use crate::cli::output::write_stdout;
use crate::tlog::{Checkpoint, ProofDocument, VerifierKey};

/// Check a proof with a checkpoint, offline
///
/// Says which command it is that is in the log. Nothing is read but the files named here. Exits with 0 when everything holds, and with 1 when anything does not.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The proof, as `log inclusion` and `log consistency` print it
    proof: PathBuf,
    /// The checkpoint of the log at the size that the proof is about
    #[arg(long, value_name = "FILE")]
    checkpoint: PathBuf,
    /// The key of the log, NAME+ID+KEY; given more than once, all of them must have signed
    #[arg(long, value_name = "KEY", required = true)]
    verifier: Vec<VerifierKey>,
    /// For a proof that the log only grew: its older checkpoint
    #[arg(long, value_name = "FILE")]
    older: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let checkpoint = checkpoint(&arguments.checkpoint, &arguments.verifier)?;
    let older = arguments.older.as_deref().map(|path| self::checkpoint(path, &arguments.verifier));
    let older = older.transpose()?;
    let bytes = read(&arguments.proof)?;
    let document: ProofDocument = serde_json::from_slice(&bytes)
        .map_err(|error| Failure::at(&arguments.proof, format!("not a proof: {error}")))?;
    document
        .verify(&checkpoint, older.as_ref())
        .map_err(|cause| Failure::at(&arguments.proof, format!("it proves nothing: {cause}")))?;
    write_stdout(|out| match &document {
        ProofDocument::Inclusion { origin, index, size, .. } => {
            writeln!(out, "{origin}: record {} is in the log of {size} records", u128::from(*index) + 1)?;
            match document.entry() {
                Some(entry) => writeln!(out, "{}", entry.line),
                None => writeln!(
                    out,
                    "what it says cannot be told from the proof: it is no command that this version knows, or its digest"
                ),
            }
        }
        ProofDocument::Consistency { origin, from, to, from_root, .. } => {
            writeln!(
                out,
                "{origin}: the log of {to} records begins with that of {from}, whose root is {from_root}"
            )
        }
    })
}

fn checkpoint(path: &Path, keys: &[VerifierKey]) -> Result<Checkpoint, Failure> {
    Checkpoint::verified(&read(path)?, keys).map_err(|cause| Failure::at(path, cause))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::at(path, format!("cannot read: {error}")))
}
