//! The bounded form of `bartizan clear` and `bartizan verify`: pools, and wants lists with a cap on rings.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use bartizan_solver::budget::Budget;
use bartizan_solver::exchange::{Level, Leveled, Pool, Stopped, solve_levels};
use bartizan_solver::program::Program;
use clap::ValueEnum;

use super::expected::check_objectives;
use super::interrupt::until_interrupted;
use super::notice::{self, notice};
use super::output::{check_targets, write_file, write_stdout};
use super::pool_files::PoolFiles;
use super::progress::Progress;
use super::second_opinion::{Own, SecondOpinion};
use super::timing;
use super::{Failure, RoundFile, count, quoted};
use crate::amount::decimal;
use crate::document::Status;
use crate::input::Input;
use crate::pool::PoolReading;
use crate::pool::document::{self, ExchangeDocument, LevelRecord, Step};
use crate::pool::packing::packing;
use crate::pool::rules::{Aim, MOST_CAP, Rules};
use crate::report::page;

/// How a pool is read and how long rings and chains may be.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Bounded rings and chains; of bundles --budget alone")]
pub(super) struct Bounds {
    /// Rings of at most so many pairs or items, from 2 to 64, or 0 for none; with it any round is cleared for the most trades within the bounds
    #[arg(long, value_name = "K", value_parser = ring_cap)]
    pub(super) max_ring: Option<u32>,
    /// Chains from an altruist that reach at most so many pairs, up to 64; 0, the default, for none
    #[arg(long, value_name = "L", value_parser = chain_cap)]
    pub(super) max_chain: Option<u32>,
    /// What --max-chain counts: pairs reached after the altruist, which is the default, or nodes, the altruist among them
    #[arg(long, value_enum, value_name = "WHAT", requires = "max_chain")]
    pub(super) chain_cap_counts: Option<ChainCap>,
    /// Count the last donation of each chain, to somebody outside the pool, as a transplant more
    #[arg(long, requires = "max_chain")]
    pub(super) count_last_donations: bool,
    /// Clear for the greatest sum of weights instead of the most transplants: --objective weight
    #[arg(long, conflicts_with = "objective")]
    pub(super) weights: bool,
    /// How many steps to look at before giving up a proof, by default 60000000000: half a minute to three minutes for a large round or pool, longer for a small one that stays open; the outcome depends on it and not on time. It is overrun by a few passes over the input at most, and by one for each case that is open; with 0 a pool has what one pass chooses; of bundles, a first answer is looked for in up to half of it, and the bound is a poor one until the first relaxation is solved, which of hundreds of participants takes seconds to a minute. Ctrl-C, or SIGTERM, ends the search as a budget does
    #[arg(long, value_name = "STEPS")]
    pub(super) budget: Option<u64>,
    #[command(flatten)]
    pub(super) beside: PoolFiles,
}

/// How much to look at where nothing else is said.
pub(super) const BUDGET: u64 = 60_000_000_000;
/// More rings and chains than that are not listed for a second opinion.
const MOST_LISTED: usize = 1_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ChainCap {
    /// Pairs reached after the altruist
    Pairs,
    /// Nodes, the altruist among them
    Nodes,
}

/// How many pairs a chain reaches at most by a cap on what `counts` says.
pub(super) fn pairs_reached(counts: Option<ChainCap>, cap: u32) -> u32 {
    match counts {
        None | Some(ChainCap::Pairs) => cap,
        Some(ChainCap::Nodes) => cap.saturating_sub(1),
    }
}

/// What `clear` is asked for besides.
pub(super) struct Asked<'a> {
    /// When reading began.
    pub(super) started: Instant,
    pub(super) objective: &'a [String],
    pub(super) report: Option<&'a Path>,
    pub(super) output: Option<&'a std::path::Path>,
    pub(super) json: bool,
    pub(super) quiet: bool,
    pub(super) timing: bool,
    pub(super) second_opinion: &'a SecondOpinion,
}

impl Bounds {
    /// Whether this is the bounded form: because it is asked for, or because only a pool has it.
    pub(super) fn apply(&self, file: &RoundFile, input: &Input) -> bool {
        self.max_ring.is_some() || file.pool_format(input).is_some()
    }

