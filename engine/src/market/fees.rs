//! What trading costs: rates of the money that changes hands, as data.

use serde::{Deserialize, Serialize};

use crate::codec::record;
use crate::reject::Reject;

/// A millionth.
const PPM: u128 = 1_000_000;

/// What each side of a trade pays, in millionths of the money that changes hands. A fee is rounded down: what is left of a unit stays
/// with who pays. An order pays by the schedule in force when it was accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FeeSchedule {
    /// Of an order that rested. Negative: a rebate, paid out of what the other side pays.
    #[serde(default)]
    pub maker_ppm: i32,
    /// Of an order that took.
    #[serde(default)]
    pub taker_ppm: i32,
    /// Of both in an auction.
    #[serde(default)]
    pub auction_ppm: i32,
}

record!(FeeSchedule { maker_ppm, taker_ppm, auction_ppm });

impl FeeSchedule {
    /// Whether the rates are such that a trade always brings in what it pays out.
    ///
    /// # Errors
    /// A rate above the whole or, but for the maker's, below zero; a rebate larger than the fee that pays it.
    pub fn check(self) -> Result<(), Reject> {
        let FeeSchedule { maker_ppm, taker_ppm, auction_ppm } = self;
        let whole = PPM as i32;
        let fits = (-whole..=whole).contains(&maker_ppm)
            && (0..=whole).contains(&taker_ppm)
            && (0..=whole).contains(&auction_ppm)
            && maker_ppm + taker_ppm >= 0;
        if fits { Ok(()) } else { Err(Reject::FeeOutOfRange) }
    }

    /// The most that a buyer pays beside the money itself.
    #[inline]
    pub(super) fn most(self) -> i32 {
        self.maker_ppm.max(self.taker_ppm).max(self.auction_ppm)
    }
}

/// A rate of an amount, rounded down; nothing of a rate below zero.
#[inline]
pub(super) fn rate(amount: u128, ppm: i32) -> u128 {
    if ppm <= 0 {
        return 0;
    }
    // Nearly every amount of money fits 64 bits, where the division is a tenth as dear.
    match u64::try_from(amount) {
        Ok(small) if small < u64::MAX / PPM as u64 => (small * ppm as u64 / PPM as u64).into(),
        _ => amount / PPM * ppm as u128 + amount % PPM * ppm as u128 / PPM,
    }
}

#[cfg(test)]
mod tests {
    use super::{FeeSchedule, rate};

    #[test]
    fn a_fee_is_rounded_down_whatever_its_size() {
        for amount in [0, 1, 999_999, 1_000_000, 123_456_789_012, u128::from(u64::MAX), (1 << 94) - 1] {
            for ppm in [-5_i32, 0, 1, 250, 333_333, 1_000_000] {
                let ppm_wide = u128::from(ppm.max(0).unsigned_abs());
                assert_eq!(rate(amount, ppm), amount * ppm_wide / 1_000_000, "{ppm} of {amount}");
            }
        }
    }

    #[test]
    fn a_rebate_is_paid_by_the_other_side() {
        let schedule = |maker_ppm, taker_ppm| FeeSchedule { maker_ppm, taker_ppm, auction_ppm: 0 };
        assert!(schedule(-300, 300).check().is_ok());
        assert!(schedule(-301, 300).check().is_err());
        assert!(schedule(0, -1).check().is_err());
        assert!(schedule(0, 1_000_001).check().is_err());
    }
}
