//! `bartizan compare`: mechanisms side by side on one round.

use std::io;
use std::path::PathBuf;

use bartizan_solver::mechanism::MECHANISMS;
use bartizan_solver::mechanism::manipulation::Effort;

use super::columns::{columns, plain};
use super::doubt::doubt;
use super::interrupt::until_interrupted;
use super::notice::{self, notice};
use super::output::{check_targets, write_file, write_stdout};
use super::progress::Progress;
use super::{Failure, RoundFile, mechanism};
use crate::mechanism::compare::{Comparison, Contender, OPTIMUM, compare};
use crate::mechanism::page::{self, HEADS, cells, words};
use crate::mechanism::{NoMarket, Taken, has_dummies, market};

/// Compare mechanisms on a round: efficiency, ranks, fairness, and what a list other than one's own gains
///
/// Each item is a participant, and the order of its list its ranking; a round with dummies, which are nobody's items, is refused. Lists of up to five are tried in every part and order as far as --tries goes, and longer ones in so many drawn ones; the table tells how many.
#[derive(Debug, clap::Args)]
#[command(after_long_help = mechanism::help())]
#[command(mut_arg("file", |file| file.help("The round: a wants list or a JSON round; `-` for standard input")))]
#[command(mut_arg("kind", |kind| {
    kind.help("Read it as this format instead of the one it looks like: trademaximizer, oz or json")
}))]
pub(super) struct Arguments {
    #[command(flatten)]
    round: RoundFile,
    /// What to compare, each once by name: mechanisms, and optimum for the most who receive, with the best ranks; by default all that take the round
    #[arg(long, value_delimiter = ',', value_name = "LIST", value_parser = parse)]
    mechanisms: Vec<Contender>,
    /// Give items with an empty list for nothing, with mechanisms that do: your-turn, chains, longest-chains, serial-dictatorship, and the optimum
    #[arg(long)]
    gifts: bool,
    /// How many lists other than their own are tried, of all participants together, with each mechanism; 0 tries none
    #[arg(long, value_name = "N", default_value_t = 2000)]
    tries: u64,
    /// Draw the order of priority, and the lists that are tried, by this number
    #[arg(long)]
    seed: Option<u64>,
    /// Write all of it to this file, as JSON
    #[arg(long, value_name = "OUT.json")]
    output: Option<PathBuf>,
    /// Write a page with the table and plots to this file
    #[arg(long, value_name = "OUT.html")]
    html: Option<PathBuf>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

fn parse(name: &str) -> Result<Contender, String> {
    Contender::named(&name.trim().to_lowercase())
        .ok_or_else(|| format!("expected {OPTIMUM}, or of {}", mechanism::names()))
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let targets = [("--output", arguments.output.as_deref()), ("--html", arguments.html.as_deref())];
    check_targets(&targets, &[&arguments.round.file])?;
    let failed = |error: &dyn std::fmt::Display| Failure::at(&arguments.round.file, error);
    let mut progress = Progress::new(arguments.quiet);
    progress.say("reading");
    let input = arguments.round.open()?;
    let reading = arguments.round.read(&input)?;
    let round = &reading.round;
    let seed = arguments.seed.unwrap_or(round.seed);
    if has_dummies(round) {
        return Err(failed(&NoMarket::Dummies("compare")));
    }
    if let Some(told) = doubt(&reading, arguments.round.kind.is_some()).filter(|_| !arguments.quiet) {
        notice(format_args!("bartizan: {}: {told}", arguments.round.file.display()));
    }
    if !arguments.quiet {
        let noticed: Vec<&String> = reading.remarks.iter().chain(&reading.notices).collect();
        notice::of_reading(&arguments.round.file, noticed.into_iter(), "`clear --format trademaximizer`");
    }
    let market = market(round, Taken { seed, gifts: arguments.gifts }).map_err(|error| failed(&error))?;
    let gives = |contender: &Contender| match contender {
        Contender::Mechanism(mechanism) => mechanism.gives_gifts || !arguments.gifts,
        Contender::Optimum => true,
    };
    let mut contenders = arguments.mechanisms.clone();
    if let Some(twice) = named_twice(&contenders) {
        return Err(Failure::Usage(format!("--mechanisms: {twice} is named twice; expected each once")));
    }
    if contenders.is_empty() {
        contenders = MECHANISMS.iter().map(Contender::Mechanism).chain([Contender::Optimum]).collect();
        contenders.retain(&gives);
    }
    if let Some(other) = contenders.iter().find(|contender| !gives(contender)) {
        return Err(Failure::Usage(mechanism::no_gifts(other.name())));
    }
    let effort = Effort { tries: arguments.tries, seed };
    let (comparison, is_interrupted) = until_interrupted(|stop| {
        compare(round, &market, &contenders, effort, stop, &mut |what| progress.say(what))
    })?;
    progress.finish();
    let done: Vec<&str> = comparison.mechanisms.iter().map(|compared| compared.name).collect();
    if done.is_empty() {
        return Err(Failure::Interrupted("interrupted before any was compared; nothing is written".into()));
    }
    if let Some(path) = &arguments.output {
        write_file(path, |out| {
            serde_json::to_writer_pretty(&mut *out, &comparison)?;
            writeln!(out)
        })?;
    }
    if let Some(path) = &arguments.html {
        write_file(path, |out| page::write(out, &comparison, &arguments.round.title()))?;
    }
    if !arguments.quiet {
        write_stdout(|out| print(out, &comparison))?;
    }
    if is_interrupted && done.len() < contenders.len() {
        let told = format!("interrupted: compared until then, and no others, are {}", done.join(", "));
        return Err(Failure::Interrupted(told));
    }
    Ok(())
}

/// The first that is named a second time, by whatever name, if any is.
fn named_twice(named: &[Contender]) -> Option<&'static str> {
    let names: Vec<&str> = named.iter().map(|contender| contender.name()).collect();
    (1..names.len()).find(|&at| names[..at].contains(&names[at])).map(|at| names[at])
}