    /// What somebody may have overlooked.
    fn notices(&self, file: &RoundFile, reading: &PoolReading, max_chain: u32) -> Vec<String> {
        let mut told = Vec::new();
        let beside = file.file.with_extension("ndds");
        if reading.format == "input" && self.beside.altruists.is_none() && beside.exists() {
            told.push(format!("its altruists are not read: --altruists {} reads them", quoted(&beside)));
        }
        if max_chain == 0 && self.max_chain != Some(0) && reading.is_altruist.contains(&true) {
            let nodes = match self.chain_cap_counts {
                Some(ChainCap::Nodes) => " of 2 or more, as the altruist counts",
                _ => "",
            };
            told.push(format!(
                "it has altruists, and no chain starts from them without --max-chain L{nodes}"
            ));
        }
        if max_chain > 0 && reading.is_of_lists() {
            told.push(
                "no chain is looked for: want lists have no altruists for one to start from".to_owned(),
            );
        }
        if reading.arcs.is_empty() && !reading.is_of_lists() {
            told.push(format!(
                "read as {}, nobody in it can give to anybody; --kind says what it is",
                reading.format
            ));
        }
        told
    }

    /// How much to look at before giving up a proof.
    pub(super) fn budget(&self) -> u64 {
        self.budget.unwrap_or(BUDGET)
    }

    /// The most nodes of a ring, and the most pairs that a chain reaches.
    fn caps(&self) -> Result<(u32, u32), Failure> {
        let max_ring = self.max_ring.ok_or_else(|| {
            Failure::Usage("a pool needs --max-ring K, and --max-chain L where it has altruists".into())
        })?;
        Ok((max_ring, pairs_reached(self.chain_cap_counts, self.max_chain.unwrap_or(0))))
    }

    fn rules(&self, reading: &PoolReading, objective: &[String]) -> Result<Rules, Failure> {
        let (max_ring, max_chain) = self.caps()?;
        if max_ring == 0 && (max_chain == 0 || reading.is_of_lists()) {
            let no_chains =
                if reading.is_of_lists() { ", and want lists have no chains" } else { " and no chains" };
            return Err(Failure::Usage(format!(
                "--max-ring 0: with no rings{no_chains} there is nothing to choose from; expected 2 or more{}",
                if reading.is_of_lists() { "" } else { ", or --max-chain L" }
            )));
        }
        if self.weights && self.count_last_donations {
            return Err(Failure::Usage(
                "--count-last-donations: it counts them as transplants, which --weights does not clear for; expected --objective transplants, or that and weight".into(),
            ));
        }
        let mut objectives: Vec<Aim> = Vec::new();
        for name in objective {
            let aim = Aim::named(&name.trim().to_lowercase()).ok_or_else(|| {
                Failure::Usage(format!(
                    "--objective {name:?}: within bounds expected transplants (or items), rings, weight or hard-to-match"
                ))
            })?;
            if objectives.contains(&aim) {
                return Err(Failure::Usage(format!(
                    "--objective: {} is named twice; expected each once",
                    aim.name()
                )));
            }
            objectives.push(aim);
        }
        if objectives.is_empty() {
            objectives.push(if self.weights { Aim::Weight } else { Aim::Transplants });
        }
        let hard_to_match = self.beside.hard_to_match(&objectives, reading)?;
        let last_donations_count = self.count_last_donations;
        let rules = Rules { max_ring, max_chain, objectives, last_donations_count, hard_to_match };
        rules.check(reading).map_err(Failure::Usage)?;
        Ok(rules)
    }
}

/// The value of an option that is a cap on rings: none has fewer than two.
pub(super) fn ring_cap(text: &str) -> Result<u32, String> {
    let cap = text.parse().ok().filter(|cap| *cap == 0 || (2..=MOST_CAP).contains(cap));
    cap.ok_or_else(|| format!("expected a whole number from 2 to {MOST_CAP}, or 0 for no rings"))
}

/// The value of an option that is a cap on chains.
pub(super) fn chain_cap(text: &str) -> Result<u32, String> {
    let cap = text.parse().ok().filter(|cap| (0..=MOST_CAP).contains(cap));
    cap.ok_or_else(|| format!("expected a whole number from 0, for no chains, to {MOST_CAP}"))
}

