//! The functions as C calls them: what they answer, and that nothing of what C may get wrong (bytes, nulls, counts) does
//! any harm. Panics inside a call are tested where they can be made, in `src/book.rs`.
#![allow(clippy::borrow_as_ptr)] // as a caller in C would pass it

use std::ffi::CStr;
use std::ptr::{null, null_mut};
use std::slice;

use bartizan::apply::{
    bartizan_book_apply, bartizan_book_cancel, bartizan_book_limit, bartizan_book_reduce,
    bartizan_book_replace, bartizan_output,
};
use bartizan::book::{bartizan_book, bartizan_book_free, bartizan_book_new};
use bartizan::command::{
    bartizan_command, bartizan_command_kind, bartizan_ord_type, bartizan_phase, bartizan_time_in_force,
};
use bartizan::event::{bartizan_event_kind, bartizan_market_event};
use bartizan::names::{
    bartizan_event_kind_name, bartizan_exec_type_name, bartizan_ord_status_name, bartizan_reason_name,
    bartizan_status_name, bartizan_version,
};
use bartizan::query::{
    bartizan_book_depth, bartizan_book_digest, bartizan_book_find, bartizan_book_indicative,
    bartizan_book_last_trade, bartizan_book_level, bartizan_book_order, bartizan_book_order_count,
    bartizan_book_orders, bartizan_book_phase, bartizan_book_top, bartizan_indicative, bartizan_level,
    bartizan_order, bartizan_place, bartizan_top,
};
use bartizan::report::{
    bartizan_exec_type, bartizan_ord_status, bartizan_reason, bartizan_report, bartizan_side,
};
use bartizan::rules::{bartizan_rules, bartizan_rules_default, bartizan_tick_band};
use bartizan::status::{MAX_PRICE, MAX_QUANTITY, NO_PRICE, bartizan_status};

use bartizan_status::{BadRules, BadValue, NotFound, NullPointer, Ok as Fine};

const BUY: u8 = bartizan_side::Buy as u8;
const SELL: u8 = bartizan_side::Sell as u8;
const GTC: u8 = b'1';

/// An open book, and what it answered last. All `unsafe` of these tests is here or passes what must be refused.
struct Open {
    book: *mut bartizan_book,
    output: bartizan_output,
}

impl Open {
    fn with(rules: &bartizan_rules) -> Self {
        let mut book = null_mut();
        // SAFETY: both are living.
        assert_eq!(unsafe { bartizan_book_new(rules, &mut book) }, Fine);
        Open {
            book,
            output: bartizan_output { reports: null(), report_count: 0, events: null(), event_count: 0 },
        }
    }

    fn new() -> Self {
        Open::with(&bartizan_rules_default())
    }

    fn apply(&mut self, commands: &[bartizan_command]) -> bartizan_status {
        // SAFETY: the book is open, and the others are living.
        unsafe { bartizan_book_apply(self.book, 0, commands.as_ptr(), commands.len(), &mut self.output) }
    }

    fn limit(&mut self, account: u32, client: u64, side: u8, quantity: u64, price: i64) -> u64 {
        let output = &mut self.output;
        // SAFETY: the book is open, and the output is living.
        let status =
            unsafe { bartizan_book_limit(self.book, 0, account, client, side, GTC, quantity, price, output) };
        assert_eq!(status, Fine);
        self.reports()[0].order
    }

    fn reports(&self) -> &[bartizan_report] {
        // SAFETY: borrowed from the book, which no call has changed since; never null, even if empty.
        unsafe { slice::from_raw_parts(self.output.reports, self.output.report_count) }
    }

    fn events(&self) -> &[bartizan_market_event] {
        // SAFETY: as for the reports.
        unsafe { slice::from_raw_parts(self.output.events, self.output.event_count) }
    }

    fn digest(&self) -> u64 {
        let mut digest = 0;
        // SAFETY: the book is open, and the local is living.
        assert_eq!(unsafe { bartizan_book_digest(self.book, &mut digest) }, Fine);
        digest
    }

    fn top(&self) -> bartizan_top {
        let mut top = bartizan_top::default();
        // SAFETY: the book is open, and the local is living.
        assert_eq!(unsafe { bartizan_book_top(self.book, &mut top) }, Fine);
        top
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // SAFETY: from bartizan_book_new, and freed here alone.
        unsafe { bartizan_book_free(self.book) };
    }
}

/// A limit order's record.
fn order(side: u8, quantity: u64, price: i64) -> bartizan_command {
    let ord_type = bartizan_ord_type::Limit as u8;
    bartizan_command { side, quantity, price, ord_type, time_in_force: GTC, ..bartizan_command::default() }
}

