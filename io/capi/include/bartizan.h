/* bartizan: a price-time priority order book, driven from C.
 *
 * Generated; do not edit. BARTIZAN_BLESS=1 cargo test -p bartizan-capi writes it anew.
 *
 * It needs C99 or C++11. The exact rules of the book are in engine/src/book/spec.md of the sources.
 *
 * Prices and quantities are integers, multiples of the book's ticks and lot, times nanoseconds since whatever the
 * caller counts from. The book reads no clock and starts no thread: the same calls give the same bytes. Its time is the
 * latest that any call told it, and never steps back.
 *
 * Status. Every function that can fail returns a bartizan_status. BARTIZAN_STATUS_OK says that the arguments could be
 * understood and the book was asked; what the book answered, a rejection for instance, is in its reports. With any
 * other status nothing has changed and no out parameter was written, except as BARTIZAN_STATUS_BROKEN says; and
 * bartizan_book_new, when it makes no book, writes a null pointer.
 *
 * Pointers. The rules hold for every function here.
 *  - Null. A null pointer where one is needed gives BARTIZAN_STATUS_NULL_POINTER. Where null is allowed it says so.
 *  - Validity. Any other pointer must be aligned for its type, and valid for reading (const) or writing (not const) of
 *    one element, or of as many as the count beside it says. What it points to is read or written during the call only:
 *    the library keeps no pointer of the caller's.
 *  - Bytes of an array or a structure that the library reads must be initialised, those it only writes need not be.
 *  - Aliasing. No two pointers of one call may overlap if the function writes through either. Memory that the library
 *    handed out (reports, events) must not be passed back to it.
 *  - Ownership. A bartizan_book belongs to whoever got it from bartizan_book_new, who gives it to bartizan_book_free
 *    once; every other pointer to it is then dead. Nothing else that the library hands out is freed by the caller.
 *  - Lifetime. The reports and events of a bartizan_output belong to the book and are read only. They are valid until
 *    the next call that takes the same book as a pointer to non-const, bartizan_book_free included. Strings are constant
 *    and valid as long as the library is loaded.
 *  - Threads. A book may be moved between threads, but a call that takes it as a pointer to non-const must not overlap
 *    with any other call on it; calls that take it as a pointer to const may overlap with each other. Handing a book from
 *    one thread to another needs the usual synchronisation. Different books have nothing to do with each other.
 *
 * Memory. Where a book, an answer or a question needs more memory than there is, the process is aborted.
 *
 * Enumerations. Write the typedef's name (bartizan_side, not enum bartizan_side): before C23 the compiler chooses the
 * size of an enum, and the typedef has the right one. Every byte that comes in as an enumeration is checked (BARTIZAN_STATUS_BAD_VALUE). A byte that goes out
 * may be one that a later version added: have a default case.
 */

#ifndef BARTIZAN_H
#define BARTIZAN_H

#include <stddef.h>
#include <stdint.h>

// No price: what a market order has, and a side without orders.
#define BARTIZAN_NO_PRICE INT64_MIN

// The largest price an order may name; the least is its negative.
#define BARTIZAN_MAX_PRICE 1152921504606846976

// The largest quantity of one order.
#define BARTIZAN_MAX_QUANTITY 1099511627775

// The most units that may be open on one side.
#define BARTIZAN_MAX_OPEN 4611686018427387904

// How a call went.
enum bartizan_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // The book was asked.
  BARTIZAN_STATUS_OK = 0,
  // A pointer is null that must not be.
  BARTIZAN_STATUS_NULL_POINTER = 1,
  // A byte is none of its enumeration's, or a count is beyond what memory can hold.
  BARTIZAN_STATUS_BAD_VALUE = 2,
  // There is no such order.
  BARTIZAN_STATUS_NOT_FOUND = 3,
  // The rules contradict themselves.
  BARTIZAN_STATUS_BAD_RULES = 4,
  // The library panicked, now or in an earlier call on this book: a defect of the library. It has told the standard
  // error. The book may be half changed: free it. Out parameters are as they were. (When the library is built with
  // panic = "abort", the process ends instead.)
  BARTIZAN_STATUS_BROKEN = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum bartizan_status bartizan_status;
