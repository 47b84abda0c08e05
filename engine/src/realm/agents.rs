//! Who takes part, what each may do, and which command ids each has used.

use super::ids::CommandId;
use super::remembered::Remembered;
use crate::codec::record;
use crate::ledger::units::{AgentId, Sequence};
use bartizan_solver::prefetch::prefetch;

pub use crate::authority::{Role, Roles};

/// The public half of an ed25519 key (RFC 8032): 32 bytes, the point of the curve in compressed form.
///
/// The realm keeps it in its log, so that whoever lets commands in can ask an agent for a signature by it, as `bartizan serve` does. The
/// engine itself checks no signature, nor that this is a point of the curve, or nobody else's key: to it an agent is who the envelope says.
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

/// All agents, by number; the first is the realm itself.
#[derive(Clone, Debug)]
pub(super) struct Agents {
    all: Vec<Agent>,
    remembered: Vec<Remembered>,
    /// Of the realm itself the ids from [`CommandId::NODE`] on: a node's own commands and an operator's do not push each other out.
    of_node: Remembered,
}

record!(Agents { all, remembered, of_node });

impl Agents {
    /// The realm alone.
    pub(super) fn new() -> Self {
        let realm = Agent { name: "realm".into(), key: None, roles: Roles::of(&[Role::Operator]) };
        Agents { all: vec![realm], remembered: vec![Remembered::default()], of_node: Remembered::default() }
    }

    #[inline]
    pub(super) fn get(&self, agent: AgentId) -> Option<&Agent> {
        self.all.get(agent.0 as usize)
    }

    pub(super) fn get_mut(&mut self, agent: AgentId) -> Option<&mut Agent> {
        self.all.get_mut(agent.0 as usize)
    }

    #[inline]
    pub(super) fn remembered(&mut self, agent: AgentId, id: CommandId) -> &mut Remembered {
        if agent == AgentId::REALM && id >= CommandId::NODE {
            return &mut self.of_node;
        }
        &mut self.remembered[agent.0 as usize]
    }

    /// Asks for what is remembered of an agent before it is needed.
    #[inline]
    pub(super) fn fetch(&self, agent: AgentId) {
        prefetch(&self.all, agent.0 as usize);
        prefetch(&self.remembered, agent.0 as usize);
    }

    /// The same of what will be written next to what is remembered, which has arrived by now.
    #[inline]
    pub(super) fn fetch_end(&self, agent: AgentId) {
        if let Some(remembered) = self.remembered.get(agent.0 as usize) {
            remembered.fetch_end();
        }
    }

    /// What is remembered of an agent's ids of this kind, if it is one.
    #[inline]
    pub(super) fn remembered_of(&self, agent: AgentId, id: CommandId) -> Option<&Remembered> {
        if agent == AgentId::REALM && id >= CommandId::NODE {
            return Some(&self.of_node);
        }
        self.remembered.get(agent.0 as usize)
    }

    pub(super) fn next(&self) -> AgentId {
        AgentId(self.all.len() as u32)
    }

    pub(super) fn push(&mut self, agent: Agent) -> AgentId {
        let id = self.next();
        self.all.push(agent);
        self.remembered.push(Remembered::default());
        id
    }

    /// Whether all ids that are remembered were used up to the command `last`.
    pub(super) fn are_remembered(&self, last: Sequence) -> bool {
        let mut all = self.remembered.iter().chain([&self.of_node]);
        self.is_sound() && all.all(|remembered| remembered.is_sound(last))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (AgentId, &Agent)> {
        (0..).map(AgentId).zip(&self.all)
    }

    /// Whether as many are remembered as there are, the realm first.
    pub(super) fn is_sound(&self) -> bool {
        !self.all.is_empty() && self.all.len() == self.remembered.len()
    }
}
