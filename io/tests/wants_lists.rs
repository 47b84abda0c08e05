//! Real wants lists, whole and damaged: what is read keeps the round's invariants, what is written
//! as JSON is read again, and nothing panics. The lists are not part of the repository.

use std::path::PathBuf;

use bartizan_io::format::{self, Format, Reading, json};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// The real lists, with their names.
fn lists() -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/mathtrade");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: there are no real lists at {}", folder.display());
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.expect("the folder can be listed").path());
    let mut lists: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .map(|path| (path.display().to_string(), std::fs::read(&path).expect("a list can be read")))
        .collect();
    lists.sort();
    lists
}

fn text_formats() -> impl Iterator<Item = &'static Format> {
    ["trademaximizer", "oz"].into_iter().filter_map(format::by_name)
}

/// Reads `text` and checks what every reading keeps to.
fn sound<'a>(format: &Format, text: &'a [u8]) -> Option<Reading<'a>> {
    match (format.read)(text) {
        Ok(reading) => {
            assert_eq!(reading.round.check(), None);
            Some(reading)
        }
        Err(error) => {
            let lines = text.split(|byte| matches!(byte, b'\n' | b'\r')).count() as u64;
            assert!((1..=lines).contains(&error.line) && error.column >= 1, "{error}");
            assert!(error.message.contains("expected"), "{error}");
            None
        }
    }
}

#[test]
fn real_lists_survive_being_written_as_json() {
    for (name, text) in lists() {
        for reading in text_formats().filter_map(|format| sound(format, &text)) {
            let mut written = Vec::new();
            json::write(&reading.round, &mut written).unwrap();
            assert_eq!(format::detect(&written).name, "json");
            let again =
                sound(format::by_name("json").unwrap(), &written).expect("what is written can be read");
            assert_eq!(format!("{:?}", reading.round), format!("{:?}", again.round), "{name}");
        }
    }
}

#[test]
fn real_lists_are_recognised() {
    for (name, text) in lists() {
        let expected = if name.contains("oz_") { "oz" } else { "trademaximizer" };
        assert_eq!(format::detect(&text).name, expected, "{name}");
    }
}

/// One change to a text: bytes at a place, some of them removed, others put in.
fn change() -> impl Strategy<Value = (usize, usize, Vec<u8>)> {
    let marks = b"()%;:=$# \t\r\n\x0B\x01\x80\xC3\xA9!\"019azAZ".to_vec();
    let byte = prop_oneof![4 => proptest::sample::select(marks), 1 => any::<u8>()];
    (any::<usize>(), 0_usize..4, proptest::collection::vec(byte, 0..4))
}

#[test]
fn damaged_lists_never_panic() {
    let mut runner = TestRunner::new(Config { cases: 400, failure_persistence: None, ..Config::default() });
    let lists = lists();
    let head = "#! ALLOW-DUMMIES EXPLICIT-PRIORITIES\n!BEGIN-OFFICIAL-NAMES\na-1 ==> \"A\"\nb\n!END-OFFICIAL-NAMES\n\
        (ann) a-1 : b=2 ; %x $5\n(ann) %x : b c\n(bob jr) b : a-1 a-1 b\n(bob jr) $5: b\n(bob jr) LIMIT: $7\n";
    let texts: Vec<&[u8]> = lists.iter().map(|(_, text)| &text[..]).chain([head.as_bytes()]).collect();
    let changes = proptest::collection::vec(change(), 1..8);
    runner
        .run(&(any::<usize>(), any::<usize>(), changes), |(which, from, changes)| {
            // Small texts more often than not, so that a change meets what the others changed.
            let text = if which % 2 == 0 { head.as_bytes() } else { texts[which % texts.len()] };
            let from = if which % 3 == 0 { from % text.len() } else { 0 };
            let mut text = text[from..].to_vec();
            for (place, removed, put_in) in changes {
                let start = place % (text.len() + 1);
                let end = (start + removed).min(text.len());
                text.splice(start..end, put_in);
            }
            for format in format::FORMATS {
                sound(format, &text);
            }
            Ok(())
        })
        .unwrap();
}
