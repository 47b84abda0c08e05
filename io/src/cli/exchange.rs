//! The bounded form of `bartizan clear` and `bartizan verify`: pools, and wants lists with a cap on rings.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use bartizan_solver::exchange::solve_levels;
use clap::ValueEnum;

use super::notice::notice;
use super::output::{check_targets, write_file, write_stdout};
use super::progress::Progress;
use super::{Failure, RoundFile, quoted};
use crate::amount::decimal;
use crate::document::Status;
use crate::input::Input;
use crate::pool::document::{self, ExchangeDocument, LevelRecord, Step};
use crate::pool::rules::{self, Aim, Rules};
use crate::pool::{PoolReading, read_patients, round};

/// How a pool is read and how long rings and chains may be.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Bounded rings and chains; of bundles --budget alone")]
pub(super) struct Bounds {
    /// Rings of at most so many pairs or items; with it any round is cleared for the most trades within the bounds
    #[arg(long, value_name = "K")]
    max_ring: Option<u32>,
    /// Chains from an altruist that reach at most so many pairs
    #[arg(long, value_name = "L", default_value_t = 0)]
    max_chain: u32,
    /// What --max-chain counts: pairs reached after the altruist, or nodes, the altruist among them
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = ChainCap::Pairs)]
    chain_cap_counts: ChainCap,
    /// Count the last donation of each chain, to somebody outside the pool, as a transplant more
    #[arg(long)]
    count_last_donations: bool,
    /// Clear for the greatest sum of weights instead of the most transplants: --objective weight
    #[arg(long, conflicts_with_all = ["count_last_donations", "objective"])]
    weights: bool,
    /// Who the pairs are: a pool's .dat file. Hard to match are then patients of a cPRA of 80 and more, else the quarter of pairs to whom the fewest can give
    #[arg(long, value_name = "FILE.dat")]
    patients: Option<PathBuf>,
    /// How much to look at before giving up a proof, by default for a minute or so; the outcome depends on it and not on time
    #[arg(long, value_name = "STEPS", default_value_t = 60_000_000_000)]
    budget: u64,
    #[command(flatten)]
    second: SecondFile,
}

/// The file of altruists that some pools have beside them.
#[derive(Debug, clap::Args)]
pub(super) struct SecondFile {
    /// The altruists of an .input file: its .ndds file
    #[arg(long, value_name = "FILE.ndds")]
    altruists: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ChainCap {
    /// Pairs reached after the altruist
    Pairs,
    /// Nodes, the altruist among them
    Nodes,
}

/// What `clear` is asked for besides.
pub(super) struct Asked<'a> {
    pub(super) objective: &'a [String],
    pub(super) output: Option<&'a std::path::Path>,
    pub(super) json: bool,
    pub(super) quiet: bool,
    pub(super) timing: bool,
}

impl Bounds {
    /// Whether this is the bounded form: because it is asked for, or because only a pool has it.
    pub(super) fn apply(&self, file: &RoundFile, input: &Input) -> bool {
        self.max_ring.is_some() || self.second.altruists.is_some() || file.pool_format(input).is_some()
    }

    /// What somebody may have overlooked.
    fn notices(&self, file: &RoundFile, reading: &PoolReading) -> Vec<String> {
        let mut told = Vec::new();
        let beside = file.file.with_extension("ndds");
        if reading.format == "input" && self.second.altruists.is_none() && beside.exists() {
            told.push(format!("its altruists are not read: --altruists {} reads them", quoted(&beside)));
        }
        if self.max_chain == 0 && reading.is_altruist.contains(&true) {
            told.push("it has altruists, and no chain starts from them without --max-chain L".to_owned());
        }
        if reading.arcs.is_empty() {
            told.push(format!(
                "read as {}, nobody in it can give to anybody; --kind says what it is",
                reading.format
            ));
        }
        told
    }

    /// How much to look at before giving up a proof.
    pub(super) fn budget(&self) -> u64 {
        self.budget
    }

    /// Whether rings are to be bounded.
    pub(super) fn has_max_ring(&self) -> bool {
        self.max_ring.is_some()
    }

    /// The most nodes of a ring, and the most pairs that a chain reaches.
    fn caps(&self) -> Result<(u32, u32), Failure> {
        let max_ring = self.max_ring.ok_or_else(|| {
            Failure::Usage("a pool needs --max-ring K, and --max-chain L where it has altruists".into())
        })?;
        let max_chain = match self.chain_cap_counts {
            ChainCap::Pairs => self.max_chain,
            ChainCap::Nodes => self.max_chain.saturating_sub(1),
        };
        for (option, value) in [("--max-ring", max_ring), ("--max-chain", max_chain)] {
            if value > MOST_CAP {
                return Err(Failure::Usage(format!("{option}: at most {MOST_CAP}")));
            }
        }
        Ok((max_ring, max_chain))
    }

