//! The section with a sheet for each participant who trades: what to send to whom and what will
//! arrive from whom. Each can be printed on its own.

use std::fmt::Write as _;
use std::io::{self, Write};

use bartizan_engine::ItemIndex;

use super::Page;
use super::html::{Anchor, Escaped, Passed, counted, kept, participant_name, write_name};
use crate::report::Clearing;
use crate::report::sheets::{Seat, Sheet};

pub(super) fn write(out: &mut impl Write, page: &Page<'_>) -> io::Result<()> {
    let trading = page.sheets.iter().filter(|sheet| !sheet.seats.is_empty());
    if trading.clone().next().is_none() {
        return Ok(());
    }
    writeln!(
        out,
        "<section id=\"sheets\"><h2>Who gives and gets what</h2>\n\
         <p class=\"lead\">One sheet for each participant who trades. \
         <button type=\"button\" class=\"js\" data-print=\"each\">Print all, one to a page</button></p>"
    )?;
    if !page.has_all_sheets() {
        writeln!(
            out,
            "<p class=\"lead\">This round is too large for all sheets to be shown here: these are the first. \
             The outcome file holds them all.</p>"
        )?;
    }
    for sheet in trading.take(page.sheets_shown) {
        write_sheet(out, page, sheet)?;
    }
    writeln!(out, "</section>")
}

fn write_sheet(out: &mut impl Write, page: &Page<'_>, sheet: &Sheet) -> io::Result<()> {
    let name = Escaped(participant_name(page.clearing, sheet.participant));
    writeln!(
        out,
        "<article class=\"sheet\" id=\"{}\" data-name=\"{name}\">\n<header><h3><bdi>{name}</bdi></h3>\
         <p class=\"tally\">{}</p><button type=\"button\" class=\"js\" data-print=\"one\">Print</button></header>",
        Anchor(sheet.participant),
        tally(page.clearing, sheet)
    )?;
    writeln!(out, "<div class=\"both\">")?;
    write_given(out, page, sheet)?;
    write_got(out, page, sheet)?;
    writeln!(out, "</div>")?;
    if !sheet.untraded.is_empty() {
        write!(out, "<p class=\"kept\"><b>Not traded:</b> ")?;
        for (index, &item) in sheet.untraded.iter().enumerate() {
            let before = if index == 0 { "" } else { "; " };
            let kept = kept(page.clearing, item, false);
            write!(out, "{before}{kept} <small>({})</small>", wanted_by(page, item))?;
        }
        writeln!(out, "</p>")?;
    }
    writeln!(out, "</article>")
}

fn tally(clearing: &Clearing<'_>, sheet: &Sheet) -> String {
    let mut tally = counted(sheet.seats.len(), "trade", "trades");
    for (does, amount) in [("pays", sheet.pays), ("is paid", sheet.is_paid)] {
        if amount > 0 {
            let _ = write!(tally, ", {does} {}", clearing.money(amount));
        }
    }
    tally
}

fn write_given(out: &mut impl Write, page: &Page<'_>, sheet: &Sheet) -> io::Result<()> {
    writeln!(
        out,
        "<table><caption>Gives</caption><thead><tr><th scope=\"col\" class=\"what\">What</th><th scope=\"col\">To</th></tr></thead><tbody>"
    )?;
    for &seat in &sheet.seats {
        write!(out, "<tr><td>{}</td><td>", Passed::given(page.clearing, seat))?;
        page.write_owner(out, page.clearing.taker(seat).item)?;
        writeln!(out, "</td></tr>")?;
    }
    writeln!(out, "</tbody></table>")
}

fn write_got(out: &mut impl Write, page: &Page<'_>, sheet: &Sheet) -> io::Result<()> {
    let (choices, place) = if page.clearing.has_ranks() { (" choices", "Choice") } else { ("", "In list") };
    let has_several = sheet.seats.len() > 1;
    let several = if has_several { " several" } else { "" };
    let in_return = if has_several { "<th scope=\"col\" class=\"return\">In return for</th>" } else { "" };
    writeln!(
        out,
        "<table class=\"got{several}{choices}\"><caption>Gets</caption><thead><tr><th scope=\"col\" class=\"what\">What</th><th scope=\"col\">From</th>{in_return}\
         <th scope=\"col\" class=\"num place\">{place}</th><th scope=\"col\" class=\"num at\">Ring</th></tr></thead><tbody>"
    )?;
    for &seat in &sheet.seats {
        let hop = page.clearing.hop(seat);
        write!(out, "<tr><td>{}</td><td class=\"from\">", Passed::got(page.clearing, seat))?;
        page.write_owner(out, hop.receives)?;
        if has_several {
            write!(out, "</td><td class=\"return\">{}", Escaped(&Passed::given(page.clearing, seat).text()))?;
        }
        let list_length = page.clearing.round().wants.range(hop.item).len();
        write!(out, "</td><td class=\"num place\">{}\u{a0}of\u{a0}{list_length}", page.clearing.place(hop))?;
        write!(out, "</td><td class=\"num at\">")?;
        page.write_ring_number(out, seat)?;
        writeln!(out, "</td></tr>")?;
    }
    writeln!(out, "</tbody></table>")
}

/// How many would have taken an item.
pub(super) fn wanted_by(page: &Page<'_>, item: ItemIndex) -> String {
    match page.demand[item.at()] {
        0 => "nobody wants it".to_owned(),
        1 => "1 wants it".to_owned(),
        count => format!("{count} want it"),
    }
}

impl Page<'_> {
    fn write_owner(&self, out: &mut impl Write, item: ItemIndex) -> io::Result<()> {
        let participant = self.clearing.participant(item);
        let anchor = self.has_all_sheets().then(|| Anchor(participant).to_string());
        write_name(out, anchor.as_deref(), participant_name(self.clearing, participant))
    }

    fn write_ring_number(&self, out: &mut impl Write, seat: Seat) -> io::Result<()> {
        let number = self.ring_number[seat.ring as usize];
        if number as usize <= self.rings_shown {
            write!(out, "<a href=\"#r{number}\">{number}</a>")
        } else {
            write!(out, "{number}")
        }
    }
}
