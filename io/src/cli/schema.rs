//! `bartizan schema`: what the JSON that the program reads may say, as JSON Schema; and the layouts of what it reads in bytes.

use bartizan_engine::book::{MarketEvent, Report};
use bartizan_engine::event::Event;
use bartizan_engine::layout::Layouts;
use bartizan_engine::realm::command::Envelope;
use clap::ValueEnum;
use schemars::schema_for;
use serde_json::Value;

use super::Failure;
use super::output::write_stdout;
use crate::described::unlink;
use crate::mechanism::compare::Comparison;
use crate::node::intake::Line;
use crate::pool::document::ExchangeDocument;
use crate::what_if::rules::Rules;
use crate::{auction, bundle, format, netting, report, trust, valuation};

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
    /// An exchange within bounds, as `clear --max-ring --output` writes it
    Exchange,
    /// Mechanisms compared, as `bartizan compare --output` writes them
    Comparison,
    /// What is carried out of a round of bundles, as `bartizan clear --output` writes it
    Bundles,
    /// Values, as `bartizan value --output` writes them
    Values,
    /// What was cleared of obligations, as `net --output` writes it
    Netting,
    /// What can move through credit lines, as `trust --output` writes it
    Trust,
    /// What came of a batch auction, as `auction --output` writes it
    Auction,
    /// Commands and events in bytes, as the binary protocol sends them: their layouts, type by type
    Binary,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match arguments.of {
        Document::Commands => print(&schema_for!(Line)),
        Document::Exchange => print(&schema_for!(ExchangeDocument)),
        Document::Rules => print_rules(),
        Document::Comparison => print(&schema_for!(Comparison)),
        Document::Round => write_stdout(|out| out.write_all(format::json::SCHEMA.as_bytes())),
        Document::Trust => write_stdout(|out| out.write_all(trust::document::SCHEMA.as_bytes())),
        Document::Netting => write_stdout(|out| out.write_all(netting::document::SCHEMA.as_bytes())),
        Document::Auction => write_stdout(|out| out.write_all(auction::document::SCHEMA.as_bytes())),
        Document::Outcome => write_stdout(|out| out.write_all(report::json::SCHEMA.as_bytes())),
        Document::Bundles => write_stdout(|out| out.write_all(bundle::document::SCHEMA.as_bytes())),
        Document::Values => write_stdout(|out| out.write_all(valuation::document::SCHEMA.as_bytes())),
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
    let schema = serde_json::to_string_pretty(&plain(schema)).expect("a schema is JSON");
    write_stdout(|out| writeln!(out, "{schema}"))
}

/// The schema with descriptions that say nothing of Rust: they are its documentation, which links to other documentation.
fn plain(schema: &schemars::Schema) -> Value {
    let mut schema = schema.as_value().clone();
    unlink(&mut schema);
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptions<'a>(schema: &'a Value, found: &mut Vec<&'a str>) {
        match schema {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value {
                        Value::String(text) if name == "description" => found.push(text),
                        _ => descriptions(value, found),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| descriptions(value, found)),
            _ => {}
        }
    }

    #[test]
    fn descriptions_say_nothing_of_rust() {
        for schema in [plain(&schema_for!(Line)), plain(&schema_for!(Rules))] {
            let mut found = Vec::new();
            descriptions(&schema, &mut found);
            assert!(found.len() > 5, "they are found");
            for text in found {
                assert!(!text.contains("[`") && !text.contains("::"), "{text}");
                let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                let constant = |word: &str| {
                    word == "NONE" || word == "MAX" || (word.contains('_') && word == word.to_uppercase())
                };
                assert_eq!(words.into_iter().find(|word| constant(word)), None, "{text}");
            }
        }
    }

    #[test]
    fn limits_are_told_as_numbers_and_quantities_in_lots() {
        let schema = plain(&schema_for!(Line));
        let told =
            |path: &str| schema.pointer(path).and_then(Value::as_str).expect("it is described").to_owned();
        let name = told("/$defs/RegisterAgent/properties/name/description");
        assert_eq!(name, "What people call it, of 1 to 128 bytes.");
        let quantity = told("/$defs/NewOrder/properties/order_qty/description");
        assert!(quantity.contains("lots of the market"), "{quantity}");
        let stop = told("/$defs/Replace/properties/stop_px/description");
        assert!(stop.ends_with("null otherwise."), "{stop}");
    }
}
