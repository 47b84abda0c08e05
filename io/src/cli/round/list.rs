//! `bartizan round list`: the rounds of a realm.

use bartizan_engine::rounds::state::Best;

use super::names::{Names, stage};
use crate::cli::Failure;
use crate::cli::columns::{columns, plain};
use crate::cli::output::write_stdout;
use crate::cli::state::{Moment, rounds_as_json};

/// List the rounds of a realm
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    moment: Moment,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let realm = arguments.moment.realm()?;
    if arguments.json {
        let told = serde_json::json!({
            "sequence": realm.sequence(), "time": realm.clock(), "rounds": rounds_as_json(&realm),
        });
        return write_stdout(|out| writeln!(out, "{told}"));
    }
    let names = Names(&realm);
    let mut rows =
        vec![["round", "name", "organiser", "offers", "best proposal", "stage"].map(str::to_owned)];
    rows.extend(realm.rounds().iter().map(|(id, round)| {
        let best = |best: &Best| {
            let proven = if best.is_optimal() { "proven" } else { "not proven" };
            format!("{}, {proven}", names.agent(best.solver))
        };
        [
            id.0.to_string(),
            plain(&round.name),
            names.agent(round.organiser),
            round.offers().count().to_string(),
            round.best().map_or("-".to_owned(), best),
            stage(round.stage),
        ]
    }));
    let lines = columns(&rows, |column| !matches!(column, 0 | 3));
    write_stdout(|out| lines.iter().try_for_each(|line| writeln!(out, "{line}")))
}
