//! What is said on standard error. Where that cannot be written there is nobody left to tell, so it is given up in silence
//! and the exit status alone says how the program ended. A server that logs for programs says it as events.

use super::columns::escaped;
use std::fmt::Display;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether what is said is an event of the log.
static IS_EVENT: AtomicBool = AtomicBool::new(false);

/// From now on what is said is an event of the log.
pub(super) fn as_events() {
    IS_EVENT.store(true, Ordering::Relaxed);
}

/// Says `text` and ends the line.
pub(super) fn notice(text: impl Display) {
    if IS_EVENT.load(Ordering::Relaxed) {
        tracing::info!("{text}");
    } else {
        say(text);
    }
}

/// So many notices of what was read are shown before the rest is counted.
const SHOWN: usize = 5;

/// Says what was noticed in a file as it was read: the first few, and where the others are.
pub(super) fn of_reading<'a>(
    file: &Path,
    told: impl ExactSizeIterator<Item = &'a String>,
    all_of_them: &str,
) {
    let (file, rest) = (file.display(), told.len().saturating_sub(SHOWN));
    for told in told.take(SHOWN) {
        notice(format_args!("bartizan: {file}: {}", told.strip_prefix("**** ").unwrap_or(told)));
    }
    if rest > 0 {
        notice(format_args!("bartizan: {file}: and {rest} notices more ({all_of_them} has all)"));
    }
}

/// Says why the program ends, and ends the line.
pub(super) fn failure(text: impl Display) {
    if IS_EVENT.load(Ordering::Relaxed) {
        tracing::error!("{text}");
    } else {
        say(text);
    }
}

fn say(text: impl Display) {
    // In one write, so that lines of several programs do not mix.
    let _ = std::io::stderr().lock().write_all(format!("{}\n", escaped(&text.to_string())).as_bytes());
}
