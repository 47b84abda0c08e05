//! The engines, each in a file of its own.

pub(crate) mod bartizan;
pub(crate) mod lobster;
pub(crate) mod matchcore;
pub(crate) mod orderbook_rs;
pub(crate) mod realm;
