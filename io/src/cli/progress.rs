//! What a person at a terminal sees while the program works: one line on standard error. In a pipe, or
//! with `--quiet`, nothing.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;

/// Work shorter than this shows nothing, so that nothing flickers.
const PATIENCE: Duration = Duration::from_millis(300);

/// The line.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    started: Instant,
    is_shown: bool,
}

impl Progress {
    /// A line, unless `quiet` or standard error is no terminal.
    pub(super) fn new(quiet: bool) -> Self {
        let bar = (!quiet && std::io::stderr().is_terminal()).then(ProgressBar::new_spinner);
        Progress { bar, started: Instant::now(), is_shown: false }
    }

    /// Says what is being done now.
    pub(super) fn say(&mut self, what: &str) {
        let Some(bar) = &self.bar else { return };
        if self.started.elapsed() >= PATIENCE && !self.is_shown {
            bar.enable_steady_tick(Duration::from_millis(100));
            self.is_shown = true;
        }
        bar.set_message(what.to_owned());
    }

    /// Takes the line away.
    pub(super) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
