//! What the header opens with, as it stands there: the contract of every pointer, which the functions do not repeat.

/// The text at the head of `bartizan.h`.
pub const HEADER: &str = "\
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
 */";
