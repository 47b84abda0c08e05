//! A log run again under other rules, beside what happened: who gains, who loses, what is traded, how equality moves.
//!
//! Two realms go side by side from the same state: the baseline carries out the log as it is, the other one the same log under the
//! [`rules`]. Numbers that a realm gives (orders, trades, holds, accounts, offers, markets) can come out differently there, so each command is
//! translated: what was named by its number is the thing that the same command of the log made. Whoever sends, when, and under which id
//! stays as it was: people would have acted otherwise under other rules, and nothing here foretells that. Solvers' proposals are fitted to rounds that
//! came out with other offers, or found anew ([`proposals`]).
//!
//! Deterministic: the same log and rules give the same comparison, to the byte. Cost: the log twice, from its beginning, so that every
//! order's own limit is known; memory two realms, and what is named of orders that are open in one of them.

pub mod chart;
pub mod comparison;
pub mod equality;
pub mod json;
mod names;
pub mod proposals;
pub mod rules;
pub mod run;
pub mod tally;
pub mod text;
mod told;
mod translate;
pub mod wealth;
