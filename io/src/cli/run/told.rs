//! What became of the commands of a run: counted, and told at the end.

use std::collections::BTreeMap;

use bartizan_engine::event::{Event, Events};
use bartizan_engine::reject::{Answer, Reject};
use serde_json::json;

use super::super::Failure;
use super::super::notice::notice;
use super::super::output::write_stdout;
use crate::node::Node;
use crate::node::history::digest;

/// How many refused commands are told one by one.
const REJECTS_TOLD: usize = 10;

/// What became of the commands.
#[derive(Default)]
pub(super) struct Told {
    pub(super) commands: u64,
    applied: u64,
    rejected: u64,
    pub(super) repeated: u64,
    by_name: BTreeMap<u16, (Reject, u64)>,
    first: Vec<(u64, Reject)>,
}

impl Told {
    pub(super) fn count(&mut self, line: u64, answer: Answer, said: &Events) {
        let rejected = said.list.iter().find_map(|event| match event {
            Event::Rejected { reject, .. } => Some(*reject),
            _ => None,
        });
        if let Some(reject) = rejected {
            self.rejected += 1;
            self.by_name.entry(answer.0).or_insert((reject, 0)).1 += 1;
            if self.first.len() < REJECTS_TOLD {
                self.first.push((line, reject));
            }
        } else if said.repeated().is_some() {
            self.repeated += 1;
        } else {
            self.applied += 1;
        }
    }

    /// Those that were taken and not answered, since the journal failed.
    fn unanswered(&self) -> u64 {
        self.commands - self.applied - self.rejected - self.repeated
    }

    pub(super) fn print(&self, node: &Node, as_json: bool) -> Result<(), Failure> {
        let (sequence, digest) = (node.realm().sequence().0, digest(node.realm()));
        if as_json {
            let names = self.by_name.values().map(|(reject, count)| (reject.name(), json!(count)));
            let told = json!({
                "commands": self.commands,
                "applied": self.applied,
                "rejected": self.rejected,
                "repeated": self.repeated,
                "unanswered": self.unanswered(),
                "rejects": names.collect::<serde_json::Map<_, _>>(),
                "sequence": sequence,
                "digest": digest.to_hex().as_str(),
                "realm": node.id().to_string(),
            });
            return write_stdout(|out| writeln!(out, "{told}"));
        }
        for (line, reject) in &self.first {
            notice(format_args!("line {line}: {reject}"));
        }
        if self.rejected > self.first.len() as u64 {
            notice(format_args!("... and {} more were refused", self.rejected - self.first.len() as u64));
        }
        write_stdout(|out| {
            writeln!(out, "Commands  {}", self.commands)?;
            writeln!(out, "Applied   {}", self.applied)?;
            write!(out, "Rejected  {}", self.rejected)?;
            let names: Vec<String> =
                self.by_name.values().map(|(reject, count)| format!("{} {count}", reject.name())).collect();
            writeln!(
                out,
                "{}",
                if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) }
            )?;
            writeln!(out, "Repeated  {}", self.repeated)?;
            if self.unanswered() > 0 {
                writeln!(
                    out,
                    "Unanswered {}: the next run finds out what of it is durable",
                    self.unanswered()
                )?;
            }
            writeln!(out, "Sequence  {sequence}")?;
            writeln!(out, "Digest    {digest}")
        })
    }
}
