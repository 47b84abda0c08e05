//! Batch auctions held and judged: what tests and the fuzz target ask of any offers that could be read.

use bartizan_io::auction::check;
use bartizan_io::auction::document::Document;
use bartizan_io::auction::offers::Reading;
use bartizan_solver::auction;
use bartizan_solver::certify::auction as certify;

/// The offers are sound, and so is what the solver makes of them, also as a document.
///
/// # Panics
/// If they are not.
pub fn hold(reading: &Reading) {
    let count = reading.assets.len();
    let outcome = auction::clear(count, &reading.offers).expect("what is read are sound offers");
    let report = certify::check(count, &reading.offers, &outcome).expect("the solver finds sound outcomes");
    let mut written = Vec::new();
    Document::new(reading, &outcome, &report).write(&mut written).expect("memory can be written");
    let document: Document<'_> = serde_json::from_slice(&written).expect("what is written can be read");
    assert_eq!(check::check(reading, &document), Ok(report));
}
