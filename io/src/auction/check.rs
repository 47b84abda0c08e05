//! Whether a document of an auction is of a file, and keeps what it says: by the solver's own check, which shares nothing with its search.

use bartizan_solver::auction::{Fill, MAX_TOLERANCE, Outcome};
use bartizan_solver::certify::auction::{self as certify, Report, Violation};

use super::document::{Document, FORMAT, Summary, VERSION, sold};
use super::offers::Reading;

/// Whether `document` is a sound outcome of the file's offers. Returns what it does; whether it leaves more unfilled than it must is the caller's to say.
///
/// # Errors
/// Says the first thing that is wrong.
pub fn check(reading: &Reading, document: &Document<'_>) -> Result<Report, String> {
    if document.format != FORMAT || document.version != VERSION {
        return Err(format!(
            "expected {FORMAT} of version {VERSION}, not {} of version {}",
            document.format, document.version
        ));
    }
    let told = document.prices.iter().map(|price| (&*price.asset, price.decimals, price.stated));
    if !told.eq(reading.assets.iter().map(|asset| (&*asset.name, asset.decimals, asset.stated))) {
        return Err("its prices are not of the file's assets, in their order and units".to_owned());
    }
    if document.notices != reading.notices {
        return Err("what it says of the file is not what is to be said".to_owned());
    }
    let outcome = Outcome {
        prices: document.prices.iter().map(|price| price.price).collect(),
        fills: fills(reading, document)?,
        remainder: document.prices.iter().map(|price| price.remainder).collect(),
        tolerance: document.summary.tolerance,
        left_out: document
            .left_out
            .iter()
            .map(|&number| place(reading, number).map(|place| place as u32))
            .collect::<Result<_, _>>()?,
    };
    if !outcome.left_out.is_sorted_by(|one, other| one < other) {
        return Err("the offers that it leaves out are not in order".to_owned());
    }
    let report = certify::check(reading.assets.len(), &reading.offers, &outcome)
        .map_err(|violation| describe(violation, reading))?;
    let sold = sold(reading, &outcome.fills);
    if let Some((price, sold)) = document.prices.iter().zip(sold).find(|(price, sold)| price.sold != *sold) {
        return Err(format!("it says that {} of {} is sold, and {sold} is", price.sold, price.asset));
    }
    if !is_same(&document.summary, &Summary::new(reading, &outcome, &report)) {
        return Err("its summary is of something else than its fills".to_owned());
    }
    Ok(report)
}

/// Whether figures are the same but for the last digits, which JSON's readers do not all keep. The tolerance is what the figures are of: [`certify::check`] judges it.
fn is_same(told: &Summary, found: &Summary) -> bool {
    let near = |one: f64, other: f64| (one - other).abs() <= 1e-12 * one.abs().max(other.abs());
    let counts = |of: &Summary| [of.offers, of.assets, of.whole, of.in_part, of.unfilled];
    let unfilled = |of: &Summary| [of.at_limit, of.beaten, of.left_out];
    counts(told) == counts(found)
        && near(told.volume, found.volume)
        && unfilled(told)
            .iter()
            .zip(unfilled(found))
            .all(|(one, other)| one.offers == other.offers && near(one.volume, other.volume))
}

fn place(reading: &Reading, number: u64) -> Result<usize, String> {
    let place = reading.rows.binary_search_by_key(&number, |row| row.number);
    place.map_err(|_| format!("the file has no offer {number} that takes part"))
}

fn fills(reading: &Reading, document: &Document<'_>) -> Result<Vec<Fill>, String> {
    let mut fills = vec![Fill::default(); reading.offers.len()];
    for filled in &document.fills {
        let place = place(reading, filled.offer)?;
        let (offer, row) = (&reading.offers[place], &reading.rows[place]);
        let [sells, buys] = [offer.sells, offer.buys].map(|asset| &*reading.assets[asset as usize].name);
        if (&*filled.sells, &*filled.buys, &*filled.id) != (sells, buys, &*row.id) {
            return Err(format!(
                "offer {} of the file sells {sells} for {buys}: it is another offer there",
                row.number
            ));
        }
        if filled.sold == 0 || fills[place] != Fill::default() {
            return Err(format!("offer {}: expected once, with something that is sold", row.number));
        }
        fills[place] = Fill { sold: filled.sold, bought: filled.bought };
    }
    Ok(fills)
}

fn describe(violation: Violation, reading: &Reading) -> String {
    let offer = |number: u32| format!("offer {}", reading.rows[number as usize].number);
    let asset = |number: u32| &reading.assets[number as usize].name;
    match violation {
        Violation::Offers(fault) => format!("the file's offers are at fault: {fault:?}"),
        Violation::Shape => "it has not one price and remainder for each asset".to_owned(),
        Violation::Tolerance => format!("its tolerance is not between 0 and {MAX_TOLERANCE}"),
        Violation::Price(number) => format!("the price of {} is no positive number in range", asset(number)),
        Violation::LeftOut(number) => {
            format!(
                "{} is said to be left out for its minimum, but has none, or is filled as a whole",
                offer(number)
            )
        }
        Violation::Fitting(seller, buyer) => format!(
            "{} and {} fit each other: one can sell the other more of what it wants at these prices, though nothing is filled of one of them",
            offer(seller),
            offer(buyer)
        ),
        Violation::Amount(number) => {
            format!("{} sells more than it offers, or less than its minimum", offer(number))
        }
        Violation::Limit(number) => format!("{} gets less than its limit asks", offer(number)),
        Violation::AbovePrice(number) => format!("{} gets more than the prices say", offer(number)),
        Violation::BelowPrice(number) => {
            format!("{} gets less than the prices say, by more than rounding takes", offer(number))
        }
        Violation::Missed(number) => {
            format!("{} is filled although the prices miss its limit", offer(number))
        }
        Violation::Remainder(number) => {
            format!("of {} more is paid out than was sold, or its remainder is another", asset(number))
        }
    }
}
