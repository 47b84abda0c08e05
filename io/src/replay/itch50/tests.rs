//! Files of ITCH messages, whole, cut short and foreign.

use std::ops::ControlFlow;

use super::message::{Body, Header, put};
use super::*;

fn session(framed: bool) -> Vec<u8> {
    let stock = *b"BARTIZAN";
    let bodies = [
        Body::SystemEvent { event: b'O' },
        Body::AddOrder { order: 7, side: b'B', shares: 100, stock, price: 1_000_000 },
        Body::AddOrderMpid {
            order: 8,
            side: b'S',
            shares: 50,
            stock,
            price: 1_000_100,
            attribution: *b"SEED",
        },
        Body::OrderExecuted { order: 7, shares: 40, match_number: 1 },
        Body::OrderExecutedPrice { order: 8, shares: 10, match_number: 2, printable: b'N', price: 1_000_050 },
        Body::OrderCancel { order: 7, shares: 10 },
        Body::OrderReplace { order: 7, new_order: 9, shares: 20, price: 999_900 },
        Body::OrderDelete { order: 9 },
        Body::CrossTrade { shares: 5, stock, price: 1_000_000, match_number: 3, cross: b'O' },
    ];
    let mut bytes = Vec::new();
    for (index, body) in bodies.iter().enumerate() {
        let mut message = Vec::new();
        put(&Header { locate: 3, tracking: 0, time: (1 << 40) + index as u64 }, body, &mut message);
        if framed {
            bytes.extend_from_slice(&(message.len() as u16).to_be_bytes());
        }
        bytes.extend_from_slice(&message);
    }
    bytes
}

fn events(bytes: &[u8]) -> Result<Vec<Message>, ReplayError> {
    let mut found = Vec::new();
    read(bytes, &mut |message| {
        found.push(*message);
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

#[test]
fn framed_and_raw_say_the_same() {
    let found = events(&session(true)).unwrap();
    assert_eq!(events(&session(false)).unwrap(), found);
    assert_eq!(found.len(), 9);
    assert_eq!((found[1].time, found[1].symbol), ((1 << 40) + 1, 3));
    assert_eq!(found[1].event, Event::Add { order: 7, side: Side::Buy, price: 1_000_000, quantity: 100 });
    assert_eq!(
        found[4].event,
        Event::Execute { order: 8, quantity: 10, price: Some(1_000_050), printable: false }
    );
    assert_eq!(found[6].event, Event::Replace { order: 7, new: 9, price: 999_900, quantity: 20 });
    assert!(detect(&session(true)) && detect(&session(false)));
}

#[test]
fn a_frame_of_no_length_ends_the_session() {
    let mut bytes = session(true);
    bytes.extend_from_slice(&[0, 0]);
    assert_eq!(events(&bytes).unwrap().len(), 9);
    let end = bytes.len();
    bytes.extend_from_slice(&[0; 5]);
    let told = format!("byte {end}: expected the end of the file after an empty frame, found 5 bytes more");
    assert_eq!(events(&bytes).unwrap_err().to_string(), told);
}

#[test]
fn every_cut_is_an_error_with_its_place_or_a_whole_number_of_messages() {
    for framed in [true, false] {
        let bytes = session(framed);
        let whole = events(&bytes).unwrap();
        let (mut starts, mut at) = (Vec::new(), 0);
        while at < bytes.len() {
            starts.push(at);
            at += if framed { 2 + usize::from(bytes[at + 1]) } else { message::length(bytes[at]).unwrap() };
        }
        for cut in 1..bytes.len() {
            let found = starts.iter().filter(|&&start| start < cut).count();
            if starts.contains(&cut) {
                assert_eq!(events(&bytes[..cut]).unwrap(), whole[..found], "byte {cut}");
                continue;
            }
            let told = events(&bytes[..cut]).unwrap_err().to_string();
            assert!(told.starts_with(&format!("byte {}: expected ", starts[found - 1])), "{told}");
            assert!(told.ends_with(&format!("the file ends at byte {cut}")), "{told}");
            assert!(detect(&bytes[..cut]) || found <= if framed { 1 } else { 2 }, "byte {cut}");
        }
    }
}

#[test]
fn foreign_bytes_are_refused_where_they_are() {
    let mut bytes = session(true);
    bytes[14 + 2] = b'z';
    assert_eq!(
        events(&bytes).unwrap_err().to_string(),
        "byte 16: expected the letter of an ITCH 5.0 message, found 'z' (0x7a)"
    );
    let mut bytes = session(true);
    bytes[14 + 1] -= 1;
    let told = events(&bytes).unwrap_err().to_string();
    assert_eq!(told, "byte 16: expected 36 bytes of a message 'A', found a frame of 35");
    let mut bytes = session(true);
    bytes[14 + 2 + 19] = b'X';
    assert_eq!(events(&bytes).unwrap_err().to_string(), "byte 16: expected a side, B or S, found 'X'");
    for foreign in ["34200.1,1,5,18,5853300,1\n", "", "STOCKHOLM 12", "SOME TEXT, AND MORE OF IT"] {
        assert!(!detect(foreign.as_bytes()), "{foreign}");
    }
}
