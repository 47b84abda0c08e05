//! `bartizan log`: that a record is in the log, and that the log only grew, shown to anyone.
//!
//! The log of the folder `DIR` lies in `DIR/log`, laid out as C2SP `tlog-tiles` says, and can be served as it is.

use super::Failure;

mod checkpoint;
pub(super) mod compare;
mod journal;
mod key;
mod place;
mod prove;
mod verify;

/// Prove what is in the log, and that it only grew
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Checkpoint(checkpoint::Arguments),
    Inclusion(prove::InclusionArguments),
    Consistency(prove::ConsistencyArguments),
    Verify(verify::Arguments),
    Key(key::Arguments),
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.what {
        What::Checkpoint(arguments) => checkpoint::run(arguments),
        What::Inclusion(arguments) => prove::inclusion(arguments),
        What::Consistency(arguments) => prove::consistency(arguments),
        What::Verify(arguments) => verify::run(arguments),
        What::Key(arguments) => key::run(arguments),
    }
}
