//! `bartizan auction`: reads offers, finds one price for each asset, fills the offers at it, and shows or writes what came of it.

use std::io::{self, Write};
use std::path::PathBuf;

use bartizan_solver::auction::{self, Outcome};
use bartizan_solver::certify::auction::{self as certify, State};

use super::columns::{columns, plain};
use super::notice::notice;
use super::output::{check_targets, write_file, write_stdout};
use super::progress::Progress;
use super::{Failure, count, quoted};
use crate::amount::{figure, percent};
use crate::auction::document::{Document, Price, Unfilled};
use crate::auction::fills;
use crate::auction::offers::Reading;
use crate::auction::read;
use crate::auction::stated::{Stated, Statement};
use crate::input::Input;
use crate::json::nearest;

/// Hold a batch auction over many assets, at one price for each
///
/// Reads offers to sell one asset for another: CSV with a header (`sells,buys,amount,at_least`, and if wanted `minimum`, the least of the amount to sell if anything, and `id`), JSON Lines with the same fields, or an instance of Gnosis or
/// CoW Protocol. `at_least` is what is asked for all of the `amount`: the limit of an offer is the rate `at_least` / `amount`, in units of what it buys for one of what it sells. An offer whose
/// limit the prices beat is filled, one at its limit in part or not at all, one whose limit they miss not at all. Where no prices fill all that they beat, limits count as met that
/// are below the rate by a share that is told, 1/512 at most. Of no asset more is paid out than was sold.
///
/// An offer of which less than its minimum would be sold is left out, and prices are found again without it. Whole goods have no prices at which all fits: those at which much is left are moved to where less is; what is then left
/// of offers whose limit the prices beat is told, is small where each trades many units, and may be much where each trades a few.
///
/// An asset has as many digits behind the point as any amount of it in the file is written with: `35.00` has hundredths, and bikes that are written `1.0` are sold in tenths. --decimals says
/// otherwise.
///
/// An offer sells all of its amount where the prices beat its limit: who offers 80.00 for one bike or more may pay all of it, and who states all of it as the minimum does, whatever the price: what that is too much is paid to nobody. Where several prices would do, it follows from what is then
/// filled in full which it is: one bike that is to bring 30.00, and 80.00 offered for it, trade at 80.00. Who states a minimum may have to sell that minimum for fewer whole units than the prices alone
/// would bring, down to its own limit and never below it: an offer of no minimum would sell less instead. One thing that is offered for money or for hours is two offers, which may both be filled: to
/// offer it once for either is not supported.
///
/// What an offer gets is rounded down to whole units of what it buys, or up where its own limit asks for that unit. So it gets less than the prices say by a 64th and a unit of the cheaper asset at most, and mostly by less than one unit; who sells no more
/// than a minimum, by more, as said. What is so left of an asset is paid to nobody: it is told for each asset (`remainder`), and stays with whoever holds the auction, to be given where they have said it will be.
///
/// Prices are told in the first asset that trades, or in --unit; what nothing of traded has none. What the prices would fill is what they do, and what is unfilled of offers whose limit they do not miss. `bartizan verify FILE OUT.json` checks the result, and needs not be told that again. Exits with 1 where `verify` would not accept it.
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
    /// Write a row for each offer that takes part to this file, as CSV, with amounts as people write them: what it sells and sold, what it buys and bought, its minimum; `price` is what one of what it sells brings by the prices, empty where nobody trades one of the two; `filled` is whole (or as far as whole units go), in part, no, or left out (for its minimum), and `limit` beaten, at limit or missed by the prices
    #[arg(long, value_name = "OUT.csv")]
    fills: Option<PathBuf>,
    /// Print prices in this asset
    #[arg(long, value_name = "ASSET")]
    unit: Option<String>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let targets = [("--output", arguments.output.as_deref()), ("--fills", arguments.fills.as_deref())];
    check_targets(&targets, &[&arguments.file])?;
    let mut progress = Progress::new(arguments.quiet);
    progress.say("reading");
    let failed = |error: &dyn std::fmt::Display| Failure::at(&arguments.file, error);
    let input = Input::open(&arguments.file).map_err(|error| failed(&error))?;
    let stated = Stated::new(arguments.decimals.iter().cloned())
        .map_err(|told| Failure::Usage(format!("--decimals: {told}")))?;
    let reading = read::read_stated(&input, &stated).map_err(|error| failed(&error))?;
    let stated = stated.names().map(|name| ("--decimals", name));
    let named = stated.chain(arguments.unit.as_deref().map(|name| ("--unit", name)));
    check_names(named, &reading)?;
    progress.say("finding prices");
    let assets = reading.assets.len();
    let outcome = auction::clear(assets, &reading.offers).expect("what is read are sound offers");
    let report = certify::check(assets, &reading.offers, &outcome).map_err(|violation| {
        failed(&format_args!(
            "no outcome was found that keeps all rules ({violation:?}): please report this file"
        ))
    })?;
    progress.say("writing");
    let document = Document::new(&reading, &outcome, &report);
    if let Some(path) = &arguments.output {
        write_file(path, |out| document.write(out))?;
    }
    if let Some(path) = &arguments.fills {
        write_file(path, |out| fills::write(&reading, &outcome, out))?;
    }
    progress.finish();
    if !arguments.quiet {
        for told in &reading.notices {
            notice(format_args!("bartizan: {}: {told}", arguments.file.display()));
        }
        print(arguments, &reading, &outcome, &document)?;
    }
    if report.unaccounted > 0.0 {
        return Err(failed(
            &"the prices beat the limits of more unfilled offers than rounding explains: `verify` does not accept it",
        ));
    }
    Ok(())
}

