//! The outcome as one HTML file for the people of the round: key figures, what is proven, a sheet
//! for each participant, the rings drawn, and what did not trade.
//!
//! The file asks for nothing from outside and works without its script, which adds only the search
//! and the printing of single sheets. Whatever comes from the round is escaped. Very large rounds
//! are shown in part ([`MAX_ROWS`]), and the page says so.

pub mod bundles;
mod drawing;
pub mod exchange;
mod frame;
pub(crate) mod html;
mod rings;
mod sheets;
mod untraded;

pub use self::frame::MAX_ROWS;

use std::cmp::Reverse;
use std::io::{self, Write};

use bartizan_engine::{Level, Objective};

use self::frame::count_within;
use self::html::{Escaped, counted};
use super::sheets::{Sheet, demand};
use super::view::{Clearing, favored, percent};
use super::words::{grouped, ordinal};

/// Writes the page under a title, such as the name of the round's file.
///
/// # Errors
/// When `out` fails.
pub fn write(out: &mut impl Write, clearing: &Clearing<'_>, title: &str) -> io::Result<()> {
    let page = Page::new(clearing);
    write_header(out, &page, title)?;
    writeln!(out, "<main>")?;
    write_proof(out, clearing)?;
    write_places(out, clearing)?;
    sheets::write(out, &page)?;
    rings::write(out, &page)?;
    untraded::write(out, &page)?;
    frame::write_notices(out, &clearing.reading.notices, "the lists as they were sent in")?;
    frame::write_end(out)
}

/// What the sections of the page share.
struct Page<'a> {
    clearing: &'a Clearing<'a>,
    sheets: Vec<Sheet>,
    /// How many participants want each item.
    demand: Vec<u32>,
    /// The rings as numbered on the page, largest first.
    ring_order: Vec<u32>,
    /// The number on the page of each ring, from 1.
    ring_number: Vec<u32>,
    /// How many rings are drawn.
    rings_shown: usize,
    /// How many sheets of participants who trade are shown.
    sheets_shown: usize,
}

impl<'a> Page<'a> {
    fn new(clearing: &'a Clearing<'a>) -> Self {
        let sheets = clearing.sheets();
        let mut ring_order: Vec<u32> = (0..clearing.rings.len() as u32).collect();
        // A ring that cannot be drawn at all must not keep the others from being drawn.
        ring_order.sort_by_key(|&ring| {
            let size = clearing.rings[ring as usize].len();
            (size > MAX_ROWS, Reverse(size))
        });
        let mut ring_number = vec![0; ring_order.len()];
        for (index, &ring) in ring_order.iter().enumerate() {
            ring_number[ring as usize] = index as u32 + 1;
        }
        let sizes = ring_order.iter().map(|&ring| clearing.rings[ring as usize].len());
        let rings_shown = count_within(sizes, MAX_ROWS);
        let trades = sheets.iter().map(|sheet| sheet.seats.len()).filter(|&trades| trades > 0);
        let sheets_shown = count_within(trades, MAX_ROWS);
        Page {
            clearing,
            demand: demand(clearing),
            ring_order,
            ring_number,
            rings_shown,
            sheets_shown,
            sheets,
        }
    }

    /// Whether every participant who trades has a sheet on the page that a name can link to.
    fn has_all_sheets(&self) -> bool {
        self.clearing.figures.items_traded <= MAX_ROWS
    }
}

fn write_header(out: &mut impl Write, page: &Page<'_>, title: &str) -> io::Result<()> {
    let figures = &page.clearing.figures;
    let mut told = vec![
        frame::Figure::share("Items traded", figures.items_traded, figures.items),
        frame::Figure::share("Participants trading", figures.users_trading, figures.users),
        frame::Figure::new(
            "Rings",
            grouped(figures.ring_sizes.len()),
            format!("largest {}", grouped(figures.largest_ring())),
        ),
    ];
    if page.clearing.has_ranks() && figures.items_traded > 0 {
        let first = figures.granted_at.first().copied().unwrap_or(0);
        let note = format!("median {}", ordinal(figures.median_place()));
        told.push(frame::Figure::new("First choices granted", grouped(first), note));
    }
    if figures.bids > 0 {
        let filled = format!("{} of {}", figures.bids_filled, counted(figures.bids, "bid", "bids"));
        told.push(frame::Figure::new("Money moved", page.clearing.money(figures.money_moved), filled));
    }
    frame::write_header(out, "Result of the trade round", title, &told)?;
    let has_trades = figures.items_traded > 0;
    frame::write_nav(
        out,
        "participant",
        &[
            (has_trades, "sheets", "Sheets"),
            (has_trades, "rings", "Rings"),
            (figures.items > figures.items_traded, "untraded", "Not traded"),
            (!page.clearing.reading.notices.is_empty(), "notices", "Notices"),
        ],
    )
}

