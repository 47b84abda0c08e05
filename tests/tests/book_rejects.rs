//! Every reason to reject, provoked: the report says it, and the book is as if nothing had been asked.

use std::collections::BTreeSet;

use bartizan_engine::book::{
    AccountId, Bands, Book, ClientOrderId, Command, Counts, Events, ExecType, GroupId, Indicative, MAX_OPEN,
    MatchId, NewOrder, OrdType, OrderId, PegReference, Phase, PostOnly, Price, Quantity, Reason, Replace,
    Rules, Side, TickTable, Time, TimeInForce,
};
use bartizan_tests::session::{Session, at_once, buy, sell};

const OWNER: AccountId = AccountId(1);
const MAX: u64 = Quantity::MAX.0;

/// A book with lots of 2, a tick of 1 below 100 and of 5 from there, bands from 10 to 900, and room for 6 orders; offers of 10
/// at 100 (of which 2 have traded) and at 110, and bids of 10 at 90 and of 4 at 20, the last a pegged one.
struct Scene {
    session: Session,
    ask: OrderId,
    peg: OrderId,
    stop: OrderId,
    trade: MatchId,
}

fn owned(order: NewOrder) -> NewOrder {
    NewOrder { account: OWNER, ..order }
}

fn scene() -> Scene {
    let ticks = TickTable::new(vec![(Price(0), 1), (Price(100), 5)]).expect("100 is a tick of both");
    let mut session = Session::new(Rules { ticks, lot: Quantity(2), max_orders: 6, ..Rules::default() });
    session.apply(Command::SetBands(Some(Bands { low: Price(10), high: Price(900) })));
    let ask = session.enter(owned(sell(1, 10, 100)));
    session.enter(owned(sell(2, 10, 110)));
    session.enter(owned(buy(3, 10, 90)));
    let peg = OrdType::Pegged { reference: PegReference::Primary, offset: Quantity(70), limit: Price::NONE };
    let peg = session.enter(owned(NewOrder { ord_type: peg, ..buy(4, 4, 0) }));
    session.enter(buy(5, 2, 100));
    let trade = session.events.reports[1].match_id();
    let stop =
        session.enter(owned(NewOrder { ord_type: OrdType::Stop { stop: Price(500) }, ..buy(6, 4, 0) }));
    assert_eq!(session.book.len(), 5);
    Scene { session, ask, peg, stop, trade }
}

/// Asserts that a command is rejected for a reason, and leaves of the book what a cancel of nothing leaves.
#[track_caller]
fn rejects(seen: &mut BTreeSet<Reason>, reason: Reason, prepare: &[Command], command: Command) {
    let [mut scene, mut other] = [scene(), scene()].map(|scene| scene.session);
    for &step in prepare {
        scene.apply(step);
        other.apply(step);
        let is_refused = scene.events.reports.iter().any(|report| report.reason.is_rejection());
        assert!(!is_refused, "{step:?}: {:?}", scene.events.reports);
    }
    let told = scene.apply(command).to_vec();
    assert_eq!(told.iter().map(|report| report.reason).collect::<Vec<_>>(), [reason], "{command:?}");
    let is_change = matches!(
        command,
        Command::Cancel { .. }
            | Command::Reduce { .. }
            | Command::Replace(_)
            | Command::MassCancel { .. }
            | Command::CancelGroup { .. }
    );
    let expected = if is_change { ExecType::CancelRejected } else { ExecType::Rejected };
    assert_eq!(told[0].exec_type, expected, "{command:?}");
    assert!(scene.events.market.is_empty(), "nobody else is told: {:?}", scene.events.market);
    other.apply(Command::Cancel { account: AccountId(0), order: OrderId(0) });
    assert_eq!(scene.book.digest(), other.book.digest(), "{command:?} changed the book");
    seen.insert(reason);
}

/// An order that would be taken, but for the change made to it.
fn order(change: impl FnOnce(&mut NewOrder)) -> Command {
    let mut order = owned(buy(50, 4, 90));
    change(&mut order);
    Command::New(order)
}

