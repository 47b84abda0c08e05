//! Batch auctions over many assets: offers to sell some of one asset for another at or above a limit rate meet at one price per asset.
//!
//! An offer whose limit the prices beat is filled in full, one at its limit in part or not, one whose limit they miss not at all. Prices
//! are found so that what is sold of every asset is what is bought of it (`prices`): an equilibrium, since whoever sells one thing
//! for another has gross substitutes. Where few offers are at the margin, prices are moved to where those are exactly at their limits (`exact`);
//! otherwise offers whose limit is within [`Outcome::tolerance`] below the rate count as at their limit. Among them the volume is greatest
//! that there is (`flow`); integers settle it (`fills`); where units are large beside what is traded and offers are few, an integer program does (`whole`). Nobody is left
//! with nothing who fits another of which something is left (`leftover`). What is sold to nobody goes
//! back (`unsold`). Where much is left behind since units are large, prices are moved to where less is (`whole_prices`).
//!
//! Only offers on a cycle of assets can trade. Assets that are on cycles together are a market of their own, with prices of its own; what those of
//! one market are to those of another is set so that nobody sells what cannot come back (`settlement`): an asset that nobody wants gets a price at
//! which nobody sells it.
//!
//! Invariants, which [`crate::certify::auction`] checks: nobody gets less than the limit asks; nobody gets more than the prices say but for the unit
//! that a limit asks for, nor less by the worth of a unit of what is sold and one of what is bought, or by a 64th and a unit of the cheaper, but at the
//! margin (units as far as prices, which are floating-point numbers, tell them apart: one in 2^49); and of no asset more is paid out than was sold. What is left of it by rounding is the [`Outcome::remainder`]. An offer whose amount buys a part of a unit that counts
//! sells only what the whole units cost. Where units do not fit into each other, some of what the
//! prices would fill is not, which the report of the check counts.
//!
//! Source: Ramseyer, Goel, Mazières, "SPEEDEX: A Scalable, Parallelizable, and Economically Efficient Decentralized Exchange" (NSDI 2023),
//! for the market, its tatonnement and the pair-aggregated program. Cost: one sort of the offers, then for each evaluation of prices
//! two searches a pair, and one pass over the offers that fills them.

mod entropic;
mod exact;
mod fills;
mod flow;
mod ladder;
mod leftover;
mod linear;
mod market;
mod numbering;
mod offers;
mod price;
mod prices;
mod session;
mod settlement;
mod trader;
mod unsold;
mod whole;
mod whole_prices;

pub use leftover::MOST_PAIRS;
pub use numbering::clear;
pub use offers::{Fault, Fill, MAX_ASSETS, MAX_OFFERS, MAX_PRICE, MAX_TOLERANCE, MAX_TOTAL, Offer, check};
pub use session::{Change, Outcome, Session};
pub use settlement::MOST_WHOLE;

#[cfg(test)]
mod tests;
