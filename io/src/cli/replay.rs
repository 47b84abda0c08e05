//! `bartizan replay`: a venue's order flow rebuilt in our book, with what a trader looks at.

use std::io;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::Failure;
use super::output::{check_targets, is_standard, write_file, write_stdout};
use super::progress::Progress;
use crate::input::Input;
use crate::replay::changes::{Changes, Form};
use crate::replay::compare::{self, Places, Published, Quote};
use crate::replay::explain::{self, Comparison};
use crate::replay::itch50::write::{Session, TickSize};
use crate::replay::report::Report;
use crate::replay::run::{self, Observer, Plan, Replay, RunError};
use crate::replay::statistics::Chart;
use crate::replay::survey::{self, Survey, Symbol};
use crate::replay::venue::{Event, Venue};
use crate::replay::{self, chart, time};

/// Replay a venue's order flow in the book
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Order flow: LOBSTER messages, ITCH 5.0, Databento DBN or Bitstamp-style CSV; `-` for standard input
    file: PathBuf,
    /// Read it as this kind instead of the one it looks like: lobster, itch50, dbn or bitstamp
    #[arg(long, value_parser = parse_kind)]
    kind: Option<&'static Venue>,
    /// Which instrument, by name or number; by default the one with most messages
    #[arg(long)]
    symbol: Option<String>,
    /// Show the book as it was then: HH:MM:SS, with a date or a fraction if need be, or seconds
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// How many levels of the book to show and to write
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    depth: Option<u16>,
    /// Start with the orders of this file, of the same kind, instead of an empty book
    #[arg(long, value_name = "FILE")]
    opening: Option<PathBuf>,
    /// Compare with what the venue published: its best prices (a LOBSTER order book file), or its trades (a
    /// Bitstamp-style CSV)
    #[arg(long, value_name = "FILE", visible_alias = "trades")]
    book: Option<PathBuf>,
    /// List every change of ours, or trade of theirs, that does not match, and the orders it is due to
    #[arg(long, requires = "book")]
    unmatched: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Draw price and depth through time to this file, as SVG; `-` for standard output instead of the report
    #[arg(long, value_name = "OUT.svg")]
    chart: Option<PathBuf>,
    /// Write each change of the shown levels and each trade to this file; `-` for standard output instead of the report
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How --output is written
    #[arg(long, value_enum, default_value_t = Rows::Csv)]
    format: Rows,
    /// Write our own book to this file as framed ITCH 5.0; `-` for standard output instead of the report
    #[arg(long, value_name = "OUT.itch")]
    itch: Option<PathBuf>,
}

impl Arguments {
    /// What is read.
    fn sources(&self) -> Vec<&Path> {
        let all = [Some(&self.file), self.opening.as_ref(), self.book.as_ref()];
        all.into_iter().flatten().map(PathBuf::as_path).collect()
    }

    /// What is written, by option.
    fn targets(&self) -> [(&'static str, Option<&Path>); 3] {
        [
            ("--output", self.output.as_deref()),
            ("--chart", self.chart.as_deref()),
            ("--itch", self.itch.as_deref()),
        ]
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Rows {
    /// Comma-separated values with a header
    Csv,
    /// A JSON object a line
    Jsonl,
}

/// Levels of the book that are shown unless told.
const LEVELS: u16 = 10;

fn parse_kind(name: &str) -> Result<&'static Venue, String> {
    let names = || replay::VENUES.iter().map(|venue| venue.name).collect::<Vec<_>>().join(", ");
    replay::by_name(name).ok_or_else(|| format!("expected one of: {}", names()))
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let targets = arguments.targets();
    check_targets(&targets, &arguments.sources())?;
    let mut progress = Progress::new(false);
    progress.say("reading");
    let input = open(&arguments.file)?;
    let venue =
        arguments.kind.or_else(|| replay::detect(&input)).ok_or_else(|| unrecognised(&arguments.file))?;
    let survey = survey::survey(venue, &input).map_err(|error| Failure::at(&arguments.file, error))?;
    let mut symbol = choose(arguments, &survey)?;
    let until = match &arguments.at {
        Some(text) => Some(time::parse(text, venue.clock, symbol.first).ok_or_else(|| {
            Failure::Usage(format!(
                "--at: {text:?} is no time; expected HH:MM:SS, a date with that, or seconds"
            ))
        })?),
        None => None,
    };
    let opening =
        arguments.opening.as_deref().map(|path| opening(venue, path)).transpose()?.unwrap_or_default();
    for order in &opening {
        symbol.fit_tick(order);
    }
    let published = arguments.book.as_deref().map(|path| published(venue, path)).transpose()?;
    progress.say("replaying");
    let levels = usize::from(arguments.depth.unwrap_or(LEVELS));
    let new_plan = || Plan {
        venue,
        symbol,
        until,
        opening: &opening,
        chart: arguments
            .chart
            .as_ref()
            .map(|_| Chart::new(symbol.busy_from(), until.unwrap_or(symbol.last).min(symbol.last), levels)),
        keep_quotes: matches!(published, Some(Published::Quotes(_))),
        keep_trades: matches!(published, Some(Published::Trades(_))),
        tell_orders: false,
    };
    let pass = Pass { arguments, input: &input, new_plan: &new_plan };
    let replay = pass.run(new_plan(), &mut [])?;
    pass.write_rows()?;
    pass.write_itch()?;
    let (quotes, trades) = match &published {
        Some(Published::Quotes(theirs)) => (Some(pass.compare(&replay, theirs)?), None),
        Some(Published::Trades(theirs)) => (None, Some(compare::found(theirs, &replay.pairs))),
        None => (None, None),
    };
    let report = Report {
        venue,
        survey: &survey,
        symbol: named(symbol),
        replay: &replay,
        at: until,
        levels,
        quotes,
        trades,
        lists_unmatched: arguments.unmatched,
    };
    progress.finish();
    if let Some(path) = &arguments.chart {
        write_file(path, |out| chart::write(out, &report, &title(arguments, &report)))?;
    }
    if targets.iter().any(|(_, path)| path.is_some_and(is_standard)) {
        return Ok(());
    }
    write_stdout(|out| if arguments.json { report.write_json(out) } else { report.write_text(out) })
}

fn open(path: &Path) -> Result<Input, Failure> {
    Input::open(path).map_err(|error| Failure::at(path, error))
}

fn unrecognised(path: &Path) -> Failure {
    let kinds: Vec<&str> = replay::VENUES.iter().map(|venue| venue.about).collect();
    Failure::at(
        path,
        format!(
            "byte 0: expected one of: {}; it begins like none of them (--kind reads it as one)",
            kinds.join("; ")
        ),
    )
}

fn choose(arguments: &Arguments, survey: &Survey) -> Result<Symbol, Failure> {
    survey.choose(arguments.symbol.as_deref()).ok_or_else(|| {
        let wanted = arguments.symbol.as_deref().unwrap_or_default();
        let known = survey.symbols.iter().take(8);
        let known: Vec<String> = known
            .map(|symbol| symbol.name.map_or(symbol.number.to_string(), |name| name.to_string()))
            .collect();
        Failure::Usage(format!(
            "--symbol: {wanted:?} is not in this file, but {} others, as {}",
            survey.symbols.len(),
            known.join(", ")
        ))
    })
}

/// The resting orders of an opening book.
fn opening(venue: &Venue, path: &Path) -> Result<Vec<Event>, Failure> {
    let input = open(path)?;
    let mut orders = Vec::new();
    let mut add = |message: &crate::replay::venue::Message| {
        if let Event::Add { .. } | Event::Submit { .. } = message.event {
            orders.push(message.event);
        }
        std::ops::ControlFlow::Continue(())
    };
    (venue.read)(&input, &mut add).map_err(|error| Failure::at(path, error))?;
    Ok(orders)
}

/// What every pass over the file needs.
struct Pass<'a> {
    arguments: &'a Arguments,
    input: &'a Input,
    new_plan: &'a dyn Fn() -> Plan<'a>,
}

impl Pass<'_> {
    fn run(&self, plan: Plan<'_>, observers: &mut [&mut dyn Observer]) -> Result<Replay, Failure> {
        run::run(self.input, plan, observers).map_err(|error| self.failed(error))
    }

