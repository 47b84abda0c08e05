//! `bartizan replay-log`: a realm's log run again under other rules, beside what happened.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bartizan_engine::ledger::units::{AssetId, Sequence};
use bartizan_engine::realm::Realm;

use super::Failure;
use super::output::{check_targets, is_standard, write_file, write_stdout};
use super::progress::Progress;
use super::schema;
use crate::input::Input;
use crate::journal::Directory;
use crate::what_if::comparison::Comparison;
use crate::what_if::rules::Rules;
use crate::what_if::{chart, json, run as two_realms, text};

/// How many commands pass between two words about progress.
const STRIDE: u64 = 4096;

/// Run a realm's log again under other rules, and show who gains and who loses
///
/// RULES.json says what changes, as in `{"markets": {"all": {"fees": {"taker_ppm": 2000}}, "2": {"mechanism": {"FrequentCall": {"every":
/// 1000000000}}}}}`; `--schema` tells all of it. Everybody sends what they sent; the log is not changed.
#[derive(Debug, clap::Args)]
#[allow(clippy::struct_excessive_bools)] // each is one option of its own
pub(super) struct Arguments {
    /// The realm's directory
    #[arg(required_unless_present = "schema")]
    data: Option<PathBuf>,
    /// The other rules
    #[arg(long, value_name = "RULES.json", required_unless_present = "schema")]
    with: Option<PathBuf>,
    /// The first command under other rules, counted from 1
    #[arg(long, value_name = "SEQUENCE", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    from: u64,
    /// Tell wealth in this asset, by number or name; else in that in which most money changed hands
    #[arg(long = "in", value_name = "ASSET")]
    money: Option<String>,
    /// Clear rounds of barter anew that have other offers under the other rules, with this program's solver and for the same objectives, in place of the first
    /// proposal that was taken; else the log's proposals are fitted to the offers that are there, where they can be
    #[arg(long)]
    solve: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Draw who gains and loses, and how equal wealth is; `-` for standard output, in place of the table
    #[arg(long, value_name = "OUT.svg")]
    chart: Option<PathBuf>,
    /// Print the JSON Schema of RULES.json, and do nothing else
    #[arg(long)]
    schema: bool,
    /// Show no progress
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match (&arguments.data, &arguments.with) {
        (Some(data), Some(rules)) if !arguments.schema => compare(arguments, data, rules),
        _ => schema::print_rules(),
    }
}

fn compare(arguments: &Arguments, data: &Path, rules_file: &Path) -> Result<(), Failure> {
    check_targets(&[("--chart", arguments.chart.as_deref())], &[rules_file])?;
    let failed = |error: &dyn std::fmt::Display| Failure::at(data, error);
    let input = Input::open(rules_file).map_err(|error| Failure::at(rules_file, error))?;
    let rules = Rules::read(&input).map_err(|error| Failure::at(rules_file, error))?;
    let storage = Arc::new(Directory::open_to_read(data).map_err(|error| failed(&error))?);
    let mut progress = Progress::new(arguments.quiet);
    let (from, solve) = (Sequence(arguments.from), arguments.solve);
    let ran = two_realms::run(storage, &rules, from, solve, |sequence| {
        if sequence.0 % STRIDE == 0 {
            progress.say(&format!("{} commands", sequence.0));
        }
    });
    progress.finish();
    let outcomes = ran.map_err(|error| match error {
        two_realms::RunError::UnknownMarket { .. } => Failure::at(rules_file, error),
        _ => failed(&error),
    })?;
    let money = arguments.money.as_deref().map(|named| asset(&outcomes.baseline.realm, named));
    let comparison = Comparison::of(outcomes, money.transpose()?).map_err(|error| failed(&error))?;
    if let Some(path) = &arguments.chart {
        write_file(path, |out| chart::write(out, &comparison))?;
    }
    if arguments.chart.as_deref().is_some_and(is_standard) {
        return Ok(());
    }
    if arguments.json {
        let told = json::document(&comparison, &rules);
        return write_stdout(|out| writeln!(out, "{told}"));
    }
    let lines = text::lines(&comparison);
    write_stdout(|out| lines.iter().try_for_each(|line| writeln!(out, "{line}")))
}

/// The asset of a number, or else the one of a name.
fn asset(realm: &Realm, named: &str) -> Result<AssetId, Failure> {
    let by_number = named.parse().ok().map(AssetId).filter(|&asset| realm.ledger().asset(asset).is_some());
    if let Some(asset) = by_number {
        return Ok(asset);
    }
    let mut by_name = realm.ledger().assets().filter(|(_, asset)| asset.name == named);
    match (by_name.next(), by_name.next()) {
        (Some((asset, _)), None) => Ok(asset),
        (Some((asset, _)), Some((second, _))) => Err(Failure::Told(format!(
            "--in {named}: assets {} and {} are both called so; say a number",
            asset.0, second.0
        ))),
        (None, _) => {
            let count = realm.ledger().assets().count();
            Err(Failure::Told(format!(
                "--in {named}: none of the log's {count} assets has this number or name"
            )))
        }
    }
}