fn replace(order: OrderId, change: impl FnOnce(&mut Replace)) -> Command {
    let mut replace = Replace {
        account: OWNER,
        order,
        client: ClientOrderId(0),
        price: Price(105),
        stop: Price::NONE,
        quantity: Quantity(10),
        counts: Counts::Open,
    };
    change(&mut replace);
    Command::Replace(replace)
}

fn to(phases: &[Phase]) -> Vec<Command> {
    phases.iter().map(|&phase| Command::SetPhase(phase)).collect()
}

#[test]
fn new_orders_are_rejected_for_phases_quantities_and_terms() {
    let seen = &mut BTreeSet::new();
    rejects(seen, Reason::NotTrading, &to(&[Phase::Halted]), order(|_| ()));
    rejects(seen, Reason::NotTrading, &to(&[Phase::Closed]), order(|order| order.quantity = Quantity(0)));
    let call = to(&[Phase::Reopening]);
    rejects(seen, Reason::NotInCall, &call, order(|order| order.time_in_force = TimeInForce::Ioc));
    rejects(seen, Reason::NotInCall, &call, order(|order| order.minimum = Quantity(2)));
    rejects(seen, Reason::NotInCall, &call, order(|order| order.ord_type = OrdType::MarketToLimit));
    rejects(seen, Reason::WrongAuction, &[], order(|order| order.time_in_force = TimeInForce::AtOpening));
    rejects(seen, Reason::WrongAuction, &call, order(|order| order.time_in_force = TimeInForce::AtOpening));
    for quantity in [0, MAX + 1, u64::MAX] {
        rejects(seen, Reason::QuantityOutOfRange, &[], order(|order| order.quantity = Quantity(quantity)));
    }
    rejects(seen, Reason::NotInLots, &[], order(|order| order.quantity = Quantity(3)));
    rejects(seen, Reason::NotInLots, &[], order(|order| order.display = Quantity(1)));
    rejects(seen, Reason::PartLargerThanWhole, &[], order(|order| order.display = Quantity(6)));
    rejects(seen, Reason::PartLargerThanWhole, &[], order(|order| order.minimum = Quantity(u64::MAX - 1)));
    let many = |order: &mut NewOrder| (order.display, order.quantity) = (Quantity(2), Quantity(20_002));
    rejects(seen, Reason::DisplayTooSmall, &[], order(many));
    rejects(
        seen,
        Reason::IncompatibleTerms,
        &[],
        order(|order| (order.display, order.time_in_force) = (Quantity(2), TimeInForce::Ioc)),
    );
    rejects(
        seen,
        Reason::IncompatibleTerms,
        &[],
        order(|order| {
            (order.ord_type, order.time_in_force) = (OrdType::Stop { stop: Price(500) }, TimeInForce::Fok);
        }),
    );
    rejects(
        seen,
        Reason::IncompatibleTerms,
        &[],
        order(|order| (order.minimum, order.time_in_force) = (Quantity(2), TimeInForce::AtClose)),
    );
    assert_eq!(seen.len(), 8, "{seen:?}");
}

