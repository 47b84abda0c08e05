//! `bartizan trust`: reads credit lines, finds how much value can move from one participant to another, and shows or writes by which paths.

use std::path::PathBuf;

use super::notice::notice;
use super::output::{check_targets, write_file, write_stdout};
use super::progress::Progress;
use super::{Failure, amount_of_option, count};
use crate::amount::decimal;
use crate::document::Status;
use crate::input::Input;
use crate::trust::document::{Document, Path, Question, Summary, solve};
use crate::trust::network::Network;
use crate::trust::read;

/// The most paths that are shown.
const SHOWN_PATHS: usize = 10;

/// Find how much value can move from one participant to another through credit lines
///
/// Reads CSV with a header: from,to,limit, and if wanted cost: so much may move from one to the other, on credit that `to` gives `from`; rows of one pair add up. Or ratings:
/// source,target,rating,time, whose header may be left out if all are numbers: who rates another above 0 trusts that one so far, so value moves from target to source; of several ratings of one pair the latest stands. Or a graph of Circles v2 in JSON.
/// As much moves as can, as cheaply as can be, by default in as few steps; both are proven. In at most --max-hops steps the problem is hard: then much moves, and a bound says how much more might.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The credit lines; `-` for standard input
    file: PathBuf,
    /// From whom; if the file says so itself, it may be left out
    #[arg(long, value_name = "NAME")]
    from: Option<String>,
    /// To whom; if the file says so itself, it may be left out
    #[arg(long, value_name = "NAME")]
    to: Option<String>,
    /// In how many steps at most, along each path
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true, value_parser = parse_hops)]
    max_hops: Option<usize>,
    /// How much is to move, in the file's unit, and no more; exits with 1 where less does. Without it as much as can be, or what the file asks for at most
    #[arg(long, value_name = "AMOUNT")]
    amount: Option<String>,
    /// Write the paths, with their proof, to this file, as JSON
    #[arg(long, value_name = "OUT.json")]
    output: Option<PathBuf>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

fn parse_hops(text: &str) -> Result<usize, &'static str> {
    text.parse().ok().filter(|&hops| hops > 0).ok_or("expected a whole number of steps, 1 or more")
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    check_targets(&[("--output", arguments.output.as_deref())], &[&arguments.file])?;
    let mut progress = Progress::new(arguments.quiet);
    progress.say("reading");
    let input = Input::open(&arguments.file).map_err(|error| Failure::at(&arguments.file, error))?;
    let network = read::read(&input).map_err(|error| Failure::at(&arguments.file, error))?;
    let question = question(arguments, &network)?;
    if !arguments.quiet {
        for told in &network.notices {
            notice(format_args!("bartizan: {}: {told}", arguments.file.display()));
        }
    }
    progress.say("searching");
    let document = solve(&network, question).map_err(Failure::Usage)?;
    if let Some(path) = &arguments.output {
        write_file(path, |out| document.write(out))?;
    }
    progress.finish();
    if !arguments.quiet {
        print(&network, &document)?;
    }
    check_moved(arguments, &document)
}

/// Whether as much moves as `--amount` asks for.
fn check_moved(arguments: &Arguments, document: &Document<'_>) -> Result<(), Failure> {
    let (Some(asked), Some(_)) = (document.question.amount, &arguments.amount) else { return Ok(()) };
    let Summary { moved, bound, .. } = document.summary;
    if moved >= asked {
        return Ok(());
    }
    let shown = |amount: i64| decimal(amount, document.decimals);
    let hops = if arguments.max_hops.is_some() { " in so many steps" } else { "" };
    let missing = match document.proof.status {
        Status::Optimal => format!("{} cannot{hops}", shown(asked - moved)),
        Status::Bounded => format!(
            "for {} no way is found{hops}, and no more than {} can in all",
            shown(asked - moved),
            shown(bound)
        ),
    };
    let told = format!("of the {} of --amount {} can move, and {missing}", shown(asked), shown(moved));
    Err(Failure::at(&arguments.file, told))
}

fn question<'a>(arguments: &'a Arguments, network: &'a Network) -> Result<Question<'a>, Failure> {
    let of_file = network.ends.as_ref();
    let end = |said: &'a Option<String>, of_file: Option<&'a String>, option: &str| {
        let name = said.as_ref().or(of_file);
        name.map(|name| name.as_str().into())
            .ok_or_else(|| Failure::Usage(format!("{option}: expected a name, since the file names nobody")))
    };
    let amount = arguments.amount.as_ref().map(|text| amount_of_option("--amount", text, network.decimals));
    Ok(Question {
        from: end(&arguments.from, of_file.map(|ends| &ends.0), "--from")?,
        to: end(&arguments.to, of_file.map(|ends| &ends.1), "--to")?,
        amount: amount.transpose()?.or(network.asked),
        max_hops: arguments.max_hops,
    })
}

fn print(network: &Network, document: &Document<'_>) -> Result<(), Failure> {
    let shown = |amount: i64| decimal(amount, document.decimals);
    let summary = &document.summary;
    write_stdout(|out| {
        let Question { from, to, .. } = &document.question;
        writeln!(
            out,
            "Moves  {} from {from} to {to}, by {}",
            shown(summary.moved),
            count(document.paths.len(), "path")
        )?;
        if summary.moved > 0 {
            let costs = if network.has_cost { "Costs" } else { "Steps" };
            writeln!(out, "{costs}  {:.3} a unit", summary.cost as f64 / summary.moved as f64)?;
        }
        writeln!(
            out,
            "Input  value can move by {} of {}",
            network.used,
            count(network.rows, network.form.row())
        )?;
        writeln!(out, "Trust  {}", network.form.trust())?;
        writeln!(out)?;
        for path in document.paths.iter().take(SHOWN_PATHS) {
            writeln!(out, "  {}: {}", shown(path.amount), told(path))?;
        }
        if document.paths.len() > SHOWN_PATHS {
            writeln!(
                out,
                "  and {} more (--output OUT.json writes all)",
                document.paths.len() - SHOWN_PATHS
            )?;
        }
        writeln!(out)?;
        match document.proof.status {
            Status::Optimal => {
                let question = &document.question;
                let is_all = question.amount.is_none_or(|amount| summary.moved < amount);
                let more = if is_all { "no more can move" } else { "all that was asked for moves" };
                let hops = if question.max_hops.is_some() { " in so many steps" } else { "" };
                write!(out, "Proof  optimal: {more}{hops}")?;
                if summary.cheapest { writeln!(out, ", and {}", network.cheapest()) } else { writeln!(out) }
            }
            Status::Bounded => writeln!(out, "Proof  bounded: no more than {} can", shown(summary.bound)),
        }
    })
}

/// Through whom a path leads, and in whose tokens where those move: paths may differ in these alone.
fn told(path: &Path<'_>) -> String {
    let through = path.through.join(" > ");
    if path.tokens.is_empty() { through } else { format!("{through} ({})", path.tokens.join(", ")) }
}
