//! `bartizan net`: reads obligations, clears as much of them as can be, and shows or writes what; and the check of what it wrote.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::expected::check_objectives;
use super::notice::notice;
use super::output::{check_targets, write_file, write_stdout};
use super::progress::Progress;
use super::{Failure, amount_of_option, count};
use crate::csv_line;
use crate::document::Status;
use crate::input::Input;
use crate::netting::check::{check, goals};
use crate::netting::document::{Document, Reached};
use crate::netting::notices;
use crate::netting::plan::{Credit, Goal, Plan};
use crate::netting::read::{self, Reading};

/// Clear obligations against each other, as much as can be
///
/// Reads CSV with a header: debtor,creditor,amount, and if wanted id, due (a date) and priority (1 comes first). Nobody's net position changes: whoever is released of so much releases
/// others of as much. That nothing better exists is proven, and `bartizan verify FILE.csv OUT.json` checks it; but for fewest, where that is proven of small networks alone: of others it is said how few might do. It exits with 0 then too, as `clear` does with what is bounded, and `verify` with 1.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The obligations; `-` for standard input
    file: PathBuf,
    /// What to clear for, most important first: total, priority (class by class), due (date by date), fair (of all obligations shares as equal as can be: the sum of amounts, each times the square of the share of it that is left, is least, with squares taken as straight between sixteenths); at the end fewest (as few obligations touched as can be)
    #[arg(long, value_enum, value_delimiter = ',', value_name = "LIST", default_value = "total")]
    objective: Vec<Goal>,
    /// Let each come to owe so much to all others together, or be owed it: mutual credit, in the file's unit
    #[arg(long, value_name = "AMOUNT")]
    credit: Option<String>,
    /// Let there be so much of such credit in all; alone, without a limit for each
    #[arg(long, value_name = "AMOUNT")]
    liquidity: Option<String>,
    /// Write what is cleared of each obligation, with its proof, to this file, as JSON
    #[arg(long, value_name = "OUT.json")]
    output: Option<PathBuf>,
    /// Write notices of set-off to this file, as CSV: for each participant what is cancelled of what it owes and is owed, and what is left
    #[arg(long, value_name = "OUT.csv")]
    notices: Option<PathBuf>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let targets = [("--output", arguments.output.as_deref()), ("--notices", arguments.notices.as_deref())];
    check_targets(&targets, &[&arguments.file])?;
    let mut progress = Progress::new(arguments.quiet);
    progress.say("reading");
    let input = Input::open(&arguments.file).map_err(|error| Failure::at(&arguments.file, error))?;
    let reading = read::read(&input).map_err(|error| Failure::at(&arguments.file, error))?;
    let credit = credit(arguments, &reading)?;
    let goals = &arguments.objective;
    if let Some(fault) = Plan::fault(goals) {
        return Err(Failure::Usage(format!("--objective: {fault}")));
    }
    let plan = Plan::new(&reading, goals, credit).map_err(|error| Failure::at(&arguments.file, error))?;
    let (clearing, parts) = plan.clear(&mut |objective| progress.say(&format!("clearing for {objective}")));
    progress.say("writing");
    let mut document = Document::new(&reading, &plan, credit, (clearing, &parts));
    if let Some(path) = &arguments.output {
        write_file(path, |out| document.write(out))?;
    }
    if let Some(path) = &arguments.notices {
        write_file(path, |out| notices::write(&reading, &document, out))?;
    }
    progress.finish();
    if !arguments.quiet {
        warn(arguments, &reading, &reading.repeated_ids());
        print(arguments, &reading, &document)?;
    }
    Ok(())
}

/// Tells of rows that bring nothing, or may not be meant.
fn warn(arguments: &Arguments, reading: &Reading, repeated_ids: &[u64]) {
    let file = arguments.file.display();
    for told in &reading.notices {
        notice(format_args!("bartizan: {file}: {told}"));
    }
    for (lines, what) in [
        (&reading.self_debts[..], "rows left out, since somebody owes to themselves"),
        (&reading.zeros, "rows of an amount of 0"),
        (repeated_ids, "rows whose id a row before them has"),
    ] {
        if let Some(told) = csv_line::told(what, lines) {
            notice(format_args!("bartizan: {file}: {told}"));
        }
    }
}

fn credit(arguments: &Arguments, reading: &Reading) -> Result<Option<Credit>, Failure> {
    let amount = |option: &str, text: &Option<String>| {
        text.as_ref().map(|text| amount_of_option(option, text, reading.decimals)).transpose()
    };
    let limit = amount("--credit", &arguments.credit)?;
    let total = amount("--liquidity", &arguments.liquidity)?;
    Ok((limit.is_some() || total.is_some()).then_some(Credit { limit, total }))
}