/// A record of another kind.
fn of_kind(kind: bartizan_command_kind) -> bartizan_command {
    bartizan_command { kind: kind as u8, ..bartizan_command::default() }
}

#[test]
fn a_trade_is_told_and_the_rest_can_be_asked_for() {
    let mut open = Open::new();
    let first = open.limit(1, 11, SELL, 5, 101);
    let second = open.limit(2, 21, BUY, 7, 101);
    let told: Vec<_> =
        open.reports().iter().map(|report| (report.sequence, report.client, report.exec_type)).collect();
    let (new, trade) = (bartizan_exec_type::New, bartizan_exec_type::Trade);
    assert_eq!(told, [(2, 21, new), (3, 21, trade), (4, 11, trade)]);
    assert_eq!(open.reports()[2].order, first);
    assert_eq!(open.reports()[2].ord_status, bartizan_ord_status::Filled);
    assert_eq!(open.reports()[1].reason, bartizan_reason::RemovedLiquidity);
    assert!(
        open.events().iter().any(|event| event.kind == bartizan_event_kind::Traded && event.quantity == 5)
    );
    assert_eq!(open.top(), bartizan_top { bid: 101, bid_quantity: 2, ask: NO_PRICE, ask_quantity: 0 });

    let mut found = 0;
    let mut view = [blank_order(); 2];
    let (mut price, mut count, mut written, mut phase) = (0, 0, 0, bartizan_phase::Closed);
    // SAFETY: the book is open, and the locals are living.
    unsafe {
        assert_eq!(bartizan_book_find(open.book, 2, 21, &mut found), Fine);
        assert_eq!(bartizan_book_find(open.book, 1, 11, &mut count), NotFound);
        assert_eq!(bartizan_book_order(open.book, first, &mut view[0]), NotFound);
        assert_eq!(bartizan_book_order(open.book, second, &mut view[0]), Fine);
        assert_eq!(bartizan_book_orders(open.book, BUY, &mut view[1], 1, &mut written), Fine);
        assert_eq!(bartizan_book_last_trade(open.book, &mut price), Fine);
        assert_eq!(bartizan_book_order_count(open.book, &mut count), Fine);
        assert_eq!(bartizan_book_phase(open.book, &mut phase), Fine);
    }
    assert_eq!((found, price, count, written, phase), (second, 101, 1, 1, bartizan_phase::Continuous));
    assert_eq!((view[0].leaves, view[0].cumulative, view[0].account), (2, 5, 2));
    assert_eq!((view[0].place, view[0].stop, view[0].expires), (bartizan_place::Displayed, NO_PRICE, 0));
    assert_eq!(view[0], view[1]);
}

fn blank_order() -> bartizan_order {
    bartizan_order {
        order: 0,
        client: 0,
        price: 0,
        displayed: 0,
        leaves: 0,
        cumulative: 0,
        stop: 0,
        offset: 0,
        display: 0,
        expires: 0,
        account: 0,
        group: 0,
        side: bartizan_side::Buy,
        place: bartizan_place::Close,
        time_in_force: bartizan_time_in_force::Fok,
        reserved: [0; 5],
    }
}

#[test]
fn the_short_calls_do_what_the_records_do() {
    let mut short = Open::new();
    let mut long = Open::new();
    let id = short.limit(0, 0, BUY, 9, 50);
    assert_eq!(long.apply(&[order(BUY, 9, 50)]), Fine);
    assert_eq!(short.reports(), long.reports());
    let output = &mut short.output;
    // SAFETY: the book is open, and the output is living.
    unsafe {
        assert_eq!(bartizan_book_reduce(short.book, 0, 0, id, 2, output), Fine);
        assert_eq!(bartizan_book_replace(short.book, 0, 0, id, 1, 4, 51, output), Fine);
    }
    let reduce = bartizan_command { order: id, quantity: 2, ..of_kind(bartizan_command_kind::Reduce) };
    let replace = bartizan_command {
        order: id,
        quantity: 4,
        price: 51,
        stop: NO_PRICE,
        counts: 1,
        ..of_kind(bartizan_command_kind::Replace)
    };
    assert_eq!(long.apply(&[reduce, replace]), Fine);
    assert_eq!(long.reports().last(), short.reports().last());
    assert_eq!(long.digest(), short.digest());
    // SAFETY: as above.
    unsafe { assert_eq!(bartizan_book_cancel(short.book, 0, 0, id, &mut short.output), Fine) };
    assert_eq!(long.apply(&[bartizan_command { order: id, ..of_kind(bartizan_command_kind::Cancel) }]), Fine);
    assert_eq!(long.reports(), short.reports());
    assert_eq!(short.reports()[0].exec_type, bartizan_exec_type::Canceled);
}

