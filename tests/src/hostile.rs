//! Bytes that nobody meant: as commands to a realm, and as a realm's state. The fuzz targets and a test on every run share what must hold of them.

use std::sync::Arc;

use bartizan_engine::codec::Codec;
use bartizan_engine::event::Events;
use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::command::Envelope;
use bartizan_engine::realm::identity::Identity;
use bartizan_io::journal::Directory;
use bartizan_io::node::History;

use crate::commands::Source;
use crate::dice::Dice;
use crate::realm_commands::RealmCommands;

/// A realm in which something has happened: markets, orders, holds, trades.
pub fn busy(seed: u64, commands: u64) -> Realm {
    let mut source = RealmCommands::new(Source::Seeded(Dice::new(seed)));
    let (mut realm, mut events) = (Realm::new(), Events::default());
    for sequence in 1..=commands {
        let (time, envelope) = source.next_envelope();
        events.clear();
        realm.apply(Sequence(sequence), time, &envelope, &mut events);
        source.learn(&envelope, &events);
    }
    realm
}

/// The commands of the realm that is kept in `tests/journals/realm-1`, of every kind, and the realm's state after each.
///
/// # Panics
/// If they are not there.
pub fn kept() -> Vec<(Envelope, Vec<u8>)> {
    let path = crate::workspace().join("tests/journals/realm-1");
    let storage = Arc::new(Directory::open_to_read(&path).expect("it is part of the repository"));
    let history = History::from_start(storage).expect("it is sound");
    let mut kept = Vec::new();
    let told = history.run(None, |moment| kept.push((moment.envelope.clone(), moment.realm.to_bytes())));
    told.expect("it is sound");
    kept
}

/// Bytes as a realm's state: they are none, with a place and a word, or a realm that is whole, is written as it was read, and goes on. Says
/// whether they were one.
///
/// # Panics
/// If they are neither.
pub fn as_state(bytes: &[u8], seed: u64) -> bool {
    match Realm::from_bytes(bytes) {
        Err(error) => {
            assert!(error.at <= bytes.len() && !error.expected.is_empty(), "{error}");
            false
        }
        Ok(mut realm) => {
            realm.check();
            let again = realm.to_bytes();
            let differs = again.iter().zip(bytes).position(|(one, other)| one != other);
            assert!(again == bytes, "a state has one form, but for byte {differs:?}");
            go_on(&mut realm, seed, 40);
            true
        }
    }
}

/// Some more commands, after which all must hold still.
fn go_on(realm: &mut Realm, seed: u64, commands: u64) {
    let mut source = RealmCommands::new(Source::Seeded(Dice::new(seed)));
    // Past the commands that found a realm: this one is founded.
    (0..24).for_each(|_| drop(source.next_envelope()));
    let mut events = Events::default();
    for _ in 0..commands {
        let (time, envelope) = source.next_envelope();
        events.clear();
        let sequence = Sequence(realm.sequence().0 + 1);
        realm.apply(sequence, time.max(realm.clock()), &envelope, &mut events);
        source.learn(&envelope, &events);
    }
    realm.check();
}

/// Bytes as commands to a realm: each two are a length, and then so many bytes are an envelope or not. Whatever they are, value is conserved,
/// limits are kept, and the realm read back from its bytes is the same. Says how many were commands.
///
/// # Panics
/// If something does not hold.
pub fn as_commands(mut bytes: &[u8], realm: &mut Realm) -> usize {
    let mut count = 0;
    let mut events = Events::default();
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let length = usize::from(u16::from_le_bytes(*length)).min(rest.len());
        let (body, rest) = rest.split_at(length);
        bytes = rest;
        let Ok(envelope) = Envelope::from_bytes(body) else { continue };
        assert!(envelope.to_bytes() == body, "a command has one form");
        events.clear();
        let sequence = Sequence(realm.sequence().0 + 1);
        let answer = realm.apply(sequence, realm.clock() + 7, &envelope, &mut events);
        if let Identity::Repeated { answer: first, made, .. } = realm.identify(&envelope) {
            assert_eq!((first, made), (answer, events.made), "the answer is remembered: {envelope:?}");
        }
        count += 1;
    }
    realm.check();
    let again = Realm::from_bytes(&realm.to_bytes()).expect("a realm's bytes are a realm");
    assert!(again.to_bytes() == realm.to_bytes(), "the same bytes again");
    count
}

/// Commands as [`as_commands`] reads them.
pub fn framed<'a>(envelopes: impl IntoIterator<Item = &'a Envelope>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for envelope in envelopes {
        let body = envelope.to_bytes();
        bytes.extend_from_slice(&(body.len() as u16).to_le_bytes());
        bytes.extend_from_slice(&body);
    }
    bytes
}

/// Random commands as [`as_commands`] reads them.
pub fn commands(seed: u64, count: usize) -> Vec<u8> {
    let mut source = RealmCommands::new(Source::Seeded(Dice::new(seed)));
    let envelopes: Vec<Envelope> = (0..count).map(|_| source.next_envelope().1).collect();
    framed(&envelopes)
}

/// Changes bytes as a seed says: some of them set, flipped, taken out, put in, or a number in them made extreme.
pub fn change(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.below(3) {
        let at = dice.below(bytes.len() + 1);
        let width = [1, 4, 8, 16][dice.below(4)];
        let end = (at + width).min(bytes.len());
        match dice.below(8) {
            0 => bytes[at..end].fill(0),
            1 => bytes[at..end].fill(0xff),
            2 => bytes[at..end].iter_mut().for_each(|byte| *byte = dice.below(256) as u8),
            3 => drop(bytes.drain(at..end)),
            4 => bytes.insert(at, dice.below(256) as u8),
            5 => bytes.truncate(at),
            6 => bytes.extend_from_within(at..end),
            _ => bytes[at..end].iter_mut().take(1).for_each(|byte| *byte ^= 1 << dice.below(8)),
        }
    }
}