#[test]
fn new_orders_are_rejected_for_prices_times_and_the_state_of_the_book() {
    let seen = &mut BTreeSet::new();
    let pegged = |offset, limit| OrdType::Pegged {
        reference: PegReference::Market,
        offset: Quantity(offset),
        limit: Price(limit),
    };
    for price in [Price::MAX.0 + 1, -Price::MAX.0 - 1, i64::MAX, i64::MIN] {
        rejects(
            seen,
            Reason::PriceOutOfRange,
            &[],
            order(|order| order.ord_type = OrdType::Limit { price: Price(price) }),
        );
        let stop = OrdType::Stop { stop: Price(price) };
        rejects(seen, Reason::PriceOutOfRange, &[], order(|order| order.ord_type = stop));
    }
    rejects(seen, Reason::PriceOutOfRange, &[], order(|order| order.ord_type = pegged(0, 90)));
    rejects(
        seen,
        Reason::PriceOutOfRange,
        &[],
        order(|order| order.ord_type = OrdType::TrailingStop { offset: Quantity(0) }),
    );
    rejects(seen, Reason::OffTick, &[], order(|order| order.ord_type = OrdType::Limit { price: Price(101) }));
    rejects(seen, Reason::OffTick, &[], order(|order| order.ord_type = pegged(1, 102)));
    for price in [9, 905] {
        rejects(
            seen,
            Reason::OutsideBands,
            &[],
            order(|order| order.ord_type = OrdType::Limit { price: Price(price) }),
        );
    }
    let until = |expires| {
        move |order: &mut NewOrder| (order.time_in_force, order.expires) = (TimeInForce::Gtd, Time(expires))
    };
    rejects(seen, Reason::AlreadyExpired, &[], order(until(0)));
    rejects(seen, Reason::AlreadyExpired, &[], order(until(8))); // the time of that command
    rejects(seen, Reason::DuplicateClientId, &[], order(|order| order.client = ClientOrderId(1)));
    rejects(seen, Reason::BookFull, &[order(|order| order.client = ClientOrderId(49))], order(|_| ()));
    let bare = [Command::MassCancel { account: OWNER, side: Some(Side::Sell) }];
    rejects(seen, Reason::NoReference, &bare, order(|order| order.ord_type = OrdType::MarketToLimit));
    rejects(
        seen,
        Reason::WouldTake,
        &[],
        order(|order| {
            (order.post_only, order.ord_type) = (PostOnly::Reject, OrdType::Limit { price: Price(100) });
        }),
    );
    assert_eq!(seen.len(), 8, "{seen:?}");
}

#[test]
fn a_trailing_stop_before_any_trade_has_nothing_to_follow() {
    let mut session = Session::default();
    let stop = NewOrder { ord_type: OrdType::TrailingStop { offset: Quantity(1) }, ..buy(1, 1, 0) };
    assert_eq!(session.told(Command::New(stop))[0].1, Reason::NoReference);
    assert!(session.book.is_empty());
}

#[test]
fn a_post_only_order_that_cannot_slide_within_the_bands_is_rejected() {
    let mut session = Session::default();
    session.apply(Command::SetBands(Some(Bands { low: Price(100), high: Price(200) })));
    session.enter(sell(1, 1, 100));
    let order = NewOrder { post_only: PostOnly::Slide, ..buy(2, 1, 150) };
    assert_eq!(session.told(Command::New(order))[0].1, Reason::WouldTake);
    assert_eq!(session.depth(Side::Buy), []);
}

#[test]
fn changes_are_rejected_for_what_is_wrong_with_them() {
    let seen = &mut BTreeSet::new();
    let Scene { ask, peg, stop, .. } = scene();
    let gone = OrderId(ask.0 | 1 << 48);
    rejects(seen, Reason::UnknownOrder, &[], Command::Cancel { account: OWNER, order: gone });
    rejects(
        seen,
        Reason::UnknownOrder,
        &[],
        Command::Reduce { account: OWNER, order: OrderId(u64::MAX), by: Quantity(2) },
    );
    rejects(seen, Reason::UnknownOrder, &[], replace(gone, |_| ()));
    rejects(seen, Reason::UnknownOrder, &[], Command::MassCancel { account: AccountId(77), side: None });
    rejects(seen, Reason::UnknownOrder, &[], Command::CancelGroup { group: GroupId(0) });
    rejects(seen, Reason::UnknownOrder, &[], Command::CancelGroup { group: GroupId(5) });
    rejects(seen, Reason::NotOwner, &[], Command::Cancel { account: AccountId(0), order: ask });
    rejects(seen, Reason::NotOwner, &[], replace(ask, |replace| replace.account = AccountId(2)));
    rejects(
        seen,
        Reason::QuantityOutOfRange,
        &[],
        Command::Reduce { account: OWNER, order: ask, by: Quantity(0) },
    );
    rejects(seen, Reason::NotInLots, &[], Command::Reduce { account: OWNER, order: ask, by: Quantity(3) });
    rejects(
        seen,
        Reason::ReduceTooLarge,
        &[],
        Command::Reduce { account: OWNER, order: ask, by: Quantity(10) },
    );
    rejects(seen, Reason::NotTrading, &to(&[Phase::Halted]), replace(ask, |_| ()));
    rejects(seen, Reason::NotReplaceable, &[], replace(peg, |_| ()));
    for quantity in [0, MAX + 1] {
        rejects(
            seen,
            Reason::QuantityOutOfRange,
            &[],
            replace(ask, |replace| replace.quantity = Quantity(quantity)),
        );
    }
    rejects(
        seen,
        Reason::QuantityOutOfRange,
        &[],
        replace(ask, |replace| replace.quantity = Quantity(MAX - 1)),
    );
    rejects(seen, Reason::NotInLots, &[], replace(ask, |replace| replace.quantity = Quantity(5)));
    let whole = |replace: &mut Replace| (replace.quantity, replace.counts) = (Quantity(2), Counts::Whole);
    rejects(seen, Reason::BelowExecuted, &[], replace(ask, whole));
    rejects(seen, Reason::IncompatibleTerms, &[], replace(ask, |replace| replace.stop = Price(500)));
    rejects(seen, Reason::IncompatibleTerms, &[], replace(stop, |replace| replace.price = Price::NONE));
    rejects(seen, Reason::PriceOutOfRange, &[], replace(ask, |replace| replace.price = Price::NONE));
    rejects(seen, Reason::PriceOutOfRange, &[], replace(ask, |replace| replace.price = Price(i64::MAX)));
    rejects(seen, Reason::OffTick, &[], replace(ask, |replace| replace.price = Price(107)));
    rejects(seen, Reason::OutsideBands, &[], replace(ask, |replace| replace.price = Price(1_000)));
    rejects(seen, Reason::DuplicateClientId, &[], replace(ask, |replace| replace.client = ClientOrderId(2)));
    assert_eq!(seen.len(), 13, "{seen:?}");
}

