//! Traps that order books are known to fall into, each by its name.

use bartizan_engine::book::{
    AccountId, Bands, Book, ClientOrderId, Command, Counts, Events, ExecType, GroupId, Indicative,
    MarketData, MarketEvent, NewOrder, OrdType, OrderId, Phase, Price, Quantity, Reason, Replace, Rules,
    Side, Time, TimeInForce,
};
use bartizan_tests::session::{Session, at_once, buy, sell, told};

use ExecType::{CancelRejected, Canceled, New, Replaced, Trade};
use Reason::{AddedLiquidity, NoLiquidity, RemovedLiquidity, Requested, UnknownOrder};

#[test]
fn maker_repriced_to_the_aggressors_price() {
    let mut session = Session::default();
    session.enter(sell(1, 5, 100));
    let told = session.told(Command::New(buy(2, 5, 105)));
    assert_eq!(
        told,
        [
            (New, Requested, 2, 105, 5, 5),
            (Trade, RemovedLiquidity, 2, 100, 5, 0),
            (Trade, AddedLiquidity, 1, 100, 5, 0)
        ]
    );
    session.enter(buy(3, 5, 100));
    let told = session.told(Command::New(sell(4, 2, 90)));
    assert_eq!((told[1].3, told[2].3), (100, 100), "to both sides, whoever is the aggressor");
    assert_eq!(session.depth(Side::Buy), [(100, 3)], "what is left of the maker stays at its own price");
}

#[test]
fn partly_filled_maker_loses_its_place() {
    let mut session = Session::default();
    session.enter(sell(1, 10, 100));
    session.enter(sell(2, 10, 100));
    session.enter(at_once(buy(3, 4, 100)));
    assert_eq!(session.queue(Side::Sell), [1, 2]);
    let told = session.told(Command::New(at_once(buy(4, 8, 100))));
    let makers: Vec<_> =
        told.iter().filter(|told| told.1 == AddedLiquidity).map(|told| (told.2, told.4)).collect();
    assert_eq!(makers, [(1, 6), (2, 2)], "the first keeps its turn until it is used up");
}

#[test]
fn phantom_best_level_after_a_cancel() {
    let mut session = Session::default();
    let best = session.enter(buy(1, 5, 100));
    session.enter(buy(2, 5, 98));
    let only = session.enter(sell(3, 5, 103));
    session.cancel(best);
    assert_eq!(session.book.top().bid, Some(Price(98)));
    session.cancel(only);
    assert_eq!((session.book.top().ask, session.book.top().ask_quantity), (None, Quantity(0)));
    let told = session.told(Command::New(at_once(sell(4, 5, 100))));
    assert_eq!(told[1..], [(Canceled, NoLiquidity, 4, 100, 5, 0)], "there is nothing left at 100");
    let told = session.told(Command::New(at_once(sell(5, 9, 98))));
    assert_eq!(
        told[1..].iter().map(|told| (told.0, told.4)).collect::<Vec<_>>(),
        [(Trade, 5), (Trade, 5), (Canceled, 4)]
    );
}

#[test]
fn a_modify_that_crosses() {
    let mut session = Session::default();
    session.enter(sell(1, 5, 105));
    session.enter(sell(2, 5, 107));
    let order = session.enter(buy(3, 8, 100));
    let told = session.replace(order, 8, 106);
    assert_eq!(
        told,
        [
            (Replaced, Requested, 3, 106, 8, 8),
            (Trade, RemovedLiquidity, 3, 105, 5, 3),
            (Trade, AddedLiquidity, 1, 105, 5, 0)
        ],
        "at the maker's price, as far as the new limit reaches"
    );
    assert_eq!(session.depth(Side::Buy), [(106, 3)], "what is left rests at the new price, once");
    assert_eq!(session.depth(Side::Sell), [(107, 5)]);
    assert_eq!(session.book.order(order).map(|order| (order.leaves.0, order.cumulative.0)), Some((3, 5)));
}

