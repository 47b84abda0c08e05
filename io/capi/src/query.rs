//! Questions to a book. They copy into the caller's memory and change nothing.

use bartizan_engine::book::{
    AccountId, Book, ClientOrderId, DepthLevel, OrderId, OrderView, Place, Price, Side,
};

use crate::book::{bartizan_book, look};
use crate::command::{FromByte, bartizan_phase, bartizan_time_in_force};
use crate::event::{price as price_of, side as side_of};
use crate::report::bartizan_side;
use crate::status::{NO_PRICE, bartizan_status};

/// The best displayed bid and ask; a side without orders has the price BARTIZAN_NO_PRICE and zero quantity.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct bartizan_top {
    /// The highest bid.
    pub bid: i64,
    /// What is displayed there.
    pub bid_quantity: u64,
    /// The lowest ask.
    pub ask: i64,
    /// What is displayed there.
    pub ask_quantity: u64,
}

/// One price of a side.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct bartizan_level {
    /// The price.
    pub price: i64,
    /// Displayed quantity.
    pub quantity: u64,
    /// Displayed orders.
    pub count: u64,
}

/// One live order.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct bartizan_order {
    /// The book's id of it.
    pub order: u64,
    /// The client's id of it.
    pub client: u64,
    /// Its limit price; of a waiting stop without one, its stop price; otherwise BARTIZAN_NO_PRICE.
    pub price: i64,
    /// What is displayed; of a stop or peg zero.
    pub displayed: u64,
    /// What is open, reserve included.
    pub leaves: u64,
    /// What has traded.
    pub cumulative: u64,
    /// Of a stop that has not entered, the stop price as it stands now; otherwise BARTIZAN_NO_PRICE.
    pub stop: i64,
    /// Of a trailing stop that waits or a peg, its distance; otherwise zero.
    pub offset: u64,
    /// The most that an iceberg shows at a time; zero of another.
    pub display: u64,
    /// When it expires; zero: never.
    pub expires: u64,
    /// Whose it is.
    pub account: u32,
    /// The group that it is cancelled with; zero: none.
    pub group: u32,
    /// Bid or ask.
    pub side: bartizan_side,
    /// Where it is.
    pub place: bartizan_place,
    /// How long it stays: Day, Gtd, AtOpening, AtClose, otherwise Gtc.
    pub time_in_force: bartizan_time_in_force,
    /// Always zero.
    pub reserved: [u8; 5],
}

/// Where a live order is.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum bartizan_place {
    /// In a queue of the displayed book.
    Displayed = 0,
    /// A stop, trailing or not, that waits for its stop price.
    Stop = 1,
    /// A stop that a trade elected, and whose turn to enter has not come.
    Elected = 2,
    /// Pegged.
    Pegged = 3,
    /// A market order that waits for the auction of the call.
    Auction = 4,
    /// An order at the close that waits for the closing call.
    Close = 5,
}

impl From<Place> for bartizan_place {
    fn from(place: Place) -> Self {
        match place {
            Place::Displayed => bartizan_place::Displayed,
            Place::Stop => bartizan_place::Stop,
            Place::Elected => bartizan_place::Elected,
            Place::Pegged => bartizan_place::Pegged,
            Place::Auction => bartizan_place::Auction,
            Place::Close => bartizan_place::Close,
        }
    }
}

/// What an auction would do with the orders collected so far.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct bartizan_indicative {
    /// Its price; BARTIZAN_NO_PRICE if nothing would trade.
    pub price: i64,
    /// How much would trade.
    pub quantity: u64,
    /// What would be left at that price: of bids if positive, of asks if negative.
    pub imbalance: i64,
}

impl From<DepthLevel> for bartizan_level {
    fn from(level: DepthLevel) -> Self {
        bartizan_level { price: level.price.0, quantity: level.quantity.0, count: level.count.into() }
    }
}

impl From<OrderView> for bartizan_order {
    fn from(order: OrderView) -> Self {
        bartizan_order {
            order: order.order.0,
            client: order.client.0,
            price: order.price.0,
            displayed: order.displayed.0,
            leaves: order.leaves.0,
            cumulative: order.cumulative.0,
            stop: order.stop.0,
            offset: order.offset.0,
            display: order.display.0,
            expires: order.expires.0,
            account: order.account.0,
            group: order.group.0,
            side: side_of(order.side),
            place: order.place.into(),
            time_in_force: order.time_in_force.into(),
            reserved: [0; 5],
        }
    }
}

/// The best displayed bid and ask. In a call, where L1 tells none, this is still what is displayed, crossed or not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bartizan_book_top(
    book: *const bartizan_book,
    top: *mut bartizan_top,
) -> bartizan_status {
    let find = |book: &Book| {
        let top = book.top();
        Ok(bartizan_top {
            bid: price_of(top.bid),
            bid_quantity: top.bid_quantity.0,
            ask: price_of(top.ask),
            ask_quantity: top.ask_quantity.0,
        })
    };
    // SAFETY: the header's contract.
    unsafe { look(book, top, find) }
}