fn write_proof(out: &mut impl Write, clearing: &Clearing<'_>) -> io::Result<()> {
    let levels = &clearing.outcome.levels;
    if levels.is_empty() {
        return Ok(());
    }
    frame::write_verdict(out, clearing.outcome.is_optimal())?;
    let proven = levels.iter().take_while(|level| level.value == level.bound);
    for (index, level) in proven.enumerate() {
        let start =
            if index == 0 { "No other way to match these lists" } else { "Of all that do as well, none" };
        writeln!(out, "{start} {}.", better(clearing, level.objective))?;
    }
    if let Some(open) = levels.iter().find(|level| level.value != level.bound) {
        writeln!(
            out,
            "Whether another {} is not settled, but none can get beyond {}.",
            better(clearing, open.objective),
            open.bound
        )?;
    }
    let rows = levels.iter().map(|&Level { objective, value, bound }| frame::Goal {
        name: goal(clearing, objective),
        value: value.to_string(),
        bound: Some(bound.to_string()),
        is_proven: value == bound,
    });
    frame::write_goals(out, rows)
}

/// What a better outcome by an objective would do, as the end of a sentence.
fn better(clearing: &Clearing<'_>, objective: Objective) -> String {
    match objective {
        Objective::Items => "trades more items".into(),
        Objective::Cost => "grants wants of lower total rank cost".into(),
        Objective::WeightedCost => "has a lower total cost, counting what stays untraded".into(),
        Objective::Users => "lets more participants trade".into(),
        Objective::UserSquares => "spreads the trades more evenly over the participants".into(),
        Objective::Favor(_) => {
            let user = favored(clearing.round(), objective).unwrap_or_default();
            format!("trades more items of <bdi>{}</bdi>", Escaped(user))
        }
    }
}

fn goal(clearing: &Clearing<'_>, objective: Objective) -> String {
    match objective {
        Objective::Items => "Most items traded".into(),
        Objective::Cost => "Least total rank cost of the wants granted".into(),
        Objective::WeightedCost => "Least total cost, counting what stays untraded".into(),
        Objective::Users => "Most participants trading".into(),
        Objective::UserSquares => "Trades spread evenly: least sum of squares".into(),
        Objective::Favor(_) => {
            let user = favored(clearing.round(), objective).unwrap_or_default();
            format!("Most items of <bdi>{}</bdi> traded", Escaped(user))
        }
    }
}

/// From which places of the lists wants were granted, as a table with bars.
fn write_places(out: &mut impl Write, clearing: &Clearing<'_>) -> io::Result<()> {
    let granted_at = &clearing.figures.granted_at;
    if granted_at.len() < 2 {
        return Ok(());
    }
    let (caption, unit) = if clearing.has_ranks() {
        ("Which choices were granted", "Choice")
    } else {
        ("Where in the lists the granted wants stood", "Place")
    };
    let classes = [(1, 1), (2, 2), (3, 3), (4, 5), (6, 10), (11, 20), (21, 50), (51, usize::MAX)];
    let counts = classes.map(|(from, to)| {
        let granted: usize = granted_at.iter().take(to).skip(from - 1).sum();
        ((from, to), granted)
    });
    let most = counts.iter().map(|&(_, count)| count).max().unwrap_or(1).max(1);
    writeln!(
        out,
        "<section class=\"places\"><table class=\"bars\"><caption>{caption}</caption><thead><tr><th scope=\"col\">{unit}</th>\
         <th scope=\"col\" class=\"num\">Items</th><td></td></tr></thead><tbody>"
    )?;
    for ((from, to), count) in counts.into_iter().filter(|&((from, _), _)| from <= granted_at.len()) {
        let label = match (from, to) {
            (_, usize::MAX) => format!("{from} and later"),
            _ if from == to => ordinal(from),
            _ => format!("{from} to {to}"),
        };
        writeln!(
            out,
            "<tr><th scope=\"row\">{label}</th><td class=\"num\">{}</td><td class=\"bar\"><i style=\"width:{:.1}%\"></i></td></tr>",
            grouped(count),
            percent(count, most)
        )?;
    }
    writeln!(out, "</tbody></table></section>")
}

