//! The audit trail of refusals: what was refused before it came to the log, and so is told by no journal. Who was not let in, or may not do what it asked, asked for
//! too much, or sent what is no command.
//!
//! It is kept in the realm's directory ([`file`](mod@file)), written by a thread of its own from a bounded queue. Nobody waits for it: where it has more to do than it can, or the disk is
//! full, it is counted what was lost, and serving goes on. A flood is summed up ([`summing`]). No token and no other secret is written.

pub mod file;
mod line;
pub mod summing;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam::channel::{self, Receiver, RecvTimeoutError, Sender};
use parking_lot::{Mutex, RwLock};

use crate::clock::now;
use file::Trail;
pub use line::{Door, Line, Refused, What};
use summing::Summing;

/// Refusals that may wait to be written.
const WAITING: usize = 4096;

/// How often sums are looked at.
const BEAT: Duration = Duration::from_millis(500);

/// The audit trail of a realm that is served.
#[derive(Debug)]
pub struct Audit {
    /// The realm's directory; none if nothing is kept.
    data: Option<PathBuf>,
    queue: RwLock<Option<Sender<(u64, Refused)>>>,
    lost: Arc<AtomicU64>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Audit {
    /// The trail in a realm's directory, gone on with.
    ///
    /// # Panics
    /// If the system gives no thread.
    pub fn open(data: &Path) -> Self {
        let (queue, refused) = channel::bounded(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let (trail, counted) = (Trail::new(data), Arc::clone(&lost));
        let thread = std::thread::Builder::new().name("audit".to_owned());
        let thread =
            thread.spawn(move || write(trail, &refused, &counted)).expect("the system gives a thread");
        Audit {
            data: Some(data.to_owned()),
            queue: RwLock::new(Some(queue)),
            lost,
            thread: Mutex::new(Some(thread)),
        }
    }

    /// No trail: what is refused is forgotten.
    pub fn none() -> Self {
        Audit { data: None, queue: RwLock::new(None), lost: Arc::default(), thread: Mutex::new(None) }
    }

    /// Notes that something was refused. Waits for nothing.
    pub fn refused(&self, mut refused: Refused) {
        refused.reason = plain(&refused.reason);
        let queue = self.queue.read();
        let Some(queue) = &*queue else { return };
        if queue.try_send((now(), refused)).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The lines that are kept and wanted, the oldest first. What was refused a moment ago may not be there yet.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn read(&self, wanted: impl Fn(&Line) -> bool) -> io::Result<Vec<Line>> {
        self.data.as_deref().map_or(Ok(Vec::new()), |data| Ok(file::read(data, wanted)?.0))
    }
}

impl Audit {
    /// Has what waits written; what is refused from now on is forgotten.
    pub fn finish(&self) {
        *self.queue.write() = None;
        if let Some(thread) = self.thread.lock().take() {
            // What it panicked for was told where it did.
            let _ = thread.join();
        }
    }
}

impl Drop for Audit {
    fn drop(&mut self) {
        self.finish();
    }
}

/// The most letters of a reason.
const LONG: usize = 300;

/// A reason on one line, of bounded length, without anything that begins as a token does.
fn plain(reason: &str) -> String {
    let mut told = String::new();
    for (index, part) in reason.split("bz_").enumerate() {
        let is_of_token = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        let part = if index > 0 {
            told.push_str("bz_\u{2026}");
            part.trim_start_matches(is_of_token)
        } else {
            part
        };
        told.extend(part.chars().map(|letter| if letter.is_control() { ' ' } else { letter }));
    }
    if told.chars().count() > LONG {
        told = told.chars().take(LONG).chain(['\u{2026}']).collect();
    }
    told
}

/// Writes what comes until nothing more will.
fn write(mut trail: Trail, refused: &Receiver<(u64, Refused)>, lost: &AtomicU64) {
    let (mut summing, mut last) = (Summing::default(), 0);
    loop {
        let (lines, is_over) = match refused.recv_timeout(BEAT) {
            Ok((time, refused)) => {
                let mut lines = summing.due(time);
                lines.extend(summing.take(time, refused));
                (lines, false)
            }
            Err(RecvTimeoutError::Timeout) => (summing.due(now()), false),
            Err(RecvTimeoutError::Disconnected) => (summing.rest(now()), true),
        };
        for mut line in lines {
            // Of two that came at once the one that waited first may have looked at the clock second.
            line.time = line.time.max(last);
            last = line.time;
            line.lost = lost.swap(0, Ordering::Relaxed);
            if let Err(error) = trail.append(&mut line) {
                lost.fetch_add(line.lost + 1 + line.more.unwrap_or(0), Ordering::Relaxed);
                tracing::error!(%error, "what was refused cannot be written");
            }
        }
        if is_over {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_short_line_without_a_token() {
        assert_eq!(
            plain("bz_abc-D_e9 is not\nknown, nor bz_f."),
            "bz_\u{2026} is not known, nor bz_\u{2026}."
        );
        assert_eq!(plain(&"x".repeat(1000)).chars().count(), LONG + 1);
    }
}
