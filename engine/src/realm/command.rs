//! What can be asked of a realm: one command of one actor, under an id that makes it safe to send again.

use serde::{Deserialize, Serialize};

use super::agents::{PublicKey, Roles};
use super::ids::CommandId;
use crate::codec::{choice, record};
use crate::ledger::asset::{AssetClass, SupplyRule};
use crate::ledger::movement::{
    CorrectTransfer, CreateTransfer, IssueAsset, PostPending, RetireAsset, Step, VoidPending,
};
use crate::ledger::units::{AccountId, AgentId, Amount, AssetId};
use crate::market::command::{
    AmendMarket, BustTrade, CancelOrder, CancelOrderGroup, CreateMarket, MassCancelOrders, PlaceOrder,
    ReduceOrder, ReplaceOrder, SetMarketBands, SetMarketPhase, SetMarketReference,
};
use crate::rounds::command::{
    CancelRound, CloseRound, LimitSpending, OpenRound, ProposeSettlement, SettleRound, SubmitOffer,
    WithdrawOffer,
};

/// A command with who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// The actor's id of it.
    pub id: CommandId,
    /// Who asks; 0, which is the realm itself, if nobody is named.
    #[serde(default)]
    pub actor: AgentId,
    /// What is asked.
    pub command: Command,
}

record!(Envelope { id, actor, command });

/// What is asked. Numbers that a command may expect are rejected if they are not the next ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Command {
    /// An operator takes in an agent.
    RegisterAgent(RegisterAgent),
    /// An operator sets what an agent may do.
    SetRoles(SetRoles),
    /// An agent, or an operator, sets the key by which the agent signs in.
    SetKey(SetKey),
    /// An issuer defines an asset that it issues.
    DefineAsset(DefineAsset),
    /// An agent, an asset's issuer or an operator opens an account; limits are for the latter two.
    OpenAccount(OpenAccount),
    /// An asset's issuer or an operator sets an account's limits.
    SetLimits(SetLimits),
    /// An owner closes an account.
    CloseAccount(CloseAccount),
    /// See [`CreateTransfer`].
    CreateTransfer(CreateTransfer),
    /// See [`PostPending`].
    PostPending(PostPending),
    /// See [`VoidPending`].
    VoidPending(VoidPending),
    /// See [`IssueAsset`].
    IssueAsset(IssueAsset),
    /// See [`RetireAsset`].
    RetireAsset(RetireAsset),
    /// See [`CorrectTransfer`].
    CorrectTransfer(CorrectTransfer),
    /// Several steps, all or none.
    LinkedTransfers(LinkedTransfers),
    /// Time passes, and nothing else happens.
    AdvanceClock(AdvanceClock),
    /// See [`CreateMarket`].
    CreateMarket(CreateMarket),
    /// See [`AmendMarket`].
    AmendMarket(AmendMarket),
    /// See [`PlaceOrder`].
    NewOrder(PlaceOrder),
    /// See [`CancelOrder`].
    CancelOrder(CancelOrder),
    /// See [`ReduceOrder`].
    ReduceOrder(ReduceOrder),
    /// See [`ReplaceOrder`].
    ReplaceOrder(ReplaceOrder),
    /// See [`MassCancelOrders`].
    MassCancelOrders(MassCancelOrders),
    /// See [`CancelOrderGroup`].
    CancelOrderGroup(CancelOrderGroup),
    /// See [`SetMarketPhase`].
    SetMarketPhase(SetMarketPhase),
    /// See [`SetMarketBands`].
    SetMarketBands(SetMarketBands),
    /// See [`SetMarketReference`].
    SetMarketReference(SetMarketReference),
    /// See [`BustTrade`].
    BustTrade(BustTrade),
    /// An organiser opens a round.
    OpenRound(OpenRound),
    /// A trader puts an offer into a round.
    SubmitOffer(SubmitOffer),
    /// An owner, or the organiser, takes an offer out.
    WithdrawOffer(WithdrawOffer),
    /// A trader limits what it will spend in a round.
    LimitSpending(LimitSpending),
    /// The organiser closes a round.
    CloseRound(CloseRound),
    /// A solver proposes how to settle a closed round.
    ProposeSettlement(ProposeSettlement),
    /// Whom it concerns settles a round by its best proposal.
    SettleRound(SettleRound),
    /// The organiser ends a round without a settlement.
    CancelRound(CancelRound),
}

