//! Every command and every reject occurs in a scenario: a new one without a scenario fails here.

use std::collections::BTreeSet;

use bartizan_engine::realm::command::Command;
use bartizan_engine::reject::Reject;

use crate::scenarios;

/// What no scenario of a bearable length comes to; [`crate::doctored`] has a test for the first, and `budget` for the second.
const TOO_FAR: [Reject; 2] = [Reject::Full, Reject::MarketBehind];

#[test]
fn every_command_is_carried_out_in_a_scenario() {
    let done: BTreeSet<&str> = scenarios()
        .iter()
        .flat_map(|scenario| &scenario.commands)
        .filter(|played| played.answer.is_done())
        .map(|played| played.command.name())
        .collect();
    let missing: Vec<_> = Command::NAMES.iter().filter(|name| !done.contains(*name)).collect();
    assert!(missing.is_empty(), "no scenario shows {missing:?}");
}

#[test]
fn every_reject_occurs_in_a_scenario() {
    let told: BTreeSet<u16> =
        scenarios().iter().flat_map(|scenario| &scenario.commands).map(|played| played.answer.0).collect();
    let missing: Vec<Reject> = Reject::all()
        .filter(|reject| !told.contains(&reject.number()) && !TOO_FAR.contains(reject))
        .collect();
    assert!(missing.is_empty(), "no scenario shows {missing:?}");
    for reject in TOO_FAR {
        assert!(!told.contains(&reject.number()), "a scenario shows {reject:?}: it is not too far");
    }
}

/// A name is a name of one number, and the other way round.
#[test]
fn numbers_and_names_are_unique() {
    let all: Vec<Reject> = Reject::all().collect();
    let numbers: BTreeSet<u16> = all.iter().map(|reject| reject.number()).collect();
    let rising = Reject::ALL.windows(2).all(|pair| pair[0].number() < pair[1].number());
    assert!(rising && numbers.len() == all.len(), "numbers rise and are unique");
    let names: BTreeSet<String> = Reject::ALL.iter().map(|reject| reject.name()).collect();
    assert_eq!(names.len(), Reject::ALL.len());
}
