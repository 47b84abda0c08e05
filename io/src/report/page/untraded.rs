//! The section with what did not trade: by participant, with how many would have taken each item.

use std::io::{self, Write};

use super::html::{Anchor, Escaped, counted, kept, participant_name};
use super::sheets::wanted_by;
use super::{MAX_ROWS, Page};

pub(super) fn write(out: &mut impl Write, page: &Page<'_>) -> io::Result<()> {
    let figures = &page.clearing.figures;
    let staying = figures.items - figures.items_traded;
    if staying == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "<section id=\"untraded\"><h2>What did not trade</h2>\n<details><summary>{}</summary>",
        counted(staying, "item stays with its owner", "items stay with their owners")
    )?;
    if staying > MAX_ROWS {
        writeln!(out, "<p class=\"lead\">Only the first {MAX_ROWS} are listed here.</p>")?;
    }
    writeln!(
        out,
        "<table class=\"untraded\"><thead><tr><th scope=\"col\">Participant</th><th scope=\"col\">Not traded</th></tr></thead><tbody>"
    )?;
    let mut listed = 0;
    for sheet in page.sheets.iter().filter(|sheet| !sheet.untraded.is_empty()) {
        if listed >= MAX_ROWS {
            break;
        }
        let name = Escaped(participant_name(page.clearing, sheet.participant));
        write!(out, "<tr")?;
        if sheet.seats.is_empty() {
            write!(out, " id=\"{}\" data-name=\"{name}\"", Anchor(sheet.participant))?;
        }
        write!(out, "><th scope=\"row\"><bdi>{name}</bdi></th><td>")?;
        for (index, &item) in sheet.untraded.iter().take(MAX_ROWS - listed).enumerate() {
            let before = if index == 0 { "" } else { "<br>" };
            let kept = kept(page.clearing, item, true);
            write!(out, "{before}{kept} <small>({})</small>", wanted_by(page, item))?;
        }
        writeln!(out, "</td></tr>")?;
        listed += sheet.untraded.len();
    }
    writeln!(out, "</tbody></table></details></section>")
}
