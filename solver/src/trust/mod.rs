//! Paths of trust: how much value can move from one participant to another through lines of credit, and by which paths.
//!
//! A [`Lines`] is a graph whose arcs carry at most so much, at a cost a unit. Without a limit on the length of paths the most that can move, and the
//! cheapest way to move it, are a circulation with a way back from the end to the beginning: [`cheapest`] asks [`crate::netting`] for it, whose
//! potentials prove both. With a limit, [`within`] finds paths by a linear program and proves them by lengths of arcs ([`crate::certify::trust`]).
//!
//! Cost: as `netting` and `within` say; paths are taken apart in O(paths * arcs).

mod cheapest;
pub(crate) mod lines;
mod within;

pub use cheapest::cheapest;
pub use lines::{Lines, MAX_MOVED, Path};
pub use within::{Proven, within};

#[cfg(test)]
mod tests;
