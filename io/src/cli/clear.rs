//! `bartizan clear`: reads a round, clears it, and shows or writes the outcome.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bartizan_engine::certificate::CertificateRecord;
use bartizan_engine::{Objective, Round};
use bartizan_solver::mechanism::Mechanism;
use clap::ValueEnum;

use super::bundle;
use super::doubt::doubt;
use super::exchange;
use super::expected::unknown_user;
use super::mechanism;
use super::notice::notice;
use super::output::{check_targets, write_file, write_stdout};
use super::progress::Progress;
use super::second_opinion::SecondOpinion;
use super::timing;
use super::{Failure, RoundFile, quoted};
use crate::clear::{Cleared, Settings, clear};
use crate::format::Reading;
use crate::input::Input;
use crate::report::summary::Run;
use crate::report::view::Clearing;
use crate::report::{json, page, summary, text};

/// Clear a round to a proven optimum
#[derive(Debug, clap::Args)]
#[command(after_long_help = help())]
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
    /// Threads to use, 1 or more, by default one per core; the outcome does not depend on it
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// How many arcs the search for smaller rings may look at, by default 2000000; 0 leaves rings as they come
    #[arg(long, value_name = "N")]
    ring_steps: Option<u64>,
    /// How many arcs branch and bound may look at, for users and spending limits, by default 400000000; more can prove more
    #[arg(long, value_name = "N")]
    effort: Option<u64>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
    /// Print one line of JSON with times and peak memory to standard error
    #[arg(long)]
    timing: bool,
    /// Clear by a mechanism instead of to an optimum: ttc, top-cycles, your-turn, chains, longest-chains, serial-dictatorship, priority or stable; --help tells their other names and their theorems
    #[arg(long, value_name = "NAME", value_parser = mechanism::parse)]
    mechanism: Option<&'static Mechanism>,
    /// With --mechanism your-turn, chains, longest-chains or serial-dictatorship, give items with an empty list for nothing
    #[arg(long, requires = "mechanism")]
    gifts: bool,
    #[command(flatten)]
    bounds: exchange::Bounds,
    #[command(flatten)]
    second_opinion: SecondOpinion,
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
        refuse(arguments, Form::Bundles)?;
        return bundle::clear(
            bundles,
            arguments.bounds.budget(),
            &arguments.round,
            &asked(arguments, started),
        );
    }
    if arguments.bounds.apply(&arguments.round, &input) {
        progress.finish();
        refuse_mechanism(arguments, &input)?;
        refuse(arguments, Form::Bounded)?;
        return exchange::clear(&arguments.bounds, &arguments.round, &input, &asked(arguments, started));
    }
    refuse(arguments, if arguments.mechanism.is_some() { Form::Mechanism } else { Form::Lists })?;
    let mut reading = arguments.round.read(&input)?;
    choose(&mut reading.round, arguments)?;
    if let Some(told) = doubt(&reading, arguments.round.kind.is_some()).filter(|_| !arguments.quiet) {
        notice(format_args!("bartizan: {}: {told}", arguments.round.file.display()));
    }
    if let Some(mechanism) = arguments.mechanism {
        progress.finish();
        return by_mechanism(arguments, &reading, mechanism);
    }
    input.release().map_err(|error| Failure::at(&arguments.round.file, error))?;
    let read = started.elapsed();
    let cleared = clear(&reading.round, &settings(arguments), &mut |what| progress.say(what))
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
        let (solve, write) = (solved.saturating_sub(read), started.elapsed().saturating_sub(solved));
        timing::tell(&[("read", read), ("solve", solve), ("write", write)], None);
    }
    Ok(())
}

/// What clears a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Rings of any length.
    Lists,
    /// A mechanism.
    Mechanism,
    /// Rings and chains of bounded length.
    Bounded,
    /// Exchanges of bundles.
    Bundles,
}

impl Form {
    fn name(self) -> &'static str {
        match self {
            Form::Lists => "want lists without a bound on rings",
            Form::Mechanism => "mechanisms",
            Form::Bounded => "bounded rings and chains",
            Form::Bundles => "exchanges of bundles",
        }
    }

    /// The option that asks for it.
    fn option(self) -> Option<&'static str> {
        match self {
            Form::Mechanism => Some("--mechanism"),
            Form::Bounded => Some("--max-ring"),
            Form::Lists | Form::Bundles => None,
        }
    }

    fn told(self) -> String {
        self.option().map_or_else(|| self.name().to_owned(), |option| format!("{} ({option})", self.name()))
    }
}

