//! Files written whole or not at all: into a temporary file beside the target, renamed when complete.
//! So an interrupted run leaves what was there before.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::Failure;

/// Writes the file at `path` by `write`.
pub(super) fn write_file(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), Failure> {
    let temporary = temporary_name(path);
    let written = (|| {
        let mut out = BufWriter::with_capacity(1 << 18, File::create(&temporary)?);
        write(&mut out)?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?;
        fs::rename(&temporary, path)
    })();
    written.map_err(|error| {
        // Whether the half-written file can be removed does not change what is reported.
        let _ = fs::remove_file(&temporary);
        Failure::at(path, format!("cannot write: {error}"))
    })
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
