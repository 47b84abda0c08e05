//! Commands as lines of JSON: one object a line, an envelope with its time if it has one.
//!
//! ```json
//! {"id": 1, "actor": 0, "time": 1700000000000000000, "command": {"RegisterAgent": {"name": "ann"}}}
//! ```
//!
//! What is malformed never reaches the journal. Blank lines and lines that start with `#` are passed over.

use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::command::{Command, Envelope};
use bartizan_engine::realm::ids::CommandId;
use serde::{Deserialize, Serialize};

/// One line: an envelope, and when it is to be taken. It has at most 134217728 bytes (128 MiB), and its command at most 16777204 in the canonical
/// form in which the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The actor's id of the command, never 0; sent again, it does nothing again.
    pub id: CommandId,
    /// Who asks: the number of an agent; 0, which is the realm itself, if none is named.
    #[serde(default)]
    pub actor: AgentId,
    /// The log's time in nanoseconds since 1970, at most 9223372036854775807, in the year 2262, since time never goes back; the clock's if none is given.
    #[serde(default, deserialize_with = "time", skip_serializing_if = "Option::is_none")]
    pub time: Option<u64>,
    /// What is asked.
    pub command: Command,
}

/// The latest time that a line may name, in nanoseconds since 1970: it is in the year 2262. A later one is a slip, and it would stay the log's time for good.
pub const LATEST: u64 = i64::MAX as u64;

/// The most bytes of one line.
pub const MOST_LINE: usize = 128 << 20;

fn time<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    let time = Option::<u64>::deserialize(from)?;
    if time.is_some_and(|time| time > LATEST) {
        let told = format!("the time is after April 2262: at most {LATEST} nanoseconds since 1970");
        return Err(serde::de::Error::custom(told));
    }
    Ok(time)
}

impl Line {
    /// The envelope.
    pub fn into_envelope(self) -> Envelope {
        Envelope { id: self.id, actor: self.actor, command: self.command }
    }
}

/// A line that is no command.
#[derive(Debug, thiserror::Error)]
#[error("line {line}, column {column}: {cause}")]
pub struct Malformed {
    /// Counted from 1.
    pub line: u64,
    /// Counted from 1.
    pub column: usize,
    /// What was expected.
    pub cause: String,
}

/// Reads line `number` (counted from 1); none if it says nothing.
///
/// # Errors
/// If it is no command, or longer than [`MOST_LINE`], with line and column.
pub fn read_line(number: u64, text: &[u8]) -> Result<Option<Line>, Malformed> {
    if text.len() > MOST_LINE {
        let cause = format!("the line has {} bytes or more, and at most {MOST_LINE} are read", text.len());
        return Err(Malformed { line: number, column: MOST_LINE + 1, cause });
    }
    let trimmed = text.trim_ascii();
    if trimmed.is_empty() || trimmed[0] == b'#' {
        return Ok(None);
    }
    serde_json::from_slice(text).map(Some).map_err(|error| {
        let told = error.to_string();
        // The place is told in our own words: it is always in this line.
        let cause = told.rsplit_once(" at line ").map_or(told.as_str(), |(cause, _)| cause).to_owned();
        Malformed { line: number, column: error.column().max(1), cause }
    })
}

/// The lines of `bytes`, each with its number from 1.
pub fn lines(bytes: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    (1..).zip(bytes.split(|&byte| byte == b'\n'))
}
