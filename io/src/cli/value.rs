//! `bartizan value`: reads trades, offers, obligations or wants, and says what goods are worth to each other.

use std::io;
use std::path::PathBuf;

use bartizan_solver::valuation::{METHODS, Method, Settings, by_name};

use super::columns::plain;
use super::notice::notice;
use super::output::{check_targets, write_file, write_stdout};
use super::progress::Progress;
use super::{Failure, count, quoted};
use crate::input::Input;
use crate::valuation::document::{Document, Outcome};
use crate::valuation::read::{self, Reading};

/// Estimate what goods are worth to each other
///
/// Reads CSV with a header, `gives,gets,given,got` (trades), `sells,buys,amount,at_least` (offers; `auction`'s other formats are read too; `sell,buy,amount,limit` tells the rate itself: how much is asked for one of what is sold) or `debtor,creditor,amount` (obligations), if wanted with weight and time; or a round of barter, whose lists say what is preferred. Values hold
/// among goods that the file joins, directly or through others: what nothing joins is valued apart, each part with a geometric mean of 1 (shadow prices and shares have a scale of their own), and ratios from one part to another mean nothing. `bartizan verify FILE OUT.json` checks them. Exits with 1 when what holds of right values does not hold of those found.
#[derive(Debug, clap::Args)]
#[command(after_help = methods())]
pub(super) struct Arguments {
    /// The file; `-` for standard input
    file: PathBuf,
    /// How to value: a method's name, or all; if left out, what suits the file: least-squares for trades and offers, bradley-terry for obligations, plackett-luce for the lists of a round
    #[arg(long, value_name = "METHOD", value_parser = parse_method)]
    method: Option<Choice>,
    /// Tell values in this good, whose own is then 1; not of shadow prices and shares, which have a scale of their own
    #[arg(long, value_name = "GOOD")]
    unit: Option<String>,
    /// Write the values, the arbitrage they leave and the conditions they satisfy to this file, as JSON
    #[arg(long, value_name = "OUT.json")]
    output: Option<PathBuf>,
    /// Leave out rows of CSV that cannot be used, and say so, instead of stopping at the first
    #[arg(long)]
    lenient: bool,
    /// The seed of methods that sample, up to 9007199254740992
    #[arg(long, default_value_t = Settings::default().seed, value_parser = clap::value_parser!(u64).range(..=MOST_SEED))]
    seed: u64,
    /// How many orders of arrival, or coalitions, are sampled of a round too large to go through all, 2 or more
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(2..))]
    samples: u32,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

