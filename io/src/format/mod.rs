//! The registry of round formats: one file each, one line in [`FORMATS`].
//!
//! A format recognises its own text from the first bytes, reads the whole text into a
//! [`Reading`] that borrows names from it, and reports what is wrong with line and column.

use bartizan_engine::Round;

use crate::json::Malformed;

pub mod json;
pub mod trademaximizer;

/// One way of writing a round.
#[derive(Debug)]
pub struct Format {
    /// The name given to `--kind`.
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// Whether a text looks like this format. The first format of [`FORMATS`] that says yes reads it.
    pub detect: fn(&[u8]) -> bool,
    /// Reads a whole text.
    pub read: for<'a> fn(&'a [u8]) -> Result<Reading<'a>, ReadError>,
}

/// Every format, the most particular first; the last one accepts any text.
pub const FORMATS: &[Format] = &[json::FORMAT, trademaximizer::OZ, trademaximizer::TRADEMAXIMIZER];

/// A round as read, with what its text says beyond the round itself.
#[derive(Debug, Default)]
pub struct Reading<'a> {
    /// The round.
    pub round: Round<'a>,
    /// The name of the format that read it.
    pub format: &'static str,
    /// What was wrong and survived, one sentence each, in the order in which it is to be shown.
    pub notices: Vec<String>,
    /// What is worth knowing of how it was read, though nothing is wrong, one sentence each.
    pub remarks: Vec<String>,
    /// Official names that have no want list, sorted.
    pub missing: Vec<String>,
    /// The options as given, upper-cased, in order.
    pub options: Vec<String>,
    /// What the text asks to show and to hide.
    pub display: Display,
}

/// What a text asks to show and to hide.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // each is one independent option of the format
pub struct Display {
    /// Whether names are told apart by case; if not, outputs made for older tools show capitals.
    pub case_sensitive: bool,
    /// Show the notices.
    pub errors: bool,
    /// Show the rings.
    pub loops: bool,
    /// Show one line per item.
    pub summary: bool,
    /// Include items that do not trade in the summary.
    pub nontrades: bool,
    /// Show statistics.
    pub stats: bool,
    /// Show official names without a want list.
    pub missing: bool,
    /// Show how long it took.
    pub elapsed_time: bool,
    /// Show the wants that can still be part of an optimum.
    pub wants: bool,
    /// Order the summary by item, not by user.
    pub sort_by_item: bool,
}

impl Default for Display {
    fn default() -> Self {
        Display {
            case_sensitive: false,
            errors: true,
            loops: true,
            summary: true,
            nontrades: true,
            stats: true,
            missing: false,
            elapsed_time: false,
            wants: false,
            sort_by_item: false,
        }
    }
}

/// Why a text is not a round, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct ReadError {
    /// Line, from 1.
    pub line: u64,
    /// Column in bytes, from 1.
    pub column: u64,
    /// What is wrong and what was expected.
    pub message: String,
}

impl From<Malformed> for ReadError {
    fn from(malformed: Malformed) -> Self {
        let Malformed { line, column, cause } = malformed;
        ReadError { line, column, message: cause }
    }
}

/// The format called `name`, if there is one.
pub fn by_name(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

/// The format that recognises `text`; the last one accepts any.
#[allow(clippy::missing_panics_doc)] // it cannot: see there
pub fn detect(text: &[u8]) -> &'static Format {
    FORMATS.iter().find(|format| (format.detect)(text)).expect("the last format accepts any text")
}
