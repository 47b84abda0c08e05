//! What can be asked about rounds. The rules of each command are told in [`super`].

use serde::{Deserialize, Serialize};

use super::offer::{Gives, Want};
use super::rules::Goal;
use super::units::{OfferId, RoundId};
use crate::certificate::CertificateRecord;
use crate::codec::record;
use crate::ledger::units::{Amount, AssetId};

/// A round to be opened. The actor is its organiser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OpenRound {
    /// The number it is expected to get.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<RoundId>,
    /// What people call it, of 1 to [`crate::limits::MAX_NAME`] bytes.
    pub name: String,
    /// What to clear for, most important first; 1 to [`crate::limits::MAX_OBJECTIVES`], each once.
    pub objectives: Vec<Goal>,
    /// What an offer that does not trade costs, under [`Goal::WeightedCost`].
    #[serde(default)]
    pub nontrade_cost: i64,
    /// What bids are made in; without it the round takes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<AssetId>,
    /// When it closes by itself, in nanoseconds of the log; else its organiser closes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes_at: Option<u64>,
    /// How long proposals are taken once it is closed, in nanoseconds of the log; above 0.
    pub proposals_ns: u64,
}

/// An offer of the actor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SubmitOffer {
    /// Into which round.
    pub round: RoundId,
    /// The number it is expected to get in the round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<OfferId>,
    /// What is given.
    pub gives: Gives,
    /// What would be accepted for it, at most [`crate::limits::MAX_OFFER_WANTS`]; one of them, if the offer trades.
    #[serde(default)]
    pub wants: Vec<Want>,
}

/// An offer to be taken out of an open round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WithdrawOffer {
    /// Of which round.
    pub round: RoundId,
    /// Which offer.
    pub offer: OfferId,
}

/// How much the actor will spend in a round, however much all bids sum to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LimitSpending {
    /// In which round.
    pub round: RoundId,
    /// At most this much; none: no limit any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<Amount>,
}

/// A round that takes no more offers from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CloseRound {
    /// Which.
    pub round: RoundId,
}

/// An outcome of a closed round with its proof, stated of the frozen round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProposeSettlement {
    /// Of which round.
    pub round: RoundId,
    /// For each item of the frozen round, in order, the item that its owner takes for it; itself if it does not trade.
    pub takes: Vec<u32>,
    /// What is claimed of it, for each objective of the round in order.
    pub levels: Vec<Claim>,
    /// Why nothing better exists.
    pub certificate: CertificateRecord<'static>,
}

/// What a proposal claims of one objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Which.
    pub objective: Goal,
    /// What it reaches.
    pub value: i64,
    /// What nothing that is as good on the objectives before can exceed.
    pub bound: i64,
}

/// A closed round to be settled by its best proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SettleRound {
    /// Which.
    pub round: RoundId,
}

/// A round to be ended without a settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CancelRound {
    /// Which.
    pub round: RoundId,
}

record!(OpenRound { round, name, objectives, nontrade_cost, money, closes_at, proposals_ns });
record!(SubmitOffer { round, offer, gives, wants });
record!(WithdrawOffer { round, offer });
record!(LimitSpending { round, most });
record!(CloseRound { round });
record!(ProposeSettlement { round, takes, levels, certificate });
record!(Claim { objective, value, bound });
record!(SettleRound { round });
record!(CancelRound { round });