#[test]
fn a_byte_that_means_nothing_is_refused_and_changes_nothing() {
    let mut open = Open::new();
    let good = order(BUY, 1, 10);
    let replace = of_kind(bartizan_command_kind::Replace);
    let phase = of_kind(bartizan_command_kind::SetPhase);
    let pegged = bartizan_command { ord_type: bartizan_ord_type::Pegged as u8, ..good };
    let before = open.digest();
    for byte in 0..=255 {
        let known = |least: u8, most: u8| (least..=most).contains(&byte);
        let cases = [
            (known(0, 11), bartizan_command { kind: byte, ..good }),
            (known(0, 6), bartizan_command { ord_type: byte, peg_reference: 2, ..good }),
            (known(0, 1), bartizan_command { side: byte, ..good }),
            (known(b'0', b'4') || known(b'6', b'7'), bartizan_command { time_in_force: byte, ..good }),
            (known(0, 4), bartizan_command { self_trade: byte, ..good }),
            (known(0, 2), bartizan_command { post_only: byte, ..good }),
            (matches!(byte, 2 | 4 | 5), bartizan_command { peg_reference: byte, ..pegged }),
            (known(0, 1), bartizan_command { counts: byte, ..replace }),
            (known(0, 5), bartizan_command { phase: byte, ..phase }),
            (
                known(0, 1) || byte == 255,
                bartizan_command { side: byte, ..of_kind(bartizan_command_kind::MassCancel) },
            ),
        ];
        for (known, command) in cases.into_iter().filter(|(known, _)| !known) {
            assert_eq!(open.apply(&[good, command]), BadValue, "{known} {command:?}");
        }
        for (_, command) in cases.into_iter().filter(|&(known, _)| known) {
            assert_eq!(Open::new().apply(&[command]), Fine, "{command:?}");
        }
    }
    assert_eq!(open.digest(), before, "a batch was applied in part");
    // SAFETY: the book is open; null is allowed here.
    unsafe {
        assert_eq!(bartizan_book_limit(open.book, 0, 0, 0, 2, GTC, 1, 1, null_mut()), BadValue);
        assert_eq!(bartizan_book_limit(open.book, 0, 0, 0, BUY, 0, 1, 1, null_mut()), BadValue);
        assert_eq!(bartizan_book_replace(open.book, 0, 0, 1, 2, 1, 1, null_mut()), BadValue);
        let mut level = bartizan_level::default();
        assert_eq!(bartizan_book_level(open.book, 2, 1, &mut level), BadValue);
        assert_eq!(bartizan_book_depth(open.book, 255, &mut level, 1, &mut 0), BadValue);
    }
    assert_eq!(open.digest(), before);
}

#[test]
fn numbers_out_of_range_are_rejections_of_the_book() {
    let mut open = Open::new();
    let reason = |open: &Open| open.reports()[0].reason;
    for (command, why) in [
        (order(BUY, 0, 1), bartizan_reason::QuantityOutOfRange),
        (order(BUY, MAX_QUANTITY + 1, 1), bartizan_reason::QuantityOutOfRange),
        (order(BUY, u64::MAX, 1), bartizan_reason::QuantityOutOfRange),
        (order(BUY, 1, MAX_PRICE + 1), bartizan_reason::PriceOutOfRange),
        (order(BUY, 1, NO_PRICE), bartizan_reason::PriceOutOfRange),
        (bartizan_command { display: u64::MAX, ..order(BUY, 1, 1) }, bartizan_reason::PartLargerThanWhole),
        (of_kind(bartizan_command_kind::Cancel), bartizan_reason::UnknownOrder),
        (of_kind(bartizan_command_kind::Bust), bartizan_reason::UnknownTrade),
    ] {
        assert_eq!(open.apply(&[command]), Fine);
        assert_eq!(reason(&open), why, "{command:?}");
    }
    let both = order(SELL, MAX_QUANTITY, MAX_PRICE);
    assert_eq!(open.apply(&[both, order(BUY, MAX_QUANTITY, -MAX_PRICE)]), Fine);
    assert_eq!(open.reports().len(), 2);
    let bands = bartizan_command { price: 5, stop: 4, ..of_kind(bartizan_command_kind::SetBands) };
    assert_eq!(open.apply(&[bands]), Fine);
    assert_eq!(reason(&open), bartizan_reason::BandsCrossed);
}

