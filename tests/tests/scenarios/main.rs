//! The scenarios of `tests/scenarios`, played on a real realm: each command, and under it what must follow. `tests/scenarios/README.md`
//! tells the notation.
//!
//! `BARTIZAN_BLESS=1 cargo test -p bartizan-tests --test scenarios` writes what follows now into the files, to be looked through
//! with `git diff`.

mod coverage;
mod doctored;
mod journalled;
mod notation;
mod order;
mod play;
mod speech;
mod stage;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use play::{Scenario, folder};

/// All scenarios, played once.
pub(crate) fn scenarios() -> &'static [Scenario] {
    static PLAYED: OnceLock<Vec<Scenario>> = OnceLock::new();
    PLAYED.get_or_init(|| {
        let mut paths = Vec::new();
        collect(&folder(), &mut paths);
        paths.sort();
        paths.iter().map(|path| Scenario::play(path)).collect()
    })
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("the scenarios are part of the repository");
    for path in entries.map(|entry| entry.expect("its entries can be read").path()) {
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "scenario") {
            paths.push(path);
        }
    }
}

#[test]
fn what_is_written_is_what_follows() {
    let mut wrong = Vec::new();
    for scenario in scenarios() {
        if scenario.written == scenario.played {
            continue;
        }
        if std::env::var_os("BARTIZAN_BLESS").is_some() {
            std::fs::write(&scenario.path, &scenario.played).unwrap();
            continue;
        }
        wrong.push(difference(scenario));
    }
    assert!(wrong.is_empty(), "{} scenarios end otherwise\n{}", wrong.len(), wrong.join("\n"));
    assert!(scenarios().len() > 60, "only {} scenarios were found", scenarios().len());
}

/// The first line that differs, with what stands there and what should.
fn difference(scenario: &Scenario) -> String {
    let mut played = scenario.played.lines();
    let mut written = (1..).zip(scenario.written.lines());
    let (line, expected, got) = loop {
        match (written.next(), played.next()) {
            (Some((_, expected)), Some(got)) if expected == got => {}
            (Some((line, expected)), got) => break (line, expected, got.unwrap_or("nothing more")),
            (None, got) => break (scenario.written.lines().count() + 1, "nothing more", got.unwrap_or("")),
        }
    };
    format!("{}:{line}\n  expected:{expected}\n  got:     {got}", scenario.path.display())
}

/// A scenario tells by its first line what it is about.
#[test]
fn every_scenario_has_a_title() {
    let lacks = |scenario: &&Scenario| !scenario.written.starts_with("# ");
    let untitled: Vec<&PathBuf> = scenarios().iter().filter(lacks).map(|scenario| &scenario.path).collect();
    assert!(untitled.is_empty(), "{untitled:?}");
}
