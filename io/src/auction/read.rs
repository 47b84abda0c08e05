//! Reads offers in any of the formats: CSV with a header, JSON Lines, or an instance of Gnosis or CoW.

use super::offers::Reading;
use super::stated::Stated;
use super::{exchange, rows};
use crate::format::ReadError;

/// Reads offers.
///
/// # Errors
/// With line and column, as far as they are known, if it is none of the formats.
pub fn read(text: &[u8]) -> Result<Reading, ReadError> {
    read_stated(text, &Stated::default())
}

/// Reads offers of assets of which it may be stated how many digits they have.
///
/// # Errors
/// Those of [`read`], and if an amount has more digits than are stated, or there is no room for those.
pub fn read_stated(text: &[u8], stated: &Stated) -> Result<Reading, ReadError> {
    let first = text.iter().position(|byte| !byte.is_ascii_whitespace()).map(|at| &text[at..]);
    if first.is_some_and(|text| text.starts_with(b"[")) {
        let message = "expected an object of JSON for each offer, one a line, or one of an instance, not a list: without its brackets, and without commas between offers".to_owned();
        return Err(ReadError { line: 1, column: 1, message });
    }
    if !first.is_some_and(|text| text.starts_with(b"{")) {
        return rows::csv(text)?.finish(stated);
    }
    match exchange::read(text)? {
        Some(draft) => draft.finish(stated),
        None => rows::json_lines(text)?.finish(stated),
    }
}
