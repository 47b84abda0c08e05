//! Files written whole or not at all: into a temporary file beside the target, renamed when complete.
//! So a run that fails or is interrupted leaves what was there before, and nothing else.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once, PoisonError};

use super::Failure;

/// Writes the file at `path` by `write`.
pub(super) fn write_file(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), Failure> {
    let temporary = temporary_name(path);
    remove_on_interrupt(&temporary)?;
    let written = (|| {
        let mut out = BufWriter::with_capacity(1 << 18, File::create(&temporary)?);
        write(&mut out)?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?;
        fs::rename(&temporary, path)
    })();
    *PARTIAL.lock().unwrap_or_else(PoisonError::into_inner) = None;
    written.map_err(|error| {
        // Whether the half-written file can be removed does not change what is reported.
        let _ = fs::remove_file(&temporary);
        Failure::at(path, format!("cannot write: {error}"))
    })
}

/// The file that is being written, if any.
static PARTIAL: Mutex<Option<PathBuf>> = Mutex::new(None);

/// What a shell reports of a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// From now until the file is complete, Ctrl-C removes it.
fn remove_on_interrupt(temporary: &Path) -> Result<(), Failure> {
    static HANDLED: Once = Once::new();
    let mut installed = Ok(());
    HANDLED.call_once(|| {
        installed = ctrlc::set_handler(|| {
            let partial = PARTIAL.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(path) = &*partial {
                // It may not exist yet, and the process ends whether it goes or not.
                let _ = fs::remove_file(path);
            }
            std::process::exit(INTERRUPTED);
        });
    });
    *PARTIAL.lock().unwrap_or_else(PoisonError::into_inner) = Some(temporary.to_path_buf());
    installed.map_err(|error| Failure::Told(format!("cannot watch for Ctrl-C: {error}")))
}

fn temporary_name(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.partial", std::process::id()));
    path.with_file_name(name)
}

/// Writes to standard output by `write`.
pub(super) fn write_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::with_capacity(1 << 18, io::stdout().lock());
    write(&mut out).and_then(|()| out.flush()).map_err(|error| Failure::writing(&error))
}
