//! Lines and frames on their way into the journal: read, told from what was done before, taken in groups.

use std::path::Path;

use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::agents::Role;
use bartizan_engine::realm::command::{Command, Envelope};
use bartizan_engine::realm::identity::Identity;
use bartizan_engine::reject::Reject;

use super::super::Failure;
use super::super::notice::notice;
use super::super::progress::Progress;
use super::source::{Pipe, Source, is_interrupted};
use super::strangers::{self, Strangers};
use super::teller::Teller;
use crate::clock::now;
use crate::journal::JournalError;
use crate::journal::layout::MOST_BODY;
use crate::json::Malformed;
use crate::node::NodeError;
use crate::node::background::{Background, Taken};
use crate::node::intake::{self, Line};
use crate::node::pipeline::{Pipeline, Teller as _};
use crate::wire::commands;

/// Where lines come from and go to, and how many are made durable together.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) file: &'a Path,
    pub(super) data: &'a Path,
    pub(super) group: usize,
    /// What numbers count: lines, or commands where there are none.
    pub(super) counts: &'static str,
}

/// How a command was written.
#[derive(Clone, Copy)]
enum Form<'a> {
    /// In a line of so many bytes.
    Text(usize),
    /// As the journal keeps it.
    Canonical(&'a [u8]),
}

/// Lines on their way.
pub(super) struct Session<'a, 'p, 't> {
    pipeline: &'a mut Pipeline<'p, Teller<'t>>,
    at: At<'a>,
    snapshots: &'a mut Background,
    progress: &'a mut Progress,
    /// Whether the lines are those of a file, which can be run again.
    is_file: bool,
    strangers: Strangers,
    /// How many were taken, or answered at once.
    commands: u64,
}

/// Says why there is no snapshot. That stops the run only if nothing may be taken for durable any more.
pub(super) fn tell_snapshot(data: &Path, taken: Taken) -> Result<(), Failure> {
    match taken {
        Ok(_) => Ok(()),
        Err(error) if error.is_final() => Err(Failure::at(data, error)),
        Err(error) => {
            notice(format_args!("{}: no snapshot: {error}; the journal has everything", data.display()));
            Ok(())
        }
    }
}

fn unless_interrupted(counts: &str, number: u64) -> Result<(), Failure> {
    if is_interrupted() {
        let told = format!("interrupted before {counts} {number}; what came before it is durable");
        return Err(Failure::Interrupted(told));
    }
    Ok(())
}

impl<'a, 'p, 't> Session<'a, 'p, 't> {
    pub(super) fn new(
        pipeline: &'a mut Pipeline<'p, Teller<'t>>,
        at: At<'a>,
        source: &Source,
        (snapshots, progress): (&'a mut Background, &'a mut Progress),
    ) -> Self {
        let is_file = matches!(source, Source::Mapped(_));
        Session { pipeline, at, snapshots, progress, is_file, strangers: Strangers::default(), commands: 0 }
    }

    /// How many commands were taken, or answered at once.
    pub(super) fn commands(&self) -> u64 {
        self.commands
    }

    /// Reads all lines. What was read before a malformed one is applied.
    pub(super) fn read(&mut self, source: Source) -> Result<(), Failure> {
        let read = match source {
            Source::Mapped(input) if commands::is_batch(&input) => self.read_batch(&input),
            Source::Mapped(input) => {
                intake::lines(&input).try_for_each(|(number, text)| self.take(number, text))
            }
            Source::Piped(pipe) => self.read_pipe(pipe),
        };
        let committed = self.commit().and_then(|()| self.settle());
        match read {
            Err(Failure::Interrupted(_)) => committed.and(read),
            read => read.and(committed),
        }
    }

    /// Reads lines as they come; what is there is made durable, and that is said in the journal, before waiting for more.
    fn read_pipe(&mut self, mut pipe: Pipe) -> Result<(), Failure> {
        let mut number = 0;
        loop {
            while let Some(text) = pipe.next_line() {
                number += 1;
                self.take(number, text)?;
            }
            self.commit()?;
            self.settle()?;
            self.pipeline.rest().map_err(|error| Failure::at(self.at.data, error))?;
            if !pipe.wait().map_err(|error| Failure::at(self.at.file, error))? {
                return self.take(number + 1, pipe.rest());
            }
        }
    }

    /// Reads the commands of a batch file, whose numbers stand for lines.
    fn read_batch(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let (mut batches, mut envelopes) = (commands::batches(bytes), Vec::new());
        while let Some(batch) = batches.next_into(&mut envelopes) {
            let batch = batch.map_err(|error| Failure::at(self.at.file, error))?;
            // What came together came at one time.
            let time = now();
            for ((number, bytes), envelope) in (batch.first..).zip(batch.commands()).zip(envelopes.drain(..))
            {
                unless_interrupted(self.at.counts, number)?;
                self.take_envelope(number, time, envelope, Form::Canonical(bytes))?;
            }
        }
        Ok(())
    }

