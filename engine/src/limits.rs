//! The ranges that every reader checks once, at entry, so that sums over an outcome fit 64 bits. What weighs
//! objectives against each other has a bound of its own: see [`crate::model`].
//!
//! Costs are at most [`MAX_COST`] and items at most [`MAX_ITEMS`], so the total cost of any outcome
//! stays below 2^62.

/// Most items (goods, dummies and bids together) in one round.
pub const MAX_ITEMS: usize = 1 << 22;

/// Most wants in one round.
pub const MAX_WANTS: usize = 1 << 30;

/// Largest rank cost of one want, and largest cost of not trading.
pub const MAX_COST: i64 = 1_000_000_000_000;

/// Largest amount of money in one bid, price or limit, in the round's own unit: ten whole ones of an asset of scale 8. All sums would fit 64 bits with 10^12 too, and the
/// best would still be found; but a proof under spending limits weighs money against costs in one 64-bit scale, and with costs of 10^9 beside it
/// amounts of 10^12 are no longer told apart finely enough for the proof to close. Who trades in more names a coarser asset.
pub const MAX_AMOUNT: i64 = 1_000_000_000;

/// Most decimals of an amount of money.
pub const MAX_MONEY_DECIMALS: u8 = 9;

/// Longest name of an agent, an asset, a market or a round, in bytes.
pub const MAX_NAME: usize = 128;

/// Most offers of one round in a realm.
pub const MAX_OFFERS: usize = 1 << 16;

/// Most wants of one offer in a realm.
pub const MAX_OFFER_WANTS: usize = 1 << 12;

/// Most wants of one round in a realm, counted as what they come to when the round is frozen: one for each offer that each could mean.
pub const MAX_ROUND_WANTS: u64 = 1 << 22;

/// Most offers of one agent in one round of a realm: a sixteenth of all, so that nobody shuts the others out alone.
pub const MAX_AGENT_OFFERS: u64 = MAX_OFFERS as u64 / 16;

/// Most wants that one agent lists in one round of a realm.
pub const MAX_AGENT_LISTED: u64 = 1 << 16;

/// Most wants of one agent in one round of a realm, counted as what they come to, at the moment of an offer: a quarter of all.
pub const MAX_AGENT_WANTS: u64 = MAX_ROUND_WANTS / 4;

/// Most objectives of one round in a realm.
pub const MAX_OBJECTIVES: usize = 8;

/// How many holds, how many orders and how many rounds one command ends at most because their time is over ([`crate::realm`]). More than the holds that one command
/// can make, so that what is due cannot grow for ever.
pub const MAX_DUE: usize = 1 << 11;

const _: () = assert!(MAX_DUE > crate::ledger::movement::MAX_STEPS);

/// Most cases of the proof of a proposal in a realm.
pub const MAX_CASES: usize = 1 << 10;

/// Most steps that judging the proof of a proposal in a realm may take: [`crate::rounds::state::BarterRound::steps_per_case`] for each case that it does not
/// divide further. Enough for three such cases of the largest round with the most objectives, and for [`MAX_CASES`] of a round of ten thousand wants.
pub const MAX_PROOF_STEPS: u64 = 1 << 27;
