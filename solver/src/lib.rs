//! solver
mod assignment;
pub mod certify;
mod circulation;
mod components;
mod graph;
mod matching;
mod radix_heap;

pub use circulation::{Face, LinearGains};
pub use components::Components;
pub use graph::Graph;
