//! `bartizan round`: a round of a realm on its way to a solver and back.
//!
//! ```text
//! round list, round show      which rounds there are; what one is about
//! round export                the closed round as a document      -> bartizan clear, or any other solver
//! round propose OUTCOME       its outcome as a line of commands   -> bartizan run - --data DIR
//! round solve                 the two with the program's own solver between them
//! ```

use super::Failure;

mod export;
mod list;
mod names;
mod place;
mod propose;
mod send;
mod show;
mod solve;

/// Take a realm's round of barter to a solver, and the outcome back
///
/// `round export` writes a closed round as the document that `bartizan clear` reads; `round propose` makes of the outcome the command that `bartizan
/// run` takes; `round solve` does both, with this program's solver between them. None of them changes the realm.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    List(list::Arguments),
    Show(show::Arguments),
    Export(export::Arguments),
    Propose(propose::Arguments),
    Solve(solve::Arguments),
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.what {
        What::List(arguments) => list::run(arguments),
        What::Show(arguments) => show::run(arguments),
        What::Export(arguments) => export::run(arguments),
        What::Propose(arguments) => propose::run(arguments),
        What::Solve(arguments) => solve::run(arguments),
    }
}