#[test]
fn an_acknowledged_stale_cancel() {
    let mut session = Session::default();
    let stale = |order: OrderId| (CancelRejected, UnknownOrder, 0, Price::NONE.0, 0, 0, order);
    let answer = |session: &mut Session, order: OrderId| {
        let reports = session.apply(Command::Cancel { account: AccountId(0), order });
        let [report] = reports else { panic!("one answer: {reports:?}") };
        let (exec_type, reason, client, price, quantity, leaves) = told(report);
        assert_eq!((exec_type, reason, client, price, quantity, leaves, report.order), stale(order));
    };
    let filled = session.enter(sell(1, 5, 100));
    session.enter(at_once(buy(2, 5, 100)));
    answer(&mut session, filled);
    let cancelled = session.enter(sell(3, 5, 100));
    session.cancel(cancelled);
    answer(&mut session, cancelled);
    answer(&mut session, OrderId(0));
    answer(&mut session, OrderId(u64::MAX));
    assert!(session.book.is_empty());
}

#[test]
fn reuse_of_an_id() {
    let mut session = Session::default();
    // The client's id is free again once its order is done, and finds the new order, not the old one.
    let old = session.enter(sell(7, 5, 100));
    assert_eq!(session.told(Command::New(sell(7, 1, 101)))[0].1, Reason::DuplicateClientId);
    session.cancel(old);
    let new = session.enter(sell(7, 3, 102));
    assert_eq!(session.book.find(AccountId(0), ClientOrderId(7)), Some(new));
    // The engine's own id is never given twice, though its slot is.
    assert_ne!(old, new);
    assert_eq!(old.0 as u32, new.0 as u32, "the same slot");
    assert_eq!(session.cancel(old)[0].1, UnknownOrder);
    assert_eq!(session.depth(Side::Sell), [(102, 3)], "the old id does not reach the new order");
    session.enter(at_once(buy(8, 3, 102)));
    assert_ne!(session.enter(sell(7, 5, 100)), new);
    assert_eq!(session.replace(new, 1, 100)[0].1, UnknownOrder);
}

#[test]
fn a_sweep_past_its_own_limit() {
    let mut session = Session::default();
    for (client, price) in [(1, 100), (2, 101), (3, 102), (4, 104)] {
        session.enter(sell(client, 5, price));
    }
    let told = session.told(Command::New(buy(9, 100, 102)));
    let prices: Vec<i64> = told.iter().filter(|told| told.1 == AddedLiquidity).map(|told| told.3).collect();
    assert_eq!(prices, [100, 101, 102]);
    assert_eq!((session.depth(Side::Buy), session.depth(Side::Sell)), (vec![(102, 85)], vec![(104, 5)]));
    // Bands stop even an order without a limit.
    let bands = Bands { low: Price(50), high: Price(103) };
    session.apply(Command::SetBands(Some(bands)));
    let market = NewOrder { ord_type: OrdType::Market, ..buy(10, 5, 0) };
    session.enter(sell(11, 5, 103));
    let told = session.told(Command::New(NewOrder { quantity: Quantity(7), ..market }));
    assert_eq!(told.last(), Some(&(Canceled, NoLiquidity, 10, Price::NONE.0, 2, 0)));
}

#[test]
fn an_auction_price_set_by_one_lot_that_does_not_trade() {
    let market = |order: NewOrder| NewOrder { ord_type: OrdType::Market, ..order };
    let indicated = |reference: Option<i64>, orders: &[NewOrder]| {
        let mut session = Session::default();
        session.apply(Command::SetPhase(Phase::Reopening));
        if let Some(reference) = reference {
            session.apply(Command::SetReference(Price(reference)));
        }
        for &order in orders {
            session.enter(order);
        }
        let Indicative { price, quantity, imbalance } = session.book.indicative();
        (price.map(|price| price.0), quantity.0, imbalance)
    };
    let far = [buy(8, 1, -1_000_000), sell(9, 1, 1_000_000)];
    // Buyers at market take what is offered at 100: nobody who trades names another price.
    let taken = [market(buy(1, 10, 0)), sell(2, 10, 100)];
    for reference in [None, Some(50), Some(5_000), Some(2_000_000)] {
        assert_eq!(indicated(reference, &taken), (Some(100), 10, 0));
        assert_eq!(indicated(reference, &[&taken[..], &far].concat()), (Some(100), 10, 0));
    }
    let hit = [market(sell(1, 10, 0)), sell(2, 5, 90), buy(3, 10, 100)];
    for reference in [None, Some(50), Some(5_000)] {
        assert_eq!(indicated(reference, &hit), (Some(100), 10, -5));
        assert_eq!(indicated(reference, &[&hit[..], &far].concat()), (Some(100), 10, -5));
    }
    // Market orders among themselves trade at the reference, and at no price without one.
    let unpriced = [market(buy(1, 10, 0)), market(sell(2, 10, 0))];
    assert_eq!(indicated(Some(70), &unpriced), (Some(70), 10, 0));
    assert_eq!(indicated(Some(70), &[&unpriced[..], &far].concat()), (Some(70), 10, 0));
    assert_eq!(indicated(None, &[&unpriced[..], &far].concat()), (None, 0, 0));
    // Between the limits of those who trade, the reference decides.
    let crossed = [buy(1, 10, 120), sell(2, 10, 100)];
    for (reference, price) in [(None, 100), (Some(90), 100), (Some(110), 110), (Some(300), 120)] {
        assert_eq!(indicated(reference, &[&crossed[..], &far].concat()), (Some(price), 10, 0));
    }
}

