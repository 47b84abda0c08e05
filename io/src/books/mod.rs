//! The books of a realm, for people and for other programs: every movement that the log led to, written for a program that does its own
//! sums, with an assertion of every balance at the end.
//!
//! A format is a file of its own and a line in [`FORMATS`]. Books are written in one pass over the history and need no memory but the realm's.

mod beancount;
mod calendar;
mod ledger_file;
mod lines;
mod names;
mod rows;
mod whole;
mod writing;

pub use whole::write;
pub use writing::Books;

/// A format with its name.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// What it is called on command lines.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// Books in it.
    pub books: fn() -> Box<dyn Books>,
}

/// Every format.
pub const FORMATS: &[Format] = &[
    Format { name: "hledger", about: "a journal that hledger reads", books: ledger_file::hledger },
    Format { name: "ledger", about: "a journal that ledger reads", books: ledger_file::ledger },
    Format { name: "beancount", about: "an input that beancount reads", books: beancount::books },
    Format { name: "csv", about: "one row a movement", books: rows::books },
    Format { name: "jsonl", about: "one JSON object a command, with all events", books: lines::books },
];

/// The format called `name`.
pub fn by_name(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}
