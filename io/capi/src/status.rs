//! How a call went, and the limits of the numbers that calls take: what all the other files need.

use bartizan_engine::book::{Price, Quantity};

/// No price: what a market order has, and a side without orders.
pub const NO_PRICE: i64 = i64::MIN;
/// The largest price an order may name; the least is its negative.
pub const MAX_PRICE: i64 = 1_152_921_504_606_846_976;
/// The largest quantity of one order.
pub const MAX_QUANTITY: u64 = 1_099_511_627_775;
/// The most units that may be open on one side.
pub const MAX_OPEN: u64 = 4_611_686_018_427_387_904;

const _: () = assert!(MAX_OPEN == bartizan_engine::book::MAX_OPEN.0);
const _: () =
    assert!(NO_PRICE == Price::NONE.0 && MAX_PRICE == Price::MAX.0 && MAX_QUANTITY == Quantity::MAX.0);

/// How a call went.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum bartizan_status {
    /// The book was asked.
    Ok = 0,
    /// A pointer is null that must not be.
    NullPointer = 1,
    /// A byte is none of its enumeration's, or a count is beyond what memory can hold.
    BadValue = 2,
    /// There is no such order.
    NotFound = 3,
    /// The rules contradict themselves.
    BadRules = 4,
    /// The library panicked, now or in an earlier call on this book: a defect of the library. It has told the standard
    /// error. The book may be half changed: free it. Out parameters are as they were. (When the library is built with
    /// panic = "abort", the process ends instead.)
    Broken = 5,
}
