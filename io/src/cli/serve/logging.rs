//! What a server logs, on standard error: one event a line, as text or as JSON.
//!
//! Lines are written by a thread of their own, so that nobody waits for whoever reads them: where that one is too slow, lines are left out, and it is said how many. What is
//! outside a line's form (a line break in what a client said) is escaped in it.

use std::io::{self, Write};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crossbeam::channel::{self, Receiver, Sender, TrySendError};
use serde::Deserialize;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, fmt, registry};

use super::super::{Failure, notice};

/// How lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: an object a line.
    Json,
}

/// What is logged: from which level on, for all or by target.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Filter(Targets);

impl Default for Filter {
    fn default() -> Self {
        Filter(Targets::new().with_default(LevelFilter::INFO))
    }
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || {
            format!(
                "expected a level (off, error, warn, info, debug, trace), or several by target, such as info,audit=off, not {text}"
            )
        };
        let levels = text.split(',').map(|part| part.split_once('=').map_or(part, |(_, level)| level));
        for level in levels {
            // The parser takes nothing for a level, too.
            if level.is_empty() || level.parse::<LevelFilter>().is_err() {
                return Err(expected());
            }
        }
        text.parse().map(Filter).map_err(|_| expected())
    }
}

impl TryFrom<String> for Filter {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// Lines that may wait to be written.
const WAITING: usize = 4096;

/// How long what was logged may take to be written at the end.
const LEAVE: Duration = Duration::from_secs(2);

/// What the thread that writes is told.
enum Said {
    Line(Vec<u8>),
    /// All that was said before is to be written, and then told.
    Flush(Sender<()>),
}

/// Where lines go.
#[derive(Clone)]
struct Lines {
    queue: Sender<Said>,
    lost: Arc<AtomicU64>,
    /// Whether nobody writes any more but who says it.
    is_over: Arc<AtomicBool>,
}

impl Write for Lines {
    /// One line at a time, as it is formatted.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let told = one_line(line);
        if self.is_over.load(Ordering::Acquire) {
            io::stderr().lock().write_all(&told)?;
        } else if let Err(TrySendError::Full(_)) = self.queue.try_send(Said::Line(told)) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A line with what would end it before its end escaped.
fn one_line(line: &[u8]) -> Vec<u8> {
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    let mut told = Vec::with_capacity(line.len() + 1);
    for &byte in text {
        if byte.is_ascii_control() {
            told.extend(byte.escape_ascii());
        } else {
            told.push(byte);
        }
    }
    told.push(b'\n');
    told
}

fn write(queue: &Receiver<Said>, lost: &AtomicU64) {
    while let Ok(said) = queue.recv() {
        match said {
            // Where it cannot be written there is nobody left to tell.
            Said::Line(line) => drop(io::stderr().lock().write_all(&line)),
            Said::Flush(done) => drop(done.send(())),
        }
        match lost.swap(0, Ordering::Relaxed) {
            0 => {}
            lines => tracing::warn!(lines, "lines of this log were left out, since nobody read it in time"),
        }
    }
}

/// What is logged, until this is dropped; then whoever says something writes it.
pub(super) struct Logging(Lines);

/// Begins to log.
pub(super) fn start(format: Format, filter: Filter) -> Result<Logging, Failure> {
    let (queue, lines) = channel::bounded(WAITING);
    let lost = Arc::new(AtomicU64::new(0));
    let of = Arc::clone(&lost);
    let thread = std::thread::Builder::new().name("log".to_owned());
    let spawned = thread.spawn(move || write(&lines, &of));
    spawned.map_err(|error| Failure::Told(format!("cannot start: {error}")))?;
    let lines = Lines { queue, lost, is_over: Arc::default() };
    let out = lines.clone();
    let layer = fmt::layer().with_writer(move || out.clone());
    let layer = match format {
        Format::Text => layer.boxed(),
        Format::Json => layer.json().flatten_event(true).with_span_list(false).boxed(),
    };
    let subscriber = registry().with(filter.0).with(layer);
    tracing::subscriber::set_global_default(subscriber)
        .map_err(|error| Failure::Told(format!("cannot log: {error}")))?;
    if format == Format::Json {
        notice::as_events();
    }
    Ok(Logging(lines))
}

impl Drop for Logging {
    fn drop(&mut self) {
        let (done, written) = channel::bounded(1);
        // Who does not read what is logged is not waited for.
        if self.0.queue.send_timeout(Said::Flush(done), LEAVE).is_ok() {
            let _ = written.recv_timeout(LEAVE);
        }
        self.0.is_over.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_understood_and_other_words_are_not() {
        for sound in ["info", "off", "warn,audit=info", "bartizan_io::server=trace,error"] {
            sound.parse::<Filter>().unwrap();
        }
        for unsound in ["", "loud", "info,", "audit", "audit=loud", "info debug"] {
            let told = unsound.parse::<Filter>().unwrap_err();
            assert!(told.starts_with("expected a level"), "{told}");
        }
    }

    #[test]
    fn a_line_ends_where_it_ends() {
        assert_eq!(one_line(b"a b\n"), b"a b\n");
        assert_eq!(
            one_line("ä\nINFO forged\r\u{1b}[1m".as_bytes()),
            "ä\\nINFO forged\\r\\x1b[1m\n".as_bytes()
        );
    }
}
