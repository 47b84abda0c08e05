//! Pure algorithms of Bartizan over dense integer indices. They know nothing of money, markets or files.
//!
//! A round of barter is, here, a [`Graph`] of who would take what, and levels of gains. [`Face`] solves
//! the linear levels one after the other; [`coupled`] the last one, where totals of groups count; [`rings`]
//! then looks for smaller rings among the equally good. [`exchange`] finds rings of bounded length, and chains; [`bundle`] exchanges of bundles. What they
//! find carries a [`certify::Certificate`] or a [`certify::exchange::Proof`], which [`certify`] checks with code of its own.
//! What goods are worth to each other is [`valuation`]; rules that cannot be gamed, and others, are [`mechanism`].

mod assignment;
pub mod auction;
pub mod budget;
pub mod bundle;
pub mod certify;
mod circulation;
mod components;
pub mod coupled;
pub mod exchange;
mod factor;
mod graph;
mod matching;
pub mod mechanism;
pub mod netting;
pub mod prefetch;
pub mod program;
mod radix_heap;
pub mod residual;
pub mod rings;
mod rows;
pub mod stream;
pub mod trust;
pub mod valuation;

pub use circulation::{Face, LinearGains};
pub use components::Components;
pub use graph::Graph;