fn print(arguments: &Arguments, reading: &Reading, document: &Document<'_>) -> Result<(), Failure> {
    let summary = &document.summary;
    let shown = |amount: i64| reading.shown(amount);
    let share = |part: i64, of: i64| if of == 0 { 0.0 } else { part as f64 / of as f64 * 100.0 };
    write_stdout(|out| {
        writeln!(
            out,
            "Owed     {} by {} of {}",
            shown(summary.total),
            count(summary.obligations, "obligation"),
            count(summary.participants, "participant")
        )?;
        writeln!(
            out,
            "Cleared  {} ({:.1}%): {} as a whole, {} in part",
            shown(summary.cleared),
            share(summary.cleared, summary.total),
            count(summary.whole, "obligation"),
            summary.in_part
        )?;
        writeln!(
            out,
            "Relieved {} less; nobody's net position changes{}",
            if summary.participants_relieved == 1 {
                "1 participant owes".to_owned()
            } else {
                format!("{} participants owe", summary.participants_relieved)
            },
            if document.credit.is_some() { ", but for credit" } else { "" }
        )?;
        if let Some(credit) = &document.credit {
            let owed: i64 = credit.used.iter().map(|used| used.owes.max(0)).sum();
            writeln!(
                out,
                "Credit   {} is owed to all others together by {}",
                shown(owed),
                count(credit.used.iter().filter(|used| used.owes > 0).count(), "participant")
            )?;
        }
        if document.objectives.len() > 1
            || document.objectives.iter().any(|objective| objective.name == "fair")
        {
            writeln!(out)?;
            print_objectives(out, reading, document)?;
        }
        writeln!(out)?;
        match (document.proof.status, &arguments.output) {
            (Status::Optimal, Some(path)) => writeln!(
                out,
                "Proof    optimal: nothing better exists. Check it: bartizan verify {} {}",
                arguments.file.display(),
                path.display()
            ),
            (Status::Optimal, None) => {
                writeln!(out, "Proof    optimal: nothing better exists (--output OUT.json writes it)")
            }
            (Status::Bounded, _) => {
                writeln!(out, "Proof    bounded: as much as can be is cleared; fewer obligations might do")
            }
        }
    })
}

/// The most priorities or dates that are printed.
const MOST_CLASSES: usize = 8;

/// What was reached of each objective, and of the first of its classes where it has many.
fn print_objectives(out: &mut dyn Write, reading: &Reading, document: &Document<'_>) -> io::Result<()> {
    let same = |one: &Reached<'_>, other: &Reached<'_>| Goal::of(&one.name) == Goal::of(&other.name);
    for classes in document.objectives.chunk_by(same) {
        for objective in classes.iter().take(MOST_CLASSES) {
            let proven = if objective.proven {
                "proven".to_owned()
            } else {
                format!("not proven: no fewer than {} can be", objective.bound)
            };
            writeln!(out, "  {}: {}, {proven}", objective.name, objective.told(reading))?;
        }
        if classes.len() > MOST_CLASSES {
            writeln!(out, "  and {} more (--output OUT.json has all)", classes.len() - MOST_CLASSES)?;
        }
    }
    Ok(())
}

/// What `verify` insists on.
pub(super) struct Insisted<'a> {
    /// The objectives in their order; empty for any.
    pub(super) objectives: &'a [String],
    /// The options with the credit that they insist on: for each, and in all.
    pub(super) credit: [(&'static str, &'a Option<String>); 2],
}

/// Verifies a document of netting.
pub(super) fn verify(
    (file, input): (&Path, &Input),
    insisted: &Insisted<'_>,
    (path, told): (&Path, &Input),
    quiet: bool,
) -> Result<(), Failure> {
    let reading = read::read(input).map_err(|error| Failure::at(file, error))?;
    let document = crate::json::read::<Document<'_>>(told).map_err(|error| Failure::at(path, error))?;
    check(&reading, &document).map_err(|error| Failure::at(path, error))?;
    let goals = goals(&document).map_err(|error| Failure::at(path, error))?;
    let made_for: Vec<String> = goals
        .iter()
        .filter_map(ValueEnum::to_possible_value)
        .map(|goal| goal.get_name().to_owned())
        .collect();
    check_objectives(insisted.objectives, &made_for, path)?;
    check_credit(insisted, &reading, (path, &document))?;
    if !quiet {
        write_stdout(|out| print_checked(out, &reading, &document))?;
    }
    match document.proof.status {
        Status::Optimal => Ok(()),
        Status::Bounded => Err(Failure::at(path, "allowed, but not proven optimal")),
    }
}

/// Refuses an outcome that was made with other credit than is insisted on.
fn check_credit(
    insisted: &Insisted<'_>,
    reading: &Reading,
    (path, document): (&Path, &Document<'_>),
) -> Result<(), Failure> {
    let offered =
        document.credit.as_ref().map_or([Some(0); 2], |credit| [credit.terms.limit, credit.terms.total]);
    for ((option, text), offered) in insisted.credit.iter().zip(offered) {
        let Some(text) = text else { continue };
        let expected = amount_of_option(option, text, reading.decimals)?;
        if offered != Some(expected) {
            let offered = offered.map_or("no limit".to_owned(), |amount| reading.shown(amount));
            let expected = reading.shown(expected);
            return Err(Failure::at(
                path,
                format_args!("cleared with {option} {offered}; expected {option} {expected}"),
            ));
        }
    }
    Ok(())
}

/// What was checked: objective by objective, and the credit that was offered.
fn print_checked(out: &mut dyn Write, reading: &Reading, document: &Document<'_>) -> io::Result<()> {
    for objective in &document.objectives {
        let proven = if objective.proven {
            "proven: nothing is better by it".to_owned()
        } else {
            format!("not proven: no fewer than {} can be", objective.bound)
        };
        writeln!(out, "{}: {}, {proven}", objective.name, objective.told(reading))?;
    }
    let Some(credit) = &document.credit else { return Ok(()) };
    let amount = |amount: Option<i64>| amount.map_or("any amount".into(), |amount| reading.shown(amount));
    let terms = credit.terms;
    writeln!(out, "(with credit of {} for each, {} in all)", amount(terms.limit), amount(terms.total))
}
