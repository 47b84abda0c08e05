//! Any bytes, read as every format: nothing panics, what is read keeps the rules of a round, what is refused
//! is refused at a place in the text, and a round written as JSON is read again as the same round. A round of bundles
//! is cleared for as long as that is short, and what comes out must prove itself.

#![no_main]

use bartizan_engine::Round;
use bartizan_io::bundle::document;
use bartizan_io::format::{self, FORMATS, Format, json};
use bartizan_solver::budget::Budget;
use bartizan_solver::bundle::solve;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    read(format::detect(text), text);
    for format in FORMATS {
        read(format, text);
    }
    if let Ok(Some(bundles)) = json::read_bundles(text) {
        let found = solve(&bundles.problem, Budget::new(1_000_000), &mut |_, _, _| ());
        let told = document::document(&bundles, &found);
        assert_eq!(document::check(&bundles, &told), Ok(found.carried));
    }
});

fn read(format: &Format, text: &[u8]) {
    match (format.read)(text) {
        Ok(reading) => {
            assert_eq!(reading.round.check(), None);
            survives_writing(&reading.round);
        }
        Err(error) => {
            let lines = text.split(|byte| matches!(byte, b'\n' | b'\r')).count() as u64;
            assert!((1..=lines).contains(&error.line) && error.column >= 1, "{error}");
            assert!(!error.message.is_empty());
        }
    }
}

fn survives_writing(round: &Round<'_>) {
    let mut written = Vec::new();
    json::write(round, &mut written).expect("memory can be written");
    assert_eq!(format::detect(&written).name, "json");
    let format = format::by_name("json").expect("JSON is a format");
    let again = (format.read)(&written).expect("what is written can be read");
    assert_eq!(format!("{round:?}"), format!("{:?}", again.round));
}
