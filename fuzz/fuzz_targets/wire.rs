//! Any bytes from a socket or a batch file, as they are and in a frame whose checksum fits: nothing panics, and what is read is written as the same bytes again.

#![no_main]

use bartizan_engine::ledger::units::AgentId;
use bartizan_io::wire::frame::{self, Frame};
use bartizan_io::wire::layout::{
    Goodbye, Hello, Kind, Login, MOST_PAYLOAD, MOST_TOLD, MYSELF, Retry, Subscribe, Welcome,
};
use bartizan_io::wire::{commands, told};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&way, rest)) = bytes.split_first() else { return };
    if way % 2 == 0 {
        any(rest);
        return;
    }
    let Some((numbers, payload)) = rest.split_at_checked(4) else { return };
    let kind = u16::from_le_bytes([numbers[0], 0]);
    let Some(kind) = Kind::of(kind) else { return };
    let mut framed = Vec::new();
    frame::write(&mut framed, kind, u64::from(numbers[3]), |into| {
        into.extend_from_slice(payload);
        u16::from_le_bytes([numbers[1], numbers[2]])
    });
    any(&framed);
});

fn any(bytes: &[u8]) {
    for most in [MOST_PAYLOAD, MOST_TOLD] {
        let Ok(Some((frame, length))) = frame::read(bytes, most) else { continue };
        let mut again = Vec::new();
        frame::write(&mut again, frame.kind, frame.sequence, |into| {
            into.extend_from_slice(frame.payload);
            frame.count
        });
        assert_eq!(again, bytes[..length]);
        payload(&frame, &again);
    }
    batch(bytes);
}

fn payload(frame: &Frame<'_>, whole: &[u8]) {
    if let Ok(envelopes) = commands::read(frame, AgentId(MYSELF)) {
        let mut again = Vec::new();
        assert_eq!(commands::write(&mut again, frame.sequence, &envelopes), envelopes.len());
        if frame.kind == Kind::Commands {
            assert_eq!(again, whole);
        }
    }
    if let Ok(said) = told::read(frame) {
        let mut again = Vec::new();
        frame::write(&mut again, Kind::Told, 0, |into| {
            said.iter().for_each(|told| told::write(into, told));
            frame.count
        });
        let (again, _) = frame::read(&again, MOST_TOLD).expect("it was written").expect("as a whole");
        assert_eq!(told::read(&again), Ok(said));
    }
    let _ = told::answers(frame);
    let _ = frame.record::<Login>("");
    let _ = frame.record::<Hello>("");
    let _ = frame.record::<Welcome>("");
    let _ = frame.record::<Retry>("");
    let _ = frame.record::<Subscribe>("");
    let _ = frame.record::<Goodbye>("");
}

/// What is read of a batch file is its beginning.
fn batch(bytes: &[u8]) {
    let mut again = Vec::new();
    for read in commands::batches(bytes) {
        let Ok((first, envelopes)) = read else { break };
        assert_eq!(commands::write(&mut again, first, &envelopes), envelopes.len());
    }
    assert_eq!(again, bytes[..again.len()]);
}
