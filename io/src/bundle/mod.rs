//! Rounds in which bundles are given for bundles: as read ([`Bundles`]), cleared and checked ([`document`]), told ([`text`]) and
//! explained ([`explain`]). The reader is that of JSON rounds, [`crate::format::json`].

pub mod document;
pub mod explain;
mod obstacles;
mod reading;
pub mod text;
mod ties;

pub use reading::{Bundles, Named};