    fn failed(&self, error: RunError) -> Failure {
        match error {
            RunError::Read(error) => Failure::at(&self.arguments.file, error),
            RunError::Write(error) => Failure::writing(&error),
        }
    }

    /// A pass for one output, so that the speed told is that of a pass that writes nothing.
    fn write(&self, plan: Plan<'_>, observer: &mut dyn Observer) -> io::Result<()> {
        match run::run(self.input, plan, &mut [observer]) {
            Ok(_) => Ok(()),
            Err(RunError::Write(error)) => Err(error),
            Err(RunError::Read(error)) => Err(io::Error::other(error)),
        }
    }

    fn compare(&self, replay: &Replay, theirs: &[Quote]) -> Result<Comparison, Failure> {
        let book = replay.reconstruction.book();
        explain::compare(self.input, self.new_plan, &replay.quotes, &Places::new(theirs), book)
            .map_err(|error| self.failed(error))
    }

    fn write_rows(&self) -> Result<(), Failure> {
        let Some(path) = &self.arguments.output else { return Ok(()) };
        let form = if self.arguments.format == Rows::Csv { Form::Csv } else { Form::JsonLines };
        let levels = usize::from(self.arguments.depth.unwrap_or(1));
        write_file(path, |out| {
            let plan = Plan { chart: None, ..(self.new_plan)() };
            let mut changes = Changes::new(out, form, levels, plan.venue)?;
            self.write(plan, &mut changes)?;
            changes.finish().map(|_| ())
        })
    }

    fn write_itch(&self) -> Result<(), Failure> {
        let Some(path) = &self.arguments.itch else { return Ok(()) };
        write_file(path, |out| {
            let plan = Plan { chart: None, tell_orders: true, ..(self.new_plan)() };
            let tick = TickSize::new(plan.symbol.tick.max(1), plan.venue.price_decimals);
            let name =
                plan.symbol.name.map_or_else(|| plan.venue.name.to_uppercase(), |name| name.to_string());
            let mut session = Session::new(out, &name, tick, plan.symbol.first)?;
            self.write(plan, &mut session)?;
            session.finish().map(|_| ())
        })
    }
}

/// What the venue published.
fn published(venue: &Venue, path: &Path) -> Result<Published, Failure> {
    compare::read(&open(path)?, venue).map_err(|error| Failure::at(path, error))
}

/// The instrument, where the file names or numbers it.
fn named(symbol: Symbol) -> Option<String> {
    let name = symbol.name.map(|name| name.to_string());
    name.or_else(|| (symbol.number != 0).then(|| symbol.number.to_string()))
}

fn title(arguments: &Arguments, report: &Report<'_>) -> String {
    let file = arguments.file.file_name().map_or_else(|| "order flow".into(), |name| name.to_string_lossy());
    report.symbol.as_ref().map_or_else(|| file.to_string(), |symbol| format!("{symbol}, {file}"))
}
