//! FIX 4.4 for the order books: order entry and market data.
//!
//! [`message`] is the encoding, [`session`] the session layer over what [`store`] keeps; [`orders`], [`reports`] and [`data`] translate, with [`ids`], [`instrument`] and [`time`], and
//! [`known`] is what a session knows of its orders. [`door`] serves connections; `trading` is a session at work, which
//! enters orders by `entry` and answers what it is asked by `asking`.
//!
#![doc = include_str!("spec.md")]

mod asking;
pub mod data;
pub mod door;
mod entry;
pub mod ids;
pub mod instrument;
pub mod known;
mod line;
pub mod message;
pub mod orders;
pub mod reports;
mod seat;
pub mod session;
pub mod store;
pub mod time;
mod trading;
