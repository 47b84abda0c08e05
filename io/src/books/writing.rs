//! What a format of books does.

use std::io::{self, Write};

use bartizan_engine::realm::Realm;

use crate::node::history::Moment;

/// A way to write books.
pub trait Books {
    /// What comes before the first command.
    ///
    /// # Errors
    /// If it cannot be written.
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()>;

    /// What one command led to.
    ///
    /// # Errors
    /// If it cannot be written.
    fn tell(&mut self, moment: &Moment<'_>, out: &mut dyn Write) -> io::Result<()>;

    /// What comes after the last command: the realm as it is then.
    ///
    /// # Errors
    /// If it cannot be written.
    fn end(&mut self, realm: &Realm, out: &mut dyn Write) -> io::Result<()>;
}

/// The name of a command's kind.
pub(super) fn kind(moment: &Moment<'_>) -> &'static str {
    moment.envelope.command.name()
}
