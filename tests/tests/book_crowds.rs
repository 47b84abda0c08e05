//! Many orders that wait for the same thing, of all terms, while the market moves to and fro: pegs, trailing stops, and icebergs and
//! market orders in a call. The book keeps each in a structure of its own, which few orders do not stir; the twin looks at all of them.

use bartizan_engine::book::{
    AccountId, Bands, Book, ClientOrderId, Command, ExecType, MatchId, NewOrder, OrdType, PegReference,
    Phase, Price, Quantity, Reason, Rules, SelfTrade, Side, TickTable, Time, TimeInForce,
};
use bartizan_engine::codec::Codec;
use bartizan_tests::dice::Dice;
use bartizan_tests::pair::Pair;
use bartizan_tests::session::{Session, at_once, buy, sell};

const SIDES: [Side; 2] = [Side::Buy, Side::Sell];

fn rules(dice: &mut Dice) -> Rules {
    let coarse = TickTable::new(vec![(Price(0), 1), (Price(1_000), 5)]).expect("1,000 is a tick of both");
    let ticks = if dice.below(2) == 0 { coarse } else { TickTable::default() };
    Rules { ticks, index_client_ids: false, ..Rules::default() }
}

/// A price around 1,000, on a tick.
fn price(pair: &Pair, dice: &mut Dice) -> Price {
    pair.book.rules().ticks.at_or_below(Price(960 + dice.below(80) as i64))
}

fn order(dice: &mut Dice, ord_type: OrdType) -> NewOrder {
    let order =
        NewOrder::limit(ClientOrderId(0), *dice.pick(&SIDES), Quantity(1 + dice.below(4) as u64), Price(0));
    let self_trade = *dice.pick(&[SelfTrade::Allow, SelfTrade::CancelOldest, SelfTrade::Decrement]);
    NewOrder { ord_type, account: AccountId(dice.below(3) as u32), self_trade, ..order }
}

/// A limit order, a market order, a change or an end of an order, or the operator's word: what moves a market.
fn stir(pair: &mut Pair, dice: &mut Dice) -> Command {
    let live: Vec<_> = pair.book.live_orders().map(|order| (order.order, order.account)).collect();
    let limit = OrdType::Limit { price: price(pair, dice) };
    match dice.below(20) {
        0..=8 => Command::New(order(dice, limit)),
        9..=11 => Command::New(order(dice, OrdType::Market)),
        12 => {
            let fok = order(dice, limit);
            Command::New(NewOrder { time_in_force: TimeInForce::Fok, quantity: Quantity(20), ..fok })
        }
        13..=17 if !live.is_empty() => {
            let &(order, account) = dice.pick(&live);
            Command::Cancel { account, order }
        }
        18 => Command::SetBands((dice.below(2) == 0).then(|| {
            let low = price(pair, dice);
            Bands { low, high: Price(low.0 + 40) }
        })),
        _ => Command::Advance,
    }
}

fn crowd(seed: u64, waiting: impl Fn(&Pair, &mut Dice) -> OrdType) {
    let mut dice = Dice::new(seed);
    let mut pair = Pair::new(rules(&mut dice));
    // A first trade, for trailing stops to follow.
    for side in SIDES {
        let command = Command::New(NewOrder::limit(ClientOrderId(0), side, Quantity(1), Price(1_000)));
        pair.apply(Time(0), &command);
    }
    for step in 0..500 {
        let command = if step < 120 || dice.below(5) == 0 {
            let kind = waiting(&pair, &mut dice);
            Command::New(order(&mut dice, kind))
        } else {
            stir(&mut pair, &mut dice)
        };
        pair.apply(Time(0), &command);
        pair.book.check();
        if step % 50 == 0 {
            let bytes = pair.book.to_bytes();
            pair.book = Book::from_bytes(&bytes).expect("a book's bytes are a book");
            assert_eq!(pair.book.to_bytes(), bytes, "seed {seed}, step {step}");
        }
    }
}

#[test]
fn pegs_of_many_terms() {
    for seed in 0..60 {
        crowd(seed, |pair, dice| OrdType::Pegged {
            reference: *dice.pick(&[PegReference::Primary, PegReference::Market, PegReference::Midpoint]),
            offset: Quantity(1 + dice.below(12) as u64),
            limit: if dice.below(4) == 0 { Price::NONE } else { price(pair, dice) },
        });
    }
}

