//! What is said on standard error. Where that cannot be written there is nobody left to tell, so it is given up in silence
//! and the exit status alone says how the program ended. A server that logs for programs says it as events.

use super::columns::escaped;
use std::fmt::Display;
use std::io::Write;
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