/// The most lots of a side: no level, sum of an auction or imbalance leaves its 64 bits.
#[test]
fn sums_of_quantities_that_would_overflow() {
    let mut book = Book::new(Rules { index_client_ids: false, ..Rules::default() });
    let mut events = Events::default();
    let mut apply = |book: &mut Book, command: &Command| {
        events.clear();
        book.apply(Time(0), command, &mut events);
        (events.reports[0].reason, events.reports[0].order)
    };
    let of = |quantity| Command::New(sell(0, quantity, 100));
    for _ in 0..1 << 22 {
        assert_eq!(apply(&mut book, &of(MAX)).0, Reason::Requested);
    }
    assert_eq!(apply(&mut book, &of(MAX)).0, Reason::BookFull, "on the short way in");
    let ioc = Command::New(at_once(sell(0, MAX, 100)));
    assert_eq!(apply(&mut book, &ioc).0, Reason::BookFull, "and on the long one");
    let (reason, last) = apply(&mut book, &of(1 << 21));
    assert_eq!(reason, Reason::Requested);
    let change = |quantity| {
        Command::Replace(Replace {
            account: AccountId(0),
            order: last,
            client: ClientOrderId(0),
            price: Price(100),
            stop: Price::NONE,
            quantity: Quantity(quantity),
            counts: Counts::Open,
        })
    };
    assert_eq!(apply(&mut book, &change((1 << 22) + 1)).0, Reason::BookFull);
    assert_eq!(apply(&mut book, &change(1 << 22)).0, Reason::Requested);
    assert_eq!(apply(&mut book, &of(1)).0, Reason::BookFull);
    assert_eq!(
        apply(&mut book, &Command::New(buy(0, 1, 99))).0,
        Reason::Requested,
        "the other side has room"
    );
    assert_eq!(book.depth(Side::Sell, 1)[0].quantity, MAX_OPEN);
    events.clear();
    book.apply(Time(0), &Command::SetPhase(Phase::PreClose), &mut events);
    let market = NewOrder { ord_type: OrdType::Market, ..buy(0, 1, 0) };
    book.apply(Time(0), &Command::New(market), &mut events);
    let Indicative { quantity, imbalance, .. } = book.indicative();
    assert_eq!((quantity, imbalance), (Quantity(1), 1 - (1 << 62)));
}