/// Clears within bounds.
pub(super) fn clear(
    bounds: &Bounds,
    file: &RoundFile,
    input: &Input,
    asked: &Asked<'_>,
) -> Result<(), Failure> {
    bounds.caps()?;
    let sources: Vec<&Path> = bounds.beside.paths().chain([file.file.as_path()]).collect();
    check_targets(&[("--output", asked.output), ("--report", asked.report)], &sources)?;
    let highs = asked.second_opinion.load()?;
    let started = asked.started;
    let mut progress = Progress::new(asked.quiet);
    progress.say("reading");
    let reading = bounds.beside.read(file, input)?;
    if !asked.quiet {
        notice::of_reading(&file.file, reading.notices.iter(), "--report OUT.html");
        for told in bounds.notices(file, &reading, bounds.caps()?.1) {
            notice(format_args!("bartizan: {}: {told}", file.file.display()));
        }
    }
    let rules = bounds.rules(&reading, asked.objective)?;
    let pool = Rules::pool(&reading);
    let read = started.elapsed();
    let levels = rules.levels(&reading);
    let listed = match highs {
        None => None,
        Some(highs) => Some((highs, listed(&pool, &rules, &levels)?)),
    };
    progress.say("clearing");
    let (found, is_interrupted) = until_interrupted(|stop| {
        let budget = Budget::new(bounds.budget()).until(stop);
        solve_levels(&pool, rules.caps(), &levels, budget, &mut |at, gain, bound| {
            let for_what = objective_name(rules.objectives[at], &reading);
            let (number, count) = (at + 1, rules.objectives.len());
            let which = if count > 1 { format!("objective {number} of {count}, ") } else { String::new() };
            progress.say(&format!("{which}{for_what}: {gain} found, at most {bound} possible"));
        })
    })?;
    let solved = started.elapsed();
    let told = document::document(&reading, rules, &pool, &found);
    if let Some(path) = asked.output {
        write_file(path, |out| write_document(out, &told))?;
    }
    if let Some(path) = asked.report {
        write_file(path, |mut out| page::exchange::write(&mut out, &reading, &told, &file.title()))?;
    }
    progress.finish();
    if asked.json {
        write_stdout(|out| write_document(out, &told))?;
    } else if !asked.quiet {
        let proof = proof_sentence(&told, (file, bounds), asked.output, why_open(&found));
        write_stdout(|out| {
            summary(out, &reading, &told, &format!("{proof}\n\n{} steps, {solved:.2?}", found.steps))
        })?;
    }
    if asked.timing {
        let (solve, write) = (solved.saturating_sub(read), started.elapsed().saturating_sub(solved));
        timing::tell(&[("read", read), ("solve", solve), ("write", write)], Some(found.steps));
    }
    check_interrupted(is_interrupted, told.proof.status == Status::Optimal)?;
    let Some((highs, program)) = listed else { return Ok(()) };
    let owns: Vec<Own> = told.proof.levels.iter().map(|level| own(level, &reading)).collect();
    highs.compare(
        &program,
        "rings and chains as columns",
        (&owns, solved.saturating_sub(read)),
        (asked.quiet, asked.json),
    )
}

/// Says that Ctrl-C ended a search early, if it did, once what it had found is told. Where that is proven, nothing was lost by it.
pub(super) fn check_interrupted(is_interrupted: bool, is_proven: bool) -> Result<(), Failure> {
    if is_interrupted && !is_proven {
        return Err(Failure::Interrupted("interrupted: the outcome is what was found until then".into()));
    }
    Ok(())
}

/// All rings and chains, for a second opinion.
fn listed(pool: &Pool, rules: &Rules, levels: &[Level]) -> Result<Program, Failure> {
    packing(pool, rules.caps(), levels, MOST_LISTED).ok_or_else(|| {
        Failure::Told(format!(
            "--highs: more than {MOST_LISTED} rings and chains within the bounds, too many to list them all for it"
        ))
    })
}

fn own(level: &LevelRecord, reading: &PoolReading) -> Own {
    let decimals = if level.objective == Aim::Weight { reading.weight_decimals } else { 0 };
    let name = level.objective.name().to_owned();
    Own { name, value: level.value, bound: level.bound, decimals, is_cost: false }
}

fn write_document(out: &mut dyn Write, document: &ExchangeDocument) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, document).map_err(std::io::Error::from)?;
    writeln!(out)
}