#[test]
fn a_halted_call_that_opens_crossed() {
    let mut session = Session::default();
    let phase = |phase| Command::SetPhase(phase);
    session.apply(phase(Phase::Reopening));
    let market = session.enter(NewOrder { ord_type: OrdType::Market, ..buy(1, 2, 0) });
    session.enter(buy(2, 5, 105));
    session.enter(sell(3, 5, 100));
    assert_eq!(session.told(phase(Phase::Halted)), [], "no auction is held");
    assert_eq!(session.book.interrupted_call(), Some(Phase::Reopening));
    assert_eq!((session.depth(Side::Buy), session.depth(Side::Sell)), (vec![(105, 5)], vec![(100, 5)]));
    let is_top = |event: &MarketEvent| matches!(event.data, MarketData::Top(_));
    assert!(!session.events.market.iter().any(is_top), "a crossed book has no best prices to tell");
    assert_eq!(session.told(phase(Phase::Continuous))[0].1, Reason::WrongPhase);
    session.cancel(market);
    session.apply(phase(Phase::Reopening));
    let told = session.told(phase(Phase::Continuous));
    assert_eq!(told.iter().map(|told| (told.0, told.3)).collect::<Vec<_>>(), [(Trade, 100), (Trade, 100)]);
    assert!(session.book.is_empty() && session.book.interrupted_call().is_none());
}

#[test]
fn a_call_called_off_that_opens_crossed_the_next_day() {
    let mut session = Session::default();
    let phase = |phase| Command::SetPhase(phase);
    session.apply(phase(Phase::PreClose));
    session.enter(NewOrder { ord_type: OrdType::Market, ..buy(1, 2, 0) });
    session.enter(NewOrder { time_in_force: TimeInForce::AtClose, ..buy(2, 2, 99) });
    session.enter(NewOrder { time_in_force: TimeInForce::Day, ..buy(3, 2, 101) });
    session.enter(buy(4, 5, 105));
    session.enter(sell(5, 5, 100));
    session.apply(phase(Phase::Halted));
    let told: Vec<_> =
        session.told(phase(Phase::Closed)).iter().map(|told| (told.0, told.1, told.2)).collect();
    let over = Reason::TimeOver;
    let (expired, cancelled) = (ExecType::Expired, Canceled);
    assert_eq!(told, [(cancelled, NoLiquidity, 1), (expired, over, 2), (expired, over, 3)]);
    assert_eq!(session.told(phase(Phase::Continuous))[0].1, Reason::WrongPhase);
    session.apply(phase(Phase::PreOpen));
    assert_eq!(session.book.indicative().quantity, Quantity(5));
    assert_eq!(session.told(phase(Phase::Continuous)).len(), 2);
    assert!(session.book.is_empty());
}

