//! Any bytes as every kind of order flow: nothing panics, what is read can be replayed, what is refused is refused at a
//! place in the file.

#![no_main]

use std::ops::ControlFlow;

use bartizan_io::replay::grid::Grid;
use bartizan_io::replay::reconstruct::Reconstruction;
use bartizan_io::replay::venue::{Place, Venue};
use bartizan_io::replay::{self, VENUES};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(venue) = replay::detect(bytes) {
        read(venue, bytes);
    }
    for venue in VENUES {
        read(venue, bytes);
    }
});

fn read(venue: &Venue, bytes: &[u8]) {
    let mut book = Reconstruction::new(Grid::default(), venue.confirms_fills, true);
    let mut take = |message: &replay::venue::Message| {
        book.apply(message.time, &message.event);
        ControlFlow::Continue(())
    };
    if let Err(error) = (venue.read)(bytes, &mut take) {
        match error.place {
            Place::Line(line) => assert!(line >= 1, "{error}"),
            Place::Column(line, column) => assert!(line >= 1 && column >= 1, "{error}"),
            Place::Byte(byte) | Place::NearByte(byte) => assert!(byte <= bytes.len() as u64, "{error}"),
        }
        assert!(!error.message.is_empty());
    }
    book.book().check();
}
