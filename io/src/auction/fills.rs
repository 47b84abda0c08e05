//! What becomes of each offer that takes part, as a table in CSV, to be published: one row an offer, in the order of the file, with amounts as people write them.
//!
//! The words are those of the states by which the solver's check counts offers, so they add up to the figures of the document's summary.

use std::io::{self, Write};

use bartizan_solver::auction::Outcome;
use bartizan_solver::certify::auction::{Filled, Limit, State};

use super::document::sold;
use super::offers::Reading;
use crate::amount::figure;

/// The columns.
const HEADER: [&str; 12] = [
    "offer", "id", "sells", "amount", "minimum", "sold", "buys", "at_least", "bought", "price", "filled",
    "limit",
];

/// The digits of prices.
const DIGITS: u32 = 12;

/// How much of an offer is filled, in a word or two.
pub fn filled_word(state: State) -> &'static str {
    match state.filled {
        Filled::Whole => "whole",
        Filled::InPart => "in part",
        Filled::No => "no",
        Filled::LeftOut => "left out",
    }
}

/// How the prices stand to an offer's limit, in a word or two.
fn limit_word(state: State) -> &'static str {
    match state.limit {
        Limit::Beaten => "beaten",
        Limit::AtLimit => "at limit",
        Limit::Missed => "missed",
    }
}

/// Writes a row for each offer.
///
/// # Errors
/// Those of `out`.
pub fn write(reading: &Reading, outcome: &Outcome, out: impl Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(HEADER)?;
    let sold = sold(reading, &outcome.fills);
    // What one of what is sold brings; of what nobody trades the prices say nothing.
    let price = |sells: u32, buys: u32| {
        let [own, other] = [sells, buys].map(|asset| asset as usize);
        if sold[own] == 0 || sold[other] == 0 {
            return String::new();
        }
        let shift = reading.assets[own].decimals - reading.assets[other].decimals;
        figure(outcome.prices[own] / outcome.prices[other] * 10_f64.powi(shift), DIGITS)
    };
    let offers = reading.rows.iter().zip(&reading.offers).zip(&outcome.fills);
    for (place, ((row, offer), fill)) in offers.enumerate() {
        let state = State::of(outcome, place as u32, offer);
        let name = |asset: u32| reading.assets[asset as usize].name.as_str();
        csv.write_record([
            &row.number.to_string(),
            &row.id,
            name(offer.sells),
            &reading.shown(offer.sells, offer.amount),
            &reading.shown(offer.sells, offer.minimum),
            &reading.shown(offer.sells, fill.sold),
            name(offer.buys),
            &reading.shown(offer.buys, offer.at_least),
            &reading.shown(offer.buys, fill.bought),
            &price(offer.sells, offer.buys),
            filled_word(state),
            limit_word(state),
        ])?;
    }
    csv.flush()
}
