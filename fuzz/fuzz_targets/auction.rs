//! Any bytes, read as offers of an auction: nothing panics, what is refused is refused at a place, and what is read are offers that the solver takes. Small auctions are
//! held, and their document must be accepted for the same file.

#![no_main]

use bartizan_io::auction::read::read;
use bartizan_solver::auction;
use bartizan_tests::auctions::hold;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    match read(text) {
        Ok(reading) => {
            assert_eq!(auction::check(reading.assets.len(), &reading.offers).err(), None);
            assert_eq!(reading.rows.len(), reading.offers.len());
            if reading.offers.len() <= 50 && reading.assets.len() <= 12 {
                hold(&reading);
            }
        }
        Err(error) => assert!(error.line >= 1 && error.column >= 1 && !error.message.is_empty(), "{error}"),
    }
});
