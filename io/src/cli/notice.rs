//! What is said on standard error. Where that cannot be written there is nobody left to tell, so it is given up in silence
//! and the exit status alone says how the program ended.

use std::fmt::Display;
use std::io::Write;

/// Says `text` and ends the line.
pub(super) fn notice(text: impl Display) {
    // In one write, so that lines of several programs do not mix.
    let _ = std::io::stderr().lock().write_all(format!("{text}\n").as_bytes());
}
