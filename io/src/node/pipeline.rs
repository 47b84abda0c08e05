//! A node whose stages overlap: while one group is applied, the next is written and synced, and a third is filled.
//!
//! ```text
//! whoever takes commands --full--> disk: hash, write, sync --durable--> realm: apply, tell --+
//!          ^                                                                                 |
//!          +------------------------- applied: to be filled again ---------------------------+
//! ```
//!
//! Nothing that a [`Node`] promises is weakened: a group is applied and answered when it is durable, one batch is written when the one before it is durable, and
//! the journal's bytes are those that the node alone would have written for the same groups. Most commands are known as new without the realm
//! (`sequencer`); where the realm must be asked, all that is on its way is waited for, and the realm comes back until the next group goes out. It is
//! in one place at a time, and nothing is locked.
//!
//! At most [`GROUPS`] groups go round, so memory is bounded by what that many hold. The stages are plain functions (`stages`). [`run`] gives each a thread;
//! [`run_in_turns`] takes them one after the other on the caller's, in any order that a seed decides, which is how the simulation tests them.

use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::command::Envelope;
use bartizan_engine::realm::identity::Identity;

use super::group::Group;
use super::running::{Node, NodeError};
use super::sequencer::Sequencer;
use super::stages::{Desk, Passed, Stages, State};
use super::threads::on_threads;
use super::turns::Turns;
use crate::journal::{JournalError, Position};

pub use super::stages::{GROUPS, Teller};

/// A node whose groups are made durable and applied by others than those who fill them.
pub struct Pipeline<'a, T> {
    sequencer: Sequencer,
    /// What their sender calls the commands of the group that is filled.
    numbers: Vec<u64>,
    stages: &'a mut dyn Stages<T>,
    /// The realm, while it is not where groups are applied.
    desk: Option<Box<Desk<T>>>,
    /// Groups to be filled again.
    spare: Vec<(Group, Vec<u64>)>,
    /// How many groups there are, the one that is filled among them.
    groups: usize,
    /// Up to where all is durable, applied and told.
    position: Position,
    is_told: bool,
    failure: Option<JournalError>,
    is_stopped: bool,
}

