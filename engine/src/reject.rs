//! Why a command was refused: a stable number and name each. A refused command leaves no trace but its event and, under its id, its
//! answer.
//!
//! **The order of checks is that of the numbers.** Whatever is wrong with a command, the reject of the lowest number is told:
//!
//! | numbers | what is checked |
//! |---|---|
//! | 1 to 4 | the envelope: an id, a known actor, an id that was not used for something else; a node answers these without journalling them |
//! | 10 | the number that a command expects for what it makes |
//! | 11 to 29 | what the command says by itself: names, lists, amounts, rates, rules |
//! | 30 to 49 | that what it names exists |
//! | 50 | that the actor may: by what it owns or made, and by the roles it has at that moment ([`crate::authority`]) |
//! | 51 | that the market has done all that was due |
//! | 60 to 89 | the state of what it names |
//! | 90 to 99 | funds, ceilings, limits |
//! | 100 to 109 | what a proposal is worth |
//! | from 1000 on | what the order book says; in its own order, as its specification has it (`book/spec.md`) |
//!
//! Three things follow from what a realm knows. A check counts only once there is something to check: a round that does not exist has no next offer.
//! Whose holds were that ended, and whose offers a round had that ended, is forgotten: that they ended is told to whoever asks. And a
//! linked group is refused for the first of its steps that fails, each step seeing what those before it did; which step that was, the
//! event says.

use std::fmt;

use crate::book::Reason;
use crate::codec::{Codec, DecodeError, Mixer, Reader, record};
use crate::layout::Layouts;