/// Offsets, ticks and slides at both ends of the range of prices: what comes out beyond it does not trade.
#[test]
fn prices_worked_out_at_the_ends_of_their_range() {
    let far = Quantity::MAX;
    for (side, end) in [(Side::Buy, -Price::MAX.0), (Side::Sell, Price::MAX.0)] {
        for increment in [1, 7, Price::MAX.0 as u64] {
            let ticks = TickTable::new(vec![(Price(0), increment)]).expect("one band");
            let mut session = Session::new(Rules { ticks, ..Rules::default() });
            let at = if increment == 7 { end / 7 * 7 } else { end };
            let limit =
                |client, side, price| NewOrder::limit(ClientOrderId(client), side, Quantity(2), Price(price));
            session.enter(limit(1, side, at));
            session.enter(at_once(limit(2, side.opposite(), at)));
            for (client, reference) in
                [(3, PegReference::Primary), (4, PegReference::Midpoint), (5, PegReference::Market)]
            {
                let ord_type = OrdType::Pegged { reference, offset: far, limit: Price::NONE };
                session.enter(NewOrder { ord_type, ..limit(client, side, 0) });
            }
            let trailing = OrdType::TrailingStop { offset: far };
            session.enter(NewOrder { ord_type: trailing, ..limit(6, Side::Sell, 0) });
            session.enter(NewOrder { ord_type: trailing, ..limit(7, Side::Buy, 0) });
            session.enter(limit(8, side, at));
            // Nothing but the displayed order is met: the pegs would be beyond the range.
            let told = session
                .told(Command::New(NewOrder { ord_type: OrdType::Market, ..limit(9, side.opposite(), 0) }));
            assert_eq!((told[1].3, told.len()), (at, 3), "{side:?} {increment}");
            let told = session
                .told(Command::New(NewOrder { ord_type: OrdType::Market, ..limit(10, side.opposite(), 0) }));
            assert_eq!(told[1].1, Reason::NoLiquidity, "{side:?} {increment}");
            // Nothing is left beyond the end to slide to.
            session.enter(limit(11, side, at));
            let slide = NewOrder { post_only: PostOnly::Slide, ..limit(12, side.opposite(), at) };
            assert_eq!(session.told(Command::New(slide))[0].1, Reason::Requested, "away from the end");
            session.apply(Command::MassCancel { account: AccountId(0), side: None });
            session.enter(limit(13, side.opposite(), at));
            let slide = NewOrder { post_only: PostOnly::Slide, ..limit(14, side, at) };
            assert_eq!(session.told(Command::New(slide))[0].1, Reason::WouldTake, "{side:?} {increment}");
            session.apply(Command::SetPhase(Phase::PreClose));
            session.enter(limit(15, side, at));
            assert_eq!(session.book.indicative().price, Some(Price(at)));
        }
    }
}

#[test]
fn the_operator_is_refused_too() {
    let seen = &mut BTreeSet::new();
    let trade = scene().trade;
    rejects(seen, Reason::WrongPhase, &[], Command::SetPhase(Phase::PreOpen));
    rejects(seen, Reason::WrongPhase, &to(&[Phase::PreClose]), Command::SetPhase(Phase::Continuous));
    let interrupted = to(&[Phase::PreClose, Phase::Halted]);
    for phase in [Phase::Continuous, Phase::Reopening, Phase::PreOpen, Phase::Halted] {
        rejects(seen, Reason::WrongPhase, &interrupted, Command::SetPhase(phase));
    }
    let called_off = to(&[Phase::PreClose, Phase::Halted, Phase::Closed]);
    rejects(seen, Reason::WrongPhase, &called_off, Command::SetPhase(Phase::Continuous));
    let bands = |low, high| Command::SetBands(Some(Bands { low: Price(low), high: Price(high) }));
    rejects(seen, Reason::BandsCrossed, &[], bands(100, 99));
    rejects(seen, Reason::PriceOutOfRange, &[], bands(i64::MIN, 99));
    rejects(seen, Reason::PriceOutOfRange, &[], Command::SetReference(Price::NONE));
    rejects(seen, Reason::UnknownTrade, &[], Command::Bust(MatchId(trade.0 + 1)));
    rejects(seen, Reason::UnknownTrade, &[], Command::Bust(MatchId(0)));
    rejects(seen, Reason::AlreadyBusted, &[Command::Bust(trade)], Command::Bust(trade));
    assert_eq!(seen.len(), 5, "{seen:?}");
}
