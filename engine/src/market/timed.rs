//! What time alone does to a market: orders expire, and calls are held.
//!
//! However late the log's time comes, one call is held for all that were due, and one for which nothing was collected costs nothing. Of orders whose
//! time is over no more than [`MAX_DUE`] go in one command. While more are due the market is *behind*: its book stands just before the
//! first of them, no call is held, and it takes no commands ([`Reject::MarketBehind`]); so nothing ever trades with an order whose
//! time is over. Every command takes more of them out, and one that names the market takes them out of that one.

use super::command::Mechanism;
use super::order_book::OrderBook;
use crate::book::{self, Phase, Time};
use crate::event::Events;
use crate::ledger::Ledger;
use crate::limits::MAX_DUE;
use crate::reject::Reject;

/// The shortest time between two auctions: a millisecond of the log. A call costs what it is told of and what it trades, so a market of empty calls costs a
/// realm less than a thousandth of its time.
pub const MIN_CALL: u64 = 1_000_000;

impl Mechanism {
    /// Whether auctions are far enough apart.
    ///
    /// # Errors
    /// [`Reject::MarketRulesInvalid`] if they are not.
    pub fn check(self) -> Result<(), Reject> {
        match self {
            Mechanism::FrequentCall { every } if every < MIN_CALL => Err(Reject::MarketRulesInvalid),
            _ => Ok(()),
        }
    }
}

impl OrderBook {
    /// Sets how orders meet: under frequent calls the book collects, and at each call it trades and collects again.
    pub(super) fn set_mechanism(
        &mut self,
        ledger: &mut Ledger,
        events: &mut Events,
        now: u64,
        mechanism: Mechanism,
    ) {
        self.mechanism = mechanism;
        let phase = self.book.phase();
        let next = match mechanism {
            Mechanism::FrequentCall { .. } if phase == Phase::Continuous => Some(Phase::Reopening),
            Mechanism::Continuous if phase == Phase::Reopening => Some(Phase::Continuous),
            _ => None,
        };
        if let Some(next) = next {
            let set = book::Command::SetPhase(next);
            self.tell_book(ledger, events, now, &set, None).expect("a call may begin and end");
        }
        self.set_next_call(now);
    }

    fn set_next_call(&mut self, now: u64) {
        self.next_call = match self.mechanism {
            Mechanism::Continuous => u64::MAX,
            Mechanism::FrequentCall { every } => (now / every + 1).saturating_mul(every),
        };
    }

    /// When something next happens by time alone.
    #[inline]
    pub(super) fn next_wake(&self) -> u64 {
        self.next_call.min(self.book.next_expiry().map_or(u64::MAX, |expiry| expiry.0))
    }

    /// When something next happens by time alone that anybody would notice: a call of nothing is none.
    pub(super) fn due_at(&self) -> Option<u64> {
        let call = Some(self.next_call).filter(|&call| call != u64::MAX && !self.book.is_empty());
        call.into_iter().chain(self.book.next_expiry().map(|expiry| expiry.0)).min()
    }

    /// Refuses while orders whose time is over are left.
    ///
    /// # Errors
    /// [`Reject::MarketBehind`].
    #[inline]
    pub(crate) fn require_up_to_date(&self, now: u64) -> Result<(), Reject> {
        if self.book.next_expiry().is_some_and(|expiry| expiry.0 <= now) {
            return Err(Reject::MarketBehind);
        }
        Ok(())
    }

    /// Expiries, no more than [`MAX_DUE`]; then, if none is left, the auction if it is due. How much was done: one for a look, and one for each order reported.
    pub(super) fn wake(&mut self, ledger: &mut Ledger, events: &mut Events, now: u64) -> usize {
        let reports = events.book.reports.len();
        let advance = |book: &mut book::Book, events: &mut book::Events| {
            book.advance_some(Time(now), MAX_DUE, events);
        };
        self.hear_book(ledger, events, advance, None).expect("time passes");
        if self.require_up_to_date(now).is_ok() && self.next_call <= now {
            self.hold_call(ledger, events, now);
        }
        1 + events.book.reports.len() - reports
    }

    fn hold_call(&mut self, ledger: &mut Ledger, events: &mut Events, now: u64) {
        if self.book.phase() == Phase::Reopening && !self.book.is_empty() {
            for phase in [Phase::Continuous, Phase::Reopening] {
                let set = book::Command::SetPhase(phase);
                self.tell_book(ledger, events, now, &set, None).expect("a call may end and begin");
            }
        }
        self.set_next_call(now);
    }
}
