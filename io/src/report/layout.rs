//! A layout of JSON made to be compared line by line: an object that stands in an array is one row
//! on one line, as is an array of numbers or strings; everything around them opens out by two
//! spaces a level.
//!
//! It works on the stream of tokens, so nothing is held but the kinds of the open brackets.

use std::io::{self, Write};

use serde_json::ser::Formatter;

/// The layout, as a formatter for `serde_json::Serializer::with_formatter`.
#[derive(Default)]
pub(super) struct Rows {
    open: Vec<Bracket>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bracket {
    /// An array; whether it holds objects or arrays, each on a line.
    Array { of_rows: bool },
    /// An object with a field a line.
    Object,
    /// An object on one line, or anything within it.
    Row,
}

impl Rows {
    fn break_line(&self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        const INDENT: &[u8] = b"\n                                ";
        out.write_all(&INDENT[..INDENT.len().min(1 + 2 * self.open.len())])
    }

    /// Makes an object or array within an array start a line.
    fn start_row(&mut self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        if let Some(Bracket::Array { of_rows }) = self.open.last_mut() {
            *of_rows = true;
            self.break_line(out)?;
        }
        Ok(())
    }
}

impl Formatter for Rows {
    fn begin_array<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.start_row(out)?;
        let in_row = self.open.last() == Some(&Bracket::Row);
        self.open.push(if in_row { Bracket::Row } else { Bracket::Array { of_rows: false } });
        out.write_all(b"[")
    }

    fn end_array<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        if self.open.pop() == Some(Bracket::Array { of_rows: true }) {
            self.break_line(out)?;
        }
        out.write_all(b"]")
    }

    fn begin_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.start_row(out)?;
        let outer = self.open.last();
        self.open.push(if outer.is_none_or(|&outer| outer == Bracket::Object) {
            Bracket::Object
        } else {
            Bracket::Row
        });
        out.write_all(b"{")
    }

    fn end_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        if self.open.pop() == Some(Bracket::Object) {
            self.break_line(out)?;
        }
        out.write_all(b"}")
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        let is_row = self.open.last() == Some(&Bracket::Row);
        out.write_all(match (first, is_row) {
            (true, _) => b"",
            (false, true) => b", ",
            (false, false) => b",",
        })?;
        if is_row { Ok(()) } else { self.break_line(out) }
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde_json::{Serializer, json};

    use super::*;

    #[test]
    fn rows_stand_on_lines_of_their_own() {
        let value = json!({
            "numbers": [1, 2, 3],
            "tables": [[{"a": 1, "b": ["x", {"c": 2}]}, {}], []],
            "section": {"empty": [], "none": null},
        });
        let mut out = Vec::new();
        value.serialize(&mut Serializer::with_formatter(&mut out, Rows::default())).unwrap();
        let expected = r#"{
  "numbers": [1,2,3],
  "section": {
    "empty": [],
    "none": null
  },
  "tables": [
    [
      {"a": 1, "b": ["x",{"c": 2}]},
      {}
    ],
    []
  ]
}"#;
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
