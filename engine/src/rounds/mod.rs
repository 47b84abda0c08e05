//! Barter rounds inside a realm: offers on hold, a round fixed, proposals verified, the best one settled.
//!
//! ```text
//! OpenRound -> SubmitOffer* (what is given goes on hold) -> CloseRound -> ProposeSettlement* -> SettleRound
//!                  WithdrawOffer, LimitSpending                   (solved outside)       or CancelRound
//! ```
//!
//! - **Open**: by an organiser, until they close it or `closes_at` passes. Traders submit offers ([`offer::Gives`]): a lot of any asset, as one
//!   indivisible whole; a bid of the round's money; or a dummy, "at most one of these". An offer comes out again by its owner, the organiser or
//!   an operator. Lots are held in full; of bids what is bid in all, or the owner's spending limit if that is less.
//! - **Closed**: the offers are what they are, and [`freeze`] makes of them the round that is solved, the same for everybody. For `proposals_ns` from
//!   the moment of closing, solvers propose; [`crate::verify()`] judges each, and the best stands ([`propose`]). After that time a round without
//!   any proposal is cancelled by time alone, so that nothing stays held because somebody sleeps. A round with one waits for whoever
//!   it concerns to say `SettleRound`; before that time it takes this only if nothing better exists.
//! - **Settled** ([`settle`]), or **cancelled** by the organiser or an operator at any time before: what was held is free, and the realm forgets
//!   the offers; the log has them.
//!
//! Ceilings: what comes in by a settlement cannot be refused, so nobody offers for an asset of which their account has a ceiling, and no such account
//! gets one while the offer lasts ([`crate::reject::Reject::CeilingInMarket`]). Nor is one closed as long ([`crate::reject::Reject::AccountInUse`]);
//! a receiver who has none gets a new one.
//!
//! Deliberately lacks who will not trade with whom, limits on the length of rings, and lots that are divided: [`crate::Round`] has none of them.

pub mod command;
mod course;
pub mod freeze;
mod load;
pub mod offer;
pub mod propose;
pub mod rules;
pub mod settle;
mod sound;
pub mod state;
mod submit;
pub mod units;

#[cfg(test)]
mod tests;

pub use state::Rounds;
