//! Everything of Bartizan that touches the world: the formats in which rounds are written
//! ([`mod@format`]), mapped input ([`input`]), the driving of the solver ([`mod@clear`]), what people and
//! programs are shown ([`report`]), pools for bounded exchange ([`mod@pool`]), rounds of bundles ([`mod@bundle`]), rules of exchange and how they compare ([`mod@mechanism`]), made-up rounds ([`generate`]), what goods are worth ([`valuation`]) and which methods tell it best ([`benchmark`]), the replay of order flow ([`replay`]), the durable log ([`journal`])
//! and the node over it ([`node`]), the netting of obligations ([`netting`]), paths of trust ([`trust`]), the Merkle log ([`tlog`]), batch auctions ([`auction`]), second opinions by `HiGHS` ([`highs`]), the books ([`books`]), other rules tried on a log ([`what_if`]), JSON ([`json`]) and its shapes ([`shape`]), the clock ([`clock`]), the binary protocol ([`wire`]), the doors through which others come in ([`server`], [`http`], [`fix`], [`itch`]), and the program `bartizan` ([`cli`]).

mod alike;
pub mod amount;
pub mod auction;
pub mod benchmark;
pub mod books;
pub mod bundle;
mod calendar;
pub mod clear;
pub mod cli;
pub mod clock;
mod csv_line;
mod described;
pub mod document;
pub mod fix;
pub mod format;
pub mod generate;
mod header;
pub mod highs;
pub mod http;
pub mod input;
pub mod itch;
pub mod journal;
pub mod json;
mod lock;
pub mod mechanism;
pub mod netting;
pub mod node;
mod place;
pub mod pool;
pub mod replay;
pub mod report;
pub mod server;
pub mod shape;
mod strict;
mod sync;
pub mod tlog;
pub mod trust;
pub mod valuation;
pub mod what_if;
pub mod wire;
