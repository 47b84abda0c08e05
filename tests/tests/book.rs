//! The order book against its naive twin, on random commands with every feature mixed.
//!
//! A failure names its seed. `BARTIZAN_COMMANDS=20000000 cargo test --release -p bartizan-tests --test book` runs as many
//! commands as it says instead of the million of every day.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use bartizan_engine::book::{
    AccountId, Book, ClientOrderId, Command, Events, ExecType, NewOrder, Price, Quantity, Reason, Rules,
    Side, Time,
};
use bartizan_engine::codec::Codec;
use bartizan_tests::commands::{Commands, Source};
use bartizan_tests::dice::Dice;
use bartizan_tests::pair::Pair;
use proptest::prelude::*;

/// Commands of one seed.
const A_SEED: usize = 2_000;

fn commands(seed: u64) -> Commands<'static> {
    Commands::new(Source::Seeded(Dice::new(seed)))
}

/// How many seeds to run.
fn seeds() -> u64 {
    let wanted =
        std::env::var("BARTIZAN_COMMANDS").ok().and_then(|wanted| wanted.parse().ok()).unwrap_or(1_000_000);
    wanted / A_SEED as u64
}

/// What was seen of what can happen.
#[derive(Default)]
struct Seen {
    kinds: BTreeSet<ExecType>,
    reasons: BTreeSet<Reason>,
}

fn run(seed: u64, seen: &mut Seen) {
    let mut commands = commands(seed);
    let mut pair = Pair::new(commands.rules.clone());
    for number in 0..A_SEED {
        let (now, command) = commands.next_command();
        pair.apply(now, &command);
        if number % 8 == 0 {
            pair.book.check(); // as dear as all the rest
        }
        if number % 61 == 0 {
            let bytes = pair.book.to_bytes();
            let again = Book::from_bytes(&bytes).expect("a book's bytes are a book");
            assert_eq!((again.digest(), again.to_bytes() == bytes), (pair.book.digest(), true));
            pair.book = again; // what follows is of the book that was read
        }
        commands.learn(&pair.events.reports);
        for report in &pair.events.reports {
            seen.kinds.insert(report.exec_type);
            seen.reasons.insert(report.reason);
        }
    }
}

#[test]
fn the_book_does_what_its_twin_does() {
    let mut seen = Seen::default();
    for seed in 0..seeds() {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run(seed, &mut seen))) {
            println!("seed {seed}");
            resume_unwind(panic);
        }
    }
    assert_eq!(seen.kinds.len(), 10, "every kind of report was made: {:?}", seen.kinds);
    assert_eq!(seen.reasons.len(), 14 + 16 + 5 + 4, "every reason was given: {:?}", seen.reasons);
}

/// What a book tells and holds does not depend on how commands were batched, nor on the room it was given.
#[test]
fn batches_and_single_commands_come_to_the_same() {
    for seed in 0..40 {
        let mut stream = commands(seed);
        let mut one = Book::new(stream.rules.clone());
        let mut events = Events::default();
        let mut taken: Vec<Command> = Vec::new();
        for _ in 0..A_SEED {
            let (_, command) = stream.next_command();
            let before = events.reports.len();
            one.apply(Time(seed), &command, &mut events);
            stream.learn(&events.reports[before..]);
            taken.push(command);
        }
        let mut batched =
            Book::new(bartizan_engine::book::Rules { expected_orders: 1 << 19, ..stream.rules.clone() });
        let mut told = Events::default();
        for batch in taken.chunks(1 + seed as usize) {
            batched.apply_batch(Time(seed), batch, &mut told);
        }
        assert!(told.reports == events.reports && told.market == events.market, "seed {seed}");
        assert_eq!(batched.digest(), one.digest(), "seed {seed}");
    }
}

/// Among more orders than the caches hold, a batch asks for what it names before its turn; that changes nothing.
#[test]
fn a_batch_that_fetches_ahead_comes_to_the_same() {
    const LIVE: u64 = 300_000;
    let mut dice = Dice::new(7);
    let rules = Rules { index_client_ids: false, ..Rules::default() };
    let (mut one, mut batched) = (Book::new(rules.clone()), Book::new(rules));
    let (mut events, mut told) = (Events::default(), Events::default());
    let order = |client: u64, dice: &mut Dice| {
        let side = *dice.pick(&[Side::Buy, Side::Sell]);
        let price =
            if side == Side::Buy { 1_000 - dice.between(0, 300) } else { 1_001 + dice.between(0, 300) };
        Command::New(NewOrder::limit(ClientOrderId(client), side, Quantity(5), Price(price)))
    };
    let mut ids = Vec::new();
    for client in 1..=LIVE {
        let command = order(client, &mut dice);
        events.clear();
        one.apply(Time(0), &command, &mut events);
        ids.push(events.reports[0].order);
        told.clear();
        batched.apply(Time(0), &command, &mut told);
    }
    for round in 0..40 {
        let commands: Vec<Command> = (0..500)
            .map(|number| match dice.below(4) {
                0 => order(LIVE + round * 500 + number + 1, &mut dice),
                1 => Command::Reduce { account: AccountId(0), order: *dice.pick(&ids), by: Quantity(2) },
                _ => Command::Cancel { account: AccountId(0), order: *dice.pick(&ids) },
            })
            .collect();
        events.clear();
        for command in &commands {
            one.apply(Time(0), command, &mut events);
        }
        told.clear();
        batched.apply_batch(Time(0), &commands, &mut told);
        assert!(told.reports == events.reports && told.market == events.market, "round {round}");
    }
    assert_eq!(batched.digest(), one.digest());
    batched.check();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// The same from arbitrary bytes, so that what fails shrinks to the few commands that it takes.
    #[test]
    fn any_bytes_are_commands_that_both_agree_on(bytes in prop::collection::vec(any::<u8>(), 0..1_500)) {
        let mut commands = Commands::new(Source::Bytes(&bytes));
        let mut pair = Pair::new(commands.rules.clone());
        while !commands.is_over() {
            let (now, command) = commands.next_command();
            pair.apply(now, &command);
            pair.book.check();
            commands.learn(&pair.events.reports);
        }
    }
}