    fn take(&mut self, number: u64, text: &[u8]) -> Result<(), Failure> {
        // Before the line is looked at, which may be cut by that.
        unless_interrupted(self.at.counts, number)?;
        let read = intake::read_line(number, text);
        let Some(line) = read.map_err(|error| Failure::at(self.at.file, error))? else {
            return Ok(());
        };
        let time = line.time.unwrap_or_else(now);
        self.take_envelope(number, time, Line::into_envelope(line), Form::Text(text.len()))
    }

    /// Takes the command of line `number`.
    fn take_envelope(
        &mut self,
        number: u64,
        time: u64,
        envelope: Envelope,
        form: Form<'_>,
    ) -> Result<(), Failure> {
        match self.identify(&envelope)? {
            Identity::New => {}
            known => return self.answer_at_once(number, envelope.actor, known),
        }
        if let Command::RegisterAgent(_) = envelope.command {
            self.keep_strangers_out(number, &envelope)?;
        }
        let (is_long, bytes) = match form {
            Form::Text(length) => (length > 1 << 20, None),
            Form::Canonical(bytes) => (false, Some(bytes)),
        };
        // A long command has a group of its own, so that it is too long only if it is so by itself.
        let is_full = self.pipeline.waiting_bytes() > 1 << 22 || is_long;
        if is_full || self.pipeline.waiting() >= self.at.group {
            self.commit()?;
        }
        self.pipeline.take(number, time, envelope, bytes).map_err(|error| match error {
            NodeError::Journal(JournalError::Full { bytes }) => {
                let cause = format!(
                    "the command has {bytes} bytes in the journal, where one has at most {MOST_BODY}"
                );
                Failure::at(self.at.file, Malformed { line: number, column: 1, cause })
            }
            error => Failure::at(self.at.data, error),
        })?;
        self.commands += 1;
        Ok(())
    }

    /// What a command is by its identity; what waits is made durable first, if that depends on it.
    fn identify(&mut self, envelope: &Envelope) -> Result<Identity, Failure> {
        if let Some(identity) = self.pipeline.identify(envelope) {
            return Ok(identity);
        }
        self.commit()?;
        Ok(self.pipeline.identify(envelope).expect("nothing waits"))
    }

    /// Answers what need not be journalled.
    fn answer_at_once(&mut self, line: u64, actor: AgentId, known: Identity) -> Result<(), Failure> {
        if known == Identity::Refused(Reject::UnknownActor) {
            self.strangers.refuse(actor, line);
        }
        let (_, teller) = self.pipeline.settle().map_err(|error| Failure::at(self.at.data, error))?;
        self.commands += 1;
        teller.tell_known(line, actor, known);
        teller.failure.take().map_or(Ok(()), Err)
    }

    /// Whether a registration makes nobody an agent of whom an earlier line was refused: run again, that line would be carried out. What comes through a
    /// pipe is not the same again, and there nobody can keep others out by sending something early.
    fn keep_strangers_out(&mut self, number: u64, envelope: &Envelope) -> Result<(), Failure> {
        if !self.is_file || self.strangers.is_empty() {
            return Ok(());
        }
        self.commit()?;
        let (realm, _) = self.pipeline.settle().map_err(|error| Failure::at(self.at.data, error))?;
        let next = AgentId(realm.agents().count() as u32);
        let registers = realm.agent(envelope.actor).is_some_and(|actor| actor.roles.allow(Role::Operator));
        match self.strangers.line_of(next).filter(|_| registers) {
            Some(line) => Err(Failure::at(self.at.file, strangers::told(number, next, line))),
            None => Ok(()),
        }
    }

    /// Sends what waits on its way, and hears what became of what was sent before.
    fn commit(&mut self) -> Result<(), Failure> {
        self.pipeline.commit().map_err(|error| Failure::at(self.at.data, error))?;
        self.progress.say(&format!("{} commands", self.commands));
        self.make_snapshots()?;
        if self.pipeline.is_told() { Ok(()) } else { self.settle() }
    }

    /// Waits until all that was sent is answered, and each answer is told.
    fn settle(&mut self) -> Result<(), Failure> {
        let (_, teller) = self.pipeline.settle().map_err(|error| Failure::at(self.at.data, error))?;
        teller.end();
        let failed = teller.failure.take();
        self.make_snapshots()?;
        failed.map_or(Ok(()), Err)
    }

    fn make_snapshots(&mut self) -> Result<(), Failure> {
        let taken = self.snapshots.go_on(self.pipeline.position());
        taken.map_or(Ok(()), |taken| tell_snapshot(self.at.data, taken))
    }
}