#[test]
fn null_is_a_status() {
    let mut open = Open::new();
    let mut output = open.output;
    let (nobody, nowhere) = (null_mut::<bartizan_book>(), null_mut::<bartizan_output>());
    // SAFETY: null is allowed everywhere here, and gives a status.
    unsafe {
        assert_eq!(bartizan_book_apply(nobody, 0, null(), 0, &mut output), NullPointer);
        assert_eq!(bartizan_book_apply(open.book, 0, null(), 1, &mut output), NullPointer);
        assert_eq!(bartizan_book_apply(open.book, 0, null(), 0, &mut output), Fine);
        assert_eq!(output.report_count, 0);
        assert_eq!(bartizan_book_apply(open.book, 0, &order(BUY, 1, 1), usize::MAX, &mut output), BadValue);
        assert_eq!(bartizan_book_apply(open.book, 0, &order(BUY, 1, 1), 1, nowhere), Fine);
        assert_eq!(bartizan_book_limit(nobody, 0, 0, 0, BUY, GTC, 1, 1, nowhere), NullPointer);
        assert_eq!(bartizan_book_cancel(nobody, 0, 0, 1, nowhere), NullPointer);
        assert_eq!(bartizan_book_reduce(nobody, 0, 0, 1, 1, nowhere), NullPointer);
        assert_eq!(bartizan_book_replace(nobody, 0, 0, 1, 0, 1, 1, nowhere), NullPointer);
        assert_eq!(bartizan_book_top(nobody, &mut bartizan_top::default()), NullPointer);
        assert_eq!(bartizan_book_top(open.book, null_mut()), NullPointer);
        assert_eq!(bartizan_book_depth(open.book, BUY, null_mut(), 1, &mut 0), NullPointer);
        assert_eq!(bartizan_book_depth(open.book, BUY, null_mut(), 0, &mut 0), Fine);
        assert_eq!(bartizan_book_depth(open.book, BUY, null_mut(), 0, null_mut()), NullPointer);
        assert_eq!(bartizan_book_orders(open.book, BUY, null_mut(), 1, &mut 0), NullPointer);
        assert_eq!(bartizan_book_level(open.book, BUY, 1, null_mut()), NullPointer);
        assert_eq!(bartizan_book_order(open.book, 1, null_mut()), NullPointer);
        assert_eq!(bartizan_book_find(open.book, 1, 1, null_mut()), NullPointer);
        assert_eq!(bartizan_book_last_trade(open.book, null_mut()), NullPointer);
        assert_eq!(bartizan_book_phase(open.book, null_mut()), NullPointer);
        assert_eq!(bartizan_book_indicative(open.book, null_mut()), NullPointer);
        assert_eq!(bartizan_book_order_count(open.book, null_mut()), NullPointer);
        assert_eq!(bartizan_book_digest(open.book, null_mut()), NullPointer);
    }
    open.limit(0, 0, SELL, 1, 2);
}

#[test]
fn depth_stops_at_the_room_there_is() {
    let mut open = Open::new();
    for price in 1..=5 {
        open.limit(0, 0, BUY, 2, price);
        open.limit(0, 0, BUY, 1, price);
    }
    let mut levels = [bartizan_level { price: 77, quantity: 77, count: 77 }; 4];
    let mut count = 0;
    let mut single = bartizan_level::default();
    // SAFETY: the book is open, and the locals are living and as long as said.
    unsafe {
        assert_eq!(bartizan_book_depth(open.book, BUY, levels.as_mut_ptr(), 3, &mut count), Fine);
        assert_eq!(bartizan_book_level(open.book, BUY, 5, &mut single), Fine);
    }
    assert_eq!(count, 3);
    assert_eq!(levels.map(|level| level.price), [5, 4, 3, 77]);
    assert_eq!(levels[0], bartizan_level { price: 5, quantity: 3, count: 2 });
    assert_eq!(single, levels[0]);
    // SAFETY: the book is open; of a room that cannot be, nothing is written.
    unsafe {
        let (levels, mut orders) = (levels.as_mut_ptr(), std::mem::MaybeUninit::uninit());
        assert_eq!(bartizan_book_depth(open.book, BUY, levels, usize::MAX, &mut count), BadValue);
        let orders = orders.as_mut_ptr();
        assert_eq!(bartizan_book_orders(open.book, BUY, orders, usize::MAX, &mut count), BadValue);
    }
    assert_eq!(count, 3, "a failed call wrote its result");
    // SAFETY: as above.
    unsafe { assert_eq!(bartizan_book_level(open.book, SELL, 5, &mut single), Fine) };
    assert_eq!(single, bartizan_level { price: 5, quantity: 0, count: 0 });
}

