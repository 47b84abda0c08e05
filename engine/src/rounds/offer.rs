//! What somebody gives in a round, and what they would accept for it.
//!
//! A want names an asset ("any lot of it that somebody else gives"), money, or one offer; so offers may be submitted before what they want is there.
//! Which offers the wants mean is worked out when the round is frozen (see [`super::freeze`]).

use serde::{Deserialize, Serialize};

use super::units::OfferId;
use crate::codec::{choice, record};
use crate::ledger::units::{AccountId, AgentId, Amount, AssetId};
use crate::limits::{MAX_AMOUNT, MAX_COST, MAX_OFFER_WANTS};
use crate::reject::Reject;

/// What is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub enum Gives {
    /// An amount of an asset, all of it to one receiver: a thing, or hours or tokens as one lot.
    Lot {
        /// Of what.
        asset: AssetId,
        /// How much.
        #[serde(default = "one")]
        amount: Amount,
    },
    /// Up to so much of the round's money, for one of the wants, none of which may be money; what is paid is what the seller asks.
    Bid {
        /// At most this much.
        most: Amount,
    },
    /// Nothing: a stand-in that the same owner's other offers may want, and that passes on one of its own wants to one of them. Several
    /// offers that want one dummy say "at most one of us for that".
    Dummy,
}

choice!(Gives { 1 => Lot { asset, amount }, 2 => Bid { most }, 3 => Dummy });

/// One thing that would be accepted, and at what cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Want {
    /// What.
    pub wanted: Wanted,
    /// Its rank cost, from 0 on; the less, the better liked. Costs in a dummy's list count for nothing.
    #[serde(default = "rank_one")]
    pub cost: i64,
}

record!(Want { wanted, cost });

/// What would be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub enum Wanted {
    /// Any lot of this asset that somebody else gives.
    Asset {
        /// Of what.
        asset: AssetId,
        /// How much it must be at least.
        #[serde(default = "one")]
        least: Amount,
    },
    /// One offer that is there already: somebody else's lot or bid, or an own dummy.
    Offer {
        /// Which.
        offer: OfferId,
        /// If it is a bid: how much is asked of it.
        #[serde(default, skip_serializing_if = "is_nothing")]
        price: Amount,
    },
    /// This much money from anybody who bids that or more.
    Money {
        /// How much is asked.
        price: Amount,
    },
}

choice!(Wanted { 1 => Asset { asset, least }, 2 => Offer { offer, price }, 3 => Money { price } });

fn one() -> Amount {
    Amount(1)
}

fn rank_one() -> i64 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_nothing(amount: &Amount) -> bool {
    *amount == Amount::ZERO
}

/// An offer in a round that is open or closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Whose it is.
    pub owner: AgentId,
    /// What is given.
    pub gives: Gives,
    /// Of a lot the account that it is held on, of a bid the owner's account of the round's money; 0 of a dummy.
    pub account: AccountId,
    /// What would be accepted, in this order.
    pub wants: Vec<Want>,
    /// The assets that the wants could bring, each once and rising: no account of theirs may have a ceiling.
    pub(super) brings: Vec<AssetId>,
}

record!(Offer { owner, gives, account, wants, brings });

/// Whether an amount may be given, asked or held.
fn check_amount(amount: Amount, most: Amount) -> Result<(), Reject> {
    match amount {
        Amount::ZERO => Err(Reject::AmountZero),
        _ if amount > most => Err(Reject::AmountTooLarge),
        _ => Ok(()),
    }
}

/// The largest amount of money in one bid, price or spending limit.
pub(super) const MOST_MONEY: Amount = Amount(MAX_AMOUNT as u128);

/// The first thing wrong with what an offer says by itself, by the numbers of the rejects.
pub(super) fn check_offer(gives: Gives, wants: &[Want]) -> Result<(), Reject> {
    if wants.len() > MAX_OFFER_WANTS {
        return Err(Reject::ListOutOfRange);
    }
    let given = match gives {
        Gives::Lot { amount, .. } => Some((amount, Amount::MAX)),
        Gives::Bid { most } => Some((most, MOST_MONEY)),
        Gives::Dummy => None,
    };
    let wanted = wants.iter().map(|want| match want.wanted {
        Wanted::Asset { least, .. } => (least, Amount::MAX),
        Wanted::Money { price } => (price, MOST_MONEY),
        // Nothing is asked of what is no bid, so 0 is as good as 1.
        Wanted::Offer { price, .. } => (price.max(Amount(1)), MOST_MONEY),
    });
    let amounts: Vec<Result<(), Reject>> =
        given.into_iter().chain(wanted).map(|(amount, most)| check_amount(amount, most)).collect();
    for reject in [Reject::AmountZero, Reject::AmountTooLarge] {
        if amounts.contains(&Err(reject)) {
            return Err(reject);
        }
    }
    let gives_asset = |asset: AssetId| matches!(gives, Gives::Lot { asset: given, .. } if given == asset);
    let wants_what_it_gives =
        wants.iter().any(|want| matches!(want.wanted, Wanted::Asset { asset, .. } if gives_asset(asset)));
    let mut keys: Vec<Wanted> = wants.iter().map(|want| want.wanted.key()).collect();
    keys.sort_unstable();
    let buys_money = matches!(gives, Gives::Bid { .. })
        && wants.iter().any(|want| matches!(want.wanted, Wanted::Money { .. }));
    if wants_what_it_gives || buys_money || keys.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Reject::WantsInvalid);
    }
    if wants.iter().any(|want| !(0..=MAX_COST).contains(&want.cost)) {
        return Err(Reject::CostOutOfRange);
    }
    Ok(())
}

impl Wanted {
    /// What must not stand twice in one list. The same asset may, with other amounts: "8 hours, or else 5".
    fn key(self) -> Self {
        match self {
            Wanted::Offer { offer, .. } => Wanted::Offer { offer, price: Amount::ZERO },
            Wanted::Asset { .. } | Wanted::Money { .. } => self,
        }
    }
}
