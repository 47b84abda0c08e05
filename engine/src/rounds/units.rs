//! The numbers of rounds and of the offers in them.

use serde::{Deserialize, Serialize};

use crate::codec::record;
use crate::ledger::units::number;

number! {
    /// A round of barter, numbered from 1. 0 is none.
    RoundId(u32)
}
number! {
    /// An offer of a round, numbered from 1 in that round.
    OfferId(u32)
}
