//! Marketplaces, one kind a file.

pub mod units;