choice!(Command {
    1 => RegisterAgent(command),
    2 => SetRoles(command),
    3 => DefineAsset(command),
    4 => OpenAccount(command),
    5 => SetLimits(command),
    6 => CloseAccount(command),
    7 => CreateTransfer(command),
    8 => PostPending(command),
    9 => VoidPending(command),
    10 => IssueAsset(command),
    11 => RetireAsset(command),
    12 => CorrectTransfer(command),
    13 => LinkedTransfers(command),
    14 => AdvanceClock(command),
    15 => SetKey(command),
    20 => CreateMarket(command),
    21 => AmendMarket(command),
    22 => NewOrder(command),
    23 => CancelOrder(command),
    24 => ReduceOrder(command),
    25 => ReplaceOrder(command),
    26 => MassCancelOrders(command),
    27 => CancelOrderGroup(command),
    28 => SetMarketPhase(command),
    29 => SetMarketBands(command),
    30 => SetMarketReference(command),
    31 => BustTrade(command),
    40 => OpenRound(command),
    41 => SubmitOffer(command),
    42 => WithdrawOffer(command),
    43 => LimitSpending(command),
    44 => CloseRound(command),
    45 => ProposeSettlement(command),
    46 => SettleRound(command),
    47 => CancelRound(command),
});

impl Command {
    /// What all of them are called.
    pub const NAMES: &[&str] = Command::VARIANTS;

    /// What it is called.
    pub fn name(&self) -> &'static str {
        self.variant()
    }
}

/// An agent to be taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RegisterAgent {
    /// The number it is expected to get.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentId>,
    /// What people call it, of 1 to [`crate::limits::MAX_NAME`] bytes.
    pub name: String,
    /// Its ed25519 public key; in JSON 32 numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<PublicKey>,
    /// What it may do beyond owning and giving.
    #[serde(default)]
    pub roles: Roles,
}

/// What an agent may do from now on. A role that is taken away is gone at once, also for what the agent made while it had it: it issues its assets no
/// more, moves its markets and rounds no more, and its orders and offers stay but can only be taken back.
/// The realm itself stays its operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SetRoles {
    /// Who.
    pub agent: AgentId,
    /// Its roles.
    pub roles: Roles,
}

/// By which key an agent signs in from now on: none, if it does not by a key. Whoever came in by the key before is let in no more by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SetKey {
    /// Who.
    pub agent: AgentId,
    /// Its ed25519 public key; in JSON 32 numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<PublicKey>,
}

/// An asset to be defined. Its issuer is the actor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DefineAsset {
    /// The number it is expected to get.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset: Option<AssetId>,
    /// What people call it, of 1 to [`crate::limits::MAX_NAME`] bytes.
    pub name: String,
    /// What kind of thing it is.
    pub class: AssetClass,
    /// How many digits of an amount stand behind the decimal point.
    #[serde(default)]
    pub scale: u8,
    /// How much of it there may be.
    pub supply: SupplyRule,
}

/// An account to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OpenAccount {
    /// The number it is expected to get.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// Whose it will be.
    pub owner: AgentId,
    /// Of which asset.
    pub asset: AssetId,
    /// How far below zero it may go.
    #[serde(default)]
    pub overdraft: Amount,
    /// How far above zero it may go, if there is an end to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<Amount>,
}

/// An account's limits from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SetLimits {
    /// Which account.
    pub account: AccountId,
    /// How far below zero it may go.
    #[serde(default)]
    pub overdraft: Amount,
    /// How far above zero it may go, if there is an end to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<Amount>,
}

/// An account to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CloseAccount {
    /// Which.
    pub account: AccountId,
}

/// Steps that succeed or fail as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LinkedTransfers {
    /// The steps in order, each seeing what those before it did; 1 to [`crate::ledger::movement::MAX_STEPS`].
    pub steps: Vec<Step>,
}

/// Time passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AdvanceClock {}

record!(RegisterAgent { agent, name, key, roles });
record!(SetRoles { agent, roles });
record!(SetKey { agent, key });
record!(DefineAsset { asset, name, class, scale, supply });
record!(OpenAccount { account, owner, asset, overdraft, ceiling });
record!(SetLimits { account, overdraft, ceiling });
record!(CloseAccount { account });
record!(LinkedTransfers { steps });
record!(AdvanceClock {});
