//! What all pages have: the head with key figures, the bar of links, what is proven, notices, and the end.

use std::io::{self, Write};

use super::html::{Escaped, counted};
use crate::report::view::percent;
use crate::report::words::grouped;

/// Most ring members drawn, most trades on sheets, and most items listed as not traded.
pub const MAX_ROWS: usize = 20_000;

/// A key figure.
pub(super) struct Figure {
    label: &'static str,
    value: String,
    note: String,
}

impl Figure {
    pub(super) fn new(label: &'static str, value: String, note: String) -> Self {
        Figure { label, value, note }
    }

    /// A part of a whole.
    pub(super) fn share(label: &'static str, part: usize, whole: usize) -> Self {
        let note = format!("of {}, {:.0}\u{a0}%", grouped(whole), percent(part, whole));
        Figure::new(label, grouped(part), note)
    }
}

/// Starts the page, up to its key figures.
pub(super) fn write_header(
    out: &mut impl Write,
    kicker: &str,
    title: &str,
    figures: &[Figure],
) -> io::Result<()> {
    let title = Escaped(title);
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<style>{}</style></head>\n<body>",
        include_str!("style.css")
    )?;
    writeln!(out, "<header class=\"top\"><p class=\"kicker\">{kicker}</p><h1>{title}</h1>")?;
    writeln!(out, "<dl class=\"figures\">")?;
    for Figure { label, value, note } in figures {
        writeln!(out, "<div><dt>{label}</dt><dd><b>{value}</b> <small>{note}</small></dd></div>")?;
    }
    writeln!(out, "</dl></header>")
}

/// The bar with the search for a `who`, and links: whether each is there, its target and its text.
pub(super) fn write_nav(out: &mut impl Write, who: &str, links: &[(bool, &str, &str)]) -> io::Result<()> {
    writeln!(
        out,
        "<nav aria-label=\"On this page\"><label class=\"js\"><span>Find a {who}</span>\
         <input type=\"search\" id=\"find\" autocomplete=\"off\" placeholder=\"Name of a {who}\"></label>\
         <output id=\"found\" for=\"find\"></output><span class=\"links\">"
    )?;
    for (_, target, text) in links.iter().filter(|(is_there, ..)| *is_there) {
        writeln!(out, "<a href=\"#{target}\">{text}</a>")?;
    }
    writeln!(out, "</span></nav>")
}

/// Starts the section on what is proven, up to its sentences.
pub(super) fn write_verdict(out: &mut impl Write, is_optimal: bool) -> io::Result<()> {
    let (class, badge) = if is_optimal {
        ("proven", "Proven best possible")
    } else {
        ("bounded", "Best found, with a proven limit")
    };
    writeln!(out, "<section class=\"proof {class}\"><h2><span class=\"badge\">{badge}</span></h2>\n<p>")
}

/// An objective and what was reached; no bound of what is open altogether. The name is HTML.
pub(super) struct Goal {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) bound: Option<String>,
    pub(super) is_proven: bool,
}

/// Ends that section: where the proof is, and the objectives as a table.
pub(super) fn write_goals(out: &mut impl Write, goals: impl Iterator<Item = Goal>) -> io::Result<()> {
    writeln!(
        out,
        "The outcome file carries a certificate of this, which anyone can check without solving the round again.</p>"
    )?;
    writeln!(
        out,
        "<table><thead><tr><th scope=\"col\">What counts, in this order</th><th scope=\"col\" class=\"num\">Reached</th>\
         <th scope=\"col\" class=\"num\">Limit</th><th scope=\"col\">Proven best</th></tr></thead><tbody>"
    )?;
    for Goal { name, value, bound, is_proven } in goals {
        let (bound, verdict) = (bound.as_deref().unwrap_or("open"), if is_proven { "yes" } else { "no" });
        writeln!(
            out,
            "<tr><th scope=\"row\">{name}</th><td class=\"num\">{value}</td><td class=\"num\">{bound}</td><td>{verdict}</td></tr>"
        )?;
    }
    writeln!(out, "</tbody></table></section>")
}

/// What was wrong with what was read, and survived.
pub(super) fn write_notices(out: &mut impl Write, notices: &[String], about: &str) -> io::Result<()> {
    if notices.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section id=\"notices\"><h2>Notices</h2>\n<details><summary>{} about {about}</summary><ul>",
        counted(notices.len(), "notice", "notices")
    )?;
    for notice in notices.iter().take(MAX_ROWS) {
        let notice = notice.strip_prefix("**** ").unwrap_or(notice);
        writeln!(out, "<li>{}</li>", Escaped(notice))?;
    }
    writeln!(out, "</ul></details></section>")
}

/// Ends the page.
pub(super) fn write_end(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "</main>")?;
    writeln!(out, "<footer>Cleared by Bartizan {}.</footer>", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "<script>{}</script>\n</body></html>", include_str!("script.js"))
}

/// How many of the first sizes add up to at most `limit`.
pub(super) fn count_within(sizes: impl Iterator<Item = usize>, limit: usize) -> usize {
    let mut sum = 0;
    let fits = |size: &usize| {
        sum += size;
        sum <= limit
    };
    sizes.take_while(fits).count()
}