/// Refuses options that name an asset that the file has not.
fn check_names<'a>(
    mut named: impl Iterator<Item = (&'a str, &'a str)>,
    reading: &Reading,
) -> Result<(), Failure> {
    let names: Vec<&str> = reading.assets.iter().map(|asset| &*asset.name).collect();
    let Some((option, unknown)) = named.find(|(_, name)| !names.contains(name)) else { return Ok(()) };
    let near = nearest(unknown, &names).map_or(String::new(), |near| format!("; did you mean {near:?}?"));
    Err(Failure::Usage(format!("{option}: the file has no asset {unknown:?}{near}")))
}

/// The most prices that are printed.
const MOST_PRICES: usize = 20;

/// The most offers that trade for their fills to be printed.
const MOST_FILLS: usize = 20;

/// The digits of prices that are printed.
const DIGITS: u32 = 6;

fn print(
    arguments: &Arguments,
    reading: &Reading,
    outcome: &Outcome,
    document: &Document<'_>,
) -> Result<(), Failure> {
    let summary = &document.summary;
    let unit = unit(arguments, document);
    write_stdout(|out| {
        writeln!(
            out,
            "Offers   {} of {}: {} filled as a whole or as far as whole units go, {} in part, {} not",
            summary.offers,
            count(summary.assets, "asset"),
            summary.whole,
            summary.in_part,
            summary.unfilled
        )?;
        if let Some(unit) = unit {
            print_prices(out, reading, document, unit)?;
            print_fills(out, reading, outcome)?;
        } else if summary.assets > 0 {
            writeln!(out, "Volume   none: nothing trades")?;
        }
        print_unfilled(out, document)?;
        match &arguments.output {
            Some(path) => {
                writeln!(out, "Check it: bartizan verify {} {}", quoted(&arguments.file), quoted(path))
            }
            None => writeln!(out, "(--output OUT.json writes prices and fills)"),
        }
    })
}

/// The asset in which prices are told: that of `--unit`, or else the first that trades. What does not trade has no price.
fn unit<'a>(arguments: &Arguments, document: &'a Document<'_>) -> Option<&'a Price<'a>> {
    let first = document.prices.iter().find(|price| price.sold > 0)?;
    let Some(name) = &arguments.unit else { return Some(first) };
    let asked = document.prices.iter().find(|price| price.asset == *name && price.sold > 0);
    if asked.is_none() {
        notice(format_args!(
            "bartizan: {}: --unit: nothing of {name} trades, so prices are told in {}",
            arguments.file.display(),
            first.asset
        ));
    }
    Some(asked.unwrap_or(first))
}

/// The prices in units of this asset, which trades; of what does not trade they say nothing.
fn print_prices(
    out: &mut dyn Write,
    reading: &Reading,
    document: &Document<'_>,
    unit: &Price<'_>,
) -> io::Result<()> {
    let first = document.prices.first().map_or(1.0, |first| first.price);
    let worth = |of: &Price<'_>| of.price / unit.price * 10_f64.powi(of.decimals - unit.decimals);
    let volume = document.summary.volume * first / unit.price * 10_f64.powi(-unit.decimals);
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

/// What each offer sold and got, where few trade.
fn print_fills(out: &mut dyn Write, reading: &Reading, outcome: &Outcome) -> io::Result<()> {
    let trades = |place: &usize| outcome.fills[*place].sold > 0;
    let places: Vec<usize> = (0..reading.offers.len()).filter(trades).collect();
    if places.len() > MOST_FILLS {
        return writeln!(out, "  ({} offers trade: --fills OUT.csv tells of each)", places.len());
    }
    let head = ["  offer", "sold", "", "bought", "", "filled"].map(str::to_owned);
    let told = |place: usize| {
        let (offer, fill, row) = (&reading.offers[place], outcome.fills[place], &reading.rows[place]);
        let asset = |asset: u32| plain(&reading.assets[asset as usize].name);
        let name = if row.id.is_empty() { row.number.to_string() } else { plain(&row.id) };
        [
            format!("  {name}"),
            reading.shown(offer.sells, fill.sold),
            asset(offer.sells),
            reading.shown(offer.buys, fill.bought),
            asset(offer.buys),
            fills::filled_word(State::of(outcome, place as u32, offer)).to_owned(),
        ]
    };
    let rows: Vec<[String; 6]> = std::iter::once(head).chain(places.into_iter().map(told)).collect();
    for line in columns(&rows, |column| column != 1 && column != 3) {
        writeln!(out, "{line}")?;
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
