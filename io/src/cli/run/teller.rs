//! Who tells what became of each command, in order: counts it, writes its answer and what followed where that is wanted.
//!
//! It goes where the realm goes: answers are told where commands are applied.

use std::fs::File;
use std::io::{self, BufWriter, Stdout, Write};
use std::path::Path;

use bartizan_engine::event::Events;
use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::identity::Identity;
use bartizan_engine::reject::Answer;

use super::super::Failure;
use super::answered;
use super::told::Told;
use crate::node::Sequenced;
use crate::node::pipeline;

/// Who tells.
pub(super) struct Teller<'a> {
    pub(super) told: Told,
    /// Where what followed goes.
    pub(super) events: Option<(&'a Path, BufWriter<File>)>,
    /// Where answers go.
    pub(super) answers: Option<BufWriter<Stdout>>,
    /// The first that could not be written.
    pub(super) failure: Option<Failure>,
}

impl Teller<'_> {
    /// Tells of a command that need not be journalled.
    pub(super) fn tell_known(&mut self, line: u64, actor: AgentId, known: Identity) {
        self.told.count_known(line, actor, known);
        self.write_event(|out| writeln!(out, "{}", answered::known(line, known)));
        self.write_answer(|out| writeln!(out, "{}", answered::known(line, known)));
    }

    fn write_event(&mut self, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) {
        if let Some((path, out)) = &mut self.events
            && let Err(error) = write(out)
        {
            self.failure.get_or_insert_with(|| Failure::at(path, error));
        }
    }

    fn write_answer(&mut self, write: impl FnOnce(&mut BufWriter<Stdout>) -> io::Result<()>) {
        if let Some(out) = &mut self.answers
            && let Err(error) = write(out)
        {
            self.failure.get_or_insert_with(|| Failure::writing(&error));
        }
    }
}

impl pipeline::Teller for Teller<'_> {
    #[inline]
    fn tell(&mut self, line: u64, command: &Sequenced, answer: Answer, said: &Events) {
        let Sequenced { sequence, envelope, .. } = command;
        self.told.count(line, envelope.actor, answer, said);
        self.write_event(|out| {
            writeln!(out, "{}", answered::with_events(line, *sequence, envelope, answer, said))
        });
        self.write_answer(|out| writeln!(out, "{}", answered::first(line, *sequence, answer, said)));
    }

    fn end(&mut self) -> bool {
        self.write_answer(Write::flush);
        self.failure.is_none()
    }
}
