//! `bartizan bench`: methods compared on made-up input whose answers are known.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::Failure;
use super::columns::plain;
use super::output::{check_targets, write_file, write_stdout};
use super::progress::Progress;
use crate::benchmark::contender::Contender;
use crate::benchmark::page;
use crate::benchmark::report::{Report, Row};
use crate::benchmark::run::{self, Settings};

/// Compare methods on input whose answers are known
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    of: Of,
}

#[derive(Debug, clap::Subcommand)]
enum Of {
    /// Valuation methods, on markets with planted values; and the clearing of rounds
    ///
    /// Exits with 1 where a program of --with gives no values at all
    #[command(after_help = COLUMNS)]
    Valuation(ValuationArguments),
}

#[derive(Debug, clap::Args)]
struct ValuationArguments {
    /// The same seed gives the same scores, on any machine
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Goods of a market, from 3 to 2000
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(3..=2000))]
    goods: u16,
    /// Trades of a market, from 20 to 1000000
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(20..=1_000_000))]
    trades: u32,
    /// Plant values from the price series in this folder too: eurofxref-hist.csv, coingecko/*.csv
    #[arg(long, value_name = "FOLDER")]
    prices: Option<PathBuf>,
    /// Let a program take part that reads and writes JSON Lines, under this name: `mean=python3 mean.py`; may be said several times
    #[arg(long, value_name = "NAME=COMMAND", value_parser = named_command)]
    with: Vec<String>,
    /// How long such a program may take for a problem, 1 to 86,400; one that takes longer is ended, and gives no values from there on
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    time_limit: u32,
    /// The most trades that are timed: 1000, 10000, 100000 and 1000000, as far as they are no more than this; 0 leaves times out
    #[arg(long, value_name = "TRADES", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    largest: u32,
    /// Rounds that are cleared, from 1 to 100
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: u16,
    /// Write all of it to this file, as JSON
    #[arg(long, value_name = "OUT.json")]
    output: Option<PathBuf>,
    /// Write a page with plots to this file
    #[arg(long, value_name = "OUT.html")]
    html: Option<PathBuf>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

/// What the columns of the leaderboard are.
const COLUMNS: &str = "\
Columns of the leaderboard:
  place      the mean over markets of its place there by error; no values is last
  valued     on how many markets it gave values
  tau        Kendall's tau between values found and planted: 1 is all goods in the right order
  error      of values: root mean square of logarithms, centred; 0.01 is about one per cent
  held out   the same of the rates of trades that it has not seen
  log-lik.   the mean logarithm of the likelihood of those trades; more is better
  arbitr.    the share of the seen trades' rates that its values leave unexplained
  outliers   how fast error grows with the share of trades that are far out (a slope)
  lost       how fast error grows with the share of trades that are lost (a slope)
  wash       how far the logarithm of a good's value is pushed by as many wash trades as honest ones (a slope)
From tau to arbitr.: means over the markets that it valued. `-` is what it has no figure for.
Columns of the clearing of rounds, means over rounds:
  volume     items that trade, as a share
  welfare    how high what is got stands in its list: 1 is all firsts, an item that stays counts 0
  users      users who trade, as a share
  gini       among users, of the share of their items that trades: 0 is all alike
  seconds    of a round, without reading it";

/// Says which name several contenders would have.
fn check_names(with: &[String]) -> Result<(), Failure> {
    let mut names: Vec<String> = Contender::own().into_iter().map(|own| own.name).collect();
    for told in with {
        let name = name(told);
        if names.iter().any(|known| known == name) {
            return Err(Failure::Usage(format!(
                "--with {told}: another method is called {name}: expected a name of its own"
            )));
        }
        names.push(name.to_owned());
    }
    Ok(())
}

fn named_command(text: &str) -> Result<String, String> {
    let is_named = |(name, command): (&str, &str)| {
        !name.is_empty() && !name.contains(char::is_whitespace) && !command.trim().is_empty()
    };
    if text.split_once('=').is_some_and(is_named) {
        return Ok(text.to_owned());
    }
    Err("expected a name without blanks, =, and a command: mean=python3 mean.py".to_owned())
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Of::Valuation(arguments) = &arguments.of;
    check_targets(&[("--output", arguments.output.as_deref()), ("--html", arguments.html.as_deref())], &[])?;
    check_names(&arguments.with)?;
    let settings = Settings {
        seed: arguments.seed,
        goods: usize::from(arguments.goods),
        trades: arguments.trades as usize,
        prices: arguments.prices.clone(),
        with: arguments.with.clone(),
        limit: Duration::from_secs(arguments.time_limit.into()),
        largest: arguments.largest as usize,
        rounds: usize::from(arguments.rounds),
    };
    let mut progress = Progress::new(arguments.quiet);
    let report = run::run(&settings, &mut |what| progress.say(what)).map_err(Failure::Told)?;
    progress.finish();
    if let Some(path) = &arguments.output {
        write_file(path, |out| {
            serde_json::to_writer_pretty(&mut *out, &report)?;
            writeln!(out)
        })?;
    }
    if let Some(path) = &arguments.html {
        write_file(path, |out| page::write(out, &report))?;
    }
    if !arguments.quiet {
        write_stdout(|out| print(out, &report))?;
    }
    check_programs(&arguments.with, &report)
}

