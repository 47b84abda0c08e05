//! Any bytes as a realm's state, or a sound state changed by them: they are refused with a place and a word, or are a realm that is whole, is
//! written as it was read, and goes on.

#![no_main]

use bartizan_engine::codec::Codec;
use bartizan_tests::hostile::{as_state, busy, kept};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&way, bytes)) = bytes.split_first() else { return };
    match way {
        0..64 => drop(as_state(bytes, u64::from(way))),
        64..192 => drop(as_state(&changed(busy(u64::from(way), u64::from(way)).to_bytes(), bytes), 1)),
        _ => {
            let mut kept = kept();
            let at = usize::from(way) % kept.len();
            as_state(&changed(kept.swap_remove(at).1, bytes), 1);
        }
    }
});

/// A state changed as `bytes` say: each six are what to do, where, and with what.
fn changed(mut state: Vec<u8>, bytes: &[u8]) -> Vec<u8> {
    for edit in bytes.chunks_exact(6).take(8) {
        let at = usize::from(u16::from_le_bytes([edit[1], edit[2]])) % (state.len() + 1);
        let width = 1 << (edit[3] % 5);
        let end = (at + width).min(state.len());
        match edit[0] % 6 {
            0 => state[at..end].fill(edit[4]),
            1 => state[at..end].iter_mut().take(1).for_each(|byte| *byte ^= 1 << (edit[4] % 8)),
            2 => drop(state.drain(at..end)),
            3 => state.insert(at, edit[4]),
            4 => state.extend_from_within(at..end),
            _ => state[at..end].iter_mut().zip(&edit[4..]).for_each(|(byte, &new)| *byte = new),
        }
    }
    state
}
