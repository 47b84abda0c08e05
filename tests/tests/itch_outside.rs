//! Our own book as ITCH 5.0, rebuilt by an outside reader, `PyPI`'s `itchfeed`: a session of limit orders, icebergs, trades,
//! reductions, replacements, pegs, the three auctions, a halt and a broken trade, until after its close. Without it (`BARTIZAN_PYTHON` names the Python that has
//! it; by default `python3`) the test says so and passes.

use bartizan_engine::book::{
    AccountId, Book, ClientOrderId, Command, Counts, Events, MarketData, MatchId, NewOrder, OrdType,
    PegReference, Phase, Price, Quantity, Replace, Rules, Side, Time, TimeInForce,
};
use bartizan_io::replay::grid::Grid;
use bartizan_io::replay::itch50::message::{Body, parse};
use bartizan_io::replay::itch50::scale::Scale;
use bartizan_io::replay::itch50::write::Session;
use bartizan_tests::dice::Dice;
use bartizan_tests::itch_book::{by_itchfeed, by_our_reader, shown};
use bartizan_tests::program::Scratch;

/// How many commands a session is of.
const STEPS: usize = 2_001;

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
        2_000 => return phase(Phase::Closed),
        _ => {}
    }
    let live: Vec<_> = book.live_orders().collect();
    if !live.is_empty() && dice.chance(35) {
        let order = live[dice.below(live.len())];
        let by = Quantity(1 + dice.below(order.leaves.0 as usize) as u64);
        return match dice.below(3) {
            0 => Command::Cancel { account, order: order.order },
            1 => Command::Reduce { account, order: order.order, by },
            _ => {
                let price = Price(9_990 + dice.below(20) as i64);
                let (client, stop, quantity) =
                    (ClientOrderId(0), Price::NONE, Quantity(1 + dice.below(300) as u64));
                let counts = Counts::Open;
                Command::Replace(Replace {
                    account,
                    order: order.order,
                    client,
                    price,
                    stop,
                    quantity,
                    counts,
                })
            }
        };
    }
    let side = if dice.chance(50) { Side::Buy } else { Side::Sell };
    let price = Price(9_990 + dice.below(20) as i64);
    let quantity = Quantity(1 + dice.below(300) as u64);
    let mut order = NewOrder::limit(ClientOrderId(step as u64), side, quantity, price);
    // Some outlive the close, so that there is a book after it.
    order.time_in_force = if dice.chance(50) { TimeInForce::Gtc } else { TimeInForce::Day };
    if dice.chance(20) {
        order.display = Quantity(quantity.0.min(50));
    } else if dice.chance(5) {
        order.ord_type =
            OrdType::Pegged { reference: PegReference::Midpoint, offset: Quantity(0), limit: Price::NONE };
    }
    Command::New(order)
}

/// Writes a session, and says how its book looked (as `rebuild.py` says it) after it closed.
fn session(seed: u64, out: &mut Vec<u8>) -> String {
    let mut dice = Dice::new(seed);
    let mut book = Book::new(Rules { index_client_ids: false, ..Rules::default() });
    let scale = Scale { grid: Grid { tick: 100, lot: 1 }, price_decimals: 4, quantity_decimals: 0 };
    let mut session = Session::new(out, "BARTIZAN", scale, 0).expect("memory takes it");
    let (mut events, mut last) = (Events::default(), MatchId(0));
    if book.phase() != Phase::Closed {
        book.apply(Time(0), &Command::SetPhase(Phase::Closed), &mut events);
    }
    for step in 0..STEPS {
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
    assert_eq!(book.phase(), Phase::Closed);
    session.finish().expect("memory takes it");
    shown(&book)
}

#[test]
fn each_auction_and_each_trade_has_a_number_of_its_own_and_each_order_a_new_one() {
    let mut crosses = Vec::new();
    for seed in 1..=3 {
        let mut bytes = Vec::new();
        session(seed, &mut bytes);
        let (mut trades, mut orders, mut broken) = (Vec::new(), Vec::new(), Vec::new());
        let mut rest = &bytes[..];
        while let [high, low, message @ ..] = rest {
            let (message, after) = message.split_at(usize::from(u16::from_be_bytes([*high, *low])));
            rest = after;
            match parse(message).expect("each is whole").1 {
                Body::OrderExecuted { match_number, .. }
                | Body::OrderExecutedPrice { match_number, printable: b'Y', .. }
                | Body::Trade { match_number, .. } => trades.push(match_number),
                Body::CrossTrade { match_number, cross, .. } => {
                    trades.push(match_number);
                    crosses.push(cross);
                }
                Body::AddOrder { order, .. } | Body::OrderReplace { new_order: order, .. } => {
                    orders.push(order);
                }
                Body::BrokenTrade { match_number } => broken.push(match_number),
                _ => {}
            }
        }
        assert!(orders.is_sorted_by(|a, b| a < b), "an order has the number of one before it, seed {seed}");
        assert_eq!(broken.len(), 1, "seed {seed}");
        let all = trades.len();
        trades.sort_unstable();
        trades.dedup();
        assert_eq!(trades.len(), all, "two trades have one number, seed {seed}");
    }
    assert_eq!(crosses, b"OHCOHCOHC");
}

#[test]
fn our_own_reader_rebuilds_our_sessions() {
    let scratch = Scratch::new();
    for seed in 1..=3 {
        let mut bytes = Vec::new();
        let expected = session(seed, &mut bytes);
        let file = scratch.file("session.itch", &bytes);
        assert_eq!(by_our_reader(&file), expected, "seed {seed}");
    }
}

#[test]
fn an_outside_reader_rebuilds_our_sessions() {
    let scratch = Scratch::new();
    for seed in 1..=5 {
        let mut bytes = Vec::new();
        let expected = session(seed, &mut bytes);
        let file = scratch.file("session.itch", &bytes);
        let Some((book, letters)) = by_itchfeed(&file) else { return };
        assert_eq!(book, expected, "seed {seed}");
        for letter in ["A=", "E=", "C=", "X=", "D=", "U=", "P=", "Q=3", "I=", "B=1", "H=7", "R=1", "S=6"] {
            assert!(letters.contains(letter), "seed {seed}: no {letter} in {letters}");
        }
    }
}
