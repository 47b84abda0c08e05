//! Mechanisms compared as one page: the table, how ranks are spread, and what other lists gain. No script, nothing from outside.

use std::io::{self, Write};

use super::compare::{Compared, Comparison};
use crate::benchmark::page::STYLE;
use crate::benchmark::plot::{Axis, COLORS, Line, key, plot};
use crate::report::page::html::Escaped;

/// Writes the page; `title` names the round.
///
/// # Errors
/// If it cannot be written.
pub fn write(out: &mut dyn Write, comparison: &Comparison, title: &str) -> io::Result<()> {
    let title = Escaped(title);
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
    )?;
    writeln!(out, "<title>Mechanisms compared: {title}</title><style>{STYLE}</style></head><body>")?;
    writeln!(out, "<h1>Mechanisms compared: {title}</h1>")?;
    writeln!(
        out,
        "<p>{} items with a list, each a participant; {} gifts; order of priority by the seed {}.</p>",
        comparison.participants, comparison.gifts, comparison.seed
    )?;
    writeln!(out, "<div class=\"wide\"><table><tr>")?;
    for head in HEADS {
        write!(out, "<th>{head}")?;
    }
    writeln!(out, "</tr>")?;
    for compared in &comparison.mechanisms {
        write!(out, "<tr>")?;
        for cell in cells(compared) {
            write!(out, "<td>{}", Escaped(&cell))?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</table></div><p><small>{}</small></p>", words())?;
    plots(out, comparison)?;
    writeln!(out, "</body></html>")
}

/// The heads of the table, here and on a terminal.
pub const HEADS: [&str; 14] = [
    "mechanism",
    "receive",
    "efficient",
    "core",
    "mean rank",
    "worst",
    "left out",
    "envious",
    "justified",
    "gini",
    "gaining",
    "mean gain",
    "most",
    "tried",
];

/// A row of the table.
pub fn cells(compared: &Compared) -> [String; 14] {
    let none = || "-".to_owned();
    let yes = |is_so: bool| if is_so { "yes" } else { "no" }.to_owned();
    let gained = &compared.manipulability;
    let lies = [
        format!("{} of {}", gained.gaining, gained.participants),
        gained.mean_gain.clone().unwrap_or_else(none),
        gained.greatest_gain.to_string(),
        format!("{} ({} in full)", gained.tries, gained.exhaustive),
    ];
    let [gaining, mean, most, tried] = lies;
    let name = compared.name.to_owned();
    let Some(figures) = &compared.figures else {
        let [a, b, c, d, e, f, g, h] = std::array::from_fn(|_| none());
        return [name, "none exists".into(), a, b, c, d, e, f, g, h, gaining, mean, most, tried];
    };
    [
        name,
        figures.receive.to_string(),
        yes(figures.pareto_efficient),
        yes(figures.core),
        figures.mean_rank.clone().unwrap_or_else(none),
        figures.worst_rank.map_or_else(none, |rank| rank.to_string()),
        figures.left_out.to_string(),
        figures.envious.to_string(),
        figures.justified_envy.to_string(),
        figures.gini.clone().unwrap_or_else(none),
        gaining,
        mean,
        most,
        tried,
    ]
}

/// What the heads mean.
pub fn words() -> &'static str {
    "efficient: no other outcome is better for somebody and worse for nobody; core: no group could make all its members better off with what they bring; \
     ranks are told of those who receive: one more than how many of the own list are better, so that equals share a rank; envious: who would rather have what another holds in the end; justified: pairs who would rather have exchanged with each \
     other; gini: of how high what is received stands, nothing as 0; gaining: who would have gained by a shorter or reordered list of their own, others' unchanged, by how many ranks on average and at most, and how many lists were tried, for how many participants every one without ties"
}

fn plots(out: &mut dyn Write, comparison: &Comparison) -> io::Result<()> {
    let names: Vec<String> =
        comparison.mechanisms.iter().map(|compared| Escaped(compared.name).to_string()).collect();
    writeln!(out, "{}<div class=\"plots\">", key(&names))?;
    let share = |count: usize| count as f64 / comparison.participants.max(1) as f64;
    let longest = comparison.mechanisms.iter().filter_map(|compared| compared.figures.as_ref());
    let longest = longest.map(|figures| figures.ranks.len()).max().unwrap_or(0);
    let ranks = |compared: &Compared| -> Vec<(f64, f64)> {
        let Some(figures) = &compared.figures else { return Vec::new() };
        let within = |rank: usize| figures.ranks.iter().take(rank).sum::<usize>();
        (0..=longest).map(|rank| (rank as f64, share(within(rank)))).collect()
    };
    let greatest = comparison.mechanisms.iter().map(|compared| compared.manipulability.gains.len()).max();
    let greatest = greatest.unwrap_or(0);
    let gains = |compared: &Compared| -> Vec<(f64, f64)> {
        let gained = &compared.manipulability;
        let tried = f64::from(gained.participants.max(1));
        let at_least = |gain: usize| gained.gains.get(gain - 1).copied().unwrap_or(0) as f64 / tried;
        (1..=greatest.max(1)).map(|gain| (gain as f64, at_least(gain))).collect()
    };
    figure(
        out,
        comparison,
        "Who receives one of their first",
        ["first of the list", "share of participants"],
        &ranks,
    )?;
    figure(
        out,
        comparison,
        "Who gains by another list",
        ["ranks gained at least", "share of those tried"],
        &gains,
    )?;
    writeln!(out, "</div>")
}

fn figure(
    out: &mut dyn Write,
    comparison: &Comparison,
    title: &str,
    [x, y]: [&str; 2],
    points: &dyn Fn(&Compared) -> Vec<(f64, f64)>,
) -> io::Result<()> {
    let line = |(index, compared): (usize, &Compared)| Line {
        name: compared.name,
        color: COLORS[index % COLORS.len()],
        points: points(compared),
    };
    let lines: Vec<Line<'_>> = comparison.mechanisms.iter().enumerate().map(line).collect();
    let axis = |name| Axis { name, is_log: false };
    writeln!(
        out,
        "<figure><figcaption>{title}</figcaption>{}</figure>",
        plot(title, axis(x), axis(y), &lines)
    )
}
