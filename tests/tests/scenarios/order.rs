//! The order of checks. For each command `order/NAME.scenario` is a staircase, or several: a command that is wrong in many ways at once, of
//! which one thing is mended at a time, until it is carried out. What is told must go up the numbers of the rejects, so each step shows
//! that the check that fails first comes before all those that would fail after it.

use std::collections::{BTreeMap, BTreeSet};

use bartizan_engine::event::Events;
use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm::command::{Command, Envelope};
use bartizan_engine::realm::ids::CommandId;
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

/// Pairs of faults of which one takes the other away or makes a third: the command, the lower number of the two, what is told, and why.
const TOGETHER: [(&str, u16, u16, &str); 8] = [
    ("CreateTransfer", 33, 17, "both accounts that are not there are the same"),
    ("RetireAsset", 50, 90, "the account is the actor's own"),
    ("CorrectTransfer", 50, 74, "the transfer is the actor's to give back"),
    ("CreateMarket", 31, 20, "both assets that are not there are the same"),
    ("SubmitOffer", 22, 40, "it does not want what it gives"),
    ("SubmitOffer", 40, 50, "the actor has an account of what is given"),
    ("ProposeSettlement", 100, 89, "the proof is too long for that round alone"),
    ("SettleRound", 50, 81, "whom a round concerned is forgotten when it ends"),
];

/// The faults of a staircase, each alone and any two together: what is told of two is what is told of the one with the lower number.
#[test]
fn of_any_two_faults_the_lower_number_is_told() {
    let (mut pairs, mut met) = (0, 0);
    for &name in Command::NAMES {
        let scenario = staircase(name).expect("each command has its own");
        let steps: Vec<&Played> =
            scenario.commands.iter().filter(|step| step.command.name() == name).collect();
        for stair in steps.split_inclusive(|step| step.answer.is_done()) {
            let Some((last, wrong)) = stair.split_last() else { continue };
            let sound = told(last);
            let following = wrong.iter().skip(1).chain([last]);
            let faults: Vec<Fault> = wrong
                .iter()
                .zip(following)
                .filter_map(|(one, next)| Fault::between(&told(one), &told(next)))
                .collect();
            let alone: Vec<u16> = faults.iter().map(|fault| answer(last, fault.put(sound.clone()))).collect();
            for (one, other) in (0..faults.len()).flat_map(|one| (0..one).map(move |other| (one, other))) {
                let least = alone[one].min(alone[other]);
                let both = [&faults[one], &faults[other]];
                if least == 0 || least >= BOOK || both[0].touches(both[1]) {
                    continue;
                }
                let told = answer(last, both[0].put(both[1].put(sound.clone())));
                pairs += 1;
                if told != least {
                    let mut known = TOGETHER.iter().map(|&(name, least, told, _)| (name, least, told));
                    assert!(
                        known.any(|known| known == (name, least, told)),
                        "{name}: {told} instead of {least}, {both:?}"
                    );
                    met += 1;
                }
            }
        }
    }
    assert_eq!(met, TOGETHER.len(), "each exception is met");
    assert!(pairs > 200, "only {pairs} pairs were tried");
}

/// What a step mends, as it was before: a place in the command, and what stood there.
#[derive(Debug)]
struct Fault {
    place: String,
    value: Value,
}

impl Fault {
    /// The first place where two values differ, with what stands there in the first.
    fn between(one: &Value, next: &Value) -> Option<Self> {
        let inside = |place: String, one: &Value, next: &Value| {
            Fault::between(one, next).map(|fault| Fault { place: place + &fault.place, ..fault })
        };
        match (one, next) {
            _ if one == next => None,
            (Value::Object(fields), Value::Object(others)) if fields.keys().eq(others.keys()) => {
                fields.iter().find_map(|(name, value)| inside(format!("/{name}"), value, &others[name]))
            }
            (Value::Array(list), Value::Array(other)) if list.len() == other.len() => {
                let mut pairs = list.iter().zip(other).enumerate();
                pairs.find_map(|(at, (value, other))| inside(format!("/{at}"), value, other))
            }
            _ => Some(Fault { place: String::new(), value: one.clone() }),
        }
    }

    /// The command with this fault.
    fn put(&self, mut command: Value) -> Value {
        *command.pointer_mut(&self.place).expect("the last step has what those before it have") =
            self.value.clone();
        command
    }

    /// Whether both are in one place, or one within the other's.
    fn touches(&self, other: &Fault) -> bool {
        self.place.starts_with(&other.place) || other.place.starts_with(&self.place)
    }
}

/// What a command is answered in the place of a step.
fn answer(step: &Played, mut command: Value) -> u16 {
    let actor = serde_json::from_value(command["actor"].take()).expect("an agent's number");
    let command = serde_json::from_value(command["command"].take()).expect("a command");
    let mut realm = step.before.clone().expect("no step is repeated");
    let next = Sequence(realm.sequence().0 + 1);
    let envelope = Envelope { id: CommandId(u128::MAX), actor, command };
    realm.apply(next, step.time, &envelope, &mut Events::default()).0
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
