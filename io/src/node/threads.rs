//! The stages of a pipeline, each on a thread of its own.
//!
//! Nobody waits to pass something on: the queues have room for all that goes round.

use crossbeam::channel::{Receiver, Sender, bounded};

use super::stages::{GROUPS, Passed, Stages, Teller, answer, write};
use crate::journal::Writer;

/// Room for all groups, the realm, and what is asked for.
const ROOM: usize = GROUPS + 3;

/// The ends of the queues that are not between the stages.
struct Threads<T> {
    full: Sender<Passed<T>>,
    done: Receiver<Passed<T>>,
}

impl<T> Stages<T> for Threads<T> {
    fn pass(&mut self, passed: Passed<T>) {
        assert!(self.full.send(passed).is_ok(), "a stage of the node has panicked");
    }

    fn poll(&mut self) -> Option<Passed<T>> {
        self.done.try_recv().ok()
    }

    fn wait(&mut self) -> Passed<T> {
        self.done.recv().expect("a stage of the node has not panicked")
    }
}

/// Runs `work` beside the threads of the stages, which end when it has ended.
pub(super) fn on_threads<T: Teller, R>(
    mut writer: Writer,
    work: impl FnOnce(&mut dyn Stages<T>) -> R,
) -> (Writer, R) {
    std::thread::scope(|scope| {
        let (full, to_write) = bounded(ROOM);
        let (durable, to_answer) = bounded(ROOM);
        let (answered, done) = bounded(ROOM);
        let writing = scope.spawn(move || {
            for passed in to_write {
                if durable.send(write(&mut writer, passed)).is_err() {
                    break;
                }
            }
            writer
        });
        scope.spawn(move || {
            let mut desk = None;
            for passed in to_answer {
                let passed = answer(&mut desk, passed);
                if passed.is_some_and(|passed| answered.send(passed).is_err()) {
                    break;
                }
            }
        });
        let mut threads = Threads { full, done };
        let worked = work(&mut threads);
        drop(threads);
        let writer = writing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (writer, worked)
    })
}