    fn rules(&self, reading: &PoolReading, objective: &[String]) -> Result<Rules, Failure> {
        let (max_ring, max_chain) = self.caps()?;
        let mut objectives: Vec<Aim> = Vec::new();
        for name in objective {
            let aim = Aim::named(name).ok_or_else(|| {
                Failure::Usage(format!(
                    "--objective {name:?}: within bounds expected transplants (or items), rings, weight or hard-to-match"
                ))
            })?;
            if !objectives.contains(&aim) {
                objectives.push(aim);
            }
        }
        if objectives.is_empty() {
            objectives.push(if self.weights { Aim::Weight } else { Aim::Transplants });
        }
        let hard_to_match = match (&self.patients, objectives.contains(&Aim::HardToMatch)) {
            (_, false) => Vec::new(),
            (None, true) => rules::hard_to_match(reading),
            (Some(path), true) => hard_to_match(path, reading)?,
        };
        let last_donations_count = self.count_last_donations;
        let rules = Rules { max_ring, max_chain, objectives, last_donations_count, hard_to_match };
        rules.check(reading).map_err(Failure::Usage)?;
        Ok(rules)
    }
}

/// Patients of a cPRA of at least that are hard to match, in hundred-thousandths.
const HARD: u32 = 80_000;

/// The pairs of a pool whose patients are hard to match, from 1.
fn hard_to_match(path: &Path, reading: &PoolReading) -> Result<Vec<u32>, Failure> {
    let input = Input::open(path).map_err(|error| Failure::at(path, error))?;
    let patients = read_patients(&input).map_err(|error| Failure::at(path, error))?;
    if patients.len() != reading.names.len() {
        let (told, expected) = (patients.len(), reading.names.len());
        return Err(Failure::at(
            path,
            format!("{told} patients; expected one for each of the pool's {expected} nodes"),
        ));
    }
    let nodes = patients.iter().zip(&reading.is_altruist).zip(1..);
    Ok(nodes
        .filter(|((patient, is_altruist), _)| !**is_altruist && patient.cpra >= HARD)
        .map(|(_, node)| node)
        .collect())
}

/// Longer rings and chains are not looked for.
const MOST_CAP: u32 = 64;

/// Reads a pool, or a round as one.
fn read(file: &RoundFile, second: &SecondFile, input: &Input) -> Result<PoolReading, Failure> {
    let altruists =
        second.altruists.as_ref().map(|path| Input::open(path).map_err(|error| Failure::at(path, error)));
    let altruists = altruists.transpose()?;
    if let Some(format) = file.pool_format(input) {
        return (format.read)(input, altruists.as_deref()).map_err(|error| Failure::at(&file.file, error));
    }
    if altruists.is_some() {
        return Err(Failure::Usage(
            "--altruists: only a pool in .input form has them in a file of their own".into(),
        ));
    }
    let reading = file.read(input)?;
    round::pool(&reading.round, reading.format).map_err(|error| Failure::at(&file.file, error))
}

