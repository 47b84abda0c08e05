//! `bartizan verify`: reads a round and an outcome, and says whether the outcome is allowed and proven.

use std::path::{Path, PathBuf};

use bartizan_engine::certificate::CertificateRecord;
use bartizan_engine::{Objective, Outcome, Round, verify};

use super::bundle;
use super::columns::plain;
use super::exchange;
use super::expected::{check_expected, check_objectives};
use super::mechanism;
use super::net;
use super::output::write_stdout;
use super::pool_files::PoolFiles;
use super::{Failure, RoundFile, count, quoted};
use crate::amount::{decimal, percent};
use crate::auction;
use crate::bundle::document as bundle_document;
use crate::document::{Status, format_of};
use crate::input::Input;
use crate::netting;
use crate::pool;
use crate::report::Clearing;
use crate::report::agree::contradiction;
use crate::report::fault::describe;
use crate::report::json::{self, OutcomeDocument};
use crate::report::resolve::resolve;
use crate::trust;
use crate::valuation;

/// Check that an outcome is allowed and that no better one exists
///
/// Takes a round and what `clear --output` wrote, or the input of `net`, `trust`, `value` or `auction` and what its `--output` wrote. Exits with 0 when every objective is proven optimal, or an auction keeps its rules, and with 1 when anything is wrong or open.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    round: RoundFile,
    /// The outcome, as written by `--output` of `clear`, `net`, `trust`, `value` or `auction`
    outcome: PathBuf,
    /// Insist that rings were bounded by so many pairs or items, and chains as --max-chain says: a proof for longer ones is refused, and one for shorter ones too
    #[arg(long, value_name = "K", value_parser = exchange::ring_cap)]
    max_ring: Option<u32>,
    /// Insist that chains were bounded to reach at most so many pairs after the altruist
    #[arg(long, value_name = "L", value_parser = exchange::chain_cap)]
    max_chain: Option<u32>,
    /// What --max-chain counts, as `clear` was told: pairs reached after the altruist, which is the default, or nodes, the altruist among them
    #[arg(long, value_enum, value_name = "WHAT", requires = "max_chain")]
    chain_cap_counts: Option<exchange::ChainCap>,
    /// Insist that the last donation of each chain was counted as a transplant more
    #[arg(long)]
    count_last_donations: bool,
    /// Insist that a round or pool was cleared, or obligations netted, for these objectives, in this order: what is best by others is refused
    #[arg(long, value_delimiter = ',', value_name = "OBJECTIVE,...")]
    objective: Vec<String>,
    /// Insist that obligations were netted with so much credit for each, as `net --credit` offers it: with 0, without any
    #[arg(long, value_name = "AMOUNT")]
    credit: Option<String>,
    /// Insist that there was so much of such credit in all, as `net --liquidity` says
    #[arg(long, value_name = "AMOUNT")]
    liquidity: Option<String>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    beside: PoolFiles,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let input = arguments.round.open()?;
    let told = Input::open(&arguments.outcome).map_err(|error| Failure::at(&arguments.outcome, error))?;
    let format = format_of(&told);
    check_order(arguments, format_of(&input).as_deref(), format.as_deref())?;
    check_kind(arguments, format.as_deref())?;
    let format = format.as_deref();
    if format.is_none_or(|format| !BY_THEMSELVES.contains(&format)) {
        check_expected(&arguments.round, &input, (&arguments.outcome, format))?;
    }
    check_options(arguments, format)?;
    match format {
        Some(auction::document::FORMAT) => verify_auction(arguments, &input, &told),
        Some(netting::document::FORMAT) => {
            let insisted = net::Insisted {
                objectives: &arguments.objective,
                credit: [("--credit", &arguments.credit), ("--liquidity", &arguments.liquidity)],
            };
            net::verify(
                (&arguments.round.file, &input),
                &insisted,
                (&arguments.outcome, &told),
                arguments.quiet,
            )
        }
        Some(trust::document::FORMAT) => verify_trust(arguments, &input, &told),
        Some(valuation::document::FORMAT) => verify_values(arguments, &input, &told),
        Some(pool::document::FORMAT) => {
            let told = (&*arguments.outcome, &told);
            let counts = arguments.chain_cap_counts;
            let max_chain = arguments.max_chain.map(|cap| exchange::pairs_reached(counts, cap));
            let insisted = exchange::Insisted {
                bounds: [("--max-ring", arguments.max_ring), ("--max-chain", max_chain)],
                last_donations_count: arguments.count_last_donations,
                objectives: &arguments.objective,
            };
            exchange::verify((&arguments.round, &input), &arguments.beside, &insisted, told, arguments.quiet)
        }
        Some(bundle_document::FORMAT) => {
            let told = (&*arguments.outcome, &told);
            bundle::verify(&arguments.round, &input, told, &arguments.objective, arguments.quiet)
        }
        _ => verify_round(arguments, &input, &told),
    }
}

