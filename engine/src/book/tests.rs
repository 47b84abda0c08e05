//! First steps of a book; what it does in full is compared with its twin in the tests crate.

use super::{
    AccountId, Book, ClientOrderId, Command, Events, ExecType, NewOrder, OrdStatus, Price, Quantity, Reason,
    Rules, Side, Time,
};

fn limit(client: u64, side: Side, quantity: u64, price: i64) -> Command {
    Command::New(NewOrder::limit(ClientOrderId(client), side, Quantity(quantity), Price(price)))
}

#[test]
fn two_orders_trade_at_the_price_of_the_first() {
    let mut book = Book::new(Rules::default());
    let mut events = Events::default();
    book.apply(Time(1), &limit(1, Side::Sell, 10, 100), &mut events);
    book.apply(Time(2), &limit(2, Side::Buy, 4, 105), &mut events);
    let told: Vec<_> =
        events.reports.iter().map(|report| (report.exec_type, report.ord_status, report.reason)).collect();
    assert_eq!(
        told,
        [
            (ExecType::New, OrdStatus::New, Reason::Requested),
            (ExecType::New, OrdStatus::New, Reason::Requested),
            (ExecType::Trade, OrdStatus::Filled, Reason::RemovedLiquidity),
            (ExecType::Trade, OrdStatus::PartiallyFilled, Reason::AddedLiquidity),
        ]
    );
    assert_eq!(events.reports[3].price, Price(100));
    let first = events.reports[0].order;
    assert_eq!(
        book.order(first).map(|order| (order.leaves, order.cumulative)),
        Some((Quantity(6), Quantity(4)))
    );
    book.check();
    book.apply(Time(3), &Command::Cancel { account: AccountId(0), order: first }, &mut events);
    assert!(book.is_empty());
    book.check();
}

#[test]
fn prices_far_apart_keep_their_order() {
    let mut book = Book::new(Rules::default());
    let mut events = Events::default();
    let mut prices: Vec<i64> =
        (0..2_000).map(|step: i64| (step * 7_919 % 2_003 - 1_000) * 1_000_003).collect();
    for &price in &prices {
        book.apply(Time(0), &limit(0, Side::Buy, 1, price), &mut events);
    }
    book.check();
    prices.sort_unstable_by_key(|&price| -price);
    let depth: Vec<i64> = book.depth(Side::Buy, usize::MAX).iter().map(|level| level.price.0).collect();
    assert_eq!(depth, prices);
    for &price in &prices {
        events.clear();
        book.apply(Time(0), &limit(0, Side::Sell, 1, -2_000_000_000), &mut events);
        assert_eq!(events.reports[1].price, Price(price));
    }
    assert!(book.is_empty());
    book.check();
}
