//! The style of the source, kept by a test. What it finds it tells as `file:line: rule`.
//!
//! Exceptions are listed below with their present size, which may only fall: an exception that grows fails,
//! and so does one that shrinks without its entry being lowered.

mod checks;
mod imports;
mod rules;
mod source;

use imports::Imports;
use source::Source;

/// Files and functions that are too long: the file, the function (none for the file itself), its lines.
const LONG: &[(&str, &str, usize)] = &[];

/// Imports that close a circle: the file that imports and the file that is imported. Without these, imports
/// within a crate run one way.
const CLOSE_A_CIRCLE: &[(&str, &str)] = &[
    ("io/src/cli/mod.rs", "io/src/cli/auction.rs"),
    ("io/src/cli/mod.rs", "io/src/cli/audit.rs"),
    ("io/src/cli/mod.rs", "io/src/cli/batch.rs"),
    ("io/src/cli/mod.rs", "io/src/cli/bench.rs"),
    ("io/src/cli/mod.rs", "io/src/cli/clear.rs"),
    ("io/src/cli/mod.rs", "io/src/cli/compare.rs"),
    ("io/src/cli/mod.rs", "io/src/cli/explain.rs"),
    ("io/src/cli/mod.rs", "io/src/cli/export.rs"),
    ("io/src/cli/mod.rs", "io/src/cli/generate.rs"),
    ("io/src/cli/mod.rs", "io/src/cli/journal.rs"),
    ("io/src/cli/mod.rs", "io/src/cli/log/mod.rs"),
    ("io/src/cli/mod.rs", "io/src/cli/net.rs"),
    ("io/src/cli/mod.rs", "io/src/cli/replay.rs"),
    ("io/src/cli/mod.rs", "io/src/cli/replay_log.rs"),
    ("io/src/cli/mod.rs", "io/src/cli/round/mod.rs"),
    ("io/src/cli/mod.rs", "io/src/cli/run.rs"),
    ("io/src/cli/mod.rs", "io/src/cli/schema.rs"),
    ("io/src/cli/mod.rs", "io/src/cli/serve.rs"),
    ("io/src/cli/mod.rs", "io/src/cli/snapshot.rs"),
    ("io/src/cli/mod.rs", "io/src/cli/state.rs"),
    ("io/src/cli/mod.rs", "io/src/cli/token.rs"),
    ("io/src/cli/mod.rs", "io/src/cli/trust.rs"),
    ("io/src/cli/mod.rs", "io/src/cli/value.rs"),
    ("io/src/cli/mod.rs", "io/src/cli/verify.rs"),
    ("io/src/format/mod.rs", "io/src/format/json.rs"),
    ("io/src/format/mod.rs", "io/src/format/trademaximizer/mod.rs"),
    ("io/src/generate/community.rs", "io/src/generate/mod.rs"),
    ("io/src/report/page/mod.rs", "io/src/report/page/rings.rs"),
    ("io/src/report/page/mod.rs", "io/src/report/page/sheets.rs"),
    ("io/src/report/page/mod.rs", "io/src/report/page/untraded.rs"),
];

fn sources() -> Vec<Source> {
    let sources = source::all(&bartizan_tests::workspace());
    assert!(sources.len() > 50, "the source is not where it is looked for");
    sources
}

#[track_caller]
fn none(found: &[String]) {
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn every_file_says_what_it_is() {
    none(&sources().iter().filter_map(rules::opens_with_what_it_is).collect::<Vec<_>>());
}

#[test]
fn only_tests_unwrap() {
    none(&sources().iter().flat_map(rules::unwraps).collect::<Vec<_>>());
}

#[test]
fn nothing_is_left_for_later() {
    none(&sources().iter().flat_map(rules::leftovers).collect::<Vec<_>>());
}

#[test]
fn files_and_functions_are_short() {
    let found: Vec<rules::Long> = sources().iter().flat_map(rules::long).collect();
    none(&rules::ratchet(&found, LONG));
}

#[test]
fn crates_know_only_what_is_below_them() {
    none(&sources().iter().flat_map(imports::between_crates).collect::<Vec<_>>());
}

#[test]
fn no_two_files_import_each_other() {
    let sources = sources();
    let folders = ["engine", "solver", "io", "io/capi", "benches", "tests"];
    let mut imports: Imports =
        folders.iter().flat_map(|folder| imports::within_crate(&sources, folder)).collect();
    let mut told = Vec::new();
    for &(from, to) in CLOSE_A_CIRCLE {
        if !imports::reachable(&imports, to).contains(from) || !imports[from].contains_key(to) {
            told.push(format!(
                "{from}:1: importing {to} closes no circle any more, so take its entry away here"
            ));
        }
    }
    for (from, to) in CLOSE_A_CIRCLE {
        imports.get_mut(*from).and_then(|of| of.remove(*to));
    }
    for circle in imports::circles(&imports) {
        told.push(format!("{}\n  ... and these imports run in a circle", circle.join("\n")));
    }
    none(&told);
}
