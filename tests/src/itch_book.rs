//! A book as it is shown, and as readers of ITCH 5.0 rebuild it: a line a level, bids first.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use bartizan_engine::book::{Book, Side};

use crate::program::run;
use crate::{flow_file, not_judged};

/// What a book shows. A tick is taken for a cent, and ITCH has four decimals.
///
/// # Panics
/// It cannot: a string grows.
pub fn shown(book: &Book) -> String {
    let mut told = String::new();
    for (side, letter) in [(Side::Buy, 'B'), (Side::Sell, 'S')] {
        for level in book.depth(side, usize::MAX) {
            let price = level.price.0 * 100;
            writeln!(told, "{letter} {price} {} {}", level.quantity.0, level.count).expect("a string grows");
        }
    }
    told
}

/// What our own reader makes of a file.
///
/// # Panics
/// If it refuses it.
pub fn by_our_reader(file: &Path) -> String {
    let arguments = ["replay", "--json", "--depth", "1000"].map(AsRef::as_ref);
    let said = run(arguments.into_iter().chain([file.as_os_str()])).clean();
    let json: serde_json::Value = serde_json::from_str(&said).expect("it is JSON");
    let mut told = String::new();
    for (side, letter) in [("bids", 'B'), ("asks", 'S')] {
        for level in json[side].as_array().expect("levels are a list") {
            let price = (level[0].as_f64().expect("a price is a number") * 10_000.0).round();
            writeln!(told, "{letter} {price} {} {}", level[1], level[2]).expect("a string grows");
        }
    }
    told
}

/// What `PyPI`'s `itchfeed` makes of a file, and which messages it met, as `rebuild.py` says; none, with a word about it, where it is not there.
///
/// # Panics
/// If it refuses the file, or is to be there and is not.
pub fn by_itchfeed(file: &Path) -> Option<(String, String)> {
    let python = std::env::var_os("BARTIZAN_PYTHON").unwrap_or_else(|| "python3".into());
    let Ok(said) = Command::new(&python).arg(flow_file("rebuild.py")).arg(file).output() else {
        not_judged("Python", "Python 3 with PyPI's `itchfeed`, in PATH or named by BARTIZAN_PYTHON");
        return None;
    };
    if said.status.code() == Some(77) {
        not_judged("Python's `itchfeed`", "PyPI's `itchfeed`");
        return None;
    }
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let text = String::from_utf8_lossy(&said.stdout);
    let (book, letters) = text.trim_end().rsplit_once('\n').expect("there is a book");
    Some((format!("{book}\n"), letters.to_owned()))
}
