//! Notices of set-off as CSV, one participant after the other: of each obligation what is cancelled, if anything is, and what is left, as who owes it sees it and as who is owed.
//!
//! Whoever adds up its own rows finds that it is released of as much as it releases others of; with credit it finds one more row, which makes up for the rest.

use std::io::{self, Write};

use super::document::Document;
use super::read::Reading;

/// The columns.
const HEADER: [&str; 8] =
    ["participant", "side", "counterparty", "line", "id", "amount", "cancelled", "left"];

/// Writes the notices of what a document clears.
///
/// # Errors
/// Those of `out`.
pub fn write(reading: &Reading, document: &Document<'_>, out: impl Write) -> io::Result<()> {
    let numbers = reading.names.iter().enumerate().map(|(number, name)| (name.as_str(), number));
    let numbers: hashbrown::HashMap<&str, usize> = numbers.collect();
    let obligations = &reading.obligations;
    // Of each participant the places of what it owes and what it is owed: the same row stands twice.
    let mut places: Vec<(u32, bool, usize)> = Vec::with_capacity(2 * reading.rows.len());
    for place in 0..reading.rows.len() {
        places.push((obligations.debtor[place], false, place));
        places.push((obligations.creditor[place], true, place));
    }
    let mut set_offs = document.cleared.iter().peekable();
    let cleared = reading.rows.iter().map(|row| set_offs.next_if(|set_off| set_off.line == row.line));
    let cleared: Vec<i64> = cleared.map(|set_off| set_off.map_or(0, |set_off| set_off.cleared)).collect();
    let used = document.credit.iter().flat_map(|credit| &credit.used);
    let mut used = used.map(|used| (numbers[&*used.participant], used.owes)).peekable();
    places.sort_unstable();
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(HEADER)?;
    let mut write_credit = |csv: &mut csv::Writer<_>, upto: usize| -> io::Result<()> {
        while let Some((participant, owes)) = used.next_if(|used| used.0 < upto) {
            let side = if owes > 0 { "comes to owe" } else { "comes to be owed" };
            let amount = reading.shown(owes.saturating_abs());
            csv.write_record([
                &reading.names[participant],
                side,
                "all others together",
                "",
                "",
                "",
                "",
                &amount,
            ])?;
        }
        Ok(())
    };
    for (participant, is_owed, place) in places {
        write_credit(&mut csv, participant as usize)?;
        let (row, amount) = (&reading.rows[place], obligations.amount[place]);
        let (side, other) = if is_owed {
            ("is owed", obligations.debtor[place])
        } else {
            ("owes", obligations.creditor[place])
        };
        csv.write_record([
            reading.names[participant as usize].as_str(),
            side,
            &reading.names[other as usize],
            &row.line.to_string(),
            &row.id,
            &reading.shown(amount),
            &reading.shown(cleared[place]),
            &reading.shown(amount - cleared[place]),
        ])?;
    }
    write_credit(&mut csv, usize::MAX)?;
    csv.flush()
}
