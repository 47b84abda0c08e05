//! Reads offers in any of the formats: CSV with a header, JSON Lines, or an instance of Gnosis or CoW.

use super::offers::Reading;
use super::{exchange, rows};
use crate::format::ReadError;

/// Reads offers.
///
/// # Errors
/// With line and column, as far as they are known, if it is none of the formats.
pub fn read(text: &[u8]) -> Result<Reading, ReadError> {
    let first = text.iter().position(|byte| !byte.is_ascii_whitespace()).map(|at| &text[at..]);
    if !first.is_some_and(|text| text.starts_with(b"{")) {
        return rows::csv(text)?.finish();
    }
    match exchange::read(text)? {
        Some(draft) => draft.finish(),
        None => rows::json_lines(text)?.finish(),
    }
}
