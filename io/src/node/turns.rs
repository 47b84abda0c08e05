//! The stages of a pipeline on one thread, which take turns: in any order that they could on threads of their own, and always the same for the same choices.

use std::collections::VecDeque;

use super::stages::{Desk, Passed, Stages, Teller, answer, write};
use crate::journal::Writer;

/// The stages, and what waits before each.
pub(super) struct Turns<T, C> {
    writer: Writer,
    desk: Option<Box<Desk<T>>>,
    full: VecDeque<Passed<T>>,
    durable: VecDeque<Passed<T>>,
    done: VecDeque<Passed<T>>,
    /// Of how many, which.
    choose: C,
}

impl<T: Teller, C: FnMut(usize) -> usize> Turns<T, C> {
    pub(super) fn new(writer: Writer, choose: C) -> Self {
        let (full, durable, done) = (VecDeque::new(), VecDeque::new(), VecDeque::new());
        Turns { writer, desk: None, full, durable, done, choose }
    }

    pub(super) fn into_writer(self) -> Writer {
        self.writer
    }

    /// One stage does one thing. Says whether one had anything to do.
    fn turn(&mut self) -> bool {
        let is_written = match (self.full.is_empty(), self.durable.is_empty()) {
            (true, true) => return false,
            (false, false) => (self.choose)(2) == 0,
            (is_none_full, _) => !is_none_full,
        };
        if is_written {
            let passed = self.full.pop_front().map(|passed| write(&mut self.writer, passed));
            self.durable.extend(passed);
        } else {
            let passed = self.durable.pop_front().and_then(|passed| answer(&mut self.desk, passed));
            self.done.extend(passed);
        }
        true
    }
}

impl<T: Teller, C: FnMut(usize) -> usize> Stages<T> for Turns<T, C> {
    fn pass(&mut self, passed: Passed<T>) {
        self.full.push_back(passed);
    }

    fn poll(&mut self) -> Option<Passed<T>> {
        for _ in 0..(self.choose)(5) {
            self.turn();
        }
        self.done.pop_front()
    }

    fn wait(&mut self) -> Passed<T> {
        loop {
            if let Some(passed) = self.done.pop_front() {
                return passed;
            }
            assert!(self.turn(), "what is waited for is on its way");
        }
    }
}
