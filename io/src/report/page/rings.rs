//! The section with the rings: each drawn, with the list of its members in the order of giving.

use std::io::{self, Write};

use super::Page;
use super::drawing::{self, CIRCLE_MEMBERS, Member};
use super::html::{Anchor, Passed, counted, participant_name, write_name};
use crate::report::sheets::Seat;

pub(super) fn write(out: &mut impl Write, page: &Page<'_>) -> io::Result<()> {
    let ring_count = page.clearing.rings.len();
    if ring_count == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "<section id=\"rings\"><h2>The rings</h2>\n<p class=\"lead\">In a ring everybody gives to the next, and the \
         last gives to the first. Arrows point from giver to receiver.</p>"
    )?;
    if page.rings_shown < ring_count {
        writeln!(
            out,
            "<p class=\"lead\">This round is too large for all of its {} to be drawn here: these are the {} \
             largest that fit. The outcome file holds them all.</p>",
            counted(ring_count, "ring", "rings"),
            page.rings_shown
        )?;
    }
    writeln!(out, "<div class=\"rings\">")?;
    for number in 1..=page.rings_shown {
        write_ring(out, page, number)?;
    }
    writeln!(out, "</div></section>")
}

fn write_ring(out: &mut impl Write, page: &Page<'_>, number: usize) -> io::Result<()> {
    let clearing = page.clearing;
    let ring = page.ring_order[number - 1];
    let members = clearing.rings[ring as usize].len() as u32;
    // A ring lists each member before the one it receives from: giving runs the other way.
    let seats = (0..members).map(|step| Seat { ring, member: (members - step) % members });
    let told: Vec<(Member, Passed<'_>)> = seats.map(|seat| member(page, seat)).collect();
    let (drawn, passed): (Vec<Member>, Vec<Passed<'_>>) = told.into_iter().unzip();

    let is_wide = drawn.len() > CIRCLE_MEMBERS;
    writeln!(
        out,
        "<figure class=\"ring{}\" id=\"r{number}\">\n<figcaption><h3>Ring {number}</h3> <span class=\"tally\">{}</span></figcaption>",
        if is_wide { " wide" } else { "" },
        counted(drawn.len(), "trade", "trades")
    )?;
    let title =
        format!("Ring {number}: {}, listed beside the drawing", counted(drawn.len(), "member", "members"));
    drawing::write(out, &drawn, &title)?;
    writeln!(out, "<ol>")?;
    for (member, passed) in drawn.iter().zip(&passed) {
        write!(out, "<li>")?;
        write_name(out, member.anchor.as_deref(), &member.name)?;
        writeln!(out, " <span class=\"gives\">gives {passed}</span></li>")?;
    }
    writeln!(out, "</ol></figure>")
}

fn member<'a>(page: &Page<'a>, seat: Seat) -> (Member, Passed<'a>) {
    let participant = page.clearing.participant(page.clearing.hop(seat).item);
    let passed = Passed::given(page.clearing, seat);
    let drawn = Member {
        anchor: page.has_all_sheets().then(|| Anchor(participant).to_string()),
        name: participant_name(page.clearing, participant).to_owned(),
        gives: passed.text(),
    };
    (drawn, passed)
}
