//! `bartizan schema`: what the JSON that the program reads may say, as JSON Schema; and the layouts of what it reads in bytes.

use bartizan_engine::book::{MarketEvent, Report};
use bartizan_engine::event::Event;
use bartizan_engine::layout::Layouts;
use bartizan_engine::realm::command::Envelope;
use clap::ValueEnum;
use schemars::schema_for;

use super::Failure;
use super::output::write_stdout;
use crate::node::intake::Line;
use crate::what_if::rules::Rules;
use crate::{format, report};

/// Print the JSON Schema of what the program reads
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Of what
    #[arg(value_enum, default_value = "commands")]
    of: Document,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Document {
    /// A line of commands, as `bartizan run` reads it
    Commands,
    /// Other rules, as `bartizan replay-log` reads them
    Rules,
    /// A round, as `bartizan clear` reads it and `bartizan round export` writes it
    Round,
    /// An outcome, as `bartizan clear --output` writes it and `bartizan round propose` and `bartizan verify` read it
    Outcome,
    /// Commands and events in bytes, as the binary protocol sends them: their layouts, type by type
    Binary,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match arguments.of {
        Document::Commands => print(&schema_for!(Line)),
        Document::Rules => print_rules(),
        Document::Round => write_stdout(|out| out.write_all(format::json::SCHEMA.as_bytes())),
        Document::Outcome => write_stdout(|out| out.write_all(report::json::SCHEMA.as_bytes())),
        Document::Binary => {
            let layouts = Layouts::of::<Envelope>().and::<Event>().and::<Report>().and::<MarketEvent>();
            let layouts = serde_json::to_string_pretty(&layouts).expect("layouts are JSON");
            write_stdout(|out| writeln!(out, "{layouts}"))
        }
    }
}

/// Prints the schema of other rules.
pub(super) fn print_rules() -> Result<(), Failure> {
    print(&schema_for!(Rules))
}

fn print(schema: &schemars::Schema) -> Result<(), Failure> {
    let schema = serde_json::to_string_pretty(schema).expect("a schema is JSON");
    write_stdout(|out| writeln!(out, "{schema}"))
}
