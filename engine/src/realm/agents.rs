//! Who takes part, what each may do, and which command ids each has used.

use serde::{Deserialize, Serialize};

use super::remembered::Remembered;
use crate::codec::{Codec, DecodeError, Mixer, Reader, record};
use crate::ledger::units::AgentId;
use crate::prefetch::prefetch;

/// The public half of an ed25519 key, which signs what its agent sends.
pub type PublicKey = [u8; 32];

/// One who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// What people call it.
    pub name: String,
    /// Its key, if it has one.
    pub key: Option<PublicKey>,
    /// What it may do beyond owning and giving.
    pub roles: Roles,
}

record!(Agent { name, key, roles });

/// What an agent may do beyond owning and giving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Role {
    /// Everything, for anybody.
    Operator = 0,
    /// Define assets, and issue those.
    Issuer = 1,
    /// Open and close rounds.
    Organiser = 2,
    /// Place orders and offers.
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
}

/// All agents, by number; the first is the realm itself.
#[derive(Clone, Debug)]
pub(super) struct Agents {
    agents: Vec<Agent>,
    remembered: Vec<Remembered>,
}

record!(Agents { agents, remembered });

impl Agents {
    /// The realm alone.
    pub(super) fn new() -> Self {
        let realm = Agent { name: "realm".into(), key: None, roles: Roles::of(&[Role::Operator]) };
        Agents { agents: vec![realm], remembered: vec![Remembered::default()] }
    }

    #[inline]
    pub(super) fn get(&self, agent: AgentId) -> Option<&Agent> {
        self.agents.get(agent.0 as usize)
    }

    pub(super) fn get_mut(&mut self, agent: AgentId) -> Option<&mut Agent> {
        self.agents.get_mut(agent.0 as usize)
    }

    #[inline]
    pub(super) fn remembered(&mut self, agent: AgentId) -> &mut Remembered {
        &mut self.remembered[agent.0 as usize]
    }

    /// Asks for what is remembered of an agent before it is needed.
    #[inline]
    pub(super) fn fetch(&self, agent: AgentId) {
        prefetch(&self.agents, agent.0 as usize);
        prefetch(&self.remembered, agent.0 as usize);
    }

    pub(super) fn remembered_of(&self, agent: AgentId) -> Option<&Remembered> {
        self.remembered.get(agent.0 as usize)
    }

    pub(super) fn next(&self) -> AgentId {
        AgentId(self.agents.len() as u32)
    }

    pub(super) fn push(&mut self, agent: Agent) -> AgentId {
        let id = self.next();
        self.agents.push(agent);
        self.remembered.push(Remembered::default());
        id
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (AgentId, &Agent)> {
        (0..).map(AgentId).zip(&self.agents)
    }

    /// Whether as many are remembered as there are, the realm first.
    pub(super) fn is_sound(&self) -> bool {
        !self.agents.is_empty() && self.agents.len() == self.remembered.len()
    }
}