#else
typedef int32_t bartizan_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What happened: FIX ExecType, by its character.
enum bartizan_exec_type
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // Accepted.
  BARTIZAN_EXEC_TYPE_NEW = 48,
  // Cancelled, for the report's reason.
  BARTIZAN_EXEC_TYPE_CANCELED = 52,
  // Replaced, and now as the report says; trades of the changed order follow.
  BARTIZAN_EXEC_TYPE_REPLACED = 53,
  // A new order, or a command of the operator, was rejected. Nothing changed.
  BARTIZAN_EXEC_TYPE_REJECTED = 56,
  // A cancel, reduce or replace was rejected. Nothing changed.
  BARTIZAN_EXEC_TYPE_CANCEL_REJECTED = 57,
  // Its time is over.
  BARTIZAN_EXEC_TYPE_EXPIRED = 67,
  // Changed without being asked, or reduced: see the reason.
  BARTIZAN_EXEC_TYPE_RESTATED = 68,
  // Traded.
  BARTIZAN_EXEC_TYPE_TRADE = 70,
  // A trade was taken back.
  BARTIZAN_EXEC_TYPE_TRADE_CANCEL = 72,
  // A stop was elected and now enters the market.
  BARTIZAN_EXEC_TYPE_TRIGGERED = 76,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum bartizan_exec_type bartizan_exec_type;
#else
typedef uint8_t bartizan_exec_type;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// How an order stands: FIX OrdStatus, by its character.
enum bartizan_ord_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // Nothing traded yet.
  BARTIZAN_ORD_STATUS_NEW = 48,
  // Some traded, some open.
  BARTIZAN_ORD_STATUS_PARTIALLY_FILLED = 49,
  // All traded.
  BARTIZAN_ORD_STATUS_FILLED = 50,
  // Cancelled: nothing is open.
  BARTIZAN_ORD_STATUS_CANCELED = 52,
  // Never accepted, or not known.
  BARTIZAN_ORD_STATUS_REJECTED = 56,
  // Its time is over.
  BARTIZAN_ORD_STATUS_EXPIRED = 67,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum bartizan_ord_status bartizan_ord_status;
#else
typedef uint8_t bartizan_ord_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Which side of the book. The numbers are our own, not FIX's.
enum bartizan_side
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // Gives money, wants the instrument; a resting one is a bid.
  BARTIZAN_SIDE_BUY = 0,
  // Gives the instrument, wants money; a resting one is an ask.
  BARTIZAN_SIDE_SELL = 1,
  // Of a mass cancel: both sides. Of a trade: no side came in, as in an auction. Nowhere else.
  BARTIZAN_SIDE_ANY = 255,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum bartizan_side bartizan_side;
