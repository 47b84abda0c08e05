//! The program `bartizan`: one subcommand a file.
//!
//! Exit status: 0 when it did what was asked, 1 for bad input or an outcome that is not proven, 2 for
//! wrong usage, 130 when Ctrl-C or SIGTERM ended it. Results go to standard output; progress, notices and errors to standard error.

use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::amount;
use crate::bundle::Bundles;
use crate::format::{self, Format, Reading};
use crate::input::Input;
use crate::pool::{self, PoolFormat};
use notice::{failure, notice};

mod auction;
mod audit;
mod batch;
mod bench;
mod bundle;
mod clear;
mod columns;
mod compare;
mod doubt;
mod exchange;
mod expected;
mod explain;
mod explain_exchange;
mod export;
mod generate;
mod interrupt;
mod journal;
mod log;
mod mechanism;
mod net;
mod notice;
mod numbers;
mod output;
mod pool_files;
mod progress;
mod recovered;
mod replay;
mod replay_log;
mod replay_passes;
mod round;
mod run;
mod schema;
mod second_opinion;
mod serve;
mod snapshot;
mod state;
mod timing;
mod token;
mod trust;
mod value;
mod verify;

#[cfg(test)]
mod tests;

/// Clears rounds of barter to a proven optimum.
#[derive(Debug, Parser)]
#[command(
    name = "bartizan",
    version,
    about = "Clears rounds of barter to a proven optimum",
    max_term_width = 100
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Clear(clear::Arguments),
    Verify(verify::Arguments),
    Explain(explain::Arguments),
    Compare(compare::Arguments),
    Value(value::Arguments),
    Bench(bench::Arguments),
    Generate(generate::Arguments),
    Net(net::Arguments),
    Trust(trust::Arguments),
    Replay(replay::Arguments),
    ReplayLog(replay_log::Arguments),
    Run(run::Arguments),
    Batch(batch::Arguments),
    Round(round::Arguments),
    Serve(Box<serve::Arguments>),
    Token(token::Arguments),
    Auction(auction::Arguments),
    Audit(audit::Arguments),
    State(state::Arguments),
    Export(export::Arguments),
    Snapshot(snapshot::Arguments),
    Schema(schema::Arguments),
    Journal(journal::Arguments),
    Log(log::Arguments),
}

/// Runs the program with the arguments of the process.
pub fn run() -> ExitCode {
    outlive_file_size_limit();
    let arguments = match parse(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => {
            // As all other errors are told.
            let words: Vec<_> = std::env::args_os().collect();
            let told = match numbers::told(&error, command(), &words) {
                Some(told) => format!("{told}\n\nFor more information, try '--help'."),
                None => error.render().to_string(),
            };
            let told = told.strip_prefix("error: ").unwrap_or(&told);
            notice(format_args!("bartizan: {}", told.strip_suffix('\n').unwrap_or(told)));
            return ExitCode::from(2);
        }
        Err(help) => help.exit(),
    };
    let done = match arguments.command {
        Command::Clear(arguments) => clear::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Value(arguments) => value::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Net(arguments) => net::run(&arguments),
        Command::Trust(arguments) => trust::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::ReplayLog(arguments) => replay_log::run(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Batch(arguments) => batch::run(&arguments),
        Command::Round(arguments) => round::run(&arguments),
        Command::Serve(arguments) => serve::run(*arguments),
        Command::Token(arguments) => token::run(&arguments),
        Command::Auction(arguments) => auction::run(&arguments),
        Command::Audit(arguments) => audit::run(&arguments),
        Command::State(arguments) => state::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Snapshot(arguments) => snapshot::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Journal(arguments) => journal::run(&arguments),
        Command::Log(arguments) => log::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Broken) => ExitCode::from(BROKEN_PIPE),
        Err(Failure::Interrupted(message)) => {
            failure(format_args!("bartizan: {message}"));
            ExitCode::from(INTERRUPTED)
        }
        Err(Failure::Told(message)) => {
            failure(format_args!("bartizan: {message}"));
            ExitCode::FAILURE
        }
        Err(Failure::Usage(message)) => {
            failure(format_args!("bartizan: {message}\n\nFor more information, try '--help'."));
            ExitCode::from(2)
        }
    }
}

/// The command line that is expected. What begins like a negative number is taken as the value of an option, which says what it expects instead.
fn command() -> clap::Command {
    fn with_numbers(command: clap::Command) -> clap::Command {
        let with_number = |argument: clap::Arg| {
            let has_value = argument.get_action().takes_values() && !argument.is_positional();
            if has_value { argument.allow_negative_numbers(true) } else { argument }
        };
        command.mut_args(with_number).mut_subcommands(with_numbers)
    }
    with_numbers(Arguments::command())
}

