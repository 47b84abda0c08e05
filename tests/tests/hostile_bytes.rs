//! Bytes that nobody meant, on every run: what the fuzz targets `snapshot`, `commands` and `proof` do for longer. `BARTIZAN_HOSTILE_SEEDS=1000000` makes more of it, and
//! `BARTIZAN_HOSTILE_SEED=7` replays seed 7.

use std::cell::Cell;

use bartizan_engine::codec::Codec;
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::identity::Identity;
use bartizan_tests::commands::Source;
use bartizan_tests::dice::Dice;
use bartizan_tests::hostile::{as_commands, as_state, busy, change, commands, framed, kept};
use bartizan_tests::lives::live;
use bartizan_tests::proofs::proves;

#[test]
fn a_changed_snapshot_is_refused_or_is_a_realm_that_is_whole() {
    let mut states: Vec<Vec<u8>> = (0..12).map(|seed| busy(seed, 30 + seed * 60).to_bytes()).collect();
    states.extend(kept().into_iter().skip(24).step_by(4).map(|(_, state)| state));
    let taken = Cell::new(0);
    live("HOSTILE", 20_000, |seed| {
        let mut dice = Dice::new(seed);
        let mut bytes = dice.pick(&states).clone();
        change(&mut bytes, &mut dice);
        taken.set(taken.get() + usize::from(as_state(&bytes, seed)));
    });
    println!("{} were realms all the same", taken.get());
}

#[test]
fn a_made_up_proof_is_refused_or_proves_what_is_so() {
    let proven = Cell::new(0);
    live("HOSTILE", 200_000, |seed| {
        proven.set(proven.get() + u64::from(proves(&mut Source::Seeded(Dice::new(seed)))));
    });
    println!("{} of them prove something", proven.get());
}

/// Single bytes, each set to what is likely to matter, in realms with something of everything.
#[test]
fn each_byte_of_a_snapshot_made_extreme_is_refused_or_harmless() {
    let (_, last) = kept().pop().expect("there are some");
    let (_, with_a_round_closed) = kept().swap_remove(56);
    for state in [busy(3, 150).to_bytes(), last, with_a_round_closed] {
        for at in 0..state.len() {
            for value in [0, 0x7f, 0xff] {
                let mut bytes = state.clone();
                bytes[at] = value;
                as_state(&bytes, at as u64);
            }
        }
    }
}

#[test]
fn changed_commands_are_refused_or_leave_a_realm_that_is_whole() {
    let (done, kept) = (Cell::new(0), kept());
    live("HOSTILE", 4_000, |seed| {
        let mut dice = Dice::new(seed);
        let mut bytes =
            if seed % 2 == 0 { commands(seed, 60) } else { framed(kept.iter().map(|(one, _)| one)) };
        for _ in 0..8 {
            change(&mut bytes, &mut dice);
        }
        done.set(done.get() + as_commands(&bytes, &mut Realm::new()));
    });
    assert!(done.get() > 0, "some were commands");
}

#[test]
fn ids_at_the_end_of_all_numbers_are_read_back() {
    let mut realm = Realm::new();
    let line = |id: u128| {
        let text = format!(r#"{{"id": "{id}", "command": {{"AdvanceClock": {{}}}}}}"#);
        bartizan_io::node::intake::read_line(1, text.as_bytes()).expect("a command").expect("a line")
    };
    for id in [u128::MAX - 3, u128::MAX - 1, u128::MAX] {
        let sequence = bartizan_engine::ledger::units::Sequence(realm.sequence().0 + 1);
        let mut events = bartizan_engine::event::Events::default();
        assert!(realm.apply(sequence, 1, &line(id).into_envelope(), &mut events).is_done());
    }
    let again = Realm::from_bytes(&realm.to_bytes()).expect("a realm's bytes are a realm");
    let known = again.identify(&line(u128::MAX).into_envelope());
    assert!(matches!(known, Identity::Repeated { .. }), "{known:?}");
}
