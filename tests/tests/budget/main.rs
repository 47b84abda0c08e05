//! No single command keeps a realm for long, whatever it is asked and however much falls due at once.

mod due;
mod rounds;

use bartizan_engine::event::{Event, Events};
use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::command::{Command, Envelope};
use bartizan_engine::realm::ids::CommandId;
use bartizan_engine::reject::Reject;

/// A realm, what it said last, and the time of the next command.
#[derive(Default)]
struct Told {
    realm: Realm,
    events: Events,
    time: u64,
}

impl Told {
    /// Applies a command; returns why it was refused, if it was.
    fn say(&mut self, actor: AgentId, command: Command) -> Option<Reject> {
        let next = Sequence(self.realm.sequence().0 + 1);
        let envelope = Envelope { id: CommandId(next.0.into()), actor, command };
        self.events.clear();
        self.realm.apply(next, self.time, &envelope, &mut self.events);
        match self.events.list.last() {
            Some(Event::Rejected { reject, .. }) => Some(*reject),
            _ => None,
        }
    }

    fn does(&mut self, actor: AgentId, command: Command) {
        let told = format!("{command:?}");
        assert_eq!(self.say(actor, command), None, "{told}");
    }

    /// The same in JSON.
    fn says(&mut self, actor: u32, command: &str) -> Option<Reject> {
        self.say(AgentId(actor), serde_json::from_str(command).expect("a command"))
    }

    /// Carries out each of these.
    fn all(&mut self, commands: &[(u32, &str)]) {
        for &(actor, command) in commands {
            assert_eq!(self.says(actor, command), None, "{command}");
        }
    }
}
