//! What people and programs are told about a clearing. Each output is one file, and all of them
//! draw on one view, [`Clearing`], so that no two can disagree on a figure.
//!
//! Every output is the same bytes for the same clearing; times and memory are shown only where the
//! caller hands them in.

pub mod agree;
pub(crate) mod fault;
pub mod json;
mod layout;
pub mod page;
pub mod resolve;
pub mod sheets;
pub mod stated;
pub mod summary;
pub mod text;
pub mod view;
pub(crate) mod words;

pub use view::Clearing;

#[cfg(test)]
mod sample;
