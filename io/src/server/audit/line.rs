//! What the audit trail tells of a refusal: by which door, whence, whose, what and why.

use std::net::SocketAddr;

use bartizan_engine::ledger::units::AgentId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// By which door somebody came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Door {
    /// The binary protocol.
    Binary,
    /// HTTP.
    Http,
    /// FIX.
    Fix,
    /// ITCH.
    Itch,
    /// A drop folder.
    Drop,
}

/// What was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// To come in: no token or key, or none that counts.
    SignIn,
    /// To do or see something for which it has no right.
    Right,
    /// More than it may ask for in such a time.
    Rate,
    /// Something too large.
    Size,
    /// Something that is not what it should be.
    Malformed,
    /// A command of an actor that nobody knows.
    Actor,
}

/// Something that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Refused")]
pub struct Refused {
    /// By which door it came.
    pub door: Door,
    /// Whence: an address and a port; none of what came through a Unix socket or a folder.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub peer: Option<SocketAddr>,
    /// Whose it was, as far as that is known: of a sign-in that was refused, as whom somebody wanted to come in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub agent: Option<AgentId>,
    /// What.
    pub what: What,
    /// Why, for people.
    pub reason: String,
}

/// A line of the trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AuditLine")]
pub struct Line {
    /// Counted from 1, without gaps.
    pub number: u64,
    /// When, in nanoseconds since 1970; of a sum, when it was summed up. No line is older than the one before it.
    pub time: u64,
    /// What was refused; of a sum, the last of it.
    #[serde(flatten)]
    pub refused: Refused,
    /// Of a sum: so many more like this were refused since the last line of their kind.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub more: Option<u64>,
    /// So many refusals before this were lost, for there were too many, or they could not be written.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub lost: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
