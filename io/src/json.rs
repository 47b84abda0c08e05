//! JSON, read; and what is wrong with it, in the words of those who write it: what `serde` says is of Rust.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_path_to_error::{Path, Segment};

use crate::strict::Strict;

/// The longest name for which a similar one is looked for.
const MOST_NAME: usize = 64;

/// JSON that is not what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {cause}")]
pub struct Malformed {
    /// Counted from 1.
    pub line: u64,
    /// Counted from 1, in bytes.
    pub column: u64,
    /// What was expected, and in which field.
    pub cause: String,
}

/// Reads all of `text`. Structures are objects in it, never lists.
///
/// # Errors
/// If it is no JSON, or not of what was expected; with the place, the field, and the known name that is nearest to a mistyped one.
pub fn read<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, Malformed> {
    let mut from = serde_json::Deserializer::from_slice(text);
    let read = T::deserialize(Strict(&mut from)).and_then(|read| from.end().map(|()| read));
    read.map_err(|error| {
        let told = error.to_string();
        let told = told.rsplit_once(" at line ").map_or(told.as_str(), |(cause, _)| cause);
        let (line, column) = (error.line().max(1) as u64, error.column().max(1) as u64);
        Malformed { line, column, cause: plain(told, &place::<T>(text)) }
    })
}

/// Where reading stops. What is read once without its places is read again with them only if it is refused: they cost time.
fn place<'a, T: Deserialize<'a>>(text: &'a [u8]) -> String {
    let mut from = serde_json::Deserializer::from_slice(text);
    match serde_path_to_error::deserialize::<_, T>(Strict(&mut from)) {
        Ok(_) => String::new(),
        Err(error) => told_path(error.path()),
    }
}

/// `told`, said by `serde` of what stands at `place`, in plain words.
pub(crate) fn plain(told: &str, place: &str) -> String {
    let within = in_place(place);
    if let Some(field) = quoted(told, "missing field `") {
        return format!("the field `{field}` is missing{within}");
    }
    if let Some(field) = quoted(told, "duplicate field `") {
        return format!("the field `{field}` is given twice{within}");
    }
    for (start, what) in [("unknown field `", "field"), ("unknown variant `", "name")] {
        if let Some((name, known)) = told.strip_prefix(start).and_then(unknown) {
            let within =
                in_place(place.strip_suffix(name).map_or(place, |around| around.trim_end_matches('.')));
            return format!("unknown {what} `{name}`{within}{}", instead(name, &known));
        }
    }
    let wrong = told.strip_prefix("invalid type: ").or_else(|| told.strip_prefix("invalid value: "));
    if let Some((found, expected)) = wrong.and_then(|wrong| wrong.rsplit_once(", expected ")) {
        return format!("{} is expected{within}, not {}", kind(expected), value(found));
    }
    if let Some((length, expected)) =
        told.strip_prefix("invalid length ").and_then(|wrong| wrong.rsplit_once(", expected "))
    {
        return format!("{} is expected{within}, and what is there has length {length}", kind(expected));
    }
    if told == "expected value" {
        return format!("there is no JSON value that fits{within}");
    }
    if told.starts_with("EOF while parsing") {
        return "the text ends before its JSON does".to_owned();
    }
    if told == "trailing characters" {
        return "the text goes on after the end of its JSON".to_owned();
    }
    format!("{told}{within}")
}

fn in_place(place: &str) -> String {
    if place.is_empty() { String::new() } else { format!(" in `{place}`") }
}

/// What stands between `start` and the next backtick, if `told` starts so.
fn quoted<'a>(told: &'a str, start: &str) -> Option<&'a str> {
    told.strip_prefix(start)?.strip_suffix('`')
}

