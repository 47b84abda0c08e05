//! A flood in a few lines: of what is alike the first few are told one by one, and the others are counted and told together.
//!
//! Alike is what came by one door from one address, of one agent, and was refused for the same kind of thing. Memory is bounded: when more kinds than
//! [`MOST_KINDS`] go on at a time, those that came last are counted as one, of their door alone.

use std::collections::HashMap;
use std::net::IpAddr;

use bartizan_engine::ledger::units::AgentId;

use super::line::{Door, Line, Refused, What};

/// So many alike are told one by one in [`WHILE`].
pub const FIRST: u64 = 5;

/// So long, in nanoseconds, what is alike is counted until it is told.
pub const WHILE: u64 = 10_000_000_000;

/// So many kinds are told apart at a time.
pub const MOST_KINDS: usize = 1024;

/// What makes refusals alike.
type Kind = (Door, Option<IpAddr>, Option<AgentId>, What);

/// What is going on of a kind.
#[derive(Debug)]
struct Sum {
    /// When it is to be told.
    until: u64,
    /// How many were told one by one.
    told: u64,
    /// How many were not, and the last of them.
    more: u64,
    last: Option<Refused>,
}

impl Sum {
    /// What is to be told of it `now`, if anything.
    fn line(&mut self, now: u64) -> Option<Line> {
        let refused = self.last.take()?;
        Some(Line { number: 0, time: now, refused, more: Some(std::mem::take(&mut self.more)), lost: 0 })
    }
}

/// What is going on.
#[derive(Debug, Default)]
pub struct Summing {
    sums: HashMap<Kind, Sum>,
}

impl Summing {
    /// Takes a refusal; what is to be told of it now, if anything.
    pub fn take(&mut self, time: u64, refused: Refused) -> Option<Line> {
        let mut kind = (refused.door, refused.peer.map(|peer| peer.ip()), refused.agent, refused.what);
        if self.sums.len() >= MOST_KINDS && !self.sums.contains_key(&kind) {
            kind = (refused.door, None, None, refused.what);
        }
        let fresh = || Sum { until: time.saturating_add(WHILE), told: 0, more: 0, last: None };
        let sum = self.sums.entry(kind).or_insert_with(fresh);
        if sum.told < FIRST {
            sum.told += 1;
            return Some(Line { number: 0, time, refused, more: None, lost: 0 });
        }
        sum.more += 1;
        sum.last = Some(refused);
        None
    }

    /// What is to be told by `now` of what was counted: as of then, so that it stands in the order of time among what was told one by one meanwhile.
    pub fn due(&mut self, now: u64) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::new();
        self.sums.retain(|_, sum| {
            if sum.until > now {
                return true;
            }
            // It goes on, and so does the counting: a flood is told by one line a while, not by a few.
            sum.until = now.saturating_add(WHILE);
            let line = sum.line(now);
            let goes_on = line.is_some();
            lines.extend(line);
            goes_on
        });
        lines
    }

    /// All that was counted and is not told yet, as of `now`: there will be no more.
    pub fn rest(&mut self, now: u64) -> Vec<Line> {
        self.sums.drain().filter_map(|(_, mut sum)| sum.line(now)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn refused(port: u16, agent: u32) -> Refused {
        Refused {
            door: Door::Http,
            peer: Some(([10, 0, 0, 1], port).into()),
            agent: Some(AgentId(agent)),
            what: What::SignIn,
            reason: format!("port {port}"),
        }
    }

    #[test]
    fn the_first_few_are_told_and_the_rest_together_once_a_while() {
        let mut summing = Summing::default();
        let told = (0..1_000).filter_map(|port| summing.take(SECOND, refused(port, 1))).count() as u64;
        assert_eq!(told, FIRST, "whichever port they come from");
        assert!(summing.take(SECOND, refused(1, 2)).is_some(), "another agent's is another kind");
        assert_eq!(summing.due(SECOND + WHILE - 1), []);
        let lines = summing.due(SECOND + WHILE);
        assert_eq!(lines.len(), 1, "of what was told one by one there is no more to tell");
        assert_eq!((lines[0].more, lines[0].refused.reason.as_str()), (Some(1_000 - FIRST), "port 999"));
        // While it goes on, each while is one line.
        assert_eq!(summing.take(12 * SECOND, refused(7, 1)), None);
        let lines = summing.due(SECOND + 2 * WHILE);
        assert_eq!((lines.len(), lines[0].more), (1, Some(1)));
        assert_eq!(lines[0].time, SECOND + 2 * WHILE, "after whatever was told one by one meanwhile");
        // After a while of nothing it is news again.
        assert_eq!(summing.due(SECOND + 3 * WHILE), []);
        assert!(summing.take(40 * SECOND, refused(1, 1)).is_some());
    }

    #[test]
    fn ever_new_kinds_take_no_more_room() {
        let mut summing = Summing::default();
        let told = (0..100_000).filter_map(|agent| summing.take(SECOND, refused(1, agent))).count();
        assert_eq!(
            told,
            MOST_KINDS + FIRST as usize,
            "each of those that are told apart, and the first of the rest"
        );
        assert_eq!(summing.sums.len(), MOST_KINDS + 1);
        let lines = summing.rest(2 * SECOND);
        assert_eq!(
            lines.iter().filter_map(|line| line.more).sum::<u64>() + told as u64,
            100_000,
            "none is lost"
        );
        assert!(summing.sums.is_empty());
    }
}
