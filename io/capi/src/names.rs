//! Names for what is numbers in the ABI, for logs and messages.

use std::ffi::{CStr, c_char};

use crate::event::bartizan_event_kind;
use crate::report::{bartizan_exec_type, bartizan_ord_status, bartizan_reason};
use crate::status::bartizan_status;

/// The variant's name as a constant C string.
macro_rules! name {
    ($kind:ident $number:ident: $($variant:ident)*) => {{
        /// Does not compile when a variant is missing below.
        const fn _complete(value: $kind) {
            match value {
                $($kind::$variant => (),)*
            }
        }
        $(if i64::from($number) == $kind::$variant as i64 {
            const NAME: &CStr = match CStr::from_bytes_with_nul(concat!(stringify!($variant), "\0").as_bytes()) {
                Ok(name) => name,
                Err(_) => unreachable!(),
            };
            return NAME.as_ptr();
        })*
        c"Unknown".as_ptr()
    }};
}

/// The library's version, as "0.1.0".
#[unsafe(no_mangle)]
pub extern "C" fn bartizan_version() -> *const c_char {
    const VERSION: &CStr =
        match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
            Ok(version) => version,
            Err(_) => unreachable!(),
        };
    VERSION.as_ptr()
}

/// The name of a bartizan_status, as "NullPointer"; "Unknown" of any other number.
#[unsafe(no_mangle)]
pub extern "C" fn bartizan_status_name(status: i32) -> *const c_char {
    name!(bartizan_status status: Ok NullPointer BadValue NotFound BadRules Broken)
}

/// The name of a bartizan_exec_type, as "Trade"; "Unknown" of any other number.
#[unsafe(no_mangle)]
pub extern "C" fn bartizan_exec_type_name(exec_type: u8) -> *const c_char {
    name!(bartizan_exec_type exec_type: New Canceled Replaced Rejected CancelRejected Expired Restated Trade TradeCancel
        Triggered)
}

/// The name of a bartizan_ord_status, as "Filled"; "Unknown" of any other number.
#[unsafe(no_mangle)]
pub extern "C" fn bartizan_ord_status_name(ord_status: u8) -> *const c_char {
    name!(bartizan_ord_status ord_status: New PartiallyFilled Filled Canceled Rejected Expired)
}

/// The name of a bartizan_event_kind, as "Level"; "Unknown" of any other number.
#[unsafe(no_mangle)]
pub extern "C" fn bartizan_event_kind_name(kind: u8) -> *const c_char {
    name!(bartizan_event_kind kind: Added Executed Reduced Deleted Level Top Traded Indicative Crossed Broken PhaseChanged)
}

/// The name of a bartizan_reason, as "UnknownOrder"; "Unknown" of any other number.
#[unsafe(no_mangle)]
pub extern "C" fn bartizan_reason_name(reason: u8) -> *const c_char {
    name!(bartizan_reason reason: Requested RemovedLiquidity AddedLiquidity AuctionBuy AuctionSell Replenished
        NoLiquidity NotFillable MinimumNotMet SelfTrade TimeOver MassCancel GroupCancel BandsMoved
        NotTrading NotInCall WrongAuction QuantityOutOfRange NotInLots PartLargerThanWhole IncompatibleTerms PriceOutOfRange
        OffTick OutsideBands AlreadyExpired DuplicateClientId BookFull NoReference WouldTake DisplayTooSmall
        UnknownOrder NotOwner ReduceTooLarge BelowExecuted NotReplaceable UnknownTrade AlreadyBusted WrongPhase BandsCrossed)
}
