//! Paths of trust: networks of credit lines, read ([`read`], [`circles`]), what can move between two participants written as a document with its proof
//! ([`document`]), and checked ([`check`]).

pub mod check;
pub mod circles;
pub mod document;
pub mod network;
pub mod read;
