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

use crate::json::{self, Malformed};

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

/// Reads line `number` (counted from 1); none if it says nothing.
///
/// # Errors
/// If it is no command, or longer than [`MOST_LINE`], with line and column.
pub fn read_line(number: u64, text: &[u8]) -> Result<Option<Line>, Malformed> {
    if text.len() > MOST_LINE {
        let cause = format!("the line has {} bytes or more, and at most {MOST_LINE} are read", text.len());
        return Err(Malformed { line: number, column: MOST_LINE as u64 + 1, cause });
    }
    let trimmed = text.trim_ascii();
    if trimmed.is_empty() || trimmed[0] == b'#' {
        return Ok(None);
    }
    // Some editors put a mark before the first line.
    let body = if number == 1 { text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text) } else { text };
    let skipped = (text.len() - body.len()) as u64;
    json::read(body).map(Some).map_err(|Malformed { line, column, mut cause }| {
        if cause.starts_with("the text ends") {
            cause.push_str(": a command stands on one line");
        } else if line == 1 && column == 1 && trimmed[0] != b'{' {
            cause.push_str(
                r#": expected a command, such as {"id": 1, "command": {"RegisterAgent": {"name": "ann"}}}"#,
            );
        }
        Malformed { line: number, column: column + skipped, cause }
    })
}

/// The lines of `bytes`, each with its number from 1.
pub fn lines(bytes: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    (1..).zip(bytes.split(|&byte| byte == b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(command: &str) -> String {
        let line = format!(r#"{{"id":1,"command":{command}}}"#);
        read_line(7, line.as_bytes()).expect_err("it is no command").to_string()
    }

    #[test]
    fn what_is_wrong_is_told_in_plain_words_with_its_field() {
        for (command, expected) in [
            (
                r#"{"RegisterAgent":{"nmae":"ann"}}"#,
                "line 7, column 42: unknown field `nmae` in `command.RegisterAgent`; did you mean `name`?",
            ),
            (r#"{"RegisterAgent":{}}"#, "the field `name` is missing in `command.RegisterAgent`"),
            (
                r#"{"RegisterAgnet":{}}"#,
                "unknown name `RegisterAgnet` in `command`; did you mean `RegisterAgent`?",
            ),
            (
                r#"{"RegisterAgent":{"name":7}}"#,
                "a text in quotation marks is expected in `command.RegisterAgent.name`, not 7",
            ),
            (
                r#"{"RegisterAgent":{"name":"a","name":"b"}}"#,
                "the field `name` is given twice in `command.RegisterAgent`",
            ),
            (
                r#"{"SettleRound":{"round":"one"}}"#,
                "a whole number from 0 to 4294967295 is expected in `command.SettleRound.round`, not the text \"one\"",
            ),
            (
                r#"{"SettleRound":{"round":-1}}"#,
                "from 0 to 4294967295 is expected in `command.SettleRound.round`, not -1",
            ),
            (
                r#"{"AdvanceClock":{"x":1}}"#,
                "unknown field `x` in `command.AdvanceClock`; none is known there",
            ),
            (r#"{"SetRoles":{"agent":[],"roles":0}}"#, "is expected in `command.SetRoles.agent`, not a list"),
            (
                r#"{"NewOrder":{"market":1,"order":{"side":"Purple"}}}"#,
                "unknown name `Purple` in `command.NewOrder.order.side`; known: `Buy`, `Sell`",
            ),
            ("7", "there is no JSON value that fits in `command`"),
            (r#"{"RegisterAgent":{"name":"ann"}"#, "the text ends before its JSON does"),
        ] {
            let told = told(command);
            assert!(told.contains(expected), "{command}: {told}");
            assert!(told.starts_with("line 7, column "), "{told}");
        }
    }

    #[test]
    fn places_in_lists_and_what_quotation_marks_hide_are_told_apart() {
        let steps = r#"[{"PostPending":{"transfer":1}},{"CreateTransfer":{"memo":"\"{[,:","from":1}}]"#;
        let told = told(&format!(r#"{{"LinkedTransfers":{{"steps":{steps}}}}}"#));
        assert!(told.contains("in `command.LinkedTransfers.steps["), "{told}");
    }

    #[test]
    fn no_word_of_rust_is_left() {
        for command in [
            r#"{"RegisterAgent":[7]}"#,
            r#""RegisterAgent""#,
            r#"{"AdvanceClock":7}"#,
            r#"{"SetRoles":{"agent":1.5}}"#,
        ] {
            let told = told(command);
            for word in ["struct", "variant", "invalid type", "u32", "enum", "tuple"] {
                assert!(!told.contains(word), "{command}: {told}");
            }
        }
    }
}
