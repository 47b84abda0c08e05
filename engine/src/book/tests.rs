//! First steps of a book; what it does in full is compared with its twin in the tests crate.

use proptest::prelude::*;

use crate::codec::Codec;

use super::{
    AccountId, Book, ClientOrderId, Command, Events, ExecType, Indicative, NewOrder, OrdStatus, OrdType,
    Phase, Price, Quantity, Reason, Rules, Side, TickTable, Time,
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

/// The rule of a call auction, tried at every tick: the ticks between the limits of those who trade, and of them the one of most
/// volume, least imbalance, nearest to the reference, lowest.
fn enumerated(orders: &[(Side, u64, Option<i64>)], ticks: &TickTable, reference: Option<i64>) -> Indicative {
    let sum = |side, trades: &dyn Fn(i64) -> bool| -> u64 {
        let takes = orders.iter().filter(|order| order.0 == side && order.2.is_none_or(trades));
        takes.map(|order| order.1).sum()
    };
    let outcome = |price| {
        let demand = sum(Side::Buy, &|limit| limit >= price);
        let supply = sum(Side::Sell, &|limit| limit <= price);
        (price, demand.min(supply), demand as i64 - supply as i64)
    };
    let most = (-10..=80).map(|price| outcome(price).1).max().expect("there are prices");
    let mut limits = Vec::new();
    for side in [Side::Buy, Side::Sell] {
        let mut queue: Vec<_> = orders.iter().filter(|order| order.0 == side).collect();
        queue.sort_by_key(|order| order.2.map(|limit| if side == Side::Buy { -limit } else { limit }));
        let mut left = most;
        for &(_, quantity, limit) in queue {
            if left == 0 {
                break;
            }
            left -= left.min(quantity);
            limits.extend(limit);
        }
    }
    let limits = limits.iter().min().zip(limits.iter().max()).map(|(&low, &high)| (low, high));
    let only = reference.map(|reference| ticks.at_or_below(Price(reference)).0);
    let Some((low, high)) = limits.or(only.map(|only| (only, only))) else { return Indicative::default() };
    let outcomes = (low..=high).filter(|&price| ticks.contains(Price(price))).map(outcome);
    let best = outcomes.min_by_key(|&(price, volume, imbalance)| {
        let distance = reference.map_or(0, |reference| price.abs_diff(reference));
        (std::cmp::Reverse(volume), imbalance.abs(), distance, price)
    });
    let best = best.filter(|best| best.1 > 0);
    best.map_or(Indicative::default(), |(price, volume, imbalance)| Indicative {
        price: Some(Price(price)),
        quantity: Quantity(volume),
        imbalance,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn an_auction_is_the_best_of_all_ticks(
        orders in prop::collection::vec((any::<bool>(), 1..4_u64, prop::option::weighted(0.85, 0..16_i64)), 1..14),
        reference in prop::option::of(-3..70_i64),
        is_coarse in any::<bool>(),
    ) {
        let ticks = if is_coarse {
            TickTable::new(vec![(Price(0), 2), (Price(8), 4)]).expect("8 is a tick of both")
        } else {
            TickTable::default()
        };
        let mut book = Book::new(Rules { ticks: ticks.clone(), ..Rules::default() });
        let mut events = Events::default();
        book.apply(Time(0), &Command::SetPhase(Phase::Halted), &mut events);
        book.apply(Time(0), &Command::SetPhase(Phase::Reopening), &mut events);
        if let Some(reference) = reference {
            book.apply(Time(0), &Command::SetReference(Price(reference)), &mut events);
        }
        let mut entered = Vec::new();
        for (is_buy, quantity, step) in orders {
            let side = if is_buy { Side::Buy } else { Side::Sell };
            let price = step.map(|step| ticks.at_or_below(Price(step * 3)).0);
            let mut order = NewOrder::limit(ClientOrderId(0), side, Quantity(quantity), Price(price.unwrap_or(0)));
            if price.is_none() {
                order.ord_type = OrdType::Market;
            }
            book.apply(Time(0), &Command::New(order), &mut events);
            prop_assert!(events.reports.iter().all(|report| report.exec_type == ExecType::New));
            entered.push((side, quantity, price));
            prop_assert_eq!(book.indicative(), enumerated(&entered, &ticks, reference));
        }
    }
}

/// One slot carries all of a stream of immediate orders, until its ids are used up; the book is its bytes all along.
#[test]
fn a_slot_that_is_used_up_is_read_back() {
    for max_orders in [4, 1 << 20] {
        let mut book = Book::new(Rules { max_orders, expected_orders: 64, ..Rules::default() });
        let mut events = Events::default();
        let mut order = NewOrder::limit(ClientOrderId(0), Side::Buy, Quantity(1), Price(5));
        order.time_in_force = super::TimeInForce::Ioc;
        for count in 1..=140_000 {
            events.clear();
            book.apply(Time(0), &Command::New(order), &mut events);
            if count % 4_369 == 0 || count == 65_535 {
                let bytes = book.to_bytes();
                let again = Book::from_bytes(&bytes).expect("a book's bytes are a book");
                assert!(again.to_bytes() == bytes, "after {count} orders");
                book = again;
            }
        }
    }
}