#[cfg(test)]
mod tests {
    use bartizan_engine::ItemIndex;

    use super::*;
    use crate::report::sample::Sample;

    fn text(sample: &Sample) -> String {
        let mut out = Vec::new();
        write(&mut out, &sample.clearing(), "Fair & square").unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_page_tells_each_participant_what_to_do() {
        let text = text(&Sample::fair());
        assert!(text.contains("<h1>Fair &amp; square</h1>"));
        assert!(text.contains("Best found, with a proven limit"));
        assert!(text.contains("<tr><td><bdi>Alpha &lt;i&gt;&amp; Omega&lt;/i&gt;</bdi> <code>a1</code></td><td><a href=\"#u1\"><bdi>bob</bdi></a></td></tr>"));
        assert!(text.contains("<b>30</b> in money <small>(offered up to 40)</small>"));
        assert!(text.contains("<td class=\"num place\">2\u{a0}of\u{a0}2</td>"));
        assert!(text.contains("<bdi>b1</bdi> <small>(nobody wants it)</small>"));
        assert_eq!(text.matches("class=\"sheet\"").count(), 5);
        assert_eq!(text.matches("<svg").count(), 2);
        assert_eq!(text, self::text(&Sample::fair()));
    }

    #[test]
    fn money_has_the_decimals_of_its_round() {
        let mut sample = Sample::fair_in_cents();
        let told = text(&sample);
        assert!(told.contains("<dt>Money moved</dt><dd><b>0.30</b>"));
        assert!(told.contains("<b>0.30</b> in money <small>(offered up to 0.40)</small>"));
        assert!(told.contains("1 trade, pays 0.30<") && told.contains("2 trades, is paid 0.30<"));
        sample.outcome.takes = (0..sample.outcome.takes.len() as u32).map(ItemIndex).collect();
        assert!(text(&sample).contains("an offer of up to 0.40 in money"));
    }

    #[test]
    fn every_link_leads_somewhere() {
        let text = text(&Sample::fair());
        for link in text.split("href=\"#").skip(1) {
            let target = link.split('"').next().unwrap();
            assert!(text.contains(&format!("id=\"{target}\"")), "{target}");
        }
    }

    #[test]
    fn hostile_names_do_nothing() {
        let hostile =
            |index: usize| format!("</title><script>alert({index})</script>\"'><img src=x onerror=x>");
        let mut sample = Sample::rings(&[2, 9], hostile);
        sample.reading.notices = vec![hostile(0)];
        let text = text(&sample);
        assert_eq!(text.matches("<script").count(), 1);
        assert!(!text.contains("<img"));
    }

    #[test]
    fn nothing_is_asked_for_from_outside() {
        let text = text(&Sample::fair());
        for outside in ["http:", "https:", "url(", "@import", " src="] {
            assert!(!text.contains(outside), "{outside}");
        }
    }

    #[test]
    fn an_empty_round_has_a_page() {
        assert!(text(&Sample::empty()).contains("<dt>Items traded</dt><dd><b>0</b>"));
    }

    #[test]
    fn a_very_large_round_is_shown_in_part() {
        let text = text(&Sample::rings(&[MAX_ROWS + 1, 2], |index| index.to_string()));
        assert!(text.contains("too large"));
        assert_eq!(text.matches("<svg").count(), 1);
        assert!(text.contains("<figcaption><h3>Ring 1</h3> <span class=\"tally\">2 trades</span>"));
        assert_eq!(text.matches("class=\"sheet\"").count(), MAX_ROWS);
    }
}
