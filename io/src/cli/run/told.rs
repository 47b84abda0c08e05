//! What became of the commands of a run: counted, and told at the end.

use std::collections::BTreeMap;

use bartizan_engine::event::{Event, Events};
use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::identity::Identity;
use bartizan_engine::reject::{Answer, Reject};
use serde_json::{Value, json};

use super::super::Failure;
use super::super::notice::notice;
use super::super::output::write_stdout;
use crate::node::Node;
use crate::node::history::digest;

/// How many refused commands are told one by one.
const REJECTS_TOLD: usize = 10;

/// Rejects by their numbers, and how many of each.
#[derive(Default)]
struct Rejects(BTreeMap<u16, (Reject, u64)>);

impl Rejects {
    fn add(&mut self, reject: Reject) {
        self.0.entry(reject.number()).or_insert((reject, 0)).1 += 1;
    }

    fn count(&self) -> u64 {
        self.0.values().map(|(_, count)| count).sum()
    }

    fn as_json(&self) -> Value {
        let names = self.0.values().map(|(reject, count)| (reject.name(), json!(count)));
        Value::Object(names.collect())
    }

    fn as_text(&self) -> String {
        let names: Vec<String> =
            self.0.values().map(|(reject, count)| format!("{} {count}", reject.name())).collect();
        names.join(", ")
    }
}

/// What became of the commands.
#[derive(Default)]
pub(super) struct Told {
    pub(super) commands: u64,
    /// What their numbers count: lines, or commands where there are none.
    counts: &'static str,
    applied: u64,
    rejects: Rejects,
    /// Repeated, and accepted the first time.
    accepted_before: u64,
    /// Repeated, and refused the first time.
    rejects_before: Rejects,
    /// The first that were refused: line, whose, why, and for which step of a linked group.
    first: Vec<(u64, AgentId, Reject, Option<u32>)>,
}

impl Told {
    /// Of nothing yet; numbers count `counts`.
    pub(super) fn new(counts: &'static str) -> Self {
        Told { counts, ..Told::default() }
    }

    /// Counts a command that was journalled.
    pub(super) fn count(&mut self, line: u64, actor: AgentId, answer: Answer, said: &Events) {
        let step = match said.list.last() {
            Some(Event::Rejected { step, .. }) => *step,
            _ => None,
        };
        match answer.reject() {
            Some(reject) => self.refuse(line, actor, reject, step),
            None => self.applied += 1,
        }
    }

    /// Counts one that was not.
    pub(super) fn count_known(&mut self, line: u64, actor: AgentId, known: Identity) {
        match known {
            Identity::Refused(reject) => self.refuse(line, actor, reject, None),
            Identity::Repeated { answer, .. } => match answer.reject() {
                Some(reject) => self.rejects_before.add(reject),
                None => self.accepted_before += 1,
            },
            Identity::New => unreachable!("a new command is journalled"),
        }
    }

    fn refuse(&mut self, line: u64, actor: AgentId, reject: Reject, step: Option<u32>) {
        self.rejects.add(reject);
        if self.first.len() < REJECTS_TOLD {
            self.first.push((line, actor, reject, step));
        }
    }

    /// Those that were taken and not answered, since the journal failed.
    fn unanswered(&self) -> u64 {
        self.commands
            - self.applied
            - self.rejects.count()
            - self.accepted_before
            - self.rejects_before.count()
    }

    pub(super) fn print(&self, node: &Node, as_json: bool) -> Result<(), Failure> {
        let (sequence, digest) = (node.realm().sequence().0, digest(node.realm()));
        let (rejected, refused_before) = (self.rejects.count(), self.rejects_before.count());
        let repeated = self.accepted_before + refused_before;
        if as_json {
            let told = json!({
                "commands": self.commands,
                "applied": self.applied,
                "rejected": rejected,
                "rejects": self.rejects.as_json(),
                "repeated": repeated,
                "repeated_accepted": self.accepted_before,
                "repeated_rejected": refused_before,
                "repeated_rejects": self.rejects_before.as_json(),
                "unanswered": self.unanswered(),
                "sequence": sequence,
                "digest": digest.to_hex().as_str(),
                "realm": node.id().to_string(),
            });
            return write_stdout(|out| writeln!(out, "{told}"));
        }
        for &(line, actor, reject, step) in &self.first {
            let used = node.realm().ids_used(actor).filter(|_| reject == Reject::IdTooOld);
            let hint = used.map_or(String::new(), |used| {
                format!(" Agent {} has used ids up to {}: larger ones are new.", actor.0, used.highest.0)
            });
            let step = step.map_or(String::new(), |step| format!(", step {step} (counted from 0)"));
            notice(format_args!("{} {line}{step}: {reject}{hint}", self.counts));
        }
        if rejected > self.first.len() as u64 {
            notice(format_args!(
                "... and {} more were refused (--answers tells each)",
                rejected - self.first.len() as u64
            ));
        }
        let by_name = |count: u64, rejects: &Rejects| match count {
            0 => String::new(),
            _ => format!(": {}", rejects.as_text()),
        };
        write_stdout(|out| {
            writeln!(out, "Commands  {}", self.commands)?;
            writeln!(out, "Applied   {}", self.applied)?;
            writeln!(out, "Rejected  {rejected}{}", by_name(rejected, &self.rejects))?;
            write!(out, "Repeated  {repeated}")?;
            if repeated > 0 {
                let refused = by_name(refused_before, &self.rejects_before);
                write!(
                    out,
                    ", the first time {} accepted and {refused_before} refused{refused}",
                    self.accepted_before
                )?;
            }
            writeln!(out)?;
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
