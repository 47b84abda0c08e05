//! `bartizan replay`: a venue's order flow rebuilt in our book, with what a trader looks at.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::Failure;
use super::output::{check_targets, is_standard, is_standard_output, write_file, write_stdout};
use super::progress::Progress;
use super::replay_passes::Passes;
use crate::input::Input;
use crate::replay::changes::Form;
use crate::replay::compare::{self, Published};
use crate::replay::itch50::scale::Scale;
use crate::replay::report::Report;
use crate::replay::run::Plan;
use crate::replay::statistics::Chart;
use crate::replay::survey::{self, Survey, Symbol};
use crate::replay::venue::{Event, Message, UNCOUNTED, Venue};
use crate::replay::{self, chart, time, trade_list};

/// What the words of the report mean, for `--help`.
const WORDS: &str = "\
The report:
  messages      by the venue's own kinds; those of other instruments are counted and passed over
  book          the best levels, orders and sizes to the left of each bid and to the right of each ask
  best prices   how often the best bid or ask, or what is shown there, became another
  trades        as the venue counts them; hidden orders' and auctions' as well
  speed         a pass over the whole file, read and taken in; latency: taking in one message, of every 16th (a
                percentile only where at least five of those timed lie beyond it)
  executions    the venue executed an order: was it the one that our matching would have executed, the first in the queue
                at the best price?
  did not fit   messages that our book cannot follow, mostly about orders from before the file begins; --opening
                enters those
  crossed       a bid at or above an ask, so that nothing trades here: orders from before the file are missing, the venue
                is collecting orders, or --opening is no book of that time
  venue's book  our best prices and sizes beside those published, in order; each order that a difference is due to
  venue's list  published trades that ours agree with in price, size and both orders. Bitstamp's rows do not tell an order
                that comes in from one that it meets, so how much each trades in all is read ahead in the order
                file; with whom, in what parts and at what price our matching says

With --json the same as one object, described by io/src/replay/report.schema.json in the sources.

Exit status: 0 done; 1 bad input, what cannot be written, or nothing agrees with --book; 2 wrong usage.";

/// Replay a venue's order flow in the book
#[derive(Debug, clap::Args)]
#[command(after_long_help = WORDS)]
pub(super) struct Arguments {
    /// Order flow: LOBSTER messages, ITCH 5.0, Databento DBN or Bitstamp-style CSV; `-` for standard input
    file: PathBuf,
    /// Read it as this kind instead of the one it looks like: lobster, itch50, dbn or bitstamp
    #[arg(long, value_parser = parse_kind)]
    kind: Option<&'static Venue>,
    /// Which instrument, by name or number; by default the one with most messages
    #[arg(long)]
    symbol: Option<String>,
    /// Stop there, and show the book as it was then: HH:MM:SS (with a fraction if need be; with a date where the file's
    /// times have one; past midnight 24:10:00 where they have none, or the next day's 00:10:00 where they have), or seconds.
    /// A time as the report prints it will do
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// How many levels of the book to show, to draw and to write, from 1 to 1000 [default: 10, and 1 in --output]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    depth: Option<u16>,
    /// Start with the orders of this file, of the same kind, instead of an empty book: a snapshot of the very time at
    /// which the file begins
    #[arg(long, value_name = "FILE")]
    opening: Option<PathBuf>,
    /// Compare with what the venue published: its best prices (a LOBSTER order book file), or its trades (a
    /// Bitstamp-style CSV)
    #[arg(long, value_name = "FILE", visible_alias = "trades")]
    book: Option<PathBuf>,
    /// List every change of ours, or trade of theirs, that does not match, and the orders it is due to
    #[arg(long, requires = "book")]
    unmatched: bool,
    /// Print one JSON object, described by io/src/replay/report.schema.json in the sources
    #[arg(long)]
    json: bool,
    /// Draw price and depth through time to this file, as SVG; `-` for standard output instead of the report
    #[arg(long, value_name = "OUT.svg")]
    chart: Option<PathBuf>,
    /// Write each change of the shown levels and each trade to this file; `-` for standard output instead of the report
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How --output is written [default: jsonl where its name ends so, and otherwise csv]
    #[arg(long, value_enum, requires = "output")]
    format: Option<Rows>,
    /// Write our own book and all trades to this file as framed ITCH 5.0 (whole shares, prices of four decimals); `-` for
    /// standard output instead of the report. A trade of a hidden order is a P, which does not keep the side that took it,
    /// and a fill of a DBN file is a C
    #[arg(long, value_name = "OUT.itch")]
    itch: Option<PathBuf>,
}

