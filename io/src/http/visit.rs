//! A request before it is known who asks: whence it comes, what it is counted as, and what is noted of it if it is refused.

use std::sync::OnceLock;

use axum::http::{Extensions, StatusCode};
use axum::response::Response;
use bartizan_engine::ledger::units::AgentId;

use crate::server::audit::What;
use crate::server::site::Site;
use crate::server::visitor::Visitor;

/// A request that came.
#[derive(Debug)]
pub struct Visit {
    /// Whence.
    pub visitor: Visitor,
    /// For which realm, by its place in the site, once that is known.
    pub place: OnceLock<usize>,
    /// Of which agent, once somebody signed in.
    pub agent: OnceLock<AgentId>,
}

/// Why a request was refused, as its answer carries it.
#[derive(Clone, Debug)]
pub struct Why(pub String);

impl Visit {
    /// One from somewhere.
    pub fn new(visitor: Visitor) -> Self {
        let (place, agent) = (OnceLock::new(), OnceLock::new());
        Visit { visitor, place, agent }
    }

    /// Somebody signed in by it, to the realm at a place.
    pub fn came_in(&self, place: usize, agent: AgentId) {
        let _ = (self.place.set(place), self.agent.set(agent));
    }

    /// Whether somebody signed in by it.
    pub fn has_come_in(&self) -> bool {
        self.agent.get().is_some()
    }

    /// Notes that it was refused, if its answer says so.
    pub fn note(&self, site: &Site, answer: &Response) {
        let Some((what, reason)) = refused(answer.status(), answer.extensions()) else { return };
        let place = self.place.get().copied().unwrap_or(0);
        site.refused(place, self.visitor.refused(self.agent.get().copied(), what, reason));
    }
}

/// What an answer of this status refuses before it came to the log; what asks for too much is noted where that is found.
fn refused(status: StatusCode, extensions: &Extensions) -> Option<(What, String)> {
    let Why(reason) = extensions.get()?;
    let what = match status {
        StatusCode::UNAUTHORIZED => What::SignIn,
        StatusCode::FORBIDDEN => What::Right,
        StatusCode::PAYLOAD_TOO_LARGE => What::Size,
        StatusCode::BAD_REQUEST => What::Malformed,
        _ => return None,
    };
    Some((what, reason.clone()))
}
