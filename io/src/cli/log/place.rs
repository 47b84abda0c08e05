//! Which log a command is about.

use std::fmt::Display;
use std::path::PathBuf;

use crate::cli::{Failure, quoted};
use crate::tlog::Prover;

/// The folder with a journal and its log.
#[derive(Debug, clap::Args)]
pub(super) struct Place {
    /// The folder with the journal; the log lies in its folder `log`
    #[arg(long, value_name = "DIR")]
    pub(super) data: PathBuf,
}

impl Place {
    /// The folder of the log.
    pub(super) fn log(&self) -> PathBuf {
        self.data.join("log")
    }

    /// What was last committed to the log, to make proofs of.
    pub(super) fn open(&self) -> Result<Prover, Failure> {
        let folder = self.log();
        Prover::open(&folder).map_err(told)?.ok_or_else(|| {
            Failure::at(
                &folder,
                format!("no log here; make it: bartizan log checkpoint --data {}", quoted(&self.data)),
            )
        })
    }
}

/// An error that names its file itself.
pub(super) fn told(error: impl Display) -> Failure {
    Failure::Told(error.to_string())
}
