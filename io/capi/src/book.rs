//! A book behind a pointer: what C holds, how a call enters it, and what happens when it panics. The panic is caught and
//! the book is broken from then on: what it holds may be half changed, so nothing but freeing it is left.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering};

use bartizan_engine::book::{Book, Command, Events};

use crate::event::bartizan_market_event;
use crate::rules::bartizan_rules;
use crate::status::bartizan_status;

/// A book. Made by bartizan_book_new, freed by bartizan_book_free.
pub struct bartizan_book {
    inside: Inside,
    /// Whether a call panicked.
    broken: AtomicBool,
}

/// What a call works on.
pub(crate) struct Inside {
    pub(crate) book: Book,
    /// What the last call told.
    pub(crate) events: Events,
    /// `events.market` as C sees it.
    pub(crate) market: Vec<bartizan_market_event>,
    /// A batch as the engine sees it; kept for its room.
    pub(crate) batch: Vec<Command>,
}

/// C may move a book to another thread, and ask it from several.
const _: () = {
    const fn send_and_sync<T: Send + Sync>() {}
    send_and_sync::<bartizan_book>();
};

/// Runs one call's `body`, unless the book is broken, and breaks it if the body panics.
#[inline]
fn guard(broken: &AtomicBool, body: impl FnOnce() -> bartizan_status) -> bartizan_status {
    if broken.load(Ordering::Relaxed) {
        return bartizan_status::Broken;
    }
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        broken.store(true, Ordering::Relaxed);
        forget(panic)
    })
}

/// What a panic carried may panic again when it is dropped, so it never is.
#[cold]
fn forget(panic: Box<dyn std::any::Any + Send>) -> bartizan_status {
    std::mem::forget(panic);
    bartizan_status::Broken
}

/// Lets a call that changes the book in.
///
/// # Safety
/// `book` is null, or from `bartizan_book_new` and not yet freed, and no other call on it is under way.
#[inline]
pub(crate) unsafe fn change(
    book: *mut bartizan_book,
    body: impl FnOnce(&mut Inside) -> bartizan_status,
) -> bartizan_status {
    // SAFETY: not dangling and not shared, by this function's contract; made by Box, so aligned.
    let Some(handle) = (unsafe { book.as_mut() }) else {
        return bartizan_status::NullPointer;
    };
    let bartizan_book { inside, broken } = handle;
    guard(broken, || body(inside))
}

/// Lets a call that only looks in, and gives what `body` finds to `out`.
///
/// # Safety
/// `book` is null, or from `bartizan_book_new` and not yet freed, and no call that changes it is under way. `out` is
/// null, or aligned and valid for writing a `T`.
pub(crate) unsafe fn look<T>(
    book: *const bartizan_book,
    out: *mut T,
    body: impl FnOnce(&Book) -> Result<T, bartizan_status>,
) -> bartizan_status {
    // SAFETY: not dangling and not being changed, by this function's contract; made by Box, so aligned.
    let Some(handle) = (unsafe { book.as_ref() }) else {
        return bartizan_status::NullPointer;
    };
    if out.is_null() {
        return bartizan_status::NullPointer;
    }
    guard(&handle.broken, || match body(&handle.inside.book) {
        Ok(found) => {
            // SAFETY: not null; aligned and valid for writing by this function's contract.
            unsafe { out.write(found) };
            bartizan_status::Ok
        }
        Err(status) => status,
    })
}

