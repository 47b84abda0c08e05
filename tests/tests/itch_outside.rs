//! Our own book as ITCH 5.0, rebuilt by an outside reader, `PyPI`'s `itchfeed`: a session of limit orders, icebergs, trades,
//! reductions, replacements, pegs, auctions, a halt and a broken trade. Without it (`BARTIZAN_PYTHON` names the Python that has
//! it; by default `python3`) the test says so and passes.

use std::fmt::Write as _;
use std::process::Command as Process;

use bartizan_engine::book::{
    AccountId, Book, ClientOrderId, Command, Events, MarketData, MatchId, NewOrder, OrdType, PegReference,
    Phase, Price, Quantity, Rules, Side, Time,
};
use bartizan_io::replay::itch50::write::{Session, TickSize};
use bartizan_tests::dice::Dice;
use bartizan_tests::flow_file;
use bartizan_tests::program::{Scratch, run};

/// One random command; `last` is the latest trade.
fn command(dice: &mut Dice, book: &Book, step: usize, last: MatchId) -> Command {
    let account = AccountId(0);
    let phase = |phase| Command::SetPhase(phase);
    match step {
        0 => return phase(Phase::PreOpen),
        300 | 1500 => return phase(Phase::Continuous),
        1200 => return phase(Phase::Halted),
        1300 => return phase(Phase::Reopening),
        1900 => return Command::Bust(last),
        1950 => return phase(Phase::PreClose),
        2000 => return phase(Phase::Closed),
        _ => {}
    }
    let live: Vec<_> = book.live_orders().collect();
    if !live.is_empty() && dice.chance(35) {
        let order = live[dice.below(live.len())];
        let by = Quantity(1 + dice.below(order.leaves.0 as usize) as u64);
        return if dice.chance(50) {
            Command::Cancel { account, order: order.order }
        } else {
            Command::Reduce { account, order: order.order, by }
        };
    }
    let side = if dice.chance(50) { Side::Buy } else { Side::Sell };
    let price = Price(9_990 + dice.below(20) as i64);
    let quantity = Quantity(1 + dice.below(300) as u64);
    let mut order = NewOrder::limit(ClientOrderId(step as u64), side, quantity, price);
    if dice.chance(20) {
        order.display = Quantity(quantity.0.min(50));
    } else if dice.chance(5) {
        order.ord_type =
            OrdType::Pegged { reference: PegReference::Midpoint, offset: Quantity(0), limit: Price::NONE };
    }
    Command::New(order)
}

/// Writes a session, and says how its book looked (as `rebuild.py` says it) before it closed.
fn session(seed: u64, out: &mut Vec<u8>) -> String {
    let mut dice = Dice::new(seed);
    let mut book = Book::new(Rules { index_client_ids: false, ..Rules::default() });
    let mut session =
        Session::new(out, "BARTIZAN", TickSize { multiply: 100, divide: 1 }, 0).expect("memory takes it");
    let (mut events, mut last) = (Events::default(), MatchId(0));
    if book.phase() != Phase::Closed {
        book.apply(Time(0), &Command::SetPhase(Phase::Closed), &mut events);
    }
    for step in 0..1990 {
        events.clear();
        let command = command(&mut dice, &book, step, last);
        book.apply(Time(step as u64), &command, &mut events);
        for event in &events.market {
            if let MarketData::Traded { trade, .. } = event.data {
                last = trade;
            }
        }
        session.command(step as u64, &events.market).expect("all fits");
    }
    book.check();
    session.finish().expect("memory takes it");
    let mut told = String::new();
    for (side, letter) in [(Side::Buy, 'B'), (Side::Sell, 'S')] {
        for level in book.depth(side, usize::MAX) {
            writeln!(told, "{letter} {} {} {}", level.price.0 * 100, level.quantity.0, level.count)
                .expect("a string grows");
        }
    }
    told
}

#[test]
fn our_own_reader_rebuilds_our_sessions() {
    let scratch = Scratch::new();
    for seed in 1..=3 {
        let mut bytes = Vec::new();
        let expected = session(seed, &mut bytes);
        let file = scratch.file("session.itch", &bytes);
        let arguments = ["replay", "--json", "--depth", "1000"].map(AsRef::as_ref);
        let said = run(arguments.into_iter().chain([file.as_os_str()])).clean();
        let json: serde_json::Value = serde_json::from_str(&said).expect("it is JSON");
        let mut told = String::new();
        for (side, letter) in [("bids", 'B'), ("asks", 'S')] {
            for level in json[side].as_array().expect("levels are a list") {
                let price = (level[0].as_f64().expect("a price is a number") * 10_000.0).round();
                writeln!(told, "{letter} {price} {} {}", level[1], level[2]).expect("a string grows");
            }
        }
        assert_eq!(told, expected, "seed {seed}");
    }
}

#[test]
fn an_outside_reader_rebuilds_our_sessions() {
    let python = std::env::var_os("BARTIZAN_PYTHON").unwrap_or_else(|| "python3".into());
    let scratch = Scratch::new();
    for seed in 1..=5 {
        let mut bytes = Vec::new();
        let expected = session(seed, &mut bytes);
        let file = scratch.file("session.itch", &bytes);
        let Ok(said) = Process::new(&python).arg(flow_file("rebuild.py")).arg(&file).output() else {
            println!("skipped: there is no Python to run itchfeed with");
            return;
        };
        let errors = String::from_utf8_lossy(&said.stderr);
        if said.status.code() == Some(77) {
            println!("{errors}");
            return;
        }
        assert!(said.status.success(), "seed {seed}: {errors}");
        let text = String::from_utf8_lossy(&said.stdout);
        let (book, letters) = text.trim_end().rsplit_once('\n').expect("there is a book");
        assert_eq!(format!("{book}\n"), expected, "seed {seed}");
        for letter in ["A=", "E=", "C=", "X=", "D=", "Q=", "I=", "B=1", "H=", "R=1", "S=6"] {
            assert!(letters.contains(letter), "seed {seed}: no {letter} in {letters}");
        }
    }
}