/// The name that is not known, and those that are.
fn unknown(rest: &str) -> Option<(&str, Vec<&str>)> {
    if let Some((name, _)) = rest.rsplit_once("`, there are no ") {
        return Some((name, Vec::new()));
    }
    let (name, known) = rest.rsplit_once("`, expected ")?;
    // Known names stand between backticks, so they are every second part.
    Some((name, known.split('`').skip(1).step_by(2).collect()))
}

/// What could be said instead of `name`.
fn instead(name: &str, known: &[&str]) -> String {
    if known.is_empty() {
        return "; none is known there".to_owned();
    }
    if let Some(near) = nearest(name, known) {
        return format!("; did you mean `{near}`?");
    }
    let mut told = String::from("; known: ");
    for (index, name) in known.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(told, "{comma}`{name}`").expect("a string takes everything");
    }
    told
}

/// The known name that differs least from `name`, if at most a third of it, or one letter, but not all of it differs: is missing, added, replaced or swapped with
/// the next.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    if name.len() > MOST_NAME {
        return None;
    }
    let folded = name.to_lowercase();
    let count = folded.chars().count();
    let most = (count / 3).max(1).min(count.saturating_sub(1));
    let apart = known.iter().map(|near| (strsim::osa_distance(&folded, &near.to_lowercase()), *near));
    apart.filter(|&(apart, _)| apart <= most).min_by_key(|&(apart, _)| apart).map(|(_, near)| near)
}

/// The fields and places in lists that lead to something: `command.SubmitOffer.wants[2]`.
fn told_path(path: &Path) -> String {
    let mut told = String::new();
    for step in path {
        let name = match step {
            Segment::Seq { index } => {
                write!(told, "[{index}]").expect("a string takes everything");
                continue;
            }
            Segment::Map { key } => key,
            Segment::Enum { variant } => variant,
            Segment::Unknown => continue,
        };
        if !told.is_empty() {
            told.push('.');
        }
        told.push_str(name);
    }
    told
}

/// What `serde` expects, as JSON calls it.
fn kind(expected: &str) -> String {
    let (low, high): (i128, i128) = match expected {
        "u8" => (0, u8::MAX.into()),
        "u16" => (0, u16::MAX.into()),
        "u32" => (0, u32::MAX.into()),
        "u64" => (0, u64::MAX.into()),
        "i32" => (i32::MIN.into(), i32::MAX.into()),
        // Fewer are allowed everywhere, and which is told where the number's meaning is.
        "i64" => return "a whole number of at most 18 digits".to_owned(),
        _ => return kind_of_name(expected).to_owned(),
    };
    format!("a whole number from {low} to {high}")
}

fn kind_of_name(expected: &str) -> &str {
    match expected {
        "a boolean" => "true or false",
        "a string" | "string" => "a text in quotation marks",
        "a sequence" => "a list",
        "a map" | "map" => "an object",
        "variant identifier" | "string or map" => "a name, or an object of one field that has it",
        "unit variant" | "unit" => "a name alone",
        _ if expected.starts_with("struct variant") => "a name with its fields as an object",
        _ if expected.starts_with("newtype variant") => "a name with a value",
        _ if expected.starts_with("a tuple ") || expected.starts_with("tuple ") => "a list",
        _ if expected.starts_with("struct ") => "an object",
        _ if expected.contains("enum ") => "a name, or an object of one field that has it",
        _ => expected,
    }
}

/// What `serde` found, as JSON calls it.
fn value(found: &str) -> String {
    let (what, rest) = found.split_once(' ').unwrap_or((found, ""));
    match what {
        "integer" | "boolean" => rest.trim_matches('`').to_owned(),
        "floating" => rest.trim_start_matches("point ").trim_matches('`').to_owned(),
        "string" => format!("the text {rest}"),
        "map" => "an object".to_owned(),
        "sequence" => "a list".to_owned(),
        "unit" if rest == "variant" => "a name alone".to_owned(),
        "unit" => "null".to_owned(),
        "newtype" | "struct" if rest == "variant" => "a name with a value".to_owned(),
        _ => found.to_owned(),
    }
}
