//! The two stages that a group goes through once it is full: [`write`] makes it durable, then [`answer`] applies it and tells its answers. Each takes what is
//! passed to it, in order, and passes it on; neither knows whether the other is on the same thread.
//!
//! Order is all that keeps the promises: what the disk stage has not made durable it passes on as failed, and what is failed is not applied. After a failure it
//! makes nothing durable any more.

use bartizan_engine::event::Events;
use bartizan_engine::realm::Realm;
use bartizan_engine::reject::Answer;

use super::group::{Group, Sequenced, apply};
use crate::journal::{JournalError, Position, Writer};

/// Whoever tells the answers of a group, beside the realm that gives them.
pub trait Teller: Send {
    /// An answer, to the command that its sender calls `number`, with what followed.
    fn tell(&mut self, number: u64, command: &Sequenced, answer: Answer, said: &Events);

    /// The end of a group. Says whether all of it could be told; if not, whoever sends is to stop.
    fn end(&mut self) -> bool;
}

/// A realm and who tells what it answers.
#[derive(Debug)]
pub(super) struct Desk<T> {
    pub(super) realm: Realm,
    pub(super) events: Events,
    pub(super) teller: T,
}

/// What a group has come to.
#[derive(Debug)]
pub(super) enum State {
    /// It waits to be written.
    Full,
    /// It is durable, up to there.
    Durable(Position),
    /// And it is applied; whether that could be told.
    Applied(Position, bool),
    /// It may or may not be durable, and nobody goes on.
    Failed(JournalError),
}

/// What is passed from stage to stage.
#[derive(Debug)]
pub(super) enum Passed<T> {
    /// A group, with what its sender calls its commands.
    Group(Group, Vec<u64>, State),
    /// The realm, on its way to where groups are applied, or back.
    Desk(Box<Desk<T>>),
    /// The realm is wanted back.
    Recall,
    /// The journal is to be sealed, or what came of that.
    Seal(Option<Result<(), JournalError>>),
}

/// How many groups go round at most.
pub const GROUPS: usize = 5;

/// What passes groups through the stages, in order, and hands out what comes of them.
pub(super) trait Stages<T> {
    fn pass(&mut self, passed: Passed<T>);

    /// What has come out, if something has.
    fn poll(&mut self) -> Option<Passed<T>>;

    /// Waits for what comes out next.
    fn wait(&mut self) -> Passed<T>;
}

/// The stage that makes durable.
pub(super) fn write<T>(writer: &mut Writer, passed: Passed<T>) -> Passed<T> {
    match passed {
        Passed::Group(mut group, numbers, State::Full) => {
            let state = match writer.commit_batch(&mut group.batch) {
                Ok(position) => State::Durable(position),
                Err(error) => State::Failed(error),
            };
            Passed::Group(group, numbers, state)
        }
        Passed::Seal(None) => Passed::Seal(Some(writer.seal())),
        passed => passed,
    }
}

/// The stage that applies. It has the realm from when that is passed to it until it is recalled.
pub(super) fn answer<T: Teller>(desk: &mut Option<Box<Desk<T>>>, passed: Passed<T>) -> Option<Passed<T>> {
    Some(match passed {
        Passed::Group(group, numbers, State::Durable(position)) => {
            let Desk { realm, events, teller } =
                &mut **desk.as_mut().expect("the realm is passed on before the groups");
            apply(realm, events, &group.commands, |index, command, answer, said| {
                teller.tell(numbers[index], command, answer, said);
            });
            let is_told = teller.end();
            Passed::Group(group, numbers, State::Applied(position, is_told))
        }
        Passed::Desk(realm) => {
            *desk = Some(realm);
            return None;
        }
        Passed::Recall => Passed::Desk(desk.take().expect("it is recalled where it was passed on")),
        passed => passed,
    })
}
