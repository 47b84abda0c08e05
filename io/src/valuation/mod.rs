//! The valuation of what people exchange, offer, owe or want: files read as evidence ([`read`]), valued by the methods of the solver ([`document`]),
//! and a valuation checked against its file ([`check`]).

pub mod check;
pub mod document;
mod offers;
pub mod read;
mod reading;
mod round;
mod rows;
