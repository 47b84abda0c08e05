//! Any bytes as commands to an order book: its naive twin agrees after each, and the book is sound.

#![no_main]

use bartizan_tests::commands::{Commands, Source};
use bartizan_tests::pair::Pair;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut commands = Commands::new(Source::Bytes(bytes));
    let mut pair = Pair::new(commands.rules.clone());
    while !commands.is_over() {
        let (now, command) = commands.next_command();
        pair.apply(now, &command);
        commands.learn(&pair.events.reports);
    }
    pair.book.check();
});
