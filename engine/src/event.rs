//! What a realm says of each command: movements of value, what was made, changed or refused, and what the books report.
//!
//! Events follow from the log alone, so they need no journal of their own: replay tells them again, to the byte. Those of one command are
//! in order; a reader who adds up the [`Posting`]s knows every balance.

use serde::Serialize;

use crate::book;
use crate::codec::choice;
use crate::ledger::account::Limits;
use crate::ledger::hold::{Hold, HoldEnd};
use crate::ledger::posting::Posting;
use crate::ledger::units::{AccountId, AgentId, Amount, AssetId, HoldId, Sequence};
use crate::market::units::MarketId;
use crate::reject::Answer;
use crate::reject::Reject;
use crate::rounds::units::{OfferId, RoundId};

/// One thing that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Event {
    /// The command was refused, and changed nothing.
    Rejected {
        /// Why.
        reject: Reject,
        /// In a linked group: which of its steps failed, counted from 0.
        step: Option<u32>,
    },
    /// The command is the one of `first` again. It changed nothing; its answer is that command's.
    Repeated {
        /// Where that one stands in the log.
        first: Sequence,
        /// What its answer was.
        answer: Answer,
        /// The number of what it made, if it made something that has one.
        made: Option<u64>,
    },
    /// Value moved, or was promised, or a promise ended.
    Posting(Posting),
    /// An agent takes part.
    AgentRegistered {
        /// Its number.
        agent: AgentId,
    },
    /// An agent's roles changed.
    RolesSet {
        /// Whose.
        agent: AgentId,
    },
    /// An agent signs in by another key, or by none.
    KeySet {
        /// Who.
        agent: AgentId,
    },
    /// There is a new asset.
    AssetDefined {
        /// Its number.
        asset: AssetId,
        /// What its issuing debits.
        issue_account: AccountId,
    },
    /// There is a new account.
    AccountOpened {
        /// Its number.
        account: AccountId,
        /// Whose it is.
        owner: AgentId,
        /// Of what.
        asset: AssetId,
    },
    /// An account has other limits.
    LimitsSet {
        /// Which.
        account: AccountId,
        /// Its limits now.
        limits: Limits,
    },
    /// An account takes part in nothing any more.
    AccountClosed {
        /// Which.
        account: AccountId,
    },
    /// A two-phase hold begins; its posting comes before this.
    HoldCreated {
        /// Its number.
        hold: HoldId,
    },
    /// A two-phase hold ended; its postings come before this.
    HoldEnded {
        /// Its number.
        hold: HoldId,
        /// What it was.
        held: Hold,
        /// How.
        end: HoldEnd,
    },
    /// The posting before this reverses a transfer.
    Reversed {
        /// Where the transfer stands in the log.
        of: Sequence,
        /// Which step of a linked group it was.
        step: u32,
    },
    /// There is a new market.
    MarketCreated {
        /// Its number.
        market: MarketId,
    },
    /// A market has other rules.
    MarketAmended {
        /// Which.
        market: MarketId,
    },
    /// The next `count` reports of [`Events::book`] are of this market's orders.
    Reports {
        /// Which.
        market: MarketId,
        /// How many.
        count: u32,
    },
    /// The next `count` market data events of [`Events::book`] are of this market.
    MarketData {
        /// Which.
        market: MarketId,
        /// How many.
        count: u32,
    },
    /// A round takes offers.
    RoundOpened {
        /// Its number.
        round: RoundId,
    },
    /// A round has a new offer; what it gives is held.
    OfferSubmitted {
        /// Which round.
        round: RoundId,
        /// The offer's number in the round.
        offer: OfferId,
    },
    /// An offer left its round.
    OfferWithdrawn {
        /// Which round.
        round: RoundId,
        /// The offer's number in the round.
        offer: OfferId,
    },
    /// An agent set, or took back, how much it will spend in a round.
    SpendingLimited {
        /// Which round.
        round: RoundId,
        /// Who.
        agent: AgentId,
        /// At most this much; none: no limit.
        most: Option<Amount>,
    },
    /// A round takes no more offers: it is fixed, and solvers may begin.
    RoundClosed {
        /// Which.
        round: RoundId,
        /// How many offers it has.
        offers: u32,
    },
    /// A proposal was verified, and is better than those before it.
    ProposalAccepted {
        /// Which round.
        round: RoundId,
        /// Whose proposal.
        solver: AgentId,
        /// How many items it trades.
        items: u32,
        /// Whether nothing better exists, by its proof.
        is_optimal: bool,
    },
    /// A round was settled by its best proposal; the postings come before this.
    RoundSettled {
        /// Which.
        round: RoundId,
        /// Whose proposal.
        solver: AgentId,
        /// How many items changed hands.
        items: u32,
    },
    /// A round ended without a settlement; what was held is free.
    RoundCancelled {
        /// Which.
        round: RoundId,
    },
}

choice!(Event {
    1 => Rejected { reject, step },
    2 => Repeated { first, answer, made },
    3 => Posting(posting),
    4 => AgentRegistered { agent },
    5 => RolesSet { agent },
    6 => AssetDefined { asset, issue_account },
    7 => AccountOpened { account, owner, asset },
    8 => LimitsSet { account, limits },
    9 => AccountClosed { account },
    10 => HoldCreated { hold },
    11 => HoldEnded { hold, held, end },
    12 => Reversed { of, step },
    13 => KeySet { agent },
    20 => MarketCreated { market },
    21 => MarketAmended { market },
    22 => Reports { market, count },
    23 => MarketData { market, count },
    40 => RoundOpened { round },
    41 => OfferSubmitted { round, offer },
    42 => OfferWithdrawn { round, offer },
    43 => SpendingLimited { round, agent, most },
    44 => RoundClosed { round, offers },
    45 => ProposalAccepted { round, solver, items, is_optimal },
    46 => RoundSettled { round, solver, items },
    47 => RoundCancelled { round },
});

/// What a realm had to say. The caller clears it.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// What happened, in order.
    pub list: Vec<Event>,
    /// How many of these came before the last command's own: what was told earlier, and what time alone brought about.
    pub before_command: usize,
    /// The number of what the last command made, if it made something that has one; of a linked group, of the first hold. If it was one that had been done before, of
    /// what it made then.
    pub made: Option<u64>,
    /// What the books say: [`Event::Reports`] and [`Event::MarketData`] tell of which market, and when.
    pub book: book::Events,
}

impl Events {
    /// Forgets what was told, and keeps the room for more.
    pub fn clear(&mut self) {
        self.list.clear();
        (self.before_command, self.made) = (0, None);
        self.book.clear();
    }

    /// Tells one thing.
    #[inline]
    pub fn tell(&mut self, event: Event) {
        self.list.push(event);
    }

    /// Where the first of it stands, if the last command was one that had been done before.
    pub fn repeated(&self) -> Option<Sequence> {
        match self.list.last() {
            Some(&Event::Repeated { first, .. }) => Some(first),
            _ => None,
        }
    }

    /// The movements among what was told, in order.
    pub fn postings(&self) -> impl Iterator<Item = Posting> {
        self.list.iter().filter_map(|event| match event {
            Event::Posting(posting) => Some(*posting),
            _ => None,
        })
    }
}