fn summary(
    out: &mut dyn Write,
    reading: &PoolReading,
    told: &ExchangeDocument,
    end: &str,
) -> std::io::Result<()> {
    let (rules, sum) = (&told.rules, &told.summary);
    let pairs = reading.pair_count();
    let arcs = count(reading.arcs.len(), "arc");
    if reading.is_of_lists() {
        let items = count(pairs, "item");
        writeln!(out, "{items}, {arcs} from who gives to who wants ({})", reading.format)?;
        writeln!(out, "rings of at most {}\n", rules.max_ring)?;
        writeln!(out, "items traded {} of {pairs}", sum.transplants)?;
        writeln!(out, "rings        {}{}", sum.rings, sizes(&sum.ring_sizes))?;
    } else {
        let altruists = count(reading.names.len() - pairs, "altruist");
        let pairs = count(pairs, "pair");
        writeln!(out, "{pairs}, {altruists}, {arcs} ({})", reading.format)?;
        let (ring, chain) = (rules.max_ring, rules.max_chain);
        writeln!(out, "rings of at most {ring}; chains that reach at most {chain}\n")?;
        writeln!(out, "transplants  {} of {pairs}", sum.transplants)?;
        if rules.last_donations_count {
            let last = count(sum.last_donations, "last donation");
            let all = sum.transplants + sum.last_donations;
            writeln!(out, "             and {last} outside the pool, {all} in all")?;
        }
        writeln!(out, "rings        {}{}", sum.rings, sizes(&sum.ring_sizes))?;
        writeln!(out, "chains       {}{}", sum.chains, sizes(&sum.chain_sizes))?;
    }
    for (list, what) in [(&told.chains, "chains"), (&told.rings, "rings")] {
        draw(out, list, what)?;
    }
    if rules.objectives != [Aim::Transplants] {
        writeln!(out)?;
        for &aim in &rules.objectives {
            let level = told.proof.levels.iter().find(|level| level.objective == aim);
            writeln!(
                out,
                "{}",
                level.map_or_else(
                    || format!("{}: open", objective_name(aim, reading)),
                    |level| level_sentence(level, reading)
                )
            )?;
        }
        if rules.objectives.contains(&Aim::HardToMatch) {
            writeln!(out, "(hard to match: {} in all)", rules.hard_to_match.len())?;
        }
    }
    writeln!(
        out,
        "\nmethod: branch and price over rings and chains; a bound on their length makes exchange NP-hard"
    )?;
    writeln!(out, "{end}")
}

/// The most rings, and chains, that are drawn.
const DRAWN: usize = 10;

/// Draws rings, each back to its first, or chains, from the gift to the last hand; the longest first.
fn draw(out: &mut dyn Write, lists: &[Vec<Step>], what: &str) -> std::io::Result<()> {
    if lists.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let mut longest: Vec<&Vec<Step>> = lists.iter().collect();
    longest.sort_by_key(|list| std::cmp::Reverse(list.len()));
    for list in longest.iter().take(DRAWN) {
        writeln!(out, "  {}", document::hands(list, what == "rings").join(" > "))?;
    }
    if lists.len() > DRAWN {
        writeln!(out, "  and {} more {what} (--output OUT.json writes all)", lists.len() - DRAWN)?;
    }
    Ok(())
}

/// What an objective is called in what was read: of want lists items trade.
pub(super) fn objective_name(aim: Aim, reading: &PoolReading) -> &'static str {
    match aim {
        Aim::Transplants if reading.is_of_lists() => "items",
        _ => aim.name(),
    }
}

/// What was reached of an objective, and whether that is proven.
fn level_sentence(level: &LevelRecord, reading: &PoolReading) -> String {
    let decimals = if level.objective == Aim::Weight { reading.weight_decimals } else { 0 };
    let (name, value) = (objective_name(level.objective, reading), decimal(level.value, decimals));
    if level.value == level.bound {
        format!("{name}: {value}, proven: no outcome is better")
    } else {
        format!("{name}: {value}, not proven: the best may be {}", decimal(level.bound, decimals))
    }
}

/// What more steps could do for what is left open.
pub(super) fn budget_sentence(is_out_of_budget: bool) -> &'static str {
    if is_out_of_budget {
        "a larger --budget can prove more"
    } else {
        "the search ended before its --budget, so that a larger one proves no more"
    }
}

/// Why something is left unproven.
fn why_open(found: &Leveled) -> &'static str {
    match found.stopped {
        Some(Stopped::Digits) => {
            "the values have more digits than their proof has room for, and a larger --budget proves no more"
        }
        Some(Stopped::Depth) => "cases nest too deep, and a larger --budget proves no more",
        Some(Stopped::Steps) | None => budget_sentence(true),
    }
}

/// How many there are of each size.
fn sizes(sizes: &[usize]) -> String {
    let groups =
        sizes.chunk_by(|one, other| one == other).map(|group| format!("{} of {}", group.len(), group[0]));
    let told = groups.collect::<Vec<_>>().join(", ");
    if told.is_empty() { told } else { format!(" ({told})") }
}