#else
typedef uint8_t bartizan_side;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Why a report was made. The numbers are stable.
enum bartizan_reason
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // As asked.
  BARTIZAN_REASON_REQUESTED = 0,
  // A trade that took a resting order.
  BARTIZAN_REASON_REMOVED_LIQUIDITY = 1,
  // A trade of an order that rested.
  BARTIZAN_REASON_ADDED_LIQUIDITY = 2,
  // A trade in an auction, told to the buyer.
  BARTIZAN_REASON_AUCTION_BUY = 3,
  // A trade in an auction, told to the seller.
  BARTIZAN_REASON_AUCTION_SELL = 4,
  // An iceberg shows more of its reserve, at the end of the queue.
  BARTIZAN_REASON_REPLENISHED = 5,
  // Its rest found no match, and it may not rest.
  BARTIZAN_REASON_NO_LIQUIDITY = 6,
  // Fill or kill: not all of it could trade.
  BARTIZAN_REASON_NOT_FILLABLE = 7,
  // Less than its minimum quantity could trade.
  BARTIZAN_REASON_MINIMUM_NOT_MET = 8,
  // Self-trade prevention.
  BARTIZAN_REASON_SELF_TRADE = 9,
  // Its time is over (good till date, day, at the opening, at the close).
  BARTIZAN_REASON_TIME_OVER = 10,
  // Cancelled with all of its account or side.
  BARTIZAN_REASON_MASS_CANCEL = 11,
  // Cancelled with its group.
  BARTIZAN_REASON_GROUP_CANCEL = 12,
  // The bands were moved, and it lies outside.
  BARTIZAN_REASON_BANDS_MOVED = 13,
  // The book takes no orders in this phase.
  BARTIZAN_REASON_NOT_TRADING = 32,
  // Not in a call: it must trade at once, or follows a price that a call does not have.
  BARTIZAN_REASON_NOT_IN_CALL = 33,
  // At the opening only in the opening call.
  BARTIZAN_REASON_WRONG_AUCTION = 34,
  // The quantity is zero or too large.
  BARTIZAN_REASON_QUANTITY_OUT_OF_RANGE = 35,
  // The quantity, or one of its parts, is no multiple of the lot size.
  BARTIZAN_REASON_NOT_IN_LOTS = 36,
  // The displayed or the minimum quantity is more than the quantity.
  BARTIZAN_REASON_PART_LARGER_THAN_WHOLE = 37,
  // These terms cannot be had together.
  BARTIZAN_REASON_INCOMPATIBLE_TERMS = 38,
  // A price is missing or beyond BARTIZAN_MAX_PRICE.
  BARTIZAN_REASON_PRICE_OUT_OF_RANGE = 39,
  // A price is not on the tick table.
  BARTIZAN_REASON_OFF_TICK = 40,
  // A price is outside the bands.
  BARTIZAN_REASON_OUTSIDE_BANDS = 41,
  // It expires now or before.
  BARTIZAN_REASON_ALREADY_EXPIRED = 42,
  // The account has a live order with this client id.
  BARTIZAN_REASON_DUPLICATE_CLIENT_ID = 43,
  // No more orders, no more units of this side or no more parts of its icebergs can be held.
  BARTIZAN_REASON_BOOK_FULL = 44,
  // There is no trade yet to follow, or no opposite price to take.
  BARTIZAN_REASON_NO_REFERENCE = 45,
  // Post-only, and it would trade.
  BARTIZAN_REASON_WOULD_TAKE = 46,
  // An iceberg would have to be shown in more parts than 10000.
  BARTIZAN_REASON_DISPLAY_TOO_SMALL = 47,
  // No live order has this id.
  BARTIZAN_REASON_UNKNOWN_ORDER = 64,
  // The order is another account's.
  BARTIZAN_REASON_NOT_OWNER = 65,
  // More than what is open is to be taken away.
  BARTIZAN_REASON_REDUCE_TOO_LARGE = 66,
  // The new quantity is not more than what has traded already.
  BARTIZAN_REASON_BELOW_EXECUTED = 67,
  // Orders of this type are cancelled and sent again, not replaced.
  BARTIZAN_REASON_NOT_REPLACEABLE = 68,
  // No recent trade has this id.
  BARTIZAN_REASON_UNKNOWN_TRADE = 96,
  // The trade was taken back before.
  BARTIZAN_REASON_ALREADY_BUSTED = 97,
  // The book cannot go from its phase to this one, or a call that was interrupted must come first.
  BARTIZAN_REASON_WRONG_PHASE = 98,
  // The lower band is above the upper one.
  BARTIZAN_REASON_BANDS_CROSSED = 99,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum bartizan_reason bartizan_reason;
#else
typedef uint8_t bartizan_reason;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What happened to the displayed book. Indicative, crossed, broken and phase changed are told whatever channels are on.
enum bartizan_event_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // L3: an order, or more of an iceberg, joins the end of its queue: order, side, price, quantity.
  BARTIZAN_EVENT_KIND_ADDED = 0,
  // L3: a displayed order traded: order, quantity, price, trade. At nothing left, it is gone.
  BARTIZAN_EVENT_KIND_EXECUTED = 1,
  // L3: a displayed order displays less and keeps its place: order, quantity (how much less).
  BARTIZAN_EVENT_KIND_REDUCED = 2,
  // L3: a displayed order is gone without a trade: order.
  BARTIZAN_EVENT_KIND_DELETED = 3,
  // L2: what one price displays now: side, price, quantity (zero when the level is gone), count.
  BARTIZAN_EVENT_KIND_LEVEL = 4,
  // L1: the best bid (price, quantity) and ask (ask, ask_quantity) now; BARTIZAN_NO_PRICE where there is none. Not told in
  // a call, nor in a halt that interrupted one; bartizan_book_top answers then too.
  BARTIZAN_EVENT_KIND_TOP = 5,
  // L1: a trade: trade, price, quantity, side (of the order that came in; any in an auction).
  BARTIZAN_EVENT_KIND_TRADED = 6,
  // In a call, what its auction would do now: price (BARTIZAN_NO_PRICE if nothing), quantity, imbalance.
  BARTIZAN_EVENT_KIND_INDICATIVE = 7,
  // An auction was held: price, quantity.
  BARTIZAN_EVENT_KIND_CROSSED = 8,
  // A trade was taken back: trade.
  BARTIZAN_EVENT_KIND_BROKEN = 9,
  // The book is in another phase: phase.
  BARTIZAN_EVENT_KIND_PHASE_CHANGED = 10,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum bartizan_event_kind bartizan_event_kind;
