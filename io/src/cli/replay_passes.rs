//! The passes of `bartizan replay` over its file: one for the report, one for each output, some to explain differences.
//! So the speed told is that of a pass that writes nothing.

use std::io;
use std::path::Path;

use super::Failure;
use super::output::write_file;
use crate::input::Input;
use crate::replay::changes::{Changes, Form};
use crate::replay::compare::{Places, Quote};
use crate::replay::explain::{self, Comparison};
use crate::replay::itch50::scale::Scale;
use crate::replay::itch50::write::Session;
use crate::replay::run::{self, Observer, Plan, Replay, RunError};

/// What every pass needs.
pub(super) struct Passes<'a> {
    /// What the file is called.
    pub(super) file: &'a Path,
    pub(super) input: &'a Input,
    pub(super) new_plan: &'a dyn Fn() -> Plan<'a>,
}

impl Passes<'_> {
    /// The pass that the report is of.
    pub(super) fn first(&self) -> Result<Replay, Failure> {
        run::run(self.input, (self.new_plan)(), &mut []).map_err(|error| self.failed(error))
    }

    fn failed(&self, error: RunError) -> Failure {
        match error {
            RunError::Read(error) => Failure::at(self.file, error),
            RunError::Write(error) => Failure::writing(&error),
        }
    }

    fn write(&self, plan: Plan<'_>, observer: &mut dyn Observer) -> io::Result<()> {
        match run::run(self.input, plan, &mut [observer]) {
            Ok(_) => Ok(()),
            Err(RunError::Write(error)) => Err(error),
            Err(RunError::Read(error)) => Err(io::Error::other(error)),
        }
    }

    /// The best prices of `replay` beside the venue's, and which orders the differences are due to.
    pub(super) fn compare(&self, replay: &Replay, theirs: &[Quote]) -> Result<Comparison, Failure> {
        let book = replay.reconstruction.book();
        explain::compare(self.input, self.new_plan, &replay.quotes, &Places::new(theirs), book)
            .map_err(|error| self.failed(error))
    }

    /// Writes every change of so many levels, and every trade.
    pub(super) fn write_rows(&self, path: &Path, form: Form, levels: usize) -> Result<(), Failure> {
        write_file(path, |out| {
            let plan = Plan { chart: None, ..(self.new_plan)() };
            let mut changes = Changes::new(out, form, levels, plan.venue)?;
            self.write(plan, &mut changes)?;
            changes.finish().map(|_| ())
        })
    }

    /// Writes the book as ITCH 5.0.
    pub(super) fn write_itch(&self, path: &Path, scale: Scale) -> Result<(), Failure> {
        write_file(path, |out| {
            let plan = Plan { chart: None, tell_orders: true, ..(self.new_plan)() };
            let name =
                plan.symbol.name.map_or_else(|| plan.venue.name.to_uppercase(), |name| name.to_string());
            let first = if plan.symbol.first > plan.symbol.last { 0 } else { plan.symbol.first };
            let mut session = Session::new(out, &name, scale, first)?;
            self.write(plan, &mut session)?;
            session.finish().map(|_| ())
        })
    }
}
