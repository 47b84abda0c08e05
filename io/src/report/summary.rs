//! What a person sees on a terminal after a clearing: at most about 25 lines of aligned plain text.
//!
//! Columns are measured as a terminal shows them, so names in any script keep their alignment.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use bartizan_engine::Level;
use unicode_width::UnicodeWidthStr;

use crate::clear::Method;

use super::view::{Clearing, favored, percent};
use super::words::{grouped, ordinal, shortened};

/// What the caller knows of the run beyond its outcome.
#[derive(Clone, Debug, Default)]
pub struct Run<'a> {
    /// How each objective was reached, in the order of the objectives; may be shorter.
    pub methods: &'a [Method<'a>],
    /// One sentence on what is proven and how it can be checked.
    pub proof: &'a str,
    /// What was done beyond the objectives.
    pub best_effort: &'a str,
    /// How long the clearing took.
    pub elapsed: Option<Duration>,
    /// The most memory that was in use.
    pub memory_bytes: Option<u64>,
    /// Whether to use colour: only on a terminal.
    pub color: bool,
    /// The columns that are to be had; 0 for as many as needed.
    pub columns: usize,
}

/// Notices shown before the rest is counted.
const NOTICES_SHOWN: usize = 3;

/// Different ring sizes shown before the rest is counted.
const RING_SIZES_SHOWN: usize = 8;

/// Writes the summary.
///
/// # Errors
/// When `out` fails.
pub fn write(out: &mut impl Write, clearing: &Clearing<'_>, run: &Run<'_>) -> io::Result<()> {
    let page = Page { columns: if run.columns == 0 { usize::MAX } else { run.columns }, color: run.color };
    for (label, text) in figures(clearing) {
        page.line(out, label, &text)?;
    }
    if !clearing.outcome.levels.is_empty() {
        writeln!(out)?;
        write_objectives(out, &page, clearing, run.methods)?;
    }
    writeln!(out)?;
    if !run.proof.is_empty() {
        page.line(out, "Proof", run.proof)?;
    }
    if !run.best_effort.is_empty() {
        page.line(out, "Then", run.best_effort)?;
    }
    let spent: Vec<String> =
        [run.elapsed.map(duration_text), run.memory_bytes.map(memory_text)].into_iter().flatten().collect();
    if !spent.is_empty() {
        page.line(out, "Took", &spent.join(", "))?;
    }
    write_notices(out, &page, clearing)
}

fn figures(clearing: &Clearing<'_>) -> Vec<(&'static str, String)> {
    let figures = &clearing.figures;
    let share =
        |part, whole| format!("{} of {} ({:.1}%)", grouped(part), grouped(whole), percent(part, whole));
    let mut lines = vec![
        ("Items", format!("{} traded", share(figures.items_traded, figures.items))),
        ("Users", format!("{} trading", share(figures.users_trading, figures.users))),
    ];
    if figures.items_traded > 0 {
        if !figures.ring_sizes.is_empty() {
            lines.push(("Rings", rings_text(&figures.ring_sizes_counted(), figures.ring_sizes.len())));
        }
        if !figures.chain_sizes.is_empty() {
            let sizes: Vec<String> = figures.chain_sizes.iter().map(|&size| grouped(size)).collect();
            let text = format!("{}: {} receive along them", grouped(sizes.len()), sizes.join(", "));
            lines.push(("Chains", text));
        }
        let of_list = if clearing.has_ranks() { "choice" } else { "place in list" };
        let first = figures.granted_at.first().copied().unwrap_or(0);
        let mut wants = format!(
            "{} first, median {}, worst {} {of_list}",
            grouped(first),
            ordinal(figures.median_place()),
            ordinal(figures.granted_at.len()),
        );
        if clearing.has_ranks() {
            let average = figures.total_cost as f64 / figures.items_traded as f64;
            let _ = write!(wants, "; cost {}, {average:.2} each", figures.total_cost);
        }
        lines.push(("Wants", wants));
    }
    if figures.bids > 0 {
        let filled = share(figures.bids_filled, figures.bids);
        lines.push(("Money", format!("{} moved, {filled} bids filled", clearing.money(figures.money_moved))));
    }
    lines
}

