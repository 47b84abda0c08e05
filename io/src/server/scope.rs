//! Who is told what: of all that follows from a command, what concerns an agent, and what everybody may know.
//!
//! Balances, holds and orders are their owners' own affair. Everybody may know what there is: agents, assets, markets and rounds; what markets
//! tell as market data; and how rounds go. Who may see everything sees it as it happened.

use bartizan_engine::book::{MarketEvent, Report};
use bartizan_engine::event::{Event, Events};
use bartizan_engine::ledger::units::{AccountId, AgentId};
use bartizan_engine::realm::Realm;

use super::access::{Access, Principal};
use super::feed::Moment;

/// What a listener is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// What concerns this agent: its accounts, holds, orders and offers, and the answers to its commands.
    pub own: Option<AgentId>,
    /// What everybody may know.
    pub public: bool,
    /// Everything.
    pub all: bool,
}

/// What is told of a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// What happened, in order.
    pub events: Vec<Event>,
    /// What the books reported.
    pub reports: Vec<Report>,
    /// What they told everybody.
    pub market: Vec<MarketEvent>,
}

impl Part {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

impl Scope {
    /// Everything.
    pub const ALL: Scope = Scope { own: None, public: true, all: true };
    /// What everybody may know.
    pub const PUBLIC: Scope = Scope { own: None, public: true, all: false };

    /// What concerns an agent.
    pub fn own(agent: AgentId) -> Self {
        Scope { own: Some(agent), public: false, all: false }
    }

    /// What concerns an agent, and what everybody may know.
    pub fn both(agent: AgentId) -> Self {
        Scope { public: true, ..Scope::own(agent) }
    }

    /// The most that somebody may be told, as things are in the realm now.
    pub fn most(principal: Principal, realm: &Realm) -> Self {
        if principal.sees_all(realm) { Scope::ALL } else { Scope::both(principal.agent) }
    }

    /// Whether somebody who was to be told this may still be: whoever tells goes on asking.
    pub fn is_for(self, principal: &Principal, access: &Access, realm: &Realm) -> bool {
        (!self.all || principal.sees_all(realm)) && access.holds(principal)
    }

    /// Whether somebody is told who asked for something, and how that was answered: nobody else's affair.
    pub fn tells_asker(self, asker: AgentId) -> bool {
        self.all || self.own == Some(asker)
    }

    /// What is told of a moment. `realm` says whose accounts are whose, now or at any later time.
    pub fn of(self, moment: &Moment<'_>, realm: &Realm) -> Part {
        let Moment { events, reports, market, .. } = *moment;
        self.pick(moment.envelope.actor, events, (reports, market), realm)
    }

    /// What is told of all that followed from a command of `actor`; as [`Scope::of`].
    pub fn of_events(self, actor: AgentId, events: &Events, realm: &Realm) -> Part {
        self.pick(actor, &events.list, (&events.book.reports, &events.book.market), realm)
    }

    fn pick(
        self,
        actor: AgentId,
        events: &[Event],
        (mut reports, mut market): (&[Report], &[MarketEvent]),
        realm: &Realm,
    ) -> Part {
        let mut part = Part::default();
        let is_asker = self.own == Some(actor);
        for &event in events {
            match event {
                Event::Reports { market: of, count } => {
                    let (these, rest) = reports.split_at(count as usize);
                    reports = rest;
                    let before = part.reports.len();
                    let is_told =
                        |report: &&Report| self.all || self.own.is_some_and(|own| own.0 == report.account.0);
                    part.reports.extend(these.iter().filter(is_told));
                    let count = (part.reports.len() - before) as u32;
                    if count > 0 {
                        part.events.push(Event::Reports { market: of, count });
                    }
                }
                Event::MarketData { count, .. } => {
                    let (these, rest) = market.split_at(count as usize);
                    market = rest;
                    if self.public {
                        part.market.extend(these);
                        part.events.push(event);
                    }
                }
                _ if self.tells(event, is_asker, realm) => part.events.push(event),
                _ => {}
            }
        }
        part
    }

    fn tells(self, event: Event, is_asker: bool, realm: &Realm) -> bool {
        let is_own = |account: AccountId| {
            self.own.is_some() && realm.ledger().account(account).map(|account| account.owner) == self.own
        };
        let told = match event {
            Event::Rejected { .. } | Event::Repeated { .. } | Event::Reversed { .. } => is_asker,
            Event::Posting(posting) => is_own(posting.debit) || is_own(posting.credit),
            Event::AgentRegistered { .. }
            | Event::RolesSet { .. }
            | Event::KeySet { .. }
            | Event::AssetDefined { .. }
            | Event::MarketCreated { .. }
            | Event::MarketAmended { .. }
            | Event::RoundOpened { .. }
            | Event::RoundClosed { .. }
            | Event::ProposalAccepted { .. }
            | Event::RoundSettled { .. }
            | Event::RoundCancelled { .. } => self.public || is_asker,
            Event::AccountOpened { owner, .. } => self.own == Some(owner) || is_asker,
            Event::LimitsSet { account, .. } | Event::AccountClosed { account } => {
                is_own(account) || is_asker
            }
            Event::HoldEnded { held, .. } => is_own(held.debit) || is_own(held.credit) || is_asker,
            Event::HoldCreated { .. } | Event::OfferSubmitted { .. } | Event::OfferWithdrawn { .. } => {
                is_asker
            }
            Event::SpendingLimited { agent, .. } => self.own == Some(agent),
            Event::Reports { .. } | Event::MarketData { .. } => false,
        };
        self.all || told
    }
}
