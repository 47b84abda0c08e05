//! `bartizan clear`: reads a round, clears it, and shows or writes the outcome.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bartizan_engine::certificate::CertificateRecord;
use bartizan_engine::{Objective, Round};
use bartizan_solver::mechanism::Mechanism;
use clap::ValueEnum;

use super::bundle;
use super::exchange;
use super::mechanism;
use super::notice::notice;
use super::output::{check_targets, write_file, write_stdout};
use super::progress::Progress;
use super::{Failure, RoundFile, quoted};
use crate::bundle::Bundles;
use crate::clear::{Cleared, Settings, clear};
use crate::format::Reading;
use crate::input::Input;
use crate::report::summary::Run;
use crate::report::view::Clearing;
use crate::report::{json, page, summary, text};

/// Clear a round to a proven optimum
#[derive(Debug, clap::Args)]
#[command(after_long_help = mechanism::help())]
pub(super) struct Arguments {
    #[command(flatten)]
    round: RoundFile,
    /// What to clear for, most important first, instead of what the file asks: items, cost, users,
    /// user-squares, weighted-cost, favor=USER; within bounds transplants (or items), rings (many, so short ones), weight, hard-to-match
    #[arg(long, value_delimiter = ',', value_name = "LIST")]
    objective: Vec<String>,
    /// Write the outcome with its proof to this file, as JSON
    #[arg(long, value_name = "OUT.json")]
    output: Option<PathBuf>,
    /// What to print
    #[arg(long, value_enum, default_value_t = Printed::Summary)]
    format: Printed,
    /// Write a page to hand round to this file
    #[arg(long, value_name = "OUT.html")]
    report: Option<PathBuf>,
    /// Choose among equally good outcomes by this number instead of the file's
    #[arg(long)]
    seed: Option<u64>,
    /// Threads to use, by default one per core; the outcome does not depend on it
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// How many arcs the search for smaller rings may look at; 0 leaves rings as they come
    #[arg(long, value_name = "N", default_value_t = Settings::default().ring_steps)]
    ring_steps: u64,
    /// How many arcs branch and bound may look at, for users and spending limits; more can prove more
    #[arg(long, value_name = "N", default_value_t = Settings::default().effort.arcs)]
    effort: u64,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
    /// Print one line of JSON with times and peak memory to standard error
    #[arg(long)]
    timing: bool,
    /// Clear by a mechanism instead of to an optimum; --help tells them all, with their theorems
    #[arg(long, value_name = "NAME", value_parser = mechanism::parse, conflicts_with_all = ["objective", "max_ring", "report"])]
    mechanism: Option<&'static Mechanism>,
    /// With --mechanism, give items with an empty list for nothing
    #[arg(long, requires = "mechanism")]
    gifts: bool,
    #[command(flatten)]
    bounds: exchange::Bounds,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Printed {
    /// A summary for people
    Summary,
    /// Text as `TradeMaximizer` prints it
    Trademaximizer,
    /// The outcome with its proof, as JSON
    Json,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let targets = [("--output", arguments.output.as_deref()), ("--report", arguments.report.as_deref())];
    check_targets(&targets, &[&arguments.round.file])?;
    let started = Instant::now();
    let mut progress = Progress::new(arguments.quiet);
    progress.say("reading");
    let input = arguments.round.open()?;
    if let Some(bundles) = arguments.round.bundles(&input)? {
        progress.finish();
        return of_bundles(arguments, bundles);
    }
    if arguments.bounds.apply(&arguments.round, &input) {
        progress.finish();
        return bounded(arguments, &input);
    }
    let mut reading = arguments.round.read(&input)?;
    choose(&mut reading.round, arguments)?;
    if let Some(mechanism) = arguments.mechanism {
        progress.finish();
        return by_mechanism(arguments, &reading, mechanism);
    }
    input.release().map_err(|error| Failure::at(&arguments.round.file, error))?;
    if reading.round.items.is_empty() && !arguments.quiet {
        notice(format_args!("bartizan: {}: no want lists in it", arguments.round.file.display()));
    } else if reading.round.wants.item.is_empty() && !arguments.quiet {
        notice(format_args!(
            "bartizan: {}: read as {}, nothing in it wants anything that is there; --kind says what it is",
            arguments.round.file.display(),
            reading.format
        ));
    }
    let read = started.elapsed();
    let mut settings = Settings { ring_steps: arguments.ring_steps, ..Settings::default() };
    settings.effort.arcs = arguments.effort;
    if let Some(threads) = arguments.threads {
        settings.threads = usize::from(threads);
    }
    let cleared = clear(&reading.round, &settings, &mut |what| progress.say(what))
        .map_err(|error| Failure::at(&arguments.round.file, error))?;
    let solved = started.elapsed();
    progress.say("writing");
    let clearing = Clearing::new(&reading, &cleared.outcome);
    if let Some(path) = &arguments.output {
        write_file(path, |mut out| json::write(&mut out, &clearing, Some(&certificate(&cleared))))?;
    }
    if let Some(path) = &arguments.report {
        write_file(path, |mut out| page::write(&mut out, &clearing, &arguments.round.title()))?;
    }
    progress.finish();
    if !arguments.quiet {
        print(arguments, &clearing, &cleared, solved)?;
    }
    if arguments.timing {
        let seconds = |span: Duration| format!("{:.6}", span.as_secs_f64());
        notice(format_args!(
            "{{\"read_s\":{},\"solve_s\":{},\"write_s\":{},\"peak_bytes\":{}}}",
            seconds(read),
            seconds(solved.saturating_sub(read)),
            seconds(started.elapsed().saturating_sub(solved)),
            peak_memory_bytes().map_or_else(|| "null".into(), |bytes| bytes.to_string()),
        ));
    }
    Ok(())
}

fn by_mechanism(
    arguments: &Arguments,
    reading: &Reading<'_>,
    mechanism: &'static Mechanism,
) -> Result<(), Failure> {
    if arguments.format == Printed::Trademaximizer {
        return Err(Failure::Usage("--format trademaximizer does not go with --mechanism".into()));
    }
    let asked = mechanism::Asked {
        mechanism,
        gifts: arguments.gifts,
        output: arguments.output.as_deref(),
        json: arguments.format == Printed::Json,
        quiet: arguments.quiet,
    };
    mechanism::clear(&arguments.round, reading, &asked)
}

/// Clears within bounds on rings and chains.
fn bounded(arguments: &Arguments, input: &Input) -> Result<(), Failure> {
    refuse(arguments, &[], "bounded rings and chains")?;
    exchange::clear(&arguments.bounds, &arguments.round, input, &asked(arguments))
}

/// Clears a round of bundles.
fn of_bundles(arguments: &Arguments, bundles: Bundles<'_>) -> Result<(), Failure> {
    let others =
        [("--max-ring", arguments.bounds.has_max_ring()), ("--mechanism", arguments.mechanism.is_some())];
    refuse(arguments, &others, "exchanges of bundles")?;
    let budget = arguments.bounds.budget();
    bundle::clear(bundles, budget, &arguments.round, &asked(arguments))
}

/// Refuses options that do not go with this kind of round.
fn refuse(arguments: &Arguments, more: &[(&str, bool)], what: &str) -> Result<(), Failure> {
    let refused = [
        ("--report", arguments.report.is_some()),
        ("--seed", arguments.seed.is_some()),
        ("--mechanism", arguments.mechanism.is_some()),
        ("--format trademaximizer", arguments.format == Printed::Trademaximizer),
    ];
    match more.iter().chain(&refused).find(|(_, is_given)| *is_given) {
        Some((option, _)) => Err(Failure::Usage(format!("{option} does not go with {what}"))),
        None => Ok(()),
    }
}

fn asked(arguments: &Arguments) -> exchange::Asked<'_> {
    exchange::Asked {
        objective: &arguments.objective,
        output: arguments.output.as_deref(),
        json: arguments.format == Printed::Json,
        quiet: arguments.quiet,
        timing: arguments.timing,
    }
}

