//! Any bytes as commands to a realm: what is none is refused, and whatever the rest does, value is conserved, limits are kept, and the realm that
//! is read back from its bytes is the same.

#![no_main]

use bartizan_engine::event::Events;
use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm::Realm;
use bartizan_tests::commands::Source;
use bartizan_tests::hostile::{as_commands, busy};
use bartizan_tests::realm_commands::RealmCommands;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&way, bytes)) = bytes.split_first() else { return };
    match way % 3 {
        0 => drop(as_commands(bytes, &mut Realm::new())),
        1 => drop(as_commands(bytes, &mut busy(u64::from(way), 40))),
        _ => chosen(bytes),
    }
});

/// Commands that the bytes choose, so that most of them do something.
fn chosen(bytes: &[u8]) {
    let mut source = RealmCommands::new(Source::Bytes(bytes));
    let (mut realm, mut events) = (Realm::new(), Events::default());
    while !source.is_over() {
        let (time, envelope) = source.next_envelope();
        events.clear();
        realm.apply(Sequence(realm.sequence().0 + 1), time, &envelope, &mut events);
        source.learn(&envelope, &events);
    }
    as_commands(&[], &mut realm);
}
