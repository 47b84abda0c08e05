//! The HTTP door, as its users come in: with the built program, over real connections.

mod access;
mod commands;
mod feeds;
mod reading;
mod whole;
