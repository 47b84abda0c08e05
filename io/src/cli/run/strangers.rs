//! Who was refused because nobody has the actor's number: at most so many of them, those who could become agents soonest.

use std::collections::BTreeMap;

use bartizan_engine::ledger::units::AgentId;

/// How many numbers are kept.
const KEPT: usize = 1 << 16;

/// Numbers that nobody had, each with the first line that was refused for it.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    lines: BTreeMap<AgentId, u64>,
    /// The lowest number that is no more among them; there may be others above it.
    dropped: Option<(AgentId, u64)>,
}

impl Strangers {
    /// A line of this actor was refused.
    pub(super) fn refuse(&mut self, actor: AgentId, line: u64) {
        self.lines.entry(actor).or_insert(line);
        if self.lines.len() > KEPT {
            self.dropped = self.lines.pop_last();
        }
    }

    /// A line that was refused for this number, or may have been.
    pub(super) fn line_of(&self, agent: AgentId) -> Option<u64> {
        let beyond = self.dropped.filter(|&(lowest, _)| lowest <= agent).map(|(_, line)| line);
        self.lines.get(&agent).copied().or(beyond)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

/// Why nobody gets a number for which a line was refused.
pub(super) fn told(line: u64, agent: AgentId, refused: u64) -> String {
    let agent = agent.0;
    format!(
        "line {line} would register agent {agent}, and line {refused} of this file was refused because nobody has that number: run again, it would \
         be carried out; register agents before they act"
    )
}

#[cfg(test)]
mod tests {
    use super::{AgentId, KEPT, Strangers};

    #[test]
    fn however_many_they_are_none_is_taken_for_known() {
        let mut strangers = Strangers::default();
        for number in (1..=KEPT as u32 + 40).rev() {
            strangers.refuse(AgentId(number * 2), u64::from(number));
        }
        assert_eq!(strangers.lines.len(), KEPT);
        assert!((1..=KEPT as u32 + 40).all(|number| strangers.line_of(AgentId(number * 2)).is_some()));
        assert_eq!((strangers.line_of(AgentId(2)), strangers.line_of(AgentId(3))), (Some(1), None));
    }
}
