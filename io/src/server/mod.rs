//! A process that serves realms: each on its own thread, with its journal, and doors through which others reach it.
//!
//! ```text
//! doors (binary, HTTP, FIX, drop folder)  --batches-->  queue (bounded)  -->  realm thread: journal, apply, answer
//!                                                                                  | durable groups
//!                                          readers  <--  view  <--  follower thread: apply again
//!                                          listeners <-- feed  <---------'
//! ```
//!
//! - [`host`] is a realm with its queue, and how it does; [`thread`] what its thread does with the queue; [`request`] what is asked and answered; `weight` how much memory that takes.
//! - [`view`] is what readers look at, [`feed`] what listeners listen to, `follower` keeps both up; [`past`] tells what was before, [`scope`] who is told what.
//! - [`meters`] counts what an operator watches, [`spans`] say where what is logged belongs.
//! - [`site`] is all of it together; [`access`] says who comes in, [`tokens`] by which tokens, [`limits`] how much each may ask for, [`turns`] who reads history when, and [`audit`] keeps what was refused to whom ([`visitor`]). [`binary`] is the door of the binary protocol ([`crate::wire`]), with `writing`, `placed`, `telling` and `replay`; [`drop_folder`], with `drop_file`, that of files. Others are in rooms of their own
//!   ([`crate::http`], [`crate::fix`], and [`crate::itch`], which only tells); [`accepting`] takes connections for all of them, [`secured`] encrypts them by what [`tls`] reads.
//!
//! Threads share nothing but bounded queues ([`crossbeam::channel`]) and what readers look at ([`parking_lot`]); what a realm answers to a connection goes through a channel that takes
//! whatever is sent, and in which no more waits than the connection's window. Nobody who reads or listens can make the realm wait.

pub mod accepting;
pub mod access;
pub mod audit;
pub mod binary;
#[cfg(all(test, feature = "shuttle"))]
mod checked;
mod drop_file;
pub mod drop_folder;
pub mod feed;
mod follower;
pub mod host;
pub mod limits;
pub mod meters;
pub mod past;
pub mod patience;
mod placed;
mod replay;
pub mod request;
pub mod scope;
pub mod secured;
pub mod site;
pub mod spans;
mod telling;
pub mod thread;
pub mod tls;
pub mod tokens;
pub mod turns;
pub mod view;
pub mod visitor;
mod weight;
mod writing;