/// Clears within bounds.
pub(super) fn clear(
    bounds: &Bounds,
    file: &RoundFile,
    input: &Input,
    asked: &Asked<'_>,
) -> Result<(), Failure> {
    bounds.caps()?;
    let sources = [Some(file.file.as_path()), bounds.second.altruists.as_deref(), bounds.patients.as_deref()];
    check_targets(&[("--output", asked.output)], &sources.iter().flatten().copied().collect::<Vec<_>>())?;
    let started = Instant::now();
    let mut progress = Progress::new(asked.quiet);
    progress.say("reading");
    let reading = read(file, &bounds.second, input)?;
    if !asked.quiet {
        let own = bounds.notices(file, &reading);
        for told in reading.notices.iter().chain(&own) {
            notice(format_args!("bartizan: {}: {told}", file.file.display()));
        }
    }
    let rules = bounds.rules(&reading, asked.objective)?;
    let pool = Rules::pool(&reading);
    let read = started.elapsed();
    let levels = rules.levels(&reading);
    let found = solve_levels(&pool, rules.caps(), &levels, bounds.budget, &mut |at, gain, bound| {
        let for_what = rules.objectives[at].name();
        progress.say(&format!("{for_what}: {gain} found, at most {bound} possible"));
    });
    let solved = started.elapsed();
    let told = document::document(&reading, rules, &pool, &found);
    if let Some(path) = asked.output {
        write_file(path, |out| write_document(out, &told))?;
    }
    progress.finish();
    if asked.json {
        write_stdout(|out| write_document(out, &told))?;
    } else if !asked.quiet {
        let proof = proof_sentence(&told, file, bounds, asked.output);
        write_stdout(|out| {
            summary(out, &reading, &told, &format!("{proof}\n\n{} steps, {solved:.2?}", found.steps))
        })?;
    }
    if asked.timing {
        notice(format_args!(
            "{{\"read_s\":{:.6},\"solve_s\":{:.6},\"write_s\":{:.6},\"steps\":{}}}",
            read.as_secs_f64(),
            solved.saturating_sub(read).as_secs_f64(),
            started.elapsed().saturating_sub(solved).as_secs_f64(),
            found.steps
        ));
    }
    Ok(())
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
    let pairs = reading.pair_count();
    let altruists = reading.names.len() - pairs;
    writeln!(out, "{pairs} pairs, {altruists} altruists, {} arcs ({})", reading.arcs.len(), reading.format)?;
    let rules = &told.rules;
    writeln!(out, "rings of at most {}; chains that reach at most {}\n", rules.max_ring, rules.max_chain)?;
    let sum = &told.summary;
    writeln!(out, "transplants  {} of {pairs} pairs", sum.transplants)?;
    if rules.last_donations_count {
        writeln!(out, "             and {} last donations outside the pool", sum.last_donations)?;
    }
    writeln!(out, "rings        {}{}", sum.rings, sizes(&sum.ring_sizes))?;
    writeln!(out, "chains       {}{}", sum.chains, sizes(&sum.chain_sizes))?;
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
                level.map_or_else(|| format!("{}: open", aim.name()), |level| level_sentence(level, reading))
            )?;
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
        let back = (what == "rings").then(|| &list[0]);
        let names: Vec<&str> = list.iter().chain(back).map(|step| &*step.name).collect();
        writeln!(out, "  {}", names.join(" > "))?;
    }
    if lists.len() > DRAWN {
        writeln!(out, "  and {} more {what} (--output OUT.json writes all)", lists.len() - DRAWN)?;
    }
    Ok(())
}

/// What was reached of an objective, and whether that is proven.
fn level_sentence(level: &LevelRecord, reading: &PoolReading) -> String {
    let decimals = if level.objective == Aim::Weight { reading.weight_decimals } else { 0 };
    let (name, value) = (level.objective.name(), decimal(level.value, decimals));
    if level.value == level.bound {
        format!("{name}: {value}, proven: no outcome is better")
    } else {
        format!("{name}: {value}, not proven: the best may be {}", decimal(level.bound, decimals))
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
    file: &RoundFile,
    bounds: &Bounds,
    output: Option<&std::path::Path>,
) -> String {
    let verdict = match told.proof.status {
        Status::Optimal => "optimal: nothing better exists".to_owned(),
        Status::Bounded => format!(
            "bounded: at most {}, {} more; a larger --budget can prove more",
            told.proof.bound, told.proof.gap
        ),
    };
    let altruists = bounds.second.altruists.as_ref();
    let altruists = altruists.map_or(String::new(), |path| format!(" --altruists {}", quoted(path)));
    let file = file.as_argument();
    match output {
        Some(output) => format!("{verdict}. Check it: bartizan verify {file} {}{altruists}", quoted(output)),
        None => format!(
            "{verdict}. Write it with --output OUT.json, check it with: bartizan verify {file} OUT.json{altruists}"
        ),
    }
}

/// The document of bounded rings and chains, once it is checked, and the pool that it is of.
pub(super) fn checked(
    file: &RoundFile,
    second: &SecondFile,
    input: &Input,
    (path, told): (&Path, &Input),
) -> Result<(PoolReading, ExchangeDocument), Failure> {
    let reading = read(file, second, input)?;
    let document: ExchangeDocument = crate::json::read(told).map_err(|error| Failure::at(path, error))?;
    if document.rules.max_ring.max(document.rules.max_chain) > MOST_CAP {
        return Err(Failure::at(path, format!("a ring or chain of more than {MOST_CAP}")));
    }
    document::check(&reading, &document).map_err(|error| Failure::at(path, error))?;
    Ok((reading, document))
}

/// Verifies a document of bounded rings and chains.
pub(super) fn verify(
    file: &RoundFile,
    second: &SecondFile,
    input: &Input,
    outcome: (&Path, &Input),
    quiet: bool,
) -> Result<(), Failure> {
    let (reading, document) = checked(file, second, input, outcome)?;
    if !quiet {
        write_stdout(|out| {
            let mut levels = document.proof.levels.iter();
            levels.try_for_each(|level| writeln!(out, "{}", level_sentence(level, &reading)))?;
            let Rules { max_ring, max_chain, .. } = &document.rules;
            writeln!(out, "(rings of at most {max_ring}; chains that reach at most {max_chain})")
        })?;
    }
    match document.proof.status {
        Status::Optimal => Ok(()),
        Status::Bounded => Err(Failure::at(outcome.0, "allowed, but not proven optimal")),
    }
}
