//! Where what is logged belongs: a connection or a request, through which door, to which realm, as which agent. Nothing by which somebody signs in is ever put there.

use bartizan_engine::ledger::units::AgentId;
use tracing::Span;
use tracing::field::Empty;

use super::meters::Door;

/// What is logged of a connection. Who it is, [`realm`] and [`agent`] add to it.
pub fn connection(door: Door) -> Span {
    tracing::info_span!("connection", door = door.name(), realm = Empty, agent = Empty)
}

/// What is logged of a request, by the template of its route.
pub fn request(method: &str, route: &str) -> Span {
    tracing::info_span!("request", door = Door::Http.name(), method, route, realm = Empty, agent = Empty)
}

/// From here on it is of this realm.
pub fn realm(name: &str) {
    Span::current().record("realm", name);
}

/// From here on it is of this agent, who signed in.
pub fn agent(agent: AgentId) {
    Span::current().record("agent", agent.0);
    tracing::debug!("signed in");
}
