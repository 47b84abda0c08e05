//! Commands to a book: a batch of any kind, and the four everyday ones without a record to fill. What the book answers is
//! borrowed from it until its next call.

use bartizan_engine::book::{
    AccountId, ClientOrderId, Command, Counts, NewOrder, OrderId, Price, Quantity, Replace, Side, Time,
    TimeInForce,
};

use crate::book::{Inside, bartizan_book, change};
use crate::command::{FromByte, bartizan_command};
use crate::event::{bartizan_market_event, flat};
use crate::report::{as_c, bartizan_report};
use crate::rules::slice;
use crate::status::bartizan_status;

/// What a book answered: arrays that belong to it, valid until the next call that may change it. Where a count is zero the
/// pointer is not to be read.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct bartizan_output {
    /// To those whose orders they are about, in order.
    pub reports: *const bartizan_report,
    /// How many reports.
    pub report_count: usize,
    /// To everybody, in order.
    pub events: *const bartizan_market_event,
    /// How many events.
    pub event_count: usize,
}

impl Inside {
    /// Says where the answer lies.
    ///
    /// # Safety
    /// `output` is null, or aligned and valid for writing.
    #[inline]
    unsafe fn tell(&mut self, output: *mut bartizan_output) -> bartizan_status {
        if !self.market.is_empty() || !self.events.market.is_empty() {
            self.market.clear();
            self.market.extend(self.events.market.iter().map(flat));
        }
        if !output.is_null() {
            let told = bartizan_output {
                reports: as_c(&self.events.reports),
                report_count: self.events.reports.len(),
                events: self.market.as_ptr(),
                event_count: self.market.len(),
            };
            // SAFETY: not null; aligned and valid for writing by this function's contract.
            unsafe { output.write(told) };
        }
        bartizan_status::Ok
    }
}

/// Applies one command.
///
/// # Safety
/// As `change` says of `book`, and `tell` of `output`.
#[inline]
unsafe fn apply_one(
    book: *mut bartizan_book,
    now: u64,
    command: impl FnOnce() -> Result<Command, bartizan_status>,
    output: *mut bartizan_output,
) -> bartizan_status {
    // SAFETY: by this function's contract.
    unsafe {
        change(book, |inside| {
            let command = match command() {
                Ok(command) => command,
                Err(status) => return status,
            };
            inside.events.clear();
            inside.book.apply(Time(now), &command, &mut inside.events);
            inside.tell(output)
        })
    }
}

/// Applies commands in order, all at the time now, which the book takes as its own clock if it is not behind that: time
/// once told never steps back, and an earlier now counts as the latest. If any of them cannot be understood
/// (BARTIZAN_STATUS_BAD_VALUE), none is applied.
///
/// The answer is that of all commands together, in their order; its reports and events do not say which command they
/// are due to. Who must know it of every command applies them one a call.
///
/// commands may be null if count is zero. output may be null: the answer is then dropped.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bartizan_book_apply(
    book: *mut bartizan_book,
    now: u64,
    commands: *const bartizan_command,
    count: usize,
    output: *mut bartizan_output,
) -> bartizan_status {
    // SAFETY: the header's contract.
    unsafe {
        change(book, |inside| {
            let commands = match slice(commands, count) {
                Ok(commands) => commands,
                Err(status) => return status,
            };
            inside.batch.clear();
            for command in commands {
                match command.read() {
                    Ok(command) => inside.batch.push(command),
                    Err(status) => return status,
                }
            }
            inside.events.clear();
            inside.book.apply_batch(Time(now), &inside.batch, &mut inside.events);
            inside.tell(output)
        })
    }
}

/// A limit order of no group, shown whole, that allows self-trades and may trade on entry. side is a bartizan_side,
/// time_in_force a bartizan_time_in_force; good till date, for which there is no time here, is rejected as already expired.
/// output may be null.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)] // C has no records without a name
pub unsafe extern "C" fn bartizan_book_limit(
    book: *mut bartizan_book,
    now: u64,
    account: u32,
    client: u64,
    side: u8,
    time_in_force: u8,
    quantity: u64,
    price: i64,
    output: *mut bartizan_output,
) -> bartizan_status {
    let command = || {
        let side = Side::from_byte(side)?;
        let order = NewOrder::limit(ClientOrderId(client), side, Quantity(quantity), Price(price));
        let time_in_force = TimeInForce::from_byte(time_in_force)?;
        Ok(Command::New(NewOrder { account: AccountId(account), time_in_force, ..order }))
    };
    // SAFETY: the header's contract.
    unsafe { apply_one(book, now, command, output) }
}

/// Cancels an order. output may be null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bartizan_book_cancel(
    book: *mut bartizan_book,
    now: u64,
    account: u32,
    order: u64,
    output: *mut bartizan_output,
) -> bartizan_status {
    let command = || Ok(Command::Cancel { account: AccountId(account), order: OrderId(order) });
    // SAFETY: the header's contract.
    unsafe { apply_one(book, now, command, output) }
}

/// Takes some of an order's open quantity away; the order keeps its place in the queue. output may be null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bartizan_book_reduce(
    book: *mut bartizan_book,
    now: u64,
    account: u32,
    order: u64,
    by: u64,
    output: *mut bartizan_output,
) -> bartizan_status {
    let (account, order, by) = (AccountId(account), OrderId(order), Quantity(by));
    // SAFETY: the header's contract.
    unsafe { apply_one(book, now, || Ok(Command::Reduce { account, order, by }), output) }
}

/// Changes a limit order's price and quantity; its client id stays. counts is a bartizan_counts. output may be null.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)] // C has no records without a name
pub unsafe extern "C" fn bartizan_book_replace(
    book: *mut bartizan_book,
    now: u64,
    account: u32,
    order: u64,
    counts: u8,
    quantity: u64,
    price: i64,
    output: *mut bartizan_output,
) -> bartizan_status {
    let command = || {
        Ok(Command::Replace(Replace {
            account: AccountId(account),
            order: OrderId(order),
            client: ClientOrderId(0),
            price: Price(price),
            stop: Price::NONE,
            quantity: Quantity(quantity),
            counts: Counts::from_byte(counts)?,
        }))
    };
    // SAFETY: the header's contract.
    unsafe { apply_one(book, now, command, output) }
}