#[test]
fn trailing_stops_of_many_offsets() {
    for seed in 0..60 {
        crowd(seed, |pair, dice| match dice.below(4) {
            0 => OrdType::Stop { stop: price(pair, dice) },
            _ => OrdType::TrailingStop { offset: Quantity(1 + dice.below(30) as u64) },
        });
    }
}

#[test]
fn icebergs_and_market_orders_in_a_call() {
    for seed in 0..40 {
        let mut dice = Dice::new(seed);
        let mut pair = Pair::new(rules(&mut dice));
        for phase in [Phase::Closed, Phase::PreOpen] {
            pair.apply(Time(0), &Command::SetPhase(phase));
        }
        for step in 0..250 {
            let command = match dice.below(8) {
                0..=1 => Command::New(order(&mut dice, OrdType::Market)),
                2..=4 => {
                    let kind = OrdType::Limit { price: price(&pair, &mut dice) };
                    let iceberg = order(&mut dice, kind);
                    Command::New(NewOrder { quantity: Quantity(9), display: Quantity(2), ..iceberg })
                }
                5 => {
                    let live: Vec<_> = pair.book.live_orders().collect();
                    let Some(first) = live.first() else { continue };
                    let found = *live.get(dice.below(live.len())).unwrap_or(first);
                    Command::Reduce { account: found.account, order: found.order, by: Quantity(2) }
                }
                _ => stir(&mut pair, &mut dice),
            };
            pair.apply(Time(0), &command);
            pair.book.check();
            if step % 60 == 59 {
                pair.apply(Time(0), &Command::SetPhase(Phase::Continuous));
                pair.apply(Time(0), &Command::SetPhase(Phase::Reopening));
            }
        }
    }
}

/// The reserves of one side's icebergs may be shown in no more parts than the rules say, so that no command has more to tell.
#[test]
fn icebergs_in_more_parts_than_a_side_may_have() {
    let mut session = Session::new(Rules { max_parts: 10, ..Rules::default() });
    let iceberg =
        |client, quantity, display| NewOrder { display: Quantity(display), ..sell(client, quantity, 100) };
    let first = session.enter(iceberg(1, 60, 10)); // five parts in reserve
    let reason = |session: &mut Session, order| session.told(Command::New(order))[0].1;
    assert_eq!(reason(&mut session, iceberg(2, 60, 10)), Reason::BookFull, "six more");
    assert_eq!(
        reason(&mut session, iceberg(3, 50, 10)),
        Reason::Requested,
        "five more, of which one is shown"
    );
    assert_eq!(reason(&mut session, iceberg(4, 20, 10)), Reason::BookFull);
    assert_eq!(reason(&mut session, NewOrder { display: Quantity(1), ..buy(5, 9, 50) }), Reason::Requested);
    // What is shown makes room: one part of the first.
    session.enter(at_once(buy(6, 10, 100)));
    assert_eq!(reason(&mut session, iceberg(7, 20, 10)), Reason::Requested);
    // A replace that asks for more parts than there is room for changes nothing.
    assert_eq!(session.replace(first, 80, 101)[0].1, Reason::BookFull);
    assert_eq!(session.book.order(first).map(|order| order.leaves), Some(Quantity(50)));
    assert_eq!(session.replace(first, 50, 101)[0].1, Reason::Requested);
}

/// A trade may be taken back from an order that is done: the report says what the order's other trades come to.
#[test]
fn a_trade_taken_back_from_an_order_that_is_done() {
    let mut session = Session::default();
    session.enter(sell(1, 5, 100));
    session.enter(sell(2, 5, 100));
    let told = session.apply(Command::New(buy(3, 8, 100)));
    let trades: Vec<MatchId> = [told[1].match_id(), told[3].match_id()].to_vec();
    let bust = |session: &mut Session, trade| -> Vec<_> {
        let told = session.apply(Command::Bust(trade)).iter();
        told.map(|report| (report.exec_type, report.client.0, report.leaves.0, report.cumulative.0)).collect()
    };
    let back = ExecType::TradeCancel;
    // The second order goes on: of its five, three had traded.
    assert_eq!(bust(&mut session, trades[1]), [(back, 3, 0, 5), (back, 2, 2, 0)]);
    let bytes = session.book.to_bytes();
    session.book = Book::from_bytes(&bytes).expect("a book's bytes are a book");
    assert_eq!(bust(&mut session, trades[0]), [(back, 3, 0, 0), (back, 1, 0, 0)]);
}
