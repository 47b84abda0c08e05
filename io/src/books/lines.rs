//! Lines of JSON: one object a command, with all that followed from it.

use std::io::{self, Write};

use bartizan_engine::realm::Realm;
use serde_json::json;

use super::writing::Books;
use crate::node::history::Moment;

/// Books as lines.
pub(super) fn books() -> Box<dyn Books> {
    Box::new(Lines)
}

struct Lines;

impl Books for Lines {
    fn begin(&mut self, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn tell(&mut self, moment: &Moment<'_>, out: &mut dyn Write) -> io::Result<()> {
        let document = json!({
            "sequence": moment.sequence,
            "time": moment.time,
            "id": moment.envelope.id,
            "actor": moment.envelope.actor,
            "command": moment.envelope.command,
            "answer": moment.answer,
            "events": moment.events.list,
            "reports": moment.events.book.reports,
            "market_data": moment.events.book.market,
        });
        writeln!(out, "{document}")
    }

    fn end(&mut self, _: &Realm, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}