/// Refuses options that insist on what outcomes of another kind are made by.
fn check_options(arguments: &Arguments, format: Option<&str>) -> Result<(), Failure> {
    if format != Some(pool::document::FORMAT) {
        arguments.beside.refuse(&arguments.outcome)?;
        if arguments.max_ring.or(arguments.max_chain).is_some() || arguments.count_last_donations {
            return Err(Failure::Usage(format!(
                "--max-ring, --max-chain, --count-last-donations: they are of bounded rings and chains, and {} is no outcome of such",
                arguments.outcome.display()
            )));
        }
    }
    if format != Some(netting::document::FORMAT) {
        let is_of_netting = arguments.credit.as_ref().or(arguments.liquidity.as_ref()).is_some();
        if is_of_netting {
            return Err(Failure::Usage(format!(
                "--credit, --liquidity: they are of what `net` makes, and {} is no outcome of that",
                arguments.outcome.display()
            )));
        }
        if format.is_some_and(|format| BY_THEMSELVES.contains(&format)) && !arguments.objective.is_empty() {
            return Err(Failure::Usage(format!(
                "--objective: it is of what `clear` and `net` make, and {} is no outcome of these",
                arguments.outcome.display()
            )));
        }
    }
    Ok(())
}

/// A share of what is sold in an auction that is told where it is paid to nobody.
const MUCH_LOST: f64 = 0.001;

/// What `format` says in outcomes of what is read by itself, and is neither round nor pool.
const BY_THEMSELVES: [&str; 4] = [
    auction::document::FORMAT,
    netting::document::FORMAT,
    trust::document::FORMAT,
    valuation::document::FORMAT,
];

/// What `format` says in outcomes.
const OUTCOMES: [&str; 7] = [
    json::FORMAT,
    auction::document::FORMAT,
    netting::document::FORMAT,
    trust::document::FORMAT,
    valuation::document::FORMAT,
    pool::document::FORMAT,
    bundle_document::FORMAT,
];

/// Refuses files that stand in each other's place.
fn check_order(arguments: &Arguments, input: Option<&str>, told: Option<&str>) -> Result<(), Failure> {
    let is_outcome = |format: Option<&str>| format.is_some_and(|format| OUTCOMES.contains(&format));
    if !is_outcome(input) || is_outcome(told) {
        return Ok(());
    }
    let [file, outcome] = [&arguments.round.file, &arguments.outcome];
    Err(Failure::Usage(format!(
        "{} is an outcome, and {} is none: expected what it is of first: bartizan verify {} {}",
        file.display(),
        outcome.display(),
        quoted(outcome),
        quoted(file)
    )))
}

/// Refuses a kind of round or pool where the outcome is of neither.
fn check_kind(arguments: &Arguments, format: Option<&str>) -> Result<(), Failure> {
    let of = [
        (auction::document::FORMAT, "auction"),
        (netting::document::FORMAT, "net"),
        (trust::document::FORMAT, "trust"),
        (valuation::document::FORMAT, "value"),
    ];
    match of.into_iter().find(|&(name, _)| format == Some(name)) {
        Some((_, command)) if arguments.round.kind.is_some() => Err(Failure::Usage(format!(
            "--kind: it is of rounds and pools, and {} is an outcome of `{command}`, which reads its input by itself",
            arguments.outcome.display()
        ))),
        _ => Ok(()),
    }
}

