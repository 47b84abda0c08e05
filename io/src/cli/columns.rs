//! Tables and names as a terminal shows them.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

/// Columns as wide as their widest cell, two blanks apart: to the left where `is_left` says so, else to the right.
pub(super) fn columns<const COUNT: usize>(
    rows: &[[String; COUNT]],
    is_left: impl Fn(usize) -> bool,
) -> Vec<String> {
    let widths: [usize; COUNT] =
        std::array::from_fn(|column| rows.iter().map(|row| row[column].width()).max().unwrap_or(0));
    let cell = |text: &str, column: usize| {
        let gap = " ".repeat(widths[column] - text.width());
        if is_left(column) { format!("{text}{gap}") } else { format!("{gap}{text}") }
    };
    let line = |row: &[String; COUNT]| {
        let cells: Vec<String> = row.iter().enumerate().map(|(column, text)| cell(text, column)).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// Text of one or more lines: what would move the cursor otherwise, or change how a terminal shows what follows, is written out.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    written_out(text, |letter| letter.is_control() && letter != '\n' && letter != '\t')
}

/// A name on one line: what would move the cursor is written out.
pub(super) fn plain(name: &str) -> String {
    written_out(name, char::is_control).into_owned()
}

fn written_out(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut told = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_escaped(letter) { told.extend(letter.escape_default()) } else { told.push(letter) }
    }
    Cow::Owned(told)
}