#[test]
fn a_call_collects_and_says_what_it_would_do() {
    let mut open = Open::new();
    let phase = |phase: bartizan_phase| bartizan_command {
        phase: phase as u8,
        ..of_kind(bartizan_command_kind::SetPhase)
    };
    let collected = [phase(bartizan_phase::Reopening), order(BUY, 5, 12), order(SELL, 3, 10)];
    assert_eq!(open.apply(&collected), Fine);
    let mut now = bartizan_indicative::default();
    // SAFETY: the book is open, and the local is living.
    unsafe { assert_eq!(bartizan_book_indicative(open.book, &mut now), Fine) };
    assert_eq!((now.quantity, now.imbalance), (3, 2));
    assert_eq!(open.apply(&[phase(bartizan_phase::Continuous)]), Fine);
    let kinds: Vec<_> = open.events().iter().map(|event| event.kind).collect();
    assert!(
        kinds.contains(&bartizan_event_kind::Crossed) && kinds.contains(&bartizan_event_kind::PhaseChanged)
    );
    let changed = open.events().iter().find(|event| event.kind == bartizan_event_kind::PhaseChanged);
    assert_eq!(changed.expect("just seen").phase, bartizan_phase::Continuous);
    let traded = open.events().iter().find(|event| event.kind == bartizan_event_kind::Traded);
    assert_eq!(traded.expect("an auction trades").side, bartizan_side::Any);
}

#[test]
fn rules_that_contradict_themselves_open_nothing() {
    let good = bartizan_rules_default();
    let bands = [(0, 1), (100, 5)].map(|(first, increment)| bartizan_tick_band { first, increment });
    let ticks = |count| bartizan_rules { tick_bands: bands.as_ptr(), tick_band_count: count, ..good };
    let backwards = [bands[1], bands[0]];
    for (status, rules) in [
        (BadRules, bartizan_rules { lot: 0, ..good }),
        (BadRules, bartizan_rules { lot: MAX_QUANTITY + 1, ..good }),
        (BadRules, bartizan_rules { max_orders: 0, ..good }),
        (BadRules, bartizan_rules { max_open: 0, ..good }),
        (BadRules, bartizan_rules { max_open: u64::MAX, ..good }),
        (BadRules, bartizan_rules { max_parts: 0, ..good }),
        (BadRules, bartizan_rules { max_orders: u32::MAX, ..good }),
        (BadRules, bartizan_rules { max_orders: 5, expected_orders: 6, ..good }),
        (BadRules, bartizan_rules { tick_bands: backwards.as_ptr(), tick_band_count: 2, ..good }),
        (BadValue, bartizan_rules { l2: 2, ..good }),
        (BadValue, bartizan_rules { index_client_ids: 255, ..good }),
        (BadValue, ticks(usize::MAX)),
        (NullPointer, bartizan_rules { tick_band_count: 1, ..good }),
    ] {
        let mut book = std::ptr::without_provenance_mut(8);
        // SAFETY: both are living; the bands are as many as said, or are refused before they are read.
        assert_eq!(unsafe { bartizan_book_new(&rules, &mut book) }, status, "{rules:?}");
        assert!(book.is_null());
    }
    let mut open = Open::with(&ticks(2));
    assert_eq!(open.apply(&[order(BUY, 1, 103), order(BUY, 1, 105)]), Fine);
    let told: Vec<_> = open.reports().iter().map(|report| report.reason).collect();
    assert_eq!(told, [bartizan_reason::OffTick, bartizan_reason::Requested]);
}

#[test]
fn names_are_the_engines_own() {
    // SAFETY: constant strings of the library.
    let text = |name| unsafe { CStr::from_ptr(name) }.to_str().expect("names are ASCII");
    assert_eq!(text(bartizan_version()), env!("CARGO_PKG_VERSION"));
    assert_eq!(text(bartizan_reason_name(bartizan_reason::UnknownOrder as u8)), "UnknownOrder");
    assert_eq!(text(bartizan_status_name(bartizan_status::Broken as i32)), "Broken");
    assert_eq!(text(bartizan_exec_type_name(b'F')), "Trade");
    assert_eq!(text(bartizan_ord_status_name(b'1')), "PartiallyFilled");
    assert_eq!(text(bartizan_event_kind_name(10)), "PhaseChanged");
    for unknown in [bartizan_reason_name(255), bartizan_status_name(-1), bartizan_event_kind_name(11)] {
        assert_eq!(text(unknown), "Unknown");
    }
}