macro_rules! rejects {
    ($($(#[doc = $doc:literal])* $name:ident = $number:literal,)*) => {
        /// Why a command was refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reject {
            $($(#[doc = $doc])* $name,)*
            /// The order book's own reason, of number 1000 and that of the reason.
            Book(Reason),
        }

        impl Reject {
            /// Every reject of the realm itself, by number.
            pub const ALL: &[Reject] = &[$(Reject::$name),*];

            /// Its number, which never changes.
            pub fn number(self) -> u16 {
                match self {
                    $(Reject::$name => $number,)*
                    Reject::Book(reason) => 1000 + reason as u16,
                }
            }

            /// Its name, which never changes.
            pub fn name(self) -> String {
                match self {
                    $(Reject::$name => stringify!($name).to_owned(),)*
                    Reject::Book(reason) => format!("{reason:?}"),
                }
            }

            /// What it means.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Reject::$name => concat!($($doc),*).trim_ascii(),)*
                    Reject::Book(reason) => reason.meaning(),
                }
            }
        }
    };
}

rejects! {
    /// The command has no id: 0 is none.
    IdMissing = 1,
    /// The actor used this id before, for a command with other fields.
    IdReused = 2,
    /// The id lies below those that are still remembered, so whether it was used cannot be told; a new command takes an id above all that its actor used.
    IdTooOld = 3,
    /// No agent has the actor's number, so nothing of this is remembered: once there is such an agent, the same command is a new one.
    UnknownActor = 4,

    /// The number that the command expects for what it makes is not the next one.
    NumberNotNext = 10,
    /// A name is empty or longer than allowed.
    NameOutOfRange = 11,
    /// A list is empty or longer than allowed.
    ListOutOfRange = 12,
    /// An amount is zero.
    AmountZero = 13,
    /// An amount is larger than any may be: of money in a round, 10^9 of its smallest unit.
    AmountTooLarge = 14,
    /// A limit is larger than any may be.
    LimitOutOfRange = 15,
    /// The scale is larger than any may be, or not 0 of something indivisible.
    ScaleOutOfRange = 16,
    /// Debit and credit are the same account.
    SameAccount = 17,
    /// A rate is out of range, or a rebate larger than the fee that pays it.
    FeeOutOfRange = 18,
    /// The rules of the market contradict themselves.
    MarketRulesInvalid = 19,
    /// Base and quote are the same asset.
    SameAsset = 20,
    /// The rules of the round contradict themselves.
    RoundRulesInvalid = 21,
    /// The offer wants the same twice, or what it gives.
    WantsInvalid = 22,
    /// A rank cost, or the cost of not trading, is out of range.
    CostOutOfRange = 23,

    /// No agent has this number.
    UnknownAgent = 30,
    /// No asset has this number.
    UnknownAsset = 31,
    /// No account has this number.
    UnknownAccount = 32,
    /// No account has the number of the debit.
    UnknownDebitAccount = 33,
    /// No account has the number of the credit.
    UnknownCreditAccount = 34,
    /// No hold has this number.
    UnknownHold = 35,
    /// No transfer at this place in the log is still known.
    UnknownTransfer = 36,
    /// No market has this number.
    UnknownMarket = 37,
    /// No round has this number.
    UnknownRound = 38,
    /// No offer of the round has this number.
    UnknownOffer = 39,
    /// The agent has no open account of an asset that this needs.
    NoAccount = 40,

    /// The actor may not do this.
    NotAllowed = 50,

    /// More orders of the market were due to expire than one command takes out: it takes nothing until they are gone. Ask again.
    MarketBehind = 51,

    /// The assets of the two accounts differ.
    DifferentAssets = 60,
    /// The debited account is closed.
    DebitAccountClosed = 61,
    /// The credited account is closed.
    CreditAccountClosed = 62,
    /// The account is closed.
    AccountClosed = 63,
    /// The owner has an open account of this asset.
    AccountExists = 64,
    /// The account's balance is not zero.
    BalanceNotZero = 65,
    /// The account has holds.
    HoldsNotZero = 66,
    /// Open orders or offers may still bring the account something.
    AccountInUse = 67,
    /// The hold was posted.
    HoldPosted = 68,
    /// The hold was voided.
    HoldVoided = 69,
    /// The hold expired.
    HoldExpired = 70,
    /// More is to be posted than is held.
    PostTooLarge = 71,
    /// It would expire at once, or before.
    AlreadyExpired = 72,
    /// The transfer was reversed before.
    AlreadyReversed = 73,
    /// A reversal is not reversed; make a new transfer.
    NotReversible = 74,
    /// The asset is not issued: it arises as mutual credit.
    NotIssuable = 75,
    /// The issue account moves by issuing and retiring alone.
    IssueAccount = 76,
    /// Accounts with a ceiling do not take part in markets and rounds: what comes in there cannot be refused.
    CeilingInMarket = 77,
    /// An order to buy at any price needs an upper band, by which to hold funds.
    NoPriceBound = 78,
    /// The round is closed: it does not take offers any more.
    RoundNotOpen = 79,
    /// The round is not closed, so there is nothing fixed to settle.
    RoundNotClosed = 80,
    /// The round is settled or cancelled.
    RoundEnded = 81,
    /// The time for proposals is over.
    TooLate = 82,
    /// There is still time for better proposals.
    TooEarly = 83,
    /// The item was offered in the round already.
    ItemOffered = 84,
    /// No proposal was accepted that could be settled.
    NoProposal = 85,
    /// More is asked of an offer than it bids.
    AskTooHigh = 86,
    /// The round takes no bids, so nobody can ask for money in it.
    NoMoney = 87,
    /// Amounts of the asset have more decimals than the money of a round may.
    MoneyTooFine = 88,
    /// Judging the proof would take more steps than any may: it has too many cases for a round of this size.
    ProofTooLong = 89,

    /// More would go out than the account has, with its credit and without what is held.
    InsufficientFunds = 90,
    /// More would come in than the account's ceiling allows.
    CeilingExceeded = 91,
    /// The account's balance or holds are already beyond the new limits.
    LimitTooTight = 92,
    /// There would be more of the asset than its rule allows.
    SupplyExceeded = 93,
    /// No more can be numbered.
    Full = 94,
    /// The round has as many offers or wants as it may, or costs so large that its objectives could not be weighed against each other.
    RoundFull = 95,
    /// The agent has as many offers or wants in the round as any one agent may.
    ShareFull = 96,

    /// The proposal does not fit the round, grants what nobody asked for, or does not reach what it claims.
    ProposalInvalid = 100,
    /// The proposal's proof is none of this round, or does not prove the bounds it claims.
    ProposalNotProven = 101,
    /// An earlier proposal is as good or better.
    ProposalNotBetter = 102,
}

/// The reasons of the order book that refuse. One that is neither among these nor among those that do not refuse does not compile.
macro_rules! refusals {
    ($($refusal:ident)*; $($other:ident)*) => {
        const REFUSALS: &[Reason] = &[$(Reason::$refusal),*];

        const _: fn(Reason) -> bool = |reason| match reason {
            $(Reason::$refusal => true,)*
            $(Reason::$other => false,)*
        };
    };
}

refusals! {
    NotTrading NotInCall WrongAuction QuantityOutOfRange NotInLots PartLargerThanWhole IncompatibleTerms PriceOutOfRange OffTick
    OutsideBands AlreadyExpired DuplicateClientId BookFull NoReference WouldTake DisplayTooSmall UnknownOrder NotOwner ReduceTooLarge
    BelowExecuted NotReplaceable UnknownTrade AlreadyBusted WrongPhase BandsCrossed;
    Requested RemovedLiquidity AddedLiquidity AuctionBuy AuctionSell Replenished NoLiquidity NotFillable MinimumNotMet SelfTrade
    TimeOver MassCancel GroupCancel BandsMoved
}

impl Reject {
    /// Every reject there is, those of the order book last.
    pub fn all() -> impl Iterator<Item = Reject> {
        Reject::ALL.iter().copied().chain(REFUSALS.iter().copied().map(Reject::Book))
    }
}

impl Codec for Reject {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.number().encode(bytes);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let error = reader.error("the number of a reject");
        let number = u16::decode(reader)?;
        Reject::all().find(|reject| reject.number() == number).ok_or(error)
    }

    fn mix(&self, mixer: &mut Mixer) {
        self.number().mix(mixer);
    }

    fn layout(all: &mut Layouts) -> String {
        u16::layout(all)
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}: {}", self.number(), self.name(), self.meaning())
    }
}