/// The best prices of a side (a bartizan_side), best first, at most capacity of them: levels[0] to levels[*count - 1].
/// levels may be null if capacity is zero. A capacity that no memory could hold gives BARTIZAN_STATUS_BAD_VALUE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bartizan_book_depth(
    book: *const bartizan_book,
    side: u8,
    levels: *mut bartizan_level,
    capacity: usize,
    count: *mut usize,
) -> bartizan_status {
    // SAFETY: the header's contract.
    unsafe { look(book, count, |book| copy(book.depth(Side::from_byte(side)?, capacity), levels, capacity)) }
}

/// The displayed orders of a side (a bartizan_side), best price first, then in queue order, at most capacity of them:
/// orders[0] to orders[*count - 1]. orders may be null if capacity is zero. A capacity that no memory could hold gives
/// BARTIZAN_STATUS_BAD_VALUE. It costs as much as the side is long.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bartizan_book_orders(
    book: *const bartizan_book,
    side: u8,
    orders: *mut bartizan_order,
    capacity: usize,
    count: *mut usize,
) -> bartizan_status {
    // SAFETY: the header's contract.
    unsafe { look(book, count, |book| copy(book.orders(Side::from_byte(side)?), orders, capacity)) }
}

/// Copies at most `capacity` of `found` to `out`, and says how many.
///
/// # Safety
/// `out` is null, or aligned and valid for writing `capacity` elements.
unsafe fn copy<T, C: From<T>>(found: Vec<T>, out: *mut C, capacity: usize) -> Result<usize, bartizan_status> {
    if capacity != 0 && out.is_null() {
        return Err(bartizan_status::NullPointer);
    }
    if capacity > isize::MAX as usize / size_of::<C>() {
        return Err(bartizan_status::BadValue);
    }
    let mut count = 0;
    for item in found.into_iter().take(capacity) {
        // SAFETY: not null, and count is below capacity; valid for writing by this function's contract.
        unsafe { out.add(count).write(item.into()) };
        count += 1;
    }
    Ok(count)
}

/// What is displayed at one price of a side (a bartizan_side): zero quantity and count where nothing is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bartizan_book_level(
    book: *const bartizan_book,
    side: u8,
    price: i64,
    level: *mut bartizan_level,
) -> bartizan_status {
    let find = |book: &Book| {
        let nothing = bartizan_level { price, quantity: 0, count: 0 };
        Ok(book.level(Side::from_byte(side)?, Price(price)).map_or(nothing, Into::into))
    };
    // SAFETY: the header's contract.
    unsafe { look(book, level, find) }
}

/// A live order by the book's id; BARTIZAN_STATUS_NOT_FOUND if no live order has it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bartizan_book_order(
    book: *const bartizan_book,
    order: u64,
    out: *mut bartizan_order,
) -> bartizan_status {
    let find = |book: &Book| book.order(OrderId(order)).map(Into::into).ok_or(bartizan_status::NotFound);
    // SAFETY: the header's contract.
    unsafe { look(book, out, find) }
}

/// The book's id of an account's live order by its client id; BARTIZAN_STATUS_NOT_FOUND if it has none, and always where
/// the rules do not index client ids.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bartizan_book_find(
    book: *const bartizan_book,
    account: u32,
    client: u64,
    order: *mut u64,
) -> bartizan_status {
    let find = |book: &Book| {
        let found = book.find(AccountId(account), ClientOrderId(client));
        found.map(|order| order.0).ok_or(bartizan_status::NotFound)
    };
    // SAFETY: the header's contract.
    unsafe { look(book, order, find) }
}

/// The price of the last trade, or BARTIZAN_NO_PRICE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bartizan_book_last_trade(
    book: *const bartizan_book,
    price: *mut i64,
) -> bartizan_status {
    // SAFETY: the header's contract.
    unsafe { look(book, price, |book| Ok(book.last_trade().map_or(NO_PRICE, |price| price.0))) }
}

/// The phase the book is in.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bartizan_book_phase(
    book: *const bartizan_book,
    phase: *mut bartizan_phase,
) -> bartizan_status {
    // SAFETY: the header's contract.
    unsafe { look(book, phase, |book| Ok(book.phase().into())) }
}

/// What the auction of a call would do now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bartizan_book_indicative(
    book: *const bartizan_book,
    indicative: *mut bartizan_indicative,
) -> bartizan_status {
    let find = |book: &Book| {
        let now = book.indicative();
        Ok(bartizan_indicative {
            price: price_of(now.price),
            quantity: now.quantity.0,
            imbalance: now.imbalance,
        })
    };
    // SAFETY: the header's contract.
    unsafe { look(book, indicative, find) }
}

/// How many orders are live, of every kind.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bartizan_book_order_count(
    book: *const bartizan_book,
    count: *mut u64,
) -> bartizan_status {
    // SAFETY: the header's contract.
    unsafe { look(book, count, |book| Ok(book.len() as u64)) }
}

/// A number that two books share if they hold the same state: what replicas compare.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bartizan_book_digest(
    book: *const bartizan_book,
    digest: *mut u64,
) -> bartizan_status {
    // SAFETY: the header's contract.
    unsafe { look(book, digest, |book| Ok(book.digest())) }
}
