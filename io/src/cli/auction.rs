//! `bartizan auction`: reads offers, finds one price for each asset, fills the offers at it, and shows or writes what came of it.

use std::path::PathBuf;

use bartizan_solver::auction;
use bartizan_solver::certify::auction as certify;

use super::notice::notice;
use super::output::{check_targets, write_file, write_stdout};
use super::progress::Progress;
use super::{Failure, quoted};
use crate::auction::document::{Document, Summary};
use crate::auction::offers::Reading;
use crate::auction::read;
use crate::auction::stated::{Stated, Statement};
use crate::input::Input;
use crate::json::nearest;

/// Hold a batch auction over many assets, at one price for each
///
/// Reads offers to sell one asset for another: CSV with a header (`sells,buys,amount,at_least`, and if wanted `minimum` and `id`), JSON Lines with the same fields, or an instance of Gnosis or
/// CoW Protocol. `at_least` is what is asked for all of the `amount`: the limit of an offer is the rate `at_least` / `amount`, in units of what it buys for one of what it sells. An offer whose
/// limit the prices beat is filled, one at its limit in part or not at all, one whose limit they miss not at all. Of no asset more is paid out than was sold.
///
/// An asset has as many digits behind the point as any amount of it in the file is written with: `35.00` has hundredths, and bikes that are written `1.0` are sold in tenths. --decimals says
/// otherwise. `bartizan verify FILE OUT.json` checks the result, and needs not be told that again.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The offers; `-` for standard input
    file: PathBuf,
    /// How many digits behind the point assets have, 0 to 18, instead of as many as their amounts are written with: of all, or of those named; 0 for what is sold whole
    #[arg(long, value_name = "N|ASSET=N,...", value_delimiter = ',', allow_negative_numbers = true, value_parser = Statement::read)]
    decimals: Vec<Statement>,
    /// Write prices, fills and figures to this file, as JSON
    #[arg(long, value_name = "OUT.json")]
    output: Option<PathBuf>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    check_targets(&[("--output", arguments.output.as_deref())], &[&arguments.file])?;
    let mut progress = Progress::new(arguments.quiet);
    progress.say("reading");
    let failed = |error: &dyn std::fmt::Display| Failure::at(&arguments.file, error);
    let input = Input::open(&arguments.file).map_err(|error| failed(&error))?;
    let stated = Stated::new(arguments.decimals.iter().cloned())
        .map_err(|told| Failure::Usage(format!("--decimals: {told}")))?;
    let reading = read::read_stated(&input, &stated).map_err(|error| failed(&error))?;
    check_names(&stated, &reading)?;
    progress.say("finding prices");
    let assets = reading.assets.len();
    let outcome = auction::clear(assets, &reading.offers).expect("what is read are sound offers");
    let report = certify::check(assets, &reading.offers, &outcome).expect("the solver finds sound outcomes");
    progress.say("writing");
    let document = Document::new(&reading, &outcome, &report);
    if let Some(path) = &arguments.output {
        write_file(path, |out| document.write(out))?;
    }
    progress.finish();
    if !arguments.quiet {
        for told in &reading.notices {
            notice(format_args!("bartizan: {}: {told}", arguments.file.display()));
        }
        if report.unaccounted > 0.0 {
            notice(
                "bartizan: prices beat the limits of more unfilled offers than rounding explains: `verify` does not accept it",
            );
        }
        print(arguments, &reading, &document)?;
    }
    Ok(())
}

/// Refuses what is stated of assets that the file has not.
fn check_names(stated: &Stated, reading: &Reading) -> Result<(), Failure> {
    let names: Vec<&str> = reading.assets.iter().map(|asset| &*asset.name).collect();
    let Some(unknown) = stated.names().find(|name| !names.contains(name)) else { return Ok(()) };
    let near = nearest(unknown, &names).map_or(String::new(), |near| format!("; did you mean {near:?}?"));
    Err(Failure::Usage(format!("--decimals: the file has no asset {unknown:?}{near}")))
}

/// The most prices that are printed.
const MOST_PRICES: usize = 20;

fn print(arguments: &Arguments, reading: &Reading, document: &Document<'_>) -> Result<(), Failure> {
    let Summary { offers, assets, whole, in_part, unfilled, volume, tolerance, at_limit, beaten, left_out } =
        document.summary;
    let first = reading.assets.first().map_or("", |asset| &asset.name);
    let decimals = |number: usize| reading.assets[number].decimals;
    let share = |part: f64| document.summary.share(part);
    write_stdout(|out| {
        writeln!(
            out,
            "Offers   {offers} of {assets} assets: {whole} filled as a whole, {in_part} in part, {unfilled} not"
        )?;
        if assets > 0 {
            let volume = volume * 10_f64.powi(-decimals(0));
            writeln!(out, "Volume   {volume:.6} {first}, at the prices")?;
        }
        for (number, price) in document.prices.iter().enumerate().take(MOST_PRICES) {
            let scale = decimals(number) - decimals(0);
            let worth = price.price / document.prices[0].price * 10_f64.powi(scale);
            let rest = reading.shown(number as u32, price.remainder);
            writeln!(out, "  {}: {worth:.9} {first}, {rest} left by rounding", price.asset)?;
        }
        if assets > MOST_PRICES {
            writeln!(out, "  and {} more", assets - MOST_PRICES)?;
        }
        writeln!(
            out,
            "At limit {} offers within {tolerance:.1e} of it are not filled, or in part: {:.6}% of what prices would fill",
            at_limit.offers,
            share(at_limit.volume)
        )?;
        writeln!(
            out,
            "Beaten   {} offers are not filled though prices beat their limit: {:.6}% of it",
            beaten.offers,
            share(beaten.volume)
        )?;
        if !document.left_out.is_empty() {
            writeln!(
                out,
                "Minimum  {} offers are left out for it, of which prices beat {}: {:.6}% of it",
                document.left_out.len(),
                left_out.offers,
                share(left_out.volume)
            )?;
        }
        match &arguments.output {
            Some(path) => {
                writeln!(out, "Check it: bartizan verify {} {}", quoted(&arguments.file), quoted(path))
            }
            None => writeln!(out, "(--output OUT.json writes prices and fills)"),
        }
    })
}