#else
typedef uint8_t bartizan_event_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Where the book is in its day.
enum bartizan_phase
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // No orders are taken; resting ones may be cancelled.
  BARTIZAN_PHASE_CLOSED = 0,
  // A call: orders are collected for the opening auction.
  BARTIZAN_PHASE_PRE_OPEN = 1,
  // Orders trade as they come.
  BARTIZAN_PHASE_CONTINUOUS = 2,
  // A call: orders are collected for the closing auction.
  BARTIZAN_PHASE_PRE_CLOSE = 3,
  // No orders are taken and none trades; resting ones may be cancelled. A call that it interrupts holds no auction, and must
  // be the next phase, unless the book closes.
  BARTIZAN_PHASE_HALTED = 4,
  // A call after a halt.
  BARTIZAN_PHASE_REOPENING = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum bartizan_phase bartizan_phase;
#else
typedef uint8_t bartizan_phase;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Where a live order is.
enum bartizan_place
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // In a queue of the displayed book.
  BARTIZAN_PLACE_DISPLAYED = 0,
  // A stop, trailing or not, that waits for its stop price.
  BARTIZAN_PLACE_STOP = 1,
  // A stop that a trade elected, and whose turn to enter has not come.
  BARTIZAN_PLACE_ELECTED = 2,
  // Pegged.
  BARTIZAN_PLACE_PEGGED = 3,
  // A market order that waits for the auction of the call.
  BARTIZAN_PLACE_AUCTION = 4,
  // An order at the close that waits for the closing call.
  BARTIZAN_PLACE_CLOSE = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum bartizan_place bartizan_place;
#else
typedef uint8_t bartizan_place;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// FIX TimeInForce, by its character.
enum bartizan_time_in_force
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // Until the book is closed.
  BARTIZAN_TIME_IN_FORCE_DAY = 48,
  // Good till cancel.
  BARTIZAN_TIME_IN_FORCE_GTC = 49,
  // At the opening: entered in the opening call, and gone after its auction.
  BARTIZAN_TIME_IN_FORCE_AT_OPENING = 50,
  // Immediate or cancel: what does not trade at once is cancelled.
  BARTIZAN_TIME_IN_FORCE_IOC = 51,
  // Fill or kill: all at once, or nothing.
  BARTIZAN_TIME_IN_FORCE_FOK = 52,
  // Good till the time expires.
  BARTIZAN_TIME_IN_FORCE_GTD = 54,
  // At the close: entered at any time before the closing auction; waits, not displayed, for the closing call, and is gone after its auction.
  BARTIZAN_TIME_IN_FORCE_AT_CLOSE = 55,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum bartizan_time_in_force bartizan_time_in_force;
#else
typedef uint8_t bartizan_time_in_force;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What a book is asked to do. Each kind reads the fields of bartizan_command that it names here, and no others.
enum bartizan_command_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // A new order: client, account, group, side, ord_type and what that reads, quantity, display, minimum,
  // time_in_force, expires, self_trade, post_only.
  BARTIZAN_COMMAND_KIND_NEW = 0,
  // Cancel an order: account, order.
  BARTIZAN_COMMAND_KIND_CANCEL = 1,
  // Take some of an order's open quantity away; it keeps its place in the queue: account, order, quantity.
  BARTIZAN_COMMAND_KIND_REDUCE = 2,
  // Change an order's price or quantity: account, order, client (zero keeps the old), price, stop (BARTIZAN_NO_PRICE
  // where the order has none), quantity, counts.
  BARTIZAN_COMMAND_KIND_REPLACE = 3,
  // Cancel every order of an account: account, side (any: of both). Costs a look at every slot that was ever in use, about a
  // nanosecond each, however few it cancels; what is to be cancelled often and at once goes by group.
  BARTIZAN_COMMAND_KIND_MASS_CANCEL = 4,
  // Cancel every order of a group: group.
  BARTIZAN_COMMAND_KIND_CANCEL_GROUP = 5,
  // The operator moves the book into another phase: phase.
  BARTIZAN_COMMAND_KIND_SET_PHASE = 6,
  // The operator sets the lowest and the highest price there may be: price (the lowest), stop (the highest).
  BARTIZAN_COMMAND_KIND_SET_BANDS = 7,
  // The operator allows any price.
  BARTIZAN_COMMAND_KIND_CLEAR_BANDS = 8,
  // The operator sets the reference price: price.
  BARTIZAN_COMMAND_KIND_SET_REFERENCE = 9,
  // The operator takes back a trade: order (the trade's id).
  BARTIZAN_COMMAND_KIND_BUST = 10,
  // Time passes, and nothing else happens.
  BARTIZAN_COMMAND_KIND_ADVANCE = 11,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum bartizan_command_kind bartizan_command_kind;
