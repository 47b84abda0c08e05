//! Headers of CSV: where a column stands in one, and what is said of one that lacks it.

use crate::format::ReadError;
use crate::json::nearest;

/// Where the column of this name stands in a header, if it does, whatever the case of its letters.
///
/// # Errors
/// If it stands there twice: which of the two counts, nobody can know.
pub(crate) fn place(header: &[&str], name: &str) -> Result<Option<usize>, ReadError> {
    let mut places = (0..header.len()).filter(|&at| header[at].eq_ignore_ascii_case(name));
    let first = places.next();
    match places.next() {
        None => Ok(first),
        Some(second) => {
            let message = format!("the header has the column {name} twice");
            Err(ReadError { line: 1, column: second as u64 + 1, message })
        }
    }
}

/// As [`place`], of a column that must be there; `expected` says which are.
///
/// # Errors
/// If it is not there, or twice.
pub(crate) fn needed(header: &[&str], name: &str, expected: &str) -> Result<usize, ReadError> {
    place(header, name)?.ok_or_else(|| ReadError {
        line: 1,
        column: 1,
        message: format!("expected a header with {expected}; it has no {name}{}", hint(header)),
    })
}

/// Refuses a header in which one of the `optional` columns is missing, and another is spelt nearly like it: it would be passed over without a word.
///
/// # Errors
/// If there is such a column.
pub(crate) fn check_spelling(header: &[&str], optional: &[&str]) -> Result<(), ReadError> {
    let stands = |name: &&str| header.iter().any(|field| field.eq_ignore_ascii_case(name));
    let missing: Vec<&str> = optional.iter().copied().filter(|name| !stands(name)).collect();
    for (at, field) in header.iter().enumerate() {
        let is_read = optional.iter().any(|name| field.eq_ignore_ascii_case(name));
        if let Some(near) = nearest(field, &missing).filter(|_| !is_read) {
            let message = format!(
                "no column {field} is read; did you mean {near}? (If not, give it a name that is less alike.)"
            );
            return Err(ReadError { line: 1, column: at as u64 + 1, message });
        }
    }
    Ok(())
}

/// Most columns that are named.
const MOST_NAMED: usize = 8;

/// What is to be said of the columns that nothing reads, if there are any: `read` are the places of those that are read.
pub(crate) fn unread(header: &[&str], read: &[usize]) -> Option<String> {
    let is_unread = |(at, field): &(usize, &&str)| !field.is_empty() && !read.contains(at);
    let names: Vec<&str> = header.iter().enumerate().filter(is_unread).map(|(_, field)| *field).collect();
    let more = match names.len().checked_sub(MOST_NAMED) {
        Some(more) if more > 0 => format!(" and {more} more"),
        _ => String::new(),
    };
    let named = &names[..names.len().min(MOST_NAMED)];
    (!named.is_empty()).then(|| format!("columns not read: {}{more}", named.join(", ")))
}

/// What is to be said beside what a header lacks, if its fields are separated by something else than commas.
pub(crate) fn hint(header: &[&str]) -> &'static str {
    match header {
        [] => " (the file is empty)",
        [first, ..] if first.starts_with(['{', '[']) => " (this looks like JSON: expected CSV)",
        [one] if one.contains(';') => " (its fields are separated by semicolons: expected commas)",
        [one] if one.contains('\t') => " (its fields are separated by tabs: expected commas)",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_is_misspelt_is_told() {
        let check = |header: &[&str]| check_spelling(header, &["minimum", "weight"]);
        assert_eq!(check(&["sells", "Minimum", "comment"]), Ok(()));
        let told = check(&["sells", "minimun"]).unwrap_err();
        assert_eq!((told.line, told.column), (1, 2));
        assert!(told.message.starts_with("no column minimun is read; did you mean minimum?"), "{told}");
        assert!(check(&["weigth", "minimum"]).unwrap_err().message.contains("did you mean weight?"));
        assert_eq!(check(&["minimum", "minimun", "weight"]), Ok(()), "nothing is missing");
    }

    #[test]
    fn columns_that_nothing_reads_are_named() {
        assert_eq!(
            unread(&["a", "currency", "", "b", "note"], &[3, 0]).as_deref(),
            Some("columns not read: currency, note")
        );
        assert_eq!(unread(&["a", "b", ""], &[0, 1]), None);
        let many: Vec<String> = (0..11).map(|number| number.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(unread(&many, &[0]).unwrap().ends_with(": 1, 2, 3, 4, 5, 6, 7, 8 and 2 more"));
        assert!(hint(&["[1", "2"]).contains("looks like JSON"));
    }

    #[test]
    fn columns_stand_in_a_header_once() {
        let header = ["from", "To", "limit", "TO"];
        assert_eq!(place(&header, "limit"), Ok(Some(2)));
        assert_eq!(place(&header, "cost"), Ok(None));
        let twice = place(&header, "to").unwrap_err().to_string();
        assert_eq!(twice, "line 1, column 4: the header has the column to twice");
        let told = |header: &[&str]| needed(header, "from", "from and to").unwrap_err().message;
        assert_eq!(told(&["a", "b"]), "expected a header with from and to; it has no from");
        assert!(
            told(&["from;to"])
                .ends_with("it has no from (its fields are separated by semicolons: expected commas)")
        );
        assert!(told(&["from\tto"]).ends_with("(its fields are separated by tabs: expected commas)"));
    }
}
