//! Any bytes, read as offers of an auction: nothing panics, what is refused is refused at a place, and what is read are offers that the solver takes. Small auctions are
//! held, and their document must be accepted for the same file.

#![no_main]

use bartizan_io::auction::check;
use bartizan_io::auction::document::Document;
use bartizan_io::auction::offers::Reading;
use bartizan_io::auction::read::read;
use bartizan_solver::auction;
use bartizan_solver::certify::auction as certify;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    match read(text) {
        Ok(reading) => {
            assert_eq!(auction::check(reading.assets.len(), &reading.offers).err(), None);
            assert_eq!(reading.rows.len(), reading.offers.len());
            if reading.offers.len() <= 50 && reading.assets.len() <= 12 {
                holds(&reading);
            }
        }
        Err(error) => assert!(error.line >= 1 && error.column >= 1 && !error.message.is_empty(), "{error}"),
    }
});

fn holds(reading: &Reading) {
    let count = reading.assets.len();
    let outcome = auction::clear(count, &reading.offers).expect("what is read are sound offers");
    let report = certify::check(count, &reading.offers, &outcome).expect("the solver finds sound outcomes");
    let mut written = Vec::new();
    Document::new(reading, &outcome, &report).write(&mut written).expect("memory can be written");
    let document: Document<'_> = serde_json::from_slice(&written).expect("what is written can be read");
    assert_eq!(check::check(reading, &document), Ok(report));
}
