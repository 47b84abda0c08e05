//! `bartizan schema`: what a line of commands may say, as JSON Schema.

use schemars::schema_for;

use super::Failure;
use super::output::write_stdout;
use crate::node::intake::Line;

/// Print the JSON Schema of a line of commands, as `bartizan run` reads it
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments) -> Result<(), Failure> {
    let schema = serde_json::to_string_pretty(&schema_for!(Line)).expect("a schema is JSON");
    write_stdout(|out| writeln!(out, "{schema}"))
}
