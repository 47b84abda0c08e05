//! What all documents for programs have in common: the name of their format, how much is proven, and that they are written one row a line.

use std::borrow::Cow;
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nothing is better by any objective, given those before it.
    Optimal,
    /// Something may be better, by no more than the bounds say.
    Bounded,
}

impl Status {
    /// The status of what reached its bound, or did not.
    pub fn of(is_optimal: bool) -> Self {
        if is_optimal { Status::Optimal } else { Status::Bounded }
    }
}

/// What a document's `format` field says; of a text that is no whole JSON, such as one cut short, what it says at its front. None if nothing does.
pub fn format_of(text: &[u8]) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Tagged<'a> {
        #[serde(borrow)]
        format: Cow<'a, str>,
    }
    match serde_json::from_slice::<Tagged<'_>>(text) {
        Ok(tagged) => Some(tagged.format),
        Err(_) => at_front(text).map(Cow::from),
    }
}

/// The text that follows the word `format` among the first bytes.
fn at_front(text: &[u8]) -> Option<String> {
    let front = &text[..text.len().min(200)];
    let name = br#""format""#;
    let after = front[memchr::memmem::find(front, name)? + name.len()..].trim_ascii_start();
    let value = after.strip_prefix(b":")?;
    serde_json::Deserializer::from_slice(value).into_iter().next()?.ok()
}

/// Writes a document, one row a line: `head` is the document without its rows, whose empty list stands last.
///
/// # Errors
/// Those of `out`.
///
/// # Panics
/// If no empty list stands last in `head`.
pub fn write_rows(out: &mut dyn Write, head: &impl Serialize, rows: &[impl Serialize]) -> io::Result<()> {
    let head = serde_json::to_string(head).map_err(io::Error::other)?;
    let head = head.strip_suffix("]}").expect("an empty list stands last");
    out.write_all(head.as_bytes())?;
    for (number, row) in rows.iter().enumerate() {
        out.write_all(if number == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, row).map_err(io::Error::other)?;
    }
    out.write_all(b"\n]}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_on_lines_of_their_own() {
        #[derive(Serialize)]
        struct Head {
            format: &'static str,
            rows: Vec<u32>,
        }
        let head = Head { format: "some", rows: Vec::new() };
        for (rows, told) in [(&[][..], "\n]}\n"), (&[1, 2], "\n1,\n2\n]}\n")] {
            let mut out = Vec::new();
            write_rows(&mut out, &head, rows).unwrap();
            assert_eq!(out, [r#"{"format":"some","rows":["#.as_bytes(), told.as_bytes()].concat());
            assert_eq!(format_of(&out).as_deref(), Some("some"));
            assert_eq!(format_of(&out[..out.len() - 2]).as_deref(), Some("some"), "cut short");
        }
        assert_eq!(format_of(b"#! wants"), None);
    }
}
