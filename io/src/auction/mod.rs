//! Batch auctions: offers read from CSV, JSON Lines or the instances of Gnosis and CoW ([`read`], [`offers`]), what the solver made of them as a document
//! ([`document`]) and as a table ([`fills`]), and the check of such a document ([`check`]).

pub mod amount;
pub mod check;
pub mod document;
pub mod exchange;
pub mod fills;
pub mod number;
pub mod offers;
pub mod read;
pub mod rows;
pub mod stated;

#[cfg(test)]
mod tests;