#else
typedef uint8_t bartizan_command_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What FIX calls OrdType; the numbers are our own, not FIX's. Which fields of bartizan_command a type reads, it says.
enum bartizan_ord_type
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // At any price within the bands; what finds no match is cancelled.
  BARTIZAN_ORD_TYPE_MARKET = 0,
  // At price or better.
  BARTIZAN_ORD_TYPE_LIMIT = 1,
  // A market order once a trade is at stop or beyond it.
  BARTIZAN_ORD_TYPE_STOP = 2,
  // A limit order at price once a trade is at stop or beyond it.
  BARTIZAN_ORD_TYPE_STOP_LIMIT = 3,
  // A stop order whose stop price follows the trades at the distance offset.
  BARTIZAN_ORD_TYPE_TRAILING_STOP = 4,
  // A limit order at the best displayed opposite price.
  BARTIZAN_ORD_TYPE_MARKET_TO_LIMIT = 5,
  // Not displayed; its price stays offset behind peg_reference, and no worse than price (BARTIZAN_NO_PRICE: any).
  BARTIZAN_ORD_TYPE_PEGGED = 6,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum bartizan_ord_type bartizan_ord_type;
#else
typedef uint8_t bartizan_ord_type;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What a pegged order follows.
enum bartizan_peg_reference
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // The middle between best bid and best ask.
  BARTIZAN_PEG_REFERENCE_MIDPOINT = 2,
  // The best price of the opposite side.
  BARTIZAN_PEG_REFERENCE_MARKET = 4,
  // The best price of its own side.
  BARTIZAN_PEG_REFERENCE_PRIMARY = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum bartizan_peg_reference bartizan_peg_reference;
#else
typedef uint8_t bartizan_peg_reference;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What is to happen when an incoming order meets one of its own account.
enum bartizan_self_trade
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // They trade.
  BARTIZAN_SELF_TRADE_ALLOW = 0,
  // The incoming order's rest is cancelled.
  BARTIZAN_SELF_TRADE_CANCEL_NEWEST = 1,
  // The resting order is cancelled, whole, and matching goes on.
  BARTIZAN_SELF_TRADE_CANCEL_OLDEST = 2,
  // Both are cancelled.
  BARTIZAN_SELF_TRADE_CANCEL_BOTH = 3,
  // Both lose the smaller of the two quantities, without a trade.
  BARTIZAN_SELF_TRADE_DECREMENT = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum bartizan_self_trade bartizan_self_trade;
#else
typedef uint8_t bartizan_self_trade;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Whether an order may trade on entry.
enum bartizan_post_only
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // It may.
  BARTIZAN_POST_ONLY_NO = 0,
  // It is rejected if it would.
  BARTIZAN_POST_ONLY_REJECT = 1,
  // If it would, its price becomes the best that does not.
  BARTIZAN_POST_ONLY_SLIDE = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum bartizan_post_only bartizan_post_only;
#else
typedef uint8_t bartizan_post_only;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What the quantity of a replace counts.
enum bartizan_counts
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // All of the order, with what it has traded already.
  BARTIZAN_COUNTS_WHOLE = 0,
  // What is to stay open.
  BARTIZAN_COUNTS_OPEN = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum bartizan_counts bartizan_counts;
#else
typedef uint8_t bartizan_counts;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// A book. Made by bartizan_book_new, freed by bartizan_book_free.
typedef struct bartizan_book bartizan_book;

// One band of a tick table: from first on, prices are multiples of increment.
typedef struct bartizan_tick_band {
  // The band's first price, itself on a tick of this band and of the one before.
  int64_t first;
  // The distance between two prices, at least 1.
  uint64_t increment;
} bartizan_tick_band;

// What is fixed about a book before it opens. Start from bartizan_rules_default.
typedef struct bartizan_rules {
  // The prices that orders may name: bands, first prices rising; what is below the first follows it. Null with a count
  // of zero: every price. Read by bartizan_book_new only.
  const struct bartizan_tick_band *tick_bands;
  // How many bands.
  size_t tick_band_count;
  // Every quantity is a multiple of this; from 1 to BARTIZAN_MAX_QUANTITY.
  uint64_t lot;
  // Most units open on one side at once, hidden and waiting ones included; from 1 to BARTIZAN_MAX_OPEN.
  uint64_t max_open;
  // Most parts in which the reserves of one side's icebergs are still to be shown, at least 1: it bounds what one command can
  // bring about.
  uint64_t max_parts;
  // Most live orders at once, from 1 to 2^31.
  uint32_t max_orders;
  // Orders to reserve room for at the start, if there is memory for it, so that the book need not grow until there are
  // more; at most max_orders.
  uint32_t expected_orders;
  // Recent trades that can be taken back.
  uint32_t bustable_trades;
  // 1: a client id must be unique among its account's live orders, and finds its order. 0: it need not.
  uint8_t index_client_ids;
  // 1: tell of single orders. 0: do not.
  uint8_t l3;
  // 1: tell of price levels. 0: do not.
  uint8_t l2;
  // 1: tell of the best bid and ask and of trades. 0: do not.
  uint8_t l1;
} bartizan_rules;

