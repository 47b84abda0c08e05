//! What becomes of each offer that takes part, and a table of it as CSV, to be published: one row an offer, in the order of the file, with amounts as people write them.
//!
//! The words add up to the figures of the document's summary, which the solver's check counts with code of its own.

use std::io::{self, Write};

use bartizan_solver::auction::Outcome;

use super::offers::Reading;

/// How much of an offer is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// All of it, or as far as whole units go: what is left buys no unit more.
    Whole,
    /// Less.
    InPart,
    /// Nothing.
    No,
    /// Nothing, since less than its minimum would have been sold.
    LeftOut,
}

/// How the prices stand to an offer's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// They beat it, by more than the tolerance.
    Beaten,
    /// They are at it, within the tolerance.
    AtLimit,
    /// They miss it.
    Missed,
}

/// What becomes of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// How much of it is filled.
    pub filled: Filled,
    /// How the prices stand to its limit.
    pub limit: Limit,
}

/// A share by which limits and rates may differ as floating-point numbers alone.
const SAME: f64 = 1e-12;

/// The columns.
const HEADER: [&str; 10] =
    ["offer", "id", "sells", "amount", "sold", "buys", "at_least", "bought", "filled", "limit"];

impl Filled {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Filled::Whole => "whole",
            Filled::InPart => "in part",
            Filled::No => "no",
            Filled::LeftOut => "left out",
        }
    }
}

impl Limit {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Limit::Beaten => "beaten",
            Limit::AtLimit => "at limit",
            Limit::Missed => "missed",
        }
    }
}

impl State {
    /// What becomes of the offer at this place among those that are read.
    pub fn of(reading: &Reading, outcome: &Outcome, place: usize) -> Self {
        let (offer, fill) = (&reading.offers[place], outcome.fills[place]);
        let [sells, buys] = [offer.sells, offer.buys].map(|asset| outcome.prices[asset as usize]);
        let is_left_out = outcome.left_out.binary_search(&(place as u32)).is_ok();
        let filled = if fill.sold == 0 {
            if is_left_out { Filled::LeftOut } else { Filled::No }
        } else if ((offer.amount - fill.sold) as f64 * sells) < buys * (1.0 - SAME) {
            Filled::Whole
        } else {
            Filled::InPart
        };
        let rate = sells / buys;
        let limit = if offer.limit() > rate * (1.0 + SAME) {
            Limit::Missed
        } else if offer.limit() >= rate * (1.0 - outcome.tolerance) * (1.0 - SAME) {
            Limit::AtLimit
        } else {
            Limit::Beaten
        };
        State { filled, limit }
    }
}

/// Writes a row for each offer.
///
/// # Errors
/// Those of `out`.
pub fn write(reading: &Reading, outcome: &Outcome, out: impl Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(HEADER)?;
    let offers = reading.rows.iter().zip(&reading.offers).zip(&outcome.fills);
    for (place, ((row, offer), fill)) in offers.enumerate() {
        let state = State::of(reading, outcome, place);
        let name = |asset: u32| reading.assets[asset as usize].name.as_str();
        csv.write_record([
            &row.number.to_string(),
            &row.id,
            name(offer.sells),
            &reading.shown(offer.sells, offer.amount),
            &reading.shown(offer.sells, fill.sold),
            name(offer.buys),
            &reading.shown(offer.buys, offer.at_least),
            &reading.shown(offer.buys, fill.bought),
            state.filled.word(),
            state.limit.word(),
        ])?;
    }
    csv.flush()
}
