//! Obligations between participants, netted: read from CSV ([`read`]), cleared by the solver to the most that can be ([`plan`]), written as a document with
//! its proof ([`document`]) and as notices of set-off ([`notices`]), and checked ([`check`]).

pub mod check;
pub mod document;
mod names;
pub mod notices;
pub mod plan;
pub mod read;
mod rows;