fn verify_round(arguments: &Arguments, input: &Input, told: &Input) -> Result<(), Failure> {
    let mut document = json::read(told).map_err(|error| Failure::at(&arguments.outcome, error))?;
    let mut reading = arguments.round.read(input)?;
    let asked = reading.round.objectives.clone();
    if let Some(record) = &document.mechanism {
        check_objectives::<&str>(&arguments.objective, &[], &arguments.outcome)?;
        return mechanism::verify(&reading, &document, record, &arguments.outcome, arguments.quiet);
    }
    let outcome = stated(&mut reading.round, &mut document, &arguments.outcome)?;
    if outcome.levels.is_empty() && !asked.is_empty() {
        return Err(Failure::at(&arguments.outcome, "it names no objective, so it proves nothing"));
    }
    verify(&reading.round, &outcome)
        .map_err(|fault| Failure::at(&arguments.outcome, describe(&reading.round, &outcome, &fault)))?;
    let told = |objective: Objective| match objective {
        Objective::Favor(user) => format!("favor={}", reading.round.users[user.0 as usize].name),
        _ => objective.name().to_owned(),
    };
    let made_for: Vec<String> = outcome.levels.iter().map(|level| told(level.objective)).collect();
    check_objectives(&arguments.objective, &made_for, &arguments.outcome)?;
    if let Some(contradiction) = contradiction(&Clearing::new(&reading, &outcome), &document) {
        return Err(Failure::at(&arguments.outcome, contradiction));
    }
    if !arguments.quiet {
        write_stdout(|out| {
            if reading.round.objectives != asked {
                let names: Vec<_> = asked.iter().map(|&objective| objective.name()).collect();
                writeln!(out, "(cleared for other objectives than the file asks for: {})", names.join(", "))?;
            }
            let mut is_open = false;
            for level in &outcome.levels {
                let (name, value) = (level.objective.name(), level.value);
                if is_open {
                    writeln!(out, "{name}: {value}, open: an objective before it is not proven")?;
                } else if level.is_proven() {
                    writeln!(out, "{name}: {value}, proven: no outcome is better")?;
                } else {
                    writeln!(out, "{name}: {value}, not proven: the best may be {}", level.bound)?;
                }
                is_open |= !level.is_proven();
            }
            Ok(())
        })?;
    }
    if outcome.is_optimal() {
        return Ok(());
    }
    Err(Failure::at(&arguments.outcome, "allowed, but not proven optimal"))
}

fn verify_auction(arguments: &Arguments, input: &Input, told: &Input) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::at(&arguments.outcome, error);
    let document =
        crate::json::read::<auction::document::Document<'_>>(told).map_err(|error| failed(&error))?;
    let stated = document.stated().map_err(|error| failed(&error))?;
    let reading = auction::read::read_stated(input, &stated)
        .map_err(|error| Failure::at(&arguments.round.file, error))?;
    let report = auction::check::check(&reading, &document).map_err(|error| failed(&error))?;
    let summary = document.summary;
    let beaten = summary.share(summary.beaten.volume);
    if report.unaccounted > 0.0 {
        return Err(failed(&format_args!(
            "the prices beat the limits of {} that are not filled, by more than rounding explains: {beaten} of what they would fill",
            count(summary.beaten.offers, "offer")
        )));
    }
    if !arguments.quiet {
        write_stdout(|out| {
            writeln!(
                out,
                "{} filled at one price for each asset, none below its limit, and nothing paid out that was not sold",
                count(report.whole + report.in_part, "offer"),
            )?;
            let at_limit = summary.share(summary.at_limit.volume);
            let near = match summary.tolerance {
                0.0 => "exactly at".to_owned(),
                tolerance => format!("within {} of", percent(tolerance)),
            };
            writeln!(
                out,
                "of what the prices would fill, unfilled: {beaten} of offers whose limit they beat, no more than whole units may ask for; {at_limit} of offers whose limit is {near} the prices, which may stay"
            )?;
            let lost = report.remainder / report.volume.max(f64::MIN_POSITIVE);
            if lost >= MUCH_LOST {
                writeln!(
                    out,
                    "{} of what is sold is paid to nobody: whole units are worth less than was paid for them",
                    percent(lost)
                )?;
            }
            let stated =
                document.prices.iter().filter_map(|price| Some((plain(&price.asset), price.stated?)));
            let stated: Vec<String> = stated.map(|(asset, decimals)| format!("{asset}={decimals}")).collect();
            if !stated.is_empty() {
                writeln!(out, "(with decimals as stated: {})", stated.join(", "))?;
            }
            let left_out = summary.left_out;
            if document.left_out.is_empty() {
                return Ok(());
            }
            writeln!(
                out,
                "{} left out for a minimum; prices beat the limits of {} of them: {} of what they would fill",
                count(document.left_out.len(), "offer"),
                left_out.offers,
                summary.share(left_out.volume)
            )
        })?;
    }
    Ok(())
}

