//! Messages that a book must take in one by one.

use bartizan_engine::book::Side;

use super::*;
use crate::replay::grid::Grid;
use crate::replay::venue::Halt;

fn book(confirms_fills: bool) -> Reconstruction {
    Reconstruction::new(Grid::default(), confirms_fills, false)
}

fn add(order: u64, side: Side, price: i64, quantity: u64) -> Event {
    Event::Add { order, side, price, quantity }
}

fn execute(order: u64, quantity: u64) -> Event {
    Event::Execute { order, quantity, price: None, printable: true }
}

#[test]
fn an_execution_counts_once_our_matching_has_made_it_and_one_of_nothing_never() {
    let mut book = book(false);
    book.apply(1, &add(1, Side::Buy, 100, 5));
    book.apply(2, &execute(1, 0));
    assert_eq!((book.trades(), book.agreement.executions, book.misfits.empty), (&[][..], 0, 1));
    book.apply(3, &Event::Trade { aggressor: None, price: 100, quantity: 0 });
    assert_eq!((book.trades(), book.misfits.empty), (&[][..], 2));
    book.apply(4, &execute(1, 5));
    assert_eq!((book.trades().len(), book.agreement.first_in_queue), (1, 1));
    assert_eq!(book.trades()[0].source, Source::Matched);
}

#[test]
fn an_execution_that_is_told_before_it_is_taken_counts_when_it_is_carried_out() {
    let mut book = book(true);
    book.apply(1, &add(1, Side::Buy, 100, 5));
    book.apply(2, &execute(1, 2));
    assert_eq!((book.agreement.executions, book.trades().len()), (0, 0));
    book.apply(2, &Event::Reduce { order: 1, by: 2 });
    assert_eq!((book.agreement.first_in_queue, book.trades().len()), (1, 1));
    assert_eq!(book.depth(Side::Buy, 1), [Level { price: 100, quantity: 3, count: 1 }]);
    // Of what comes last nothing confirms any more.
    book.apply(3, &execute(1, 3));
    book.finish(3);
    assert_eq!((book.agreement.first_in_queue, book.trades().len(), book.book().len()), (2, 1, 0));
}

#[test]
fn a_cleared_book_knows_nothing_of_its_former_orders() {
    let mut book = book(true);
    let submit = |order, quantity, trades| Event::Submit {
        order,
        side: Side::Buy,
        price: 100,
        quantity,
        trades,
        is_taken_back: false,
    };
    book.apply(1, &submit(1, 5, 2));
    book.apply(1, &submit(2, 0, 0));
    book.apply(2, &Event::Open { order: 1, quantity: 3 });
    assert!(book.is_untraded(1) && book.is_sizeless(2) && book.trading.contains(&1));
    book.apply(3, &Event::Clear);
    assert!(!book.is_untraded(1) && !book.is_sizeless(2) && book.trading.is_empty());
    // Order 1 of the new day never trades, so what crosses it later finds it in the way, and not a partner.
    book.apply(4, &submit(1, 5, 0));
    let sell = Event::Submit {
        order: 3,
        side: Side::Sell,
        price: 100,
        quantity: 5,
        trades: 5,
        is_taken_back: false,
    };
    book.apply(5, &sell);
    assert_eq!((book.trades().len(), book.misfits.crossing), (0, 1));
}

#[test]
fn trading_goes_on_when_neither_halt_holds() {
    let mut book = book(false);
    for (event, collects) in [
        (Event::Halt(Halt::Instrument), true),
        (Event::Halt(Halt::Market), true),
        (Event::Resume(Halt::Instrument), true),
        (Event::Resume(Halt::Market), false),
        (Event::Halt(Halt::Market), true),
        (Event::Resume(Halt::Market), false),
    ] {
        book.apply(1, &event);
        assert_eq!(book.is_collecting(), collects, "{event:?}");
    }
}

#[test]
fn an_order_without_a_price_is_counted_and_in_no_queue() {
    let mut book = book(true);
    book.apply(1, &Event::Unpriced { order: 1 });
    assert_eq!((book.book().len(), book.misfits.unpriced), (0, 1));
}

#[test]
fn sizes_come_out_of_lots_as_they_went_in() {
    let mut book = Reconstruction::new(Grid { tick: 50, lot: 1_000 }, false, false);
    book.apply(1, &add(1, Side::Sell, 150, 7_000));
    book.apply(2, &execute(1, 2_000));
    assert_eq!((book.trades()[0].price, book.trades()[0].quantity), (150, 2_000));
    assert_eq!(book.depth(Side::Sell, 1), [Level { price: 150, quantity: 5_000, count: 1 }]);
    assert_eq!(book.top().ask_quantity.0, 5);
}
