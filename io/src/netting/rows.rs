//! Rows of CSV as trimmed fields. Text without quotation marks, as files of numbers and short names mostly are, is taken apart as it stands, several times as fast as
//! by the general reader, which reads all else; both tell the same.

use csv::{ErrorKind, StringRecord};

use crate::csv_line::begins;
use crate::format::ReadError;

/// Shows every row, and the line it begins in, to `visit`; the first is the header, and all have as many fields.
///
/// # Errors
/// If a row has another number of fields, or is no text in UTF-8; else what `visit` says.
pub(super) fn each(
    text: &[u8],
    mut visit: impl FnMut(u64, &[&str]) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    if let Some(text) = plain(text) {
        return each_line(text, visit);
    }
    let mut rows =
        csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(false).has_headers(false).from_reader(text);
    let mut record = StringRecord::new();
    while rows.read_record(&mut record).map_err(|error| malformed(text, &error))? {
        let line = record.position().map_or(1, |position| begins(text, position));
        let fields: Vec<&str> = record.iter().collect();
        visit(line, &fields)?;
    }
    Ok(())
}

/// The text, if it is such that a row is a line and a field what stands between commas.
fn plain(text: &[u8]) -> Option<&str> {
    let is_plain = memchr::memchr2(b'"', b'\r', text).is_none() && !text.starts_with("\u{feff}".as_bytes());
    std::str::from_utf8(text).ok().filter(|_| is_plain)
}

fn each_line(
    text: &str,
    mut visit: impl FnMut(u64, &[&str]) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let mut fields: Vec<&str> = Vec::new();
    let mut expected = None;
    let mut start = 0;
    for (number, end) in (1..).zip(memchr::memchr_iter(b'\n', text.as_bytes()).chain([text.len()])) {
        let line = &text[start..end];
        start = (end + 1).min(text.len());
        if line.is_empty() {
            continue;
        }
        fields.clear();
        fields.extend(memchr::memchr_iter(b',', line.as_bytes()).chain([line.len()]).scan(
            0,
            |from, upto| {
                let field = line[*from..upto].trim();
                *from = upto + 1;
                Some(field)
            },
        ));
        let expected = *expected.get_or_insert(fields.len());
        if fields.len() != expected {
            return Err(other_length(number, expected, fields.len()));
        }
        visit(number, &fields)?;
    }
    Ok(())
}

fn other_length(line: u64, expected: usize, found: usize) -> ReadError {
    let more = if found > expected { " (a comma within a field needs quotation marks about it)" } else { "" };
    let message = format!("expected {expected} fields as in the header, found {found}{more}");
    ReadError { line, column: 1, message }
}

fn malformed(text: &[u8], error: &csv::Error) -> ReadError {
    let line = error.position().map_or(1, |position| begins(text, position)).max(1);
    let message = match *error.kind() {
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            return other_length(line, expected_len as usize, len as usize);
        }
        ErrorKind::Utf8 { .. } => "expected text in UTF-8".to_owned(),
        _ => format!("expected a row of CSV: {error}"),
    };
    ReadError { line, column: 1, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Result<Vec<(u64, Vec<String>)>, String> {
        let mut rows = Vec::new();
        let found = each(text.as_bytes(), |line, fields| {
            rows.push((line, fields.iter().map(|&field| field.to_owned()).collect()));
            Ok(())
        });
        found.map(|()| rows).map_err(|error| error.to_string())
    }

    /// Quotation marks about a field of the first line change nothing but who reads.
    #[test]
    fn both_readers_tell_the_same() {
        for rest in [
            "",
            "\n",
            "\n1,2\n",
            "\n1,2",
            "\n\n\n 1 ,\u{a0}2\t\n\n,\n \n",
            "\n,\n",
            "\n1,2\n1,2,3\n",
            "\n1,2\n\n1\n",
            "\na b,c#d\n'x',;\n",
        ] {
            let (plain, quoted) = (format!("a,b{rest}"), format!("\"a\",b{rest}"));
            assert!(super::plain(plain.as_bytes()).is_some() && super::plain(quoted.as_bytes()).is_none());
            assert_eq!(told(&plain), told(&quoted), "{plain:?}");
        }
        assert_eq!(told(""), Ok(Vec::new()));
        let windows = told("a,b\r\n1,2\r\n").unwrap();
        assert_eq!(windows, told("a,b\n1,2\n").unwrap());
        assert_eq!(windows, told("\u{feff}a,b\n1,2\n").unwrap());
    }
}
