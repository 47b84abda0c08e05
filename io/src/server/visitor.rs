//! By which door somebody came, and whence: what is known of a connection before anybody has signed in.

use std::net::SocketAddr;

use bartizan_engine::ledger::units::AgentId;

use super::audit::{Door, Refused, What};

/// Where a connection comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address; none of a Unix socket.
    pub address: Option<SocketAddr>,
    /// Whether it comes from this machine.
    pub is_local: bool,
}

impl std::fmt::Display for Peer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.address {
            Some(address) => address.fmt(formatter),
            None => formatter.write_str("unix"),
        }
    }
}

impl Peer {
    /// At an address.
    pub fn at(address: SocketAddr) -> Self {
        Peer { address: Some(address), is_local: address.ip().is_loopback() }
    }

    /// Through a Unix socket.
    pub const UNIX: Peer = Peer { address: None, is_local: true };
}

/// Somebody who came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// By which door.
    pub door: Door,
    /// Whence.
    pub peer: Peer,
}

impl Visitor {
    /// That something was refused to it, which was an agent's as far as that is known.
    pub fn refused(self, agent: Option<AgentId>, what: What, reason: impl Into<String>) -> Refused {
        Refused { door: self.door, peer: self.peer.address, agent, what, reason: reason.into() }
    }
}
