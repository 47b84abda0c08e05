//! Books of a whole history.

use std::io::{self, Write};

use bartizan_engine::ledger::units::Sequence;

use super::Format;
use crate::node::history::History;

/// Writes the books of a history that has told nothing yet, to its end or until a command is told. The history stops where nothing can be written any more.
///
/// # Errors
/// If they cannot be written, or the history cannot be read: what was written then is no whole.
pub fn write(
    format: &Format,
    history: History,
    until: Option<Sequence>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut books = (format.books)();
    books.begin(out)?;
    let mut written = Ok(());
    let told = history.run_while(until.unwrap_or(Sequence(u64::MAX)), |moment| {
        written = books.tell(&moment, out);
        written.is_ok()
    });
    written?;
    let (realm, _) = told.map_err(io::Error::other)?;
    books.end(&realm, out)
}
