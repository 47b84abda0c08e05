//! The books of a realm, for people and for other programs.

pub mod amount;
