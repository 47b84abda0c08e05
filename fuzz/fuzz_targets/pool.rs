//! Any bytes, read as every form of pool, by itself and with its second half as the file of altruists, and as the outcome of a pool: nothing panics, what is refused is
//! refused at a place in the text, and what is read is a pool whose small ones clear to what their documents prove.

#![no_main]

use bartizan_io::pool::document::{check, document};
use bartizan_io::pool::rules::{Aim, Rules, hard_to_match};
use bartizan_io::pool::{POOL_FORMATS, PoolError, PoolFormat, PoolReading, read_patients};
use bartizan_solver::budget::Budget;
use bartizan_solver::exchange::solve_levels;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let (first, second) = text.split_at(text.len() / 2);
    for format in POOL_FORMATS {
        read(format, text, None);
        read(format, first, Some(second));
    }
    let _ = read_patients(text);
});

fn read(format: &PoolFormat, text: &[u8], altruists: Option<&[u8]>) {
    match (format.read)(text, altruists) {
        Ok(reading) => clears(&reading, text),
        Err(PoolError::Text(error) | PoolError::Altruists(error)) => {
            assert!(error.line >= 1 && error.column >= 1 && !error.message.is_empty(), "{error}");
        }
        Err(PoolError::NoSecondFile) => assert!(altruists.is_some()),
    }
}

fn clears(reading: &PoolReading, text: &[u8]) {
    assert_eq!(reading.names.len(), reading.is_altruist.len());
    assert!(reading.arcs.iter().all(|arc| !reading.is_altruist[arc.head as usize] && arc.tail != arc.head));
    if reading.arcs.len() > 60 || reading.names.len() > 60 {
        return;
    }
    let mut objectives = vec![Aim::Transplants, Aim::Rings, Aim::Weight, Aim::HardToMatch];
    objectives.rotate_left(text.len() % 4);
    let rules = Rules {
        max_ring: 3,
        max_chain: 3,
        objectives,
        last_donations_count: text.len().is_multiple_of(3),
        hard_to_match: hard_to_match(reading),
    };
    let pool = Rules::pool(reading);
    let found = solve_levels(&pool, rules.caps(), &rules.levels(reading), Budget::new(1_000_000), &mut |_, _, _| ());
    let told = document(reading, rules, &pool, &found);
    assert_eq!(check(reading, &told), Ok(()));
}
