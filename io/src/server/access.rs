//! Who comes in, and what each may do.
//!
//! An agent signs in with a token, or with a signature by the key it is registered with. What it may ask the realm then judges, by its roles and by what it
//! owns; this module says only as whom somebody speaks, whether it may write at all, and whether it sees what is not its own.
//!
//! Without a credential nobody comes in, but for the machine's own users where [`Access::new`] was told so: they may speak as anybody.

use bartizan_engine::authority::Role;
use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::Realm;
use ed25519_dalek::{Signature, VerifyingKey};

use super::tokens::{Right, Tokens};

/// Who comes in to a realm.
#[derive(Debug)]
pub struct Access {
    tokens: Tokens,
    /// Whether who has no credential and is on this machine may speak as anybody.
    is_open: bool,
}

/// By what somebody signs in.
#[derive(Clone, Copy, Debug)]
pub enum Credential<'a> {
    /// By nothing.
    None,
    /// By a token.
    Token(&'a str),
    /// By a signature of this text.
    Signature(&'a [u8], &'a [u8; 64]),
}

/// Somebody who came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Principal {
    /// As whom it speaks.
    pub agent: AgentId,
    /// Whether it may speak as anybody.
    pub is_anybody: bool,
    /// Whether it may write.
    pub writes: bool,
    /// Whether it sees everything.
    pub sees_all: bool,
    /// Of the token by which it came in, if by one: the beginning of its hash.
    token: Option<[u8; 16]>,
}

/// Why somebody does not come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// No credential, where one is needed.
    #[error("a token, or a signature by the agent's key, is needed")]
    Anonymous,
    /// No such token, or its time is over.
    #[error("the token is not known, or its time is over")]
    Token,
    /// The token is another agent's.
    #[error("the token is another agent's")]
    OtherAgent,
    /// No such agent, or it has no key, or the signature is not by it.
    #[error("the signature is not by a key of that agent")]
    Signature,
    /// Somebody else's name.
    #[error("it speaks as another agent than it signed in as")]
    Impersonation,
    /// It may only read.
    #[error("it may only read")]
    ReadOnly,
}

impl Access {
    /// Access by these tokens, and by keys. `is_open` lets in the machine's own users without.
    pub fn new(tokens: Tokens, is_open: bool) -> Self {
        Access { tokens, is_open }
    }

    /// Signs somebody in as `agent`, or as whom the token says.
    ///
    /// # Errors
    /// If it does not come in; why.
    pub fn sign_in(
        &self,
        realm: &Realm,
        agent: Option<AgentId>,
        credential: Credential<'_>,
        is_local: bool,
    ) -> Result<Principal, Denied> {
        match credential {
            Credential::None if is_local && self.is_open => {
                let agent = agent.unwrap_or(AgentId::REALM);
                Ok(Principal { agent, is_anybody: true, writes: true, sees_all: true, token: None })
            }
            Credential::None => Err(Denied::Anonymous),
            Credential::Token(text) => {
                let token = self.tokens.find(text).ok_or(Denied::Token)?;
                if agent.is_some_and(|agent| agent != token.agent) {
                    return Err(Denied::OtherAgent);
                }
                let has = |right| token.rights.contains(&right);
                let sees_all = has(Right::Audit) || is_operator(realm, token.agent) && has(Right::Read);
                let writes = has(Right::Write);
                Ok(Principal {
                    agent: token.agent,
                    is_anybody: false,
                    writes,
                    sees_all,
                    token: Some(token.mark()),
                })
            }
            Credential::Signature(text, signature) => {
                let agent = agent.ok_or(Denied::Signature)?;
                let key = realm.agent(agent).and_then(|agent| agent.key).ok_or(Denied::Signature)?;
                let key = VerifyingKey::from_bytes(&key).map_err(|_| Denied::Signature)?;
                let is_by_it = key.verify_strict(text, &Signature::from_bytes(signature)).is_ok();
                let sees_all = is_operator(realm, agent);
                let principal = Principal { agent, is_anybody: false, writes: true, sees_all, token: None };
                if is_by_it { Ok(principal) } else { Err(Denied::Signature) }
            }
        }
    }
}

impl Access {
    /// Whether what somebody came in by still counts: a token may have been taken back, or its time be over.
    pub fn holds(&self, principal: &Principal) -> bool {
        principal.token.is_none_or(|mark| self.tokens.holds(mark))
    }
}

fn is_operator(realm: &Realm, agent: AgentId) -> bool {
    realm.agent(agent).is_some_and(|agent| agent.roles.allow(Role::Operator))
}

impl Principal {
    /// Whether it may send a command in the name of `actor`.
    ///
    /// # Errors
    /// If not; why.
    pub fn may_send_as(self, actor: AgentId) -> Result<(), Denied> {
        if !self.writes {
            return Err(Denied::ReadOnly);
        }
        if self.is_anybody || actor == self.agent { Ok(()) } else { Err(Denied::Impersonation) }
    }
}