/// One method, or all.
#[derive(Clone, Copy, Debug)]
struct Choice(Option<&'static Method>);

fn parse_method(name: &str) -> Result<Choice, String> {
    if name == "all" {
        return Ok(Choice(None));
    }
    let names = || METHODS.iter().map(|method| method.name).collect::<Vec<_>>().join(", ");
    by_name(name)
        .map(|method| Choice(Some(method)))
        .ok_or_else(|| format!("expected all, or one of: {}", names()))
}

/// The method for a file of this kind, if none is asked for, and why.
fn usual(reading: &Reading) -> (Choice, &'static str) {
    let (name, why) = match reading.kind {
        "obligations" => ("bradley-terry", "each obligation compares two"),
        "wants" => ("plackett-luce", "each list ranks several"),
        "offers" => ("least-squares", "each offer states a rate"),
        _ => ("least-squares", "each trade states a rate"),
    };
    (Choice(by_name(name)), why)
}

fn methods() -> String {
    let lines = METHODS.iter().map(|method| format!("  {:<20} {}", method.name, method.about));
    format!("Methods:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

/// The greatest seed: the document tells it as a number, and beyond 2^53 not all programs read those as they are written.
const MOST_SEED: u64 = 1 << 53;

/// Most rows of a table that are printed.
const MOST_ROWS: usize = 40;

/// Most names on one line, and most components that are told.
const MOST_NAMED: usize = 8;

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    check_targets(&[("--output", arguments.output.as_deref())], &[&arguments.file])?;
    let at = |error: &dyn std::fmt::Display| Failure::at(&arguments.file, error);
    let mut progress = Progress::new(arguments.quiet);
    progress.say("reading");
    let input = Input::open(&arguments.file).map_err(|error| at(&error))?;
    let reading = read::read(&input, arguments.lenient).map_err(|error| at(&error))?;
    let settings = Settings { seed: arguments.seed, samples: arguments.samples };
    let unit = arguments.unit.as_deref();
    let (Choice(method), why) = arguments.method.map_or_else(|| usual(&reading), |choice| (choice, ""));
    if let (Some(method), Some(_)) = (method.filter(|method| method.is_absolute), unit) {
        let name = method.name;
        return Err(Failure::Usage(format!("--unit: what {name} finds has a scale of its own")));
    }
    let document = Document::new(&reading, method, &settings, unit, &mut |what| progress.say(what))
        .map_err(|error| at(&error))?;
    if let Some(path) = &arguments.output {
        write_file(path, |out| document.write(out))?;
    }
    progress.finish();
    if !arguments.quiet {
        tell(arguments, (method, why), &reading, &document)?;
    }
    let broken = document.outcomes().find_map(|outcome| {
        let condition = outcome.conditions.iter().find(|condition| !condition.holds)?;
        Some((outcome, condition))
    });
    broken.map_or(Ok(()), |(outcome, condition)| {
        Err(at(&format_args!(
            "the values by {} are not right: {}: {:.1e}, which may be at most {:.0e}",
            outcome.method, condition.name, condition.found, condition.most
        )))
    })
}

fn tell(
    arguments: &Arguments,
    (method, why): (Option<&Method>, &str),
    reading: &Reading,
    document: &Document,
) -> Result<(), Failure> {
    for told in &reading.notices {
        notice(format_args!("bartizan: {}: {told}", arguments.file.display()));
    }
    write_stdout(|out| {
        summary(out, reading, document)?;
        match method {
            Some(_) => one(out, reading, &document.first, why)?,
            None => all(out, reading, (document, arguments.unit.as_deref()))?,
        }
        if let Some(path) = &arguments.output {
            writeln!(out, "\nCheck it: bartizan verify {} {}", quoted(&arguments.file), quoted(path))?;
        }
        Ok(())
    })
}

fn summary(out: &mut dyn io::Write, reading: &Reading, document: &Document) -> io::Result<()> {
    let input = &document.input;
    writeln!(out, "Goods      {}", input.goods)?;
    if input.exchanges > 0 {
        writeln!(out, "Exchanges  {} ({})", input.exchanges, input.kind)?;
    }
    if input.rankings > 0 {
        writeln!(out, "Rankings   {} ({})", input.rankings, input.kind)?;
    }
    if input.components.len() > 1 {
        let (lone, joined): (Vec<(usize, &Vec<String>)>, Vec<_>) =
            input.components.iter().enumerate().partition(|(_, goods)| goods.len() == 1);
        writeln!(
            out,
            "Apart      {} components that nothing joins: values hold within each, and ratios from one to another mean nothing",
            input.components.len()
        )?;
        for (number, goods) in joined.iter().take(MOST_NAMED) {
            writeln!(out, "  {:<8} {}: {}", number + 1, count(goods.len(), "good"), named(goods))?;
        }
        if joined.len() > MOST_NAMED {
            writeln!(out, "  and {} more (--output OUT.json has all)", joined.len() - MOST_NAMED)?;
        }
        if !lone.is_empty() {
            let lone: Vec<String> = lone.iter().flat_map(|(_, goods)| goods.iter().cloned()).collect();
            writeln!(out, "Alone      {}: nothing says what they are worth", named(&lone))?;
        }
    }
    debug_assert_eq!(input.goods, reading.goods.len());
    Ok(())
}

/// Some of these names, and how many more there are.
fn named(names: &[String]) -> String {
    let told: Vec<String> = names.iter().take(MOST_NAMED).map(|name| plain(name)).collect();
    let more = match names.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", told.join(", "))
}

/// Why there is no arbitrage although there are exchanges.
const NO_RATE: &str = "a good that is exchanged has the value 0, of which no rate says anything";

/// Whether there are exchanges that the values of a method are to explain.
fn is_unexplained(reading: &Reading, outcome: &Outcome) -> bool {
    outcome.of == "goods" && !reading.evidence.exchanges().is_empty()
}

/// What is to be said of values that are told in no unit, if they might be expected in one.
fn scale(outcome: &Outcome, unit: Option<&str>) -> String {
    match unit.filter(|_| outcome.unit.is_none()) {
        _ if by_name(&outcome.method).is_some_and(|method| method.is_absolute) => {
            ", on a scale of its own".to_owned()
        }
        Some(unit) => format!(", not in {}, which has the value 0", plain(unit)),
        None => String::new(),
    }
}

/// What one method found: its figures, and the values from the greatest down. It was chosen for `why`, if it was not asked for.
fn one(out: &mut dyn io::Write, reading: &Reading, outcome: &Outcome, why: &str) -> io::Result<()> {
    let chosen = if why.is_empty() {
        String::new()
    } else {
        format!("; chosen since {why} (--method takes another, or all)")
    };
    writeln!(out, "Method     {}, {}{chosen}", outcome.method, count(outcome.steps, "step"))?;
    if let Some(arbitrage) = &outcome.arbitrage {
        writeln!(
            out,
            "Arbitrage  {:.4}% of what rates say; {:.4} an exchange{}",
            arbitrage.share * 100.0,
            arbitrage.root_mean_square,
            arbitrage.residuals.first().map_or(String::new(), |rest| format!(
                ", {:.4} in {} {}, the farthest out",
                rest.log.abs(),
                if reading.is_by_order { "order" } else { "line" },
                rest.line
            ))
        )?;
    }
    if outcome.arbitrage.is_none() && is_unexplained(reading, outcome) {
        writeln!(out, "Arbitrage  - ({NO_RATE})")?;
    }
    for condition in &outcome.conditions {
        let verdict = if condition.holds { "holds" } else { "DOES NOT HOLD" };
        writeln!(
            out,
            "{verdict:<10} {}: {:.1e}, at most {:.0e}",
            condition.name, condition.found, condition.most
        )?;
    }
    for note in &outcome.notes {
        writeln!(out, "Note       {note}")?;
    }
    writeln!(out)?;
    let mut rows: Vec<(&String, f64)> = outcome.values.iter().map(|(name, value)| (name, *value)).collect();
    rows.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    for (name, value) in rows.iter().take(MOST_ROWS) {
        let error = outcome.errors.as_ref().and_then(|errors| errors.get(*name));
        let error = error.map(|error| format!(" +- {error:.3}")).unwrap_or_default();
        writeln!(out, "{:>14}{error}  {}{}", shown(*value), plain(name), component(reading, outcome, name))?;
    }
    if rows.len() > MOST_ROWS {
        writeln!(out, "... and {} more (--output OUT.json has all)", rows.len() - MOST_ROWS)?;
    }
    Ok(())
}

/// Which component a good is in, if there are several.
fn component(reading: &Reading, outcome: &Outcome, name: &str) -> String {
    let good = reading.goods.iter().position(|good| good == name);
    good.filter(|_| outcome.of == "goods" && reading.evidence.component_count() > 1)
        .map(|good| format!("  component {}", reading.evidence.components()[good] + 1))
        .unwrap_or_default()
}

/// What all methods found: a column each.
fn all(
    out: &mut dyn io::Write,
    reading: &Reading,
    (document, unit): (&Document, Option<&str>),
) -> io::Result<()> {
    for refused in &document.refused {
        writeln!(out, "Not by     {}: {}", refused.method, refused.why)?;
    }
    for of in ["goods", "participants"] {
        let found: Vec<&Outcome> = document.outcomes().filter(|outcome| outcome.of == of).collect();
        let Some(first) = found.first() else { continue };
        writeln!(out)?;
        for (number, outcome) in found.iter().enumerate() {
            let holds = outcome.conditions.iter().all(|condition| condition.holds);
            let left = match &outcome.arbitrage {
                Some(left) => format!(", leaves {:.4}% of what rates say", left.share * 100.0),
                None if is_unexplained(reading, outcome) => format!(", leaves - ({NO_RATE})"),
                None => String::new(),
            };
            let scale = scale(outcome, unit);
            let verdict = if holds { "" } else { ", ITS CONDITIONS DO NOT HOLD" };
            writeln!(out, "({}) {}{scale}{left}{verdict}", number + 1, outcome.method)?;
        }
        let mut names: Vec<&String> = match of {
            "goods" => reading.goods.iter().collect(),
            _ => first.values.keys().collect(),
        };
        names.sort_by(|a, b| first.values[*b].total_cmp(&first.values[*a]).then(a.cmp(b)));
        writeln!(out)?;
        let heads: Vec<String> =
            (1..=found.len()).map(|number| format!("{:>11}", format!("({number})"))).collect();
        writeln!(out, "{}", heads.join(" "))?;
        for name in names.iter().take(MOST_ROWS) {
            let cells: Vec<String> =
                found.iter().map(|outcome| format!("{:>11}", shown(outcome.values[*name]))).collect();
            writeln!(out, "{}  {}{}", cells.join(" "), plain(name), component(reading, first, name))?;
        }
        if names.len() > MOST_ROWS {
            writeln!(out, "... and {} more (--output OUT.json has all)", names.len() - MOST_ROWS)?;
        }
    }
    Ok(())
}

/// A value with five digits that count.
fn shown(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        "0".to_owned()
    } else if (1e-3..1e6).contains(&size) {
        let digits = (4 - size.log10().floor() as i32).max(0) as usize;
        format!("{value:.digits$}")
    } else {
        format!("{value:.4e}")
    }
}
