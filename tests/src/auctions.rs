//! Batch auctions held and judged: what tests and the fuzz target ask of any offers that could be read.

use bartizan_io::auction::check;
use bartizan_io::auction::document::Document;
use bartizan_io::auction::fills::{Filled, Limit, State};
use bartizan_io::auction::offers::Reading;
use bartizan_solver::auction::{self, Outcome};
use bartizan_solver::certify::auction::{self as certify, Report};

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
    check_states(reading, &outcome, &report);
}

/// What is said of each offer adds up to what the certificate counts.
fn check_states(reading: &Reading, outcome: &Outcome, report: &Report) {
    let states: Vec<State> =
        (0..reading.offers.len()).map(|place| State::of(reading, outcome, place)).collect();
    let count = |is: &dyn Fn(&State) -> bool| states.iter().filter(|state| is(state)).count();
    let unfilled = |limit| count(&|state| state.filled != Filled::Whole && state.limit == limit);
    let left_out = |state: &State| state.filled == Filled::LeftOut;
    assert_eq!(
        [report.whole, report.in_part, report.unfilled],
        [
            count(&|state| state.filled == Filled::Whole),
            count(&|state| state.filled == Filled::InPart),
            count(&|state| state.filled == Filled::No || left_out(state)),
        ]
    );
    assert_eq!(
        [report.marginal_offers, report.failed_offers + report.left_out_offers],
        [unfilled(Limit::AtLimit), unfilled(Limit::Beaten)]
    );
    assert!(count(&left_out) <= outcome.left_out.len());
}
