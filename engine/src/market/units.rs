//! The numbers of markets.

use serde::{Deserialize, Serialize};

use crate::codec::record;
use crate::ledger::units::number;

number! {
    /// A marketplace, numbered from 1. 0 is none.
    MarketId(u32)
}