impl Arguments {
    /// What is read, by option.
    fn sources(&self) -> Vec<(&'static str, &Path)> {
        let all = [
            ("FILE", Some(&self.file)),
            ("--opening", self.opening.as_ref()),
            ("--book", self.book.as_ref()),
        ];
        all.into_iter().filter_map(|(option, path)| Some((option, path?.as_path()))).collect()
    }

    /// What is written, by option.
    fn targets(&self) -> [(&'static str, Option<&Path>); 3] {
        [
            ("--output", self.output.as_deref()),
            ("--chart", self.chart.as_deref()),
            ("--itch", self.itch.as_deref()),
        ]
    }

    /// That these can be read and written side by side.
    fn check(&self) -> Result<(), Failure> {
        let sources = self.sources();
        let mut standard = sources.iter().filter(|(_, path)| is_standard(path)).map(|(option, _)| *option);
        if let (Some(one), Some(other)) = (standard.next(), standard.next()) {
            return Err(Failure::Usage(format!("{one} and {other} both name standard input")));
        }
        let targets = self.targets();
        let paths: Vec<&Path> = sources.iter().map(|(_, path)| *path).collect();
        check_targets(&targets, &paths)?;
        let is_written = |(_, path): &&(_, Option<&Path>)| path.is_some_and(is_standard_output);
        if let Some((option, _)) = targets.iter().find(is_written).filter(|_| self.json) {
            return Err(Failure::Usage(format!("{option} and --json would both write to standard output")));
        }
        Ok(())
    }

    fn form(&self) -> Form {
        let is_jsonl = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "jsonl");
        match self.format {
            Some(Rows::Jsonl) => Form::JsonLines,
            None if self.output.as_ref().is_some_and(is_jsonl) => Form::JsonLines,
            Some(Rows::Csv) | None => Form::Csv,
        }
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
    arguments.check()?;
    let mut progress = Progress::new(false);
    progress.say("reading");
    let input = open(&arguments.file)?;
    let unrecognised = || Failure::at(&arguments.file, replay::unrecognised(&input));
    let venue = arguments.kind.or_else(|| replay::detect(&input)).ok_or_else(unrecognised)?;
    let survey = survey::survey(venue, &input).map_err(|error| Failure::at(&arguments.file, error))?;
    let mut symbol = choose(arguments, &survey)?;
    let until =
        arguments.at.as_deref().map(|text| time::parse(text, venue.clock, (symbol.first, symbol.last)));
    let until = until.transpose().map_err(|told| Failure::Usage(format!("--at: {told}")))?;
    let opening = arguments.opening.as_deref().map(|path| opening(venue, path)).transpose()?;
    let (opening, opening_passed_over) = opening.unwrap_or_default();
    for order in &opening {
        symbol.fit(order);
    }
    let scale = arguments.itch.as_ref().map(|_| Scale::of(&symbol, venue)).transpose();
    let scale = scale.map_err(|told| Failure::Usage(format!("--itch: {told}")))?;
    let published = arguments.book.as_deref().map(|path| published(venue, path)).transpose()?;
    progress.say("replaying");
    let levels = usize::from(arguments.depth.unwrap_or(LEVELS));
    let plan = || Plan {
        venue,
        symbol,
        until,
        opening: &opening,
        chart: None,
        keep_quotes: matches!(published, Some(Published::Quotes(_))),
        keep_trades: matches!(published, Some(Published::Trades(_))),
        tell_orders: false,
    };
    let last = plan().last();
    let new_plan = || {
        let chart = arguments.chart.as_ref().map(|_| Chart::new(symbol.busy_from(last), last, levels));
        Plan { chart, ..plan() }
    };
    let passes = Passes { file: &arguments.file, input: &input, new_plan: &new_plan };
    let replay = passes.first()?;
    let (quotes, trades) = match &published {
        Some(Published::Quotes(theirs)) => (Some(passes.compare(&replay, theirs)?), None),
        Some(Published::Trades(theirs)) => {
            (None, Some(trade_list::compare(theirs, &replay.pairs, &(symbol.first..=last))))
        }
        None => (None, None),
    };
    let lists_unmatched = arguments.unmatched;
    let report = Report {
        venue,
        survey: &survey,
        symbol,
        replay: &replay,
        at: until,
        opening_passed_over,
        levels,
        quotes,
        trades,
        lists_unmatched,
    };
    progress.finish();
    let written = write_outputs(arguments, &passes, &report, scale);
    // What could not be written takes nothing from what can be told.
    if !arguments.targets().iter().any(|(_, path)| path.is_some_and(is_standard)) {
        write_stdout(|out| if arguments.json { report.write_json(out) } else { report.write_text(out) })?;
    }
    written.and_then(|()| judge(arguments, &report))
}

/// Writes each output, and says which could not be, if any.
fn write_outputs(
    arguments: &Arguments,
    passes: &Passes<'_>,
    report: &Report<'_>,
    scale: Option<Scale>,
) -> Result<(), Failure> {
    let levels = usize::from(arguments.depth.unwrap_or(1));
    let rows = arguments.output.as_ref().map(|path| passes.write_rows(path, arguments.form(), levels));
    let itch = arguments.itch.as_ref().zip(scale).map(|(path, scale)| passes.write_itch(path, scale));
    let chart = arguments
        .chart
        .as_ref()
        .map(|path| write_file(path, |out| chart::write(out, report, &title(arguments, report))));
    [rows, itch, chart].into_iter().flatten().collect()
}

/// That the opening book is one, and that what the venue published is of this instrument and time at all.
fn judge(arguments: &Arguments, report: &Report<'_>) -> Result<(), Failure> {
    let statistics = &report.replay.statistics;
    let is_crossed = statistics.opening.is_some_and(|opening| opening.is_crossed());
    let never_traded = statistics.of_symbol > 0 && statistics.crossed.messages == statistics.of_symbol;
    if let Some(path) = arguments.opening.as_ref().filter(|_| is_crossed && never_traded) {
        let told = "its orders are crossed, so they are no book of one time, and nothing could trade with them there";
        return Err(Failure::at(path, told));
    }
    let Some(path) = arguments.book.as_ref().filter(|_| arguments.at.is_none()) else { return Ok(()) };
    let is_another = match (&report.quotes, &report.trades) {
        (Some(quotes), _) => quotes.compared > 0 && quotes.matched() == 0,
        (_, Some(trades)) => trades.matched() == 0 && trades.listed.len() + trades.outside > 0,
        _ => false,
    };
    if is_another {
        return Err(Failure::at(
            path,
            "nothing in it agrees with the replay: is it of this instrument, and of this day?",
        ));
    }
    Ok(())
}

fn open(path: &Path) -> Result<Input, Failure> {
    Input::open(path).map_err(|error| Failure::at(path, error))
}

/// Most instruments that an error names.
const NAMED: usize = 8;

fn choose(arguments: &Arguments, survey: &Survey) -> Result<Symbol, Failure> {
    survey.choose(arguments.symbol.as_deref()).ok_or_else(|| {
        let wanted = arguments.symbol.as_deref().unwrap_or_default();
        let mut known: Vec<&Symbol> = survey.symbols.iter().collect();
        known.sort_by_key(|symbol| std::cmp::Reverse(symbol.messages));
        if known.iter().all(|symbol| symbol.number == 0 && symbol.name.is_none()) {
            let told = "this file is of one instrument and does not name it: leave the option out";
            return Failure::Usage(format!("--symbol: {told}"));
        }
        let names: Vec<String> =
            known.iter().take(NAMED).filter_map(|symbol| symbol.called()).collect();
        let busiest = if known.len() > NAMED { "; those with most messages: " } else { ": " };
        Failure::Usage(format!(
            "--symbol: expected one of the {} instruments of this file, by name or number{busiest}{}; found {wanted:?}",
            known.len(),
            names.join(", ")
        ))
    })
}

/// The resting orders of an opening book, and how many other messages its file has.
fn opening(venue: &Venue, path: &Path) -> Result<(Vec<Event>, u64), Failure> {
    let input = open(path)?;
    let (mut orders, mut others) = (Vec::new(), 0);
    let mut add = |message: &Message| {
        if let Event::Add { .. } | Event::Submit { .. } = message.event {
            orders.push(message.event);
        } else if message.kind != UNCOUNTED {
            others += 1;
        }
        ControlFlow::Continue(())
    };
    (venue.read)(&input, &mut add).map_err(|error| Failure::at(path, error))?;
    if orders.is_empty() {
        return Err(Failure::at(path, "no order in it"));
    }
    Ok((orders, others))
}

/// What the venue published.
fn published(venue: &Venue, path: &Path) -> Result<Published, Failure> {
    compare::read(&open(path)?, venue).map_err(|error| Failure::at(path, error))
}

fn title(arguments: &Arguments, report: &Report<'_>) -> String {
    let file = arguments.file.file_name().map_or_else(|| "order flow".into(), |name| name.to_string_lossy());
    report.symbol.called().map_or_else(|| file.to_string(), |symbol| format!("{symbol}, {file}"))
}
