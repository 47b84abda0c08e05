//! Everything of Bartizan that touches the world.
pub mod format;
