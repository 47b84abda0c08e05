//! The ids by which actors name their commands.

use serde::{Deserialize, Serialize};

use crate::codec::record;
use crate::ledger::units::{Amount, whole_number};

/// The actor's own id of a command, never 0. The same id with the same fields is answered as the first time and does nothing; ids that rise,
/// as counters and time-ordered ids do, are the cheapest, and the last million of an agent's are remembered. Of ids that do not rise the
/// million largest are: one below all that were forgotten is refused, even if it is new. In JSON a whole number, or the same as a string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct CommandId(pub u128);

record!(CommandId(0));

impl CommandId {
    /// From here on the ids of the realm itself, agent 0, are those of commands that a node gives on its own: cancels for those whose connection is
    /// gone, and what lets time pass. They are remembered apart; whoever else sends as the realm itself uses smaller ones.
    pub const NODE: Self = CommandId(1 << 127);
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for CommandId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CommandId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        crate::ledger::units::whole_number_schema("The actor's own id of a command, never 0.")
    }
}

impl Serialize for CommandId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Amount(self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for CommandId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        whole_number(deserializer).map(CommandId)
    }
}
