//! On whose word something is done: who asks, in which roles, and when.
//!
//! What an agent may do follows from two things alone: what it owns or made, and the roles it has at that moment. A role that was taken
//! away counts no more, also not for what was made while it was there: an asset's issuer issues, an organiser runs its markets
//! and rounds, a trader adds and changes orders and offers only as long as it has the role. What merely takes back needs none:
//! cancelling or reducing orders, withdrawing offers, posting and voiding holds, closing accounts. Operators may act for anybody.

use serde::{Deserialize, Serialize};

use crate::codec::{Codec, DecodeError, Mixer, Reader};
use crate::layout::Layouts;
use crate::ledger::units::AgentId;
use crate::reject::Reject;

/// What an agent may do beyond owning and giving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Role {
    /// Everything, for anybody.
    Operator = 0,
    /// Define assets; issue those, and set their holders' limits.
    Issuer = 1,
    /// Make markets and open rounds; run those.
    Organiser = 2,
    /// Place and replace orders, submit offers.
    Trader = 3,
    /// Propose settlements.
    Solver = 4,
}

/// A set of roles; in JSON a list of their names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(from = "Vec<Role>", into = "Vec<Role>")]
pub struct Roles(u8);

const ROLES: [Role; 5] = [Role::Operator, Role::Issuer, Role::Organiser, Role::Trader, Role::Solver];

impl Roles {
    /// Whether this role, or that of an operator, is among them.
    #[inline]
    pub fn allow(self, role: Role) -> bool {
        self.0 & (1 << role as u8 | 1 << Role::Operator as u8) != 0
    }

    /// These roles.
    pub fn of(roles: &[Role]) -> Self {
        Roles(roles.iter().fold(0, |set, &role| set | 1 << role as u8))
    }
}

impl From<Vec<Role>> for Roles {
    fn from(roles: Vec<Role>) -> Self {
        Roles::of(&roles)
    }
}

impl From<Roles> for Vec<Role> {
    fn from(roles: Roles) -> Self {
        ROLES.into_iter().filter(|&role| roles.0 & 1 << role as u8 != 0).collect()
    }
}

impl Codec for Roles {
    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.push(self.0);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let error = reader.error("a set of known roles");
        let set = u8::decode(reader)?;
        if set >> ROLES.len() == 0 { Ok(Roles(set)) } else { Err(error) }
    }

    fn mix(&self, mixer: &mut Mixer) {
        mixer.word(self.0.into());
    }

    fn layout(all: &mut Layouts) -> String {
        u8::layout(all)
    }
}

/// On whose word something is done, and when.
#[derive(Clone, Copy, Debug)]
pub struct Authority {
    /// Who asks.
    pub agent: AgentId,
    /// In which roles.
    pub roles: Roles,
    /// The log's time.
    pub now: u64,
}

impl Authority {
    /// Whether the actor is `owner`, or an operator, who may act for anybody.
    #[inline]
    pub(crate) fn is(self, owner: AgentId) -> bool {
        self.agent == owner || self.is_operator()
    }

    /// Whether the actor may act for anybody.
    #[inline]
    pub(crate) fn is_operator(self) -> bool {
        self.roles.allow(Role::Operator)
    }

    /// Refuses who is neither `owner` nor an operator.
    ///
    /// # Errors
    /// [`Reject::NotAllowed`].
    #[inline]
    pub fn require(self, owner: AgentId) -> Result<(), Reject> {
        if self.is(owner) { Ok(()) } else { Err(Reject::NotAllowed) }
    }

    /// Refuses who has neither `role` nor that of an operator.
    ///
    /// # Errors
    /// [`Reject::NotAllowed`].
    #[inline]
    pub fn require_role(self, role: Role) -> Result<(), Reject> {
        if self.roles.allow(role) { Ok(()) } else { Err(Reject::NotAllowed) }
    }

    /// Refuses who is neither `owner`, still in its `role`, nor an operator.
    ///
    /// # Errors
    /// [`Reject::NotAllowed`].
    #[inline]
    pub fn require_as(self, owner: AgentId, role: Role) -> Result<(), Reject> {
        self.require(owner).and(self.require_role(role))
    }
}
