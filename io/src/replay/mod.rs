//! Replays of real order flow: a venue's file is read message by message and rebuilt in the engine's book.
//!
//! Each kind of file is one file here and one line in [`VENUES`]: it turns bytes into [`venue::Message`]s. All else is
//! common: [`survey`] looks ahead for ticks and instruments, [`reconstruct`] drives the book, [`run`] does
//! one pass, [`statistics`], [`compare`], [`trade_list`], [`explain`], [`report`], [`changes`] and [`chart`] say what came of it.
//! The mapped file is read in place; what is compressed is unpacked piece by piece.

pub mod agreement;
pub mod bitstamp;
pub mod changes;
pub mod chart;
pub mod compare;
pub mod dbn;
pub mod explain;
pub mod grid;
pub mod histogram;
pub mod itch50;
pub mod lobster;
mod overlay;
mod recognise;
pub mod reconstruct;
pub mod report;
pub mod run;
pub mod statistics;
pub mod survey;
pub mod text;
pub mod time;
pub mod trade_list;
pub mod venue;
mod verdict;

use venue::Venue;

/// Every kind of file, the most particular first.
pub const VENUES: &[&Venue] = &[&dbn::VENUE, &bitstamp::VENUE, &lobster::VENUE, &itch50::VENUE];

/// The kind called `name`, if there is one.
pub fn by_name(name: &str) -> Option<&'static Venue> {
    VENUES.iter().copied().find(|venue| venue.name == name)
}

/// The kind that recognises `bytes`.
pub fn detect(bytes: &[u8]) -> Option<&'static Venue> {
    VENUES.iter().copied().find(|venue| (venue.detect)(bytes))
}

/// What is to be said of `bytes` that no kind recognises.
pub fn unrecognised(bytes: &[u8]) -> String {
    let kinds: Vec<String> = VENUES.iter().map(|venue| format!("{} ({})", venue.name, venue.about)).collect();
    format!("byte 0: expected one of: {}; {}", kinds.join(", "), recognise::instead(bytes))
}