/// Runs `work` on a pipeline with a thread for each stage, beside `teller`, and gives both back with what the work came to. What was taken and not committed
/// waits in the node. Whether all that was committed is durable, [`Pipeline::settle`] tells, at the end too; a node whose journal failed refuses everything.
///
/// # Panics
/// If a stage panics, as it does where an invariant is broken.
pub fn run<T: Teller, R>(
    node: Node,
    teller: T,
    work: impl FnOnce(&mut Pipeline<'_, T>) -> R,
) -> (Node, T, R) {
    let Node { realm, writer, sequencer, events } = node;
    let position = writer.position();
    let desk = Box::new(Desk { realm, events, teller });
    let (writer, (desk, sequencer, done)) =
        on_threads(writer, |stages| go(sequencer, desk, position, stages, work));
    let Desk { realm, events, teller } = *desk;
    (Node { realm, writer, sequencer, events }, teller, done)
}

/// The same on one thread: `choose` says, of how many stages that have something to do, which is next.
pub fn run_in_turns<T: Teller, R>(
    node: Node,
    teller: T,
    choose: impl FnMut(usize) -> usize,
    work: impl FnOnce(&mut Pipeline<'_, T>) -> R,
) -> (Node, T, R) {
    let Node { realm, writer, sequencer, events } = node;
    let position = writer.position();
    let mut turns = Turns::new(writer, choose);
    let desk = Box::new(Desk { realm, events, teller });
    let (desk, sequencer, done) = go(sequencer, desk, position, &mut turns, work);
    let Desk { realm, events, teller } = *desk;
    (Node { realm, writer: turns.into_writer(), sequencer, events }, teller, done)
}

fn go<T: Teller, R>(
    sequencer: Sequencer,
    desk: Box<Desk<T>>,
    position: Position,
    stages: &mut dyn Stages<T>,
    work: impl FnOnce(&mut Pipeline<'_, T>) -> R,
) -> (Box<Desk<T>>, Sequencer, R) {
    let mut pipeline = Pipeline {
        sequencer,
        numbers: Vec::new(),
        stages,
        desk: Some(desk),
        spare: Vec::new(),
        groups: 1,
        position,
        is_told: true,
        failure: None,
        is_stopped: false,
    };
    let done = work(&mut pipeline);
    let desk = pipeline.recall();
    (desk, pipeline.sequencer, done)
}

impl<T: Teller> Pipeline<'_, T> {
    /// What a command is by its identity; see [`Node::identify`]. A new one is mostly known by itself; otherwise what was committed is waited for.
    pub fn identify(&mut self, envelope: &Envelope) -> Option<Identity> {
        if self.sequencer.is_new(envelope) {
            return Some(Identity::New);
        }
        let desk = self.recall();
        let told = self.sequencer.identify(&desk.realm, envelope);
        self.desk = Some(desk);
        told
    }

    /// Takes an envelope, which its sender calls `number`, as [`Node::take`] does. `bytes` are those of its command in canonical form, if they are at hand: what a
    /// command was decoded from.
    ///
    /// # Errors
    /// If the group is full (commit, then take it again), or the journal has failed.
    pub fn take(
        &mut self,
        number: u64,
        time: u64,
        envelope: Envelope,
        bytes: Option<&[u8]>,
    ) -> Result<Sequence, NodeError> {
        self.unless_stopped()?;
        let sequence = self.sequencer.take(time, envelope, bytes)?;
        self.numbers.push(number);
        Ok(sequence)
    }

    /// Bytes that wait to be committed.
    pub fn waiting_bytes(&self) -> usize {
        self.sequencer.group.batch.payload()
    }

    /// How many commands wait to be committed.
    pub fn waiting(&self) -> usize {
        self.numbers.len()
    }

    /// Sends the group on its way: it is made durable, then applied, then each answer is told. Waits only where as many groups as may be are on their way.
    ///
    /// # Errors
    /// If the journal has failed, as may be known only when later groups are committed. Nothing of what failed was applied or answered.
    pub fn commit(&mut self) -> Result<(), NodeError> {
        while let Some(passed) = self.stages.poll() {
            self.came(passed);
        }
        if !self.numbers.is_empty() && !self.is_stopped {
            if let Some(desk) = self.desk.take() {
                self.stages.pass(Passed::Desk(desk));
            }
            let (next, numbers) = self.next_group();
            let group = self.sequencer.give(next);
            let numbers = std::mem::replace(&mut self.numbers, numbers);
            self.stages.pass(Passed::Group(group, numbers, State::Full));
        }
        self.unless_stopped()
    }

    /// Waits until all that was committed is durable, applied and told, or has failed. The realm then is here, and who tells.
    ///
    /// # Errors
    /// If the journal has failed.
    pub fn settle(&mut self) -> Result<(&Realm, &mut T), NodeError> {
        let desk = self.recall();
        let Desk { realm, teller, .. } = &mut **self.desk.insert(desk);
        if self.is_stopped {
            return Err(self.failure.take().unwrap_or(JournalError::Stopped).into());
        }
        Ok((realm, teller))
    }

    /// The same, and says in the journal that all of it was durable.
    ///
    /// # Errors
    /// If the journal has failed.
    pub fn rest(&mut self) -> Result<(), NodeError> {
        self.settle()?;
        self.stages.pass(Passed::Seal(None));
        loop {
            match self.stages.wait() {
                Passed::Seal(Some(sealed)) => {
                    self.is_stopped = sealed.is_err();
                    return Ok(sealed?);
                }
                passed => self.came(passed),
            }
        }
    }

    /// Up to where all is known to be durable, applied and told.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Whether all answers could be told so far.
    pub fn is_told(&self) -> bool {
        self.is_told
    }

    /// The realm, when all that was committed has come back.
    fn recall(&mut self) -> Box<Desk<T>> {
        if let Some(desk) = self.desk.take() {
            return desk;
        }
        self.stages.pass(Passed::Recall);
        loop {
            match self.stages.wait() {
                Passed::Desk(desk) => return desk,
                passed => self.came(passed),
            }
        }
    }

    /// A group to fill: one that has come back, or a new one as long as there are not as many as may be.
    fn next_group(&mut self) -> (Group, Vec<u64>) {
        if self.spare.is_empty() && self.groups < GROUPS {
            self.groups += 1;
            return (Group::default(), Vec::new());
        }
        loop {
            if let Some(spare) = self.spare.pop() {
                return spare;
            }
            let passed = self.stages.wait();
            self.came(passed);
        }
    }

    fn came(&mut self, passed: Passed<T>) {
        match passed {
            Passed::Group(mut group, mut numbers, state) => {
                match state {
                    State::Applied(position, is_told) => {
                        self.position = position;
                        self.is_told &= is_told;
                    }
                    State::Failed(error) => {
                        self.failure = self.failure.take().or((!self.is_stopped).then_some(error));
                        self.is_stopped = true;
                        group.batch.clear();
                    }
                    State::Full | State::Durable(_) => unreachable!("it came through all stages"),
                }
                group.commands.clear();
                numbers.clear();
                self.spare.push((group, numbers));
            }
            Passed::Desk(_) | Passed::Recall | Passed::Seal(_) => {
                unreachable!("one is asked at a time, and waited for")
            }
        }
    }

    /// Refuses if the journal has failed; the first time with the cause.
    fn unless_stopped(&mut self) -> Result<(), NodeError> {
        if self.is_stopped {
            return Err(self.failure.take().unwrap_or(JournalError::Stopped).into());
        }
        Ok(())
    }
}
