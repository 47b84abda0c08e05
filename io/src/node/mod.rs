//! A node: one realm with its journal. What is asked becomes a record, durable before it is answered; what was answered is there
//! after whatever happens.
//!
//! - [`Node`] takes envelopes, journals them in groups, applies them, and answers (`intake` reads them from lines of JSON).
//! - [`pipeline`] does the same with one group being applied while the next is written.
//! - [`history`] replays a journal: all of it, or from the newest snapshot on, up to any sequence.
//! - [`snapshot`] makes a snapshot from the journal alone, beside a running node and without stopping it.
//!
//! - [`background`] does so again and again, on a thread.
//!
//! All nondeterminism ends before the journal: a record has its time, and replay asks nobody else. Nothing here has a clock, and but for
//! [`background`] and [`pipeline::run`] nothing a thread of its own, so the whole of it runs in the simulation over a disk that fails.

pub mod background;
mod group;
pub mod history;
pub mod intake;
pub mod pipeline;
mod running;
mod sequencer;
pub mod snapshot;
mod stages;
mod threads;
mod turns;

pub use group::Sequenced;
pub use history::{History, HistoryError, Steps};
pub use running::{Node, NodeError, Opened, Options};
