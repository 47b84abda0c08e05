//! What Ctrl-C does. While a search is on that can be asked to stop, the first one asks it to; what was found so far is then written as when a
//! budget runs out. Otherwise, or at the second, the program ends at once with exit status 130: without the file that is half written, and without the line
//! of progress.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};

use super::{Failure, INTERRUPTED, progress};

/// Whether a search is on that ends early once [`STOP`] is set.
static SEARCHES: AtomicBool = AtomicBool::new(false);

/// Whether it was asked to.
static STOP: AtomicBool = AtomicBool::new(false);

/// The file that is being written, if any.
static PARTIAL: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Does `search`, which is to end early once the flag is set that it is given; and says whether it was asked to.
pub(super) fn until_interrupted<T>(search: impl FnOnce(&AtomicBool) -> T) -> Result<(T, bool), Failure> {
    SEARCHES.store(true, Ordering::Relaxed);
    watch()?;
    let found = search(&STOP);
    // Who comes first decides: Ctrl-C before this asks the search, and later ends the program.
    let was_asked = !SEARCHES.swap(false, Ordering::Relaxed);
    Ok((found, was_asked))
}

/// From now until [`is_whole`], Ctrl-C removes this file.
pub(super) fn removes(partial: &Path) -> Result<(), Failure> {
    watch()?;
    *PARTIAL.lock().unwrap_or_else(PoisonError::into_inner) = Some(partial.to_path_buf());
    Ok(())
}

/// The file that is being written is whole, or gone.
pub(super) fn is_whole() {
    *PARTIAL.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

fn watch() -> Result<(), Failure> {
    static WATCHED: Once = Once::new();
    let mut watched = Ok(());
    WATCHED.call_once(|| {
        watched = ctrlc::set_handler(|| {
            if SEARCHES.swap(false, Ordering::Relaxed) {
                STOP.store(true, Ordering::Relaxed);
                return;
            }
            let partial = PARTIAL.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(path) = &*partial {
                // It may not exist yet, and the process ends whether it goes or not.
                let _ = std::fs::remove_file(path);
            }
            progress::erase();
            std::process::exit(INTERRUPTED.into());
        });
    });
    watched.map_err(|error| Failure::Told(format!("cannot watch for Ctrl-C: {error}")))
}
