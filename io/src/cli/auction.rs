//! `bartizan auction`: reads offers, finds one price for each asset, fills the offers at it, and shows or writes what came of it.

use std::io::{self, Write};
use std::path::PathBuf;

use bartizan_solver::auction;
use bartizan_solver::certify::auction as certify;

use super::columns::{columns, plain};
use super::notice::notice;
use super::output::{check_targets, write_file, write_stdout};
use super::progress::Progress;
use super::{Failure, count, quoted};
use crate::amount::{figure, percent};
use crate::auction::document::{Document, Price, Unfilled};
use crate::auction::offers::Reading;
use crate::auction::read;
use crate::auction::stated::{Stated, Statement};
use crate::input::Input;
use crate::json::nearest;

/// Hold a batch auction over many assets, at one price for each
///
/// Reads offers to sell one asset for another: CSV with a header (`sells,buys,amount,at_least`, and if wanted `minimum`, the least of the amount to sell if anything, and `id`), JSON Lines with the same fields, or an instance of Gnosis or
/// CoW Protocol. `at_least` is what is asked for all of the `amount`: the limit of an offer is the rate `at_least` / `amount`, in units of what it buys for one of what it sells. An offer whose
/// limit the prices beat is filled, one at its limit in part or not at all, one whose limit they miss not at all. Of no asset more is paid out than was sold.
///
/// An offer of which less than its minimum would be sold is left out, and prices are found again without it. Whole goods have no prices at which all fits: what is then left
/// of offers whose limit the prices beat is told, is small where many units trade, and may be much in a market of a few.
///
/// An asset has as many digits behind the point as any amount of it in the file is written with: `35.00` has hundredths, and bikes that are written `1.0` are sold in tenths. --decimals says
/// otherwise.
///
/// Prices are told in the first asset that trades; what nothing of traded has none. What the prices would fill is what they do, and what is unfilled of offers whose limit they do not miss. `bartizan verify FILE OUT.json` checks the result, and needs not be told that again. Exits with 1 where `verify` would not accept it.
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
        print(arguments, &reading, &document)?;
    }
    if report.unaccounted > 0.0 {
        return Err(failed(
            &"the prices beat the limits of more unfilled offers than rounding explains: `verify` does not accept it",
        ));
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

/// The digits of prices that are printed.
const DIGITS: u32 = 6;

fn print(arguments: &Arguments, reading: &Reading, document: &Document<'_>) -> Result<(), Failure> {
    let summary = &document.summary;
    write_stdout(|out| {
        writeln!(
            out,
            "Offers   {} of {}: {} filled as a whole, {} in part, {} not",
            summary.offers,
            count(summary.assets, "asset"),
            summary.whole,
            summary.in_part,
            summary.unfilled
        )?;
        print_prices(out, reading, document)?;
        print_unfilled(out, document)?;
        match &arguments.output {
            Some(path) => {
                writeln!(out, "Check it: bartizan verify {} {}", quoted(&arguments.file), quoted(path))
            }
            None => writeln!(out, "(--output OUT.json writes prices and fills)"),
        }
    })
}

/// The prices, in the first asset that trades; of what does not trade they say nothing.
fn print_prices(out: &mut dyn Write, reading: &Reading, document: &Document<'_>) -> io::Result<()> {
    let Some(first) = document.prices.first() else { return Ok(()) };
    let Some(unit) = document.prices.iter().find(|price| price.sold > 0) else {
        return writeln!(out, "Volume   none: nothing trades");
    };
    let worth = |of: &Price<'_>| of.price / unit.price * 10_f64.powi(of.decimals - unit.decimals);
    let volume = document.summary.volume * first.price / unit.price * 10_f64.powi(-unit.decimals);
    let name = plain(&unit.asset);
    writeln!(
        out,
        "Volume   {} {name} is what all offers sell together, at the prices (what they buy is not counted again)",
        figure(volume, DIGITS)
    )?;
    let mut rows =
        vec![[String::new(), format!("price in {name}"), "sold".into(), "left by rounding".into()]];
    for (number, price) in document.prices.iter().enumerate().take(MOST_PRICES) {
        let shown = |units| reading.shown(number as u32, units);
        let name = format!("  {}", plain(&price.asset));
        rows.push(if price.sold == 0 {
            [name, "no trade".into(), "-".into(), "-".into()]
        } else {
            [name, figure(worth(price), DIGITS), shown(price.sold), shown(price.remainder)]
        });
    }
    for line in columns(&rows, |column| column == 0) {
        writeln!(out, "{line}")?;
    }
    if document.prices.len() > MOST_PRICES {
        writeln!(out, "  and {} more", document.prices.len() - MOST_PRICES)?;
    }
    Ok(())
}

/// What the prices would fill and is not.
fn print_unfilled(out: &mut dyn Write, document: &Document<'_>) -> io::Result<()> {
    let summary = &document.summary;
    let share = |unfilled: &Unfilled| summary.share(unfilled.volume);
    let are = |number: usize| {
        let are = if number == 1 { "is" } else { "are" };
        format!("{} {are} not filled", count(number, "offer"))
    };
    let limit = if summary.tolerance > 0.0 {
        format!("within {} of the limit", percent(summary.tolerance))
    } else {
        "exactly at the limit".to_owned()
    };
    let (at_limit, beaten, left_out) = (&summary.at_limit, &summary.beaten, &summary.left_out);
    writeln!(
        out,
        "At limit {}, or in part, since the prices are {limit}: {} of what they would fill",
        are(at_limit.offers),
        share(at_limit)
    )?;
    writeln!(
        out,
        "Beaten   {} though the prices beat the limit: {} of what they would fill",
        are(beaten.offers),
        share(beaten)
    )?;
    if !document.left_out.is_empty() {
        writeln!(
            out,
            "Minimum  {} for it, of which the prices beat {}: {} of what they would fill",
            are(document.left_out.len()),
            left_out.offers,
            share(left_out)
        )?;
    }
    Ok(())
}
