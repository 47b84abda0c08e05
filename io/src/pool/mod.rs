//! Pools of bounded exchange in the forms that the field publishes: the registry of their readers, one file each.
//!
//! A pool has pairs, who give if they receive, and altruists, who only give; an arc says who can give to whom, with a weight.
//! What the forms agree on is kept here: arcs to altruists are left out with a notice (an altruist receives
//! nothing; some programs write such an arc from every pair, to close a chain), weights are decimals of at most six
//! places, and what is named twice is an error.

pub mod document;
pub mod explain;
mod fields;
mod gathered;
mod input;
pub mod missed;
mod nested;
pub mod packing;
mod patients;
mod reading;
pub mod round;
pub mod rules;
mod uk;
mod wmd;

pub use patients::{Patient, is_patients, read as read_patients};
pub use reading::{Donors, MAX_NODES, PoolError, PoolFormat, PoolReading, Reader};

/// Every form of a pool.
pub const POOL_FORMATS: &[PoolFormat] = &[uk::FORMAT, wmd::NEW, wmd::OLD, nested::FORMAT, input::FORMAT];

/// The format of pools called `name`, if there is one.
pub fn by_name(name: &str) -> Option<&'static PoolFormat> {
    POOL_FORMATS.iter().find(|format| format.name == name)
}

/// The format of pools whose files have names with this ending, if that tells.
pub fn by_ending(ending: &str) -> Option<&'static PoolFormat> {
    POOL_FORMATS.iter().find(|format| format.ending.is_some_and(|own| own.eq_ignore_ascii_case(ending)))
}

/// The format of pools that recognises `text`, if any does.
pub fn detect(text: &[u8]) -> Option<&'static PoolFormat> {
    POOL_FORMATS.iter().find(|format| (format.detect)(text))
}

impl PoolReading {
    /// Whether want lists were read as it, in which items trade and nobody only gives.
    pub fn is_of_lists(&self) -> bool {
        by_name(self.format).is_none()
    }
}

#[cfg(test)]
mod tests;
