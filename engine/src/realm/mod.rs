//! A realm: one deterministic state machine over one totally ordered log. Whatever is done is a [`command::Command`]; what follows
//! from it are [`Event`](crate::event::Event)s.
//!
//! [`Realm::apply`] is the one `match` on commands: it branches, and the rooms below it compute. It has no clock: time and sequence come in with
//! each command. The same log gives the same state and events, to the byte, on any machine.

pub mod agents;
mod apply;
mod barter;
pub mod command;
pub mod identity;
pub mod ids;
mod members;
mod orders;
pub mod remembered;
mod sound;
mod state;
mod wake;

#[cfg(test)]
mod tests;

pub use state::Realm;

/// The number of the rules by which this realm carries commands out. It changes with whatever could answer some log otherwise than before: a limit, an
/// order of checks, a kind of order. A journal keeps the number, so that a program with other rules refuses it instead of telling another history.
///
/// Whoever changes it gives snapshots a new format version too, since they are states that the old rules led to.
pub const RULES: u32 = 1;
