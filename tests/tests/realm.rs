//! A realm against its auditor, on random commands with markets among them; and the same realm read back from its bytes.
//!
//! A failure names its seed. `BARTIZAN_COMMANDS=20000000 cargo test --release -p bartizan-tests --test realm` runs as many commands as it says
//! instead of the few of every day.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use bartizan_engine::codec::Codec;
use bartizan_engine::event::{Event, Events};
use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::command::Envelope;
use bartizan_tests::auditor::Auditor;
use bartizan_tests::commands::Source;
use bartizan_tests::dice::Dice;
use bartizan_tests::realm_commands::RealmCommands;
use bartizan_tests::trace::Trace;

/// Commands of one seed.
const A_SEED: u64 = 1_000;

/// Of so many commands one is asked, if it is refused, whether it left a trace.
const A_TRACE: u64 = 5;

fn seeds() -> u64 {
    let wanted =
        std::env::var("BARTIZAN_COMMANDS").ok().and_then(|wanted| wanted.parse().ok()).unwrap_or(120_000);
    wanted / A_SEED
}

fn run(seed: u64, seen: &mut BTreeSet<u16>) {
    let mut commands = RealmCommands::new(Source::Seeded(Dice::new(seed)));
    let (mut realm, mut auditor, mut events) = (Realm::new(), Auditor::default(), Events::default());
    for step in 1..=A_SEED {
        let (time, envelope) = commands.next_envelope();
        assert_eq!(Envelope::from_bytes(&envelope.to_bytes()).as_ref(), Ok(&envelope), "step {step}");
        events.clear();
        let before = (step % A_TRACE == 0).then(|| Trace::before(&realm, time));
        let answer = realm.apply(Sequence(step), time, &envelope, &mut events);
        if let (Some(before), Some(Event::Rejected { reject, .. })) = (before, events.list.last()) {
            before.is_all_there(&realm, *reject);
        }
        seen.insert(answer.0);
        commands.learn(&envelope, &events);
        auditor.follow((Sequence(step), time), &envelope, (answer, &events), &realm);
        if step % 8 == 0 {
            realm.check();
        }
        if step % 97 == 0 {
            let again = Realm::from_bytes(&realm.to_bytes()).expect("a realm's bytes are a realm");
            assert!(again.to_bytes() == realm.to_bytes(), "step {step}: the same bytes again");
            realm = again;
        }
    }
}

#[test]
fn the_realm_does_what_its_auditor_foretells() {
    let mut seen = BTreeSet::new();
    for seed in 0..seeds() {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run(seed, &mut seen))) {
            println!("seed {seed}");
            resume_unwind(panic);
        }
    }
    assert!(seen.len() > 50, "many answers were given: {seen:?}");
}

/// Whatever is not a command's bytes is refused, and a realm that was written and read goes on as if nothing had been.
#[test]
fn a_realm_read_back_goes_on_the_same() {
    for seed in 0..20 {
        let mut commands = RealmCommands::new(Source::Seeded(Dice::new(seed)));
        let mut stream: Vec<(u64, Envelope)> = Vec::new();
        let (mut realm, mut events) = (Realm::new(), Events::default());
        for step in 1..=400 {
            let (time, envelope) = commands.next_envelope();
            events.clear();
            realm.apply(Sequence(step), time, &envelope, &mut events);
            commands.learn(&envelope, &events);
            stream.push((time, envelope));
        }
        let (mut one, mut other) = (Realm::new(), Realm::new());
        let (mut said, mut heard) = (Events::default(), Events::default());
        for (step, (time, envelope)) in (1..).zip(&stream) {
            said.clear();
            heard.clear();
            one.apply(Sequence(step), *time, envelope, &mut said);
            other.apply(Sequence(step), *time, envelope, &mut heard);
            assert_eq!(said.list, heard.list, "seed {seed}, step {step}");
            assert!(one.to_bytes() == other.to_bytes(), "seed {seed}, step {step}");
            other = Realm::from_bytes(&other.to_bytes()).expect("a realm's bytes are a realm");
        }
        let rejected = said.list.iter().filter(|event| matches!(event, Event::Rejected { .. })).count();
        assert!(rejected <= 1, "one command has one answer");
    }
}