/// Says which programs of `--with` gave no values at all.
fn check_programs(with: &[String], report: &Report) -> Result<(), Failure> {
    let is_program = |row: &&Row| with.iter().any(|told| name(told) == row.name);
    let silent = report.methods.iter().filter(is_program).filter(|row| row.valued == 0);
    let told: Vec<String> = silent.filter_map(Row::told).collect();
    if told.is_empty() { Ok(()) } else { Err(Failure::Told(format!("--with: {}", told.join("; ")))) }
}

/// The name of the program that `NAME=COMMAND` tells.
fn name(told: &str) -> &str {
    told.split_once('=').map_or(told, |(name, _)| name)
}

/// The leaderboard, errors by market, and the clearing of rounds.
fn print(out: &mut dyn io::Write, report: &Report) -> io::Result<()> {
    let told = |value: Option<f64>, digits: usize| {
        value.map_or_else(|| "-".to_owned(), |value| page::rounded(value, digits))
    };
    let heads =
        ["place", "valued", "tau", "error", "held out", "log-lik.", "arbitr.", "outliers", "lost", "wash"];
    let heads: Vec<String> = heads.iter().map(|head| format!("{head:>8}")).collect();
    let width = report.methods.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).clamp(18, 40);
    writeln!(out, "{:<width$} {}", "method", heads.join(" "))?;
    for row in &report.methods {
        let mut cells = vec![format!("{:>8.2}", row.mean_place), format!("{:>8}", row.valued)];
        cells.extend(page::figures(row).map(|(value, digits)| format!("{:>8}", told(value, digits))));
        writeln!(out, "{:<width$} {}", row.name, cells.join(" "))?;
    }
    writeln!(out, "\nerror by market")?;
    let heads: Vec<String> = report.markets.iter().map(|market| format!("{:>9}", market.name)).collect();
    writeln!(out, "{:<width$} {}", "method", heads.join(" "))?;
    for row in &report.methods {
        let error =
            |scored: &crate::benchmark::report::Scored| scored.scores.as_ref().map(|scores| scores.rmse);
        let cells: Vec<String> =
            row.scores.iter().map(|scored| format!("{:>9}", told(error(scored), 4))).collect();
        writeln!(out, "{:<width$} {}", row.name, cells.join(" "))?;
    }
    for told in report.methods.iter().filter_map(Row::told) {
        writeln!(out, "{}", plain(&told))?;
    }
    if let Some(timings) = &report.timings {
        writeln!(
            out,
            "\nseconds, and megabytes beyond the trades (of a program of --with they are not known)"
        )?;
        for timed in &timings.methods {
            let point = |point: &crate::benchmark::speed::Point| {
                let megabytes =
                    point.bytes.map_or("-".to_owned(), |bytes| format!("{:.1}", bytes as f64 / 1e6));
                format!("{} trades {:.4} s {megabytes} MB", point.trades, point.seconds)
            };
            let points: Vec<String> = timed.points.iter().map(point).collect();
            writeln!(out, "{:<width$} {}", timed.name, points.join(" | "))?;
        }
    }
    writeln!(out, "\n{:<width$}   volume  welfare    users     gini  seconds", "clearing")?;
    for scores in &report.clearing {
        let seconds = report.clearing_seconds(&scores.name);
        let seconds = seconds.map_or("-".to_owned(), |seconds| format!("{seconds:.4}"));
        let (volume, welfare) = (scores.volume, scores.welfare);
        let (name, users, gini) = (&scores.name, scores.fairness, scores.gini);
        writeln!(out, "{name:<width$} {volume:>8.3} {welfare:>8.3} {users:>8.3} {gini:>8.3} {seconds:>8}")?;
    }
    writeln!(out, "\nbartizan bench valuation --help says what the columns are")
}
