//! The order of checks. For each command `order/NAME.scenario` is a staircase, or several: a command that is wrong in many ways at once, of
//! which one thing is mended at a time, until it is carried out. What is told must go up the numbers of the rejects, so each step shows
//! that the check that fails first comes before all those that would fail after it.

use std::collections::{BTreeMap, BTreeSet};

use bartizan_engine::realm::command::Command;
use bartizan_engine::reject::Reject;
use serde_json::Value;

use crate::play::{Played, Scenario};
use crate::scenarios;

/// The envelope's rejects are the same for every command: `order/Envelope.scenario`.
const ENVELOPE: std::ops::RangeInclusive<u16> = 1..=4;

/// From here on it is the book that refuses, in an order of its own.
const BOOK: u16 = 1000;

fn staircase(name: &str) -> Option<&'static Scenario> {
    scenarios().iter().find(|scenario| scenario.path.ends_with(format!("order/{name}.scenario")))
}

#[test]
fn every_command_is_refused_in_the_order_of_the_numbers() {
    for &name in Command::NAMES {
        let scenario = staircase(name).unwrap_or_else(|| panic!("there is no order/{name}.scenario"));
        let place = scenario.path.display();
        let mut before: Option<&Played> = None;
        for step in scenario.commands.iter().filter(|step| step.command.name() == name) {
            if let Some(before) = before {
                let rises =
                    if before.answer.0 >= BOOK { step.answer.0 >= BOOK } else { before.answer < step.answer };
                let line = step.line;
                assert!(
                    rises || step.answer.is_done(),
                    "{place}:{line}: {} after {}",
                    step.answer.0,
                    before.answer.0
                );
                let mended = differences(&told(before), &told(step));
                assert!(mended <= 1, "{place}:{line}: {mended} things are mended at once");
            }
            before = Some(step).filter(|step| !step.answer.is_done());
        }
        assert!(before.is_none(), "{place}: the last step is not carried out");
    }
}

/// What a command is refused for anywhere, its staircase has.
#[test]
fn every_check_of_a_command_is_a_step() {
    let mut anywhere: BTreeMap<&str, BTreeSet<u16>> = BTreeMap::new();
    for played in scenarios().iter().flat_map(|scenario| &scenario.commands) {
        anywhere.entry(played.command.name()).or_default().insert(played.answer.0);
    }
    for (name, answers) in anywhere {
        let scenario = staircase(name).unwrap_or_else(|| panic!("there is no order/{name}.scenario"));
        let own = scenario.commands.iter().filter(|step| step.command.name() == name);
        let steps: BTreeSet<u16> = own.map(|step| step.answer.0).collect();
        let is_checked = |answer: &&u16| !ENVELOPE.contains(*answer) && **answer < BOOK;
        let missing: Vec<u16> = answers.difference(&steps).filter(is_checked).copied().collect();
        let missing: Vec<Reject> =
            Reject::all().filter(|reject| missing.contains(&reject.number())).collect();
        assert!(missing.is_empty(), "order/{name}.scenario lacks {missing:?}");
    }
}

fn told(step: &Played) -> Value {
    serde_json::json!({ "actor": step.actor, "command": step.command })
}

/// In how many places two values differ: a value that is there in one alone, or of another kind, is one place.
fn differences(one: &Value, other: &Value) -> usize {
    match (one, other) {
        // Another choice, whatever comes with it, is one change.
        (Value::Object(one), Value::Object(other))
            if one.len() == 1 && other.len() == 1 && one.keys().ne(other.keys()) =>
        {
            1
        }
        (Value::Object(one), Value::Object(other)) => {
            let fields: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            let null = Value::Null;
            let pair = |field: &String| (one.get(field).unwrap_or(&null), other.get(field).unwrap_or(&null));
            fields.into_iter().map(|field| differences(pair(field).0, pair(field).1)).sum()
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            one.iter().zip(other).map(|(one, other)| differences(one, other)).sum()
        }
        _ => usize::from(one != other),
    }
}
