//! Descriptions of what is read and told, as they are told to those who know nothing of Rust: they are the documentation of types, which links to other documentation.

use bartizan_engine::book::MAX_PARTS;
use bartizan_engine::ledger::movement::MAX_STEPS;
use bartizan_engine::ledger::units::Amount;
use bartizan_engine::limits::{MAX_NAME, MAX_OBJECTIVES, MAX_OFFER_WANTS};
use serde_json::Value;

/// Takes the links out of all descriptions of a schema: each constant is told by its value, everything else by its bare name.
pub(crate) fn unlink(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == "description" => *text = unlinked(text),
                    _ => unlink(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(unlink),
        _ => {}
    }
}

fn unlinked(text: &str) -> String {
    let mut parts = text.split("[`");
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (link, rest) = part.split_once("`]").unwrap_or((part, ""));
        told.push_str(&meant(link));
        told.push_str(rest);
    }
    told
}

fn meant(link: &str) -> String {
    let name = link.rsplit("::").next().unwrap_or(link);
    match name {
        "MAX_NAME" => MAX_NAME.to_string(),
        "MAX_OBJECTIVES" => MAX_OBJECTIVES.to_string(),
        "MAX_OFFER_WANTS" => MAX_OFFER_WANTS.to_string(),
        "MAX_STEPS" => MAX_STEPS.to_string(),
        "MAX_PARTS" => MAX_PARTS.to_string(),
        "MAX" if link == "Amount::MAX" => Amount::MAX.0.to_string(),
        "NONE" if link == "Price::NONE" => "null".to_owned(),
        _ => format!("`{name}`"),
    }
}
