//! In which line of a text a record of CSV begins, and what is said of several such lines.

/// The line in which a record begins, which the general reader places before the empty lines that it skips.
pub(crate) fn begins(text: &[u8], position: &csv::Position) -> u64 {
    let before = text.get(position.byte() as usize..).unwrap_or_default();
    let skipped = before.iter().take_while(|&&letter| letter == b'\n' || letter == b'\r');
    position.line() + skipped.filter(|&&letter| letter == b'\n').count() as u64
}

/// What is to be said of the rows that begin in these lines, if there are any.
pub(crate) fn told(what: &str, lines: &[u64]) -> Option<String> {
    let first = lines.first()?;
    Some(format!("{what}: {} (the first is line {first})", lines.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lines_and_those_of_windows_count() {
        for (text, lines) in
            [("a\nb\nc\n", [1, 2, 3]), ("a\r\nb\r\nc", [1, 2, 3]), ("a\n\n\nb\r\n\r\nc\n", [1, 4, 6])]
        {
            let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
            let found: Vec<u64> = rows
                .records()
                .map(|record| {
                    begins(text.as_bytes(), record.expect("a record").position().expect("its place"))
                })
                .collect();
            assert_eq!(found, lines, "{text:?}");
        }
    }
}