/// Ranks that are told one by one on a terminal.
const MOST_RANKS: usize = 12;

fn print(out: &mut dyn io::Write, comparison: &Comparison) -> io::Result<()> {
    let gifts = if comparison.gifts > 0 { format!(", {} gifts", comparison.gifts) } else { String::new() };
    writeln!(out, "{} items with a list, each a participant{gifts}\n", comparison.participants)?;
    let heads = HEADS.map(str::to_owned);
    let rows: Vec<_> = [heads].into_iter().chain(comparison.mechanisms.iter().map(cells)).collect();
    for line in columns(&rows, |column| column == 0) {
        writeln!(out, "{line}")?;
    }
    writeln!(
        out,
        "\nranks: how many receive what is first by their own list, second, and so on; equals share a rank"
    )?;
    for compared in &comparison.mechanisms {
        let ranks = compared.figures.as_ref().map_or(&[][..], |figures| &figures.ranks);
        let (first, rest) = ranks.split_at(ranks.len().min(MOST_RANKS));
        let first: Vec<String> = first.iter().map(usize::to_string).collect();
        let rest: usize = rest.iter().sum();
        let rest = if rest == 0 { String::new() } else { format!(", and {rest} what stands later") };
        writeln!(out, "{:<20} {}{rest}", compared.name, first.join(" "))?;
    }
    let gaining = comparison.mechanisms.iter().filter_map(|compared| {
        let first = compared.manipulability.examples.first()?;
        Some((compared.name, first))
    });
    let gaining: Vec<_> = gaining.collect();
    if !gaining.is_empty() {
        writeln!(out, "\nwho gains most by another list, others' unchanged")?;
    }
    for (name, example) in gaining {
        let list: Vec<String> = example.list.iter().map(|item| plain(item)).collect();
        let (item, gain) = (plain(&example.item), example.gain);
        writeln!(out, "{name:<20} {item} gains {gain} with the list: {}", list.join(" "))?;
    }
    writeln!(out, "\n{}", words())
}
