//! What a person at a terminal sees while the program works: one line on standard error. In a pipe, or
//! with `--quiet`, nothing.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::interrupt;

/// Work shorter than this shows nothing, so that nothing flickers.
const PATIENCE: Duration = Duration::from_millis(300);

/// The line that is shown now, for who ends the program early.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Takes away whatever line is shown.
pub(super) fn erase() {
    if let Some(bar) = SHOWN.lock().unwrap_or_else(PoisonError::into_inner).take() {
        bar.finish_and_clear();
    }
}

/// The line.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// A line, unless `quiet` or standard error is no terminal. Ctrl-C takes it away.
    pub(super) fn new(quiet: bool) -> Self {
        let progress = Self::unwatched(quiet);
        if progress.bar.is_some() {
            // Where it cannot be watched for, a line stays behind, and nothing else changes.
            let _ = interrupt::erases(erase);
        }
        progress
    }

    /// The same where somebody else watches for Ctrl-C, who has to [`erase`] it.
    pub(super) fn unwatched(quiet: bool) -> Self {
        let bar = (!quiet && std::io::stderr().is_terminal()).then(shown_in_time);
        SHOWN.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&bar);
        Progress { bar }
    }

    /// Says what is being done now.
    pub(super) fn say(&mut self, what: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(what.to_owned());
        }
    }

    /// Takes the line away.
    pub(super) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A line that shows itself once the work has lasted, also where nothing is said for long, and for how long it has.
fn shown_in_time() -> ProgressBar {
    let style =
        ProgressStyle::with_template("{spinner} {msg} ({elapsed})").expect("a template that is sound");
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()).with_style(style);
    let shown = bar.clone();
    std::thread::spawn(move || {
        std::thread::sleep(PATIENCE);
        if !shown.is_finished() {
            shown.set_draw_target(ProgressDrawTarget::stderr());
            shown.enable_steady_tick(Duration::from_millis(100));
        }
    });
    bar
}
