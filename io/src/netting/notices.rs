//! Notices of set-off as CSV, one participant after the other: of each obligation what is cancelled and what is left, as who owes it sees it and as who is owed.
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
    // Of each participant the places of what it owes and what it is owed: the same row stands twice.
    let mut places: Vec<(usize, bool, usize)> = Vec::with_capacity(2 * document.cleared.len());
    for (place, set_off) in document.cleared.iter().enumerate() {
        places.push((numbers[&*set_off.debtor], false, place));
        places.push((numbers[&*set_off.creditor], true, place));
    }
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
        write_credit(&mut csv, participant)?;
        let set_off = &document.cleared[place];
        let (side, other) = if is_owed { ("is owed", &set_off.debtor) } else { ("owes", &set_off.creditor) };
        csv.write_record([
            reading.names[participant].as_str(),
            side,
            other,
            &set_off.line.to_string(),
            &set_off.id,
            &reading.shown(set_off.amount),
            &reading.shown(set_off.cleared),
            &reading.shown(set_off.amount - set_off.cleared),
        ])?;
    }
    write_credit(&mut csv, usize::MAX)?;
    csv.flush()
}