/// An option that not every form takes: its name, whether it is given, and which forms take it.
type Taken = (&'static str, fn(&Arguments) -> bool, &'static [Form]);

/// All such options. The others are for every form.
const TAKEN: &[Taken] = &[
    ("--objective", |own| !own.objective.is_empty(), &[Form::Lists, Form::Bounded, Form::Bundles]),
    ("--format trademaximizer", |own| own.format == Printed::Trademaximizer, &[Form::Lists]),
    ("--report", |own| own.report.is_some(), &[Form::Lists, Form::Bounded, Form::Bundles]),
    ("--seed", |own| own.seed.is_some(), &[Form::Lists, Form::Mechanism]),
    ("--threads", |own| own.threads.is_some(), &[Form::Lists]),
    ("--ring-steps", |own| own.ring_steps.is_some(), &[Form::Lists]),
    ("--effort", |own| own.effort.is_some(), &[Form::Lists]),
    ("--timing", |own| own.timing, &[Form::Lists, Form::Bounded, Form::Bundles]),
    ("--mechanism", |own| own.mechanism.is_some(), &[Form::Mechanism]),
    ("--gifts", |own| own.gifts, &[Form::Mechanism]),
    ("--max-ring", |own| own.bounds.max_ring.is_some(), &[Form::Bounded]),
    ("--max-chain", |own| own.bounds.max_chain.is_some(), &[Form::Bounded]),
    ("--chain-cap-counts", |own| own.bounds.chain_cap_counts.is_some(), &[Form::Bounded]),
    ("--count-last-donations", |own| own.bounds.count_last_donations, &[Form::Bounded]),
    ("--weights", |own| own.bounds.weights, &[Form::Bounded]),
    ("--patients", |own| own.bounds.beside.patients.is_some(), &[Form::Bounded]),
    ("--altruists", |own| own.bounds.beside.altruists.is_some(), &[Form::Bounded]),
    ("--budget", |own| own.bounds.budget.is_some(), &[Form::Bounded, Form::Bundles]),
    ("--highs", |own| own.second_opinion.is_asked(), &[Form::Bounded, Form::Bundles]),
];

/// Refuses an option that this form does not take, and tells what does, and why this one does not.
fn refuse(arguments: &Arguments, form: Form) -> Result<(), Failure> {
    let refused = TAKEN.iter().find(|(_, is_given, forms)| is_given(arguments) && !forms.contains(&form));
    let Some((option, _, forms)) = refused else { return Ok(()) };
    let does_not = format!("{option} does not go with {}", form.told());
    if let Some(other) = forms.iter().find(|other| other.option() == Some(option)) {
        return Err(Failure::Usage(format!("{does_not}: it asks for {}", other.name())));
    }
    let forms: Vec<String> = forms.iter().map(|form| form.told()).collect();
    let why = why_refused(option, form).map_or(String::new(), |why| format!(". With {}, {why}", form.name()));
    Err(Failure::Usage(format!("{does_not}; it goes with {}{why}", forms.join(", and with "))))
}

/// Why a form does not take an option, where that is not what the option is called.
fn why_refused(option: &str, form: Form) -> Option<&'static str> {
    Some(match (option, form) {
        ("--seed", _) => {
            "nothing is drawn: of equally good outcomes it is always the one that the search meets first"
        }
        ("--threads", _) => "one thread does all",
        ("--ring-steps", Form::Bounded) => "--objective transplants,rings asks for short rings",
        ("--ring-steps", _) => "rings stay as they come",
        ("--effort", Form::Bounded | Form::Bundles) => "--budget bounds the search",
        ("--objective", Form::Mechanism) => "a rule decides, and clears for nothing",
        ("--report", _) => "no page tells of the outcome; `compare --html` writes one of mechanisms",
        ("--format trademaximizer", _) => "that text has no words for the outcome; --format json has",
        _ => return None,
    })
}