impl serde::Serialize for Reject {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut told = serializer.serialize_struct("Reject", 2)?;
        told.serialize_field("number", &self.number())?;
        told.serialize_field("name", &self.name())?;
        told.end()
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Reject {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RejectName".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let all = || Reject::all();
        schemars::json_schema!({
            "description": "Why a command was refused, by the number and the name that never change.",
            "type": "object",
            "properties": {
                "number": { "enum": all().map(Reject::number).collect::<Vec<_>>() },
                "name": { "enum": all().map(Reject::name).collect::<Vec<_>>() },
            },
            "required": ["number", "name"],
        })
    }
}

/// The answer to a command: 0 if it was carried out, else the number of the [`Reject`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AnswerNumber"))]
#[serde(transparent)]
#[repr(transparent)]
pub struct Answer(pub u16);

record!(Answer(0));

impl Answer {
    /// Carried out.
    pub const DONE: Answer = Answer(0);

    /// Whether the command was carried out.
    pub fn is_done(self) -> bool {
        self == Self::DONE
    }

    /// Why it was not, if it was not. Cost: O(rejects) if it was not.
    pub fn reject(self) -> Option<Reject> {
        if self.is_done() { None } else { Reject::all().find(|reject| reject.number() == self.0) }
    }
}

impl From<Result<(), Reject>> for Answer {
    #[inline]
    fn from(done: Result<(), Reject>) -> Self {
        Answer(done.err().map_or(0, Reject::number))
    }
}
