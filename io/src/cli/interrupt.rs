//! What Ctrl-C does, and where there are signals the one that asks a program to end (SIGTERM). While a search is on that can be asked to stop, the first one asks it to; what was found so far is then written as when a
//! budget runs out. Otherwise, or at the second, the program ends at once with exit status 130: without the file that is half written, and without the line
//! of progress. What was written before is told.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};

use super::{Failure, INTERRUPTED, notice::failure};

/// Whether a search is on that ends early once [`STOP`] is set.
static SEARCHES: AtomicBool = AtomicBool::new(false);

/// Whether it was asked to.
static STOP: AtomicBool = AtomicBool::new(false);

/// The files that are written.
static FILES: Mutex<Files> = Mutex::new(Files { partial: None, written: Vec::new() });

/// What takes away the line of progress, if there may be one.
static ERASE: Mutex<Option<fn()>> = Mutex::new(None);

/// Files that are written.
struct Files {
    /// The one that is being written, if any: its temporary name, and its own.
    partial: Option<(PathBuf, PathBuf)>,
    /// Those that are whole.
    written: Vec<PathBuf>,
}

impl Files {
    /// What is there of them, if there is anything to tell.
    fn told(&self) -> Option<String> {
        let names: Vec<String> = self.written.iter().map(|path| path.display().to_string()).collect();
        let is = match names.len() {
            0 => return None,
            1 => "is",
            _ => "are",
        };
        let not = self.partial.as_ref().map(|(_, path)| format!(", and {} is not", path.display()));
        Some(format!("{} {is} written{}", names.join(", "), not.unwrap_or_default()))
    }
}

/// Does `search`, which is to end early once the flag is set that it is given; and says whether it was asked to.
pub(super) fn until_interrupted<T>(search: impl FnOnce(&AtomicBool) -> T) -> Result<(T, bool), Failure> {
    SEARCHES.store(true, Ordering::Relaxed);
    watch()?;
    let found = search(&STOP);
    // Who comes first decides: Ctrl-C before this asks the search, and later ends the program.
    let was_asked = !SEARCHES.swap(false, Ordering::Relaxed);
    Ok((found, was_asked))
}

/// From now on Ctrl-C takes away the line of progress by `erase` before it ends the program.
pub(super) fn erases(erase: fn()) -> Result<(), Failure> {
    *ERASE.lock().unwrap_or_else(PoisonError::into_inner) = Some(erase);
    watch()
}

/// From now until [`is_whole`], Ctrl-C removes the file `partial`, which is to be `path`.
pub(super) fn removes(partial: &Path, path: &Path) -> Result<(), Failure> {
    watch()?;
    FILES.lock().unwrap_or_else(PoisonError::into_inner).partial = Some((partial.into(), path.into()));
    Ok(())
}

/// The file that is being written is whole, or gone.
pub(super) fn is_whole(is_there: bool) {
    let mut files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
    let path = files.partial.take().map(|(_, path)| path);
    files.written.extend(path.filter(|_| is_there));
}

fn watch() -> Result<(), Failure> {
    static WATCHED: Once = Once::new();
    let mut watched = Ok(());
    WATCHED.call_once(|| watched = watch_for_termination().and_then(|()| watch_for_ctrl_c()));
    watched.map_err(|error| Failure::Told(format!("cannot watch for Ctrl-C: {error}")))
}

fn watch_for_ctrl_c() -> io::Result<()> {
    ctrlc::set_handler(interrupted).map_err(io::Error::other)
}

#[cfg(unix)]
fn watch_for_termination() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let mut terminations = runtime.block_on(async { signal(SignalKind::terminate()) })?;
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        runtime.block_on(async {
            while terminations.recv().await.is_some() {
                interrupted();
            }
        });
    })?;
    Ok(())
}

#[cfg(not(unix))]
fn watch_for_termination() -> io::Result<()> {
    Ok(())
}

/// Asks the search to end, or ends the program.
fn interrupted() {
    if SEARCHES.swap(false, Ordering::Relaxed) {
        STOP.store(true, Ordering::Relaxed);
        return;
    }
    let files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((partial, _)) = &files.partial {
        // It may not exist yet, and the process ends whether it goes or not.
        let _ = std::fs::remove_file(partial);
    }
    if let Some(erase) = *ERASE.lock().unwrap_or_else(PoisonError::into_inner) {
        erase();
    }
    let told = files.told().map_or(String::new(), |told| format!(": {told}"));
    failure(format_args!("bartizan: interrupted{told}"));
    std::process::exit(INTERRUPTED.into());
}