// One command. Set it to zero first; then kind, and the fields that kind names. All of it must be initialised; what a
// kind does not name may hold anything. Zero is a price like any other: where a field that is read is to hold no price
// (the limit of a peg that has none, the stop of an order replaced that has none), set BARTIZAN_NO_PRICE. Zero is also
// a market order, to buy, and no time_in_force.
typedef struct bartizan_command {
  // The book's id of an order; of a bust, a trade's id.
  uint64_t order;
  // The client's own id of an order; zero is none.
  uint64_t client;
  // A limit price, in ticks; see the kind and ord_type.
  int64_t price;
  // A stop price, in ticks; see the kind and ord_type.
  int64_t stop;
  // How much: a multiple of the book's lot.
  uint64_t quantity;
  // Show at most this much at a time; zero shows all.
  uint64_t display;
  // If less than this can trade at once, nothing does; zero is none.
  uint64_t minimum;
  // A distance in ticks; see ord_type.
  uint64_t offset;
  // When an order good till date expires.
  uint64_t expires;
  // Whose order it is; zero is nobody in particular.
  uint32_t account;
  // The group an order is cancelled with; zero is none.
  uint32_t group;
  // A bartizan_command_kind.
  uint8_t kind;
  // A bartizan_ord_type.
  uint8_t ord_type;
  // A bartizan_side.
  uint8_t side;
  // A bartizan_time_in_force.
  uint8_t time_in_force;
  // A bartizan_self_trade.
  uint8_t self_trade;
  // A bartizan_post_only.
  uint8_t post_only;
  // A bartizan_peg_reference; for a pegged order alone.
  uint8_t peg_reference;
  // A bartizan_counts; for a replace alone.
  uint8_t counts;
  // A bartizan_phase; to set it alone.
  uint8_t phase;
  // Not read.
  uint8_t reserved[7];
} bartizan_command;

// One execution report: 64 bytes.
typedef struct bartizan_report {
  // Counts from 1 without gaps over all reports of a book. A trade's id is that of the first of its two reports: the
  // incoming order's, and in an auction the buyer's.
  uint64_t sequence;
  // The book's id of the order. Zero for a new order that was rejected; what was asked for where an id is unknown.
  uint64_t order;
  // The client's id of the order; zero where the order is unknown.
  uint64_t client;
  // Whose it is.
  uint32_t account;
  // What happened.
  bartizan_exec_type exec_type;
  // How the order stands now.
  bartizan_ord_status ord_status;
  // Its side; buy where the order is unknown.
  bartizan_side side;
  // Why.
  bartizan_reason reason;
  // Of a trade or a trade taken back: its price. Otherwise the order's limit price (of a waiting stop without one: its
  // stop price), or BARTIZAN_NO_PRICE.
  int64_t price;
  // Of a trade or a trade taken back: its quantity. Of restated, cancelled and expired: how much was taken away, which
  // for a replenished iceberg is zero. Otherwise what was asked for.
  uint64_t quantity;
  // What is still open, an iceberg's reserve included.
  uint64_t leaves;
  // What has traded and was not taken back.
  uint64_t cumulative;
} bartizan_report;

// One market data event. Which fields it has, its kind says; the others are zero.
typedef struct bartizan_market_event {
  // Counts from 1 without gaps over all events that are told.
  uint64_t sequence;
  // Which order.
  uint64_t order;
  // Which trade.
  uint64_t trade;
  // At what price; of a top, the best bid.
  int64_t price;
  // How much; of a top, what the best bid displays.
  uint64_t quantity;
  // Of a top: the best ask.
  int64_t ask;
  // Of a top: what the best ask displays.
  uint64_t ask_quantity;
  // Of an indicative: what would be left, of bids if positive, of asks if negative.
  int64_t imbalance;
  // Of a level: displayed orders.
  uint32_t count;
  // What happened.
  bartizan_event_kind kind;
  // Bid or ask.
  bartizan_side side;
  // Of a changed phase: which it is now.
  bartizan_phase phase;
  // Always zero.
  uint8_t reserved;
} bartizan_market_event;

