//! How much a search may look at before it leaves open what it has not settled.
//!
//! A step is a number looked at, roughly, so that what a search comes to depends on its input and on its budget alone: not on time, nor on the
//! machine. Who asks it to stop at once gives that up, and still has what was found so far.

use std::sync::atomic::{AtomicBool, Ordering};

/// So many steps, and perhaps a flag that ends them early.
#[derive(Clone, Copy, Debug)]
pub struct Budget<'s> {
    steps: u64,
    stop: Option<&'s AtomicBool>,
}

impl<'s> Budget<'s> {
    /// As many steps as it takes.
    pub const UNLIMITED: Budget<'static> = Budget::new(u64::MAX);

    /// So many steps.
    pub const fn new(steps: u64) -> Self {
        Budget { steps, stop: None }
    }

    /// As many steps, unless `stop` is set meanwhile.
    #[must_use]
    pub const fn until(self, stop: &'s AtomicBool) -> Self {
        Budget { stop: Some(stop), ..self }
    }

    /// Whether nothing is left after so many steps.
    #[inline]
    pub fn is_spent(&self, steps: u64) -> bool {
        steps >= self.steps || self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
    }

    /// What is left after so many steps.
    #[must_use]
    pub fn after(self, steps: u64) -> Self {
        Budget { steps: self.steps.saturating_sub(steps), ..self }
    }

    /// As much, but at most so many steps.
    #[must_use]
    pub fn at_most(self, steps: u64) -> Self {
        Budget { steps: self.steps.min(steps), ..self }
    }

    /// One part in so many of it.
    #[must_use]
    pub(crate) fn one_in(self, parts: u64) -> Self {
        Budget { steps: self.steps / parts, ..self }
    }

    /// This without one part in so many.
    #[must_use]
    pub(crate) fn less_one_in(self, parts: u64) -> Self {
        Budget { steps: self.steps - self.steps / parts, ..self }
    }

    /// The same for who has taken `steps` by its own count.
    #[must_use]
    pub(crate) fn counted_from(self, steps: u64) -> Self {
        Budget { steps: self.steps.saturating_add(steps), ..self }
    }
}
