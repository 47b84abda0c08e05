//! What recovery did to a journal, told to whoever made it happen: a run, a snapshot, a checkpoint.

use std::path::Path;

use super::notice::notice;
use crate::journal::Recovery;

/// Says what was cut or removed, if anything was.
pub(super) fn tell_recovery(data: &Path, recovery: &Recovery) {
    let place = data.display();
    if let Some(tail) = &recovery.cut {
        notice(format_args!(
            "{place}: recovered: {tail}; it was cut: if the file is as its last run left it, nobody had been told of it"
        ));
    }
    if let Some(name) = &recovery.removed {
        notice(format_args!("{place}: recovered: removed {name}, whose making was not finished"));
    }
}
