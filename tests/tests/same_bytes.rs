//! The same round gives the same bytes: in every build, on any machine, with any number of threads. The files
//! `tests/rounds/*.expected.json` hold what a round's outcome is; debug and release builds both meet them.
//!
//! A change that is meant to change outcomes writes them anew: `BARTIZAN_BLESS=1 cargo test --test same_bytes`.

use std::path::Path;

use bartizan_tests::program::{Scratch, run};
use bartizan_tests::round_file;

#[test]
fn the_excerpt() {
    let excerpt = round_file("onewant-excerpt.txt");
    is_as_expected(&excerpt, "items,users", "onewant-excerpt.expected.json");
}

#[test]
fn a_round_with_money_and_a_limit() {
    is_as_expected(&round_file("fair.json"), "items,users", "fair.expected.json");
}

/// This also pins what the generator makes up.
#[test]
fn a_generated_list() {
    let scratch = Scratch::new();
    let options = ["--items", "300", "--seed", "7", "--dummies", "30", "--priorities", "--official-names"];
    let list = run(["generate", "mathtrade"].into_iter().chain(options)).clean();
    is_as_expected(&scratch.file("list.txt", list), "items,cost,users", "generated-300.expected.json");
}

fn is_as_expected(round: &Path, objectives: &str, expected: &str) {
    let round = round.display().to_string();
    let cleared = |threads| {
        run(["clear", &round, "--objective", objectives, "--format", "json", "--threads", threads]).clean()
    };
    let outcome = cleared("1");
    assert_eq!(cleared("3"), outcome, "{round}: not the same on three threads");
    let path = round_file(expected);
    if std::env::var_os("BARTIZAN_BLESS").is_some() {
        std::fs::write(&path, &outcome).expect("the expected outcome can be written");
    }
    let known = std::fs::read_to_string(&path).expect("the expected outcome is part of the repository");
    let differs = outcome.lines().zip(known.lines()).position(|(now, then)| now != then);
    assert!(outcome == known, "{round}: differs from {expected} from line {:?} on", differs.map(|at| at + 1));
}