#[test]
fn an_order_at_the_close_refused_before_the_closing_call() {
    let mut session = Session::default();
    let at_close = |order: NewOrder| NewOrder { time_in_force: TimeInForce::AtClose, ..order };
    let phase = |phase| Command::SetPhase(phase);
    // Entered while trading: live, and neither displayed nor traded with, though it crosses.
    session.enter(sell(1, 5, 100));
    let told = session.told(Command::New(at_close(buy(2, 5, 101))));
    assert_eq!(told, [(New, Requested, 2, 101, 5, 5)]);
    assert_eq!(session.events.market, [], "nobody else is told");
    let market = session.enter(at_close(NewOrder { ord_type: OrdType::Market, ..buy(3, 4, 0) }));
    let other = session.enter(at_close(sell(4, 9, 101)));
    assert_eq!(session.depth(Side::Sell), [(100, 5)]);
    let view = session.book.order(other).expect("it is live");
    assert_eq!((view.displayed.0, view.leaves.0, view.price.0), (0, 9, 101));
    // It can be reduced and replaced, and a market order cancelled but not replaced.
    session.apply(Command::Reduce { account: AccountId(0), order: other, by: Quantity(3) });
    assert_eq!(session.replace(other, 7, 99), [(Replaced, Requested, 4, 99, 7, 7)]);
    assert_eq!(session.replace(market, 7, 99)[0].1, Reason::NotReplaceable);
    // It takes no part in another auction, nor ends with it.
    session.apply(phase(Phase::Reopening));
    session.enter(at_close(sell(5, 1, 100)));
    assert_eq!(session.book.indicative().quantity, Quantity(0));
    assert_eq!(session.told(phase(Phase::Continuous)), []);
    // It joins the closing call in order of entry, behind those displayed.
    session.apply(phase(Phase::PreClose));
    assert_eq!((session.queue(Side::Buy), session.queue(Side::Sell)), (vec![2], vec![4, 1, 5]));
    let added = session.events.market.iter().filter(|event| matches!(event.data, MarketData::Added { .. }));
    assert_eq!(added.count(), 3);
    let told = session.told(phase(Phase::Closed));
    let bought: Vec<_> = told.iter().filter(|told| told.1 == Reason::AuctionBuy).map(|told| told.2).collect();
    assert_eq!(bought, [3, 2, 2], "market orders first");
    assert_eq!(told.last(), Some(&(ExecType::Expired, Reason::TimeOver, 5, 100, 1, 0)));
    assert_eq!(session.queue(Side::Sell), [1], "what is left of a usual order stays");
}

#[test]
fn an_order_at_the_close_left_over_without_a_closing_call() {
    let mut session = Session::default();
    let at_close = |order: NewOrder| NewOrder { time_in_force: TimeInForce::AtClose, ..order };
    session.enter(at_close(buy(1, 5, 100)));
    session.enter(at_close(NewOrder { ord_type: OrdType::Market, ..sell(2, 5, 0) }));
    session.enter(at_close(buy(3, 5, 90)));
    let told = session.told(Command::SetBands(Some(Bands { low: Price(95), high: Price(200) })));
    assert_eq!(told, [(Canceled, Reason::BandsMoved, 3, 90, 5, 0)]);
    let told = session.told(Command::SetPhase(Phase::Closed));
    let over = |client, price| (ExecType::Expired, Reason::TimeOver, client, price, 5, 0);
    assert_eq!(told, [over(1, 100), over(2, Price::NONE.0)]);
    assert!(session.book.is_empty());
}

/// The first trade of a sweep reaches the stop, and the last does not.
#[test]
fn a_stop_passed_by_a_trade_that_was_not_the_last() {
    let mut session = Session::default();
    session.enter(sell(1, 1, 110));
    session.enter(at_once(buy(2, 1, 110)));
    session.enter(NewOrder { ord_type: OrdType::Stop { stop: Price(105) }, ..sell(3, 1, 0) });
    session.enter(sell(4, 1, 100));
    session.enter(sell(5, 1, 120));
    session.enter(buy(6, 1, 90));
    let told = session.told(Command::New(at_once(buy(7, 2, 120))));
    let trades: Vec<i64> = told.iter().filter(|told| told.1 == AddedLiquidity).map(|told| told.3).collect();
    assert_eq!(trades, [100, 120, 90]);
    assert_eq!(told[5], (ExecType::Triggered, Requested, 3, Price::NONE.0, 1, 1));
}

/// An auction's trade elects, though another auction's is the last when trading begins.
#[test]
fn a_stop_passed_by_an_auction_the_day_before() {
    let mut session = Session::default();
    let phase = |phase| Command::SetPhase(phase);
    let stop = session.enter(NewOrder { ord_type: OrdType::Stop { stop: Price(110) }, ..buy(1, 1, 0) });
    session.apply(phase(Phase::PreClose));
    session.enter(buy(2, 1, 110));
    session.enter(sell(3, 1, 110));
    session.apply(phase(Phase::Closed));
    assert_eq!(session.replace(stop, 2, 1)[0].1, Reason::NotTrading);
    session.apply(phase(Phase::PreOpen));
    assert_eq!(session.replace(stop, 2, 1)[0].1, Reason::NotReplaceable, "it is elected");
    session.enter(buy(4, 1, 100));
    session.enter(sell(5, 3, 100));
    let told = session.told(phase(Phase::Continuous));
    assert_eq!(
        told[2..],
        [
            (ExecType::Triggered, Requested, 1, Price::NONE.0, 1, 1),
            (Trade, RemovedLiquidity, 1, 100, 1, 0),
            (Trade, AddedLiquidity, 5, 100, 1, 1)
        ]
    );
}