// What a book answered: arrays that belong to it, valid until the next call that may change it. Where a count is zero the
// pointer is not to be read.
typedef struct bartizan_output {
  // To those whose orders they are about, in order.
  const struct bartizan_report *reports;
  // How many reports.
  size_t report_count;
  // To everybody, in order.
  const struct bartizan_market_event *events;
  // How many events.
  size_t event_count;
} bartizan_output;

// The best displayed bid and ask; a side without orders has the price BARTIZAN_NO_PRICE and zero quantity.
typedef struct bartizan_top {
  // The highest bid.
  int64_t bid;
  // What is displayed there.
  uint64_t bid_quantity;
  // The lowest ask.
  int64_t ask;
  // What is displayed there.
  uint64_t ask_quantity;
} bartizan_top;

// One price of a side.
typedef struct bartizan_level {
  // The price.
  int64_t price;
  // Displayed quantity.
  uint64_t quantity;
  // Displayed orders.
  uint64_t count;
} bartizan_level;

// One live order.
typedef struct bartizan_order {
  // The book's id of it.
  uint64_t order;
  // The client's id of it.
  uint64_t client;
  // Its limit price; of a waiting stop without one, its stop price; otherwise BARTIZAN_NO_PRICE.
  int64_t price;
  // What is displayed; of a stop or peg zero.
  uint64_t displayed;
  // What is open, reserve included.
  uint64_t leaves;
  // What has traded.
  uint64_t cumulative;
  // Of a stop that has not entered, the stop price as it stands now; otherwise BARTIZAN_NO_PRICE.
  int64_t stop;
  // Of a trailing stop that waits or a peg, its distance; otherwise zero.
  uint64_t offset;
  // The most that an iceberg shows at a time; zero of another.
  uint64_t display;
  // When it expires; zero: never.
  uint64_t expires;
  // Whose it is.
  uint32_t account;
  // The group that it is cancelled with; zero: none.
  uint32_t group;
  // Bid or ask.
  bartizan_side side;
  // Where it is.
  bartizan_place place;
  // How long it stays: Day, Gtd, AtOpening, AtClose, otherwise Gtc.
  bartizan_time_in_force time_in_force;
  // Always zero.
  uint8_t reserved[5];
} bartizan_order;

// What an auction would do with the orders collected so far.
typedef struct bartizan_indicative {
  // Its price; BARTIZAN_NO_PRICE if nothing would trade.
  int64_t price;
  // How much would trade.
  uint64_t quantity;
  // What would be left at that price: of bids if positive, of asks if negative.
  int64_t imbalance;
} bartizan_indicative;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Every price (no tick bands), lot 1, max_orders 2^31, max_open BARTIZAN_MAX_OPEN, max_parts 2^20, expected_orders 1024,
// bustable_trades 65536; client ids are unique and indexed, and all three channels of market data are on.
struct bartizan_rules bartizan_rules_default(void);

// Applies commands in order, all at the time now, which the book takes as its own clock if it is not behind that: time
// once told never steps back, and an earlier now counts as the latest. If any of them cannot be understood
// (BARTIZAN_STATUS_BAD_VALUE), none is applied.
//
// The answer is that of all commands together, in their order; its reports and events do not say which command they
// are due to. Who must know it of every command applies them one a call.
//
// commands may be null if count is zero. output may be null: the answer is then dropped.
bartizan_status bartizan_book_apply(struct bartizan_book *book,
                                    uint64_t now,
                                    const struct bartizan_command *commands,
                                    size_t count,
                                    struct bartizan_output *output);

// A limit order of no group, shown whole, that allows self-trades and may trade on entry. side is a bartizan_side,
// time_in_force a bartizan_time_in_force; good till date, for which there is no time here, is rejected as already expired.
// output may be null.
bartizan_status bartizan_book_limit(struct bartizan_book *book,
                                    uint64_t now,
                                    uint32_t account,
                                    uint64_t client,
                                    uint8_t side,
                                    uint8_t time_in_force,
                                    uint64_t quantity,
                                    int64_t price,
                                    struct bartizan_output *output);

// Cancels an order. output may be null.
bartizan_status bartizan_book_cancel(struct bartizan_book *book,
                                     uint64_t now,
                                     uint32_t account,
                                     uint64_t order,
                                     struct bartizan_output *output);