fn verify_values(arguments: &Arguments, input: &Input, told: &Input) -> Result<(), Failure> {
    let reading =
        valuation::read::read(input, true).map_err(|error| Failure::at(&arguments.round.file, error))?;
    let failed = |error: &dyn std::fmt::Display| Failure::at(&arguments.outcome, error);
    let document = valuation::document::Document::read(told).map_err(|error| failed(&error))?;
    let found = valuation::check::check(&reading, &document).map_err(|error| failed(&error))?;
    if arguments.quiet {
        return Ok(());
    }
    write_stdout(|out| {
        for (method, conditions) in found {
            for condition in conditions {
                let (found, most) = (condition.found, condition.most);
                writeln!(out, "{method}: {}: {found:.1e}, at most {most:.0e}", condition.name)?;
            }
        }
        Ok(())
    })
}

fn verify_trust(arguments: &Arguments, input: &Input, told: &Input) -> Result<(), Failure> {
    let network = trust::read::read(input).map_err(|error| Failure::at(&arguments.round.file, error))?;
    let failed = |error: &dyn std::fmt::Display| Failure::at(&arguments.outcome, error);
    let document =
        crate::json::read::<trust::document::Document<'_>>(told).map_err(|error| failed(&error))?;
    trust::check::check(&network, &document).map_err(|error| failed(&error))?;
    let shown = |amount: i64| decimal(amount, network.decimals);
    let (moved, bound) = (shown(document.summary.moved), shown(document.summary.bound));
    let question = &document.question;
    let short = question.amount.filter(|&amount| document.summary.moved < amount);
    let moved = short.map_or(moved.clone(), |amount| format!("{moved} of the {} asked for", shown(amount)));
    if document.proof.status != Status::Optimal {
        return Err(failed(&format_args!(
            "{moved} moves, and it is proven only that no more than {bound} can"
        )));
    }
    if !arguments.quiet {
        let cheapest =
            if document.summary.cheapest { format!(", and {}", network.cheapest()) } else { String::new() };
        let hops = question.max_hops.map_or(String::new(), |hops| format!(" in at most {hops} steps"));
        let is_all = question.amount.is_some() && short.is_none();
        let proven = if is_all { "all that was asked for" } else { "no more can" };
        write_stdout(|out| writeln!(out, "{moved} moves{hops}, proven: {proven}{cheapest}"))?;
    }
    Ok(())
}

/// Reads the outcome of `round` from `input`, the file at `path`; the round then has the objectives that
/// the outcome names.
pub(super) fn read_outcome<'a>(
    round: &mut Round<'_>,
    input: &'a Input,
    path: &Path,
) -> Result<(Outcome, OutcomeDocument<'a, CertificateRecord<'a>>), Failure> {
    let mut document: OutcomeDocument<'a, CertificateRecord<'a>> =
        json::read(input).map_err(|error| Failure::at(path, error))?;
    if let Some(record) = &document.mechanism {
        return Err(Failure::at(
            path,
            format_args!(
                "made by the mechanism {}, whose rule is why: what is explained is an optimum, as clear writes it without --mechanism",
                record.name
            ),
        ));
    }
    let outcome = stated(round, &mut document, path)?;
    Ok((outcome, document))
}

/// The outcome that a document states of `round`, which then has its objectives.
fn stated(
    round: &mut Round<'_>,
    document: &mut OutcomeDocument<'_, CertificateRecord<'_>>,
    path: &Path,
) -> Result<Outcome, Failure> {
    let outcome = resolve(round, document).map_err(|error| Failure::at(path, error))?;
    round.objectives = outcome.levels.iter().map(|level| level.objective).collect();
    Ok(outcome)
}
