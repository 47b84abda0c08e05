//! Comma-separated values: one row a movement, with a heading.

use std::io::{self, Write};

use bartizan_engine::realm::Realm;

use super::writing::{Books, kind};
use crate::amount::decimal;
use crate::node::history::Moment;

/// Books as rows.
pub(super) fn books() -> Box<dyn Books> {
    Box::new(Rows)
}

struct Rows;

impl Books for Rows {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "sequence,time,command,actor,movement,debit,credit,asset,asset_name,amount")
    }

    fn tell(&mut self, moment: &Moment<'_>, out: &mut dyn Write) -> io::Result<()> {
        let ledger = moment.realm.ledger();
        for posting in moment.events.postings() {
            let id = ledger.account(posting.debit).expect("a posting's account exists").asset;
            let asset = ledger.asset(id).expect("an account's asset exists");
            let credit = if posting.credit.0 == 0 { String::new() } else { posting.credit.0.to_string() };
            writeln!(
                out,
                "{},{},{},{},{:?},{},{credit},{},{},{}",
                moment.sequence.0,
                moment.realm.clock(),
                kind(moment),
                moment.envelope.actor.0,
                posting.kind,
                posting.debit.0,
                id.0,
                field(&asset.name),
                decimal(posting.amount.0 as i128, asset.scale),
            )?;
        }
        Ok(())
    }

    fn end(&mut self, _: &Realm, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// A text as a field, in quotes where it needs them (RFC 4180).
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
