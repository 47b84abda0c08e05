//! Agents, assets and accounts: who may make and change them.

use super::agents::Agent;
use super::command::{DefineAsset, OpenAccount, RegisterAgent, SetKey, SetLimits, SetRoles};
use super::state::Realm;
use crate::authority::{Authority, Role};
use crate::event::{Event, Events};
use crate::ledger::account::{Account, Limits};
use crate::ledger::asset::Asset;
use crate::ledger::units::{AccountId, AgentId, AssetId};
use crate::limits::MAX_NAME;
use crate::reject::Reject;

/// Whether a name is neither empty nor too long.
pub(super) fn check_name(name: &str) -> Result<(), Reject> {
    if (1..=MAX_NAME).contains(&name.len()) { Ok(()) } else { Err(Reject::NameOutOfRange) }
}

/// Whether the number that is expected, if any, is the next one.
pub(super) fn check_next<Id: PartialEq + Copy>(expected: Option<Id>, next: Id) -> Result<(), Reject> {
    if expected.is_none_or(|expected| expected == next) { Ok(()) } else { Err(Reject::NumberNotNext) }
}

impl Realm {
    pub(super) fn register_agent(
        &mut self,
        events: &mut Events,
        by: Authority,
        register: &RegisterAgent,
    ) -> Result<(), Reject> {
        check_next(register.agent, self.agents.next())?;
        check_name(&register.name)?;
        by.require_role(Role::Operator)?;
        if self.agents.next().0 == u32::MAX {
            return Err(Reject::Full);
        }
        let &RegisterAgent { key, roles, .. } = register;
        let agent = self.agents.push(Agent { name: register.name.clone(), key, roles });
        events.tell(Event::AgentRegistered { agent });
        Ok(())
    }

    pub(super) fn set_roles(
        &mut self,
        events: &mut Events,
        by: Authority,
        set: SetRoles,
    ) -> Result<(), Reject> {
        let SetRoles { agent, roles } = set;
        if self.agents.get(agent).is_none() {
            return Err(Reject::UnknownAgent);
        }
        by.require_role(Role::Operator)?;
        // Or nobody could mend anything.
        if agent == AgentId::REALM {
            return Err(Reject::NotAllowed);
        }
        self.agents.get_mut(agent).expect("looked up above").roles = roles;
        events.tell(Event::RolesSet { agent });
        Ok(())
    }

    pub(super) fn set_key(&mut self, events: &mut Events, by: Authority, set: SetKey) -> Result<(), Reject> {
        let SetKey { agent, key } = set;
        let found = self.agents.get_mut(agent).ok_or(Reject::UnknownAgent)?;
        by.require(agent)?;
        found.key = key;
        events.tell(Event::KeySet { agent });
        Ok(())
    }

    pub(super) fn define_asset(
        &mut self,
        events: &mut Events,
        by: Authority,
        define: &DefineAsset,
    ) -> Result<(), Reject> {
        check_next(define.asset, self.ledger.next_asset())?;
        check_name(&define.name)?;
        let &DefineAsset { class, scale, supply, .. } = define;
        let (name, issuer, issue_account) = (define.name.clone(), by.agent, AccountId(0));
        let asset = Asset { name, class, scale, supply, issuer, issue_account };
        asset.check()?;
        by.require_role(Role::Issuer)?;
        self.ledger.define_asset(events, asset).map(|_| ())
    }

    pub(super) fn open_account(
        &mut self,
        events: &mut Events,
        by: Authority,
        open: &OpenAccount,
    ) -> Result<(), Reject> {
        let &OpenAccount { account, owner, asset, overdraft, ceiling } = open;
        check_next(account, self.ledger.next_account())?;
        let limits = Limits { overdraft, ceiling };
        if !limits.are_valid() {
            return Err(Reject::LimitOutOfRange);
        }
        if self.agents.get(owner).is_none() {
            return Err(Reject::UnknownAgent);
        }
        let issuer = self.ledger.asset(asset).ok_or(Reject::UnknownAsset)?.issuer;
        let is_own = by.agent == owner && limits == Limits::NONE;
        if !is_own {
            by.require_as(issuer, Role::Issuer)?;
        }
        // The realm has the issue accounts alone.
        if owner == AgentId::REALM {
            return Err(Reject::NotAllowed);
        }
        let is_new = self.ledger.account_of(owner, asset).is_none();
        if is_new && ceiling.is_some() && self.rounds.expects(owner, asset) {
            return Err(Reject::CeilingInMarket);
        }
        self.ledger.open(events, owner, asset, limits).map(|_| ())
    }

    pub(super) fn set_limits(
        &mut self,
        events: &mut Events,
        by: Authority,
        set: &SetLimits,
    ) -> Result<(), Reject> {
        let &SetLimits { account, overdraft, ceiling } = set;
        let limits = Limits { overdraft, ceiling };
        if !limits.are_valid() {
            return Err(Reject::LimitOutOfRange);
        }
        let &Account { owner, asset, is_closed, .. } =
            self.ledger.account(account).ok_or(Reject::UnknownAccount)?;
        by.require_as(self.ledger.asset(asset).expect("an account's asset exists").issuer, Role::Issuer)?;
        if !is_closed && ceiling.is_some() && self.awaits(owner, asset) {
            return Err(Reject::CeilingInMarket);
        }
        self.ledger.set_limits(events, account, limits)?;
        if ceiling.is_some() {
            self.markets.forget(owner, asset);
        }
        Ok(())
    }

    /// Whether open orders or offers of an agent may still bring it units of an asset.
    fn awaits(&self, owner: AgentId, asset: AssetId) -> bool {
        self.markets.has_open_orders(owner, asset) || self.rounds.expects(owner, asset)
    }

    pub(super) fn close_account(
        &mut self,
        events: &mut Events,
        by: Authority,
        account: AccountId,
    ) -> Result<(), Reject> {
        let &Account { owner, asset, .. } = self.ledger.account(account).ok_or(Reject::UnknownAccount)?;
        by.require(owner)?;
        self.ledger.may_close(account)?;
        if self.awaits(owner, asset) {
            return Err(Reject::AccountInUse);
        }
        self.markets.forget(owner, asset);
        self.ledger.close(events, account)
    }
}