/// Up and down again within one sweep: the stop follows the top, and the way down elects it.
#[test]
fn a_trailing_stop_that_saw_the_last_trade_alone() {
    let mut session = Session::default();
    session.enter(sell(1, 1, 100));
    session.enter(at_once(buy(2, 1, 100)));
    let trailing = OrdType::TrailingStop { offset: Quantity(5) };
    let stop = session.enter(NewOrder { ord_type: trailing, ..sell(3, 1, 0) });
    let price = |session: &Session| session.book.order(stop).map(|order| order.price.0);
    assert_eq!(price(&session), Some(95));
    for (client, price) in [(4, 110), (5, 106), (6, 105), (7, 90)] {
        session.enter(buy(client, 1, price));
    }
    session.enter(at_once(sell(8, 2, 106)));
    assert_eq!(price(&session), Some(105), "five below the highest");
    let told = session.told(Command::New(at_once(sell(9, 1, 105))));
    assert_eq!(
        told[3..],
        [
            (ExecType::Triggered, Requested, 3, Price::NONE.0, 1, 1),
            (Trade, RemovedLiquidity, 3, 90, 1, 0),
            (Trade, AddedLiquidity, 7, 90, 1, 0)
        ]
    );
    // The same in one command.
    session.enter(NewOrder { ord_type: trailing, ..sell(10, 1, 0) });
    session.enter(buy(11, 1, 110));
    session.enter(buy(12, 1, 104));
    let told = session.told(Command::New(at_once(sell(13, 2, 104))));
    assert_eq!(told[5].0, ExecType::Triggered, "104 is reached from 110, though not from the last trade");
}

/// Every map in the book is reached. Hash seeds differ between processes, addresses and room between books; reports, market
/// data and digests do not: the last is pinned.
#[test]
fn replay_that_depends_on_hash_order() {
    let (small, large) = (crowd(1), crowd(100_000));
    assert!(small.1.reports.len() > 700 && small.1.market.len() > 700);
    assert!(small.1.reports == large.1.reports && small.1.market == large.1.market);
    assert_eq!(small.0.digest(), large.0.digest());
    assert_eq!(small.0.digest(), PINNED, "another process got another book");
}

/// What [`crowd`] comes to. It changes with the rules of the book alone.
const PINNED: u64 = 11_536_095_542_068_239_224;

/// A book with room for as many orders, after a crowd of orders came, and went by account, group, expiry and trade.
fn crowd(expected_orders: u32) -> (Book, Events) {
    let mut session = Session::new(Rules { expected_orders, ..Rules::default() });
    let mut all = Events::default();
    let mut apply = |session: &mut Session, command: Command| {
        session.apply(command);
        all.reports.append(&mut session.events.reports);
        all.market.append(&mut session.events.market);
    };
    for step in 0..400_u64 {
        let far = (step % 7) as i64;
        let order = if step % 2 == 0 { buy(step + 1, 3, 100 - far) } else { sell(step + 1, 3, 101 + far) };
        let (account, group) = (AccountId((step % 5) as u32), GroupId((step % 3) as u32));
        let order = NewOrder { account, group, expires: Time(500 + step % 11), ..order };
        let time_in_force = if step % 4 == 0 { TimeInForce::Gtd } else { TimeInForce::Day };
        apply(&mut session, Command::New(NewOrder { time_in_force, ..order }));
    }
    apply(&mut session, Command::MassCancel { account: AccountId(2), side: None });
    apply(&mut session, Command::CancelGroup { group: GroupId(1) });
    let account = AccountId(0);
    let order = session.book.find(account, ClientOrderId(1)).expect("it is in group 0");
    let (client, price, stop) = (ClientOrderId(999), Price(99), Price::NONE);
    let (quantity, counts) = (Quantity(9), Counts::Open);
    apply(&mut session, Command::Replace(Replace { account, order, client, price, stop, quantity, counts }));
    apply(&mut session, Command::New(buy(1_000, 300, 200)));
    session.now = 505;
    apply(&mut session, Command::Advance);
    (session.book, all)
}