/// Which kinds of rounds take which options, and what is known of the mechanisms, for the long help.
fn help() -> String {
    let taken = |form: Form| {
        let taken = TAKEN.iter().filter(|(_, _, forms)| forms.contains(&form));
        let options: Vec<&str> = taken.map(|(option, ..)| *option).collect();
        format!("  {}: {}", form.told(), options.join(", "))
    };
    let lines = [Form::Lists, Form::Bounded, Form::Bundles, Form::Mechanism].map(taken);
    format!(
        "Which options go with what; all others go with everything:\n{}\n\n\
         Bundles with payments: everybody pays the same share of the way from the least to the most that their exchanges let them pay, but who would go beyond a limit \
         so: such a user pays just the limit, with one share for all of its exchanges, and the others more. In whole units each share is rounded down or up: up those \
         that lose most by going down, the first of those that lose as much.\n\n{}",
        lines.join("\n"),
        mechanism::help()
    )
}

/// Refuses a mechanism on a pool.
fn refuse_mechanism(arguments: &Arguments, input: &Input) -> Result<(), Failure> {
    match (arguments.mechanism, arguments.round.pool_format(input)) {
        (Some(mechanism), Some(format)) => Err(Failure::Usage(format!(
            "--mechanism {}: {} is a pool ({}), and a mechanism goes by lists that say which items are wanted most, which a pool has not; --max-ring K clears it",
            mechanism.name,
            arguments.round.file.display(),
            format.name
        ))),
        _ => Ok(()),
    }
}

/// How want lists without a bound are cleared.
fn settings(arguments: &Arguments) -> Settings {
    let mut settings = Settings::default();
    settings.ring_steps = arguments.ring_steps.unwrap_or(settings.ring_steps);
    settings.effort.arcs = arguments.effort.unwrap_or(settings.effort.arcs);
    settings.threads = arguments.threads.map_or(settings.threads, usize::from);
    settings
}

fn by_mechanism(
    arguments: &Arguments,
    reading: &Reading<'_>,
    mechanism: &'static Mechanism,
) -> Result<(), Failure> {
    if arguments.seed.is_some() && !mechanism.knows_priority && !arguments.quiet {
        let name = mechanism.name;
        notice(format_args!(
            "bartizan: --seed: {name} knows no order of priority, so that it changes nothing"
        ));
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

fn asked(arguments: &Arguments, started: Instant) -> exchange::Asked<'_> {
    exchange::Asked {
        started,
        objective: &arguments.objective,
        output: arguments.output.as_deref(),
        report: arguments.report.as_deref(),
        json: arguments.format == Printed::Json,
        quiet: arguments.quiet,
        timing: arguments.timing,
        second_opinion: &arguments.second_opinion,
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
            .ok_or_else(|| unknown_user(user.trim(), round.users.iter().map(|user| &*user.name)));
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
                memory_bytes: timing::peak_memory_bytes(),
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

#[cfg(test)]
mod tests {
    use clap::Args;

    use super::*;

    /// Those that every form takes.
    const FOR_ALL: [&str; 6] = ["file", "kind", "output", "format", "quiet", "highs_seconds"];

    #[test]
    fn every_option_is_in_the_table_or_for_all() {
        let command = Arguments::augment_args(clap::Command::new("clear"));
        for argument in command.get_arguments() {
            let name = argument.get_id().as_str();
            let option = format!("--{}", name.replace('_', "-"));
            let count = TAKEN.iter().filter(|(own, ..)| *own == option).count();
            let expected = usize::from(!FOR_ALL.contains(&name));
            assert_eq!(count, expected, "{option}");
        }
    }

    #[test]
    fn the_defaults_that_the_help_tells_are_those() {
        let settings = Settings::default();
        let command = Arguments::augment_args(clap::Command::new("clear"));
        for (name, value) in [
            ("ring_steps", settings.ring_steps),
            ("effort", settings.effort.arcs),
            ("budget", exchange::BUDGET),
        ] {
            let mut arguments = command.get_arguments();
            let argument = arguments.find(|own| own.get_id() == name).expect("it is an option");
            let help = argument.get_help().expect("it has help").to_string();
            assert!(help.contains(&format!("by default {value}")), "{name}: {help}");
        }
    }
}