fn proof_sentence(
    told: &ExchangeDocument,
    (file, bounds): (&RoundFile, &Bounds),
    output: Option<&Path>,
    why_open: &str,
) -> String {
    let verdict = match told.proof.status {
        Status::Optimal => "optimal: nothing better exists".to_owned(),
        Status::Bounded => {
            let (bound, gap) = (told.proof.bound, told.proof.gap);
            format!("bounded: at most {bound}, {gap} more; {why_open}")
        }
    };
    let beside = bounds.beside.as_arguments();
    let file = file.as_argument();
    match output {
        Some(output) => format!("{verdict}. Check it: bartizan verify {file} {}{beside}", quoted(output)),
        None => format!(
            "{verdict}. Write it with --output OUT.json, check it with: bartizan verify {file} OUT.json{beside}"
        ),
    }
}

/// The document of bounded rings and chains, once it is checked, and the pool that it is of.
pub(super) fn checked(
    file: &RoundFile,
    beside: &PoolFiles,
    input: &Input,
    (path, told): (&Path, &Input),
) -> Result<(PoolReading, ExchangeDocument), Failure> {
    let reading = beside.read(file, input)?;
    let document: ExchangeDocument = crate::json::read(told).map_err(|error| Failure::at(path, error))?;
    let rules = &document.rules;
    if rules.hard_to_match != beside.hard_to_match(&rules.objectives, &reading)? {
        let told = match &beside.patients {
            Some(patients) => format!("others are hard to match by {}", patients.display()),
            None => "others are hard to match by the pool alone; if a file of patients told who is, name it: --patients FILE.dat".into(),
        };
        return Err(Failure::at(path, told));
    }
    document::check(&reading, &document).map_err(|error| Failure::at(path, error))?;
    Ok((reading, document))
}

/// What an outcome has to be made for.
pub(super) struct Insisted<'a> {
    /// Options with the bounds they insist on.
    pub(super) bounds: [(&'static str, Option<u32>); 2],
    /// Whether last donations have to count as transplants.
    pub(super) last_donations_count: bool,
    /// The objectives in their order; empty for any.
    pub(super) objectives: &'a [String],
}

/// Verifies a document of bounded rings and chains.
pub(super) fn verify(
    (file, input): (&RoundFile, &Input),
    beside: &PoolFiles,
    insisted: &Insisted<'_>,
    outcome: (&Path, &Input),
    quiet: bool,
) -> Result<(), Failure> {
    let (reading, document) = checked(file, beside, input, outcome)?;
    let bounds = [document.rules.max_ring, document.rules.max_chain];
    for ((option, expected), bound) in insisted.bounds.into_iter().zip(bounds) {
        if let Some(expected) = expected.filter(|&expected| expected != bound) {
            return Err(Failure::at(
                outcome.0,
                format_args!("cleared with {option} {bound}; expected {option} {expected}"),
            ));
        }
    }
    if insisted.last_donations_count && !document.rules.last_donations_count {
        return Err(Failure::at(
            outcome.0,
            "cleared without --count-last-donations; expected with --count-last-donations",
        ));
    }
    let made_for: Vec<&str> = document.rules.objectives.iter().map(|aim| aim.name()).collect();
    check_objectives(insisted.objectives, &made_for, outcome.0)?;
    if !quiet {
        write_stdout(|out| {
            let mut levels = document.proof.levels.iter();
            levels.try_for_each(|level| writeln!(out, "{}", level_sentence(level, &reading)))?;
            conventions(out, &document.rules, (&reading, beside))
        })?;
    }
    match document.proof.status {
        Status::Optimal => Ok(()),
        Status::Bounded => Err(Failure::at(outcome.0, "allowed, but not proven optimal")),
    }
}

/// What the document was made by, which the pool does not say.
fn conventions(
    out: &mut dyn Write,
    rules: &Rules,
    (reading, beside): (&PoolReading, &PoolFiles),
) -> std::io::Result<()> {
    let Rules { max_ring, max_chain, .. } = rules;
    let last = match (rules.last_donations_count, max_chain) {
        (true, _) => ", and whose last donations count as transplants",
        (false, 1..) => ", and whose last donations do not count",
        (false, 0) => "",
    };
    if reading.is_of_lists() {
        writeln!(out, "(rings of at most {max_ring})")?;
    } else {
        writeln!(out, "(rings of at most {max_ring}; chains that reach at most {max_chain}{last})")?;
    }
    if rules.objectives.contains(&Aim::HardToMatch) {
        let (count, how) = (rules.hard_to_match.len(), beside.how_hard());
        writeln!(out, "(hard to match: {count} in all, {how})")?;
    }
    Ok(())
}
