//! Replays of real order flow: a venue's file is read message by message and rebuilt in the engine's book.
//!
//! Each kind of file is one file here and one line in [`VENUES`]: it turns bytes into [`venue::Message`]s. All else is
//! common: [`survey`] looks ahead for ticks and instruments, [`reconstruct`] drives the book, [`run`] does
//! one pass, [`statistics`], [`compare`], [`explain`], [`report`], [`changes`] and [`chart`] say what came of it.
//! The mapped file is read in place; what is compressed is unpacked piece by piece.

pub mod agreement;
pub mod bitstamp;
pub mod changes;
pub mod chart;
pub mod compare;
pub mod dbn;
pub mod explain;
pub mod histogram;
pub mod itch50;
pub mod lobster;
mod overlay;
pub mod reconstruct;
pub mod report;
pub mod run;
pub mod statistics;
pub mod survey;
pub mod text;
pub mod time;
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
