//! What can be owned: its class, its scale, and who may make how much of it.

use serde::{Deserialize, Serialize};

use super::units::{AccountId, AgentId, Amount};
use crate::codec::{choice, record};
use crate::reject::Reject;

/// Something that can be owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// What people call it. Names are not unique; numbers are.
    pub name: String,
    /// What kind of thing it is.
    pub class: AssetClass,
    /// How many digits of an amount stand behind the decimal point.
    pub scale: u8,
    /// How much of it there may be.
    pub supply: SupplyRule,
    /// Who makes it, and sets its holders' limits.
    pub issuer: AgentId,
    /// The account that issuing debits and retiring credits.
    pub issue_account: AccountId,
}

record!(Asset { name, class, scale, supply, issuer, issue_account });

/// The most digits of an asset behind the decimal point.
pub const MAX_SCALE: u8 = 18;

/// What kind of thing an asset is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum AssetClass {
    /// Money, points, any fungible unit.
    Token,
    /// A thing, of which there may be one or several alike. Indivisible: its scale is 0.
    Item,
    /// A right to use something. Indivisible: its scale is 0.
    Licence,
    /// Time of somebody who can do something.
    SkillHours,
    /// A share of the use of a common resource.
    Capacity,
    /// A part of a cooperative.
    Stake,
}

choice!(AssetClass { 1 => Token, 2 => Item, 3 => Licence, 4 => SkillHours, 5 => Capacity, 6 => Stake });

impl Asset {
    /// Whether what it says of itself is in range.
    ///
    /// # Errors
    /// A cap of zero or too large; a scale out of range.
    pub fn check(&self) -> Result<(), Reject> {
        match self.supply {
            SupplyRule::Capped(Amount::ZERO) => return Err(Reject::AmountZero),
            SupplyRule::Capped(most) if most > Amount::MAX => return Err(Reject::AmountTooLarge),
            _ => {}
        }
        if self.scale > MAX_SCALE || (self.class.is_indivisible() && self.scale != 0) {
            return Err(Reject::ScaleOutOfRange);
        }
        Ok(())
    }
}

impl AssetClass {
    /// Whether it cannot be divided.
    pub fn is_indivisible(self) -> bool {
        matches!(self, AssetClass::Item | AssetClass::Licence)
    }
}

/// How much of an asset there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub enum SupplyRule {
    /// As much as its issuer makes (at most [`Amount::MAX`] at a time).
    Open,
    /// At most so much at a time.
    Capped(Amount),
    /// None is issued: what one has another owes, within the limits of their accounts.
    MutualCredit,
}

choice!(SupplyRule { 1 => Open, 2 => Capped(most), 3 => MutualCredit });

impl SupplyRule {
    /// How much there may be at a time, if any is issued.
    pub fn cap(self) -> Option<Amount> {
        match self {
            SupplyRule::Open => Some(Amount::MAX),
            SupplyRule::Capped(most) => Some(most),
            SupplyRule::MutualCredit => None,
        }
    }
}