fn parse(words: impl IntoIterator<Item = std::ffi::OsString>) -> Result<Arguments, clap::Error> {
    let mut command = command();
    let matches = command.try_get_matches_from_mut(words)?;
    Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// A write beyond the limit of a file's size (`ulimit -f`) is an error then, told as a full disk is, instead of the end of the process.
#[cfg(unix)]
fn outlive_file_size_limit() {
    // SAFETY: the signal is ignored, so nothing of ours runs when it comes; no other thread has been started that could set it meanwhile.
    #[allow(unsafe_code)]
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

#[cfg(not(unix))]
fn outlive_file_size_limit() {}

/// What a shell reports of a program that a broken pipe ended.
const BROKEN_PIPE: u8 = 141;

/// What a shell reports of a program that Ctrl-C ended, also told where SIGTERM did.
const INTERRUPTED: u8 = 130;

/// Why a command ended early.
#[derive(Debug)]
enum Failure {
    /// With a message for the user.
    Told(String),
    /// The command line makes no sense for this input.
    Usage(String),
    /// By Ctrl-C, with a message for the user.
    Interrupted(String),
    /// Whoever read our output went away.
    Broken,
}

impl Failure {
    /// A failure about the file at `path`.
    fn at(path: &Path, error: impl Display) -> Self {
        Failure::Told(format!("{}: {error}", path.display()))
    }

    /// A failure to write to standard output.
    fn writing(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Failure::Broken,
            _ => Failure::Told(format!("cannot write: {error}")),
        }
    }
}

/// So many of something, whose name ends in `s` where there is not one.
fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// The amount that an option names, in the smallest unit of a file with so many decimals.
fn amount_of_option(option: &str, text: &str, decimals: u8) -> Result<i64, Failure> {
    let is_large = || amount::split(text, 0).is_some_and(|(_, part, _)| part.len() <= usize::from(decimals));
    amount::parse(text, decimals).ok_or_else(|| {
        let expected = if is_large() {
            let most = amount::decimal(i64::MAX, decimals);
            format!("expected at most {most}, found {text}")
        } else {
            format!("expected an amount from 0 on, with at most {decimals} decimals as in the file, found {text:?}{}", amount::hint(text))
        };
        Failure::Usage(format!("{option}: {expected}"))
    })
}

/// Which file to read a round from, and how.
#[derive(Debug, clap::Args)]
struct RoundFile {
    /// The round: a wants list or a JSON round, or where rings may be bounded a pool; `-` for standard input
    file: std::path::PathBuf,
    /// Read it as this format instead of the one it looks like: trademaximizer, oz or json; of pools uk, wmd, wmd-old, nested or input
    #[arg(long, value_parser = parse_kind)]
    kind: Option<Kind>,
}

/// A format of rounds or of pools.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Round(&'static Format),
    Pool(&'static PoolFormat),
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Round(format) => format.name,
            Kind::Pool(format) => format.name,
        }
    }
}

fn parse_kind(name: &str) -> Result<Kind, String> {
    let name = name.to_lowercase();
    let found = format::by_name(&name).map(Kind::Round).or_else(|| pool::by_name(&name).map(Kind::Pool));
    found.ok_or_else(|| {
        let rounds = format::FORMATS.iter().map(|format| format.name);
        let pools = pool::POOL_FORMATS.iter().map(|format| format.name);
        format!("expected one of: {}", rounds.chain(pools).collect::<Vec<_>>().join(", "))
    })
}

impl RoundFile {
    fn open(&self) -> Result<Input, Failure> {
        Input::open(&self.file).map_err(|error| Failure::at(&self.file, error))
    }

    /// The format of pools in which this file is, if in any.
    fn pool_format(&self, input: &Input) -> Option<&'static PoolFormat> {
        match self.kind {
            Some(Kind::Pool(format)) => Some(format),
            Some(Kind::Round(_)) => None,
            None => pool::detect(input).or_else(|| {
                let ending = self.file.extension()?.to_str()?;
                pool::by_ending(ending)
            }),
        }
    }

    /// Whether a pool is known to be in this format, by what was said, by the ending of its name, or by marks that nothing else has.
    fn is_surely(&self, format: &PoolFormat) -> bool {
        let has_ending =
            |own: &str| self.file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(own));
        self.kind.is_some() || format.ending.is_none_or(has_ending)
    }

    fn read<'a>(&self, input: &'a Input) -> Result<Reading<'a>, Failure> {
        if let Some(format) = self.pool_format(input) {
            let told = format!(
                "a pool ({}), not a round: clear, verify and explain take it, others do not",
                format.name
            );
            return Err(Failure::at(&self.file, told));
        }
        let format = match self.kind {
            Some(Kind::Round(format)) => format,
            _ => format::detect(input),
        };
        let reading = (format.read)(input).map_err(|error| Failure::at(&self.file, error))?;
        match doubt::refusal(&reading, input).filter(|_| self.kind.is_none()) {
            Some(error) => Err(Failure::at(&self.file, error)),
            None => Ok(reading),
        }
    }

    /// The round of bundles that this file says, if it says one that is no round of want lists.
    fn bundles<'a>(&self, input: &'a Input) -> Result<Option<Bundles<'a>>, Failure> {
        match self.kind {
            Some(Kind::Round(format)) if format.name != "json" => Ok(None),
            Some(Kind::Pool(_)) => Ok(None),
            _ => format::json::read_bundles(input).map_err(|error| Failure::at(&self.file, error)),
        }
    }

    /// This file as an argument of another command, with its kind where that was said.
    fn as_argument(&self) -> String {
        let file = if self.file.as_os_str() == "-" { "FILE".into() } else { quoted(&self.file) };
        self.kind.map_or(file.clone(), |kind| format!("{file} --kind {}", kind.name()))
    }

    /// The file's name without folder and ending, for titles.
    fn title(&self) -> String {
        self.file.file_stem().map_or_else(|| "round".into(), |stem| stem.to_string_lossy().into_owned())
    }
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let shown = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+,:@%".contains(c);
    if shown.chars().all(is_plain) { shown } else { format!("'{}'", shown.replace('\'', "'\\''")) }
}
