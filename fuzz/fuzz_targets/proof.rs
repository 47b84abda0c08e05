//! Any bytes, as a small integer program and a proof of it: nothing panics, and what is proven is so.

#![no_main]

use bartizan_tests::commands::Source;
use bartizan_tests::proofs::proves;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    proves(&mut Source::Bytes(bytes));
});
