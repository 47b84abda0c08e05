//! Which outcomes are of a file: that of a pool is none of a round, and the other way round.

use std::path::Path;

use super::{Failure, RoundFile};
use crate::bundle::document as bundle;
use crate::input::Input;
use crate::json::nearest;
use crate::pool::document as pool;

/// The most names that are listed where another was expected.
const MOST_NAMES: usize = 20;

/// Refuses a user who is to be favoured and is nobody of the round.
pub(super) fn unknown_user<'a>(unknown: &str, users: impl Iterator<Item = &'a str>) -> Failure {
    let users: Vec<&str> = users.collect();
    let expected = match nearest(unknown, &users) {
        Some(near) => format!("did you mean {near:?}?"),
        None if users.is_empty() => "it names no users".to_owned(),
        None => {
            let more = match users.len().saturating_sub(MOST_NAMES) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("expected one of: {}{more}", users[..users.len().min(MOST_NAMES)].join(", "))
        }
    };
    Failure::Told(format!("--objective: nobody in this round is called {unknown:?}; {expected}"))
}

/// Refuses an outcome that was made for other objectives than those that `--objective` insists on.
pub(super) fn check_objectives<Name: AsRef<str>>(
    insisted: &[String],
    made_for: &[Name],
    path: &Path,
) -> Result<(), Failure> {
    let made_for: Vec<&str> = made_for.iter().map(AsRef::as_ref).collect();
    if insisted.is_empty() || insisted == made_for {
        return Ok(());
    }
    let made_for = if made_for.is_empty() { "none".to_owned() } else { made_for.join(", ") };
    Err(Failure::at(
        path,
        format_args!("cleared for these objectives: {made_for}; expected {}", insisted.join(", ")),
    ))
}

/// Refuses an outcome that says by its `format` that it is of something else than `file`, which is known to be a pool or a round of bundles.
/// Of want lists there are several outcomes, whose readers tell it themselves.
pub(super) fn check_expected(
    file: &RoundFile,
    input: &Input,
    (path, format): (&Path, Option<&str>),
) -> Result<(), Failure> {
    let (what, expected) = if file.pool_format(input).is_some() {
        ("a pool", pool::FORMAT)
    } else if file.bundles(input)?.is_some() {
        ("a round of bundles", bundle::FORMAT)
    } else {
        return Ok(());
    };
    if format == Some(expected) {
        return Ok(());
    }
    let found = format.map_or_else(|| "no format".to_owned(), |format| format!("{format:?}"));
    let file = file.file.display();
    Err(Failure::at(
        path,
        format_args!(
            "{found}; expected \"format\": \"{expected}\", as `clear --output` writes it of {file}, which is {what}"
        ),
    ))
}