/// Opens a book without orders, in the continuous phase, and puts it into *book.
///
/// rules (and the tick bands it points to) are read during the call. When the status is not BARTIZAN_STATUS_OK, *book is
/// null, unless book was. Room for expected_orders orders is reserved if there is memory for it; if
/// there is not, the book opens all the same, and grows as orders come.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bartizan_book_new(
    rules: *const bartizan_rules,
    book: *mut *mut bartizan_book,
) -> bartizan_status {
    if book.is_null() {
        return bartizan_status::NullPointer;
    }
    // SAFETY: not null; valid for writing by the header's contract.
    unsafe { book.write(null_mut()) };
    // SAFETY: null, or valid for reading by the header's contract.
    let Some(rules) = (unsafe { rules.as_ref() }) else {
        return bartizan_status::NullPointer;
    };
    let made = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the header's contract says it of the bands as of any array.
        let rules = unsafe { rules.read() }?;
        let inside = Inside {
            book: Book::new(rules),
            events: Events::default(),
            market: Vec::new(),
            batch: Vec::new(),
        };
        Ok(Box::new(bartizan_book { inside, broken: AtomicBool::new(false) }))
    }));
    match made {
        Ok(Ok(made)) => {
            // SAFETY: as above.
            unsafe { book.write(Box::into_raw(made)) };
            bartizan_status::Ok
        }
        Ok(Err(status)) => status,
        Err(panic) => forget(panic),
    }
}

/// Frees a book, a broken one too. Null is allowed, and nothing happens.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bartizan_book_free(book: *mut bartizan_book) {
    if book.is_null() {
        return;
    }
    // SAFETY: from `bartizan_book_new`, which made it by Box, and freed once, by the header's contract.
    let book = unsafe { Box::from_raw(book) };
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(book))) {
        let _ = forget(panic);
    }
}

#[cfg(test)]
#[allow(clippy::borrow_as_ptr)] // as a caller in C would pass it
mod tests {
    use std::ptr::null;

    use super::*;
    use crate::apply::bartizan_book_cancel;
    use crate::query::{bartizan_book_digest, bartizan_book_top, bartizan_top};
    use crate::rules::bartizan_rules_default;

    fn open() -> *mut bartizan_book {
        let mut book = null_mut();
        // SAFETY: both point to living locals.
        assert_eq!(unsafe { bartizan_book_new(&bartizan_rules_default(), &mut book) }, bartizan_status::Ok);
        book
    }

    #[test]
    fn a_panic_stays_inside_and_breaks_the_book() {
        let book = open();
        let mut digest = 7;
        // SAFETY: an open book and a living local; freed once, at the end.
        unsafe {
            assert_eq!(change(book, |_| panic!("for the test")), bartizan_status::Broken);
            assert_eq!(bartizan_book_cancel(book, 0, 0, 1, null_mut()), bartizan_status::Broken);
            assert_eq!(bartizan_book_digest(book, &mut digest), bartizan_status::Broken);
            assert_eq!(digest, 7, "a failed call wrote its result");
            bartizan_book_free(book);
        }
    }

    #[test]
    fn a_panic_of_a_question_breaks_the_book_too() {
        let book = open();
        let mut top = bartizan_top::default();
        // SAFETY: an open book and a living local; freed once, at the end.
        unsafe {
            assert_eq!(look(book, &mut top, |_| panic!("for the test")), bartizan_status::Broken);
            assert_eq!(bartizan_book_top(book, &mut top), bartizan_status::Broken);
            assert_eq!(change(book, |_| bartizan_status::Ok), bartizan_status::Broken);
            bartizan_book_free(book);
        }
    }

    #[test]
    fn what_a_panic_carried_is_not_dropped() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("dropped");
            }
        }
        let book = open();
        // SAFETY: an open book; freed once.
        unsafe {
            let status = change(book, |_| std::panic::panic_any(Bomb));
            assert_eq!(status, bartizan_status::Broken);
            bartizan_book_free(book);
        }
    }

    #[test]
    fn null_opens_nothing_and_may_be_freed() {
        let mut book = null_mut();
        // SAFETY: null is allowed here, and gives a status.
        unsafe {
            assert_eq!(bartizan_book_new(null(), &mut book), bartizan_status::NullPointer);
            assert!(book.is_null());
            assert_eq!(
                bartizan_book_new(&bartizan_rules_default(), null_mut()),
                bartizan_status::NullPointer
            );
            bartizan_book_free(null_mut());
        }
    }
}