// Takes some of an order's open quantity away; the order keeps its place in the queue. output may be null.
bartizan_status bartizan_book_reduce(struct bartizan_book *book,
                                     uint64_t now,
                                     uint32_t account,
                                     uint64_t order,
                                     uint64_t by,
                                     struct bartizan_output *output);

// Changes a limit order's price and quantity; its client id stays. counts is a bartizan_counts. output may be null.
bartizan_status bartizan_book_replace(struct bartizan_book *book,
                                      uint64_t now,
                                      uint32_t account,
                                      uint64_t order,
                                      uint8_t counts,
                                      uint64_t quantity,
                                      int64_t price,
                                      struct bartizan_output *output);

// The best displayed bid and ask. In a call, where L1 tells none, this is still what is displayed, crossed or not.
bartizan_status bartizan_book_top(const struct bartizan_book *book,
                                  struct bartizan_top *top);

// The best prices of a side (a bartizan_side), best first, at most capacity of them: levels[0] to levels[*count - 1].
// levels may be null if capacity is zero. A capacity that no memory could hold gives BARTIZAN_STATUS_BAD_VALUE.
bartizan_status bartizan_book_depth(const struct bartizan_book *book,
                                    uint8_t side,
                                    struct bartizan_level *levels,
                                    size_t capacity,
                                    size_t *count);

// The displayed orders of a side (a bartizan_side), best price first, then in queue order, at most capacity of them:
// orders[0] to orders[*count - 1]. orders may be null if capacity is zero. A capacity that no memory could hold gives
// BARTIZAN_STATUS_BAD_VALUE. It costs as much as the side is long.
bartizan_status bartizan_book_orders(const struct bartizan_book *book,
                                     uint8_t side,
                                     struct bartizan_order *orders,
                                     size_t capacity,
                                     size_t *count);

// What is displayed at one price of a side (a bartizan_side): zero quantity and count where nothing is.
bartizan_status bartizan_book_level(const struct bartizan_book *book,
                                    uint8_t side,
                                    int64_t price,
                                    struct bartizan_level *level);

// A live order by the book's id; BARTIZAN_STATUS_NOT_FOUND if no live order has it.
bartizan_status bartizan_book_order(const struct bartizan_book *book,
                                    uint64_t order,
                                    struct bartizan_order *out);

// The book's id of an account's live order by its client id; BARTIZAN_STATUS_NOT_FOUND if it has none, and always where
// the rules do not index client ids.
bartizan_status bartizan_book_find(const struct bartizan_book *book,
                                   uint32_t account,
                                   uint64_t client,
                                   uint64_t *order);

// The price of the last trade, or BARTIZAN_NO_PRICE.
bartizan_status bartizan_book_last_trade(const struct bartizan_book *book, int64_t *price);

// The phase the book is in.
bartizan_status bartizan_book_phase(const struct bartizan_book *book, bartizan_phase *phase);

// What the auction of a call would do now.
bartizan_status bartizan_book_indicative(const struct bartizan_book *book,
                                         struct bartizan_indicative *indicative);

// How many orders are live, of every kind.
bartizan_status bartizan_book_order_count(const struct bartizan_book *book, uint64_t *count);

// A number that two books share if they hold the same state: what replicas compare.
bartizan_status bartizan_book_digest(const struct bartizan_book *book, uint64_t *digest);

// Opens a book without orders, in the continuous phase, and puts it into *book.
//
// rules (and the tick bands it points to) are read during the call. When the status is not BARTIZAN_STATUS_OK, *book is
// null, unless book was. Room for expected_orders orders is reserved if there is memory for it; if
// there is not, the book opens all the same, and grows as orders come.
bartizan_status bartizan_book_new(const struct bartizan_rules *rules,
                                  struct bartizan_book **book);

// Frees a book, a broken one too. Null is allowed, and nothing happens.
void bartizan_book_free(struct bartizan_book *book);

// The library's version, as "0.1.0".
const char *bartizan_version(void);

// The name of a bartizan_status, as "NullPointer"; "Unknown" of any other number.
const char *bartizan_status_name(int32_t status);

// The name of a bartizan_exec_type, as "Trade"; "Unknown" of any other number.
const char *bartizan_exec_type_name(uint8_t exec_type);

// The name of a bartizan_ord_status, as "Filled"; "Unknown" of any other number.
const char *bartizan_ord_status_name(uint8_t ord_status);

// The name of a bartizan_event_kind, as "Level"; "Unknown" of any other number.
const char *bartizan_event_kind_name(uint8_t kind);

// The name of a bartizan_reason, as "UnknownOrder"; "Unknown" of any other number.
const char *bartizan_reason_name(uint8_t reason);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* BARTIZAN_H */
