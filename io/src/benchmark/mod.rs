//! The benchmark of valuation methods: markets whose values are known since they were planted ([`planted`], [`prices`]), every method of the registry and any
//! program that speaks JSON Lines ([`outside`]) on the same trades, and scores of how well each finds the values again ([`scores`]), how it bears outliers, lost
//! trades and wash trades ([`strain`]), and what it costs ([`speed`]). Beside it the same for the clearing of rounds ([`clearing`]).
//!
//! All but times and memory is a function of the seed, to the last bit, on any machine.

pub mod clearing;
pub mod contender;
pub mod outside;
pub mod page;
pub mod planted;
pub(crate) mod plot;
pub mod prices;
pub mod report;
pub mod run;
pub mod scores;
pub mod speed;
pub mod strain;
