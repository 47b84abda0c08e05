//! What may be no want lists though it can be read as such: any text can.

use crate::format::{ReadError, Reading, json};
use crate::pool::is_patients;

/// Why a text is taken for no want lists: nothing in it wants anything that is there, and nothing marks it as want lists in which nobody wants anything.
pub(super) fn refusal(reading: &Reading<'_>, text: &[u8]) -> Option<ReadError> {
    let is_said = reading.format == json::NAME || !reading.options.is_empty() || !reading.missing.is_empty();
    if is_said || !reading.round.wants.item.is_empty() {
        return None;
    }
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    let lines = || text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    if lines().any(is_marked) {
        return None;
    }
    let first = lines().position(|line| !line.is_empty() && !line.starts_with(b"#"));
    let expected = "expected want lists, as \"(USER) ITEM : WANT WANT\"";
    let message = if is_patients(text) {
        "who the pairs of a pool are, as its .dat file tells; expected the pool, its .wmd file, beside which --patients names this one".to_owned()
    } else if first.is_none() {
        format!("nothing is in it; {expected}")
    } else {
        format!(
            "nothing in it wants anything that is there, and no line has a user or a colon; {expected} (--kind trademaximizer takes it for want lists all the same)"
        )
    };
    Some(ReadError { line: first.map_or(1, |line| line as u64 + 1), column: 1, message })
}

/// Whether a line is one of want lists by its form: an option, official names, a list with its user, or an item with a colon behind it.
fn is_marked(line: &[u8]) -> bool {
    if line.starts_with(b"#!") || line.starts_with(b"!") || line.starts_with(b"(") {
        return true;
    }
    let Some(colon) = line.iter().position(|&byte| byte == b':') else { return false };
    let (item, rest) = (line[..colon].trim_ascii_end(), &line[colon + 1..]);
    let is_word = !item.is_empty() && !item.iter().any(u8::is_ascii_whitespace) && !line.starts_with(b"#");
    is_word && rest.first().is_none_or(u8::is_ascii_whitespace)
}

/// What is told of a round that may be something else; of one whose kind was told (`is_told`) only that nothing is in it.
pub(super) fn doubt(reading: &Reading<'_>, is_told: bool) -> Option<String> {
    let (round, format) = (&reading.round, reading.format);
    if round.items.is_empty() {
        return Some("no want lists in it".into());
    }
    if round.wants.item.is_empty() {
        return Some(format!(
            "read as {format}, nothing in it wants anything that is there; --kind says what it is"
        ));
    }
    let is_number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit() || b".,-".contains(&byte));
    let is_bare = round.items.iter().all(|item| item.user.is_none() && is_number(&item.name));
    (is_bare && !is_told).then(|| {
        format!("read as {format}, its items are bare numbers that belong to nobody; --kind says what it is")
    })
}
