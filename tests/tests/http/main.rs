//! The HTTP door, as its users come in: with the built program, over real connections.

mod access;
mod commands;
mod faults;
mod feeds;
mod hosted;
mod metrics;
mod outside;
mod proofs;
mod random;
mod reading;
mod whole;