/// Lets the command line overrule what the file asks for.
fn choose(round: &mut Round<'_>, arguments: &Arguments) -> Result<(), Failure> {
    if let Some(seed) = arguments.seed {
        round.seed = seed;
    }
    if !arguments.objective.is_empty() {
        round.objectives =
            arguments.objective.iter().map(|name| objective(round, name)).collect::<Result<_, _>>()?;
    }
    Ok(())
}

fn objective(round: &Round<'_>, name: &str) -> Result<Objective, Failure> {
    let lower = name.trim().to_lowercase();
    if let Some((_, user)) = name.split_once('=').filter(|(key, _)| key.trim().eq_ignore_ascii_case("favor"))
    {
        return round
            .user_named(user.trim())
            .map(Objective::Favor)
            .ok_or_else(|| Failure::Told(format!("--objective: nobody in this round is called {user:?}")));
    }
    Objective::named(&lower).ok_or_else(|| {
        Failure::Usage(format!(
            "--objective: {name:?} is not an objective; expected items, cost, users, user-squares, weighted-cost or favor=USER"
        ))
    })
}

fn certificate(cleared: &Cleared) -> CertificateRecord<'_> {
    CertificateRecord::from(&cleared.outcome.certificate)
}

fn print(
    arguments: &Arguments,
    clearing: &Clearing<'_>,
    cleared: &Cleared,
    solved: Duration,
) -> Result<(), Failure> {
    write_stdout(|mut out| match arguments.format {
        Printed::Json => json::write(&mut out, clearing, Some(&certificate(cleared))),
        Printed::Trademaximizer => text::write(&mut out, clearing, Some(solved)),
        Printed::Summary => {
            let is_terminal = io::stdout().is_terminal();
            let proof = proof_sentence(arguments, cleared);
            let run = Run {
                methods: &cleared.methods,
                proof: &proof,
                best_effort: cleared.best_effort,
                elapsed: Some(solved),
                memory_bytes: peak_memory_bytes(),
                color: is_terminal && std::env::var_os("NO_COLOR").is_none(),
                columns: 0,
            };
            summary::write(&mut out, clearing, &run)
        }
    })
}

fn proof_sentence(arguments: &Arguments, cleared: &Cleared) -> String {
    let verdict = if cleared.outcome.is_optimal() {
        "optimal: nothing better exists"
    } else {
        "bounded: something better may exist, within the bounds above"
    };
    let file = arguments.round.as_argument();
    match &arguments.output {
        Some(output) => format!("{verdict}. Check it: bartizan verify {file} {}", quoted(output)),
        None => format!(
            "{verdict}. Write it with --output OUT.json, check it with: bartizan verify {file} OUT.json"
        ),
    }
}

/// The most memory this process has had, where the system tells (Linux).
fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}