fn rings_text(counted: &[(usize, usize)], ring_count: usize) -> String {
    let mut text = format!("{}: ", grouped(ring_count));
    for (index, &(size, count)) in counted.iter().take(RING_SIZES_SHOWN).enumerate() {
        let before = if index == 0 { "" } else { ", " };
        let times = if count == 1 { String::new() } else { format!("{}\u{d7}", grouped(count)) };
        let _ = write!(text, "{before}{times}{}", grouped(size));
    }
    if counted.len() > RING_SIZES_SHOWN {
        let smallest = counted.last().map_or(0, |&(size, _)| size);
        let _ = write!(text, ", \u{2026} {smallest}");
    }
    text.push_str(" items");
    text
}

fn write_objectives(
    out: &mut impl Write,
    page: &Page,
    clearing: &Clearing<'_>,
    methods: &[Method<'_>],
) -> io::Result<()> {
    let mut rows = vec![["Objective", "Value", "Bound", "", "Method"].map(str::to_owned)];
    for (index, level) in clearing.outcome.levels.iter().enumerate() {
        let name = match favored(clearing.round(), level.objective) {
            Some(user) => format!("{} {}", level.objective.name(), shortened(user, 24)),
            None => level.objective.name().to_owned(),
        };
        let method = methods.get(index).map_or_else(String::new, |method| match *method {
            Method { name, reason: "" } => name.to_owned(),
            Method { name, reason } => format!("{name}: {reason}"),
        });
        let is_open = clearing.outcome.levels[..index].iter().any(|before| !before.is_proven());
        let (bound, verdict) = if is_open {
            ("-".to_owned(), "open".to_owned())
        } else {
            (level.bound.to_string(), verdict(*level))
        };
        rows.push([name, level.value.to_string(), bound, verdict, method]);
    }
    let width = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
    let widths: [usize; 4] = std::array::from_fn(width);
    for (index, [name, value, bound, verdict, method]) in rows.iter().enumerate() {
        let name_pad = widths[0] - name.width();
        let verdict_pad = widths[3] - verdict.width();
        let line = format!(
            "{name}{:name_pad$}  {value:>2$}  {bound:>3$}  {verdict}{:verdict_pad$}  {method}",
            "", "", widths[1], widths[2]
        );
        let line = shortened(line.trim_end(), page.columns);
        let is_proven = index > 0 && verdict == "proven";
        writeln!(
            out,
            "{}",
            page.styled(
                if index == 0 {
                    BOLD
                } else if is_proven {
                    GREEN
                } else {
                    PLAIN
                },
                &line
            )
        )?;
    }
    Ok(())
}

fn verdict(level: Level) -> String {
    match level.bound.abs_diff(level.value) {
        0 => "proven".to_owned(),
        gap => format!("within {gap}"),
    }
}

fn write_notices(out: &mut impl Write, page: &Page, clearing: &Clearing<'_>) -> io::Result<()> {
    let notices: Vec<&String> = clearing.reading.remarks.iter().chain(&clearing.reading.notices).collect();
    if notices.is_empty() {
        return Ok(());
    }
    page.line(out, "Notices", &grouped(notices.len()))?;
    for notice in notices.iter().take(NOTICES_SHOWN) {
        let notice = notice.strip_prefix("**** ").unwrap_or(notice);
        writeln!(out, "  {}", shortened(notice, page.columns.saturating_sub(2)))?;
    }
    if notices.len() > NOTICES_SHOWN {
        let rest = grouped(notices.len() - NOTICES_SHOWN);
        // Only what a mechanism made has no objectives, and neither form tells that.
        let instead = if clearing.outcome.levels.is_empty() { "without --mechanism: " } else { "" };
        let line =
            format!("\u{2026} and {rest} more (all of them: {instead}--format trademaximizer, or --report)");
        writeln!(out, "  {}", shortened(&line, page.columns.saturating_sub(2)))?;
    }
    Ok(())
}

struct Page {
    columns: usize,
    color: bool,
}

const PLAIN: &str = "";
const BOLD: &str = "\x1b[1m";
const GREEN: &str = "\x1b[32m";

impl Page {
    fn line(&self, out: &mut impl Write, label: &str, text: &str) -> io::Result<()> {
        let label = format!("{label:<9}");
        let text = shortened(text, self.columns.saturating_sub(label.len()));
        writeln!(out, "{}{text}", self.styled(BOLD, &label))
    }

    fn styled(&self, style: &str, text: &str) -> String {
        if self.color && !style.is_empty() { format!("{style}{text}\x1b[0m") } else { text.to_owned() }
    }
}

fn duration_text(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 1.0 { format!("{:.1} ms", seconds * 1e3) } else { format!("{seconds:.2} s") }
}

fn memory_text(bytes: u64) -> String {
    let mebibytes = bytes as f64 / (1 << 20) as f64;
    if mebibytes < 1024.0 { format!("{mebibytes:.0} MiB") } else { format!("{:.1} GiB", mebibytes / 1024.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::Sample;

    fn text(sample: &Sample, run: &Run<'_>) -> String {
        let mut out = Vec::new();
        write(&mut out, &sample.clearing(), run).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_whole_summary_of_a_small_round() {
        let run = Run {
            methods: &[
                Method { name: "circulation", reason: "one cost per want" },
                Method { name: "branch and bound", reason: "" },
            ],
            proof: "No outcome trades more items; `bartizan verify` checks it.",
            elapsed: Some(Duration::from_micros(1_250)),
            memory_bytes: Some(5 << 20),
            ..Run::default()
        };
        let expected = "\
Items    6 of 8 (75.0%) traded
Users    5 of 6 (83.3%) trading
Rings    2: 4, 2 items
Wants    4 first, median 1st, worst 2nd choice; cost 8, 1.33 each
Money    30 moved, 1 of 1 (100.0%) bids filled

Objective  Value  Bound            Method
items          6      6  proven    circulation: one cost per want
users          5      6  within 1  branch and bound

Proof    No outcome trades more items; `bartizan verify` checks it.
Took     1.2 ms, 5 MiB
Notices  1
  Unknown item ZZ (1 occurrence)
";
        assert_eq!(text(&Sample::fair(), &run), expected);
    }

    #[test]
    fn money_has_the_decimals_of_its_round() {
        let text = text(&Sample::fair_in_cents(), &Run::default());
        assert!(text.contains("Money    0.30 moved, 1 of 1 (100.0%) bids filled\n"), "{text}");
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        assert_eq!(
            text(&Sample::empty(), &Run::default()),
            "Items    0 of 0 (0.0%) traded\nUsers    0 of 0 (0.0%) trading\n\n"
        );
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let mut sample = Sample::rings(&[2, 3, 3, 30], |index| format!("\u{6c34}{index}"));
        sample.reading.notices =
            (0..9).map(|index| format!("{index} \u{6c34}\u{6c34} \x1b[2J").repeat(20)).collect();
        let run = Run { columns: 40, proof: &"proof ".repeat(40), ..Run::default() };
        let text = text(&sample, &run);
        assert!(text.lines().all(|line| line.width() <= 40), "{text}");
        assert!(!text.contains('\x1b'));
        assert!(text.contains("Rings    4: 30, 2\u{d7}3, 2 items"), "{text}");
        assert!(text.contains("\u{2026} and 6 more"), "{text}");
    }

    #[test]
    fn colour_is_used_only_when_asked_for() {
        let sample = Sample::fair();
        assert!(!text(&sample, &Run::default()).contains('\x1b'));
        assert!(text(&sample, &Run { color: true, ..Run::default() }).contains("\x1b[1m"));
    }
}
